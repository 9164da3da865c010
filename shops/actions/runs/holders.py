"""Who holds a step: a name for a worker, and whether that worker is known to be dead before its lease runs out."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_mine: set[str] = set()
"""The holders at work in this process."""


def new_holder() -> str:
    """A name for somebody at work in this process, good while the process lives."""
    holder = f"{_place()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    _mine.add(holder)
    return holder


@contextmanager
def holder_of_this_process() -> Iterator[str]:
    """A name for one spell of work: machine, process, and a token of its own at the end."""
    holder = new_holder()
    try:
        yield holder
    finally:
        _mine.discard(holder)


def is_known_dead(holder: str) -> bool:
    """True if the holder worked on this machine and its process is gone; of other machines nothing is known.

    Only saves the wait for the lease: a step taken too early is done twice, with the same result.
    """
    place, _, rest = holder.partition(":")
    pid, _, _token = rest.partition(":")
    if place != _place() or not pid.isdecimal():
        return False
    if int(pid) == os.getpid():
        return holder not in _mine
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _place() -> str:
    """This machine and, where containers share its name, this container."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink()).removeprefix("pid:").strip("[]")
    return f"{socket.gethostname()[:60].replace(':', '-')}/{space}"
