"""The check after a run: what people saw, held against what the desk kept and against what arrived. Pure functions.

Every message that was accepted is stored once, and is answered or in front of people; replies reach the chat once and in
order, or more often only where the outbox says that it cannot be sure; nobody's order is inverted; the bot is silent once
people have a conversation; and the events tell the same as the rows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from handoff.model import Inbound, Message, Turn
from handoff.views import for_shopper
from tests.torture.arrivals import arrived
from tests.torture.facts import Facts
from tests.torture.findings import Finding, Kind
from tests.torture.journal import Accepted, Delivered, Record, Refused, Replied, Seen, Unsure


def check(facts: Facts, records: Iterable[Record]) -> list[Finding]:
    """Everything that is wrong; nothing when all is well."""
    kept = list(records)
    accepted = [record for record in kept if isinstance(record, Accepted)]
    return [
        *_refused(kept),
        *stored_once(facts, accepted, [record for record in kept if isinstance(record, Unsure)]),
        *answered(facts),
        *in_the_order_of_writing(facts, accepted),
        *bot_in_order(facts),
        *agents_heard(facts, [record for record in kept if isinstance(record, Replied)]),
        *one_speaker(facts),
        *numbered(facts),
        *replayed(facts),
        *seen_by_browsers(facts, [record for record in kept if isinstance(record, Seen)]),
        *arrived(facts, [record for record in kept if isinstance(record, Delivered)]),
    ]


def _refused(records: list[Record]) -> Iterator[Finding]:
    for record in records:
        if isinstance(record, Refused):
            yield Finding("lost", f"{record.who} was refused with {record.status}: {record.what}")


# ---- in once ----------------------------------------------------------------------------------------------------------


def stored_once(facts: Facts, accepted: list[Accepted], unsure: list[Unsure]) -> Iterator[Finding]:
    """What was accepted is there, once; what nobody is sure of at most once; and nothing else is."""
    texts = Counter(str(m.content["text"]) for m in facts.messages if m.author == "shopper")
    known = references(facts)
    for record in accepted:
        message = known.get((record.channel, record.reference))
        if message is None or message.content["text"] != record.text:
            yield Finding(
                "lost", f"{record.channel} message {record.reference} of {record.who} was accepted and is not stored"
            )
    expected = {record.text for record in accepted} | {record.text for record in unsure}
    for text, count in texts.items():
        if count > 1:
            yield Finding("duplicated", f"a shopper's message is stored {count} times: {text!r}")
        if text not in expected:
            yield Finding("broken", f"a shopper's message is stored that nobody sent: {text!r}")
    for row in facts.inbound:
        if row.message_id not in facts.message:
            yield Finding("broken", f"the update {row.channel} {row.external_id} was taken in without its message")


def references(facts: Facts) -> dict[tuple[str, str], Message]:
    """Stored messages by channel and the sender's own id for them."""
    return {
        (row.channel, _reference(row)): facts.message[row.message_id]
        for row in facts.inbound
        if row.message_id in facts.message
    }


def _reference(row: Inbound) -> str:
    """What the sender calls it: the channels put something before a colon."""
    return row.external_id.rpartition(":")[2]


def in_the_order_of_writing(facts: Facts, accepted: list[Accepted]) -> Iterator[Finding]:
    """Who waited for a yes before writing again has the messages stored in that order."""
    known = references(facts)
    by_shopper: dict[str, list[Accepted]] = defaultdict(list)
    for record in accepted:
        by_shopper[record.who].append(record)
    for who, written in by_shopper.items():
        written.sort(key=lambda record: record.first_sent)
        for earlier, later in pairwise(written):
            one, other = (known.get((record.channel, record.reference)) for record in (earlier, later))
            if one is None or other is None or one.conversation_id != other.conversation_id:
                continue
            if earlier.accepted < later.first_sent and one.seq > other.seq:
                yield Finding(
                    "reordered", f"{who} wrote {earlier.text!r} before {later.text!r}; stored the other way round"
                )


# ---- answered ---------------------------------------------------------------------------------------------------------


def answered(facts: Facts) -> Iterator[Finding]:
    """Every shopper's message was answered by the bot, or people had or have it in front of them."""
    said_in = {message.turn_id for message in facts.messages if message.turn_id}
    for conversation_id, messages in facts.messages_of.items():
        turn_of = _turns_of_messages(messages, facts.turns_of.get(conversation_id, []))
        owners = [
            (event.seq, event.data["owner"]) for event in facts.events_of[conversation_id] if event.kind == "owner"
        ]
        for message in messages:
            if message.author != "shopper" or _with_people(message.seq, owners):
                continue
            turn = turn_of.get(message.id)
            if turn is None or turn.state in ("waiting", "running") or turn.id not in said_in:
                how = "has no turn" if turn is None else f"its turn is {turn.state}"
                yield Finding("lost", f"nobody answers {message.content['text']!r} ({how}) in {conversation_id}")


def _with_people(seq: int, owners: list[tuple[int, str]]) -> bool:
    """Whether people had the conversation when message `seq` came, or got it later; a bot's closing does not count."""
    at_that_time = next((owner for number, owner in reversed(owners) if number < seq), "bot")
    later = [owner for number, owner in owners if number > seq]
    return at_that_time in ("queue", "agent") or "queue" in later or "agent" in later


def _turns_of_messages(messages: list[Message], turns: list[Turn]) -> dict[str, Turn]:
    """By message id: a turn is about the shopper's message of its number, and those just before it in a burst."""
    written = [message for message in messages if message.author == "shopper"]
    found: dict[str, Turn] = {}
    for turn in turns:
        until = [message for message in written if message.seq <= turn.seq]
        found |= {message.id: turn for message in until[-(turn.messages or 1) :]}
    return found


def bot_in_order(facts: Facts) -> Iterator[Finding]:
    """The bot answers a conversation's messages in the order in which they came."""
    seq_of = {turn.id: turn.seq for turn in facts.turns}
    for conversation_id, messages in facts.messages_of.items():
        about = [seq_of[message.turn_id] for message in messages if message.turn_id in seq_of]
        if about != sorted(about):
            yield Finding("reordered", f"the bot answered the messages of {conversation_id} in the order {about}")


def agents_heard(facts: Facts, replied: list[Replied]) -> Iterator[Finding]:
    """An agent's reply that the desk took is there, once."""
    texts = Counter((m.conversation_id, str(m.content["text"])) for m in facts.messages if m.author == "agent")
    for record in replied:
        count = texts[record.conversation, record.text]
        if count != 1:
            kind: Kind = "duplicated" if count else "lost"
            yield Finding(kind, f"an agent's reply {record.text!r} is stored {count} times")


# ---- who speaks -------------------------------------------------------------------------------------------------------


def one_speaker(facts: Facts) -> Iterator[Finding]:
    """The bot says nothing while it does not own the conversation, nor an agent while she does not."""
    for conversation_id, events in facts.events_of.items():
        owner = "bot"
        for event in events:
            if event.kind == "owner":
                owner = event.data["owner"]
            elif event.kind == "message" and event.data["author"] == "bot" and owner != "bot":
                what = f"the bot spoke in {conversation_id} at {event.seq} while it was with '{owner}'"
                yield Finding("bot_after_human", what)
            elif event.kind == "message" and event.data["author"] == "agent" and owner != "agent":
                yield Finding(
                    "broken", f"an agent spoke in {conversation_id} at {event.seq} while it was with '{owner}'"
                )


# ---- events -----------------------------------------------------------------------------------------------------------


def numbered(facts: Facts) -> Iterator[Finding]:
    """Events are numbered from 1 without a gap, up to the conversation's own count."""
    for conversation in facts.conversations:
        seqs = [event.seq for event in facts.events_of.get(conversation.id, [])]
        if seqs != list(range(1, conversation.last_seq + 1)):
            yield Finding("lost", f"the events of {conversation.id} up to {conversation.last_seq} have gaps")


def replayed(facts: Facts) -> Iterator[Finding]:
    """The events, played again, give the rows: the same messages, the same owner."""
    with_agent = {row.conversation_id: row.agent_id for row in facts.assignments if row.ended_at is None}
    for conversation in facts.conversations:
        events = facts.events_of.get(conversation.id, [])
        told = [(e.seq, e.data["id"], e.data["author"], e.data["content"]) for e in events if e.kind == "message"]
        rows = [(m.seq, m.id, m.author, m.content) for m in facts.messages_of.get(conversation.id, [])]
        if told != rows:
            yield Finding("broken", f"the messages of {conversation.id} are not those of its events")
        moved = [(e.data["owner"], e.data["agent_id"]) for e in events if e.kind == "owner"] or [("bot", None)]
        if moved[-1] != (conversation.owner, conversation.agent_id):
            yield Finding("broken", f"{conversation.id} is with {conversation.owner}, its events say {moved[-1][0]}")
        if with_agent.get(conversation.id) != conversation.agent_id:
            yield Finding("broken", f"the open assignment of {conversation.id} is not that of its agent")


def seen_by_browsers(facts: Facts, seen: list[Seen]) -> Iterator[Finding]:
    """What a browser put together piece by piece is what a fresh one would fetch."""
    for record in seen:
        public = [for_shopper(event) for event in facts.events_of.get(record.conversation, []) if event.public]
        if record.events != public:
            missing = {event["seq"] for event in public} - {event["seq"] for event in record.events}
            kind: Kind = "lost" if missing else "broken"
            yield Finding(
                kind, f"{record.who} sees another {record.conversation} than it is; missing {sorted(missing)[:5]}"
            )
