"""The page behind a buyer's link: why was I not answered? No account, no JavaScript; nobody else may keep it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from shops.actions.buyer_links import find_link
from shops.actions.read_receipt import read_receipt
from shops.views.receipt_words import word_receipt

LANGUAGE = "language"
"""The parameter of the two links that switch the language: a form would need a cookie and a referrer."""


@require_safe
def receipt_page(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt of a link; for a link that does not work (any more) a page that says no more than that."""
    language = request.GET.get(LANGUAGE, "")
    if language not in dict(settings.LANGUAGES):
        language = translation.get_language() or "en"
    with translation.override(language):
        response = _answer(request, token)
        response.headers["Content-Language"] = language
    patch_cache_control(response, no_store=True, private=True)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    link = find_link(token)
    if link is None:
        return render(request, "shops/receipt_refused.html", {"is_over": False}, status=404)
    if not link.is_usable_at(now):
        return render(request, "shops/receipt_refused.html", {"is_over": True}, status=410)
    return render(request, "shops/receipt.html", {"told": word_receipt(read_receipt(link, as_of=now))})
