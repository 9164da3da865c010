"""Matters are decided together; second opinions are given blind; the page of quality counts both."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from complaints.actions.deciding import decide_complaint
from complaints.actions.grouping import group_complaints
from complaints.models import BlindReview, Complaint, DeskTemplate
from governance.actions.appeals import file_appeal
from governance.models import Decision
from shops.models import User
from tests.builders import at
from tests.complaints.admin.test_complaint_page import VERDICT
from tests.complaints.builders import (
    a_violation,
    investigate,
    make_complaint,
    make_investigator,
    make_redress_policy,
    no_violation,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def review() -> BlindReview:
    """Dan found no violation; everything of that kind is reviewed."""
    make_redress_policy(review_share=1)
    dan = make_investigator("dan")
    complaint = investigate(make_complaint(), dan, at("11:00"))
    verdict = no_violation(private_note="A difficult buyer.")
    decide_complaint(complaint.pk, version=complaint.version, verdict=verdict, by=dan, at=at("11:00"))
    return BlindReview.objects.get()


def url_of(review: BlindReview, step: str) -> str:
    return f"{reverse('admin:complaints_blindreview_changelist')}{review.pk}/{step}/"


def test_the_first_reasons_are_not_shown(client: Client, carol: User, review: BlindReview) -> None:
    for step in ("change", "give"):
        page = client.get(url_of(review, step)).content.decode()
        assert "I asked three times." in page
        for hidden in ("The log shows it.", "A difficult buyer.", "decided by"):
            assert hidden not in page


def test_a_second_opinion_is_given_once(client: Client, carol: User, review: BlindReview) -> None:
    sent = {"verdict": "violation", "clause": "no_answer", "reason": "Nobody answered."}

    client.post(url_of(review, "give"), sent)

    review.refresh_from_db()
    assert (review.verdict, review.reviewer) == ("violation", carol)
    assert client.get(url_of(review, "give")).status_code == 403


def test_a_violation_names_its_clause(client: Client, carol: User, review: BlindReview) -> None:
    answer = client.post(url_of(review, "give"), {"verdict": "violation", "clause": "", "reason": "So it is."})

    assert "Name the clause that was broken." in answer.content.decode()


def test_the_first_person_gives_no_second_opinion(client: Client, review: BlindReview) -> None:
    client.force_login(User.objects.get(username="dan"))

    assert client.get(url_of(review, "give")).status_code == 403


def test_the_page_of_quality_counts_by_clause_and_reviewer(client: Client, carol: User, review: BlindReview) -> None:
    answer = client.get(reverse("admin:complaints_quality"))

    assert answer.status_code == 200
    assert "dan" in answer.content.decode()


def test_an_answer_to_an_appeal_starts_from_prepared_words(client: Client, carol: User) -> None:
    complaint = investigate(make_complaint(), make_investigator("dan"), at("11:00"))
    decided = decide_complaint(
        complaint.pk, version=complaint.version, verdict=a_violation(), by=make_investigator("dan"), at=at("11:00")
    )
    assert decided.decision is not None
    owner = User.objects.create_user(username="owner")
    appeal = file_appeal(decided.decision, who="shop", text="We did answer.", by=owner, at=at("11:00"))
    template = DeskTemplate.objects.create(
        title="Proven", use="appeal", text_en="{reference} was looked at.", text_zh_hans="{reference}已核查。"
    )
    url = f"{reverse('admin:governance_appeal_changelist')}{appeal.pk}/reject/"

    page = client.get(url, {"template": template.pk}).content.decode()

    assert f"{appeal.code} was looked at." in page
    assert f"{appeal.code}已核查。" in page


def test_a_matter_is_decided_for_all_of_its_complaints(client: Client, carol: User) -> None:
    chosen = [
        investigate(make_complaint(buyer_id=buyer, subject="rule 7"), carol, at("11:00")) for buyer in ("bo", "cy")
    ]
    matter = group_complaints([each.pk for each in chosen], title="Rule 7", by=carol, at=at("11:00"))
    url = f"{reverse('admin:complaints_matter_changelist')}{matter.pk}"
    assert client.get(f"{url}/change/").status_code == 200
    assert client.get(f"{url}/decide/").status_code == 200

    client.post(f"{url}/decide/", VERDICT)

    decision = Decision.objects.get()
    assert set(Complaint.objects.values_list("decision", flat=True)) == {decision.pk}
    assert client.get(reverse("admin:complaints_matter_changelist")).status_code == 200
