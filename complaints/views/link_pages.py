"""What pages share that a signed link opens, or nobody signs in to: language, headers, refusals, limits."""

from __future__ import annotations

import logging
import time
import zoneinfo
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Concatenate, Final, ParamSpec

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from complaints.actions.access import find_by_access
from complaints.models import Complaint
from shops.views.receipt import LANGUAGE

logger = logging.getLogger(__name__)
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

MINUTE: Final = 60


def link_page(view: View[P]) -> View[P]:
    """A view in the language of `?language=` or of the browser, whose answer nobody keeps, finds or passes on.

    It sets no cookie, so there is nothing that a forged form could borrow: the link is all that lets anybody in. That
    is why it is exempt from the check for cross-site forms, which would ask for a cookie and a referrer.
    """

    @csrf_exempt
    @wraps(view)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        language = _language_of(request)
        with translation.override(language):
            response = view(request, *args, **kwargs)
            response.headers["Content-Language"] = language
        patch_cache_control(response, no_store=True, private=True)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return shown


def open_complaint(request: HttpRequest, token: str) -> Complaint | HttpResponse:
    """The complaint behind a buyer's own link, or the page that refuses a link which does not work (any more)."""
    complaint = find_by_access(token)
    if complaint is None:
        return refuse_link(request, is_over=False)
    if not complaint.link_works_at(timezone.now()):
        return refuse_link(request, is_over=True)
    return complaint


def refuse_link(request: HttpRequest, *, is_over: bool) -> HttpResponse:
    """A page that says that the link does not work, and nothing of what is behind it."""
    context = {"is_over": is_over}
    return render(request, "complaints/link_refused.html", context, status=410 if is_over else 404)


def address_of(request: HttpRequest, name: str, *args: object) -> str:
    """The address of another page in the language that this one was asked for in."""
    chosen = request.GET.get(LANGUAGE, "")
    suffix = f"?{LANGUAGE}={chosen}" if chosen in dict(settings.LANGUAGES) else ""
    return reverse(name, args=args) + suffix


def go_to(request: HttpRequest, name: str, *args: object, place: str = "") -> HttpResponse:
    """A redirection that keeps the language; `place` is the id of the part of the page to be shown."""
    return redirect(address_of(request, name, *args) + (f"#{place}" if place else ""))


def is_within_limit(what: str, who: object, per_minute: int) -> bool:
    """True while somebody did something at most so often in the present minute: `who` is a link, or an address.

    Where the cache does not answer everybody is let in: a limit protects only against haste.
    """
    key = f"throttle:{what}:{who}:{int(time.time() // MINUTE)}"
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return int(cache.incr(key)) <= per_minute
    except ValueError:  # The key was dropped between the two calls.
        return True
    except (RedisError, OSError) as error:
        logger.warning("The limit of %s is not counted: the cache does not answer: %s", what, error)
        return True


def address_from(request: HttpRequest) -> str:
    """From where a request comes, as the API's own limits see it, as a digest: a header may hold anything."""
    return sha256(BaseThrottle().get_ident(Request(request)).encode(errors="replace")).hexdigest()


def time_in(zone: str, instant: datetime | None) -> str:
    """An instant as date and time of day to the minute in a time zone; empty for None."""
    if instant is None:
        return ""
    local = instant.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{formats.date_format(local, 'Y-m-d')} {formats.time_format(local, 'H:i')}"


def _language_of(request: HttpRequest) -> str:
    chosen = request.GET.get(LANGUAGE, "")
    return chosen if chosen in dict(settings.LANGUAGES) else translation.get_language() or "en"
