"""The course of a complaint: locked, moved on, written down, told. Every other action goes through here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from complaints.actions.desk_clock import DeskClock
from complaints.actions.errors import ComplaintError
from complaints.models import Complaint, Entry
from governance.policy.sections.redress import RedressRules
from shops.actions.publish_events import NewEvent, publish_events
from shops.models import AuditEntry, Event, Notice, Shop, User

LONGEST_TEXT: Final = 10_000
MAILED: Final = frozenset(
    {
        Entry.Kind.FILED,
        Entry.Kind.REFUSED,
        Entry.Kind.SHOP_ASKED,
        Entry.Kind.SHOP_REPLIED,
        Entry.Kind.SHOP_SILENT,
        Entry.Kind.BUYER_ASKED,
        Entry.Kind.BUYER_SILENT,
        Entry.Kind.OVERDUE,
        Entry.Kind.DECIDED,
        Entry.Kind.REOPENED,
        Entry.Kind.CLOSED,
    }
)
"""Steps of which complainants who left an address are told by mail."""


def lock_complaint(complaint_id: int) -> Complaint:
    """A complaint as it is now, locked until the transaction ends. Raises ComplaintError for an unknown id."""
    # Not for its key: rows that others add about it and commit meanwhile need not wait, which could be in a circle.
    rows = Complaint.objects.select_for_update(of=("self",), no_key=True).select_related("shop", "agent", "decision")
    complaint = rows.filter(pk=complaint_id).first()
    if complaint is None:
        raise ComplaintError(_("There is no such complaint. Open the list again and choose one of it."))
    return complaint


def lock_complaints(ids: Iterable[int]) -> list[Complaint]:
    """Several complaints, locked in the order of their keys. Raises ComplaintError where one is unknown."""
    wanted = sorted(set(ids))
    rows = Complaint.objects.select_for_update(of=("self",), no_key=True).select_related("shop", "agent", "decision")
    found = list(rows.filter(pk__in=wanted).order_by("pk"))
    if len(found) != len(wanted):
        raise ComplaintError(_("One of the complaints is unknown. Open the list again and choose anew."))
    return found


def check_version(complaint: Complaint, version: int) -> None:
    """Raise ComplaintError where something happened since that version was seen."""
    if complaint.version != version:
        raise ComplaintError(
            _("Something happened to complaint %(code)s since you opened it. Read what is new, then submit again.")
            % {"code": complaint.code}
        )


def check_held(complaint: Complaint, by: User, at: datetime) -> None:
    """Raise ComplaintError unless this person has drawn the complaint and still holds it."""
    if complaint.assigned_to_id != by.pk or not complaint.is_held_at(at):
        raise ComplaintError(
            _("You do not hold complaint %(code)s, or not any more. Take it before you work on it.")
            % {"code": complaint.code}
        )


def move(complaint: Complaint, state: str) -> None:
    """Set the state (saved by the caller) if the table of moves allows it; raise ComplaintError if not."""
    if not complaint.may_become(state):
        raise ComplaintError(
            _('Complaint %(code)s is "%(state)s": this step is not possible any more. Reload the page.')
            % {"code": complaint.code, "state": complaint.get_state_display()}
        )
    complaint.state = state


def written(text: str, what: str) -> str:
    """The text without outer white space. Raises ComplaintError where it is blank or too long."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise ComplaintError(_("%(what)s is empty. Write it.") % {"what": what})
    if len(text) > LONGEST_TEXT:
        raise ComplaintError(
            _("%(what)s has more than %(limit)d characters. Shorten it.") % {"what": what, "limit": LONGEST_TEXT}
        )
    return text


def let_go(complaint: Complaint) -> None:
    """Nobody holds it any more (saved by the caller)."""
    complaint.assigned_to = None
    complaint.assigned_until = None


def pause(complaint: Complaint, clock: DeskClock, at: datetime) -> None:
    """Stop the desk's clock while another side is asked (saved by the caller); again changes nothing."""
    if complaint.due_left_seconds is None:
        complaint.due_left_seconds = clock.seconds_left(at, complaint.due_at)


def resume(complaint: Complaint, clock: DeskClock, at: datetime) -> None:
    """Let the desk's clock run on from where it stood (saved by the caller)."""
    if complaint.due_left_seconds is not None:
        complaint.due_at = clock.due_at(at, complaint.due_left_seconds)
        complaint.due_left_seconds = None


def enter(
    complaint: Complaint,
    kind: str,
    *,
    side: str,
    at: datetime,
    by: User | None = None,
    text: str = "",
    audience: str = Entry.Audience.EVERYBODY,
) -> Entry:
    """Write one step down. It waits for its mail only where the complainant is to be sent one."""
    reaches_buyer = audience in (Entry.Audience.EVERYBODY, Entry.Audience.BUYER)
    wants_mail = bool(complaint.email) and reaches_buyer and kind in MAILED
    return Entry.objects.create(
        complaint=complaint,
        at=at,
        kind=kind,
        side=side,
        by=by,
        text=text,
        audience=audience,
        mailed_at=None if wants_mail else at,
    )


def audit(complaint: Complaint, action: str, *, by: User | None, detail: Mapping[str, Any] | None = None) -> None:
    """Leave the lasting record of who did what."""
    AuditEntry.objects.create(
        by=by,
        action=action,
        target=f"complaint {complaint.code}",
        detail={"shop": complaint.shop.code, **(detail or {})},
    )


def save_step(complaint: Complaint) -> None:
    """Save a step that others must see before they submit anything: the version rises."""
    complaint.version += 1
    complaint.save()


def tell_systems(complaints: Iterable[Complaint], at: datetime) -> None:
    """Publish that complaints changed; the last step of a transaction. Nothing in it names a buyer."""
    complaints = list(complaints)
    # Shops before the counter of events, as everywhere: an event's foreign key is checked when the transaction ends,
    # and would wait for whoever decides about the shop while that one waits for the counter.
    list(
        Shop.objects.select_for_update(no_key=True).filter(pk__in={each.shop_id for each in complaints}).order_by("pk")
    )
    publish_events(
        [
            NewEvent(
                Event.Type.COMPLAINT_CHANGED,
                each.shop_id,
                at,
                {
                    "complaint": each.code,
                    "shop_id": each.shop.code,
                    "kind": each.kind,
                    "standing": each.standing,
                    "state": each.state,
                    "version": each.version,
                    "due_at": each.due_at.isoformat(),
                    "decision": each.decision.code if each.decision is not None else None,
                },
            )
            for each in complaints
        ]
    )


def tell_shop(complaint: Complaint, at: datetime, *, what: str, words: str = "") -> None:
    """Leave a notice for the shop in both languages. `what` is one of asked, decided, withdrawn, reopened, silent."""
    title, text = {}, {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            title[language], line = _notice_words(complaint, what)
            text[language] = f"{line}\n{words}".strip()
    Notice.objects.get_or_create(
        shop=complaint.shop,
        agent=None,
        kind=Notice.Kind.COMPLAINT,
        reference=f"{complaint.code}:{what}:{complaint.version}",
        defaults={
            "title_en": title["en"][:200],
            "title_zh_hans": title["zh-hans"][:200],
            "text_en": text["en"],
            "text_zh_hans": text["zh-hans"],
            "created_at": at,
        },
    )


def _notice_words(complaint: Complaint, what: str) -> tuple[str, str]:
    values = {
        "code": complaint.code,
        "kind": complaint.get_kind_display(),
        "due": f"{complaint.shop_due_at:%Y-%m-%d %H:%M} UTC" if complaint.shop_due_at else "",
    }
    return {
        "asked": (
            _("Complaint %(code)s: your reply is asked for") % values,
            _("A complaint about your shop (%(kind)s) waits for your reply until %(due)s.") % values,
        ),
        "silent": (
            _("Complaint %(code)s goes on without your reply") % values,
            _("No reply came in time. The platform decides by what it has; a late reply is read until then.") % values,
        ),
        "decided": (
            _("Complaint %(code)s is decided") % values,
            _("The platform has decided complaint %(code)s. Its page says what was found and why.") % values,
        ),
        "withdrawn": (
            _("Complaint %(code)s was withdrawn") % values,
            _("The complainant does not pursue complaint %(code)s any further. You need not do anything.") % values,
        ),
        "reopened": (
            _("Complaint %(code)s is opened again") % values,
            _("The decision about complaint %(code)s was taken back; the platform looks into it again.") % values,
        ),
    }[what]


def renew_lease(complaint: Complaint, redress: RedressRules, by: User, at: datetime) -> None:
    """Whoever works on it keeps it for another lease; conditional, so that nobody's lease is taken over."""
    held = Complaint.objects.filter(Q(assigned_until__gt=at), pk=complaint.pk, assigned_to=by)
    until = at + lease_of(redress)
    if complaint.assigned_until is not None and until > complaint.assigned_until and held.update(assigned_until=until):
        complaint.assigned_until = until


def lease_of(redress: RedressRules) -> timedelta:
    """How long drawn work stays with a person."""
    return timedelta(minutes=redress.lease_minutes)
