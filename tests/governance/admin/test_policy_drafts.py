"""The desk of drafts: who may do what, what the page says, and that nothing is a fault."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from governance.actions.policy_drafts import digest_text, draft_policy
from governance.models import Policy, PolicyDraft
from governance.policy.reading import list_presets, read_preset_text
from shops.models import AuditEntry, User
from tests.builders import make_policy

pytestmark = pytest.mark.django_db

TEXT = read_preset_text("default")
LIST, ADD, START = (reverse(f"admin:governance_policydraft_{name}") for name in ("changelist", "add", "start_from"))


def make_clerk(name: str, *permissions: str) -> User:
    user = User.objects.create_user(username=name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="governance", codename__in=permissions))
    return user


@pytest.fixture
def author(client: Client) -> User:
    user = make_clerk("writes", "draft_policy")
    client.force_login(user)
    return user


def page(draft: PolicyDraft, name: str = "change") -> str:
    return reverse(f"admin:governance_policydraft_{name}", args=[draft.pk])


def test_an_author_starts_from_the_rules_in_force_or_a_preset(client, author):
    make_policy(clock={"target_seconds": 77})

    starts = client.get(START).content.decode()
    assert "Version 1" in starts
    assert all(f"?from={name}" in starts for name in list_presets())
    assert "target_seconds&quot;:77" in client.get(ADD).content.decode()  # nothing was written: the document itself
    assert "name: ebay" in client.get(f"{ADD}?from=ebay").content.decode()
    assert client.get(f"{ADD}?from=%00nonsense").status_code == 200


def test_a_saved_draft_tells_what_would_change(client, author):
    make_policy()
    answer = client.post(
        ADD, {"title": "Two minutes", "source_text": TEXT.replace("target_seconds: 180", "target_seconds: 120")}
    )

    draft = PolicyDraft.objects.get()
    assert (answer.status_code, draft.drafted_by) == (302, author)
    shown = client.get(page(draft)).content.decode()
    assert "On-time target falls from 3 min to 2 min." in shown
    assert "What differs from version 1, in force today" in shown
    assert [entry.action for entry in AuditEntry.objects.filter(by=author)] == ["draft_policy"]


def test_a_saved_draft_tells_what_is_wrong_and_on_which_line(client, author):
    unsound = TEXT.replace("weight: 25\n      line: 0.90", "weight: 24\n      line: 0.90")
    client.post(ADD, {"title": "Not yet", "source_text": unsound})

    shown = client.get(page(PolicyDraft.objects.get())).content.decode()
    assert "shops.dimensions (line" in shown
    assert "add up to 99, not to 100" in shown


def test_a_change_is_kept_and_recorded_once(client, author):
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)
    client.post(page(draft), {"title": "Mine", "source_text": "format: 1"})
    client.post(page(draft), {"title": "Mine", "source_text": "format: 1"})

    draft.refresh_from_db()
    assert draft.source_text == "format: 1"
    assert AuditEntry.objects.filter(action="change_policy_draft").count() == 1


def test_the_author_can_withdraw_and_cannot_publish(client, author):
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)

    assert client.get(page(draft, "publish")).status_code == 403
    assert client.get(page(draft, "withdraw")).status_code == 200
    client.post(page(draft, "withdraw"))

    draft.refresh_from_db()
    assert draft.withdrawn_by == author
    assert client.get(page(draft, "withdraw")).status_code == 403
    assert client.post(page(draft), {"title": "x", "source_text": "x"}).status_code == 403


def test_a_second_person_reads_and_publishes(client, author):
    draft = draft_policy(title="First rules", source_text=TEXT, by=author)
    client.force_login(make_clerk("signs", "publish_policy"))

    read = client.get(page(draft)).content.decode()
    assert "<li># A general marketplace with live chat" in read
    assert 'name="source_text"' not in read
    form = client.get(page(draft, "publish")).content.decode()
    assert digest_text(TEXT) in form
    today = timezone.localdate()
    answer = client.post(page(draft, "publish"), {"starts_on": today.isoformat(), "read_text": digest_text(TEXT)})

    policy = Policy.objects.get()
    assert answer.url == reverse("admin:governance_policy_change", args=[policy.pk])
    assert (policy.published_by.username, policy.drafted_by, policy.starts_on) == ("signs", author, today)


@pytest.mark.parametrize(
    ("starts_on", "read_text", "told"),
    [
        ("2020-01-01", None, "cannot start in the past"),
        ("", None, "required"),
        ("tomorrow", None, "valid date"),
        (None, "0" * 64, "changed since you opened this page"),
    ],
)
def test_a_refusal_is_told_on_the_form(client, author, starts_on, read_text, told):
    draft = draft_policy(title="First rules", source_text=TEXT, by=author)
    client.force_login(make_clerk("signs", "publish_policy"))
    data = {
        "starts_on": timezone.localdate().isoformat() if starts_on is None else starts_on,
        "read_text": read_text or digest_text(TEXT),
    }

    answer = client.post(page(draft, "publish"), data)

    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert Policy.objects.count() == 0


def test_staff_without_a_right_see_nothing(client, author):
    draft = draft_policy(title="Mine", source_text=TEXT, by=author)
    client.force_login(make_clerk("nobody"))

    for address in (LIST, ADD, START, page(draft), page(draft, "publish"), page(draft, "withdraw")):
        assert client.get(address).status_code == 403


def test_whoever_publishes_does_not_draft(client):
    client.force_login(make_clerk("signs", "publish_policy"))

    assert client.get(LIST).status_code == 200
    assert client.get(ADD).status_code == 403


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "x"])
def test_a_draft_that_is_not_there_is_no_fault(client, author, number):
    client.force_login(make_clerk("signs", "publish_policy", "draft_policy"))

    for name in ("publish", "withdraw"):
        address = LIST + f"{number}/{name}/"
        assert client.get(address).status_code in {302, 403, 404}


def test_the_list_costs_the_same_for_two_drafts_and_ten(client, author):
    draft_policy(title="a", source_text=TEXT, by=author)
    draft_policy(title="b", source_text=TEXT, by=author)
    client.get(LIST)
    with CaptureQueriesContext(connection) as two:
        client.get(LIST)
    for number in range(8):
        draft_policy(title=str(number), source_text=TEXT, by=author)
    with CaptureQueriesContext(connection) as ten:
        client.get(LIST)

    assert len(ten) == len(two)
