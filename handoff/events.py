"""Events: the closed list of what can happen in a conversation, and their gap-free numbering."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handoff.bus import Nudge
from handoff.contact_model import KeyKind
from handoff.database import TOUCHED
from handoff.model import Author, CallbackState, Conversation, Event, OfferOutcome, Owner, Resolution
from handoff.reasons import Reason
from handoff.whys import Why

LARGEST_SEQ = 2**31 - 1  # what a database's integer holds


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MessageAdded(_Data):
    """Somebody said something; `content` as the viewer may see it is made by `handoff.views`."""

    kind: Literal["message"] = "message"
    id: str
    author: Author
    agent_id: str | None
    agent_name: str | None
    note: bool
    content: dict[str, Any]
    client_id: str | None


class OwnerChanged(_Data):
    """The conversation moved, or rests. `agent_name` is known to the shopper too: people introduce themselves."""

    kind: Literal["owner"] = "owner"
    owner: Owner
    agent_id: str | None
    agent_name: str | None
    reason: Reason | None
    snoozed_until: AwareDatetime | None = None
    resolution: Resolution | None = None


# "queued" again when somebody had it replayed, "dropped" when somebody gave it up, "withheld" when it was never
# sent because its channel takes no free text now; the provider tells of the rest.
DeliveryState = Literal["queued", "sent", "delivered", "read", "dead", "dropped", "withheld"]


class DeliveryChanged(_Data):
    """How far a message to the shopper got, and why no further; of a message that was sent, `why` is a remark on how.

    `error` is what the provider said. Events from before reasons had keys have no `why`, and an English sentence there.

    `uncertain` says that it may have arrived twice, or, while it is not sent, that it may have arrived all the same.
    """

    kind: Literal["delivery"] = "delivery"
    message_id: str
    state: DeliveryState
    why: Why | None = None
    error: str | None
    uncertain: bool = False


class ReadByShopper(_Data):
    """The shopper has seen everything up to `seq`."""

    kind: Literal["read"] = "read"
    up_to: int


class OfferChanged(_Data):
    """A waiting conversation was offered to an agent until `expires_at`, or was not taken. For agents."""

    kind: Literal["offer"] = "offer"
    agent_id: str
    agent_name: str
    outcome: OfferOutcome | None
    expires_at: AwareDatetime | None


class PriorityChanged(_Data):
    """It is served before all with a lower one. For agents."""

    kind: Literal["priority"] = "priority"
    priority: int
    agent_id: str
    agent_name: str


class CallbackChanged(_Data):
    """The shopper asked to be called, or that is settled. For agents, because of the number."""

    kind: Literal["callback"] = "callback"
    id: int
    state: CallbackState
    phone: str
    wish: str
    tries: int = 0  # so many calls reached nobody
    due_at: AwareDatetime | None = None  # when to call; None: as soon as may be
    reminder: bool = False  # it is due soon, and nothing else is new
    overdue: bool = False  # its time has passed: it waits for anybody now, before all others


class LabelShown(BaseModel):
    """A label as it was when it was put on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    colour: str


class LabelsChanged(_Data):
    """These are all labels that the conversation has now. For agents."""

    kind: Literal["labels"] = "labels"
    labels: list[LabelShown]
    agent_id: str
    agent_name: str


class Merged(_Data):
    """The conversation goes on in another one ("into"), or another one goes on here ("from"). For agents.

    `waiting_since` is of this conversation afterwards: the longer wait of the two where the other one goes on."""

    kind: Literal["merged"] = "merged"
    direction: Literal["into", "from"]
    conversation_id: str
    channel: str  # of the other one
    agent_id: str
    agent_name: str
    waiting_since: AwareDatetime | None = None


class FollowUpChanged(_Data):
    """An agent who passed the conversation on looks later whether it was solved, or has looked. For agents."""

    kind: Literal["follow_up"] = "follow_up"
    state: Literal["open", "done"]
    agent_id: str
    agent_name: str


class ShopperRenamed(_Data):
    """What the shopper is called: an agent wrote it down, or her channel told it, and then there is no agent. For agents."""

    kind: Literal["shopper"] = "shopper"
    name: str
    agent_id: str | None
    agent_name: str


class FileChanged(_Data):
    """A file of a message has come, or will not; until then the message says that it is coming. `file` takes the place of the
    one with its id."""

    kind: Literal["file"] = "file"
    message_id: str
    file: dict[str, Any]


class ReachChanged(_Data):
    """The shopper has blocked the shop on her channel, or let it write again. For agents."""

    kind: Literal["reach"] = "reach"
    channel: str
    blocked: bool


class ShopperJoined(_Data):
    """It was proved that the shopper also writes elsewhere: by what, what she is called, and all her channels. For agents."""

    kind: Literal["joined"] = "joined"
    by: KeyKind
    name: str
    channels: list[str]


class Rated(_Data):
    """The shopper said how good the help was. For agents."""

    kind: Literal["rated"] = "rated"
    id: int
    score: int
    comment: str


class ReadByPerson(_Data):
    """Somebody of the team has seen all that the shopper said up to `up_to`; not who."""

    kind: Literal["seen"] = "seen"
    up_to: int


class MessageLeft(_Data):
    """The shopper does not wait: she left a message, and wants the answer by mail, too, or with an empty address in the chat.
    `ended` says that it was settled, or that the chat is enough now. For agents, because of the address."""

    kind: Literal["left"] = "left"
    email: str
    ended: bool = False


EventData = Annotated[
    MessageAdded
    | OwnerChanged
    | DeliveryChanged
    | ReadByShopper
    | OfferChanged
    | PriorityChanged
    | CallbackChanged
    | LabelsChanged
    | Merged
    | FollowUpChanged
    | ShopperRenamed
    | FileChanged
    | ReachChanged
    | ShopperJoined
    | Rated
    | MessageLeft
    | ReadByPerson,
    Field(discriminator="kind"),
]
_PARSE: TypeAdapter[EventData] = TypeAdapter(EventData)


def append(session: Session, conversation: Conversation, data: EventData, now: datetime, *, public: bool) -> int:
    """Number and store an event. The caller holds the conversation's row lock, which makes the numbers gap-free.

    It is written with what comes next: several events of one transaction cost one statement.
    """
    conversation.last_seq += 1
    conversation.updated_at = now
    session.add(
        Event(
            conversation_id=conversation.id,
            seq=conversation.last_seq,
            kind=data.kind,
            public=public,
            data=data.model_dump(mode="json", exclude={"kind"}),
            at=now,
        )
    )
    nudge = Nudge(conversation.id, conversation.identity_id, conversation.last_seq)
    session.info.setdefault(TOUCHED, {})[conversation.id] = nudge
    return conversation.last_seq


def after(session: Session, conversation_id: str, seq: int, *, public_only: bool, limit: int = 500) -> list[Event]:
    """The events with a number above `seq`, in order."""
    query = select(Event).where(Event.conversation_id == conversation_id, Event.seq > seq)
    if public_only:
        query = query.where(Event.public)
    return list(session.scalars(query.order_by(Event.seq).limit(limit)))


def before(session: Session, conversation_id: str, seq: int, limit: int = 150) -> list[Event]:
    """The last events with a number below `seq`, in order; all kinds, for agents."""
    query = select(Event).where(Event.conversation_id == conversation_id, Event.seq < seq)
    return list(reversed(session.scalars(query.order_by(Event.seq.desc()).limit(limit)).all()))


def messages_of(session: Session, conversation_ids: Sequence[str], limit: int) -> Sequence[Event]:
    """What was said for all to see in these conversations, the oldest first; of more than `limit` messages the latest."""
    said = (
        select(Event)
        .where(Event.conversation_id.in_(conversation_ids), Event.kind == "message", Event.public)
        .order_by(Event.at.desc(), Event.conversation_id, Event.seq.desc())
    )
    return session.scalars(said.limit(limit)).all()[::-1]


def unread_by_shopper(session: Session, conversation: Conversation) -> int:
    """How many messages from others the shopper has not seen."""
    unseen = (
        (Event.conversation_id == conversation.id)
        & (Event.seq > conversation.shopper_read_seq)
        & (Event.kind == "message")
        & Event.public
        & (Event.data["author"].as_string() != "shopper")
    )
    return session.scalar(select(func.count()).select_from(Event).where(unseen)) or 0


def parse(event: Event) -> EventData:
    """The typed data of a stored event. Raises pydantic.ValidationError for what this version does not know."""
    return _PARSE.validate_python({"kind": event.kind, **event.data})
