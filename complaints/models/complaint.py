"""Complaints: what a buyer, or somebody for the buyer, says a shop did, and how far the platform has come with it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shops.models import Member

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from shops.models import User


def new_complaint_code() -> str:
    """A public reference: unique, in no order, with nothing about anybody in it."""
    return f"C-{uuid.uuid4().hex[:16]}"


def new_access_code() -> str:
    """What the buyer's own link to a complaint carries, signed. Random; replaced when the link is revoked."""
    return secrets.token_urlsafe(16)


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Named selections of complaints; permissions live here."""

    def open(self) -> ComplaintQuerySet:
        """Those that wait for somebody to act."""
        return self.filter(state__in=Complaint.OPEN)

    def at_desk(self) -> ComplaintQuerySet:
        """Those that wait for the platform, not for a shop or a buyer; the most urgent first."""
        return self.filter(state__in=Complaint.AT_DESK, buyer_due_at=None).order_by(
            F("escalated_at").asc(nulls_last=True), "priority", "due_at", "pk"
        )

    def free_at(self, instant: datetime) -> ComplaintQuerySet:
        """Those that nobody holds at an instant."""
        return self.filter(Q(assigned_until=None) | Q(assigned_until__lte=instant))

    def visible_to(self, user: User | AnonymousUser) -> ComplaintQuerySet:
        """Staff see all; owners, managers and viewers those of their shops that the shop was told of."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self if user.has_perm("complaints.view_complaint") else self.none()
        roles = (Member.Role.OWNER, Member.Role.MANAGER, Member.Role.VIEWER)
        shops = Member.objects.filter(user=user, role__in=roles).values("shop")
        return self.filter(shop__in=shops, told_shop_at__isnull=False)


class Complaint(models.Model):
    """One complaint of one buyer about one shop, or one report by somebody else.

    `version` rises with every step; whoever submits names the version that they saw, so that nobody overrules what
    happened meanwhile. Due dates run on the desk's clock, which stands still while the shop or the buyer is asked.
    """

    class Kind(models.TextChoices):
        """What it is about (governance.policy.sections.redress.COMPLAINT_KINDS)."""

        INTERCEPTION = "interception", _("my message was stopped")
        NO_ANSWER = "no_answer", _("no answer")
        BRUSH_OFF = "brush_off", _("brushed off")
        NARROWING = "narrowing", _("answered less after a case")
        ATTITUDE = "attitude", _("rude or threatening")
        REDIRECTION = "redirection", _("sent off the platform")
        GOODS = "goods", _("quality or illegal goods")
        OTHER = "other", _("something else")

    class Standing(models.TextChoices):
        """Who complains. A third party's report sanctions nobody by itself."""

        PARTY = "party", _("the buyer")
        REPRESENTATIVE = "representative", _("a representative of the buyer")
        THIRD_PARTY = "third_party", _("a third party")

    class State(models.TextChoices):
        """How far it has come."""

        RECEIVED = "received", _("received")
        AWAITING_SHOP = "awaiting_shop", _("the shop is heard")
        INVESTIGATING = "investigating", _("investigated")
        DECIDED = "decided", _("decided")
        CLOSED = "closed", _("closed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Wish(models.TextChoices):
        """What the complainant asks for."""

        MESSAGE_DELIVERED = "message_delivered", _("that my message is delivered")
        ANSWER = "answer", _("an answer")
        APOLOGY = "apology", _("an apology")
        COMPENSATION = "compensation", _("compensation")
        NONE = "none", _("nothing for myself")

    OPEN = (State.RECEIVED, State.AWAITING_SHOP, State.INVESTIGATING)
    AT_DESK = (State.RECEIVED, State.INVESTIGATING)

    code = models.CharField(_("reference"), max_length=20, unique=True, default=new_complaint_code)
    imported_id = models.CharField(
        _("id of another system"),
        max_length=128,
        null=True,
        blank=True,
        unique=True,
    )
    access_code = models.CharField(_("access code"), max_length=32, unique=True, default=new_access_code)
    access_ends_at = models.DateTimeField(
        _("link works until"), null=True, blank=True, help_text=_("Empty while the complaint is open.")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    standing = models.CharField(_("from"), max_length=20, choices=Standing.choices, default=Standing.PARTY)
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.RECEIVED)
    version = models.PositiveIntegerField(_("version"), default=1)

    shop = models.ForeignKey("shops.Shop", models.PROTECT, related_name="complaints", verbose_name=_("shop"))
    agent = models.ForeignKey(
        "shops.Agent", models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name=_("agent")
    )
    buyer_id = models.CharField(
        _("buyer id"), max_length=128, blank=True, help_text=_("Empty for a report, and once erased.")
    )
    name = models.CharField(_("name"), max_length=200, blank=True, help_text=_("Of a representative or third party."))
    email = models.EmailField(_("email"), blank=True, help_text=_("Where news goes, if any is wanted."))
    language = models.CharField(_("language"), max_length=10, default="en")
    conversation_id = models.CharField(_("conversation id"), max_length=128, blank=True)
    message_id = models.CharField(_("message id"), max_length=128, blank=True)
    subject = models.CharField(
        _("subject"), max_length=150, blank=True, help_text=_("The rule or event that it is about, where known.")
    )
    text = models.TextField(_("what happened"), max_length=10_000)
    wish = models.CharField(_("asks for"), max_length=20, choices=Wish.choices, default=Wish.NONE)
    happened_at = models.DateTimeField(_("happened at"), null=True, blank=True)
    filed_at = models.DateTimeField(_("filed at"))

    priority = models.PositiveSmallIntegerField(_("priority"), default=2, help_text=_("1 is drawn first."))
    due_at = models.DateTimeField(_("due at"))
    due_left_seconds = models.PositiveIntegerField(
        _("seconds left when paused"),
        null=True,
        blank=True,
        help_text=_("Of the desk's clock; empty while it runs."),
    )
    shop_due_at = models.DateTimeField(_("shop's reply due at"), null=True, blank=True)
    buyer_due_at = models.DateTimeField(
        _("buyer's answer due at"), null=True, blank=True, help_text=_("Set while the buyer is asked something.")
    )
    told_shop_at = models.DateTimeField(_("shop told at"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True)
    overdue_at = models.DateTimeField(
        _("noted as overdue at"), null=True, blank=True, help_text=_("When the missed deadline was told, once.")
    )
    assigned_to = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("with")
    )
    assigned_until = models.DateTimeField(_("with them until"), null=True, blank=True)

    matter = models.ForeignKey(
        "complaints.Matter",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name=_("matter"),
    )
    decision = models.ForeignKey(
        "governance.Decision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name=_("decision"),
    )
    is_refused = models.BooleanField(_("refused"), default=False, help_text=_("Not taken up, with reasons."))
    outcome_en = models.TextField(_("answer (English)"), blank=True)
    outcome_zh_hans = models.TextField(_("answer (Chinese)"), blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ["-id"]
        permissions = [
            ("work_complaint", _("Can draw, investigate and decide complaints")),
            ("assign_complaint", _("Can assign complaints to others")),
            ("read_buyer_text", _("Can read what buyers wrote and uploaded")),
            ("erase_buyer_data", _("Can erase what is kept of a buyer")),
        ]
        constraints = [
            models.CheckConstraint(
                name="decided_complaints_say_what_was_answered",
                condition=~Q(state="decided")
                | (Q(decided_at__isnull=False) & ~Q(outcome_en="") & ~Q(outcome_zh_hans="")),
            ),
            models.CheckConstraint(
                name="the_shop_is_heard_by_a_deadline",
                condition=~Q(state="awaiting_shop") | Q(shop_due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="complaints_of_parties_name_a_buyer",
                condition=Q(standing="third_party") | ~Q(buyer_id="") | Q(erased_at__isnull=False),
            ),
            models.CheckConstraint(
                name="held_complaints_say_by_whom_and_until_when",
                condition=Q(assigned_to=None, assigned_until=None)
                | Q(assigned_to__isnull=False, assigned_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "priority", "due_at"], name="complaint_queue"),
            models.Index(
                fields=["escalated_at", "priority", "due_at", "id"],
                condition=Q(state__in=["received", "investigating"]),
                name="complaint_desk_in_order",
            ),
            models.Index(fields=["kind", "state", "due_at"], name="complaint_queue_by_kind"),
            models.Index(fields=["shop", "-id"], name="complaint_by_shop"),
            models.Index(fields=["filed_at"], name="complaint_by_filing"),
            models.Index(fields=["shop", "buyer_id"], name="complaint_by_buyer"),
            models.Index(fields=["assigned_to", "state"], name="complaint_by_assignee"),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["received", "awaiting_shop", "investigating"]),
                name="complaint_open_by_due",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: complaints are kept; what is personal in one can be erased."""
        raise ValueError("A complaint cannot be deleted. Erase the buyer's data in it instead.")

    def is_open(self) -> bool:
        """True while somebody has to act."""
        return self.state in self.OPEN

    def may_become(self, state: str) -> bool:
        """True if the table of moves allows the step."""
        return state in MOVES[self.state]

    def is_held_at(self, instant: datetime) -> bool:
        """True while somebody has drawn it and not let go."""
        return self.assigned_until is not None and instant < self.assigned_until

    def link_works_at(self, instant: datetime) -> bool:
        """True while the buyer's own link opens it."""
        return self.access_ends_at is None or instant < self.access_ends_at

    def outcome_in(self, language: str) -> str:
        """The answer for a Django language code: Chinese for zh and its variants, else English."""
        return self.outcome_zh_hans if language.lower().startswith("zh") else self.outcome_en


_STATE = Complaint.State
MOVES: Final[Mapping[str, frozenset[str]]] = {
    _STATE.RECEIVED: frozenset({_STATE.AWAITING_SHOP, _STATE.INVESTIGATING, _STATE.CLOSED, _STATE.WITHDRAWN}),
    _STATE.AWAITING_SHOP: frozenset({_STATE.INVESTIGATING, _STATE.WITHDRAWN}),
    _STATE.INVESTIGATING: frozenset({_STATE.AWAITING_SHOP, _STATE.DECIDED, _STATE.CLOSED, _STATE.WITHDRAWN}),
    _STATE.DECIDED: frozenset({_STATE.CLOSED, _STATE.INVESTIGATING}),
    _STATE.CLOSED: frozenset({_STATE.INVESTIGATING}),
    _STATE.WITHDRAWN: frozenset(),
}
"""The allowed moves from each state. Closed without a decision is a refusal; a closed or decided one is opened again
only by an appeal that was accepted."""
