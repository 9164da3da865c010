"""A buyer's phone without JavaScript, in a real browser: from the receipt to the complaint's own page, and on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from complaints.models import Complaint
from tests.browser.conftest import PHONE
from tests.complaints.views.cast import decided, link_token, open_market, picture, staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def spills(page: Page) -> bool:
    """Whether the page is wider than the screen."""
    return bool(page.evaluate(WIDER) > 0)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_phone_without_javascript_complains_adds_and_appeals(chromium, live_server, tmp_path: Path, language) -> None:
    shop = open_market()
    proof = tmp_path / "proof.png"
    proof.write_bytes(picture().read())
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    page.set_default_timeout(15_000)

    page.goto(f"/r/{link_token(shop)}/?language={language}")
    page.click("a.site-button")
    page.click("button[type=submit]")  # nothing is filled in
    assert page.locator("[role=alert]").count() >= 2
    assert not spills(page)
    page.check("input[value=attitude]")
    page.fill("textarea[name=text]", "They shouted <script>alert(1)</script>")
    page.set_input_files("input[name=evidence]", proof)
    page.click("button[type=submit]")
    assert page.url.endswith(f"?language={language}#keep")
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("#evidence").inner_text().count("proof.png") == 1
    assert not spills(page)

    page.fill("textarea[name=text]", "And again today")
    page.click("#add button[type=submit]")
    assert "And again today" in page.locator("#entries").inner_text()
    complaint = Complaint.objects.get()
    decided(complaint, staff("sam", "complaints.work_complaint"))
    page.goto(page.url.split("#")[0])
    page.fill("#appeal textarea", "You overlooked it")
    page.click("#appeal button[type=submit]")
    assert "You overlooked it" in page.locator("#appeal").inner_text()
    assert page.locator("#appeal form").count() == 0
    assert not spills(page)
    with page.expect_download() as download:
        page.click(".cp-file button")
    assert download.value.suggested_filename.startswith(complaint.code)
    context.close()
