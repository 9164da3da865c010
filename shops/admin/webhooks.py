"""Webhooks: events in their order, the endpoints that are told of them, and how far each delivery has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Min, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from shops.actions.webhooks.endpoints import (
    EndpointError,
    NewSecret,
    change_endpoint,
    make_endpoint,
    pause_endpoint,
    resume_endpoint,
    rotate_secret,
    send_test_event,
)
from shops.admin.base import LongListAdmin, ReadOnlyAdmin, page_action
from shops.admin.deliveries import Managed, hurry, row_number
from shops.admin.pills import pill
from shops.admin.records import as_block
from shops.admin.webhook_forms import ConfirmationForm, EndpointForm, SecretForm
from shops.models import Delivery, Event, User, WebhookEndpoint
from shops.views.figures import ABSENT


@admin.register(Event)
class EventAdmin(LongListAdmin[Event]):
    """What other systems can read and are sent, in the order in which it was committed."""

    list_display = ("position", "type", "shop", "happened_at", "code")
    list_filter = (("happened_at", RangeDateTimeFilter), "type")
    list_select_related = ("shop",)
    search_fields = ("=code", "=shop__code")
    search_help_text = _("Exact event id or shop id")
    ordering = ("-position",)
    fields = (("position", "code"), ("type", "shop"), "happened_at", "data_block")

    @admin.display(description=_("data"))
    def data_block(self, event: Event) -> SafeString:
        """What receivers are sent."""
        return as_block(event.data)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(Managed, ReadOnlyAdmin[WebhookEndpoint]):
    """The systems that are told, and whether they take it. What is changed of one goes through its actions."""

    list_display = ("name", "state", "url", "wanted", "waiting", "oldest_waiting", "given_up")
    list_filter = ("is_active",)
    search_fields = ("name", "url")
    search_help_text = _("Part of the name or address")
    fields = (
        ("name", "state"),
        "disabled",
        "url",
        "wanted",
        ("waiting", "oldest_waiting", "given_up"),
        "deliveries_link",
        ("first_position", "queued_position"),
        "previous_secret_until",
        ("created_by", "created_at"),
    )
    actions_list = ("add_endpoint",)
    actions_detail = ("try_out", "edit", "rotate", "pause", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        """All endpoints, each with its deliveries counted in the list's own query."""
        deliveries = Delivery.objects.filter(endpoint=OuterRef("pk")).order_by().values("endpoint")
        waiting = deliveries.filter(state=Delivery.State.WAITING)
        given_up = deliveries.filter(state=Delivery.State.GIVEN_UP)
        return (
            super()
            .get_queryset(request)
            .annotate(
                waiting_count=Subquery(waiting.annotate(total=Count("pk")).values("total")),
                waiting_since=Subquery(waiting.annotate(first=Min("event__happened_at")).values("first")),
                given_up_count=Subquery(given_up.annotate(total=Count("pk")).values("total")),
            )
        )

    @admin.display(description=_("state"))
    def state(self, endpoint: WebhookEndpoint) -> SafeString:
        """Whether anything is sent to it."""
        if endpoint.is_active:
            return pill(gettext("active"), "best")
        return pill(gettext("disabled"), "worst") if endpoint.disabled_at else pill(gettext("paused"), "none")

    @admin.display(description=_("why disabled"))
    def disabled(self, endpoint: WebhookEndpoint) -> str:
        """Since when it takes nothing, and why; what waits is sent once it is resumed."""
        if endpoint.disabled_at is None:
            return ABSENT
        since = timezone.localtime(endpoint.disabled_at).strftime("%Y-%m-%d %H:%M")
        return f"{since} – {endpoint.disabled_reason}"

    @admin.display(description=_("events"))
    def wanted(self, endpoint: WebhookEndpoint) -> str:
        """What it is told of."""
        labels = dict(Event.Type.choices)
        return gettext(", ").join(str(labels.get(each, each)) for each in endpoint.event_types) or gettext("all")

    @admin.display(description=_("waiting"))
    def waiting(self, endpoint: WebhookEndpoint) -> int:
        """How many deliveries are on their way."""
        return getattr(endpoint, "waiting_count", None) or 0

    @admin.display(description=_("oldest waiting"))
    def oldest_waiting(self, endpoint: WebhookEndpoint) -> Any:
        """When the oldest event that waits happened."""
        return getattr(endpoint, "waiting_since", None) or ABSENT

    @admin.display(description=_("given up"))
    def given_up(self, endpoint: WebhookEndpoint) -> int:
        """How many deliveries were given up and not sent again."""
        return getattr(endpoint, "given_up_count", None) or 0

    @admin.display(description=_("deliveries"))
    def deliveries_link(self, endpoint: WebhookEndpoint) -> SafeString:
        """The list of this endpoint's deliveries."""
        url = reverse("admin:shops_delivery_changelist")
        return format_html(
            '<a class="ol-link" href="{}?endpoint__id__exact={}">{}</a>', url, endpoint.pk, gettext("All deliveries")
        )

    @page_action(description=_("Make an endpoint"), url_path="make", icon="add", permissions=["manage"])
    def add_endpoint(self, request: HttpRequest) -> HttpResponse:
        """Make an endpoint from a form, and show its secret."""

        def make(wanted: dict[str, Any], by: User) -> NewSecret:
            return make_endpoint(wanted["name"], wanted["url"], wanted["event_types"], now=timezone.now(), by=by)

        return self._ask(request, EndpointForm, gettext("Make an endpoint"), make)

    @page_action(description=_("Change"), url_path="edit", icon="edit", permissions=["manage"])
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change its name, address and events."""
        endpoint = _endpoint(object_id)

        def change(wanted: dict[str, Any], by: User) -> str:
            change_endpoint(endpoint, **wanted, by=by)
            return gettext("The endpoint was changed.")

        initial = {"name": endpoint.name, "url": endpoint.url, "event_types": endpoint.event_types}
        return self._ask(request, EndpointForm, gettext("Change %(name)s") % {"name": endpoint}, change, initial)

    @page_action(description=_("Rotate the secret"), url_path="rotate", icon="autorenew", permissions=["manage"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give it another secret, and show that; both sign for a while."""
        endpoint = _endpoint(object_id)

        def replace(wanted: dict[str, Any], by: User) -> NewSecret:
            overlap = timedelta(hours=wanted["overlap_hours"])
            return rotate_secret(endpoint, now=timezone.now(), overlap=overlap, by=by)

        title = gettext("Rotate the secret of %(name)s") % {"name": endpoint}
        return self._ask(request, SecretForm, title, replace)

    @page_action(description=_("Pause"), url_path="pause", icon="pause", permissions=["manage"])
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send it nothing until it is resumed."""
        endpoint = _endpoint(object_id)

        def stop(_wanted: dict[str, Any], by: User) -> str:
            pause_endpoint(endpoint, by=by)
            return gettext("The endpoint is paused. What happens meanwhile waits for it.")

        return self._ask(request, ConfirmationForm, gettext("Pause %(name)s") % {"name": endpoint}, stop)

    @page_action(description=_("Resume"), url_path="resume", icon="play_arrow", permissions=["manage"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send to it again, also after it was disabled."""
        endpoint = _endpoint(object_id)

        def go_on(_wanted: dict[str, Any], by: User) -> str:
            resume_endpoint(endpoint, now=timezone.now(), by=by)
            return gettext("The endpoint is active. What waited for it is being sent.")

        return self._ask(request, ConfirmationForm, gettext("Resume %(name)s") % {"name": endpoint}, go_on)

    @page_action(description=_("Send a test event"), url_path="test", icon="send", permissions=["manage"])
    def try_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send an event that means nothing, to this endpoint alone."""
        endpoint = _endpoint(object_id)

        def test(_wanted: dict[str, Any], by: User) -> str:
            send_test_event(endpoint, now=timezone.now(), by=by)
            return gettext("A test event is on its way. The list of deliveries shows what becomes of it.")

        title = gettext("Send a test event to %(name)s") % {"name": endpoint}
        return self._ask(request, ConfirmationForm, title, test)

    def _ask(
        self,
        request: HttpRequest,
        kind: type[forms.Form],
        title: str,
        act: Callable[[dict[str, Any], User], NewSecret | str],
        initial: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a form; where it was filled in well, act, and show a new secret on a page that nothing keeps."""
        form = kind(request.POST if request.method == "POST" else None, initial=initial)
        context = {**self.admin_site.each_context(request), "title": title, "form": form}
        if request.method != "POST" or not form.is_valid():
            return render(request, "shops/token_form.html", context)
        assert isinstance(request.user, User)  # admin_view lets nobody else in
        try:
            done = act(form.cleaned_data, request.user)
        except EndpointError as error:
            messages.error(request, str(error))
            return redirect("admin:shops_webhookendpoint_changelist")
        if isinstance(done, NewSecret):
            shown = {**context, "endpoint": done.endpoint, "secret": done.text}
            response = render(request, "shops/webhook_secret.html", shown)
            response.headers["Cache-Control"] = "no-store, private"
            return response
        hurry()
        messages.success(request, done)
        return redirect("admin:shops_webhookendpoint_changelist")


def _endpoint(object_id: str) -> WebhookEndpoint:
    return get_object_or_404(WebhookEndpoint, pk=row_number(object_id))
