"""Where the desk offers conversations in turn: one agent at a time is asked, and says yes or no."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.desk.conftest import Waits
from tests.integration.harness import wait_for


@pytest.mark.parametrize("desk", [{"routing": "offers", "offer_seconds": 600}], indirect=True)
def test_an_offer_that_one_declines_is_the_next_ones_to_accept(agent: Callable[..., Page], waits: Waits) -> None:
    pages = {name: agent(name) for name in ("Ada", "Ben")}
    offers = {name: page.get_by_role("region", name="Offered to you") for name, page in pages.items()}
    lan = waits("Where is my parcel?")

    def asked() -> str | None:
        return next((name for name, offer in offers.items() if offer.is_visible()), None)

    first = wait_for("the first offer", asked)
    second = "Ben" if first == "Ada" else "Ada"
    expect(offers[first]).to_contain_text("Where is my parcel?")
    expect(offers[second]).to_have_count(0)
    offers[first].get_by_role("button", name="Pass", exact=True).click()
    expect(offers[first]).to_have_count(0)

    expect(offers[second]).to_contain_text("Where is my parcel?")
    offers[second].get_by_role("button", name="Take it").click()
    expect(pages[second].locator("desk-thread .log")).to_contain_text("Where is my parcel?")
    expect(pages[second].locator("#tab-mine .count")).to_have_text("1")
    lan.hears(f"{second} is here and has read your conversation.")
