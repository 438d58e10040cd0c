"""The engine's JSON, checked: known shapes become messages and commands, everything else is misbehaviour."""

from typing import Any

import pytest

from bot.engine.replies import (
    Answer,
    Choices,
    EngineMisbehaved,
    FeedbackCommand,
    HandoffCommand,
    LanguageCommand,
    OrderLookupCommand,
    Text,
    parse_reply,
)

UNDERSTOOD = {
    "intent": {"name": "faq", "confidence": 0.9},
    "faqdesk": {
        "language": "es",
        "language_p": 0.9,
        "release": "r1",
        "decision": "answer",
        "candidates": [],
        "more": 1,
    },
    "entities": [],
}
ARTICLE = {"id": "a", "language": "en", "title": "A", "body": "B", "link": "", "updated": ""}
HANDOFF = {"kind": "handoff", "reason": "asked", "question": "?", "articles_tried": [], "collected": {}}


def body(*messages: Any, **different: Any) -> dict[str, Any]:
    return {"messages": list(messages), "understanding": UNDERSTOOD, "failed": [], **different}


def custom(**payload: Any) -> dict[str, Any]:
    return {"custom": payload}


def test_messages_and_commands_are_told_apart_and_stay_in_order() -> None:
    reply = parse_reply(
        body(
            {"text": "one", "buttons": [{"title": "Yes", "payload": "/affirm"}]},
            custom(kind="feedback", article_id="a", helpful=True),
            custom(kind="answer", article=ARTICLE, release="r1", p=None),
            custom(kind="order_lookup", order_number="CS-1", found=False),
            custom(kind="choices", articles=[{"id": "a", "language": "en", "title": "A"}], release="r1"),
            custom(kind="language", language="vi"),
            {"custom": HANDOFF},
        )
    )
    assert [type(shown) for shown in reply.shown] == [Text, Answer, Choices]
    assert [type(c) for c in reply.commands] == [FeedbackCommand, OrderLookupCommand, LanguageCommand, HandoffCommand]
    assert reply.intent == "faq"
    assert reply.understood is not None
    assert (reply.understood.language, reply.understood.decision) == ("es", "answer")


def test_a_payload_wins_over_the_text_beside_it() -> None:
    reply = parse_reply(body({"text": "for rasa shell", **custom(kind="language", language="vi")}))
    assert (reply.shown, len(reply.commands)) == ((), 1)


def test_an_answer_without_an_understanding_is_one() -> None:
    reply = parse_reply(body({"text": "hi"}, understanding=None))
    assert (reply.understood, reply.intent) == (None, None)


def test_failed_actions_are_named() -> None:
    with pytest.raises(EngineMisbehaved, match="action_answer_faq, action_track_order"):
        parse_reply(body({"text": "hi"}, failed=["action_answer_faq", "action_track_order"]))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        "hello",
        7,
        body(),
        {"messages": [{"text": "hi"}]},
        body({}),
        body({"text": None}),
        body({"text": 7}),
        body("hi"),
        body({"buttons": []}),
        body({"text": "hi", "buttons": [{"title": "Yes"}]}),
        body(custom(kind="delete_conversation")),
        body(custom(reason="asked")),
        body({"custom": {**HANDOFF, "reason": "because"}}),
        body({"custom": {**HANDOFF, "priority": "high"}}),
        body(custom(kind="answer", article={**ARTICLE, "html": "<script>"}, release="r1", p=0.5)),
        body(custom(kind="answer", article={}, release="r1", p=0.5)),
        body(custom(kind="choices", articles=[], release="r1")),
        body(custom(kind="ask", field="credit_card")),
        body(custom(kind="feedback", article_id="a")),
        body({"text": "hi"}, understanding={"intent": {"name": "faq"}}),
        body({"text": "hi"}, understanding={**UNDERSTOOD, "faqdesk": {"language": "es"}}),
        body({"text": "hi"}, understanding="faq"),
    ],
    ids=repr,
)
def test_what_the_desk_does_not_know_is_misbehaviour(answer: Any) -> None:
    with pytest.raises(EngineMisbehaved):
        parse_reply(answer)
