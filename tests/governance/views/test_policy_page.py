"""The rules for anyone: what is in force, what comes, what changed, in both languages and without signing in."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.actions.publish_policy import publish_policy
from governance.models import Policy
from governance.policy.reading import list_presets, load_preset, read_preset_text
from governance.policy.schema import PolicyDocument
from governance.views.policy_versions import list_versions, version_to_show
from tests.builders import make_policy, on

pytestmark = pytest.mark.django_db

PAGE = reverse("policy")


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel("2026-05-04T12:00:00Z", tick=False):
        yield


def read(client, address=PAGE, language="en") -> str:
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_without_rules_the_page_says_so(client):
    assert "No rules are published yet" in read(client)


def test_the_rules_in_force_can_be_read_without_signing_in(client):
    publish_policy(load_preset("douyin"), starts_on=on(-10), source_text=read_preset_text("douyin"))

    page = read(client)
    assert "<h1>Like Douyin</h1>" in page
    assert re.search(r"On-time target ?</dt> ?<dd> ?3 min ?</dd>", page)
    assert "Points: at least 70, as the mean of 7 days" in page
    assert "The published rule is plain: the figures decide, without proof." in page
    assert "Mall only with fewer than 3 sanctions in 30 d" in page
    assert "The third sanction takes campaigns away for 30 d" in page


def test_the_page_is_read_in_chinese_as_well(client):
    publish_policy(load_preset("douyin"), starts_on=on(-10))

    page = read(client, language="zh-hans")
    assert '<html lang="zh-hans"' in page
    assert "<h1>参照抖音电商</h1>" in page
    assert "大促报名" in page


def test_clauses_ladders_deadlines_and_rights_to_appeal_can_be_read(client):
    publish_policy(load_preset("taobao"), starts_on=on(-10))

    page = read(client)
    assert "Insulting, threatening or harassing buyers" in page
    assert "300 CNY to the buyer, due within 15 days" in page
    assert "The buyer began, and the shop did not make it worse." in page
    assert "Points fall away at the end of the calendar year." in page
    assert "Of a balance of 24 or more, 24 are carried over." in page
    assert "Above the last node, every 12 points bring its penalties again." in page
    assert "search weight: 0, may list goods: no" in page
    assert "only after a second person has released it" in page
    assert "The reference of the receipt, or roughly when you wrote and what about." in page
    assert re.search(r"Nobody answered</th>.{0,200}63 hours", page)
    assert re.search(r"A violation</th> ?<td>within 15 days, once; decided within 45 hours</td>", page)
    assert re.search(r"A consequence for an agent</th> (<td>–</td> ?){3}", page)


def test_a_first_offence_and_what_rests_while_an_appeal_is_open_are_told(client):
    publish_policy(load_preset("default"), starts_on=on(-10))

    page = read(client)
    assert "The first one within 365 days brings training within 14 days instead of points." in page
    assert "The first one within 365 days brings at most 1 point." in page
    assert "Each point falls away 365 days after the day that it fell on." in page
    assert "rests while an appeal is open" in page


def test_rules_without_clauses_show_no_empty_sections(client):
    publish_policy(bare_policy(), starts_on=on(-10))

    page = read(client)
    assert "What a shop must not do" not in page
    assert "Who may appeal" not in page
    assert "Complaints and their deadlines" in page  # the defaults count all the same


def bare_policy() -> PolicyDocument:
    data = load_preset("default").to_data()
    return PolicyDocument.from_json({key: data[key] for key in data if key not in {"violations", "redress"}})


@pytest.mark.parametrize("name", list_presets())
def test_every_preset_can_be_read(client, name):
    publish_policy(load_preset(name), starts_on=on(0))

    for language in ("en", "zh-hans"):
        assert "None" not in read(client, language=language)


def test_a_version_to_come_is_announced_with_its_day_and_what_changes(client):
    make_policy(on(-10))
    make_policy(on(5), clock={"target_seconds": 120})

    page = read(client)
    assert "The rules change on 2026-05-09" in page
    assert reverse("policy_version", args=[2]) in page
    announced = read(client, reverse("policy_version", args=[2]))
    assert "On-time target falls from 3 min to 2 min." in announced
    assert "to come" in announced
    assert "The rules change on" not in announced


def test_peaks_are_told_with_their_days(client):
    peak = {"title": {"en": "Singles' Day", "zh-hans": "双十一"}, "first_on": "2026-11-10", "last_on": "2026-11-12",
            "clock": {"target_seconds": 300}}  # fmt: skip
    make_policy(on(-10), peaks=[peak])

    assert "2026-11-10 – 2026-11-12: on-time target: 5 min" in read(client)


def test_versions_stand_in_their_order_with_their_last_days():
    make_policy(on(-20))
    make_policy(on(-10), clock={"target_seconds": 100})
    make_policy(on(3), clock={"target_seconds": 101})
    make_policy(on(3), clock={"target_seconds": 102})

    versions = list_versions(on(0))
    told = [(version.policy.version, version.state, version.ends_on) for version in versions]
    assert told == [(4, "to_come", None), (3, "replaced", None), (2, "in_force", on(2)), (1, "past", on(-11))]
    assert [version.before and version.before.version for version in versions] == [2, 2, 1, None]
    assert version_to_show(versions).policy == Policy.objects.in_force_on(on(0))


def test_before_the_first_rules_start_they_are_shown(client):
    make_policy(on(3))

    assert "to come" in read(client)


@pytest.mark.parametrize("address", ["/policy/2/", "/policy/0/", "/policy/99999999999999999999999999/", "/policy/x/"])
def test_a_version_that_was_not_published_is_not_found(client, address):
    make_policy(on(-10))

    assert client.get(address).status_code == 404


def test_the_page_takes_one_query_however_many_versions_there_are(client):
    counts = []
    for number in range(1, 11):
        make_policy(on(-number), clock={"target_seconds": 100 + number})
        if number in {2, 10}:
            with CaptureQueriesContext(connection) as queries:
                read(client)
            counts.append(len(queries))

    assert counts[0] == counts[1]
