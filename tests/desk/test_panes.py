"""List, thread and shopper: side by side, or one after the other where there is little room."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.desk.conftest import Waits


def test_the_shopper_stands_beside_the_thread_and_comes_on_demand_on_a_phone(
    agent: Callable[..., Page], waits: Waits
) -> None:
    waits("Where is my parcel?")
    wide = agent("Ada")
    wide.get_by_role("button", name="Where is my parcel?").click()
    expect(wide.get_by_role("complementary")).to_contain_text("Web chat")

    phone = agent("Ben", width=390, height=844)
    phone.get_by_role("button", name="Where is my parcel?").click()
    expect(phone.get_by_role("complementary")).to_be_hidden()
    phone.get_by_role("button", name="About the shopper").click()
    expect(phone.get_by_role("complementary")).to_contain_text("Web chat")
    phone.get_by_role("button", name="Close").click()
    expect(phone.get_by_role("complementary")).to_be_hidden()
