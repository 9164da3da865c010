"""Deliveries: how far each event has come on its way to each endpoint; sent again or skipped by staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from shops.actions.webhooks.redeliver import redeliver, skip_delivery
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.admin.records import as_block
from shops.admin.webhook_forms import ConfirmationForm
from shops.models import Delivery, User
from shops.tasks import deliver_webhooks
from shops.views.figures import ABSENT

MANAGE: Final = "shops.manage_webhookendpoint"
TONES: Final = {
    Delivery.State.WAITING: "middle",
    Delivery.State.DELIVERED: "best",
    Delivery.State.GIVEN_UP: "worst",
    Delivery.State.SKIPPED: "none",
}


class Managed:
    """Only those who may manage webhooks change anything. Mixed into the admins of endpoints and deliveries."""

    def has_manage_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        """True for those with the permission of its own."""
        return request.user.has_perm(MANAGE)


@admin.register(Delivery)
class DeliveryAdmin(Managed, LongListAdmin[Delivery]):
    """Each event on its way to each endpoint: how often it was tried, and what the receiver said last."""

    list_display = (
        "position",
        "event_type",
        "shop",
        "endpoint",
        "state_pill",
        "attempts",
        "last_status",
        "last_error",
        "next_attempt",
    )
    list_filter = ("state", "endpoint", ("event__happened_at", RangeDateTimeFilter))
    list_select_related = ("event", "endpoint", "shop")
    search_fields = ("=event__code", "=shop__code")
    search_help_text = _("Exact event id or shop id")
    ordering = ("-id",)
    fields = (
        ("event", "endpoint", "shop"),
        ("state_pill", "attempts"),
        ("last_attempt_at", "delivered_at", "next_attempt"),
        ("last_status", "last_error"),
        "data_block",
    )
    actions = ("redeliver_selected", "skip_selected")  # type: ignore[assignment]
    actions_detail = ("send_again", "skip")

    @admin.display(description=_("type"))
    def event_type(self, delivery: Delivery) -> str:
        """What happened."""
        return delivery.event.get_type_display()

    @admin.display(description=_("state"))
    def state_pill(self, delivery: Delivery) -> SafeString:
        """Where it is."""
        return pill(delivery.get_state_display(), TONES[Delivery.State(delivery.state)])

    @admin.display(description=_("next attempt at"))
    def next_attempt(self, delivery: Delivery) -> Any:
        """When it is due; nothing for one that does not wait."""
        return delivery.next_attempt_at if delivery.state == Delivery.State.WAITING else ABSENT

    @admin.display(description=_("data"))
    def data_block(self, delivery: Delivery) -> SafeString:
        """What the receiver is sent."""
        return as_block(delivery.event.data)

    @admin.action(description=_("Send again"), permissions=["manage"])
    def redeliver_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Send the chosen ones again, in their order."""
        assert isinstance(request.user, User)  # admin_view lets nobody else in
        now, count = timezone.now(), 0
        for delivery in queryset.order_by("position"):
            redeliver(delivery, now=now, by=request.user)
            count += 1
        hurry()
        told = ngettext("%(count)s delivery is being sent again.", "%(count)s deliveries are being sent again.", count)
        messages.success(request, told % {"count": count})

    @admin.action(description=_("Skip"), permissions=["manage"])
    def skip_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Send the chosen ones that wait no more."""
        assert isinstance(request.user, User)  # admin_view lets nobody else in
        by = request.user
        count = sum(skip_delivery(delivery, by=by) for delivery in queryset.order_by("position"))
        hurry()
        told = ngettext("%(count)s delivery was skipped.", "%(count)s deliveries were skipped.", count)
        messages.success(request, told % {"count": count})

    @page_action(description=_("Send again"), url_path="again", icon="replay", permissions=["manage"])
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send it again at once, with the same id."""

        def act(delivery: Delivery, by: User) -> str:
            redeliver(delivery, now=timezone.now(), by=by)
            return gettext("The delivery is being sent again.")

        return self._confirm(request, object_id, gettext("Send again"), act)

    @page_action(description=_("Skip"), url_path="skip", icon="skip_next", permissions=["manage"])
    def skip(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send it no more, so that later ones of its shop go on."""

        def act(delivery: Delivery, by: User) -> str:
            is_skipped = skip_delivery(delivery, by=by)
            return gettext("The delivery was skipped.") if is_skipped else gettext("The delivery was not waiting.")

        return self._confirm(request, object_id, gettext("Skip"), act)

    def _confirm(
        self, request: HttpRequest, object_id: str, title: str, act: Callable[[Delivery, User], str]
    ) -> HttpResponse:
        delivery = get_object_or_404(Delivery, pk=row_number(object_id))
        if request.method == "POST":
            assert isinstance(request.user, User)  # admin_view lets nobody else in
            messages.success(request, act(delivery, request.user))
            hurry()
            return redirect("admin:shops_delivery_change", delivery.pk)
        context = {**self.admin_site.each_context(request), "title": title, "form": ConfirmationForm()}
        return render(request, "shops/token_form.html", context)


def hurry() -> None:
    """Let a worker sweep now. Without Redis, or where it does not answer, the sweep of the next minute does it."""
    if settings.REDIS_URL:
        transaction.on_commit(deliver_webhooks.delay, robust=True)


def row_number(object_id: str) -> int:
    """The key of a row in an address. Raises Http404 for anything else."""
    if not (object_id.isascii() and object_id.isdecimal()) or len(object_id) > 18:
        raise Http404
    return int(object_id)
