"""Runs of the scheduled jobs: what each does, how far it is, and what became of it.

The rows are the truth; a broker only carries the news that there is something to do.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    """One run of a job. At most one of a kind is open (waiting, running or held): a constraint says so."""

    class Kind(models.TextChoices):
        """The jobs."""

        NIGHTLY = "nightly", _("nightly: settle, score, rate, grant")
        HOURLY = "hourly", _("hourly: provisional figures of today")
        COMPACTION = "compaction", _("compaction of the chat log")
        RETENTION = "retention", _("retention of the chat log")
        ERASURE = "erasure", _("erasure of buyers' texts")
        CHECK = "check", _("verification of the chat log")

    class State(models.TextChoices):
        """Where a run is."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        HELD = "held", _("held for a person")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        STOPPED = "stopped", _("stopped")
        DISMISSED = "dismissed", _("dismissed")

    UNDER_WAY = (State.WAITING, State.RUNNING)
    OVER = (State.SUCCEEDED, State.FAILED, State.STOPPED, State.DISMISSED)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    first_on = models.DateField(_("from"), null=True, blank=True)
    last_on = models.DateField(_("to"), null=True, blank=True)
    as_of = models.DateTimeField(_("as of"), default=timezone.now)
    started_by = models.ForeignKey(
        "shops.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("started by"),
        help_text=_("Empty: by the schedule or a command."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    is_inline = models.BooleanField(
        _("by a command"), default=False, help_text=_("A command does it, in its own process; workers leave it alone.")
    )
    holder = models.CharField(_("held by"), max_length=100, blank=True, help_text=_("The command that does it."))
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    lock = models.CharField(
        _("lock"), max_length=20, blank=True, help_text=_("Of the runs with the same lock one is running at a time.")
    )
    phase = models.CharField(_("phase"), max_length=30, blank=True)
    phase_on = models.DateField(_("day in work"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict)
    seconds = models.JSONField(_("seconds by phase"), default=dict)
    error = models.TextField(_("error"), blank=True)
    stop_requested_at = models.DateTimeField(_("stop requested at"), null=True, blank=True)
    stop_requested_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stop requested by")
    )
    held_because = models.JSONField(
        _("held because"), default=dict, help_text=_("How many shops would lose what, the limit, and the list.")
    )
    judged_by = models.ForeignKey(
        "shops.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released or dismissed by"),
    )
    judged_at = models.DateTimeField(_("released or dismissed at"), null=True, blank=True)
    judged_why = models.CharField(_("why"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-id"]
        permissions = [("start_run", "Can start and stop runs"), ("release_run", "Can release or dismiss held runs")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(state__in=["waiting", "running", "held"]), name="one_run_of_a_kind_open"
            ),
            models.UniqueConstraint(
                fields=["lock"], condition=Q(state="running") & ~Q(lock=""), name="one_running_run_per_lock"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    def is_under_way(self) -> bool:
        """True while there is something left for a worker to do."""
        return self.state in self.UNDER_WAY


class RunStep(models.Model):
    """One piece of a run, mostly one shard of one phase of one day: what a worker takes at a time.

    A worker holds a step by a lease that it prolongs while it works; a step whose lease ran out is taken again.
    """

    class State(models.TextChoices):
        """Where a step is."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps", verbose_name=_("run"))
    phase = models.CharField(_("phase"), max_length=30)
    on = models.DateField(_("on"), null=True, blank=True)
    shard = models.PositiveIntegerField(_("shard"), null=True, blank=True)
    key = models.CharField(_("key"), max_length=100, help_text=_("Phase, day and shard: unique in a run."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    holder = models.CharField(_("held by"), max_length=100, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    counts = models.JSONField(_("counts"), default=dict)
    output = models.CharField(
        _("output"), max_length=200, blank=True, help_text=_("The folder that it wrote, below the run's own.")
    )
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("step of a run")
        verbose_name_plural = _("steps of runs")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="one_step_per_run_and_key")]
        indexes = [models.Index(fields=["state", "lease_until"], name="step_by_state_and_lease")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.key}"
