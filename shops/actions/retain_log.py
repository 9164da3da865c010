"""Retention of the chat log: texts go after the standard's days, whole days after more of them."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import partial

from shops.actions.compact_log import first_day_kept, read_past_broken_parts
from shops.actions.load_calendars import load_calendars
from shops.actions.progress import Progress, Report, keep_quiet
from shops.actions.settle_days import dirty_days, reach_of_day
from shops.actions.standards import clock_standards
from shops.chat.calendars import CalendarBook
from shops.chat.days import DayFiles
from shops.chat.folders import read_folder
from shops.chat.log import ChatLog, open_log, utc_day
from shops.chat.rewriting import KeptKeys, Writer, drop_day, rewrite_day
from shops.chat.standard import ClockStandard, read_clock_standard
from shops.chat.text import EMOJI_KEY
from shops.models import ComputedDay, ReplyTemplate, Standard

NEIGHBOURS = 45
"""How many dates before and after a UTC day are asked whether its messages touch them: the longest window and more."""


@dataclass
class Retained:
    """What retention of a shard did."""

    days_without_texts: int = 0
    texts_dropped: int = 0
    days_dropped: int = 0
    messages_dropped: int = 0
    days_not_final: int = 0
    """Days old enough to go that some date still needs, since its turns are not final."""
    parts_set_aside: int = 0

    def to_counts(self) -> dict[str, int]:
        """The numbers, fit for JSON."""
        return asdict(self)


def retain_shard(shard: int, *, as_of: datetime, report: Report = keep_quiet) -> Retained:
    """Drop what the standard in force as of an instant keeps no longer of a shard's messages.

    A day goes only when every local date that its messages can touch is settled for good; its turns go with it, the
    measures of days, scores and ratings stay. No figure changes. Safe to be killed and to run twice. Raises
    NoStandardError where no policy was published.
    """
    log = open_log()
    today = as_of.date()
    standard = clock_standards(today, today)[0][2]
    texts_from = first_day_kept(as_of, standard.text_retention_days)
    days_from = first_day_kept(as_of, standard.timings_retention_days)
    retained = Retained()
    book: CalendarBook | None = None
    keep: KeptKeys | None = None
    dirty: set[date] | None = None
    old = [day for day in log.days() if day < texts_from]
    for number, day in enumerate(old):
        report(Progress("retain", number, len(old), day.isoformat()))
        view = read_folder(log.folder_of(day, shard))
        if view.source is None or (view.index is not None and view.index.is_dropped and not view.batches):
            continue
        if day < days_from:
            if book is None or dirty is None:
                book = load_calendars(standard)
                span = (old[0] - timedelta(days=NEIGHBOURS), days_from + timedelta(days=NEIGHBOURS))
                dirty = set(dirty_days(shard, *span, as_of=as_of))
            if _is_settled_around(log, day, shard, book, dirty):
                retained.messages_dropped += drop_day(log, day, shard)
                retained.days_dropped += 1
                _forget_turns(log, day, shard)
                continue
            retained.days_not_final += 1
        if view.index is None or not view.index.texts_dropped or view.batches:
            keep = keep or kept_keys()
            rewrite = partial(rewrite_day, log, day, shard, without_texts_of=[Writer()], keep=keep)
            done, aside = read_past_broken_parts(log, day, shard, rewrite)
            retained.parts_set_aside += aside
            if done is not None:
                retained.days_without_texts += 1
                retained.texts_dropped += done.texts_dropped
    report(Progress("retain", len(old), len(old)))
    return retained


def kept_keys() -> KeptKeys:
    """The text keys that the clock tables of all standards and the accepted templates can read something from."""
    phrases = {EMOJI_KEY, *ReplyTemplate.objects.values_list("text_key", flat=True)}
    under = 0
    for document in Standard.objects.filter(section=Standard.Section.CLOCK).values_list("document", flat=True):
        standard: ClockStandard = read_clock_standard(document)
        phrases.update(standard.courtesies, standard.holding_phrases)
        if standard.repeated_reply is not None:
            under = max(under, standard.repeated_reply.max_chars)
    return KeptKeys(frozenset(phrases), under)


def _is_settled_around(log: ChatLog, day: date, shard: int, book: CalendarBook, dirty: Set[date]) -> bool:
    """True if no local date that messages of a UTC day can touch may ever be computed again with another outcome.

    `dirty`: the dates whose facts changed since they were computed.
    """
    files = DayFiles(log.root)
    first, last = day - timedelta(days=NEIGHBOURS), day + timedelta(days=NEIGHBOURS)
    computed = set(
        ComputedDay.objects.filter(shard=shard, on__gte=first, on__lte=last, is_final=True).values_list("on", flat=True)
    )
    for starts_on, ends_on, standard in clock_standards(first, last):
        for number in range((ends_on - starts_on).days + 1):
            on = starts_on + timedelta(days=number)
            since, until = reach_of_day(book, on, standard)
            if not utc_day(since) <= day <= utc_day(until - 1):
                continue
            manifest = files.read_manifest(on, shard)
            if manifest is not None and not manifest.is_settled:
                return False
            # Without a manifest the date was never computed, or its turns went with days that were dropped before.
            is_open = on in dirty or (manifest is None and on not in computed)
            if is_open and _has_messages(log, on, shard):
                return False
    return True


def _has_messages(log: ChatLog, on: date, shard: int) -> bool:
    """True if a local date of some time zone may have messages of its own."""
    near = (on + timedelta(days=number) for number in (-1, 0, 1))
    return any(read_folder(log.folder_of(day, shard)).source is not None for day in near)


def _forget_turns(log: ChatLog, day: date, shard: int) -> None:
    """Delete the turns of local dates whose opening messages are all dropped now."""
    for on in (day - timedelta(days=1), day, day + timedelta(days=1)):
        near = [on + timedelta(days=number) for number in (-1, 0, 1)]
        views = [read_folder(log.folder_of(other, shard)) for other in near]
        if all(view.source is None or (view.index is not None and view.index.is_dropped) for view in views):
            DayFiles(log.root).forget(on, shard)
