"""A shop's page at an origin of its own, and the desk whose chat stands on it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browsers import NewPage, pages
from tests.databases import Templates
from tests.desk.chat.talk import SECRET
from tests.integration.harness import Desk
from tests.standins.engine import EngineStandin
from tests.standins.shop_page import ShopPage


@pytest.fixture(scope="module")
def shop() -> Iterator[ShopPage]:
    page = ShopPage().start()
    yield page
    page.stop()


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, engine: EngineStandin, templates: Templates, shop: ShopPage
) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("widget")
    widget = {"secret": SECRET, "origins": [shop.origin]}
    nowhere = {"imap_host": "127.0.0.1", "imap_port": 9, "smtp_host": "127.0.0.1", "smtp_port": 9}
    mail = nowhere | {"addresses": [{"address": "help@shop.example"}], "user": "help", "password": "nobody answers"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAQDESK_PROJECT", str(folder))
        made = Desk(templates.new("sqlite", folder), engine.url, widget=widget, email=mail).start()
    shop.desk = made.url
    yield made
    made.close()


@pytest.fixture
def new_page(chromium: Browser, shop: ShopPage, desk: Desk) -> Iterator[NewPage]:
    with pages(chromium, shop.origin) as make:
        yield make


@pytest.fixture
def rough_page(chromium: Browser, shop: ShopPage, desk: Desk) -> Iterator[NewPage]:
    """Pages whose requests fail on purpose; the browser says so."""
    with pages(chromium, shop.origin, expected=("Failed to load resource", "blocked by CORS policy")) as make:
        yield make
