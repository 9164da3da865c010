"""The files of computed days: turns and contacts per local date and shop shard, with what they were computed from.

A day's folder holds turns.parquet, contacts.parquet and manifest.json, the manifest written last. Everything here can
be computed again from the chat log; nothing here is the only copy of anything.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from shops.chat.engine import Connection, quoted

KINDS = ("turns", "contacts")
EMPTY = {
    "turns": (
        "select null::varchar as shop_id, null::varchar as conversation_id, null::varchar as buyer_id, "
        "null::varchar as local_date, null::bigint as buyer_ms, null::bigint as opened_ms, "
        "null::varchar as opened_by_message, null::bigint as answered_ms, null::varchar as answered_by, "
        "null::varchar as answered_by_message, null::bigint as wait_ms, null::bigint as effective_ms, "
        "null::bigint as effective_wait_ms, null::varchar as owner, null::varchar as credit, null::varchar as state, "
        "null::varchar as counted, null::boolean as first_of_contact, null::bigint as contact_last_ms, "
        "null::varchar as contact_agent, null::varchar as contact_date where false"
    ),
    "contacts": (
        "select null::varchar as shop_id, null::varchar as conversation_id, null::varchar as buyer_id, "
        "null::varchar as agent_id, null::bigint as last_ms, null::varchar as local_date, null::varchar as last_state, "
        "null::varchar as opened_by_message, null::boolean as settled, null::boolean as came_back, "
        "null::boolean as was_stopped where false"
    ),
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a day's files were computed from, and what can still change."""

    inputs: str
    """Digest of the clock's rules and calendars."""
    sources: list[str]
    """For each UTC day that was read, its date and a digest of the batches that its messages came in by."""
    as_of_ms: int
    is_settled: bool
    """True: no later as_of can change anything, contacts included."""
    rows: dict[str, int]
    bytes: dict[str, int]
    unknown_agents: list[tuple[str, str]] = field(default_factory=list)
    """(shop, agent) pairs that had measures but nobody knew: the web database lacks their rows."""
    shops: int = 0
    """How many shops were known, the oldest ones: those that came later change nothing."""
    unknown_shops: list[str] = field(default_factory=list)
    """Shops that had messages but were not known: once they are, the day is computed again."""

    def fingerprint(self) -> str:
        """A digest of the manifest: the web database keeps it beside the measures that it stored."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


class DayFiles:
    """The computed days below a chat log's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root / "days"

    def folder(self, day: date, shard: int) -> Path:
        """Where a local date of a shard is kept."""
        return self.root / f"day={day}" / f"shard={shard:02d}"

    def read_manifest(self, day: date, shard: int) -> Manifest | None:
        """The manifest of a day; None where the day was not computed, or its files are not those it describes."""
        folder = self.folder(day, shard)
        try:
            manifest = Manifest(**json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
            for kind, size in manifest.bytes.items():
                if (folder / f"{kind}.parquet").stat().st_size != size:
                    return None
        except (OSError, ValueError, TypeError, AttributeError):
            return None
        return manifest

    def write(self, con: Connection, day: date, shard: int) -> tuple[dict[str, int], dict[str, int]]:
        """Write the rows of the tables turns and contacts that belong to a local date; return their rows and bytes."""
        folder = self.folder(day, shard)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.json").unlink(missing_ok=True)
        found, sizes = {}, {}
        for kind in KINDS:
            target = folder / f"{kind}.parquet"
            counted = con.execute(f"select count(*) from {kind} where local_date = '{day}'").fetchall()
            found[kind] = int(counted[0][0])
            if not found[kind]:
                target.unlink(missing_ok=True)
                continue
            draft = folder / f".{uuid.uuid4().hex}.tmp"
            con.execute(
                f"copy (select * from {kind} where local_date = '{day}') to '{_escaped(draft)}' "
                "(format parquet, compression zstd)"
            )
            draft.replace(target)
            sizes[kind] = target.stat().st_size
        return found, sizes

    def write_manifest(self, day: date, shard: int, manifest: Manifest) -> None:
        """Declare a day's files whole. Called last."""
        folder = self.folder(day, shard)
        draft = folder / f".{uuid.uuid4().hex}.tmp"
        draft.write_text(json.dumps(asdict(manifest)), encoding="utf-8")
        draft.replace(folder / "manifest.json")

    def forget(self, day: date, shard: int) -> None:
        """Delete the files of a local date, what says that they are whole first."""
        folder = self.folder(day, shard)
        for name in ("manifest.json", *(f"{kind}.parquet" for kind in KINDS)):
            (folder / name).unlink(missing_ok=True)

    def attach(self, con: Connection, first: date, last: date, shard: int) -> int:
        """Make the views turns and contacts over local dates (included) of a shard; return the turns' bytes."""
        found = {kind: self.paths(kind, first, last, shard) for kind in KINDS}
        for kind, paths in found.items():
            source = f"select * from read_parquet({quoted(paths)}, hive_partitioning = false)" if paths else EMPTY[kind]
            con.execute(f"create or replace temp view {kind} as {source}")
        return sum(path.stat().st_size for path in found["turns"])

    def paths(self, kind: str, first: date, last: date, shard: int) -> list[Path]:
        """The files of a kind ("turns" or "contacts") over a span of local dates (included) of a shard."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return list(_existing(self.folder(day, shard) / f"{kind}.parquet" for day in days))


def _existing(paths: Iterable[Path]) -> Iterable[Path]:
    return (path for path in paths if path.exists())


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
