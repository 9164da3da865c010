"""What the steps of a night keep for each other: windows and drafts as Arrow files, a file a day, beside the log.

They are named by the step that is done, so a worker that lost its step leaves nothing behind that anybody reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import feather

from governance.actions.rate_day import RATING_COLUMNS, SCORE_COLUMNS, DayDraft, Sums
from governance.actions.window_measures import ShopDates, Window
from shops.actions.runs.jobs import output_of
from shops.models import Run, RunStep
from shops.models.measures import MEASURE_COLUMNS

WHOSE = ("shop_id", "agent_id")
Rows = Iterable[Sequence[Any]]


def outputs_of(run: Run, phase: str, on: date | None = None) -> dict[int, Path]:
    """By shard the folders that the steps of a phase have written, where they wrote any. One query."""
    steps = RunStep.objects.filter(run=run, phase=phase, on=on, state=RunStep.State.DONE).exclude(output="")
    return {step.shard: output_of(run, step) for step in steps if step.shard is not None}


def write_window(folder: Path, window: Window, sums: Sums) -> None:
    """Keep a day's window of one shard, and the sums over its shops by category."""
    rows = [(shop, None, *values) for shop, values in window.shops.items()]
    rows += [(shop, agent, *values) for (shop, agent), values in window.agents.items()]
    write_rows(folder / f"{window.on}.window", (*WHOSE, *MEASURE_COLUMNS), rows)
    own_dates = [(_texts(own.dates), _texts(own.left_out)) for own in window.own_dates]
    about = {"dates": _texts(window.dates), "own_dates": own_dates, "group_of": window.group_of, "sums": sums}
    (folder / f"{window.on}.json").write_text(json.dumps(about), encoding="utf-8")


def read_window(folder: Path, on: date) -> Window | None:
    """A day's window of one shard; None where the day has none."""
    about = _read_about(folder, on)
    if about is None:
        return None
    own_dates = tuple(ShopDates(_dates(dates), _dates(left_out)) for dates, left_out in about["own_dates"])
    window = Window(on, _dates(about["dates"]), own_dates=own_dates, group_of=about["group_of"])
    for shop, agent, *values in read_rows(folder / f"{on}.window"):
        if agent is None:
            window.shops[shop] = tuple(values)
        else:
            window.agents[shop, agent] = tuple(values)
    return window


def read_sums(folders: Iterable[Path], on: date) -> Sums:
    """A day's sums over the shops of several shards."""
    total: dict[str, dict[str, int]] = {}
    for folder in folders:
        about = _read_about(folder, on) or {"sums": {}}
        for category, sums in about["sums"].items():
            mine = total.setdefault(category, {})
            for name, value in sums.items():
                mine[name] = mine.get(name, 0) + value
    return total


def write_draft(folder: Path, draft: DayDraft) -> None:
    """Keep a day's judgement of one shard."""
    write_rows(folder / "ratings", RATING_COLUMNS, draft.ratings)
    write_rows(folder / "scores", SCORE_COLUMNS, draft.scores)


def read_draft(folder: Path, on: date, policy_id: int) -> DayDraft:
    """A day's judgement of one shard."""
    return DayDraft(on, policy_id, read_rows(folder / "ratings"), read_rows(folder / "scores"))


def write_rows(path: Path, columns: Sequence[str], rows: Rows) -> None:
    """Keep rows of plain values."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    table = pa.table([pa.array(column) for column in values], names=list(columns))
    feather.write_feather(table, path, compression="lz4")


def read_rows(path: Path) -> list[tuple[Any, ...]]:
    """The rows as they were kept."""
    table = feather.read_table(path, memory_map=False)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _read_about(folder: Path, on: date) -> Mapping[str, Any] | None:
    path = folder / f"{on}.json"
    if not path.exists():
        return None
    about: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return about


def _texts(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in days]


def _dates(texts: Iterable[str]) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, texts))
