"""Presets like real marketplaces: every published figure is said by the preset, or listed as not expressed with why.

The checklist follows published-rules.md line by line; what the ladders add up to is test_published_ladders.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from governance.policy.reading import list_presets, load_preset, read_preset_text
from governance.policy.sections.redress import COMPLAINT_KINDS

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
        ("violations.ladders.A.period.calendar", "year"),
        ("violations.ladders.A.repeat_every", 12),
        ("violations.ladders.A.while_running", "extend"),
        ("violations.ladders.A.needs_correction", True),
        ("violations.ladders.B.nodes.3.at", 48),
        ("violations.ladders.B.carry_over.at_least", 48),
        ("violations.ladders.C.carry_over.carried", 24),
        ("violations.clauses.harassment.gravities.ordinary.points", 2),
        ("violations.clauses.harassment.gravities.serious.points", 12),
        ("violations.clauses.harassment.gravities.serious.compensation.amount", 300.0),
        ("violations.clauses.harassment.gravities.serious.compensation.currency", "CNY"),
        ("violations.clauses.harassment.gravities.especially_serious.ladder", "B"),
        ("violations.clauses.harassment.gravities.especially_serious.points", 48),
        ("redress.refuse_within_hours", 63),  # seven working days of nine hours
        ("redress.evidence_kept_days", 1095),
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
        ("violations.ladders.sanctions.period.rolling_days", 30),
        ("violations.ladders.sanctions.nodes.0.at", 3),
        ("violations.clauses.passive_service.gravities.warned.penalties.0.kind", "public_warning"),
        ("violations.clauses.passive_service.gravities.fined.fine.currency", "CNY"),
        ("redress.appeals.0.within_days", 7),
        ("redress.appeals.0.decided_within_hours", 45),  # five working days of nine hours
    ],
    "shopee": [
        ("shops.evaluation.weekday", "monday"),
        ("measures_window_days", 28),
        ("violations.ladders.points.period.calendar", "quarter"),
        ("violations.ladders.points.nodes.0.penalties.0.days", 28),
        ("violations.ladders.points.nodes.0.penalties.0.limits.may_join_campaigns", False),
        ("violations.ladders.points.nodes.3.penalties.2.limits.may_list", False),
        ("violations.ladders.points.nodes.4.penalties.3.kind", "closure"),
        ("redress.appeals.0.against", "violation"),
    ],
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
        "500 CNY",
        "90 d without points for fake trade",
    ],
    "douyin": [
        "mean response",
        "hidden",
        "Few orders",
        "fewer than 3 sanctions in 30 d",
        "2026-09",
        "Passive service is tested by the week",
    ],
    "shopee": ["once a week", "No subsidies from 6 points"],
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


@pytest.mark.parametrize("name", list_presets())
def test_every_preset_says_how_to_complain_what_follows_and_who_may_appeal(name):
    document = load_preset(name)

    assert document.violations.ladders
    assert {right.who for right in document.redress.appeals} == {"shop", "agent", "buyer"}
    assert all(rules.clauses for rules in document.redress.complaints)


def test_the_default_has_a_clause_for_every_kind_of_complaint_from_mild_to_held():
    document = load_preset("default")

    assert [rules.kind for rules in document.redress.complaints] == list(COMPLAINT_KINDS)
    for clause in document.violations.clauses:
        assert [gravity.key for gravity in clause.gravities] == ["mild", "grave", "severe"]
        assert [any(rule.held for rule in gravity.penalties) for gravity in clause.gravities] == [False, False, True]
    (ladder,) = document.violations.ladders
    assert [node.at for node in ladder.nodes] == [3, 6, 9, 12]
    assert [any(rule.held for rule in node.penalties) for node in ladder.nodes] == [False, False, False, True]


@pytest.mark.parametrize("name", list_presets())
def test_what_takes_privileges_takes_something_from_the_best_grade(name):
    document = load_preset(name)
    rules = [rule for ladder in document.violations.ladders for node in ladder.nodes for rule in node.penalties]

    for rule in rules:
        for privilege, value in rule.limits.named().items():
            assert value < getattr(document.grades[0].privileges, privilege), (rule.title.en, privilege)
