"""What clock.md promises of any log, held by the reference; and that the random logs reach what they are meant to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings

from tests.reference.clock_table import Turn, contacts, turns
from tests.reference.conversations import Log, logs

QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def settled(log: Log, found: list[Turn]) -> list[Turn]:
    """The turns that W is over for, without the effective answer: a template is judged up to W after it was sent."""
    window = log.rules.answer_window_ms
    return [
        replace(turn, effective_answered_at_ms=None, effective_wait_ms=None)
        for turn in found
        if log.as_of_ms > turn.b0_ms + window
    ]


@given(logs())
@QUICK
def test_turn_follows_from_the_rows_between_three_windows_before_and_one_after(log: Log) -> None:
    window = log.rules.answer_window_ms
    known = list({(m.shop_id, m.message_id): m for m in reversed(log.messages)}.values())  # the first received wins
    for turn in settled(log, turns(log.messages, log.rules, log.as_of_ms, log.clocks)):
        near = [m for m in known if turn.b0_ms - 3 * window <= m.sent_ms <= turn.b0_ms + window]
        found = settled(log, turns(near, log.rules, log.as_of_ms, log.clocks))
        assert turn in found


@given(logs())
@QUICK
def test_settled_turn_never_changes(log: Log) -> None:
    later = turns(log.messages, log.rules, log.as_of_ms + 1000 * log.rules.answer_window_ms, log.clocks)
    for turn in settled(log, turns(log.messages, log.rules, log.as_of_ms, log.clocks)):
        assert turn in settled(log, later)


@given(logs())
@QUICK
def test_order_of_arrival_does_not_matter(log: Log) -> None:
    known = list({(m.shop_id, m.message_id): m for m in reversed(log.messages)}.values())
    shuffled = sorted(known, key=lambda m: (m.message_id[::-1], m.shop_id))
    assert turns(shuffled, log.rules, log.as_of_ms, log.clocks) == turns(
        log.messages, log.rules, log.as_of_ms, log.clocks
    )
    assert contacts(shuffled, log.rules, log.as_of_ms, log.clocks) == contacts(
        log.messages, log.rules, log.as_of_ms, log.clocks
    )


@given(logs())
@QUICK
def test_turns_and_contacts_hang_together(log: Log) -> None:
    found = turns(log.messages, log.rules, log.as_of_ms, log.clocks)
    for turn in found:
        assert (turn.state == "answered") == (turn.wait_ms is not None) == (turn.answered_by_message is not None)
        assert turn.b0_ms <= turn.opened_at_ms <= turn.b0_ms + log.rules.answer_window_ms
        if turn.answered_at_ms is not None:
            assert turn.opened_at_ms <= turn.answered_at_ms <= turn.b0_ms + log.rules.answer_window_ms
            assert turn.wait_ms is not None
            assert 0 <= turn.wait_ms <= turn.answered_at_ms - turn.opened_at_ms
            assert turn.effective_wait_ms is None or turn.effective_wait_ms >= turn.wait_ms
        if turn.counted == "closed_soon":
            assert turn.state == "unanswered"
        if turn.state == "pending":
            assert log.as_of_ms <= turn.b0_ms + log.rules.answer_window_ms
    assert len(contacts(log.messages, log.rules, log.as_of_ms, log.clocks)) == sum(t.first_of_contact for t in found)


def test_random_logs_reach_every_state_and_every_way_to_count() -> None:
    reached: Counter[str] = Counter()

    @given(logs())
    @settings(QUICK, max_examples=300, derandomize=True, database=None, phases=[Phase.generate])
    def look(log: Log) -> None:
        for turn in turns(log.messages, log.rules, log.as_of_ms, log.clocks):
            brushed_off = turn.state == "answered" and turn.effective_answered_at_ms is None
            restarted = turn.opened_at_ms > turn.b0_ms
            reached.update([turn.state, turn.counted, f"first {turn.first_of_contact}"])
            reached.update(["brushed off"] * brushed_off + ["restarted"] * restarted)
            if turn.effective_answered_at_ms != turn.answered_at_ms and turn.effective_answered_at_ms is not None:
                reached["answered really later"] += 1
        for contact in contacts(log.messages, log.rules, log.as_of_ms, log.clocks):
            reached.update([f"resolved {contact.resolved}", f"settled {contact.settled}"])
            reached.update([f"new {contact.new_contact_within}", f"intercepted {contact.intercepted_within}"])

    look()

    pairs = ("first", "resolved", "settled", "new", "intercepted")
    wanted = {
        *("answered", "unanswered", "bot_served", "pending", "restarted", "brushed off", "answered really later"),
        *("counted", "off_hours", "stoppage", "closed_soon"),
        *(f"{word} {flag}" for word in pairs for flag in (True, False)),
    }
    assert wanted - set(reached) == set()
