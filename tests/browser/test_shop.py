"""The shop's pages: in three languages, in both themes, on a phone, by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browsers import NewPage

PAGES = [
    "/",
    "/chat",
    "/help/en",
    "/help/en?q=refund",
    "/help/en/return-window",
    "/help/en/nothing",
    "/desk/login",
    "/nowhere",
]


def violations(page: Page) -> list[str]:
    """What axe-core finds, shadow roots included."""
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {[node['target'] for node in item['nodes']]}" for item in found]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing(new_page: NewPage, address: str, dark: bool) -> None:
    page = new_page(dark=dark)

    page.goto(address)
    page.wait_for_load_state("networkidle")

    assert violations(page) == []


@pytest.mark.parametrize("language", ["en", "es", "vi"])
@pytest.mark.parametrize("address", ["/", "/chat", "/help"])
def test_pages_speak_the_browsers_language_and_fit_a_phone(new_page: NewPage, address: str, language: str) -> None:
    page = new_page(width=390, height=844, language=language)

    page.goto(address)
    page.wait_for_load_state("networkidle")

    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out sideways"


def test_a_chosen_language_stays(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")

    page.get_by_role("link", name="ES Español").click()
    page.goto("/chat")

    assert page.locator("html").get_attribute("lang") == "es"


def test_the_theme_is_the_readers_choice_and_stays(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")
    before = page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")

    page.get_by_role("button", name="Light or dark").click()
    page.goto("/help/en")

    assert page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor") != before


def test_help_finds_by_meaning_and_opens_the_article(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/help/en")

    page.get_by_role("searchbox").fill("money back how long")
    page.get_by_role("button", name="Search").click()
    page.locator(".results a").first.click()

    expect(page.locator("article.article .body")).to_be_visible()
    assert page.locator("article h1").inner_text()


def test_a_search_for_markup_is_shown_as_text(new_page: NewPage) -> None:
    page = new_page()

    page.goto("/help/en?q=<img src=x onerror=alert(1)>")

    assert "<img src=x" in page.locator(".count").inner_text()
    assert page.locator(".help img").count() == 0


def test_the_order_box_opens_the_chat_with_the_question(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")

    page.get_by_label("Order number").fill("CS-204539")
    page.get_by_role("button", name="Look it up").click()

    expect(ChatPage(page).message("which e-mail address or phone number")).to_be_visible()


def test_the_keyboard_is_enough(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")
    page.wait_for_selector("button[part=launcher]")

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("button[part=launcher]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("faqdesk-chat textarea")).to_be_focused()
    page.keyboard.type("how long does delivery take")
    page.keyboard.press("Enter")
    expect(ChatPage(page).message("Did this help?")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("button[part=launcher]")).to_be_focused()
    expect(page.locator("faqdesk-panel dialog")).to_be_hidden()
