"""What staff are asked when they make, rotate or revoke a token."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from shops.actions.service_tokens import Limits
from shops.models import ServiceToken, Shop

LONGEST_DAYS: Final = 3_650
OVERLAPS: Final = (
    (1, _("1 hour")),
    (24, _("1 day")),
    (7 * 24, _("7 days")),
    (30 * 24, _("30 days")),
    (0, _("none: the old one stops at once")),
)


class TokenForm(forms.Form):
    """What a new token is for."""

    name = forms.CharField(
        label=_("name"), max_length=100, help_text=_("The system that holds it."), widget=UnfoldAdminTextInputWidget()
    )
    scopes = forms.MultipleChoiceField(
        label=_("scopes"), choices=ServiceToken.Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )
    shop = forms.CharField(
        label=_("shop id"),
        required=False,
        max_length=128,
        help_text=_("Only for a shop's own system: it sees this shop alone."),
        widget=UnfoldAdminTextInputWidget(),
    )
    days = forms.IntegerField(
        label=_("days"),
        initial=365,
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text=_("How long it works."),
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    requests_per_minute = forms.IntegerField(
        label=_("requests a minute"),
        initial=Limits().requests_per_minute,
        min_value=1,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    rows_per_minute = forms.IntegerField(
        label=_("rows a minute"),
        initial=Limits().rows_per_minute,
        min_value=1,
        max_value=2_000_000_000,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def clean_shop(self) -> Shop | None:
        """The shop of that code. One query."""
        code = self.cleaned_data["shop"].strip()
        if not code:
            return None
        shop = Shop.objects.filter(code=code).first()
        if shop is None:
            raise forms.ValidationError(gettext("There is no such shop."))
        return shop


class RotationForm(forms.Form):
    """How a token is replaced."""

    overlap_hours = forms.TypedChoiceField(
        label=_("both work for"), choices=OVERLAPS, coerce=int, initial=24, widget=UnfoldAdminSelectWidget()
    )
    days = forms.IntegerField(
        label=_("days"),
        initial=365,
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text=_("How long the new one works."),
        widget=UnfoldAdminIntegerFieldWidget(),
    )


class RevocationForm(forms.Form):
    """That it is meant."""

    is_meant = forms.BooleanField(label=_("Yes, it shall work no longer"), widget=UnfoldBooleanWidget())
