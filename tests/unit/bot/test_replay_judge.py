"""What became of a replayed query, and whether that was right."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.cli.replay_judge import RIGHT, UNJUDGED, WRONG, Line, Outcome, Summary, judge, outcomes_of
from bot.messages import Content
from handoff import conversations, turns
from handoff.database import Database
from handoff.turns import TurnResult

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def query(route: str = "faq", faq_id: str = "returns", acceptable: str = "") -> dict[str, str]:
    return {"route": route, "faq_id": faq_id, "acceptable": acceptable}


def offers(*articles: str) -> Outcome:
    return Outcome("clarified", offered=articles)


RETURNS = Outcome("answered", "returns")
PERSON, ORDER, TALK, REFUSED = Outcome("handed off"), Outcome("order asked"), Outcome("talked"), Outcome("refused")


@pytest.mark.parametrize(
    ("expected", "outcome", "verdict"),
    [
        # an article
        (query(), RETURNS, RIGHT),
        (query(faq_id="refunds"), RETURNS, WRONG),
        (query(faq_id="refunds|returns"), RETURNS, RIGHT),
        (query(faq_id=""), RETURNS, WRONG),
        (query("handoff"), RETURNS, WRONG),
        (query("handoff", acceptable="faq"), RETURNS, RIGHT),
        (query("no_faq"), RETURNS, WRONG),
        # a question asked back
        (query(), offers("refunds", "returns"), RIGHT),
        (query(), offers("refunds"), WRONG),
        (query("handoff"), offers("returns"), UNJUDGED),
        (query("human"), offers("returns"), UNJUDGED),
        (query("no_faq"), offers("returns"), WRONG),
        (query("order_status"), offers("returns"), WRONG),
        # a person
        (query("handoff"), PERSON, RIGHT),
        (query("human"), PERSON, RIGHT),
        (query(), PERSON, WRONG),
        (query(acceptable="order_status|handoff"), PERSON, RIGHT),
        # the order
        (query("order_status"), ORDER, RIGHT),
        (query(), ORDER, WRONG),
        # small talk
        (query("smalltalk"), TALK, RIGHT),
        (query("no_faq"), TALK, RIGHT),
        (query(), TALK, WRONG),
        # nothing to compare
        (query(""), RETURNS, UNJUDGED),
        ({"text": "only words"}, RETURNS, UNJUDGED),
        (query(), REFUSED, UNJUDGED),
    ],
)
def test_a_query_is_judged(expected: dict[str, str], outcome: Outcome, verdict: str) -> None:
    assert judge(expected, outcome) == verdict


def test_a_summary_counts_every_decision_once() -> None:
    results = [
        (query(), RETURNS, RIGHT),
        (query(), RETURNS, WRONG),
        (query(""), RETURNS, UNJUDGED),
        (query("handoff"), PERSON, RIGHT),
        (query(), REFUSED, UNJUDGED),
    ]
    summary = Summary.of(results)
    assert summary.total == len(results)
    assert summary.lines == (
        Line("answered", 3, 1, 1, 1),
        Line("handed off", 1, 1, 0, 0),
        Line("refused", 1, 0, 0, 1),
    )
    assert summary.answer_precision == 0.5
    assert summary.remarks() == ["precision of answers: 0.500"]


def test_turns_that_are_no_question_are_told_of_apart() -> None:
    talk = query("no_faq")
    summary = Summary.of(
        [(talk, RETURNS, WRONG), (talk, offers("a"), WRONG), (talk, PERSON, WRONG), (talk, TALK, RIGHT)]
    )
    assert summary.no_question == (4, 2, 1)
    assert "50.0% triggered an article, 25.0% a person" in summary.remarks()[-1]


def test_without_judged_answers_there_is_no_precision() -> None:
    summary = Summary.of([(query(""), RETURNS, UNJUDGED)])
    assert (summary.answer_precision, summary.no_question, summary.remarks()) == (None, None, [])


# ---- read back from the stored turns ----------------------------------------------------------------------------------


def store(
    database: Database, decision: str, intent: str | None = "faq", article: str | None = None, **more: Any
) -> str:
    """A conversation whose first turn came to this decision; returns its id."""
    candidates = [{"p": 0.8}] if intent == "faq" else []
    understanding = {"language": "es", "intent": intent, "candidates": candidates} if intent else None
    with database.write() as session:
        identity = conversations.ensure_identity(session, "web", conversations.new_id(), "", NOW)
        conversation = conversations.begin(session, identity.id, "es", NOW)
        turn = turns.owe(session, conversation, 1, "?", None, NOW)
        turns.finish(session, turn.id, NOW, TurnResult(understanding, decision, article, 5.0))
        if offered := more.get("offered"):
            stored = Content("choices", "Which?", data={"articles": [{"id": a, "title": a} for a in offered]}).stored(
                "m"
            )
            conversations.add_message(session, conversation, "bot", stored, NOW)
        if reason := more.get("reason"):
            conversations.move(session, conversation, "escalate", "bot", NOW, reason=reason)
        return conversation.id


def test_outcomes_are_read_back_in_the_order_of_the_queries(database: Database) -> None:
    stored = [
        store(database, "answer", article="returns"),
        store(database, "clarify", offered=["returns", "refunds"]),
        store(database, "handoff", "request_human", reason="asked"),
        store(database, "offer", "nlu_fallback"),
        store(database, "unavailable", None, reason="engine_unavailable"),
        store(database, "talk", "track_order"),
        store(database, "talk", "greet"),
    ]
    outcomes = outcomes_of(str(database.engine.url), [*stored, "", stored[0]])
    assert outcomes == [
        Outcome("answered", "returns", (), 0.8, "", "es"),
        Outcome("clarified", "", ("returns", "refunds"), 0.8, "", "es"),
        Outcome("handed off", "", (), 0.0, "asked", "es"),
        Outcome("handed off", "", (), 0.0, "offered", "es"),
        Outcome("handed off", "", (), 0.0, "engine_unavailable", ""),
        Outcome("order asked", "", (), 0.0, "track_order", "es"),
        Outcome("talked", "", (), 0.0, "greet", "es"),
        Outcome("refused"),
        outcomes[0],
    ]
