"""The decision: a pure function from an understanding to Answer, Clarify, Talk or Handoff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from faq_index.calibrate import FAR_LESS, OFFERED, Thresholds
from faq_index.candidate import Candidate
from faq_index.understand import Understanding


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
    """Not a question for the articles, with probability `p`: the dialogue goes on with this intent, the likeliest."""

    intent: str
    p: float


@dataclass(frozen=True)
class Handoff:
    """The base does not answer this: offer a person."""


Decision = Answer | Clarify | Talk | Handoff


def decide(understanding: Understanding, thresholds: Thresholds, tried: Iterable[str] = ()) -> Decision:
    """What to do about one message. `tried` as for `choose`."""
    if understanding.only_values:
        return Talk("inform", 1.0)
    return choose(understanding.candidates, thresholds, tried)


def choose(candidates: Iterable[Candidate], thresholds: Thresholds, tried: Iterable[str] = ()) -> Decision:
    """`candidates` best first; `tried` are articles this shopper was already shown, and none is shown twice."""
    shown = set(tried)
    fresh = [c for c in candidates if not (c.target.kind == "article" and c.target.id in shown)]
    if not fresh:
        return Handoff()
    first = fresh[0]
    if first.target.kind == "article":
        return Answer(first.target.id, first.p) if first.p >= thresholds.answer else _clarify(fresh, thresholds)
    # That it is talk needs only to be likelier than not: small talk guessed wrong costs little, but a person fetched for
    # somebody who mumbled does cost something. "No thanks, bye" is one of three intents and still surely no question;
    # but what is a little like everything is like nothing.
    talk = min(1.0, sum(candidate.p for candidate in fresh if candidate.target.kind != "article"))
    is_talk = talk >= thresholds.talk and first.p >= thresholds.talk / 2
    return Talk(first.target.id, talk) if is_talk else _clarify(fresh, thresholds)


def _clarify(fresh: list[Candidate], thresholds: Thresholds) -> Decision:
    articles = [(candidate.target.id, candidate.p) for candidate in fresh if candidate.target.kind == "article"]
    offered = worth_offering(articles, thresholds)
    return Clarify(offered) if offered else Handoff()


def worth_offering(
    articles: Sequence[tuple[str, float]], thresholds: Thresholds, ruled_out: float = 0.0
) -> tuple[str, ...]:
    """What a choice holds of `articles`, ids with probabilities, likeliest first; nothing when it is too little together.

    `ruled_out` is the probability of what is known by now not to be meant: what is left is that much likelier.
    """
    offered = [(article, p) for article, p in articles[:OFFERED] if p >= articles[0][1] / FAR_LESS]
    enough = sum(p for _, p in offered) >= thresholds.clarify * (1 - ruled_out)
    return tuple(article for article, _ in offered) if enough else ()
