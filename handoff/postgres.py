"""PostgreSQL, by psycopg 3: how connections are made, and the nudges that go with a commit.

Writes run in READ COMMITTED and lock the rows that they decide by (docs/decisions/0010-two-databases.md).
"""

from collections.abc import Iterable
from typing import Any, cast, get_args

from psycopg import AsyncConnection
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import URL, Engine, bindparam, create_engine, event, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from handoff.bus import Doing, Nudge, Whisper

CHANNEL = "faqdesk"  # of LISTEN and NOTIFY; PostgreSQL keeps those of different databases apart

# Kept open between uses; the others, up to the setting, are closed when they are given back.
_KEPT_OPEN = 8
_WAIT_SECONDS = 10  # for a free connection of the pool

# A peer that is gone is noticed within a minute, not after the two hours of the kernel's default.
_LINE = {
    "connect_timeout": 5,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "faqdesk",
}
# A desk that hangs in a transaction, or whose line is cut, gives its locks back; nobody waits for a lock for ever.
_LIMITS = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
_NOTIFY = text("SELECT pg_notify(:channel, :payload)").bindparams(bindparam("channel", CHANNEL))


class _WithoutNul(StrDumperUnknown):
    """PostgreSQL keeps no NUL in a text. Shown in its place is the sign for what cannot be shown; no input is an error."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))


def with_psycopg(url: URL) -> URL:
    """`postgresql://` and `postgres://` mean psycopg 3, the driver that comes with faqdesk.

    Raises:
        ArgumentError: another driver is named.
    """
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    raise ArgumentError(
        f"'{url.drivername}' is not a driver that faqdesk has; write sqlite:///FILE or postgresql://..."
    )


def engine_for(url: URL, connections: int) -> Engine:
    """An engine with at most `connections` connections at once; what `url` says itself wins over what is set here."""
    engine = create_engine(
        url,
        connect_args=_line(url),
        isolation_level="READ COMMITTED",
        pool_size=min(_KEPT_OPEN, connections),
        max_overflow=max(connections - _KEPT_OPEN, 0),
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=True,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.adapters.register_dumper(str, _WithoutNul)

    return engine


def _line(url: URL) -> dict[str, Any]:
    own = url.query.get("options", "")
    options = f"{_LIMITS} {own if isinstance(own, str) else ' '.join(own)}".strip()
    return {name: value for name, value in _LINE.items() if name not in url.query} | {"options": options}


async def line_of_its_own(engine: Engine) -> AsyncConnection[tuple[Any, ...]]:
    """A connection to the same server beside the pool's. Raises psycopg.OperationalError."""
    _, arguments = engine.dialect.create_connect_args(engine.url)
    return await AsyncConnection.connect(**{**arguments, **_line(engine.url)}, autocommit=True)


def notify(session: Session, desk: str, news: Iterable[Nudge | Whisper]) -> None:
    """Tell the other desks, in the writing transaction: they hear of it with the commit, and of nothing that is given up."""
    for one in news:
        more = f"{one.who} {one.doing}" if isinstance(one, Whisper) else str(one.seq)
        session.execute(_NOTIFY, {"payload": f"{desk} {one.conversation_id} {one.identity_id} {more}"})


def told(payload: str) -> tuple[str, Nudge | Whisper] | None:
    """The desk that notified, and its news; None for what no desk of this version sends."""
    match payload.split(" "):
        case [desk, conversation, identity, seq] if seq.isascii() and seq.isdigit():
            return desk, Nudge(conversation, identity, int(seq))
        case [desk, conversation, identity, who, doing] if doing in get_args(Doing):
            return desk, Whisper(conversation, identity, who, cast(Doing, doing))
    return None
