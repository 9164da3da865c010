"""The buyer's form: from the link of a receipt to a complaint, with nothing but a browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from complaints.models import Complaint, Evidence
from shops.models import BuyerLink
from tests.complaints.views.cast import WORDS, link_token, open_market, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_market()


def fill(**fields):
    return {"kind": "no_answer", "text": WORDS, "wish": "answer", "standing": "party"} | fields


def send(token, client=None, **fields):
    return (client or Client()).post(f"/r/{token}/complain/", fill(**fields))


def test_the_receipt_leads_to_the_form_which_says_what_evidence_each_kind_wants(shop) -> None:
    token = link_token(shop)

    assert f"/r/{token}/complain/" in Client().get(f"/r/{token}/").content.decode()
    answer = Client().get(f"/r/{token}/complain/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count('name="kind"') == len(Complaint.Kind)
    assert "<script" not in page
    assert (answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == ("no-referrer", True)
    assert "noindex" in answer["X-Robots-Tag"]
    assert not answer.cookies


def test_a_complaint_is_filed_without_cookie_or_referrer_and_leads_to_its_own_page(shop) -> None:
    client = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    answer = send(link_token(shop), client, evidence=[picture(), SimpleUploadedFile("b.pdf", b"%PDF-1.4\n%%EOF\n")])

    assert answer.status_code == 302, answer.content.decode()
    complaint = Complaint.objects.get()
    assert (complaint.buyer_id, complaint.kind, complaint.standing, complaint.wish) == (
        "bo", "no_answer", "party", "answer",
    )  # fmt: skip
    assert complaint.conversation_id == "bo@tea-house"
    kinds = sorted(complaint.evidence.values_list("kind", flat=True))
    assert kinds == ["conversation", "image", "pdf"]
    assert answer["Location"].endswith("#keep")
    page = client.get(answer["Location"]).content.decode()
    assert "Keep this link" in page
    assert "&lt;b&gt;where" in page


def test_what_is_wrong_is_said_on_the_form_which_keeps_the_words(shop) -> None:
    answer = send(link_token(shop), kind="nonsense", text="My own words", happened_on="2999-13-99")
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "My own words" in page
    assert page.count('role="alert"') >= 3
    assert not Complaint.objects.exists()


def test_a_refused_file_lets_nothing_of_the_complaint_be_kept(shop) -> None:
    program = SimpleUploadedFile("photo.jpg", b"MZ\x90\x00" + b"\0" * 200, "image/jpeg")
    answer = send(link_token(shop), evidence=[picture(), program])

    assert answer.status_code == 422
    assert "Three times I asked" in answer.content.decode()
    assert not Complaint.objects.exists()
    assert not Evidence.objects.exists()


def test_what_happened_in_the_future_is_refused_with_a_reason(shop) -> None:
    answer = send(link_token(shop), happened_on=f"{timezone.localdate() + timedelta(days=3)}")
    assert answer.status_code == 422
    assert "future" in answer.content.decode()


def test_a_representative_gives_a_name_and_an_authority(shop) -> None:
    token = link_token(shop)
    without = send(token, standing="representative")
    complete = send(token, standing="representative", name="Rae", authority=picture("authority.png"))

    assert without.status_code == 422
    assert "Add the authority" in without.content.decode()
    assert complete.status_code == 302, complete.content.decode()
    complaint = Complaint.objects.get()
    assert (complaint.standing, complaint.name) == ("representative", "Rae")
    assert complaint.evidence.filter(kind="authority").count() == 1


def test_a_file_that_is_too_long_is_dropped_while_it_arrives_and_said(shop, monkeypatch) -> None:
    monkeypatch.setattr("complaints.views.uploads.MEGABYTE", 10)
    answer = send(link_token(shop), evidence=[SimpleUploadedFile("long.mp3", b"ID3" + b"x" * 500)])

    assert answer.status_code == 422
    assert "long.mp3 is larger than" in answer.content.decode()


def test_two_gigabytes_are_refused_before_a_byte_is_read(shop) -> None:

    token = link_token(shop)
    answer = Client().generic(
        "POST", f"/r/{token}/complain/", b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(2_000_000_000)
    )
    assert answer.status_code == 413
    assert "Nothing was kept" in answer.content.decode()


def test_links_that_do_not_work_tell_nothing(shop) -> None:
    token = link_token(shop)
    altered = ("A" if token[0] != "A" else "B") + token[1:]
    assert Client().get(f"/r/{altered}/complain/").status_code == 404
    assert send(altered).status_code == 404
    BuyerLink.objects.update(expires_at=timezone.now())
    assert send(token).status_code == 410
    assert not Complaint.objects.exists()


def test_haste_is_slowed_down_with_the_words_kept(shop, monkeypatch) -> None:
    monkeypatch.setattr("complaints.views.complain.MOST_PER_MINUTE", 1)
    token = link_token(shop)
    send(token, kind="other")
    answer = send(token, kind="attitude")

    assert answer.status_code == 429
    assert "Three times I asked" in answer.content.decode()
    assert Complaint.objects.count() == 1
