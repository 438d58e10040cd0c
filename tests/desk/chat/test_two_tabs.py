"""One browser with several tabs of the chat is one visitor, and no tab undoes what another one keeps."""

import json
import uuid

from playwright.sync_api import Page, expect

from tests.browsers import NewPage
from tests.desk.chat.talk import at_shop, message, say, signed
from tests.integration.harness import Desk, Visitor, wait_for
from tests.standins.shop_page import ShopPage


def opened(page: Page) -> Page:
    page.evaluate("faqdesk.open()")
    expect(page.locator("faqdesk-chat textarea")).to_be_visible()
    return page


def kept(page: Page) -> dict[str, str]:
    """What the browser keeps of the chat: the token's entry, and the words that were not taken in yet."""
    found: dict[str, str] = page.evaluate("({...localStorage})")
    return {name: words for name, words in found.items() if name.startswith("faqdesk")}


def identity_of(desk: Desk, page: Page) -> str:
    """The conversation that this browser's token leads to."""
    token = json.loads(kept(page)["faqdesk"])["token"]
    with desk.client(authorization=f"Bearer {token}") as client:
        return str(client.get("/api/chat/events").json()["conversation"])


def test_two_tabs_are_one_visitor_whose_words_outlive_either(new_page: NewPage, shop: ShopPage, desk: Desk) -> None:
    one = opened(at_shop(new_page(), shop))
    context = one.context
    other = opened(at_shop(context.new_page(), shop))

    # Both write before this browser was ever admitted.
    for page, words in ((one, "words in one tab"), (other, "words in the other")):
        page.evaluate("(words) => { faqdesk.open(words) }", words)
    for page in (one, other):
        expect(message(page, "You said: words in one tab")).to_be_visible()
        expect(message(page, "You said: words in the other")).to_be_visible()
    conversation = identity_of(desk, one)
    assert identity_of(desk, other) == conversation
    assert sorted(desk.texts(conversation, "shopper")) == ["words in one tab", "words in the other"]

    # Without a network; the other tab keeps words of its own, and the first one is gone before it is back.
    context.set_offline(True)
    say(one, "kept while offline")
    expect(message(one, "kept while offline")).to_contain_text("Sending")
    say(other, "kept beside it")
    expect(message(other, "kept while offline")).to_contain_text("Sending")
    assert {json.loads(words).get("text") for words in kept(other).values()} == {
        None,
        "kept while offline",
        "kept beside it",
    }
    one.close()
    context.set_offline(False)
    expect(message(other, "You said: kept while offline")).to_be_visible()
    expect(message(other, "You said: kept beside it")).to_be_visible()
    said = desk.texts(conversation, "shopper")
    assert sorted(said) == sorted(["words in one tab", "words in the other", "kept while offline", "kept beside it"]), (
        "each once"
    )
    assert list(kept(other)) == ["faqdesk"]

    # Whoever wants to be forgotten is, in every tab, with what she was writing there.
    third = opened(at_shop(context.new_page(), shop))
    expect(message(third, "You said: kept beside it")).to_be_visible()
    third.locator("faqdesk-chat textarea").fill("my card number is 4111")
    other.evaluate("faqdesk.reset()")
    expect(third.locator("faqdesk-chat .empty")).to_be_visible()
    expect(third.locator("faqdesk-chat textarea")).to_have_value("")
    assert kept(third) == {}


def test_a_tab_becomes_whom_another_one_was_let_in_as(new_page: NewPage, shop: ShopPage, desk: Desk) -> None:
    old = new_page()
    old.goto(f"{desk.url}/chat")
    say(old, "in the open")
    expect(message(old, "You said: in the open")).to_be_visible()
    private = Visitor(desk)
    private.says("in private")

    # What a one-use private link leaves in the browser must not be written over by a tab that was there before.
    link = old.context.new_page()
    link.goto(f"{desk.url}/help")
    link.evaluate(
        "(token) => localStorage.setItem('faqdesk', JSON.stringify({ token, pending: [] }))",
        private.token,
    )
    expect(message(old, "You said: in private")).to_be_visible()
    expect(old.locator("faqdesk-chat")).not_to_contain_text("in the open")
    say(old, "from the old tab")
    wait_for("her words", lambda: "from the old tab" in private.texts("shopper"))
    assert json.loads(kept(link)["faqdesk"])["token"] == private.token

    # But a page that says who she is stays hers, and takes over only what is hers.
    lan = signed(uuid.uuid4().hex)
    hers = opened(at_shop(new_page(), shop, f'data-user="{lan["id"]}" data-signature="{lan["signature"]}"'))
    say(hers, "as a user")
    expect(message(hers, "You said: as a user")).to_be_visible()
    hers.context.new_page().goto("/")
    beside = hers.context.pages[1]
    beside.evaluate(
        "(token) => localStorage.setItem('faqdesk', JSON.stringify({ token, user: 'somebody else' }))",
        private.token,
    )
    say(hers, "still as a user")
    expect(message(hers, "You said: still as a user")).to_be_visible()
    expect(hers.locator("faqdesk-chat")).not_to_contain_text("in private")


def test_words_that_an_older_chat_kept_are_sent(new_page: NewPage, shop: ShopPage, desk: Desk) -> None:
    page = at_shop(new_page(), shop)
    before = Visitor(desk)
    page.evaluate(
        "(kept) => localStorage.setItem('faqdesk', JSON.stringify(kept))",
        {
            "token": before.token,
            "user": None,
            "pending": [{"client_id": uuid.uuid4().hex, "text": "from before", "button": None, "status": "waiting"}],
        },
    )
    opened(at_shop(page, shop))
    expect(message(page, "You said: from before")).to_be_visible()
    assert before.texts("shopper") == ["from before"]
    assert list(kept(page)) == ["faqdesk"]
