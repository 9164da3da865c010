"""Prometheus metrics: what the rows and the log's folder say when asked, and what the web processes counted themselves.

Nothing is labelled by shop, agent or buyer. Figures from rows are the same whichever process answers; those that a
process counts are added up over all of them where gunicorn.conf.py has given them a folder to share.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Max, Min, Sum
from django.http import HttpRequest
from django.utils import timezone
from prometheus_client import REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from shops.chat.log import LogError, open_log, utc_day
from shops.models import ComputedDay, Delivery, IntakeBatch, Run, RunStep, ServiceToken

logger = logging.getLogger(__name__)

SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NEW_PARTS_DAYS: Final = 2
"""Parts of these newest UTC days count as new: compaction has not had its night with them yet."""
PARTS_DAYS: Final = 9
EXPIRING: Final = timedelta(days=14)

REQUESTS: Final = Histogram(
    "openline_request_seconds",
    "How long requests took, by route",
    ["route", "method", "code"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def observe_request(request: HttpRequest, code: int, seconds: float) -> None:
    """Count a request that was answered. Its labels come from the code, never from what was asked for."""
    match = request.resolver_match
    route = (match.view_name or match.route) if match is not None else "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(route, method, f"{code // 100}xx").observe(seconds)


def write_metrics(now: datetime) -> bytes:
    """All metrics in Prometheus' text format."""
    counted: CollectorRegistry = REGISTRY
    if os.environ.get(SHARED_FOLDER):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    stated = CollectorRegistry()
    stated.register(StatedFigures(now))
    return generate_latest(counted) + generate_latest(stated)


class StatedFigures(Collector):
    """What the rows and the folder say at one instant. About ten queries, none of which grows with the shops."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """Every figure, a family at a time."""
        for figures in (_runs, _steps, _intake, _deliveries, _days, _tokens, _log):
            yield from figures(self.now)


def _gauge(name: str, about: str, labels: tuple[str, ...], values: dict[Any, float | None]) -> GaugeMetricFamily:
    """A gauge with its values by labels; None is left out: absent is not 0."""
    family = GaugeMetricFamily(name, about, labels=labels)
    for key, value in values.items():
        if value is not None:
            family.add_metric(key if isinstance(key, tuple) else (key,), value)
    return family


def _lone(name: str, about: str, value: float | None) -> GaugeMetricFamily:
    return _gauge(name, about, (), {} if value is None else {(): value})


def _stamp(instant: datetime | None) -> float | None:
    return instant.timestamp() if instant else None


def _runs(_now: datetime) -> Iterator[Metric]:
    counts = dict.fromkeys(((kind, state) for kind in Run.Kind.values for state in Run.State.values), 0.0)
    successes: dict[str, float | None] = {}
    for kind, state, count, ended_at in (
        Run.objects.order_by().values_list("kind", "state").annotate(Count("pk"), Max("ended_at"))
    ):
        counts[kind, state] = count
        if state == Run.State.SUCCEEDED:
            successes[kind] = _stamp(ended_at)
    yield _gauge("openline_runs", "Runs by kind and state", ("kind", "state"), dict(counts))
    yield _gauge("openline_run_success_timestamp_seconds", "When the last run succeeded", ("kind",), successes)
    newest = Run.objects.filter(state=Run.State.SUCCEEDED).order_by().values("kind").annotate(newest=Max("pk"))
    lasted = Run.objects.filter(pk__in=[row["newest"] for row in newest]).exclude(started_at=None)
    seconds = {
        run.kind: (run.ended_at - run.started_at).total_seconds()
        for run in lasted.only("kind", "started_at", "ended_at")
        if run.started_at and run.ended_at
    }
    yield _gauge("openline_run_seconds", "How long the last run that succeeded took", ("kind",), dict(seconds))


def _steps(now: datetime) -> Iterator[Metric]:
    open_steps = RunStep.objects.filter(run__state__in=Run.UNDER_WAY)
    counts: dict[str, float | None] = dict.fromkeys(RunStep.State.values, 0.0)
    counts |= dict(open_steps.order_by().values_list("state").annotate(Count("pk")))
    yield _gauge("openline_run_steps", "Steps of the runs under way, by state", ("state",), counts)
    lost = open_steps.filter(state=RunStep.State.RUNNING, lease_until__lt=now).count()
    yield _lone("openline_run_steps_lost", "Steps whose worker was not heard from in time", lost)


def _intake(_now: datetime) -> Iterator[Metric]:
    outcomes = ("accepted", "repeated", "rejected")
    sums = IntakeBatch.objects.aggregate(*(Sum(name) for name in outcomes), batches=Count("pk"), at=Max("received_at"))
    rows = CounterMetricFamily("openline_intake_rows", "Messages received over HTTP", labels=["outcome"])
    for name in outcomes:
        rows.add_metric([name], sums[f"{name}__sum"] or 0)
    yield rows
    yield CounterMetricFamily("openline_intake_batches", "Batches of messages answered", value=sums["batches"])
    yield _lone("openline_intake_last_timestamp_seconds", "When the last batch came in", _stamp(sums["at"]))


def _deliveries(_now: datetime) -> Iterator[Metric]:
    states: dict[str, float | None] = {Delivery.State.WAITING.value: 0.0, Delivery.State.GIVEN_UP.value: 0.0}
    undelivered = Delivery.objects.filter(state__in=list(states)).order_by()
    oldest = undelivered.filter(state=Delivery.State.WAITING).aggregate(at=Min("event__happened_at"))
    states |= dict(undelivered.values_list("state").annotate(Count("pk")))
    yield _gauge("openline_deliveries", "Webhook deliveries that did not arrive, by state", ("state",), states)
    yield _lone("openline_delivery_oldest_timestamp_seconds", "The oldest event still on its way", _stamp(oldest["at"]))


def _days(_now: datetime) -> Iterator[Metric]:
    open_days = ComputedDay.objects.filter(is_final=False).aggregate(days=Count("on", distinct=True), first=Min("on"))
    yield _lone("openline_days_not_final", "Computed dates that can still change", open_days["days"])
    age = (timezone.localdate(_now) - open_days["first"]).days if open_days["first"] else None
    yield _lone("openline_days_not_final_oldest_age_days", "How long ago the oldest of them was", age)


def _tokens(now: datetime) -> Iterator[Metric]:
    ending = ServiceToken.objects.usable_at(now).filter(expires_at__lt=now + EXPIRING, replaced_by=None).count()
    yield _lone("openline_tokens_expiring", "Service tokens without a successor that end within 14 days", ending)


def _log(now: datetime) -> Iterator[Metric]:
    try:
        figures = list(_log_figures(now))
    except (LogError, OSError) as error:
        logger.warning("The chat log cannot be looked at for metrics: %s", error)
        figures = []
    yield _lone("openline_log_up", "1 where the chat log can be read", float(bool(figures)))
    yield from figures


def _log_figures(now: datetime) -> Iterator[Metric]:
    log = open_log()
    today = utc_day(int(now.timestamp() * 1000))
    parts: dict[str, float | None] = {"new": 0.0, "old": 0.0}
    sizes: dict[str, float | None] = {"new": 0.0, "old": 0.0}

    def age_of(day: Any) -> str:
        return "new" if (today - day).days < NEW_PARTS_DAYS else "old"

    first = today - timedelta(days=PARTS_DAYS - 1)
    for part in log.parts(first, today):
        parts[age_of(part.day)] = (parts[age_of(part.day)] or 0) + 1
    for day, size in log.size_of_days(first, today).items():
        sizes[age_of(day)] = (sizes[age_of(day)] or 0) + size
    yield _gauge("openline_log_parts", "Parts of the newest days of the log: new 0-1, old 2-8", ("age",), parts)
    yield _gauge("openline_log_bytes", "Bytes of the newest days of the log: new 0-1, old 2-8", ("age",), sizes)
    aside = sum(1 for _note in (log.root / "aside").glob("*/*/*.json"))
    yield _lone("openline_log_parts_aside", "Parts that were set aside since they could not be read", aside)
    yield _lone("openline_log_free_bytes", "Free space where the log is", shutil.disk_usage(settings.CHAT_LOG_DIR).free)
