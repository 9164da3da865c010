"""Differences between two versions of the rules, a sentence per change, in both languages."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.utils import translation

from governance.policy.differences import list_changes
from governance.policy.outline import list_keys
from governance.policy.reading import list_presets, load_preset
from governance.policy.schema import PolicyDocument
from governance.views.policy_changes import changes_in_words

DOUYIN = load_preset("douyin")


def changed(**values: Any) -> PolicyDocument:
    """The preset like Douyin with other values; keys are paths with __ between: shops__rise__after_days."""
    data = deepcopy(DOUYIN.to_data())
    for path, value in values.items():
        *steps, last = path.split("__")
        section: Any = data
        for step in steps:
            section = section[int(step)] if isinstance(section, list) else section[step]
        section[int(last) if isinstance(section, list) else last] = value
    return PolicyDocument.from_json(data)


def told(**values: Any) -> list[str]:
    return changes_in_words(DOUYIN, changed(**values))


def test_equal_documents_differ_in_nothing():
    assert changes_in_words(DOUYIN, changed()) == []


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"clock__target_seconds": 120}, "On-time target falls from 3 min to 2 min."),
        ({"clock__target_seconds": 240}, "On-time target rises from 3 min to 4 min."),
        ({"notice_days": 30}, "Notice before a change of the rules rises from 7 days to 30 days."),
        ({"clock__default_timezone": "UTC"}, "Time zone of shops without one changes from “Asia/Shanghai” to “UTC”."),
        ({"clock__count_bot_served_as": "unanswered"},
         "Turns that only a bot served changes from “left out” to “counted as unanswered”."),
        ({"shops__dimensions__0__line": 0.8},
         "Dimension “Real answers within three minutes” › standard rises from 75.0% to 80.0%."),
        ({"shops__dimensions__0__line": None},
         "Dimension “Real answers within three minutes” › standard: no longer set, it was 75.0%."),
        ({"shops__dimensions__0__small_sample": None},
         ("Dropped: Dimension “Real answers within three minutes” › points of few cases (with fewer cases than: 50; "
         "with at most so many failing cases: 3; points: 80; points lost for each failing case: 0).")),
        ({"shops__evaluation": {"weekday": "monday"}},
         "New: How shops are rated › days on which grades change (weekday: Monday)."),
        ({"grades__1__privileges__keyword_limit": 40}, "Grade “B (ordinary)” › keyword limit falls from 50 to 40."),
        ({"grades__2__privileges__may_join_campaigns": False, "grades__3__privileges__may_join_campaigns": False},
         "Grade “C (weak)” › may join campaigns: no longer."),
        ({"gates__1__needs__0__at_least": 75}, "Gate “Big campaigns” › need “Points” › at least rises from 70 to 75."),
        ({"gates__1__needs_proof": True}, "Gate “Big campaigns” › closing needs proof: now yes."),
        ({"clock__courtesies": ["谢谢"]},
         ("Closing courtesies that ask for no answer: removed “all good”, “all right”, “alright”, “bye”, “bye bye”, "
         "“cheers”, “cool”, “good night”, “goodbye”, “got it”, “got it, thanks”, “great” and 79 more.")),
        ({"clock__holding_phrases": [*DOUYIN.clock.holding_phrases, "in a minute"]},
         "Phrases that answer nothing: added “in a minute”."),
        ({"shops__dimensions__1__curve": [[0.4, 0], [0.7, 60], [1, 100]]},
         ("Dimension “Satisfied buyers” › curve from value to points changes from “40.0% → 0, 70.0% → 60, 90.0% → 90, "
         "100.0% → 100” to “40.0% → 0, 70.0% → 60, 100.0% → 100”.")),
        ({"grades__0__title": {"en": "Star", "zh-hans": "星级"}},
         "Grade “Star” › title changes from “A (good)” to “Star”."),
    ],
)  # fmt: skip
def test_a_change_is_a_sentence(values, sentence):
    assert told(**values)[0] == sentence
    assert len(told(**values)) == len(values)


def test_what_is_new_or_dropped_tells_its_values():
    peak = {"title": {"en": "Singles' Day", "zh-hans": "双十一"}, "first_on": "2026-11-10", "last_on": "2026-11-12",
            "clock": {"target_seconds": 300}}  # fmt: skip

    assert told(peaks=[peak]) == [
        (
            "New: Peak “Singles' Day” (first day: 2026-11-10; last day: 2026-11-12; how waiting is measured: on-time "
            "target: 5 min)."
        )
    ]
    gates = [gate for gate in DOUYIN.to_data()["gates"] if gate["key"] != "mall"]
    assert told(gates=gates) == [
        (
            "Dropped: Gate “Mall channel” (needs: Points: at least 60; days in a row until it opens: 1 day; days in a "
            "row until it closes: 1 day; closing needs proof: no)."
        )
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"violations__clauses__0__gravities__2__points": 2},
         "Clause “Passive service” › gravity “Buyers muted on purpose” › points rises from 1 to 2."),
        ({"violations__clauses__0__exemptions": DOUYIN.to_data()["violations"]["clauses"][0]["exemptions"][:1]},
         ("Clause “Passive service” › no violation where: removed “An outage of the platform, or a stoppage that it "
         "declared.”.")),
        ({"violations__clauses__0__first_offence": {"within_days": 365, "points": 0}},
         "New: Clause “Passive service” › first offence (within days: 365 days; points: 0)."),
        ({"violations__ladders__0__nodes__0__penalties__0__days": 14},
         "Ladder “Sanctions” › node “3 points” › penalty “No campaigns” › days falls from 30 days to 14 days."),
        ({"violations__ladders__0__nodes__0__penalties__0__limits__keyword_limit": 5},
         ("Ladder “Sanctions” › node “3 points” › penalty “No campaigns” › at most meanwhile › keyword limit: now 5, "
         "where nothing was set.")),
        ({"violations__ladders__0__while_running": "beside"},
         ("Ladder “Sanctions” › while an earlier penalty runs changes from “a new one begins at its end” to “a new one "
         "begins at once”.")),
        ({"redress__complaints__3__clauses": ["narrowing"]},
         ("Complaint “Worse answers since I opened an after-sales case” › clauses: removed “passive_service”.")),
        ({"redress__appeals__0__within_days": 15},
         "Right to appeal “shop against: a violation” › within days rises from 7 days to 15 days."),
        ({"redress__appeals": DOUYIN.to_data()["redress"]["appeals"][1:]},
         ("Dropped: Right to appeal “shop against: a violation” (within days: 7 days; how often: 1; appeal decided "
         "within (desk hours): 45 hours).")),
        ({"redress__review_share": 0.2},
         "Share of dismissals that a second person reviews blind rises from 10.0% to 20.0%."),
    ],
)  # fmt: skip
def test_a_change_of_violations_and_redress_is_a_sentence(values, sentence):
    assert told(**values) == [sentence]


def test_another_order_is_told():
    dimensions = DOUYIN.to_data()["shops"]["dimensions"]

    assert told(shops__dimensions=dimensions[::-1]) == [
        "How shops are rated › dimensions of the rating: their order changes."
    ]


def test_a_renamed_entry_is_the_same_one_by_its_key():
    (change,) = list_changes(DOUYIN, changed(gates__0__title={"en": "Shelf", "zh-hans": "货架"}))

    assert (change.key, change.kind, change.before["en"]) == ("gates[].title", "changed", "Mall channel")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("before", list_presets())
def test_any_two_presets_can_be_compared(before, language):
    keys = set(list_keys())
    with translation.override(language):
        for after in list_presets():
            changes = list_changes(load_preset(before), load_preset(after))
            assert {change.key for change in changes} <= keys
            sentences = changes_in_words(load_preset(before), load_preset(after))
            assert len(sentences) == len(changes)
            assert (before == after) == (not changes)
            assert not any("%(" in sentence or "None" in sentence for sentence in sentences)
