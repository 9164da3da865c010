"""Decisions, penalties and findings leave the platform as plain rows."""

from __future__ import annotations

import pytest

from governance.actions.export_rows import EXPORTS, export_privileges
from governance.models import Decision, Penalty
from tests.builders import on
from tests.governance.actions.violating import decide, make_granted_shop, make_staff, make_violation_policy, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision() -> Decision:
    make_violation_policy()
    return decide(make_granted_shop(), "serious", make_staff("carol"))


def test_a_decision_is_exported_on_its_day_and_on_no_other(decision: Decision) -> None:
    (row,) = EXPORTS["decisions"](on(0))

    assert (row["decision"], row["shop_id"], row["agent_id"], row["clause"]) == (
        *(decision.code, "tea-house", None, "muting"),
    )
    assert not list(EXPORTS["decisions"](on(1)))
    assert len(list(EXPORTS["decisions"](None))) == 1


def test_a_penalty_is_exported_on_each_day_of_its_span(decision: Decision) -> None:
    (row,) = EXPORTS["penalties"](on(3))

    assert (row["penalty"], row["decision_code"]) == (Penalty.objects.get().code, decision.code)
    assert (row["may_join_campaigns"], row["keyword_limit"]) == (False, None)
    assert list(EXPORTS["penalties"](on(7)))  # it ends at noon of that day
    assert not list(EXPORTS["penalties"](on(8)))


def test_of_several_changes_on_a_day_the_newest_is_in_force(decision: Decision) -> None:
    (row,) = export_privileges(None)

    assert row["may_join_campaigns"] is False
    assert decision.effective_at == noon()
