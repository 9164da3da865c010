"""Nobody reads a conversation without a trace."""

from __future__ import annotations

import pytest

from shops.actions.read_conversation import read_conversation
from shops.models import AuditEntry
from tests.screens_data import make_shop, make_staff, place_chats

pytestmark = pytest.mark.django_db


def test_reading_leaves_who_what_and_when(monkeypatch: pytest.MonkeyPatch) -> None:
    place_chats(monkeypatch)
    shop, reader = make_shop("s-1"), make_staff()

    messages = read_conversation(shop, "c-00001", around_ms=1_780_110_900_000, by=reader)

    assert len(messages) == 9
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.action, entry.target) == (reader, "read_conversation", "s-1/c-00001")
    assert entry.detail == {
        "shop": "s-1", "conversation": "c-00001", "around_ms": 1_780_110_900_000, "messages": 9
    }  # fmt: skip


def test_a_conversation_that_is_not_there_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    place_chats(monkeypatch)

    assert read_conversation(make_shop(), "c-none", around_ms=1, by=make_staff()) == []
    assert not AuditEntry.objects.exists()
