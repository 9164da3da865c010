"""Results: what a part of the benchmarks found, printed and kept as JSON and Markdown. No paths, no host names."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.measuring import CORES

FOLDER = Path(__file__).resolve().parent / "results"
PACKAGES = ("django", "duckdb", "pyarrow", "psycopg", "pydantic")


@dataclass(frozen=True)
class Table:
    """A table of figures; texts as they are, numbers to three significant digits."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Target:
    """One figure with the limit that the issue sets. `is_most`: the limit is the most that is allowed."""

    name: str
    value: float
    limit: float
    is_most: bool = True

    @property
    def is_met(self) -> bool:
        """True where the figure keeps within the limit."""
        return self.value <= self.limit if self.is_most else self.value >= self.limit


@dataclass
class Findings:
    """What one part found."""

    part: str
    title: str
    method: str
    """How it was measured, in a sentence or two."""
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def machine_facts() -> dict[str, str]:
    """What the figures depend on, without saying which machine it was."""
    facts = {
        "cores used": str(CORES),
        "processor": _processor(),
        "memory": _memory(),
        "system": platform.system(),
        "python": platform.python_version(),
    }
    for package in PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = "absent"
    return facts


def as_markdown(findings: Findings, *, judges: bool) -> str:
    """The findings of a part as Markdown. `judges`: whether targets are held against the figures."""
    lines = [f"## {findings.title}", "", findings.method, ""]
    for table in findings.tables:
        if table.title:
            lines += [f"### {table.title}", ""]
        lines += _aligned(table)
        lines.append("")
    for target in findings.targets:
        bound = "at most" if target.is_most else "at least"
        verdict = ("met" if target.is_met else "**missed**") if judges else "not judged at this size"
        lines.append(f"- {target.name}: {shown(target.value)} (target: {bound} {shown(target.limit)}; {verdict})")
    lines += [f"- {remark}" for remark in findings.remarks]
    return "\n".join(lines).rstrip() + "\n"


def write_results(size: str, found: Mapping[str, Findings], *, judges: bool) -> list[Path]:
    """Write the results of a size as JSON and Markdown; parts that did not run keep what was found before."""
    FOLDER.mkdir(exist_ok=True)
    data_file, text_file = FOLDER / f"{size}.json", FOLDER / f"{size}.md"
    data: dict[str, Any] = json.loads(data_file.read_text()) if data_file.exists() else {"size": size, "parts": {}}
    stamp = {"measured_on": datetime.now(UTC).date().isoformat(), "machine": machine_facts()}
    for part, findings in found.items():
        entry = {**asdict(findings), **stamp, "markdown": as_markdown(findings, judges=judges)}
        for target, kept in zip(findings.targets, entry["targets"], strict=True):
            kept["is_met"] = target.is_met
        data["parts"][part] = entry
    texts = [f"# Benchmarks, size {size}", "", "Written by `python -m benchmarks`; ratios travel, seconds do not.", ""]
    for entry in data["parts"].values():
        facts = ", ".join(f"{name} {value}" for name, value in entry["machine"].items())
        texts += [entry["markdown"], f"<sub>{entry['measured_on']}: {facts}</sub>", ""]
    data_file.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text_file.write_text("\n".join(texts), encoding="utf-8")
    return [data_file, text_file]


def shown(value: object) -> str:
    """A value as a table shows it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 or not value else f"{value:.3f}"


def _aligned(table: Table) -> list[str]:
    cells = [list(table.columns), *([shown(value) for value in row] for row in table.rows)]
    widths = [max(3, *(len(row[number]) for row in cells)) for number in range(len(table.columns))]
    marks = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def line(row: Sequence[str]) -> str:
        padded = [
            row[0].ljust(widths[0]),
            *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)),
        ]
        return "| " + " | ".join(padded) + " |"

    return [line(cells[0]), line(marks), *(line(row) for row in cells[1:])]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def _memory() -> str:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return f"{int(next(line.split()[1] for line in lines if line.startswith('MemTotal'))) / 1e6:.0f} GB"
    except (OSError, StopIteration):
        return "unknown"
