"""Every side is heard: words between the desk, the shop and the complainant, and the ends that need no decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.actions.course import (
    audit,
    check_held,
    check_version,
    enter,
    let_go,
    lock_complaint,
    move,
    pause,
    resume,
    save_step,
    tell_shop,
    tell_systems,
    written,
)
from complaints.actions.desk_clock import HOUR_SECONDS, DeskClock, policy_at
from complaints.actions.errors import ComplaintError
from complaints.models import Complaint, Entry
from governance.policy.reasons import Statement
from governance.policy.sections.redress import RedressRules
from shops.actions.protections import close_protection
from shops.models import Protection, User

ACCESS_DAYS: Final = 180
"""How long the complainant's link works after the end, for reading and for turning to others."""


@transaction.atomic
def hear_shop(complaint_id: int, *, version: int, words: str, by: User, at: datetime) -> Complaint:
    """Ask the shop for a reply by a deadline; the desk's clock stands still meanwhile, and the desk lets go of it.

    The shop reads the words in a notice. Raises ComplaintError where `by` does not hold it, something happened since
    `version`, the complaint is past this, or the words are blank.
    """
    words = written(words, _("The question"))
    redress = policy_at(at).rules().redress
    complaint = _workable(complaint_id, version, by, at)
    if complaint.told_shop_at is None:
        enter(complaint, Entry.Kind.TAKEN_UP, side=Entry.Side.STAFF, at=at, by=by)
    move(complaint, Complaint.State.AWAITING_SHOP)
    complaint.shop_due_at = at + timedelta(hours=redress.shop_reply_hours)
    complaint.told_shop_at = complaint.told_shop_at or at
    pause(complaint, DeskClock(redress, at), at)
    complaint.buyer_due_at = None
    let_go(complaint)
    save_step(complaint)
    enter(complaint, Entry.Kind.SHOP_ASKED, side=Entry.Side.STAFF, at=at, by=by, text=words)
    tell_shop(complaint, at, what="asked", words=words)
    audit(complaint, "hear_shop", by=by, detail={"due_at": complaint.shop_due_at.isoformat()})
    tell_systems([complaint], at)
    return complaint


@transaction.atomic
def shop_replies(complaint: Complaint, *, version: int, text: str, by: User, at: datetime) -> Complaint:
    """Take the shop's reply; the complaint goes back to the desk, whose clock runs on.

    A late reply is taken too, until the matter is decided. Raises ComplaintError where the shop was not asked,
    something happened since `version`, or the matter is decided or over.
    """
    text = written(text, _("The reply"))
    complaint = lock_complaint(complaint.pk)
    if complaint.told_shop_at is None:
        raise ComplaintError(_("The shop is not asked about this complaint."))
    if not complaint.is_open() or complaint.decision_id is not None:
        raise ComplaintError(
            _("Complaint %(code)s is decided or over; your reply came too late for it. You may appeal the decision.")
            % {"code": complaint.code}
        )
    check_version(complaint, version)
    if complaint.state == Complaint.State.AWAITING_SHOP:
        move(complaint, Complaint.State.INVESTIGATING)
        resume(complaint, DeskClock(policy_at(at).rules().redress, at), at)
    save_step(complaint)
    enter(complaint, Entry.Kind.SHOP_REPLIED, side=Entry.Side.SHOP, at=at, by=by, text=text)
    audit(complaint, "shop_replies", by=by)
    tell_systems([complaint], at)
    return complaint


@transaction.atomic
def ask_buyer(complaint_id: int, *, version: int, words: str, by: User, at: datetime) -> Complaint:
    """Ask the complainant something, to be answered by a deadline; the desk's clock stands still meanwhile.

    Raises ComplaintError as `hear_shop` does.
    """
    words = written(words, _("The question"))
    redress = policy_at(at).rules().redress
    complaint = _workable(complaint_id, version, by, at)
    if complaint.buyer_due_at is not None:
        raise ComplaintError(_("The complainant is asked already. Wait for the answer."))
    if complaint.state == Complaint.State.RECEIVED:
        move(complaint, Complaint.State.INVESTIGATING)
        enter(complaint, Entry.Kind.TAKEN_UP, side=Entry.Side.STAFF, at=at, by=by)
    pause(complaint, DeskClock(redress, at), at)
    complaint.buyer_due_at = at + timedelta(hours=redress.buyer_reply_hours)
    let_go(complaint)
    save_step(complaint)
    enter(
        complaint,
        Entry.Kind.BUYER_ASKED,
        side=Entry.Side.STAFF,
        at=at,
        by=by,
        text=words,
        audience=Entry.Audience.BUYER,
    )
    audit(complaint, "ask_buyer", by=by, detail={"due_at": complaint.buyer_due_at.isoformat()})
    tell_systems([complaint], at)
    return complaint


@transaction.atomic
def buyer_adds(complaint: Complaint, *, text: str, at: datetime) -> Complaint:
    """Take what the complainant adds, or answers where something was asked: then the desk's clock runs on.

    Raises ComplaintError for blank words, and once the matter is decided or over.
    """
    text = written(text, _("What you add"))
    complaint = lock_complaint(complaint.pk)
    _check_still_open(complaint)
    if complaint.buyer_due_at is not None:
        complaint.buyer_due_at = None
        resume(complaint, DeskClock(policy_at(at).rules().redress, at), at)
    save_step(complaint)
    enter(complaint, Entry.Kind.BUYER_ADDED, side=Entry.Side.BUYER, at=at, text=text)
    audit(complaint, "add_to_complaint", by=None)
    tell_systems([complaint], at)
    return complaint


@transaction.atomic
def refuse_complaint(complaint_id: int, *, version: int, words: Statement, by: User, at: datetime) -> Complaint:
    """Close a complaint without taking it up, with reasons in both languages; the outside routes are added to them.

    Possible until the policy's time for refusing is over, and while the shop was not asked: what was taken up is
    decided. Raises ComplaintError otherwise, and as `hear_shop` does.
    """
    en, zh_hans = (written(each, _("The reason")) for each in words)
    redress = policy_at(at).rules().redress
    complaint = _workable(complaint_id, version, by, at)
    if complaint.told_shop_at is not None or at >= refusable_until(complaint, redress, DeskClock(redress, at)):
        raise ComplaintError(
            _("Complaint %(code)s counts as taken up and cannot be refused any more. Decide it.")
            % {"code": complaint.code}
        )
    move(complaint, Complaint.State.CLOSED)
    complaint.is_refused = True
    complaint.outcome_en = f"{en}\n{redress.outside_routes.en}"
    complaint.outcome_zh_hans = f"{zh_hans}\n{redress.outside_routes.zh_hans}"
    _end(complaint, at)
    enter(
        complaint,
        Entry.Kind.REFUSED,
        side=Entry.Side.STAFF,
        at=at,
        by=by,
        text=complaint.outcome_in(complaint.language),
        audience=Entry.Audience.BUYER,
    )
    audit(complaint, "refuse_complaint", by=by)
    tell_systems([complaint], at)
    return complaint


@transaction.atomic
def withdraw_complaint(complaint: Complaint, *, at: datetime) -> Complaint:
    """End a complaint because the complainant wants so; the shop is told where it knew of it.

    Raises ComplaintError once it is decided or over.
    """
    complaint = lock_complaint(complaint.pk)
    _check_still_open(complaint)
    move(complaint, Complaint.State.WITHDRAWN)
    _end(complaint, at)
    enter(complaint, Entry.Kind.WITHDRAWN, side=Entry.Side.BUYER, at=at)
    if complaint.told_shop_at is not None:
        tell_shop(complaint, at, what="withdrawn")
    audit(complaint, "withdraw_complaint", by=None)
    tell_systems([complaint], at)
    return complaint


def refusable_until(complaint: Complaint, redress: RedressRules, clock: DeskClock) -> datetime:
    """The instant from which a complaint counts as taken up, since nobody refused it in the policy's time."""
    return clock.due_at(complaint.filed_at, redress.refuse_within_hours * HOUR_SECONDS)


def end_access_at(at: datetime) -> datetime:
    """Until when the complainant's link works for a complaint that ended at an instant."""
    return at + timedelta(days=ACCESS_DAYS)


def _end(complaint: Complaint, at: datetime) -> None:
    """What every end has in common; saves the step."""
    complaint.closed_at = at
    complaint.access_ends_at = end_access_at(at)
    complaint.buyer_due_at = None
    complaint.due_left_seconds = None
    let_go(complaint)
    save_step(complaint)
    close_protection(source=Protection.Source.COMPLAINT, reference=complaint.code, at=at)


def _workable(complaint_id: int, version: int, by: User, at: datetime) -> Complaint:
    """The complaint, locked, which `by` holds and nothing happened to since."""
    complaint = lock_complaint(complaint_id)
    check_held(complaint, by, at)
    check_version(complaint, version)
    if complaint.decision_id is not None:
        raise ComplaintError(
            _("Complaint %(code)s is decided and waits for a second person's release.") % {"code": complaint.code}
        )
    return complaint


def _check_still_open(complaint: Complaint) -> None:
    if not complaint.is_open() or complaint.decision_id is not None:
        raise ComplaintError(
            _("Complaint %(code)s is decided or over. You may appeal the decision where the page says so.")
            % {"code": complaint.code}
        )
