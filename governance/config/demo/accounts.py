"""The demo's logins: staff, an auditor who may only look, and members of the shops with most to tell."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from shops.models import Agent, Member, Shop, User

PASSWORD = "demo-openline"  # noqa: S105  printed on purpose; the demo refuses to run outside the embedded mode
EMAIL_DOMAIN = "@demo.invalid"
"""Ends the address of every account of the demo, and of no other: .invalid can belong to nobody (RFC 2606)."""
AUDITORS = "Auditors (demo)"
DESK = "Desk (demo)"
OUR_APPS = ("shops", "governance", "complaints")
STAFF = {"admin": "管理员", "auditor": "审计员", "investigator": "客诉专员", "reviewer": "复核专员"}
WORKS = (
    "work_complaint",
    "assign_complaint",
    "read_buyer_text",
    "add_decision",
    "review_decision",
    "review_finding",
    "change_appeal",
    "change_penalty",
    "change_remedy",
    "change_obligation",
    "change_blindreview",
)
"""What the desk may do beside looking."""
SHOPKEEPER = "shopkeeper"
MEMBERS = ("owner", "viewer", "agent", "owner2", "owner3", SHOPKEEPER)


@dataclass(frozen=True)
class Seat:
    """A place at a shop for one of MEMBERS, and what there is to see from it."""

    username: str
    shop: Shop
    role: str
    why: str
    agent: Agent | None = None


@dataclass(frozen=True)
class Login:
    """One line of the printed list."""

    username: str
    role: str
    sees: str


def taken_usernames() -> list[str]:
    """Usernames of the demo that belong to accounts that the demo did not make."""
    ours = User.objects.filter(username__in=[*STAFF, *MEMBERS])
    return sorted(ours.exclude(email__endswith=EMAIL_DOMAIN).values_list("username", flat=True))


def store_staff() -> User:
    """Create or reset the staff accounts; return the superuser."""
    password = make_password(PASSWORD)
    with transaction.atomic():
        auditors, _created = Group.objects.get_or_create(name=AUDITORS)
        may_look = Q(codename__startswith="view_") | Q(codename="read_conversation")
        auditors.permissions.set(Permission.objects.filter(may_look, content_type__app_label__in=OUR_APPS))
        admin = _store_user("admin", STAFF["admin"], password, is_staff=True, is_superuser=True)
        auditor = _store_user("auditor", STAFF["auditor"], password, is_staff=True)
        auditor.groups.set([auditors])
        desk, _created = Group.objects.get_or_create(name=DESK)
        works = may_look | Q(codename__in=WORKS)
        desk.permissions.set(Permission.objects.filter(works, content_type__app_label__in=OUR_APPS))
        for username in ("investigator", "reviewer"):
            _store_user(username, STAFF[username], password, is_staff=True).groups.set([desk])
    return admin


def store_members(seats: list[Seat]) -> None:
    """Create or reset the accounts of these seats, each at one shop only."""
    password = make_password(PASSWORD)
    with transaction.atomic():
        Member.objects.filter(user__username__in=MEMBERS, user__email__endswith=EMAIL_DOMAIN).delete()
        for seat in seats:
            user = _store_user(seat.username, f"{seat.shop.name} {seat.role}", password)
            Member.objects.create(user=user, shop=seat.shop, role=seat.role, agent=seat.agent)


def store_shopkeeper(shops: list[Shop]) -> User:
    """Create or reset the account of the owner of some shops, after `store_members`; return it."""
    user = _store_user(SHOPKEEPER, "店主", make_password(PASSWORD))
    Member.objects.bulk_create([Member(shop=shop, user=user, role=Member.Role.OWNER) for shop in shops])
    return user


def _store_user(username: str, name: str, password: str, *, is_staff: bool = False, is_superuser: bool = False) -> User:
    user, _created = User.objects.update_or_create(
        username=username,
        defaults={
            "password": password,
            "first_name": "(演示 demo)",
            "last_name": name,
            "email": username + EMAIL_DOMAIN,
            "is_staff": is_staff,
            "is_superuser": is_superuser,
            "is_active": True,
        },
    )
    return user
