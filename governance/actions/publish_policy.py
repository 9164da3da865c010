"""Publishing a policy: a version of the rules takes effect on a date, and the facts are told what to obey."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from governance.models import Policy
from governance.policy.schema import PolicyDocument
from shops.models import AuditEntry, Standard, User


class PublishError(Exception):
    """The policy cannot be published so; the message says why and what to do."""


@transaction.atomic
def publish_policy(
    document: PolicyDocument,
    *,
    starts_on: date,
    source_text: str = "",
    drafted_by: User | None = None,
    by: User | None = None,
) -> Policy:
    """Append a version of the rules, in force from `starts_on`, and write its standards down for the facts.

    `by` is None where a command acts. Publishing the document that is the newest version already, from the same day,
    returns that version. Raises PublishError where the person who drafted it would publish it.
    """
    if by is not None and by == drafted_by:
        raise PublishError("A second person publishes a policy. Ask somebody who did not draft it.")
    newest = Policy.objects.select_for_update().order_by("-version").first()
    digest = document.digest
    if newest is not None and newest.digest == digest and newest.starts_on == starts_on and newest.published_at:
        return newest
    policy = Policy.objects.create(
        version=(Policy.objects.aggregate(newest=Max("version"))["newest"] or 0) + 1,
        name=document.name,
        document=document.to_json(),
        digest=digest,
        source_text=source_text,
        starts_on=starts_on,
        drafted_by=drafted_by,
        published_by=by,
        published_at=timezone.now(),
    )
    Standard.objects.create(
        section=Standard.Section.CLOCK,
        starts_on=starts_on,
        document=document.clock.model_dump(mode="json"),
        policy_version=policy.version,
    )
    AuditEntry.objects.create(
        by=by,
        action="publish_policy",
        target=f"policy v{policy.version}",
        detail={"name": policy.name, "digest": digest, "starts_on": starts_on.isoformat()},
    )
    return policy
