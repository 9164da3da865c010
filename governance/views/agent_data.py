"""What is held about an agent, as a file for that agent."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from governance.models import AgentScore, Appeal, Decision
from shops.models import Agent, AgentDay, AuditEntry, Notice, User
from shops.models.measures import MEASURE_COLUMNS


@require_safe
@login_required
def agent_data(request: HttpRequest, code: str, agent_code: str) -> HttpResponse:
    """The agent's scores, days, decisions, appeals and notices as JSON: for the agent, and staff who may see agents.

    To others it is not found. Each download is kept in the trail.
    """
    assert isinstance(request.user, User)  # login_required lets nobody else in
    agents = Agent.objects.visible_to(request.user).select_related("shop")
    if not request.user.is_staff:
        agents = agents.filter(members__user=request.user)
    agent = get_object_or_404(agents, shop__code=code, code=agent_code)
    AuditEntry.objects.create(by=request.user, action="export_agent", target=f"agent {agent.shop.code} {agent.code}")
    told = json.dumps(held_about(agent), ensure_ascii=False, indent=1, default=str)
    answer = HttpResponse(told, content_type="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="openline-agent.json"'
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


def held_about(agent: Agent) -> dict[str, Any]:
    """Everything that names the agent, oldest first. Five queries. No buyer is in it."""
    score = ("on", "points", "speed_points", "quality_points", "resolution_points", "standing", "lines")
    decision = ("code", "kind", "clause", "reasons_en", "reasons_zh_hans", "decided_at", "effective_at", "ends_at")
    appeal = ("code", "decision__code", "text", "filed_at", "state", "answer_en", "answer_zh_hans", "decided_at")
    notice = ("created_at", "kind", "title_en", "title_zh_hans", "text_en", "text_zh_hans", "read_at")
    settled = Decision.objects.settled().filter(agent=agent)
    return {
        "shop_id": agent.shop.code,
        "agent_id": agent.code,
        "name": agent.name,
        "off_duty_until": agent.off_duty_until,
        "training_due_on": agent.training_due_on,
        "scores": list(AgentScore.objects.filter(agent=agent).order_by("on").values(*score)),
        "days": list(AgentDay.objects.filter(agent=agent).order_by("on").values("on", *MEASURE_COLUMNS)),
        "decisions": list(settled.order_by("pk").values(*decision)),
        "appeals": list(Appeal.objects.filter(agent=agent).order_by("pk").values(*appeal)),
        "notices": list(Notice.objects.filter(agent=agent).order_by("pk").values(*notice)),
    }
