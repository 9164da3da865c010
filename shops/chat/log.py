"""The chat log: a folder of immutable Parquet parts, one partition per UTC day and shop shard (design.md).

Four functions are the seam for another storage: `append`, `look`, `set_aside` and `size_of_days`. What the messages
mean is not known here; how a message is checked is in `messages.py`, how a day is rewritten in `rewriting.py`.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from shops.chat.clock import DAY_MS
from shops.chat.folders import SUFFIX, FolderError, FolderView, read_folder, was_rewritten
from shops.chat.parts import (
    RECEIVED,
    digest_of,
    fault_of,
    name_part,
    sync_folder,
    write_durably,
    write_part,
    write_whole,
)

logger = logging.getLogger(__name__)

EPOCH = date(1970, 1, 1)
FORMAT = 1


class LogError(Exception):
    """The log's folder cannot be used as it is; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable file of messages of one UTC day and one shop shard."""

    day: date
    shard: int
    path: Path

    @property
    def name(self) -> str:
        """The digest of the content."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class Look:
    """What the log holds of some UTC days of one shard, all of a day from one listing."""

    parts: list[Part]
    """What to read, in a fixed order."""
    sources: Mapping[date, str]
    """By day that has any: which batches its messages came in by. Rewriting a day does not change it."""
    dropped: frozenset[date]
    """The days whose messages retention has dropped."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: rows newly stored, and rows that the batch or the log held already."""

    rows: int
    repeated: int


def open_log() -> ChatLog:
    """The marketplace's chat log, where the settings say; made where it does not exist yet."""
    return ChatLog(settings.CHAT_LOG_DIR, settings.CHAT_LOG_SHARDS)


def shard_of(shop_id: str, shards: int) -> int:
    """The shard that holds a shop: CRC-32 of its id, so that every machine agrees."""
    return zlib.crc32(shop_id.encode()) % shards


def utc_day(ms: int) -> date:
    """The UTC date of an instant in milliseconds."""
    return EPOCH + timedelta(days=ms // DAY_MS)


class ChatLog:
    """A chat log in a folder. Safe to open from many processes: parts only ever appear whole."""

    def __init__(self, root: Path, shards: int = 1) -> None:
        """Open the log at `root`, or make it there with `shards` shop shards; an existing log keeps its own number."""
        self.root = Path(root)
        self.shards = self._settle_shards(shards)

    def append(self, table: pa.Table, received_ms: int) -> Appended:
        """Store checked messages (messages.STORED_SCHEMA) durably; return what was new.

        Each UTC day and shard of the batch becomes one part, named by the digest of its rows: the same batch again is
        the same part and changes nothing. When this returns, every part of the batch has reached the disk, also those
        that another process or an append that was killed had left there. Raises LogError where the disk is full or
        may not be written: that shows before the first part gets its name, and nothing of the batch is kept.
        """
        try:
            stored = self._store(_without_repeats(table), received_ms)
        except OSError as error:
            raise LogError(
                f"The chat log at {self.root} cannot be written: {error}. The batch is not stored. Free some space or "
                "give this process the right to write there, then send the batch again, whole."
            ) from error
        return Appended(stored, len(table) - stored)

    def _store(self, table: pa.Table, received_ms: int) -> int:
        """Write the parts of a batch and bring them to the disk; return how many rows were new.

        All parts are on the disk before the first gets its name: a full disk keeps nothing of the batch. A part that
        has its name stays, whatever fails later, since another client that sent the same batch may have been told that
        it is stored; the same batch sent again brings the others.
        """
        drafts: list[tuple[Path, Path, int]] = []
        folders: set[Path] = set()
        stored = 0
        try:
            for day, shard, rows in self._partitions(table):
                folder = self.folder_of(day, shard)
                name = digest_of(rows)
                folders.update((folder, folder.parent, folder.parent.parent, self.root))
                if (folder / f"{name}{SUFFIX}").exists() or (was_rewritten(folder) and self._view(folder).holds(name)):
                    continue
                folder.mkdir(parents=True, exist_ok=True)
                received = rows.append_column(RECEIVED, pa.repeat(pa.scalar(received_ms), len(rows)))
                drafts.append((write_part(received, folder), folder / f"{name}{SUFFIX}", len(rows)))
            for draft, target, rows_in_it in drafts:
                if name_part(draft, target):
                    stored += rows_in_it
                draft.unlink()
            for folder in folders:
                sync_folder(folder)
        finally:
            for draft, _target, _rows in drafts:
                draft.unlink(missing_ok=True)
        return stored

    def parts(self, first: date, last: date, shard: int | None = None) -> list[Part]:
        """The parts of the UTC days from `first` to `last` (included), of one shard or of all, in a fixed order."""
        shards = range(self.shards) if shard is None else (shard,)
        return [part for number in shards for part in self.look(first, last, number).parts]

    def look(self, first: date, last: date, shard: int) -> Look:
        """What the log holds of the UTC days from `first` to `last` (included) of a shard.

        A file may be gone when it is opened, since rewriting replaces files: look again then. Raises LogError where an
        index cannot be read.
        """
        parts: list[Part] = []
        sources: dict[date, str] = {}
        dropped: set[date] = set()
        for day in self._days(first, last):
            folder = self.folder_of(day, shard)
            view = self._view(folder)
            parts += [Part(day, shard, folder / name) for name in view.files]
            if view.source is not None:
                sources[day] = view.source
            if view.index is not None and view.index.is_dropped:
                dropped.add(day)
        return Look(parts, sources, frozenset(dropped))

    def shops_in(self, shard: int, shops: Iterable[str]) -> list[str]:
        """Those of some shops whose messages a shard holds, in their order."""
        return [shop for shop in shops if self.shards == 1 or shard_of(shop, self.shards) == shard]

    def days(self) -> list[date]:
        """The UTC days that hold messages, in order."""
        folder = self.root / "messages"
        if not folder.is_dir():
            return []
        return sorted(date.fromisoformat(entry.name[4:]) for entry in folder.iterdir() if entry.name.startswith("day="))

    def set_aside(self, part: Part, reason: str) -> None:
        """Move a part that cannot be read out of the log, with a note of why; nothing is deleted.

        The note comes first, so that a kill between the two leaves no part without one. A part that is gone stays gone.
        """
        folder = self.root / "aside" / f"day={part.day}" / f"shard={part.shard:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        note = {"part": part.path.name, "reason": reason, "was_at": str(part.path.relative_to(self.root))}
        write_whole(folder / f"{part.path.name}.json", json.dumps(note, ensure_ascii=False, indent=1))
        with suppress(FileNotFoundError):
            part.path.replace(folder / part.path.name)
        logger.warning("Set aside %s: %s", part.path, reason)

    def aside(self) -> list[dict[str, Any]]:
        """What was ever set aside and is still there: dictionaries of part, reason, was_at."""
        return [json.loads(note.read_text()) for note in sorted((self.root / "aside").glob("*/*/*.json"))]

    def find_unreadable(self, parts: Iterable[Part]) -> list[tuple[Part, str]]:
        """Those parts whose rows cannot be read or are not those that were stored, with the reason. Reads them whole.

        Parts that are gone meanwhile are left out. Raises LogError for a part that this process may not read.
        """
        broken = []
        for part in parts:
            try:
                fault = fault_of(part.path)
            except FileNotFoundError:
                continue
            except PermissionError as error:
                raise LogError(f"{part.path} may not be read by this process. Give it the right to.") from error
            except (pa.ArrowException, OSError, EOFError) as error:
                fault = str(error)
            if fault is not None:
                broken.append((part, fault))
        return broken

    def size_of_days(self, first: date, last: date, shard: int | None = None) -> dict[date, int]:
        """Bytes of messages per UTC day that has any: what a run of those days will cost, without opening a file."""
        sizes: dict[date, int] = {}
        for part in self.parts(first, last, shard):
            with suppress(FileNotFoundError):  # Set aside or compacted since it was listed.
                sizes[part.day] = sizes.get(part.day, 0) + part.path.stat().st_size
        return sizes

    def _view(self, folder: Path) -> FolderView:
        try:
            return read_folder(folder)
        except FolderError as error:
            raise LogError(str(error)) from error

    def folder_of(self, day: date, shard: int) -> Path:
        """Where the messages of a UTC day and shard are kept."""
        return self.root / "messages" / f"day={day}" / f"shard={shard:02d}"

    def _days(self, first: date, last: date) -> list[date]:
        span = (last - first).days + 1
        if span > 400:
            return [day for day in self.days() if first <= day <= last]
        return [first + timedelta(days=n) for n in range(span)]

    def _partitions(self, table: pa.Table) -> Iterator[tuple[date, int, pa.Table]]:
        if not len(table):
            return
        codes = pc.dictionary_encode(table["shop_id"].combine_chunks())
        shards = pa.array([shard_of(code, self.shards) for code in codes.dictionary.to_pylist()], pa.int64())
        shard = pc.take(shards, codes.indices)
        day = pc.floor(pc.divide(pc.cast(table["sent_ms"].combine_chunks(), pa.float64()), float(DAY_MS)))
        key = pc.add(pc.multiply(pc.cast(day, pa.int64()), self.shards), shard)
        keys = pc.unique(key)
        if len(keys) == 1:
            yield EPOCH + timedelta(days=keys[0].as_py() // self.shards), keys[0].as_py() % self.shards, table
            return
        order_by_key = pc.sort_indices(key)
        ordered = table.take(order_by_key)
        counts = sorted((pair["values"].as_py(), pair["counts"].as_py()) for pair in pc.value_counts(key))
        offset = 0
        for value, count in counts:
            yield EPOCH + timedelta(days=value // self.shards), value % self.shards, ordered.slice(offset, count)
            offset += count

    def _settle_shards(self, shards: int) -> int:
        marker = self.root / "log.json"
        if not marker.exists():
            if shards < 1 or shards > 4096:
                raise LogError(f"A chat log has 1 to 4096 shards, not {shards}. Set OPENLINE_CHAT_LOG_SHARDS.")
            if (self.root / "messages").exists():
                raise LogError(
                    f"{self.root} holds messages, but {marker.name} is missing, which says how many shards they were "
                    "cut into. Restore it from a backup; it holds two numbers."
                )
            self.root.mkdir(parents=True, exist_ok=True)
            draft = self.root / f".{uuid.uuid4().hex}.tmp"
            write_durably(draft, json.dumps({"format": FORMAT, "shards": shards}).encode())
            try:
                os.link(draft, marker)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
            sync_folder(self.root)
            sync_folder(self.root.parent)
        try:
            made_with = json.loads(marker.read_text())
            number, version = int(made_with["shards"]), int(made_with["format"])
        except (ValueError, KeyError, TypeError) as error:
            raise LogError(
                f"{marker} cannot be read: {error}. Restore it from a backup; it holds two numbers."
            ) from error
        if version != FORMAT:
            raise LogError(f"{self.root} is a chat log of format {version}; this version of Openline reads {FORMAT}.")
        return number


def _without_repeats(table: pa.Table) -> pa.Table:
    """The rows of a batch without those whose message a row before them had already (per shop)."""
    if table.group_by(["shop_id", "message_id"], use_threads=False).aggregate([]).num_rows == len(table):
        return table
    numbered = table.append_column("row", pa.array(range(len(table)), pa.int64()))
    first = numbered.group_by(["shop_id", "message_id"]).aggregate([("row", "min")])["row_min"].combine_chunks()
    return table.take(first.take(pc.sort_indices(first)))
