"""manage.py score: what it prints, what it refuses, how it exits."""

from __future__ import annotations

import io

import pytest
import time_machine
from django.core.management import CommandError, call_command

from governance.models import ShopRating
from shops.chat.log import open_log
from tests.builders import TEA, all_stored, at, make_policy, make_shop, on, store, turns

pytestmark = pytest.mark.django_db

AS_OF = "2026-07-01T00:00:00Z"
DAY = ("--from", "2026-05-04", "--to", "2026-05-04")


def score(*arguments: str) -> str:
    """What `manage.py score` prints."""
    output = io.StringIO()
    call_command("score", *arguments, stdout=output, no_color=True)
    return output.getvalue()


@pytest.fixture
def tea():
    """Tea house with a policy and three turns on Monday."""
    make_policy()
    store(*turns(0, [10, 20, None]))
    return make_shop()


def test_it_prints_what_was_done_and_how_long_it_took(tea):
    lines = score(*DAY, "--as-of", AS_OF).splitlines()

    assert lines[0] == "Days 2026-05-04 to 2026-05-04"
    assert "  rated: 1 days, 1 ratings, 1 agent scores" in lines
    assert "  privileges changed: 1, of which 0 lost something" in lines
    assert any(line.startswith("  computed from the chat log: ") and line.endswith(" days, 3 turns") for line in lines)
    assert [line.split(" s  ")[1] for line in lines[-4:]] == [
        "turns and day measures", "window measures", "scores, ratings, privileges", "conclusions about agents",
    ]  # fmt: skip


def test_a_rerun_says_that_all_was_up_to_date(tea):
    score(*DAY, "--as-of", AS_OF)
    stored = all_stored()

    output = score(*DAY, "--as-of", AS_OF)

    assert "computed from the chat log: 0 days, 0 turns" in output
    assert "rated: 1 days, 0 ratings, 0 agent scores" in output
    assert "privileges changed: 0, of which 0 lost something" in output
    assert all_stored() == stored


def test_a_broken_part_is_reported_with_its_reason_now_and_later(tea):
    store(*turns(1, [10]))
    (part,) = open_log().parts(on(1), on(1))
    part.path.write_bytes(b"")

    output = score(*DAY, "--as-of", AS_OF)
    assert f"  set aside: {part.path.name}: " in output
    assert "aside/" in output
    assert ShopRating.objects.get().turns == 3

    assert f"  set aside before: {part.path.name}: " in score(*DAY, "--as-of", AS_OF)


def test_unknown_shops_and_agents_are_reported_with_what_to_do(tea):
    store(*turns(0, [10], shop="no-such-shop"), *turns(0, [10], agent="newcomer", hour=15))

    output = score(*DAY, "--as-of", AS_OF)

    assert "messages of shops that nobody knows: 2. Import the shops, then run this again." in output
    assert f"agents that nobody knows: 1 ({TEA}/newcomer)." in output


def test_nothing_is_reported_where_nothing_is_wrong(tea):
    output = score(*DAY, "--as-of", AS_OF)

    assert "nobody knows" not in output
    assert "set aside" not in output


WRONG = {
    "the wrong way round": (("--from", "2026-05-05", "--to", "2026-05-04"), "Swap the two dates"),
    "no such date": (("--from", "2026-02-30", "--to", "2026-05-04"), "'2026-02-30' is no date. Write one like"),
    "another format": (("--from", "04/05/2026", "--to", "2026-05-04"), "is no date"),
    "nonsense": (("--from", "2026-05-04", "--to", "tomorrow"), "'tomorrow' is no date"),
    "no end": (("--from", "2026-05-04"), "--to"),
    "a naive instant": ((*DAY, "--as-of", "2026-07-01T00:00:00"), "has no time zone. Add Z or an offset"),
    "a date for an instant": ((*DAY, "--as-of", "2026-07-01"), "has no time zone"),
    "no instant": ((*DAY, "--as-of", "yesterday"), "'yesterday' is no instant"),
    "an instant to come": ((*DAY, "--as-of", "2999-01-01T00:00:00Z"), "lies in the future"),
    "days to come": (("--from", "2026-05-04", "--to", "2999-01-01"), "had not begun"),
    "days after as-of": (("--from", "2026-05-04", "--to", "2026-07-03", "--as-of", AS_OF), "had not begun"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_refused_with_what_to_do_and_nothing_is_done(tea, name):
    arguments, message = WRONG[name]

    with pytest.raises(CommandError) as caught:
        score(*arguments)

    assert message in str(caught.value)
    assert not any(all_stored().values())


def test_without_a_policy_the_error_says_how_to_publish_one():
    make_shop()
    store(*turns(0, [10]))

    with pytest.raises(CommandError, match=r"manage\.py publish_policy default --from 2026-05-04"):
        score(*DAY, "--as-of", AS_OF)
    assert not any(all_stored().values())


def test_a_log_that_cannot_be_opened_is_an_error_that_says_so(tea):
    (open_log().root / "log.json").write_text("")

    with pytest.raises(CommandError, match=r"log\.json cannot be read"):
        score(*DAY, "--as-of", AS_OF)


@pytest.mark.parametrize("offset", ["Z", "+00:00", "+08:00"])
def test_an_instant_may_be_written_with_any_offset(tea, offset):
    score(*DAY, "--as-of", f"2026-07-01T00:00:00{offset}")

    assert ShopRating.objects.count() == 1


def test_without_as_of_the_present_judges(tea):
    """Late on Monday its turns have not settled: there is no final date with facts in the window yet."""
    with time_machine.travel(at("23:00"), tick=False):
        score(*DAY)

    assert ShopRating.objects.get().turns == 0
