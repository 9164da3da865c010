"""Presets like real marketplaces: every published figure is said by the preset, or listed as not expressed with why.

The checklist follows published-rules.md line by line; ladders are listed, for they come with a section of their own.
"""

from __future__ import annotations

from typing import Any

import pytest

from governance.policy.reading import list_presets, load_preset, read_preset_text

SAID: dict[str, list[tuple[str, Any]]] = {
    "taobao": [
        ("clock.target_seconds", 180),
        ("clock.cap_seconds", 600),
        ("clock.ignore_replies_under_seconds", 1),
        ("clock.default_hours", "mon-sun 08:00-23:00"),
        ("clock.count_bot_served_as", "excluded"),
        ("measures_window_days", 30),
        ("shops.dimensions.on_time.measure", "on_time_rate"),
        ("shops.dimensions.satisfied.measure", "satisfied_rate"),
        ("shops.dimensions.escalated.measure", "escalation_rate"),
        ("shops.min_turns", 30),
        ("shops.evaluation", None),  # daily
        ("agents.parts.speed.items.1.measure", "priced_response_seconds"),
        ("notice_days", 7),
    ],
    "douyin": [
        ("clock.cap_seconds", 600),
        ("clock.default_hours", "mon-sun 08:00-23:00"),
        ("clock.count_bot_served_as", "excluded"),
        ("measures_window_days", 30),
        ("agents.parts.speed.items.0.measure", "effective_priced_response_seconds"),
        ("shops.few_turns.points", 70),
        ("shops.dimensions.on_time.small_sample.bad_at_most", 3),
        ("shops.dimensions.on_time.small_sample.points", 80),
        ("shops.dimensions.satisfied.measure", "satisfied_rate"),
        ("shops.dimensions.satisfied.small_sample.bad_at_most", 3),
        ("shops.dimensions.satisfied.small_sample.points", 80),
        ("gates.mall.needs.0.at_least", 60),
        ("gates.campaigns.needs.0.at_least", 70),
        ("gates.campaigns.needs.0.mean_of_days", 7),
        ("gates.campaigns.closes_after_days", 7),
        ("gates.campaigns.needs_proof", False),
        ("gates.campaigns.while_closed.may_join_campaigns", False),
        ("gates.premium_tools.needs.0.at_least", 80),
    ],
    "shopee": [("shops.evaluation.weekday", "monday"), ("measures_window_days", 28)],
    "ebay": [
        ("shops.evaluation.day_of_month", 20),
        ("measures_window_days", 90),
        ("longer_window.below_turns", 400),
        ("longer_window.days", 365),
        ("gates.top_rated.needs.0.of", "age_days"),
        ("gates.top_rated.needs.0.at_least", 90),
        ("gates.top_rated.needs.1.of", "turns"),
        ("gates.top_rated.needs.1.at_least", 100),
        ("gates.top_rated.needs.2.at_least", 0.995),
        ("gates.top_rated.needs.2.buyers_at_most", 3),
        ("gates.top_rated.needs.3.at_least", 0.97),
        ("gates.top_rated.needs.3.buyers_at_most", 5),
        ("gates.standard.needs.0.at_least", 0.98),
        ("gates.standard.needs.0.or_buyers_at_most", 4),
        ("notice_days", 15),
    ],
    "jd": [
        ("clock.target_seconds", 30),
        ("clock.default_hours", "mon-sun 09:00-23:00"),
        ("measures_window_days", 30),
        ("shops.dimensions.message_box.measure", "off_hours_answer_rate"),
        ("shops.dimensions.satisfied.small_sample.below_cases", 51),
        ("shops.dimensions.satisfied.small_sample.points_lost_per_bad", 5),
    ],
}
"""What each preset says: the place in the document and the published figure."""

NOT_SAID: dict[str, list[str]] = {
    "taobao": [
        "/ paid orders",
        "30 paid orders in 30 d",
        "3 to 5",
        "category",
        "declared holiday",
        "class A (12, 24, 36)",
        "B (12, 24, 36, 48)",
        "C (three strikes)",
        "A2, A12, B48",
    ],
    "douyin": [
        "mean response",
        "hidden",
        "Few orders",
        "fewer than 3 sanctions in 30 d",
        "2026-09",
        "30-60 % overdue tickets warn and 60 % fine",
        "under 5 tickets 2 warn and 3 fine",
        "7 d, decided in 5 working days",
    ],
    "shopee": ["3 no campaigns, 6 no subsidies", "9 severe demotion", "12 listing blocked", "15 account frozen",
               "28 d each, with a quarterly reset", "won appeal"],
    "ebay": ["defects", "Late shipments", "cases <= 0.3 % AND <= 2", "cases > 0.3 % AND > 2", "100 sales", "400 sales",
             "calendar months"],
    "jd": ["first answer", "all agents are offline", "calendar month"],
}  # fmt: skip
"""What each preset lists as not expressed: a piece of the rule."""


def place(data: Any, path: str) -> Any:
    """The value at a path; lists of sections are looked up by key, others by number."""
    for step in path.split("."):
        if isinstance(data, list):
            data = next((entry for entry in data if entry.get("key") == step), None) or data[int(step)]
        else:
            data = data[step]
    return data


@pytest.mark.parametrize(("name", "path", "figure"), [(name, *said) for name, all_ in SAID.items() for said in all_])
def test_a_published_figure_is_what_the_preset_says(name, path, figure):
    assert place(load_preset(name).to_data(), path) == figure


@pytest.mark.parametrize(("name", "piece"), [(name, piece) for name, all_ in NOT_SAID.items() for piece in all_])
def test_what_a_preset_cannot_say_is_listed_with_the_reason(name, piece):
    found = [entry for entry in load_preset(name).not_expressed if piece in entry.rule]

    assert len(found) == 1
    assert len(found[0].why) > 20


def test_every_marketplace_of_the_checklist_has_a_preset():
    assert set(SAID) == set(NOT_SAID) == set(list_presets()) - {"default", "forum"}


@pytest.mark.parametrize("name", sorted(SAID))
def test_every_number_of_the_clock_names_its_source(name):
    lines = read_preset_text(name).splitlines()
    clock = lines[lines.index("clock:") + 1 : next(i for i, line in enumerate(lines) if line.startswith("  repeated_"))]

    assert len(clock) >= 10
    for line in clock:
        assert any(word in line for word in ("rules:", "choice", "clock section", "Asia/Shanghai")), line


def test_the_presets_that_were_there_keep_their_meaning():
    for name in ("default", "forum"):
        document = load_preset(name)
        assert (document.gates, document.peaks, document.longer_window) == ((), (), None)
        assert (document.shops.few_turns, document.shops.evaluation, document.notice_days) == (None, None, 7)
        assert all(dimension.small_sample is None for dimension in document.shops.dimensions)
