"""A day's judgement published: ratings, scores and what the grades grant, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import transaction

from governance.actions.grant_privileges import Grant, grant_privileges
from governance.actions.rate_day import RATING_COLUMNS, SCORE_COLUMNS, DayDraft
from governance.models import AgentScore, Policy, ShopRating
from governance.policy.schema import GradePrivileges
from shops.actions.upsert_rows import upsert_rows


@dataclass(frozen=True, slots=True)
class DayRated:
    """What publishing one day's judgement wrote."""

    ratings: int
    scores: int
    privileges_changed: int
    privileges_lost: int


@transaction.atomic
def publish_day(draft: DayDraft, policy: Policy) -> DayRated:
    """Publish a day's judgement and grant what follows. Safe to run twice: what is published already stays."""
    ratings = upsert_rows(ShopRating, RATING_COLUMNS, draft.ratings, key=("shop_id", "on"), keep_existing=True)
    scores = upsert_rows(AgentScore, SCORE_COLUMNS, draft.scores, key=("agent_id", "on"), keep_existing=True)
    changed, lost = grant_privileges(draft.on, grants_of(draft.ratings, policy))
    return DayRated(ratings, scores, changed, lost)


def grants_of(ratings: Sequence[Sequence[Any]], policy: Policy) -> dict[int, Grant]:
    """By the shop's key what its rating (in the order of RATING_COLUMNS) grants."""
    places = {name: RATING_COLUMNS.index(name) for name in ("shop_id", "grade", "gates", "reason")}
    document = policy.rules()

    @cache
    def granted(grade: str, gates: str) -> GradePrivileges:
        return document.privileges_of(grade, {gate["key"]: gate["is_open"] for gate in json.loads(gates)})

    return {
        row[places["shop_id"]]: Grant(
            row[places["grade"]],
            granted(row[places["grade"]], row[places["gates"]]),
            row[places["reason"]],
            policy.version,
        )
        for row in ratings
    }
