"""What arrived in the chats, held against the outbox: each row once and in order, or openly uncertain."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.channels.telegram.payloads import parts
from handoff.model import Outbox
from tests.torture.facts import Facts
from tests.torture.findings import Finding
from tests.torture.journal import Delivered


@dataclass
class _Chat:
    """One chat: what it shows, the rows for it in the order of the outbox, and which row each arrival belongs to."""

    shown: list[Delivered] = field(default_factory=list)
    rows: list[Outbox] = field(default_factory=list)
    owner: dict[int, int] = field(default_factory=dict)  # place in the chat -> row id
    last: dict[int, int] = field(default_factory=dict)  # row id -> place of its last part


def arrived(facts: Facts, delivered: list[Delivered]) -> Iterator[Finding]:
    """Everything that is wrong with what the chats show."""
    promised = {row.message_id for row in facts.outbox}
    for message in facts.messages:
        if message.author != "shopper" and not message.note and message.id not in promised:
            yield Finding("lost", f"a message of the {message.author} was never put into the outbox: {message.id}")
    chats: dict[str, _Chat] = defaultdict(_Chat)
    for record in delivered:
        chats[record.chat].shown.append(record)
    for row in sorted(facts.outbox, key=lambda row: row.id):
        if row.channel == "telegram":
            chats[row.address].rows.append(row)
    for address, chat in chats.items():
        yield from _claimed(facts, chat)
        yield from _in_order(facts, address, chat)
        yield from _left_over(facts, address, chat)


def _texts(facts: Facts, row: Outbox) -> list[str]:
    """The parts that a row's message is sent in."""
    return [part.text.strip() for part in parts(facts.message[row.message_id].content)]


def _claimed(facts: Facts, chat: _Chat) -> Iterator[Finding]:
    """Give every row its arrivals, by the id that Telegram gave; the parts before the last one by their words."""
    place_of = {record.provider_id: place for place, record in enumerate(chat.shown)}
    for row in chat.rows:
        if row.state != "sent":
            yield Finding("lost", f"outbox row {row.id} ended as '{row.state}': {row.error}")
            continue
        place = place_of.get(row.provider_id or "")
        wanted = _texts(facts, row)
        if place is None or chat.shown[place].text != wanted[-1]:
            yield Finding("lost", f"outbox row {row.id} is marked as sent and never arrived")
            continue
        chat.owner[place], chat.last[row.id] = row.id, place
        for text in reversed(wanted[:-1]):
            place = _before(chat, place, text)
            if place is None:
                yield Finding("lost", f"a part of outbox row {row.id} never arrived")
                break
            chat.owner[place] = row.id


def _before(chat: _Chat, place: int, text: str) -> int | None:
    """The latest place before this one with these words that belongs to nobody yet."""
    free = (at for at in range(place - 1, -1, -1) if at not in chat.owner and chat.shown[at].text == text)
    return next(free, None)


def _in_order(facts: Facts, address: str, chat: _Chat) -> Iterator[Finding]:
    """In every conversation the outbox follows the messages, and the chat follows the outbox."""
    for rows in _by_conversation(chat).values():
        seqs = [facts.message[row.message_id].seq for row in rows]
        places = [chat.last[row.id] for row in rows if row.id in chat.last]
        if seqs != sorted(seqs) or places != sorted(places):
            yield Finding("reordered", f"chat {address}: messages {seqs} arrived at the places {places}")


def _left_over(facts: Facts, address: str, chat: _Chat) -> Iterator[Finding]:
    """Arrivals that no row knows of: a second copy of an uncertain row, before the next one, is openly so; others are not."""
    for place, record in enumerate(chat.shown):
        if place in chat.owner:
            continue
        same = [row for row in chat.rows if record.text in _texts(facts, row)]
        uncertain = [row for row in same if row.uncertain]
        if not same:
            yield Finding("broken", f"chat {address} shows what nobody said: {record.text!r}")
        elif not uncertain:
            yield Finding("duplicated", f"chat {address} shows {record.text!r} once more than the outbox knows")
        elif not any(_in_turn(chat, row, place) for row in uncertain):
            yield Finding("reordered", f"chat {address}: a copy of {record.text!r} came after the next message")


def _in_turn(chat: _Chat, row: Outbox, place: int) -> bool:
    """Whether a copy of the row at this place stands between the row before and the row after of the same conversation."""
    rows = _by_conversation(chat)[row.conversation_id]
    here = rows.index(row)
    before = [chat.last[other.id] for other in rows[:here] if other.id in chat.last]
    after = [chat.last[other.id] for other in rows[here + 1 :] if other.id in chat.last]
    return max(before, default=-1) < place < min(after, default=len(chat.shown))


def _by_conversation(chat: _Chat) -> dict[str, list[Outbox]]:
    found: dict[str, list[Outbox]] = defaultdict(list)
    for row in chat.rows:
        found[row.conversation_id].append(row)
    return found
