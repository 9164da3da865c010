"""The ways of staff, members and agents through the pages, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from shops.models import AuditEntry, Shop
from tests.browser.conftest import PHONE, Watch
from tests.screens_data import GOOD, POOR, make_member, make_policy, make_shop, make_staff, rate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


@pytest.fixture
def shop() -> Shop:
    policy = make_policy()
    shop = make_shop("s/1", name="Green House")
    rate(shop, policy, [(31, GOOD), (14, POOR)])
    neighbour = make_shop("s-2", name="Blue House")
    rate(neighbour, policy, [(3, GOOD)])
    make_staff()
    make_member(shop, "owner")
    make_member(shop, "worker", "agent", shop.agents.get(code="a1"))
    return shop


def expect_charts(page: Page, count: int) -> None:
    """Every chart of the page was drawn, with something in it."""
    expect(page.locator("canvas[data-chart]")).to_have_count(count)
    page.wait_for_function("window.Chart && Object.keys(Chart.instances).length > 0")
    drawn = page.evaluate(
        "Object.values(Chart.instances).filter((chart) => chart.data.datasets.some((set) => set.data.length)).length"
    )
    assert drawn == count


def expect_no_sideways_scrolling(page: Page) -> None:
    """Nothing is wider than the screen."""
    page.wait_for_load_state("networkidle")
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1], page.url


def test_staff_go_from_the_list_of_shops_to_the_reasons_and_to_a_conversation(shop: Shop, open_browser: Open) -> None:
    page = open_browser("staff")
    expect_charts(page, 2)

    page.locator("#nav-sidebar-apps a[href='/admin/shops/shop/']").click()
    page.locator("tr", has_text="Green House").get_by_role("link", name="Why?").click()
    expect(page.get_by_role("heading", name="Green House")).to_be_visible()
    expect_charts(page, 3)

    page.get_by_role("link", name="c-00001").first.click()
    expect(page.locator(".ol-bubble.is-turn")).to_contain_text("我的订单已经三天没有物流更新了")
    expect(page.locator(".ol-bubble.is-answer")).to_contain_text("抱歉久等了")
    assert AuditEntry.objects.filter(action="read_conversation", by__username="staff").count() == 1


def test_a_member_sees_the_own_shop_and_no_other(shop: Shop, open_browser: Open, watch: Watch) -> None:
    page = open_browser("owner")

    expect(page).to_have_url(re.compile("/shops/s~2F1/scorecard/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Green House")
    expect_charts(page, 3)
    assert watch.problems == []

    page.goto("/shops/s-2/scorecard/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    refused = [problem for problem in watch.problems if "404" in problem]
    assert watch.problems == refused  # the page itself, and the console's word for it
    watch.problems.clear()


def test_an_agent_sees_the_own_record_only(shop: Shop, open_browser: Open, watch: Watch) -> None:
    page = open_browser("worker")

    expect(page).to_have_url(re.compile("/shops/s~2F1/agents/a1/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Agent 1 of Green House")
    expect(page.get_by_text("Agent 2 of Green House")).to_have_count(0)
    expect_charts(page, 3)

    page.goto("/shops/s~2F1/agents/a2/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    watch.problems.clear()
    page.goto("/shops/s~2F1/scorecard/")
    expect(page).to_have_url(re.compile("/agents/a1/$"))


def test_the_language_is_switched_on_the_page_and_kept(shop: Shop, open_browser: Open) -> None:
    page = open_browser("owner")

    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="分数构成")).to_be_visible()
    expect(page).to_have_url(re.compile("/shops/s~2F1/scorecard/$"))
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")

    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="What the points are made of")).to_be_visible()


def test_the_language_of_the_back_office_can_be_chosen_before_signing_in(shop: Shop, open_browser: Open) -> None:
    page = open_browser()
    page.goto("/admin/login/")

    page.get_by_role("button", name="简体中文").click()

    expect(page.get_by_role("button", name="登录")).to_be_visible()


def test_the_table_says_what_the_chart_draws(shop: Shop, open_browser: Open) -> None:
    page = open_browser("owner")

    figure = page.locator("figure", has=page.locator("canvas[data-chart=waits]"))
    figure.get_by_text("Show as a table").click()

    expect(figure.get_by_role("row", name="≤ 30 s")).to_contain_text("410")


def test_a_bar_of_the_dashboard_opens_its_shops(shop: Shop, open_browser: Open) -> None:
    page = open_browser("staff")
    expect_charts(page, 2)

    figure = page.locator("figure", has=page.locator("canvas[data-chart=grades]"))
    figure.get_by_text("Show as a table").click()
    grade = shop.privileges.grade
    figure.get_by_role("link", name=grade, exact=True).click()

    expect(page).to_have_url(re.compile(f"grade={grade}$"))
    expect(page.get_by_role("link", name="Why?").first).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_members_pages_fit_a_phone(shop: Shop, open_browser: Open, language: str) -> None:
    page = open_browser("owner", size=PHONE, language=language)
    for address in ("/shops/s~2F1/scorecard/", "/shops/s~2F1/agents/a1/"):
        page.goto(address)
        expect_no_sideways_scrolling(page)
    page = open_browser(size=PHONE, language=language)
    page.goto("/login/")
    expect_no_sideways_scrolling(page)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_back_office_fits_a_phone(shop: Shop, open_browser: Open, language: str) -> None:
    rating = shop.ratings.order_by("-on").first()
    assert rating is not None
    page = open_browser("staff", size=PHONE, language=language)
    for address in (
        "/admin/",
        "/admin/shops/shop/",
        f"/admin/shops/shop/{shop.pk}/why/",
        f"/admin/shops/shop/{shop.pk}/conversation/?conversation=c-00001&at=1780110900000&turn=m-1-1",
        "/admin/governance/shoprating/",
        f"/admin/governance/shoprating/{rating.pk}/change/",
        f"/admin/governance/policy/{rating.policy_id}/change/",
    ):
        page.goto(address)
        expect_no_sideways_scrolling(page)
