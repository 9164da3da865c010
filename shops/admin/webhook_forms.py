"""What staff are asked when they make or change a webhook endpoint, or rotate its secret."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldAdminURLInputWidget

from shops.actions.webhooks.addresses import AddressRefusedError, check_url
from shops.admin.token_forms import OVERLAPS
from shops.models import Event


class EndpointForm(forms.Form):
    """Whom to tell, where, and of what."""

    name = forms.CharField(
        label=_("name"),
        max_length=100,
        help_text=_("The system that receives."),
        widget=UnfoldAdminTextInputWidget(),
    )
    url = forms.URLField(
        label=_("address"),
        max_length=500,
        assume_scheme="https",
        help_text=_("Where it takes webhooks: https, and a public address."),
        widget=UnfoldAdminURLInputWidget(),
    )
    event_types = forms.MultipleChoiceField(
        label=_("events"),
        required=False,
        choices=[choice for choice in Event.Type.choices if choice[0] != Event.Type.TEST],
        help_text=_("None chosen: all, also those that come to be."),
        widget=forms.CheckboxSelectMultiple(),
    )

    def clean_url(self) -> str:
        """The address, if webhooks may be sent to it."""
        url: str = self.cleaned_data["url"]
        try:
            check_url(url)
        except AddressRefusedError as error:
            raise forms.ValidationError(str(error)) from error
        return url


class SecretForm(forms.Form):
    """How long both secrets sign."""

    overlap_hours = forms.TypedChoiceField(
        label=_("both sign for"), choices=OVERLAPS, coerce=int, initial=24, widget=UnfoldAdminSelectWidget()
    )


class ConfirmationForm(forms.Form):
    """Nothing to fill in: the button says what will be done."""
