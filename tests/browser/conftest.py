"""The browser of these tests: an installed Chromium, watched for errors and for requests that leave the site."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests.screens_data import PASSWORD, place_chats

CHROMIUM = os.environ.get("OPENLINE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 375, "height": 720}
DESKTOP = {"width": 1280, "height": 800}


@dataclass
class Watch:
    """What went wrong in the browser."""

    base: str
    problems: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Note the page's console errors, script errors, failed requests and requests to anywhere else."""
        page.on("console", lambda message: self.note(message.type in {"error", "warning"}, f"console: {message.text}"))
        page.on("pageerror", lambda error: self.note(True, f"script: {error}"))
        page.on("response", lambda answer: self.note(answer.status >= 400, f"{answer.status}: {answer.url}"))
        page.on("request", lambda request: self.note(not self.is_ours(request.url), f"outside: {request.url}"))

    def is_ours(self, url: str) -> bool:
        """True for the site itself and for what is written in the page."""
        return url.startswith((self.base, "data:", "blob:", "about:"))

    def note(self, is_problem: bool, text: str) -> None:
        """Keep a problem."""
        if is_problem:
            self.problems.append(text)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once. Skips, saying so, where there is none."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NO BROWSER TESTS: there is no Chromium at {CHROMIUM}; set OPENLINE_CHROMIUM to one")
    # Playwright runs an event loop in this thread, before which Django would refuse to touch the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        except Error as error:
            pytest.skip(f"NO BROWSER TESTS: {CHROMIUM} does not start: {error}")
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def watch(live_server: object) -> Iterator[Watch]:
    """The watch over every page of a test; whatever it saw fails the test."""
    watching = Watch(str(live_server))
    yield watching
    assert watching.problems == []


@pytest.fixture
def open_browser(
    chromium: Browser, live_server: object, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Page]]:
    """A function that opens a fresh browser, signed in as somebody."""
    place_chats(monkeypatch)
    contexts: list[BrowserContext] = []

    def open_page(user: str = "", *, size: dict[str, int] = DESKTOP, language: str = "en") -> Page:
        context = chromium.new_context(viewport=size, base_url=str(live_server), locale="en-US")  # type: ignore[arg-type]
        context.add_cookies([{"name": "django_language", "value": language, "url": str(live_server)}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch.follow(page)
        if user:
            page.goto("/login/")
            page.fill("[name=username]", user)
            page.fill("[name=password]", PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()
