"""Appeals: a party asks for another look at a decision, by another person."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shops.models import Member

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from shops.models import User


def new_appeal_code() -> str:
    """A public reference: unique, in no order, with nothing about anybody in it."""
    return f"A-{uuid.uuid4().hex[:16]}"


class AppealQuerySet(models.QuerySet["Appeal"]):
    """Named selections of appeals; permissions live here."""

    def open(self) -> AppealQuerySet:
        """Those that wait for an answer."""
        return self.filter(state=Appeal.State.OPEN)

    def visible_to(self, user: User | AnonymousUser) -> AppealQuerySet:
        """Staff see all; owners and managers their shop's own; an agent the own. Buyers' are for staff only here."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self if user.has_perm("governance.view_appeal") else self.none()
        mine = Member.objects.filter(user=user)
        led = mine.filter(role__in=(Member.Role.OWNER, Member.Role.MANAGER)).values("shop")
        own = mine.filter(agent__isnull=False).values("agent")
        return self.filter(Q(who=Appeal.Who.SHOP, shop__in=led) | Q(who=Appeal.Who.AGENT, agent__in=own))


class Appeal(models.Model):
    """One appeal against one decision. Answered once, by another person than decided, with reasons."""

    class Who(models.TextChoices):
        """Whose appeal it is."""

        SHOP = "shop", _("shop")
        AGENT = "agent", _("agent")
        BUYER = "buyer", _("buyer")

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("open")
        ACCEPTED = "accepted", pgettext_lazy("appeal", "accepted")
        REJECTED = "rejected", pgettext_lazy("appeal", "rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    code = models.CharField(_("reference"), max_length=20, unique=True, default=new_appeal_code)
    decision = models.ForeignKey(
        "governance.Decision", models.PROTECT, related_name="appeals", verbose_name=_("decision")
    )
    who = models.CharField(_("party"), max_length=10, choices=Who.choices)
    number = models.PositiveSmallIntegerField(_("number"), default=1, help_text=_("1 for a party's first one."))
    shop = models.ForeignKey("shops.Shop", models.PROTECT, related_name="appeals", verbose_name=_("shop"))
    agent = models.ForeignKey(
        "shops.Agent", models.PROTECT, null=True, blank=True, related_name="appeals", verbose_name=_("agent")
    )
    buyer_id = models.CharField(_("buyer id"), max_length=128, blank=True)
    complaint = models.CharField(_("complaint"), max_length=40, blank=True, help_text=_("The buyer's, by reference."))
    filed_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("filed by")
    )
    text = models.TextField(_("what is appealed and why"), max_length=10_000)
    filed_at = models.DateTimeField(_("filed at"))
    due_at = models.DateTimeField(_("due at"))
    assigned_to = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("with")
    )
    assigned_until = models.DateTimeField(_("with them until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    decided_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer_en = models.TextField(_("answer (English)"), blank=True)
    answer_zh_hans = models.TextField(_("answer (Chinese)"), blank=True)
    private_note = models.TextField(_("private note"), blank=True, help_text=_("Only staff read it."))
    outcome = models.ForeignKey(
        "governance.Decision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("outcome"),
        help_text=_("The decision by which the appealed one was taken back or replaced."),
    )
    cannot_be_undone = models.JSONField(
        _("cannot be undone"),
        default=list,
        blank=True,
        help_text=_("An entry for each penalty that had run: its reference, the privileges and the days lost."),
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "who", "complaint", "number"], name="appeals_of_a_party_are_numbered"
            ),
            models.UniqueConstraint(
                fields=["decision", "who", "complaint"], condition=Q(state="open"), name="one_open_appeal_per_party"
            ),
            models.CheckConstraint(
                name="answered_appeals_say_who_when_and_why",
                condition=Q(state__in=["open", "withdrawn"], decided_by=None, outcome=None)
                | (
                    Q(state__in=["accepted", "rejected"], decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(answer_en="")
                    & ~Q(answer_zh_hans="")
                ),
            ),
            models.CheckConstraint(
                name="accepted_appeals_have_an_outcome", condition=~Q(state="accepted") | Q(outcome__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="appeal_queue"),
            models.Index(fields=["shop", "-id"], name="appeal_by_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.who})"

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: appeals are kept."""
        raise ValueError("An appeal cannot be deleted.")

    def is_open(self) -> bool:
        """True while it waits for an answer."""
        return self.state == self.State.OPEN

    def answer_in(self, language: str) -> str:
        """The answer for a Django language code: Chinese for zh and its variants, else English."""
        return self.answer_zh_hans if language.lower().startswith("zh") else self.answer_en
