"""How far each agent has read: her own bookmark, which no colleague sees. The shopper learns that her words were read."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from handoff import conversations, events
from handoff.desk_model import Reading
from handoff.model import Conversation, Message


def read_up_to(session: Session, agent_id: str, conversation_id: str, seq: int, now: datetime) -> bool:
    """Everything up to `seq` has been seen; a bookmark never goes back. False: there is no such conversation.

    The first person who reads words of the shopper's makes an event of it. What only the desk or the bot has said makes none,
    and neither does that event: two screens that tell each other what they have read would never end.
    """
    last = session.scalar(select(Conversation.last_seq).where(Conversation.id == conversation_id))
    if last is None:
        return False
    up_to = _hers(session, conversation_id, min(seq, last))
    conversation = conversations.find_and_lock(session, conversation_id) if up_to is not None else None
    # Looked at again under the lock: a colleague may have read it at the same moment.
    if conversation is not None and up_to is not None and _hers(session, conversation_id, min(seq, last)) == up_to:
        events.append(session, conversation, events.ReadByPerson(up_to=up_to), now, public=True)
        session.flush()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Reading).values(agent_id=agent_id, conversation_id=conversation_id, seq=min(seq, last))
    key = ["agent_id", "conversation_id"]
    # Two of her windows may tell at once: the later word wins only when it is the larger one.
    session.execute(
        row.on_conflict_do_update(
            index_elements=key, set_={"seq": row.excluded.seq}, where=Reading.seq < row.excluded.seq
        )
    )
    return True


def _hers(session: Session, conversation_id: str, seq: int) -> int | None:
    """The number of the shopper's last message up to `seq`, if no person has read that far yet."""
    said = select(func.max(Message.seq)).where(Message.conversation_id == conversation_id, Message.author == "shopper")
    latest = session.scalar(said.where(Message.seq <= seq))
    read = session.scalar(select(func.max(Reading.seq)).where(Reading.conversation_id == conversation_id))
    return latest if latest is not None and latest > (read or 0) else None
