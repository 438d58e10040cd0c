"""The conversation in the middle, as two agents and a shopper live through it at once."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select

from handoff import canned, conversations, file_fetches, outbox, windows
from handoff.acts import Acts
from handoff.attachments import examine
from handoff.file_fetches import Expected
from handoff.model import Agent, Contact, Conversation, Identity, Message, Outbox
from handoff.windows import Window
from handoff.wording import Wording
from tests.browsers import NewPage
from tests.desk.conftest import Waits
from tests.desk.thread_page import box, opened, undo_within, without_undo
from tests.integration.harness import Desk, Visitor
from tests.unit.handoff.workbench import WORDS

Come = Callable[..., Page]
PHOTO = Expected("901", "photo", "image/png")
NAME = "Nguyễn Thị Bích Ngọc <b>{agent}</b>"


def complaints(page: Page) -> list[tuple[str, list[str]]]:
    """What axe-core finds."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def chat_of(new_page: NewPage, visitor: Visitor) -> Page:
    page = new_page()
    page.goto("/chat")
    page.evaluate("token => localStorage.setItem('faqdesk', JSON.stringify({ token }))", visitor.token)
    page.reload()
    page.wait_for_selector("faqdesk-chat textarea")
    return page


def taken(desk: Desk, agent: Page, visitor: Visitor) -> str:
    """The visitor's conversation, named and in the agent's hands."""
    conversation_id = visitor.conversation_id
    with desk.database.write() as session:
        conversation = session.get_one(Conversation, conversation_id)
        identity = session.get_one(Identity, conversation.identity_id)
        session.get_one(Contact, identity.contact_id).name = NAME
    opened(agent, conversation_id).get_by_role("button", name="Take it").click()
    expect(box(agent)).to_have_attribute("aria-label", "Reply")
    return conversation_id


def test_two_agents_and_a_shopper_see_what_each_other_does(
    desk: Desk, agent: Come, new_page: NewPage, waits: Waits
) -> None:
    lan = waits("Where is my parcel?")
    ada, ben, shopper = agent("Ada"), agent("Ben"), chat_of(new_page, lan)
    conversation_id = taken(desk, ada, lan)
    opened(ben, conversation_id)
    expect(ada.locator(".looking")).to_contain_text("Ben")
    expect(ben.locator(".looking")).to_contain_text("Ada")

    # All three write: the shopper learns of her agent only, the agents of everybody.
    box(ben).type("do not promise")
    expect(ada.locator(".collision")).to_contain_text("Ben")
    expect(shopper.locator(".foot")).to_contain_text("Ada is answering")
    box(ada).type("I look")
    expect(shopper.locator(".foot")).to_contain_text("Ada is writing")
    box(ada).type(" at once")  # who does not go on is soon not writing any more
    expect(ben.locator(".collision")).to_contain_text("Ada is writing a reply")
    shopper.locator("textarea").type("It is to")
    expect(ada.locator("desk-thread .typing")).to_contain_text("is writing")

    # A note stays inside; a reply is seen at once, can be taken back, and is read.
    ben.keyboard.press("Control+Enter")
    expect(ada.locator(".message.note")).to_contain_text("do not promise")
    without_undo(ada)
    box(ada).fill("**Soon** [here](https://evil.example)\n<img src=x onerror=alert(1)>")
    ada.keyboard.press("Control+Enter")
    said = shopper.locator("faqdesk-message").last
    expect(said.locator("strong")).to_have_text("Soon")
    expect(said).to_contain_text("(evil.example)")
    expect(said.locator("img")).to_have_count(0)
    expect(ada.locator(".state.read")).to_contain_text("Read")
    expect(shopper.locator("faqdesk-chat")).not_to_contain_text("do not promise")

    # Files both ways: shown where they are pictures, refused where they could run.
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), (200, 30, 30)).save(drawn, "PNG")
    picture: FilePayload = {"name": "torn.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
    shopper.set_input_files("input[type=file]", [picture])
    expect(shopper.locator(".tray img")).to_be_visible()
    shopper.locator("textarea").press("Enter")
    shown = ada.locator("desk-log img")
    expect(shown).to_have_js_property("naturalWidth", 60)
    expect(shown).to_have_attribute("alt", "torn.png")
    letter: FilePayload = {"name": "label.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n"}
    ada.set_input_files("desk-composer input[type=file]", [letter])
    expect(ada.locator("desk-composer a.file")).to_contain_text("label.pdf")  # it is there, not on its way
    box(ada).fill("Print this")
    ada.keyboard.press("Control+Enter")
    expect(shopper.locator("faqdesk-file").last).to_contain_text("label.pdf")
    # Nobody is left out: notes, ticks, files and whatever opens above the box, in both themes.
    for dark in (False, True):
        ada.emulate_media(color_scheme="dark" if dark else "light")
        for name in ("Emoji", "Canned answers", "Articles", "Preview", "Change"):
            ada.get_by_role("button", name=name).click()
            assert complaints(ada) == [], name
    ben.close()
    expect(ada.locator(".looking")).to_have_count(0, timeout=30_000)


def test_a_reply_is_filled_looked_over_held_kept_and_never_doubled(desk: Desk, agent: Come, waits: Waits) -> None:
    lan = waits("Where is my parcel?")
    ada = agent("Ada")
    conversation_id = taken(desk, ada, lan)
    with desk.database.write() as session:
        lead = session.query(Agent).first()
        assert lead is not None
        lead.role = "lead"
        for shortcut, language, text in (
            ("late", "en", "Hello {name}, {order_number} is late."),
            ("thanks", "en", "Thank you for your patience."),
            ("gracias", "es", "Gracias por la paciencia."),
        ):
            canned.add(session, lead, shortcut, language, shortcut.title(), text, None, desk.now())

    # One of her own, called as everybody's is.
    own = ada.context.new_page()
    own.goto("/desk/canned")
    own.get_by_text("New answer").click()
    for label, value in (("Shortcut", "late"), ("Title", "Sorry"), ("Text", "I am sorry, {first_name}.")):
        own.get_by_label(label).first.fill(value)
    own.get_by_label("For").first.select_option("Only me")
    own.get_by_role("button", name="Add").click()
    expect(own.locator(".card", has_text="Sorry")).to_contain_text("Mine")
    own.close()

    # Chosen by typing, seen before it is inserted, in the shopper's language and her own first.
    ada.reload()
    box(ada).type("/")
    expect(ada.get_by_role("option")).to_have_text(
        ["/lateSorryMine", "/lateLate", "/thanksThanks", "/graciasGraciases"], use_inner_text=False
    )
    ada.keyboard.type("la")
    expect(ada.locator(".halves .preview")).to_contain_text("I am sorry, ")
    ada.keyboard.press("ArrowDown")
    expect(ada.locator(".halves mark")).to_have_text("{order_number}")
    ada.keyboard.press("Enter")
    filled = "Hello Nguyễn Thị Bích Ngọc <b>(agent)</b>, {order_number} is late."
    expect(box(ada)).to_have_value(filled)

    # What is not filled does not go out; the words say what to do, and the place is marked.
    ada.keyboard.press("Control+Enter")
    expect(ada.get_by_role("alert")).to_contain_text("Fill in {order_number} first")
    ada.keyboard.type("CS-1001")
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("desk-outgoing")).to_contain_text("Sending in")
    ada.get_by_role("button", name="Undo").click()
    expect(box(ada)).to_have_value(filled.replace("{order_number}", "CS-1001"))
    assert lan.texts("agent") == []

    # A hint is no block. What is held then is looked at for longer than five seconds on a slow machine.
    undo_within(ada, "10 s")
    box(ada).fill("This is your own fault")
    ada.keyboard.press("Control+Enter")
    expect(ada.get_by_role("alert")).to_contain_text("may sound rude")
    box(ada).fill("")
    ada.keyboard.type("/thanks")
    expect(ada.get_by_role("option")).to_have_count(1)
    ada.keyboard.press("Tab")
    ada.keyboard.press("Control+Enter")
    expect(ada.get_by_role("alert")).to_contain_text("nothing for this shopper")
    ada.get_by_role("button", name="Send anyway").click()
    expect(ada.locator("desk-outgoing")).to_contain_text("Sending in")

    # Looking at another conversation meanwhile changes nothing about what is held.
    ada.evaluate("id => (location.hash = id)", waits("And mine?").conversation_id)
    expect(ada.locator("desk-log")).to_contain_text("And mine?")
    ada.evaluate("id => (location.hash = id)", conversation_id)
    expect(ada.locator("desk-outgoing")).to_have_count(1)
    expect(box(ada)).to_have_value("")

    # Leaving the page sends at once; what was only written is a draft when one comes back.
    box(ada).type("and then")
    ada.goto("/chat")
    lan.hears("Thank you for your patience.")
    opened(ada, conversation_id)
    expect(box(ada)).to_have_value("and then")
    expect(ada.locator("desk-outgoing")).to_have_count(0)
    assert lan.texts("agent") == ["Thank you for your patience."]

    # Without a line it waits, visibly, and goes out once when there is one.
    without_undo(ada)
    ada.context.set_offline(True)
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("desk-outgoing")).to_contain_text("No connection")
    ada.context.set_offline(False)
    lan.hears("and then")
    expect(ada.locator("desk-outgoing")).to_have_count(0)
    assert lan.texts("agent").count("and then") == 1

    # What the desk refuses is in the box again, with the reason.
    ada.route("**/reply", lambda route: route.fulfill(status=409, json={"detail": "somebody else was faster"}))
    box(ada).type("too late")
    ada.keyboard.press("Control+Enter")
    expect(ada.get_by_role("alert")).to_contain_text("Not sent: Somebody else was faster")
    expect(box(ada)).to_have_value("too late")

    # Signing out leaves nothing behind.
    ada.locator("desk-me summary").click()
    ada.get_by_role("button", name="Sign out").click()
    ada.wait_for_selector("#email")
    kept = ada.evaluate("Object.keys(localStorage).filter(key => /draft|outgoing/.test(key))")
    assert kept == []


def test_what_did_not_arrive_is_said_beside_it_and_sent_again(
    desk: Desk, agent: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = agent("Ada")
    with desk.database.write() as session:
        holder = session.scalars(select(Agent)).one()
        identity = conversations.ensure_identity(session, "whatsapp", "84901234567", "Minh", desk.now())
        identity.wrote_at = desk.now() - timedelta(hours=23)
        conversation = conversations.begin(session, identity.id, "vi", desk.now())
        conversation_id = conversation.id
        content = {"type": "text", "text": "it is broken", "attachments": [file_fetches.placeholder(PHOTO)]}
        conversations.add_message(session, conversation, "shopper", content, desk.now())
    desk_acts = Acts(desk.database, desk.handoff, Wording.load(WORDS), "Casa Sen")
    desk_acts.claim(conversation_id, holder.id, desk.now())
    desk_acts.reply(conversation_id, holder.id, "Your parcel is here", None, desk.now())
    opened(ada, conversation_id)
    expect(ada.locator(".state.onway")).to_contain_text("On its way")
    with desk.database.write() as session:
        conversations.lock(session, conversation_id)
        for row in session.scalars(select(Outbox)):
            row.state, row.why, row.error = "dead", "shopper", "Forbidden: bot was blocked by the user"
            outbox.tell(session, row, "dead", desk.now())
    opened(ada, conversation_id)
    expect(ada.locator(".failure").last).to_contain_text(
        "Not delivered: the shopper cannot be reached there any more, or does not want to be (Forbidden: bot was blocked"
    )
    # A file that the channel's provider still has is coming, until an event brings it.
    expect(ada.locator(".file.coming")).to_contain_text("Coming in")
    comes(desk, picture())
    ada.get_by_role("button", name="Send again").last.click()
    expect(ada.locator(".state.onway")).to_contain_text("On its way")
    expect(ada.get_by_role("img", name="photo.png")).to_be_visible()
    expect(ada.locator(".file.coming")).to_have_count(0)
    with desk.database.write() as session:  # the provider's word can overtake our own
        conversations.lock(session, conversation_id)
        for row in session.scalars(select(Outbox)):
            outbox.tell(session, row, "read", desk.now())
            outbox.tell(session, row, "sent", desk.now())
    opened(ada, conversation_id)
    expect(ada.locator(".state.read")).to_have_count(1)

    # Free text has an end, and files go until then; after it templates are offered, and the desk takes nothing else.
    expect(ada.locator(".kinds .window")).to_contain_text("Free text until")
    # Where replies cost the shop after a while, she is told before she writes.
    ends = {"until": desk.now() + timedelta(minutes=30), "paid_until": desk.now() + timedelta(days=6)}
    free = {"left": 2} | {name: at.isoformat() for name, at in ends.items()}
    by_channel = windows._free
    monkeypatch.setattr(windows, "_free", lambda *_: free)
    ada.reload()
    expect(ada.locator(".kinds .window")).to_contain_text("2 free replies left, until")
    free["left"] = 0
    ada.reload()
    expect(ada.locator(".kinds .costs")).to_contain_text("The free replies are used up")
    free |= {"left": 2, "until": desk.now().isoformat()}
    ada.reload()
    expect(ada.locator(".kinds .costs")).to_contain_text("The time for free replies is over. Each reply until")
    file: FilePayload = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}
    ada.set_input_files("desk-composer input[type=file]", [file])
    expect(ada.locator("desk-composer .files")).to_contain_text("a.txt")
    desk.ahead = timedelta(hours=2)
    csrf = json.loads(ada.locator("faqdesk-desk").get_attribute("setup") or "{}")["csrf"]
    late = ada.request.post(
        f"/desk/api/conversations/{conversation_id}/reply",
        data={"text": "typed before, sent after", "client_id": "abcdefgh"},
        headers={"x-csrf": csrf, "origin": desk.url},
    )
    assert (late.status, late.json()["detail"]["reason"]) == (422, "window_over")
    with desk.database.write() as session:
        with_window = replace(desk_acts, windows={"whatsapp": Window(timedelta(hours=24))}.get)
        with_window.notice(session, conversations.lock(session, conversation_id), "back_to_bot", desk.now())
    ada.reload()
    expect(ada.locator(".templates .over")).to_contain_text("paid ones are switched off; an admin can allow them")
    monkeypatch.setattr(windows, "_free", by_channel)
    ada.reload()
    expect(ada.get_by_text("The shopper wrote too long ago")).to_be_visible()
    expect(ada.locator("desk-log .unsent").last).to_contain_text("Not sent: the shopper wrote too long ago")
    expect(box(ada)).to_have_count(0)
    ada.get_by_label("name", exact=True).fill("Minh")
    ada.get_by_label("order", exact=True).fill("A-1")
    ada.get_by_role("button", name="Send template").click()
    expect(ada.locator("desk-log")).to_contain_text("Hello Minh, your parcel A-1 is back with us.")
    expect(ada.get_by_label("order", exact=True)).to_have_value("")
    ada.get_by_role("button", name="Note").click()
    expect(box(ada)).to_be_visible()


def comes(desk: Desk, data: bytes) -> None:
    """What the worker for files does with the photo that is coming."""
    with desk.database.write() as session:
        said = session.scalars(select(Message).where(Message.author == "shopper")).one()
        conversations.lock(session, said.conversation_id)
        file_fetches.owe(session, said, "nowhere", [(PHOTO, said.content["attachments"][0])], desk.now())
        (fetch,) = file_fetches.take(session, desk.now(), 1)
        assert file_fetches.came(session, fetch, examine(data, fetch.name, 100_000), desk.now())


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


def test_a_long_story_keeps_its_place_and_long_words_fold(desk: Desk, agent: Come, waits: Waits) -> None:
    lan = waits("Where is my parcel?")
    conversation_id = lan.conversation_id
    with desk.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        for number in range(400):
            content = {"type": "text", "text": f"line {number}" if number != 399 else "word " * 1000}
            conversations.add_message(session, conversation, "shopper", content, desk.now())
    ada = opened(agent("Ada"), conversation_id)
    log = ada.locator("desk-log")
    expect(log.get_by_text("line 398", exact=True)).to_be_in_viewport()
    fold = ada.get_by_role("button", name="Show all of it")
    folded = ada.locator(".text.folded").bounding_box()
    assert folded is not None
    assert folded["height"] < 300
    fold.click()
    expect(ada.get_by_role("button", name="Show less")).to_be_visible()
    expect(log.get_by_text("line 200", exact=True)).to_have_count(0)
    mark = log.locator("desk-message").first.locator(".line")
    mark.scroll_into_view_if_needed()
    words = mark.inner_text()
    expect(log.get_by_text("line 200", exact=True)).to_have_count(1)
    expect(log.get_by_text(words, exact=True)).to_be_in_viewport()

    # What comes now does not move what is read; it says that it is there.
    lan.send(text="are you there?")
    ada.get_by_role("button", name="1 new message").click()
    expect(log.get_by_text("are you there?", exact=True)).to_be_in_viewport()
