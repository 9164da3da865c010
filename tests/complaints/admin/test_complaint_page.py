"""One complaint's page: what it shows, who may read the words, and the steps that are taken from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions.desk import add_note, take_complaint
from complaints.models import Complaint, DeskTemplate
from governance.models import Decision
from shops.models import AuditEntry, User
from tests.builders import at
from tests.complaints.builders import investigate, make_complaint, make_investigator

pytestmark = pytest.mark.django_db

TEXT = "I asked three times."
VERDICT = {
    "ruling": "no_answer:mild",
    "facts_en": "Three questions were not answered.",
    "facts_zh_hans": "三个问题没有得到回复。",
    "reasons_en": "The log shows it.",
    "reasons_zh_hans": "聊天记录可以证明。",
    "private_note": "",
    "remedy_kind": "none",
    "remedy_due_at": "",
}


def url_of(complaint: Complaint, step: str = "change") -> str:
    return f"{reverse('admin:complaints_complaint_changelist')}{complaint.pk}/{step}/"


def page_of(client: Client, complaint: Complaint, step: str = "change", **query: str) -> str:
    answer = client.get(url_of(complaint, step), query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def readings() -> list[tuple[Any, ...]]:
    return list(AuditEntry.objects.filter(action="read_complaint").values_list("by__username", "detail__purpose"))


def test_the_words_are_masked_without_the_permission(client: Client, complaint: Complaint) -> None:
    clerk = User.objects.create_user(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_complaint", "work_complaint"]))
    client.force_login(clerk)

    page = page_of(client, complaint, purpose="appeal")

    assert TEXT not in page
    assert "may not read what buyers write" in page
    assert readings() == []


def test_the_words_are_opened_for_a_purpose_and_that_is_recorded(
    client: Client, carol: User, complaint: Complaint
) -> None:
    assert TEXT not in page_of(client, complaint)
    assert readings() == []

    assert TEXT in page_of(client, complaint, purpose="quality")
    assert readings() == [("carol", "quality")]


def test_whoever_holds_it_reads_it_to_investigate(client: Client, carol: User, complaint: Complaint) -> None:
    take_complaint(complaint.pk, by=carol, at=at("11:00"))

    assert TEXT in page_of(client, complaint)
    assert readings() == [("carol", "investigation")]


def test_a_script_in_the_words_stays_text(client: Client, carol: User, complaint: Complaint) -> None:
    take_complaint(complaint.pk, by=carol, at=at("11:00"))
    Complaint.objects.filter(pk=complaint.pk).update(text="<script>alert(1)</script>")

    page = page_of(client, complaint)

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_private_entries_are_marked(client: Client, carol: User, complaint: Complaint) -> None:
    add_note(complaint.pk, text="Known seller.", by=carol, at=at("11:00"))

    page = page_of(client, complaint, purpose="quality")

    assert "Known seller." in page
    assert "staff only" in page


def test_what_a_decision_would_bring_is_shown(client: Client, carol: User, complaint: Complaint) -> None:
    page = page_of(client, complaint)

    assert "What a decision would bring now" in page
    assert "nothing was decided" in page
    assert not Decision.objects.exists()


def test_the_shop_is_heard(client: Client, carol: User, complaint: Complaint) -> None:
    complaint = take_complaint(complaint.pk, by=carol, at=at("11:00"))

    client.post(url_of(complaint, "hear"), {"version": complaint.version, "words": "What happened?"})

    complaint.refresh_from_db()
    assert complaint.state == Complaint.State.AWAITING_SHOP


def test_prepared_words_are_the_starting_text(client: Client, carol: User, complaint: Complaint) -> None:
    take_complaint(complaint.pk, by=carol, at=at("11:00"))
    template = DeskTemplate.objects.create(
        title="First question",
        use="ask_shop",
        text_en="{shop}: about {reference}",
        text_zh_hans="{shop}：关于{reference}",
    )

    english = page_of(client, complaint, "hear", template=str(template.pk))
    chinese = page_of(client, complaint, "hear", template=str(template.pk), language="zh-hans")

    assert f"{complaint.shop.name}: about {complaint.code}" in english
    assert f"{complaint.shop.name}：关于{complaint.code}" in chinese


def test_a_stale_version_is_told_and_nothing_is_lost(client: Client, carol: User, complaint: Complaint) -> None:
    held = take_complaint(complaint.pk, by=carol, at=at("11:00"))
    Complaint.objects.filter(pk=complaint.pk).update(version=held.version + 1)

    answer = client.post(url_of(complaint, "hear"), {"version": held.version, "words": "Typed with care."})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Typed with care." in page
    assert f'name="version" value="{held.version + 1}"' in page
    complaint.refresh_from_db()
    assert complaint.state == Complaint.State.RECEIVED


def test_a_look_shows_what_would_follow_and_decides_nothing(client: Client, carol: User, complaint: Complaint) -> None:
    complaint = investigate(complaint, carol, at("11:00"))

    answer = client.post(
        url_of(complaint, "decide"), {**VERDICT, "facts_en": "", "version": complaint.version, "look": "1"}
    )

    page = answer.content.decode()
    assert "What a decision would bring now" in page
    assert "聊天记录可以证明。" in page
    assert not Decision.objects.exists()


def test_a_violation_is_decided(client: Client, carol: User, complaint: Complaint) -> None:
    complaint = investigate(complaint, carol, at("11:00"))

    answer = client.post(url_of(complaint, "decide"), {**VERDICT, "version": complaint.version}, follow=True)

    decision = Decision.objects.get()
    assert (decision.kind, decision.clause, decision.gravity) == ("violation", "no_answer", "mild")
    assert "Three questions were not answered." in answer.content.decode()


def test_no_violation_is_decided(client: Client, carol: User, complaint: Complaint) -> None:
    complaint = investigate(complaint, carol, at("11:00"))

    client.post(url_of(complaint, "decide"), {**VERDICT, "ruling": "none", "version": complaint.version})

    complaint.refresh_from_db()
    assert complaint.decision is not None
    assert complaint.decision.kind == "no_violation"


def test_a_remedy_needs_its_day(client: Client, carol: User, complaint: Complaint) -> None:
    complaint = investigate(complaint, carol, at("11:00"))

    answer = client.post(
        url_of(complaint, "decide"), {**VERDICT, "remedy_kind": "answer", "version": complaint.version}
    )

    assert "Say by when the buyer gets it." in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_complaint_is_refused_with_reasons(client: Client, carol: User, complaint: Complaint) -> None:
    complaint = take_complaint(complaint.pk, by=carol, at=at("11:00"))
    words = {"words_en": "Not about this shop.", "words_zh_hans": "与该店铺无关。"}

    client.post(url_of(complaint, "refuse"), {"version": complaint.version, **words})

    complaint.refresh_from_db()
    assert complaint.is_refused


@pytest.mark.parametrize("step", ["hear", "ask", "decide", "refuse", "return"])
def test_only_whoever_holds_it_takes_steps(client: Client, carol: User, complaint: Complaint, step: str) -> None:
    take_complaint(complaint.pk, by=make_investigator("dan"), at=at("11:00"))

    assert client.get(url_of(complaint, step)).status_code == 403


def test_a_recused_person_is_not_offered_it_again(client: Client, carol: User, complaint: Complaint) -> None:
    client.post(url_of(complaint, "recuse"), {"reason": "My cousin's shop."})

    assert complaint.recusals.get().user == carol
    assert client.get(url_of(complaint, "take")).status_code == 403


def test_evidence_is_served_to_those_who_may_read_for_a_purpose(
    client: Client, carol: User, complaint: Complaint
) -> None:
    url = reverse("admin:complaints_complaint_evidence", args=[complaint.pk, 999])
    assert client.get(url).status_code == 404
    for evidence in complaint.evidence.all():
        address = reverse("admin:complaints_complaint_evidence", args=[complaint.pk, evidence.pk])
        assert client.get(address).status_code == 403
        assert client.get(address, {"purpose": "quality"}).headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("address", ["x", "999999", "9" * 40])
def test_an_unknown_complaint_is_none(client: Client, carol: User, address: str) -> None:
    url = f"{reverse('admin:complaints_complaint_changelist')}{address}/"

    assert client.get(f"{url}change/").status_code in {302, 404}
    assert client.get(f"{url}decide/").status_code in {403, 404}


def test_the_page_costs_the_same_for_few_and_many_complaints(client: Client, carol: User, complaint: Complaint) -> None:
    take_complaint(complaint.pk, by=carol, at=at("11:00"))

    def queries(count: int) -> int:
        for number in range(count):
            make_complaint(buyer_id=f"buyer-{count}-{number}")
        with CaptureQueriesContext(connection) as captured:
            page_of(client, complaint)
        return len(captured)

    assert queries(1) == queries(9)


def test_an_overdue_one_says_so(client: Client, carol: User, complaint: Complaint) -> None:
    Complaint.objects.filter(pk=complaint.pk).update(due_at=at("11:00") - timedelta(minutes=1))

    assert "The deadline has passed." in page_of(client, complaint)
