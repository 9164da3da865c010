"""Complainants who left an address are told by mail that there is news, and nothing of what it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from complaints.actions.mail_entries import mail_entries
from complaints.models import Entry
from tests.complaints.builders import FILED_AT, make_complaint

pytestmark = pytest.mark.django_db


def test_news_is_mailed_once_in_the_language_of_the_complaint() -> None:
    complaint = make_complaint(email="bo@example.com", language="zh-hans")

    assert mail_entries(FILED_AT + timedelta(minutes=1)) == {"mailed": 1, "failed": 0}
    assert mail_entries(FILED_AT + timedelta(minutes=2)) == {"mailed": 0, "failed": 0}

    (message,) = mail.outbox
    assert message.to == ["bo@example.com"]
    assert complaint.code in message.subject
    assert "投诉" in message.subject
    assert complaint.text not in message.body
    assert complaint.access_code not in message.body


def test_who_left_no_address_is_sent_nothing() -> None:
    make_complaint()

    assert mail_entries(FILED_AT + timedelta(minutes=1)) == {"mailed": 0, "failed": 0}
    assert not mail.outbox


def test_old_news_is_not_mailed_any_more() -> None:
    make_complaint(email="bo@example.com")

    assert mail_entries(FILED_AT + timedelta(days=8)) == {"mailed": 0, "failed": 0}
    assert not Entry.objects.filter(mailed_at=None).exists()


def test_a_mail_server_that_is_down_leaves_the_news_for_the_next_sweep(monkeypatch: Any) -> None:
    make_complaint(email="bo@example.com")

    def refuse(_message: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    assert mail_entries(FILED_AT + timedelta(minutes=1)) == {"mailed": 0, "failed": 1}
    monkeypatch.undo()
    assert mail_entries(FILED_AT + timedelta(minutes=2)) == {"mailed": 1, "failed": 0}
