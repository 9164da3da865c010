"""Anybody reads what the channel did in a year, in numbers and without names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from complaints.actions.deciding import decide_complaint
from complaints.actions.published_figures import published_figures, years_published
from shops.models import User
from tests.complaints.builders import FILED_AT, a_violation, investigate, make_complaint, make_investigator

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol() -> User:
    return make_investigator()


def test_a_decided_complaint_is_counted_with_its_days_and_its_outcome(carol: User) -> None:
    complaint = investigate(make_complaint(), carol)
    at = complaint.assigned_until - timedelta(minutes=1)
    decide_complaint(complaint.pk, version=complaint.version, verdict=a_violation(), by=carol, at=at)

    figures = published_figures(FILED_AT.year)

    assert (figures.complaints, figures.decisions) == (1, 1)
    assert [(each.key, each.count) for each in figures.by_outcome] == [("violation", 1)]
    assert [(each.key, each.count) for each in figures.by_automation] == [("not", 1)]
    assert figures.mean_days_to_answer == round((at - complaint.filed_at).total_seconds() / 86_400, 2)


def test_an_open_complaint_is_told_as_open_and_in_no_other_year() -> None:
    make_complaint()

    assert [each.key for each in published_figures(FILED_AT.year).by_outcome] == ["open"]
    assert published_figures(FILED_AT.year - 1).complaints == 0
    assert FILED_AT.year in years_published()


def test_the_page_and_the_api_need_no_account_and_name_nobody() -> None:
    complaint = make_complaint()
    client = Client()

    page = client.get(f"/transparency/{FILED_AT.year}/")
    answer = client.get(f"/api/v1/transparency/?year={FILED_AT.year}")

    assert page.status_code == answer.status_code == 200
    assert answer.json()["complaints"] == 1
    for told in (page.content.decode(), answer.content.decode()):
        assert complaint.code not in told
        assert complaint.shop.code not in told


@pytest.mark.parametrize("year", ["1999", "0", "99999", "x", "２０２６", "-1"])
def test_a_year_without_figures_is_not_found(year: str) -> None:
    assert Client().get("/api/v1/transparency/", {"year": year}).status_code == 404
    assert Client().get(f"/transparency/{year}/").status_code == 404


def test_without_any_complaint_this_year_is_told_with_noughts() -> None:
    page = Client().get("/transparency/")

    assert page.status_code == 200
    assert datetime.now(tz=UTC).year - years_published()[0] in {-1, 0}
