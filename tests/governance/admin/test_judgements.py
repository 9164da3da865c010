"""Policies, ratings and scores laid out for reading."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.models import Policy
from tests.screens_data import LAST_ON, MIDDLING, make_policy, make_shop, make_staff, rate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _staff(client: Client) -> None:
    client.force_login(make_staff())


def make_version(version: int, starts_on: date, *, is_published: bool = True) -> Policy:
    first = Policy.objects.first() or make_policy()
    return Policy.objects.create(
        version=version, name=f"version {version}", document=first.document, digest=first.digest, starts_on=starts_on,
        published_at=timezone.now() if is_published else None,
    )  # fmt: skip


def test_the_list_says_which_version_is_in_force_today(client: Client) -> None:
    today = timezone.localdate()
    make_version(2, today)
    make_version(3, today + timedelta(days=1))
    make_version(4, today - timedelta(days=1), is_published=False)

    page = client.get(reverse("admin:governance_policy_changelist")).content.decode()

    states = ["draft", "to come", "in force today", "past"]  # versions 4, 3, 2 and 1
    positions = [page.index(f">{state}</span>") for state in states]
    assert positions == sorted(positions)
    assert page.count("in force today") == 1


def test_a_policy_is_laid_out_for_reading(client: Client) -> None:
    policy = make_policy()

    page = client.get(reverse("admin:governance_policy_change", args=[policy.pk])).content.decode()

    assert "answer window hours" in page
    assert "S (outstanding)" in page
    assert "# A general marketplace with live chat" in page  # as it was written


def test_a_rating_shows_what_its_points_are_made_of(client: Client) -> None:
    shop = make_shop()
    rate(shop, make_policy(), [(3, MIDDLING)])
    rating = shop.ratings.get(on=LAST_ON)

    page = client.get(reverse("admin:governance_shoprating_change", args=[rating.pk])).content.decode()

    assert "Real answers within three minutes" in page
    assert f"{rating.points:.2f}" in page


def test_a_score_shows_what_it_is_made_of(client: Client) -> None:
    shop = make_shop()
    rate(shop, make_policy(), [(3, MIDDLING)])
    score = shop.agents.get(code="a1").scores.get(on=LAST_ON)

    page = client.get(reverse("admin:governance_agentscore_change", args=[score.pk])).content.decode()

    assert "Priced mean real response" in page
    assert "Speed" in page
