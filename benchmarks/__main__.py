"""`python -m benchmarks [--size small|full] [--part NAME]`: measure, print, and keep the results."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.measuring import TaskError
from benchmarks.parts import chat_import, desk, intake, judge, nightly, queries, real, turns, windows
from benchmarks.results import Findings, as_markdown, machine_facts, write_results

PARTS: Mapping[str, Callable[[str], Findings]] = {
    "turns": turns.run,
    "import": chat_import.run,
    "intake": intake.run,
    "windows": windows.run,
    "judge": judge.run,
    "nightly": nightly.run,
    "queries": queries.run,
    "desk": desk.run,
}
"""Those that need nothing given. `real` needs a file."""
SIZES = ("small", "full")


def main() -> int:
    """Run the parts that were asked for; 0 if all of them ran, 1 if one could not."""
    options = _options()
    size, judges = options.size, options.size == "full"
    print(f"# Benchmarks, size {size}: " + ", ".join(f"{name} {value}" for name, value in machine_facts().items()))
    found: dict[str, Findings] = {}
    failed = False
    for name, run in _parts(options).items():
        print(f"\n... {name}", flush=True)
        began = time.perf_counter()
        try:
            findings = run(size)
        except TaskError as error:
            print(f"!!! {name} FAILED: {error}", file=sys.stderr)
            failed = True
            continue
        print(f"({time.perf_counter() - began:.0f} s)\n\n" + as_markdown(findings, judges=judges), flush=True)
        if findings.tables:
            found[name] = findings
    for path in write_results(size, found, judges=judges):
        print(f"Kept in benchmarks/results/{path.name}")
    return int(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Ratios measured in one run on two cores."
    )
    parser.add_argument("--size", choices=SIZES, default="full", help="small ends within a minute")
    parser.add_argument("--part", choices=("all", *PARTS, "real"), default="all")
    parser.add_argument("--file", type=Path, help="a file of real messages, for --part real")
    options = parser.parse_args()
    if (options.part == "real") != (options.file is not None):
        parser.error("--part real and --file FILE belong together.")
    if options.file is not None and not options.file.is_file():
        parser.error(f"There is no file {options.file}.")
    return options


def _parts(options: argparse.Namespace) -> Mapping[str, Callable[[str], Findings]]:
    if options.part == "real":
        return {"real": lambda _size: real.run(options.file.resolve())}
    return {name: run for name, run in PARTS.items() if options.part in {"all", name}}


if __name__ == "__main__":
    sys.exit(main())
