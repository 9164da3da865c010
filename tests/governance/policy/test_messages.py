"""Bad policies: each message says where, what is wrong and what to do."""

from __future__ import annotations

import pytest

from governance.policy.problems import PolicyError
from governance.policy.reading import read_policy, read_preset_text

DEFAULT = read_preset_text("default")


def messages_of(content: str | bytes) -> list[str]:
    """The problems of a text, as their author reads them."""
    with pytest.raises(PolicyError) as caught:
        read_policy(content, "mine.yaml")
    return [str(problem) for problem in caught.value.problems]


def changed(old: str, new: str) -> str:
    """The default preset with its first `old` written as `new`."""
    assert old in DEFAULT, f"the preset has no {old!r}"
    return DEFAULT.replace(old, new, 1)


def line_of(text: str) -> int:
    """The line of the preset on which `text` first stands."""
    return DEFAULT[: DEFAULT.index(text)].count("\n") + 1


WRONG_TYPES = [
    (
        "target_seconds: 180",
        'target_seconds: "180"',
        (
            'clock.target_seconds (line {}): This must be a whole number, not "180". '
            "Write digits only, without quotes or decimals, such as 30."
        ),
    ),
    (
        "target_seconds: 180",
        "target_seconds: 180.5",
        (
            "clock.target_seconds (line {}): This must be a whole number, not 180.5. "
            "Write digits only, without quotes or decimals, such as 30."
        ),
    ),
    (
        "target_seconds: 180",
        "target_seconds: yes",
        (
            "clock.target_seconds (line {}): This must be a whole number, not true. "
            "Write digits only, without quotes or decimals, such as 30."
        ),
    ),
    (
        "prior_strength: 30",
        "prior_strength: many",
        'shops.prior_strength (line {}): This must be a number, not "many". Write digits without quotes, such as 0.9.',
    ),
    (
        "prior_strength: 30",
        "prior_strength: .inf",
        "shops.prior_strength (line {}): This must be a finite number, not Infinity. Write digits, such as 0.9.",
    ),
    (
        "may_list: true",
        "may_list: 1",
        (
            "grades[0].privileges.may_list (line {}): This must be a yes or no, not 1. "
            "Write true or false, without quotes."
        ),
    ),
    ("name: default", "name: 2026", "name (line {}): This must be a text, not 2026. Put quotes around it."),
    (
        "[[0.40, 0], [0.75, 60], [0.90, 90], [0.98, 100]]",
        "7",
        (
            "agents.parts[0].items[0].curve (line {}): This must be a list, not 7. "
            "Write its entries in brackets, or one a line after a dash."
        ),
    ),
    (
        "{en: Speed, zh-hans: 响应速度}",
        "Speed",
        (
            'agents.parts[0].title (line {}): This must be a section with keys of its own, not "Speed". '
            "Indent its keys under it."
        ),
    ),
]

WRONG_VALUES = [
    ("format: 1", "format: 2", "format (line {}): This must be 1, it is 2. Write it exactly so."),
    (
        "count_bot_served_as: excluded",
        "count_bot_served_as: maybe",
        (
            "clock.count_bot_served_as (line {}): This must be 'excluded' or 'unanswered', it is \"maybe\". "
            "Write it exactly so."
        ),
    ),
    (
        "answer_window_hours: 24",
        "answer_window_hours: 0",
        "clock.answer_window_hours (line {}): This must be at least 1, it is 0. Write a larger number.",
    ),
    (
        "minimum_hours_per_week: 56",
        "minimum_hours_per_week: 169",
        "clock.minimum_hours_per_week (line {}): This must be at most 168, it is 169. Write a smaller number.",
    ),
    (
        "prior_strength: 30",
        "prior_strength: 0",
        "shops.prior_strength (line {}): This must be greater than 0, it is 0. Write a larger number.",
    ),
    (
        "search_weight: 1.10",
        "search_weight: 1.105",
        "grades[0].privileges.search_weight (line {}): This must be a multiple of 0.01, it is 1.105. Round it.",
    ),
    ("name: default", 'name: ""', 'name (line {}): This must not be empty, it is "". Write at least one character.'),
    (
        "name: default",
        f"name: {'x' * 501}",
        f'name (line {{}}): This must have at most 500 characters, it is "{"x" * 59}…. Shorten it.',
    ),
    (
        "key: A\n",
        "key: A plus\n",
        (
            'grades[1].key (line {}): This must be a short name without spaces, it is "A plus". '
            "Start with a letter; use up to 20 letters, digits, +, - and _."
        ),
    ),
    (
        "[0.75, 60]",
        "[0.75]",
        (
            "agents.parts[0].items[0].curve[1] (line {}): A pair of numbers has only one. "
            "Write [value, points], such as [0.9, 80]."
        ),
    ),
    (
        "[0.75, 60]",
        "[0.75, 60, 3]",
        (
            "agents.parts[0].items[0].curve[1] (line {}): This may have at most 2 entries, it is [0.75, 60, 3]. "
            "Remove some."
        ),
    ),
    (
        "default_timezone: Asia/Shanghai",
        "default_timezone: Asia/Shanghia",
        (
            'clock.default_timezone (line {}): "Asia/Shanghia" is not a known time zone. '
            'Write an IANA name such as "Asia/Shanghai" or "UTC".'
        ),
    ),
    (
        "cap_seconds: 600",
        "cap_seconds: 179",
        (
            "clock.cap_seconds (line {}): The cap of 179 s is below the target of 180 s, so that no answer at "
            "all would "
            "cost less than a punctual one. Raise cap_seconds or lower target_seconds."
        ),
    ),
    (
        "cap_seconds: 600",
        "cap_seconds: 86401",
        (
            "clock.cap_seconds (line {}): The cap of 86401 s is longer than the answer window of 24 h (86400 s), "
            "so that "
            "no unanswered turn could ever count. Lower cap_seconds or raise answer_window_hours."
        ),
    ),
    (
        "text_retention_days: 400",
        "text_retention_days: 1831",
        (
            "clock.text_retention_days (line {}): Texts would be kept for 1831 days, longer than the messages "
            "they belong "
            "to (1830 days). Lower text_retention_days or raise timings_retention_days."
        ),
    ),
    (
        "minimum_hours_per_week: 56",
        "minimum_hours_per_week: 106",
        (
            "clock.default_hours (line {}): The default hours come to 105 a week, fewer than the minimum of 106. "
            "Extend default_hours or lower minimum_hours_per_week."
        ),
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG_TYPES + WRONG_VALUES)
def test_a_wrong_value_is_told_with_its_line_and_remedy(old: str, new: str, message: str) -> None:
    line = line_of("default_hours:" if message.startswith("clock.default_hours") else old)

    assert messages_of(changed(old, new)) == [message.format(line)]


def test_hours_that_cannot_be_read_are_quoted_with_an_example() -> None:
    (message,) = messages_of(changed("default_hours: mon-sun 08:00-23:00", "default_hours: 8 to 23"))

    assert message.startswith(f'clock.default_hours (line {line_of("default_hours:")}): Hours "8 to 23" cannot be read')
    assert message.endswith('Write for example "mon-fri 09:00-21:00; sat-sun 10:00-18:00".')


class TestKeys:
    """Unknown, misspelt, missing and repeated keys."""

    def test_a_misspelt_optional_key_is_told_once(self) -> None:
        assert messages_of(changed("target_seconds", "target_secconds")) == [
            (
                f'clock.target_secconds (line {line_of("target_seconds")}): The key "target_secconds" is not known '
                "here. "
                'Did you mean "target_seconds"?'
            )
        ]

    def test_a_misspelt_required_key_is_not_also_told_as_missing(self) -> None:
        assert messages_of(changed("  min_turns: 20", "  min_turn: 20")) == [
            (
                f'agents.min_turn (line {line_of("  min_turns: 20")}): The key "min_turn" is not known here. '
                'Did you mean "min_turns"?'
            )
        ]

    def test_a_key_of_another_world_is_answered_with_the_known_ones(self) -> None:
        assert messages_of(changed("    after_days: 7 ", "    after_days: 7\n    colour: red\n    #")) == [
            (
                f'shops.rise.colour (line {line_of("    after_days: 7 ") + 1}): The key "colour" is not known here. '
                "Use one of: after_days, margin_points."
            )
        ]

    def test_a_missing_key_is_told_at_its_section(self) -> None:
        assert messages_of(changed("  new_shop_days: 30", "  # new_shop_days")) == [
            (
                f'shops.new_shop_days (line {line_of("shops:")}): "new_shop_days" is missing. '
                "Add it; the preset `default` shows how."
            )
        ]

    def test_a_language_that_is_missing_is_told(self) -> None:
        assert messages_of(changed("{en: Speed, zh-hans: 响应速度}", "{en: Speed}")) == [
            (
                f'agents.parts[0].title.zh-hans (line {line_of("{en: Speed")}): "zh-hans" is missing. '
                "Add it; the preset `default` shows how."
            )
        ]

    def test_a_key_written_twice_is_refused_with_both_lines(self) -> None:
        first = line_of("shops:")
        assert messages_of(changed("shops:\n", "shops: {}\nshops:\n")) == [
            f'shops (line {first + 1}): The key "shops" is written twice, first on line {first}. Keep one of them.'
        ]


def test_all_problems_come_at_once_and_in_the_order_of_the_text() -> None:
    text = changed("min_turns: 30", "min_turns: few").replace("target_seconds: 180", "target_seconds: -1", 1)

    with pytest.raises(PolicyError) as caught:
        read_policy(text, "mine.yaml")

    assert [problem.where for problem in caught.value.problems] == [
        f"clock.target_seconds (line {line_of('target_seconds: 180')})",
        f"shops.min_turns (line {line_of('min_turns: 30')})",
    ]
    assert str(caught.value).splitlines()[0] == "mine.yaml: 2 problems."
    assert str(caught.value).splitlines()[1].startswith("- clock.target_seconds (line ")
