"""The decision: a pure function from an understanding to Answer, Clarify, Talk or Handoff."""

from collections.abc import Iterable
from dataclasses import dataclass

from faq_index.calibrate import OFFERED, Thresholds
from faq_index.understand import Candidate, Understanding


@dataclass(frozen=True)
class Answer:
    """Show this article."""

    article: str
    p: float


@dataclass(frozen=True)
class Clarify:
    """Ask which of these articles is meant, best first, at most three."""

    articles: tuple[str, ...]


@dataclass(frozen=True)
class Talk:
    """Not a question for the articles: the dialogue goes on with this intent."""

    intent: str
    p: float


@dataclass(frozen=True)
class Handoff:
    """The base does not answer this: offer a person."""


Decision = Answer | Clarify | Talk | Handoff


def decide(understanding: Understanding, thresholds: Thresholds, tried: Iterable[str] = ()) -> Decision:
    """`tried` are articles that this shopper has already been shown for this question; none is shown twice."""
    shown = set(tried)
    fresh = [c for c in understanding.candidates if not (c.target.kind == "article" and c.target.id in shown)]
    if not fresh:
        return Handoff()
    first = fresh[0]
    if first.target.kind == "intent":
        return _talk_or_ask(first, fresh, thresholds)
    if first.p >= thresholds.answer:
        return Answer(first.target.id, first.p)
    return _clarify(fresh, thresholds)


def _talk_or_ask(first: Candidate, fresh: list[Candidate], thresholds: Thresholds) -> Decision:
    """Small talk that is guessed wrong costs little, so an intent needs no more certainty than an offer does."""
    if first.p >= thresholds.clarify:
        return Talk(first.target.id, first.p)
    return _clarify(fresh, thresholds)


def _clarify(fresh: list[Candidate], thresholds: Thresholds) -> Decision:
    if fresh[0].p < thresholds.clarify:
        return Handoff()
    articles = [candidate for candidate in fresh if candidate.target.kind == "article"][:OFFERED]
    # What is far less likely than the best offer only lengthens the list.
    offered = tuple(c.target.id for c in articles if c.p >= articles[0].p / 5)
    return Clarify(offered) if offered else Handoff()
