"""The desk's sweep: what has become due by time, or possible because a place became free. Acts on rows; any number of desks
may sweep at once, each step takes the rows' locks and looks again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.workers import Worker
from handoff import call_reminders, erasure, offers, presence, routing, upkeep
from handoff.acts import Acts
from handoff.presence import Watch
from handoff.troubles import again_when_undone

log = structlog.get_logger()
_BY_TIME_EVERY = timedelta(seconds=1)
_RETENTION_EVERY = timedelta(hours=1)
Sweep = Callable[[datetime], None]


def retention_worker(
    acts: Acts,
    now: Callable[[], datetime],
    forget: Callable[[Sequence[str]], object],
    forget_strangers: Callable[[], object] = lambda: None,
) -> Worker[None]:
    """Once an hour: erases what has been kept long enough, which `forget` is told of, and deletes what is over.

    `forget_strangers` has forgotten what `forget` came too early for.

    Any number of desks may do so at once. What cannot be forgotten is not erased either, and tried again an hour later.
    """
    looked_at: datetime | None = None

    def look(_: int) -> Sequence[None]:
        nonlocal looked_at
        at = now()
        if looked_at is None or not timedelta() <= at - looked_at < _RETENTION_EVERY:
            looked_at = at
            erase_old(acts, at, forget)
            forget_strangers()
        return ()

    return Worker("retention", 1, look, _nothing)


def erase_old(acts: Acts, now: datetime, forget: Callable[[Sequence[str]], object]) -> int:
    """Erase everything that has been kept long enough, a portion in a transaction; returns how many conversations."""
    kept = acts.settings.keep_conversations

    @again_when_undone
    def sweep() -> None:
        with acts.database.write() as session:
            erasure.sweep(session, now)

    @again_when_undone
    def portion(kept: timedelta) -> int:
        with acts.database.write() as session:
            gone = erasure.retain(session, kept, now)
            forget(gone)  # before the commit: a conversation that is gone could not be looked for any more
        return len(gone)

    sweep()
    erased = 0
    while kept is not None and (count := portion(kept)):
        erased += count
    if erased:
        log.info("retention.erased", conversations=erased)
    return erased


def sweep_worker(acts: Acts, now: Callable[[], datetime]) -> Worker[None]:
    """Sweeps every second, and at once when woken: after every event of a conversation, and when an agent can take more."""
    watch = Watch(acts.settings.online_within)
    by_time: list[Sweep] = [lambda at: take_back(acts, watch, at), lambda at: keep_up(acts, at)]
    by_time.append(lambda at: remind_of_calls(acts, at))
    by_room: list[Sweep] = []
    if acts.settings.routing == "offers":
        by_time.append(lambda at: expire_offers(acts, at))
        by_room.append(lambda at: make_offers(acts, at))
    swept_at: datetime | None = None

    def sweep(_: int) -> Sequence[None]:
        nonlocal swept_at
        at = now()
        # What only time brings about need not be looked for after every event.
        is_time = swept_at is None or not timedelta() <= at - swept_at < _BY_TIME_EVERY
        swept_at = at if is_time else swept_at
        for one in [*(by_time if is_time else ()), *by_room]:
            try:
                one(at)
            except Exception:
                log.exception("sweep.failed")  # the next step, and the next sweep, do their part
        return ()

    return Worker("sweep", 1, sweep, _nothing)


def take_back(acts: Acts, watch: Watch, now: datetime) -> None:
    """What agents left behind who are gone goes back to the queue."""
    grace, within = acts.settings.gone_grace, acts.settings.online_within
    try:
        with acts.database.read() as session:
            left = presence.left_behind(session, now, grace, within)
        if now - watch.look(now) < grace:  # only a desk that reaches its database has watched
            return
        for conversation_id in left:
            with acts.database.write() as session:
                presence.take_back(session, conversation_id, acts.wording, acts.windows, now, grace, within)
    except Exception:
        watch.interrupt()  # what cannot be written now is no more than the heartbeats can
        raise


def keep_up(acts: Acts, now: datetime) -> None:
    """Rests end, and what is long silent is closed."""
    after = acts.settings.idle_close
    with acts.database.read() as session:
        rests, closes = upkeep.is_due(session, now, after)
    if rests:
        with acts.database.write() as session:
            upkeep.wake_due(session, now)
    if closes and after is not None:
        with acts.database.write() as session:
            upkeep.close_idle(session, now, after)


def remind_of_calls(acts: Acts, now: datetime) -> None:
    """The team is told of calls that are due soon; those that were not made in time are anybody's."""
    with acts.database.read() as session:
        due = call_reminders.to_remind_of(session, now)
        late = call_reminders.overdue(session, now)
    for conversation_id in due:
        with acts.database.write() as session:
            call_reminders.remind(session, conversation_id, now)
    for conversation_id in late:
        with acts.database.write() as session:
            call_reminders.give_back(session, conversation_id, acts.wording, acts.windows, now)


def expire_offers(acts: Acts, now: datetime) -> None:
    """Offers that were not answered in time go on to the next."""
    with acts.database.read() as session:
        due = offers.due(session, now)
    for conversation_id in due:
        with acts.database.write() as session:
            offers.expire(session, conversation_id, now, acts.settings)


def make_offers(acts: Acts, now: datetime) -> None:
    """What waits is offered to whoever may serve it and has room, the first in line first; each in a transaction of its own."""
    with acts.database.read() as session:
        waiting = offers.offered_to_nobody(session)
        if not waiting:
            return
        everybody = routing.people(session, now, acts.settings.online_within)
        room = offers.room(session, everybody)
    for conversation_id, team_id, language, skills in waiting:
        need = routing.need_of(team_id, language, skills, everybody)
        if not any(room.get(one.id, 0) > 0 and not one.lacks(need) for one in everybody):
            continue  # as far as one can see without a lock; the next event of a conversation wakes the sweep again
        with acts.database.write() as session:
            agent_id = offers.offer_next(session, conversation_id, everybody, acts.settings, now)
        if agent_id is not None:
            room[agent_id] -= 1


async def _nothing(_: None) -> None:
    """The sweep has done everything by itself."""
