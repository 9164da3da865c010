"""Decisions about shops and what follows: appeals, findings, penalties, points, remedies and obligations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.actions.appeals import file_appeal
from governance.actions.findings import confirm_finding, record_finding
from governance.actions.review_decision import release_decision
from governance.models import Appeal, Decision, Finding, Obligation, Penalty, PointEntry, Remedy
from shops.models import Shop, User
from tests.builders import at, make_policy, make_shop, on
from tests.governance.actions.judging import make_staff
from tests.governance.admin.redress import violate

pytestmark = pytest.mark.django_db

ANSWER = {"answer_en": "You are right.", "answer_zh_hans": "您说得对。", "private_note": ""}
RULING = {
    "ruling": "no_answer:mild",
    "facts_en": "Three questions were not answered.",
    "facts_zh_hans": "三个问题没有得到回复。",
    "reasons_en": "The log shows it.",
    "reasons_zh_hans": "聊天记录可以证明。",
    "private_note": "",
    "occurred_on": "2026-05-04",
}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(at("12:00"), tick=False):
        yield


@pytest.fixture
def shop() -> Shop:
    make_policy()
    return make_shop()


@pytest.fixture
def carol() -> User:
    return make_staff("carol")


@pytest.fixture
def dan(client: Client) -> User:
    dan = make_staff("dan")
    client.force_login(dan)
    return dan


@pytest.fixture
def severe(shop: Shop, carol: User) -> Decision:
    """A severe violation, released by Eve half an hour later."""
    decision = violate(shop, carol, gravity="severe")
    return release_decision(decision.pk, by=make_staff("eve"), at=at("11:30"), reason="Proven.")


@pytest.fixture
def appeal(severe: Decision) -> Appeal:
    owner = User.objects.create_user(username="owner")
    return file_appeal(severe, who="shop", text="We did answer.", by=owner, at=at("11:45"))


@pytest.fixture
def finding(shop: Shop) -> Finding:
    return record_finding(
        shop,
        kind="interception",
        window_first_on=on(-7),
        window_last_on=on(0),
        numerator=30,
        denominator=100,
        expected=0.02,
        at=at("10:00"),
    )


def url_of(row: Any, step: str = "change") -> str:
    meta = row._meta
    return f"{reverse(f'admin:{meta.app_label}_{meta.model_name}_changelist')}{row.pk}/{step}/"


def read(client: Client, url: str, **query: str) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200, (url, answer.status_code)
    return str(answer.content.decode())


def test_the_page_of_a_violation_shows_what_it_rests_on_and_brought(
    client: Client, dan: User, severe: Decision
) -> None:
    page = read(client, url_of(severe))

    clause = severe.policy.rules().clause("no_answer")
    assert clause is not None
    assert clause.title.en in page
    assert "The log shows it." in page
    for penalty in severe.penalties.all():
        assert penalty.title_en in page
    assert "an answer" in page


def test_a_shop_is_judged_without_a_complaint(client: Client, dan: User, shop: Shop) -> None:
    list_url = reverse("admin:governance_decision_changelist")

    client.post(f"{list_url}decide-shop/", {**RULING, "shop": shop.code})

    decision = Decision.objects.get()
    assert (decision.shop, decision.kind, decision.decided_by) == (shop, "violation", dan)


def test_a_decision_about_a_shop_is_replaced_by_another(client: Client, dan: User, severe: Decision) -> None:
    client.post(url_of(severe, "replace-ruling"), {**RULING, "ruling": "none"})

    newest = Decision.objects.newest_of_chain().get()
    assert (newest.kind, newest.overrides) == ("no_violation", severe)


def test_the_steps_for_agents_are_not_offered_for_shops(client: Client, dan: User, severe: Decision) -> None:
    assert client.get(url_of(severe, "replace")).status_code == 403


def test_a_confirmed_finding_leads_to_a_decision(client: Client, dan: User, finding: Finding) -> None:
    client.post(url_of(finding, "confirm"), {"reason": "Looked at the rules."})
    decide = client.get(url_of(finding, "decide")).headers["Location"]

    client.post(decide, {**RULING, "shop": finding.shop.code})

    finding.refresh_from_db()
    assert finding.decision == Decision.objects.get()
    assert finding.decision.automated_detection


def test_a_finding_is_dismissed_with_a_reason(client: Client, dan: User, finding: Finding) -> None:
    client.post(url_of(finding, "dismiss"), {"reason": ""})
    finding.refresh_from_db()
    assert finding.state == "open"

    client.post(url_of(finding, "dismiss"), {"reason": "A sale."})
    finding.refresh_from_db()
    assert (finding.state, finding.reason) == ("dismissed", "A sale.")


def test_a_reviewed_finding_offers_no_review(client: Client, dan: User, finding: Finding) -> None:
    confirm_finding(finding.pk, reason="So it is.", by=dan, at=at("11:00"))

    assert client.get(url_of(finding, "dismiss")).status_code == 403


def test_the_page_of_an_appeal_shows_what_is_taken_back(client: Client, dan: User, appeal: Appeal) -> None:
    page = read(client, url_of(appeal))

    assert "We did answer." in page
    assert "What an acceptance takes back" in page
    for penalty in appeal.decision.penalties.all():
        assert penalty.title_en in page


def test_an_appeal_is_drawn_and_accepted(client: Client, dan: User, appeal: Appeal) -> None:
    client.get(f"{reverse('admin:governance_appeal_changelist')}draw-next/")
    client.post(url_of(appeal, "accept"), ANSWER)

    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by) == ("accepted", dan)
    assert sum(PointEntry.objects.values_list("points", flat=True)) == 0


def test_an_appeal_is_rejected(client: Client, dan: User, appeal: Appeal) -> None:
    client.get(url_of(appeal, "draw"))
    client.post(url_of(appeal, "reject"), ANSWER)

    appeal.refresh_from_db()
    assert appeal.state == "rejected"


@pytest.mark.parametrize("name", ["carol", "eve"])
def test_whoever_took_part_in_the_decision_answers_no_appeal(client: Client, appeal: Appeal, name: str) -> None:
    client.force_login(User.objects.get(username=name))

    assert "another person answers this appeal" in read(client, url_of(appeal))
    for step in ("draw", "accept", "reject"):
        assert client.post(url_of(appeal, step), ANSWER).status_code == 403


def test_a_penalty_is_held_and_resumed(client: Client, dan: User, severe: Decision) -> None:
    penalty = Penalty.objects.filter(decision=severe).earliest("pk")

    client.post(url_of(penalty, "hold"), {"reason": "A doubt."})
    penalty.refresh_from_db()
    assert penalty.held_at is not None
    assert penalty.code in read(client, reverse("admin:governance_penalty_changelist"), state="held")

    client.post(url_of(penalty, "resume"), {"reason": "No doubt."})
    penalty.refresh_from_db()
    assert penalty.held_at is None


def test_a_remedy_is_noted_as_done(client: Client, dan: User, severe: Decision) -> None:
    remedy = Remedy.objects.get()

    client.post(url_of(remedy, "done"), {"note": "Answered by telephone."})

    remedy.refresh_from_db()
    assert remedy.note == "Answered by telephone."
    assert client.get(url_of(remedy, "done")).status_code == 403


def test_an_obligation_is_waived(client: Client, dan: User, shop: Shop, carol: User) -> None:
    violate(shop, carol)
    obligation = Obligation.objects.get()

    client.post(url_of(obligation, "waive"), {"note": "The course is not given any more."})

    obligation.refresh_from_db()
    assert obligation.waived_at is not None


@pytest.mark.parametrize(
    ("model", "states"),
    [
        ("penalty", ["in_force", "to_come", "held", "suspended", "over", "reversed"]),
        ("remedy", ["overdue", "owed", "over"]),
        ("obligation", ["overdue", "owed", "over"]),
        ("appeal", ["open", "free", "mine", "overdue"]),
        ("pointentry", [""]),
        ("finding", [""]),
    ],
)
def test_every_list_opens_by_every_state(
    client: Client, dan: User, appeal: Appeal, finding: Finding, model: str, states: list[str]
) -> None:
    for state in states:
        name = "queue" if model == "appeal" else "state"
        read(client, reverse(f"admin:governance_{model}_changelist"), **({name: state} if state else {}))


def test_a_list_of_penalties_costs_the_same_for_few_and_many(client: Client, dan: User, carol: User) -> None:
    make_policy()

    def queries(names: list[str]) -> int:
        for name in names:
            release_decision(
                violate(make_shop(name), carol, gravity="severe").pk, by=dan, at=at("11:30"), reason="Proven."
            )
        with CaptureQueriesContext(connection) as captured:
            read(client, reverse("admin:governance_penalty_changelist"))
        return len(captured)

    assert queries(["a"]) == queries(["b", "c", "d"])


def test_the_dashboard_leads_to_open_appeals(client: Client, dan: User, appeal: Appeal) -> None:
    page = read(client, reverse("admin:index"))

    assert "Open appeals" in page
    assert appeal.code in read(client, reverse("admin:governance_appeal_changelist"), queue="open")
