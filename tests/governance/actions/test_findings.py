"""Findings: recorded once, reviewed once by a person, leading to a decision or to nothing."""

from __future__ import annotations

from typing import Any

import pytest

from governance.actions.findings import FindingError, confirm_finding, dismiss_finding, name_decision, record_finding
from governance.models import Finding
from shops.models import AuditEntry, Shop, User
from tests.builders import ANN, BOOKS, at, make_shop, on
from tests.governance.actions.violating import (
    decide,
    held_privileges,
    make_granted_shop,
    make_staff,
    make_violation_policy,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    make_violation_policy()
    return make_granted_shop()


@pytest.fixture
def carol() -> User:
    return make_staff("carol")


def record(shop: Shop, **changes: Any) -> Finding:
    seen: dict[str, Any] = {
        "kind": "no_answer",
        "window_first_on": on(0),
        "window_last_on": on(6),
        "numerator": 40,
        "denominator": 50,
        "sample": ["m-1", "m-2"],
        "at": at("06:00", 7),
    }
    return record_finding(shop, **seen | changes)


def test_a_finding_sanctions_nobody(shop: Shop) -> None:
    finding = record(shop, agent=shop.agents.get(code=ANN))

    assert (finding.state, finding.sample, finding.found_at) == ("open", ["m-1", "m-2"], at("06:00", 7))
    assert held_privileges(shop).keyword_limit == 100
    assert not shop.decisions.exists()
    assert AuditEntry.objects.get(action="record_finding").detail == {"kind": "no_answer", "shop": shop.code}


def test_the_same_seen_again_is_one_finding_with_the_newer_figures(shop: Shop) -> None:
    first = record(shop)
    again = record(shop, numerator=45, at=at("06:00", 8))

    assert again == first
    assert (again.code, again.numerator, again.found_at) == (first.code, 45, at("06:00", 7))
    assert AuditEntry.objects.filter(action="record_finding").count() == 1


@pytest.mark.parametrize("changes", [{"kind": "narrowing"}, {"subject": "rule 7"}, {"window_last_on": on(7)}])
def test_anything_else_is_another_finding(shop: Shop, changes: dict[str, Any]) -> None:
    assert record(shop) != record(shop, **changes)


def test_what_was_reviewed_stays_as_it_was_seen(shop: Shop, carol: User) -> None:
    finding = record(shop)
    dismiss_finding(finding.pk, reason="A feast day.", by=carol, at=at("09:00", 8))

    again = record(shop, numerator=50)

    assert (again.state, again.numerator) == ("dismissed", 40)


def test_a_confirmed_finding_leads_to_a_decision(shop: Shop, carol: User) -> None:
    finding = confirm_finding(record(shop).pk, reason="Seen in the log.", by=carol, at=at("09:00", 8))
    decision = decide(shop, "minor", carol, day=8)

    name_decision(finding.pk, decision=decision, by=carol, at=at("10:00", 8))

    finding.refresh_from_db()
    assert (finding.state, finding.reviewed_by, finding.decision) == ("confirmed", carol, decision)
    with pytest.raises(FindingError, match="only to one"):
        name_decision(finding.pk, decision=decision, by=carol, at=at("10:00", 8))


def test_a_decision_that_was_taken_already_is_named_with_the_review(shop: Shop, carol: User) -> None:
    decision = decide(shop, "minor", carol)

    finding = confirm_finding(record(shop).pk, reason="Clear.", by=carol, at=at("09:00", 8), decision=decision)

    assert finding.decision == decision
    assert AuditEntry.objects.get(action="confirm_finding").detail == {"reason": "Clear.", "decision": decision.code}


def test_it_is_reviewed_once_and_says_why(shop: Shop, carol: User) -> None:
    finding = record(shop)
    with pytest.raises(FindingError, match="says why"):
        confirm_finding(finding.pk, reason=" ", by=carol, at=at("09:00", 8))
    confirm_finding(finding.pk, reason="Clear.", by=carol, at=at("09:00", 8))

    with pytest.raises(FindingError, match="does not wait"):
        dismiss_finding(finding.pk, reason="No.", by=carol, at=at("09:00", 8))
    other = dismiss_finding(record(shop, subject="x").pk, reason="No.", by=carol, at=at("09:00", 8))
    decision = decide(shop, "minor", carol)
    with pytest.raises(FindingError, match="Only a confirmed"):
        name_decision(other.pk, decision=decision, by=carol, at=at("09:00", 8))


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"kind": "mood"}, 'no kind of finding "mood"'), ({"window_last_on": on(-1)}, "on or after the day it begins")],
)
def test_what_cannot_be_is_refused(shop: Shop, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(FindingError, match=why):
        record(shop, **changes)


def test_another_shops_agent_or_decision_is_refused(shop: Shop, carol: User) -> None:
    books = make_shop(BOOKS)
    with pytest.raises(FindingError, match="works at another shop"):
        record(shop, agent=books.agents.get(code=ANN))
    with pytest.raises(FindingError, match="about another shop"):
        confirm_finding(
            record(shop).pk, reason="Clear.", by=carol, at=at("09:00", 8), decision=decide(books, "minor", carol)
        )
