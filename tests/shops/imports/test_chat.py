"""Messages from files in the chat log: unknown shops and agents, repeats, what a second import finds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shops.chat.log import ChatLog
from shops.chat.standard import ClockStandard
from shops.imports import chat
from shops.imports.chat import ChatImport
from shops.imports.directory import NewShops
from shops.imports.files import FileError
from shops.imports.kinds import COLUMNS, clock_standard_at
from shops.imports.opening import open_source
from shops.models import Agent, AuditEntry, ServiceHours, Shop, Standard
from tests.shops.imports.files import FORMATS, write

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)


def message(number, **change):
    return {
        "message_id": f"m{number}",
        "conversation_id": "c1",
        "shop_id": "s1",
        "buyer_id": "b1",
        "agent_id": "a1",
        "sender": "agent",
        "kind": "message",
        "sent_at": f"2026-05-01T09:30:{number:02d}Z",
        "text": "您好，有货的。",
        "delivery": "delivered",
        **change,
    }


@pytest.fixture
def log(tmp_path):
    return ChatLog(tmp_path / "log")


@pytest.fixture
def li():
    return Agent.objects.create(shop=Shop.objects.create(code="s1", name="Tea"), code="a1")


@pytest.fixture
def take(tmp_path, log):
    """Imports messages as a file; gives the tally and the rejects as (number, reason)."""

    def run(*messages, suffix="csv", create=None, standard=None):
        rejects = []
        path = write(tmp_path, suffix, list(messages))
        importer = ChatImport(log, NOW, standard or ClockStandard(), create)
        tally = importer.run(open_source(path, COLUMNS["chat"]), reject=rejects.extend)
        return tally, [(reject.row, reject.reason) for reject in rejects]

    return run


def stored(log):
    parts = log.parts(date(2000, 1, 1), date(2030, 1, 1))
    rows = [row for part in parts for row in pq.ParquetFile(part.path).read().to_pylist()]
    return sorted(rows, key=lambda row: row["message_id"])


@pytest.mark.parametrize("suffix", FORMATS)
def test_messages_of_every_format_reach_the_log_alike(take, log, li, suffix):
    tally, rejects = take(message(1), message(2, sender="buyer", agent_id=None), suffix=suffix)

    assert (tally.read, tally.new, tally.repeated, tally.rejected, rejects) == (2, 2, 0, 0, [])
    first, second = stored(log)
    assert (first["sent_ms"], first["text_key"], first["agent_id"]) == (1_777_627_801_000, "您好,有货的", "a1")
    assert (second["sender"], second["agent_id"]) == ("buyer", None)


def test_the_same_file_again_is_repeated(take, log, li):
    take(message(1), message(2))
    tally, _rejects = take(message(1), message(2))

    assert (tally.new, tally.repeated) == (0, 2)
    assert len(stored(log)) == 2


def test_a_message_twice_in_a_file_is_stored_once(take, log, li):
    tally, _rejects = take(message(1), message(1))

    assert (tally.read, tally.new, tally.repeated) == (2, 1, 1)
    assert len(stored(log)) == 1


@pytest.mark.parametrize("suffix", FORMATS)
def test_rejected_rows_leave_the_good_ones(take, log, li, suffix):
    tally, rejects = take(message(1), message(2, sender="robot"), message(3), suffix=suffix)

    assert (tally.read, tally.new, tally.rejected) == (3, 2, 1)
    assert rejects[0][0] == (3 if suffix == "csv" else 2)
    assert [row["message_id"] for row in stored(log)] == ["m1", "m3"]


def test_messages_of_unknown_shops_are_rejected_and_summed_up(take, li):
    tally, rejects = take(message(1), message(2, shop_id="s8"), message(3, shop_id="s9"), message(4, shop_id="s9"))

    assert tally.rejected == 3
    assert rejects[0] == (3, 'shop "s8" is unknown; import the shops first')
    assert tally.notes == ["Unknown shops: 2, messages rejected: 3 (s8, s9). Import the shops, or use --create."]


def test_messages_of_unknown_agents_are_kept_and_the_agents_named(take, log, li):
    tally, rejects = take(message(1, agent_id="a8"), message(2, agent_id="a8"), message(3, sender="bot", agent_id="r1"))

    assert (tally.new, rejects) == (3, [])
    (note,) = tally.notes
    assert note.startswith("Unknown agents: 1 (s1/a8). Their messages are kept, but they get no scores.")
    assert Agent.objects.count() == 1


def test_create_makes_the_unknown_shops_and_agents_of_good_rows(take, log, li):
    new = NewShops(timezone="UTC", hours="mon-sun 00:00-24:00", category="help")
    tally, _rejects = take(
        message(1),
        message(2, agent_id="a2"),
        message(3, shop_id="s2"),
        message(4, shop_id="s3", agent_id="", sender="buyer"),
        message(5, shop_id="s4", sender="nobody"),
        message(6, shop_id="s2", sender="bot", agent_id="r1"),
        create=new,
    )

    assert (tally.new, tally.rejected) == (5, 1)
    assert tally.notes == ["Created shops: 2, agents: 2."]
    assert list(Shop.objects.values_list("code", "name", "timezone", "category")) == [
        ("s1", "Tea", "Asia/Shanghai", ""),
        ("s2", "s2", "UTC", "help"),
        ("s3", "s3", "UTC", "help"),
    ]
    assert list(Agent.objects.values_list("shop__code", "code")) == [("s1", "a1"), ("s1", "a2"), ("s2", "a1")]
    assert list(ServiceHours.objects.values_list("shop__code", "starts_on", "weekly")) == [
        ("s2", date(2000, 1, 1), "mon-sun 00:00-24:00"),
        ("s3", date(2000, 1, 1), "mon-sun 00:00-24:00"),
    ]


def test_create_finds_nothing_new_the_second_time(take, li):
    take(message(1, shop_id="s2"), create=NewShops())
    tally, _rejects = take(message(1, shop_id="s2"), create=NewShops())

    assert (tally.repeated, tally.notes) == (1, [])
    assert not ServiceHours.objects.exists()


def test_shops_created_by_one_batch_are_known_to_the_next(take, monkeypatch):
    monkeypatch.setattr(chat, "BATCH_ROWS", 2)
    tally, _rejects = take(*(message(n, shop_id=f"s{n % 3}") for n in range(9)), create=NewShops())

    assert (tally.read, tally.new) == (9, 9)
    assert tally.notes == ["Created shops: 3, agents: 3."]


def test_of_two_copies_of_a_message_in_two_batches_the_first_was_received_first(take, log, li, monkeypatch):
    monkeypatch.setattr(chat, "BATCH_ROWS", 1)
    take(message(1, text="first"), message(1, text="second"))

    received = {row["text"]: row["received_ms"] for row in stored(log)}
    assert received["first"] < received["second"]


def test_the_standard_in_force_says_how_old_a_message_may_be(take, li):
    standard = ClockStandard(timings_retention_days=30, text_retention_days=30)
    oldest = NOW - timedelta(days=30)
    tally, rejects = take(
        message(1, sent_at=oldest.isoformat()),
        message(2, sent_at=(oldest - timedelta(milliseconds=1)).isoformat()),
        standard=standard,
    )

    assert (tally.new, tally.rejected) == (1, 1)
    assert "is older than what the chat log keeps" in rejects[0][1]


def test_without_a_published_policy_the_defaults_hold():
    assert clock_standard_at(NOW) == ClockStandard()


def test_the_clock_standard_is_that_of_the_day():
    for starts_on, days, version in ((date(2026, 1, 1), 60, 1), (date(2026, 5, 11), 90, 2)):
        Standard.objects.create(
            section="clock",
            starts_on=starts_on,
            document={"timings_retention_days": days, "text_retention_days": 30},
            policy_version=version,
        )

    assert clock_standard_at(NOW).timings_retention_days == 60
    assert clock_standard_at(NOW + timedelta(hours=12)).timings_retention_days == 90


def test_an_import_leaves_an_audit_entry(take, li):
    take(message(1), message(2, sender="x"))

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target) == ("import", "chat data.csv")
    assert entry.detail == {"read": 2, "new": 1, "repeated": 0, "changed": 0, "rejected": 1}


def test_batches_before_the_damage_of_a_file_stay_and_are_repeated_by_the_next_import(tmp_path, log, li, monkeypatch):
    monkeypatch.setattr(chat, "BATCH_ROWS", 2)
    path = write(tmp_path, "csv", [message(n) for n in range(4)])
    source = open_source(path, COLUMNS["chat"])
    whole = list(source.batches(2))

    def broken(_rows):
        yield whole[0]
        raise FileError(path, "gone")

    monkeypatch.setattr(source, "batches", broken)
    importer = ChatImport(log, NOW, ClockStandard())
    with pytest.raises(FileError):
        importer.run(source, reject=lambda _rejects: None)
    assert len(stored(log)) == 2

    again = importer.run(open_source(path, COLUMNS["chat"]), reject=lambda _rejects: None)
    assert (again.new, again.repeated) == (2, 2)
    assert len(stored(log)) == 4


def test_json_lines_may_leave_out_what_has_a_default(take, log, li):
    needed = ("message_id", "conversation_id", "shop_id", "buyer_id", "sender", "sent_at")
    short = {name: message(1)[name] for name in needed}
    tally, _rejects = take(short, message(2, kind="note"), suffix="jsonl")

    assert tally.new == 2
    assert [(row["kind"], row["delivery"], row["text"]) for row in stored(log)] == [
        ("message", "delivered", None),
        ("note", "delivered", "您好，有货的。"),
    ]


def test_texts_as_dictionaries_over_several_row_groups_are_read(tmp_path, log, li):
    path = tmp_path / "chat.parquet"
    table = pa.Table.from_pylist([message(n, text=f"text {n % 4}") for n in range(40)])
    pq.write_table(table, path, row_group_size=7)
    tally = ChatImport(log, NOW, ClockStandard()).run(open_source(path, COLUMNS["chat"]), reject=lambda _rejects: None)

    assert tally.new == 40
    assert {row["message_id"]: row["text"] for row in stored(log)} == {f"m{n}": f"text {n % 4}" for n in range(40)}
