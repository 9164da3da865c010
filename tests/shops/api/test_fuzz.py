"""Every route of intake, links and receipts, fuzzed from its own description: every answer is a described one."""

from __future__ import annotations

from datetime import timedelta

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from governance.config.wsgi import application
from shops.actions.buyer_links import make_link, sign_link
from shops.imports.chat_batch import forget_people
from shops.models import ServiceToken
from tests.builders import asks, make_policy, make_shop, store
from tests.shops.api.calling import make_token

# On PostgreSQL the application closes, after each request, the connection that holds the test's transaction.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]
OURS = r"^/api/v1/(chat/messages|chat/totals|cases|outages|feedback|links|receipts)/"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def api():
    forget_people()
    make_policy()
    make_shop("tea-house")
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", application).include(path_regex=OURS)


@pytest.fixture
def headers():
    _token, headers = make_token(*ServiceToken.Scope.values, requests_per_minute=1_000_000)
    return {"Authorization": headers["HTTP_AUTHORIZATION"]}


ROUTES = [
    ("POST", "/api/v1/chat/messages/"), ("POST", "/api/v1/chat/totals/"), ("POST", "/api/v1/cases/"),
    ("POST", "/api/v1/outages/"), ("POST", "/api/v1/feedback/"), ("POST", "/api/v1/links/"),
    ("DELETE", "/api/v1/links/{code}/"), ("GET", "/api/v1/receipts/{token}/"),
]  # fmt: skip


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_whatever_is_sent_is_answered_as_described(api, headers, method, path, mode) -> None:
    if path.startswith("/api/v1/receipts/") and mode is GenerationMode.NEGATIVE:
        return  # every text is a possible token

    @hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def fuzz(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    fuzz()


@pytest.mark.parametrize(("method", "path"), ROUTES[:-1])
def test_whoever_has_no_token_is_refused_as_described(api, method, path) -> None:
    @hypothesis_settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=api[path][method].as_strategy())
    def fuzz(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(headers={"Authorization": "Bearer no.body"}, checks=CHECKS)
        assert answer.status_code == 401

    fuzz()


def test_a_receipt_that_exists_is_as_described(api) -> None:
    shop, now = make_shop("book-nook"), timezone.now()
    store(*(asks(now - timedelta(hours=hours), shop="book-nook", text="Hm?") for hours in (1, 30, 60)))
    link = make_link(shop, "bo", now=now, expires_at=now + timedelta(days=1), made_by=None)
    operation = api["/api/v1/receipts/{token}/"]["GET"]

    answer = operation.Case(path_parameters={"token": sign_link(link)}).call_and_validate(checks=CHECKS)
    assert answer.status_code == 200
    assert len(answer.json()["questions"]) == 3
