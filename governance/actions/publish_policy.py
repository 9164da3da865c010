"""Publishing a policy: a version of the rules takes effect on a date, and the facts are told what to obey."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.models import Policy
from governance.policy.schema import PolicyDocument
from shops.actions.standards import write_clock_standards
from shops.models import AuditEntry, User


class PublishError(Exception):
    """The policy cannot be published so; the message says why and what to do."""


def earliest_start(today: date) -> date:
    """The first day from which a person may put a new version in force: the notice that the rules in force promise.

    Today where no rules are in force yet. One query.
    """
    in_force = Policy.objects.in_force_on(today)
    return today + timedelta(days=in_force.rules().notice_days) if in_force else today


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

    `by` is None where a command acts; only a command may start rules in the past or without notice. Publishing the
    document that is the newest version already, from the same day, returns that version. Raises PublishError where the
    person who drafted it would publish it, and where a person publishes it with less notice than the rules promise.
    """
    if by is not None and by == drafted_by:
        raise PublishError(_("A second person publishes a policy. Ask somebody who did not draft it."))
    newest = Policy.objects.select_for_update().order_by("-version").first()
    if by is not None:
        _refuse_short_notice(starts_on)
    digest = document.digest
    if newest is not None and newest.digest == digest and newest.starts_on == starts_on and newest.published_at:
        return newest
    policy = Policy.objects.create(
        version=(Policy.objects.aggregate(newest=Max("version"))["newest"] or 0) + 1,
        name=document.name[:100],
        document=document.to_json(),
        digest=digest,
        source_text=source_text,
        starts_on=starts_on,
        drafted_by=drafted_by,
        published_by=by,
        published_at=timezone.now(),
    )
    peaks = [(peak.first_on, peak.last_on, peak.clock.over(document.clock)) for peak in document.peaks]
    write_clock_standards(document.clock, peaks, starts_on=starts_on, policy_version=policy.version)
    AuditEntry.objects.create(
        by=by,
        action="publish_policy",
        target=f"policy v{policy.version}",
        detail={"name": policy.name, "digest": digest, "starts_on": starts_on.isoformat()},
    )
    return policy


def _refuse_short_notice(starts_on: date) -> None:
    today = timezone.localdate()
    earliest = earliest_start(today)
    if starts_on < today:
        raise PublishError(
            _("Rules cannot start in the past (%(day)s). Choose %(earliest)s or later.")
            % {"day": starts_on, "earliest": earliest}
        )
    if starts_on < earliest:
        raise PublishError(
            _(
                "The rules in force promise %(days)s days' notice before they change. Choose %(earliest)s or later, "
                "not %(day)s."
            )
            % {"days": (earliest - today).days, "earliest": earliest, "day": starts_on}
        )
