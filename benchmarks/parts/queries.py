"""Whether pages take the same number of queries with many rows as with few."""

from __future__ import annotations

from benchmarks.measuring import run_task
from benchmarks.results import Findings, Table, Target

SIZES = {"small": (10, 60), "full": (10, 1_000)}
"""The two numbers of rows that are compared."""


def run(size: str) -> Findings:
    """Visit the scorecard, the dashboard and every list of the back office."""
    few, many = SIZES[size]
    pages_of = {
        rows: run_task("benchmarks.tasks.queries:count_queries", {"rows": rows}).facts["pages"] for rows in (few, many)
    }
    rows = []
    for name, (queries, milliseconds) in pages_of[many].items():
        before = pages_of[few][name][0]
        rows.append((name, before, queries, "no" if before == queries else "YES", round(milliseconds)))
    growing = sum(1 for row in rows if row[1] != row[2])
    return Findings(
        part="queries",
        title="Queries of pages",
        method=(
            f"Every registered list of the back office and the pages about a shop, on SQLite, with {few:,} and with "
            f"{many:,} rows in every table (and as many days, agents and changes of the one shop). Lists show 50 rows "
            "a page. The second visit counts, so that nothing is cached for the first time."
        ),
        tables=[Table("", ("page", f"queries at {few:,}", f"queries at {many:,}", "grows", f"ms at {many:,}"), rows)],
        targets=[Target("pages whose number of queries grows with the rows", growing, 0)],
    )
