"""What shops and agents are told, on their own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shops.models.member import Member

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from shops.models.user import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Named selections of notices; permissions live here."""

    def visible_to(self, user: User | AnonymousUser) -> NoticeQuerySet:
        """Staff see all; owners and managers all of their shops; viewers what is for the shop; an agent the own.

        What an agent was told is not listed again for owners and managers where the shop was told of the same.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self if user.has_perm("shops.view_notice") else self.none()
        mine = Member.objects.filter(user=user)
        whole_shops = mine.filter(role__in=(Member.Role.OWNER, Member.Role.MANAGER)).values("shop")
        shops_alone = mine.filter(role=Member.Role.VIEWER).values("shop")
        own_records = mine.filter(agent__isnull=False).values("agent")
        told_shop = Notice.objects.filter(
            shop=OuterRef("shop"), kind=OuterRef("kind"), reference=OuterRef("reference"), agent=None
        )
        return self.filter(
            Q(Q(agent=None) | ~Exists(told_shop), shop__in=whole_shops)
            | Q(shop__in=shops_alone, agent=None)
            | Q(agent__in=own_records),
        )

    def addressed_to(self, user: User | AnonymousUser) -> NoticeQuerySet:
        """Those that are this person's to read: the shop's for its owners and managers, an agent's for the agent.

        Only they mark one as read: an owner who looks at what an agent was told has not read it in the agent's place.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = Member.objects.filter(user=user)
        led = mine.filter(role__in=(Member.Role.OWNER, Member.Role.MANAGER)).values("shop")
        own_records = mine.filter(agent__isnull=False).values("agent")
        return self.filter(Q(shop__in=led, agent=None) | Q(agent__in=own_records))

    def unread(self) -> NoticeQuerySet:
        """Those that nobody whom they are addressed to has marked as read."""
        return self.filter(read_at=None)


class Notice(models.Model):
    """One message of the platform to a shop, or to one agent of it, in both languages."""

    class Kind(models.TextChoices):
        """What it is about."""

        PRIVILEGES = "privileges", _("privileges")
        DECISION = "decision", _("decision")
        PENALTY = "penalty", _("penalty")
        APPEAL = "appeal", _("appeal")
        COMPLAINT = "complaint", _("complaint")

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="notices", verbose_name=_("shop"))
    agent = models.ForeignKey(
        "shops.Agent", models.CASCADE, null=True, blank=True, related_name="notices", verbose_name=_("agent")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    reference = models.CharField(
        _("reference"), max_length=100, help_text=_("What it is about; one notice of a kind to each reader of it.")
    )
    title_en = models.CharField(_("title (English)"), max_length=200)
    title_zh_hans = models.CharField(_("title (Chinese)"), max_length=200)
    text_en = models.TextField(_("text (English)"))
    text_zh_hans = models.TextField(_("text (Chinese)"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_index=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    read_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("read by")
    )

    mailed_at = models.DateTimeField(
        _("mailed at"), null=True, blank=True, help_text=_("When mail was sent, or it was found that nobody wants any.")
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "kind", "reference"],
                condition=models.Q(agent=None),
                name="one_notice_per_shop_and_matter",
            ),
            models.UniqueConstraint(fields=["agent", "kind", "reference"], name="one_notice_per_agent_and_matter"),
        ]
        indexes = [
            models.Index(fields=["shop", "-id"], name="notice_by_shop"),
            models.Index(fields=["shop"], condition=models.Q(read_at=None), name="notice_unread_by_shop"),
            models.Index(fields=["id"], condition=models.Q(mailed_at=None), name="notice_to_mail"),
        ]

    def __str__(self) -> str:
        return self.title_en

    def title_in(self, language: str) -> str:
        """The title for a Django language code: Chinese for zh and its variants, else English."""
        return self.title_zh_hans if language.lower().startswith("zh") else self.title_en

    def text_in(self, language: str) -> str:
        """The text for a Django language code."""
        return self.text_zh_hans if language.lower().startswith("zh") else self.text_en
