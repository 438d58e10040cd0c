"""The chat on a page of another origin, under the strictest policy that the guide allows: a shopper's story, start to end."""

import hashlib
import hmac
import re
import uuid

from playwright.sync_api import Browser, expect

from tests.browsers import NewPage
from tests.desk.chat.talk import SECRET, WAIT, at_shop, launcher, message, say, signed, violations
from tests.integration.harness import Console, Desk, wait_for
from tests.standins.engine import EngineStandin, article, handoff
from tests.standins.shop_page import ShopPage


def test_a_shopper_from_the_first_question_to_her_rating(
    new_page: NewPage, shop: ShopPage, desk: Desk, engine: EngineStandin
) -> None:
    engine.on("how long does delivery take", article("How long delivery takes", "Two to **four** days."))
    engine.on("Talk to a person", handoff("Talk to a person"))
    page = at_shop(new_page(), shop)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    # By keyboard: past the page's own link to the button, and into the chat, which is fetched only now.
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(launcher(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("faqdesk-chat textarea")).to_be_focused()
    assert [url for url in asked if "panel.js" in url]
    assert violations(page) == []
    page.keyboard.type("how long does delivery take")
    page.keyboard.press("Enter")
    card = message(page, "Did this help?")
    expect(card.get_by_role("link", name="Open as a page")).to_have_attribute("href", re.compile("^http.*/help/"))

    # A person: the place in line, then her name; with the chat closed the reply is counted on the button.
    page.get_by_role("button", name="Talk to a person").click()
    expect(page.locator("faqdesk-queue")).to_contain_text("Waiting for a person (1)")
    ada = Console(desk, "Ada")
    (conversation_id,) = ada.rows("queue")
    ada.act(conversation_id, "claim")
    expect(page.locator("faqdesk-chat .foot")).to_contain_text("Ada is answering")
    # What she wrote is marked as a person's now, and as read when Ada has seen it; nobody asks for that, it is told.
    tick = message(page, "Talk to a person").locator(".tick")
    expect(tick).to_have_accessible_name("Delivered to a person")
    seq = ada.reads(conversation_id)["last"]
    for _ in range(2):
        assert ada.act(conversation_id, "read", seq=seq).status_code == 204
    expect(tick).to_have_accessible_name("Read by a person")
    assert violations(page) == []
    told = [event for event in ada.reads(conversation_id)["events"] if event["kind"] == "seen"]
    assert len(told) == 1, "told once"
    page.keyboard.press("Escape")
    expect(launcher(page)).to_be_focused()
    ada.act(conversation_id, "reply", text="It leaves today")
    expect(launcher(page)).to_have_accessible_name(re.compile("Open the chat, [1-9] new"))

    # Another page of the shop: the count is still there, and so is the story.
    page.reload()
    page.evaluate(WAIT)
    expect(launcher(page).locator("b")).to_have_text(re.compile("[1-9]"))
    launcher(page).click()
    expect(message(page, "It leaves today")).to_be_visible()
    expect(launcher(page).locator("b")).to_have_text("")

    # Without a network, and with the page gone before it is back: kept, and sent once.
    page.context.set_offline(True)
    say(page, "thank you so much")
    expect(page.locator("faqdesk-chat")).to_contain_text("No connection")
    page.close()
    page.context.set_offline(False)
    page = page.context.new_page()
    at_shop(page, shop)
    launcher(page).click()
    expect(message(page, "thank you so much")).to_contain_text("Delivered to a person")
    wait_for("her words", lambda: "thank you so much" in desk.texts(conversation_id))
    assert desk.texts(conversation_id).count("thank you so much") == 1

    # Settled, and rated with a few words.
    ada.act(conversation_id, "resolve")
    stars = page.locator("faqdesk-rating").get_by_role("button")
    expect(stars).to_have_count(5)
    stars.nth(3).click()
    expect(stars.nth(3)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Add a few words").click()
    expect(page.locator("faqdesk-chat")).to_contain_text("Write it in one message")
    say(page, "Ada was quick")
    expect(page.locator("faqdesk-chat")).to_contain_text("the team reads this")
    told = [event for event in ada.reads(conversation_id)["events"] if event["kind"] == "rated"]
    assert [(event["score"], event["comment"]) for event in told] == [(4, ""), (4, "Ada was quick")]
    assert desk.conversation(conversation_id).owner == "closed"
    assert violations(page) == []


def test_who_does_not_want_to_wait_on_a_phone_in_vietnamese(
    new_page: NewPage, shop: ShopPage, desk: Desk, engine: EngineStandin
) -> None:
    engine.on("Gặp nhân viên", handoff("Gặp nhân viên"))
    page = at_shop(new_page(width=390, height=844, dark=True), shop, language="vi")
    chat = page.locator("faqdesk-chat")
    launcher(page).click()

    # A call, by keyboard from the menu, before anybody waits: the desk asks, and with the number it goes to people.
    menu = page.get_by_role("button", name="Thêm", exact=True)
    menu.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Gặp nhân viên")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(chat).to_contain_text("gọi số nào")
    expect(page.locator("faqdesk-chat textarea")).to_be_focused()
    say(page, "0912 345 678 chiều mai")
    expect(chat).to_contain_text("Đã ghi lại")
    expect(page.locator("faqdesk-queue")).to_contain_text("(1)")

    # A message instead, with what is missing said beside its field; the answer goes to the address, and she need not wait.
    page.locator("faqdesk-queue").get_by_role("button").click()
    form = page.locator("faqdesk-leaving")
    expect(form.locator("textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    menu.press("Enter")
    page.get_by_role("menuitem", name="Để lại lời nhắn").click()
    form.locator("textarea").fill("Đèn bị vỡ khi giao hàng, mình muốn đổi cái khác")
    form.get_by_label("Địa chỉ email").fill("lan")
    form.get_by_role("button", name="Gửi lời nhắn").click()
    expect(form.get_by_role("alert")).to_contain_text("email")
    expect(form.get_by_label("Địa chỉ email")).to_be_focused()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    form.get_by_label("Địa chỉ email").fill("lan@home.example")
    page.keyboard.press("Enter")
    expect(form).to_have_count(0)
    expect(page.locator("faqdesk-queue")).to_contain_text("lan@home.example")
    expect(message(page, "Đèn bị vỡ")).to_be_visible()
    assert violations(page) == []


def test_a_user_on_two_devices_and_whoever_comes_after_her(new_page: NewPage, shop: ShopPage, desk: Desk) -> None:
    lan = signed(uuid.uuid4().hex)
    laptop = at_shop(new_page(), shop)
    laptop.evaluate("faqdesk.open('said before she signed in')")
    expect(message(laptop, "You said: said before")).to_be_visible()
    laptop.evaluate("(user) => faqdesk.setUser(user)", lan)
    expect(message(laptop, "You said: said before")).to_be_visible()

    phone = at_shop(
        new_page(width=390, height=844), shop, f'data-user="{lan["id"]}" data-signature="{lan["signature"]}"'
    )
    phone.evaluate("faqdesk.open()")
    expect(message(phone, "You said: said before")).to_be_visible()
    say(phone, "and from the phone")
    expect(message(laptop, "You said: and from the phone")).to_be_visible()

    laptop.evaluate("faqdesk.reset()")
    assert laptop.evaluate("localStorage.getItem('faqdesk')") is None
    laptop.evaluate("faqdesk.open()")
    expect(laptop.locator("faqdesk-chat .empty")).to_be_visible()
    laptop.evaluate("(user) => faqdesk.setUser(user)", signed(uuid.uuid4().hex))
    say(laptop, "somebody else now")
    expect(message(laptop, "You said: somebody else now")).to_be_visible()
    expect(laptop.locator("faqdesk-chat")).not_to_contain_text("from the phone")
    expect(phone.locator("faqdesk-chat")).not_to_contain_text("somebody else")


def test_a_signature_that_is_over_is_refused_in_clear_words(chromium: Browser, shop: ShopPage, desk: Desk) -> None:
    context = chromium.new_context(base_url=shop.origin)
    signature = hmac.new(SECRET.encode(), b"42\n1700000000", hashlib.sha256).hexdigest()
    data = f'data-user="42" data-user-expires="1700000000" data-signature="{signature}"'
    page = at_shop(context.new_page(), shop, data)
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.evaluate("faqdesk.open()")
    expect(page.locator("faqdesk-chat")).to_contain_text("has run out here. Load the page again")
    assert any("the signature has expired" in line for line in logged)
    soon = int(desk.now().timestamp()) + 600
    signature = hmac.new(SECRET.encode(), f"42\n{soon}".encode(), hashlib.sha256).hexdigest()
    page.evaluate("(user) => faqdesk.setUser(user)", {"id": "42", "signature": signature, "expires": soon})
    say(page, "here I am")
    expect(message(page, "You said: here I am")).to_be_visible()
    context.close()


def test_on_a_phone_in_the_dark_in_vietnamese_and_from_right_to_left(new_page: NewPage, shop: ShopPage) -> None:
    page = new_page(width=390, height=844, dark=True)
    data = 'data-theme="dark" data-dir="rtl" data-accent="#7a2" data-accent-text="#fff"'
    at_shop(page, shop, data, language="vi")
    box = launcher(page).bounding_box()
    assert box is not None
    assert box["x"] < 100, "at the end of the line, which is left here"

    launcher(page).click()
    expect(page.locator("faqdesk-chat textarea")).to_have_attribute("placeholder", "Nhập tin nhắn")
    expect(page.locator("faqdesk-panel dialog")).to_have_js_property("clientWidth", 390)
    for _ in range(12):  # all around, and never out to the page behind
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || Boolean(document.activeElement.shadowRoot)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []

    page.evaluate("faqdesk.locale('es')")
    expect(page.locator("faqdesk-chat textarea")).to_have_attribute("placeholder", "Escribe un mensaje")
    page.get_by_role("button", name="Cerrar el chat").click()
    expect(launcher(page)).to_be_focused()
    expect(page.locator("faqdesk-panel dialog")).to_be_hidden()


def test_at_the_other_corner_without_motion_and_by_mail(new_page: NewPage, shop: ShopPage) -> None:
    page = new_page(zone="Asia/Tokyo")
    page.emulate_media(reduced_motion="reduce")
    at_shop(page, shop, 'data-position="start"')
    with page.expect_request(re.compile(r"/config\?.*zone=Asia%2FTokyo")):  # its head says hours by her clock
        launcher(page).click()
    box = launcher(page).bounding_box()
    panel = page.locator("faqdesk-panel dialog")
    assert box is not None
    assert box["x"] == 20
    assert panel.bounding_box() == {"x": 20, "y": 900 - 88 - 640, "width": 380, "height": 640}
    assert panel.evaluate("(dialog) => getComputedStyle(dialog).animationName") == "none"
    say(page, "hello")
    expect(message(page, "You said: hello")).to_be_visible()
    assert message(page, "hello").evaluate("(line) => line.getAnimations({ subtree: true }).length") == 0

    # In a low window the panel leaves room for the button.
    page.set_viewport_size({"width": 1440, "height": 500})
    expect(panel).to_have_js_property("offsetHeight", 500 - 108)

    menu = page.get_by_role("button", name="More", exact=True)
    menu.click()
    page.get_by_role("menuitem", name="Send this chat by e-mail").click()
    form = page.locator("faqdesk-transcript")
    expect(form.get_by_label("Your e-mail address")).to_be_focused()
    page.keyboard.type("lan")
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("That is not an e-mail address")
    assert violations(page) == []
    page.route(
        "**/api/chat/transcript", lambda route: route.fulfill(status=204, headers={"access-control-allow-origin": "*"})
    )
    page.keyboard.type("@home.example")
    page.keyboard.press("Enter")
    expect(form.get_by_role("status")).to_have_text("Sent to lan@home.example.")
    form.get_by_role("button", name="Close").click()
    expect(menu).to_be_focused()
