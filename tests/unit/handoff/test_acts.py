"""Acts: what agents do, each in one transaction, with the shopper told in her own language."""

from collections.abc import Callable
from typing import Any

import pytest

from handoff import conversations
from handoff.acts import NotYours, shopper_name
from handoff.conversations import UnknownConversation
from handoff.model import Agent, Audit, Message, Owner
from handoff.transitions import IllegalMove
from handoff.writing import LONGEST_REPLY, Unsendable
from tests.unit.handoff.workbench import Bench, all_of

LANGUAGES = ("en", "es", "vi")


@pytest.fixture
def ada(bench: Bench) -> str:
    return bench.agent("Ada")


@pytest.fixture
def ben(bench: Bench) -> str:
    return bench.agent("Ben")


def told(bench: Bench, conversation_id: str) -> str:
    """What the desk said last, which was also handed to delivery."""
    last = bench.texts(conversation_id, "desk")[-1]
    with bench.database.read() as session:
        queued = [session.get_one(Message, row.message_id).content["text"] for row in bench.outbox()]
    assert queued[-1] == last
    return last


def said(bench: Bench, language: str, key: str, **values: Any) -> str:
    return bench.acts.wording.say(language, f"shopper.{key}", **values)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("owner", ["queue", "bot"])
def test_a_claim_tells_the_shopper_who_is_there(bench: Bench, ada: str, language: str, owner: Owner) -> None:
    conversation_id = bench.conversation(owner, language=language)
    bench.acts.claim(conversation_id, ada, bench.now)
    assert (bench.row(conversation_id).owner, bench.row(conversation_id).agent_id) == ("agent", ada)
    assert told(bench, conversation_id) == said(bench, language, "agent_joined", name="Ada")


def test_a_claim_that_comes_too_late_tells_nobody_anything(bench: Bench, ada: str, ben: str) -> None:
    conversation_id = bench.conversation("queue")
    bench.acts.claim(conversation_id, ada, bench.now)
    before = bench.texts(conversation_id)
    with pytest.raises(IllegalMove):
        bench.acts.claim(conversation_id, ben, bench.now)
    assert bench.texts(conversation_id) == before
    assert bench.row(conversation_id).agent_id == ada


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_release_tells_the_shopper_and_keeps_her_place(bench: Bench, ada: str, language: str) -> None:
    came = bench.now
    conversation_id = bench.conversation("queue", language=language)
    bench.acts.claim(conversation_id, ada, bench.later(minutes=9))
    bench.acts.release(conversation_id, ada, bench.later(minutes=9))
    row = bench.row(conversation_id)
    assert (row.owner, row.queued_at, row.reason, row.agent_id) == ("queue", came, "returned", None)
    assert told(bench, conversation_id) == said(bench, language, "agent_left", name="Ada")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bot_gets_a_conversation_back_with_a_new_session(bench: Bench, ada: str, language: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada, language=language)
    bench.acts.give_to_bot(conversation_id, ada, bench.now)
    assert (bench.row(conversation_id).owner, bench.row(conversation_id).bot_session) == ("bot", 2)
    assert told(bench, conversation_id) == said(bench, language, "back_to_bot")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_resolved_conversation_ends_with_words_and_is_closed(bench: Bench, ada: str, language: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada, language=language)
    bench.acts.resolve(conversation_id, ada, bench.now)
    assert (bench.row(conversation_id).owner, bench.row(conversation_id).closed_at) == ("closed", bench.now)
    words = f"{said(bench, language, 'resolved', name='Ada')} {said(bench, language, 'rate')}"
    assert told(bench, conversation_id) == words


def test_a_reply_is_stored_with_its_agent_and_handed_to_delivery(bench: Bench, ada: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada)
    message_id = bench.acts.reply(conversation_id, ada, "  I look into it \n", "browser-1", bench.now)
    event = bench.events(conversation_id)[-1]
    assert (event.data["id"], event.data["author"], event.data["agent_name"]) == (message_id, "agent", "Ada")
    assert event.data["content"] == {"type": "text", "text": "I look into it"}
    assert event.public
    assert [row.message_id for row in bench.outbox()][-1:] == [message_id]


@pytest.mark.parametrize("act", ["reply", "note"])
def test_what_is_submitted_twice_is_stored_once_with_the_same_id(bench: Bench, ada: str, act: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada)
    write = getattr(bench.acts, act)
    first = write(conversation_id, ada, "once", "browser-1", bench.now)
    assert write(conversation_id, ada, "once", "browser-1", bench.later(seconds=1)) == first
    assert write(conversation_id, ada, "once", "browser-2", bench.now) != first
    assert write(conversation_id, ada, "once", None, bench.now) != write(conversation_id, ada, "once", None, bench.now)
    assert bench.texts(conversation_id, "agent") == ["once"] * 4


def test_the_same_client_id_in_another_conversation_is_another_message(bench: Bench, ada: str) -> None:
    first, second = bench.conversation("agent", agent=ada), bench.conversation("agent", agent=ada)
    bench.acts.reply(first, ada, "to one", "browser-1", bench.now)
    bench.acts.reply(second, ada, "to the other", "browser-1", bench.now)
    assert bench.texts(second, "agent") == ["to the other"]


def test_an_agents_words_are_kept_though_a_shopper_used_the_same_client_id(bench: Bench, ada: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada)
    bench.says(conversation_id, "guess what", client_id="browser-1")
    bench.acts.reply(conversation_id, ada, "my answer", "browser-1", bench.now)
    assert bench.texts(conversation_id, "agent") == ["my answer"]


@pytest.mark.parametrize("owner", ["bot", "queue", "agent", "closed"])
def test_a_note_may_be_left_by_any_agent_and_reaches_no_shopper(bench: Bench, ada: str, ben: str, owner: Owner) -> None:
    conversation_id = bench.conversation(owner, agent=ada if owner == "agent" else None)
    bench.acts.note(conversation_id, ben, "be kind", "browser-1", bench.now)
    event = bench.events(conversation_id)[-1]
    assert (event.data["note"], event.public, event.data["agent_id"]) == (True, False, ben)
    assert bench.outbox() == []


Act = Callable[[Bench, str, str], object]
OWN_ACTS: dict[str, Act] = {
    "reply": lambda bench, conversation_id, by: bench.acts.reply(conversation_id, by, "hi", None, bench.now),
    "release": lambda bench, conversation_id, by: bench.acts.release(conversation_id, by, bench.now),
    "give_to_bot": lambda bench, conversation_id, by: bench.acts.give_to_bot(conversation_id, by, bench.now),
    "resolve": lambda bench, conversation_id, by: bench.acts.resolve(conversation_id, by, bench.now),
}
ALL_ACTS: dict[str, Act] = OWN_ACTS | {
    "claim": lambda bench, conversation_id, by: bench.acts.claim(conversation_id, by, bench.now),
    "note": lambda bench, conversation_id, by: bench.acts.note(conversation_id, by, "hi", None, bench.now),
}


@pytest.mark.parametrize("owner", ["bot", "queue", "agent", "closed"])
@pytest.mark.parametrize("act", OWN_ACTS)
def test_only_its_own_agent_may_act_on_a_conversation(bench: Bench, ada: str, ben: str, act: str, owner: Owner) -> None:
    conversation_id = bench.conversation(owner, agent=ada if owner == "agent" else None)
    before = bench.events(conversation_id)
    with pytest.raises(NotYours):
        OWN_ACTS[act](bench, conversation_id, ben)
    assert len(bench.events(conversation_id)) == len(before)
    assert bench.outbox() == []


@pytest.mark.parametrize("act", ALL_ACTS)
def test_an_invented_conversation_is_said_to_be_unknown(bench: Bench, ada: str, act: str) -> None:
    with pytest.raises(UnknownConversation):
        ALL_ACTS[act](bench, "0" * 32, ada)


@pytest.mark.parametrize("act", ["reply", "note"])
@pytest.mark.parametrize("text", ["", " \n\t ", "x" * (LONGEST_REPLY + 1)])
def test_nothing_empty_or_endless_is_sent(bench: Bench, ada: str, act: str, text: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada)
    with pytest.raises(Unsendable):
        getattr(bench.acts, act)(conversation_id, ada, text, None, bench.now)
    assert bench.texts(conversation_id) == []


def test_a_reply_of_the_greatest_length_is_sent(bench: Bench, ada: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada)
    bench.acts.reply(conversation_id, ada, "x" * LONGEST_REPLY, None, bench.now)
    assert len(bench.texts(conversation_id, "agent")[0]) == LONGEST_REPLY


# ---- escalation -----------------------------------------------------------------------------------------------------


def escalate(bench: Bench, conversation_id: str, reason: Any = "asked") -> None:
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        bench.acts.escalate(session, conversation, reason, {"question": "why"}, bench.now)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("somebody", [True, False])
def test_an_escalation_tells_the_place_and_whether_anybody_is_there(
    bench: Bench, ada: str, language: str, somebody: bool
) -> None:
    if somebody:
        with bench.database.write() as session:
            session.get_one(Agent, ada).seen_at = bench.now
    bench.conversation("queue")
    bench.later(seconds=5)
    conversation_id = bench.conversation(language=language)
    escalate(bench, conversation_id)
    key = "queued" if somebody else "queued_nobody"
    assert told(bench, conversation_id) == said(bench, language, key, position=2)
    row = bench.row(conversation_id)
    assert (row.owner, row.reason, row.queued_at, row.packet) == ("queue", "asked", bench.now, {"question": "why"})


def test_a_bot_that_is_away_says_so_before_it_says_what_happens_next(bench: Bench) -> None:
    conversation_id = bench.conversation()
    escalate(bench, conversation_id, "engine_unavailable")
    assert bench.texts(conversation_id, "desk") == [
        said(bench, "en", "engine_unavailable"),
        said(bench, "en", "queued_nobody", position=1),
    ]


def test_what_the_bot_no_longer_has_it_cannot_escalate(bench: Bench, ada: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada)
    with pytest.raises(IllegalMove):
        escalate(bench, conversation_id)
    assert bench.row(conversation_id).packet is None
    assert bench.texts(conversation_id) == []


def test_every_act_is_recorded_with_its_agent(bench: Bench, ada: str) -> None:
    conversation_id = bench.conversation()
    escalate(bench, conversation_id)
    for act in ("claim", "release", "claim", "give_to_bot", "claim", "resolve"):
        getattr(bench.acts, act)(conversation_id, ada, bench.now)
    with bench.database.read() as session:
        recorded = [(row.act, row.actor) for row in all_of(session, Audit)]
    by_ada = f"agent:{ada}"
    assert recorded == [
        ("escalate", "bot"), ("claim", by_ada), ("release", by_ada), ("claim", by_ada), ("give_to_bot", by_ada),
        ("claim", by_ada), ("resolve", by_ada),
    ]  # fmt: skip


def test_a_shopper_has_the_name_that_her_channel_gave(bench: Bench) -> None:
    conversation_id = bench.conversation()
    with bench.database.read() as session:
        assert shopper_name(session, bench.row(conversation_id)) == "Lan"
