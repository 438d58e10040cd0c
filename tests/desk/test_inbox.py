"""The inbox in a real browser: agents and shoppers at once, found and filtered, noticed, by keys, and after a break."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect
from sqlalchemy import select

from handoff import agent_sessions
from handoff.model import Agent, Callback
from handoff.reasons import REASONS
from tests.browsers import NewPage, pages, sign_in
from tests.desk.conftest import Waits
from tests.desk.thread_page import Late
from tests.integration.harness import PASSWORD, Desk, wait_for

AgentPage = Callable[..., Page]
# What a page would show to somebody who looks elsewhere, and the sockets that it has opened.
_WATCHED = """
window.notices = []; window.sockets = []; window.looks = true;
document.hasFocus = () => window.looks;
window.Notification = class {
  static permission = "default";
  static requestPermission = async () => (Notification.permission = "granted");
  constructor(title, { body, tag }) { window.notices.push({ title, body, tag, notice: this }); }
  close() {}
};
const Real = WebSocket;
window.WebSocket = class extends Real { constructor(...given) { super(...given); window.sockets.push(this); } };
"""


def rows(page: Page) -> Locator:
    return page.locator("#rows button.row")


def row(page: Page, words: str) -> Locator:
    return rows(page).filter(has_text=words)


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {[node['target'] for node in item['nodes']]}" for item in found]


def test_an_agent_is_reminded_of_a_call_and_an_overdue_one_is_first_in_line(
    desk: Desk, agent: AgentPage, waits: Waits
) -> None:
    other, lan = waits("An older question"), waits("Please ring me about the lamp")
    page = agent("Ada", script=_WATCHED)
    page.evaluate("localStorage.clear()")
    row(page, "ring me").click()
    page.get_by_role("button", name="Take it", exact=True).click()
    expect(page.locator("#tab-mine .count")).to_have_text("1")
    page.evaluate("Notification.permission = 'granted'; window.looks = false")
    page.evaluate("document.querySelector('faqdesk-desk').store.preferences.notices = true")

    with desk.database.write() as session:
        call = Callback(conversation_id=lan.conversation_id, phone="+84912345678", state="open", asked_at=desk.now())
        call.due_at = desk.now() + timedelta(minutes=5)
        session.add(call)
    expect(row(page, "ring me")).to_contain_text(re.compile(r"Call at \d"))
    titles = "(id) => window.notices.filter(({ tag }) => tag === id).map(({ title }) => title)"
    assert [one.startswith("The call to") for one in page.evaluate(titles, lan.conversation_id)] == [True]
    assert violations(page) == []

    with desk.database.write() as session:
        session.get_one(Callback, call.id).due_at = desk.now() - timedelta(minutes=11)
    page.locator("#tab-queue").click()
    expect(rows(page).first).to_contain_text("Call overdue")
    expect(rows(page).nth(1)).to_contain_text("An older question")
    assert lan.texts("desk")[-1].startswith("We have not called you in time")
    assert other.state()["place"]["position"] == 2


def test_two_agents_and_their_shoppers_share_one_live_list(agent: AgentPage, waits: Waits) -> None:
    lan = waits("Where is my parcel?")
    ada, ben = agent("Ada"), agent("Ben")
    for page in (ada, ben):
        expect(row(page, "Where is my parcel?")).to_have_class(re.compile("unread"))
        expect(page.locator("#tab-queue .count")).to_have_text("1")
        expect(row(page, "Where is my parcel?").locator(".time.waiting")).to_contain_text(re.compile(r"\d:\d\d"))
    row(ada, "Where is my parcel?").click()
    expect(row(ada, "Where is my parcel?")).not_to_have_class(re.compile("unread"))
    expect(row(ben, "Where is my parcel?")).to_have_class(re.compile("unread"))

    # While the pointer is over her list nothing in it moves; what is new waits behind a bar.
    ben.locator("#rows").hover()
    waits("Second question")
    expect(ben.locator(".fresh")).to_have_text("1 new")
    expect(rows(ben)).to_have_count(1)
    ada.get_by_role("button", name="Take it", exact=True).click()
    expect(row(ben, "Where is my parcel?")).to_contain_text("Moved on")
    ben.mouse.move(1000, 500)
    expect(rows(ben)).to_have_count(1)
    expect(row(ben, "Second question")).to_be_visible()

    # What the shopper writes is on the screen of whoever has her, at once, and nobody else is asked for.
    expect(ada.locator("#tab-mine")).to_have_attribute("aria-selected", "true")
    ben.locator("#tab-all").click()
    assert lan.send(text="And another thing").status_code == 202
    for page in (ada, ben):
        expect(row(page, "And another thing")).to_be_visible()
    expect(row(ben, "And another thing")).to_contain_text("With Ada")
    ben.get_by_role("button", name="Next", exact=True).click()
    expect(ben.locator("desk-thread h2")).to_be_visible()
    expect(ben.locator("#tab-mine .count")).to_have_text("1")
    expect(ben.locator(".load")).to_contain_text("1 / 1000")
    ben.get_by_role("switch", name="You take new conversations").click()
    expect(ben.locator(".status")).to_have_text("Away")


def test_an_answer_from_before_does_not_turn_the_agents_switch_back(agent: AgentPage, waits: Waits) -> None:
    lan = waits("Where is my parcel?")
    page = agent("Ada")
    expect(rows(page)).to_have_count(1)
    rows_before = Late(page, "**/desk/api/rows?*")
    assert lan.send(text="And another thing").status_code == 202
    assert rows_before.answer["me"]["available"] is True
    page.get_by_role("switch", name="You take new conversations").click()
    expect(page.locator(".status")).to_have_text("Away")

    rows_before.comes()
    expect(row(page, "And another thing")).to_be_visible()
    expect(page.locator(".status")).to_have_text("Away")
    page.get_by_role("switch", name="You take new conversations").click()
    expect(page.locator(".status")).to_have_text("Online")


def test_what_is_filtered_kept_as_a_view_and_found_again(agent: AgentPage, waits: Waits) -> None:
    waits("Where is my parcel?")
    waits("¿Dónde está mi lámpara?", "es")
    page = agent("Ada")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Filters").click()
    page.locator("select[name=language]").select_option("es")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Save as a view").click()
    page.get_by_label("Name of the view").fill("Spanish")
    page.keyboard.press("Enter")
    expect(page.locator(".chosen b")).to_have_text("Spanish")
    waits("one that is not hers to see here")
    expect(page.locator("#tab-queue .count")).to_have_text("3")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Show all").click()
    expect(rows(page)).to_have_count(3)

    page.reload()
    page.locator("desk-list summary").click()
    page.get_by_role("button", name="Spanish", exact=True).click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Rename this view").click()
    page.get_by_label("Name of the view").fill("In Spanish")
    page.keyboard.press("Enter")
    expect(page.locator(".chosen b")).to_have_text("In Spanish")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete this view").click()
    expect(page.locator(".chosen b")).to_have_text("Filtered")

    page.get_by_role("searchbox").fill("lampara")
    expect(page.locator("#rows mark")).to_have_text("lámpara")
    expect(rows(page)).to_have_count(1)
    rows(page).click()
    expect(page.locator("desk-thread .log")).to_contain_text("lámpara")
    page.get_by_role("searchbox").fill("<img src=x onerror=alert(1)> nothing")
    expect(page.locator("desk-list")).to_contain_text("Nothing found")
    page.keyboard.press("Escape")
    expect(page.get_by_role("tab")).to_have_count(3)


def test_hands_stay_on_the_keys_and_keys_can_be_switched_off(agent: AgentPage, waits: Waits) -> None:
    waits("First in line")
    waits("Second in line")
    page = agent("Ada")
    expect(rows(page)).to_have_count(2)
    for keys, words in (("Alt+j", "First"), ("Alt+j", "Second"), ("Alt+k", "First")):
        page.keyboard.press(keys)
        expect(page.locator("[aria-current=true]")).to_contain_text(words)
    page.get_by_role("searchbox").focus()
    page.keyboard.press("?")  # is typed
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("searchbox").fill("")
    page.keyboard.press("Control+k")
    page.keyboard.type("second")
    expect(page.locator("#palette li")).to_contain_text("Second in line")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=true]")).to_contain_text("Second")

    rows(page).first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows(page).nth(1)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Next conversation")
    assert violations(page) == []
    page.keyboard.press("Escape")

    page.locator("desk-me summary").click()
    page.get_by_role("switch", name="Keyboard shortcuts").click()
    expect(page.get_by_role("switch", name="Keyboard shortcuts")).to_have_attribute("aria-checked", "false")
    page.reload()
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("Alt+k")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#rows [aria-current=true]")).to_contain_text("Second")


def test_who_looks_elsewhere_is_told_once_of_each_and_nothing_is_missed_or_doubled(
    agent: AgentPage, desk: Desk, waits: Waits
) -> None:
    page = agent("Ada", script=_WATCHED)
    page.locator("desk-me summary").click()
    page.get_by_role("switch", name="Notices of the browser").click()
    expect(page.get_by_role("switch", name="Notices of the browser")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Escape")

    def notices() -> list[tuple[str, str]]:
        return [(one["title"].split(" ", 2)[2], one["tag"]) for one in page.evaluate("window.notices")]

    here = waits("while she looks")
    expect(page).to_have_title("(1) Desk")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", "/static/desk/waiting.svg")
    assert notices() == []
    page.evaluate("window.looks = false")
    lan = waits("while she looks elsewhere")
    wait_for("the notice", lambda: notices() == [("waits for a person", lan.conversation_id)])
    page.evaluate("window.notices[0].notice.onclick()")
    expect(page.locator("desk-thread .log")).to_contain_text("while she looks elsewhere")
    page.get_by_role("button", name="Take it", exact=True).click()
    expect(page.locator("#tab-mine .count")).to_have_text("1")

    # The network is gone: what happens meanwhile is there when it is back, once.
    page.context.set_offline(True)
    page.evaluate("window.sockets.forEach((socket) => socket.close())")
    expect(page.get_by_role("status").filter(has_text="No connection")).to_be_visible()
    assert lan.send(text="said meanwhile").status_code == 202
    minh = waits("came meanwhile")
    page.context.set_offline(False)
    expect(page.locator("desk-thread .message", has_text="said meanwhile")).to_have_count(1)
    page.locator("#tab-all").click()
    expect(row(page, "said meanwhile")).to_have_count(1)
    expect(row(page, "came meanwhile")).to_have_count(1)
    expect(rows(page)).to_have_count(3)
    told = [("waits for a person", lan.conversation_id), ("wrote", lan.conversation_id),
            ("waits for a person", minh.conversation_id)]  # fmt: skip
    wait_for("the notices of what was missed", lambda: sorted(notices()) == sorted(told))
    assert here.conversation_id not in [tag for _, tag in notices()]


@pytest.fixture
def unlucky_page(chromium: Browser, desk: Desk) -> Iterator[NewPage]:
    """For who is signed out: the browser complains of that."""
    with pages(chromium, desk.url, expected=("status of 401",)) as make:
        yield make


def test_a_line_that_dies_in_silence_is_replaced_and_an_ended_session_leads_to_the_sign_in(
    desk: Desk, unlucky_page: NewPage, waits: Waits
) -> None:
    waits("Where is my parcel?")
    page = unlucky_page()
    lines: list[WebSocketRoute] = []
    dead: list[WebSocketRoute] = []  # nothing comes through these any more, in neither direction
    answers: list[str | bytes] = []

    def joined(line: WebSocketRoute) -> None:
        def told(said: str | bytes) -> None:
            if line not in dead:
                line.send(said)
                answers.extend([said] if said == "{}" else [])

        lines.append(line)
        server = line.connect_to_server()
        server.on_message(told)
        line.on_message(lambda said: None if line in dead else server.send(said))

    page.clock.install()
    page.route_web_socket("**/desk/socket", joined)
    sign_in(page, desk.add_agent("Ada"), PASSWORD)
    expect(rows(page)).to_have_count(1)
    for signs in (1, 2, 3):
        page.clock.run_for(15_100)
        for _ in range(500):
            page.wait_for_timeout(20)
            if len(answers) >= signs:
                break
        page.wait_for_timeout(200)  # in which the page hears it
    assert len(lines) == 1

    dead.append(lines[0])
    waits("Nobody hears of me")
    page.clock.run_for(31_000)
    page.clock.run_for(1_000)
    expect(row(page, "Nobody hears of me")).to_be_visible()
    assert len(lines) == 2

    with desk.database.write() as session:
        agent_sessions.end_all(session, session.scalars(select(Agent)).one(), "test", desk.now())
    page.clock.run_for(16_000)
    expect(page).to_have_url(f"{desk.url}/desk/login")


def test_the_inbox_is_for_everybody(agent: AgentPage, waits: Waits) -> None:
    """axe-core finds nothing, in neither theme, in menus and filters, on a phone; and nothing sticks out sideways."""
    waits("Where is my parcel?")
    for dark in (False, True):
        page = agent("Ada", dark=dark, **({"width": 390, "height": 844} if dark else {}))
        expect(rows(page)).to_have_count(1)
        assert violations(page) == []
        page.get_by_role("button", name="Filters").click()
        expect(page.locator("select[name=reason] option")).to_have_count(len(REASONS) + 1)  # and any
        page.locator("desk-list summary").click()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("Escape")
        page.locator("desk-me summary").click()
        assert violations(page) == []
