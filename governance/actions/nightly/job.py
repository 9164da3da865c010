"""The phases of a night, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from governance.actions.nightly.facts import measure_windows, settle_facts
from governance.actions.nightly.judging import (
    brake,
    conclude_shard,
    judge_shard,
    publish_shard,
)
from governance.actions.nightly.spans import NoPolicyError, days_of, due_days
from shops.actions.runs.hourly import by_shard, once
from shops.actions.runs.jobs import Job, Phase, Stage
from shops.actions.runs.settling import DAYS_LOCK
from shops.actions.standards import NoStandardError
from shops.models import Run

OF_ALL_DAYS: Final = (
    Phase("settle", _("settle the facts"), by_shard, settle_facts),
    Phase("windows", _("measure the windows"), by_shard, measure_windows),
)
OF_EACH_DAY: Final = (
    Phase("judge", _("score and rate, as a draft"), by_shard, judge_shard),
    Phase("brake", _("look whether too many would lose"), once, brake),
    Phase("publish", _("publish and grant"), by_shard, publish_shard, is_one_transaction=True),
    Phase("conclude", _("draw conclusions about agents"), by_shard, conclude_shard),
)


def stages_of_night(run: Run) -> Sequence[Stage]:
    """The facts of all days first; then each day to its end, since a day starts from the state of the one before."""
    facts: list[Stage] = [(phase.name, None) for phase in OF_ALL_DAYS]
    return facts + [(phase.name, day) for day in days_of(run) for phase in OF_EACH_DAY]


NIGHTLY: Final = Job.of(
    Run.Kind.NIGHTLY,
    (*OF_ALL_DAYS, *OF_EACH_DAY),
    stages_of_night,
    days=due_days,
    lock=DAYS_LOCK,
    hopeless=(NoPolicyError, NoStandardError),
)
