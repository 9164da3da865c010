"""Erasures of buyers' texts: asked for here, done by a job."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from shops.actions.erase_buyer import ask_erasure
from shops.admin.base import ReadOnlyAdmin, page_action
from shops.admin.pills import pill
from shops.models import Erasure, Shop, User


class ErasureForm(forms.Form):
    """Whose texts, where, and why."""

    buyer_id = forms.CharField(label=_("buyer id"), max_length=128, widget=UnfoldAdminTextInputWidget)
    shop = forms.CharField(
        label=_("shop"),
        max_length=64,
        required=False,
        help_text=_("The shop's id; empty: at every shop."),
        widget=UnfoldAdminTextInputWidget,
    )
    reason = forms.CharField(
        label=_("reason"),
        max_length=500,
        help_text=_("Who asked for it and why. It is kept."),
        widget=UnfoldAdminTextInputWidget,
    )

    def clean_shop(self) -> Shop | None:
        """The shop of that id."""
        code = self.cleaned_data["shop"]
        if not code:
            return None
        shop = Shop.objects.filter(code=code).first()
        if shop is None:
            raise forms.ValidationError(_("There is no shop with this id."))
        return shop


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin[Erasure]):
    """Every erasure that was asked for, and how far it is."""

    list_display = ("buyer_id", "shop", "state", "requested_at", "requested_by", "messages", "done_at")
    list_select_related = ("shop", "requested_by")
    search_fields = ("=buyer_id", "=shop__code")
    search_help_text = _("Exact buyer id or shop id")
    fields = ("buyer_id", "shop", "reason", ("requested_at", "requested_by"), "messages", ("rewritten_at", "done_at"))
    actions_list = ("erase",)

    def has_erase_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        """True for those with the permission of its own."""
        return request.user.has_perm("shops.erase_buyer")

    @admin.display(description=_("state"))
    def state(self, erasure: Erasure) -> SafeString:
        """How far it is."""
        if erasure.done_at is not None:
            return pill(gettext("done"), "best")
        if erasure.rewritten_at is not None:
            return pill(gettext("old files go soon"), "brand")
        return pill(gettext("waiting for the job"), "none")

    @page_action(description=_("Erase a buyer's texts"), url_path="erase", icon="ink_eraser", permissions=["erase"])
    def erase(self, request: HttpRequest) -> HttpResponse:
        """Ask for an erasure."""
        if not isinstance(request.user, User) or not self.has_erase_permission(request):
            raise PermissionDenied
        form = ErasureForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            asked: dict[str, Any] = form.cleaned_data
            ask_erasure(asked["buyer_id"], reason=asked["reason"], by=request.user, shop=asked["shop"])
            messages.success(
                request, gettext("It is noted. A job takes the texts out; no more of them come in from now on.")
            )
            return redirect("admin:shops_erasure_changelist")
        context = {**self.admin_site.each_context(request), "form": form, "title": gettext("Erase a buyer's texts")}
        return render(request, "shops/token_form.html", context)
