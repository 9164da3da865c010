"""Reports by third parties: open to anybody, without standing, slowed down, useless for machines."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from complaints.actions.access import sign_access
from complaints.actions.evidence import add_evidence
from complaints.actions.hearing import shop_replies
from complaints.models import Complaint
from governance.models import Decision
from shops.models import Protection
from tests.complaints.views.cast import WORDS, asked, open_market, picture, staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop():
    return open_market()


def send(**fields):
    values = {"shop": "tea-house", "kind": "goods", "text": WORDS, "name": "Tia", "email": "tia@example.org"} | fields
    return Client(enforce_csrf_checks=True).post("/report/", values)


def test_a_report_is_filed_without_standing_and_protects_nobody() -> None:
    answer = send(evidence=[picture()])

    assert answer.status_code == 302, answer.content.decode()
    report = Complaint.objects.get()
    assert (report.standing, report.buyer_id, report.email) == ("third_party", "", "tia@example.org")
    assert not Protection.objects.exists()
    assert not Decision.objects.exists()
    page = Client().get(answer["Location"]).content.decode()
    assert "Your report" in page
    assert "Download the evidence file" not in page


def test_a_reporter_gets_no_evidence_file_and_no_appeal() -> None:
    link = send()["Location"].split("#")[0].split("?")[0]
    assert Client().post(f"{link}file/").status_code == 404
    assert Client().post(f"{link}appeal/", {"text": "No"}).status_code == 404


def test_an_unknown_shop_is_said_and_the_words_are_kept() -> None:
    answer = send(shop="no-such-shop")
    assert answer.status_code == 422
    assert "There is no shop of this id" in answer.content.decode()
    assert "Three times I asked" in answer.content.decode()


def test_what_a_machine_filled_in_is_thanked_for_and_dropped() -> None:
    answer = send(website="https://spam.example")
    assert answer.status_code == 200
    assert "Thank you" in answer.content.decode()
    assert not Complaint.objects.exists()


def test_one_address_sends_so_many_forms_a_minute(monkeypatch) -> None:
    monkeypatch.setattr("complaints.views.report.MOST_PER_MINUTE", 2)
    # Forms that are wrong count too: nobody finds out shops by trying.
    assert [send(shop="x").status_code, send(shop="y").status_code, send().status_code] == [422, 422, 429]
    assert not Complaint.objects.exists()


def test_behind_a_proxy_each_address_has_a_limit_of_its_own(monkeypatch) -> None:
    monkeypatch.setattr("complaints.views.report.MOST_PER_MINUTE", 1)

    def wrong(address):
        return Client(headers={"x-forwarded-for": address}).post("/report/", {"shop": "x"}).status_code

    assert [wrong("192.0.2.1"), wrong("192.0.2.1"), wrong("192.0.2.2"), wrong("a b\n" * 90)] == [422, 429, 422, 422]


@pytest.mark.parametrize("field", ["shop", "kind", "text", "name", "email"])
def test_each_field_is_asked_for(field) -> None:
    answer = send(**{field: ""})
    assert answer.status_code == 422
    assert not Complaint.objects.exists()


def test_characters_that_no_database_keeps_are_refused() -> None:
    assert send(shop="tea\0house").status_code == 422
    assert send(text="a\0b").status_code == 422


def test_a_reporter_reads_neither_the_shops_words_nor_its_files(shop) -> None:
    link = send()["Location"].split("#")[0]
    sam = staff("sam", "complaints.work_complaint")
    report = asked(Complaint.objects.get(), sam)
    shop_replies(report, version=report.version, text="Our words", by=sam, at=timezone.now())
    paper = add_evidence(report, side="shop", name="till.pdf", content=b"%PDF-1.4\n%%EOF\n", at=timezone.now(), by=sam)

    page = Client().get(link).content.decode()
    assert "Our words" not in page
    assert "till.pdf" not in page
    assert Client().get(f"{link}evidence/{paper.pk}/").status_code == 404
    told = Client().get(f"/api/v1/complaints/{report.code}/", HTTP_AUTHORIZATION=f"Link {sign_access(report)}")
    assert {entry["side"] for entry in told.json()["entries"]} == {"buyer", "staff"}
