"""An agent can take along what is held about the own person, and nobody else's."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from shops.models import AuditEntry, Member, Shop, User
from tests.builders import ANN, BEA, TEA, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_shop()


def client_of(shop: Shop, role: str, agent: str | None = None) -> Client:
    user = User.objects.create_user(f"{role}-{agent}")
    Member.objects.create(user=user, shop=shop, role=role, agent=shop.agents.get(code=agent) if agent else None)
    client = Client()
    client.force_login(user)
    return client


def test_an_agent_downloads_what_is_held_about_the_own_person(shop: Shop) -> None:
    answer = client_of(shop, "agent", ANN).get(f"/shops/{TEA}/agents/{ANN}/data/")

    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    told = json.loads(answer.content)
    assert (told["agent_id"], told["scores"], told["decisions"]) == (ANN, [], [])
    assert AuditEntry.objects.get(action="export_agent").target == f"agent {TEA} {ANN}"


@pytest.mark.parametrize(("role", "agent"), [("agent", BEA), ("owner", None)])
def test_nobody_else_of_the_shop_does(shop: Shop, role: str, agent: str | None) -> None:
    assert client_of(shop, role, agent).get(f"/shops/{TEA}/agents/{ANN}/data/").status_code == 404


def test_whoever_is_not_signed_in_is_asked_to(shop: Shop) -> None:
    assert Client().get(f"/shops/{TEA}/agents/{ANN}/data/").status_code == 302
