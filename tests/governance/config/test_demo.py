"""The demo command, at a small size: it harms nobody's data, goes through the real doors and says what came of it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import date, timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone

from complaints.models import Complaint
from governance.config.demo import printing
from governance.config.demo.accounts import EMAIL_DOMAIN, PASSWORD
from governance.config.demo.clearing import mark_path
from governance.config.demo.plan import CODE_PREFIX
from governance.config.demo.summary import Proof, Rate
from governance.models import AgentScore, Appeal, Decision, Policy, ShopRating
from shops.models import (
    AfterSalesCase,
    Agent,
    Escalation,
    Feedback,
    Holiday,
    Member,
    Outage,
    Privileges,
    Shop,
    ShopDay,
    Standard,
    User,
)

TODAY = "2026-06-10"
SMALL = {"shops": 12, "days": 6, "today": date.fromisoformat(TODAY)}


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.CHAT_LOG_DIR = tmp_path / "chatlog"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path


def run_demo(**options) -> str:
    out = io.StringIO()
    call_command("demo", stdout=out, **{**SMALL, **options})
    return out.getvalue()


def stored_judgements() -> list[tuple]:
    ratings = ShopRating.objects.order_by("shop__code", "on")
    scores = AgentScore.objects.order_by("agent__code", "on")
    return [
        *ratings.values_list("shop__code", "on", "grade", "points", "turns", "answered", "on_time"),
        *scores.values_list("agent__code", "on", "standing", "points", "turns"),
    ]


@pytest.mark.django_db
def test_the_demo_stores_its_marketplace_and_judges_every_day(data_folder):
    printed = run_demo()

    assert Shop.objects.count() == 12
    assert not Shop.objects.exclude(code__startswith=CODE_PREFIX).exists()
    assert Agent.objects.count() > 12
    assert Outage.objects.count() == 2
    assert Outage.objects.get(hits_all_shops=False).shops.count() == 3
    assert Holiday.objects.get().name.endswith("(演示)")
    assert Feedback.objects.count() > 10
    escalated = Escalation.objects.values_list("source", flat=True)
    assert AfterSalesCase.objects.count() == list(escalated).count("case") > 0
    assert Complaint.objects.count() == list(escalated).count("complaint") > 0
    assert "decided" in set(Complaint.objects.values_list("state", flat=True))
    assert Decision.objects.filter(kind="violation", effective_at__isnull=False).exists()
    assert Appeal.objects.get().is_open()
    assert Policy.objects.get().name == "default"
    assert Standard.objects.count() == 1
    assert set(ShopRating.objects.values_list("on", flat=True)) == {
        date(2026, 6, 4) + timedelta(days=n) for n in range(6)
    }
    assert ShopDay.objects.filter(shop__code="demo-001", answered__gt=0).exists()
    assert Privileges.objects.count() == 12
    assert json.loads(mark_path().read_text(encoding="utf-8"))["shops"] == 12
    for heading in ("The marketplace", "Who lost privileges, and why", "Agents proven below standard", "Look at it"):
        assert heading in printed
    assert PASSWORD in printed


@pytest.mark.django_db
def test_a_fresh_demo_of_the_same_seed_is_judged_the_same():
    run_demo()
    first = stored_judgements()
    run_demo(fresh=True)
    assert stored_judgements() == first
    assert Policy.objects.count() == 1
    assert User.objects.count() == 10  # four of staff and six members, set up again and not doubled


@pytest.mark.django_db
def test_the_logins_work_say_that_they_are_demo_and_see_what_they_should():
    run_demo()
    assert set(User.objects.values_list("username", flat=True)) == {
        "admin",
        "auditor",
        "investigator",
        "reviewer",
        "shopkeeper",
        "owner",
        "viewer",
        "agent",
        "owner2",
        "owner3",
    }
    for user in User.objects.all():
        assert authenticate(username=user.username, password=PASSWORD) == user
        assert "demo" in user.get_full_name()
        assert user.email.endswith(EMAIL_DOMAIN)
    admin, auditor = User.objects.get(username="admin"), User.objects.get(username="auditor")
    assert admin.is_superuser
    assert auditor.is_staff
    assert not auditor.is_superuser
    assert auditor.has_perms(["shops.view_shop", "governance.view_shoprating", "governance.view_policy"])
    rights = {permission for permission in auditor.get_all_permissions() if ".view_" not in permission}
    assert rights == {"shops.read_conversation"}
    for member in Member.objects.select_related("user").exclude(user__username="shopkeeper"):
        assert list(Shop.objects.visible_to(member.user)) == [member.shop]
    agent = Member.objects.get(user__username="agent")
    assert list(Agent.objects.visible_to(agent.user)) == [agent.agent]


@pytest.mark.django_db
@pytest.mark.parametrize("fresh", [False, True])
def test_somebodys_own_shop_stops_the_demo_even_a_fresh_one(data_folder, fresh):
    Shop.objects.create(code="real-1", name="A real shop")
    mark_path().parent.mkdir()
    mark_path().touch()
    with pytest.raises(CommandError, match="1 shop that is not the demo's"):
        run_demo(fresh=fresh)
    assert list(Shop.objects.values_list("code", flat=True)) == ["real-1"]
    assert not User.objects.exists()
    assert [path.name for path in (data_folder / "chatlog").iterdir()] == ["DEMO"]


@pytest.mark.django_db
@pytest.mark.parametrize("fresh", [False, True])
def test_messages_without_the_mark_stop_the_demo(data_folder, fresh):
    part = data_folder / "chatlog" / "messages" / "day=2026-06-01" / "shard=00" / "real.parquet"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"somebody's messages")
    with pytest.raises(CommandError, match="without the mark of a demo"):
        run_demo(fresh=fresh)
    assert part.read_bytes() == b"somebody's messages"
    assert not Shop.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("fresh", [False, True])
def test_a_lost_mark_stops_even_a_fresh_demo(fresh):
    Shop.objects.create(code="demo-001", name="Perhaps of a demo")
    with pytest.raises(CommandError, match="without the mark of a demo"):
        run_demo(fresh=fresh)
    assert Shop.objects.count() == 1


@pytest.mark.django_db
def test_a_second_demo_needs_to_be_asked_for():
    mark_path().parent.mkdir()
    mark_path().touch()
    with pytest.raises(CommandError, match="--fresh"):
        run_demo()


@pytest.mark.django_db
def test_somebodys_account_is_not_taken_over():
    User.objects.create_user("admin", "boss@example.com", "a password of one's own")
    with pytest.raises(CommandError, match="admin"):
        run_demo()
    assert authenticate(username="admin", password="a password of one's own") is not None
    assert not Shop.objects.exists()


@pytest.mark.django_db
def test_the_demo_refuses_to_make_known_passwords_on_a_real_server(settings):
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="embedded mode"):
        run_demo()
    assert not User.objects.exists()


def test_a_database_without_tables_is_told_to_migrate(settings, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "OPENLINE_DATA_DIR": str(tmp_path),
            "OPENLINE_DATABASE_URL": f"sqlite:///{tmp_path}/empty.db",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Run `manage.py migrate` first" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "chatlog" / "DEMO").exists()


@pytest.mark.django_db
def test_sizes_and_days_out_of_range_are_refused_with_the_range():
    for option, value in (("shops", 0), ("shops", 2001), ("days", 1), ("days", 367)):
        with pytest.raises(CommandError, match=rf"--{option} {value} is out of range. Give a number from \d+ to \d+"):
            run_demo(**{option: value})
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(CommandError, match="lies in the future"):
        run_demo(today=tomorrow)
    assert not mark_path().exists()


@pytest.mark.django_db
def test_piped_output_has_no_escape_codes_and_fits_a_narrow_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    printed = run_demo(shops=3, days=3)
    assert "\x1b" not in printed
    # Chinese characters take two columns each.
    widths = [sum(2 if ord(letter) > 0x2E80 else 1 for letter in line) for line in printed.splitlines()]
    assert max(widths) <= 60


@pytest.mark.django_db
def test_a_demo_of_one_shop_and_two_days_works_too():
    assert "Nobody." in run_demo(shops=1, days=2)
    assert Shop.objects.count() == 1


def test_a_proof_is_printed_with_its_numbers_interval_and_line():
    words = printing.proof_in_words(Proof("on_time_rate", Rate(62, 100), 0.75))
    # Wilson for 62 of 100: 0.5221 to 0.7090
    assert words == "Answered on time: 62.0% (95 % interval 52.2% to 70.9%; 62 of 100); the line is 75.0%"


def test_nothing_counted_is_printed_as_a_dash_not_as_zero():
    assert printing.rate_with_interval(Rate(0, 0)) == "–"


def test_the_smallest_group_still_has_a_bar_and_an_empty_one_none():
    assert printing.bar(1, 1000) == "█"
    assert printing.bar(0, 1000) == ""
    assert printing.bar(1000, 1000) == "█" * printing.BAR_CELLS
