"""How gunicorn serves the pages and the API; it reads this file where it is started. Arguments go before it.

The numbers come from the environment (docs/settings.md). Threads are for waiting on the database and on disks; requests
that take in messages compute, so that a worker for each core and one is about right.
"""

import os
import shutil
import tempfile
from typing import Any

from governance.config.logging import configure_logs

bind = os.environ.get("OPENLINE_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("OPENLINE_WEB_WORKERS", "2"))
threads = int(os.environ.get("OPENLINE_WEB_THREADS", "4"))
worker_class = "gthread"
wsgi_app = "governance.config.wsgi"
# A batch of 50,000 messages over a slow line takes its time; a worker that hangs is started again after that.
timeout = 120
graceful_timeout = 60
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - its heartbeat needs memory, not a disk
keepalive = 30
# Memory that a rare large request left behind goes back; not all workers at once.
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
accesslog = None  # the application logs its requests itself, by route
logconfig_dict = configure_logs(
    is_readable=os.environ.get("OPENLINE_EMBEDDED", "true").lower() not in {"false", "0", "no", "off"},
    level=os.environ.get("OPENLINE_LOG_LEVEL", "INFO"),
)
logconfig_dict["loggers"] |= {
    "gunicorn.error": {"handlers": [], "propagate": True, "level": "INFO"},
    "gunicorn.access": {"handlers": [], "propagate": False, "level": "CRITICAL"},
}

# The workers add up their metrics in a folder of this run; prometheus_client looks for it when it is first imported.
METRICS_FOLDER = tempfile.mkdtemp(prefix="openline-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_FOLDER


def child_exit(_server: Any, worker: Any) -> None:
    """Keep what a worker that ended has counted, and forget what it alone could say."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - after the folder was named

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the metrics of this run."""
    shutil.rmtree(METRICS_FOLDER, ignore_errors=True)
