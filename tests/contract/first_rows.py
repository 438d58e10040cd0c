"""Rows of every table of the first schema, as a desk of that version left them: all owners, all that points anywhere."""

from datetime import datetime, timedelta
from typing import Any

_T = datetime(2026, 3, 2, 12, 0, 0, 123456)  # noqa: DTZ001 - as it stands in the database: UTC, without a zone
_LATER = _T + timedelta(hours=1)


def _conversation(owner: str, **more: Any) -> dict[str, Any]:
    given = {
        "id": owner, "identity_id": f"i-{owner}", "owner": owner, "epoch": 2, "bot_session": 1, "language": "vi",
        "language_chosen": True, "introduced": True, "last_seq": 2, "shopper_read_seq": 1,
        "created_at": _T, "updated_at": _LATER,
    }  # fmt: skip
    return given | more


_OWNERS = ("bot", "queue", "agent", "closed")

FIRST_ROWS: dict[str, list[dict[str, Any]]] = {
    "contact": [{"id": "lan", "name": "Lan Nguyễn", "created_at": _T}],
    "identity": [
        {"id": f"i-{owner}", "contact_id": "lan", "channel": "telegram", "address": owner, "created_at": _T}
        for owner in _OWNERS
    ],
    "visitor_session": [{"token_hash": "a" * 64, "identity_id": "i-bot", "created_at": _T, "expires_at": _LATER}],
    "agent": [
        {
            "id": "ada", "email": "ada@shop.example", "name": "Ada", "role": "lead", "password_hash": "$argon2id$",
            "language": "es", "seen_at": _T, "created_at": _T, "disabled_at": None,
        }
    ],
    "conversation": [
        _conversation("bot"),
        _conversation("queue", queued_at=_T, reason="asked", packet={"question": "¿dónde?", "candidates": []}),
        _conversation("agent", agent_id="ada", queued_at=_T, reason="anger"),
        _conversation("closed", closed_at=_LATER),
    ],
    "turn": [
        {
            "id": f"t-{state}", "conversation_id": owner, "epoch": 0, "seq": 1, "state": state, "text": "where is it",
            "attempts": 1, "not_before": _T, "lease_until": _LATER if state == "running" else None, "engine_ms": 12.5,
            "understanding": {"intent": "faq"}, "decision": "answer", "article_id": "delivery", "created_at": _T,
        }
        for owner, state in zip(_OWNERS, ("running", "waiting", "done", "dropped"), strict=True)
    ],
    "message": [
        {
            "id": f"m-{owner}-{seq}", "conversation_id": owner, "seq": seq, "author": author, "note": False,
            "agent_id": "ada" if author == "agent" else None, "turn_id": f"t-{state}" if seq == 2 else None,
            "client_id": f"client-{seq}", "content": {"type": "text", "text": "chào \U0001f600"}, "created_at": _T,
        }
        for owner, state in zip(_OWNERS, ("running", "waiting", "done", "dropped"), strict=True)
        for seq, author in ((1, "shopper"), (2, "agent" if owner == "agent" else "bot"))
    ],
    "inbound": [{"channel": "telegram", "external_id": "1", "message_id": "m-bot-1", "received_at": _T}],
    "event": [
        {"conversation_id": owner, "seq": seq, "kind": "message", "public": True, "data": {"id": f"m-{owner}-{seq}"}, "at": _T}
        for owner in _OWNERS
        for seq in (1, 2)
    ],
    "outbox": [
        {
            "conversation_id": owner, "message_id": f"m-{owner}-2", "channel": "telegram", "address": owner, "state": state,
            "attempts": 3, "not_before": _T, "error": "no" if state == "dead" else None, "created_at": _T,
        }
        for owner, state in zip(_OWNERS, ("queued", "sending", "sent", "dead"), strict=True)
    ],
    "assignment": [
        {"conversation_id": "agent", "agent_id": "ada", "began_at": _T, "ended_at": None},
        {"conversation_id": "closed", "agent_id": "ada", "began_at": _T, "ended_at": _LATER},
    ],
    "agent_session": [{"token_hash": "b" * 64, "agent_id": "ada", "csrf": "c", "created_at": _T, "expires_at": _LATER}],
    "order_lookup": [{"conversation_id": "bot", "contact_id": "lan", "order_number": "CS-1", "found": False, "at": _T}],
    "feedback": [{"conversation_id": "bot", "article_id": "delivery", "helpful": True, "at": _T}],
    "audit": [
        {
            "at": _T, "actor": "agent:ada", "act": "claim", "conversation_id": "agent", "agent_id": "ada",
            "details": {"from": "queue"},
        }
    ],
}  # fmt: skip
