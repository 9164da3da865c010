"""Grouping: complaints with one cause become one matter, decided together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints.actions.course import audit, enter, lock_complaints
from complaints.actions.errors import ComplaintError
from complaints.models import Complaint, Entry, Matter
from shops.models import Agent, User

LONGEST_TITLE: Final = 200
LONGEST_SUBJECT: Final = 150


@transaction.atomic
def group_complaints(ids: Sequence[int], *, title: str, by: User, at: datetime) -> Matter:
    """Join open complaints about one shop to a matter; return it, the open one with the same cause where there is one.

    The cause is the subject that all have in common (a rule, an event), else the agent, else the title. Raises
    ComplaintError for complaints of several shops, decided or ended ones, and those of another open matter.
    """
    title = title.strip()[:LONGEST_TITLE]
    if not title:
        raise ComplaintError(_("A matter needs a title. Write what the complaints have in common."))
    complaints = lock_complaints(ids)
    if not complaints:
        raise ComplaintError(_("Choose the complaints that belong together."))
    if len({each.shop_id for each in complaints}) > 1:
        raise ComplaintError(_("The complaints are about several shops. Make a matter for each shop."))
    for complaint in complaints:
        if not complaint.is_open() or complaint.decision_id is not None:
            raise ComplaintError(
                _("Complaint %(code)s is decided or over and joins no matter.") % {"code": complaint.code}
            )
    agent, subject = _cause(complaints, title)
    matter = _open_matter(complaints[0], agent, subject, title, by, at)
    for complaint in complaints:
        if complaint.matter_id == matter.pk:
            continue
        if complaint.matter is not None and complaint.matter.is_open():
            raise ComplaintError(
                _("Complaint %(code)s belongs to the open matter %(matter)s already.")
                % {"code": complaint.code, "matter": complaint.matter.code}
            )
        complaint.matter = matter
        complaint.save(update_fields=["matter"])
        enter(
            complaint,
            Entry.Kind.GROUPED,
            side=Entry.Side.STAFF,
            at=at,
            by=by,
            text=matter.code,
            audience=Entry.Audience.STAFF,
        )
        audit(complaint, "group_complaint", by=by, detail={"matter": matter.code})
    return matter


def _cause(complaints: Sequence[Complaint], title: str) -> tuple[Agent | None, str]:
    subjects = {each.subject for each in complaints}
    if len(subjects) == 1 and (subject := subjects.pop()):
        return None, subject
    if len({each.agent_id for each in complaints}) == 1 and complaints[0].agent is not None:
        return complaints[0].agent, ""
    return None, title[:LONGEST_SUBJECT]


def _open_matter(complaint: Complaint, agent: Agent | None, subject: str, title: str, by: User, at: datetime) -> Matter:
    """The open matter with that cause, locked, so that nobody decides it meanwhile; a new one where there is none."""
    of_cause = Matter.objects.select_for_update(of=("self",), no_key=True).filter(
        shop=complaint.shop, agent=agent, subject=subject, decided_at=None
    )
    matter = of_cause.first()
    if matter is not None:
        return matter
    try:
        with transaction.atomic():
            return Matter.objects.create(
                shop=complaint.shop, agent=agent, subject=subject, title=title, opened_at=at, opened_by=by
            )
    except IntegrityError:  # Somebody else made it a moment ago; the constraint lets only one be.
        return of_cause.get()
