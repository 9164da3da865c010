"""The evidence store: a folder in which each content lies once, under its hash. Who may read is decided elsewhere."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings

SCAN_SECONDS: Final = 120
"""How long a scanner may look at one file."""


class StoreError(Exception):
    """The store cannot give or take a content; the message says why."""


def store_folder() -> Path:
    """Where contents lie: the setting EVIDENCE_DIR, else a folder beside the other data."""
    return Path(getattr(settings, "EVIDENCE_DIR", None) or Path(settings.DATA_DIR) / "evidence")


def path_of(sha256: str) -> Path:
    """Where the content with a hash lies. Raises StoreError for what is no hash: it would be a path of any kind."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise StoreError(f"{sha256[:80]!r} is no SHA-256.")
    return store_folder() / sha256[:2] / sha256


def put(content: bytes) -> str:
    """Keep a content; return its SHA-256. The same content again changes nothing; a crash leaves no half file."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.parent):
        if not path.exists():
            _write(path, content)
    return sha256


def get(sha256: str) -> bytes:
    """The content with a hash. Raises StoreError where it is missing or is not what it was."""
    try:
        content = path_of(sha256).read_bytes()
    except OSError as error:
        raise StoreError(f"The content {sha256} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise StoreError(f"The content {sha256} is not what it was. Restore it from a backup.")
    return content


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone with a folder of the store: nothing is put in while somebody finds out what may go, and the other way."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def scanner() -> list[str]:
    """The command that looks for viruses; empty where none is set up (SCAN_COMMAND)."""
    command = getattr(settings, "SCAN_COMMAND", "") or []
    return shlex.split(command) if isinstance(command, str) else list(command)


def scan(content: bytes) -> str:
    """The name of the scanner that found nothing; "" where none is set up.

    Raises StoreError where it found something, did not end in time or could not be run: nobody looked, nothing passes.
    """
    command = scanner()
    if not command:
        return ""
    store_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=store_folder(), prefix=".scan-") as file:
        file.write(content)
        file.flush()
        try:
            # The command is the operator's own; the file's name is ours, not the uploader's.
            done = subprocess.run([*command, file.name], check=False, capture_output=True, timeout=SCAN_SECONDS)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            raise StoreError(f"The scanner could not look at the file: {error}.") from error
    if done.returncode:
        raise StoreError(f"The scanner refused the file (exit {done.returncode}).")
    return Path(command[0]).name[:100]


def _write(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
