"""What types cannot say about clauses and ladders: names that exist, an order, a gate for what is severe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from governance.policy.explanations import CURRENCY
from governance.policy.problems import Flaw, Path, suggest
from governance.policy.sections.violations import Clause, Gravity, Node, PenaltyRule, PointLadder, Sum
from governance.policy.soundness.measured import repeats_in

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import PolicyDocument

PLACE: Path = ("violations",)
CATEGORY_PREFIX: Final = "STATEMENT_CATEGORY_"
HELD_FROM_DAYS: Final = 14
"""A shop that may list nothing for so long loses its trade: a second person looks at it first."""
CURRENCIES: Final = frozenset(
    # A list of 150 quoted words would hide what is missing.
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
    RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905
)
"""What people pay with, by the codes of ISO 4217."""


def flaws_of_violations(document: PolicyDocument) -> Iterator[Flaw]:
    """The flaws of the clauses, then of the ladders."""
    clauses, ladders = document.violations.clauses, document.violations.ladders
    known = [ladder.key for ladder in ladders]
    yield from repeats_in([clause.key for clause in clauses], (*PLACE, "clauses"), "key")
    consequences = {consequence.key for consequence in document.agents.consequences}
    for number, clause in enumerate(clauses):
        path: Path = (*PLACE, "clauses", number)
        if clause.key in consequences:
            yield Flaw(
                (*path, "key"),
                f'"{clause.key}" is a consequence for agents as well, so that a decision by it could mean either.',
                "Choose another key.",
            )
        yield from _clause(clause, known, path)
    yield from repeats_in(known, (*PLACE, "ladders"), "key")
    for number, ladder in enumerate(ladders):
        yield from _ladder(ladder, (*PLACE, "ladders", number))


def _clause(clause: Clause, ladders: Sequence[str], path: Path) -> Iterator[Flaw]:
    if not clause.category.startswith(CATEGORY_PREFIX):
        yield Flaw(
            (*path, "category"),
            f'"{clause.category}" is no category of the DSA transparency database.',
            f"Write one that starts with {CATEGORY_PREFIX}, such as {CATEGORY_PREFIX}SCAMS_AND_FRAUD.",
        )
    yield from repeats_in([gravity.key for gravity in clause.gravities], (*path, "gravities"), "key")
    for number, gravity in enumerate(clause.gravities):
        yield from _gravity(gravity, ladders, (*path, "gravities", number))
    for number, (milder, severer) in enumerate(pairwise(clause.gravities), start=1):
        if milder.ladder == severer.ladder and severer.points < milder.points:
            yield Flaw(
                (*path, "gravities", number, "points"),
                f'"{severer.key}" brings {severer.points} points, fewer than "{milder.key}" before it '
                f"({milder.points}).",
                "List the gravities from mild to severe.",
            )
    yield from _first_offence(clause, (*path, "first_offence"))


def _gravity(gravity: Gravity, ladders: Sequence[str], path: Path) -> Iterator[Flaw]:
    if gravity.ladder not in ladders:
        yield Flaw(
            (*path, "ladder"),
            f'"{gravity.ladder}" is no ladder of this policy.',
            suggest(gravity.ladder, ladders) if ladders else "Add it under violations.ladders.",
        )
    for number, rule in enumerate(gravity.penalties):
        yield from _penalty(rule, (*path, "penalties", number))
    for name in ("compensation", "fine"):
        owed: Sum | None = getattr(gravity, name)
        if owed is not None and owed.currency not in CURRENCIES:
            yield Flaw(
                (*path, name, "currency"),
                f'"{owed.currency}" is no currency that anybody pays with.',
                CURRENCY,
            )


def _first_offence(clause: Clause, path: Path) -> Iterator[Flaw]:
    first = clause.first_offence
    if first is None:
        return
    if (first.points is None) == (first.training_days is None):
        yield Flaw(
            path,
            "It must say either how many points a first offence brings at most, or within how many days training "
            "takes their place.",
            "Keep one of points and training_days.",
        )
    most = max(gravity.points for gravity in clause.gravities)
    if first.points is not None and first.points >= most > 0:
        yield Flaw(
            (*path, "points"),
            f"A first offence of at most {first.points} points is no milder than any other: the gravest brings {most}.",
            f"Write at most {most - 1}, or remove the section.",
        )


def _penalty(rule: PenaltyRule, path: Path) -> Iterator[Flaw]:
    limits = rule.limits.named()
    if rule.kind == "restriction" and not limits:
        yield Flaw(
            (*path, "limits"),
            f'"{rule.title.en}" restricts nothing.',
            "Name at least one privilege, such as may_join_campaigns: false, or make it a public_warning.",
        )
    if rule.kind == "public_warning" and limits:
        yield Flaw(
            (*path, "limits"),
            f'"{rule.title.en}" is a warning, which takes no privileges.',
            "Add a penalty of the kind restriction that does.",
        )
    lasts_long = rule.days is None or rule.days >= HELD_FROM_DAYS
    is_severe = rule.kind == "closure" or (limits.get("may_list") is False and lasts_long)
    if is_severe and not rule.held:
        span = "without an end" if rule.days is None else f"for {rule.days} days"
        does = "closes the shop" if rule.kind == "closure" else f"lets the shop list nothing {span}"
        yield Flaw(
            (*path, "held"),
            f'"{rule.title.en}" {does} without a second person having looked at it.',
            "Write held: true.",
        )


def _ladder(ladder: PointLadder, path: Path) -> Iterator[Flaw]:
    yield from _period(ladder, path)
    for number, (lower, higher) in enumerate(pairwise(ladder.nodes), start=1):
        if higher.at <= lower.at:
            yield Flaw(
                (*path, "nodes", number, "at"),
                f"The node at {higher.at} points comes after the one at {lower.at}.",
                "List the nodes by rising points, each balance once.",
            )
    for number, node in enumerate(ladder.nodes):
        for position, rule in enumerate(node.penalties):
            yield from _penalty(rule, (*path, "nodes", number, "penalties", position))
    yield from _follow_ups(ladder, path)


def _period(ladder: PointLadder, path: Path) -> Iterator[Flaw]:
    period, carry_over = ladder.period, ladder.carry_over
    given = [period.calendar is not None, period.rolling_days is not None, period.never is True]
    if sum(given) != 1:
        yield Flaw(
            (*path, "period"),
            f"It must say in one way how long points count, and says it in {sum(given)}.",
            "Keep one of calendar, rolling_days and never: true.",
        )
    if carry_over is None:
        return
    if period.calendar is None:
        yield Flaw(
            (*path, "carry_over"),
            "Points are carried over where a calendar period ends, and this ladder has none.",
            "Remove it, or write period: {calendar: year}.",
        )
    if carry_over.carried is not None and carry_over.carried > carry_over.at_least:
        yield Flaw(
            (*path, "carry_over", "carried"),
            f"From a balance of {carry_over.at_least} points the next period would start with {carry_over.carried}, "
            "more than there were.",
            f"Write at most {carry_over.at_least}.",
        )


def _follow_ups(ladder: PointLadder, path: Path) -> Iterator[Flaw]:
    """Penalties without an end that others would have to wait for, or that would be brought again."""
    last = len(ladder.nodes) - 1
    for number, node in enumerate(ladder.nodes):
        endless = _endless(node)
        if endless is None:
            continue
        place: Path = (*path, "nodes", number, "penalties", endless, "days")
        title = node.penalties[endless].title.en
        if number == last and ladder.repeat_every is not None:
            yield Flaw(
                place,
                f'"{title}" has no end, so that it cannot be brought again every {ladder.repeat_every} points.',
                "Write its days, or remove repeat_every.",
            )
        elif number < last and ladder.while_running == "extend":
            yield Flaw(
                place,
                f'"{title}" has no end, and what a later node brings would start at its end.',
                "Write its days, or while_running: beside.",
            )


def _endless(node: Node) -> int | None:
    return next((position for position, rule in enumerate(node.penalties) if rule.days is None), None)
