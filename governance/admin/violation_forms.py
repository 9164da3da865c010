"""What staff are asked when a shop's conduct is judged: clause and gravity, facts, reasons, what the buyer gets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from governance.admin.decision_forms import LONGEST_REASONS
from governance.policy.reasons import Statement
from governance.policy.schema import PolicyDocument
from shops.models import Shop

NO_VIOLATION: Final = "none"
"""What is chosen where nothing was broken."""

Choices = list[tuple[str, str | list[tuple[str, str]]]]


def text_field(label: Any, *, rows: int = 3, required: bool = True, help_text: Any = "") -> forms.CharField:
    """A field for some paragraphs."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_REASONS,
        help_text=help_text,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": rows}),
    )


def calendar() -> forms.DateInput:
    """The browser's own calendar, which writes ISO dates."""
    return UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d")  # type: ignore[no-any-return]


def ruling_choices(document: PolicyDocument | None, first: Collection[str] = ()) -> Choices:
    """No violation, then each clause of the policy with its gravities; the clauses of `first` stand first."""
    language = get_language() or "en"
    clauses = document.violations.clauses if document is not None else ()
    ordered = sorted(clauses, key=lambda clause: clause.key not in first)
    return [
        (NO_VIOLATION, gettext("No violation")),
        *(
            (
                clause.title.in_language(language),
                [
                    (
                        f"{clause.key}:{gravity.key}",
                        f"{clause.title.in_language(language)}: {gravity.title.in_language(language)}",
                    )
                    for gravity in clause.gravities
                ],
            )
            for clause in ordered
        ),
    ]


class NoteForm(forms.Form):
    """What was done, for the record."""

    note = text_field(_("note"), help_text=_("Kept with it; only staff read it."))


class RulingForm(forms.Form):
    """Clause and gravity, facts and reasons in both languages, a note for staff."""

    ruling = forms.ChoiceField(label=_("clause and gravity"), widget=UnfoldAdminSelectWidget())
    facts_en = text_field(_("facts in English"), help_text=_("What happened. The shop and the complainant read it."))
    facts_zh_hans = text_field(_("facts in Chinese"))
    reasons_en = text_field(_("reasons in English"), help_text=_("Why the rule was broken, or not. Name no buyer."))
    reasons_zh_hans = text_field(_("reasons in Chinese"))
    private_note = text_field(_("private note"), rows=2, required=False, help_text=_("Only staff read it."))

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["ruling"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = choices

    def clause_and_gravity(self) -> tuple[str, str]:
        """The keys of what was chosen; both empty where nothing was broken."""
        chosen: str = self.cleaned_data["ruling"]
        clause, _colon, gravity = chosen.partition(":")
        return ("", "") if chosen == NO_VIOLATION else (clause, gravity)

    def facts(self) -> Statement:
        """What happened."""
        return Statement(self.cleaned_data["facts_en"].strip(), self.cleaned_data["facts_zh_hans"].strip())

    def words(self) -> Statement:
        """The public reasons."""
        return Statement(self.cleaned_data["reasons_en"].strip(), self.cleaned_data["reasons_zh_hans"].strip())


class ReplacementRulingForm(RulingForm):
    """How a shop is judged instead, and for what day."""

    occurred_on = forms.DateField(label=_("happened on"), widget=calendar())

    field_order: Sequence[str] | None = ("shop", "occurred_on", "ruling")


class ShopRulingForm(ReplacementRulingForm):
    """About which shop, for what day, how."""

    shop = forms.CharField(label=_("shop id"), max_length=128, widget=UnfoldAdminTextInputWidget())

    def clean(self) -> dict[str, Any]:
        """Find the shop. One query."""
        data = super().clean() or self.cleaned_data
        if "shop" in data:
            data["whom"] = Shop.objects.filter(code=data["shop"].strip()).first()
            if data["whom"] is None:
                self.add_error("shop", gettext("There is no such shop."))
        return data


class AppealAnswerForm(forms.Form):
    """The answer to an appeal in both languages, and a note for staff."""

    answer_en = text_field(_("answer in English"), help_text=_("Whoever appealed reads it, and the other side."))
    answer_zh_hans = text_field(_("answer in Chinese"))
    private_note = text_field(_("private note"), rows=2, required=False, help_text=_("Only staff read it."))

    def answer(self) -> Statement:
        """The public answer."""
        return Statement(self.cleaned_data["answer_en"].strip(), self.cleaned_data["answer_zh_hans"].strip())
