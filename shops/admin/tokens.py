"""Service tokens: who uses what, made, rotated and revoked; and buyers' links. A secret is on one page, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from shops.actions.buyer_links import revoke_link
from shops.actions.service_tokens import Limits, NewToken, TokenError, make_token, revoke_token, rotate_token
from shops.admin.base import LongListAdmin, ReadOnlyAdmin, page_action
from shops.admin.pills import pill
from shops.admin.token_forms import RevocationForm, RotationForm, TokenForm
from shops.models import BuyerLink, IntakeBatch, ServiceToken, User
from shops.views.figures import ABSENT, count_in_words, share_in_words

MANAGE: Final = "shops.manage_servicetoken"
SOON: Final = timedelta(days=14)
"""A token that expires within this time is marked: its holder needs another one."""


class Managed:
    """Only those who may manage tokens change anything. Mixed into the admins of tokens and of links."""

    def has_manage_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        """True for those with the permission of its own."""
        return request.user.has_perm(MANAGE)


class StateFilter(admin.SimpleListFilter):
    """Tokens that work, that soon will not, and that do not."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return [("usable", _("in use")), ("soon", _("expiring soon")), ("over", _("expired or revoked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ServiceToken]) -> QuerySet[ServiceToken]:  # noqa: ARG002
        """The chosen ones."""
        now = timezone.now()
        usable = ServiceToken.objects.usable_at(now)
        match self.value():
            case "usable":
                return queryset.filter(pk__in=usable)
            case "soon":
                return queryset.filter(pk__in=usable.filter(expires_at__lt=now + SOON))
            case "over":
                return queryset.exclude(pk__in=usable)
        return queryset


@admin.register(ServiceToken)
class ServiceTokenAdmin(Managed, ReadOnlyAdmin[ServiceToken]):
    """Every token that ever was; what is changed of one goes through its actions."""

    list_display = (
        "name",
        "key",
        "state",
        "scope_names",
        "shop",
        "last_used_at",
        "rows_of_day",
        "rejected_of_day",
        "expires_at",
    )
    list_filter = (StateFilter,)
    search_fields = ("name", "=key", "=shop__code")
    search_help_text = _("Part of the name, exact key or shop id")
    fields = (
        ("name", "key", "state"),
        "what_for",
        "shop",
        ("requests_per_minute", "rows_per_minute"),
        ("created_by", "created_at"),
        ("expires_at", "last_used_at"),
        ("revoked_by", "revoked_at"),
        ("replaces", "replaced"),
    )
    actions_list = ("add_token",)
    actions_detail = ("rotate", "revoke")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServiceToken]:
        """All tokens, each with what it sent in the last 24 hours (two look-ups in the list's own query)."""
        since = timezone.now() - timedelta(days=1)
        batches = IntakeBatch.objects.filter(token=OuterRef("pk"), received_at__gte=since).order_by().values("token")
        return (
            super()
            .get_queryset(request)
            .select_related("shop", "replaced_by")
            .annotate(
                day_rows=Subquery(batches.annotate(total=Sum("rows")).values("total")),
                day_rejected=Subquery(batches.annotate(total=Sum("rejected")).values("total")),
            )
        )

    @admin.display(description=_("state"))
    def state(self, token: ServiceToken) -> SafeString:
        """Whether it works."""
        now = timezone.now()
        if not token.is_usable_at(now):
            over = token.revoked_at is not None and token.revoked_at <= now
            return pill(gettext("revoked") if over else gettext("expired"), "none")
        ends_at = min(token.expires_at, token.revoked_at or token.expires_at)
        if token.revoked_at is not None and token.revoked_at == ends_at:
            return pill(gettext("being replaced"), "brand")
        return pill(gettext("expiring soon"), "middle") if ends_at < now + SOON else pill(gettext("in use"), "best")

    @admin.display(description=_("scopes"))
    def scope_names(self, token: ServiceToken) -> SafeString:
        """What it may do, as the API names it, a line each."""
        return format_html_join(mark_safe("<br>"), "{}", ((scope,) for scope in token.scopes))

    @admin.display(description=_("scopes"))
    def what_for(self, token: ServiceToken) -> str:
        """What it may do."""
        return ServiceToken.scopes_in_words(token.scopes)

    @admin.display(description=_("replaced by"))
    def replaced(self, token: ServiceToken) -> SafeString | str:
        """The token that took its place."""
        if not hasattr(token, "replaced_by"):
            return ABSENT
        url = reverse("admin:shops_servicetoken_change", args=[token.replaced_by.pk])
        return format_html('<a class="ol-link" href="{}">{}</a>', url, token.replaced_by)

    @admin.display(description=_("messages, 24 h"), ordering=F("day_rows").desc(nulls_last=True))
    def rows_of_day(self, token: ServiceToken) -> str:
        """Rows of chat that it sent in the last 24 hours."""
        rows = getattr(token, "day_rows", None)
        return ABSENT if rows is None else count_in_words(rows)

    @admin.display(description=_("rejected, 24 h"))
    def rejected_of_day(self, token: ServiceToken) -> str:
        """The share of them that was rejected: what its sender loses."""
        return share_in_words(getattr(token, "day_rejected", None), getattr(token, "day_rows", None))

    @page_action(description=_("Make a token"), url_path="make", icon="add", permissions=["manage"])
    def add_token(self, request: HttpRequest) -> HttpResponse:
        """Make a token from a form, and show its secret."""

        def make(wanted: dict[str, Any], by: User) -> NewToken:
            now = timezone.now()
            return make_token(
                wanted["name"],
                wanted["scopes"],
                now=now,
                expires_at=now + timedelta(days=wanted["days"]),
                shop=wanted["shop"],
                limits=Limits(wanted["requests_per_minute"], wanted["rows_per_minute"]),
                by=by,
            )

        return self._ask(request, TokenForm, gettext("Make a token"), make)

    @page_action(description=_("Rotate"), url_path="rotate", icon="autorenew", permissions=["manage"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make the token that takes this one's place, and show its secret."""
        token = self._token_for(object_id)

        def replace(wanted: dict[str, Any], by: User) -> NewToken:
            now = timezone.now()
            return rotate_token(
                token,
                now=now,
                overlap=timedelta(hours=wanted["overlap_hours"]),
                expires_at=now + timedelta(days=wanted["days"]),
                by=by,
            )

        return self._ask(request, RotationForm, gettext("Rotate %(token)s") % {"token": token}, replace)

    @page_action(description=_("Revoke"), url_path="revoke", icon="block", permissions=["manage"])
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the token work no longer, once that is confirmed."""
        token = self._token_for(object_id)

        def stop(_wanted: dict[str, Any], by: User) -> None:
            revoke_token(token, now=timezone.now(), by=by)

        return self._ask(request, RevocationForm, gettext("Revoke %(token)s") % {"token": token}, stop)

    def _ask(
        self,
        request: HttpRequest,
        kind: type[forms.Form],
        title: str,
        act: Callable[[dict[str, Any], User], NewToken | None],
    ) -> HttpResponse:
        """Show a form; where it was filled in well, act, and show the new secret on a page that nothing keeps."""
        form = kind(request.POST or None)
        context = {**self.admin_site.each_context(request), "title": title, "form": form}
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)  # admin_view lets nobody else in
            try:
                made = act(form.cleaned_data, request.user)
            except TokenError as error:
                messages.error(request, str(error))
                return redirect("admin:shops_servicetoken_changelist")
            if made is None:
                messages.success(request, gettext("The token works no longer."))
                return redirect("admin:shops_servicetoken_changelist")
            shown = {**context, "made": made, "token": made.token, "text": made.text}
            response = render(request, "shops/token_secret.html", shown)
            response.headers["Cache-Control"] = "no-store, private"
            return response
        return render(request, "shops/token_form.html", context)

    def _token_for(self, object_id: str) -> ServiceToken:
        return get_object_or_404(ServiceToken.objects.select_related("shop"), pk=_number(object_id))


@admin.register(BuyerLink)
class BuyerLinkAdmin(Managed, LongListAdmin[BuyerLink]):
    """Which links were made and opened. What opens them is not shown: it is nobody's but the buyer's."""

    list_display = (
        "created_at",
        "shop",
        "buyer_id",
        "conversation_id",
        "made_by",
        "last_opened_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = (("created_at", RangeDateTimeFilter),)
    list_select_related = ("shop", "made_by")
    search_fields = ("=buyer_id", "=shop__code")
    search_help_text = _("Exact buyer id or shop id")
    fields = (
        ("shop", "buyer_id"),
        ("conversation_id", "message_id"),
        ("made_by", "created_at"),
        ("expires_at", "revoked_at", "last_opened_at"),
    )
    actions_detail = ("withdraw",)

    @page_action(description=_("Withdraw"), url_path="withdraw", icon="link_off", permissions=["manage"])
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a link work no longer, once that is confirmed."""
        link = get_object_or_404(BuyerLink, pk=_number(object_id))
        form = RevocationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)  # admin_view lets nobody else in
            revoke_link(link, now=timezone.now(), by=request.user)
            messages.success(request, gettext("The link works no longer."))
            return redirect("admin:shops_buyerlink_changelist")
        context = {**self.admin_site.each_context(request), "title": gettext("Withdraw a buyer's link"), "form": form}
        return render(request, "shops/token_form.html", context)


def _number(object_id: str) -> int:
    """The key of a row in an address. Raises Http404 for anything else."""
    if not (object_id.isascii() and object_id.isdecimal()) or len(object_id) > 18:
        raise Http404
    return int(object_id)
