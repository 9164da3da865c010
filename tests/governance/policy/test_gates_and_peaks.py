"""Gates, peaks, evaluation days and windows in the document: what is refused, with what words, and what gates grant."""

from __future__ import annotations

from datetime import date

import pytest

from governance.policy.judge import Judge
from governance.policy.problems import PolicyError
from governance.policy.reading import load_preset, read_policy, read_preset_text

DOUYIN = read_preset_text("douyin")
MONDAY = date(2026, 5, 4)


def messages_of(old: str, new: str) -> list[str]:
    """The problems of the preset like Douyin with its first `old` written as `new`, with their lines."""
    assert old in DOUYIN, f"the preset has no {old!r}"
    with pytest.raises(PolicyError) as caught:
        read_policy(DOUYIN.replace(old, new, 1), "mine.yaml")
    return [str(problem) for problem in caught.value.problems]


MALL = "needs: [{of: points, at_least: 60}]"


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("needs: [{of: poinst, at_least: 60}]", 'nothing that a gate can ask about. Did you mean "points"?'),
        ("needs: [{of: points}]", "asks for nothing"),
        ("needs: [{of: points, at_least: 60, at_most: 70}]", "two bounds"),
        ("needs: [{of: points, at_least: 160}]", "160 are no points"),
        ("needs: [{of: turns, at_least: 60, mean_of_days: 3}]", "Only points have a mean over days"),
        ("needs: [{of: points, at_least: 60, buyers_at_most: 3}]", "no failing cases and no affected buyers"),
        ("needs: [{of: answer_rate, at_most: 0.9}]", "more is better, so that this would shut good shops out"),
        ("needs: [{of: brush_off_rate, at_least: 0.1}]", "less is better"),
        ("needs: [{of: answer_rate, at_least: 95}]", "Write it as a share of 1: 0.95 for 95 %"),
        ("needs: [{of: escalation_rate, at_most: 0.1}]", "cannot open or close a gate: an escalation"),
        ("needs: [{of: response_seconds_p90, at_most: -1}]", "negative time"),
        ("needs: [{of: answer_rate, buyers_at_most: 3, or_buyers_at_most: 4}]", "no rate that counts"),
        ("needs: []", "needs at least 1 entries"),
    ],
)  # fmt: skip
def test_a_need_that_cannot_be_judged_is_refused_at_its_line(new, message):
    (problem,) = messages_of(MALL, new)
    line = DOUYIN[: DOUYIN.index(MALL)].count("\n") + 1

    assert message in problem
    assert f"(line {line})" in problem


def test_a_gate_on_a_mean_that_asks_for_proof_could_never_close():
    (problem,) = messages_of(f"{MALL}  # rules: mall >= 60\n    needs_proof: false",
                             "needs: [{of: response_seconds_p90, at_most: 90}]\n    needs_proof: true")  # fmt: skip

    assert "the gate could never close" in problem
    assert (
        read_policy(DOUYIN.replace(MALL, "needs: [{of: response_seconds_p90, at_most: 90}]")).gates[0].needs_proof
        is False
    )


def test_a_closed_gate_grants_no_more_than_an_open_one():
    opposite = DOUYIN.replace("while_open: {may_join_campaigns: true}", "while_open: {may_join_campaigns: false}")
    opposite = opposite.replace("while_closed: {may_join_campaigns: false}", "while_closed: {may_join_campaigns: true}")
    with pytest.raises(PolicyError) as caught:
        read_policy(opposite)
    (problem,) = map(str, caught.value.problems)

    assert "grants more while it is closed (true) than while it is open (false)" in problem


def test_two_gates_of_one_key_are_refused():
    assert "appears 2 times" in messages_of("- key: mall", "- key: campaigns")[0]


PEAK = """peaks:
  - title: {en: Singles' Day, zh-hans: 双十一}
    first_on: %s
    last_on: %s
    clock: %s

measures_window_days"""


@pytest.mark.parametrize(
    ("peak", "message"),
    [
        (("2026-11-12", "2026-11-10", "{target_seconds: 300}"), "ends on 2026-11-10, before it starts on 2026-11-12"),
        (("2026-11-10", "2027-11-10", "{target_seconds: 300}"), "lasts 366 days; a peak has at most 92"),
        (("2026-11-10", "2026-11-31", "{target_seconds: 300}"), "'2026-11-31' is not a date. Write it as 2026-11-11."),
        (("0026-11-10", "0026-11-12", "{target_seconds: 300}"), "no day of this century"),
        (("2026-11-10", "2026-11-12", "{}"), "Nothing is different on these days"),
        (("2026-11-10", "2026-11-12", "{target_seconds: 601}"), "The cap of 600 s is below the target of 601 s"),
        (("2026-11-10", "2026-11-12", "{courtesies: []}"), 'The key "courtesies" is not known here'),
        (("5", "2026-11-12", "{target_seconds: 300}"), "5 is not a date"),
    ],
)
def test_a_peak_that_makes_no_sense_is_refused(peak, message):
    problems = messages_of("measures_window_days", PEAK % peak)

    assert any(message in problem for problem in problems)
    assert all("(line " in problem for problem in problems)


def test_no_day_belongs_to_two_peaks():
    both = PEAK % ("2026-11-10", "2026-11-12", "{target_seconds: 300}")
    another = (PEAK % ("2026-11-12", "2026-11-14", "{target_seconds: 90}")).removeprefix("peaks:\n")

    (problem,) = messages_of("measures_window_days", both.replace("\nmeasures_window_days", another))
    assert 'starts on 2026-11-12, while "Singles\' Day" lasts until 2026-11-12' in problem


def test_a_peak_overrides_only_what_it_names():
    text = DOUYIN.replace("measures_window_days", PEAK % ("2026-11-10", "2026-11-12", "{target_seconds: 300}"), 1)
    document = read_policy(text)

    special = document.peaks[0].clock.over(document.clock)
    assert special == document.clock.model_copy(update={"target_seconds": 300})


@pytest.mark.parametrize("evaluation", ["{}", "{weekday: monday, day_of_month: 20}"])
def test_evaluation_days_are_weekdays_or_days_of_the_month(evaluation):
    (problem,) = messages_of("  few_turns:", f"  evaluation: {evaluation}\n  few_turns:")

    assert "either on which weekday or on which day of the month" in problem


def test_a_longer_window_is_longer():
    assert "not more than the ordinary one (30)" in messages_of(
        "measures_window_days: 30", "measures_window_days: 30\nlonger_window: {below_turns: 10, days: 30}"
    )[0]  # fmt: skip


def test_few_cases_earn_nothing_where_many_earn_nothing():
    (problem,) = messages_of(
        "rise: {", "  - key: seen\n      title: {en: S, zh-hans: S}\n      measure: answer_rate\n      weight: 0\n"
        "      small_sample: {below_cases: 5, points: 80}\n  rise: {",
    )  # fmt: skip
    assert "has no curve" in problem


@pytest.mark.parametrize(
    ("grade", "gates", "campaigns", "weight"),
    [
        ("seller", {"top_rated": True, "standard": True}, True, 1.10),
        ("seller", {"top_rated": False, "standard": True}, True, 1.00),
        ("seller", {"top_rated": True, "standard": False}, False, 0.70),  # what one gate takes no other gives
        ("seller", {}, True, 1.00),
        ("unknown", {"standard": False}, False, 0.70),
    ],
)
def test_open_gates_widen_and_closed_ones_narrow_what_the_grade_grants(grade, gates, campaigns, weight):
    granted = load_preset("ebay").privileges_of(grade, gates)

    assert (granted.may_join_campaigns, granted.search_weight, granted.keyword_limit) == (campaigns, weight, 50)


def row(settled: int, answered: int, buyers: int = 0) -> dict[str, int | float | None]:
    """The measures of a shop of which so many turns were answered, all of them on time."""
    judge = Judge(load_preset("ebay"))
    facts = {"settled": settled, "answered": answered, "on_time": answered}
    affected = {"unanswered_buyers": buyers, "late_buyers": buyers}
    return dict.fromkeys((*judge.shop_columns, *judge.gate_columns), 0) | facts | affected


def test_a_judge_keeps_gates_apart_from_the_grade():
    judge = Judge(load_preset("ebay"))
    measures = row(200, 199, 1)
    rating = judge.rate_shop(measures, judge.priors_of(measures))

    gates = judge.next_gates((), rating, measures, on=MONDAY, opened_on=date(2020, 1, 1))

    assert [(gate.key, gate.is_open) for gate in gates] == [("top_rated", True), ("standard", True)]
    assert judge.privileges_of("seller", gates).search_weight == 1.10


def test_a_gate_of_a_former_policy_is_forgotten_and_a_new_one_starts_at_once():
    ebay, douyin = Judge(load_preset("ebay")), Judge(load_preset("douyin"))
    measures = row(200, 150, 40)
    rating = ebay.rate_shop(measures, ebay.priors_of(measures))
    before = ebay.next_gates((), rating, measures, on=MONDAY, opened_on=None)
    columns = dict.fromkeys((*douyin.shop_columns, *douyin.gate_columns), 0) | {"settled": 200}

    after = douyin.next_gates(before, rating, columns, on=MONDAY, opened_on=None)

    assert [gate.key for gate in after] == ["mall", "campaigns", "premium_tools"]


def test_evaluation_days_hold_gates_as_well_as_grades():
    judge = Judge(load_preset("ebay"))
    good, bad = row(200, 200), row(200, 150, 40)
    state = judge.next_gates(
        (), judge.rate_shop(good, judge.priors_of(good)), good, on=date(2026, 5, 18), opened_on=None
    )
    grades = []
    for day in (19, 20):
        rating = judge.rate_shop(bad, judge.priors_of(bad))
        state = judge.next_gates(state, rating, bad, on=date(2026, 5, day), opened_on=None)
        grades.append([gate.is_open for gate in state])

    assert grades == [[True, True], [False, False]]
