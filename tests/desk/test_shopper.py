"""The pane beside the thread: what an agent knows of the shopper without asking her."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.desk.conftest import Waits
from tests.integration.harness import Console, Desk, Visitor, wait_for


def settles(ada: Console, visitor: Visitor) -> None:
    """Ada takes the shopper's conversation and settles it; the shopper is asked how that was."""
    asked = len(visitor.texts("desk"))
    assert ada.act(visitor.conversation_id, "claim").status_code == 204
    assert ada.act(visitor.conversation_id, "resolve", resolution="solved").status_code == 204
    wait_for("the question", lambda: len(visitor.texts("desk")) > asked + 1)


def test_how_she_rated_the_help_is_told_at_once_to_whoever_has_her_open(
    desk: Desk, agent: Callable[..., Page], waits: Waits
) -> None:
    lan, ada = waits("Where is my parcel?"), Console(desk, "Ada")
    settles(ada, lan)
    wide, phone = agent("Ben"), agent("Cam", width=390, height=844)
    for page in (wide, phone):
        page.goto(f"/desk#{lan.conversation_id}")
    phone.get_by_role("button", name="About the shopper").click()
    rated = [page.get_by_role("complementary").get_by_role("region", name="Rating") for page in (wide, phone)]
    expect(wide.get_by_role("complementary")).to_contain_text("Web chat")
    expect(rated[0]).to_have_count(0)

    lan.presses("4 · Good")
    expect(wide.locator(".log")).to_contain_text("Rated 4 of 5")
    for seen in rated:
        expect(seen.get_by_role("img", name="4 of 5")).to_be_visible()
        expect(seen).to_contain_text("for Ada")
    lan.presses("Add a few words")
    lan.says("Quick, and <b>kind</b>")
    for seen in rated:
        expect(seen.locator("blockquote")).to_have_text("Quick, and <b>kind</b>")

    lan.says("One more thing")
    lan.says("Where is my parcel?")
    settles(ada, lan)
    lan.presses("2 · Bad")
    for seen in rated:
        expect(seen.get_by_role("img", name="2 of 5")).to_be_visible()
        expect(seen.locator("blockquote")).to_have_count(0)
        expect(seen).to_contain_text("Before that once: 4 of 5")
