"""Rewriting a UTC day of a shop shard: compaction, texts dropped, a buyer's texts erased, the day dropped.

One operation for all of them: the batches and the file before become one new file without repeats, sorted by shop,
buyer, conversation and time, which an index commits (folders.py). No figure changes by it: of the texts' keys those are
kept that the clock table can read something from, and in which file a message lies makes no day dirty.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
from django.conf import settings

from shops.chat.engine import Connection, EngineError, connect, quoted
from shops.chat.folders import SUFFIX, FolderView, commit_index, next_index, read_folder, tidy_folder
from shops.chat.log import ChatLog
from shops.chat.messages import STORED_SCHEMA
from shops.chat.parts import RECEIVED, REWRITTEN, digest_of_file, sync_folder
from shops.chat.turns import FIRST_RECEIVED

ROW_GROUP = 20_000
"""Rows that a look-up of one conversation reads at once."""
TRIES = 200
"""How often a rewriting begins anew because another one committed first."""
COLUMNS = (*STORED_SCHEMA.names, RECEIVED.name)


class RewritingError(Exception):
    """A day cannot be rewritten now; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class KeptKeys:
    """Which text keys stay when a text goes: those that turns are told apart by."""

    phrases: frozenset[str]
    """Courtesies, holding phrases, accepted templates, and the key of texts that are nothing but emoji."""
    repeated_under_chars: int = 0
    """An agent's reply shorter than this stays where the agent sent it in two conversations of the day or more."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Whose texts go: everybody's, or those of one buyer's conversations, at one shop or at all."""

    buyer_id: str | None = None
    shop_id: str | None = None
    until_ms: int | None = None
    """Only what was sent up to this instant."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What rewriting did."""

    rows: int
    repeats: int
    """Rows that were copies of others."""
    texts_dropped: int
    files_before: int


def rewrite_day(
    log: ChatLog, day: date, shard: int, *, without_texts_of: Sequence[Writer] = (), keep: KeptKeys | None = None
) -> Rewritten | None:
    """Make one file of all messages of a UTC day and shard, without some texts; None where there is nothing to do.

    Safe to run beside readers, appends and other rewritings, to be killed and to run again: what it did counts from
    the moment of its commit. Raises EngineError where a file cannot be read, RewritingError where others were always
    faster.
    """
    folder = log.folder_of(day, shard)
    for _ in range(TRIES):
        view = read_folder(folder)
        if not view.files or (view.index is not None and view.index.is_dropped):
            return None
        try:
            with _opened([folder / name for name in view.files]) as con:
                done = _write(con, folder, view, without_texts_of, keep)
        except EngineError:
            if read_folder(folder).files != view.files:  # Rewritten by another process meanwhile.
                continue
            raise
        if done is not None:
            return done
    raise RewritingError(f"{folder} was rewritten by others {TRIES} times. Run one job of a kind on the log at a time.")


def drop_day(log: ChatLog, day: date, shard: int) -> int:
    """Drop all messages of a UTC day and shard; return how many rows that were. Its batches stay known by name."""
    folder = log.folder_of(day, shard)
    for _ in range(TRIES):
        view = read_folder(folder)
        if view.source is None or (view.index is not None and view.index.is_dropped and not view.batches):
            return 0
        rows = sum(int(pq.read_metadata(folder / name).num_rows) for name in view.files)
        if commit_index(folder, next_index(view, file=None, rows=0, texts_dropped=True, is_dropped=True)):
            return rows
    raise RewritingError(f"{folder} was rewritten by others {TRIES} times. Run one job of a kind on the log at a time.")


def count_texts_of(log: ChatLog, first: date, last: date, shard: int, writer: Writer) -> dict[date, int]:
    """How many messages of a buyer's conversations have a text, by UTC day (included) of a shard that has any."""
    found: dict[date, int] = {}
    condition = _is_by(writer)
    for day, paths in _files_by_day(log, first, last, shard).items():
        try:
            counted = _count(paths, condition)
        except EngineError:  # Rewritten meanwhile, or broken: then the second look says so.
            counted = _count([part.path for part in log.parts(day, day, shard)], condition)
        if counted:
            found[day] = counted
    return found


def _count(paths: Sequence[Path], condition: str) -> int:
    """How many rows with a text a condition holds for."""
    if not paths:
        return 0
    with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=1) as con:
        counted = con.execute(
            f"select count(*) from read_parquet({quoted(list(paths))}, hive_partitioning = false) "
            f"where (text is not null) and {condition}"
        ).fetchall()
    return int(counted[0][0])


def tidy_day(log: ChatLog, day: date, shard: int, *, now: float | None = None) -> int:
    """Delete files of a UTC day and shard that nobody reads any more; return how many wait for their time."""
    grace = settings.CHAT_LOG_GRACE_SECONDS
    return tidy_folder(log.folder_of(day, shard), time.time() if now is None else now, grace)


def _files_by_day(log: ChatLog, first: date, last: date, shard: int) -> dict[date, list[Path]]:
    found: dict[date, list[Path]] = {}
    for part in log.parts(first, last, shard):
        found.setdefault(part.day, []).append(part.path)
    return found


@contextmanager
def _opened(paths: list[Path]) -> Iterator[Connection]:
    """A connection with the view `stored` of the rows, and the table `repeats` of those that are copies."""
    with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=settings.ENGINE_THREADS) as con:
        con.execute(
            f"create temp view stored as select {', '.join(COLUMNS)}, hash(shop_id, message_id) as mark, "
            "filename as part, file_row_number as part_row "
            f"from read_parquet({quoted(paths)}, filename = true, file_row_number = true, hive_partitioning = false)"
        )
        con.execute("create temp table suspects as select mark from stored group by mark having count(*) > 1")
        con.execute(
            "create temp table repeats as select mark, part, part_row from (select mark, part, part_row, row_number() "
            f"over (partition by shop_id, message_id order by {FIRST_RECEIVED}, part, part_row) as copy "
            "from stored where mark in (select mark from suspects)) where copy > 1"
        )
        yield con


def _write(
    con: Connection, folder: Path, view: FolderView, writers: Sequence[Writer], keep: KeptKeys | None
) -> Rewritten | None:
    """Write and commit the new file; None where another process committed before."""
    draft = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        dropped = _copy(con, draft, writers, keep)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        name = f"{REWRITTEN}{digest_of_file(draft)}"
        rows = pq.read_metadata(draft).num_rows
        target = folder / f"{name}{SUFFIX}"
        is_new = not target.exists()
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(folder)
    before = view.index is not None and view.index.texts_dropped and not view.batches
    everybodys = any(writer.buyer_id is None for writer in writers)
    index = next_index(view, file=name, rows=rows, texts_dropped=before or everybodys, is_dropped=False)
    if not commit_index(folder, index):
        if is_new and (winner := read_folder(folder).index) is not None and winner.file != name:
            target.unlink(missing_ok=True)
        return None
    repeats = int(con.execute("select count(*) from repeats").fetchall()[0][0])
    return Rewritten(rows, repeats, dropped, len(view.files))


def _copy(con: Connection, draft: Path, writers: Sequence[Writer], keep: KeptKeys | None) -> int:
    """Copy the rows into a file, sorted; return how many lost a text."""
    texts = {"text": "m.text", "text_key": "m.text_key"}
    dropped = 0
    if writers and keep is not None:
        condition = " or ".join(_is_by(writer, "m.") for writer in writers)
        _load_kept(con, keep)
        stays = "(m.text_key in (select text_key from kept)"
        if keep.repeated_under_chars:
            stays += (
                f" or (m.sender = 'agent' and m.kind = 'message' and length(m.text_key) < {keep.repeated_under_chars} "
                "and (m.shop_id, m.agent_id, m.text_key) in (select shop_id, agent_id, text_key from repeated))"
            )
        texts = {
            "text": f"case when {condition} then null else m.text end",
            "text_key": f"case when ({condition}) and not coalesce({stays}), false) then null else m.text_key end",
        }
        counted = con.execute(f"select count(*) from stored m where m.text is not null and ({condition})").fetchall()
        dropped = int(counted[0][0])
    columns = ", ".join(f"{texts.get(name, f'm.{name}')} as {name}" for name in COLUMNS)
    target = str(draft).replace("'", "''")
    con.execute(
        f"copy (select {columns} from stored m where not exists (select 1 from repeats r where r.mark = m.mark "
        "and r.part_row = m.part_row and r.part = m.part) "
        "order by m.shop_id, m.buyer_id, m.conversation_id, m.sent_ms, m.message_id) "
        f"to '{target}' (format parquet, compression zstd, row_group_size {ROW_GROUP})"
    )
    return dropped


def _load_kept(con: Connection, keep: KeptKeys) -> None:
    con.execute("create or replace temp table kept (text_key varchar)")
    if keep.phrases:
        con.execute("insert into kept select unnest(?)", [sorted(keep.phrases)])
    con.execute(
        "create or replace temp table repeated as select shop_id, agent_id, text_key from stored "
        f"where sender = 'agent' and kind = 'message' and length(text_key) < {keep.repeated_under_chars} "
        "group by shop_id, agent_id, text_key having count(distinct conversation_id) > 1"
    )


def _is_by(writer: Writer, prefix: str = "") -> str:
    """The SQL condition of rows of a writer's conversations."""
    conditions = []
    if writer.buyer_id is not None:
        conditions.append(f"{prefix}buyer_id = {_literal(writer.buyer_id)}")
    if writer.shop_id is not None:
        conditions.append(f"{prefix}shop_id = {_literal(writer.shop_id)}")
    if writer.until_ms is not None:
        conditions.append(f"{prefix}sent_ms <= {writer.until_ms}")
    return f"({' and '.join(conditions) or 'true'})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
