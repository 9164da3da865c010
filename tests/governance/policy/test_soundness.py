"""What types cannot say: weights, curves, measures, lines and the ladder."""

from __future__ import annotations

import pytest

from governance.policy.problems import PolicyError
from governance.policy.reading import read_policy, read_preset_text

DEFAULT = read_preset_text("default")
ON_TIME_CURVE = "[[0.40, 0], [0.75, 60], [0.90, 90], [0.98, 100]]"
PRICED_CURVE = "[[30, 100], [60, 90], [180, 60], [600, 0]]"
ESCALATED = "escalation_rate  # shown only: a complaint not yet decided moves no score (clock section 5)\n"


def messages_of(old: str, new: str) -> list[str]:
    """The problems, without their lines, of the default preset with its first `old` written as `new`."""
    assert old in DEFAULT, f"the preset has no {old!r}"
    with pytest.raises(PolicyError) as caught:
        read_policy(DEFAULT.replace(old, new, 1), "mine.yaml")
    return [
        f"{str(problem).partition(' (line ')[0]}: {problem.what} {problem.remedy}" for problem in caught.value.problems
    ]


def test_weights_of_dimensions_must_add_up() -> None:
    assert messages_of("weight: 25\n      line: 0.90", "weight: 20\n      line: 0.90") == [
        (
            "shops.dimensions: The weights of the dimensions add up to 95, not to 100 (answered 20, on_time 30, "
            "off_hours 5, brush_offs 10, resolved 20, satisfied 10, escalated 0). Raise them by 5 in all."
        )
    ]


def test_weights_of_parts_must_add_up() -> None:
    assert messages_of("weight: 40\n      items", "weight: 45\n      items") == [
        (
            "agents.parts: The weights of the parts add up to 105, not to 100 (speed 45, quality 35, resolution 25). "
            "Lower them by 5 in all."
        )
    ]


def test_weights_within_a_part_must_add_up() -> None:
    assert messages_of("weight: 50\n          line", "weight: 49.5\n          line") == [
        (
            'agents.parts[0].items: The weights of the items of "speed" add up to 99.5, not to 100 (on_time_rate 49.5, '
            "effective_priced_response_seconds 50). Raise them by 0.5 in all."
        )
    ]


def test_thirds_add_up_to_a_hundred() -> None:
    thirds = DEFAULT.replace("weight: 40\n          line: 0.90", "weight: 33.3333333\n          line: 0.90", 1)
    thirds = thirds.replace("weight: 30\n          line: 0.15", "weight: 33.3333333\n          line: 0.15", 1)
    thirds = thirds.replace("weight: 30\n          line: 0.70", "weight: 33.3333334\n          line: 0.70", 1)

    assert read_policy(thirds).agents.parts[1].items[0].weight == 33.3333333


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            ON_TIME_CURVE,
            "[[0.75, 60], [0.40, 0]]",
            (
                "The values are not in rising order: 0.4 comes after 0.75. List the corners as [value, points] by "
                "rising "
                "value, with points that only go one way."
            ),
        ),
        (
            ON_TIME_CURVE,
            "[[0.40, 0], [0.75, 60], [0.90, 50], [0.98, 100]]",
            (
                "The points fall from 60 to 50 at the value 0.9, but the whole curve rises. List the corners as "
                "[value, points] by rising value, with points that only go one way."
            ),
        ),
        (
            ON_TIME_CURVE,
            "[]",
            (
                "A curve needs at least two corners. List the corners as [value, points] by rising value, with "
                "points that "
                "only go one way."
            ),
        ),
        (
            ON_TIME_CURVE,
            "[[0.40, 100], [0.98, 0]]",
            'The curve goes the wrong way: of "on_time_rate" more is better. Let the points rise with the value.',
        ),
    ],
)
def test_a_curve_must_go_one_way_and_the_right_one(old: str, new: str, message: str) -> None:
    assert messages_of(old, new) == [f"agents.parts[0].items[0].curve: {message}"]


def test_a_curve_of_seconds_must_fall() -> None:
    assert messages_of(PRICED_CURVE, "[[30, 0], [600, 100]]") == [
        (
            "agents.parts[0].items[1].curve: The curve goes the wrong way: of "
            '"effective_priced_response_seconds" less is '
            "better. Let the points fall with the value."
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            ON_TIME_CURVE,
            "[[40, 0], [98, 100]]",
            "agents.parts[0].items[0].curve[0]: The value 40 is not a rate. Write it as a share of 1: 0.4 for 40 %.",
        ),
        (
            PRICED_CURVE,
            "[[-30, 100], [600, 0]]",
            "agents.parts[0].items[1].curve[0]: The value -30 is a negative time. Write seconds from 0 up.",
        ),
        (
            "line: 0.75 ",
            "line: 75 ",
            "agents.parts[0].items[0].line: The line 75 is not a rate. Write it as a share of 1: 0.75 for 75 %.",
        ),
        (
            "target: 0.97",
            "target: -1",
            "shops.dimensions[0].target: The target -1 is not a rate. Write a number between 0 and 1.",
        ),
    ],
)
def test_rates_are_shares_of_one_and_times_are_not_negative(old: str, new: str, message: str) -> None:
    assert messages_of(old, new)[0] == message


def test_a_weight_needs_a_curve() -> None:
    assert messages_of(f"          curve: {ON_TIME_CURVE}\n", "") == [
        "agents.parts[0].items[0]: It weighs 50 but has no curve. Add a curve: a list of [value, points] by value."
    ]


def test_a_measure_nobody_knows_is_answered_with_the_one_probably_meant() -> None:
    assert messages_of("measure: on_time_rate", "measure: ontime_rate") == [
        'agents.parts[0].items[0].measure: "ontime_rate" is not a known measure. Did you mean "on_time_rate"?'
    ]


def test_an_escalation_may_be_shown_but_not_weighed() -> None:
    because = "an escalation is a complaint or case that nobody has decided yet, and only a decision may move a score"

    assert messages_of(f"{ESCALATED}          weight: 0", "escalation_rate\n          weight: 1")[-1] == (
        f'agents.parts[2].items[1].weight: "escalation_rate" cannot weigh anything: {because} (clock.md section 5). '
        "Set its weight to 0; it is then shown without moving a score."
    )
    assert messages_of(
        f"{ESCALATED}          weight: 0", "escalation_rate\n          weight: 0\n          line: 0.1"
    ) == [
        (
            f'agents.parts[2].items[1].line: "escalation_rate" cannot have a line: {because} (clock.md section 5). '
            "Set the line to null."
        )
    ]


def test_seconds_cannot_have_a_line() -> None:
    assert messages_of(f"curve: {PRICED_CURVE}", f"line: 180\n          curve: {PRICED_CURVE}") == [
        (
            'agents.parts[0].items[1].line: "effective_priced_response_seconds" is in seconds and cannot have a '
            "line: a "
            "mean has no interval, so that nobody could be proven below it. "
            "Set the line to null, or put it on a rate such as on_time_rate."
        )
    ]


def test_a_shop_is_rated_by_rates_only() -> None:
    assert messages_of("measure: effective_on_time_rate", "measure: priced_response_seconds") == [
        (
            'shops.dimensions[1].measure: "priced_response_seconds" is in seconds, but a shop is rated by rates '
            "only: a "
            "mean has no interval, so that nothing could be proven by it, and it cannot be shrunk to its peers. "
            "Use one of: answer_rate, on_time_rate, effective_on_time_rate, brush_off_rate, off_hours_answer_rate, "
            "resolved_rate, satisfied_rate."
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "path", "what"),
    [
        ("target: 0.97", "target: 0.89", "shops.dimensions[0]", "The target 0.89 is worse than the line 0.9"),
        ("target: 0.05", "target: 0.16", "shops.dimensions[3]", "The target 0.16 is worse than the line 0.15"),
    ],
)
def test_a_target_must_be_at_least_as_good_as_the_line(old: str, new: str, path: str, what: str) -> None:
    assert messages_of(old, new) == [
        f"{path}.target: {what}, below which a shop is substandard. Set a target at least as good as the line."
    ]


def test_a_measure_stands_once_in_a_part() -> None:
    assert messages_of("measure: effective_priced_response_seconds", "measure: on_time_rate")[0] == (
        'agents.parts[0].items: The measure "on_time_rate" appears 2 times. Keep one of them, or rename the others.'
    )


class TestLadder:
    """The grades."""

    def test_grades_go_from_best_to_worst(self) -> None:
        assert messages_of("from_points: 82", "from_points: 93") == [
            (
                'grades[1].from_points: "A" starts from 93 points, not below "S" before it (93). '
                "Order the grades from best to worst, each from fewer points than the one before."
            )
        ]

    def test_the_worst_grade_starts_from_nothing(self) -> None:
        assert messages_of("from_points: 0", "from_points: 1") == [
            (
                'grades[4].from_points: The worst grade "D" starts from 1 points, so that shops with fewer would '
                "have no "
                "grade. Let it start from 0."
            )
        ]

    def test_keys_of_grades_differ(self) -> None:
        assert messages_of("key: A\n", "key: S\n") == [
            'grades: The key "S" appears 2 times. Keep one of them, or rename the others.'
        ]

    def test_no_grade_is_called_provisional(self) -> None:
        assert messages_of("key: D\n", "key: provisional\n") == [
            (
                'grades[4].key: "provisional" is the grade of shops that have none yet. '
                "Choose another key; what such shops may do stands under `provisional`."
            )
        ]

    @pytest.mark.parametrize(
        ("old", "new", "name", "figures"),
        [
            ("keyword_limit: 100", "keyword_limit: 201", "keyword_limit", ("201", "200")),
            ("search_weight: 1.05", "search_weight: 1.11", "search_weight", ("1.11", "1.1")),
        ],
    )
    def test_a_worse_grade_never_grants_more(self, old: str, new: str, name: str, figures: tuple[str, str]) -> None:
        assert messages_of(old, new) == [
            (
                f'grades[1].privileges.{name}: The worse grade "A" grants more ({figures[0]}) than the better "S" '
                f"({figures[1]}), so that a rise would take something away. Grant at most what the better grade grants."
            )
        ]

    def test_a_switch_is_named_as_it_is_written(self) -> None:
        assert messages_of("may_join_campaigns: true", "may_join_campaigns: false") == [
            (
                'grades[1].privileges.may_join_campaigns: The worse grade "A" grants more (true) than the better "S" '
                "(false), so that a rise would take something away. Grant at most what the better grade grants."
            )
        ]

    @pytest.mark.parametrize(("margin", "is_reachable"), [(7, True), (8, False)])
    def test_the_best_grade_can_be_reached_with_its_margin(self, margin: int, is_reachable: bool) -> None:
        text = DEFAULT.replace("margin_points: 1 ", f"margin_points: {margin} ", 1)  # S starts from 93
        if is_reachable:
            assert read_policy(text).shops.rise.margin_points == margin
        else:
            assert messages_of("margin_points: 1 ", f"margin_points: {margin} ") == [
                (
                    'shops.rise.margin_points: Nobody could rise to "S": 93 points and a margin of 8 are over 100. '
                    "Lower the margin to at most 7, or let the grade start from fewer points."
                )
            ]
