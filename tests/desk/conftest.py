"""The agents' console in a real browser, on a real desk; a stand-in answers for its engine, so that it starts at once."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from handoff.settings import HandoffSettings
from tests.browsers import NewPage, pages, sign_in
from tests.databases import Templates
from tests.integration.harness import PASSWORD, Desk, Visitor
from tests.standins.engine import EngineStandin, handoff

# A number at which nobody answers: what goes there is on its way, and free text to it has an end.
WHATSAPP = {
    "phone_number_id": "106540352242922",
    "access_token": "EAA",
    "app_secret": "s3cret",
    "verify_token": "long enough",
    "api": "http://127.0.0.1:9",
    "templates": [
        {"name": "parcel_back", "language": "en", "text": "Hello {name}, your parcel {order} is back with us."}
    ],
}
# A waiting conversation of a new shopper: her browser.
Waits = Callable[..., Visitor]


@pytest.fixture(scope="session")
def engine() -> Iterator[EngineStandin]:
    """Echoes whatever no test gave it an answer for."""
    standin = EngineStandin().start()
    yield standin
    standin.stop()


@pytest.fixture
def desk(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    engine: EngineStandin,
    templates: Templates,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """A desk of its own for every test: what the others left behind would stand in its lists.

    Its parameter, given indirectly, holds settings of [handoff].
    """
    folder = tmp_path_factory.mktemp("desk")
    monkeypatch.setenv("FAQDESK_PROJECT", str(folder))
    url = templates.new("sqlite", folder)
    made = Desk(url, engine.url, whatsapp=WHATSAPP)
    made.handoff = HandoffSettings(database_url=url, **getattr(request, "param", {}))
    made.start()
    yield made
    made.close()
    templates.give_back(url)


@pytest.fixture
def new_page(chromium: Browser, desk: Desk) -> Iterator[NewPage]:
    with pages(chromium, desk.url) as make:
        yield make


@pytest.fixture
def agent(desk: Desk, new_page: NewPage) -> Callable[..., Page]:
    """`agent("Ada")` is the console of a new agent, signed in; further arguments are the page's."""

    def come(name: str = "Ada", **page: object) -> Page:
        return sign_in(new_page(**page), desk.add_agent(name), PASSWORD)

    return come


@pytest.fixture
def waits(desk: Desk, engine: EngineStandin) -> Waits:
    """`waits("Where is it?")` is a shopper whom the bot has just handed to the queue."""

    def come(question: str = "a person, please", language: str = "en") -> Visitor:
        engine.on(question, handoff(question))
        visitor = Visitor(desk, language)
        visitor.says(question)
        return visitor

    return come
