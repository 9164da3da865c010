"""Complaints that the marketplace's other systems took, filed here with their own ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.actions.desk_clock import policy_at
from complaints.actions.errors import ComplaintError
from complaints.actions.filing import NewComplaint, checked, file_complaint
from complaints.actions.snapshot import snapshot_conversation
from complaints.models import Complaint, Evidence
from shops.chat.columns import Column, Sort
from shops.imports.facts import Written
from shops.imports.rows import Row, RowError
from shops.models import Shop

LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Filed:
    """One complaint of a file, and when it was filed there."""

    new: NewComplaint
    filed_at: datetime


class Complaints:
    """Files complaints by the id of the other system; those that are known stay as they are.

    Their deadlines run from when they were filed. The conversations are taken from the chat log when the batch is
    committed, each on its own.
    """

    columns = (
        Column("complaint_id", Sort.CODE, is_required=True),
        Column("kind", is_required=True),
        Column("shop_id", Sort.CODE, is_required=True),
        Column("buyer_id", Sort.CODE, is_required=True),
        Column("conversation_id", Sort.CODE),
        Column("message_id", Sort.CODE),
        Column("text", is_required=True),
        Column("filed_at", Sort.INSTANT, is_required=True),
    )

    def __init__(self, now: datetime, future_tolerance: timedelta) -> None:
        self._now, self._tolerance = now, future_tolerance
        self._shops = {shop.code: shop for shop in Shop.objects.all()}

    def read(self, row: Row) -> Filed:
        """The complaint of a record. Raises RowError where it cannot be taken."""
        code = row.code("shop_id")
        if code not in self._shops:
            raise RowError(_('Shop "%(code)s" is unknown; import the shops first') % {"code": code})
        filed_at = row.past_instant("filed_at", self._now, self._tolerance)
        text = row.text("text", LONGEST_TEXT, may_break=True)
        if not text:
            raise RowError(_("%(name)s is missing") % {"name": "text"})
        new = NewComplaint(
            shop=self._shops[code],
            kind=row.choice("kind", Complaint.Kind.values),
            text=text,
            buyer_id=row.code("buyer_id"),
            conversation_id=row.text("conversation_id", 128),
            message_id=row.text("message_id", 128),
            imported_id=row.code("complaint_id"),
        )
        try:
            return Filed(checked(new, policy_at(filed_at).rules().redress, filed_at), filed_at)
        except ComplaintError as error:
            raise RowError(str(error)) from error

    def write(self, facts: Sequence[Filed]) -> Written:
        """File the complaints, each once."""
        ids = {each.new.imported_id for each in facts}
        known = set(Complaint.objects.filter(imported_id__in=ids).values_list("imported_id", flat=True))
        new: set[str | None] = set()
        for each in facts:
            if each.new.imported_id in known | new:
                continue
            complaint = file_complaint(each.new, at=each.filed_at)
            new.add(each.new.imported_id)
            transaction.on_commit(lambda filed=complaint: _keep_conversation(filed, self._now))  # type: ignore[misc]
        return Written(new, set())


def _keep_conversation(complaint: Complaint, now: datetime) -> None:
    if not complaint.evidence.filter(kind=Evidence.Kind.CONVERSATION).exists():
        snapshot_conversation(complaint, at=max(now, complaint.filed_at))
