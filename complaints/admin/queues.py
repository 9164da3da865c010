"""The desk's queues: which complaints wait for whom, and the colours of urgency."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.contrib import admin
from django.db.models import F, OrderBy, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint
from complaints.models.complaint import ComplaintQuerySet
from governance.admin.appeals import due_pill
from shops.admin.pills import pill
from shops.views.figures import ABSENT

QUEUES: Final[dict[str, Any]] = {
    "desk": _("at the desk"),
    "free": _("free to draw"),
    "mine": _("mine"),
    "shop": _("waiting for the shop"),
    "buyer": _("waiting for the complainant"),
    "overdue": _("overdue"),
    "escalated": _("escalated"),
    "all": _("all of them"),
}
URGENT_FIRST: Final = (OrderBy(F("escalated_at"), nulls_last=True), "priority", "due_at")
STATE_TONES: Final = {
    Complaint.State.RECEIVED: "brand",
    Complaint.State.AWAITING_SHOP: "none",
    Complaint.State.INVESTIGATING: "middle",
    Complaint.State.DECIDED: "good",
    Complaint.State.CLOSED: "none",
    Complaint.State.WITHDRAWN: "none",
}


def queue_of(request: HttpRequest) -> str:
    """The queue that a list shows: the one asked for, all for a search, else what waits at the desk."""
    asked = request.GET.get("queue", "")
    if asked in QUEUES:
        return asked
    return "all" if request.GET.get("q") else "desk"


def in_queue(complaints: ComplaintQuerySet, queue: str, *, user_id: int | None, at: datetime) -> ComplaintQuerySet:
    """The complaints of a queue, in no order."""
    at_desk = Q(state__in=Complaint.AT_DESK, buyer_due_at=None)
    is_open = Q(state__in=Complaint.OPEN)
    conditions = {
        "desk": at_desk,
        "free": at_desk & (Q(assigned_until=None) | Q(assigned_until__lte=at)),
        "mine": is_open & Q(assigned_to=user_id, assigned_until__gt=at),
        "shop": Q(state=Complaint.State.AWAITING_SHOP),
        "buyer": is_open & Q(buyer_due_at__isnull=False),
        "overdue": is_open & Q(due_at__lte=at, due_left_seconds=None),
        "escalated": is_open & Q(escalated_at__isnull=False),
    }
    return complaints.filter(conditions[queue]) if queue in conditions else complaints


class QueueFilter(admin.SimpleListFilter):
    """Which queue is shown; what waits at the desk unless another one is chosen."""

    title = _("queue")
    parameter_name = "queue"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.queue = queue_of(request)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return list(QUEUES.items())

    def value(self) -> str:
        """The chosen queue; there is always one."""
        return self.queue

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The queues; "all" is one of them."""
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The complaints of the queue."""
        return in_queue(queryset, self.queue, user_id=request.user.pk, at=timezone.now())


def due_in_words(complaint: Complaint, at: datetime) -> SafeString | str:
    """When the desk is due, in the colour of its urgency; who is waited for while its clock stands still."""
    if not complaint.is_open():
        return ABSENT
    if complaint.due_left_seconds is not None:
        waits = complaint.buyer_due_at is not None
        return pill(gettext("waits for the complainant") if waits else gettext("waits for the shop"), "none")
    return due_pill(complaint.due_at, at)


class PriorityFilter(admin.SimpleListFilter):
    """The three priorities as they are. Django's own filter would read every complaint to see which there are."""

    title = _("priority")
    parameter_name = "priority"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return [("1", "1"), ("2", "2"), ("3", "3")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ARG002
        """The chosen ones."""
        value = self.value()
        return queryset.filter(priority=int(value)) if value in {"1", "2", "3"} else queryset
