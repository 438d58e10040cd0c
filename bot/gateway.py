"""The gateway: takes a shopper's message in once, and turns the engine's proposal into stored messages and moves.

The engine proposes, the gateway disposes (rules 1 to 4 and 7 of docs/architecture.md).
"""

import asyncio
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot import bursts
from bot.engine.client import Answering, EngineTurn, EngineUnavailable
from bot.engine.replies import (
    Answer,
    Choices,
    EngineReply,
    FeedbackCommand,
    HandoffCommand,
    LanguageCommand,
    OrderLookupCommand,
)
from bot.messages import (
    LONGEST_TEXT,
    Button,
    Content,
    Inbound,
    UnknownSender,
    UnreadableMessage,
    find_button,
    message_of,
)
from bot.rating_answers import RatingAnswer, answer_to_rating
from bot.rendering import Renderer
from handoff import attachments, conversations, file_fetches, order_lookups, outbox, sessions, turns, windows
from handoff.acts import Acts
from handoff.callbacks import is_desk_button
from handoff.desk_model import Attachment
from handoff.file_fetches import Expected
from handoff.model import Conversation, Feedback, Identity, Message, Turn
from handoff.model import Inbound as InboundRow
from handoff.troubles import again_when_undone
from handoff.turns import Burst, TurnResult
from handoff.wording import Wording, known_language

log = structlog.get_logger()

# Control and format characters and lone surrogates say nothing and hide much. Tab and line break stay, and the joiners,
# which make one sign of several.
_HIDDEN_KINDS = frozenset(("Cc", "Cf", "Cs"))
_KEPT = frozenset("\t\n\u200c\u200d")
# A turn that was taken up so often and never finished probably ends the process each time.
_MOST_ATTEMPTS = 3
# Unless somebody says otherwise, every message is a turn of its own.
NO_BURSTS = Burst()
# Below this the message tells too little of its language to change the conversation's.
_SURE_OF_LANGUAGE = 0.7


@dataclass(frozen=True)
class Received:
    """Where a message went. `duplicate` says that it had been taken in before, and nothing was stored."""

    conversation_id: str
    message_id: str
    duplicate: bool


class Gateway:
    """One for the desk. `wake` is called when a turn has become due, `wake_after` with the seconds until one will be."""

    def __init__(
        self,
        acts: Acts,
        engine: Answering,
        renderer: Renderer,
        wake: Callable[[], None],
        *,
        wake_after: Callable[[float], None] = lambda _: None,
        burst: Burst = NO_BURSTS,
        session_pause: timedelta = timedelta(minutes=30),
    ) -> None:
        self._acts, self._engine, self._renderer = acts, engine, renderer
        self._wake, self._wake_after = wake, wake_after
        self._burst, self._session_pause = burst, session_pause
        self._database = acts.database

    @property
    def wording(self) -> Wording:
        """The words of the human side, for channels that say when people are there."""
        return self._acts.wording

    # ---- in ---------------------------------------------------------------------------------------------------------

    @again_when_undone
    def receive(self, inbound: Inbound, now: datetime) -> Received:
        """Take a message in, once: dedupe row, message and owed turn commit together.

        Raises:
            UnreadableMessage: it is empty or too long, or its button is not one that this shopper was shown.
            RefusedFile: a file of it is not there, or not hers, or there are too many.
            UnknownSender: the channel had admitted her, and she was erased since.
            UnusableAddress: nobody can be answered there.
        """
        with self._database.write() as session:
            identity = _sender(session, inbound, now)
            windows.heard(identity, inbound.sent_at, now)
            row = conversations.take_in(session, inbound.channel, inbound.external_id, now)
            if row is None:
                return _received_before(session, inbound)
            rating = answer_to_rating(session, identity, inbound, now)
            if rating is not None:
                return self._take_rating(session, rating, inbound, row, now)
            conversation = self._conversation_for(session, identity.id, inbound.language, now)
            known = conversations.of_client(session, conversation, inbound.client_id)
            if known is not None:  # sent before she signed in, and again afterwards
                row.message_id = known.id
                return Received(conversation.id, known.id, duplicate=True)
            button = self._pressed(session, conversation, inbound.button_id)
            files = _files(session, conversation, inbound, now)
            has_files = bool(files or inbound.remote_files)
            text = button.title if button else readable(inbound.text, empty=has_files)
            coming = _coming(session, conversation, inbound)
            content: dict[str, Any] = {"type": "text", "text": text}
            if inbound.edited:
                content["edited"] = True
            if has_files:
                content["attachments"] = [*map(attachments.shown, files), *(shown for _, shown in coming)]
            message = conversations.add_message(
                session, conversation, "shopper", content, now, client_id=inbound.client_id
            )
            row.message_id = message.id
            attachments.send_with(message.id, files)
            if inbound.beside is not None:
                inbound.beside(session, conversation, message)
            file_fetches.owe(session, message, inbound.channel, coming, now)
            payload = button.payload if button else None
            if conversation.owner == "bot" and not text:
                self._say_unread(session, conversation, now)
            elif conversation.owner == "bot":
                # A button of the desk's own is nothing to the bot but its title.
                for_bot = None if payload and is_desk_button(payload) else button
                due = self._owe(session, conversation, message.seq, text, for_bot, now)
                self._wake_after((due - now).total_seconds())
            elif conversation.reason == "reopened" and conversation.queued_at == now:
                self._acts.welcome_back(session, conversation, now)
            else:
                self._acts.heard_waiting(session, conversation, text, payload, now)
        self._wake()
        return Received(conversation.id, message.id, duplicate=False)

    def _take_rating(
        self, session: Session, rating: RatingAnswer, inbound: Inbound, row: InboundRow, now: datetime
    ) -> Received:
        """She says how good the help was, which is no matter for the bot and opens nothing."""
        conversation = rating.conversation
        known = conversations.of_client(session, conversation, inbound.client_id)
        if known is None:
            text = rating.button.title if rating.button else readable(inbound.text)
            content = {"type": "text", "text": text}
            known = conversations.add_message(
                session, conversation, "shopper", content, now, client_id=inbound.client_id
            )
            rating.take(session, text, self._acts.wording, now)
        row.message_id = known.id
        return Received(conversation.id, known.id, duplicate=False)

    def place_for_file(self, session: Session, identity: Identity, hint: str, now: datetime) -> Conversation:
        """The conversation, held, into which this shopper's next message will come; begun if there is none."""
        conversations.hold_identity(session, identity.id)
        latest = conversations.current(session, identity.id)
        if latest is None or not self._acts.may_reopen(session, latest, now):
            language = latest.language if latest else known_language(hint)
            return conversations.begin(session, identity.id, language, now)
        return latest

    def _say_unread(self, session: Session, conversation: Conversation, now: datetime) -> None:
        """A file without words is nothing that the bot can answer, and it says so."""
        language = conversation.language = conversation.language or known_language(None)
        say = self._renderer.words.say
        buttons = (Button(say(language, "chat.person_button"), "/request_human"),)
        self._say(session, conversation, None, Content("text", say(language, "files.unread"), buttons), now)

    def _owe(
        self, session: Session, conversation: Conversation, seq: int, text: str, button: Button | None, now: datetime
    ) -> datetime:
        """Owe an answer, with what still waits for one where that belongs together; returns when it is due."""
        turns.drop_stale(session, conversation, now)
        if button is not None:
            return turns.owe(session, conversation, seq, text, button.payload, now).not_before
        waiting = turns.joinable(session, conversation) if self._burst.quiet else None
        if waiting is not None and bursts.fits(waiting, text):
            due = bursts.due(text, self._burst, waiting.created_at, now)
            if turns.join(session, waiting, seq, text, due):
                return due
        due = bursts.due(text, self._burst, now, now)
        return turns.owe(session, conversation, seq, text, None, now, not_before=due).not_before

    def _conversation_for(self, session: Session, identity_id: str, hint: str, now: datetime) -> Conversation:
        """The open conversation; a lately closed one is opened again, after that a new one begins."""
        latest = conversations.current(session, identity_id)
        if latest is None or not self._acts.may_reopen(session, latest, now):
            language = latest.language if latest else known_language(hint)
            return conversations.begin(session, identity_id, language, now)
        self._acts.hear(session, latest, now)
        return latest

    def _pressed(self, session: Session, conversation: Conversation, button_id: str | None) -> Button | None:
        if button_id is None:
            return None
        message = session.get(Message, message_of(button_id))
        if message is not None and message.conversation_id == conversation.id:
            found = find_button(message.content, button_id)
            if found is not None:
                return found
        raise UnreadableMessage(
            "old_button", "That button does not belong to this conversation. Write your question instead."
        )

    # ---- the turn ---------------------------------------------------------------------------------------------------

    async def answer(self, turn: Turn, now: Callable[[], datetime]) -> None:
        """Answer one owed turn: ask the engine, then store what it says, unless the conversation has moved on meanwhile."""
        try:
            asked = await asyncio.to_thread(self._question, turn, now())
            if asked is None:
                return
            if turn.attempts > _MOST_ATTEMPTS:
                raise EngineUnavailable(f"the desk ended {turn.attempts - 1} times while answering this")
            reply, milliseconds = await self._engine.answer(asked)
            await asyncio.to_thread(self._dispose, turn, reply, milliseconds, now())
        except EngineUnavailable as error:
            log.warning("turn.engine_unavailable", turn=turn.id, reason=str(error))
            await asyncio.to_thread(self._give_up, turn, now())
        except OperationalError:
            raise  # the database is away: nothing can be stored now, and the turn's lease brings it back
        except Exception:
            log.exception("turn.failed", turn=turn.id)  # a fault of ours is no reason to leave the shopper waiting
            await asyncio.to_thread(self._give_up, turn, now())

    @again_when_undone
    def _question(self, turn: Turn, now: datetime) -> EngineTurn | None:
        """What to ask the engine; None, and the turn is dropped, when the bot no longer has the conversation."""
        with self._database.write() as session:
            conversation = self._owed(session, turn, now)
            if conversation is None:
                return None
            sessions.renew_after_pause(session, conversation, turn, self._session_pause, now)
            left = order_lookups.allowance(session, conversation, self._acts.settings, now)
            return EngineTurn(
                session=f"{conversation.id}.{conversation.bot_session}",
                text=turn.text,
                metadata={
                    "language": conversation.language or None,
                    "language_chosen": conversation.language_chosen,
                    "button": turn.button,
                    "order_lookups_left": left.left,
                    "orders_locked": list(left.locked),
                },
            )

    @again_when_undone
    def _dispose(self, turn: Turn, reply: EngineReply, milliseconds: float, now: datetime) -> None:
        """Store messages and apply commands in one transaction, or drop them all."""
        with self._database.write() as session:
            conversation = self._owed(session, turn, now)
            if conversation is None:
                return
            self._note_language(conversation, reply)
            self._introduce(session, conversation, turn, now)
            for shown in reply.shown:
                self._say(session, conversation, turn, self._renderer.render(shown, conversation.language), now)
            turns.finish(session, turn.id, now, _result(reply, milliseconds))
            for command in reply.commands:
                self._apply(session, conversation, command, now)

    @again_when_undone
    def _give_up(self, turn: Turn, now: datetime) -> None:
        """The engine is down, slow or wrong: the shopper is told, and lands with people."""
        with self._database.write() as session:
            conversation = self._owed(session, turn, now)
            if conversation is None:
                return
            conversation.language = conversation.language or known_language(None)
            turns.finish(session, turn.id, now, TurnResult(None, "unavailable", None, None))
            packet = {"question": turn.text, "articles_tried": [], "collected": {}, "candidates": []}
            self._acts.escalate(session, conversation, "engine_unavailable", packet, now)

    def _owed(self, session: Session, turn: Turn, now: datetime) -> Conversation | None:
        """The turn's conversation, locked; None when it was erased, when another worker has the turn, or when the bot no
        longer has the conversation, and then the turn is dropped."""
        conversation = conversations.find_and_lock(session, turn.conversation_id)
        if conversation is None or not turns.is_held(session, turn):
            return None
        if conversation.owner != "bot" or conversation.epoch != turn.epoch:
            turns.drop(session, turn.id, now)
            return None
        return conversation

    def _apply(self, session: Session, conversation: Conversation, command: object, now: datetime) -> None:
        match command:
            case HandoffCommand():
                packet = {
                    **command.model_dump(mode="json", exclude={"kind", "reason"}),
                    "candidates": _candidates(turns.last_question(session, conversation.id)),
                }
                self._acts.escalate(session, conversation, command.reason, packet, now)
            case FeedbackCommand(article_id=article_id, helpful=helpful):
                session.add(
                    Feedback(conversation_id=conversation.id, article_id=article_id[:100], helpful=helpful, at=now)
                )
            case OrderLookupCommand(order_number=number, found=found):
                order_lookups.record(session, conversation, number, found, now)
            case LanguageCommand(language=language):
                conversation.language, conversation.language_chosen = known_language(language), True

    def _note_language(self, conversation: Conversation, reply: EngineReply) -> None:
        understood = reply.understood
        sure = understood is not None and understood.language_p >= _SURE_OF_LANGUAGE
        if understood is not None and not conversation.language_chosen and (sure or not conversation.language):
            conversation.language = known_language(understood.language)
        for command in reply.commands:  # a chosen language holds for the words of this very turn
            if isinstance(command, LanguageCommand):
                conversation.language = known_language(command.language)

    def _introduce(self, session: Session, conversation: Conversation, turn: Turn, now: datetime) -> None:
        """The bot's first message says that it is a bot."""
        if not conversation.introduced:
            conversation.introduced = True
            words = self._acts.wording.say(conversation.language, "shopper.introduction", shop=self._acts.shop)
            self._say(session, conversation, turn, Content("text", words), now)

    def _say(
        self, session: Session, conversation: Conversation, turn: Turn | None, content: Content, now: datetime
    ) -> None:
        message_id = conversations.new_id()
        stored = content.stored(message_id)
        message = conversations.add_message(
            session, conversation, "bot", stored, now, turn_id=turn.id if turn else None, message_id=message_id
        )
        outbox.enqueue(session, conversation, message, now)


def readable(text: str, *, empty: bool = False) -> str:
    """The shopper's words, fit to store and show.

    Raises:
        UnreadableMessage: nothing is left, which `empty` allows, or it is longer than LONGEST_TEXT.
    """
    words = "".join(sign for sign in text if sign in _KEPT or unicodedata.category(sign) not in _HIDDEN_KINDS).strip()
    if all(sign in _KEPT or sign.isspace() for sign in words):
        if empty:
            return ""
        raise UnreadableMessage("empty", "The message is empty.")
    if len(words) > LONGEST_TEXT:
        raise UnreadableMessage(
            "too_long",
            f"The message has {len(words)} characters; {LONGEST_TEXT} fit into one. Shorten it, or send it in parts.",
        )
    return words


def _sender(session: Session, inbound: Inbound, now: datetime) -> Identity:
    """Who wrote, held until the transaction ends."""
    if not inbound.admitted:
        return conversations.ensure_identity(session, inbound.channel, inbound.address, inbound.name, now)
    known = conversations.known_identity(session, inbound.channel, inbound.address)
    if known is None:
        raise UnknownSender(inbound.channel)
    return known


def _files(session: Session, conversation: Conversation, inbound: Inbound, now: datetime) -> list[Attachment]:
    """What she put there before, and what came with the message itself. Raises RefusedFile."""
    before = attachments.unsent(session, conversation, None, inbound.files) if inbound.files else []
    return [*before, *(attachments.add(session, conversation, None, file, now) for file in inbound.enclosed)]


def _coming(session: Session, conversation: Conversation, inbound: Inbound) -> list[tuple[Expected, dict[str, Any]]]:
    """The files that are still to be fetched, each with what its message shows until then. Raises RefusedFile."""
    files = [Expected(file.ref, file.name, file.media_type) for file in inbound.remote_files]
    if len(files) > attachments.MOST_IN_A_MESSAGE or not file_fetches.has_room(session, conversation.id, len(files)):
        raise attachments.RefusedFile("too_many", "more files than can be fetched at once")
    return [(file, file_fetches.placeholder(file)) for file in files]


def _received_before(session: Session, inbound: Inbound) -> Received:
    row = conversations.taken_in(session, inbound.channel, inbound.external_id)
    message = session.get(Message, row.message_id) if row.message_id else None
    return Received(message.conversation_id if message else "", message.id if message else "", duplicate=True)


def _result(reply: EngineReply, milliseconds: float) -> TurnResult:
    """What is kept of a turn: the decision as it was carried out, and the understanding behind it."""
    article = next((shown.article.id for shown in reply.shown if isinstance(shown, Answer)), None)
    if article is not None:
        decision = "answer"
    elif any(isinstance(shown, Choices) for shown in reply.shown):
        decision = "clarify"
    elif any(isinstance(command, HandoffCommand) for command in reply.commands):
        decision = "handoff"
    elif reply.intent == "nlu_fallback":
        decision = "offer"  # a person was offered
    else:
        decision = "talk"
    understanding = reply.understood.model_dump(mode="json") | {"intent": reply.intent} if reply.understood else None
    return TurnResult(understanding, decision, article and article[:100], round(milliseconds, 1))


def _candidates(understanding: dict[str, Any] | None) -> list[dict[str, Any]]:
    found = (understanding or {}).get("candidates", [])
    return [candidate for candidate in found if candidate.get("kind") == "article"][:3]
