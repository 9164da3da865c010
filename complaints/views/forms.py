"""The forms of buyers, third parties and shops. What they refuse stays on the form with what was written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django import forms
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from complaints.models import Complaint
from complaints.views.uploads import ACCEPTED, FileInput, FilesField
from governance.policy.sections.redress import RedressRules

LONGEST_TEXT: Final = 10_000


class KindChoice(NamedTuple):
    """One kind of complaint as it is offered: its title, and what helps to prove it."""

    key: str
    title: str
    evidence: str


class TextField(forms.CharField):
    """Words of any length up to what is kept, without the one character that no database keeps."""

    def __init__(self, *, rows: int = 6, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def files_field(**kwargs: Any) -> FilesField:
    """A field for evidence."""
    return FilesField(required=False, widget=FileInput(attrs={"accept": ACCEPTED}), **kwargs)


def kinds_offered(rules: RedressRules) -> list[KindChoice]:
    """Every kind with the policy's title and the evidence it wants, in the reader's language."""
    language = get_language() or "en"
    listed = {each.kind for each in rules.complaints}
    offered = []
    for key, label in Complaint.Kind.choices:
        told = rules.complaint_rules(key)
        title = told.title.in_language(language) if key in listed else str(label)
        offered.append(KindChoice(key, capfirst(title), told.evidence.in_language(language)))
    return offered


class WhatHappened(forms.Form):
    """What a complaint and a report have in common."""

    kind = forms.ChoiceField(label=gettext_lazy("What is it about?"), widget=forms.RadioSelect)
    text = TextField(label=gettext_lazy("What happened?"))
    happened_on = forms.DateField(
        label=gettext_lazy("On which day?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Leave it empty if you do not remember."),
    )
    evidence = files_field(label=gettext_lazy("Pictures, PDF or recordings"))

    def __init__(self, *args: Any, kinds: Iterable[KindChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = list(kinds)
        self.fields["kind"].choices = [(each.key, each.title) for each in self.kinds]  # type: ignore[attr-defined]

    def kinds_shown(self) -> list[tuple[KindChoice, bool]]:
        """The kinds, and whether each is chosen."""
        chosen = self["kind"].value()
        return [(each, each.key == chosen) for each in self.kinds]

    def happened_at(self, timezone: str) -> datetime | None:
        """The start of the day in a time zone; None where none was named."""
        day = self.cleaned_data.get("happened_on")
        if day is None:
            return None
        return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


class ComplaintForm(WhatHappened):
    """A buyer's complaint, or one by somebody who acts for the buyer."""

    wish = forms.ChoiceField(
        label=gettext_lazy("What do you ask for?"),
        choices=lambda: [(key, capfirst(label)) for key, label in Complaint.Wish.choices],
        initial=Complaint.Wish.ANSWER,
        widget=forms.Select,
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("Who writes?"),
        choices=[
            (Complaint.Standing.PARTY, gettext_lazy("I am the buyer")),
            (Complaint.Standing.REPRESENTATIVE, gettext_lazy("I act for the buyer")),
        ],
        initial=Complaint.Standing.PARTY,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=200, required=False)
    authority = files_field(label=gettext_lazy("The buyer's authority for you (picture or PDF)"))
    email = forms.EmailField(
        label=gettext_lazy("Email for news"),
        required=False,
        help_text=gettext_lazy("Only if you want news by mail. Everything is on the complaint's page as well."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask a representative for a name and an authority."""
        cleaned = super().clean() or {}
        if cleaned.get("standing") == Complaint.Standing.REPRESENTATIVE:
            if not cleaned.get("name"):
                self.add_error("name", _("Write your name: you act for somebody else."))
            if not cleaned.get("authority"):
                self.add_error("authority", _("Add the authority that the buyer gave you."))
        return cleaned


class ReportForm(WhatHappened):
    """A third party's report. `website` is for machines: people do not see it and leave it empty."""

    shop = forms.CharField(
        label=gettext_lazy("Which shop?"),
        max_length=128,
        help_text=gettext_lazy("The shop's id, as the marketplace shows it."),
    )
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("Your email address"))
    website = forms.CharField(required=False, max_length=500)


class AddForm(forms.Form):
    """More from the buyer: words, files or both."""

    text = TextField(label=gettext_lazy("What do you want to add?"), required=False, rows=4)
    evidence = files_field(label=gettext_lazy("Pictures, PDF or recordings"))

    def clean(self) -> dict[str, Any]:
        """Refuse a form with nothing on it."""
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("text") and not cleaned.get("evidence"):
            raise forms.ValidationError(_("There is nothing to add yet. Write something or choose a file."))
        return cleaned


class AppealForm(forms.Form):
    """Why a decision should be looked at again."""

    text = TextField(label=gettext_lazy("What is wrong with the decision, and why?"))


class ReplyForm(forms.Form):
    """A shop's reply. `version` and `seen` say what its writer had seen of the complaint."""

    text = TextField(label=gettext_lazy("Your reply"))
    evidence = files_field(label=gettext_lazy("Pictures, PDF or recordings"))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**63 - 1)


class DigestForm(forms.Form):
    """A digest to be looked up."""

    digest = forms.RegexField(
        r"^\s*[0-9a-fA-F]{64}\s*$",
        label=gettext_lazy("SHA-256 digest"),
        error_messages={"invalid": gettext_lazy("A SHA-256 digest has 64 characters, each 0 to 9 or a to f.")},
    )

    def clean_digest(self) -> str:
        """In small letters."""
        return str(self.cleaned_data["digest"]).strip().lower()
