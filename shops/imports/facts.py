"""How files of facts become rows: read in batches, checked one by one, written by natural key, counted.

What a kind of fact means is in the module of its noun; messages of the chat log go their own way (chat.py).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from django.db import models, transaction
from django.utils.translation import gettext as _

from shops.chat.rejects import Reject
from shops.chat.values import not_utf8
from shops.imports.files import Batch, Source, merged_rejects
from shops.imports.rows import Row, RowError
from shops.models import Agent, AuditEntry, Shop

BATCH_ROWS: Final = 2_000
"""Records written in one transaction; small enough that the pages need not wait for a large file."""

Fact = TypeVar("Fact")
Stored = TypeVar("Stored", bound=models.Model)
Sink = Callable[[Iterable[Reject]], None]


@dataclass
class Tally:
    """What became of the records of a file. read = new + repeated + rejected."""

    read: int = 0
    new: int = 0
    repeated: int = 0  # known already
    changed: int = 0  # those of the repeated that brought other values
    rejected: int = 0
    notes: list[str] = field(default_factory=list)


class Written(NamedTuple):
    """The natural keys of the facts that were new, and of the known ones that changed."""

    new: set[Any]
    changed: set[Any]


class Kind(Protocol[Fact]):
    """One kind of fact: how a record is read, how facts are written."""

    def read(self, row: Row) -> Fact:
        """The fact that a record states. Raises RowError with the reason where it states none."""

    def write(self, facts: Sequence[Fact]) -> Written:
        """Write the facts by natural key in the present transaction; return which were new and which changed."""


def import_facts(
    source: Source, kind: Kind[Fact], *, reject: Sink, progress: Callable[[int], None] = lambda _done: None
) -> Tally:
    """Import a file of facts: one transaction for each batch, one audit entry for the file.

    Stopped and run again it ends in the same rows. Rejected records go to `reject`, `progress` hears how much of
    source.size is done. Raises FileError where the file cannot be read on; what was written until then stays.
    """
    tally = Tally()
    try:
        for batch in source.batches(BATCH_ROWS):
            facts: list[Fact] = []
            unread: list[Reject] = []
            for number, record in read_records(batch):
                try:
                    facts.append(kind.read(Row(record)))
                except RowError as error:
                    unread.append(Reject(number, str(error), {name: _plain(value) for name, value in record.items()}))
            with transaction.atomic():
                written = kind.write(facts)
            tally.read += len(facts) + len(unread) + len(batch.rejects)
            tally.new += len(written.new)
            tally.changed += len(written.changed)
            tally.repeated += len(facts) - len(written.new)
            tally.rejected += len(unread) + len(batch.rejects)
            reject(merged_rejects(batch.rejects, unread))
            progress(batch.done)
    finally:
        record_import(source, type(kind).__name__, tally)
    return tally


def record_import(source: Source, what: str, tally: Tally) -> None:
    """Leave an audit entry that says which file brought what; nothing for a file that brought nothing."""
    if tally.new or tally.repeated:
        counts = {name: getattr(tally, name) for name in ("read", "new", "repeated", "changed", "rejected")}
        AuditEntry.objects.create(action="import", target=f"{what} {source.path.name}"[:300], detail=counts)


def upsert(
    stored: models.QuerySet[Stored], rows: Iterable[Stored], key: Sequence[str], fields: Sequence[str]
) -> Written:
    """Write rows by their natural key; return the keys of the new ones and of the known ones that changed.

    `stored` must hold every row of the table with one of the keys; more do no harm. Of rows with the same key the last
    one is written. Rows that would change nothing are not written.
    """
    key_of = attrgetter(*key)
    wanted: dict[Hashable, Stored] = {key_of(row): row for row in rows}
    known = {key_of(row): row for row in stored}
    new = [row for found, row in wanted.items() if found not in known]
    changed = [
        row
        for found, row in wanted.items()
        if found in known and any(getattr(row, name) != getattr(known[found], name) for name in fields)
    ]
    if new or changed:
        stored.model._default_manager.bulk_create(  # noqa: SLF001 - Django's name for the manager of any model
            [*new, *changed],
            update_conflicts=bool(fields),
            ignore_conflicts=not fields,
            unique_fields=list(key) if fields else None,
            update_fields=list(fields) or None,
        )
    return Written({key_of(row) for row in new}, {key_of(row) for row in changed})


class KnownShops:
    """The shops by code. One query when made."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = dict(Shop.objects.values_list("code", "pk"))

    def id_of(self, code: str) -> int:
        """The primary key of a shop. Raises RowError where there is none."""
        if code not in self._ids:
            raise RowError(_('Shop "%(code)s" is unknown; import the shops first') % {"code": code})
        return self._ids[code]


class KnownAgents:
    """The agents by shop and code. One query when made."""

    def __init__(self) -> None:
        self._ids: dict[tuple[int, str], int] = {
            (shop_id, code): pk for shop_id, code, pk in Agent.objects.values_list("shop_id", "code", "pk")
        }

    def id_of(self, shop_id: int, code: str) -> int:
        """The primary key of an agent of that shop. Raises RowError where there is none."""
        if (shop_id, code) not in self._ids:
            raise RowError(_('Agent "%(code)s" is unknown at this shop; import the agents first') % {"code": code})
        return self._ids[shop_id, code]


def read_records(batch: Batch) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records of a batch with their numbers, as plain values; what is no UTF-8 becomes a rejected character."""
    columns = {}
    for name in batch.table.column_names:
        values = batch.table[name].combine_chunks()
        if pa.types.is_timestamp(values.type):
            values = values.cast(pa.timestamp("us", "UTC"), safe=False)
        elif not pa.types.is_date(values.type):
            values = _as_utf8(values.cast(pa.string()))
        columns[name] = values.to_pylist()
    for row, number in enumerate(batch.numbers.to_pylist()):
        yield number, {name: values[row] for name, values in columns.items()}


def _as_utf8(values: pa.Array) -> pa.Array:
    """The array; a value that is no UTF-8 becomes a control character, which no column allows."""
    is_invalid = not_utf8(values)
    return values if is_invalid is None else pc.if_else(is_invalid, pa.scalar("\0"), values)


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str) else str(value)
