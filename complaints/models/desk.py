"""What the desk keeps beside complaints: who must not work on which, prepared words, second opinions."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Recusal(models.Model):
    """One person does not work on one complaint, because of an interest in it."""

    complaint = models.ForeignKey(
        "complaints.Complaint", models.PROTECT, related_name="recusals", verbose_name=_("complaint")
    )
    user = models.ForeignKey("shops.User", models.PROTECT, related_name="+", verbose_name=_("person"))
    reason = models.TextField(_("reason"), help_text=_("Only staff read it."))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("recusal")
        verbose_name_plural = _("recusals")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["complaint", "user"], name="one_recusal_per_person")]

    def __str__(self) -> str:
        return f"{self.complaint_id}: {self.user}"


class DeskTemplate(models.Model):
    """Words that staff may start from, in both languages. `{shop}`, `{reference}` and `{due}` are filled in."""

    class Use(models.TextChoices):
        """Where it is offered."""

        ASK_SHOP = "ask_shop", _("asking the shop")
        ASK_BUYER = "ask_buyer", _("asking the complainant")
        REFUSAL = "refusal", _("refusing")
        DECISION = "decision", _("deciding")
        APPEAL = "appeal", _("answering an appeal")

    title = models.CharField(_("title"), max_length=100, unique=True)
    use = models.CharField(_("offered when"), max_length=20, choices=Use.choices)
    text_en = models.TextField(_("text (English)"))
    text_zh_hans = models.TextField(_("text (Chinese)"))
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ["use", "title"]

    def __str__(self) -> str:
        return self.title


class BlindReview(models.Model):
    """A second opinion on a complaint that was decided without a violation, given without the first's reasons."""

    class Verdict(models.TextChoices):
        """What the second person finds."""

        VIOLATION = "violation", _("a violation")
        NO_VIOLATION = "no_violation", _("no violation")

    complaint = models.OneToOneField(
        "complaints.Complaint", models.PROTECT, related_name="blind_review", verbose_name=_("complaint")
    )
    decided_by = models.ForeignKey("shops.User", models.PROTECT, related_name="+", verbose_name=_("first decided by"))
    drawn_at = models.DateTimeField(_("drawn at"), help_text=_("By chance, when the first decision was taken."))
    reviewer = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewer")
    )
    verdict = models.CharField(_("verdict"), max_length=20, choices=Verdict.choices, blank=True)
    clause = models.CharField(_("clause"), max_length=20, blank=True, help_text=_("The one that was broken."))
    reason = models.TextField(_("reason"), blank=True)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("blind review")
        verbose_name_plural = _("blind reviews")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="blind_reviewers_did_not_decide", condition=Q(reviewer=None) | ~Q(reviewer=F("decided_by"))
            ),
            models.CheckConstraint(
                name="verdicts_say_who_when_and_why",
                condition=Q(verdict="", reviewed_at=None)
                | (~Q(verdict="") & ~Q(reason="") & Q(reviewer__isnull=False, reviewed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.verdict}"

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: reviews are kept."""
        raise ValueError("A blind review cannot be deleted.")
