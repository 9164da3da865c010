"""What happened to a complaint, entry by entry: words of every side, and every step of the desk."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EntryQuerySet(models.QuerySet["Entry"]):
    """Named selections of entries."""

    def public(self) -> EntryQuerySet:
        """Those that the complainant and the shop may both read."""
        return self.filter(audience=Entry.Audience.EVERYBODY)

    def for_buyer(self) -> EntryQuerySet:
        """What the complainant may read."""
        return self.filter(audience__in=(Entry.Audience.EVERYBODY, Entry.Audience.BUYER))

    def for_shop(self) -> EntryQuerySet:
        """What the shop may read."""
        return self.filter(audience__in=(Entry.Audience.EVERYBODY, Entry.Audience.SHOP))


class Entry(models.Model):
    """One step or word in the course of a complaint. Append-only; words can be erased, the step stays."""

    class Kind(models.TextChoices):
        """What happened."""

        FILED = "filed", _("filed")
        TAKEN_UP = "taken_up", _("taken up")
        REFUSED = "refused", _("refused")
        SHOP_ASKED = "shop_asked", _("shop asked for a reply")
        SHOP_REPLIED = "shop_replied", _("shop replied")
        SHOP_SILENT = "shop_silent", _("shop did not reply in time")
        BUYER_ASKED = "buyer_asked", _("complainant asked")
        BUYER_ADDED = "buyer_added", _("complainant added something")
        BUYER_SILENT = "buyer_silent", _("complainant did not answer in time")
        EVIDENCE = "evidence", _("evidence added")
        DRAWN = "drawn", _("drawn")
        RETURNED = "returned", _("returned to the queue")
        RECUSED = "recused", _("recused")
        ASSIGNED = "assigned", _("assigned")
        ESCALATED = "escalated", _("escalated")
        OVERDUE = "overdue", _("deadline missed")
        GROUPED = "grouped", _("joined to a matter")
        NOTE = "note", _("note")
        DECIDED = "decided", _("decided")
        REOPENED = "reopened", _("opened again")
        REMEDY = "remedy", _("remedy")
        APPEALED = "appealed", _("appealed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CLOSED = "closed", _("closed")
        ERASED = "erased", _("personal data erased")

    class Side(models.TextChoices):
        """Who acted."""

        BUYER = "buyer", _("complainant")
        SHOP = "shop", _("shop")
        STAFF = "staff", _("platform")
        SYSTEM = "system", _("automatic")

    class Audience(models.TextChoices):
        """Who may read it, beside staff."""

        EVERYBODY = "everybody", _("everybody")
        BUYER = "buyer", _("the complainant")
        SHOP = "shop", _("the shop")
        STAFF = "staff", _("staff only")

    complaint = models.ForeignKey(
        "complaints.Complaint", models.PROTECT, related_name="entries", verbose_name=_("complaint")
    )
    at = models.DateTimeField(_("at"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    side = models.CharField(_("side"), max_length=10, choices=Side.choices)
    by = models.ForeignKey("shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    audience = models.CharField(_("for"), max_length=10, choices=Audience.choices, default=Audience.EVERYBODY)
    text = models.TextField(_("words"), max_length=10_000, blank=True)
    mailed_at = models.DateTimeField(
        _("mailed at"), null=True, blank=True, help_text=_("When the complainant was sent it, or no mail was wanted.")
    )

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], condition=Q(mailed_at=None), name="entry_to_mail")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry; one that is there can never be changed."""
        if not self._state.adding:
            raise ValueError("An entry cannot be changed. Add another one.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: the course of a complaint is kept."""
        raise ValueError("An entry cannot be deleted.")
