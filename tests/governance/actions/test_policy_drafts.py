"""Drafts of policies: one person writes, a second publishes what was read, nothing is lost."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
import time_machine
from django.db import IntegrityError, connection, connections, transaction

from governance.actions.policy_drafts import (
    DraftError,
    change_draft,
    digest_text,
    draft_policy,
    publish_draft,
    withdraw_draft,
)
from governance.actions.publish_policy import PublishError
from governance.models import Policy, PolicyDraft
from governance.policy.problems import PolicyError
from governance.policy.reading import read_preset_text
from shops.models import AuditEntry, Standard, User
from tests.builders import make_policy, on

pytestmark = pytest.mark.django_db

TEXT = read_preset_text("jd")


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel("2026-05-04T12:00:00Z", tick=False):
        yield


@pytest.fixture
def author():
    return User.objects.create_user(username="writes")


@pytest.fixture
def second():
    return User.objects.create_user(username="signs")


IN_A_WEEK = on(7)


def publish(draft, by, starts_on=IN_A_WEEK, text=None):
    return publish_draft(draft.pk, starts_on=starts_on, read_text=digest_text(text or draft.source_text), by=by)


def test_a_draft_becomes_a_version_by_the_hand_of_a_second_person(author, second):
    make_policy(on(-30))
    draft = draft_policy(title="Thirty seconds", source_text=TEXT, note="Like JD.", by=author)

    policy = publish(draft, second)

    assert (policy.version, policy.starts_on, policy.source_text) == (2, on(7), TEXT)
    assert (policy.drafted_by, policy.published_by) == (author, second)
    assert policy.rules().clock.target_seconds == 30
    draft.refresh_from_db()
    assert (draft.published_as, draft.is_open()) == (policy, False)
    assert Standard.objects.filter(policy_version=2).count() == 1
    entries = [(entry.action, entry.by, entry.target) for entry in AuditEntry.objects.order_by("pk")]
    assert entries[1:] == [
        ("draft_policy", author, f"policy draft {draft.pk}"),
        ("publish_policy", second, "policy v2"),
    ]


def test_the_author_does_not_publish(author):
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)

    with pytest.raises(PublishError, match="second person"):
        publish(draft, author, on(0))
    assert Policy.objects.count() == 0
    assert PolicyDraft.objects.get().is_open()


def test_a_text_that_nobody_has_read_is_not_published(author, second):
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)
    change_draft(draft.pk, title="Mine", source_text=TEXT.replace("30  ", "31  ", 1), by=author)

    with pytest.raises(DraftError, match="changed since you opened this page"):
        publish(draft, second, on(0))
    assert Policy.objects.count() == 0


def test_an_unsound_text_is_kept_and_not_published(author, second):
    unsound = TEXT.replace("weight: 55", "weight: 54")
    draft = draft_policy(title="Not yet", source_text=unsound, by=author)

    with pytest.raises(PolicyError, match=r"add up to 99, not to 100"):
        publish(draft, second, on(0))
    assert PolicyDraft.objects.get().source_text == unsound
    assert Policy.objects.count() == 0


def test_only_its_author_changes_a_draft(author, second):
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)

    with pytest.raises(DraftError, match="Only writes changes this draft"):
        change_draft(draft.pk, title="Mine", source_text="x", by=second)
    changed = change_draft(draft.pk, title="Still mine", source_text="format: 1\r\nname: x\r\n", by=author)
    assert (changed.title, changed.source_text) == ("Still mine", "format: 1\nname: x\n")
    assert AuditEntry.objects.filter(action="change_policy_draft", by=author).count() == 1


def test_nothing_is_recorded_where_nothing_changes(author):
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)
    change_draft(draft.pk, title="Mine", source_text=TEXT, by=author)

    assert AuditEntry.objects.filter(action="change_policy_draft").count() == 0


@pytest.mark.parametrize("closed", ["withdrawn", "published"])
def test_a_closed_draft_stays_as_it_is(author, second, closed):
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)
    if closed == "withdrawn":
        withdraw_draft(draft.pk, by=author)
    else:
        publish(draft, second, on(0))

    for attempt in (
        lambda: change_draft(draft.pk, title="x", source_text="x", by=author),
        lambda: withdraw_draft(draft.pk, by=author),
        lambda: publish(draft, second, on(1)),
    ):
        with pytest.raises(DraftError, match=f"was {closed}"):
            attempt()
    draft.refresh_from_db()
    assert draft.source_text == TEXT
    assert AuditEntry.objects.filter(action="withdraw_policy_draft").count() == (closed == "withdrawn")


def test_a_draft_is_never_deleted_nor_both_published_and_withdrawn(author, second):
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)
    publish(draft, second, on(0))
    draft.refresh_from_db()

    with pytest.raises(ValueError, match="Withdraw it"):
        draft.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyDraft.objects.filter(pk=draft.pk).update(withdrawn_at="2026-05-04T12:00:00Z")


def test_the_same_rules_are_not_published_twice_from_one_day(author, second):
    publish(draft_policy(title="One", source_text=TEXT, by=author), second, on(0))
    again = draft_policy(title="Two", source_text=TEXT, by=author)

    with pytest.raises(PublishError):
        publish(again, second, on(0))
    assert Policy.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_who_publish_one_draft_at_once_publish_it_once():
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    author, *publishers = (User.objects.create_user(username=name) for name in ("writes", "signs", "signs-too"))
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)
    barrier, outcomes = Barrier(2), []

    def attempt(by):
        try:
            barrier.wait(10)
            outcomes.append(publish(draft, by, on(0)).version)
        except DraftError as error:
            outcomes.append(str(error))
        finally:
            connections.close_all()

    threads = [Thread(target=attempt, args=(by,)) for by in publishers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(map(type, outcomes), key=str) == [int, str]
    assert Policy.objects.count() == Standard.objects.count() == 1
