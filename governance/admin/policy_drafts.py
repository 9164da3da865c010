"""The desk where policies are drafted, compared with the rules in force, and published by a second person."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextareaWidget

from governance.actions.policy_drafts import (
    DraftError,
    change_draft,
    digest_text,
    draft_policy,
    publish_draft,
    withdraw_draft,
)
from governance.actions.publish_policy import PublishError, earliest_start
from governance.models import Policy, PolicyDraft
from governance.policy.problems import PolicyError
from governance.policy.reading import list_presets, read_policy, read_preset_text
from governance.views.policy_changes import changes_in_words
from shops.admin.base import BackOfficeAdmin, page_action
from shops.admin.pills import pill
from shops.models import User

if TYPE_CHECKING:
    _PolicyDraftForm = forms.ModelForm[PolicyDraft]
else:
    _PolicyDraftForm = forms.ModelForm

DRAFT, PUBLISH = "governance.draft_policy", "governance.publish_policy"
IN_FORCE = "in-force"


class DraftForm(_PolicyDraftForm):
    """The text of a draft; it may be kept unsound, and its page says what is wrong."""

    class Meta:
        model = PolicyDraft
        fields = ("title", "source_text", "note")
        widgets = {
            "source_text": UnfoldAdminTextareaWidget(
                attrs={"rows": 32, "spellcheck": "false", "class": "ol-yaml", "wrap": "off"}
            ),
            "note": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }


class PublishForm(forms.Form):
    """From when the rules are in force."""

    starts_on = forms.DateField(label=_("in force from"), widget=UnfoldAdminDateWidget())
    read_text = forms.CharField(widget=forms.HiddenInput(), max_length=64)


class WithdrawForm(forms.Form):
    """Nothing is asked but to be sure."""


@admin.register(PolicyDraft)
class PolicyDraftAdmin(BackOfficeAdmin[PolicyDraft]):
    """Drafts, what is wrong with each, and what each would change."""

    form = DraftForm
    list_display = ("title", "state", "drafted_by", "drafted_at", "changed_at")
    list_select_related = ("drafted_by", "published_as")
    search_fields = ("title",)
    change_form_before_template = "governance/policy_draft_page.html"
    actions_list = ["start_from"]
    actions_detail = ["publish", "withdraw"]

    def has_view_permission(self, request: HttpRequest, obj: PolicyDraft | None = None) -> bool:
        """Whoever drafts or publishes reads them, and whoever may view them."""
        return request.user.has_perms([DRAFT]) or request.user.has_perms([PUBLISH]) or super().has_view_permission(
            request, obj
        )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever drafts policies."""
        return request.user.has_perms([DRAFT])

    def has_change_permission(self, request: HttpRequest, obj: PolicyDraft | None = None) -> bool:
        """Whoever drafts policies; a draft only by its author, and only while it is open."""
        if not request.user.has_perms([DRAFT]):
            return False
        return obj is None or (obj.is_open() and obj.drafted_by_id == request.user.pk)

    def has_delete_permission(self, request: HttpRequest, obj: PolicyDraft | None = None) -> bool:  # noqa: ARG002
        """Refuse: drafts are kept."""
        return False

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whoever publishes policies, where the draft is open and somebody else's."""
        draft = _draft_or_none(object_id)
        mine = draft is not None and draft.drafted_by_id == request.user.pk
        return request.user.has_perms([PUBLISH]) and draft is not None and draft.is_open() and not mine

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """The author, and whoever publishes policies, while the draft is open."""
        draft = _draft_or_none(object_id)
        if draft is None or not draft.is_open():
            return False
        return request.user.has_perms([PUBLISH]) or (
            request.user.has_perms([DRAFT]) and draft.drafted_by_id == request.user.pk
        )

    def has_start_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whoever drafts policies."""
        return request.user.has_perms([DRAFT])

    def get_fields(self, request: HttpRequest, obj: PolicyDraft | None = None) -> Any:
        """The form for its author; the others read the text line by line above."""
        if obj is None or self.has_change_permission(request, obj):
            return ("title", "source_text", "note")
        return ("title", "state", "drafted_by", "drafted_at", "changed_at", "note")

    def get_readonly_fields(self, request: HttpRequest, obj: PolicyDraft | None = None) -> Any:  # noqa: ARG002
        """What nobody fills in."""
        return ("state", "drafted_by", "drafted_at", "changed_at")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The text that a new draft starts from: `?from=` a preset or the rules in force; those by default."""
        wanted = request.GET.get("from", IN_FORCE)
        if wanted in list_presets():
            return {"title": wanted, "source_text": read_preset_text(wanted)}
        in_force = Policy.objects.in_force_on(timezone.localdate())
        if in_force is None:
            return {"source_text": read_preset_text("default")}
        return {"title": in_force.name, "source_text": in_force.source_text or in_force.document}

    def save_model(self, request: HttpRequest, obj: PolicyDraft, form: DraftForm, change: bool) -> None:
        """Draft or change by the one action of each."""
        assert isinstance(request.user, User)  # admin_view lets nobody else in
        data = {name: form.cleaned_data[name] for name in ("title", "source_text", "note")}
        try:
            kept = change_draft(obj.pk, by=request.user, **data) if change else draft_policy(by=request.user, **data)
        except DraftError as error:
            raise PermissionDenied(str(error)) from error
        obj.pk = kept.pk
        obj.refresh_from_db()

    def log_addition(self, *_args: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        """Nothing: the action recorded it in the audit trail."""

    def log_change(self, *_args: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        """Nothing: the action recorded it in the audit trail."""

    @admin.display(description=_("state"))
    def state(self, draft: PolicyDraft) -> SafeString:
        """Open, withdrawn, or published and as which version."""
        if draft.published_as is not None:
            return pill(gettext("published as v%(version)s") % {"version": draft.published_as.version}, "best")
        if draft.withdrawn_at is not None:
            return pill(gettext("withdrawn"), "none")
        return pill(gettext("open"), "brand")

    @page_action(description=_("Start from…"), url_path="start", icon="post_add", permissions=["start"])
    def start_from(self, request: HttpRequest) -> HttpResponse:
        """Offer the rules in force and the presets to start from."""
        language = get_language() or "en"
        presets = [(name, read_policy(read_preset_text(name)).title.in_language(language)) for name in list_presets()]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What should the draft start from?"),
            "presets": presets,
            "in_force": Policy.objects.in_force_on(timezone.localdate()),
        }
        return render(request, "governance/policy_starts.html", context)

    @page_action(description=_("Publish"), url_path="publish", icon="campaign", permissions=["publish"])
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Publish the draft of somebody else from a date."""
        draft = _draft_for(object_id)
        start = {"starts_on": earliest_start(timezone.localdate()), "read_text": digest_text(draft.source_text)}
        form = PublishForm(request.POST or None, initial=start)
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)  # admin_view lets nobody else in
            data = form.cleaned_data
            try:
                policy = publish_draft(
                    draft.pk, starts_on=data["starts_on"], read_text=data["read_text"], by=request.user
                )
            except (DraftError, PublishError, PolicyError) as error:
                form.add_error(None, forms.ValidationError(str(error)))
            else:
                told = gettext("Version %(version)s is published and in force from %(day)s.")
                messages.success(request, told % {"version": policy.version, "day": policy.starts_on})
                return redirect("admin:governance_policy_change", policy.pk)
        return self._ask(request, draft, form, gettext("Publish “%(title)s”") % {"title": draft.title})

    @page_action(description=_("Withdraw"), url_path="withdraw", icon="undo", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Withdraw the draft."""
        draft = _draft_for(object_id)
        form = WithdrawForm(request.POST or None)
        if request.method == "POST":
            assert isinstance(request.user, User)  # admin_view lets nobody else in
            try:
                withdraw_draft(draft.pk, by=request.user)
            except DraftError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, gettext("The draft was withdrawn."))
            return redirect("admin:governance_policydraft_change", draft.pk)
        return self._ask(request, draft, form, gettext("Withdraw “%(title)s”") % {"title": draft.title})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: PolicyDraft | None = None,
    ) -> HttpResponse:
        """The page of a draft, with what is wrong with it or what it would change below."""
        if obj is not None:
            is_reader = not self.has_change_permission(request, obj)
            context |= {"draft": obj, "lines": obj.source_text.split("\n") if is_reader else [], **review_of(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _ask(self, request: HttpRequest, draft: PolicyDraft, form: forms.Form, title: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "draft": draft,
            **review_of(draft),
        }
        return render(request, "governance/policy_draft_form.html", context)


def review_of(draft: PolicyDraft) -> dict[str, Any]:
    """What is wrong with the draft, or how it differs from the rules in force today. At most one query."""
    try:
        document = read_policy(draft.source_text, draft.title)
    except PolicyError as error:
        lines = draft.source_text.split("\n")
        return {
            "problems": [
                (problem, lines[problem.line - 1].strip() if problem.line and problem.line <= len(lines) else "")
                for problem in error.problems
            ]
        }
    today: date = timezone.localdate()
    in_force = Policy.objects.in_force_on(today)
    return {
        "problems": [],
        "document": document,
        "in_force": in_force,
        "changes": changes_in_words(in_force.rules(), document) if in_force is not None else [],
        "earliest_on": earliest_start(today),
    }


def _draft_or_none(object_id: str | None) -> PolicyDraft | None:
    text = object_id or ""
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        return None
    return PolicyDraft.objects.filter(pk=int(text)).first()


def _draft_for(object_id: str) -> PolicyDraft:
    draft = _draft_or_none(object_id)
    if draft is None:
        raise Http404
    return draft
