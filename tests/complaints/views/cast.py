"""A buyer with a link, a shop with people, staff that hears and decides: what the tests of pages begin with."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from complaints.actions.access import sign_access
from complaints.actions.deciding import Verdict, decide_complaint
from complaints.actions.desk import take_complaint
from complaints.actions.filing import NewComplaint, file_complaint
from complaints.actions.hearing import hear_shop
from complaints.models import Complaint
from governance.policy.reasons import Statement
from shops.actions.buyer_links import make_link, sign_link
from shops.models import Member, Shop, User
from tests.builders import ANN, TEA, answers, asks, make_policy, make_shop, store

WORDS = "Three times I asked <b>where</b> my parcel is."


def open_market(code: str = TEA) -> Shop:
    """A policy, a shop that is always open, and a buyer called bo who was not answered."""
    make_policy()
    shop = make_shop(code, hours="00:00-24:00")
    asked_at = timezone.now() - timedelta(hours=30)
    store(
        asks(asked_at, text="Where is my parcel?", shop=code),
        answers(asked_at + timedelta(hours=1), text="In a minute", shop=code, agent=ANN),
    )
    return shop


def link_token(shop: Shop, buyer: str = "bo", **rest: Any) -> str:
    """The token of a receipt's link."""
    now = timezone.now()
    values = {"conversation_id": f"{buyer}@{shop.code}", "expires_at": now + timedelta(days=1)} | rest
    return sign_link(make_link(shop, buyer, now=now, made_by=None, **values))


def complain(shop: Shop, buyer: str = "bo", **rest: Any) -> Complaint:
    """A complaint of the buyer about no answer."""
    values = {"kind": "no_answer", "text": WORDS, "buyer_id": buyer, "conversation_id": f"{buyer}@{shop.code}"} | rest
    return file_complaint(NewComplaint(shop=shop, **values), at=timezone.now())


def address(complaint: Complaint, more: str = "") -> str:
    """The address of the complaint's own page, or of a page below it."""
    return f"/c/{sign_access(complaint)}/{more}"


def member(shop: Shop, role: str = "owner", name: str = "olga", **rest: Any) -> Client:
    """A browser with somebody of the shop signed in."""
    user = User.objects.create(username=name)
    Member.objects.create(user=user, shop=shop, role=role, **rest)
    return signed_in(user)


def staff(name: str = "sam", *permissions: str) -> User:
    """Somebody of the platform."""
    user = User.objects.create(username=name, is_staff=True)
    for each in permissions:
        app, code = each.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
    return user


def signed_in(user: User) -> Client:
    """A browser of its own."""
    client = Client()
    client.force_login(user)
    return client


def asked(complaint: Complaint, by: User, words: str = "What do you say?") -> Complaint:
    """The complaint once its shop was asked."""
    now = timezone.now()
    take_complaint(complaint.pk, by=by, at=now)
    complaint.refresh_from_db()
    return hear_shop(complaint.pk, version=complaint.version, words=words, by=by, at=now)


def decided(complaint: Complaint, by: User, at: datetime | None = None, **found: Any) -> Complaint:
    """The complaint once it was decided: without a violation unless a clause is named."""
    now = at or timezone.now()
    take_complaint(complaint.pk, by=by, at=now)
    complaint.refresh_from_db()
    verdict = Verdict(
        facts=Statement("Facts seen", "已查事实"), words=Statement("Words of reason", "裁定理由"), **found
    )
    return decide_complaint(complaint.pk, version=complaint.version, verdict=verdict, by=by, at=now)


def picture(name: str = "proof.png", size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    """A picture to upload."""
    content = io.BytesIO()
    Image.new("RGB", size, "red").save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


def value_of(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, name
    return found[1]
