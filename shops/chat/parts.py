"""The files of the chat log: how a part is named, written, checked and brought to the disk. No folders, no days."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shops.chat.messages import STORED_SCHEMA

RECEIVED = pa.field("received_ms", pa.int64())
"""What the log adds to every message: when it came in, in milliseconds since the epoch."""


REWRITTEN = "r-"
"""How the name of a file begins that batches were rewritten into; the rest is the digest of its bytes."""

FEW_VALUES = ["shop_id", "agent_id", "sender", "kind", "delivery"]
"""The columns worth a dictionary: ids of messages and texts are mostly different, and trying costs a quarter more."""


def digest_of(table: pa.Table) -> str:
    """A digest of the messages themselves, whatever the file format or the batches did to them."""
    digest = hashlib.blake2b(digest_size=20)
    digest.update(str(len(table)).encode())
    for name in STORED_SCHEMA.names:
        values = table[name].combine_chunks()
        digest.update(name.encode())
        digest.update(_numbers(pc.cast(pc.is_valid(values), pa.uint8())))
        if pa.types.is_string(values.type):
            texts = pc.fill_null(values, "")
            digest.update(_numbers(pc.binary_length(texts)))
            offsets, data = texts.buffers()[1:]
            if data is not None:
                edges = memoryview(offsets).cast("i")
                digest.update(memoryview(data)[edges[texts.offset] : edges[texts.offset + len(texts)]])
        else:
            digest.update(_numbers(pc.fill_null(values, 0)))
    return digest.hexdigest()


def _numbers(values: pa.Array) -> memoryview:
    """The bytes of an array of numbers without nulls."""
    width = values.type.bit_width // 8
    return memoryview(values.buffers()[1])[values.offset * width : (values.offset + len(values)) * width]


def write_part(table: pa.Table, folder: Path) -> Path:
    """Write a part under a temporary name in its folder and bring it to the disk; return where it is.

    Where that fails nothing is left behind. Raises OSError.
    """
    draft = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        with draft.open("wb") as sink:
            pq.write_table(table, sink, compression="zstd", compression_level=1, use_dictionary=FEW_VALUES)
            sink.flush()
            os.fsync(sink.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def name_part(draft: Path, target: Path) -> bool:
    """Give a part its name; False where it had appeared by another process. The draft is for the caller to remove."""
    try:
        os.link(draft, target)
    except FileExistsError:
        return False
    return True


def digest_of_file(path: Path) -> str:
    """A digest of the bytes of a file, read in pieces."""
    digest = hashlib.blake2b(digest_size=20)
    with path.open("rb") as source:
        while piece := source.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def fault_of(path: Path) -> str | None:
    """Why a part cannot be used; None where its rows (a rewritten one: its bytes) are those that its name says.

    Reads it whole. Raises what reading raises: OSError, ArrowException, EOFError.
    """
    with pq.ParquetFile(path) as file:
        kinds = {field.name: field.type for field in file.schema_arrow}
        wrong = [field.name for field in (*STORED_SCHEMA, RECEIVED) if kinds.get(field.name) != field.type]
        if wrong:
            return f"it holds no messages: {', '.join(wrong)} missing or of another type"
        if path.stem.startswith(REWRITTEN):
            is_whole = digest_of_file(path) == path.stem.removeprefix(REWRITTEN)
            return None if is_whole else "its bytes are not those that were written"
        rows = file.read(columns=STORED_SCHEMA.names)
    return None if digest_of(rows) == path.stem else "its rows are not those that were stored"


def write_durably(path: Path, content: bytes) -> None:
    """Write a file and bring its content to the disk."""
    with path.open("wb") as sink:
        sink.write(content)
        sink.flush()
        os.fsync(sink.fileno())


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    draft = path.parent / f".{uuid.uuid4().hex}.tmp"
    write_durably(draft, text.encode())
    draft.replace(path)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
