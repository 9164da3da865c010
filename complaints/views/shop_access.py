"""Who of a shop, and of the staff, may open the pages on complaints, penalties and decisions."""

from __future__ import annotations

from typing import NamedTuple

from django.http import Http404, HttpRequest

from shops.models import Agent, Member, Shop, User

LEADING = (Member.Role.OWNER, Member.Role.MANAGER)


class Standing(NamedTuple):
    """Somebody at a shop's page."""

    shop: Shop
    user: User
    role: str
    """A Member.Role; empty for staff."""
    agent: Agent | None
    """Whom a member with the role of agent stands for."""

    @property
    def leads(self) -> bool:
        """True for owners and managers: they answer and appeal for the shop."""
        return self.role in LEADING

    @property
    def sees_shop(self) -> bool:
        """True for everybody but agents, who see only what is about themselves."""
        return self.role != Member.Role.AGENT


def stand_at(request: HttpRequest, code: str, *, permission: str) -> Standing:
    """Who is asking about a shop; `permission` is what staff need. Raises Http404 for whoever may not see it."""
    user = request.user
    assert isinstance(user, User)  # login_required lets nobody else in
    shop = Shop.objects.visible_to(user).filter(code=code).first() if "\0" not in code else None
    if shop is None:
        raise Http404
    if user.is_staff:
        if not user.has_perm(permission):
            raise Http404
        return Standing(shop, user, "", None)
    member = Member.objects.filter(user=user, shop=shop).select_related("agent").first()
    if member is None:
        raise Http404
    return Standing(shop, user, member.role, member.agent)
