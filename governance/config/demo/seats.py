"""Which shops the demo's members sit at: those where the judgements have most to tell."""

from __future__ import annotations

from django.utils.translation import gettext as _

from governance.config.demo.accounts import SHOPKEEPER, STAFF, Login, Seat
from governance.config.demo.plan import Plan
from governance.config.demo.summary import Summary
from shops.models import Agent, Member, Shop


def choose_seats(plan: Plan, summary: Summary) -> list[Seat]:
    """An owner and a viewer where privileges were lost, an owner where some were gained, one at an excellent shop.

    The agent is the one proven below standard with the lowest score, else anybody at the first shop.
    """
    shops = {shop.code: shop for shop in Shop.objects.filter(code__in=[shop.code for shop in plan.shops])}
    in_order = [shops[shop.code] for shop in plan.shops]
    loser = summary.lost[0].shop if summary.lost else in_order[-1]
    gainer = summary.gained[0].shop if summary.gained else in_order[len(in_order) // 2]
    best = in_order[0]
    if summary.poor_agents:
        agent = summary.poor_agents[0].agent
    else:
        agent = Agent.objects.select_related("shop").filter(shop=best).order_by("code")[0]
    return [
        Seat("owner", loser, "owner", _("a shop that lost privileges") if summary.lost else _("a shop")),
        Seat("viewer", loser, "viewer", _("the same shop, without a say")),
        Seat("agent", agent.shop, "agent", _("only the own record"), agent),
        Seat("owner2", gainer, "owner", _("a shop that gained privileges") if summary.gained else _("a shop")),
        Seat("owner3", best, "owner", _("an excellent shop")),
    ]


def logins_of(seats: list[Seat]) -> list[Login]:
    """Every login of the demo in words, staff first."""
    staff = [
        Login("admin", _("staff, may do everything"), _("the admin, every shop")),
        Login("auditor", _("staff, may only look"), _("the admin, every shop")),
        Login("investigator", _("staff, works on complaints"), _("the desk")),
        Login("reviewer", _("staff, the second person"), _("held decisions, appeals")),
    ]
    assert [login.username for login in staff] == list(STAFF)
    return [
        *staff,
        *(
            Login(
                seat.username,
                _role_of(seat),
                f"{seat.shop.name} ({seat.shop.code}): {seat.why}",
            )
            for seat in seats
        ),
        Login(SHOPKEEPER, str(Member.Role.OWNER.label), _("the shops that were complained about")),
    ]


def _role_of(seat: Seat) -> str:
    label = str(Member.Role(seat.role).label)
    return label if seat.agent is None else f"{label}: {seat.agent.name}"
