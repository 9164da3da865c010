"""The shop's screens, with the judgements that the screens of facts know nothing of.

`shops.admin` registers shops; this module takes the screen over and adds points, "why this rating" and conversations.
"""

from __future__ import annotations

from datetime import date

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance.admin.pills import grade_pill
from governance.models import Policy, ShopRating
from governance.views.corrections import correction_of
from governance.views.failing import OF_A_SHOP, list_failing
from governance.views.later_facts import later_facts
from governance.views.picture import draw_shop
from governance.views.talk import draw_talk
from shops.actions.read_conversation import read_conversation
from shops.admin.base import page_action
from shops.admin.shop import ShopAdmin
from shops.chat.reading import TurnRow
from shops.models import Shop, User
from shops.views.figures import points_in_words, share_in_words

FAILING_TURNS_SHOWN = 20
READ_CONVERSATION = "shops.read_conversation"
RATED_DAYS_OFFERED = 60
MILLISECOND_DIGITS = 15
"""More than any instant has, and less than any integer that could do harm."""


class JudgedShopAdmin(ShopAdmin):
    """Shops with their newest rating, and the page that says why it is so."""

    list_display = (
        "code", "name", "category", "colored_grade", "points", "on_time", "keyword_limit", "campaigns", "listing", "why"
    )  # fmt: skip
    actions_detail = ("open_why", "open_scorecard")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shop]:
        """Every shop with its newest rating's figures, looked up by index for the rows of one page."""
        newest = ShopRating.objects.filter(shop=OuterRef("pk")).order_by("-on")
        return (
            super()
            .get_queryset(request)
            .annotate(
                newest_points=Subquery(newest.values("points")[:1]),
                newest_on_time=Subquery(newest.values("on_time")[:1]),
                newest_settled=Subquery(newest.values("settled")[:1]),
            )
        )

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list; each of its shops is handed the policy in force, whose colours the grades wear (one query)."""
        changelist = super().get_changelist_instance(request)
        policy = Policy.objects.in_force_on(timezone.localdate())
        for shop in changelist.result_list:
            shop.document_in_force = policy and policy.rules()
        return changelist

    @admin.display(description=_("grade"), ordering="privileges__grade")
    def colored_grade(self, shop: Shop) -> SafeString | str:
        """The present grade in its colour."""
        grade = shop.privileges.grade if hasattr(shop, "privileges") else ""
        return grade_pill(grade, getattr(shop, "document_in_force", None))

    @admin.display(description=_("points"), ordering="newest_points")
    def points(self, shop: Shop) -> str:
        """The points of the newest rating."""
        return points_in_words(getattr(shop, "newest_points", None))

    @admin.display(description=_("on time"))
    def on_time(self, shop: Shop) -> str:
        """The on-time rate in the window of the newest rating."""
        return share_in_words(getattr(shop, "newest_on_time", None), getattr(shop, "newest_settled", None))

    @admin.display(description=_("why"))
    def why(self, shop: Shop) -> SafeString:
        """A link to the page that explains the rating."""
        return format_html(
            '<a class="ol-link" href="{}">{}</a>', reverse("admin:shops_shop_why", args=[shop.pk]), gettext("Why?")
        )

    @page_action(description=_("Why this rating?"), url_path="explain", icon="help")
    def open_why(self, request: HttpRequest, object_id: str) -> HttpResponse:  # noqa: ARG002 - unfold passes it
        """Go to the page that explains the rating."""
        return redirect("admin:shops_shop_why", object_id)

    @page_action(description=_("Scorecard"), url_path="open-scorecard", icon="speed")
    def open_scorecard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to what the shop's members see."""
        return redirect("scorecard", code=self._shop_for(request, object_id).code)

    def get_urls(self) -> list[URLPattern]:
        """The screens of Django's admin and two more for each shop."""
        own = [
            path("<int:shop_id>/why/", self.admin_site.admin_view(self.why_view), name="shops_shop_why"),
            path(
                "<int:shop_id>/conversation/",
                self.admin_site.admin_view(self.conversation_view),
                name="shops_shop_conversation",
            ),
        ]
        return own + super().get_urls()

    def why_view(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """Why the shop has its rating, newest or of ?on=YYYY-MM-DD, down to the turns that went badly."""
        shop = self._shop_for(request, shop_id)
        on = _read_day(request.GET.get("on", ""))
        picture = draw_shop(shop, on)
        if on is not None and picture is None:
            messages.warning(request, gettext("The shop was not rated on %(on)s.") % {"on": on.isoformat()})
        failing: list[tuple[str, list[TurnRow]]] = []
        if picture is not None:
            window = (picture.rating.window_first_on, picture.rating.window_last_on)
            failing = list_failing(OF_A_SHOP, shop.code, *window, limit=FAILING_TURNS_SHOWN)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Why this rating?"),
            "subtitle": str(shop),
            "shop": shop,
            "picture": picture,
            "correction": correction_of(picture.rating) if picture is not None else None,
            "later": later_facts(picture.rating) if picture is not None else None,
            "failing": failing,
            "chosen_on": on,
            "rated_days": list(
                ShopRating.objects.filter(shop=shop).order_by("-on").values_list("on", flat=True)[:RATED_DAYS_OFFERED]
            ),
            "shows_agents": True,
            "conversation_url": reverse("admin:shops_shop_conversation", args=[shop.pk])
            if request.user.has_perm(READ_CONVERSATION)
            else "",
        }
        return render(request, "governance/why.html", context)

    def conversation_view(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """One conversation around a turn. It takes a right of its own, and reading it is noted in the audit trail."""
        shop = self._shop_for(request, shop_id)
        if not request.user.has_perm(READ_CONVERSATION):
            raise PermissionDenied
        conversation_id = request.GET.get("conversation", "")
        around_ms = _read_milliseconds(request.GET.get("at", ""))
        if not conversation_id or around_ms is None:
            raise Http404
        assert isinstance(request.user, User)  # admin_view lets nobody else in
        rows = read_conversation(shop, conversation_id, around_ms=around_ms, by=request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Conversation"),
            "subtitle": str(shop),
            "shop": shop,
            "conversation_id": conversation_id,
            "days": draw_talk(
                rows,
                timezone=shop.timezone,
                turn=request.GET.get("turn", ""),
                answered_ms=_read_milliseconds(request.GET.get("answered", "")),
            ),
        }
        return render(request, "governance/conversation.html", context)

    def _shop_for(self, request: HttpRequest, shop_id: int | str) -> Shop:
        """The shop, if it exists and this person may see it."""
        shop = get_object_or_404(Shop, pk=shop_id)
        if not self.has_view_permission(request, shop):
            raise PermissionDenied
        return shop


def _read_day(text: str) -> date | None:
    """The day of an ISO text; None for none. Raises Http404 for anything else."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


def _read_milliseconds(text: str) -> int | None:
    """A whole number that may be an instant in milliseconds; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MILLISECOND_DIGITS else None


admin.site.unregister(Shop)
admin.site.register(Shop, JudgedShopAdmin)
