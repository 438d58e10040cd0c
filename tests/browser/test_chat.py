"""The chat in a browser: the five paths as a shopper and an agent see them."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browsers import NewPage, sign_in
from tests.living_system import LivingSystem


def chat_at(page: Page) -> ChatPage:
    page.goto("/chat")
    page.wait_for_selector("faqdesk-chat textarea")
    return ChatPage(page)


def test_an_article_is_a_card_with_link_and_did_this_help(new_page: NewPage) -> None:
    chat = chat_at(new_page())

    chat.say("how long does delivery take")
    card = chat.message("Did this help?")
    expect(card.get_by_role("link", name="Open as a page")).to_have_attribute(
        "href", re.compile("/help/en/delivery-times$")
    )
    chat.press("Yes")

    expect(chat.message("Good to know")).to_be_visible()
    expect(card.get_by_role("button", name="Yes")).to_be_disabled()


def test_choices_stay_readable_after_the_choice(new_page: NewPage) -> None:
    chat = chat_at(new_page())
    chat.say("payment")
    question = chat.message("Which of these do you mean?")

    chat.press("Which cards do you take, and is it safe?")

    expect(chat.message("Did this help?")).to_be_visible()
    expect(question.get_by_role("button", name="Which cards do you take, and is it safe?")).to_have_class(
        re.compile("chosen")
    )


def test_an_order_is_a_card_with_its_steps(new_page: NewPage) -> None:
    chat = chat_at(new_page())
    chat.say("where is my order CS-204539")
    expect(chat.message("which e-mail address or phone number")).to_be_visible()

    chat.say("amelia.evans3@example.co.uk")
    card = chat.chat.locator("faqdesk-order")

    expect(card).to_contain_text("Your order is on its way")
    assert card.locator("ol li.done").all_inner_texts() == ["Received", "Packed", "Sent"]
    expect(card.get_by_role("link", name="Follow the parcel")).to_have_attribute("href", re.compile("^https://"))


def test_shopper_and_agent_see_each_other_at_once(new_page: NewPage, desk: Page) -> None:
    shopper = chat_at(new_page(width=390, height=844, language="vi"))
    head = shopper.chat.locator("header").bounding_box()
    assert head is not None
    assert head["height"] < 90, "the head takes two lines on a phone, not the screen"
    shopper.say("ship mất bao lâu vậy shop")
    shopper.say("cho mình gặp nhân viên")
    expect(shopper.chat).to_contain_text("Mình đã báo nhân viên")

    shopper.row(desk).click()
    expect(desk.locator("desk-thread .packet")).to_contain_text("Why this came to you")
    desk.get_by_role("button", name="Take it").click()
    expect(shopper.chat).to_contain_text("Admin đã vào")
    expect(desk.locator("desk-thread textarea")).to_be_focused()
    desk.keyboard.type("Chào bạn, mình xem ngay đây ạ")
    desk.keyboard.press("Control+Enter")
    desk.get_by_role("button", name="Send now").click()
    expect(shopper.message("mình xem ngay đây ạ")).to_be_visible()
    expect(shopper.chat.locator(".foot")).to_contain_text("Admin đang trả lời")

    shopper.say("dạ em cảm ơn")
    expect(desk.locator("desk-thread .message.shopper").last).to_contain_text("dạ em cảm ơn")
    desk.get_by_role("button", name="More acts").click()
    desk.get_by_role("menuitem", name="Give to the bot").click()
    expect(shopper.chat).to_contain_text("Bot đã trở lại")
    shopper.say("phí ship bao nhiêu")
    expect(shopper.message("Câu trả lời này có giúp được bạn không?")).to_be_visible()


def test_history_survives_a_reload(new_page: NewPage) -> None:
    page = new_page()
    chat = chat_at(page)
    chat.say("how long does delivery take")
    expect(chat.message("Did this help?")).to_be_visible()

    page.reload()

    expect(chat.message("how long does delivery take")).to_be_visible()
    expect(chat.message("Did this help?")).to_be_visible()


def test_what_is_written_without_a_network_is_kept_and_sent_once(new_page: NewPage) -> None:
    page = new_page()
    chat = chat_at(page)
    chat.say("hello")
    expect(chat.message("What can I help you with?")).to_be_visible()

    page.context.set_offline(True)
    chat.say("how long does delivery take")
    expect(chat.chat).to_contain_text("No connection")
    page.context.set_offline(False)

    expect(chat.message("Did this help?")).to_be_visible()
    assert chat.chat.locator(".own .words", has_text="how long does delivery take").count() == 1


def test_a_message_that_is_too_long_says_so_and_stays_in_the_box(new_page: NewPage) -> None:
    chat = chat_at(new_page())

    chat.say("a" * 5001)

    expect(chat.chat.get_by_role("alert")).to_contain_text("5001 of 5000")
    assert len(chat.chat.locator("textarea").input_value()) == 5001


def test_markup_is_text_for_shopper_and_agent(new_page: NewPage, desk: Page) -> None:
    chat = chat_at(new_page())
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"

    chat.say(hostile)
    expect(chat.message("<img src=x")).to_be_visible()
    chat.press("Talk to a person")
    chat.row(desk).click()

    expect(desk.locator("desk-thread .message.shopper").first).to_contain_text("<script>alert(2)</script>")
    assert desk.locator("desk-thread img").count() == 0


def test_an_unread_reply_is_counted_on_the_launcher(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")
    chat = ChatPage(page)
    chat.open()
    chat.say("how long does delivery take")
    page.keyboard.press("Escape")

    expect(chat.launcher.locator("b")).to_be_visible()
    chat.open()
    expect(chat.message("Did this help?")).to_be_visible()


def test_two_agents_and_one_chat(new_page: NewPage, desk: Page, living: LivingSystem) -> None:
    chat = chat_at(new_page())
    chat.say("I want to talk to a person")
    expect(chat.chat.locator("faqdesk-queue")).to_contain_text("Waiting for a person")
    second = sign_in(new_page(), *living.another_agent("Lan"))
    for page in (desk, second):
        chat.row(page).click()
        expect(page.get_by_role("button", name="Take it")).to_be_visible()

    desk.get_by_role("button", name="Take it").click()

    expect(second.get_by_role("button", name="Take it")).to_have_count(0)
    expect(second.locator("desk-thread .head")).to_contain_text("With Admin")


def test_the_waiting_time_runs_and_the_title_counts(new_page: NewPage, desk: Page) -> None:
    chat = chat_at(new_page())
    chat.say("I want to talk to a person")
    waits = chat.row(desk).locator(".time.waiting")
    first = waits.inner_text()

    expect(waits).not_to_have_text(first)
    assert re.match(r"\(\d+\) Desk", desk.title())


def test_a_note_is_yellow_and_for_the_team(new_page: NewPage, desk: Page) -> None:
    chat = chat_at(new_page())
    chat.say("I want to talk to a person")
    chat.row(desk).click()

    desk.locator("desk-thread textarea").fill("third complaint this week")
    desk.get_by_role("button", name="Save note").click()

    expect(desk.locator("desk-thread .message.note")).to_contain_text("third complaint")
    time.sleep(0.3)  # nothing may arrive: there is no event to wait for
    expect(chat.chat).not_to_contain_text("third complaint")
