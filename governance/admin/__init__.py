"""The back office's screens of judgements, a file a noun."""

from governance.admin import (
    appeals,
    decisions,
    duties,
    findings,
    penalties,
    points,
    policy,
    policy_drafts,
    ratings,
    runs,
    schedule,
    scores,
    shop,
)

__all__ = [
    "appeals",
    "decisions",
    "duties",
    "findings",
    "penalties",
    "points",
    "policy",
    "policy_drafts",
    "ratings",
    "runs",
    "schedule",
    "scores",
    "shop",
]
