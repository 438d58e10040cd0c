"""What agents do with a conversation, two of them and a shopper at once, by mouse, by keys and on a phone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from handoff import labels
from handoff.desk_model import Suggestion
from handoff.model import Agent, Callback, Conversation, Identity, OrderLookup
from tests.databases import Templates
from tests.desk.conftest import Waits
from tests.integration.harness import Desk, wait_for
from tests.standins.engine import EngineStandin
from tests.standins.knowledge import KnowledgeStandin, article, order

REFUND = "The money is back on your card three to five working days after the parcel has reached our warehouse."


@pytest.fixture
def knowledge() -> Iterator[KnowledgeStandin]:
    standin = KnowledgeStandin([article("refund-time", "When the money is back", REFUND, 0.83)]).start()
    yield standin
    standin.stop()


@pytest.fixture
def desk(
    tmp_path_factory: pytest.TempPathFactory,
    engine: EngineStandin,
    knowledge: KnowledgeStandin,
    templates: Templates,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """A desk that has articles and orders."""
    folder = tmp_path_factory.mktemp("desk")
    monkeypatch.setenv("FAQDESK_PROJECT", str(folder))
    made = Desk(templates.new("sqlite", folder), engine.url, knowledge_url=knowledge.url).start()
    yield made
    made.close()


def opened(page: Page, conversation_id: str) -> Page:
    page.goto(f"/desk#{conversation_id}")
    expect(page.locator("desk-acts .acts")).to_be_visible()
    return page


def does(page: Page, name: str) -> None:
    """Choose an act in the menu."""
    page.get_by_role("button", name="More acts").click()
    page.get_by_role("menuitem", name=name).click()


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def as_lead(desk: Desk, name: str) -> None:
    with desk.database.write() as session:
        newest = select(Agent).filter_by(name=name).order_by(Agent.created_at.desc())
        session.scalars(newest).all()[0].role = "lead"


def test_an_article_is_inserted_the_conversation_passed_on_and_opened_again_by_who_checks_it(
    desk: Desk, agent: Callable[..., Page], waits: Waits, knowledge: KnowledgeStandin
) -> None:
    lan = waits("How long does a refund take?")
    ada, ben = agent("Ada"), agent("Ben")
    with desk.database.write() as session:
        labels.add(session, "Refund", "amber", session.scalars(select(Agent)).all()[0], desk.now())
    opened(ada, lan.conversation_id)

    expect(ada.locator(".packet")).to_contain_text("Asked for a person")
    ada.get_by_role("button", name="Take it").click()
    ada.get_by_role("button", name="Insert: When the money is back").click()
    box = ada.get_by_role("textbox", name="Reply")
    expect(box).to_have_value(f"{REFUND}\n\n{desk.settings.base_url}/help/en/refund-time")
    box.press("Home")
    ada.get_by_role("button", name="Send", exact=True).click()
    ada.get_by_role("button", name="Send now").click()
    wait_for("the article", lambda: [text for text in lan.texts("agent") if REFUND in text])
    with desk.database.read() as session:  # stored with the reply, so it is there already
        assert session.scalars(select(Suggestion.used)).all() == ["sent"]

    # As a card, whatever is written meanwhile: taken back once, then sent; the desk finds it by a search, too.
    box.fill("One moment")
    ada.get_by_role("button", name="Send as card: When the money is back").click()
    ada.get_by_role("button", name="Undo").click()
    expect(ada.locator("desk-outgoing")).to_have_count(0)
    ada.get_by_role("button", name="Articles", exact=True).click()
    ada.get_by_role("searchbox", name="What should it be about?").fill("money")
    ada.locator("desk-article-search").get_by_role("button", name="Send as card").click()
    ada.get_by_role("button", name="Send now").click()
    card = ada.locator(".message.agent details")
    expect(card.get_by_text("When the money is back")).to_be_visible()
    expect(box).to_have_value("One moment")
    knowledge.articles.clear()
    ada.get_by_role("button", name="Send as card: When the money is back").click()
    ada.get_by_role("button", name="Send now").click()
    expect(ada.locator("desk-outgoing .failure")).to_contain_text("This article is not there any more.")
    ada.get_by_role("button", name="Discard").click()
    expect(box).to_have_value("One moment")
    assert [one["content"]["type"] for one in lan.messages("agent")] == ["text", "article"]
    box.fill("")

    ada.locator(".label.add").click()
    ada.get_by_role("button", name="Refund", exact=True).click()
    expect(ada.locator(".log")).to_contain_text("Ada set the labels: Refund")

    as_lead(desk, "Ben")
    ben.reload()
    opened(ben, lan.conversation_id)
    ben.get_by_role("button", name="Take Refund off").click()
    ben.locator(".label.add").click()
    ben.once("dialog", lambda sure: sure.accept())
    ben.get_by_role("button", name="Retire Refund").click()
    expect(ben.locator(".label-choices")).to_contain_text("There is no other label")

    ada.get_by_role("button", name="Pass on").click()
    dialog(ada).get_by_label("Person or team").fill("bé")
    expect(dialog(ada).get_by_role("radio")).to_have_count(1)
    dialog(ada).get_by_role("radio", name="Ben").check()
    dialog(ada).get_by_label("Note for whoever goes on").fill("Her refund is nine days late.")
    dialog(ada).get_by_role("button", name="Pass on").click()
    expect(dialog(ada)).to_have_count(0)

    opened(ben, lan.conversation_id)
    expect(ben.locator(".message.note")).to_contain_text("nine days late")
    ben.keyboard.press("Alt+E")
    expect(dialog(ben)).to_be_visible()
    ben.keyboard.press("2")
    wait_for("the end", lambda: desk.conversation(lan.conversation_id).resolution == "no_reply")

    ada.get_by_role("button", name="To do: 1").click()
    expect(dialog(ada)).to_contain_text("No reply")
    dialog(ada).get_by_role("button", name="Open again for people").click()
    expect(dialog(ada)).not_to_contain_text("No reply")
    assert desk.conversation(lan.conversation_id).reason == "not_solved"
    assert any("opened it again" in text for text in lan.texts("desk"))
    assert not any("late" in text for text in lan.texts()), "notes are for the team"


def test_on_a_phone_acts_are_in_a_menu_and_a_shopper_who_wrote_twice_is_served_once(
    desk: Desk, agent: Callable[..., Page], waits: Waits, knowledge: KnowledgeStandin
) -> None:
    lan, again = waits("Where is my parcel?"), waits("Hello, is anybody there?")
    source, target = again.conversation_id, lan.conversation_id
    with desk.database.write() as session:
        here, there = (session.get_one(Conversation, one).identity_id for one in (source, target))
        contact_id = session.get_one(Identity, there).contact_id
        session.get_one(Identity, here).contact_id = contact_id
        row = OrderLookup(conversation_id=target, contact_id=contact_id, order_number="CS-204518", at=desk.now())
        row.found = True
        call = Callback(conversation_id=target, phone="+442079460018", state="open", asked_at=desk.now())
        session.add_all([row, call])
    knowledge.away = True
    phone = opened(agent("Ada", width=390, height=844), target)
    phone.get_by_role("button", name="Take it").click()

    expect(phone.get_by_role("button", name="Snooze")).to_be_hidden()
    does(phone, "Snooze")
    dialog(phone).get_by_role("button", name="In an hour").click()
    expect(dialog(phone)).to_have_count(0)
    wait_for("the rest", lambda: desk.conversation(target).snoozed_until)
    does(phone, "Take up again")
    wait_for("its end", lambda: desk.conversation(target).snoozed_until is None)

    phone.get_by_role("button", name="About the shopper").click()
    expect(phone.locator(".order")).to_contain_text("cannot be reached")
    knowledge.away, knowledge.orders["CS-204518"] = False, order(state="packed")
    phone.get_by_role("button", name="Look again").click()
    expect(phone.locator(".order .steps .done")).to_have_count(2)
    phone.get_by_role("button", name="Write down the name").click()
    phone.get_by_role("textbox", name="Name of the shopper").fill("Lan Nguyễn")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("complementary").get_by_role("heading", name="Lan Nguyễn")).to_be_visible()
    phone.get_by_role("button", name="Hello, is anybody there?").click()

    does(phone, "Merge")
    dialog(phone).get_by_role("button", name="Merge").click()
    expect(dialog(phone)).to_have_count(0)
    phone.locator(".activity a").click()
    phone.get_by_text("Messages of the merged conversation").click()
    expect(phone.locator(".folded")).to_contain_text("Hello, is anybody there?")
    again.send(text="I am still here")
    wait_for("it to be open again", lambda: desk.conversation(source).owner == "agent")
    assert desk.conversation(source).agent_id == desk.conversation(target).agent_id

    phone.get_by_role("button", name="Back to the list").click()
    phone.get_by_role("button", name="To do: 1").click()
    expect(phone.get_by_role("link", name="+44 20 7946 0018")).to_have_attribute("href", "tel:+442079460018")
    dialog(phone).get_by_role("button", name="Write down the outcome").click()
    dialog(phone).get_by_role("button", name="Not reached, try again").click()
    expect(dialog(phone)).to_contain_text("Called once, nobody answered.")
    phone.keyboard.press("Escape")
    expect(phone.get_by_role("button", name="To do: 1")).to_be_focused()
