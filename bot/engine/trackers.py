"""The engine's memory of conversations: what the desk erases must be forgotten there too."""

from collections.abc import Sequence

from sqlalchemy import create_engine, inspect, text


def forget(url: str, conversations: Sequence[str]) -> int:
    """Delete what Rasa's SQL tracker store keeps of all sessions of these conversations; returns the number of its rows.

    `url` is SQLAlchemy's address of the store. A store that is not there yet knows nothing, and that is no mistake.
    """
    engine = create_engine(url)
    try:
        if not inspect(engine).has_table("events"):
            return 0
        gone = 0
        with engine.begin() as connection:
            for conversation in conversations:
                # A session is "<conversation>.<number>" (bot/gateway.py).
                deleted = connection.execute(
                    text("DELETE FROM events WHERE sender_id LIKE :session"), {"session": f"{conversation}.%"}
                )
                gone += deleted.rowcount
        return gone
    finally:
        engine.dispose()
