"""Filing: a buyer, a representative or a third party says what a shop did, and learns by when it is answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.actions.course import audit, enter, lock_complaint, save_step, tell_systems, written
from complaints.actions.desk_clock import HOUR_SECONDS, DeskClock, policy_at
from complaints.actions.errors import ComplaintError
from complaints.actions.snapshot import snapshot_conversation
from complaints.models import Complaint, Entry
from governance.policy.sections.redress import RedressRules
from shops.actions.protections import open_protection
from shops.models import Agent, Protection, Shop, User

FUTURE_TOLERANCE: Final = timedelta(minutes=10)
"""How wrong a complainant's clock may be."""
LIMITS: Final = {"buyer_id": 128, "name": 200, "email": 254, "conversation_id": 128, "message_id": 128, "subject": 150}


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What somebody says. `kind`, `standing` and `wish` are values of the choices of `Complaint`."""

    shop: Shop
    kind: str
    text: str
    standing: str = "party"
    buyer_id: str = ""
    agent: Agent | None = None
    name: str = ""
    email: str = ""
    language: str = "en"
    conversation_id: str = ""
    message_id: str = ""
    subject: str = ""
    wish: str = "none"
    happened_at: datetime | None = None
    imported_id: str | None = None


def file_complaint(new: NewComplaint, *, at: datetime, by: User | None = None) -> Complaint:
    """File a complaint; return it with its deadline, or the open one that the same buyer filed about the same before.

    The same is: shop, buyer, conversation and kind. What is said now is added to the open one. A party's complaint
    protects the buyer, counts as an escalation and keeps the conversation; a third party's report does none of this.
    Raises ComplaintError for what cannot be taken, like a form.
    """
    policy = policy_at(at)
    redress = policy.rules().redress
    new = checked(new, redress, at)
    earlier = find_earlier(new)
    if earlier is None:
        complaint, is_new = _file(new, redress, at, by)
        if is_new:
            if new.imported_id is None:
                snapshot_conversation(complaint, at=at)
            return complaint
        earlier = complaint
    return _added_to(earlier, new, at)


def find_earlier(new: NewComplaint) -> Complaint | None:
    """The complaint that this one repeats: by the id of another system, or open about the same. At most two queries."""
    if new.imported_id is not None:
        return Complaint.objects.filter(imported_id=new.imported_id).first()
    if new.standing == Complaint.Standing.THIRD_PARTY:
        return None
    return (
        Complaint.objects.open()
        .filter(shop=new.shop, buyer_id=new.buyer_id, conversation_id=new.conversation_id, kind=new.kind)
        .exclude(standing=Complaint.Standing.THIRD_PARTY)
        .order_by("pk")
        .first()
    )


def is_party(complaint: Complaint) -> bool:
    """True for complaints of buyers and their representatives: they have the rights of a party, reporters have not."""
    return complaint.standing != Complaint.Standing.THIRD_PARTY


def checked(new: NewComplaint, redress: RedressRules, at: datetime) -> NewComplaint:
    """The complaint with its texts tidied. Raises ComplaintError that says which value is wrong and what to do."""
    _check_choices(new)
    texts = {name: getattr(new, name).replace("\x00", "").strip() for name in LIMITS}
    for name, limit in LIMITS.items():
        if len(texts[name]) > limit:
            raise ComplaintError(
                _("%(what)s has more than %(limit)d characters. Shorten it.") % {"what": name, "limit": limit}
            )
    if new.standing == Complaint.Standing.THIRD_PARTY:
        texts["buyer_id"] = ""
    elif not texts["buyer_id"]:
        raise ComplaintError(_("The complaint names no buyer. Open the form from the link in your chat."))
    if new.standing == Complaint.Standing.REPRESENTATIVE and not texts["name"]:
        raise ComplaintError(_("Whoever acts for a buyer gives a name. Write yours."))
    if new.agent is not None and new.agent.shop_id != new.shop.pk:
        raise ComplaintError(_("That agent works for another shop. Choose one of this shop, or none."))
    if texts["email"]:
        try:
            validate_email(texts["email"])
        except ValidationError as error:
            raise ComplaintError(_("The email address cannot be right. Correct it, or leave it empty.")) from error
    _check_time(new, redress, at)
    known = dict(settings.LANGUAGES)
    return replace(
        new,
        text=written(new.text, _("What happened")),
        language=new.language if new.language in known else "en",
        **texts,
    )


def due_for(kind: str, redress: RedressRules, at: datetime) -> datetime:
    """By when a complaint of a kind filed at an instant is decided, later for each so many of the same day before it.

    One query, beside the clock's.
    """
    clock, day, zone = DeskClock(redress, at), timezone.localdate(at), ZoneInfo(settings.TIME_ZONE)
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    next_day = day + timedelta(days=1)
    ends = datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone)
    filed_before = Complaint.objects.filter(filed_at__gte=begins, filed_at__lt=ends).count()
    days_later = filed_before // redress.flood_per_day
    hours = redress.complaint_rules(kind).decide_within_hours
    return clock.due_at(at, hours * HOUR_SECONDS + days_later * clock.day_seconds)


def _check_choices(new: NewComplaint) -> None:
    for value, choices, what in (
        (new.kind, Complaint.Kind.values, _("kind of complaint")),
        (new.standing, Complaint.Standing.values, _("standing")),
        (new.wish, Complaint.Wish.values, _("wish")),
    ):
        if value not in choices:
            raise ComplaintError(
                _('"%(value)s" is no %(what)s. Choose one of: %(choices)s.')
                % {"value": value[:50], "what": what, "choices": ", ".join(choices)}
            )


def _check_time(new: NewComplaint, redress: RedressRules, at: datetime) -> None:
    if new.happened_at is None:
        return
    if new.happened_at.utcoffset() is None:
        raise ComplaintError(_("The time at which it happened names no time zone. Add one."))
    if new.happened_at > at + FUTURE_TOLERANCE:
        raise ComplaintError(_("What you complain about lies in the future. Correct the time."))
    if at >= new.happened_at + timedelta(days=redress.file_within_days):
        raise ComplaintError(
            _("It happened more than %(days)d days ago; complaints are taken until then. %(routes)s")
            % {"days": redress.file_within_days, "routes": redress.outside_routes.in_language(new.language)}
        )


@transaction.atomic
def _file(new: NewComplaint, redress: RedressRules, at: datetime, by: User | None) -> tuple[Complaint, bool]:
    """The complaint and True, or the earlier one that somebody filed a moment ago and False."""
    # The lock lets the same buyer's two clicks come one after the other, and counts a flood right.
    shop = Shop.objects.select_for_update(no_key=True).get(pk=new.shop.pk)
    earlier = find_earlier(new)
    if earlier is not None:
        return earlier, False
    complaint = _opened(new, shop, redress, at)
    enter(complaint, Entry.Kind.FILED, side=Entry.Side.BUYER, at=at, by=by)
    if is_party(complaint):
        open_protection(shop, complaint.buyer_id, source=Protection.Source.COMPLAINT, reference=complaint.code, at=at)
    audit(complaint, "file_complaint", by=by, detail={"kind": new.kind, "standing": new.standing})
    tell_systems([complaint], at)
    return complaint, True


def _opened(new: NewComplaint, shop: Shop, redress: RedressRules, at: datetime) -> Complaint:
    rules = redress.complaint_rules(new.kind)
    return Complaint.objects.create(
        imported_id=new.imported_id,
        kind=new.kind,
        standing=new.standing,
        shop=shop,
        agent=new.agent,
        buyer_id=new.buyer_id,
        name=new.name,
        email=new.email,
        language=new.language,
        conversation_id=new.conversation_id,
        message_id=new.message_id,
        subject=new.subject,
        text=new.text,
        wish=new.wish,
        happened_at=new.happened_at,
        filed_at=at,
        priority=rules.priority,
        due_at=due_for(new.kind, redress, at),
    )


@transaction.atomic
def _added_to(earlier: Complaint, new: NewComplaint, at: datetime) -> Complaint:
    """The earlier complaint, with what is said now added to it unless it was said before or it is over by now."""
    earlier = lock_complaint(earlier.pk)
    said = {earlier.text, *earlier.entries.filter(side=Entry.Side.BUYER).values_list("text", flat=True)}
    if new.imported_id is not None or new.text in said or not earlier.is_open():
        return earlier
    enter(earlier, Entry.Kind.BUYER_ADDED, side=Entry.Side.BUYER, at=at, text=new.text)
    save_step(earlier)
    audit(earlier, "add_to_complaint", by=None)
    tell_systems([earlier], at)
    return earlier
