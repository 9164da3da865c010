"""Two judgements at once on PostgreSQL: one decision, one notice to each reader, one event."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from governance.actions import judge_agents as judging_module
from governance.actions.judge_agents import judge_agents
from governance.actions.review_decision import DecisionError, dismiss_decision, release_decision
from governance.models import Decision, Policy
from shops.models import Agent, Event, Notice
from tests.builders import make_policy, make_shop, on
from tests.governance.actions.judging import BELOW, WINDOW, consequences, judge_days, make_staff, noon, score_agent

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time"),
]


@pytest.fixture
def agents() -> list[Agent]:
    policy = make_policy(measures_window_days=WINDOW, agents={"min_turns": 10, "consequences": consequences()})
    shop = make_shop(agents=[f"a{number}" for number in range(5)])
    for agent in shop.agents.all():
        score_agent(agent, policy, [BELOW] * 2)
    return list(shop.agents.all())


def run_at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do each deed on a thread and a connection of its own; what each returned or raised."""
    results: list[object] = [None] * len(deeds)

    def work(place: int, deed: Callable[[], object]) -> None:
        try:
            results[place] = deed()
        except Exception as error:  # noqa: BLE001, the test looks at it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(place, deed)) for place, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_judgements_at_once_decide_once(agents: list[Agent], monkeypatch: pytest.MonkeyPatch) -> None:
    # Both have chosen and gathered their facts before either of them locks anything.
    both_chose = threading.Barrier(2, timeout=30)
    lock = judging_module.lock_agents

    def lock_together(*ids: Any) -> dict[int, Agent]:
        both_chose.wait()
        return lock(*ids)

    monkeypatch.setattr(judging_module, "lock_agents", lock_together)

    counts = run_at_once(
        lambda: judge_agents(on(1), at=noon(2))["decided"], lambda: judge_agents(on(1), at=noon(2))["decided"]
    )

    assert sorted(counts) == [0, len(agents)]  # type: ignore[type-var]
    assert Decision.objects.count() == len(agents)
    assert Event.objects.count() == len(agents)
    assert Notice.objects.count() == 2 * len(agents)


def test_of_a_release_and_a_dismissal_at_once_one_wins(agents: list[Agent]) -> None:
    judge_agents(on(1), at=noon(2))
    judge_days(agents[0], Policy.objects.get(), [BELOW] * 4, first=2)
    training = Decision.objects.get(kind="training_required")
    carol, dan = make_staff(), make_staff("dan")

    results = run_at_once(
        lambda: release_decision(training.pk, by=carol, at=noon(7), reason="Right."),
        lambda: dismiss_decision(training.pk, by=dan, at=noon(7), reason="Wrong."),
    )

    assert sorted(type(result).__name__ for result in results) == ["Decision", DecisionError.__name__]
    training.refresh_from_db()
    agents[0].refresh_from_db()
    assert (agents[0].training_due_on is not None) == (training.review == "released")
