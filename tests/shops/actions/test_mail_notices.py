"""Notices by mail: to whom, in which words, once, and what happens when the mail server does not answer."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail

from shops.actions.mail_notices import mail_notices
from shops.models import Agent, Member, Notice, Shop, User
from tests.builders import ANN, BOOKS, at, make_shop

pytestmark = pytest.mark.django_db
NOW = at("12:00")


@pytest.fixture
def shop() -> Shop:
    return make_shop()


def member(shop: Shop, name: str, role: str, *, email: str | None = None, agent: Agent | None = None) -> User:
    user = User.objects.create_user(name, email=f"{name}@example.com" if email is None else email)
    Member.objects.create(user=user, shop=shop, role=role, agent=agent)
    return user


def notice(shop: Shop, reference: str = "D-1", agent: Agent | None = None, **changes: Any) -> Notice:
    return Notice.objects.create(
        shop=shop,
        agent=agent,
        kind="decision",
        reference=reference,
        title_zh_hans="认定违规",
        text_en="Decision D-1.",
        text_zh_hans="决定 D-1。",
        **{"title_en": "A violation was found", "created_at": NOW} | changes,
    )


def counts(mailed: int = 0, nobody: int = 0, failed: int = 0) -> dict[str, int]:
    return {"mailed": mailed, "nobody": nobody, "failed": failed}


def test_a_shops_notice_goes_to_owners_and_managers_in_both_languages_once(shop: Shop) -> None:
    member(shop, "olga", "owner")
    member(shop, "max", "manager")
    member(shop, "vera", "viewer")
    member(shop, "ann", "agent", agent=shop.agents.get(code=ANN))
    member(make_shop(BOOKS), "other", "owner")
    told = notice(shop)

    assert mail_notices(NOW) == counts(mailed=1)
    assert mail_notices(NOW) == counts()

    (sent,) = mail.outbox
    assert sent.to == ["olga@example.com", "max@example.com"]
    assert sent.subject == "A violation was found / 认定违规"
    assert "Decision D-1." in sent.body
    assert "决定 D-1。" in sent.body
    told.refresh_from_db()
    assert told.mailed_at == NOW
    assert told.read_at is None


def test_an_agents_notice_goes_to_that_agent_alone(shop: Shop) -> None:
    ann = shop.agents.get(code=ANN)
    member(shop, "olga", "owner")
    member(shop, "ann", "agent", agent=ann)
    notice(shop, agent=ann)

    mail_notices(NOW)

    assert [sent.to for sent in mail.outbox] == [["ann@example.com"]]


def test_who_left_or_has_no_address_gets_none(shop: Shop) -> None:
    gone = member(shop, "olga", "owner")
    gone.is_active = False
    gone.save()
    member(shop, "max", "manager", email="")
    told = notice(shop)

    assert mail_notices(NOW) == counts(nobody=1)

    told.refresh_from_db()
    assert told.mailed_at == NOW
    assert not mail.outbox


def test_what_is_older_than_a_week_is_not_mailed_any_more(shop: Shop) -> None:
    member(shop, "olga", "owner")
    notice(shop, "D-1", created_at=NOW - timedelta(days=7))
    notice(shop, "D-2", created_at=NOW - timedelta(days=7, microseconds=1))

    assert mail_notices(NOW) == counts(mailed=1, nobody=1)


def test_what_the_server_did_not_take_waits_for_the_next_sweep(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    member(shop, "olga", "owner")
    for number in range(5):
        notice(shop, f"D-{number}")

    with monkeypatch.context() as broken:
        broken.setattr(mail.EmailMessage, "send", _raise(SMTPServerDisconnected("gone")))
        assert mail_notices(NOW) == counts(failed=3)  # the server is down: the other two are not even tried
    assert Notice.objects.filter(mailed_at=None).count() == 5

    assert mail_notices(NOW) == counts(mailed=5)


def test_an_address_that_does_not_exist_holds_nobody_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    member(shop, "olga", "owner")
    notice(shop)
    refused = SMTPRecipientsRefused({"olga@example.com": (550, b"unknown")})
    monkeypatch.setattr(mail.EmailMessage, "send", _raise(refused))

    assert mail_notices(NOW) == counts(nobody=1)
    assert not Notice.objects.filter(mailed_at=None).exists()


def test_a_title_of_several_lines_cannot_add_headers(shop: Shop) -> None:
    member(shop, "olga", "owner")
    notice(shop, title_en="Hello\nBcc: eve@example.com")

    mail_notices(NOW)

    assert mail.outbox[0].subject == "Hello Bcc: eve@example.com / 认定违规"


def _raise(error: Exception) -> Any:
    def send(*_args: Any, **_kwargs: Any) -> None:
        raise error

    return send
