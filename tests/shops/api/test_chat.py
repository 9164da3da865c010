"""Messages over HTTP: on the disk before they are answered, safe to send again, bad rows told, bombs refused."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shops.api import bodies
from shops.chat import log as chat_log
from shops.chat.log import open_log
from shops.imports.chat_batch import forget_people
from shops.models import Agent, IntakeBatch, Shop
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db
URL = "/api/v1/chat/messages/"
LINES = "application/x-ndjson"


@pytest.fixture(autouse=True)
def shop():
    forget_people()
    shop = Shop.objects.create(code="s1", name="Tea")
    Agent.objects.create(shop=shop, code="a1")
    return shop


@pytest.fixture
def headers():
    return make_token("chat:write")[1]


def message(number, **change):
    sent = datetime.now(UTC) - timedelta(hours=1, seconds=-number)
    return {
        "message_id": f"m{number}",
        "conversation_id": "c1",
        "shop_id": "s1",
        "buyer_id": "b1",
        "agent_id": "a1",
        "sender": "agent",
        "sent_at": sent.isoformat(),
        "text": "您好",
        **change,
    }


def send(headers, rows, kind="application/json", *, raw=None, **extra):
    if raw is None:
        raw = json.dumps(rows) if kind == "application/json" else "\n".join(json.dumps(row) for row in rows)
        raw = raw.encode()
    return Client().post(URL, raw, content_type=kind, **headers, **extra)


def stored():
    days = open_log().days()
    return sum(
        __import__("pyarrow.parquet", fromlist=["x"]).read_metadata(part.path).num_rows
        for part in (open_log().parts(days[0], days[-1]) if days else [])
    )


@pytest.mark.parametrize("kind", ["application/json", LINES])
def test_a_batch_is_on_the_disk_when_it_is_answered(headers, kind) -> None:
    answer = send(headers, [message(1), message(2)], kind)

    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in ("rows", "accepted", "repeated", "rejected")} == {
        "rows": 2, "accepted": 2, "repeated": 0, "rejected": 0,
    }  # fmt: skip
    assert stored() == 2
    assert IntakeBatch.objects.get().accepted == 2


def test_the_same_batch_again_is_the_same_batch(headers) -> None:
    rows = [message(1), message(2), message(2)]
    first, again = send(headers, rows), send(headers, rows)

    assert (first.json()["accepted"], first.json()["repeated"]) == (2, 1)
    assert (again.json()["accepted"], again.json()["repeated"]) == (0, 3)
    assert stored() == 2


def test_bad_rows_are_told_with_their_index_and_the_good_ones_are_kept(headers) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    rows = [message(1), message(2, sender="parrot"), message(3, shop_id="nobody"), message(4, sent_at=tomorrow)]
    answer = send(headers, rows).json()

    assert answer["accepted"] == 1
    assert [reject["index"] for reject in answer["rejects"]] == [1, 2, 3]
    assert "parrot" in answer["rejects"][0]["reason"]
    assert "nobody" in answer["rejects"][1]["reason"]
    assert "in the future" in answer["rejects"][2]["reason"]
    assert IntakeBatch.objects.get().reasons[0]["index"] == 1


def test_a_sender_whose_clock_is_a_day_behind_is_taken_at_its_word(headers) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()

    assert send(headers, [message(1, sent_at=yesterday)]).json()["accepted"] == 1


def test_a_shop_that_was_imported_a_second_ago_is_known(headers) -> None:
    assert send(headers, [message(1, shop_id="s2")]).json()["rejected"] == 1
    Shop.objects.create(code="s2", name="Books")

    assert send(headers, [message(1, shop_id="s2")]).json()["accepted"] == 1


def test_unknown_agents_are_named_and_their_messages_kept(headers) -> None:
    answer = send(headers, [message(1, agent_id="new")]).json()

    assert (answer["accepted"], answer["unknown_agents"]) == (1, ["s1/new"])


def test_a_shops_own_token_sends_no_other_shops_messages(shop) -> None:
    Shop.objects.create(code="s2", name="Books")
    headers = make_token("chat:write", shop=shop)[1]
    answer = send(headers, [message(1), message(2, shop_id="s2")]).json()

    assert (answer["accepted"], answer["rejected"]) == (1, 1)
    assert "s1 only" in answer["rejects"][0]["reason"]


def test_a_token_without_the_scope_and_nobody_at_all_are_refused() -> None:
    assert send(make_token("facts:write")[1], [message(1)]).status_code == 403
    assert send({}, [message(1)]).status_code == 401


def test_gzip_is_taken_and_broken_gzip_is_refused_whole(headers) -> None:
    packed = gzip.compress(json.dumps([message(1)]).encode())
    whole = send(headers, None, raw=packed, HTTP_CONTENT_ENCODING="gzip")
    cut = send(headers, None, raw=packed[:-9], HTTP_CONTENT_ENCODING="gzip")
    lie = send(headers, None, raw=b"[]", HTTP_CONTENT_ENCODING="gzip")
    other = send(headers, None, raw=b"[]", HTTP_CONTENT_ENCODING="br")

    assert whole.json()["accepted"] == 1
    assert [cut.status_code, lie.status_code, other.status_code] == [400, 400, 415]
    assert "gzip" in cut.json()["detail"]


@pytest.mark.parametrize("kind", ["application/json", LINES])
def test_a_gzip_bomb_is_refused_before_it_is_whole(headers, monkeypatch, kind) -> None:
    monkeypatch.setattr(bodies, "MAX_BYTES", 1_000_000)
    bomb = gzip.compress(b"[" + b" " * 50_000_000)
    answer = send(headers, None, kind, raw=bomb, HTTP_CONTENT_ENCODING="gzip")

    assert answer.status_code == 413
    assert stored() == 0


def test_one_row_more_than_a_batch_holds_refuses_the_whole_batch(headers, monkeypatch) -> None:
    monkeypatch.setattr(bodies, "MAX_ROWS", 3)

    assert send(headers, [message(n) for n in range(3)]).status_code == 200
    answer = send(headers, [message(n) for n in range(10, 14)])
    assert answer.status_code == 413
    assert stored() == 3


def test_another_media_type_is_refused_with_those_that_are_taken(headers) -> None:
    answer = send(headers, None, "text/csv", raw=b"message_id\n")

    assert answer.status_code == 415
    assert LINES in answer.json()["detail"]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{}", b"[", b"[{}", b"nope", b"[1e999]", b"[" * 100_000, b'[{"message_id": "\\ud800"}]', b"\xff\xfe",
        b"\0",
        b'[{"message_id": {"a": [1]}}]', b'["' + b"x" * 2_000_000 + b'"]', b"[null]", b"[NaN]", b"\xef\xbb\xbf[]",
        b'[{"shop_id": 1, "shop_id": 2}]', b'[{"' + b"k" * 5_000 + b'": 1}]',
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["application/json", LINES])
def test_whatever_is_sent_has_a_clear_answer(headers, raw, kind) -> None:
    answer = send(headers, None, kind, raw=raw)

    assert answer.status_code in ({200, 400} if raw else {411, 415}), answer.content
    if answer.status_code == 200:
        body = answer.json()
        assert body["rows"] == body["accepted"] + body["repeated"] + body["rejected"]
        assert body["accepted"] == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(message(1))), inner, max_size=5),
    max_leaves=12,
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(rows=st.lists(JSON | st.builds(message, st.integers(0, 3)), max_size=6, min_size=1))
def test_no_body_is_an_error_of_the_platform(rows) -> None:
    headers = make_token("chat:write")[1]
    for kind in ("application/json", LINES):
        answer = send(headers, rows, kind)
        assert answer.status_code in {200, 400}, answer.content


def test_a_log_that_cannot_be_written_answers_503_and_the_batch_can_be_sent_again(
    headers, settings, monkeypatch
) -> None:
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(chat_log, "write_part", full)
        answer = send(headers, [message(1)])
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert send(headers, [message(1)]).json()["accepted"] == 1


def test_a_batch_costs_the_same_queries_whatever_its_size(headers, django_assert_num_queries) -> None:
    send(headers, [message(0)])  # the directory is loaded, the token's use noted
    # The token, the clock standard, the erasures, a savepoint-free insert.
    with django_assert_num_queries(4):
        send(headers, [message(n) for n in range(1, 3)])
    with django_assert_num_queries(4):
        send(headers, [message(n) for n in range(10, 60)])
