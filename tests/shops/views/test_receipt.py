"""The page behind a buyer's link: nothing is needed to read it, nothing of it is kept, refusals tell nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shops.actions.buyer_links import SALT, find_link, make_link, revoke_link, sign_link
from shops.models import AuditEntry, BuyerLink, Shop, User
from tests.builders import TEA, answers, asks, make_policy, make_shop, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def link():
    make_policy()
    shop = make_shop(hours="00:00-24:00")
    now = timezone.now()
    asked_at = now - timedelta(hours=30)
    store(asks(asked_at, text="Where is my <b>parcel</b>?"), asks(asked_at, "eve", text="eve's secret"))
    return make_link(shop, "bo", now=now, expires_at=now + timedelta(days=1), made_by=None)


def open_page(token, **headers):
    return Client(headers=headers).get(f"/r/{token}/")


def test_the_page_tells_why_in_the_browsers_language_or_the_chosen_one(link) -> None:
    token = sign_link(link)
    english, chinese = open_page(token), open_page(token, accept_language="zh-CN")
    switched = Client(headers={"accept-language": "zh-CN"}).get(f"/r/{token}/?language=en")

    page = english.content.decode()
    assert english.status_code == 200
    assert "Not answered" in page
    assert "A shop cannot mute anyone" in page
    assert (english["Content-Language"], chinese["Content-Language"], switched["Content-Language"]) == (
        "en", "zh-hans", "en",
    )  # fmt: skip
    assert 'lang="zh-hans"' in chinese.content.decode()
    assert "Not answered" in switched.content.decode()
    assert Client().get(f"/r/{token}/?language=xx%00").status_code == 200


def test_a_buyers_words_are_shown_as_words_and_nobody_elses_at_all(link) -> None:
    page = open_page(sign_link(link)).content.decode()

    assert "&lt;b&gt;parcel" in page
    assert "secret" not in page


def test_the_page_needs_no_script_and_is_neither_kept_nor_found_nor_passed_on(link) -> None:
    answer = open_page(sign_link(link))
    page = answer.content.decode()

    assert "<script" not in page
    assert "<form" not in page
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert not answer.cookies


def test_expired_and_withdrawn_links_look_the_same_and_tell_nothing(link) -> None:
    token = sign_link(link)
    BuyerLink.objects.update(expires_at=timezone.now())
    expired = open_page(token)
    BuyerLink.objects.update(expires_at=timezone.now() + timedelta(days=1))
    revoke_link(link, now=timezone.now(), by=None)
    revoked = open_page(token)

    assert (expired.status_code, revoked.status_code) == (410, 410)
    assert expired.content == revoked.content
    for word in ("parcel", link.shop.name, "bo@"):
        assert word not in revoked.content.decode()


def test_a_link_that_is_altered_by_one_character_is_no_link(link) -> None:
    token = sign_link(link)
    unknown = signing.Signer(salt=SALT, sep=".").sign("nobody-made-this")
    refused = [open_page(token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]) for at in range(len(token))]

    assert {answer.status_code for answer in refused} == {404}
    assert {answer.content for answer in [*refused, open_page(unknown)]} == {refused[0].content}


def test_a_forged_link_costs_no_query(link, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert open_page("x" * 22 + ".y").status_code == 404


@hypothesis_settings(max_examples=50)
@given(token=st.text(min_size=1, max_size=300))
def test_no_text_is_taken_for_a_link(token) -> None:
    assert find_link(token) is None


def test_a_page_costs_the_same_queries_whatever_is_on_it(link, django_assert_num_queries) -> None:
    token = sign_link(link)
    open_page(token)
    with django_assert_num_queries(11):
        open_page(token)
    since = timezone.now() - timedelta(days=5)
    for hour in range(12):
        store(asks(since + timedelta(hours=2 * hour)), answers(since + timedelta(hours=2 * hour, minutes=9)))
        Shop.objects.create(code=f"other-{hour}", name="Other")
    with django_assert_num_queries(11):
        page = open_page(token).content.decode()
    assert page.count("site-quote") + page.count("is not kept") == 13


def test_opening_is_noted_and_only_a_person_who_withdraws_a_link_is_in_the_trail(link) -> None:
    open_page(sign_link(link))
    link.refresh_from_db()
    assert link.last_opened_at is not None

    staff = User.objects.create(username="sam")
    revoke_link(link, now=timezone.now(), by=staff)
    revoke_link(link, now=timezone.now(), by=staff)
    assert [(entry.action, entry.by) for entry in AuditEntry.objects.filter(action="revoke_link")] == [
        ("revoke_link", staff)
    ]


def test_other_methods_than_reading_are_refused(link) -> None:
    assert Client().post(f"/r/{sign_link(link)}/").status_code == 405
    assert link.shop.code == TEA
