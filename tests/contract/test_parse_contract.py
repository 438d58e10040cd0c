"""Parse results: what the understanding service says is what Rasa, the actions and the desk read."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rasa_sdk import Tracker

from actions.turn import Turn, candidates_of
from actions.understanding import UnderstandingService
from bot.engine.replies import Understood, parse_reply
from faq_index import release
from faq_index.articles import Article
from faq_index.decide import choose
from faq_index.fakes import HashEmbedder
from faq_index.knowledge import Knowledge, Phrasing, Target, article_phrasings
from faq_index.release import Release
from faq_index.settings import UnderstandingSettings

DOMAIN = yaml.safe_load((Path(__file__).parents[2] / "domain.yml").read_text("utf-8"))
INTENTS = set(DOMAIN["intents"])
ENTITIES = {name if isinstance(name, str) else next(iter(name)) for name in DOMAIN["entities"]}
ARTICLES = tuple(
    Article(name, "en", f"About {name}", f"All about {name}.", phrasings)
    for name, phrasings in (
        ("returns", ("how do i return a dress", "send the dress back", "can i return it")),
        ("delivery", ("how long does delivery take", "delivery time", "is delivery quick")),
    )
)
TEXTS = [
    "how do i return a dress", "hello there", "CS-204518", "where is CS-204518, ana@correo.es", "+34 612 345 678",
    "in english please", "🙂", "", "/request_human", "qwertz",
]  # fmt: skip
BUTTONS = [
    "/request_human", "/track_order", '/show_article{"article_id": "returns"}', '/switch_language{"wanted_language": "vi"}',
    "/none_of_these", "/helpful", "/not_helpful", "/affirm", "/deny", "/stop",
]  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Release:
    phrasings = (*article_phrasings(ARTICLES), Phrasing("hello there", Target("intent", "greet"), "en"))
    knowledge = Knowledge(ARTICLES, phrasings, languages=("en", "es", "vi"), language_names={"english": "en"})
    folder, embedder, given = tmp_path_factory.mktemp("releases"), HashEmbedder(), UnderstandingSettings()
    return release.load(folder / release.build(knowledge, embedder, given, folder), embedder, given)


def parse(loaded: Release, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """Through JSON, as it travels."""

    async def asked() -> Any:
        return await UnderstandingService(loaded).parse(text, metadata)

    return dict(json.loads(json.dumps(asyncio.run(asked()))))


def turn_of(parsed: dict[str, Any]) -> Turn:
    """As an action reads it: Rasa hands the parse result on as the latest message."""
    return Turn.of(Tracker("c.1", {}, parsed, [], False, None, {}, "action_listen"))


def check_for_rasa(parsed: dict[str, Any], text: str) -> None:
    """What Rasa asks of an external understanding; the intents and entities must be the domain's."""
    assert parsed["text"] == text
    assert set(parsed["intent"]) == {"name", "confidence"}
    assert parsed["intent"]["name"] in INTENTS
    assert 0 <= parsed["intent"]["confidence"] <= 1
    assert parsed["intent_ranking"][0] == parsed["intent"]
    assert {entity["entity"] for entity in parsed["entities"]} <= ENTITIES
    assert [entity["entity"] for entity in parsed["entities"]].count("language") == 1
    assert all(0 <= entity["start"] <= entity["end"] for entity in parsed["entities"])


def check_for_the_desk(parsed: dict[str, Any]) -> None:
    """The desk keeps the understanding as it comes; nothing may be lost or added on the way."""
    understood = Understood.model_validate(parsed["faqdesk"])
    assert understood.model_dump(mode="json") == parsed["faqdesk"]
    assert understood.language in ("en", "es", "vi")
    for candidate in understood.candidates:
        assert set(candidate) == {"kind", "id", "title", "p", "phrasing"}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "metadata", [{}, {"language": "es"}, {"language": "vi", "language_chosen": True}, {"language": None}], ids=str
)
def test_a_message_is_read_alike_by_rasa_the_actions_and_the_desk(
    loaded: Release, text: str, metadata: dict[str, Any]
) -> None:
    parsed = parse(loaded, text, metadata)
    check_for_rasa(parsed, text)
    check_for_the_desk(parsed)
    turn = turn_of(parsed)
    assert (turn.text, turn.intent, turn.understood) == (text, parsed["intent"]["name"], parsed["faqdesk"])
    assert turn.entities["language"] == parsed["faqdesk"]["language"]


@pytest.mark.parametrize("button", BUTTONS)
def test_a_button_is_read_alike_too(loaded: Release, button: str) -> None:
    parsed = parse(loaded, "the button's words", {"button": button, "language": "es"})
    check_for_rasa(parsed, "the button's words")
    check_for_the_desk(parsed)
    assert turn_of(parsed).intent == button[1:].split("{")[0]


def test_every_button_of_the_domain_can_be_parsed(loaded: Release) -> None:
    payloads = {
        button["payload"]
        for variants in DOMAIN["responses"].values()
        for variant in variants
        for button in variant.get("buttons", [])
    }
    assert payloads
    for payload in payloads:
        check_for_rasa(parse(loaded, "x", {"button": payload}), "x")


@pytest.mark.parametrize("text", ["how do i return a dress", "delivery", "hello there", "qwertz"])
def test_an_action_decides_from_the_parse_result_as_the_service_did(loaded: Release, text: str) -> None:
    parsed = parse(loaded, text, {})
    understood = turn_of(parsed).understood
    assert understood is not None
    candidates = candidates_of(understood)
    assert [(c.target.kind, c.target.id) for c in candidates] == [
        (c["kind"], c["id"]) for c in understood["candidates"]
    ]
    assert type(choose(candidates, loaded.thresholds)).__name__.lower() == understood["decision"]


def test_the_desk_reads_understanding_and_intent_from_a_whole_answer(loaded: Release) -> None:
    parsed = parse(loaded, "how do i return a dress", {})
    reply = parse_reply({"messages": [{"text": "x"}], "failed": [], "understanding": parsed})
    assert reply.understood is not None
    assert reply.understood.candidates[0]["id"] == "returns"
    assert reply.intent == parsed["intent"]["name"]


@given(st.text(max_size=60), st.sampled_from([{}, {"language": "es"}, {"language": "vi", "language_chosen": True}]))
@example("english#204518", {})
@example("2\u200b04518", {})
@settings(deadline=None, max_examples=40)
def test_no_message_is_read_differently(loaded: Release, text: str, metadata: dict[str, Any]) -> None:
    parsed = parse(loaded, text, metadata)
    check_for_rasa(parsed, text)
    check_for_the_desk(parsed)
