"""Control totals: which dates of which shops wait for messages, and accepting that some will never come."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from shops.actions.control_totals import TotalError, accept_total
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.models import ControlTotal, User
from shops.views.figures import ABSENT, count_in_words

ACCEPT = "shops.change_controltotal"


class AcceptForm(forms.Form):
    """Why a difference is accepted."""

    why = forms.CharField(
        label=_("reason"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(self, total: ControlTotal, *args: Any) -> None:
        super().__init__(*args)
        self.fields["why"].help_text = gettext(
            "%(shop)s on %(on)s: the sender says %(stated)s messages, the chat log holds %(counted)s. Say why that may "
            "stay so; it is kept in the audit trail."
        ) % {
            "shop": total.shop,
            "on": total.on.isoformat(),
            "stated": ABSENT if total.messages is None else count_in_words(total.messages),
            "counted": ABSENT if total.counted is None else count_in_words(total.counted),
        }


class MetFilter(admin.SimpleListFilter):
    """Totals by whether the log holds what the sender said."""

    title = _("control total")
    parameter_name = "met"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return [
            ("no", _("not met")),
            ("differs", _("another number in the chat log")),
            ("owed", _("not stated by the sender")),
            ("waits", _("not counted yet")),
            ("accepted", _("accepted")),
            ("yes", _("met")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ControlTotal]) -> QuerySet[ControlTotal]:  # noqa: ARG002
        """The chosen ones."""
        unmet = Q(pk__in=ControlTotal.objects.unmet())
        wanted = {
            "no": unmet,
            "differs": unmet & Q(messages__isnull=False, counted__isnull=False),
            "owed": unmet & Q(messages__isnull=True),
            "waits": Q(counted__isnull=True),
            "accepted": Q(accepted_at__isnull=False),
            "yes": Q(messages=F("counted")),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(ControlTotal)
class ControlTotalAdmin(LongListAdmin[ControlTotal]):
    """What senders stated, what the log holds, and what a person accepted."""

    list_display = ("on", "shop", "messages", "counted", "difference", "state", "stated_at", "counted_at")
    list_filter = (MetFilter, ("on", RangeDateFilter))
    list_select_related = ("shop",)
    search_fields = ("=shop__code",)
    search_help_text = _("The exact shop id")
    ordering = ("-on", "-id")
    fields = (
        ("shop", "on", "state"),
        ("messages", "stated_at"),
        ("counted", "counted_at", "difference"),
        ("accepted_by", "accepted_at"),
        "accepted_why",
    )
    actions_detail = ("accept",)

    @admin.display(description=_("difference"))
    def difference(self, total: ControlTotal) -> str:
        """The log's number less the sender's."""
        if total.messages is None or total.counted is None:
            return ABSENT
        more = total.counted - total.messages
        return f"+{count_in_words(more)}" if more > 0 else count_in_words(more)

    @admin.display(description=_("state"))
    def state(self, total: ControlTotal) -> SafeString:
        """Whether it holds its date back."""
        if total.accepted_at is not None:
            return pill(gettext("accepted"), "brand")
        if total.is_met():
            return pill(gettext("met"), "best")
        if total.messages is None:
            return pill(gettext("not stated"), "middle")
        if total.counted is None:
            return pill(gettext("not counted yet"), "none")
        return pill(gettext("not met"), "worst")

    def has_accept_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:  # noqa: ARG002
        """Who may change totals may accept a difference."""
        return request.user.has_perm(ACCEPT)

    @page_action(description=_("Accept the difference"), url_path="accept", icon="check", permissions=["accept"])
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason, then accept."""
        total = get_object_or_404(ControlTotal.objects.select_related("shop"), pk=_number(object_id))
        if not self.has_accept_permission(request):
            raise PermissionDenied
        form = AcceptForm(total, request.POST or None)
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)  # admin_view lets nobody else in
            try:
                accept_total(total, by=request.user, why=form.cleaned_data["why"], now=timezone.now())
            except TotalError as error:
                messages.error(request, str(error))
            else:
                messages.success(
                    request,
                    gettext("Accepted. The date is final for the shop once its turns have settled."),
                )
            return redirect("admin:shops_controltotal_change", total.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Accept the difference"),
            "subtitle": f"{total.shop} · {total.on.isoformat()}",
            "form": form,
        }
        return render(request, "shops/token_form.html", context)


def _number(object_id: str) -> int:
    """The key of a row in an address. Raises Http404 for anything else."""
    if not (object_id.isascii() and object_id.isdecimal()) or len(object_id) > 18:
        raise Http404
    return int(object_id)
