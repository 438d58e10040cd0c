"""Answer a question with an approved article, or ask which of a few is meant."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import payloads
from actions.turn import Event, Turn, candidates_of, remember
from actions.understanding import UnderstandingService
from faq_index.candidate import Candidate
from faq_index.decide import Answer, Clarify, choose, decide
from faq_index.release import Release
from faq_index.text import normal


class AnswerFaq(Action):
    """Outcome `answered` when something was shown, `same` when the article just shown answers this too, `nothing` when all
    that is close was tried."""

    def __init__(self, service: UnderstandingService) -> None:
        self._service = service

    def name(self) -> str:
        return "action_answer_faq"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn, release = Turn.of(tracker), self._service.release
        if turn.understood is not None:
            candidates = candidates_of(turn.understood)
            decision = choose(candidates, release.thresholds, turn.articles_tried)
        else:
            understanding = await self._service.understand(turn.text, turn.slots.get("language"))
            candidates = list(understanding.candidates)
            decision = decide(understanding, release.thresholds, turn.articles_tried)
        question = {
            "text": turn.text,
            "articles": [[c.target.id, c.p] for c in candidates if c.target.kind == "article"],
        }
        if _asks_on(turn, candidates, release):
            return remember(outcome="same", offered="feedback", last_question=question)
        match decision:
            case Answer(article_id, p):
                return [*show_article(dispatcher, release, turn, article_id, p), *remember(last_question=question)]
            case Clarify(articles) if still := [each for each in articles if release.article(each, turn.language)]:
                offer_articles(dispatcher, release, turn.language, still)
                return remember(
                    outcome="answered", offered="choice", choices=still, last_question=question, not_understood=0
                )
            case _:  # also when a newer release dropped what was close
                return remember(outcome="nothing", last_question=question)


def _asks_on(turn: Turn, candidates: list[Candidate], release: Release) -> bool:
    """Whether this is another question about the article just shown, and not the same one over again."""
    before = turn.slots.get("last_question")
    if not before or not turn.articles_tried or normal(before["text"]) == normal(turn.text):
        return False
    match choose(candidates, release.thresholds):
        case Answer(article_id, _):
            return turn.slots.get("offered") == "feedback" and article_id == turn.articles_tried[-1]
        case _:
            return False


def show_article(
    dispatcher: CollectingDispatcher, release: Release, turn: Turn, article_id: str, p: float | None
) -> list[Event]:
    """Show one article in the shopper's language; outcome `nothing` when the release no longer has it."""
    article = release.article(article_id, turn.language)
    if article is None:
        return remember(outcome="nothing", offered="nothing")
    text = (
        f"{article.title}\n\n{article.body}\n{article.link}".strip()
    )  # for `rasa shell`; the desk renders the payload
    dispatcher.utter_message(text=text, json_message=payloads.answer(article, release.id, p))
    tried = [*turn.articles_tried, article_id]
    shown = {"articles_tried": tried, "article_title": article.title, "choices": None}
    return remember(outcome="answered", offered="feedback", not_understood=0, **shown)


def offer_articles(dispatcher: CollectingDispatcher, release: Release, language: str, article_ids: list[str]) -> None:
    """Ask which of these articles is meant; the release has them all."""
    found = [article for article_id in article_ids if (article := release.article(article_id, language))]
    titles = "\n".join(f"{number}. {article.title}" for number, article in enumerate(found, 1))
    dispatcher.utter_message(text=titles, json_message=payloads.choices(found, release.id))
