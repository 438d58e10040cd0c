"""Who is there, and what becomes of the conversations of who is gone: never because the desk itself was away."""

from datetime import timedelta

import pytest

from bot.sweeps import take_back
from handoff import presence
from handoff.model import Agent, Audit
from handoff.presence import Watch, is_online
from tests.unit.handoff.routing.people import agent, all_seen, waits
from tests.unit.handoff.workbench import NOON, Bench, all_of

WITHIN = timedelta(seconds=45)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("ago", "online"),
    [(timedelta(), True), (WITHIN - timedelta(seconds=1), True), (WITHIN, False), (-WITHIN, True), (-MINUTE, False)],
)
def test_a_fresh_sign_of_life_says_that_somebody_is_there(ago: timedelta, online: bool) -> None:
    assert is_online(NOON - ago, NOON, WITHIN) is online


def test_who_never_gave_a_sign_is_not_there() -> None:
    assert not is_online(None, NOON, WITHIN)


def test_a_heartbeat_tells_whether_somebody_has_come_back(bench: Bench) -> None:
    ada = bench.agent()

    def beats() -> bool:
        with bench.database.write() as session:
            return presence.beat(session, ada, bench.now, WITHIN)

    assert beats()
    bench.later(seconds=15)
    assert not beats()
    bench.later(minutes=1)
    assert beats()


# ---- since when a desk has watched --------------------------------------------------------------------------------------


def test_a_desk_has_watched_since_its_start() -> None:
    watch = Watch(WITHIN)
    assert [watch.look(NOON + second * timedelta(seconds=1)) for second in range(3)] == [NOON] * 3


@pytest.mark.parametrize(
    "jump", [WITHIN + timedelta(seconds=1), timedelta(hours=8), -timedelta(seconds=1), -timedelta(days=1)]
)
def test_a_gap_or_a_jump_of_the_clock_begins_anew(jump: timedelta) -> None:
    watch = Watch(WITHIN)
    watch.look(NOON)
    assert watch.look(NOON + jump) == NOON + jump


def test_what_could_not_be_written_begins_anew() -> None:
    watch = Watch(WITHIN)
    watch.look(NOON)
    watch.interrupt()
    assert watch.look(NOON + timedelta(seconds=1)) == NOON + timedelta(seconds=1)


# ---- gone ---------------------------------------------------------------------------------------------------------------


class Desk:
    """One desk that sweeps every second of a time that goes on."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.watch = bench, Watch(WITHIN)

    def runs(self, minutes: float, *alive: str) -> None:
        """The consoles of `alive` send their heartbeats meanwhile."""
        ends = self.bench.now + timedelta(minutes=minutes)
        while self.bench.now < ends:
            self.bench.later(seconds=15)
            all_seen(self.bench, *alive)
            take_back(self.bench.acts, self.watch, self.bench.now)


@pytest.fixture
def ada(desk: Bench) -> str:
    return agent(desk, "Ada")


@pytest.fixture
def hers(desk: Bench, ada: str) -> str:
    conversation_id = waits(desk)
    desk.acts.claim(conversation_id, ada, desk.now)
    return conversation_id


def test_what_an_agent_leaves_behind_goes_back_with_its_age_and_the_shopper_is_told(
    desk: Bench, ada: str, hers: str
) -> None:
    came = desk.row(hers).queued_at
    house = Desk(desk)
    house.runs(4.5)
    assert desk.row(hers).owner == "agent"
    house.runs(1)
    row = desk.row(hers)
    assert (row.owner, row.reason, row.queued_at) == ("queue", "agent_gone", came)
    assert desk.texts(hers, "desk")[-1].startswith("Ada is no longer at the desk. You keep your place in line")
    assert [event.data["reason"] for event in desk.events(hers) if event.kind == "owner"][-1] == "agent_gone"
    with desk.database.read() as session:
        (audit,) = [one for one in all_of(session, Audit) if one.act == "release"]
    assert (audit.actor, audit.details["agent"], audit.details["reason"]) == ("desk", ada, "agent_gone")


def test_who_gives_signs_of_life_keeps_what_she_has(desk: Bench, ada: str, hers: str) -> None:
    Desk(desk).runs(20, ada)
    assert desk.row(hers).agent_id == ada


def test_who_is_away_is_not_gone(desk: Bench, ada: str, hers: str) -> None:
    with desk.database.write() as session:
        presence.set_available(session, ada, False, desk.now)
    Desk(desk).runs(20, ada)
    assert desk.row(hers).agent_id == ada


def test_what_rests_stays_with_its_agent(desk: Bench, ada: str, hers: str) -> None:
    desk.acts.snooze(hers, ada, desk.now + timedelta(days=1), desk.now)
    Desk(desk).runs(20)
    assert desk.row(hers).agent_id == ada


def test_what_was_only_just_claimed_is_not_taken_back_at_once(desk: Bench, ada: str) -> None:
    """By an agent without an open console, as from another program."""
    house = Desk(desk)
    house.runs(20)
    waiting = waits(desk)
    desk.acts.claim(waiting, ada, desk.now)
    house.runs(4.5)
    assert desk.row(waiting).agent_id == ada
    house.runs(1)
    assert desk.row(waiting).owner == "queue"


def test_nobody_is_gone_because_the_desk_was_down(desk: Bench, ada: str, hers: str) -> None:
    desk.later(hours=3)  # nobody could say that she is there
    house = Desk(desk)
    house.runs(4.5)
    assert desk.row(hers).agent_id == ada
    house.runs(10, ada)
    assert desk.row(hers).agent_id == ada


@pytest.mark.parametrize("jump", [timedelta(hours=9), -timedelta(hours=9)])
def test_nobody_is_gone_because_the_clock_jumped(desk: Bench, ada: str, hers: str, jump: timedelta) -> None:
    house = Desk(desk)
    house.runs(6, ada)
    desk.now += jump
    take_back(desk.acts, house.watch, desk.now)
    house.runs(6, ada)
    assert desk.row(hers).agent_id == ada


def test_a_sign_of_life_from_the_future_keeps_nobody_there_for_ever(desk: Bench, ada: str, hers: str) -> None:
    """The clock was hours ahead and was set back; since then she has been silent."""
    with desk.database.write() as session:
        session.get_one(Agent, ada).seen_at = desk.now + timedelta(hours=9)
    Desk(desk).runs(6)
    assert desk.row(hers).owner == "queue"


def test_who_comes_back_at_the_last_moment_keeps_what_she_has(desk: Bench, ada: str, hers: str) -> None:
    """The sweep has seen that she is gone, and her heartbeat comes before it acts."""
    grace, within = desk.acts.settings.gone_grace, desk.acts.settings.online_within
    desk.later(minutes=6)
    with desk.database.read() as session:
        assert presence.left_behind(session, desk.now, grace, within) == [hers]
    all_seen(desk, ada)
    with desk.database.write() as session:
        assert not presence.take_back(session, hers, desk.acts.wording, desk.acts.windows, desk.now, grace, within)
    assert desk.row(hers).agent_id == ada


def test_two_desks_that_see_it_at_once_take_it_back_once(desk: Bench, ada: str, hers: str) -> None:
    one, other = Desk(desk), Desk(desk)
    one.runs(4)
    other.watch.look(desk.now - timedelta(minutes=5))
    desk.later(minutes=2)
    other.watch.looked_at = one.watch.looked_at = desk.now
    take_back(desk.acts, one.watch, desk.now)
    take_back(desk.acts, other.watch, desk.now)
    assert desk.row(hers).owner == "queue"
    assert [text for text in desk.texts(hers, "desk") if "no longer" in text] == [desk.texts(hers, "desk")[-1]]
