"""Tell the owner of an order where it is."""

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import payloads
from actions.orders.base import OrderBackend, OrdersUnavailable, belongs_to
from actions.turn import Event, Turn, remember

TRIES_WITHOUT_DESK = 3  # under `rasa shell` nobody counts; the desk says how many are left


class AskOrderNumber(Action):
    """Asked by the form. The desk has the words, so that a channel can show a field for it."""

    def name(self) -> str:
        return "action_ask_order_number"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        dispatcher.utter_message(text="What is the order number?", json_message=payloads.ask("order_number"))
        return []


class AskOrderContact(Action):
    """Asked by the form: the second detail that proves whose order it is."""

    def name(self) -> str:
        return "action_ask_order_contact"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        text = "Which e-mail address or phone number is on the order?"
        dispatcher.utter_message(text=text, json_message=payloads.ask("order_contact"))
        return []


class OrderHelp(Action):
    """The message held none of the values that the form asks for. Outcome `first`, or `again` and a person is offered."""

    def name(self) -> str:
        return "action_order_help"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        misses = Turn.of(tracker).count("order_misses") + 1
        if misses == 1:
            return remember(outcome="first", order_misses=misses, offered="nothing")
        return remember(outcome="again", order_misses=misses, offered="person")


class LeaveOrder(Action):
    """The form was left without an answer: a later one begins with fresh patience."""

    def name(self) -> str:
        return "action_leave_order"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        return remember(order_misses=0, offered="nothing")


class TrackOrder(Action):
    """Outcome `found`, `not_found`, `limit` or `unavailable`.

    An order that does not exist and one of somebody else end alike, in words and in work done: the answer must not tell a
    stranger which numbers are real.
    """

    def __init__(self, orders: OrderBackend) -> None:
        self._orders = orders

    def name(self) -> str:
        return "action_track_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn.of(tracker)
        number, contact = turn.slots.get("order_number"), turn.slots.get("order_contact")
        tries_left = int(turn.metadata.get("order_lookups_left", TRIES_WITHOUT_DESK))
        locked = number in (turn.metadata.get("orders_locked") or [])
        forget = remember(order_number=None, order_contact=None, order_misses=0, offered="nothing")
        if not number or not contact or tries_left <= 0 or locked:
            return [*remember(outcome="limit"), *forget]
        try:
            order = await asyncio.to_thread(self._orders.find, number)
        except OrdersUnavailable:
            return [*remember(outcome="unavailable"), *forget]
        found = belongs_to(order, contact)
        dispatcher.utter_message(json_message=payloads.order_lookup(number, found))
        if order is None or not found:
            return [*remember(outcome="limit" if tries_left <= 1 else "not_found"), *forget]
        text = f"{order.number}: {order.state}\n{order.tracking_url}".strip()  # for `rasa shell`
        dispatcher.utter_message(text=text, json_message=payloads.order(order.public()))
        return remember(outcome="found", order_misses=0, offered="nothing")
