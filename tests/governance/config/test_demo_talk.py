"""The demo's talk: every character does what it promises, by a count that knows nothing of the clock's SQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from governance.config.demo import texts
from governance.config.demo.characters import CHARACTERS, deal
from governance.config.demo.contact import Row
from governance.config.demo.people import CATEGORIES
from governance.config.demo.plan import Plan, make_plan
from governance.config.demo.rhythm import DAY_MS, EPOCH_ORDINAL, HOUR_MS, make_calendar, midnight_ms
from governance.config.demo.storing import table_of
from governance.config.demo.talk import ShopTalk, talk_by_utc_day
from governance.policy.reading import load_preset
from shops.chat.clock import parse_hours
from shops.chat.messages import check_messages
from shops.chat.standard import hours_per_week
from shops.chat.text import EMOJI_KEY, text_key

TODAY = date(2026, 11, 22)
CHINA = ZoneInfo("Asia/Shanghai")


def plan_of(*, seed: int = 7, shops: int = 34, days: int = 21) -> Plan:
    return make_plan(seed=seed, shops=shops, days=days, today=TODAY, timezone=CHINA)


def tell(plan: Plan) -> tuple[list[ShopTalk], list[tuple[int, list[Row]]]]:
    talks = [ShopTalk(plan, shop) for shop in plan.shops]
    return talks, list(talk_by_utc_day(plan, talks))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of()


@pytest.fixture(scope="module")
def told(plan) -> tuple[list[ShopTalk], list[tuple[int, list[Row]]]]:
    return tell(plan)


@pytest.fixture(scope="module")
def by_shop(told) -> dict[str, list[Row]]:
    """Every message once, by shop code."""
    unique = {row[0]: row for _day, rows in told[1] for row in rows}
    shops: dict[str, list[Row]] = defaultdict(list)
    for row in unique.values():
        shops[row[2]].append(row)
    return shops


def rows_of(plan: Plan, by_shop: dict[str, list[Row]], character: str) -> list[Row]:
    return [row for shop in plan.shops if shop.character.code == character for row in by_shop[shop.code]]


def questions(
    rows: list[Row], *, ignored: frozenset[str] = frozenset(), hours: range = range(9, 22), zone: ZoneInfo = CHINA
) -> list[float | None]:
    """Seconds to the next agent message for each buyer message that follows none unanswered; None for never in a day.

    `ignored` are agents' texts that count as no answer. Only questions asked within these local hours.
    """
    courtesies = {text_key(text) for text in texts.COURTESIES} | {EMOJI_KEY}
    waits: list[float | None] = []
    conversations: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        conversations[row[1]].append(row)
    for conversation in conversations.values():
        asked_ms = None
        for _id, _conversation, _shop, _buyer, _agent, sender, kind, sent_ms, text, delivery in sorted(
            conversation, key=lambda row: (row[7], row[0])
        ):
            if kind != "message" or delivery != "delivered":
                continue
            if asked_ms is not None and sent_ms - asked_ms > DAY_MS:
                waits.append(None)
                asked_ms = None
            if sender == "buyer" and text_key(text) not in courtesies and asked_ms is None:
                is_in_hours = datetime.fromtimestamp(sent_ms / 1000, zone).hour in hours
                asked_ms = sent_ms if is_in_hours else None
            elif sender == "agent" and asked_ms is not None and text not in ignored:
                waits.append((sent_ms - asked_ms) / 1000)
                asked_ms = None
        if asked_ms is not None:
            waits.append(None)
    return waits


def three_minute_rate(waits: list[float | None]) -> float:
    assert len(waits) > 50
    return sum(wait is not None and wait <= 180 for wait in waits) / len(waits)


def silence(waits: list[float | None]) -> float:
    return waits.count(None) / len(waits)


def test_the_same_seed_tells_the_same_story(told):
    again = tell(plan_of())
    assert again[1] == told[1]
    assert [talk.stars for talk in again[0]] == [talk.stars for talk in told[0]]
    assert [talk.cases for talk in again[0]] == [talk.cases for talk in told[0]]


def test_another_seed_tells_another_story(told):
    assert tell(plan_of(seed=8))[1] != told[1]


def test_the_story_does_not_hang_on_the_hash_seed():
    program = (
        "import json, hashlib, sys; from datetime import date; from zoneinfo import ZoneInfo;"
        "from governance.config.demo.plan import make_plan;"
        "from governance.config.demo.talk import ShopTalk, talk_by_utc_day;"
        "plan = make_plan(seed=7, shops=17, days=3, today=date(2026, 11, 22), timezone=ZoneInfo('Asia/Shanghai'));"
        "told = list(talk_by_utc_day(plan, [ShopTalk(plan, shop) for shop in plan.shops]));"
        "print(hashlib.sha256(json.dumps(told).encode()).hexdigest())"
    )
    told = tell(plan_of(shops=17, days=3))[1]
    expected = sha256(json.dumps(told).encode()).hexdigest()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == expected


def test_every_message_passes_the_checks_of_intake(told, plan):
    for _day, rows in told[1]:
        checked = check_messages(
            table_of(rows), first_row=1, now_ms=plan.calendar.as_of_ms, future_tolerance_ms=0, oldest_ms=None
        )
        assert not list(checked.rejects)
        assert checked.good.num_rows == len(rows)


def test_days_come_in_order_and_hold_only_their_own_messages_and_repeats_of_the_day_before(told, plan):
    days = [day for day, _rows in told[1]]
    assert days == list(range(days[0], days[0] + len(days)))
    seen: set[str] = set()
    late = 0
    for day, rows in told[1]:
        for row in rows:
            assert row[7] // DAY_MS == day or (row[7] // DAY_MS == day - 1 and row[0] in seen)
            late += row[7] // DAY_MS == day - 1
        seen.update(row[0] for row in rows)
    assert late > 0
    last_sent_ms = max(row[7] for _day, rows in told[1] for row in rows)
    assert plan.calendar.as_of_ms - 3_600_000 < last_sent_ms < plan.calendar.as_of_ms


def test_some_messages_are_delivered_twice_and_then_are_the_same(told):
    versions: dict[str, set[Row]] = defaultdict(set)
    count: Counter[str] = Counter()
    for _day, rows in told[1]:
        for row in rows:
            versions[row[0]].add(row)
            count[row[0]] += 1
    repeated = sum(number > 1 for number in count.values())
    assert 0.002 < repeated / len(count) < 0.012  # 0.4 % at once and 0.2 % a day later
    assert all(len(rows) == 1 for rows in versions.values())


def test_all_kinds_of_rows_occur(told):
    kinds = Counter((row[5], row[6], row[9]) for _day, rows in told[1] for row in rows)
    for kind in (
        ("buyer", "message", "delivered"),
        ("buyer", "message", "intercepted"),
        ("buyer", "message", "failed"),
        ("agent", "message", "delivered"),
        ("agent", "auto_reply", "delivered"),
        ("bot", "message", "delivered"),
        ("system", "handoff", "delivered"),
        ("system", "transfer", "delivered"),
        ("system", "close", "delivered"),
    ):
        assert kinds[kind] > 0, kind


def test_messages_fail_only_in_an_outage(told, plan):
    calendar = plan.calendar
    hit = {shop.code for shop in plan.shops if shop.hit_by_local_outage}
    failed = [row for _day, rows in told[1] for row in rows if row[9] in {"failed", "platform_blocked"}]
    assert {row[2] for row in failed if calendar.local_outage.covers(row[7])} <= hit
    assert all(calendar.outage.covers(row[7]) or calendar.local_outage.covers(row[7]) for row in failed)


@pytest.mark.parametrize("worse", ["understaffed", "brush_off", "declining"])
def test_an_excellent_shop_answers_more_often_within_three_minutes(plan, by_shop, worse):
    empty_phrases = frozenset((*texts.HOLDING, *texts.CANNED))
    excellent = three_minute_rate(questions(rows_of(plan, by_shop, "excellent"), ignored=empty_phrases))
    assert excellent > 0.95
    assert three_minute_rate(questions(rows_of(plan, by_shop, worse), ignored=empty_phrases)) < excellent - 0.1


def test_a_brush_off_looks_quick_only_to_the_plain_clock(plan, by_shop):
    rows = rows_of(plan, by_shop, "brush_off")
    plain = three_minute_rate(questions(rows))
    effective = three_minute_rate(questions(rows, ignored=frozenset((*texts.HOLDING, *texts.CANNED))))
    assert plain > 0.85
    assert effective < plain - 0.2


def test_slow_at_night_is_slow_only_at_night(plan, by_shop):
    rows = rows_of(plan, by_shop, "slow_at_night")
    by_day = three_minute_rate(questions(rows, hours=range(9, 20)))
    by_night = three_minute_rate(questions(rows, hours=range(20, 23)))
    assert by_day > 0.9
    assert by_night < 0.6


def test_an_overwhelmed_shop_is_slow_in_the_rush(plan, by_shop):
    rows = rows_of(plan, by_shop, "overwhelmed")
    calm = three_minute_rate(questions(rows, hours=range(16, 20)))
    rush = three_minute_rate(questions(rows, hours=range(20, 22)))
    assert rush < calm - 0.2


@pytest.mark.parametrize(("character", "sign"), [("declining", -1), ("improving", 1)])
def test_a_trend_goes_the_way_it_is_called(plan, by_shop, character, sign):
    rows = rows_of(plan, by_shop, character)
    middle_ms = midnight_ms(plan.calendar.first_on + timedelta(days=plan.calendar.days // 2), CHINA)
    first = three_minute_rate(questions([row for row in rows if row[7] < middle_ms]))
    second = three_minute_rate(questions([row for row in rows if row[7] >= middle_ms]))
    assert (second - first) * sign > 0.15


def test_narrowing_ignores_the_buyers_with_an_open_case_and_nobody_else(plan, told, by_shop):
    narrow = {shop.code for shop in plan.shops if shop.character.code == "narrowing"}
    spans = {
        (case.shop_code, case.buyer_id): (case.opened_ms, case.closed_ms)
        for talk in told[0]
        for case in talk.cases
        if case.shop_code in narrow
    }
    within: list[Row] = []
    others: list[Row] = []
    for row in rows_of(plan, by_shop, "narrowing"):
        opened_ms, closed_ms = spans.get((row[2], row[3]), (0, 0))
        if opened_ms <= row[7] < closed_ms:
            within.append(row)
        elif not opened_ms:
            others.append(row)
    with_case = questions(within, ignored=frozenset((*texts.DEFLECTIONS, *texts.CANNED)))
    assert silence(with_case) > 0.5
    assert silence(questions(others)) < 0.1


def test_a_gatekeeper_stops_many_messages_and_others_few(plan, by_shop):
    def stopped(character: str) -> float:
        buyers = [row for row in rows_of(plan, by_shop, character) if row[5] == "buyer"]
        return sum(row[9] == "intercepted" for row in buyers) / len(buyers)

    assert stopped("gatekeeper") > 0.04
    assert stopped("steady") < 0.01


def test_a_bot_wall_seldom_hands_over(plan, by_shop):
    def handed_over(character: str) -> float:
        rows = rows_of(plan, by_shop, character)
        met_bot = {row[1] for row in rows if row[5] == "bot"}
        assert len(met_bot) > 30
        return len({row[1] for row in rows if row[6] == "handoff"}) / len(met_bot)

    assert handed_over("bot_wall") < 0.2 < 0.4 < handed_over("bot_with_handoff")


def test_copy_paste_sends_one_short_text_to_twenty_buyers_of_a_day(plan, by_shop):
    rule = load_preset("default").clock.repeated_reply
    assert rule is not None
    sent: dict[tuple[int, str | None], set[str]] = defaultdict(set)
    for row in rows_of(plan, by_shop, "copy_paste"):
        if row[5] == "agent" and row[8] in texts.CANNED:
            assert len(text_key(row[8]) or "") < rule.max_chars
            sent[row[7] // DAY_MS, row[4]].add(row[1])
    crowded = [conversations for conversations in sent.values() if len(conversations) >= rule.min_conversations]
    assert len(crowded) > plan.calendar.days / 2


def test_a_bad_agent_ignores_more_than_the_colleagues():
    plan = plan_of(shops=60, days=21)
    _talks, days = tell(plan)
    bad = {person.code for shop in plan.shops for person in shop.people if person.is_bad}
    good = {
        person.code
        for shop in plan.shops
        if any(other.is_bad for other in shop.people)
        for person in shop.people
        if not person.is_bad
    }
    rows = list({row[0]: row for _day, messages in days for row in messages}.values())
    owned = {name: [row for row in rows if row[4] in codes] for name, codes in (("bad", bad), ("good", good))}
    assert silence(questions(owned["bad"])) > silence(questions(owned["good"])) + 0.15


def test_a_new_shop_says_nothing_before_it_opened(plan, by_shop):
    new = [shop for shop in plan.shops if shop.character.opened_days_ago is not None]
    for shop in new:
        opened_ms = midnight_ms(shop.opened_on, ZoneInfo(shop.timezone))
        assert all(row[7] >= opened_ms for row in by_shop[shop.code])
    assert any(by_shop[shop.code] for shop in new)


def test_the_sale_is_the_busiest_day_and_nights_are_quiet(plan, by_shop):
    per_day: Counter[date] = Counter()
    per_hour: Counter[int] = Counter()
    for shop in plan.shops:
        if shop.timezone == "Asia/Shanghai":
            for row in by_shop[shop.code]:
                if row[5] == "buyer":
                    sent = datetime.fromtimestamp(row[7] / 1000, CHINA)
                    per_day[sent.date()] += 1
                    per_hour[sent.hour] += 1
    assert per_day.most_common(1)[0][0] == plan.calendar.sale_on == date(2026, 11, 11)
    assert per_hour[20] > 10 * per_hour[3]


def test_stars_fall_with_silence(told, plan):
    def mean(character: str) -> float:
        stars = [star.stars for talk in told[0] if talk.shop.character.code == character for star in talk.stars]
        assert len(stars) > 15
        return sum(stars) / len(stars)

    assert mean("excellent") > 4.3
    assert mean("brush_off") < mean("excellent") - 0.8


def test_agents_and_cases_belong_to_their_shop(told, plan, by_shop):
    people = {shop.code: {person.code for person in shop.people} for shop in plan.shops}
    for code, rows in by_shop.items():
        assert {row[4] for row in rows} <= people[code] | {None}
    codes = [case.code for talk in told[0] for case in talk.cases]
    assert len(codes) == len(set(codes)) > 20
    assert all(case.opened_ms < case.closed_ms for talk in told[0] for case in talk.cases)


def test_characters_are_dealt_by_weight_and_each_at_least_once():
    dealt = Counter(character.code for character in deal(200))
    assert sum(dealt.values()) == 200
    assert set(dealt) == {character.code for character in CHARACTERS}
    assert dealt["steady"] == max(dealt.values())
    assert [character.code for character in deal(3)] == [character.code for character in CHARACTERS[:3]]
    assert len(deal(len(CHARACTERS) + 1)) == len(CHARACTERS) + 1


def test_the_cast_of_two_hundred_has_no_two_alike():
    plan = plan_of(shops=200, days=60)
    assert len({shop.name for shop in plan.shops}) == 200
    assert len({shop.code for shop in plan.shops}) == 200
    assert len({shop.category.name for shop in plan.shops}) == len(CATEGORIES) == 8
    assert {shop.timezone for shop in plan.shops} >= {"Asia/Urumqi", "Asia/Tokyo", "Europe/Berlin"}
    assert all(1 <= len(shop.people) <= 8 for shop in plan.shops)
    assert any(person.is_bad for shop in plan.shops for person in shop.people)


def test_shops_keep_the_hours_that_the_default_policy_asks_for():
    least = load_preset("default").clock.minimum_hours_per_week
    for character in CHARACTERS:
        assert hours_per_week(parse_hours(character.hours) or {}) >= least


def test_the_calendar_finds_the_well_known_days_or_places_its_own():
    autumn = make_calendar(TODAY, 60, CHINA)
    assert (autumn.first_on, autumn.last_on) == (date(2026, 9, 23), date(2026, 11, 21))
    assert (autumn.sale_on, autumn.holiday_on, autumn.holiday_name) == (
        date(2026, 11, 11),
        date(2026, 10, 1),
        "国庆节",
    )
    assert autumn.as_of == datetime(2026, 11, 21, 16, tzinfo=UTC)  # midnight in Shanghai
    quiet = make_calendar(date(2026, 9, 1), 12, CHINA)
    assert quiet.sale_on == date(2026, 8, 29)  # 20 August + 12 x 3/4 days
    assert quiet.holiday_on == date(2026, 8, 24)  # 20 August + 12 / 3 days
    for span in (quiet.outage, quiet.local_outage):
        assert span.covers(span.starts_ms)
        assert not span.covers(span.ends_ms)
        assert midnight_ms(quiet.first_on, CHINA) < span.starts_ms < span.ends_ms < quiet.as_of_ms
    assert quiet.local_outage.ends_ms - quiet.local_outage.starts_ms == 6 * HOUR_MS


def test_utc_days_are_numbered_from_the_epoch():
    assert date.fromordinal(EPOCH_ORDINAL) == date(1970, 1, 1)


def test_holding_phrases_and_courtesies_are_those_of_the_default_policy():
    clock = load_preset("default").clock
    assert {text_key(text) for text in texts.HOLDING} <= set(clock.holding_phrases)
    assert {text_key(text) for text in texts.COURTESIES} <= {*clock.courtesies, EMOJI_KEY}


def test_nothing_that_asks_for_an_answer_is_a_courtesy_and_no_answer_is_a_holding_phrase():
    clock = load_preset("default").clock
    topics = (*texts.TOPICS, texts.AFTER_SALES)
    asking = {text for topic in topics for text in (*topic.questions, *topic.further)}
    asking |= {*texts.SECOND_LINES, *texts.NUDGES, *texts.ASKS_FOR_A_PERSON}
    assert not {text_key(text) for text in asking} & {*clock.courtesies, EMOJI_KEY}
    answering = {text for topic in topics for text in topic.answers} | {*texts.DEFLECTIONS, *texts.CANNED}
    assert not {text_key(text) for text in answering} & set(clock.holding_phrases)
