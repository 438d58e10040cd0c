"""The bot's sessions end when the shopper was away for long, and never while she is in the middle of something."""

from datetime import timedelta

import pytest

from handoff import conversations, sessions, turns
from handoff.model import Audit, Turn
from handoff.turns import TurnResult
from tests.unit.handoff.workbench import Bench, all_of

PAUSE = timedelta(minutes=30)


def answered(bench: Bench, conversation_id: str) -> int:
    """She asks and is answered at once; returns the session in which it happened."""
    turn_id = bench.asks(conversation_id, "a question")
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        sessions.renew_after_pause(session, conversation, session.get_one(Turn, turn_id), PAUSE, bench.now)
        turns.finish(session, turn_id, bench.now, TurnResult(None, None, None, None))
        return conversation.bot_session


@pytest.mark.parametrize(("minutes", "session"), [(29.9, 1), (30, 2), (600, 2)])
def test_a_long_silence_ends_the_session(bench: Bench, minutes: float, session: int) -> None:
    conversation_id = bench.conversation()
    assert answered(bench, conversation_id) == 1
    bench.later(minutes=minutes)
    assert answered(bench, conversation_id) == session


def test_a_long_talk_without_a_long_silence_is_one_session(bench: Bench) -> None:
    conversation_id = bench.conversation()
    for _ in range(10):
        assert answered(bench, conversation_id) == 1
        bench.later(minutes=20)


def test_the_language_and_the_introduction_stay(bench: Bench) -> None:
    conversation_id = bench.conversation(language="vi")
    answered(bench, conversation_id)
    with bench.database.write() as session:
        row = conversations.lock(session, conversation_id)
        row.introduced, row.language_chosen = True, True
    bench.later(hours=2)
    answered(bench, conversation_id)
    row = bench.row(conversation_id)
    assert (row.bot_session, row.language, row.language_chosen, row.introduced) == (2, "vi", True, True)
    assert (row.owner, row.epoch) == ("bot", 0), "nobody else has it"


def test_who_takes_a_turn_up_again_later_finds_the_silence_as_it_was(bench: Bench) -> None:
    """What counts is when she wrote, not when a desk that was down for an hour came back."""
    conversation_id = bench.conversation()
    answered(bench, conversation_id)
    bench.later(minutes=1)
    turn_id = bench.asks(conversation_id, "another")
    bench.later(hours=1)
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        turn = session.get_one(Turn, turn_id)
        assert not sessions.renew_after_pause(session, conversation, turn, PAUSE, bench.now)


def test_what_was_said_before_a_takeover_ends_no_session_twice(bench: Bench) -> None:
    conversation_id, agent = bench.conversation(), bench.agent()
    answered(bench, conversation_id)
    bench.move(conversation_id, "claim", agent=agent)
    bench.later(hours=1)
    bench.move(conversation_id, "give_to_bot")
    assert answered(bench, conversation_id) == 2


def test_a_new_session_is_on_record(bench: Bench) -> None:
    conversation_id = bench.conversation()
    answered(bench, conversation_id)
    bench.later(minutes=45)
    answered(bench, conversation_id)
    with bench.database.read() as session:
        (entry,) = [one for one in all_of(session, Audit) if one.act == "new_session"]
    assert (entry.conversation_id, entry.details) == (conversation_id, {"session": 2, "silent_minutes": 45})
