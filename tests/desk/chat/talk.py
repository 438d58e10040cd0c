"""The chat on a shop's page as a person uses it."""

import hashlib
import hmac

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from tests.standins.shop_page import ShopPage

SECRET = "a secret of the shop and of the desk"
# Ready is when the page may speak with the chat; a page's own script would do the same.
WAIT = "() => window.faqdesk ? true : new Promise((done) => addEventListener('faqdesk:ready', () => done(true)))"


def at_shop(page: Page, shop: ShopPage, data: str = "", language: str = "en") -> Page:
    """The shop's page, with the chat ready."""
    shop.data, shop.language = data, language
    page.goto("/")
    page.evaluate(WAIT)
    return page


def launcher(page: Page) -> Locator:
    return page.locator("button[part=launcher]")


def say(page: Page, text: str) -> None:
    field = page.locator("faqdesk-chat textarea")
    field.fill(text)
    field.press("Enter")


def message(page: Page, text: str) -> Locator:
    return page.locator("faqdesk-message", has_text=text).last


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {[node['target'] for node in item['nodes']]}" for item in found]


def signed(user: str) -> dict[str, str]:
    """What the shop's server says of her."""
    return {
        "id": user,
        "signature": hmac.new(SECRET.encode(), user.encode(), hashlib.sha256).hexdigest(),
        "name": "Lan",
    }
