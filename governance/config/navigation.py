"""The back office's sidebar: grouped by meaning, each entry only for those who may open it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


def navigation(_request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the sidebar (unfold's SIDEBAR.navigation)."""
    return [
        {"items": [{"title": _("Dashboard"), "icon": "dashboard", "link": reverse("admin:index")}]},
        {
            "title": _("Shops"),
            "separator": True,
            "items": [
                _entry(_("Shops"), "storefront", "shops", "shop"),
                _entry(_("Privileges"), "verified_user", "shops", "privileges"),
                _entry(_("Changes of privileges"), "published_with_changes", "shops", "privilegeschange"),
            ],
        },
        {
            "title": _("Service quality"),
            "separator": True,
            "items": [
                _entry(_("Shop ratings"), "military_tech", "governance", "shoprating"),
                _entry(_("Agent scores"), "leaderboard", "governance", "agentscore"),
                _entry(_("Shops' days"), "calendar_view_day", "shops", "shopday"),
                _entry(_("Agents' days"), "calendar_view_month", "shops", "agentday"),
                _entry(_("Computed days"), "event_available", "shops", "computedday"),
            ],
        },
        {
            "title": _("Complaints"),
            "separator": True,
            "items": [
                _entry(_("The desk"), "inbox", "complaints", "complaint"),
                _entry(_("Matters"), "join_inner", "complaints", "matter"),
                _entry(_("Blind reviews"), "balance", "complaints", "blindreview"),
                {
                    "title": _("Quality of decisions"),
                    "icon": "insights",
                    "link": reverse("admin:complaints_quality"),
                    "permission": _may_view("complaints.view_blindreview"),
                },
                _entry(_("Reply templates"), "quickreply", "complaints", "desktemplate"),
            ],
        },
        {
            "title": _("Decisions"),
            "separator": True,
            "items": [
                _entry(_("Decisions"), "gavel", "governance", "decision"),
                _entry(_("Appeals"), "undo", "governance", "appeal"),
                _entry(_("Findings"), "search", "governance", "finding"),
                _entry(_("Penalties"), "block", "governance", "penalty"),
                _entry(_("Points ledger"), "receipt_long", "governance", "pointentry"),
                _entry(_("Remedies"), "healing", "governance", "remedy"),
                _entry(_("Obligations"), "payments", "governance", "obligation"),
            ],
        },
        {
            "title": _("Rules"),
            "separator": True,
            "items": [
                _entry(_("Policies"), "policy", "governance", "policy"),
                _entry(_("Policy drafts"), "edit_document", "governance", "policydraft"),
                _entry(_("Standards"), "straighten", "shops", "standard"),
            ],
        },
        {
            "title": _("Facts"),
            "separator": True,
            "items": [
                _entry(_("Feedback"), "star", "shops", "feedback"),
                _entry(_("After-sales cases"), "assignment_return", "shops", "aftersalescase"),
                _entry(_("Escalations"), "trending_up", "shops", "escalation"),
                _entry(_("Outages"), "power_off", "shops", "outage"),
                _entry(_("Holidays"), "celebration", "shops", "holiday"),
            ],
        },
        {
            "title": _("Jobs"),
            "separator": True,
            "items": [
                _entry(_("Runs"), "play_circle", "shops", "run"),
                _entry(_("Schedule"), "schedule", "django_celery_beat", "periodictask"),
                _entry(_("Times of day"), "today", "django_celery_beat", "crontabschedule"),
                _entry(_("Intervals"), "timer", "django_celery_beat", "intervalschedule"),
            ],
        },
        {
            "title": _("Other systems"),
            "separator": True,
            "items": [
                _entry(_("Service tokens"), "key", "shops", "servicetoken"),
                _entry(_("Webhook endpoints"), "webhook", "shops", "webhookendpoint"),
                _entry(_("Deliveries"), "local_shipping", "shops", "delivery"),
                _entry(_("Events"), "list_alt", "shops", "event"),
                _entry(_("Intake batches"), "move_to_inbox", "shops", "intakebatch"),
                _entry(_("Control totals"), "checklist", "shops", "controltotal"),
                _entry(_("Buyers' links"), "link", "shops", "buyerlink"),
                _entry(_("Erasures"), "ink_eraser", "shops", "erasure"),
            ],
        },
        {
            "title": _("People"),
            "separator": True,
            "items": [
                _entry(_("Agents"), "support_agent", "shops", "agent"),
                _entry(_("Members"), "badge", "shops", "member"),
                _entry(_("Notices"), "notifications", "shops", "notice"),
                _entry(_("Accounts"), "person", "shops", "user"),
                _entry(_("Groups"), "group", "auth", "group"),
                _entry(_("Audit trail"), "history", "shops", "auditentry"),
            ],
        },
    ]


def _entry(title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse(f"admin:{app}_{model}_changelist"),
        "permission": _may_view(f"{app}.view_{model}"),
    }


def _may_view(permission: str) -> Callable[[HttpRequest], bool]:
    def check(request: HttpRequest) -> bool:
        return bool(request.user.has_perm(permission))

    return check
