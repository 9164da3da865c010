"""The channel over HTTP: filed and followed with a link, read by the shop and the staff, evidence and appeals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from complaints.actions.access import sign_access
from complaints.models import Complaint
from governance.models import Appeal
from shops.models import AuditEntry, BuyerLink
from tests.builders import ANN, BOOKS, make_shop
from tests.complaints.views.cast import (
    asked,
    complain,
    decided,
    link_token,
    member,
    open_market,
    picture,
    signed_in,
    staff,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/complaints/"
JSON = "application/json"
BODY = {"kind": "no_answer", "text": "Three times I asked."}


@pytest.fixture
def shop():
    return open_market()


@pytest.fixture
def sam():
    return staff("sam", "complaints.work_complaint")


def link(token):
    return {"HTTP_AUTHORIZATION": f"Link {token}"}


def own(complaint):
    return link(sign_access(complaint))


def test_a_complaint_is_filed_with_the_receipts_link_in_the_header_or_the_body(shop) -> None:
    token = link_token(shop)
    first = Client().post(URL, BODY, content_type=JSON, **link(token))
    second = Client().post(URL, BODY | {"link": token, "kind": "attitude"}, content_type=JSON)

    assert (first.status_code, second.status_code) == (201, 201), first.content
    made = first.json()
    complaint = Complaint.objects.get(code=made["reference"])
    assert (complaint.buyer_id, complaint.conversation_id, made["state"]) == ("bo", "bo@tea-house", "received")
    assert Client().get(made["url"]).status_code == 200
    told = Client().get(f"{URL}{made['reference']}/", **link(made["token"]))
    assert told.status_code == 200, told.content
    assert told["Cache-Control"] == "no-store, private"
    assert (told.json()["text"], told.json()["entries"][0]["kind"]) == ("Three times I asked.", "filed")


def test_links_that_do_not_work_and_bodies_that_are_wrong_are_problems(shop) -> None:
    token = link_token(shop)
    answers = [
        Client().post(URL, BODY, content_type=JSON),
        Client().post(URL, BODY, content_type=JSON, **link(token + "x")),
        Client().post(URL, BODY | {"link": "nonsense"}, content_type=JSON),
        Client().post(URL, BODY, content_type=JSON, HTTP_AUTHORIZATION="Link a b"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}
    wrong = ({"kind": "x"}, {"text": ""}, {"text": "a\0b"}, {"wish": 3}, {"happened_at": "soon"}, {"message_id": 7})
    for each in wrong:
        assert Client().post(URL, BODY | each, content_type=JSON, **link(token)).status_code == 400, each
    future = {"happened_at": f"{timezone.now() + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"}
    assert Client().post(URL, BODY | future, content_type=JSON, **link(token)).status_code == 409
    BuyerLink.objects.update(expires_at=timezone.now())
    assert Client().post(URL, BODY, content_type=JSON, **link(token)).status_code == 401
    assert not Complaint.objects.exists()


def test_a_complaint_is_read_with_its_own_link_only(shop) -> None:
    mine, hers = complain(shop), complain(shop, "eve")

    assert Client().get(f"{URL}{mine.code}/", **own(mine)).status_code == 200
    assert Client().get(f"{URL}{hers.code}/", **own(mine)).status_code == 404
    assert Client().get(f"{URL}{mine.code}/", **link(link_token(shop))).status_code == 404
    assert Client().get(f"{URL}{mine.code}/").status_code == 401
    Complaint.objects.update(access_ends_at=timezone.now())
    assert Client().get(f"{URL}{mine.code}/", **own(mine)).status_code == 401


def test_the_shop_reads_once_it_was_asked_and_that_is_recorded(shop, sam) -> None:
    complaint, olga = complain(shop), member(shop)
    assert olga.get(f"{URL}{complaint.code}/").status_code == 404
    asked(complaint, sam)

    assert olga.get(f"{URL}{complaint.code}/").status_code == 200
    assert AuditEntry.objects.filter(action="read_complaint", by__username="olga").count() == 1
    assert member(make_shop(BOOKS), name="boris").get(f"{URL}{complaint.code}/").status_code == 404
    assert signed_in(staff("sue", "complaints.view_complaint")).get(f"{URL}{complaint.code}/").status_code == 404
    reader = signed_in(staff("rob", "complaints.view_complaint", "complaints.read_buyer_text"))
    assert reader.get(f"{URL}{complaint.code}/").status_code == 200
    assert reader.get(f"{URL}C%00/").status_code == 404


def test_evidence_is_added_by_the_complainant_and_the_shop(shop, sam) -> None:
    complaint, olga = asked(complain(shop), sam), member(shop)
    first = Client().post("/api/v1/evidence/", {"complaint": complaint.code, "file": picture()}, **own(complaint))
    second = olga.post("/api/v1/evidence/", {"complaint": complaint.code, "file": picture("till.png", (9, 9))})

    assert (first.status_code, second.status_code) == (201, 201), first.content + second.content
    assert (first.json()["side"], second.json()["side"], first.json()["kind"]) == ("buyer", "shop", "image")
    assert len(first.json()["sha256"]) == 64


def test_evidence_that_is_none_too_long_or_for_somebody_else_is_a_problem(shop, sam) -> None:
    complaint, other = asked(complain(shop), sam), complain(shop, "eve")
    program = SimpleUploadedFile("photo.jpg", b"MZ\x90\x00" + b"\0" * 200, "image/jpeg")

    def send(headers, **body):
        return Client().post("/api/v1/evidence/", {"complaint": complaint.code, "file": picture()} | body, **headers)

    assert send(own(complaint), file=program).status_code == 409
    assert send(own(complaint), file="").status_code == 400
    assert send(own(other)).status_code == 404
    assert send({}).status_code == 401
    assert send(own(complaint) | {"CONTENT_LENGTH": "2000000000"}).status_code == 413
    assert member(shop, "viewer", "vera").post(
        "/api/v1/evidence/", {"complaint": complaint.code, "file": picture()}
    ).status_code == 404  # fmt: skip
    assert not complaint.evidence.exclude(kind="conversation").exists()


def test_the_buyer_appeals_with_the_complaints_link_once(shop, sam) -> None:
    complaint = decided(complain(shop), sam)
    body = {"decision": complaint.decision.code, "text": "You overlooked Monday"}
    sent = Client().post("/api/v1/appeals/", body, content_type=JSON, **own(complaint))
    again = Client().post("/api/v1/appeals/", body, content_type=JSON, **own(complaint))
    other = Client().post("/api/v1/appeals/", body, content_type=JSON, **own(complain(shop, "eve")))

    assert sent.status_code == 201, sent.content
    assert (sent.json()["who"], sent.json()["state"]) == ("buyer", "open")
    assert (again.status_code, other.status_code) == (409, 404)
    assert Appeal.objects.count() == 1


def test_members_appeal_as_what_they_are_and_others_find_nothing(shop, sam) -> None:
    complaint = asked(complain(shop, agent=shop.agents.get(code=ANN)), sam)
    Complaint.objects.update(state="investigating")
    decided(complaint, sam, clause="narrowing", gravity="grave")
    complaint.refresh_from_db()
    body = {"decision": complaint.decision.code, "text": "We did answer"}

    def send(client):
        return client.post("/api/v1/appeals/", body, content_type=JSON)

    assert send(member(make_shop(BOOKS), name="boris")).status_code == 404
    assert send(member(shop, "viewer", "vera")).status_code == 404
    assert send(signed_in(staff("rob", "governance.view_decision"))).status_code == 404
    shops, agents = send(member(shop)), send(member(shop, "agent", "ann", agent=shop.agents.get(code=ANN)))
    assert (shops.status_code, agents.status_code) == (201, 201), shops.content + agents.content
    assert (shops.json()["who"], agents.json()["who"]) == ("shop", "agent")


def test_the_routes_are_described() -> None:
    answer = Client().get("/api/schema/", headers={"accept": "application/json"})
    assert answer.status_code == 200
    told = answer.json()
    for path in ("complaints/", "complaints/{reference}/", "evidence/", "appeals/", "shops/{shop_id}/penalties/"):
        assert f"/api/v1/{path}" in told["paths"], path
    assert told["paths"]["/api/v1/evidence/"]["post"]["requestBody"]["content"].keys() == {"multipart/form-data"}
