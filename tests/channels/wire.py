"""The channels of Meta without a server around them: what is posted goes straight in, and a stand-in answers for Graph.

Deliveries and fetches are done when a test asks for it, so that nothing has to be waited for.
"""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select

from bot.channels.base import Channel, Surroundings
from bot.channels.host import Channels
from bot.channels.outgoing_files import OutgoingFiles
from bot.fetching import Fetching
from bot.http.guards import BodyLimit
from bot.settings import DeskSettings
from bot.shared_files import shared_file_routes
from handoff import attachments, conversations, events, file_fetches, outbox
from handoff.attachments import examine
from handoff.bus import Bus
from handoff.database import Database
from handoff.media_model import FileFetch
from handoff.model import Agent, Conversation, Event, Identity, Inbound, Message, Outbox
from handoff.outbox import Sent, TransportError
from handoff.sealing import Sealer
from handoff.settings import HandoffSettings
from tests.standins.meta_api import APP_SECRET, NUMBER, PAGE, TOKEN, VERIFY_TOKEN, MetaStandin
from tests.unit.bot.scripted import NOON, Stage

Json = dict[str, Any]
SECRETS = {"access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}
TEMPLATE = {"name": "parcel_back", "language": "en", "text": "Hello {name}, your parcel {order} is back with us."}


class Wire:
    """One database, both channels, and a clock that stands still."""

    def __init__(self, database: Database, meta: MetaStandin, **messenger: Any) -> None:
        self.meta, self.stage, self.database = meta, Stage(database), database
        self.settings = DeskSettings.model_validate(
            {
                "public_url": "https://shop.example",
                "whatsapp": SECRETS | {"phone_number_id": NUMBER, "api": meta.url, "templates": [TEMPLATE]},
                "messenger": SECRETS | {"page_id": PAGE, "api": meta.url} | messenger,
            }
        )
        handoff = HandoffSettings(largest_file=200_000)
        words = self.stage.gateway._renderer.words
        self.channels = Channels(
            Surroundings(
                self.settings,
                handoff,
                database,
                self.stage.gateway,
                words,
                Bus(),
                lambda: self.stage.now,
                Sealer("", Path("/nowhere")),
            )
        )
        self.acts = replace(self.stage.acts, settings=handoff, windows=self.channels.window_of)
        app = FastAPI(openapi_url=None)
        app.include_router(self.channels.router)
        app.include_router(shared_file_routes(database, lambda: self.stage.now))
        app.add_middleware(BodyLimit)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://desk"
        )
        self.files = OutgoingFiles(database, self.settings.base_url, lambda: self.stage.now)
        self._fetching = Fetching(self.acts, self.channels.files_of, words, lambda: self.stage.now)

    def channel(self, name: str) -> Channel:
        return next(one for one in self.channels if one.name == name)

    async def close(self) -> None:
        await self.http.aclose()
        for name in ("whatsapp", "messenger"):
            self.channel(name)._courtesy.end()  # type: ignore[attr-defined]
        await self.channel("messenger")._ways.names.settle()  # type: ignore[attr-defined]

    # ---- what comes in ----------------------------------------------------------------------------------------------

    async def raw(self, channel: str, body: bytes, **headers: str) -> int:
        """Post bytes with Meta's signature, or with these headers instead; returns the status."""
        given = headers or {"x-hub-signature-256": self.meta.signature(body)}
        answer = await self.http.post(f"/channels/{channel}/webhook", content=body, headers=given)
        return answer.status_code

    async def post(self, channel: str, body: object) -> int:
        return await self.raw(channel, json.dumps(body).encode())

    # ---- what the desk does on its own ------------------------------------------------------------------------------

    async def deliver(self) -> None:
        """What the delivery worker does, until nothing is due."""
        while True:
            with self.database.write() as session:
                taken = outbox.take(session, self.stage.now, 10)
            if not taken:
                return
            for delivery in taken:
                transport = self.channels.transports()[delivery.channel]
                try:
                    sent: str | Sent | TransportError | None = await transport.send(delivery)
                except TransportError as error:
                    sent = error
                with self.database.write() as session:
                    if isinstance(sent, TransportError):
                        outbox.failed(session, delivery, sent, self.stage.now)
                    else:
                        outbox.sent(session, delivery, sent, self.stage.now)

    async def fetch(self) -> None:
        """What the worker for files does, until nothing is due."""
        while True:
            with self.database.write() as session:
                taken = file_fetches.take(session, self.stage.now, 10)
            if not taken:
                return
            for one in taken:
                await self._fetching.fetch(one)

    async def answer(self) -> None:
        """The bot answers what it owes, and everything goes out."""
        await self.stage.answer_all()
        await self.deliver()

    def set_outbox(self, message_id: str, **values: Any) -> None:
        """As if the delivery of a message had come this far."""
        with self.database.write() as session:
            row = session.scalars(select(Outbox).where(Outbox.message_id == message_id)).one()
            for name, value in values.items():
                setattr(row, name, value)

    async def settled(self) -> None:
        """Wait for what channels say beside their work."""
        for name in ("whatsapp", "messenger"):
            await asyncio.gather(*self.channel(name)._courtesy._errands)  # type: ignore[attr-defined]
        await self.channel("messenger")._ways.names.settle()  # type: ignore[attr-defined]

    @property
    def conversation_id(self) -> str:
        """Of the only one."""
        (one,) = self.rows(Conversation)
        return str(one.id)

    # ---- people -----------------------------------------------------------------------------------------------------

    def agent_has(self, conversation_id: str) -> str:
        """An agent who took the conversation out of the bot's hands."""
        agent_id = conversations.new_id()
        with self.database.write() as session:
            row = Agent(id=agent_id, email=f"{agent_id}@x", name="Ada", role="agent", password_hash="none")
            row.created_at = self.stage.now
            session.add(row)
        self.acts.claim(conversation_id, agent_id, self.stage.now)
        return agent_id

    def put_file(self, conversation_id: str, agent_id: str, data: bytes, name: str) -> str:
        """A file that the agent is about to send."""
        file = examine(data, name, 10_000_000)
        with self.database.write() as session:
            conversation = conversations.lock(session, conversation_id)
            return attachments.add(session, conversation, agent_id, file, self.stage.now).id

    # ---- what is stored ---------------------------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        tables = (Inbound, Identity, Conversation, Message, Event, Outbox, FileFetch)
        with self.database.read() as session:
            return {t.__tablename__: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}

    def rows(self, table: Any) -> list[Any]:
        with self.database.read() as session:
            return list(session.scalars(select(table)))

    def content(self, author: str) -> Json:
        """Of the latest message of one side."""
        with self.database.read() as session:
            found = (
                select(Message).where(Message.author == author).order_by(Message.created_at.desc(), Message.seq.desc())
            )
            return session.scalars(found.limit(1)).one().content

    def told(self, kind: str) -> list[Json]:
        """What the events of one kind say, in order."""
        with self.database.read() as session:
            found = session.scalars(select(Event).where(Event.kind == kind).order_by(Event.conversation_id, Event.seq))
            return [event.data for event in found]

    def replay(self, conversation_id: str) -> dict[str, Json]:
        """The contents of all messages as a screen builds them from events alone."""
        shown: dict[str, Json] = {}
        with self.database.read() as session:
            for event in events.after(session, conversation_id, 0, public_only=True):
                if event.kind == "message":
                    shown[event.data["id"]] = event.data["content"]
                elif event.kind == "file":
                    content, file = shown[event.data["message_id"]], event.data["file"]
                    files = [file if one["id"] == file["id"] else one for one in content["attachments"]]
                    shown[event.data["message_id"]] = content | {"attachments": files}
        return shown


# ---- WhatsApp's bodies --------------------------------------------------------------------------------------------------


def whatsapp(*messages: Json, statuses: tuple[Json, ...] = (), contacts: Any = None, number: str = NUMBER) -> Json:
    known = [{"profile": {"name": "Lan"}, "wa_id": "84901234567"}] if contacts is None else contacts
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": number},
    }
    value |= {"contacts": known, "messages": list(messages)} if messages else {}
    value |= {"statuses": list(statuses)} if statuses else {}
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}


def wa_message(number: str, kind: str = "text", inside: Any = None, **more: Any) -> Json:
    """`inside` is what the kind has, or the text's words."""
    given = {"body": inside} if kind == "text" and isinstance(inside, str) else inside
    known = {"from": "84901234567", "id": f"wamid.{number}", "timestamp": str(int(NOON.timestamp())), "type": kind}
    return {name: value for name, value in (known | {kind: given} | more).items() if value is not None}


def wa_status(wamid: str, state: str, **more: Any) -> Json:
    known = {"id": wamid, "status": state, "timestamp": str(int(NOON.timestamp())), "recipient_id": "84901234567"}
    return known | more


# ---- Messenger's bodies -------------------------------------------------------------------------------------------------

PSID = "7100000000000001"


def messenger(*messaging: Json, page: str = PAGE, **more: Any) -> Json:
    entry = {"id": page, "time": int(NOON.timestamp() * 1000), "messaging": list(messaging)} | more
    return {"object": "page", "entry": [entry]}


def fb_event(**inside: Any) -> Json:
    known = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": int(NOON.timestamp() * 1000)}
    return known | inside


def fb_message(number: str, text: str | None = None, **more: Any) -> Json:
    return fb_event(message={"mid": f"m_{number}"} | ({"text": text} if text is not None else {}) | more)
