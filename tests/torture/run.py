"""One run: the stage is set, people come, faults rage, everything calms down, and then it is counted."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from bot.project import Places
from handoff.database import Database
from handoff.model import Conversation, Outbox, Turn
from tests.torture.check import check
from tests.torture.facts import read_facts
from tests.torture.faults import Faults
from tests.torture.findings import KINDS, Finding
from tests.torture.journal import Journal
from tests.torture.people import Agent, Street, TelegramShopper, WebShopper
from tests.torture.stage import PASSWORD, SECRET, Plan, Stage, standing
from tests.torture.telegram import Telegram

Say = Callable[[str], None]
_TELL_EVERY = 10.0  # seconds
_REPEAT_SECONDS = 90.0  # within which the last messages must be taken, once nothing is harmed any more
_CALM_SECONDS = 180.0  # within which nothing is owed any more
_QUIET_LOOKS = 4  # a second apart, without any event
_LOOKS_BETWEEN_JUMPS = 10
# Longer than every lease and every pause before another try, so that what waits for a time need not be waited for.
_FORWARD = 20 * 60.0


@dataclass(frozen=True)
class Outcome:
    """What a run came to. `findings` is empty when all is well."""

    plan: Plan
    folder: Path
    messages: int
    kills: Counter[str]
    faults: Counter[str]
    findings: list[Finding] = field(default_factory=list)

    def line(self) -> str:
        """The summary, as scripts read it."""
        found = Counter(finding.kind for finding in self.findings)
        counts = [f"{kind}={found[kind]}" for kind in KINDS if kind != "broken" or found[kind]]
        return " ".join((f"messages={self.messages}", f"kills={self.kills.total()}", *counts))


async def torture(plan: Plan, places: Places, folder: Path, say: Say, pace: float = 1.0) -> Outcome:
    """Run the plan; all evidence is in the empty `folder`: journal.jsonl, the logs, and the database."""
    journal = Journal(folder / "journal.jsonl")
    telegram = Telegram(journal, Random(f"{plan.seed}:telegram"))
    telegram.start()
    try:
        async with standing(plan, places, folder, telegram) as stage:
            say("everything runs; people come and faults begin")
            street = Street(stage.desk_url, journal, telegram, SECRET)
            faults = Faults(plan, stage, journal, pace)
            browsers = await _rage(plan, stage, street, faults, say)
            say("no more faults; what is owed is waited for")
            calm = await _calm(stage, telegram)
            for browser in browsers:
                await browser.catch_up()
            database = Database(stage.database_url)
            facts = await asyncio.to_thread(read_facts, database)
            database.close()
    finally:
        telegram.stop()
        journal.close()
    findings = [*calm, *check(facts, journal.records)]
    return Outcome(plan, folder, street.accepted(), faults.kills, faults.counts, findings)


async def _rage(plan: Plan, stage: Stage, street: Street, faults: Faults, say: Say) -> list[WebShopper]:
    """People and faults beside each other; returns when the people have said and heard the last."""
    browsers = [WebShopper(street, f"web{n}", Random(f"{plan.seed}:web:{n}")) for n in range(plan.browsers)]
    chats = [TelegramShopper(street, 5000 + n, Random(f"{plan.seed}:chat:{n}")) for n in range(plan.chats)]
    agents = [Agent(street, email, PASSWORD, Random(f"{plan.seed}:agent:{n}")) for n, email in enumerate(stage.agents)]
    people: list[WebShopper | TelegramShopper | Agent] = [*browsers, *chats, *agents]
    lives = [asyncio.create_task(person.live()) for person in people]
    raging = asyncio.create_task(faults.rage(street))
    ends = time.monotonic() + plan.minutes * 60
    while (left := ends - time.monotonic()) > 0 or not _enough(street, faults):
        wait = min(_TELL_EVERY, max(left, 1.0))
        await asyncio.wait({raging, *lives}, timeout=wait, return_when=asyncio.FIRST_EXCEPTION)
        for task in (raging, *lives):
            if task.done():
                task.result()  # a fault of this machinery, not of the desk
        say(f"{_progress(street, faults)}, {f'{left / 60:.1f} minutes left' if left > 0 else 'until it was enough'}")
    street.closing.set()
    await raging
    await asyncio.wait(lives, timeout=_REPEAT_SECONDS)
    street.over.set()
    await asyncio.gather(*lives)
    return browsers


def _enough(street: Street, faults: Faults) -> bool:
    return faults.fewest_kills() >= faults.plan.kills and street.accepted() >= faults.plan.messages


def _progress(street: Street, faults: Faults) -> str:
    kills = ", ".join(f"{part} {count}" for part, count in sorted(faults.kills.items()))
    return f"{street.accepted()} messages, {faults.kills.total()} kills ({kills})"


async def _calm(stage: Stage, telegram: Telegram) -> list[Finding]:
    """Wait until nothing is owed and nothing happens any more; what is not as it should be then."""
    telegram.restless = False
    asleep = await _asleep(stage)
    database = Database(stage.database_url)
    ends = time.monotonic() + _CALM_SECONDS
    try:
        quiet, looks, before = 0, 0, (-1, "")
        while quiet < _QUIET_LOOKS and time.monotonic() < ends:
            if looks % _LOOKS_BETWEEN_JUMPS == 0:
                stage.jump(_FORWARD)
            looks += 1
            await asyncio.sleep(1)
            now = await asyncio.to_thread(_state, database)
            quiet, before = (quiet + 1 if now == before and not now[1] else 0), now
    finally:
        database.close()
    findings = [
        Finding("broken", f"{name} does not work {_CALM_SECONDS:.0f} s after the last fault") for name in asleep
    ]
    if before[1]:
        findings.append(Finding("lost", f"{_CALM_SECONDS:.0f} s after the last fault there were still {before[1]}"))
    return findings


async def _asleep(stage: Stage) -> list[str]:
    """The parts that do not work again within the time."""
    ends = time.monotonic() + _CALM_SECONDS
    while True:
        asleep = [name for name in stage.children if not await stage.working(name)]
        if not asleep or time.monotonic() > ends:
            return asleep
        await asyncio.sleep(0.5)


def _state(database: Database) -> tuple[int, str]:
    """How many events there are, and what turns and deliveries are not done; "" when all are."""
    with database.read() as session:
        events = session.scalar(select(func.sum(Conversation.last_seq)))
        turns = session.scalar(select(func.count()).select_from(Turn).where(Turn.state.in_(("waiting", "running"))))
        rows = session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state.in_(("queued", "sending"))))
    return int(events or 0), f"{turns} turns and {rows} deliveries" if turns or rows else ""


def report(outcome: Outcome, most: int = 20) -> Iterator[str]:
    """In words: what was done, what was found, where the evidence lies; the summary is the last line."""
    kills = ", ".join(f"{part} {count}" for part, count in sorted(outcome.kills.items()))
    others = ", ".join(f"{what} {count}" for what, count in sorted(outcome.faults.items()) if what != "kill")
    yield f"killed: {kills or 'nothing'}; beside that: {others or 'nothing'}"
    for finding in outcome.findings[:most]:
        yield f"{finding.kind}: {finding.what}"
    if len(outcome.findings) > most:
        yield f"... and {len(outcome.findings) - most} more"
    yield f"evidence: {outcome.folder}"
    yield outcome.line()
