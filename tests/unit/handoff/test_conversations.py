"""Identities, dedupe, numbering, and the guarded move."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from handoff import conversations, queue
from handoff.conversations import UnknownConversation
from handoff.model import Agent, Assignment, Audit, Contact, Conversation, Identity, Inbound, Message
from handoff.transitions import IllegalMove
from tests.unit.handoff.workbench import Bench, all_of


def test_an_address_gets_its_identity_and_contact_once(bench: Bench) -> None:
    assert bench.identity("telegram", "42") == bench.identity("telegram", "42")
    with bench.database.read() as session:
        assert len(all_of(session, Identity)) == len(all_of(session, Contact)) == 1


def test_the_same_address_on_another_channel_is_somebody_else(bench: Bench) -> None:
    assert bench.identity("telegram", "42") != bench.identity("web", "42")


def test_a_name_longer_than_the_column_is_cut(bench: Bench) -> None:
    with bench.database.write() as session:
        identity = conversations.ensure_identity(session, "telegram", "42", "n" * 500, bench.now)
        assert len(session.get_one(Contact, identity.contact_id).name) == 120


def test_an_update_is_taken_in_once_for_each_channel(bench: Bench) -> None:
    def take_in(channel: str) -> Inbound | None:
        with bench.database.write() as session:
            return conversations.take_in(session, channel, "update-1", bench.now)

    assert take_in("telegram") is not None
    assert take_in("telegram") is None
    assert take_in("web") is not None


def test_after_a_repeated_update_the_transaction_can_go_on(bench: Bench) -> None:
    with bench.database.write() as session:
        conversations.take_in(session, "telegram", "update-1", bench.now)
    with bench.database.write() as session:
        assert conversations.take_in(session, "telegram", "update-1", bench.now) is None
        assert conversations.take_in(session, "telegram", "update-2", bench.now) is not None
    with bench.database.read() as session:
        assert {row.external_id for row in all_of(session, Inbound)} == {"update-1", "update-2"}


def test_the_dedupe_row_goes_with_what_it_caused(bench: Bench) -> None:
    def give_up() -> None:
        with bench.database.write() as session:
            conversations.take_in(session, "telegram", "update-1", bench.now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        give_up()
    with bench.database.write() as session:
        assert conversations.take_in(session, "telegram", "update-1", bench.now) is not None


def test_a_new_conversation_belongs_to_the_bot(bench: Bench) -> None:
    row = bench.row(bench.conversation(language="vi"))
    assert (row.owner, row.epoch, row.bot_session, row.last_seq, row.language) == ("bot", 0, 1, 0, "vi")
    assert (row.created_at, row.closed_at, row.language_chosen) == (bench.now, None, False)


def two_closed(bench: Bench) -> tuple[str, str]:
    """The ids of an identity's two conversations, the second begun an hour after the first."""
    first = bench.conversation("closed")
    bench.later(hours=1)
    with bench.database.write() as session:
        second = conversations.begin(session, bench.row(first).identity_id, "en", bench.now).id
    bench.move(second, "close")
    return first, second


def current(bench: Bench, conversation_id: str) -> str | None:
    """The id of what is current for whoever has this conversation."""
    with bench.database.write() as session:
        found = conversations.current(session, bench.row(conversation_id).identity_id)
        return found.id if found else None


def test_the_open_conversation_is_the_current_one_even_when_a_closed_one_is_later(bench: Bench) -> None:
    first, _ = two_closed(bench)
    bench.move(first, "reopen")
    assert current(bench, first) == first


def test_the_latest_of_closed_conversations_is_the_current_one(bench: Bench) -> None:
    first, second = two_closed(bench)
    assert current(bench, first) == second


def test_nobody_has_two_open_conversations(bench: Bench) -> None:
    identity_id = bench.row(bench.conversation("queue")).identity_id
    with pytest.raises(IntegrityError), bench.database.write() as session:
        conversations.begin(session, identity_id, "en", bench.now)


def test_somebody_new_has_no_conversation(bench: Bench) -> None:
    identity_id = bench.identity()
    with bench.database.write() as session:
        assert conversations.current(session, identity_id) is None


def test_an_invented_conversation_cannot_be_locked(bench: Bench) -> None:
    with bench.database.write() as session, pytest.raises(UnknownConversation):
        conversations.lock(session, "0" * 32)


def test_the_owner_can_be_asked_without_a_lock(bench: Bench) -> None:
    conversation_id = bench.conversation("queue")
    with bench.database.read() as session:
        assert conversations.owner_of(session, conversation_id) == "queue"
        assert conversations.owner_of(session, "0" * 32) is None


# ---- moves ----------------------------------------------------------------------------------------------------------


def test_a_move_from_a_stale_row_is_refused_and_changes_nothing(bench: Bench) -> None:
    conversation_id, ada = bench.conversation("queue"), bench.agent()
    with bench.database.write() as session:
        conversation, agent = conversations.lock(session, conversation_id), session.get_one(Agent, ada)
        session.execute(  # somebody else, between our reading and our writing
            update(Conversation).values(epoch=9).execution_options(synchronize_session=False)
        )
        with pytest.raises(IllegalMove):
            conversations.move(session, conversation, "claim", "test", bench.now, agent=agent)
    row = bench.row(conversation_id)
    assert (row.owner, row.epoch, row.last_seq) == ("queue", 9, 1)
    with bench.database.read() as session:
        assert all_of(session, Assignment) == []


def test_of_agents_who_claim_at_once_exactly_one_wins(bench: Bench) -> None:
    conversation_id = bench.conversation("queue")
    agents = [bench.agent(name) for name in ("Ada", "Ben", "Chi", "Dao")]
    together, outcomes = threading.Barrier(len(agents)), list[str | None]()

    def claim(agent_id: str) -> None:
        together.wait(10)
        try:
            with bench.database.write() as session:
                queue.claim(session, conversation_id, session.get_one(Agent, agent_id), bench.now)
            outcomes.append(agent_id)
        except IllegalMove:
            outcomes.append(None)

    threads = [threading.Thread(target=claim, args=(agent_id,)) for agent_id in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    winners = [agent_id for agent_id in outcomes if agent_id]
    assert len(outcomes) == len(agents)
    assert winners == [bench.row(conversation_id).agent_id]


def test_an_assignment_lasts_from_claim_to_release(bench: Bench) -> None:
    conversation_id, ada, ben = bench.conversation("queue"), bench.agent("Ada"), bench.agent("Ben")
    came = bench.later(minutes=1)
    bench.move(conversation_id, "claim", agent=ada)
    went = bench.later(minutes=5)
    bench.move(conversation_id, "release", agent=ada)
    again = bench.later(minutes=2)
    bench.move(conversation_id, "claim", agent=ben)
    with bench.database.read() as session:
        kept = [(row.agent_id, row.began_at, row.ended_at) for row in all_of(session, Assignment)]
    assert kept == [(ada, came, went), (ben, again, None)]


@pytest.mark.parametrize("how", ["release", "give_to_bot", "resolve"])
def test_every_way_out_of_an_agents_hands_ends_the_assignment(bench: Bench, how: Any) -> None:
    ada = bench.agent()
    bench.move(bench.conversation("agent", agent=ada), how)
    with bench.database.read() as session:
        assert [row.ended_at for row in all_of(session, Assignment)] == [bench.now]


def test_a_move_is_recorded_with_who_from_where_to_where_and_why(bench: Bench) -> None:
    conversation_id, ada = bench.conversation("queue"), bench.agent()
    with bench.database.write() as session:
        conversation, agent = conversations.lock(session, conversation_id), session.get_one(Agent, ada)
        conversations.move(
            session, conversation, "claim", f"agent:{ada}", bench.now, agent=agent, details={"through": "inbox"}
        )
    with bench.database.read() as session:
        last = all_of(session, Audit)[-1]
    assert (last.actor, last.act, last.conversation_id, last.agent_id) == (
        f"agent:{ada}",
        "claim",
        conversation_id,
        ada,
    )
    assert last.details == {"from": "queue", "to": "agent", "reason": "asked", "through": "inbox"}
    assert last.at == bench.now


def test_everything_that_happens_is_numbered_without_gaps(bench: Bench) -> None:
    conversation_id, ada = bench.conversation(), bench.agent()
    bench.says(conversation_id, "where is my parcel")
    bench.move(conversation_id, "escalate", reason="anger")
    bench.move(conversation_id, "claim", agent=ada)
    bench.says(conversation_id, "I look", "agent")
    bench.says(conversation_id, "angry, be kind", "agent", note=True)
    bench.move(conversation_id, "resolve", agent=ada)
    kinds = ["message", "owner", "owner", "message", "message", "owner"]
    assert [(event.seq, event.kind) for event in bench.events(conversation_id)] == list(enumerate(kinds, start=1))
    assert bench.row(conversation_id).last_seq == len(kinds)


def test_a_message_has_the_number_of_its_event(bench: Bench) -> None:
    conversation_id = bench.conversation("queue")
    message = bench.says(conversation_id, "hello?")
    assert message.seq == bench.events(conversation_id)[-1].seq == 2


def test_numbers_stay_gap_free_when_a_transaction_is_given_up(bench: Bench) -> None:
    conversation_id = bench.conversation()
    with pytest.raises(RuntimeError):
        bench.says_and_gives_up(conversation_id)
    assert bench.says(conversation_id, "kept").seq == 1


def test_threads_that_write_into_one_conversation_leave_no_gap(bench: Bench) -> None:
    conversation_id = bench.conversation()
    threads = [threading.Thread(target=lambda: [bench.says(conversation_id, "hi") for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [event.seq for event in bench.events(conversation_id)] == list(range(1, 21))


# ---- what the schema itself refuses ---------------------------------------------------------------------------------


def _without_agent(row: Conversation) -> None:
    row.owner = "agent"


def _agent_at_the_bot(row: Conversation) -> None:
    row.agent_id = "ada"


def _queue_without_time(row: Conversation) -> None:
    row.owner = "queue"


def _unknown_owner(row: Conversation) -> None:
    row.owner = "nobody"  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("break_it", "constraint"),
    [
        (_without_agent, "ck_conversation_agent_owns"),
        (_agent_at_the_bot, "ck_conversation_agent_owns"),
        (_queue_without_time, "ck_conversation_queued"),
        (_unknown_owner, "ck_conversation_owner"),
    ],
)
def test_the_schema_refuses_a_conversation_that_cannot_be(
    bench: Bench, break_it: Callable[[Conversation], None], constraint: str
) -> None:
    conversation_id = bench.conversation()
    with pytest.raises(IntegrityError, match=constraint), bench.database.write() as session:
        break_it(conversations.lock(session, conversation_id))


def test_the_schema_refuses_a_second_open_assignment(bench: Bench) -> None:
    ada = bench.agent()
    conversation_id = bench.conversation("agent", agent=ada)
    with pytest.raises(IntegrityError), bench.database.write() as session:
        session.add(Assignment(conversation_id=conversation_id, agent_id=ada, began_at=bench.now))


def test_the_schema_refuses_a_second_message_with_the_same_client_id(bench: Bench) -> None:
    conversation_id = bench.conversation()
    bench.says(conversation_id, "hi", client_id="browser-1")
    with pytest.raises(IntegrityError):
        bench.says(conversation_id, "hi", client_id="browser-1")
    with bench.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_a_time_without_a_zone_is_refused(bench: Bench) -> None:
    bench.now = datetime(2026, 3, 2, 12)  # noqa: DTZ001
    with pytest.raises(StatementError, match="without a zone"):
        bench.identity()


def test_the_shoppers_clock_runs_until_a_person_answers_her(bench: Bench) -> None:
    """A note is no answer, a second question starts no second clock, and giving back keeps it running."""
    ada = bench.agent()
    waiting = bench.conversation("queue")
    asked = bench.now
    bench.later(minutes=1)
    bench.says(waiting, "hello?")
    bench.move(waiting, "claim", agent=ada)
    bench.acts.note(waiting, ada, "a difficult one", None, bench.now)
    assert bench.row(waiting).waiting_since == asked
    bench.acts.reply(waiting, ada, "here I am", None, bench.now)
    assert bench.row(waiting).waiting_since is None
    asked = bench.later(minutes=1)
    bench.says(waiting, "and?")
    bench.later(minutes=1)
    bench.says(waiting, "hello?")
    bench.acts.release(waiting, ada, bench.now)
    assert bench.row(waiting).waiting_since == asked
    bench.move(waiting, "resolve")
    assert bench.row(waiting).waiting_since is None


def test_the_bots_shoppers_have_no_clock_until_people_take_over(bench: Bench) -> None:
    conversation = bench.conversation("bot")
    bench.says(conversation, "hello")
    assert bench.row(conversation).waiting_since is None
    bench.later(minutes=1)
    bench.move(conversation, "claim", agent=bench.agent())
    assert bench.row(conversation).waiting_since == bench.now


def test_of_many_conversations_those_that_are_there_are_told(bench: Bench) -> None:
    there = {bench.conversation("bot"), bench.conversation("queue")}
    with bench.database.read() as session:
        assert conversations.existing(session, there | {f"{number:032x}" for number in range(1_200)}) == there
        assert conversations.existing(session, ()) == set()
