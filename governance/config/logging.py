"""What is logged and how: one event a line with its fields, JSON in production, readable while Openline is tried out.

Lines of a request carry its id and who asked, lines of a task the task's id and whatever its code bound, such as the
run and the step. Buyers, their texts and secrets have no place here: addresses are logged as routes, never as they were
asked for, and what still looks like a secret is masked.
"""

from __future__ import annotations

import re
from typing import Any, Final

import structlog

MASK: Final = "***"
SECRET_KEYS: Final = frozenset({"authorization", "cookie", "password", "secret", "text", "token_secret"})
SECRETS: Final = re.compile(
    r"(Bearer\s+)[^\s'\"]+|(://[^\s/:@]*:)[^\s@]+(?=@)|(/(?:r|receipts|links)/)(?!<)[^\s/'\"]+|(whsec_)[\w+/=-]+"
    r"|(Key \([^)]*\)=\()[^)]*|(DETAIL: .*row contains ).*",
    re.IGNORECASE,
)
"""Tokens of the API, passwords in addresses, buyers' links, secrets of webhooks, values in PostgreSQL's messages."""


def configure_logs(*, is_readable: bool, level: str) -> dict[str, Any]:
    """Set structlog up; return Django's LOGGING: everything goes to standard error, by one formatter."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(allow=()),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    last: Any = (
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        if is_readable
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"events": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would write a second line of each; what goes wrong in a request is logged by
            # RequestLog, with the route instead of the path.
            "django": {"handlers": [], "propagate": True, "level": level},
            "django.request": {"level": "CRITICAL"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.server": {"handlers": [], "propagate": True, "level": level},
            # These tell about every request and message that they send.
            "httpx": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }


def mask_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The event without what looks like a secret (a processor of structlog)."""
    return {name: MASK if name.lower() in SECRET_KEYS else _masked(value) for name, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return SECRETS.sub(lambda found: f"{found[found.lastindex or 0]}{MASK}", value)
    if isinstance(value, BaseException):
        return _masked(f"{type(value).__name__}: {value}")
    return value
