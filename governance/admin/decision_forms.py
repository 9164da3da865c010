"""What staff are asked when they decide about an agent, or review or end a decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from governance.policy.reasons import Statement
from shops.models import Agent

LONGEST_REASONS = 4_000
"""Less than the 5,000 characters of the DSA transparency database, which get clause and figures as well."""


def _calendar() -> forms.DateInput:
    """The browser's own calendar, which writes ISO dates."""
    return UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d")  # type: ignore[no-any-return]


class ReviewForm(forms.Form):
    """Why a held decision is released or dismissed."""

    reason = forms.CharField(
        label=_("reason"),
        max_length=LONGEST_REASONS,
        help_text=_("Kept with the decision; only staff read it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class ReasonsForm(forms.Form):
    """Public reasons in both languages, and a note for staff."""

    reasons_en = forms.CharField(
        label=_("reasons in English"),
        max_length=LONGEST_REASONS,
        help_text=_("The agent and the shop read them. Name no buyer."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    reasons_zh_hans = forms.CharField(
        label=_("reasons in Chinese"),
        max_length=LONGEST_REASONS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    private_note = forms.CharField(
        label=_("private note"),
        required=False,
        max_length=LONGEST_REASONS,
        help_text=_("Only staff read it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def words(self) -> Statement:
        """The public reasons."""
        return Statement(self.cleaned_data["reasons_en"].strip(), self.cleaned_data["reasons_zh_hans"].strip())


class ReplacementForm(ReasonsForm):
    """By which clause and facts an agent is judged; about whom is known."""

    clause = forms.ChoiceField(label=_("clause"), widget=UnfoldAdminSelectWidget())
    facts_first_on = forms.DateField(label=_("first day of the facts"), widget=_calendar())
    facts_last_on = forms.DateField(label=_("last day of the facts"), widget=_calendar())

    field_order: Sequence[str] | None = ("shop", "agent", "clause", "facts_first_on", "facts_last_on")

    def __init__(self, *args: Any, clauses: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["clause"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = clauses


class DecisionForm(ReplacementForm):
    """About whom, by which clause and facts."""

    shop = forms.CharField(label=_("shop id"), max_length=128, widget=UnfoldAdminTextInputWidget())
    agent = forms.CharField(label=_("agent id"), max_length=128, widget=UnfoldAdminTextInputWidget())

    def clean(self) -> dict[str, Any]:
        """Find the agent. One query."""
        data = super().clean() or self.cleaned_data
        if "shop" in data and "agent" in data:
            found = Agent.objects.filter(shop__code=data["shop"].strip(), code=data["agent"].strip())
            data["who"] = found.select_related("shop").first()
            if data["who"] is None:
                self.add_error("agent", gettext("This shop has no such agent."))
        return data
