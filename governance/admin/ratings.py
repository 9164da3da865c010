"""The ratings of shops, read only: they are computed, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from governance.admin.pills import grade_pill
from governance.models import ShopRating
from governance.views.gates import gates_of_rating
from governance.views.lines import lines_of_rating
from governance.views.wording import grade_in_words, reason_in_words
from shops.admin.base import LongListAdmin
from shops.admin.days import MEASURE_FIELDSETS, MeasureFigures
from shops.views.figures import points_in_words


@admin.register(ShopRating)
class ShopRatingAdmin(MeasureFigures, LongListAdmin[ShopRating]):
    """One row per shop and scored day."""

    list_display = ("on", "shop", "colored_grade", "score", "since_on", "settled", "on_time_rate", "answer_rate", "why")
    list_filter = (("on", RangeDateFilter), "grade", "reason")
    list_select_related = ("shop", "policy")
    search_fields = ("=shop__code",)
    search_help_text = _("Exact shop id")
    ordering = ("-on", "shop_id")
    change_form_after_template = "governance/rating_lines.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("shop", "on", "why"),
                    ("colored_grade", "score", "since_on"),
                    "reason_sentence",
                    ("window_first_on", "window_last_on", "policy"),
                )
            },
        ),
        *MEASURE_FIELDSETS,
    )

    @admin.display(description=_("grade"))
    def colored_grade(self, rating: ShopRating) -> SafeString | str:
        """The grade in its colour."""
        return grade_pill(rating.grade, rating.policy.rules())

    @admin.display(description=_("points"))
    def score(self, rating: ShopRating) -> str:
        """0 to 100; a dash where nothing could be measured."""
        return points_in_words(rating.points, 2)

    @admin.display(description=_("reason"))
    def reason_sentence(self, rating: ShopRating) -> str:
        """Why the grade is what it is."""
        document = rating.policy.rules()
        candidate = grade_in_words(rating.candidate, document).title if rating.candidate else ""
        return reason_in_words(
            rating.reason,
            candidate=candidate,
            candidate_since_on=rating.candidate_since_on,
            document=document,
            settled=rating.settled,
        )

    @admin.display(description=_("why"))
    def why(self, rating: ShopRating) -> SafeString:
        """A link to the page that explains this rating."""
        url = reverse("admin:shops_shop_why", args=[rating.shop_id])
        return format_html('<a class="ol-link" href="{}?on={}">{}</a>', url, rating.on.isoformat(), gettext("Why?"))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: ShopRating | None = None,
    ) -> HttpResponse:
        """The page of a rating, with what its points are made of below."""
        if obj is not None:
            context["lines"] = lines_of_rating(obj.lines, obj.policy.rules(), "")
            context["gates"] = gates_of_rating(obj.gates, obj.policy.rules())
        return super().render_change_form(request, context, add, change, form_url, obj)
