"""Privileges and their changes over HTTP: the present ones with an ETag, the changes in one order."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from governance.actions.grant_privileges import Grant, grant_privileges
from governance.policy.schema import GradePrivileges
from shops.actions.publish_events import NewEvent, publish_events
from shops.models import Event, Member, Privileges, Shop, User
from tests.builders import at
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db
FULL = {
    "keyword_limit": 100,
    "blocked_buyer_limit": 50,
    "may_join_campaigns": True,
    "search_weight": 1.05,
    "may_list": True,
}


def grant(day: int, *shops: Shop, grade: str = "A", reason: str = "first_grade", **changed: object) -> None:
    grants = {shop.pk: Grant(grade, GradePrivileges(**FULL | changed), reason, 3) for shop in shops}
    grant_privileges(date(2026, 5, 4 + day), grants, now=at("02:00", day + 1))


@pytest.fixture
def tea() -> Shop:
    return Shop.objects.create(code="tea/house", name="Tea")


@pytest.fixture
def books() -> Shop:
    return Shop.objects.create(code="books", name="Books")


def read(code: str = "tea~2Fhouse", client: Client | None = None, **headers: str):
    return (client or Client()).get(f"/api/v1/shops/{code}/privileges/", **headers)


def read_changes(query: str = "", **headers: str):
    return Client().get(f"/api/v1/privileges/changes/{query}", **(headers or make_token("privileges:read")[1]))


def test_a_system_reads_what_a_shop_may_do_and_what_that_follows_from(tea) -> None:
    grant(0, tea)

    answer = read(**make_token("privileges:read")[1])

    assert answer.status_code == 200
    assert answer.json() == FULL | {
        "shop_id": "tea/house", "grade": "A", "in_force_on": "2026-05-04", "policy_version": 3,
        "changed_at": answer.json()["changed_at"],
    }  # fmt: skip
    assert answer["Last-Modified"] == "Tue, 05 May 2026 02:00:00 GMT"


def test_who_has_the_etag_gets_no_body_until_something_changes(tea) -> None:
    grant(0, tea)
    headers = make_token("privileges:read")[1]
    etag = read(**headers)["ETag"]
    assert etag.startswith('"')  # strong

    again = read(**headers, HTTP_IF_NONE_MATCH=etag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert read(**headers, HTTP_IF_NONE_MATCH='"other"').status_code == 200
    assert read(**headers, HTTP_IF_MODIFIED_SINCE="Tue, 05 May 2026 02:00:00 GMT").status_code == 304

    grant(1, tea)  # the same
    assert read(**headers, HTTP_IF_NONE_MATCH=etag).status_code == 304
    grant(2, tea, grade="D", keyword_limit=10)
    changed = read(**headers, HTTP_IF_NONE_MATCH=etag)
    assert (changed.status_code, changed.json()["keyword_limit"]) == (200, 10)
    assert changed["ETag"] != etag


def test_a_shops_own_token_reads_its_shop_and_finds_no_other(tea, books) -> None:
    grant(0, tea, books)
    headers = make_token("privileges:read", shop=tea)[1]

    assert read(**headers).status_code == 200
    assert read("books", **headers).status_code == 404


def test_people_read_the_shops_whose_pages_they_may_open(tea, books) -> None:
    grant(0, tea, books)
    owner, staff, powerless = (User.objects.create_user(name, is_staff=name != "owner") for name in ("owner", "s", "p"))
    Member.objects.create(user=owner, shop=tea, role="owner")
    staff.user_permissions.add(Permission.objects.get(codename="view_shop"))
    seen = {}
    for user in (owner, staff, powerless):
        client = Client()
        client.force_login(user)
        seen[user.username] = [read(code, client).status_code for code in ("tea~2Fhouse", "books")]

    assert seen == {"owner": [200, 404], "s": [200, 200], "p": [404, 404]}


@pytest.mark.parametrize(("scopes", "expected"), [((), 401), (("chat:write",), 403), (("privileges:read",), 404)])
def test_others_are_refused(scopes, expected) -> None:
    headers = make_token(*scopes)[1] if scopes else {}

    assert read("nobody", **headers).status_code == expected
    assert read("no%00body", **headers).status_code == expected
    if expected != 404:
        assert read_changes(**headers or {"HTTP_X": ""}).status_code == expected


def test_a_shop_that_was_never_rated_has_no_privileges_yet(tea) -> None:
    assert read(**make_token("privileges:read")[1]).status_code == 404


def test_changes_are_told_in_their_order_with_what_was_before_and_why(tea, books) -> None:
    grant(0, tea, books)
    grant(1, tea, grade="D", reason="fallen", keyword_limit=10, may_join_campaigns=False)

    answer = read_changes().json()

    assert [(each["position"], each["shop_id"]) for each in answer["changes"]] == [
        (1, "tea/house"), (2, "books"), (3, "tea/house"),
    ]  # fmt: skip
    assert (answer["next"], answer["has_more"]) == (3, False)
    last = answer["changes"][2]
    assert last == {
        "position": 3,
        "event_id": Event.objects.get(position=3).code,
        "happened_at": "2026-05-06T02:00:00Z",
        "shop_id": "tea/house",
        "on": "2026-05-05",
        "grade": "D",
        "previous_grade": "A",
        "before": FULL,
        "after": FULL | {"keyword_limit": 10, "may_join_campaigns": False},
        "taken": ["keyword_limit", "may_join_campaigns"],
        "granted": [],
        "reason": "fallen",
        "policy_version": 3,
    }
    assert answer["changes"][0]["before"] is None


def test_whoever_follows_next_reads_each_change_once(tea) -> None:
    for day in range(5):
        grant(day, tea, keyword_limit=100 + day)
    publish_events([NewEvent(Event.Type.DECISION_TAKEN, tea.pk, at("03:00"), {"decision": "d"})])

    read_, since, pages = [], 0, 0
    while True:
        answer = read_changes(f"?since={since}&limit=2").json()
        read_ += [change["after"]["keyword_limit"] for change in answer["changes"]]
        since, pages = answer["next"], pages + 1
        if not answer["has_more"]:
            break

    assert (read_, since, pages) == ([100, 101, 102, 103, 104], 6, 3)
    assert read_changes(f"?since={since}").json() == {"changes": [], "next": 6, "has_more": False}


def test_a_shops_token_is_told_its_own_changes_only_and_still_advances(tea, books) -> None:
    grant(0, tea, books)
    headers = make_token("privileges:read", shop=tea)[1]

    answer = read_changes(**headers).json()

    assert [each["shop_id"] for each in answer["changes"]] == ["tea/house"]
    assert answer["next"] == 2


@pytest.mark.parametrize(
    "query",
    ["?since=-1", "?since=x", "?since=1.5", "?since=", f"?since={2**63}", "?limit=0", "?limit=10001", "?since=%00"],
)
def test_a_since_or_limit_that_is_none_is_answered_clearly(query) -> None:
    answer = read_changes(query)

    assert answer.status_code == 400
    assert answer["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == "/" + query[1:6]


def test_a_position_of_another_database_is_told_as_such(tea) -> None:
    grant(0, tea)
    answer = read_changes("?since=2")

    assert answer.status_code == 400
    assert answer.json()["newest"] == 1
    assert "since=0" in answer.json()["detail"]


def test_changes_cost_the_same_queries_for_two_as_for_ten(tea, django_assert_num_queries) -> None:
    headers = make_token("privileges:read")[1]
    read_changes(**headers)  # its use is noted once a minute
    for day in range(2):
        grant(day, tea, keyword_limit=100 + day)
    with django_assert_num_queries(3):  # the token, the newest position, the events
        read_changes(**headers)
    for day in range(2, 10):
        grant(day, tea, keyword_limit=100 + day)
    with django_assert_num_queries(3):
        assert len(read_changes(**headers).json()["changes"]) == 10
    with django_assert_num_queries(2):  # the token, the row with its shop
        read(**headers)


def test_privileges_kept_before_their_policy_version_was_are_told_without_it(tea) -> None:
    Privileges.objects.create(shop=tea, grade="A", in_force_on=date(2026, 5, 4))

    assert read(**make_token("privileges:read")[1]).json()["policy_version"] is None
