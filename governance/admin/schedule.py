"""The schedule of the jobs (django-celery-beat's own screens) in the looks of the back office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django_celery_beat.admin import CrontabScheduleAdmin as BareCrontabs
from django_celery_beat.admin import PeriodicTaskAdmin as BareTasks
from django_celery_beat.admin import PeriodicTaskForm, TaskSelectWidget
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

if TYPE_CHECKING:

    class StyledTasks(admin.ModelAdmin[PeriodicTask]):
        """django-celery-beat's admin, as mypy knows it; it and unfold are untyped."""

    class StyledCrontabs(admin.ModelAdmin[CrontabSchedule]):
        """The same."""

    class StyledIntervals(admin.ModelAdmin[IntervalSchedule]):
        """The same."""

    class StyledForm(forms.ModelForm[PeriodicTask]):
        """The same."""

else:
    StyledForm = PeriodicTaskForm
    StyledIntervals = ModelAdmin

    class StyledTasks(BareTasks, ModelAdmin):
        """django-celery-beat's admin in unfold's looks."""

    class StyledCrontabs(BareCrontabs, ModelAdmin):
        """The same."""


for model in (PeriodicTask, CrontabSchedule, IntervalSchedule, ClockedSchedule, SolarSchedule):
    admin.site.unregister(model)


class TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):  # type: ignore[misc]
    """The choice of a registered task, styled."""


class TaskForm(StyledForm):
    """The form of a scheduled job, styled."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class ScheduleAdmin(StyledTasks):
    """What is started when. Changes count from the next look of beat on, within seconds."""

    form = TaskForm
    date_hierarchy = None
    list_display = ("name", "enabled", "scheduler", "last_run_at", "description")
    list_filter = ("enabled",)
    fieldsets = (
        (None, {"fields": ("name", "enabled", "description", "regtask", "task", "args", "kwargs")}),
        (None, {"fields": ("crontab", "interval", "start_time", "expire_seconds", "last_run_at", "one_off")}),
    )
    readonly_fields = ("last_run_at",)


@admin.register(CrontabSchedule)
class CrontabAdmin(StyledCrontabs):
    """Times of day."""


@admin.register(IntervalSchedule)
class IntervalAdmin(StyledIntervals):
    """Times between."""
