"""How well the desk judges: what was overturned on appeal, by clause and by reviewer, and how far opinions agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.utils.translation import get_language, gettext

from complaints.actions.blind_reviews import agreement
from governance.models import Appeal, Decision, Policy
from shops.models import User
from shops.views.figures import ABSENT, count_in_words, rate_in_words

SPAN: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OverturnRow:
    """Decisions of one clause or one reviewer within the span: how many, appealed and answered, overturned."""

    name: str
    decided: str
    answered: str
    overturned: str
    rate: str
    percent: int


def quality_page(at: datetime) -> dict[str, Any]:
    """The figures of the last year. Seven queries."""
    since = at - SPAN
    seen = agreement()
    titles, names = _clause_titles(), dict(User.objects.filter(is_staff=True).values_list("pk", "username"))
    return {
        "since": since,
        "by_clause": _overturned("clause", since, lambda key: titles.get(key, key) or gettext("without a clause")),
        "by_reviewer": _overturned("decided_by", since, lambda key: names.get(key, ABSENT)),
        "agreement": seen,
        "agreement_rate": rate_in_words(seen.rate),
        "differed": seen.reviewed - seen.agreed,
    }


def _overturned(column: str, since: datetime, name_of: Callable[[Any], str]) -> list[OverturnRow]:
    """A row for each value of a decision's column, the most often overturned first. Two queries."""
    people = Decision.objects.filter(decided_at__gte=since, source=Decision.Source.PERSON, effective_at__isnull=False)
    decided = people.exclude(kind__in=Decision.ENDINGS).order_by().values_list(column).annotate(count=Count("pk"))
    key = f"decision__{column}"
    answered = Appeal.objects.filter(
        decision__decided_at__gte=since, decision__source=Decision.Source.PERSON, state__in=("accepted", "rejected")
    )
    accepted = Count("pk", filter=Q(state=Appeal.State.ACCEPTED))
    told = {
        value: (count, overturned)
        for value, count, overturned in answered.order_by()
        .values_list(key)
        .annotate(count=Count("pk"), accepted=accepted)
    }
    rows = [(name_of(value), count, *told.get(value, (0, 0))) for value, count in decided]
    return [
        OverturnRow(
            name=name,
            decided=count_in_words(count),
            answered=count_in_words(appealed),
            overturned=count_in_words(overturned),
            rate=rate_in_words(overturned / appealed if appealed else None),
            percent=round(100 * overturned / appealed) if appealed else 0,
        )
        for name, count, appealed, overturned in sorted(rows, key=lambda row: (-row[3], -row[2], row[0]))
    ]


def _clause_titles() -> dict[str, str]:
    """The titles of the newest policy's clauses and consequences, by key."""
    policy = Policy.objects.order_by("-pk").first()
    if policy is None:
        return {}
    document, language = policy.rules(), get_language() or "en"
    named: tuple[Any, ...] = (*document.agents.consequences, *document.violations.clauses)
    return {each.key: each.title.in_language(language) for each in named}
