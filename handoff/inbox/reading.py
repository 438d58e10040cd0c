"""How far each agent has read: her own bookmark, which nobody else sees and nothing else depends on."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from handoff.desk_model import Reading
from handoff.model import Conversation


def read_up_to(session: Session, agent_id: str, conversation_id: str, seq: int) -> bool:
    """Everything up to `seq` has been seen; a bookmark never goes back. False: there is no such conversation."""
    last = session.scalar(select(Conversation.last_seq).where(Conversation.id == conversation_id))
    if last is None:
        return False
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
