"""What became of each replayed query, read from the stored turns, and whether that was right."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from handoff.database import Database
from handoff.model import Conversation, Message, Turn

RIGHT, WRONG, UNJUDGED = "right", "wrong", ""

# The order in which decisions are shown.
_DECISIONS = ("answered", "clarified", "handed off", "order asked", "talked", "refused")
_TALK = {"smalltalk", "no_faq"}


@dataclass(frozen=True)
class Outcome:
    """`decision` is one of the shown ones. An offer of a person counts as handed off, with the reason `offered`."""

    decision: str
    article: str = ""
    offered: tuple[str, ...] = ()
    p: float = 0.0
    reason: str = ""
    language: str = ""


def outcomes_of(database_url: str, conversations: Sequence[str]) -> list[Outcome]:
    """The outcome of the first turn of each conversation, in order."""
    database = Database(database_url)
    try:
        with database.read() as session:
            turns = {turn.conversation_id: turn for turn in session.scalars(select(Turn))}
            reasons = dict(session.execute(select(Conversation.id, Conversation.reason)).tuples().all())
            offers = {}
            for message in session.scalars(select(Message).where(Message.author == "bot")):
                if message.content["type"] == "choices":
                    offers[message.conversation_id] = tuple(a["id"] for a in message.content["articles"])
    finally:
        database.close()
    return [_outcome(turns.get(c), offers.get(c, ()), reasons.get(c)) for c in conversations]


def _outcome(turn: Turn | None, offered: tuple[str, ...], reason: str | None) -> Outcome:
    if turn is None:
        return Outcome("refused")
    understanding = turn.understanding or {"language": "", "intent": None, "candidates": []}
    p = float(understanding["candidates"][0]["p"]) if understanding["candidates"] else 0.0
    language = understanding["language"]
    if turn.decision == "answer":
        return Outcome("answered", turn.article_id or "", (), p, "", language)
    if turn.decision == "clarify":
        return Outcome("clarified", "", offered, p, "", language)
    if turn.decision in ("handoff", "offer", "unavailable"):
        return Outcome("handed off", "", (), p, reason or "offered", language)
    asked = understanding["intent"] == "track_order"
    return Outcome("order asked" if asked else "talked", "", (), p, understanding["intent"] or "", language)


def judge(query: dict[str, str], outcome: Outcome) -> str:
    """Right, wrong, or unjudged: nothing is expected, or a question was asked back.

    A clarifying question with the right article among those offered is right, and wrong without it; for a query that
    nothing answers it is left unjudged, because it is neither an answer nor a person.
    """
    route = query.get("route") or ""
    if not route:
        return UNJUDGED
    routes = {route, *(query.get("acceptable") or "").split("|")} - {""}
    wanted = set((query.get("faq_id") or "").split("|")) - {""}
    match outcome.decision:
        case "answered":
            return RIGHT if "faq" in routes and outcome.article in wanted else WRONG
        case "clarified":
            if "faq" not in routes:
                return UNJUDGED if routes & {"handoff", "human"} else WRONG
            return RIGHT if wanted & set(outcome.offered) else WRONG
        case "handed off":
            return RIGHT if routes & {"handoff", "human"} else WRONG
        case "order asked":
            return RIGHT if "order_status" in routes else WRONG
        case "talked":
            return RIGHT if routes & _TALK else WRONG
        case _:
            return UNJUDGED


@dataclass(frozen=True)
class Line:
    """One decision's counts."""

    decision: str
    count: int
    right: int
    wrong: int
    unjudged: int


@dataclass(frozen=True)
class Summary:
    """All lines, and what is known of queries that are no questions."""

    total: int
    lines: tuple[Line, ...]
    answer_precision: float | None
    no_question: tuple[int, int, int] | None  # of how many, articles shown or offered, persons fetched or offered

    @classmethod
    def of(cls, results: Sequence[tuple[dict[str, str], Outcome, str]]) -> "Summary":
        """Count."""
        counts = Counter((outcome.decision, verdict) for _, outcome, verdict in results)
        lines = []
        for decision in _DECISIONS:
            right, wrong, unjudged = (counts[decision, verdict] for verdict in (RIGHT, WRONG, UNJUDGED))
            if right + wrong + unjudged:
                lines.append(Line(decision, right + wrong + unjudged, right, wrong, unjudged))
        judged = counts["answered", RIGHT] + counts["answered", WRONG]
        precision = counts["answered", RIGHT] / judged if judged else None
        talk = [outcome.decision for query, outcome, _ in results if query.get("route") == "no_faq"]
        articles = sum(decision in ("answered", "clarified") for decision in talk)
        persons = sum(decision == "handed off" for decision in talk)
        return cls(len(results), tuple(lines), precision, (len(talk), articles, persons) if talk else None)

    def remarks(self) -> list[str]:
        """Sentences under the table."""
        said = []
        if self.answer_precision is not None:
            said.append(f"precision of answers: {self.answer_precision:.3f}")
        if self.no_question:
            total, articles, persons = self.no_question
            said.append(
                f"{total} turns that are no question (yes, thanks, values): "
                f"{articles / total:.1%} triggered an article, {persons / total:.1%} a person"
            )
        return said
