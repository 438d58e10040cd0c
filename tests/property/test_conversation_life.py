"""Whatever shoppers, bot and agents do in whatever order: one owner, no lost message, no bot after a takeover.

A plain Python model says who may speak and what must be stored; the gateway and the acts run on a real database beside it.
"""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

import bot
import handoff
from bot import sweeps
from bot.engine.client import EngineTurn, EngineUnavailable
from bot.engine.replies import EngineReply, parse_reply
from bot.gateway import Gateway
from bot.messages import Inbound
from bot.rendering import Renderer
from handoff import events, offers, turns
from handoff.acts import Acts, NotYours
from handoff.capacity import NoRoom
from handoff.database import Database
from handoff.desk_acts import DeskActs
from handoff.handing_on import UnknownColleague
from handoff.merging import CannotMerge, NotTheirs
from handoff.model import Agent, Assignment, Conversation, Event, Identity, Message, Offer, Owner, Turn
from handoff.settings import HandoffSettings
from handoff.transitions import IllegalMove
from handoff.views import for_agent, for_shopper
from handoff.wording import Wording
from tests.databases import Templates

AGENTS = {"ada": 1, "ben": 1, "chi": 5}  # and how many conversations each takes at once
SHOPPERS = ("lan", "minh")
MOST_ATTEMPTS = 3  # of bot/gateway.py: after so many a person gets it
BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
HANDOFF = {"kind": "handoff", "reason": "asked", "question": "?", "articles_tried": [], "collected": {}}
UNDERSTOOD = {
    "intent": {"name": "faq"},
    "faqdesk": {"language": "en", "language_p": 0.9, "release": "r", "decision": "x", "candidates": []},
}
REPLIES: dict[str, EngineReply | None] = {
    "words": parse_reply({"messages": [{"text": "words"}], "understanding": UNDERSTOOD, "failed": []}),
    "handoff": parse_reply({"messages": [{"custom": HANDOFF}], "understanding": UNDERSTOOD, "failed": []}),
    "failure": None,
}
HUMAN_WORDS, BOT_WORDS = (Wording.load(Path(next(iter(room.__path__))) / "words") for room in (handoff, bot))


class ScriptedEngine:
    """Answers with `reply`; whatever `meanwhile` does happens while it thinks."""

    def __init__(self) -> None:
        self.reply: EngineReply | None = None
        self.meanwhile: Any = lambda: None

    async def answer(self, turn: EngineTurn) -> tuple[EngineReply, float]:
        self.meanwhile()
        if self.reply is None:
            raise EngineUnavailable("the script says no")
        return self.reply, 1.0


class Thread:
    """The model of one conversation."""

    def __init__(self, conversation_id: str) -> None:
        self.id = conversation_id
        self.owner: Owner = "bot"
        self.agent: str | None = None
        self.rests_until: datetime | None = None
        self.goes_on: Thread | None = None  # where it was merged
        self.epoch = 0
        self.said: list[tuple[str, str]] = []  # (message id, text) of the shopper, in order
        self.seen_by_people: set[str] = (
            set()
        )  # messages that were there while the queue or an agent had it, or it was closed
        self.seen: list[dict[str, Any]] = []  # the events that the shopper's browser has put together
        self.after = 0

    def move(self, owner: Owner, agent: str | None = None, rests_until: datetime | None = None) -> None:
        self.owner, self.agent, self.epoch, self.rests_until = owner, agent, self.epoch + 1, rests_until
        self.goes_on = None
        self.note()

    def note(self) -> None:
        if self.owner != "bot":
            self.seen_by_people |= {message_id for message_id, _ in self.said}


class DeskLife(RuleBasedStateMachine):
    """Rules are what people and workers do; invariants are what may never be otherwise."""

    templates: Templates
    backend: str

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.url = self.templates.new(self.backend, Path(self.folder.name))
        self.database = Database(self.url)
        self.now = BEGAN
        self.engine = ScriptedEngine()
        # However late somebody writes, it is the same conversation here.
        people = HandoffSettings(reopen_within=timedelta(days=10_000), routing="offers")
        self.acts = Acts(self.database, people, HUMAN_WORDS, "Casa Sen")
        self.gateway = Gateway(self.acts, self.engine, Renderer(BOT_WORDS, "https://x"))
        self.loop = asyncio.Runner()
        self.threads: dict[str, Thread] = {}  # by shopper
        self.taken: list[Turn] = []  # leased and not yet answered, as by a worker that is slow
        self.written = 0
        self.contacts: dict[str, str] = {}  # whose an address was at first

    def teardown(self) -> None:
        self.loop.close()
        self.database.close()
        self.templates.give_back(self.url)
        self.folder.cleanup()

    @initialize()
    def a_day_begins(self) -> None:
        """Agents are there, and both shoppers have written: Hypothesis leaves some rules out of every example."""
        with self.database.write() as session:
            for name, capacity in AGENTS.items():
                agent = Agent(id=name, email=name, name=name, role="agent", password_hash="", created_at=self.now)
                agent.capacity = capacity
                session.add(agent)
        for shopper in SHOPPERS:
            self.a_shopper_writes(shopper, taken_at_once=True)

    # ---- what shoppers do -------------------------------------------------------------------------------------------

    @rule(shopper=st.sampled_from(SHOPPERS), taken_at_once=st.booleans())
    def a_shopper_writes(self, shopper: str, taken_at_once: bool) -> None:
        self.written += 1
        external_id, text = f"update-{self.written}", f"message {self.written}"
        self.now += timedelta(seconds=1)
        before = self.threads.get(shopper)
        other = before.goes_on if before is not None else None
        beside = other if other is not None and other.owner in ("queue", "agent") else None
        serves = beside.agent if before and beside and beside.agent and self._serves(beside.agent, before) else None
        received = self.gateway.receive(Inbound("web", external_id, shopper, text, self.now), self.now)
        assert not received.duplicate
        thread = self.threads.setdefault(shopper, Thread(received.conversation_id))
        assert thread.id == received.conversation_id
        if thread.owner == "closed":
            thread.move("queue" if beside else "bot")
            if serves:
                thread.move("agent", serves)
        elif thread.rests_until is not None:
            thread.move("agent", thread.agent)
        thread.said.append((received.message_id, text))
        thread.note()
        again = self.gateway.receive(Inbound("web", external_id, shopper, text, self.now), self.now)
        assert (again.duplicate, again.message_id) == (True, received.message_id)
        if taken_at_once:
            self.a_worker_takes_turns(3)

    @rule(shopper=st.sampled_from(SHOPPERS), piece=st.integers(1, 5))
    def a_browser_fetches_the_next_piece(self, shopper: str, piece: int) -> None:
        if shopper in self.threads:
            thread = self.threads[shopper]
            with self.database.read() as session:
                found = events.after(session, thread.id, thread.after, public_only=True, limit=piece)
                thread.seen += [for_shopper(event) for event in found]
                thread.after = found[-1].seq if found else thread.after

    # ---- what the bot does ------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 3))
    def a_worker_takes_turns(self, count: int) -> None:
        with self.database.write() as session:
            self.taken += turns.take(session, self.now, count)

    @precondition(lambda self: self.taken)
    @rule(workers_died=st.booleans())
    def a_minute_passes(self, workers_died: bool) -> None:
        """The leases run out, and other workers take the turns; the first ones died, or are slow and may still answer."""
        if workers_died:
            self.taken.clear()
        self.now += turns.LEASE + timedelta(seconds=1)
        self.a_worker_takes_turns(3)

    @precondition(lambda self: self.taken)
    @rule(
        which=st.integers(0),
        reply=st.sampled_from(["words", "words", "words", "handoff", "failure"]),
        meanwhile=st.sampled_from([*AGENTS, *[None] * 9]),
    )
    def a_worker_answers(self, which: int, reply: str, meanwhile: str | None) -> None:
        turn = self.taken.pop(which % len(self.taken))
        shopper = next(shopper for shopper, thread in self.threads.items() if thread.id == turn.conversation_id)
        thread, before = self.threads[shopper], self._turn(turn.id)
        said, epoch = self._bot_texts(thread), thread.epoch
        self.engine.reply = REPLIES[reply]
        self.engine.meanwhile = lambda: self.an_agent_claims(shopper, meanwhile) if meanwhile else None
        other_has_it = before.attempts != turn.attempts or before.state in ("done", "dropped")
        moved_on = thread.owner != "bot" or epoch != turn.epoch or other_has_it
        self.loop.run(self.gateway.answer(turn, lambda: self.now))
        if moved_on or thread.epoch != epoch:
            assert self._bot_texts(thread) == said, "the bot spoke although the conversation had moved on"
        elif reply == "words" and turn.attempts <= MOST_ATTEMPTS:
            assert self._bot_texts(thread)[len(said) :][-1:] == ["words"]
        else:
            thread.move("queue")

    def _turn(self, turn_id: str) -> Turn:
        with self.database.read() as session:
            return session.get_one(Turn, turn_id)

    # ---- what agents do ---------------------------------------------------------------------------------------------

    @rule(
        shopper=st.sampled_from(SHOPPERS),
        agent=st.sampled_from([*AGENTS]),
        even_from_the_bot=st.sampled_from([0, 0, 0, 1]),
    )
    def an_agent_claims(self, shopper: str, agent: str, even_from_the_bot: int = 1) -> None:
        thread = self.threads.get(shopper)
        if thread is None or (thread.owner == "bot" and not even_from_the_bot):
            return
        may, has_room = thread.owner in ("queue", "bot"), self._has_room(agent, thread)
        try:
            self.acts.claim(thread.id, agent, self.now)
            assert may
            assert has_room, "more than she takes at once"
            thread.move("agent", agent)
        except IllegalMove:
            assert not may
        except NoRoom:
            assert may
            assert not has_room

    @rule(agent=st.sampled_from([*AGENTS]))
    def an_agent_takes_the_next(self, agent: str) -> None:
        waiting = [thread for thread in self.threads.values() if thread.owner == "queue"]
        free = [thread for thread in waiting if self._offered().get(thread.id, agent) == agent]
        try:
            taken = self.acts.take_next(agent, self.now)
        except NoRoom:
            assert not any(self._has_room(agent, thread) for thread in free)
            return
        assert (taken is None) == (not free)
        if taken is not None:
            thread = next(thread for thread in free if thread.id == taken)
            assert self._has_room(agent, thread), "more than she takes at once"
            thread.move("agent", agent)

    @rule(shopper=st.sampled_from(SHOPPERS), to=st.sampled_from([*AGENTS]))
    def an_agent_passes_on(self, shopper: str, to: str) -> None:
        thread = self.threads.get(shopper)
        if thread is None or thread.agent is None:
            return
        has_room = self._has_room(to, thread)
        try:
            self.acts.transfer(thread.id, thread.agent, to, self.now)
            assert has_room, "more than she takes at once"
            thread.move("agent", to)
        except UnknownColleague:
            assert to == thread.agent
        except NoRoom:
            assert not has_room

    @rule(shopper=st.sampled_from(SHOPPERS), hours=st.integers(1, 30))
    def an_agent_lets_it_rest(self, shopper: str, hours: int) -> None:
        thread = self.threads.get(shopper)
        if thread is not None and thread.agent is not None:
            until = self.now + timedelta(hours=hours)
            self.acts.snooze(thread.id, thread.agent, until, self.now)
            thread.move("agent", thread.agent, until)

    @rule(agent=st.sampled_from([*AGENTS]), into=st.sampled_from(SHOPPERS), one_shopper=st.sampled_from([1, 1, 1, 0]))
    def an_agent_merges(self, agent: str, into: str, one_shopper: int) -> None:
        target = self.threads.get(into)
        source = next((thread for name, thread in self.threads.items() if name != into), None)
        if source is None or target is None:
            return
        self._are_one(source, target, bool(one_shopper))
        may = bool(one_shopper) and source.owner != "closed" and target.owner in ("queue", "agent")
        hers = source.owner != "agent" or source.agent == agent
        try:
            DeskActs(self.acts).merge(source.id, agent, target.id, self.now)
        except CannotMerge:
            assert not may
            return
        except NotTheirs:
            assert may
            assert not hers
            return
        assert may
        assert hers
        if target.rests_until is not None and source.rests_until is None:
            target.move("agent", target.agent)
        source.move("closed")
        source.goes_on = target

    def _are_one(self, source: Thread, target: Thread, one: bool) -> None:
        """Whether both conversations are one person's, as the desk knows it."""
        with self.database.write() as session:
            here, there = (
                session.get_one(Identity, session.get_one(Conversation, thread.id).identity_id)
                for thread in (source, target)
            )
            for one_of in (here, there):
                self.contacts.setdefault(one_of.id, one_of.contact_id)
            here.contact_id = self.contacts[there.id if one else here.id]
            there.contact_id = self.contacts[there.id]

    def _serves(self, agent: str, besides: Thread) -> bool:
        """Whether the agent is there and has room for one more."""
        with self.database.read() as session:
            there = offers.takes_more(session.get_one(Agent, agent), self.acts.settings, self.now)
        return there and self._has_room(agent, besides)

    def _has_room(self, agent: str, besides: Thread) -> bool:
        """Whether the agent may be given `besides`, counting what she has and what is offered to her."""
        has = [thread for thread in self.threads.values() if thread.agent == agent and thread.rests_until is None]
        offered = [one for one, to in self._offered().items() if to == agent and one != besides.id]
        return len(has) + len(offered) < AGENTS[agent]

    def _offered(self) -> dict[str, str]:
        with self.database.read() as session:
            found = select(Offer.conversation_id, Offer.agent_id).where(Offer.ended_at.is_(None))
            return dict(session.execute(found).tuples().all())

    # ---- what the desk and time do ----------------------------------------------------------------------------------

    @rule(there=st.sets(st.sampled_from([*AGENTS])))
    def the_desk_offers_what_waits(self, there: set[str]) -> None:
        with self.database.write() as session:
            for name in AGENTS:
                session.get_one(Agent, name).seen_at = self.now if name in there else None
        before = self._offered()
        sweeps.expire_offers(self.acts, self.now)
        sweeps.make_offers(self.acts, self.now)
        for conversation_id, agent in self._offered().items() - before.items():
            assert agent in there, "offered to somebody who is not there"
            thread = next(thread for thread in self.threads.values() if thread.id == conversation_id)
            assert thread.owner == "queue"
            assert self._has_room(agent, thread), "offered more than she takes at once"

    @rule(hours=st.integers(1, 30))
    def hours_pass(self, hours: int) -> None:
        """Rests end, and what was silent for a day with nothing owed is closed."""
        self.now += timedelta(hours=hours)
        silent = [thread for thread in self.threads.values() if self._is_silent(thread)]
        sweeps.keep_up(self.acts, self.now)
        for thread in self.threads.values():
            if thread.rests_until is not None and thread.rests_until <= self.now:
                thread.move("agent", thread.agent)
        for thread in silent:
            thread.owner, thread.epoch = (
                "closed",
                thread.epoch + 1,
            )  # nobody has read it: what was owed must be answered

    def _is_silent(self, thread: Thread) -> bool:
        with self.database.read() as session:
            row = session.get_one(Conversation, thread.id)
            states = session.scalars(select(Turn.state).where(Turn.conversation_id == thread.id))
            owed = any(state in ("waiting", "running") for state in states)
            return thread.owner == "bot" and not owed and row.updated_at <= self.now - timedelta(hours=24)

    @rule(
        shopper=st.sampled_from(SHOPPERS),
        somebody=st.sampled_from([*AGENTS, *["its agent"] * 9]),
        act=st.sampled_from(["reply", "release", "give_to_bot", "resolve"]),
    )
    def an_agent_acts(self, shopper: str, somebody: str, act: str) -> None:
        thread = self.threads.get(shopper)
        agent = (thread and thread.agent) or next(iter(AGENTS)) if somebody == "its agent" else somebody
        if thread is None:
            return
        may = thread.agent == agent
        try:
            if act == "reply":
                self.acts.reply(thread.id, agent, f"{agent} says", None, self.now)
            else:
                getattr(self.acts, act)(thread.id, agent, self.now)
            assert may
        except NotYours:
            assert not may
            return
        targets: dict[str, Owner] = {"release": "queue", "give_to_bot": "bot", "resolve": "closed"}
        if act in targets:
            thread.move(targets[act])

    # ---- what may never be otherwise ----------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        with self.database.read() as session:
            offered = set(session.scalars(select(Offer.conversation_id).where(Offer.ended_at.is_(None))))
            assert offered <= {thread.id for thread in self.threads.values() if thread.owner == "queue"}
            for thread in self.threads.values():
                row = session.get_one(Conversation, thread.id)
                assert (row.owner, row.agent_id, row.epoch) == (thread.owner, thread.agent, thread.epoch)
                assert row.snoozed_until == thread.rests_until
                stored = list(session.scalars(select(Event).where(Event.conversation_id == row.id).order_by(Event.seq)))
                messages = list(
                    session.scalars(select(Message).where(Message.conversation_id == row.id).order_by(Message.seq))
                )
                open_ = list(
                    session.scalars(
                        select(Assignment.agent_id).where(
                            Assignment.conversation_id == row.id, Assignment.ended_at.is_(None)
                        )
                    )
                )
                owed = list(session.scalars(select(Turn).where(Turn.conversation_id == row.id).order_by(Turn.seq)))
                assert [event.seq for event in stored] == list(range(1, row.last_seq + 1)), "a gap in the numbers"
                assert open_ == ([thread.agent] if thread.agent else []), "assignment and owner differ"
                assert [(m.id, m.content["text"]) for m in messages if m.author == "shopper"] == thread.said
                self._bot_speaks_only_while_it_owns(stored)
                self._replayed_equals_fresh(thread, stored)
                self._nothing_is_lost(thread, messages, owed)
                assert row.waiting_since == self._waits_since(stored)

    def _bot_speaks_only_while_it_owns(self, stored: list[Event]) -> None:
        owner, agent = "bot", None
        for event in stored:
            seen = for_agent(event)
            if seen["kind"] == "owner":
                owner, agent = seen["owner"], seen["agent_id"]
            elif seen["kind"] == "message" and seen["author"] == "bot":
                assert owner == "bot", "a bot message after a takeover"
            elif seen["kind"] == "message" and seen["author"] == "agent":
                assert (owner, agent) == ("agent", seen["agent_id"]), (
                    "an agent's message in somebody else's conversation"
                )

    def _waits_since(self, stored: list[Event]) -> datetime | None:
        """Since when, as the events tell it, the shopper has had no word from the people who have her conversation."""
        owner, since = "bot", None
        for event in stored:
            seen = for_agent(event)
            if seen["kind"] == "owner":
                among_people = seen["owner"] in ("queue", "agent")
                since = (since if owner in ("queue", "agent") else event.at) if among_people else None
                owner = seen["owner"]
            elif seen["kind"] == "message" and seen["author"] == "agent":
                since = None
            elif seen["kind"] == "message" and seen["author"] == "shopper" and owner in ("queue", "agent"):
                since = since or event.at
            elif seen["kind"] == "merged" and seen["direction"] == "from":
                since = datetime.fromisoformat(seen["waiting_since"]) if seen["waiting_since"] else None
        return since

    def _replayed_equals_fresh(self, thread: Thread, stored: list[Event]) -> None:
        fresh = [for_shopper(event) for event in stored if event.public]
        assert thread.seen == [event for event in fresh if event["seq"] <= thread.after]
        owners = [event["owner"] for event in fresh if event["kind"] == "owner"]
        assert (owners or ["bot"])[-1] == thread.owner

    def _nothing_is_lost(self, thread: Thread, messages: list[Message], owed: list[Turn]) -> None:
        """Every message of the shopper was answered by the bot, is owed an answer, or is or was before people's eyes."""
        by_seq = {turn.seq: turn for turn in owed}
        for message in messages:
            if message.author == "shopper" and message.id not in thread.seen_by_people:
                turn = by_seq.get(message.seq)
                assert turn is not None, "a message that nobody owes an answer"
                waits = turn.state in ("waiting", "running") and turn.epoch == thread.epoch
                assert turn.state == "done" or waits, f"a message was dropped unseen ({turn.state})"
        answers = [message.turn_id for message in messages if message.content["text"] == "words"]
        assert len(answers) == len(set(answers)), "a question was answered twice"

    def _bot_texts(self, thread: Thread) -> list[str]:
        with self.database.read() as session:
            found = session.scalars(
                select(Message)
                .where(Message.conversation_id == thread.id, Message.author == "bot")
                .order_by(Message.seq)
            )
            return [str(message.content["text"]) for message in found]


# Two searches on SQLite, so that they stand side by side.
@pytest.mark.parametrize(("backend", "lives"), [("sqlite", 45), ("sqlite", 46), ("postgres", 20)])
@pytest.mark.timeout(600)  # the search is long on a busy machine, and its length is no finding
def test_every_life_of_a_conversation_keeps_the_rules(
    backend: str, lives: int, templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))
    DeskLife.templates, DeskLife.backend = templates, backend
    run_state_machine_as_test(
        DeskLife,
        settings=settings(
            # One after the other nothing can race (tests/unit/handoff/test_races.py does that): fewer lives tell enough there.
            max_examples=lives,
            derandomize=False,  # each of the searches has lives of its own
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
