"""Handing on and rest: what an agent does with a conversation that another one, a team or tomorrow should go on with."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from handoff.acts import BadTime, NotYours, UnknownColleague
from handoff.capacity import NoRoom, in_hand
from handoff.conversations import new_id
from handoff.model import Agent, Assignment, Audit, Conversation, Offer, Team
from handoff.settings import HandoffSettings
from handoff.transitions import IllegalMove
from handoff.views import for_agent
from tests.unit.handoff.workbench import Bench, all_of


@pytest.fixture
def ada(bench: Bench) -> str:
    return bench.agent("Ada")


@pytest.fixture
def ben(bench: Bench) -> str:
    return bench.agent("Ben")


@pytest.fixture
def held(bench: Bench, ada: str) -> str:
    """A conversation that waited nine minutes and is with Ada."""
    conversation_id = bench.conversation("queue")
    bench.acts.claim(conversation_id, ada, bench.later(minutes=9))
    return conversation_id


def team(bench: Bench, name: str = "Returns", *, disabled: bool = False) -> str:
    team_id = new_id()
    with bench.database.write() as session:
        session.add(Team(id=team_id, name=name, created_at=bench.now, disabled_at=bench.now if disabled else None))
    return team_id


def give_capacity(bench: Bench, agent_id: str, capacity: int) -> None:
    with bench.database.write() as session:
        session.get_one(Agent, agent_id).capacity = capacity


def hears(bench: Bench, conversation_id: str) -> Conversation:
    """The shopper writes."""
    with bench.database.write() as session:
        conversation = session.get_one(Conversation, conversation_id)
        bench.acts.hear(session, conversation, bench.now)
        return conversation


# ---- to a colleague -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es", "vi"])
def test_a_colleague_gets_the_conversation_and_the_shopper_is_told_of_both(
    bench: Bench, ada: str, ben: str, language: str
) -> None:
    came = bench.now
    conversation_id = bench.conversation("queue", language=language)
    bench.acts.claim(conversation_id, ada, bench.later(minutes=9))
    bench.acts.transfer(conversation_id, ada, ben, bench.later(minutes=1))
    row = bench.row(conversation_id)
    assert (row.owner, row.agent_id, row.queued_at) == ("agent", ben, came)
    with bench.database.read() as session:
        assert session.get_one(Agent, ben).served_at == bench.now, "others are offered the next one first"
    words = bench.acts.wording.say(language, "shopper.agent_changed", name="Ada", colleague="Ben")
    assert bench.texts(conversation_id, "desk")[-1] == words
    assert "Ada" in words
    assert "Ben" in words


def test_a_transfer_ends_one_assignment_and_begins_the_next(bench: Bench, ada: str, ben: str, held: str) -> None:
    passed = bench.later(minutes=4)
    bench.acts.transfer(held, ada, ben, passed)
    with bench.database.read() as session:
        found = [(row.agent_id, row.ended_at) for row in all_of(session, Assignment)]
    assert found == [(ada, passed), (ben, None)]


def test_who_passed_it_on_can_do_nothing_with_it_any_more(bench: Bench, ada: str, ben: str, held: str) -> None:
    bench.acts.transfer(held, ada, ben, bench.now)
    with pytest.raises(NotYours):
        bench.acts.reply(held, ada, "one more thing", None, bench.now)
    bench.acts.reply(held, ben, "I go on", None, bench.now)


def test_the_audit_says_who_gave_it_to_whom(bench: Bench, ada: str, ben: str, held: str) -> None:
    bench.acts.transfer(held, ada, ben, bench.now)
    with bench.database.read() as session:
        last = all_of(session, Audit)[-1]
        assert (last.actor, last.act, last.agent_id) == (f"agent:{ada}", "transfer", ben)


def test_nobody_gets_more_than_she_takes_at_once(bench: Bench, ada: str, ben: str, held: str) -> None:
    give_capacity(bench, ben, 1)
    bench.conversation("agent", agent=ben)
    with pytest.raises(NoRoom, match="Ben has 1"):
        bench.acts.transfer(held, ada, ben, bench.now)
    assert bench.row(held).agent_id == ada


def test_what_was_offered_to_her_counts_as_hers(bench: Bench, ada: str, ben: str, held: str) -> None:
    give_capacity(bench, ben, 1)
    waiting = bench.conversation("queue")
    with bench.database.write() as session:
        session.add(
            Offer(
                conversation_id=waiting, agent_id=ben, offered_at=bench.now, expires_at=bench.now + timedelta(minutes=1)
            )
        )
    with pytest.raises(NoRoom):
        bench.acts.transfer(held, ada, ben, bench.now)


@pytest.mark.parametrize("whom", ["nobody", "herself", "disabled"])
def test_a_colleague_who_is_not_there_gets_nothing(bench: Bench, ada: str, ben: str, held: str, whom: str) -> None:
    with bench.database.write() as session:
        session.get_one(Agent, ben).disabled_at = bench.now
    before = bench.texts(held)
    with pytest.raises(UnknownColleague):
        bench.acts.transfer(held, ada, {"nobody": new_id(), "herself": ada, "disabled": ben}[whom], bench.now)
    assert (bench.row(held).agent_id, bench.texts(held)) == (ada, before)


# ---- to a team ------------------------------------------------------------------------------------------------------


def test_a_teams_queue_gets_it_with_its_age(bench: Bench, ada: str, held: str) -> None:
    came = bench.row(held).queued_at
    returns = team(bench)
    bench.acts.transfer_to_team(held, ada, returns, bench.later(minutes=5))
    row = bench.row(held)
    assert (row.owner, row.agent_id, row.team_id, row.queued_at) == ("queue", None, returns, came)
    assert row.reason == "transferred"
    assert "keep your place" in bench.texts(held, "desk")[-1]


def test_it_can_be_given_back_to_everybody(bench: Bench, ada: str, held: str) -> None:
    bench.acts.transfer_to_team(held, ada, team(bench), bench.now)
    bench.acts.claim(held, ada, bench.now)
    bench.acts.transfer_to_team(held, ada, None, bench.now)
    assert bench.row(held).team_id is None


@pytest.mark.parametrize("kind", ["invented", "disabled"])
def test_a_team_that_is_not_there_gets_nothing(bench: Bench, ada: str, held: str, kind: str) -> None:
    chosen = team(bench, disabled=True) if kind == "disabled" else new_id()
    with pytest.raises(UnknownColleague):
        bench.acts.transfer_to_team(held, ada, chosen, bench.now)
    assert (bench.row(held).owner, bench.row(held).team_id) == ("agent", None)


# ---- rest -----------------------------------------------------------------------------------------------------------


def test_a_resting_conversation_stays_with_its_agent_and_frees_her_hands(bench: Bench, ada: str, held: str) -> None:
    until = bench.now + timedelta(hours=3)
    bench.acts.snooze(held, ada, until, bench.now)
    row = bench.row(held)
    assert (row.owner, row.agent_id, row.snoozed_until) == ("agent", ada, until)
    with bench.database.read() as session:
        assert in_hand(session, ada) == 0


def test_the_shopper_does_not_hear_that_it_rests(bench: Bench, ada: str, held: str) -> None:
    before = [event.seq for event in bench.events(held, public_only=True)], bench.texts(held)
    bench.acts.snooze(held, ada, bench.now + timedelta(hours=3), bench.now)
    bench.acts.wake(held, ada, bench.now)
    assert ([event.seq for event in bench.events(held, public_only=True)], bench.texts(held)) == before


def test_agents_see_until_when_it_rests(bench: Bench, ada: str, held: str) -> None:
    until = bench.now + timedelta(hours=3)
    bench.acts.snooze(held, ada, until, bench.now)
    seen: dict[str, Any] = for_agent(bench.events(held)[-1])
    assert datetime.fromisoformat(seen["snoozed_until"]) == until
    assert seen["agent_name"] == "Ada"


def test_a_rest_is_one_assignment(bench: Bench, ada: str, held: str) -> None:
    bench.acts.snooze(held, ada, bench.now + timedelta(hours=3), bench.now)
    bench.acts.wake(held, ada, bench.now)
    with bench.database.read() as session:
        assert [row.ended_at for row in all_of(session, Assignment)] == [None]


def test_the_shoppers_words_end_the_rest(bench: Bench, ada: str, held: str) -> None:
    bench.acts.snooze(held, ada, bench.now + timedelta(days=3), bench.now)
    heard = hears(bench, held)
    assert (heard.owner, heard.agent_id, heard.snoozed_until) == ("agent", ada, None)


def test_the_agents_own_reply_leaves_it_at_rest(bench: Bench, ada: str, held: str) -> None:
    until = bench.now + timedelta(days=3)
    bench.acts.snooze(held, ada, until, bench.now)
    bench.acts.reply(held, ada, "We wait for the carrier.", None, bench.now)
    assert bench.row(held).snoozed_until == until


def test_only_what_rests_can_be_woken(bench: Bench, ada: str, held: str) -> None:
    with pytest.raises(IllegalMove):
        bench.acts.wake(held, ada, bench.now)


@pytest.mark.parametrize("hours", [0, -1, 24 * 400])
def test_a_rest_has_a_sensible_end(bench: Bench, ada: str, held: str, hours: int) -> None:
    with pytest.raises(BadTime):
        bench.acts.snooze(held, ada, bench.now + timedelta(hours=hours), bench.now)
    assert bench.row(held).snoozed_until is None


def test_another_agent_cannot_let_it_rest(bench: Bench, ben: str, held: str) -> None:
    with pytest.raises(NotYours):
        bench.acts.snooze(held, ben, bench.now + timedelta(hours=1), bench.now)


# ---- opened again ---------------------------------------------------------------------------------------------------


def settled(bench: Bench, ada: str, held: str, reopen_to: str) -> str:
    bench.acts = type(bench.acts)(
        bench.database,
        HandoffSettings.model_validate({"reopen_to": reopen_to}),
        bench.acts.wording,
        bench.acts.shop,
    )
    bench.acts.resolve(held, ada, bench.now)
    bench.later(hours=1)
    return held


def test_the_bot_goes_on_with_what_was_settled(bench: Bench, ada: str, held: str) -> None:
    heard = hears(bench, settled(bench, ada, held, "bot"))
    assert (heard.owner, heard.reason, heard.queued_at) == ("bot", None, None)


def test_people_go_on_with_what_was_settled_where_the_shop_wants_it(bench: Bench, ada: str, held: str) -> None:
    heard = hears(bench, settled(bench, ada, held, "people"))
    assert (heard.owner, heard.reason, heard.queued_at) == ("queue", "reopened", bench.now)


def test_what_only_the_bot_had_goes_back_to_the_bot(bench: Bench) -> None:
    bench.acts = type(bench.acts)(
        bench.database, HandoffSettings(reopen_to="people"), bench.acts.wording, bench.acts.shop
    )
    conversation_id = bench.conversation("bot")
    bench.move(conversation_id, "close")
    assert hears(bench, conversation_id).owner == "bot"
