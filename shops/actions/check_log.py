"""Verification of the chat log: whether everything that was stored is there and as it was."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from shops.actions.progress import Progress, Report, keep_quiet
from shops.chat.days import DayFiles
from shops.chat.folders import FolderError, FolderView, read_folder
from shops.chat.log import ChatLog, open_log, shard_of
from shops.chat.parts import fault_of

MOST_FINDINGS: Final = 1_000
"""Per kind; they are counted without a limit."""


@dataclass
class Finding:
    """One thing that is wrong: where, what, and what to do about it."""

    kind: str
    where: str
    what: str
    remedy: str


@dataclass
class LogCheck:
    """What a check found. Empty `findings`: all is well."""

    days: int = 0
    files: int = 0
    rows: int = 0
    bytes: int = 0
    leftovers: int = 0
    """Replaced files and drafts that wait for being deleted."""
    set_aside: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    """Findings by kind."""
    findings: list[Finding] = field(default_factory=list)

    def note(self, kind: str, where: str, what: str, remedy: str) -> None:
        """Keep a finding."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] <= MOST_FINDINGS:
            self.findings.append(Finding(kind, where, what, remedy))

    def merge(self, other: LogCheck) -> None:
        """Add what the check of another shard found."""
        for name in ("days", "files", "rows", "bytes", "leftovers", "set_aside"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, count in other.counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + count
        self.findings += other.findings

    def to_data(self) -> dict[str, Any]:
        """Everything, fit for JSON."""
        return asdict(self)


def check_log(*, report: Report = keep_quiet) -> LogCheck:
    """Read the whole log and say what is wrong with it; nothing is changed."""
    log = open_log()
    found = LogCheck()
    for shard in range(log.shards):
        found.merge(check_shard(shard, report=report))
    found.merge(check_aside())
    return found


def check_aside() -> LogCheck:
    """What was set aside and is still there."""
    found = LogCheck()
    for note in open_log().aside():
        found.set_aside += 1
        found.note(
            "set_aside",
            note["was_at"],
            _("It was set aside: %(reason)s") % {"reason": note["reason"]},
            _("Restore the file from a backup to its place, or have the sender send the batch again; then remove it."),
        )
    return found


def check_shard(shard: int, *, report: Report = keep_quiet) -> LogCheck:
    """Read every file of a shard and hold it against its name, its index and the computed days."""
    log = open_log()
    found = LogCheck()
    days = log.days()
    sources: dict[date, str] = {}
    for number, day in enumerate(days):
        report(Progress("check", number, len(days), f"{shard}: {day}"))
        folder = log.folder_of(day, shard)
        try:
            view = read_folder(folder)
        except FolderError as error:
            found.note("index", _place(log, folder), str(error), _("Until then the day cannot be read."))
            continue
        if view.source is not None:
            found.days += 1
            sources[day] = view.source
        _check_folder(log, folder, view, shard, found)
    _check_computed(log, shard, sources, found)
    report(Progress("check", len(days), len(days)))
    return found


def _check_folder(log: ChatLog, folder: Path, view: FolderView, shard: int, found: LogCheck) -> None:
    found.leftovers += len(view.leftovers) + len(view.drafts)
    if view.is_file_missing and view.index is not None:
        found.note(
            "missing",
            _place(log, folder / f"{view.index.file}.parquet"),
            _("The index names this file, but it is not there."),
            _("Restore it from a backup; until then its messages are in no figure that is computed again."),
        )
    for name in view.files:
        path = folder / name
        try:
            fault = fault_of(path)
            size, rows = path.stat().st_size, pq.read_metadata(path).num_rows
            strangers = _strangers(path, shard, log.shards) if fault is None else []
        except FileNotFoundError:  # Rewritten since the folder was listed; its rows are in another file.
            continue
        except (pa.ArrowException, OSError, EOFError) as error:
            fault, size, rows, strangers = str(error), 0, 0, []
        found.files += 1
        found.bytes += size
        found.rows += rows
        if fault is not None:
            found.note(
                "unreadable",
                _place(log, path),
                fault,
                _("Restore it from a backup. A run that reads it sets it aside and computes its days without it."),
            )
        if strangers:
            found.note(
                "foreign_shops",
                _place(log, path),
                _("It holds messages of shops of other shards: %(shops)s") % {"shops": ", ".join(strangers[:5])},
                _("The file was put there by hand, or log.json was changed. Import its messages anew, then remove it."),
            )
        if name.startswith("r-") and view.index is not None and view.index.rows != rows and fault is None:
            found.note(
                "rows",
                _place(log, path),
                _("It has %(rows)d rows, its index says %(said)d.") % {"rows": rows, "said": view.index.rows},
                _("Restore both from a backup."),
            )


def _check_computed(log: ChatLog, shard: int, sources: dict[date, str], found: LogCheck) -> None:
    """Days that were computed from messages that are not there any more, though nobody dropped them."""
    files = DayFiles(log.root)
    if not files.root.is_dir():
        return
    for entry in sorted(files.root.iterdir()):
        if not entry.name.startswith("day="):
            continue
        on = date.fromisoformat(entry.name[4:])
        manifest = files.read_manifest(on, shard)
        if manifest is None:
            continue
        for source in manifest.sources:
            on_day, _space, digest = source.partition(" ")
            if not digest:  # Computed by a release that kept the parts' names; the next run computes it anew.
                continue
            day = date.fromisoformat(on_day)
            if day not in sources:
                found.note(
                    "lost",
                    _place(log, log.folder_of(day, shard)),
                    _("%(on)s was computed from messages of this day, and none of them are there.") % {"on": on},
                    _("Restore the folder from a backup; retention would have left an index."),
                )


def _strangers(path: Path, shard: int, shards: int) -> list[str]:
    shops = pc.unique(pq.read_table(path, columns=["shop_id"])["shop_id"].combine_chunks()).to_pylist()
    return sorted(shop for shop in shops if shard_of(shop, shards) != shard)


def _place(log: ChatLog, path: Path) -> str:
    return str(path.relative_to(log.root))
