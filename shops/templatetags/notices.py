"""How many notices wait for a person, for the bell in the head of every page."""

from __future__ import annotations

from django import template
from django.contrib.auth.models import AnonymousUser

from shops.models import Notice, User

register = template.Library()

MOST = 99


@register.simple_tag
def unread_notices(user: User | AnonymousUser) -> str:
    """The number of a member's unread notices, `99+` beyond; empty for none. One query, none for staff and visitors."""
    if not user.is_authenticated or user.is_staff:
        return ""
    count = len(Notice.objects.addressed_to(user).unread().order_by().values_list("pk")[: MOST + 1])
    return f"{MOST}+" if count > MOST else str(count or "")
