"""Coloured words in lists."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString


def pill(text: object, tone: str) -> SafeString:
    """A word in a tone of openline.css."""
    return format_html('<span class="ol-pill ol-tone-{}">{}</span>', tone, text)
