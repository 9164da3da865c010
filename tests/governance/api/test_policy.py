"""GET /api/v1/policy/: the rules, their history and their differences, for anyone."""

from __future__ import annotations

import pytest
import time_machine

from governance.policy.schema import PolicyDocument
from tests.builders import make_policy, on

pytestmark = pytest.mark.django_db

ROUTE = "/api/v1/policy/"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel("2026-05-04T12:00:00Z", tick=False):
        yield


def test_without_rules_the_list_is_empty(client):
    answer = client.get(ROUTE)

    assert (answer.status_code, answer.json()) == (200, {"in_force": None, "versions": []})


def test_anyone_reads_which_rules_are_in_force_were_and_will_be(client):
    make_policy(on(-20))
    make_policy(on(-10), clock={"target_seconds": 100})
    make_policy(on(7), clock={"target_seconds": 90})

    body = client.get(ROUTE).json()

    assert body["in_force"] == 2
    told = [(entry["version"], entry["state"], entry["starts_on"], entry["ends_on"]) for entry in body["versions"]]
    assert told == [
        (3, "to_come", "2026-05-11", None),
        (2, "in_force", "2026-04-24", "2026-05-10"),
        (1, "past", "2026-04-14", "2026-04-23"),
    ]
    assert body["versions"][0]["title"] == {"en": "General marketplace", "zh_hans": "通用电商平台"}


def test_one_version_comes_whole_with_what_it_changed(client):
    make_policy(on(-20))
    make_policy(on(-10), clock={"target_seconds": 100})

    body = client.get(f"{ROUTE}2/", headers={"accept-language": "en"}).json()

    assert PolicyDocument.from_json(body["document"]).digest == body["digest"]
    assert (body["compared_with"], body["changes"]) == (1, ["On-time target falls from 3 min to 1 min 40 s."])
    first = client.get(f"{ROUTE}1/").json()
    assert (first["compared_with"], first["changes"]) == (None, [])


def test_any_two_versions_can_be_compared(client):
    for number in range(3):
        make_policy(on(number - 20), clock={"target_seconds": 100 + number})

    body = client.get(f"{ROUTE}1/?compare=3", headers={"accept-language": "en"}).json()
    assert (body["compared_with"], body["changes"]) == (3, ["On-time target falls from 1 min 42 s to 1 min 40 s."])


@pytest.mark.parametrize("route", [ROUTE, f"{ROUTE}1/"])
def test_whoever_knows_the_answer_gets_none(client, route):
    make_policy(on(-20))
    etag = client.get(route).headers["ETag"]

    again = client.get(route, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    make_policy(on(7), clock={"target_seconds": 90})
    assert client.get(route, headers={"if-none-match": etag}).status_code == 200  # it ends now, and is one of two


@pytest.mark.parametrize(
    ("route", "status"),
    [("2/", 404), ("0/", 404), ("1/?compare=9", 404), ("1/?compare=x", 400), ("1/?compare=99999999999999999999", 400),
     ("99999999999999999999999/", 404), ("x/", 404)],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_and_no_fault(client, route, status):
    make_policy(on(-20))
    answer = client.get(ROUTE + route)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_nobody_changes_rules_here(client):
    assert client.post(ROUTE, {}).status_code == 405
