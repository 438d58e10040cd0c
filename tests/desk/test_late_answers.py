"""Answers that come late, not at all, or to what is not on the screen any more change nothing that is there by then."""

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from handoff import conversations
from tests.desk.conftest import Waits
from tests.desk.thread_page import Late, opened, turned_to
from tests.integration.harness import Console, Desk

Come = Callable[..., Page]
STORE = "document.querySelector('faqdesk-desk').store"


def test_what_belongs_to_another_conversation_or_an_earlier_time_is_not_shown(agent: Come, waits: Waits) -> None:
    lan, minh = waits("Lan asks"), waits("Minh asks")
    ada = opened(agent("Ada"), lan.conversation_id)

    # The skip link leads to the conversation, which stays open.
    ada.locator("a.skip").focus()
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("main")).to_be_focused()
    expect(ada.locator("desk-log")).to_contain_text("Lan asks")

    # A private link that was made for Lan is none for Minh.
    made = Late(ada, "**/private_link")
    ada.evaluate("document.querySelector('desk-private').open()")
    dialog = ada.get_by_role("dialog")
    dialog.locator("[value=this]").check()
    dialog.get_by_role("button", name="Make the link").click()
    made.asked()
    ada.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    turned_to(ada, minh.conversation_id)
    ada.evaluate("document.querySelector('desk-private').open()")
    with ada.expect_response("**/private_link"):
        made.comes()
    expect(dialog.get_by_role("button", name="Make the link")).to_be_enabled()
    expect(dialog.get_by_label("The link")).to_have_count(0)
    ada.keyboard.press("Escape")

    # What was wrong with Lan's name stands beside Lan's; and who a shopper is is asked until there is an answer.
    turned_to(ada, lan.conversation_id)
    renamed = Late(ada, "**/shopper", unasked=True)
    ada.get_by_role("button", name="Write down the name").click()
    ada.keyboard.type("X")
    ada.keyboard.press("Enter")
    renamed.is_refused()
    expect(ada.locator("desk-pane .shopper .problem")).to_be_visible()
    ada.route(f"**/{minh.conversation_id}/shopper", lambda route: route.abort("internetdisconnected"), times=1)
    turned_to(ada, minh.conversation_id)
    expect(ada.locator("desk-pane")).to_contain_text("Web chat")
    expect(ada.locator("desk-pane .shopper .problem")).to_have_count(0)
    ada.wait_for_function(f"() => {STORE}.thread.shopper")

    # Without a line an act says so.
    ada.route("**/claim", lambda route: route.abort("internetdisconnected"), times=1)
    ada.get_by_role("button", name="Take it", exact=True).click()
    expect(ada.locator(".banner.bad")).to_contain_text("The desk did not answer")


def test_what_was_asked_before_does_not_undo_what_the_agent_did_since(desk: Desk, agent: Come, waits: Waits) -> None:
    lan, minh = waits("Lan asks"), waits("Minh asks")
    ada = opened(agent("Ada"), lan.conversation_id)

    # She reads what a colleague has read before her while an answer is under way that calls it unread.
    row = ada.locator("#rows button.row", has_text="And another thing")
    assert minh.send(text="And another thing").status_code == 202
    expect(row).to_have_class(re.compile("unread"))
    rows = Late(ada, "**/desk/api/rows?*")
    ben = Console(desk, "Ben")
    seq = ben.reads(minh.conversation_id)["last"]
    assert ben.http.post(f"/desk/api/conversations/{minh.conversation_id}/read", json={"seq": seq}).is_success
    assert [one["unread"] for one in rows.answer["rows"]] == [True]
    with ada.expect_response("**/read"):
        turned_to(ada, minh.conversation_id)
    with ada.expect_response("**/desk/api/rows?*"):
        rows.comes()
    expect(ada.locator("#rows [aria-current=true]")).to_contain_text("And another thing")
    expect(row).not_to_have_class(re.compile("unread"))

    # She switches the keys off while the answer to another wish is under way.
    ada.locator("desk-me summary").click()
    wish = Late(ada, "**/me/preferences")
    ada.get_by_role("switch", name="A short tone").first.click()
    wish.asked()
    keys = ada.get_by_role("switch", name="Keyboard shortcuts")
    keys.click()
    expect(keys).to_have_attribute("aria-checked", "false")
    assert wish.answer["shortcuts"] is True
    with ada.expect_response("**/me/preferences"):
        wish.comes()
    ada.keyboard.press("Escape")
    ada.keyboard.press("?")
    expect(ada.locator("dialog[open]")).to_have_count(0)

    # The list begins anew while its next page is under way: no page is missing in between.
    with desk.database.write() as session:
        for number in range(130):
            identity = conversations.ensure_identity(session, "web", f"visitor{number}", f"Guest {number}", desk.now())
            conversations.begin(session, identity.id, "en", desk.now() - timedelta(minutes=number))
    ada.locator("#tab-all").click()
    listed = f"({STORE}.list.rows?.length ?? 0)"
    ada.wait_for_function(f"() => {listed} >= 60")
    ada.evaluate(f"{STORE}.list.fetchMore()")
    page = Late(ada, "**/list?*after=*")
    ada.evaluate(f"void {STORE}.list.fetchMore()")
    page.asked()
    ada.evaluate(f"{STORE}.list.fetch()")
    assert ada.evaluate(listed) == 60
    page.comes()
    ada.wait_for_function(f"() => {listed} > 60")
    shown = ada.evaluate(f"{STORE}.list.rows.map((row) => row.id)")
    ada.evaluate(f"{STORE}.list.fetchMore()")
    assert ada.evaluate(f"{STORE}.list.rows.length") == 132, "every row is there once"
    assert shown == ada.evaluate(f"{STORE}.list.rows.slice(0, 120).map((row) => row.id)")
