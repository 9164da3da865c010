"""Whatever is done to penalties in whatever order: privileges are the base reduced by those in force."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.actions.grant_privileges import Grant, grant_privileges
from governance.actions.override_decision import withdraw_decision
from governance.actions.penalties import (
    PenaltyError,
    hold_penalty,
    resume_penalty,
    suspend_penalties,
    sweep_penalties,
    unsuspend_penalties,
)
from governance.actions.project_privileges import held_by
from governance.actions.review_decision import DecisionError
from governance.formulas.privileges import reduce_privileges
from governance.models import Decision, Penalty
from governance.policy.reasons import Statement
from governance.policy.sections.grades import GradePrivileges
from shops.models import Shop, User
from tests.builders import on
from tests.governance.actions.violating import (
    BASE,
    decide,
    held_privileges,
    make_granted_shop,
    make_staff,
    make_violation_policy,
    noon,
)

LOWER = GradePrivileges(
    keyword_limit=5, blocked_buyer_limit=50, may_join_campaigns=False, search_weight=0.7, may_list=True
)
WORDS = Statement("Wrong.", "有误。")
STEPS = ("impose", "grave", "withdraw", "hold", "resume", "suspend", "unsuspend", "sweep", "lower", "raise")


def step(name: str, number: int, shop: Shop, by: User, now: datetime, day: float) -> None:
    decisions = list(Decision.objects.filter(kind="violation").order_by("pk"))
    penalties = list(Penalty.objects.order_by("pk"))
    decision = decisions[number % len(decisions)] if decisions else None
    penalty = penalties[number % len(penalties)] if penalties else None
    match name:
        case "impose":
            decide(shop, "serious", by, day=day)
        case "grave":
            decide(shop, "grave", by, day=day)
        case "withdraw" if decision is not None:
            withdraw_decision(decision.pk, words=WORDS, by=by, at=now)
        case "hold" if penalty is not None:
            hold_penalty(penalty.pk, reason="Doubts.", by=by, at=now)
        case "resume" if penalty is not None:
            resume_penalty(penalty.pk, reason="No doubts.", by=by, at=now)
        case "suspend" if decision is not None:
            with transaction.atomic():
                suspend_penalties(decision, at=now)
        case "unsuspend" if decision is not None:
            with transaction.atomic():
                unsuspend_penalties(decision, at=now)
        case "lower":
            grant_privileges(on(int(day)), {shop.pk: Grant("D", LOWER, "fallen", 1)}, now=now)
        case "raise":
            grant_privileges(on(int(day)), {shop.pk: Grant("A", BASE, "risen", 1)}, now=now)
    sweep_penalties(now)


def expected(base: GradePrivileges, at: datetime) -> dict[str, object]:
    in_force = [penalty for penalty in Penalty.objects.order_by("pk") if penalty.is_in_force_at(at)]
    return reduce_privileges(base.model_dump(), [penalty.limits() for penalty in in_force])


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 7), st.integers(0, 200)), max_size=14))
def test_privileges_are_the_base_reduced_by_the_penalties_in_force(
    steps: list[tuple[str, int, int]],
) -> None:
    with transaction.atomic():
        make_violation_policy()
        shop, by = make_granted_shop(), make_staff("carol")
        base, day = BASE, 0.0
        for name, number, hours in steps:
            day += hours / 24
            now = noon() + timedelta(days=day)
            try:
                with transaction.atomic():
                    step(name, number, shop, by, now, day)
            except (DecisionError, PenaltyError):
                sweep_penalties(now)  # Refused, as it should be; the clock goes on all the same.
            base = {"lower": LOWER, "raise": BASE}.get(name, base)
            assert held_by(held_privileges(shop)).model_dump() == expected(base, now)
            in_force = set(Penalty.objects.in_force_at(now).values_list("pk", flat=True))
            assert in_force == {each.pk for each in Penalty.objects.all() if each.is_in_force_at(now)}
        over = Penalty.objects.filter(over_at__isnull=False)
        assert all(each.ends_at is not None and each.ends_at <= each.over_at for each in over)
        transaction.set_rollback(True)
