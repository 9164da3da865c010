"""What the desk is asked at each step of a complaint. Each form carries the version that its reader saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from complaints.models import BlindReview
from governance.admin.violation_forms import RulingForm, text_field
from governance.models import Remedy
from governance.policy.reasons import Statement
from shops.models import User

REMEDIES: Final = tuple((kind.value, kind.label) for kind in Remedy.Kind)


class StepForm(forms.Form):
    """The version of the complaint that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput())


class WordsForm(StepForm):
    """Words to the shop or to the complainant."""

    words = text_field(_("words"), rows=6, help_text=_("They are sent as they stand here. Name nobody needlessly."))


class RefusalForm(StepForm):
    """Why a complaint is not taken up, in both languages. Outside routes are added by the policy."""

    words_en = text_field(_("reasons in English"), rows=5, help_text=_("The complainant reads them."))
    words_zh_hans = text_field(_("reasons in Chinese"), rows=5)

    def words(self) -> Statement:
        """The reasons."""
        return Statement(self.cleaned_data["words_en"].strip(), self.cleaned_data["words_zh_hans"].strip())


class DeskNoteForm(forms.Form):
    """A private note."""

    text = text_field(_("note"), help_text=_("Only staff read it."))


class RecusalForm(forms.Form):
    """Why somebody must not work on a complaint."""

    reason = text_field(_("reason"), help_text=_("Only staff read it. The complaint goes back to the queue."))


class VerdictForm(RulingForm):
    """Clause, facts and reasons; what the buyer gets by when; the evidence that it relies on."""

    remedy_kind = forms.ChoiceField(
        label=_("remedy"), choices=REMEDIES, initial=Remedy.Kind.NONE, widget=UnfoldAdminSelectWidget()
    )
    remedy_due_at = forms.DateTimeField(
        label=_("remedy due at"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    evidence = forms.MultipleChoiceField(
        label=_("evidence relied on"), required=False, widget=forms.CheckboxSelectMultiple()
    )

    def __init__(self, *args: Any, evidence: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["evidence"]
        assert isinstance(choice, forms.MultipleChoiceField)
        choice.choices = [(str(key), name) for key, name in evidence]
        if not evidence:
            del self.fields["evidence"]

    def evidence_ids(self) -> list[int]:
        """The numbers of the files that were chosen."""
        return [int(key) for key in self.cleaned_data.get("evidence", ())]

    def clean(self) -> dict[str, Any]:
        """A remedy has a day by which it is owed."""
        data = super().clean() or self.cleaned_data
        if data.get("remedy_kind") not in (None, Remedy.Kind.NONE) and not data.get("remedy_due_at"):
            self.add_error("remedy_due_at", gettext("Say by when the buyer gets it."))
        return data


class DecideForm(VerdictForm):
    """The verdict about one complaint, with the version that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput())


class AssignForm(forms.Form):
    """To whom complaints go."""

    to = forms.ModelChoiceField(label=_("person"), queryset=User.objects.none(), widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["to"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = desk_people()


class GroupForm(forms.Form):
    """What a matter is called."""

    title = forms.CharField(
        label=_("title"),
        max_length=200,
        help_text=_("What the complaints have in common, such as the rule that stopped them. Name no buyer."),
        widget=UnfoldAdminTextInputWidget(),
    )


class BlindVerdictForm(forms.Form):
    """A second opinion."""

    verdict = forms.ChoiceField(
        label=_("verdict"), choices=BlindReview.Verdict.choices, widget=UnfoldAdminSelectWidget()
    )
    clause = forms.ChoiceField(
        label=_("clause"), required=False, help_text=_("The one that was broken."), widget=UnfoldAdminSelectWidget()
    )
    reason = text_field(_("reason"), rows=5, help_text=_("Only staff read it."))

    def __init__(self, *args: Any, clauses: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["clause"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", gettext("none")), *clauses]

    def clean(self) -> dict[str, Any]:
        """A violation names its clause; no violation names none."""
        data = super().clean() or self.cleaned_data
        if data.get("verdict") == BlindReview.Verdict.VIOLATION and not data.get("clause"):
            self.add_error("clause", gettext("Name the clause that was broken."))
        if data.get("verdict") == BlindReview.Verdict.NO_VIOLATION:
            data["clause"] = ""
        return data


def desk_people() -> Any:
    """Active staff who may work on complaints."""
    right = Permission.objects.filter(codename="work_complaint", content_type__app_label="complaints")
    able = Q(is_superuser=True) | Q(user_permissions__in=right) | Q(groups__permissions__in=right)
    return User.objects.filter(able, is_active=True, is_staff=True).distinct().order_by("username")
