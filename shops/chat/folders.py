"""The folder of one UTC day and shop shard: batches as they came in, and the file that they were rewritten into.

A batch is named by the digest of its rows and never changes. Rewriting (compaction, dropping texts, erasure, dropping
the day) writes one new file and commits it by an index that appears whole under the next number, such as
`index-000001.json`: the newest index says which batches are to be read from the rewritten file instead. What nobody
reads any more is deleted later, so that whoever listed the folder before can still finish.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from shops.chat.parts import REWRITTEN, sync_folder, write_durably

INDEX_NAME = re.compile(r"^index-(\d{6})\.json$")
SUFFIX = ".parquet"
MARKER = "rewritten.marker"
"""Says that the folder has had an index."""
TRIES = 20
"""How often a listing is made again because an index or a file was replaced in the middle of it."""


class FolderError(Exception):
    """An index cannot be read; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Index:
    """What a rewriting committed. `file` is None where no messages are left: the day was dropped."""

    generation: int
    file: str | None
    replaces: tuple[str, ...]
    """The batches whose rows are in the file, or were dropped with the day."""
    rows: int
    texts_dropped: bool = False
    is_dropped: bool = False


@dataclass(frozen=True, slots=True)
class FolderView:
    """One listing of a folder."""

    batches: tuple[str, ...] = ()
    """Names of the batches that are read as they came in, sorted."""
    index: Index | None = None
    is_file_missing: bool = False
    """True where the file that the index names is not there, lost or set aside: then the index counts for nothing, and
    batches that were not deleted yet, or are sent again, are read as they came in."""
    leftovers: tuple[str, ...] = ()
    """File names that the newest index does not read any more."""
    drafts: tuple[str, ...] = field(default=())

    @property
    def files(self) -> tuple[str, ...]:
        """The file names to be read."""
        found = [f"{name}{SUFFIX}" for name in self.batches]
        if self.index is not None and self.index.file is not None and not self.is_file_missing:
            found.append(f"{self.index.file}{SUFFIX}")
        return tuple(found)

    @property
    def source(self) -> str | None:
        """A digest of which batches the rows came in by, however they are stored now; None where there are none."""
        names = {*self.batches, *self.replaced}
        if not names and not self.is_file_missing:
            return None
        digest = blake2b(digest_size=16)
        for name in sorted(names):
            digest.update(name.encode() + b"\n")
        return digest.hexdigest()

    @property
    def replaced(self) -> tuple[str, ...]:
        """The batches that are read from the rewritten file, or were dropped with the day."""
        return () if self.index is None or self.is_file_missing else self.index.replaces

    def holds(self, name: str) -> bool:
        """True if a batch came in before, whatever became of its file."""
        return name in self.batches or name in self.replaced


def read_folder(folder: Path) -> FolderView:
    """What a folder holds now; nothing where there is none. Raises FolderError for an index that cannot be read."""
    for _ in range(TRIES):
        try:
            names = os.listdir(folder)  # noqa: PTH208 - names are all that is needed, for each of thousands of folders
        except FileNotFoundError:
            return FolderView()
        generation = max(_generations(names), default=0)
        if not generation:
            batches = tuple(sorted(name[: -len(SUFFIX)] for name in names if _is_batch(name)))
            return FolderView(
                batches, None, False, tuple(name for name in names if _is_rewritten(name)), _drafts(names)
            )
        try:
            index = _read_index(folder / f"index-{generation:06d}.json")
        except FileNotFoundError:  # A newer one took its place.
            continue
        return _view(folder, names, index)
    raise FolderError(f"{folder} changes faster than it can be listed. Look for a job that rewrites it without end.")


def commit_index(folder: Path, index: Index) -> bool:
    """Make an index the newest of its folder, durably; False where another one took its number, or a later one."""
    draft = folder / f".{uuid.uuid4().hex}.tmp"
    write_durably(draft, json.dumps(asdict(index)).encode())
    (folder / MARKER).touch()
    try:
        os.link(draft, folder / f"index-{index.generation:06d}.json")
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(folder)
    # Whoever stalled for longer than the grace may have got a number that was tidied away: nobody reads that index.
    return max(_generations(os.listdir(folder))) == index.generation  # noqa: PTH208 - as above


def was_rewritten(folder: Path) -> bool:
    """False where no index can be: an answer without listing thousands of batches."""
    return (folder / MARKER).exists()


def next_index(view: FolderView, **changes: object) -> Index:
    """The index that follows on what a view shows, over all of its batches."""
    before = view.index or Index(0, None, (), 0)
    names = tuple(sorted({*view.replaced, *view.batches}))
    return replace(before, generation=before.generation + 1, replaces=names, **changes)  # type: ignore[arg-type]


def tidy_folder(folder: Path, now: float, grace_seconds: float, orphan_seconds: float = 86_400) -> int:
    """Delete what nobody reads any more; return how many files of it are left. `now`: seconds since the epoch.

    Files that the newest index replaced go once it has stood for `grace_seconds`; drafts and rewritten files without
    an index, left by a process that was killed, after `orphan_seconds`.
    """
    view = read_folder(folder)
    committed_at = None
    if view.index is not None:
        with suppress(FileNotFoundError):
            committed_at = (folder / f"index-{view.index.generation:06d}.json").stat().st_mtime
    left = 0
    for name in (*view.leftovers, *view.drafts):
        path = folder / name
        try:
            written_at = path.stat().st_mtime
        except FileNotFoundError:
            continue
        is_replaced = committed_at is not None and written_at <= committed_at and name not in view.drafts
        if (is_replaced and committed_at is not None and committed_at + grace_seconds <= now) or (
            written_at + orphan_seconds <= now
        ):
            path.unlink(missing_ok=True)
        else:
            left += 1
    return left


def _view(folder: Path, names: Iterable[str], index: Index) -> FolderView:
    present = [name[: -len(SUFFIX)] for name in names if _is_batch(name)]
    current = None if index.file is None else f"{index.file}{SUFFIX}"
    # A listing that began before the file was written may lack it: the file itself is asked.
    is_missing = current is not None and current not in names and not (folder / current).exists()
    replaced = frozenset(() if is_missing else index.replaces)
    kept = {current, f"index-{index.generation:06d}.json"}
    leftovers = [f"{name}{SUFFIX}" for name in present if name in replaced]
    leftovers += [name for name in names if (_is_rewritten(name) or INDEX_NAME.match(name)) and name not in kept]
    batches = tuple(sorted(name for name in present if name not in replaced))
    return FolderView(batches, index, is_missing, tuple(leftovers), _drafts(names))


def _generations(names: Iterable[str]) -> list[int]:
    return [int(found[1]) for name in names if (found := INDEX_NAME.match(name))]


def _read_index(path: Path) -> Index:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Index(**{**said, "replaces": tuple(said["replaces"])})
    except (ValueError, TypeError, KeyError) as error:
        raise FolderError(
            f"{path} cannot be read: {error}. Restore it from a backup; it is written only once."
        ) from error


def _is_batch(name: str) -> bool:
    return name.endswith(SUFFIX) and not name.startswith((".", REWRITTEN))


def _is_rewritten(name: str) -> bool:
    return name.endswith(SUFFIX) and name.startswith(REWRITTEN)


def _drafts(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name.startswith(".") and name.endswith(".tmp"))
