"""A real Chromium, and pages that fail a test when the browser complains."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

# Without these Chromium tries to reach its makers' hosts at every start.
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic", "--lang=en-US",
]  # fmt: skip
# Being offline, asking for a page that is not there and being too late are what some tests do on purpose.
_EXPECTED = ("ERR_INTERNET_DISCONNECTED", "404 (Not Found)", "409 (Conflict)")

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = os.environ.get("FAQDESK_CHROMIUM")
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def pages(chromium: Browser, url: str, expected: tuple[str, ...] = ()) -> Iterator[NewPage]:
    """Makes pages of separate people. Whatever a page logs as an error, policy violations included, fails at the end, unless it
    holds words that are expected.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        language: str = "en",
        zone: str | None = None,
        script: str = "",
    ) -> Page:
        context = chromium.new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=language,
            timezone_id=zone,
        )
        contexts.append(context)
        if script:  # runs in every page before the page's own
            context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert [text for text in complaints if not any(words in text for words in _EXPECTED + expected)] == []


def sign_in(page: Page, email: str, password: str) -> Page:
    """Sign an agent in and wait for the console."""
    page.goto("/desk")
    page.fill("#email", email)
    page.fill("#password", password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("desk-list .tabs")
    return page
