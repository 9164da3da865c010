"""A shop's points and penalties: how far it is from the next node, what restricts it now and why, what it owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from complaints.views.link_pages import time_in
from complaints.views.shop_access import stand_at
from governance.actions.points import balances_of
from governance.models import Obligation, Penalty, PointEntry, Policy
from governance.policy.schema import PolicyDocument
from governance.policy.sections.violations import PointLadder
from shops.models import Shop

READS: Final = "governance.view_penalty"
SHOWN_ENTRIES: Final = 50
SHOWN_PENALTIES: Final = 50


@dataclass(frozen=True, slots=True)
class NodeInWords:
    """A node on the bar of its ladder. `place` is a percentage of the bar."""

    at: int
    place: str
    titles: list[str]
    is_reached: bool


@dataclass(frozen=True, slots=True)
class LadderInWords:
    """One class of points with its balance. `filled` is a percentage of the bar."""

    title: str
    balance: int
    filled: str
    tone: str
    nodes: list[NodeInWords]
    next: str
    period: str


@dataclass(frozen=True, slots=True)
class PenaltyInWords:
    """One penalty with its span and what it limits."""

    penalty: Penalty
    title: str
    state: str
    tone: str
    span: str
    limits: list[str]
    cause: str


@dataclass(frozen=True, slots=True)
class ObligationInWords:
    """One thing that is owed, or was."""

    obligation: Obligation
    title: str
    state: str
    tone: str


@require_safe
@login_required
def shop_penalties(request: HttpRequest, code: str) -> HttpResponse:
    """Show the points by class, the penalties, the obligations and the ledger of a shop."""
    who = stand_at(request, code, permission=READS)
    if not who.sees_shop:
        raise Http404
    now, shop = timezone.now(), who.shop
    policy = Policy.objects.in_force_on(timezone.localdate())
    document = policy.rules() if policy is not None else None
    penalties = list(Penalty.objects.filter(shop=shop).select_related("decision").order_by("-pk")[:SHOWN_PENALTIES])
    told = [penalty_in_words(each, shop, now, document) for each in penalties]
    entries = PointEntry.objects.filter(shop=shop).select_related("decision").order_by("-pk")[:SHOWN_ENTRIES]
    obligations = Obligation.objects.filter(shop=shop).select_related("decision").order_by("-pk")[:SHOWN_PENALTIES]
    context = {
        "shop": shop,
        "who": who,
        "ladders": ladders_of(shop, document),
        "present": [each for each in told if not is_past(each.penalty, now)],
        "past": [each for each in told if is_past(each.penalty, now)],
        "obligations": [obligation_in_words(each, shop, now) for each in obligations],
        "entries": [
            {
                "entry": each,
                "title": title_of_ladder(each.ladder, document),
                "points": f"{each.points:+d}",
                "on": date_format(each.fell_on, "Y-m-d"),
            }
            for each in entries
        ],
    }
    return render(request, "complaints/shop_penalties.html", context)


def ladders_of(shop: Shop, document: PolicyDocument | None) -> list[LadderInWords]:
    """Every ladder of the policy with the shop's balance of today. Queries as `balances_of` does."""
    if document is None or not document.violations.ladders:
        return []
    balances = balances_of([shop.pk], timezone.localdate(), document).get(shop.pk, {})
    return [_ladder(ladder, balances) for ladder in document.violations.ladders]


def penalty_in_words(penalty: Penalty, shop: Shop, now: datetime, document: PolicyDocument | None) -> PenaltyInWords:
    """A penalty for people of the shop, in its time zone; `document` names the classes of points."""
    state, tone = state_of_penalty(penalty, now)
    start, end = time_in(shop.timezone, penalty.starts_at), time_in(shop.timezone, penalty.ends_at)
    span = _("%(start)s to %(end)s") if end else _("from %(start)s until it is taken back")
    told = span % {"start": start, "end": end}
    if penalty.needs_correction and penalty.corrected_at is None:
        told = _("%(span)s, and until things are put right") % {"span": told}
    cause = (
        _("the node of %(node)d was reached (%(ladder)s)")
        % {"node": penalty.node, "ladder": title_of_ladder(penalty.ladder, document)}
        if penalty.node is not None
        else _("the violation itself brings it")
    )
    return PenaltyInWords(
        penalty, penalty.title_in(get_language() or "en"), state, tone, told, limits_in_words(penalty), cause
    )


def state_of_penalty(penalty: Penalty, now: datetime) -> tuple[str, str]:
    """Where a penalty stands, in words, and the colour of that."""
    if penalty.reversed_at is not None:
        return _("taken back"), "good"
    if penalty.is_over_at(now):
        return _("over"), "none"
    if penalty.suspended_at is not None:
        return _("suspended while an appeal is open"), "middle"
    if penalty.held_at is not None:
        return _("held"), "middle"
    if now < penalty.starts_at:
        return _("still to come"), "middle"
    return _("in force"), "worst"


def is_past(penalty: Penalty, now: datetime) -> bool:
    """True once it is over or taken back."""
    return penalty.reversed_at is not None or penalty.is_over_at(now)


def limits_in_words(penalty: Penalty) -> list[str]:
    """What a penalty restricts the shop to, a sentence each; empty for a warning."""
    told = []
    if penalty.keyword_limit is not None:
        told.append(_("keyword rules: at most %(count)d") % {"count": penalty.keyword_limit})
    if penalty.blocked_buyer_limit is not None:
        told.append(_("blocked buyers: at most %(count)d") % {"count": penalty.blocked_buyer_limit})
    if penalty.may_join_campaigns is False:
        told.append(_("no campaigns"))
    if penalty.search_weight is not None:
        told.append(_("search weight: at most %(weight)s") % {"weight": penalty.search_weight})
    if penalty.may_list is False:
        told.append(_("no goods listed"))
    return told


def obligation_in_words(obligation: Obligation, shop: Shop, now: datetime) -> ObligationInWords:
    """Something owed, for people of the shop, in its time zone."""
    title = str(obligation.get_kind_display())
    title = title[:1].upper() + title[1:]
    if obligation.amount is not None:
        title = f"{title}: {obligation.amount} {obligation.currency}"
    due = time_in(shop.timezone, obligation.due_at)
    if obligation.reversed_at is not None:
        state, tone = _("taken back"), "good"
    elif obligation.waived_at is not None:
        state, tone = _("waived on %(at)s") % {"at": time_in(shop.timezone, obligation.waived_at)}, "good"
    elif obligation.met_at is not None:
        state, tone = _("done on %(at)s") % {"at": time_in(shop.timezone, obligation.met_at)}, "best"
    elif obligation.due_at is not None and obligation.due_at <= now:
        state, tone = _("overdue since %(at)s") % {"at": due}, "worst"
    else:
        state, tone = (_("due by %(at)s") % {"at": due} if due else _("open")), "middle"
    return ObligationInWords(obligation, title, state, tone)


def _ladder(ladder: PointLadder, balances: Mapping[str, int]) -> LadderInWords:
    language = get_language() or "en"
    balance = max(0, balances.get(ladder.key, 0))
    top = max(ladder.nodes[-1].at, balance)
    nodes = [
        NodeInWords(
            at=node.at,
            place=_percent(node.at, top),
            titles=[each.title.in_language(language) for each in node.penalties],
            is_reached=balance >= node.at,
        )
        for node in ladder.nodes
    ]
    ahead = next((node for node in nodes if not node.is_reached), None)
    return LadderInWords(
        title=ladder.title.in_language(language),
        balance=balance,
        filled=_percent(balance, top),
        tone="best" if balance == 0 else "worst" if nodes[0].is_reached else "middle",
        nodes=nodes,
        next=_next(ahead.at - balance, ahead.titles) if ahead is not None else "",
        period=_period(ladder),
    )


def _next(points: int, titles: Sequence[str]) -> str:
    """What the next node brings, in a sentence."""
    told = ngettext("%(points)d more point brings: %(titles)s", "%(points)d more points bring: %(titles)s", points)
    return told % {"points": points, "titles": " · ".join(titles)}


def _period(ladder: PointLadder) -> str:
    """How long points count, in a sentence."""
    period = ladder.period
    if period.rolling_days is not None:
        return _("Points fall away %(days)d days after the day they fell on.") % {"days": period.rolling_days}
    sentences: dict[str | None, Any] = {
        "year": _("Points fall away at the end of the year."),
        "quarter": _("Points fall away at the end of the quarter."),
        "month": _("Points fall away at the end of the month."),
        None: _("Points stay."),
    }
    told = str(sentences[period.calendar])
    if ladder.carry_over is not None:
        kept = _("From %(least)d points on something is carried over.") % {"least": ladder.carry_over.at_least}
        return f"{told} {kept}"
    return told


def title_of_ladder(key: str, document: PolicyDocument | None) -> str:
    """The class's name; one that today's policy does not know is shown by its key."""
    ladder = document.ladder(key) if document is not None else None
    return ladder.title.in_language(get_language() or "en") if ladder is not None else key


def _percent(part: int, whole: int) -> str:
    """A share as CSS reads it, in every language with a full stop."""
    return f"{100 * part / whole:.2f}%"
