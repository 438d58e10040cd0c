"""Whatever desks, provider and people do in whatever order: what counts as sent has left in all its parts.

Two desks deliver one message in parts, as every channel does. The provider takes parts or does not, answers or does not, and
tells late, twice and in any order what became of each; desks lose their leases, their memory and their database; a person
sends again what is parked.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Literal

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
from sqlalchemy import delete

from bot.channels.meta.graph import GraphError
from bot.channels.meta.heard import Correlation, Told
from bot.channels.meta.news import note
from bot.channels.parts import PartByPart
from handoff import dead_letters, outbox
from handoff.database import Database
from handoff.model import Outbox
from handoff.outbox import Delivery, Sent, TransportError
from tests.databases import Templates
from tests.unit.handoff.workbench import Bench

State = Literal["sent", "delivered", "read", "failed"]
# What a provider does with a part that is posted. "lost": it takes it, and nobody hears of that.
ANSWERS = {
    "lost": TransportError("silent", permanent=False, uncertain=True),
    "later": TransportError("trouble", permanent=False),
    "wait": TransportError("busy", permanent=False, retry_after=timedelta(seconds=1)),
    "never": TransportError("window", permanent=True),
}
outcomes = st.sampled_from(["taken"] * 12 + list(ANSWERS))
fates: st.SearchStrategy[State] = st.sampled_from(["failed", "failed", "delivered", "read"])
news = st.tuples(st.integers(-4, 8), st.sampled_from(["end", "end", "sent"]))
DESKS = ("one", "two")


@dataclass
class Copy:
    """A part that the provider took. `end` is what will become of it, and `said` what it has told of that."""

    about: Correlation
    desk: str
    life: int  # of the desk: it begins anew when the desk does
    end: State
    answered: bool
    said: set[str] = field(default_factory=set)


class Deliveries(RuleBasedStateMachine):
    """One message, its row, and what is true of it at the provider."""

    database: Database

    @initialize(parts=st.integers(1, 3))
    def begin(self, parts: int) -> None:
        self.bench = Bench(self.database)
        with self.database.write() as session:
            session.execute(delete(Outbox))
        self.state = "queued"
        self.parts, self.copies = parts, list[Copy]()
        self.lives = dict.fromkeys(DESKS, 0)
        self.memory = {desk: PartByPart() for desk in DESKS}
        self.late: list[tuple[Delivery, str | Sent | TransportError]] = []  # sent, and not stored yet
        self.conversation_id = self.bench.conversation()
        self.bench.tells(self.conversation_id, "a long story")
        self.address = self.row.address

    @property
    def row(self) -> Outbox:
        return self.bench.outbox()[0]

    # ---- desks ------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.state in ("queued", "sending"))
    @rule(
        desk=st.sampled_from(DESKS),
        restarted=st.sampled_from([False] * 5 + [True]),
        answers=st.lists(outcomes, min_size=3, max_size=3),
        ends=st.lists(fates, min_size=3, max_size=3),
        meanwhile=st.lists(news, max_size=3),
        stored=st.sampled_from(["at once"] * 4 + ["late", "never"]),
    )
    def deliver(
        self,
        desk: str,
        restarted: bool,
        answers: list[str],
        ends: list[State],
        meanwhile: list[tuple[int, str]],
        stored: str,
    ) -> None:
        if restarted:
            self.memory[desk], self.lives[desk] = PartByPart(), self.lives[desk] + 1
        self.bench.later(minutes=11)
        taken = self.bench.take_deliveries()
        if not taken:
            return
        (delivery,) = taken
        self.meanwhile = meanwhile
        steps = [partial(self.post, delivery, desk, part, answers, ends) for part in range(1, self.parts + 1)]
        try:
            result: str | Sent | TransportError = asyncio.run(self.memory[desk].send(delivery, steps))
        except TransportError as error:
            result = error
        self.hear(3)
        if stored == "at once":
            self.settle(delivery, result)
        elif stored == "late":
            self.late.append((delivery, result))

    async def post(self, delivery: Delivery, desk: str, part: int, answers: list[str], ends: list[State]) -> str:
        answer = answers[part - 1]
        if answer in ("taken", "lost"):
            about = Correlation(delivery.message_id, part, self.parts, delivery.anew)
            self.copies.append(Copy(about, desk, self.lives[desk], ends[part - 1], answered=answer == "taken"))
        wamid = f"wamid.{len(self.copies) - 1}"
        self.hear(1)
        if answer != "taken":
            raise ANSWERS[answer]
        return wamid

    def hear(self, most: int) -> None:
        """The provider's calls overtake its answers."""
        told, self.meanwhile = self.meanwhile[:most], self.meanwhile[most:]
        for which, what in told:
            self.tell(which, what)

    @precondition(lambda self: self.late)
    @rule(which=st.integers(0, 5))
    def store_late(self, which: int) -> None:
        """A desk whose database was away comes back, perhaps after its lease ran out."""
        self.settle(*self.late.pop(which % len(self.late)))

    def settle(self, delivery: Delivery, result: str | Sent | TransportError) -> None:
        with self.database.write() as session:
            if isinstance(result, TransportError):
                outbox.failed(session, delivery, result, self.bench.now)
            else:
                outbox.sent(session, delivery, result, self.bench.now)

    # ---- the provider, and a person -----------------------------------------------------------------------------------

    @precondition(lambda self: self.copies)
    @rule(told=st.lists(news, min_size=1, max_size=2))
    def tells(self, told: list[tuple[int, str]]) -> None:
        for which, what in told:
            self.tell(which, what)

    def tell(self, which: int, what: str) -> None:
        if not self.copies:
            return
        number = which % len(self.copies)
        copy = self.copies[number]
        state: State = copy.end if what == "end" else "sent"
        copy.said.add(state)
        error = GraphError(400, 131026, words="not delivered") if state == "failed" else None
        said = Told(state, (self.address,), f"wamid.{number}", str(copy.about), error)
        note(self.database, "telegram", [said], self.bench.now)

    @precondition(lambda self: self.state == "dead")
    @rule()
    def send_again(self) -> None:
        with self.database.write() as session:
            dead_letters.replay(session, self.row.id, "agent:ada", self.bench.now)

    # ---- what may never be otherwise ------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost_nor_sent_twice_and_agents_see_how_it_stands(self) -> None:
        row = self.row
        self.state = row.state
        known = [(copy.desk, copy.life, str(copy.about)) for copy in self.copies if copy.answered]
        assert len(known) == len(set(known)), "what a desk knows to be there it has sent again"
        if row.state in ("sent", "dead"):
            told = [
                event.data["state"] for event in self.bench.events(self.conversation_id) if event.kind == "delivery"
            ]
            assert told[-1] == (outbox.how_far(row) if row.state == "sent" else "dead")
        if row.state == "sent":
            good = {copy.about.part for copy in self.copies if "failed" not in copy.said}
            assert good == set(range(1, self.parts + 1)), "a part has not reached her, and nobody is told"


def test_nothing_is_lost_between_desks_and_provider(templates: Templates, tmp_path: Path) -> None:
    Deliveries.database = Database(templates.new("sqlite", tmp_path))
    try:
        run_state_machine_as_test(
            Deliveries,
            settings=settings(
                max_examples=30, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
    finally:
        Deliveries.database.close()
