"""The record of one agent: the own score, how it came about, and the turns that went badly. Nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.models import AgentScore
from governance.views.charts import Chart, rates_chart, waits_chart
from governance.views.decisions import decisions_about
from governance.views.failing import OF_AN_AGENT, list_failing
from governance.views.lines import lines_of_score
from governance.views.picture import HISTORY_DAYS, RATES_DAYS, agent_row, figures_of
from shops.chat.reading import wait_histogram
from shops.models import Agent, AgentDay, Member
from shops.views.figures import points_in_words

FAILING_TURNS_SHOWN = 10


@login_required
def agent_record(request: HttpRequest, code: str, agent_code: str) -> HttpResponse:
    """Show one agent's record to that agent, to the shop's other roles and to staff; to others it is not found."""
    assert request.user.is_authenticated  # login_required lets nobody else in
    agents = Agent.objects.visible_to(request.user).select_related("shop")
    agent = get_object_or_404(agents, shop__code=code, code=agent_code)
    score = AgentScore.objects.filter(agent=agent).select_related("agent", "policy").order_by("-on").first()
    context: dict[str, Any] = {
        "shop": agent.shop,
        "agent": agent,
        "score": score,
        "is_own": Member.objects.filter(user=request.user, agent=agent).exists(),
        "decisions": decisions_about(agent, timezone.now()),
    }
    if score is not None:
        document = score.policy.rules()
        window = (score.window_first_on, score.window_last_on)
        days = AgentDay.objects.filter(
            agent=agent, on__gt=score.window_last_on - timedelta(days=RATES_DAYS), on__lte=score.window_last_on
        )
        bars = wait_histogram(agent.shop.code, *window, agent_code=agent.code)
        history = _history(agent, score)
        rates = rates_chart(list(days.order_by("on").only("on", "settled", "answered", "on_time")))
        waits = waits_chart(bars, document.clock.target_seconds)
        context |= {
            "policy_title": document.title.in_language(get_language() or "en"),
            "row": agent_row(score),
            "tiles": figures_of(score),
            "parts": lines_of_score(score.lines, document),
            "history": history,
            "rates": rates,
            "waits": waits,
            "charts": (history, rates, waits),
            "failing": list_failing(
                OF_AN_AGENT, agent.shop.code, *window, limit=FAILING_TURNS_SHOWN, agent_code=agent.code
            ),
        }
    return render(request, "governance/agent_record.html", context)


def _history(agent: Agent, score: AgentScore) -> Chart:
    """The agent's points by day; agents have no grades, so there are no rungs behind them."""
    past = AgentScore.objects.filter(agent=agent, on__gt=score.on - timedelta(days=HISTORY_DAYS), on__lte=score.on)
    rows = list(past.order_by("on").values_list("on", "points", "standing"))
    standings = dict(AgentScore.Standing.choices)
    names = [str(standings.get(standing, standing)) for _day, _points, standing in rows]
    known = [points for _day, points, _standing in rows if points is not None]
    return Chart(
        key="history",
        kind="history",
        title=_("Score by day"),
        data={
            "days": [day.isoformat() for day, _points, _standing in rows],
            "points": [points for _day, points, _standing in rows],
            "grades": names,
            "tones": ["none"] * len(rows),
            "changes": [False] * len(rows),
            "lowest": max(0, (min(known, default=50) - 8) // 10 * 10),
            "rungs": [],
            "names": {"points": _("Score"), "grade": _("Standing")},
        },
        headings=[_("Day"), _("Score"), _("Standing")],
        rows=[
            [day.isoformat(), points_in_words(points, 2), name]
            for (day, points, _standing), name in zip(rows, names, strict=True)
        ][::-1],
    )
