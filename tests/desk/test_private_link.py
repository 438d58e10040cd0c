"""From the palette to a chat of somebody's own: one agent and one stranger in two browsers."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browsers import NewPage


def test_a_link_from_the_palette_brings_a_stranger_into_the_chat(agent: Callable[..., Page], new_page: NewPage) -> None:
    page = agent()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("private chat")
    page.keyboard.press("Enter")
    made = page.get_by_role("dialog")
    made.get_by_label("What you and the team should know").fill("Under the post about bowls")
    made.get_by_role("button", name="Make the link").click()
    address = made.get_by_label("The link")
    expect(made).to_contain_text("Shown only now")
    url = address.input_value()
    assert "/chat/with/" in url

    stranger = new_page()
    stranger.goto(url)
    expect(stranger.get_by_text("would like to go on with you in a private chat")).to_be_visible()
    stranger.get_by_role("button", name="Open the chat").click()
    expect(stranger.get_by_text("in private. You need not repeat anything")).to_be_visible()
    assert stranger.url.endswith("/chat")
