"""Is this process alive, and is it ready for requests: what load balancers and monitoring ask.

Vital is what no request can do without: the database as this release expects it, and the chat log. Redis and the
workers are told about, but a web process does without them: taking it away would refuse messages that it can keep.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from governance.config.metrics import write_metrics
from governance.config.watchers import may_watch
from governance.config.worker_news import worker_heard_at
from shops.chat.log import LogError, open_log

REDIS_SECONDS: Final = 1.0
WORKER_SILENT_AFTER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one thing; `detail` is for those who run the installation."""

    detail: str


Check = Callable[[datetime], Fault | None]


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process answers. Asks nothing else."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether requests can be served: 200 ready or degraded, 503 unavailable. Details only for who may watch."""
    now = timezone.now()
    faults = {name: check(now) for name, check in {**VITAL, **HELPFUL}.items()}
    is_ready = not any(faults[name] for name in VITAL)
    status = "unavailable" if not is_ready else "degraded" if any(faults.values()) else "ready"
    checks = {name: "failed" if fault else "ok" for name, fault in faults.items()}
    body: dict[str, object] = {"status": status, "checks": checks}
    if any(faults.values()) and may_watch(request):
        body["details"] = {name: fault.detail for name, fault in faults.items() if fault}
    return JsonResponse(body, status=200 if is_ready else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, for staff and tokens with the scope metrics:read."""
    if not may_watch(request):
        return HttpResponse(
            "Metrics are read with a service token of the scope metrics:read: Authorization: Bearer KEY.SECRET\n",
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": 'Bearer realm="openline"'},
        )
    return HttpResponse(write_metrics(timezone.now()), content_type="text/plain; version=0.0.4; charset=utf-8")


def _database(_now: datetime) -> Fault | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError as error:
        return Fault(f"The database does not answer: {error}")
    return None


_is_migrated = False


def _migrations(_now: datetime) -> Fault | None:
    """None once every migration of this release is applied, which then stays so for this process."""
    global _is_migrated  # noqa: PLW0603 - the plan costs 0.1 s, and what was applied stays applied
    if _is_migrated:
        return None
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return Fault(f"Which migrations are applied cannot be read: {error}")
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _backwards in plan[:5])
        return Fault(f"{len(plan)} migrations are not applied ({names}). Run: manage.py migrate")
    _is_migrated = True
    return None


def _chat_log(_now: datetime) -> Fault | None:
    """None where the log is of the format that this release reads, and a file can be written beside its parts."""
    try:
        probe = open_log().root / f".{uuid.uuid4().hex}.tmp"
        try:
            probe.write_bytes(b"ready")
        finally:
            probe.unlink(missing_ok=True)
    except (LogError, OSError) as error:
        return Fault(f"The chat log cannot be used: {error}")
    return None


def _redis(_now: datetime) -> Fault | None:
    if not settings.REDIS_URL:
        return None
    limits = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS, "retry": Retry(NoBackoff(), 0)}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **limits) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return Fault(f"Redis does not answer: {error}. Messages are still taken; jobs wait.")
    return None


def _worker(now: datetime) -> Fault | None:
    heard_at = worker_heard_at(now)
    if heard_at is None:
        return Fault("No worker was ever heard from. Start one: celery -A governance.config worker")
    if heard_at < now - WORKER_SILENT_AFTER:
        return Fault(f"No worker was heard from since {heard_at.isoformat(timespec='seconds')}. Look at its logs.")
    return None


VITAL: Final[dict[str, Check]] = {"database": _database, "migrations": _migrations, "chat_log": _chat_log}
HELPFUL: Final[dict[str, Check]] = {"redis": _redis, "worker": _worker}
