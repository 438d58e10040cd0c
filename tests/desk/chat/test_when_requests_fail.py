"""What the chat does when an answer is late, lost or a refusal: nothing that she wrote is lost, and nobody sees another's."""

import json
import re
import uuid
from collections.abc import Callable, Sized
from datetime import timedelta

from playwright.sync_api import FilePayload, Page, Request, Route, WebSocketRoute, expect

from handoff import visitors
from tests.browsers import NewPage
from tests.desk.chat.talk import WAIT, at_shop, launcher, message, say, signed
from tests.integration.harness import Console, Desk, Visitor, wait_for
from tests.standins.engine import EngineStandin, handoff
from tests.standins.shop_page import ShopPage

Act = Callable[[Route], None]
# As when she turns to another tab, or back.
HIDDEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
FILES: list[FilePayload] = [
    {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": name.encode()} for name in ("one", "two")
]


def goes_on(route: Route) -> None:
    route.continue_()


def breaks(route: Route) -> None:
    route.abort()


def comes_and_is_lost(route: Route) -> None:
    """The desk does what it is asked for; its answer does not arrive."""
    route.fetch()
    route.abort()


def says(status: int) -> Act:
    return lambda route: route.fulfill(status=status, headers={"access-control-allow-origin": "*"}, json={})


def first(page: Page, path: str, *acts: Act, method: str = "") -> list[Request]:
    """The first requests to a path of the chat end so, all later ones as usual; returns them as they come."""
    seen: list[Request] = []

    def one(route: Route) -> None:
        if route.request.method == "OPTIONS" or method not in ("", route.request.method):
            return route.fallback()
        seen.append(route.request)
        return acts[len(seen) - 1](route) if len(seen) <= len(acts) else route.fallback()

    page.route(f"**/api/chat/{path}*", one)
    return seen


def soon(page: Page) -> None:
    """What is tried again after a while is tried now."""
    page.clock.fast_forward(10_000)


def opened(page: Page) -> Page:
    page.evaluate("faqdesk.open()")
    expect(page.locator("faqdesk-chat textarea")).to_be_visible()
    return page


def attach(page: Page) -> None:
    page.locator("faqdesk-composer input[type=file]").set_input_files(FILES)


def held(page: Page, path: str) -> list[Route]:
    """Requests to a path wait until the test lets them go."""
    routes: list[Route] = []
    page.route(f"**/api/chat/{path}*", lambda route: routes.append(route))
    return routes


def waits_for(page: Page, asked: Sized, count: int = 1) -> None:
    for _ in range(200):  # the browser's events come while Playwright waits
        if len(asked) >= count:
            return
        page.wait_for_timeout(20)
    raise AssertionError("it was never asked for")


def with_person(page: Page, desk: Desk, engine: EngineStandin, asks: str) -> tuple[Console, str]:
    """She is talking to Ada; returns Ada and the conversation."""
    engine.on(asks, handoff(asks))
    ada = Console(desk, "Ada")
    before = set(ada.rows("queue"))
    say(page, asks)
    expect(page.locator("faqdesk-queue")).to_be_visible()
    (conversation_id,) = set(ada.rows("queue")) - before
    ada.act(conversation_id, "claim")
    expect(page.locator("faqdesk-chat .foot")).to_contain_text("Ada is answering")
    return ada, conversation_id


def test_a_user_is_signed_in_before_anything_is_said_in_her_name(
    rough_page: NewPage, shop: ShopPage, desk: Desk
) -> None:
    page = rough_page()
    page.clock.install()
    at_shop(page, shop)
    page.evaluate("faqdesk.open('before she signed in')")
    expect(message(page, "You said: before she")).to_be_visible()

    sign_ins = first(page, "visitors", breaks, says(429), method="POST")
    sent = first(page, "messages", method="POST")
    lan = signed(uuid.uuid4().hex)
    page.evaluate("(user) => { faqdesk.setUser(user) }", lan)
    say(page, "as whom is this")
    for tries in (1, 2):
        waits_for(page, sign_ins, tries)
        soon(page)
    expect(message(page, "You said: as whom is this")).to_be_visible()
    expect(message(page, "You said: before she")).to_be_visible()
    kept = json.loads(page.evaluate("localStorage.faqdesk"))
    assert kept["user"] == lan["id"]
    assert len(sign_ins) == 3
    assert [request.headers["authorization"] for request in sent] == [f"Bearer {kept['token']}"]

    # Her token ends; her signature holds, and so does her story.
    with desk.database.write() as session:
        visitors.leave(session, kept["token"])
    opened(at_shop(page, shop, f'data-user="{lan["id"]}" data-signature="{lan["signature"]}"'))
    expect(message(page, "You said: as whom is this")).to_be_visible()


def test_what_is_refused_or_too_much_holds_nothing_else_up(rough_page: NewPage, shop: ShopPage, desk: Desk) -> None:
    page = rough_page()
    page.clock.install()
    opened(at_shop(page, shop))
    admitted = first(page, "visitors", method="POST")
    attach(page)
    expect(page.locator("faqdesk-composer faqdesk-file button.file")).to_have_count(2)
    sent = first(page, "messages", goes_on, says(422), method="POST")
    say(page, "my bowl came broken")
    expect(message(page, "You said: my bowl")).to_be_visible()
    expect(page.locator("faqdesk-message faqdesk-file")).to_have_count(2)
    assert len(admitted) == 1, "two files at once, and one visitor"

    say(page, "nobody can read this")
    say(page, "and this is fine")
    expect(message(page, "You said: and this is fine")).to_be_visible()
    page.get_by_role("button", name="Not sent. Press to try again.").click()
    expect(message(page, "You said: nobody can read this")).to_be_visible()

    busy = True
    page.route("**/api/chat/messages", lambda route: says(429)(route) if busy else route.fallback())
    for words in ("one", "two", "three"):
        say(page, f"part {words}")
    expect(page.locator("faqdesk-chat")).to_contain_text("It goes out by itself in a moment")
    busy = False
    soon(page)
    expect(message(page, "You said: part three")).to_be_visible()
    expect(page.locator("faqdesk-chat")).not_to_contain_text("It goes out by itself")
    said = [json.loads(request.post_data or "")["text"] for request in sent]
    assert said[-3:] == ["part one", "part two", "part three"]


def test_a_reply_and_a_call_whose_answers_were_lost(
    rough_page: NewPage, shop: ShopPage, desk: Desk, engine: EngineStandin
) -> None:
    page = rough_page()
    page.clock.install()
    opened(at_shop(page, shop))
    ada, conversation_id = with_person(page, desk, engine, "somebody about the call")
    looks = first(page, "events", says(503), breaks)
    ada.act(conversation_id, "reply", text="here is the reply")
    for tries in (1, 2):
        waits_for(page, looks, tries)
        soon(page)
    expect(message(page, "here is the reply")).to_be_visible()
    expect(page.locator("faqdesk-chat")).not_to_contain_text("No connection")

    ada.act(conversation_id, "resolve")
    asked = first(page, "call", breaks, comes_and_is_lost, method="POST")
    for tries in (1, 2):
        page.get_by_role("button", name="More", exact=True).click()
        with page.expect_event("requestfailed", lambda request: request.url.endswith("/call")):
            page.get_by_role("menuitem", name="Ask for a call").click()
        expect(page.locator("faqdesk-chat p.notice")).to_have_count(2 - tries)
    expect(message(page, "Please call me")).to_be_visible()
    assert len({json.loads(request.post_data or "")["client_id"] for request in asked}) == 1


def test_nothing_of_hers_is_left_for_the_next(rough_page: NewPage, shop: ShopPage, desk: Desk) -> None:
    page = opened(at_shop(rough_page(), shop))
    say(page, "hello")
    expect(message(page, "You said: hello")).to_be_visible()
    coming = held(page, "files")
    attach(page)
    waits_for(page, coming)
    field = page.locator("faqdesk-chat textarea")
    field.fill("my card number is 4111")
    page.evaluate("faqdesk.reset()")
    page.evaluate("(user) => faqdesk.setUser(user)", signed(uuid.uuid4().hex))
    opened(page)
    expect(field).to_have_value("")
    expect(page.locator("faqdesk-composer faqdesk-file")).to_have_count(0)

    # Nor when the shop only says that somebody else is there.
    field.fill("and her pin is 1234")
    next_one = uuid.uuid4().hex
    page.evaluate("(user) => faqdesk.setUser(user)", signed(next_one))
    expect(field).to_have_value("")
    expect(page.locator("faqdesk-chat p.notice")).to_have_count(0)
    wait_for("her to be let in", lambda: next_one in page.evaluate("localStorage.getItem('faqdesk') ?? ''"))

    # Nor does an answer that was on its way bring her count back.
    visitor = Visitor(desk)
    visitor.says("more")
    page.evaluate("(token) => localStorage.setItem('faqdesk', JSON.stringify({ token, user: null }))", visitor.token)
    at_shop(page, shop)
    expect(launcher(page).locator("b")).to_have_text("2")
    looks = held(page, "launcher")
    page.evaluate("() => { faqdesk.locale('en') }")
    waits_for(page, looks)
    answer = looks[0].fetch()
    assert answer.json()["count"] == 2
    page.evaluate("faqdesk.reset()")
    with page.expect_response("**/api/chat/launcher*"):
        looks[0].fulfill(response=answer)
    expect(launcher(page).locator("b")).to_have_text("")
    expect(launcher(page)).to_have_accessible_name("Open the chat")


def test_earlier_messages_are_shown_once_and_to_nobody_else(
    rough_page: NewPage, shop: ShopPage, desk: Desk, engine: EngineStandin
) -> None:
    page = opened(at_shop(rough_page(), shop))
    ada, conversation_id = with_person(page, desk, engine, "somebody about last week")
    ada.act(conversation_id, "resolve")
    expect(page.locator("faqdesk-chat .foot")).to_contain_text("Closed")
    desk.ahead = timedelta(days=4)
    try:
        say(page, "back after four days")
        expect(message(page, "You said: back after")).to_be_visible()
        more = page.get_by_role("button", name="Show earlier messages")
        first(page, "earlier", breaks)
        more.click()
        expect(page.locator("faqdesk-chat p.notice")).to_contain_text("cannot be reached now")
        more.click()
        expect(more).to_have_count(0)
        expect(page.locator("faqdesk-chat .own .words", has_text="somebody about last week")).to_have_count(1)

        # Asked for by one, and come when somebody else is there.
        opened(at_shop(page, shop))
        coming = held(page, "earlier")
        more.click()
        waits_for(page, coming)
        page.unroute("**/api/chat/earlier*")
        page.evaluate("(user) => faqdesk.setUser(user)", signed(uuid.uuid4().hex))
        expect(message(page, "You said: back after")).to_be_visible()
        more.click()
        expect(page.locator("faqdesk-chat .own .words", has_text="somebody about last week")).to_have_count(1)
    finally:
        desk.ahead = timedelta()


def test_a_bad_moment_at_the_start_and_two_languages_at_once(rough_page: NewPage, shop: ShopPage) -> None:
    page = rough_page()
    shop.data, shop.language = "", "en"
    page.clock.install()
    looks = first(page, "launcher", breaks)
    page.goto("/")
    waits_for(page, looks)
    soon(page)
    page.evaluate(WAIT)
    assert len(looks) == 2

    # What a page wants to be asked is asked as soon as the chat is there.
    first(page, "config", breaks)
    page.evaluate("faqdesk.open('asked too early')")
    page.get_by_role("button", name="Try again").click()
    expect(message(page, "You said: asked too early")).to_be_visible()

    slow: list[Route] = []
    page.route(re.compile(r"/api/chat/(config|launcher)\?language=vi"), lambda route: slow.append(route))
    page.evaluate("() => { faqdesk.locale('vi'); faqdesk.locale('es') }")
    field = page.locator("faqdesk-chat textarea")
    expect(field).to_have_attribute("placeholder", "Escribe un mensaje")
    waits_for(page, slow, 2)
    for route in slow:
        with page.expect_response(route.request.url):
            route.continue_()
    expect(field).to_have_attribute("placeholder", "Escribe un mensaje")
    expect(launcher(page)).to_have_accessible_name("Cerrar el chat")


def test_a_socket_that_died_in_silence_and_a_tab_that_nobody_looks_at(
    rough_page: NewPage, desk: Desk, engine: EngineStandin
) -> None:
    page = rough_page()
    page.clock.install()
    sockets: list[WebSocketRoute] = []
    dead = False

    def joined(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        deaf = len(sockets) == 1
        server = socket.connect_to_server()
        server.on_message(lambda words: None if deaf and dead else socket.send(words))

    page.route_web_socket("**/api/chat/socket", joined)
    page.goto(f"{desk.url}/chat")
    ada, conversation_id = with_person(page, desk, engine, "somebody who is quiet")
    dead = True
    ada.act(conversation_id, "reply", text="are you still there")
    page.clock.fast_forward(90_000)
    expect(message(page, "are you still there")).to_be_visible()
    waits_for(page, sockets, 2)

    page.evaluate(HIDDEN, True)
    read = first(page, "read")
    ada.act(conversation_id, "reply", text="take your time")
    expect(message(page, "take your time")).to_be_attached()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert read == []
    with page.expect_request("**/api/chat/read"):
        page.evaluate(HIDDEN, False)
