"""Remedies and obligations followed until done: noted, waived, or, when their time is over, followed up once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.actions.penalties import lock_shop, note_correction
from governance.actions.violation_effects import miss_training
from governance.models import Obligation, Penalty, Remedy
from governance.policy.reasons import Statement
from shops.models import AuditEntry, Notice, User

REMEDIES: Final[Mapping[str, Statement]] = {
    Remedy.Kind.MESSAGE_DELIVERED: Statement(en="that the message is delivered", zh_hans="送达消息"),
    Remedy.Kind.ANSWER: Statement(en="an answer", zh_hans="回复"),
    Remedy.Kind.APOLOGY: Statement(en="an apology", zh_hans="道歉"),
    Remedy.Kind.COMPENSATION: Statement(en="compensation", zh_hans="赔偿"),
}
OBLIGATIONS: Final[Mapping[str, Statement]] = {
    Obligation.Kind.FINE: Statement(en="the fine", zh_hans="罚款"),
    Obligation.Kind.TRAINING: Statement(en="the training", zh_hans="培训"),
    Obligation.Kind.CORRECTION: Statement(en="putting things right", zh_hans="整改"),
}


class DutyError(Exception):
    """The remedy or obligation cannot be noted so; the message says why and what to do."""


@transaction.atomic
def note_remedy_done(remedy_id: int, *, note: str, at: datetime, by: User | None = None) -> Remedy:
    """Record that the buyer got the remedy. Raises DutyError where it is not owed any more, or the note is empty."""
    _check_note(note)
    if not Remedy.objects.open().filter(pk=remedy_id).update(done_at=at, done_by=by, note=note.strip()):
        raise DutyError(_("This remedy is not owed any more: it was done, or its decision was taken back."))
    remedy = Remedy.objects.select_related("decision", "shop").get(pk=remedy_id)
    _record("note_remedy_done", f"remedy {remedy.pk} of decision {remedy.decision.code}", note, by)
    return remedy


@transaction.atomic
def note_obligation_met(obligation_id: int, *, note: str, by: User, at: datetime) -> Obligation:
    """Record that the shop did or paid it, late or not. Points for missed training that were entered stay.

    Where things were put right, the penalties that wait for that end with their span. Raises DutyError where it is not
    owed any more, or the note is empty.
    """
    waiting = Penalty.objects.standing().filter(
        decision__obligations=obligation_id,
        decision__obligations__kind=Obligation.Kind.CORRECTION,
        needs_correction=True,
        corrected_at=None,
    )
    obligation = _settle(obligation_id, "note_obligation_met", note, by, met_at=at)
    penalty = waiting.order_by("pk").first()
    if penalty is not None:
        note_correction(penalty.pk, note=note, by=by, at=at)
    return obligation


@transaction.atomic
def waive_obligation(obligation_id: int, *, note: str, by: User, at: datetime) -> Obligation:
    """Let the shop off it; the note says why. Raises what `note_obligation_met` raises.

    Things to be put right cannot be waived: penalties wait for them. Withdraw the decision instead.
    """
    if Obligation.objects.filter(pk=obligation_id, kind=Obligation.Kind.CORRECTION).exists():
        raise DutyError(_("A penalty waits until things are put right. Withdraw the decision, or note that they were."))
    return _settle(obligation_id, "waive_obligation", note, by, waived_at=at)


def sweep_duties(at: datetime) -> dict[str, int]:
    """Follow up what is overdue at `at`, each once; a transaction for each, under the lock of its shop.

    An overdue remedy is escalated: the shop is told, and the desk sees it. Training that was not completed brings its
    points and what they reach; of a fine the shop is told. Returns how many remedies and obligations were followed up.
    """
    remedies = Remedy.objects.overdue_at(at).filter(escalated_at=None).order_by("due_at", "pk")
    obligations = Obligation.objects.overdue_at(at).filter(missed_at=None).order_by("due_at", "pk")
    return {
        "remedies_escalated": sum(_escalate(*row, at) for row in list(remedies.values_list("pk", "shop_id"))),
        "obligations_missed": sum(_miss(*row, at) for row in list(obligations.values_list("pk", "shop_id"))),
    }


@transaction.atomic
def _escalate(remedy_id: int, shop_id: int, at: datetime) -> bool:
    """Escalate a remedy unless it was done, taken back or escalated meanwhile."""
    lock_shop(shop_id)
    if not Remedy.objects.overdue_at(at).filter(pk=remedy_id, escalated_at=None).update(escalated_at=at):
        return False
    remedy = Remedy.objects.select_related("decision").get(pk=remedy_id)
    owed = REMEDIES[remedy.kind]
    _tell(
        shop_id,
        f"{remedy.decision.code} remedy {remedy.pk}",
        Statement(en="A remedy is overdue", zh_hans="补救措施已逾期"),
        Statement(
            en=f"Decision {remedy.decision.code} gave a buyer {owed.en} by {_local(remedy.due_at)} (complaint "
            f"{remedy.complaint}). That time is over. Please do it now; the platform's staff follow it up.",
            zh_hans=f"决定 {remedy.decision.code} 要求在 {_local(remedy.due_at)} 前向买家提供：{owed.zh_hans}（投诉 "
            f"{remedy.complaint}）。期限已过，请立即完成；平台工作人员将跟进。",
        ),
        at,
    )
    _record("escalate_remedy", f"remedy {remedy.pk} of decision {remedy.decision.code}", "", None)
    return True


@transaction.atomic
def _miss(obligation_id: int, shop_id: int, at: datetime) -> bool:
    """Note an obligation as missed, with what follows, unless it was met, waived or taken back meanwhile."""
    lock_shop(shop_id)
    if not Obligation.objects.overdue_at(at).filter(pk=obligation_id, missed_at=None).update(missed_at=at):
        return False
    obligation = Obligation.objects.select_related("decision").get(pk=obligation_id)
    owed, code = OBLIGATIONS[obligation.kind], obligation.decision.code
    brings_points = obligation.kind == Obligation.Kind.TRAINING and obligation.points
    english = f" {obligation.points} points fall due instead." if brings_points else ""
    chinese = f"改为计 {obligation.points} 分。" if brings_points else ""
    _tell(
        shop_id,
        f"{code} {obligation.kind} missed",
        Statement(en="An obligation was missed", zh_hans="义务逾期未履行"),
        Statement(
            en=f"What decision {code} asked for, {owed.en}, was due by {_local(obligation.due_at)}.{english}",
            zh_hans=f"决定 {code} 要求的{owed.zh_hans}应于 {_local(obligation.due_at)} 前完成，现已逾期。{chinese}",
        ),
        at,
    )
    _record("miss_obligation", f"{obligation.kind} of decision {code}", "", None)
    if brings_points:
        miss_training(obligation, at=at)
    return True


def _settle(obligation_id: int, action: str, note: str, by: User, **settled: datetime) -> Obligation:
    """Record that nothing is owed any more if nobody has; the statement asks for it in the database."""
    _check_note(note)
    lock_shop(Obligation.objects.values_list("shop_id", flat=True).get(pk=obligation_id))
    if not Obligation.objects.open().filter(pk=obligation_id).update(noted_by=by, note=note.strip(), **settled):
        raise DutyError(_("This is not owed any more: it was met or waived, or its decision was taken back."))
    obligation = Obligation.objects.select_related("decision", "shop").get(pk=obligation_id)
    _record(action, f"{obligation.kind} of decision {obligation.decision.code}", note, by)
    return obligation


def _check_note(note: str) -> None:
    if not note.strip():
        raise DutyError(_("Write what was done and how you know: it is kept."))


def _record(action: str, target: str, note: str, by: User | None) -> None:
    detail: dict[str, Any] = {"note": note.strip()} if note else {}
    AuditEntry.objects.create(by=by, action=action, target=target, detail=detail)


def _tell(shop_id: int, reference: str, title: Statement, text: Statement, at: datetime) -> None:
    Notice.objects.create(
        shop_id=shop_id,
        kind=Notice.Kind.DECISION,
        reference=reference,
        title_en=title.en,
        title_zh_hans=title.zh_hans,
        text_en=text.en,
        text_zh_hans=text.zh_hans,
        created_at=at,
    )


def _local(instant: datetime | None) -> str:
    """In the platform's time zone."""
    assert instant is not None  # only what has a due time is overdue
    return timezone.localtime(instant, timezone.get_default_timezone()).strftime("%Y-%m-%d %H:%M")
