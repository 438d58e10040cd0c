"""What an order is, and what every shop backend must do."""

import hmac
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol, get_args

import phonenumbers

State = Literal[
    "awaiting_payment", "received", "packed", "sent", "out_for_delivery", "delivered", "delayed", "returning", "refunded",
    "cancelled", "preordered",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)


class OrdersUnavailable(Exception):
    """The shop's orders cannot be read now; trying later may work."""


@dataclass(frozen=True)
class OrderItem:
    """One line of an order."""

    name: str
    quantity: int


@dataclass(frozen=True)
class Order:
    """An order of the shop. `email` and `phone` (E.164) are those given with it; dates are the shop's local days."""

    number: str
    state: State
    email: str
    phone: str
    placed_on: date
    items: tuple[OrderItem, ...]
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    sent_on: date | None = None
    expected_on: date | None = None
    delivered_on: date | None = None

    def public(self) -> dict[str, Any]:
        """What its owner may see, as JSON: neither address nor phone."""

        def day(value: date | None) -> str | None:
            return value.isoformat() if value else None

        return {
            "number": self.number,
            "state": self.state,
            "placed_on": day(self.placed_on),
            "sent_on": day(self.sent_on),
            "expected_on": day(self.expected_on),
            "delivered_on": day(self.delivered_on),
            "items": [{"name": item.name, "quantity": item.quantity} for item in self.items],
            "carrier": self.carrier,
            "tracking_number": self.tracking_number,
            "tracking_url": self.tracking_url,
        }


class OrderBackend(Protocol):
    """Where orders come from."""

    def find(self, number: str) -> Order | None:
        """The order with this number, written like CS-204518, or None. Raises OrdersUnavailable."""


def belongs_to(order: Order | None, contact: str) -> bool:
    """Whether `contact` is the e-mail address or phone number of the order.

    The same comparisons are made whether or not there is an order, so that time does not tell either.
    """
    given = contact.strip().casefold().encode()
    email = (order.email if order else "nobody@invalid").strip().casefold().encode()
    phone = _canonical_phone(order.phone if order else "+10000000000").encode()
    same_email = hmac.compare_digest(given, email)
    same_phone = hmac.compare_digest(_canonical_phone(contact).encode(), phone)
    return order is not None and given != b"" and (same_email or same_phone)


def _canonical_phone(text: str) -> str:
    """E.164, or the text itself when it is no phone number (it then equals none)."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(text, None), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return text.strip()
