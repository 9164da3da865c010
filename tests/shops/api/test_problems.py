"""Whatever goes wrong below /api/ is answered as problem details, never as a page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db


def test_a_route_that_does_not_exist_is_a_problem_and_says_where_the_routes_are() -> None:
    answer = Client().get("/api/v1/nothing/")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert "/api/docs/" in answer.json()["detail"]


def test_the_description_and_its_page_are_open_and_ask_nothing_of_the_outside() -> None:
    assert Client().get("/api/schema/").status_code == 200
    page = Client().get("/api/docs/").content.decode()
    assert "/static/drf_spectacular_sidecar/" in page
    assert "https://" not in page.replace("https://127", "")


@pytest.mark.parametrize(
    "fields", [{"expires_at": timezone.now() - timedelta(seconds=1)}, {"revoked_at": timezone.now()}]
)
def test_an_expired_and_a_revoked_token_are_refused_in_the_same_words_as_an_unknown_one(
    fields: dict[str, object],
) -> None:
    _token, headers = make_token("privileges:read", **fields)
    unknown = {"HTTP_AUTHORIZATION": "Bearer nobody.knows"}
    answers = [Client().get("/api/v1/privileges/changes/", **each) for each in (headers, unknown)]

    assert [answer.status_code for answer in answers] in ([401, 401], [404, 404])
    assert answers[0].json() == answers[1].json()
