"""Drafts of policies: written by one person, published by a second, or withdrawn. Every step leaves an audit record."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.actions.publish_policy import PublishError, publish_policy
from governance.models import Policy, PolicyDraft
from governance.policy.reading import read_policy
from shops.models import AuditEntry, User


class DraftError(Exception):
    """The draft cannot be changed so; the message says why and what to do."""


def digest_text(text: str) -> str:
    """SHA-256 of a draft's text, in hexadecimal: which text somebody has read."""
    return sha256(text.encode()).hexdigest()


@transaction.atomic
def draft_policy(*, title: str, source_text: str, note: str = "", by: User) -> PolicyDraft:
    """Keep a new draft. Its text may still be unsound: only publishing asks for a sound one."""
    text = _lines(source_text)
    draft = PolicyDraft.objects.create(title=title, source_text=text, note=note, drafted_by=by)
    _record("draft_policy", draft, by, {"title": title, "text": digest_text(text)})
    return draft


@transaction.atomic
def change_draft(draft_id: int, *, title: str, source_text: str, note: str = "", by: User) -> PolicyDraft:
    """Change an open draft; only its author may. Nothing is recorded where nothing changes. Raises DraftError."""
    draft = _open_draft(draft_id)
    if draft.drafted_by_id != by.pk:
        raise DraftError(
            _("Only %(author)s changes this draft, so that somebody else can publish it. Start a draft of your own.")
            % {"author": draft.drafted_by}
        )
    text = _lines(source_text)
    if (draft.title, draft.source_text, draft.note) == (title, text, note):
        return draft
    draft.title, draft.source_text, draft.note, draft.changed_at = title, text, note, timezone.now()
    draft.save()
    _record("change_policy_draft", draft, by, {"title": title, "text": digest_text(text)})
    return draft


@transaction.atomic
def withdraw_draft(draft_id: int, *, by: User) -> PolicyDraft:
    """Close an open draft: it stays readable, and nobody can change or publish it any more. Raises DraftError."""
    draft = _open_draft(draft_id)
    draft.withdrawn_by, draft.withdrawn_at = by, timezone.now()
    draft.save()
    _record("withdraw_policy_draft", draft, by, {"title": draft.title})
    return draft


@transaction.atomic
def publish_draft(draft_id: int, *, starts_on: date, read_text: str, by: User) -> Policy:
    """Publish an open draft as a version of the rules from `starts_on`, by another person than its author.

    `read_text` is the digest_text of what the publisher has read: a draft that was changed meanwhile is not published.
    Raises DraftError, PublishError (second person, date and notice) and PolicyError for a text that is no policy.
    """
    draft = _open_draft(draft_id)
    if digest_text(draft.source_text) != read_text:
        raise DraftError(_("The draft was changed since you opened this page. Read what it says now, then publish it."))
    document = read_policy(draft.source_text, draft.title)
    in_force = Policy.objects.published().order_by("-version").first()
    if in_force is not None and in_force.digest == document.digest and in_force.starts_on == starts_on:
        raise PublishError(
            _("These rules are published already, as version %(version)s.") % {"version": in_force.version}
        )
    policy = publish_policy(
        document, starts_on=starts_on, source_text=draft.source_text, drafted_by=draft.drafted_by, by=by
    )
    draft.published_as = policy
    draft.save()
    return policy


def _open_draft(draft_id: int) -> PolicyDraft:
    """The draft, locked. Raises DraftError where it is closed."""
    draft = PolicyDraft.objects.select_for_update(of=("self",)).select_related("drafted_by").get(pk=draft_id)
    if draft.withdrawn_at is not None:
        raise DraftError(_("This draft was withdrawn. Start a new one from its text."))
    if draft.published_as_id is not None:
        raise DraftError(_("This draft was published already. Start a new one from its text."))
    return draft


def _lines(text: str) -> str:
    """The text with the line ends of YAML files; browsers send others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _record(action: str, draft: PolicyDraft, by: User, detail: dict[str, str]) -> None:
    AuditEntry.objects.create(by=by, action=action, target=f"policy draft {draft.pk}", detail=detail)
