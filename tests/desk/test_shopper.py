"""The pane beside the thread: what an agent knows of the shopper without asking her."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select

from handoff.clock import utc_now
from handoff.model import Conversation
from tests.browsers import NewPage
from tests.desk.conftest import Waits
from tests.integration.harness import Console, Desk, Visitor, wait_for


def settles(ada: Console, visitor: Visitor) -> None:
    """Ada takes the shopper's conversation and settles it; the shopper is asked how that was."""
    asked = len(visitor.texts("desk"))
    assert ada.act(visitor.conversation_id, "claim").status_code == 204
    assert ada.act(visitor.conversation_id, "resolve", resolution="solved").status_code == 204
    wait_for("the question", lambda: len(visitor.texts("desk")) > asked + 1)


def everything(desk: Desk) -> list[str]:
    """The ids of all conversations."""
    with desk.database.read() as session:
        return list(session.scalars(select(Conversation.id)))


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


def test_what_time_it_is_where_she_is_runs_on_without_asking_the_desk(
    desk: Desk, agent: Callable[..., Page], new_page: NewPage
) -> None:
    # A quarter to eight on a Friday evening in Madrid: in Vietnam the next day has begun.
    desk.ahead = datetime(2027, 1, 15, 18, 45, tzinfo=UTC) - utc_now()
    hers = new_page(width=390, height=844, zone="Asia/Ho_Chi_Minh")
    hers.goto("/chat")
    hers.get_by_role("textbox").fill("Good evening")
    hers.keyboard.press("Enter")
    expect(hers.locator("faqdesk-chat")).to_contain_text("You said: Good evening")

    ada = agent("Ada", zone="Europe/Madrid")
    ada.clock.install()
    (conversation_id,) = everything(desk)
    ada.goto(f"/desk#{conversation_id}")
    ada.reload()
    local = ada.get_by_role("complementary").get_by_text("there, Ho Chi Minh time")
    expect(local).to_have_text(re.compile(r"Sat,? 01:4\d there"))
    told, asked = local.inner_text(), []
    ada.on("request", lambda request: asked.append(request.url))
    desk.ahead += timedelta(minutes=1)
    ada.clock.fast_forward(60_000)
    expect(local).not_to_have_text(told)
    expect(local).to_have_text(re.compile(r"Sat,? 01:4\d there"))
    assert not [url for url in asked if url.endswith("/shopper")]
