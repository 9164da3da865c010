"""No address of a list is answered with an error, whatever its filters say."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from shops.models import Shop
from tests.screens_data import GOOD, make_policy, make_shop, make_staff, rate

pytestmark = pytest.mark.django_db

LISTS = sorted(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry)
IMPOSSIBLE = [
    "shop=99999999999999999999999999",
    "on__year=-1",
    "on__year=99999999999999999999999999",
    "p=99999999999999999999999999",
    "id__exact=99999999999999999999999999",
    "q=%00",
    "o=99999.-99999",
    "on=2026-13-45",
]


@pytest.fixture
def shop() -> Shop:
    shop = make_shop("s-1")
    rate(shop, make_policy(), [(3, GOOD)])
    return shop


@pytest.mark.parametrize("name", LISTS)
def test_a_list_answers_impossible_filters_with_a_page(client: Client, shop: Shop, name: str) -> None:
    client.force_login(make_staff())
    for query in IMPOSSIBLE:
        answer = client.get(f"{reverse(name)}?{query}", follow=True)
        assert answer.status_code == 200, query
