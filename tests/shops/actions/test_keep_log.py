"""What the jobs of the log do: figures stay as they are, whatever is merged, dropped or erased."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shops.actions.check_log import check_log
from shops.actions.compact_log import compact_shard, days_to_compact
from shops.actions.erase_buyer import ask_erasure, erase_in_shard, finish_erasure, open_erasures, withhold_erased
from shops.actions.retain_log import retain_shard
from shops.actions.settle_days import dirty_days, settle_days
from shops.chat.clock import to_ms
from shops.chat.days import DayFiles
from shops.chat.log import open_log
from shops.chat.reading import conversation
from shops.models import AuditEntry, Erasure, ReplyTemplate, User
from tests.builders import (
    LONG_AFTER,
    MONDAY,
    TEA,
    answers,
    as_table,
    asks,
    at,
    days_stored,
    make_policy,
    make_shop,
    on,
    store,
)

pytestmark = pytest.mark.django_db
YEARS_AFTER = LONG_AFTER + timedelta(days=3 * 366)
REPEATED = {"min_conversations": 3, "max_chars": 15}


@pytest.fixture
def talk():
    """A day with everything that is read from texts: courtesies, holding phrases, repeated replies, a template."""
    make_policy(clock={"repeated_reply": REPEATED, "text_retention_days": 100, "timings_retention_days": 400})
    shop = make_shop()
    ReplyTemplate.objects.create(shop=shop, text="发货时间见页面", text_key="发货时间见页面")
    for number in range(6):
        buyer, minute = f"buyer-{number}", timedelta(minutes=number)
        said = ["在的亲", "请稍等", "发货时间见页面", "您的订单今天发出，请留意", "可以的呢", "可以的呢"][number]
        store(
            asks(at("10:00") + minute, buyer, text=f"我是{buyer}，电话13800000000，什么时候发货？"),
            answers(at("10:01") + minute, buyer, text=said),
            answers(at("10:04") + minute, buyer, text="好的马上改" if number < 4 else f"{buyer}您好，已经登记"),
            asks(at("10:06") + minute, buyer, text="谢谢" if number % 2 else "😀"),
        )
    settle_days(on(-1), on(4), as_of=LONG_AFTER)
    return days_stored()


def texts():
    rows = pa.concat_tables([pq.read_table(part.path) for part in open_log().parts(on(-5), on(5))])
    return {row["message_id"]: (row["text"], row["text_key"]) for row in rows.to_pylist()}


def computed_from_nothing():
    for day in (on(n) for n in range(-1, 5)):
        DayFiles(open_log().root).forget(day, 0)
    settle_days(on(-1), on(4), as_of=LONG_AFTER)
    return days_stored()


def test_compaction_makes_one_file_of_a_day_and_no_day_dirty(talk, settings) -> None:
    log = open_log()
    assert days_to_compact(0, as_of=LONG_AFTER) == [MONDAY]
    compacted = compact_shard(0, as_of=LONG_AFTER)

    assert (compacted.days, compacted.files_before, compacted.rows) == (1, 6, 24)
    assert len(log.parts(MONDAY, MONDAY)) == 1
    assert dirty_days(0, on(-1), on(4), as_of=LONG_AFTER) == []
    assert computed_from_nothing() == talk
    assert days_to_compact(0, as_of=LONG_AFTER) == []


def test_replaced_files_stay_for_their_readers_and_then_go(talk) -> None:
    folder = open_log().folder_of(MONDAY, 0)
    assert compact_shard(0, as_of=LONG_AFTER).files_waiting == 6  # LONG_AFTER lies before the files were written.

    assert len(list(folder.glob("*.parquet"))) == 7
    assert compact_shard(0, as_of=YEARS_AFTER).files_waiting == 0
    assert len(list(folder.glob("*.parquet"))) == 1


def test_a_batch_sent_again_after_compaction_is_the_same_batch(talk) -> None:
    batch = as_table([asks(at("11:00"), "late")])
    assert open_log().append(batch, 1).rows == 1
    compact_shard(0, as_of=YEARS_AFTER)
    compact_shard(0, as_of=YEARS_AFTER)

    assert (open_log().append(batch, 2).rows, open_log().append(batch, 2).repeated) == (0, 1)


def test_texts_go_by_policy_and_no_figure_with_them(talk) -> None:
    soon = at("00:00", 99)
    assert retain_shard(0, as_of=soon).texts_dropped == 0  # 100 days are kept
    retained = retain_shard(0, as_of=at("00:00", 101))

    assert (retained.days_without_texts, retained.texts_dropped, retained.days_dropped) == (1, 24, 0)
    assert {text for text, _key in texts().values()} == {None}
    keys = {key for _text, key in texts().values()}
    assert keys == {None, "谢谢", *(key for key in keys if key and len(key) < 15)}
    assert not any("13800000000" in (key or "") or "已经登记" in (key or "") for key in keys)
    assert dirty_days(0, on(-1), on(4), as_of=LONG_AFTER) == []
    assert computed_from_nothing() == talk
    assert retain_shard(0, as_of=at("00:00", 101)).days_without_texts == 0


def test_a_day_goes_when_its_turns_are_final_and_its_figures_stay_for_ever(talk) -> None:
    retained = retain_shard(0, as_of=YEARS_AFTER)

    assert (retained.days_dropped, retained.messages_dropped) == (1, 24)
    assert open_log().parts(on(-5), on(5)) == []
    make_policy(MONDAY, clock={"target_seconds": 1})  # Would change every figure, were there anything to compute from.
    settled = settle_days(on(-1), on(4), as_of=YEARS_AFTER)
    assert settled.days_computed == 0
    assert days_stored() == talk
    assert check_log().findings == []


def test_a_day_that_is_not_final_is_kept_however_old(talk) -> None:
    store(asks(at("09:00", 1), "new"))  # Nobody has settled the days that it touches since.
    settle_days(on(0), on(4), as_of=at("12:00", 1))
    retained = retain_shard(0, as_of=YEARS_AFTER)

    assert (retained.days_dropped, retained.days_not_final) == (0, 2)
    assert retained.texts_dropped == 24  # The texts go all the same; the newest message has none.


def test_erasure_takes_one_buyers_texts_and_no_figure(talk, django_user_model) -> None:
    officer = User.objects.create_user("officer")
    erasure = ask_erasure("buyer-3", reason="asked by mail", by=officer)
    assert ask_erasure("buyer-3", reason="again", by=officer) == erasure
    assert erase_in_shard(erasure, 0) == 4

    gone = [row.text for row in conversation(TEA, f"buyer-3@{TEA}", around_ms=to_ms(at("10:00")))]
    assert gone == [None] * 4
    assert all(row.text for row in conversation(TEA, f"buyer-2@{TEA}", around_ms=to_ms(at("10:00"))))
    assert dirty_days(0, on(-1), on(4), as_of=LONG_AFTER) == []
    assert computed_from_nothing() == talk
    assert erase_in_shard(erasure, 0) == 0
    entry = AuditEntry.objects.get(action="ask_erasure")
    assert (entry.by, "buyer-3" in f"{entry.target}{entry.detail}") == (officer, False)


def test_an_erasure_is_done_when_no_file_holds_the_texts_any_more(talk) -> None:
    erasure = ask_erasure("buyer-3", reason="asked by mail", by=None)
    erase_in_shard(erasure, 0)

    assert not finish_erasure(erasure, now=LONG_AFTER)
    assert open_erasures() == [erasure]
    assert finish_erasure(erasure, now=YEARS_AFTER)
    assert open_erasures() == []
    stored = Erasure.objects.get()
    assert (stored.messages, stored.done_at) == (4, YEARS_AFTER)
    raw = b"".join(path.read_bytes() for path in open_log().folder_of(MONDAY, 0).iterdir())
    assert b"buyer-3\xef" not in raw


def test_messages_that_come_in_again_are_stored_without_the_texts_that_were_erased() -> None:
    make_policy()
    shop = make_shop()
    ask_erasure("bo", reason="asked", by=None, shop=shop, now=at("12:00"))
    table = withhold_erased(
        as_table(
            [
                asks(at("10:00"), "bo", text="我的地址是"),
                asks(at("10:01"), "bo", text="谢谢"),
                asks(at("13:00"), "bo", text="later"),
                asks(at("10:00"), "cy", text="别人"),
            ]
        )
    )

    assert table["text"].to_pylist() == [None, None, "later", "别人"]
    assert table["text_key"].to_pylist() == [None, "谢谢", "later", "别人"]


def test_the_check_tells_what_is_broken_missing_and_set_aside(talk) -> None:
    assert check_log().findings == []
    log = open_log()
    first, second, third, *_rest = log.parts(MONDAY, MONDAY)
    first.path.write_bytes(first.path.read_bytes()[:-20])
    second.path.rename(second.path.with_name(third.path.stem[::-1] + ".parquet"))
    log.set_aside(third, "looked odd")
    found = check_log()

    assert found.counts == {"unreadable": 2, "set_aside": 1}
    assert all(finding.remedy for finding in found.findings)


def test_the_check_misses_a_day_that_somebody_deleted(talk) -> None:
    for part in open_log().parts(MONDAY, MONDAY):
        part.path.unlink()

    assert set(check_log().counts) == {"lost"}


def test_the_check_misses_the_file_that_an_index_names(talk) -> None:
    compact_shard(0, as_of=YEARS_AFTER)
    compact_shard(0, as_of=YEARS_AFTER)
    (part,) = open_log().parts(MONDAY, MONDAY)
    part.path.unlink()

    assert check_log().counts == {"missing": 1}
    assert dirty_days(0, MONDAY, MONDAY, as_of=LONG_AFTER) == [MONDAY]


def test_a_late_batch_that_no_run_has_counted_keeps_its_day(talk) -> None:
    store(asks(at("09:30"), "late"))

    assert retain_shard(0, as_of=YEARS_AFTER).days_dropped == 0
    settle_days(on(-1), on(4), as_of=LONG_AFTER)
    assert retain_shard(0, as_of=YEARS_AFTER).days_dropped == 1


def test_what_a_buyer_writes_after_the_request_stays(talk) -> None:
    erasure = ask_erasure("buyer-3", reason="asked", by=None, now=at("10:05:30"))

    assert erase_in_shard(erasure, 0) == 2  # Of 10:03, 10:04, 10:07 and 10:09.
    assert not finish_erasure(erasure, now=LONG_AFTER)


def test_a_batch_that_was_on_its_way_when_the_erasure_was_asked_for_is_found_by_the_last_look(talk) -> None:
    erasure = ask_erasure("buyer-3", reason="asked", by=None)
    erase_in_shard(erasure, 0)
    store(asks(at("10:30"), "buyer-3", text="on its way"))

    assert not finish_erasure(erasure, now=YEARS_AFTER)
    assert finish_erasure(erasure, now=YEARS_AFTER + timedelta(days=1))
    assert Erasure.objects.get().messages == 5
