"""Tea house with twenty days of turns, settling them, and telling which days were opened again."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from shops.actions.settle_days import Settled, settle_days
from shops.models import AgentDay, ComputedDay, Shop, ShopDay
from tests.builders import LONG_AFTER, days_stored, make_policy, make_shop, on, store, turns

DAYS = 20


def make_tea_house() -> Shop:
    """Tea house, always open, with an answered and an unanswered turn on each of twenty days."""
    make_policy()
    for day in range(DAYS):
        store(*turns(day, [30, None]))
    return make_shop(hours="00:00-24:00")


def settle(first: int = 0, last: int = DAYS - 1, as_of: datetime = LONG_AFTER) -> Settled:
    """Settle days, counted from the Monday."""
    return settle_days(on(first), on(last), as_of=as_of)


def fingerprints() -> dict[date, str]:
    """What each day was computed from."""
    return dict(ComputedDay.objects.values_list("on", "fingerprint"))


def files() -> dict[Path, tuple[int, int]]:
    """Every file of computed days with what a rewrite would change."""
    root = Path(settings.CHAT_LOG_DIR) / "days"
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in sorted(root.rglob("*")) if path.is_file()}


def from_scratch(first: int = 0, last: int = DAYS - 1) -> dict:
    """What a run without files and rows of former runs stores."""
    shutil.rmtree(Path(settings.CHAT_LOG_DIR) / "days")
    for model in (ComputedDay, ShopDay, AgentDay):
        model.objects.all().delete()
    settle(first, last)
    return days_stored()


def reopened() -> list[int]:
    """Settle again; which days changed their fingerprint, as days after the Monday. They equal a run from scratch."""
    before = fingerprints()
    found = settle()
    after = fingerprints()
    changed = sorted((day - on(0)).days for day in after if after[day] != before.get(day))
    assert found.days_computed == len(changed)
    assert found.days_kept == DAYS - len(changed)
    stored = days_stored()
    assert stored == from_scratch()
    return changed
