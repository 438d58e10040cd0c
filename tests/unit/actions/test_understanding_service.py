"""The understanding service: parse results as Rasa wants them, and batches that never hang."""

import asyncio
import dataclasses
import json
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from actions.understanding import LARGEST_BATCH, UnderstandingService
from faq_index.calibrate import Thresholds
from faq_index.release import Release
from faq_index.understand import Understanding

PATIENCE = 20  # seconds until a test gives up on something that ought to happen at once


class Gate:
    """Stands in for the understander: holds every batch until it is opened, and fails on request."""

    def __init__(self, release: Release) -> None:
        self._understand_all = release.understander.understand_all
        self.batches: list[list[str]] = []
        self.began, self.open = threading.Event(), threading.Event()

    def understand_all(self, texts: Sequence[str], priors: Sequence[str | None]) -> list[Understanding]:
        self.batches.append(list(texts))
        self.began.set()
        assert self.open.wait(PATIENCE)
        if "break" in texts:
            raise RuntimeError("the arithmetic failed")
        return self._understand_all(texts, priors)


@pytest.fixture
def gate(small_release: Release, monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate(small_release)
    monkeypatch.setattr(small_release.understander, "understand_all", gate.understand_all)
    return gate


async def began(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.began.wait, PATIENCE)


# ---- batches --------------------------------------------------------------------------------------------------------


async def test_a_lone_message_does_not_wait_for_company(service: UnderstandingService) -> None:
    understanding = await asyncio.wait_for(service.understand("how do i return a dress"), PATIENCE)
    assert understanding.candidates[0].target.id == "returns"


async def test_messages_that_came_meanwhile_are_understood_together(service: UnderstandingService, gate: Gate) -> None:
    first = asyncio.create_task(service.understand("first"))
    await began(gate)
    others = [asyncio.create_task(service.understand(f"message {number}")) for number in range(LARGEST_BATCH + 3)]
    await asyncio.sleep(0)  # lets each of them stand in the queue
    gate.open.set()
    found = await asyncio.wait_for(asyncio.gather(first, *others), PATIENCE)
    assert [len(batch) for batch in gate.batches] == [1, LARGEST_BATCH, 3]
    assert [u.text for u in found] == ["first", *(f"message {number}" for number in range(LARGEST_BATCH + 3))]


async def test_each_of_many_callers_gets_the_answer_to_its_own_message(service: UnderstandingService) -> None:
    texts = [text for number in range(40) for text in (f"delivery {number}", f"return a dress {number}", "🙂")]
    found = await asyncio.wait_for(asyncio.gather(*(service.understand(text) for text in texts)), PATIENCE)
    assert [understanding.text for understanding in found] == texts
    best = [u.candidates[0].target.id if u.candidates else None for u in found]
    assert best == ["delivery", "returns", None] * 40


async def test_each_of_many_callers_keeps_its_own_language(service: UnderstandingService) -> None:
    priors = ["es", "vi", "en"] * 10
    found = await asyncio.wait_for(asyncio.gather(*(service.understand("204518", p) for p in priors)), PATIENCE)
    assert [understanding.spoken.language for understanding in found] == priors


async def test_a_batch_that_fails_is_told_to_its_callers_and_does_not_hang_the_next(
    service: UnderstandingService, gate: Gate
) -> None:
    broken = asyncio.create_task(service.understand("break"))
    await began(gate)
    others = [asyncio.create_task(service.understand(f"delivery {number}")) for number in range(5)]
    gate.open.set()
    with pytest.raises(RuntimeError, match="the arithmetic failed"):
        await asyncio.wait_for(broken, PATIENCE)
    found = await asyncio.wait_for(asyncio.gather(*others), PATIENCE)
    assert [understanding.text for understanding in found] == [f"delivery {number}" for number in range(5)]
    assert (await asyncio.wait_for(service.understand("later"), PATIENCE)).text == "later"


async def test_all_callers_of_a_failed_batch_are_told(service: UnderstandingService, gate: Gate) -> None:
    first = asyncio.create_task(service.understand("first"))
    await began(gate)
    batch = [asyncio.create_task(service.understand(text)) for text in ("one", "break", "two")]
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.wait_for(first, PATIENCE)
    results = await asyncio.wait_for(asyncio.gather(*batch, return_exceptions=True), PATIENCE)
    assert [type(result) for result in results] == [RuntimeError] * 3


async def test_a_caller_that_hung_up_does_not_trouble_the_others(service: UnderstandingService, gate: Gate) -> None:
    first = asyncio.create_task(service.understand("first"))
    await began(gate)
    gone, stays = (asyncio.create_task(service.understand(text)) for text in ("gone", "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    first.cancel()
    gate.open.set()
    assert (await asyncio.wait_for(stays, PATIENCE)).text == "stays"
    assert gone.cancelled()
    assert first.cancelled()


# ---- parse results --------------------------------------------------------------------------------------------------


def entities(parsed: dict[str, Any]) -> dict[str, Any]:
    return {entity["entity"]: entity["value"] for entity in parsed["entities"]}


async def test_a_question_is_parsed_as_one_for_the_articles(service: UnderstandingService) -> None:
    parsed = await service.parse("How do I return a dress", {})
    assert (parsed["text"], parsed["intent"]["name"]) == ("How do I return a dress", "faq")
    assert parsed["intent_ranking"][0] == parsed["intent"]
    assert entities(parsed) == {"language": "en"}
    understood = parsed["faqdesk"]
    assert (understood["language"], understood["release"]) == ("en", service.release.id)
    best = understood["candidates"][0]
    assert (best["kind"], best["id"], best["title"]) == ("article", "returns", "returns (en)")
    assert best["phrasing"] == "how do i return a dress"
    assert parsed["intent"]["confidence"] == pytest.approx(best["p"], abs=1e-4)


async def test_a_candidates_title_is_the_one_in_the_shoppers_language(service: UnderstandingService) -> None:
    parsed = await service.parse("cómo devuelvo un vestido", {})
    assert parsed["faqdesk"]["candidates"][0]["title"] == "returns (es)"


async def test_an_intents_candidate_has_its_name_for_a_title(service: UnderstandingService) -> None:
    parsed = await service.parse("hello there", {})
    assert parsed["faqdesk"]["candidates"][0] | {"p": 1.0} == {
        "kind": "intent", "id": "greet", "title": "greet", "p": 1.0, "phrasing": "hello there",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "thresholds", "intent", "decision"),
    [
        ("how do i return a dress", (0.0, 0.0), "faq", "answer"),
        ("how do i return a dress", (1.1, 0.0), "faq", "clarify"),
        ("how do i return a dress", (1.1, 1.1), "nlu_fallback", "handoff"),
        ("CS-204518", (0.0, 0.0), "inform", "talk"),
        ("🙂", (0.0, 0.0), "nlu_fallback", "handoff"),
        ("", (0.0, 0.0), "nlu_fallback", "handoff"),
    ],
)
async def test_the_intent_is_what_was_decided(
    small_release: Release, text: str, thresholds: tuple[float, float], intent: str, decision: str
) -> None:
    sure, offer = thresholds
    service = UnderstandingService(dataclasses.replace(small_release, thresholds=Thresholds(sure, offer, 0.9, 0.5)))
    parsed = await service.parse(text, {})
    assert (parsed["intent"]["name"], parsed["faqdesk"]["decision"]) == (intent, decision)
    assert 0 <= parsed["intent"]["confidence"] <= 1


async def test_values_are_entities_with_their_places(service: UnderstandingService) -> None:
    parsed = await service.parse("where is CS-204518? ana@correo.es", {})
    assert parsed["entities"][1:] == [
        {"entity": "order_number", "value": "CS-204518", "start": 9, "end": 18, "extractor": "faqdesk"},
        {"entity": "email", "value": "ana@correo.es", "start": 20, "end": 33, "extractor": "faqdesk"},
    ]


async def test_the_language_so_far_is_only_a_prior(service: UnderstandingService) -> None:
    assert entities(await service.parse("204518", {"language": "vi"}))["language"] == "vi"
    assert entities(await service.parse("cómo devuelvo un vestido", {"language": "en"}))["language"] == "es"


async def test_a_chosen_language_stays_whatever_is_written(service: UnderstandingService) -> None:
    parsed = await service.parse("cómo devuelvo un vestido", {"language": "en", "language_chosen": True})
    assert entities(parsed)["language"] == parsed["faqdesk"]["language"] == "en"
    assert parsed["faqdesk"]["candidates"][0]["title"] == "returns (en)"


async def test_a_choice_without_a_language_chooses_nothing(service: UnderstandingService) -> None:
    parsed = await service.parse("cómo devuelvo un vestido", {"language": None, "language_chosen": True})
    assert entities(parsed)["language"] == "es"


@pytest.mark.parametrize(
    ("button", "intent", "values"),
    [
        ("/request_human", "request_human", {}),
        ("/track_order{}", "track_order", {}),
        ('/show_article{"article_id": "returns"}', "show_article", {"article_id": "returns"}),
        ('/switch_language{"wanted_language":\n"vi"}', "switch_language", {"wanted_language": "vi"}),
    ],
)
async def test_a_pressed_button_needs_no_understanding(
    service: UnderstandingService, gate: Gate, button: str, intent: str, values: dict[str, str]
) -> None:
    parsed = await asyncio.wait_for(service.parse("Talk to a person", {"button": button, "language": "es"}), PATIENCE)
    assert parsed["text"] == "Talk to a person"
    assert parsed["intent"] == {"name": intent, "confidence": 1.0}
    assert entities(parsed) == {"language": "es", **values}
    assert parsed["faqdesk"] == {
        "language": "es", "language_p": 1.0, "release": service.release.id, "decision": "button", "candidates": [],
    }  # fmt: skip
    assert gate.batches == []


async def test_a_button_in_a_conversation_without_a_language_speaks_the_shops_first(
    service: UnderstandingService,
) -> None:
    assert entities(await service.parse("Yes", {"button": "/affirm"}))["language"] == "en"


@pytest.mark.parametrize(
    "button",
    ["request_human", "/", "/ request_human", "/a b", "/a/b", "/a{", '/a{"b"', "/a[1]", '/a{"b": 1} ', "/a{'b': 1}", "/a{b}",
     '/a{"b": "c"}{"d": "e"}', "//a", '{"a": "b"}'],
)  # fmt: skip
async def test_a_malformed_button_is_an_error(service: UnderstandingService, button: str) -> None:
    with pytest.raises(ValueError):
        await service.parse("x", {"button": button})


@pytest.mark.parametrize("text", ["🙂" * 50, "return a dress " * 600, "\x00\ud800\u202e", "/request_human", "{}"])
async def test_hostile_text_is_parsed_and_comes_back_as_it_was(service: UnderstandingService, text: str) -> None:
    parsed = await service.parse(text, {})
    assert parsed["text"] == text
    json.dumps(parsed)
