"""Reasons and grades in words."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from django.utils import translation

from governance.formulas.grades import Reason
from governance.policy.catalogue import MEASURES
from governance.policy.reading import load_preset
from governance.views.wording import MEASURE_NAMES, TONES, grade_in_words, reason_in_words, tone_of

DOCUMENT = load_preset("default")


def tell(reason: str) -> str:
    return reason_in_words(
        reason, candidate="B (ordinary)", candidate_since_on=date(2026, 5, 1), document=DOCUMENT, settled=12
    )


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_is_a_sentence(reason: str) -> None:
    assert tell(reason).endswith(".")
    assert "%(" not in tell(reason)


def test_a_waiting_fall_says_since_when_and_how_long() -> None:
    assert tell("fall_waiting") == (
        "The points have asked for grade B (ordinary) since 2026-05-01. The grade falls after 7 days in a row."
    )


def test_too_small_a_sample_says_how_small() -> None:
    assert tell("sample_too_small").startswith("Too few turns to judge by: 12 of the 30 that a grade takes.")


def test_every_measure_has_a_name() -> None:
    assert set(MEASURES) == set(MEASURE_NAMES)


def test_grades_wear_the_policys_titles_in_the_readers_language() -> None:
    assert grade_in_words("S", DOCUMENT).title == "S (outstanding)"
    with translation.override("zh-hans"):
        assert grade_in_words("S", DOCUMENT).title == "S 级（卓越）"
        assert grade_in_words("provisional", DOCUMENT).badge == "暂未评级"


def test_a_grade_of_a_former_ladder_is_shown_by_its_key_without_a_colour() -> None:
    grade = grade_in_words("Gold", DOCUMENT)

    assert (grade.title, grade.tone) == ("Gold", "none")


def test_colours_run_from_the_best_grade_to_the_worst_however_many_there_are() -> None:
    assert [tone_of(key, "SABCD") for key in "SABCD"] == list(TONES)
    assert [tone_of(key, "AB") for key in "AB"] == ["best", "worst"]
    assert tone_of("A", "A") == "best"
