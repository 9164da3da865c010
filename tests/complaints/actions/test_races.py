"""Two at once on PostgreSQL, with a connection each: one right outcome, whoever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from complaints.actions import deciding, evidence, hearing
from complaints.actions.deciding import decide_complaint
from complaints.actions.desk import draw_complaint
from complaints.actions.errors import ComplaintError
from complaints.actions.evidence import add_evidence
from complaints.actions.filing import NewComplaint, file_complaint
from complaints.actions.hearing import shop_replies, withdraw_complaint
from complaints.actions.sweeping import sweep_complaints
from complaints.models import Complaint
from governance.actions import decide_violation
from governance.models import Decision, PointEntry
from shops.models import Event, Protection, Shop, User
from tests.builders import at, make_shop
from tests.complaints.builders import (
    FILED_AT,
    a_violation,
    investigate,
    make_complaint,
    make_investigator,
    make_redress_policy,
)
from tests.governance.actions.test_judge_agents_races import run_at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time"),
]
DECIDED_AT = at("11:10")


@pytest.fixture
def carol() -> User:
    return make_investigator()


@pytest.fixture
def held(carol: User) -> Complaint:
    return investigate(make_complaint(), carol)


def meet_before_locking(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
    """Let both deeds arrive before either of them locks the complaint."""
    both_arrived = threading.Barrier(2, timeout=30)
    for module in modules:
        monkeypatch.setattr(module, "lock_complaint", _waiting(both_arrived, module.lock_complaint))


def _waiting(barrier: threading.Barrier, lock: Callable[[int], Complaint]) -> Callable[[int], Complaint]:
    def lock_together(complaint_id: int) -> Complaint:
        barrier.wait()
        return lock(complaint_id)

    return lock_together


def names(results: list[object]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def decide(complaint: Complaint, by: User) -> Complaint:
    return decide_complaint(complaint.pk, version=complaint.version, verdict=a_violation(), by=by, at=DECIDED_AT)


def test_two_investigators_decide_at_once(held: Complaint, carol: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before_locking(monkeypatch, deciding)

    results = run_at_once(lambda: decide(held, carol), lambda: decide(held, make_investigator("dan")))

    assert names(results) == ["Complaint", "ComplaintError"]
    assert Decision.objects.count() == 1


def test_one_investigator_decides_in_two_windows(held: Complaint, carol: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before_locking(monkeypatch, deciding)

    results = run_at_once(lambda: decide(held, carol), lambda: decide(held, carol))

    assert names(results) == ["Complaint", "ComplaintError"]
    assert Decision.objects.count() == 1
    assert PointEntry.objects.count() <= 1
    assert held.entries.filter(kind="decided").count() == 1


def test_a_shop_replies_in_the_moment_of_decision(
    held: Complaint, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = User.objects.create_user("owner")
    meet_before_locking(monkeypatch, deciding, hearing)

    decided, replied = run_at_once(
        lambda: decide(held, carol),
        lambda: shop_replies(held, version=held.version, text="Sorry.", by=owner, at=DECIDED_AT),
    )

    held.refresh_from_db()
    if isinstance(decided, Complaint):  # The reply came too late: it is not silently kept beside the decision.
        assert isinstance(replied, ComplaintError)
        assert (held.state, Decision.objects.count()) == ("decided", 1)
        assert not held.entries.filter(kind="shop_replied").exists()
    else:  # The reply is there: nobody decides without having read it.
        assert isinstance(decided, ComplaintError)
        assert isinstance(replied, Complaint)
        assert (held.state, Decision.objects.count()) == ("investigating", 0)
        assert held.entries.filter(kind="shop_replied").count() == 1


def test_the_buyer_withdraws_in_the_moment_of_decision(
    held: Complaint, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_before_locking(monkeypatch, deciding, hearing)

    results = run_at_once(lambda: decide(held, carol), lambda: withdraw_complaint(held, at=DECIDED_AT))

    assert names(results) == ["Complaint", "ComplaintError"]
    held.refresh_from_db()
    assert (held.state == "decided") == Decision.objects.exists()


def test_two_people_draw_at_once_and_get_different_work(carol: User) -> None:
    first, second = make_complaint(), make_complaint(kind="brush_off")
    dan = make_investigator("dan")

    results = run_at_once(lambda: draw_complaint(by=carol, at=FILED_AT), lambda: draw_complaint(by=dan, at=FILED_AT))

    assert {each.pk for each in results if isinstance(each, Complaint)} == {first.pk, second.pk}


def test_the_only_complaint_goes_to_one_of_two(carol: User) -> None:
    make_complaint()
    dan = make_investigator("dan")

    results = run_at_once(lambda: draw_complaint(by=carol, at=FILED_AT), lambda: draw_complaint(by=dan, at=FILED_AT))

    assert names(results) == ["Complaint", "NoneType"]


def test_two_clicks_file_one_complaint() -> None:
    make_redress_policy()
    shop = make_shop()
    new = NewComplaint(shop=shop, kind="no_answer", text="Nobody answers.", buyer_id="bo")

    results = run_at_once(lambda: file_complaint(new, at=FILED_AT), lambda: file_complaint(new, at=FILED_AT))

    assert names(results) == ["Complaint", "Complaint"]
    assert Complaint.objects.count() == Protection.objects.count() == Event.objects.count() == 1


def test_two_sweeps_at_once_tell_once() -> None:
    complaint = make_complaint()

    run_at_once(lambda: sweep_complaints(at("12:00", 20)), lambda: sweep_complaints(at("12:00", 20)))

    kinds = list(complaint.entries.values_list("kind", flat=True))
    assert sorted(kinds) == ["filed", "overdue", "taken_up"]


def test_a_file_comes_in_for_a_shop_that_is_being_decided_about(
    held: Complaint, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_complaint(held.shop, kind="goods")
    shop_is_locked, file_waits = threading.Event(), threading.Event()
    lock, tell = decide_violation.lock_shop, evidence.tell_systems

    def lock_and_wait(shop_id: int) -> Shop:
        shop = lock(shop_id)
        shop_is_locked.set()
        assert file_waits.wait(30)
        return shop

    def tell_while_locked(complaints: list[Complaint], when: datetime) -> None:
        assert shop_is_locked.wait(30)
        file_waits.set()
        tell(complaints, when)

    monkeypatch.setattr(decide_violation, "lock_shop", lock_and_wait)
    monkeypatch.setattr(evidence, "tell_systems", tell_while_locked)

    results = run_at_once(
        lambda: decide(held, carol),
        lambda: add_evidence(other, side="buyer", name="a.pdf", content=b"%PDF-1.4 %%EOF", at=DECIDED_AT),
    )

    assert names(results) == ["Complaint", "Evidence"]
