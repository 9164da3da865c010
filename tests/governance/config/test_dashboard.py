"""The dashboard: every figure leads to its rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.screens_data import GOOD, LAST_ON, POOR, make_policy, make_shop, make_staff, make_user, rate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _staff(client: Client) -> None:
    client.force_login(make_staff())


def open_dashboard(client: Client) -> str:
    answer = client.get(reverse("admin:index"))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_empty_installation_says_how_to_begin(client: Client) -> None:
    page = open_dashboard(client)

    assert "make demo" in page
    assert "python manage.py import shops" in page


def test_with_shops_but_no_scores_it_names_the_command(client: Client) -> None:
    make_shop()
    page = open_dashboard(client)

    assert "python manage.py score --from" in page
    assert "make demo" not in page


def test_every_figure_leads_to_rows_that_it_counts(client: Client) -> None:
    policy = make_policy()
    rate(make_shop("good"), policy, [(40, GOOD)])
    rate(make_shop("poor"), policy, [(3, GOOD), (60, POOR)])
    page = open_dashboard(client)
    on = LAST_ON.isoformat()

    worst = f"/admin/governance/shoprating/?on={on}&grade=D"
    assert worst.replace("&", "&amp;") in page
    rows = client.get(worst).content.decode()
    assert "poor" in rows
    assert ">good<" not in rows
    for url in (
        f"/admin/governance/shoprating/?on={on}",
        f"/admin/shops/shopday/?on={on}",
        f"/admin/shops/privilegeschange/?on={on}",
        f"/admin/governance/agentscore/?on={on}&standing__exact=below",
    ):
        assert url.replace("&", "&amp;") in page
        assert client.get(url).status_code == 200


def test_movers_are_the_newest_changes_of_a_grade_and_no_first_ones(client: Client) -> None:
    policy = make_policy()
    steady, moved = make_shop("steady", name="Steady Shop"), make_shop("moved", name="Moved Shop")
    rate(steady, policy, [(3, GOOD)])
    rate(moved, policy, [(3, GOOD), (60, POOR)])
    page = open_dashboard(client)

    change = moved.privileges_changes.filter(grade="D").get()
    assert f"/admin/shops/shop/{moved.pk}/why/?on={change.on.isoformat()}" in page
    assert f"/admin/shops/shop/{steady.pk}/why/?on={(LAST_ON - timedelta(days=2)).isoformat()}" not in page


def test_it_costs_the_same_for_two_shops_as_for_ten(client: Client) -> None:
    policy = make_policy()
    counts = []
    for numbers in (range(2), range(2, 10)):
        for number in numbers:
            rate(make_shop(f"s-{number}"), policy, [(3, GOOD), (30, POOR)])
        open_dashboard(client)
        with CaptureQueriesContext(connection) as queries:
            open_dashboard(client)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_staff_without_the_right_are_greeted_without_figures(client: Client) -> None:
    rate(make_shop(), make_policy(), [(3, GOOD)])
    client.force_login(make_user("desk", is_staff=True))
    page = open_dashboard(client)

    assert "What your account may open is listed in the sidebar." in page
    assert "Shops by grade" not in page


@pytest.mark.parametrize("address", ["/admin/", "/admin/shops/shop/", "/shops/", "/admin/password_change/"])
def test_synthetic_data_is_said_to_be_synthetic_on_every_page(
    client: Client, settings: LazySettings, tmp_path: object, address: str
) -> None:
    settings.CHAT_LOG_DIR = tmp_path
    assert "Synthetic demo data" not in client.get(address).content.decode()

    (tmp_path / "DEMO").touch()  # type: ignore[operator]
    assert "Synthetic demo data" in client.get(address).content.decode()


@pytest.mark.parametrize("address", ["/login/", "/admin/login/"])
def test_also_before_signing_in(settings: LazySettings, tmp_path: object, address: str) -> None:
    settings.CHAT_LOG_DIR = tmp_path
    (tmp_path / "DEMO").touch()  # type: ignore[operator]

    assert "Synthetic demo data" in Client().get(address).content.decode()
