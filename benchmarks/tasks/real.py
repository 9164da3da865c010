"""Real messages: imported and scored from nothing, by the commands that people use."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.core.management import call_command
from django.db.models import Count

from benchmarks.measuring import Meter
from governance.models import AgentScore, ShopRating
from shops.models import Shop, ShopDay


def import_messages(meter: Meter, file: str) -> None:
    """Migrate, publish the forum preset and import the file with its shops and agents."""
    first = _span(file)[0].date() - timedelta(days=1)
    said = io.StringIO()
    with meter.step("migrate, publish"):
        call_command("migrate", verbosity=0)
        call_command("publish_policy", "forum", "--from", first.isoformat(), stdout=said)
    with meter.step("import chat --create"):
        call_command(
            "import",
            "chat",
            file,
            "--create",
            "--timezone",
            "UTC",
            "--hours",
            "mon-sun 00:00-24:00",
            verbosity=0,
            stdout=said,
        )
    meter.facts |= {"rows": pq.read_metadata(file).num_rows, "shops": Shop.objects.count()}


def score(meter: Meter, file: str) -> None:
    """Score every day of the file and until all of it has settled."""
    first, last = _span(file)
    until = last + timedelta(days=8)
    days = ["--from", first.date().isoformat(), "--to", last.date().isoformat(), "--as-of", until.isoformat()]
    said = io.StringIO()
    with meter.step("score"):
        call_command("score", *days, stdout=said)
    with meter.step("score again: nothing to do"):
        call_command("score", *days, stdout=io.StringIO())
    newest = ShopRating.objects.newest_per_shop()
    meter.facts |= {
        "days": (last.date() - first.date()).days + 1,
        "shop days": ShopDay.objects.count(),
        "ratings": ShopRating.objects.count(),
        "scores": AgentScore.objects.count(),
        "grades": dict(newest.values_list("grade").annotate(shops=Count("pk")).order_by("grade")),
        "said": said.getvalue(),
    }


def _span(file: str) -> tuple[datetime, datetime]:
    """The first and the last instant in the file."""
    sent_at = pq.read_table(Path(file), columns=["sent_at"])["sent_at"]
    ends = pc.min_max(sent_at).as_py()
    return ends["min"].astimezone(UTC), ends["max"].astimezone(UTC)
