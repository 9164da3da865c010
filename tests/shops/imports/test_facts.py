"""Files of facts: what becomes of each record, counted, and what a second import changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shops.chat.standard import ClockStandard
from shops.imports import facts
from shops.imports.facts import import_facts
from shops.imports.files import FileError
from shops.imports.kinds import COLUMNS, make_kind
from shops.imports.opening import open_source
from shops.models import (
    AfterSalesCase,
    Agent,
    AuditEntry,
    Escalation,
    Feedback,
    Holiday,
    Member,
    Outage,
    ServiceHours,
    Shop,
    User,
)
from tests.shops.imports.files import FORMATS, write

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 10, 20, tzinfo=UTC)  # 2026-05-11 04:00 in Shanghai


@pytest.fixture
def take(tmp_path):
    """Imports records as a file of a kind; gives the tally and the rejects as (number, reason)."""

    def run(kind, *records, suffix="csv", now=NOW):
        rejects = []
        source = open_source(write(tmp_path, suffix, list(records)), COLUMNS[kind])
        tally = import_facts(source, make_kind(kind, now, ClockStandard()), reject=rejects.extend)
        return tally, [(reject.row, reject.reason) for reject in rejects]

    return run


def counts(tally):
    return (tally.read, tally.new, tally.repeated, tally.changed, tally.rejected)


@pytest.fixture
def tea():
    return Shop.objects.create(code="s1", name="Tea")


@pytest.fixture
def books():
    return Shop.objects.create(code="s2", name="Books")


@pytest.fixture
def li(tea):
    return Agent.objects.create(shop=tea, code="a1", name="Li")


# --- shops -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", FORMATS)
def test_shops_are_created_from_every_format(take, suffix):
    tally, rejects = take(
        "shops",
        {
            "shop_id": "s1",
            "name": "茶叶店",
            "category": "tea",
            "timezone": "Asia/Urumqi",
            "opened_on": "2024-03-01",
            "hours": "mon-fri 09:00-21:00",
        },
        suffix=suffix,
    )

    shop = Shop.objects.get()
    assert (counts(tally), rejects) == ((1, 1, 0, 0, 0), [])
    assert (shop.code, shop.name, shop.category, shop.timezone) == ("s1", "茶叶店", "tea", "Asia/Urumqi")
    assert shop.opened_on == date(2024, 3, 1)
    assert [(hours.starts_on, hours.weekly) for hours in shop.hours.all()] == [
        (date(2024, 3, 1), "mon-fri 09:00-21:00")
    ]


def test_a_new_shop_without_an_opening_day_has_its_hours_from_the_beginning(take):
    take("shops", {"shop_id": "s1", "name": "Tea", "hours": "mon-sun 08:00-23:00"})

    assert ServiceHours.objects.get().starts_on == date(2000, 1, 1)


def test_a_new_shop_without_hours_has_none_of_its_own(take):
    take("shops", {"shop_id": "s1", "name": "Tea", "hours": ""})

    assert not ServiceHours.objects.exists()


def test_importing_the_same_shops_again_changes_nothing(take):
    record = {"shop_id": "s1", "name": "Tea", "timezone": "UTC", "hours": "mon-sun 08:00-23:00"}
    take("shops", record)
    tally, _rejects = take("shops", record)

    assert counts(tally) == (1, 0, 1, 0, 0)
    assert ServiceHours.objects.count() == 1


def test_other_values_change_a_known_shop(take, tea):
    tally, _rejects = take("shops", {"shop_id": "s1", "name": "Green tea"})

    tea.refresh_from_db()
    assert counts(tally) == (1, 0, 1, 1, 0)
    assert tea.name == "Green tea"


def test_columns_that_the_file_does_not_have_stay_as_they_are(take):
    Shop.objects.create(code="s1", name="Tea", category="tea", timezone="UTC", opened_on=date(2024, 1, 1))
    take("shops", {"shop_id": "s1", "name": "Green tea"})

    shop = Shop.objects.get()
    assert (shop.category, shop.timezone, shop.opened_on) == ("tea", "UTC", date(2024, 1, 1))


def test_an_empty_time_zone_is_the_one_that_the_shop_has_or_else_the_default(take):
    Shop.objects.create(code="s1", name="Tea", timezone="UTC")
    take("shops", {"shop_id": "s1", "name": "Tea", "timezone": ""}, {"shop_id": "s2", "name": "Books", "timezone": ""})

    assert dict(Shop.objects.values_list("code", "timezone")) == {"s1": "UTC", "s2": "Asia/Shanghai"}


def test_other_hours_of_a_known_shop_begin_today_in_its_own_time_zone(take, tea):
    ServiceHours.objects.create(shop=tea, weekly="mon-sun 08:00-23:00")
    tally, _rejects = take("shops", {"shop_id": "s1", "name": "Tea", "hours": "mon-sun 10:00-22:00"})

    assert tally.changed == 1
    assert list(ServiceHours.objects.values_list("starts_on", "weekly")) == [
        (date(2000, 1, 1), "mon-sun 08:00-23:00"),
        (date(2026, 5, 11), "mon-sun 10:00-22:00"),
    ]


def test_the_same_hours_written_otherwise_are_no_change(take, tea):
    ServiceHours.objects.create(shop=tea, weekly="mon-sun 08:00-23:00")
    tally, _rejects = take("shops", {"shop_id": "s1", "name": "Tea", "hours": "Mon-Sat 08:00-23:00; sun 08:00-23:00"})

    assert tally.changed == 0
    assert ServiceHours.objects.count() == 1


def test_a_known_shop_on_the_hours_of_policy_gets_its_own_from_today_on(take, tea):
    take("shops", {"shop_id": "s1", "name": "Tea", "hours": "mon-sun 08:00-23:00"})

    assert ServiceHours.objects.get().starts_on == date(2026, 5, 11)


def test_hours_changed_twice_in_a_day_are_those_of_the_second_time(take, tea):
    take("shops", {"shop_id": "s1", "name": "Tea", "hours": "mon-sun 08:00-23:00"})
    take("shops", {"shop_id": "s1", "name": "Tea", "hours": "mon-sun 09:00-23:00"})

    assert ServiceHours.objects.get().weekly == "mon-sun 09:00-23:00"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"shop_id": ""}, "shop_id is missing"),
        ({"shop_id": "s" * 129}, "shop_id has more than 128 characters"),
        ({"shop_id": "s\x001"}, 'shop_id "s\\x001" contains a control character; remove it'),
        ({"name": "a\nb"}, 'name "a\\nb" contains a control character; remove it'),
        ({"name": "x" * 201}, "name has more than 200 characters"),
        ({"timezone": "Mars/Base"}, "timezone: Mars/Base is no time zone. Use an IANA name such as Asia/Shanghai."),
        ({"timezone": "../etc/passwd"}, "timezone: ../etc/passwd is no time zone."),
        ({"opened_on": "01.05.2026"}, 'opened_on "01.05.2026" is no date; write it like 2026-05-01'),
        ({"hours": "always"}, "hours: "),
        ({"hours": "mon 25:00-26:00"}, "hours: "),
    ],
)
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_shop_that_cannot_be_is_rejected_and_the_others_are_kept(take, suffix, change, reason):
    good = {"shop_id": "s1", "name": "Tea", "timezone": "UTC", "opened_on": "", "hours": ""}
    tally, rejects = take("shops", good, {**good, "shop_id": "s2", **change}, suffix=suffix)

    assert counts(tally) == (2, 1, 0, 0, 1)
    assert rejects[0][0] == {"csv": 3, "jsonl": 2, "parquet": 2}[suffix]
    assert rejects[0][1].startswith(reason)


def test_of_two_records_of_a_shop_in_one_file_the_last_one_counts(take):
    tally, _rejects = take("shops", {"shop_id": "s1", "name": "A"}, {"shop_id": "s1", "name": "B"})

    assert counts(tally) == (2, 1, 1, 0, 0)
    assert Shop.objects.get().name == "B"


# --- agents and members ----------------------------------------------------------------------------


def test_one_person_at_two_shops_is_two_agents(take, tea, books):
    tally, _rejects = take(
        "agents",
        {"agent_id": "a1", "shop_id": "s1", "name": "Li"},
        {"agent_id": "a1", "shop_id": "s2", "name": "Li"},
    )

    assert counts(tally) == (2, 2, 0, 0, 0)
    assert Agent.objects.count() == 2


def test_agents_of_unknown_shops_are_rejected(take):
    _tally, rejects = take("agents", {"agent_id": "a1", "shop_id": "s9", "name": "Li"})

    assert rejects == [(2, 'Shop "s9" is unknown; import the shops first')]


def test_a_file_of_agents_without_names_keeps_the_names(take, li):
    tally, _rejects = take("agents", {"agent_id": "a1", "shop_id": "s1"}, {"agent_id": "a2", "shop_id": "s1"})

    assert counts(tally) == (2, 1, 1, 0, 0)
    assert dict(Agent.objects.values_list("code", "name")) == {"a1": "Li", "a2": ""}


def test_members_get_accounts_that_nobody_can_sign_in_with_yet(take, li):
    tally, _rejects = take(
        "members",
        {"shop_id": "s1", "username": "wang", "email": "wang@example.com", "role": "owner", "agent_id": ""},
        {"shop_id": "s1", "username": "li", "email": "", "role": "agent", "agent_id": "a1"},
    )

    assert counts(tally) == (2, 2, 0, 0, 0)
    wang = User.objects.get(username="wang")
    assert wang.email == "wang@example.com"
    assert not wang.has_usable_password()
    assert (wang.is_staff, wang.is_superuser) == (False, False)
    assert Member.objects.get(user__username="li").agent == li


def test_a_known_account_keeps_its_password(take, tea):
    User.objects.create_user("wang", "wang@example.com", "secret-tea-leaf")
    record = {"shop_id": "s1", "username": "wang", "email": "w@example.com", "role": "owner"}
    take("members", record)
    tally, _rejects = take("members", record)

    wang = User.objects.get()
    assert wang.check_password("secret-tea-leaf")
    assert wang.email == "w@example.com"
    assert counts(tally) == (1, 0, 1, 0, 0)


def test_a_new_address_alone_counts_as_a_change(take, tea):
    record = {"shop_id": "s1", "username": "wang", "email": "a@example.com", "role": "owner"}
    take("members", record)

    assert take("members", {**record, "email": "b@example.com"})[0].changed == 1
    assert take("members", {**record, "email": ""})[0].changed == 0
    assert User.objects.get().email == "b@example.com"


def test_a_role_can_change(take, li):
    record = {"shop_id": "s1", "username": "li", "role": "agent", "agent_id": "a1"}
    take("members", record)
    tally, _rejects = take("members", {**record, "role": "manager", "agent_id": ""})

    member = Member.objects.get()
    assert (tally.changed, member.role, member.agent) == (1, "manager", None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"role": "boss"}, 'role "boss" is unknown; write one of: owner, manager, agent, viewer'),
        ({"role": "agent"}, "agent_id is missing; the role of agent needs it"),
        ({"agent_id": "a1"}, "agent_id is only for the role of agent; leave it empty for the role owner"),
        ({"role": "agent", "agent_id": "a9"}, 'Agent "a9" is unknown at this shop; import the agents first'),
        ({"shop_id": "s2", "role": "agent", "agent_id": "a1"}, 'Agent "a1" is unknown at this shop'),
        ({"username": "two words"}, "username: "),
        ({"username": ""}, "username is missing"),
        ({"email": "nobody"}, "email: "),
    ],
)
def test_a_member_that_cannot_be_is_rejected(take, li, books, change, reason):
    _tally, rejects = take(
        "members",
        {"shop_id": "s1", "username": "wang", "email": "", "role": "owner", "agent_id": "", **change},
    )

    assert rejects[0][1].startswith(reason)
    assert not User.objects.exists()


# --- feedback and cases ----------------------------------------------------------------------------


FEEDBACK = {
    "conversation_id": "c1",
    "shop_id": "s1",
    "buyer_id": "b1",
    "agent_id": "a1",
    "rated_at": "2026-05-01T09:30:00+08:00",
    "stars": "4",
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_feedback_is_kept_once(take, li, suffix):
    take("feedback", FEEDBACK, suffix=suffix)
    tally, _rejects = take("feedback", {**FEEDBACK, "rated_at": "2026-05-01T01:30:00Z"}, suffix=suffix)

    feedback = Feedback.objects.get()
    assert counts(tally) == (1, 0, 1, 0, 0)
    assert (feedback.stars, feedback.agent) == (4, li)
    assert feedback.rated_at == datetime(2026, 5, 1, 1, 30, tzinfo=UTC)


def test_feedback_may_name_no_agent(take, tea):
    take("feedback", {**FEEDBACK, "agent_id": ""})

    assert Feedback.objects.get().agent is None


def test_typed_values_of_parquet_are_read(take, li):
    typed = {**FEEDBACK, "rated_at": datetime(2026, 5, 1, 1, 30, tzinfo=UTC)}
    tally, rejects = take(
        "feedback", {**typed, "stars": 5.0}, {**typed, "buyer_id": "b2", "stars": 4.5}, suffix="parquet"
    )

    assert counts(tally) == (2, 1, 0, 0, 1)
    assert rejects == [(2, 'stars "4.5" is no whole number from 1 to 5')]


@pytest.mark.parametrize("stars", ["0", "6", "4.5", "many", "", "NaN", "1e400", "-Infinity"])
def test_stars_are_whole_numbers_from_1_to_5(take, li, stars):
    tally, rejects = take("feedback", {**FEEDBACK, "stars": stars})

    assert tally.rejected == 1
    assert rejects[0][1].startswith("stars ")


@pytest.mark.parametrize("column", ["rated_at", "opened_at", "closed_at"])
def test_ten_minutes_ahead_is_taken_and_a_second_more_is_not(take, li, column):
    last = NOW + timedelta(minutes=10)
    kind, record = ("feedback", FEEDBACK) if column == "rated_at" else ("cases", CASE)

    assert take(kind, {**record, column: last.isoformat()})[0].new == 1
    _tally, rejects = take(kind, {**record, column: (last + timedelta(seconds=1)).isoformat()})
    assert rejects[0][1].startswith(f"{column} 2026-05-10T20:10:01+00:00 lies more than 10 minutes in the future")


def test_a_naive_time_is_rejected(take, li):
    _tally, rejects = take("feedback", {**FEEDBACK, "rated_at": "2026-05-01T09:30:00"})

    assert "has no time zone" in rejects[0][1]


def test_an_instant_before_the_year_1_is_rejected(take, li):
    _tally, rejects = take("feedback", {**FEEDBACK, "rated_at": "0001-01-01T00:00:00+08:00"})

    assert rejects == [(2, 'rated_at "0001-01-01T00:00:00+08:00" lies outside the years 2 to 9998')]


CASE = {
    "case_id": "k1",
    "shop_id": "s1",
    "buyer_id": "b1",
    "kind": "refund",
    "opened_at": "2026-05-01T09:30:00Z",
    "closed_at": "",
}


def test_a_case_is_an_escalation_of_its_buyer(take, tea):
    take("cases", CASE)
    tally, _rejects = take("cases", {**CASE, "closed_at": "2026-05-02T09:30:00Z"})

    escalation = Escalation.objects.get()
    assert counts(tally) == (1, 0, 1, 1, 0)
    assert (escalation.shop, escalation.buyer_id, escalation.source, escalation.reference) == (tea, "b1", "case", "k1")
    assert escalation.escalated_at == datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    assert AfterSalesCase.objects.get().closed_at == datetime(2026, 5, 2, 9, 30, tzinfo=UTC)


def test_a_case_may_close_when_it_opens_but_not_before(take, tea):
    assert take("cases", {**CASE, "closed_at": "2026-05-01T09:30:00Z"})[0].new == 1
    _tally, rejects = take("cases", {**CASE, "closed_at": "2026-05-01T09:29:59Z"})
    assert rejects == [(2, "closed_at lies before opened_at; correct one of them")]


# --- outages and holidays --------------------------------------------------------------------------

OUTAGE = {
    "outage_id": "o1",
    "starts_at": "2026-05-01T00:00:00Z",
    "ends_at": "2026-05-01T02:00:00Z",
    "shop_ids": "",
    "note": "chat servers\ndown",
}


def test_an_outage_without_shops_hits_them_all(take, tea):
    take("outages", OUTAGE)

    outage = Outage.objects.get()
    assert (outage.hits_all_shops, outage.shops.count(), outage.note) == (True, 0, "chat servers\ndown")


def test_an_outage_without_an_end_is_still_going_on(take):
    take("outages", {**OUTAGE, "ends_at": ""})

    assert Outage.objects.get().ends_at is None


def test_the_shops_of_an_outage_can_change(take, tea, books):
    take("outages", {**OUTAGE, "shop_ids": "s1; s2;"})
    assert set(Outage.objects.get().shops.all()) == {tea, books}

    tally, _rejects = take("outages", {**OUTAGE, "shop_ids": "s2"})
    assert (tally.changed, set(Outage.objects.get().shops.all())) == (1, {books})

    tally, _rejects = take("outages", {**OUTAGE, "shop_ids": "s2"})
    assert tally.changed == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ends_at": "2026-05-01T00:00:00Z"}, "ends_at does not lie after starts_at; correct one of them"),
        ({"shop_ids": "s1;s9"}, 'Shop "s9" is unknown; import the shops first'),
        ({"starts_at": ""}, "starts_at is missing"),
        ({"outage_id": ""}, "outage_id is missing"),
    ],
)
def test_an_outage_that_cannot_be_is_rejected(take, tea, change, reason):
    _tally, rejects = take("outages", {**OUTAGE, **change})

    assert rejects == [(2, reason)]


def test_holidays_are_kept_by_date(take, tea):
    take("holidays", {"date": "2026-10-01", "blocks": "", "name": "国庆节"})
    Holiday.objects.get().working_shops.add(tea)
    tally, rejects = take(
        "holidays",
        {"date": "2026-10-01", "blocks": "10:00-12:00,14:00-16:00", "name": "国庆节"},
        {"date": "2026-10-02", "blocks": "mon 10:00-12:00", "name": ""},
        {"date": "2026-10-32", "blocks": "", "name": ""},
    )

    holiday = Holiday.objects.get()
    assert counts(tally) == (3, 0, 1, 1, 2)
    assert (holiday.blocks, list(holiday.working_shops.all())) == ("10:00-12:00,14:00-16:00", [tea])
    assert [number for number, _reason in rejects] == [3, 4]


# --- all kinds -------------------------------------------------------------------------------------


def test_an_import_leaves_an_audit_entry(take):
    take("shops", {"shop_id": "s1", "name": "Tea"}, {"shop_id": "", "name": "?"})

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target, entry.by) == ("import", "Shops data.csv", None)
    assert entry.detail == {"read": 2, "new": 1, "repeated": 0, "changed": 0, "rejected": 1}


def test_text_that_is_no_utf8_rejects_its_row(tmp_path):
    raw = pa.array([b"Tea", b"\xff"], pa.binary())
    table = pa.table({"shop_id": ["s1", "s2"], "name": pa.Array.from_buffers(pa.string(), 2, raw.buffers())})
    path = tmp_path / "shops.parquet"
    pq.write_table(table, path)
    rejects = []
    tally = import_facts(
        open_source(path, COLUMNS["shops"]), make_kind("shops", NOW, ClockStandard()), reject=rejects.extend
    )

    assert counts(tally) == (2, 1, 0, 0, 1)
    assert rejects[0].row == 2


def test_rows_before_the_damage_of_a_file_are_kept_and_the_next_import_repeats_them(tmp_path, monkeypatch):
    monkeypatch.setattr(facts, "BATCH_ROWS", 2)
    path = write(tmp_path, "csv", [{"shop_id": f"s{n}", "name": "x"} for n in range(4)])
    source = open_source(path, COLUMNS["shops"])
    whole = list(source.batches(2))

    def broken(_rows):
        yield whole[0]
        raise FileError(path, "gone")

    monkeypatch.setattr(source, "batches", broken)
    with pytest.raises(FileError):
        import_facts(source, make_kind("shops", NOW, ClockStandard()), reject=lambda _rejects: None)
    assert Shop.objects.count() == 2

    again = import_facts(
        open_source(path, COLUMNS["shops"]),
        make_kind("shops", NOW, ClockStandard()),
        reject=lambda _rejects: None,
    )
    assert counts(again) == (4, 2, 2, 0, 0)


def test_importing_a_hundred_shops_costs_as_many_queries_as_two(take):
    def cost(number):
        records = [{"shop_id": f"s{number}-{n}", "name": "x", "hours": "mon-sun 08:00-23:00"} for n in range(number)]
        with CaptureQueriesContext(connection) as captured:
            take("shops", *records)
        return len(captured)

    assert cost(100) == cost(2)
