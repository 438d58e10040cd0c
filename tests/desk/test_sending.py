"""What an agent writes reaches whom it is for, once: whatever is closed, opened or handed on while it is on its way."""

from collections.abc import Callable

from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browsers import pages, sign_in
from tests.desk.conftest import Waits
from tests.desk.thread_page import Late, box, opened, says, takes, turned_to, without_undo
from tests.integration.harness import PASSWORD, Console, Desk, wait_for

Come = Callable[..., Page]
A_FILE: FilePayload = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"abc"}
B_FILE: FilePayload = {"name": "b.txt", "mimeType": "text/plain", "buffer": b"abc"}

# A page has died and left this behind: another message like the one that is given.
_LEAVES = """([key, items]) => {
  const other = { text: "Another thing", client_id: crypto.randomUUID() };
  localStorage.setItem(key, JSON.stringify(JSON.parse(items).map((item) => ({ ...item, ...other }))));
}"""


def writes(page: Page, kind: str) -> None:
    expect(box(page)).to_have_attribute("aria-label", kind)


def is_with_her(page: Page) -> None:
    expect(page.locator("desk-thread .head")).to_contain_text("With you")


def releases(desk: Desk, page: Page, conversation_id: str) -> None:
    """The same agent gives it back to the queue in another tab."""
    headers = {"x-csrf": page.evaluate("document.querySelector('faqdesk-desk').setup.csrf"), "origin": desk.url}
    answer = page.request.post(f"/desk/api/conversations/{conversation_id}/release", headers=headers)
    assert answer.status == 204


def test_what_is_held_goes_out_before_its_conversation_is_left_and_what_is_not_taken_leads_back(
    desk: Desk, agent: Come, waits: Waits
) -> None:
    lan, minh = waits("Lan asks"), waits("Minh asks")
    ada = takes(agent("Ada"), lan.conversation_id)

    # Resolved within the time to undo: nothing is resolved as long as the reply has not gone out.
    says(ada, "Your money is on its way.")
    expect(ada.locator("desk-outgoing")).to_contain_text("Sending in")
    ada.route("**/reply", lambda route: route.abort("internetdisconnected"), times=1)
    ada.keyboard.press("Alt+E")
    expect(ada.get_by_role("dialog")).to_be_visible()
    ada.keyboard.press("1")
    expect(ada.get_by_role("dialog").get_by_role("alert")).to_contain_text("not gone out yet, so nothing was changed")
    assert desk.conversation(lan.conversation_id).owner == "agent"
    lan.hears("Your money is on its way.")
    expect(ada.locator("desk-outgoing")).to_have_count(0)
    ada.keyboard.press("1")
    wait_for("the end", lambda: desk.conversation(lan.conversation_id).owner == "closed")
    assert lan.texts("agent") == ["Your money is on its way."]

    # Handed on while it is still looked over.
    takes(ada, minh.conversation_id)
    looked = Late(ada, "**/look_over")
    says(ada, "A colleague will help.")
    looked.asked()
    ada.get_by_role("button", name="More acts").click()
    ada.get_by_role("menuitem", name="Back to the queue").click()
    looked.comes()
    wait_for("the queue", lambda: desk.conversation(minh.conversation_id).owner == "queue")
    assert minh.texts("agent") == ["A colleague will help."]

    # Refused when she looks at another conversation by then: it says so there, and leads back to what she wrote.
    takes(ada, minh.conversation_id)
    without_undo(ada)
    reply = Late(ada, "**/reply", unasked=True)
    says(ada, "I have found your parcel.")
    reply.asked()
    turned_to(ada, lan.conversation_id)
    releases(desk, ada, minh.conversation_id)
    reply.comes()
    expect(ada.get_by_role("alert")).to_contain_text("was not sent")
    ada.get_by_role("button", name="Look at it").click()
    expect(ada.locator("desk-outgoing .failure")).to_contain_text("Not sent: Somebody else was faster")
    expect(ada.locator(".banner")).to_have_count(0)
    ada.get_by_role("button", name="Edit").click()
    writes(ada, "Reply")
    expect(box(ada)).to_have_value("I have found your parcel.")
    expect(ada.get_by_role("alert")).to_contain_text("not with you any more")
    ada.keyboard.press("Control+Enter")  # goes nowhere
    expect(box(ada)).to_have_value("I have found your parcel.")
    ada.get_by_role("button", name="Take it", exact=True).click()
    is_with_her(ada)
    expect(ada.get_by_role("alert")).to_have_count(0)
    box(ada).press("Control+Enter")
    minh.hears("I have found your parcel.")

    # What is to be mended first is said wherever she is.
    looked = Late(ada, "**/look_over")
    says(ada, "This is your own fault")
    looked.asked()
    turned_to(ada, lan.conversation_id)
    looked.comes()
    ada.get_by_role("button", name="Look at it").click()
    expect(ada.locator("desk-outgoing .failure")).to_contain_text("may sound rude")
    assert minh.texts("agent") == ["A colleague will help.", "I have found your parcel."]


def test_what_the_box_writes_never_changes_under_the_agents_fingers(desk: Desk, agent: Come, waits: Waits) -> None:
    lan, minh, hoa = waits("Lan asks"), waits("Minh asks"), waits("Hoa asks")
    ben, ada = Console(desk, "Ben"), agent("Ada")
    her_id = ada.evaluate("document.querySelector('faqdesk-desk').store.me.id")

    # A colleague passes it on to her while she writes what only the team may read.
    assert ben.act(lan.conversation_id, "claim").status_code == 204
    opened(ada, lan.conversation_id)
    writes(ada, "Note")
    box(ada).type("She is a known fraudster, ")
    assert ben.act(lan.conversation_id, "transfer", agent_id=her_id, note="yours").status_code == 204
    is_with_her(ada)
    ada.keyboard.type("do not refund her")
    ada.keyboard.press("Control+Enter")
    expect(ada.locator(".message.note").last).to_contain_text("a known fraudster, do not refund her")
    writes(ada, "Note")

    # She took another one, and its answer comes when she writes here again.
    claimed = Late(turned_to(ada, minh.conversation_id), "**/claim")
    ada.get_by_role("button", name="Take it", exact=True).click()
    claimed.asked()
    turned_to(ada, lan.conversation_id)
    writes(ada, "Reply")
    ada.keyboard.press("Alt+P")
    writes(ada, "Note")
    ada.keyboard.type("never ")
    with ada.expect_response("**/desk/api/conversations/*?after=*"):
        claimed.comes()
    ada.keyboard.type("tell her")
    writes(ada, "Note")
    expect(box(ada)).to_have_value("never tell her")

    # A reply is refused while she writes a note: it waits beside its reason.
    ada.keyboard.press("Alt+L")
    without_undo(ada)
    reply = Late(ada, "**/reply", unasked=True)
    says(ada, "Hello Lan")
    reply.asked()
    ada.keyboard.press("Alt+P")
    writes(ada, "Note")
    reply.is_refused()
    expect(ada.locator("desk-outgoing .failure")).to_contain_text("Not sent")
    ada.keyboard.type(" either")
    writes(ada, "Note")
    expect(box(ada)).to_have_value("never tell her either")

    # What was asked before she took it is answered after that.
    opened(ada, hoa.conversation_id)
    before = Late(ada, f"**/desk/api/conversations/{hoa.conversation_id}?after=*")
    assert hoa.send(text="more").status_code == 202
    before.asked()
    ada.get_by_role("button", name="Take it", exact=True).click()
    writes(ada, "Reply")
    box(ada).type("Dear Hoa, ")
    assert before.answer["owner"] == "queue"
    with ada.expect_response(f"**/desk/api/conversations/{hoa.conversation_id}?after=*"):
        before.comes()
    ada.keyboard.type("it comes")
    is_with_her(ada)
    writes(ada, "Reply")

    # It is given back in another tab: her words stay where she wrote them, and say that they cannot go out.
    releases(desk, ada, hoa.conversation_id)
    expect(ada.locator("desk-composer .problem")).to_contain_text("not with you any more")
    writes(ada, "Reply")
    expect(box(ada)).to_have_value("Dear Hoa, it comes")
    assert [*lan.texts("agent"), *minh.texts("agent"), *hoa.texts("agent")] == []


def test_files_and_tabs_keep_apart_what_is_sent_from_where(desk: Desk, agent: Come, waits: Waits) -> None:
    lan, minh = waits("Lan asks"), waits("Minh asks")
    ada = takes(agent("Ada"), lan.conversation_id)

    # Files are on their way while she looks elsewhere; the reply waits for the one, and the other says why it is not there.
    coming = Late(ada, "**/files?name=a.txt", unasked=True)
    ada.set_input_files("desk-composer input[type=file]", [A_FILE])
    coming.asked()
    lost = Late(ada, "**/files?name=b.txt", unasked=True)
    ada.set_input_files("desk-composer input[type=file]", [B_FILE])
    lost.asked()
    turned_to(ada, minh.conversation_id)
    lost.is_refused()
    turned_to(ada, lan.conversation_id)
    expect(ada.locator("desk-composer .files .refused")).to_contain_text("b.txt")
    says(ada, "See the file")
    expect(ada.locator("desk-composer .problem")).to_contain_text("still coming in")
    coming.comes()
    expect(ada.locator("desk-composer a.file")).to_contain_text("a.txt")
    box(ada).press("Control+Enter")
    ada.get_by_role("button", name="Send now").click()
    lan.hears("See the file")
    assert [one["name"] for one in lan.messages("agent")[0]["content"]["attachments"]] == ["a.txt"]

    # A copy of the tab does not take what this one still holds.
    says(ada, "Your parcel left.")
    expect(ada.locator("desk-outgoing")).to_contain_text("Sending in")
    with ada.expect_popup() as opening:
        ada.evaluate("open(location.href)")
    copy = opening.value
    expect(copy.locator("desk-log")).to_contain_text("See the file")
    expect(box(copy)).to_have_value("")
    expect(copy.locator("desk-outgoing")).to_have_count(0)
    ada.get_by_role("button", name="Send now").click()
    expect(copy.locator("desk-log")).to_contain_text("Your parcel left.")

    # A draft that one tab has sent is none in the other.
    box(copy).fill("One more thing")
    opened(ada, lan.conversation_id)
    expect(box(ada)).to_have_value("One more thing")
    box(ada).press("Control+Enter")
    expect(box(copy)).to_have_value("")

    # What a tab holds that is closed goes out at once, and what one held that died waits for her; neither twice.
    left = ada.evaluate("Object.entries(localStorage).find(([key]) => key.startsWith('faqdesk-outgoing'))")
    ada.close()
    expect(copy.locator("desk-log .message.agent", has_text="One more thing")).to_have_count(1)
    copy.evaluate(_LEAVES, left)
    copy.reload()
    expect(copy.locator("desk-outgoing .failure")).to_contain_text("Not sent: the page was closed")
    copy.get_by_role("button", name="Edit").click()
    expect(box(copy)).to_have_value("Another thing")
    assert lan.texts("agent") == ["See the file", "Your parcel left.", "One more thing"]


def test_the_desk_works_for_who_opens_it_by_plain_http_from_another_machine(agent: Come, waits: Waits) -> None:
    """Browsers give such a page neither locks nor UUIDs."""
    lan = waits("Lan asks")
    page = agent("Ada", script="delete Navigator.prototype.locks; delete Crypto.prototype.randomUUID")
    assert page.evaluate("[navigator.locks, crypto.randomUUID]") == [None, None]
    ada = takes(page, lan.conversation_id)
    without_undo(ada)
    ada.locator("desk-composer input[type=file]").set_input_files(A_FILE)
    expect(ada.locator("desk-composer desk-attachments")).to_contain_text("a.txt")
    expect(ada.locator("desk-composer progress")).to_have_count(0)
    says(ada, "Your money is on its way.")
    lan.hears("Your money is on its way.")
    ada.reload()
    opened(ada, lan.conversation_id)
    expect(ada.locator("desk-thread .message", has_text="Your money is on its way.")).to_have_count(1)


def test_what_was_refused_in_a_conversation_that_is_out_of_reach_by_now_can_be_read_and_thrown_away(
    chromium: Browser, desk: Desk, waits: Waits
) -> None:
    lan, minh = waits("Lan asks"), waits("Minh asks")
    with pages(chromium, desk.url, expected=("status of 404", "status of 409")) as make:
        ada = takes(sign_in(make(), desk.add_agent("Ada"), PASSWORD), lan.conversation_id)
        without_undo(ada)
        reply = Late(ada, "**/reply", unasked=True)
        says(ada, "I have found your parcel.")
        reply.asked()
        turned_to(ada, minh.conversation_id)
        ada.route(f"**/conversations/{lan.conversation_id}?*", lambda route: route.fulfill(status=404, json={}))
        reply.is_refused()
        ada.locator(".banner.unsent button").click()
        expect(ada.locator("desk-outgoing")).to_contain_text("I have found your parcel.")
        expect(ada.get_by_role("button", name="Edit")).to_have_count(0)
        ada.get_by_role("button", name="Discard").click()
        expect(ada.locator("desk-outgoing")).to_have_count(0)
        turned_to(ada, minh.conversation_id)
        expect(ada.locator(".banner.unsent")).to_have_count(0)
