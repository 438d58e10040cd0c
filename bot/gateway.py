"""The gateway: takes a shopper's message in, and turns the engine's proposal into stored messages and moves.

The engine proposes, the gateway disposes (rules 4 and 7 of docs/architecture.md).
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

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
from bot.intake import NO_BURSTS, Intake, Received
from bot.messages import Content, Inbound
from bot.rendering import Renderer
from bot.saying import say
from handoff import conversations, order_lookups, sessions, turns
from handoff.acts import Acts
from handoff.model import Conversation, Feedback, Identity, Turn
from handoff.troubles import again_when_undone
from handoff.turns import Burst, TurnResult
from handoff.wording import Wording, known_language

log = structlog.get_logger()

# A turn that was taken up so often and never finished probably ends the process each time.
_MOST_ATTEMPTS = 3
# Below this the message tells too little of its language to change the conversation's.
_SURE_OF_LANGUAGE = 0.7


class Gateway:
    """One for the desk. `wake_after` is called with the seconds until a turn will be due, `files_came` when some are to fetch.

    Whatever else a message causes is an event, which workers hear of themselves.
    """

    def __init__(
        self,
        acts: Acts,
        engine: Answering,
        renderer: Renderer,
        *,
        wake_after: Callable[[float], None] = lambda _: None,
        files_came: Callable[[], None] = lambda: None,
        burst: Burst = NO_BURSTS,
        session_pause: timedelta = timedelta(minutes=30),
    ) -> None:
        self._acts, self._engine, self._renderer = acts, engine, renderer
        self._intake = Intake(acts, renderer, wake_after, files_came, burst)
        self._session_pause = session_pause
        self._database = acts.database

    @property
    def wording(self) -> Wording:
        """The words of the human side, for channels that say when people are there."""
        return self._acts.wording

    def receive(self, inbound: Inbound, now: datetime) -> Received:
        """Take a message in, once. Raises as Intake.receive."""
        return self._intake.receive(inbound, now)

    def place_for_file(self, session: Session, identity: Identity, hint: str, now: datetime) -> Conversation:
        """The conversation, held, into which this shopper's next message will come; begun if there is none."""
        return self._intake.place_for_file(session, identity, hint, now)

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
                id=turn.id,
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
                say(
                    session,
                    conversation,
                    turn,
                    self._renderer.render(shown, conversation.language),
                    self._acts.windows,
                    now,
                )
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
            say(session, conversation, turn, Content("text", words), self._acts.windows, now)


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
