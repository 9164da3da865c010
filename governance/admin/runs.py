"""Runs of the jobs: what each did and how far it is; started, stopped, started again, released and dismissed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from governance.actions.jobs import JOBS
from governance.tasks import send_workers
from governance.views.runs import STATE_TONES, losers_of, picture_of
from shops.actions.runs.jobs import RunError
from shops.actions.runs.judge_run import dismiss_run, release_run
from shops.actions.runs.start_run import restart_run, start_run
from shops.actions.runs.stop_run import stop_run
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.models import Run, User
from shops.views.figures import ABSENT, seconds_in_words

START, RELEASE = "shops.start_run", "shops.release_run"
KINDS: Final = [(kind.value, kind.label) for kind in Run.Kind if kind.value in JOBS]


class StartForm(forms.Form):
    """What to start, and for which days."""

    kind = forms.ChoiceField(label=_("Job"), choices=KINDS, widget=UnfoldAdminSelectWidget)
    first_on = forms.DateField(
        label=_("From"), required=False, widget=UnfoldAdminDateWidget, help_text=_("Empty: the days that are due.")
    )
    last_on = forms.DateField(label=_("To"), required=False, widget=UnfoldAdminDateWidget)

    def clean_last_on(self) -> Any:
        """No day to come: a rating is never rewritten. The end of a span of one day may be left out."""
        last_on = self.cleaned_data.get("last_on") or self.cleaned_data.get("first_on")
        if last_on and last_on > timezone.localdate():
            raise forms.ValidationError(_("This day has not begun. End the span today or earlier."))
        return last_on


class WhyForm(forms.Form):
    """The reason of a person's word."""

    why = forms.CharField(
        label=_("Why"), max_length=500, widget=UnfoldAdminTextareaWidget, help_text=_("Kept with your name.")
    )


class ConfirmForm(forms.Form):
    """Nothing to fill in: pressing the button is the answer."""


@admin.register(Run)
class RunAdmin(LongListAdmin[Run]):
    """Every run, newest first. Its page looks again by itself while the run is under way."""

    list_display = ("number", "kind", "told_state", "first_on", "last_on", "present", "started_at", "took", "who")
    list_filter = ("kind", "state")
    list_select_related = ("started_by",)
    ordering = ("-id",)
    fields = (("kind", "told_state"), ("first_on", "last_on"), ("as_of", "who"))
    change_form_after_template = "governance/run_page.html"
    actions_list = ("start",)
    actions_detail = ("release", "dismiss", "stop", "restart")

    def get_urls(self) -> list[URLPattern]:
        """The page's own addresses, and that of the part which it loads again."""
        view = self.admin_site.admin_view(self.progress)
        return [path("<int:pk>/progress/", view, name="shops_run_progress"), *super().get_urls()]

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of a run's page that moves."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = get_object_or_404(Run, pk=min(pk, 2**62))
        return render(request, "governance/run_progress.html", {"picture": picture_of(run, timezone.now())})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Run | None = None,
    ) -> HttpResponse:
        """The page of a run: its stages and steps, and whom it is held for."""
        if obj is not None:
            context |= {"picture": picture_of(obj, timezone.now()), "losers": losers_of(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description=_("run"), ordering="id")
    def number(self, run: Run) -> str:
        """Its number."""
        return f"#{run.pk}"

    @admin.display(description=_("state"), ordering="state")
    def told_state(self, run: Run) -> SafeString:
        """Where it is, in its colour."""
        if run.is_under_way() and run.stop_requested_at is not None:
            return pill(gettext("stopping"), "middle")
        return pill(run.get_state_display(), STATE_TONES.get(run.state, "none"))

    @admin.display(description=_("phase"))
    def present(self, run: Run) -> str:
        """The phase in work, with its day."""
        if run.state in {Run.State.SUCCEEDED, Run.State.WAITING} or run.kind not in JOBS or not run.phase:
            return ABSENT
        title = JOBS[run.kind].phases[run.phase].title
        return f"{title} {run.phase_on}" if run.phase_on else str(title)

    @admin.display(description=_("took"))
    def took(self, run: Run) -> str:
        """From its start to its end, or until now."""
        ended_at = run.ended_at or (timezone.now() if run.is_under_way() else None)
        return seconds_in_words((ended_at - run.started_at).total_seconds() if ended_at and run.started_at else None)

    @admin.display(description=_("started by"))
    def who(self, run: Run) -> str:
        """A person, a command or the schedule."""
        return str(run.started_by or (gettext("a command") if run.is_inline else gettext("the schedule")))

    def has_start_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        """True for those who may start runs."""
        return request.user.has_perm(START)

    def has_stop_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may stop runs, while this one is under way."""
        return request.user.has_perm(START) and self._is(object_id, Run.UNDER_WAY)

    def has_restart_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may start runs, where this one failed or was stopped."""
        return request.user.has_perm(START) and self._is(object_id, (Run.State.FAILED, Run.State.STOPPED))

    def has_judge_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may release and dismiss, while this run is held."""
        return request.user.has_perm(RELEASE) and self._is(object_id, (Run.State.HELD,))

    @page_action(description=_("Start a run"), url_path="start", icon="play_arrow", permissions=["start"])
    def start(self, request: HttpRequest) -> HttpResponse:
        """Start a run from a form."""
        form = StartForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            wanted, by = form.cleaned_data, _person(request)
            try:
                run = start_run(
                    JOBS[wanted["kind"]],
                    now=timezone.now(),
                    first_on=wanted["first_on"],
                    last_on=wanted["last_on"],
                    by=by,
                )
            except RunError as error:
                form.add_error(None, str(error))
            else:
                send_workers(run.pk)
                messages.success(request, gettext("The run has been started."))
                return redirect("admin:shops_run_change", run.pk)
        return self._form(request, form, gettext("Start a run"))

    @page_action(description=_("Stop"), url_path="stop", icon="stop", permissions=["stop"])
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask a run to stop."""
        return self._act(
            request,
            object_id,
            ConfirmForm,
            gettext("Stop the run"),
            gettext("What is done stays done. The run can be started again and does what is missing."),
            lambda run, _wanted, by: stop_run(run, now=timezone.now(), by=by),
        )

    @page_action(description=_("Start again"), url_path="restart", icon="replay", permissions=["restart"])
    def restart(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a run that failed or was stopped go on."""

        def act(run: Run, _wanted: dict[str, Any], by: User) -> None:
            restart_run(run, by=by)
            send_workers(run.pk)

        says = gettext("What is done stays done; workers do what is missing.")
        return self._act(request, object_id, ConfirmForm, gettext("Start the run again"), says, act)

    @page_action(description=_("Release"), url_path="release", icon="check", permissions=["judge"])
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a held run go on."""

        def act(run: Run, wanted: dict[str, Any], by: User) -> None:
            release_run(run, why=wanted["why"], now=timezone.now(), by=by)
            send_workers(run.pk)

        says = gettext("The day is published as it was judged: the shops below lose what is listed.")
        return self._act(request, object_id, WhyForm, gettext("Release the run"), says, act)

    @page_action(description=_("Dismiss"), url_path="dismiss", icon="close", permissions=["judge"])
    def dismiss(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a held run without publishing the day."""
        return self._act(
            request,
            object_id,
            WhyForm,
            gettext("Dismiss the run"),
            gettext(
                "Nothing of the day is published. Declare the outage or bring the lost messages, then start again."
            ),
            lambda run, wanted, by: dismiss_run(run, why=wanted["why"], now=timezone.now(), by=by),
        )

    def _act(
        self,
        request: HttpRequest,
        object_id: str,
        kind: type[forms.Form],
        title: str,
        says: str,
        act: Callable[[Run, dict[str, Any], User], None],
    ) -> HttpResponse:
        """Ask by a form; act where it was sent and filled in well."""
        run = get_object_or_404(Run, pk=_number(object_id))
        form = kind(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                act(run, form.cleaned_data, _person(request))
            except RunError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, gettext("Done."))
            return redirect("admin:shops_run_change", run.pk)
        return self._form(request, form, title, says=says, run=run)

    def _form(self, request: HttpRequest, form: forms.Form, title: str, **context: Any) -> HttpResponse:
        return render(
            request,
            "governance/run_form.html",
            {**self.admin_site.each_context(request), "title": title, "form": form, **context},
        )

    def _is(self, object_id: str | None, states: Sequence[str]) -> bool:
        if object_id is None or not object_id.isdecimal() or len(object_id) > 18:
            return False
        return Run.objects.filter(pk=int(object_id), state__in=states).exists()


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # admin_view lets nobody else in
    return request.user


def _number(object_id: str) -> int:
    """The key of a row in an address. Raises Http404 for anything else."""
    if not (object_id.isascii() and object_id.isdecimal()) or len(object_id) > 18:
        raise Http404
    return int(object_id)
