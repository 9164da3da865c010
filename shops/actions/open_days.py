"""Local dates that can still change, and why: for people who want to know what a figure is waiting for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from shops.actions.final_days import unmet_totals
from shops.actions.settle_days import final_from, reach_of_day
from shops.actions.standards import NoStandardError, clock_standards
from shops.chat.calendars import CalendarBook, CalendarKey
from shops.chat.clock import from_ms
from shops.chat.days import DayFiles, Manifest
from shops.chat.log import ChatLog, Look, open_log, shard_of, utc_day
from shops.chat.standard import ClockStandard
from shops.models import ComputedDay, Outage, Shop

LOOK_BACK_DAYS: Final = 35


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A local date that is not final, or will not stay as it is. At least one of the reasons holds."""

    on: date
    is_computed: bool
    """False: the log has messages of it that nobody computed anything from."""
    settles_at: datetime | None
    """The instant as of which all of its turns have settled; None where they had when it was computed last."""
    unmet_shops: int
    """Shops of which the log holds another number of messages than their sender says."""
    missing_shops: int
    """Shops of which the sender owes the number."""
    dirty_since: datetime | None
    """When the first fact came in that it was not computed from; None where there is none."""
    is_frozen: bool
    """True: retention has dropped messages that it was computed from, so later facts change it no more."""

    def reasons(self, now: datetime) -> list[str]:
        """Why the date is open, as sentences; the first says the most."""
        said = []
        if not self.is_computed:
            said.append(gettext("Not computed yet"))
        if self.dirty_since is not None:
            since = date_format(timezone.localtime(self.dirty_since), "DATETIME_FORMAT")
            if self.is_frozen:
                said.append(
                    gettext("Facts came in since %(since)s; it stays as it is, its messages were dropped")
                    % {"since": since}
                )
            else:
                said.append(gettext("Facts came in since %(since)s: to be computed again") % {"since": since})
        if self.settles_at is not None:
            settles_at = date_format(timezone.localtime(self.settles_at), "DATETIME_FORMAT")
            if self.settles_at > now:
                said.append(gettext("Turns can settle until %(settles_at)s") % {"settles_at": settles_at})
            else:
                said.append(
                    gettext("All turns have settled since %(settles_at)s: to be computed again")
                    % {"settles_at": settles_at}
                )
        for shops, text in (
            (
                self.unmet_shops,
                ngettext(
                    "%(shops)s shop's messages are not as many as its sender says",
                    "%(shops)s shops' messages are not as many as their sender says",
                    self.unmet_shops,
                ),
            ),
            (
                self.missing_shops,
                ngettext(
                    "The sender owes the control total of %(shops)s shop",
                    "The sender owes the control totals of %(shops)s shops",
                    self.missing_shops,
                ),
            ),
        ):
            if shops:
                said.append(text % {"shops": shops})
        return said


def find_open_days(now: datetime, *, first: date | None = None, last: date | None = None) -> list[OpenDay]:
    """The open dates between two (included), the oldest first; by default the last LOOK_BACK_DAYS up to today in UTC.

    Six queries however many shops there are. Beside them each day's manifests and the listings of the log are read, a
    few small files for each shard and day; no part is opened.
    """
    last = last or now.astimezone(UTC).date()
    first = first or last - timedelta(days=LOOK_BACK_DAYS - 1)
    try:
        spans = clock_standards(first, last)
    except NoStandardError:
        return []
    computed: dict[date, dict[int, bool]] = defaultdict(dict)
    rows = ComputedDay.objects.filter(on__gte=first, on__lte=last).order_by()
    as_of: dict[date, datetime] = {}
    for day, shard, is_final, at in rows.values_list("on", "shard", "is_final", "as_of"):
        computed[day][shard] = is_final
        as_of[day] = min(at, as_of.get(day, at))
    totals = (
        unmet_totals(first, last)
        .order_by()
        .values_list("on")
        .annotate(
            differing=Count("pk", filter=Q(messages__isnull=False)), owed=Count("pk", filter=Q(messages__isnull=True))
        )
    )
    unmet = {day: (differing, owed) for day, differing, owed in totals}
    work = _Looking.at_everything()
    found = []
    for starts_on, ends_on, standard in spans:
        for number in range((ends_on - starts_on).days + 1):
            day = starts_on + timedelta(days=number)
            settles_at = from_ms(final_from(work.everyone, day, standard))
            late = work.look_at(day, standard, computed[day])
            is_settled = bool(computed[day]) and all(computed[day].values())
            open_day = OpenDay(
                day,
                is_computed=not late.not_computed,
                settles_at=None if is_settled or not (computed[day] or late.not_computed) else settles_at,
                unmet_shops=unmet.get(day, (0, 0))[0],
                missing_shops=unmet.get(day, (0, 0))[1],
                dirty_since=_earliest(late.since, work.outage_after(as_of.get(day), day, standard)),
                is_frozen=late.is_frozen,
            )
            if not open_day.is_computed or open_day.settles_at or any(unmet.get(day, ())) or open_day.dirty_since:
                found.append(open_day)
    return found


@dataclass(slots=True)
class _Late:
    """What the log says about one date, over all shards."""

    not_computed: bool = False
    since: datetime | None = None
    is_frozen: bool = False


class _Looking:
    """The log and its computed days, each folder listed once."""

    def __init__(
        self, log: ChatLog, zones: Mapping[int, set[str]], outages: Sequence[tuple[datetime, datetime | None, datetime]]
    ) -> None:
        self._log, self._files, self._outages = log, DayFiles(log.root), outages
        self._books = {shard: _book(mine) for shard, mine in zones.items()}
        self.everyone = _book({zone for mine in zones.values() for zone in mine})
        self._seen: dict[tuple[date, int], Look] = {}

    @classmethod
    def at_everything(cls) -> _Looking:
        """The marketplace's log; two queries."""
        log = open_log()
        zones: dict[int, set[str]] = defaultdict(set)
        for code, zone in Shop.objects.values_list("code", "timezone").iterator(20_000):
            zones[shard_of(code, log.shards)].add(zone)
        changed = Outage.objects.filter(changed_at__isnull=False).values_list("starts_at", "ends_at", "changed_at")
        return cls(log, zones, [(starts, ends, at) for starts, ends, at in changed if at is not None])

    def look_at(self, day: date, standard: ClockStandard, computed: Mapping[int, bool]) -> _Late:
        """Whether any shard's messages are others than the date was computed from."""
        late = _Late()
        for shard, book in self._books.items():
            since, until = reach_of_day(book, day, standard)
            looks = [self._look(on, shard) for on in _days(utc_day(since), utc_day(until - 1))]
            manifest = self._files.read_manifest(day, shard)
            if manifest is None or shard not in computed:
                late.not_computed |= bool(self._look(day, shard).sources) and not any(look.dropped for look in looks)
                continue
            held = [f"{on} {source}" for look in looks for on, source in look.sources.items()]
            if manifest.sources != held:
                late.since = _earliest(late.since, self._changed_at(manifest, day, shard, looks))
                late.is_frozen |= any(look.dropped for look in looks)
        return late

    def outage_after(self, computed_at: datetime | None, day: date, standard: ClockStandard) -> datetime | None:
        """When the first outage that can touch a date was declared or changed after the date was computed."""
        if computed_at is None:
            return None
        since, until = map(from_ms, reach_of_day(self.everyone, day, standard))
        later = (
            changed_at
            for starts_at, ends_at, changed_at in self._outages
            if changed_at > computed_at and starts_at < until and (ends_at is None or ends_at > since)
        )
        return min(later, default=None)

    def _look(self, on: date, shard: int) -> Look:
        if (on, shard) not in self._seen:
            self._seen[on, shard] = self._log.look(on, on, shard)
        return self._seen[on, shard]

    def _changed_at(self, manifest: Manifest, day: date, shard: int, looks: Iterable[Look]) -> datetime:
        """When the first file came in that was not there when the date was computed, else when it was computed."""
        known = set(manifest.sources)
        others = [
            part for look in looks for part in look.parts if f"{part.day} {look.sources.get(part.day)}" not in known
        ]
        computed_at = (self._files.folder(day, shard) / "manifest.json").stat().st_mtime
        times = []
        for part in others:
            with suppress(FileNotFoundError):  # Rewritten since it was listed.
                times.append(part.path.stat().st_mtime)
        return datetime.fromtimestamp(min((at for at in times if at > computed_at), default=computed_at), UTC)


def _book(zones: Iterable[str]) -> CalendarBook:
    """Calendars that know nothing but time zones: they tell when dates begin and end."""
    return CalendarBook.of(((zone, CalendarKey(zone, (), (), (), ())) for zone in sorted(zones)), {})


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
