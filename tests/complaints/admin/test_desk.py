"""The queues of the desk: who sees what in which order, who may draw, assign and join, and what a list costs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions.desk import take_complaint
from complaints.actions.hearing import hear_shop
from complaints.models import Complaint, Matter
from shops.models import User
from tests.builders import at, make_shop
from tests.complaints.builders import make_complaint, make_investigator, make_redress_policy

pytestmark = pytest.mark.django_db

LIST = reverse("admin:complaints_complaint_changelist")


def codes_in(client: Client, **filters: str) -> list[str]:
    answer = client.get(LIST, filters)
    assert answer.status_code == 200
    return list(dict.fromkeys(re.findall(r"C-[0-9a-f]{16}", answer.content.decode())))


def make_clerk(client: Client, *permissions: str) -> User:
    clerk = User.objects.create_user(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_complaint", *permissions]))
    client.force_login(clerk)
    return clerk


def test_the_desk_shows_what_waits_for_it_the_escalated_first_then_by_priority(client: Client, carol: User) -> None:
    plain, urgent, escalated = (make_complaint(buyer_id=buyer) for buyer in ("bo", "cy", "di"))
    Complaint.objects.filter(pk=urgent.pk).update(priority=1)
    Complaint.objects.filter(pk=escalated.pk).update(escalated_at=at("10:30"))

    assert codes_in(client) == [escalated.code, urgent.code, plain.code]


def test_each_queue_has_its_own(client: Client, carol: User) -> None:
    mine, asked, late = (make_complaint(buyer_id=buyer) for buyer in ("bo", "cy", "di"))
    take_complaint(mine.pk, by=carol, at=at("11:00"))
    asked = take_complaint(asked.pk, by=carol, at=at("11:00"))
    hear_shop(asked.pk, version=asked.version, words="What happened?", by=carol, at=at("11:00"))
    Complaint.objects.filter(pk=late.pk).update(due_at=at("10:59"))

    assert mine.code in codes_in(client, queue="mine")
    assert codes_in(client, queue="shop") == [asked.code]
    assert codes_in(client, queue="overdue") == [late.code]
    assert codes_in(client, queue="free") == [late.code]
    assert set(codes_in(client, queue="all")) == {mine.code, asked.code, late.code}


def test_a_list_costs_the_same_for_two_complaints_and_ten(client: Client, carol: User) -> None:
    def queries(count: int) -> int:
        for number in range(count):
            make_complaint(buyer_id=f"buyer-{count}-{number}")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    assert queries(2) == queries(8)


def test_the_next_one_is_drawn(client: Client, carol: User, complaint: Complaint) -> None:
    answer = client.get(f"{LIST}draw-next/")

    complaint.refresh_from_db()
    assert answer.headers["Location"] == reverse("admin:complaints_complaint_change", args=[complaint.pk])
    assert complaint.assigned_to == carol


def test_nothing_to_draw_is_said(client: Client, carol: User) -> None:
    make_redress_policy()
    answer = client.get(f"{LIST}draw-next/", follow=True)

    assert "No complaint waits that you may work on." in answer.content.decode()


def test_who_may_only_look_draws_nothing(client: Client, complaint: Complaint) -> None:
    make_clerk(client)

    assert client.get(f"{LIST}draw-next/").status_code == 403
    complaint.refresh_from_db()
    assert complaint.assigned_to is None


def test_chosen_ones_are_assigned_to_a_person(client: Client, carol: User) -> None:
    chosen = [make_complaint(buyer_id=buyer) for buyer in ("bo", "cy")]
    dan = make_investigator("dan")
    sent = {"action": "assign", "_selected_action": [complaint.pk for complaint in chosen]}

    assert "The chosen complaints" in client.post(LIST, sent).content.decode()
    client.post(LIST, sent | {"sure": "1", "to": dan.pk})

    assert set(Complaint.objects.values_list("assigned_to__username", flat=True)) == {"dan"}


def test_who_may_not_assign_is_not_offered_it(client: Client, complaint: Complaint) -> None:
    make_clerk(client, "work_complaint")
    sent = {"action": "assign", "_selected_action": [complaint.pk], "sure": "1", "to": make_investigator().pk}

    client.post(LIST, sent)

    complaint.refresh_from_db()
    assert complaint.assigned_to is None


def test_chosen_ones_are_joined_to_a_matter(client: Client, carol: User) -> None:
    shop = make_shop(agents=("ann",))
    make_redress_policy()
    chosen = [make_complaint(shop, buyer_id=buyer, subject="rule 7") for buyer in ("bo", "cy")]
    sent = {"action": "group", "_selected_action": [complaint.pk for complaint in chosen]}

    answer = client.post(LIST, sent | {"sure": "1", "title": "Rule 7"}, follow=True)

    matter = Matter.objects.get()
    assert matter.complaints.count() == 2
    page = answer.content.decode()
    assert all(complaint.code in page for complaint in chosen)


def test_a_search_looks_at_all_of_them(client: Client, carol: User, complaint: Complaint) -> None:
    Complaint.objects.filter(pk=complaint.pk).update(state="withdrawn", closed_at=at("10:30") + timedelta(minutes=1))

    assert codes_in(client) == []
    assert codes_in(client, q=complaint.code) == [complaint.code]
