"""The jobs that keep the chat log: compaction, retention, erasures, verification. Each step is one shop shard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

from shops.actions.check_log import LogCheck, check_aside, check_shard
from shops.actions.compact_log import compact_shard
from shops.actions.erase_buyer import erase_in_shard, finish_erasure, open_erasures
from shops.actions.retain_log import retain_shard
from shops.actions.runs.hourly import by_shard, once
from shops.actions.runs.jobs import Done, Job, Phase, Work
from shops.actions.standards import NoStandardError
from shops.models import Run, RunStep

MOST_NAMED: Final = 200
"""Findings that a step names; they are counted without a limit."""
MOST_TOLD: Final = 20
"""Findings that the run's error names."""


class LogDamagedError(Exception):
    """The verification found something wrong; the message says where, what, and what to do."""


def compact(work: Work) -> Done:
    """Compact the step's shard."""
    return Done(compact_shard(work.shard, as_of=work.run.as_of, report=work.report).to_counts())


def retain(work: Work) -> Done:
    """Drop what is kept no longer of the step's shard."""
    return Done(retain_shard(work.shard, as_of=work.run.as_of, report=work.report).to_counts())


def erase(work: Work) -> Done:
    """Take the texts of all open erasures out of the step's shard."""
    erasures = open_erasures()
    erased = sum(erase_in_shard(erasure, work.shard, report=work.report) for erasure in erasures)
    return Done({"texts_erased": erased})


def finish(work: Work) -> Done:
    """Note which erasures are done: those whose replaced files are gone."""
    done = sum(finish_erasure(erasure, now=work.run.as_of) for erasure in open_erasures())
    return Done({"erasures_done": done})


def check(work: Work) -> Done:
    """Read the step's shard and say what is wrong with it."""
    return _told(check_shard(work.shard, report=work.report))


def look_aside(_work: Work) -> Done:
    """Say what was set aside and is still there."""
    return _told(check_aside())


def tell_findings(work: Work) -> Done:
    """Fail the run where anything was found, so that somebody looks. Raises LogDamagedError then."""
    steps = RunStep.objects.filter(run=work.run, phase__in=("check", "aside")).order_by("pk")
    findings = [each for counts in steps.values_list("counts", flat=True) for each in counts.get("findings", ())]
    if findings:
        told = [f"{each['where']}: {each['what']} {each['remedy']}" for each in findings[:MOST_TOLD]]
        raise LogDamagedError("\n".join(["Something is wrong with the chat log:", *told]))
    return Done()


def _told(found: LogCheck) -> Done:
    counts = {"days": found.days, "files": found.files, "messages": found.rows, **found.counts}
    named = [asdict(finding) for finding in found.findings[:MOST_NAMED]]
    return Done(counts | ({"findings": named} if named else {}))


def _one_after_another(*names: str) -> Sequence[tuple[str, date | None]]:
    return [(name, None) for name in names]


COMPACTION: Final = Job.of(
    Run.Kind.COMPACTION,
    [Phase("compact", _("put batches together"), by_shard, compact)],
    lambda _run: _one_after_another("compact"),
)
RETENTION: Final = Job.of(
    Run.Kind.RETENTION,
    [Phase("retain", _("drop what is kept no longer"), by_shard, retain)],
    lambda _run: _one_after_another("retain"),
    hopeless=(NoStandardError,),
)
ERASURE: Final = Job.of(
    Run.Kind.ERASURE,
    [Phase("erase", _("take texts out"), by_shard, erase), Phase("finish", _("see what is done"), once, finish)],
    lambda _run: _one_after_another("erase", "finish"),
)
CHECK: Final = Job.of(
    Run.Kind.CHECK,
    [
        Phase("check", _("read the log"), by_shard, check),
        Phase("aside", _("look at what was set aside"), once, look_aside),
        Phase("tell", _("tell what is wrong"), once, tell_findings),
    ],
    lambda _run: _one_after_another("check", "aside", "tell"),
    hopeless=(LogDamagedError,),
)
LOG_JOBS: Final = (COMPACTION, RETENTION, ERASURE, CHECK)
