"""What measuring.run_task starts as a child process: `python -m benchmarks.task MODULE:FUNCTION ARGUMENTS`."""

from __future__ import annotations

import importlib
import json
import os
import sys

import django

from benchmarks.measuring import CORES, Meter, write_answer


def main(task: str, arguments: str) -> None:
    """Run one task on CORES cores and leave its answer."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:CORES]))
    django.setup()
    module, function = task.split(":")
    meter = Meter()
    getattr(importlib.import_module(module), function)(meter, **json.loads(arguments))
    write_answer(meter)


if __name__ == "__main__":
    main(*sys.argv[1:])
