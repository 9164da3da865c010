"""The hourly job: the figures of yesterday and of today so far, provisional until they are final."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shops.actions.runs.jobs import Done, Job, Phase, Piece, Work
from shops.actions.runs.settling import DAYS_LOCK, settle_spans
from shops.actions.standards import NoStandardError
from shops.chat.log import open_log
from shops.models import Run

EARLIEST_ZONE: Final = timedelta(hours=14)
"""How far ahead of UTC a new day begins first."""


def by_shard(_run: Run, _on: date | None) -> Sequence[Piece]:
    """A step per shop shard."""
    return [Piece(shard) for shard in range(open_log().shards)]


def once(_run: Run, _on: date | None) -> Sequence[Piece]:
    """One step for the whole marketplace."""
    return [Piece()]


def recent_days(now: datetime) -> tuple[date, date]:
    """Yesterday in the platform's time zone, and the newest date that has begun anywhere."""
    return timezone.localdate(now) - timedelta(days=1), (now + EARLIEST_ZONE).astimezone(UTC).date()


def settle_recent(work: Work) -> Done:
    """Settle the run's days of one shard."""
    assert work.run.first_on is not None
    assert work.run.last_on is not None
    if not open_log().days():
        return Done()
    return settle_spans(work, [(work.run.first_on, work.run.last_on)])


HOURLY: Final = Job.of(
    Run.Kind.HOURLY,
    [Phase("settle", _("settle the facts"), by_shard, settle_recent)],
    lambda _run: [("settle", None)],
    days=recent_days,
    lock=DAYS_LOCK,
    hopeless=(NoStandardError,),
)
