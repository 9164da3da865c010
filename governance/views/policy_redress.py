"""What a shop must not do, what follows, and how anybody complains and appeals: the policy's words for its readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance.policy.schema import PolicyDocument, Title
from governance.policy.sections.redress import AppealRight, DecisionGroup, Party, RedressRules
from governance.policy.sections.violations import Clause, Gravity, PenaltyRule, PointLadder, Sum
from governance.views.policy_words import days_in_words, key_in_words, list_in_words, value_in_words
from shops.views.figures import ABSENT, count_in_words, decimal_in_words

FACTS = ("desk_hours", "file_within_days", "refuse_within_hours", "shop_reply_hours", "buyer_reply_hours",
         "evidence_kept_days")  # fmt: skip
"""What of the channel everybody is told about; the rest is the desk's own business."""


@dataclass(frozen=True, slots=True)
class PenaltyInWords:
    """One penalty: what it is, how long, what the shop may at most meanwhile, and what else is to know."""

    title: str
    kind: str
    lasts: str
    limits: str
    remarks: str

    @property
    def told(self) -> str:
        """All of it in one phrase."""
        return _("%(title)s (%(details)s)") % {
            "title": self.title,
            "details": _("; ").join(part for part in (self.lasts, self.limits, self.remarks) if part),
        }


@dataclass(frozen=True, slots=True)
class GravityInWords:
    """How grave a violation was, the points it brings and their class, and what else it brings."""

    title: str
    points: str
    ladder: str
    brings: list[str]


@dataclass(frozen=True, slots=True)
class ClauseInWords:
    """One thing a shop must not do."""

    key: str
    title: str
    rule: str
    gravities: list[GravityInWords]
    first_offence: str
    exemptions: list[str]


@dataclass(frozen=True, slots=True)
class LadderInWords:
    """One class of points: how they count, and what each balance brings."""

    key: str
    title: str
    sentences: list[str]
    nodes: list[tuple[str, list[PenaltyInWords]]]


@dataclass(frozen=True, slots=True)
class ComplaintInWords:
    """One kind of complaint, what helps to prove it, and by when it is decided."""

    title: str
    evidence: str
    decided_within: str
    clauses: str


def violations_and_redress(document: PolicyDocument) -> dict[str, Any]:
    """What the public page says about violations, complaints and appeals, in the language of the reader."""
    redress = document.redress
    return {
        "clauses": [_clause(clause, document) for clause in document.violations.clauses],
        "ladders": [_ladder(ladder) for ladder in document.violations.ladders],
        "complaints": _complaints(document),
        "channel": list(_channel(redress)),
        "outside_routes": _said(redress.outside_routes),
        "parties": [value_in_words("who", who) for who in get_args(Party)],
        "rights": [
            (value_in_words("against", group), [_right(redress.right_of(who, group)) for who in get_args(Party)])
            for group in get_args(DecisionGroup)
        ]
        if redress.appeals
        else [],
    }


def penalty_in_words(rule: PenaltyRule) -> PenaltyInWords:
    """A penalty as readers of the rules see it."""
    remarks = []
    if rule.held:
        remarks.append(_("only after a second person has released it"))
    if rule.suspended_by_appeal:
        remarks.append(_("rests while an appeal is open"))
    return PenaltyInWords(
        title=_said(rule.title),
        kind=value_in_words("kind", rule.kind),
        lasts=days_in_words(rule.days) if rule.days is not None else _("until it is reversed"),
        limits=list_in_words([
            _("%(what)s: %(value)s") % {"what": key_in_words(name), "value": value_in_words(name, value)}
            for name, value in rule.limits.named().items()
        ]),
        remarks=list_in_words(remarks),
    )  # fmt: skip


def _clause(clause: Clause, document: PolicyDocument) -> ClauseInWords:
    return ClauseInWords(
        key=clause.key,
        title=_said(clause.title),
        rule=_said(clause.rule),
        gravities=[_gravity(gravity, document) for gravity in clause.gravities],
        first_offence=_first_offence(clause),
        exemptions=[_said(exemption) for exemption in clause.exemptions],
    )


def _gravity(gravity: Gravity, document: PolicyDocument) -> GravityInWords:
    ladder = document.ladder(gravity.ladder)
    brings = [penalty_in_words(rule).told for rule in gravity.penalties]
    if gravity.compensation is not None:
        brings.append(_("%(amount)s to the buyer, due within %(days)s") % _owed(gravity.compensation))
    if gravity.fine is not None:
        brings.append(_("a fine of %(amount)s, due within %(days)s") % _owed(gravity.fine))
    return GravityInWords(
        title=_said(gravity.title),
        points=count_in_words(gravity.points),
        ladder=_said(ladder.title) if ladder is not None else gravity.ladder,
        brings=brings,
    )


def _owed(owed: Sum) -> dict[str, str]:
    amount = count_in_words(int(owed.amount)) if owed.amount == int(owed.amount) else decimal_in_words(owed.amount, 2)
    return {"amount": f"{amount} {owed.currency}", "days": days_in_words(owed.due_days)}


def _first_offence(clause: Clause) -> str:
    first = clause.first_offence
    if first is None:
        return ""
    if first.points is not None:
        return ngettext(
            "The first one within %(days)s brings at most %(count)s point.",
            "The first one within %(days)s brings at most %(count)s points.",
            first.points,
        ) % {"days": days_in_words(first.within_days), "count": count_in_words(first.points)}
    return _("The first one within %(days)s brings training within %(training)s instead of points.") % {
        "days": days_in_words(first.within_days),
        "training": days_in_words(first.training_days or 0),
    }


def _ladder(ladder: PointLadder) -> LadderInWords:
    return LadderInWords(
        key=ladder.key,
        title=_said(ladder.title),
        sentences=list(_how_points_count(ladder)),
        nodes=[(count_in_words(node.at), [penalty_in_words(rule) for rule in node.penalties]) for node in ladder.nodes],
    )


def _how_points_count(ladder: PointLadder) -> Iterator[str]:
    period, carry_over = ladder.period, ladder.carry_over
    if period.calendar is not None:
        yield _("Points fall away at the end of the %(period)s.") % {
            "period": value_in_words("calendar", period.calendar)
        }
    elif period.rolling_days is not None:
        yield _("Each point falls away %(days)s after the day that it fell on.") % {
            "days": days_in_words(period.rolling_days)
        }
    else:
        yield _("Points stay.")
    if carry_over is not None:
        least = count_in_words(carry_over.at_least)
        if carry_over.carried is None:
            yield _("A balance of %(least)s or more is carried over whole.") % {"least": least}
        else:
            yield _("Of a balance of %(least)s or more, %(carried)s are carried over.") % {
                "least": least,
                "carried": count_in_words(carry_over.carried),
            }
    if ladder.repeat_every is not None:
        yield _("Above the last node, every %(points)s points bring its penalties again.") % {
            "points": count_in_words(ladder.repeat_every)
        }
    if len(ladder.nodes) > 1 or ladder.repeat_every is not None:
        yield (
            _("Where one decision crosses several nodes, all of them bring their penalties.")
            if ladder.crossed_at_once == "all"
            else _("Where one decision crosses several nodes, only the highest brings its penalties.")
        )
        yield (
            _("A penalty brought while an earlier one runs begins at that one's end.")
            if ladder.while_running == "extend"
            else _("A penalty brought while an earlier one runs begins at once, beside it.")
        )
    if ladder.needs_correction:
        yield _("Restrictions last until their days are over and the shop has shown that it put things right.")


def _complaints(document: PolicyDocument) -> list[ComplaintInWords]:
    titles = {clause.key: _said(clause.title) for clause in document.violations.clauses}
    return [
        ComplaintInWords(
            title=_said(rules.title),
            evidence=_said(rules.evidence),
            decided_within=value_in_words("decide_within_hours", rules.decide_within_hours),
            clauses=list_in_words([titles[key] for key in rules.clauses]),
        )
        for rules in document.redress.complaints
    ]


def _channel(redress: RedressRules) -> Iterator[tuple[str, str]]:
    for name in FACTS:
        yield key_in_words(name), value_in_words(name, getattr(redress, name))
    limits = redress.evidence
    yield (
        key_in_words("evidence"),
        list_in_words([
            _("%(what)s: %(value)s") % {"what": key_in_words(name), "value": count_in_words(getattr(limits, name))}
            for name in type(limits).model_fields
        ]),
    )  # fmt: skip


def _right(right: AppealRight | None) -> str:
    if right is None:
        return ABSENT
    return ngettext(
        "within %(days)s, once; decided within %(hours)s",
        "within %(days)s, up to %(count)s times; decided within %(hours)s",
        right.times,
    ) % {
        "days": days_in_words(right.within_days),
        "count": count_in_words(right.times),
        "hours": value_in_words("decided_within_hours", right.decided_within_hours),
    }


def _said(title: Title) -> str:
    return title.in_language(get_language() or "en")
