"""The people of a run: shoppers in browsers and on Telegram, and agents at their desks. They do what their clients do.

Whoever gets no answer, or one that says "not now", sends the same again with the same id, as browsers and Telegram do. Every
choice comes from a person's own random numbers, so that a seed gives everybody the same intentions.
"""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from bot.channels.telegram.channel import WEBHOOK_PATH
from tests.torture.engine import PERSON
from tests.torture.journal import Accepted, Journal, Json, Refused, Replied, Seen, Unsure
from tests.torture.telegram import Telegram

_NOT_NOW = (408, 429, 500, 502, 503, 504)
_QUESTIONS = ("how long does delivery take", "can I return it", "do you ship abroad", "which sizes are there")


@dataclass
class Street:
    """What all people share. `closing` ends new intentions; `over` ends the repeating of old ones."""

    url: str
    journal: Journal
    telegram: Telegram
    secret: str
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    said: int = 0

    def client(self, **more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False, verify=False, **more)

    def accepted(self) -> int:
        """How many messages the desk has taken so far."""
        return sum(isinstance(record, Accepted) for record in tuple(self.journal.records))

    def words(self, random: Random) -> str:
        """Something to say that nobody else says; one in ten wants a person."""
        self.said += 1
        wish = PERSON if random.random() < 0.1 else random.choice(_QUESTIONS)
        return f"{wish} ({self.said})"

    async def insist(self, random: Random, send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response | None:
        """The first answer that is one; None when the end came first."""
        while not self.over.is_set():
            with contextlib.suppress(httpx.HTTPError):
                answer = await send()
                if answer.status_code not in _NOT_NOW:
                    return answer
            await asyncio.sleep(random.uniform(0.1, 0.8))
        return None

    async def pause(self, seconds: float) -> bool:
        """Wait; whether the street is still open afterwards."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        return not self.closing.is_set()


class WebShopper:
    """A browser with the chat: it writes, now and then twice at once, and puts together what it fetches."""

    def __init__(self, street: Street, name: str, random: Random) -> None:
        self._street, self.name, self._random = street, name, random
        self._http = street.client()
        self._seen: dict[str, list[Json]] = {}
        self._conversation = ""

    async def live(self) -> None:
        async with self._http:
            answer = await self._street.insist(self._random, lambda: self._http.post("/api/chat/visitors"))
            if answer is None:
                return
            self._http.headers["authorization"] = f"Bearer {answer.json()['token']}"
            while await self._street.pause(self._random.uniform(0.5, 4)):
                await self._write()
                with contextlib.suppress(httpx.HTTPError):
                    await self._fetch()

    async def _write(self) -> None:
        random, text = self._random, self._street.words(self._random)
        body = {"client_id": f"{self.name}-{random.getrandbits(64):016x}", "text": text, "language": "en"}
        twice = random.random() < 0.1

        async def send() -> httpx.Response:
            post = self._http.post
            if not twice:
                return await post("/api/chat/messages", json=body)
            answers = await asyncio.gather(*(post("/api/chat/messages", json=body) for _ in range(2)))
            return min(answers, key=lambda answer: answer.status_code)

        began = time.monotonic()
        answer = await self._street.insist(random, send)
        note(self._street.journal, "web", self.name, body["client_id"], text, began, answer)

    async def catch_up(self) -> None:
        """After the run: fetch to the end, and say what was seen."""
        token = self._http.headers.get("authorization")
        if token is None:
            return
        self._http = self._street.client(headers={"authorization": token})
        async with self._http:
            while await self._fetch():
                pass
        for conversation, events in self._seen.items():
            self._street.journal.write(Seen(self.name, conversation, events))

    async def _fetch(self) -> bool:
        """Take in what is new; whether there was anything."""
        seen = self._seen.get(self._conversation, [])
        after = seen[-1]["seq"] if seen else 0
        answer = await self._http.get("/api/chat/events", params={"after": after})
        if answer.status_code != 200:
            return False
        state = answer.json()
        if state["conversation"] is None:
            return False
        if state["conversation"] != self._conversation:  # a new one began: its events from the first
            self._conversation = state["conversation"]
            self._seen.setdefault(self._conversation, [])
            return True
        self._seen[self._conversation] += state["events"]
        return bool(state["events"])


class TelegramShopper:
    """A private chat. Telegram sends every update until it hears 200, sometimes again, and two close together in any order."""

    def __init__(self, street: Street, chat: int, random: Random) -> None:
        self._street, self._chat, self._random = street, chat, random
        self._http = street.client(headers={"x-telegram-bot-api-secret-token": street.secret})

    async def live(self) -> None:
        async with self._http:
            while await self._street.pause(self._random.uniform(2, 8)):
                updates = [self._update() for _ in range(2 if self._random.random() < 0.2 else 1)]
                if len(updates) == 1:
                    await self._post(*updates[0])
                else:  # at once, the second first
                    await asyncio.gather(*(self._post(*update) for update in reversed(updates)))

    def _update(self) -> tuple[Json, str]:
        text = self._street.words(self._random)
        telegram = self._street.telegram
        return telegram.make(message=telegram.message(self._chat, text)), text

    async def _post(self, update: Json, text: str) -> None:
        began = time.monotonic()
        answer = await self._street.insist(self._random, lambda: self._http.post(WEBHOOK_PATH, json=update))
        reference = str(update["update_id"])
        note(self._street.journal, "telegram", str(self._chat), reference, text, began, answer)
        if self._random.random() < 0.15:
            with contextlib.suppress(httpx.HTTPError):
                await self._http.post(WEBHOOK_PATH, json=update)


def note(
    journal: Journal, channel: Any, who: str, reference: str, text: str, began: float, answer: httpx.Response | None
) -> None:
    """Write down what became of a message."""
    if answer is None:
        journal.write(Unsure(channel, who, reference, text))
    elif answer.is_success:
        journal.write(Accepted(channel, who, reference, text, began, time.monotonic()))
    else:
        journal.write(Refused(who, text, answer.status_code))


class Agent:
    """A person at the console: takes what waits, sometimes out of the bot's hands, answers, and lets it go again."""

    def __init__(self, street: Street, email: str, password: str, random: Random) -> None:
        self._street, self._random = street, random
        self._form = {"email": email, "password": password}
        self._http = street.client(headers={"origin": street.url})
        self._written = 0

    async def live(self) -> None:
        async with self._http:
            if not await self._sign_in():
                return
            alive = asyncio.create_task(self._stay_online())
            while await self._street.pause(self._random.uniform(0.3, 1.5)):
                with contextlib.suppress(httpx.HTTPError):
                    await self._work()
            alive.cancel()
            await asyncio.gather(alive, return_exceptions=True)

    async def _sign_in(self) -> bool:
        answer = await self._street.insist(self._random, lambda: self._http.post("/desk/login", data=self._form))
        page = await self._street.insist(self._random, lambda: self._http.get("/desk"))
        if answer is None or page is None:
            return False
        found = re.search(r"csrf&#34;: &#34;([^&]+)", page.text)
        if found is None:
            self._street.journal.write(Refused(self._form["email"], "could not sign in", answer.status_code))
            return False
        self._http.headers["x-csrf"] = found[1]
        return True

    async def _stay_online(self) -> None:
        """The console's socket, opened again whenever it breaks."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        headers = {"cookie": cookies, "origin": self._street.url}
        url = f"{self._street.url.replace('http', 'ws', 1)}/desk/socket"
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                async with connect(url, additional_headers=headers, proxy=None) as line:
                    while True:
                        await line.send(json.dumps({"alive": True}))
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(15):
                                async for _ in line:
                                    pass
            await asyncio.sleep(1)

    async def _work(self) -> None:
        random = self._random
        mine = await self._rows("mine")
        if mine and random.random() < 0.75:
            await self._go_on(random.choice(mine))
        elif waiting := await self._rows("queue"):
            # Mostly the one who waits longest, so that several agents reach for the same.
            await self._act(waiting[0] if random.random() < 0.7 else random.choice(waiting), "claim")
        elif random.random() < 0.3:
            await self._take_from_the_bot()

    async def _take_from_the_bot(self) -> None:
        rows = [row for row in await self._rows("all") if row["owner"] == "bot"]
        if rows:
            row = self._random.choice(rows)
            await self._act(row, "claim")
            await self._reply(row)

    async def _go_on(self, row: Json) -> None:
        act = self._random.choices(("reply", "give_to_bot", "resolve", "release"), (45, 30, 15, 10))[0]
        await (self._reply(row) if act == "reply" else self._act(row, act))

    async def _rows(self, tab: str) -> list[Json]:
        answer = await self._http.get("/desk/api/list", params={"tab": tab})
        return list(answer.json()["rows"]) if answer.status_code == 200 else []

    async def _act(self, row: Json, act: str) -> None:
        await self._http.post(f"/desk/api/conversations/{row['id']}/{act}")

    async def _reply(self, row: Json) -> None:
        self._written += 1
        text = f"Answer {self._written} of {self._form['email']}"
        body = {"text": text, "client_id": f"agent-{self._random.getrandbits(64):016x}"}
        path = f"/desk/api/conversations/{row['id']}/reply"
        answer = await self._street.insist(self._random, lambda: self._http.post(path, json=body))
        if answer is not None and answer.status_code == 201:
            self._street.journal.write(Replied(row["id"], body["client_id"], text))
