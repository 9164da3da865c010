"""Keeps the demo away from anybody's real data: what must be true before it starts, and wiping what it made itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.models import BlindReview, Complaint, Entry, Evidence, EvidenceFile, Matter, Recusal
from governance.config.demo.accounts import taken_usernames
from governance.config.demo.plan import CODE_PREFIX, Plan
from governance.config.demo.storing import HOLIDAY_SUFFIX
from governance.config.demo_notice import MARK
from governance.models import (
    AgentScore,
    Appeal,
    Decision,
    Finding,
    Obligation,
    Penalty,
    PointEntry,
    Policy,
    PolicyDraft,
    RatingCorrection,
    Remedy,
    ShopRating,
)
from shops.models import (
    AfterSalesCase,
    AgentDay,
    ComputedDay,
    Escalation,
    Feedback,
    Holiday,
    Outage,
    Privileges,
    PrivilegesChange,
    Protection,
    Shop,
    ShopDay,
    Standard,
)


def mark_path() -> Path:
    """Where the mark of the demo lies: beside its chat log."""
    return Path(settings.CHAT_LOG_DIR) / MARK


def refuse_unless_safe(*, fresh: bool) -> None:
    """Raise CommandError, with what to do, unless a demo can be made here without touching anybody's data."""
    if not settings.EMBEDDED:
        raise CommandError(
            _(
                "The demo makes accounts with a password that everybody knows, so it only runs in the embedded mode. "
                "Leave OPENLINE_EMBEDDED unset on a machine of your own to try Openline out."
            )
        )
    elsewhere = _("Nothing was done. To make the demo elsewhere, set OPENLINE_DATA_DIR to an empty folder.")
    foreign = Shop.objects.exclude(code__startswith=CODE_PREFIX).count()
    if foreign:
        what = ngettext(
            "This database holds %(count)d shop that is not the demo's.",
            "This database holds %(count)d shops that are not the demo's.",
            foreign,
        )
        raise CommandError(f"{what % {'count': foreign}} {elsewhere}")
    has_mark = mark_path().exists()
    if not has_mark and (Shop.objects.exists() or Policy.objects.exists() or _log_holds_anything()):
        what = _("This database or %(folder)s holds data already, without the mark of a demo.")
        raise CommandError(f"{what % {'folder': settings.CHAT_LOG_DIR}} {elsewhere}")
    taken = taken_usernames()
    if taken:
        what = _("Somebody's account has a name that the demo needs: %(names)s. Rename it.")
        raise CommandError(f"{what % {'names': ', '.join(taken)}} {elsewhere}")
    if has_mark and not fresh:
        raise CommandError(
            _("A demo is here already. Look at it with `make serve`, or run `demo --fresh` to make it anew.")
        )


def leave_mark(plan: Plan) -> None:
    """Say beside the chat log, before anything else is stored, that the data here is the demo's."""
    mark_path().parent.mkdir(parents=True, exist_ok=True)
    facts = {
        "note": "Synthetic demo data, made by `manage.py demo`. `demo --fresh` wipes it.",
        "seed": plan.seed,
        "shops": len(plan.shops),
        "first_on": plan.calendar.first_on.isoformat(),
        "last_on": plan.calendar.last_on.isoformat(),
    }
    mark_path().write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def wipe_demo() -> None:
    """Delete everything that a former demo stored here, the mark last; nothing where there is none.

    Call after `refuse_unless_safe`: a mark without foreign shops says that all the rest is the demo's, too. Accounts
    stay, since the audit trail may name them; they are set up again.
    """
    if not mark_path().exists():
        return
    shops = Shop.objects.filter(code__startswith=CODE_PREFIX)
    with transaction.atomic():
        # Children first, each in one statement: Shop.delete() alone would load every row to cascade.
        clear_due_process(shops)
        for rows in (
            PrivilegesChange.objects.filter(shop__in=shops),
            Privileges.objects.filter(shop__in=shops),
            ShopRating.objects.filter(shop__in=shops),
            Decision.objects.filter(shop__in=shops),
            AgentScore.objects.filter(agent__shop__in=shops),
            ShopDay.objects.filter(shop__in=shops),
            AgentDay.objects.filter(agent__shop__in=shops),
            Feedback.objects.filter(shop__in=shops),
            AfterSalesCase.objects.filter(shop__in=shops),
            Escalation.objects.filter(shop__in=shops),
        ):
            rows.delete()
        Outage.objects.filter(code__startswith=CODE_PREFIX).delete()
        Holiday.objects.filter(name__endswith=HOLIDAY_SUFFIX).delete()
        shops.delete()
        # With the mark and without a foreign shop every day here was computed, every policy published for the demo.
        ComputedDay.objects.all().delete()
        PolicyDraft.objects.all().delete()
        Policy.objects.all().delete()
        Standard.objects.all().delete()
    for path in settings.CHAT_LOG_DIR.iterdir():
        if path.name == MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    mark_path().unlink(missing_ok=True)


def clear_due_process(shops: QuerySet[Shop]) -> None:
    """Delete the complaints, appeals and penalties of shops, with everything that hangs on them; children first."""
    decisions = Decision.objects.filter(shop__in=shops)
    mine = Complaint.objects.filter(shop__in=shops)
    for rows in (
        *(model.objects.filter(complaint__in=mine) for model in (Entry, Evidence, EvidenceFile, Recusal, BlindReview)),
        mine,
        Matter.objects.filter(shop__in=shops),
        Protection.objects.filter(shop__in=shops),
        Finding.objects.filter(shop__in=shops),
        Appeal.objects.filter(shop__in=shops),
        RatingCorrection.objects.filter(decision__in=decisions),
        PointEntry.objects.filter(shop__in=shops, reverses__isnull=False),
        PointEntry.objects.filter(shop__in=shops),
        Penalty.objects.filter(shop__in=shops),
        Obligation.objects.filter(shop__in=shops),
        Remedy.objects.filter(shop__in=shops),
    ):
        rows.delete()
    shutil.rmtree(settings.EVIDENCE_DIR, ignore_errors=True)


def _log_holds_anything() -> bool:
    """True if any file lies in the chat log's folder but the one that every new log begins with."""
    folder = Path(settings.CHAT_LOG_DIR)
    return any(path.is_file() and path.name != "log.json" for path in folder.rglob("*"))
