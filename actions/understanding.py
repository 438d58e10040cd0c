"""The understanding service: messages of one moment are understood with one pass through the encoder."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from faq_index.candidate import Candidate
from faq_index.decide import Answer, Clarify, Decision, Handoff, Talk, decide
from faq_index.release import Release
from faq_index.understand import Understanding

LARGEST_BATCH = 32
SPEAKER_CHARACTERS = 200  # of what spoke for a candidate; a passage may be long, and agents read its beginning
_BUTTON = re.compile(r"/(?P<intent>\w+)(?P<entities>\{.*\})?", re.DOTALL)


class UnderstandingService:
    """Understands with the loaded release. One thread does the arithmetic, so the server's loop stays free."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self._waiting: asyncio.Queue[tuple[str, str | None, asyncio.Future[Understanding]]] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="understanding")
        self._worker: asyncio.Task[None] | None = None

    async def understand(self, text: str, prior: str | None = None) -> Understanding:
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        future: asyncio.Future[Understanding] = asyncio.get_running_loop().create_future()
        await self._waiting.put((text, prior, future))
        return await future

    async def _work(self) -> None:
        """Take what has come in while the batch before was computed; a lone message never waits for company."""
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < LARGEST_BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            texts, priors, futures = zip(*batch, strict=True)
            try:
                understood = await asyncio.get_running_loop().run_in_executor(
                    self._thread, self.release.understander.understand_all, texts, priors
                )
            except Exception as error:  # one broken message must not leave the others waiting for ever
                for future in futures:
                    if not future.done():
                        future.set_exception(error)
            else:
                for future, result in zip(futures, understood, strict=True):
                    if not future.done():  # its request may have been cancelled
                        future.set_result(result)

    async def parse(self, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        """Rasa's parse result for a message, with the understanding in the extra key `faqdesk`.

        `metadata` comes from the gateway: `language` is the conversation's so far, `language_chosen` says that the shopper
        asked for it, and `button` is the payload of a pressed button, which needs no understanding.
        """
        chosen = metadata.get("language") if metadata.get("language_chosen") else None
        if metadata.get("button"):
            return self._pressed(text, str(metadata["button"]), metadata)
        understanding = await self.understand(text, metadata.get("language"))
        decision = decide(understanding, self.release.thresholds)
        language = chosen or understanding.spoken.language
        entities = [
            {"entity": e.kind, "value": e.value, "start": e.start, "end": e.end, "extractor": "faqdesk"}
            for e in understanding.entities
        ]
        return _parse_result(text, *_intent(understanding, decision), language, entities) | {
            "faqdesk": {
                "language": language,
                "language_p": round(understanding.spoken.p, 4),
                "release": self.release.id,
                "decision": type(decision).__name__.lower(),
                "candidates": [self._candidate(candidate, language) for candidate in understanding.candidates],
            }
        }

    def _candidate(self, candidate: Candidate, language: str) -> dict[str, Any]:
        """With the title for those who read it: agents in the packet, leads among the gaps."""
        article = self.release.article(candidate.target.id, language) if candidate.target.kind == "article" else None
        return {
            "kind": candidate.target.kind,
            "id": candidate.target.id,
            "title": article.title if article else candidate.target.id,
            "p": round(candidate.p, 4),
            "phrasing": candidate.phrasing[:SPEAKER_CHARACTERS],
        }

    def _pressed(self, text: str, button: str, metadata: dict[str, Any]) -> dict[str, Any]:
        match = _BUTTON.fullmatch(button)
        if match is None:
            raise ValueError(f"a button's payload must look like /intent or /intent{{...}}, not {button[:80]!r}")
        entities = [
            {"entity": name, "value": value, "start": 0, "end": len(text), "extractor": "button"}
            for name, value in json.loads(match["entities"] or "{}").items()
        ]
        language = metadata.get("language") or self.release.languages[0]
        return _parse_result(text, match["intent"], 1.0, [], language, entities) | {
            "faqdesk": {
                "language": language,
                "language_p": 1.0,
                "release": self.release.id,
                "decision": "button",
                "candidates": [],
            }
        }


def _intent(understanding: Understanding, decision: Decision) -> tuple[str, float, list[dict[str, Any]]]:
    """The intent that the dialogue goes on with, its confidence, and the ranking Rasa keeps beside it."""
    ranking = [
        {"name": "faq" if c.target.kind == "article" else c.target.id, "confidence": c.p}
        for c in understanding.candidates
    ]
    best = understanding.candidates[0].p if understanding.candidates else 0.0
    match decision:
        case Answer() | Clarify():
            return "faq", best, ranking
        case Talk(intent, p):
            return intent, p, ranking
        case Handoff():
            return "nlu_fallback", 1 - best, ranking


def _parse_result(
    text: str,
    intent: str,
    confidence: float,
    ranking: list[dict[str, Any]],
    language: str,
    entities: list[dict[str, Any]],
) -> dict[str, Any]:
    spoken = {"entity": "language", "value": language, "start": 0, "end": 0, "extractor": "faqdesk"}
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [{"name": intent, "confidence": confidence}, *ranking],
        "entities": [spoken, *entities],
    }
