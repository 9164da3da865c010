"""Prepared words with their places filled in."""

from __future__ import annotations

from django.http import HttpRequest

from complaints.models import DeskTemplate
from governance.policy.reasons import Statement

LONGEST_NUMBER = 9


def template_of(request: HttpRequest, use: str, *, shop: str, reference: str, due: str) -> Statement | None:
    """The words of ?template=N in both languages; None where no such template is offered here. One query."""
    text = request.GET.get("template", "")
    if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_NUMBER:
        return None
    template = DeskTemplate.objects.filter(pk=int(text), use=use, is_active=True).first()
    if template is None:
        return None
    places = {"{shop}": shop, "{reference}": reference, "{due}": due}
    return Statement(_filled(template.text_en, places), _filled(template.text_zh_hans, places))


def _filled(text: str, places: dict[str, str]) -> str:
    for place, word in places.items():
        text = text.replace(place, word)
    return text
