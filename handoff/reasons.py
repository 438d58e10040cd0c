"""Why a person is needed. The names stand in the database and in actions/hand_over.py; people read words/*.toml."""

from typing import Literal, get_args

Reason = Literal[
    "asked",  # the shopper wants a person
    "anger",
    "not_understood",  # twice in a row
    "not_helpful",  # twice
    "order_lookup",  # too many tries to see an order
    "orders_unavailable",
    "engine_unavailable",  # the bot is down, slow or wrong
    "returned",  # an agent gave the conversation back to the queue
    "transferred",  # an agent passed it on to a team
    "agent_gone",  # its agent has shown no sign of life
    "not_solved",  # an agent who had passed it on found it settled too soon
    "reopened",  # the shopper wrote again after it was settled
    "left",  # she left a message instead of waiting
    "call",  # she wants to be called
    "call_overdue",  # nobody has called her in time
]
REASONS: tuple[Reason, ...] = get_args(Reason)
