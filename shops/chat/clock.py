"""The service clock: the one place that knows about time zones, hours, closures and outages (clock.md section 3).

Plain Python, no Django. Instants are aware datetimes at the door and integers of milliseconds since the epoch inside
(sub-millisecond parts are floored). Which turns exist is not known here: that is `turns.sql`.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from operator import itemgetter
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shops.chat.hours import WEEKDAYS, Blocks, Weekly, format_hours, minutes_of, parse_hours

__all__ = ["DAY_MS", "Blocks", "Segment", "ServiceClock", "Weekly", "format_hours", "from_ms", "parse_hours", "to_ms"]

Span = tuple[int, int]

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL: Final = EPOCH.toordinal()
# Blocks may run two days and zones may be 15 hours off: dates nearer than this to the ends of `date` are never open.
FIRST_ORDINAL: Final = 4
LAST_ORDINAL: Final = date.max.toordinal() - 4
END_OF_TIME_MS: Final = (LAST_ORDINAL - EPOCH_ORDINAL) * DAY_MS
# Spans are worked out and kept for this many UTC days at a time: long enough for a year to be a handful of look-ups,
# short enough for the first question to be cheap.
CHUNK_DAYS: Final = 64
CHUNK_MS: Final = CHUNK_DAYS * DAY_MS
CHUNKS_KEPT: Final = 512
NO_OVERRIDES: Final[Mapping[date, Blocks]] = MappingProxyType({})


class Segment(NamedTuple):
    """A stretch [starts_ms, ends_ms) in which nothing about the calendar changes; a row of the SQL's calendar."""

    bucket: int  # UTC day number, starts_ms // DAY_MS
    starts_ms: int
    ends_ms: int
    counted_before_ms: int  # counted milliseconds from the start of the whole calendar to starts_ms
    is_running: bool  # in hours and in no stoppage
    in_hours: bool
    local_date: str  # ISO date in the calendar's time zone


class _Chunk(NamedTuple):
    """The spans of CHUNK_DAYS UTC days, clipped to them; `before[i]` is what was counted before `counted[i]`."""

    hours: list[Span]
    counted: list[Span]
    before: list[int]  # one longer than `counted`: its last entry is the total


def to_ms(instant: datetime) -> int:
    """Milliseconds since the epoch, floored. Raises ValueError for a naive datetime."""
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} is a naive local time and names no instant; give it a time zone.")
    return (instant - EPOCH) // timedelta(milliseconds=1)


def from_ms(instant_ms: int) -> datetime:
    """The aware UTC datetime of an instant in milliseconds since the epoch."""
    return EPOCH + timedelta(milliseconds=instant_ms)


class ServiceClock:
    """Turns wall time into counted time: inside the hours of a calendar and outside its stoppages.

    - `timezone`: an IANA name.
    - `weekly`: weekday (0 = Monday) to local blocks ("HH:MM", "HH:MM"), start included, end excluded; "24:00" may end a
      block, and an end at or before its start runs past midnight. A block belongs to its starting date. Overlapping
      blocks count once; a missing weekday is closed.
    - `overrides`: local date to the blocks of that date instead of its weekday's. What runs past midnight from the day
      before stays: it belongs to that day.
    - `stoppages`: (start, end) aware instants in which nothing counts, end excluded; they may overlap. An end of None
      lasts for ever: who wants an open outage to last until as_of clips it there. Spans that end at or before their
      start are empty, not an error, since such clipping makes them.

    Across a daylight-saving change absolute time counts. An ambiguous local time: a block starts at the first and ends
    at the second. A skipped one moves forward by the length of the gap (RFC 5545: 02:30 becomes 03:30).
    Raises ValueError for an unknown time zone, a bad block or weekday, or a naive instant; TypeError for an override
    whose key is not a date.
    """

    def __init__(
        self,
        timezone: str,
        weekly: Weekly,
        overrides: Mapping[date, Blocks] = NO_OVERRIDES,
        stoppages: Iterable[tuple[datetime, datetime | None]] = (),
    ) -> None:
        self.timezone = timezone
        self._zone = _zone_named(timezone)
        for weekday in weekly:
            if weekday not in range(7):
                raise ValueError(f"Weekday {weekday!r} does not exist; use the numbers 0 (Monday) to 6 (Sunday).")
        self._weekly = [minutes_of(weekly.get(day, ()), f"on {WEEKDAYS[day]}") for day in range(7)]
        keys: Iterable[object] = overrides
        for key in keys:
            if not isinstance(key, date) or isinstance(key, datetime):
                raise TypeError(f"Override {key!r} is not a date; use the local date whose blocks it replaces.")
        self._overrides = {day.toordinal(): minutes_of(blocks, f"on {day}") for day, blocks in overrides.items()}
        spans = [(to_ms(start), END_OF_TIME_MS if end is None else to_ms(end)) for start, end in stoppages]
        self._stoppages = _merged(spans)
        self._silent_from_ms = self._find_silence()
        self._chunks: dict[int, _Chunk] = {}

    def elapsed_seconds(self, start: datetime, end: datetime) -> float:
        """Counted seconds in [start, end), exact to the millisecond; 0 if end <= start."""
        return self.elapsed_ms(to_ms(start), to_ms(end)) / 1000

    def elapsed_ms(self, start_ms: int, end_ms: int) -> int:
        """Counted milliseconds in [start_ms, end_ms); 0 if end_ms <= start_ms."""
        if end_ms <= start_ms:
            return 0
        first, last = start_ms // CHUNK_MS, end_ms // CHUNK_MS
        whole = sum(self._chunk(number).before[-1] for number in range(first, last))
        return whole + self._counted_up_to(end_ms) - self._counted_up_to(start_ms)

    def due_at(self, start: datetime, seconds: float) -> datetime | None:
        """The first instant (UTC) at which that many counted seconds have passed since start; start itself for 0.

        None where the calendar never opens again, or not often enough before the year 9999. Counted seconds that are
        used up at closing time are due at closing time. Raises ValueError for negative seconds.
        """
        if seconds < 0 or not math.isfinite(seconds):
            raise ValueError(f"{seconds} seconds cannot be waited for; give 0 or more.")
        if seconds == 0:
            return start
        # The rounding takes away float noise (0.1 + 0.2 seconds are 300 ms), the ceiling waits for the whole of it.
        due_ms = self.due_ms(to_ms(start), math.ceil(round(seconds * 1000, 6)))
        return None if due_ms is None else from_ms(due_ms)

    def due_ms(self, start_ms: int, counted_ms: int) -> int | None:
        """As `due_at`, in milliseconds."""
        if counted_ms <= 0:
            return start_ms
        if counted_ms > END_OF_TIME_MS - start_ms:
            return None
        number = start_ms // CHUNK_MS
        wanted = counted_ms + self._counted_up_to(start_ms)
        while number * CHUNK_MS < self._silent_from_ms:
            chunk = self._chunk(number)
            if wanted <= chunk.before[-1]:
                index = bisect_left(chunk.before, wanted) - 1
                return chunk.counted[index][0] + wanted - chunk.before[index]
            wanted -= chunk.before[-1]
            number += 1
        return None

    def is_open(self, instant: datetime) -> bool:
        """True where time counts: inside the hours and outside every stoppage."""
        return self.is_open_ms(to_ms(instant))

    def is_open_ms(self, instant_ms: int) -> bool:
        """As `is_open`, for milliseconds since the epoch."""
        return _covers(self._chunk(instant_ms // CHUNK_MS).counted, instant_ms)

    def is_in_hours(self, instant: datetime) -> bool:
        """True inside the hours, stoppages left aside."""
        return self.is_in_hours_ms(to_ms(instant))

    def is_in_hours_ms(self, instant_ms: int) -> bool:
        """As `is_in_hours`, for milliseconds since the epoch."""
        return _covers(self._chunk(instant_ms // CHUNK_MS).hours, instant_ms)

    def local_date_ms(self, instant_ms: int) -> date:
        """The date on the wall in this calendar's time zone."""
        return from_ms(instant_ms).astimezone(self._zone).date()

    def open_spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The counted spans of [start, end) in order, in UTC; they neither overlap nor touch."""
        start_ms, end_ms = to_ms(start), to_ms(end)
        counted = [span for chunk in self._chunks_over(start_ms, end_ms) for span in chunk.counted]
        return [(from_ms(begins), from_ms(ends)) for begins, ends in _clipped(_merged(counted), start_ms, end_ms)]

    def segments(self, start: datetime, end: datetime) -> list[Segment]:
        """All of [start, end) without a gap, cut where hours, stoppages, the local or the UTC date begin or end."""
        start_ms, end_ms = to_ms(start), to_ms(end)
        if end_ms <= start_ms:
            return []
        chunks = self._chunks_over(start_ms, end_ms)
        hours = [span for chunk in chunks for span in chunk.hours]
        counted = [span for chunk in chunks for span in chunk.counted]
        first_day, last_day = start_ms // DAY_MS, end_ms // DAY_MS
        cuts = {edge for span in hours for edge in span}
        cuts.update(edge for span in self._stoppages for edge in span)
        cuts.update(day * DAY_MS for day in range(first_day, last_day + 1))
        for day in range(first_day - 1, last_day + 2):
            cuts.update(self._local_midnights_ms(day + EPOCH_ORDINAL))
        edges = [start_ms, *sorted(cut for cut in cuts if start_ms < cut < end_ms), end_ms]
        segments: list[Segment] = []
        counted_before = 0
        for begins, ends in pairwise(edges):
            is_running = _covers(counted, begins)
            in_hours = is_running or _covers(hours, begins)
            local_date = self.local_date_ms(begins).isoformat()
            segments.append(Segment(begins // DAY_MS, begins, ends, counted_before, is_running, in_hours, local_date))
            counted_before += (ends - begins) * is_running
        return segments

    def _find_silence(self) -> int:
        """The instant from which the calendar is known never to open again; the end of time if there is none."""
        silent_from = END_OF_TIME_MS
        if not any(self._weekly):
            last_override = max((day for day, blocks in self._overrides.items() if blocks), default=FIRST_ORDINAL)
            silent_from = (last_override - EPOCH_ORDINAL + 4) * DAY_MS
        if self._stoppages and self._stoppages[-1][1] >= END_OF_TIME_MS:
            silent_from = min(silent_from, self._stoppages[-1][0])
        return silent_from

    def _chunks_over(self, start_ms: int, end_ms: int) -> list[_Chunk]:
        return [self._chunk(number) for number in range(start_ms // CHUNK_MS, (end_ms - 1) // CHUNK_MS + 1)]

    def _chunk(self, number: int) -> _Chunk:
        """The spans of one chunk, from memory or worked out."""
        chunk = self._chunks.get(number)
        if chunk is None:
            start_ms, end_ms = number * CHUNK_MS, (number + 1) * CHUNK_MS
            first_date = max(EPOCH_ORDINAL + number * CHUNK_DAYS - 3, FIRST_ORDINAL)
            last_date = min(EPOCH_ORDINAL + (number + 1) * CHUNK_DAYS + 1, LAST_ORDINAL)
            opened = [span for ordinal in range(first_date, last_date + 1) for span in self._hours_on(ordinal)]
            hours = _clipped(_merged(opened), start_ms, end_ms)
            counted = _without(hours, _clipped(self._stoppages, start_ms, end_ms))
            chunk = _Chunk(hours, counted, [0, *accumulate(ends - begins for begins, ends in counted)])
            if len(self._chunks) >= CHUNKS_KEPT:
                self._chunks.clear()
            self._chunks[number] = chunk
        return chunk

    def _counted_up_to(self, instant_ms: int) -> int:
        """Counted milliseconds of the instant's chunk that lie before the instant."""
        chunk = self._chunk(instant_ms // CHUNK_MS)
        index = bisect_right(chunk.counted, instant_ms, key=itemgetter(0)) - 1
        if index < 0:
            return 0
        begins, ends = chunk.counted[index]
        return chunk.before[index] + min(instant_ms, ends) - begins

    def _hours_on(self, ordinal: int) -> list[Span]:
        """The spans of the blocks that belong to one local date."""
        blocks = self._overrides.get(ordinal)
        if blocks is None:
            blocks = self._weekly[(ordinal - 1) % 7]
        spans = []
        for start, end in blocks:
            # In an ambiguous hour the offset before the change is the greater one, in a gap it is the smaller one: a
            # start always takes the offset before the change, an end the smaller one.
            begins_ms = self._with_offsets(ordinal, start)[0]
            ends_ms = max(self._with_offsets(ordinal, end))
            spans.append((begins_ms, ends_ms))
        return spans

    def _with_offsets(self, ordinal: int, minute: int) -> Span:
        """The instants of a local time, read with the offset before and after a change; equal on ordinary days."""
        local = datetime.fromordinal(ordinal) + timedelta(minutes=minute)
        local_ms = (ordinal - EPOCH_ORDINAL) * DAY_MS + minute * MINUTE_MS
        before = local.replace(tzinfo=self._zone).utcoffset()
        after = local.replace(tzinfo=self._zone, fold=1).utcoffset()
        assert before is not None
        assert after is not None
        return (local_ms - before // timedelta(milliseconds=1), local_ms - after // timedelta(milliseconds=1))

    def _local_midnights_ms(self, ordinal: int) -> set[int]:
        """Every instant at which the local date may change to this date or, where the clock is set back, from it."""
        before, after = self._with_offsets(ordinal, 0)
        if before == after:
            return {before}
        # Midnight is skipped or comes twice: the change of the clock itself, found by bisection, is a third candidate.
        low, high = min(before, after) - MINUTE_MS, max(before, after) + MINUTE_MS
        offset_at_low = from_ms(low).astimezone(self._zone).utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            if from_ms(middle).astimezone(self._zone).utcoffset() == offset_at_low:
                low = middle
            else:
                high = middle
        return {before, after, high}


def _zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'Time zone "{name}" is unknown; use an IANA name such as "Asia/Shanghai".') from error


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same instants as spans in order that neither overlap nor touch; empty spans are left out."""
    merged: list[Span] = []
    for begins, ends in sorted(span for span in spans if span[0] < span[1]):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        else:
            merged.append((begins, ends))
    return merged


def _clipped(spans: Sequence[Span], start_ms: int, end_ms: int) -> list[Span]:
    """The parts of the spans that lie in [start_ms, end_ms)."""
    clipped = ((max(begins, start_ms), min(ends, end_ms)) for begins, ends in spans)
    return [(begins, ends) for begins, ends in clipped if begins < ends]


def _without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """The parts of the spans that lie in no hole; both are in order and free of overlaps."""
    left: list[Span] = []
    for begins, ends in spans:
        free_from = begins
        for hole_begins, hole_ends in _clipped(holes, begins, ends):
            if hole_begins > free_from:
                left.append((free_from, hole_begins))
            free_from = hole_ends
        if free_from < ends:
            left.append((free_from, ends))
    return left


def _covers(spans: Sequence[Span], instant_ms: int) -> bool:
    """True if one of the spans, in order and free of overlaps, includes the instant."""
    index = bisect_right(spans, instant_ms, key=itemgetter(0)) - 1
    return index >= 0 and instant_ms < spans[index][1]
