"""Stars, escalations and templates for the engine, and how their changes are noticed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shops.actions.load_facts import digest_buyers_word, load_buyers_word_between, load_templates
from shops.chat.clock import to_ms
from shops.models import Agent, Escalation, Feedback, ReplyTemplate
from tests.builders import ANN, BEA, BOOKS, MONDAY, TEA, at, make_shop, on

pytestmark = pytest.mark.django_db

MS = timedelta(milliseconds=1)
TEN, MIDNIGHT, NEXT_MIDNIGHT, LATER = at("10:00"), at("00:00"), at("00:00", 1), at("00:00", 9)


@pytest.fixture
def tea():
    return make_shop()


def rate(shop, stars=5, rated_at=TEN, buyer="bo", agent=None) -> Feedback:
    agent = Agent.objects.get(shop=shop, code=agent) if agent else None
    return Feedback.objects.create(
        shop=shop, agent=agent, conversation_id="c1", buyer_id=buyer, rated_at=rated_at, stars=stars
    )


def escalate(shop, reference="e1", escalated_at=TEN, buyer="bo", source="case") -> Escalation:
    return Escalation.objects.create(
        shop=shop, buyer_id=buyer, source=source, reference=reference, escalated_at=escalated_at
    )


def load(starts=MIDNIGHT, ends=NEXT_MIDNIGHT, as_of=LATER):
    return [table.to_pylist() for table in load_buyers_word_between(to_ms(starts), to_ms(ends), to_ms(as_of))]


def test_nothing_said_is_two_empty_tables():
    assert load() == [[], []]


def test_stars_come_with_the_codes_of_shop_and_agent(tea):
    rate(tea, 4, agent=ANN)
    rate(tea, 2, buyer="cy")

    feedback, _ = load()

    common = {"shop_id": TEA, "rated_ms": to_ms(at("10:00"))}
    assert sorted(feedback, key=lambda row: row["stars"]) == [
        common | {"agent_id": None, "buyer_id": "cy", "stars": 2},
        common | {"agent_id": ANN, "buyer_id": "bo", "stars": 4},
    ]


def test_escalations_come_with_their_source(tea):
    escalate(tea, source="complaint")

    assert load()[1] == [{"shop_id": TEA, "buyer_id": "bo", "source": "complaint", "escalated_ms": to_ms(at("10:00"))}]


@pytest.mark.parametrize(
    ("instant", "found"),
    [(MIDNIGHT - MS, 0), (MIDNIGHT, 1), (NEXT_MIDNIGHT - MS, 1), (NEXT_MIDNIGHT, 0)],
)
def test_a_span_includes_its_start_and_excludes_its_end(tea, instant, found):
    rate(tea, rated_at=instant)
    escalate(tea, escalated_at=instant)

    assert [len(rows) for rows in load()] == [found, found]


@pytest.mark.parametrize(("as_of", "found"), [(TEN, 1), (TEN - MS, 0)])
def test_what_was_said_after_as_of_is_not_known(tea, as_of, found):
    rate(tea)
    escalate(tea)

    assert [len(rows) for rows in load(as_of=as_of)] == [found, found]
    digests = digest_buyers_word(to_ms(at("00:00")), to_ms(at("00:00", 1)), to_ms(as_of))
    assert set(digests) == ({MONDAY} if found else set())


def test_templates_are_those_of_the_shops_that_were_asked_for(tea):
    for shop in (tea, make_shop(BOOKS)):
        ReplyTemplate.objects.create(shop=shop, text="It is in STOCK!")

    assert load_templates([TEA]) == [(TEA, "it is in stock")]
    assert load_templates([]) == []


def digests() -> dict:
    return digest_buyers_word(to_ms(at("00:00")), to_ms(at("00:00", 3)), to_ms(at("00:00", 9)))


def test_days_are_utc_days(tea):
    rate(tea, rated_at=at("00:00", 1) - MS)
    rate(tea, rated_at=at("00:00", 1), buyer="cy")
    escalate(tea, escalated_at=at("00:00", 2))

    assert set(digests()) == {on(0), on(1), on(2)}


def on_monday():
    return Feedback.objects.filter(rated_at__lt=at("00:00", 1))


CHANGES = {
    "other stars": lambda tea: on_monday().update(stars=1),
    "another agent": lambda tea: on_monday().update(agent=Agent.objects.get(shop=tea, code=BEA)),
    "no agent": lambda tea: on_monday().update(agent=None),
    "one more": lambda tea: rate(tea, buyer="dee"),
    "one less": lambda tea: on_monday().delete(),
    "one more case": lambda tea: escalate(tea, "e2"),
    "one case less": lambda tea: Escalation.objects.all().delete(),
    "a later case": lambda tea: Escalation.objects.update(escalated_at=at("10:01")),
    "another buyer's case": lambda tea: Escalation.objects.update(buyer_id="dee"),
    "another shop's case": lambda tea: Escalation.objects.update(shop=make_shop(BOOKS)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_what_buyers_said_changes_that_day_only(tea, change):
    rate(tea, agent=ANN)
    escalate(tea)
    rate(tea, rated_at=at("10:00", 1))
    before = digests()
    assert digests() == before

    CHANGES[change](tea)

    after = digests()
    assert after.get(on(0)) != before[on(0)]
    assert after[on(1)] == before[on(1)]
