"""Penalties: imposed, held and suspended, put right, taken back, begun and ended by the clock, each told once.

Whoever calls holds the lock of the shop; `sweep_penalties` takes it shop by shop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from governance.actions.penalty_news import penalty_event, tell_penalty
from governance.actions.project_privileges import project_privileges
from governance.models import Decision, Obligation, Penalty
from governance.policy.sections.violations import PenaltyRule, PointLadder
from shops.actions.publish_events import NewEvent, publish_events
from shops.models import AuditEntry, Shop, User

DAY_SECONDS: Final = 86_400


class PenaltyError(Exception):
    """The penalty cannot be changed so; the message says why and what to do."""


def lock_shop(shop_id: int) -> Shop:
    """The shop, locked until the transaction ends: nobody else decides about it meanwhile.

    Rows that point to it can still be added: the nightly run does so while it holds the privileges that this waits for.
    """
    return Shop.objects.select_for_update(no_key=True).get(pk=shop_id)


def impose_penalties(
    decision: Decision,
    rules: Iterable[PenaltyRule],
    *,
    at: datetime,
    ladder: PointLadder | None = None,
    node: int | None = None,
    starts_at: datetime | None = None,
    is_held: bool = False,
) -> list[Penalty]:
    """Lay penalties on the decision's shop, in force at once or, on a ladder that extends, when those running are over.

    `is_held`: those whose rule asks for a second person wait for one, without effect. Projects nothing yet.
    """
    begins = starts_at or at
    if ladder is not None and ladder.while_running == "extend" and starts_at is None:
        begins = _after_those_that_run(decision, ladder.key, at)
    penalties = []
    for rule in rules:
        waits = is_held and rule.held
        penalties.append(
            Penalty.objects.create(
                shop_id=decision.shop_id,
                decision=decision,
                ladder=ladder.key if ladder is not None else "",
                node=node,
                kind=rule.kind,
                title_en=rule.title.en,
                title_zh_hans=rule.title.zh_hans,
                **rule.limits.named(),
                starts_at=begins,
                ends_at=begins + timedelta(days=rule.days) if rule.days is not None else None,
                needs_correction=ladder is not None and ladder.needs_correction and rule.kind == "restriction",
                is_suspended_by_appeal=rule.suspended_by_appeal,
                held_at=at if waits else None,
                paused_at=at if waits else None,
                began_at=at if begins <= at and not waits else None,
            )
        )
    if any(penalty.needs_correction for penalty in penalties):
        Obligation.objects.get_or_create(decision=decision, kind=Obligation.Kind.CORRECTION, shop_id=decision.shop_id)
    return penalties


def reverse_penalties(penalties: Iterable[Penalty], *, by: Decision, at: datetime) -> list[Penalty]:
    """Take penalties back by a decision; those taken back already stay as they are. Returns the ones that changed."""
    changed = []
    for penalty in penalties:
        if Penalty.objects.standing().filter(pk=penalty.pk).update(reversed_at=at, reversed_by=by):
            penalty.reversed_at, penalty.reversed_by = at, by
            changed.append(penalty)
    return changed


def days_served(penalty: Penalty, at: datetime) -> float:
    """For how many days it restricted the shop until `at`, or was reversed, paused or over; without its pauses."""
    ends = [each for each in (penalty.paused_at, penalty.ends_at, penalty.reversed_at, at) if each is not None]
    served = (min(ends) - penalty.starts_at).total_seconds() - penalty.paused_seconds
    return max(0.0, served / DAY_SECONDS)


@transaction.atomic
def hold_penalty(penalty_id: int, *, reason: str, by: User, at: datetime) -> Penalty:
    """Pause a penalty until somebody resumes it. Raises PenaltyError where it is held, over or reversed."""
    penalty = _locked(penalty_id, reason)
    if penalty.held_at is not None:
        raise PenaltyError(_("This penalty is held already."))
    if penalty.is_over_at(at):
        raise PenaltyError(_("This penalty is over. There is nothing to hold."))
    penalty.held_at = at
    _pause(penalty, at)
    _note(penalty, "hold_penalty", reason, by)
    _changed([penalty], "held", at)
    return penalty


@transaction.atomic
def resume_penalty(penalty_id: int, *, reason: str, by: User, at: datetime) -> Penalty:
    """Let a held penalty run on; what was left of its span follows. Whoever took its decision cannot release it.

    Raises PenaltyError where it is not held, and where the first person would release a severe one.
    """
    penalty = _locked(penalty_id, reason)
    if penalty.held_at is None:
        raise PenaltyError(_("This penalty is not held."))
    if penalty.began_at is None and penalty.decision.decided_by_id == by.pk:
        raise PenaltyError(_("You took the decision that brings it. A second person has to release it."))
    penalty.held_at = None
    _resume(penalty, at)
    _note(penalty, "resume_penalty", reason, by)
    _changed([penalty], "resumed", at)
    return penalty


@transaction.atomic
def note_correction(penalty_id: int, *, note: str, by: User, at: datetime) -> Penalty:
    """Record that the shop has put things right: the penalty ends with its span. Raises PenaltyError otherwise."""
    penalty = _locked(penalty_id, note)
    if not penalty.needs_correction or penalty.corrected_at is not None:
        raise PenaltyError(_("This penalty does not wait for anything to be put right."))
    same = Penalty.objects.standing().filter(decision=penalty.decision_id, needs_correction=True, corrected_at=None)
    same.update(corrected_at=at)
    penalty.corrected_at = at
    Obligation.objects.open().filter(decision=penalty.decision_id, kind=Obligation.Kind.CORRECTION).update(
        met_at=at, noted_by=by, note=note
    )
    _note(penalty, "note_correction", note, by)
    _changed([penalty], "corrected", at)
    return penalty


def suspend_penalties(decision: Decision, *, at: datetime) -> list[Penalty]:
    """Pause those of a decision's penalties that policy suspends while an appeal is open. The shop must be locked."""
    wanted = Penalty.objects.standing().filter(decision=decision, is_suspended_by_appeal=True, suspended_at=None)
    penalties = [each for each in wanted.order_by("pk") if not each.is_over_at(at)]
    for penalty in penalties:
        penalty.suspended_at = at
        _pause(penalty, at)
    _changed(penalties, "suspended", at)
    return penalties


def unsuspend_penalties(decision: Decision, *, at: datetime) -> list[Penalty]:
    """Let the penalties that an appeal suspended run on. The shop must be locked."""
    penalties = list(Penalty.objects.standing().filter(decision=decision, suspended_at__isnull=False).order_by("pk"))
    for penalty in penalties:
        penalty.suspended_at = None
        _resume(penalty, at)
    _changed(penalties, "resumed", at)
    return penalties


def sweep_penalties(at: datetime) -> dict[str, int]:
    """Note which penalties began and which are over at `at`, each once; privileges follow. Returns both counts.

    A transaction a shop. Safe to run twice and by two at once: the shop is locked, and what was noted is not found.
    """
    counts = {"begun": 0, "over": 0}
    shops = Penalty.objects.filter(_begins(at) | _ends(at)).order_by("shop_id").values_list("shop_id", flat=True)
    for shop_id in shops.distinct():
        with transaction.atomic():
            lock_shop(shop_id)
            mine = Penalty.objects.filter(shop=shop_id).select_related("decision__policy", "shop").order_by("pk")
            begun = list(mine.filter(_begins(at)))
            over = list(mine.filter(_ends(at)))
            Penalty.objects.filter(pk__in=[each.pk for each in begun]).update(began_at=at)
            Penalty.objects.filter(pk__in=[each.pk for each in over]).update(over_at=at)
            _tell(begun, "begun", at)
            _tell(over, "over", at)
            counts["begun"] += len(begun)
            counts["over"] += len(over)
            told = [(each, "begun") for each in begun] + [(each, "over") for each in over]
            if told:
                _publish(told, at)
    return counts


def rechain(shop_id: int, ladder: PointLadder, *, at: datetime) -> None:
    """On a ladder that extends, bring penalties that have not begun forward to the end of those before them."""
    if ladder.while_running != "extend":
        return
    standing = Penalty.objects.standing().filter(shop=shop_id, ladder=ladder.key).order_by("starts_at", "pk")
    ends: datetime | None = None
    group: tuple[int, int | None] | None = None
    begins = at
    for penalty in standing:
        if penalty.is_over_at(at):
            continue
        if (penalty.decision_id, penalty.node) != group:
            group, begins = (penalty.decision_id, penalty.node), max(at, ends or at)
        if penalty.began_at is None and penalty.starts_at > begins:
            length = penalty.ends_at - penalty.starts_at if penalty.ends_at is not None else None
            penalty.starts_at = begins
            penalty.ends_at = begins + length if length is not None else None
            penalty.save(update_fields=["starts_at", "ends_at"])
        if penalty.ends_at is not None:
            ends = max(ends or penalty.ends_at, penalty.ends_at)


def _begins(at: datetime) -> Q:
    return Q(began_at=None, reversed_at=None, paused_at=None, starts_at__lte=at)


def _ends(at: datetime) -> Q:
    put_right = Q(needs_correction=False) | Q(corrected_at__lte=at)
    return put_right & Q(over_at=None, reversed_at=None, paused_at=None, began_at__isnull=False, ends_at__lte=at)


def _after_those_that_run(decision: Decision, ladder: str, at: datetime) -> datetime:
    """When the standing penalties of the ladder are over; `at` where none runs. Warnings last no time."""
    running = Penalty.objects.standing().filter(shop=decision.shop_id, ladder=ladder, ends_at__gt=at)
    latest: datetime | None = running.aggregate(latest=Max("ends_at"))["latest"]
    return latest or at


def _locked(penalty_id: int, reason: str) -> Penalty:
    if not reason.strip():
        raise PenaltyError(_("Write why: it is kept with the penalty."))
    lock_shop(Penalty.objects.values_list("shop_id", flat=True).get(pk=penalty_id))
    penalty = Penalty.objects.select_related("decision__policy", "shop").get(pk=penalty_id)
    if penalty.reversed_at is not None:
        raise PenaltyError(_("This penalty was taken back. Nothing of it is left."))
    return penalty


def _pause(penalty: Penalty, at: datetime) -> None:
    penalty.paused_at = penalty.paused_at or at
    penalty.save(update_fields=["held_at", "suspended_at", "paused_at"])


def _resume(penalty: Penalty, at: datetime) -> None:
    """Let it run on unless something else still pauses it; the time that it stood still is added to its span."""
    if penalty.held_at is None and penalty.suspended_at is None and penalty.paused_at is not None:
        stood_still = at - max(penalty.paused_at, penalty.starts_at)
        if penalty.starts_at < at and penalty.ends_at is not None:
            penalty.ends_at += stood_still
        if penalty.began_at is None and penalty.starts_at < at:
            # It had no effect yet: the whole span lies ahead.
            penalty.starts_at = at
        elif penalty.starts_at < at:
            penalty.paused_seconds += int(stood_still.total_seconds())
        penalty.began_at = penalty.began_at or (at if penalty.starts_at <= at else None)
        penalty.paused_at = None
    penalty.save(
        update_fields=["held_at", "suspended_at", "paused_at", "paused_seconds", "starts_at", "ends_at", "began_at"]
    )


def _note(penalty: Penalty, action: str, reason: str, by: User) -> None:
    AuditEntry.objects.create(by=by, action=action, target=f"penalty {penalty.code}", detail={"reason": reason.strip()})


def _changed(penalties: Sequence[Penalty], change: str, at: datetime) -> None:
    """Tell what happened to some penalties of one shop, and write its privileges again."""
    if penalties:
        _tell(penalties, change, at)
        _publish([(penalty, change) for penalty in penalties], at)


def _tell(penalties: Iterable[Penalty], change: str, at: datetime) -> None:
    for penalty in penalties:
        tell_penalty(penalty, change, at)


def _publish(changed: Sequence[tuple[Penalty, str]], at: datetime) -> None:
    first = changed[0][0]
    events: list[NewEvent] = project_privileges(
        first.shop_id, at=at, cause=first.code, policy_version=first.decision.policy.version
    )
    publish_events([*(penalty_event(penalty, change, at) for penalty, change in changed), *events])
