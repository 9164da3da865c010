"""The screen of appeals with the desk's reply templates, of which the screens of judgements know nothing."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from complaints.admin.words import template_of
from complaints.models import DeskTemplate
from governance.admin.appeals import AppealAdmin
from governance.models import Appeal

USE = DeskTemplate.Use.APPEAL


class DeskAppealAdmin(AppealAdmin):
    """Appeals, answered from prepared words where there are any."""

    def starting_words(self, request: HttpRequest, appeal: Appeal) -> dict[str, str]:
        """The words of ?template=N with what is to be filled in."""
        due = date_format(timezone.localtime(appeal.due_at), "Y-m-d H:i")
        words = template_of(request, USE, shop=appeal.shop.name, reference=appeal.code, due=due)
        return {} if words is None else {"answer_en": words.en, "answer_zh_hans": words.zh_hans}

    def templates_offered(self) -> list[DeskTemplate]:
        """Those for answers to appeals."""
        return list(DeskTemplate.objects.filter(use=USE, is_active=True))


admin.site.unregister(Appeal)
admin.site.register(Appeal, DeskAppealAdmin)
