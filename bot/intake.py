"""Taking a shopper's message in, once: the dedupe row, the message and the owed turn commit together.

Rules 1 to 3 of docs/architecture.md. What becomes of the turn is the gateway's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot import bursts
from bot.messages import Button, Content, Inbound, UnknownSender, UnreadableMessage, find_button, message_of
from bot.rating_answers import RatingAnswer, answer_to_rating
from bot.readable import readable
from bot.rendering import Renderer
from bot.saying import say
from handoff import attachments, conversations, file_fetches, turns, windows
from handoff.acts import Acts
from handoff.callbacks import is_desk_button
from handoff.desk_model import Attachment
from handoff.file_fetches import Expected
from handoff.model import Conversation, Identity, Message
from handoff.model import Inbound as InboundRow
from handoff.troubles import again_when_undone
from handoff.turns import Burst
from handoff.wording import known_language

# Unless somebody says otherwise, every message is a turn of its own.
NO_BURSTS = Burst()


@dataclass(frozen=True)
class Received:
    """Where a message went. `duplicate` says that it had been taken in before, and nothing was stored."""

    conversation_id: str
    message_id: str
    duplicate: bool


class Intake:
    """One for the desk. `wake_after` is called with the seconds until a turn will be due, `files_came` when some are to fetch.

    Whatever else a message causes is an event, which workers hear of themselves.
    """

    def __init__(
        self,
        acts: Acts,
        renderer: Renderer,
        wake_after: Callable[[float], None],
        files_came: Callable[[], None],
        burst: Burst,
    ) -> None:
        self._acts, self._renderer, self._burst = acts, renderer, burst
        self._wake_after, self._files_came = wake_after, files_came
        self._database = acts.database

    @again_when_undone
    def receive(self, inbound: Inbound, now: datetime) -> Received:
        """Take a message in, once.

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
            about_more = inbound.leaving is not None or inbound.wants_call
            rating = None if about_more else answer_to_rating(session, identity, inbound, now)
            if rating is not None:
                return self._take_rating(session, rating, inbound, row, now)
            conversation = self._conversation_for(session, identity.id, inbound.language, now)
            known = conversations.of_client(session, conversation, inbound.client_id)
            if known is not None:  # sent before she signed in, and again afterwards
                row.message_id = known.id
                return Received(conversation.id, known.id, duplicate=True)
            button = self._pressed(session, conversation, inbound.button_id)
            message = _store(session, conversation, inbound, button, now)
            row.message_id = message.id
            if inbound.leaving is not None:
                self._acts.take_message(session, conversation, message, inbound.leaving, now)
                due = None
            elif inbound.wants_call:
                self._acts.ask_for_number(session, conversation, now)
                due = None
            else:
                due = self._pass_on(session, conversation, message, button, now)
        # After the commit: who looks before it finds nothing.
        if due is not None:
            self._wake_after((due - now).total_seconds())
        if inbound.remote_files:
            self._files_came()
        return Received(conversation.id, message.id, duplicate=False)

    def place_for_file(self, session: Session, identity: Identity, hint: str, now: datetime) -> Conversation:
        """The conversation, held, into which this shopper's next message will come; begun if there is none."""
        conversations.hold_identity(session, identity.id)
        latest = conversations.current(session, identity.id)
        if latest is None or not self._acts.may_reopen(session, latest, now):
            language = latest.language if latest else known_language(hint)
            return conversations.begin(session, identity.id, language, now)
        return latest

    def _pass_on(
        self, session: Session, conversation: Conversation, message: Message, button: Button | None, now: datetime
    ) -> datetime | None:
        """To the people who have the conversation, or to the bot: returns when the answer that it owes then is due."""
        text, payload = str(message.content["text"]), button.payload if button else None
        if conversation.owner == "bot" and self._acts.heard_waiting(session, conversation, text, payload, now):
            return None  # what the desk had asked for
        if conversation.owner == "bot" and not text:
            self._say_unread(session, conversation, now)
        elif conversation.owner == "bot":
            # A button of the desk's own is nothing to the bot but its title.
            for_bot = None if payload and is_desk_button(payload) else button
            return self._owe(session, conversation, message.seq, text, for_bot, now)
        elif conversation.reason == "reopened" and conversation.queued_at == now:
            self._acts.welcome_back(session, conversation, now)
        else:
            self._acts.heard_waiting(session, conversation, text, payload, now)
        return None

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
            rating.take(session, text, self._acts.wording, self._acts.windows, now)
        row.message_id = known.id
        return Received(conversation.id, known.id, duplicate=False)

    def _say_unread(self, session: Session, conversation: Conversation, now: datetime) -> None:
        """A file without words is nothing that the bot can answer, and it says so."""
        language = conversation.language = conversation.language or known_language(None)
        words = self._renderer.words
        buttons = (Button(words.say(language, "chat.person_button"), "/request_human"),)
        say(
            session,
            conversation,
            None,
            Content("text", words.say(language, "files.unread"), buttons),
            self._acts.windows,
            now,
        )

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


def _sender(session: Session, inbound: Inbound, now: datetime) -> Identity:
    """Who wrote, held until the transaction ends."""
    if not inbound.admitted:
        return conversations.ensure_identity(session, inbound.channel, inbound.address, inbound.name, now)
    known = conversations.known_identity(session, inbound.channel, inbound.address)
    if known is None:
        raise UnknownSender(inbound.channel)
    return known


def _store(
    session: Session, conversation: Conversation, inbound: Inbound, button: Button | None, now: datetime
) -> Message:
    """Her message with its files, those included that are still to be fetched. Raises UnreadableMessage, RefusedFile."""
    files, coming = _files(session, conversation, inbound, now), _coming(session, conversation, inbound)
    shown = [*map(attachments.shown, files), *(placeholder for _, placeholder in coming)]
    text = button.title if button else readable(inbound.text, empty=bool(shown))
    content: dict[str, Any] = {"type": "text", "text": text}
    content |= {"edited": True} if inbound.edited else {}
    content |= {"attachments": shown} if shown else {}
    message = conversations.add_message(session, conversation, "shopper", content, now, client_id=inbound.client_id)
    attachments.send_with(message.id, files)
    if inbound.beside is not None:
        inbound.beside(session, conversation, message)
    file_fetches.owe(session, message, inbound.channel, coming, now)
    return message


def _files(session: Session, conversation: Conversation, inbound: Inbound, now: datetime) -> list[Attachment]:
    """What she put there before, and what came with the message itself. Raises RefusedFile."""
    before = attachments.unsent(session, conversation, None, inbound.files) if inbound.files else []
    return [*before, *(attachments.add(session, conversation, None, file, now) for file in inbound.enclosed)]


def _coming(session: Session, conversation: Conversation, inbound: Inbound) -> list[tuple[Expected, dict[str, Any]]]:
    """The files that are still to be fetched, each with what its message shows until then. Raises RefusedFile."""
    if not inbound.remote_files:
        return []
    files = [Expected(file.ref, file.name, file.media_type) for file in inbound.remote_files]
    if len(files) > attachments.MOST_IN_A_MESSAGE or not file_fetches.has_room(session, conversation.id, len(files)):
        raise attachments.RefusedFile("too_many", "more files than can be fetched at once")
    return [(file, file_fetches.placeholder(file)) for file in files]


def _received_before(session: Session, inbound: Inbound) -> Received:
    row = conversations.taken_in(session, inbound.channel, inbound.external_id)
    message = session.get(Message, row.message_id) if row.message_id else None
    return Received(message.conversation_id if message else "", message.id if message else "", duplicate=True)
