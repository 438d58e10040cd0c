"""Tracking: the owner sees the order, and nobody else learns that it exists."""

from typing import Any

import pytest

from actions.track_order import TRIES_WITHOUT_DESK, AskOrderContact, AskOrderNumber, LeaveOrder, OrderHelp, TrackOrder
from tests.unit.actions.action_builders import ORDER, OneOrder, Ran, run, shut, tracker

FORGOTTEN = {"order_number": None, "order_contact": None, "order_misses": 0, "offered": "nothing"}


async def track(
    orders: OneOrder, number: str | None = ORDER.number, contact: str | None = ORDER.email, **metadata: Any
) -> Ran:
    at = tracker("x", intent="inform", metadata=metadata, order_number=number, order_contact=contact)
    return await run(TrackOrder(orders), at)


@pytest.mark.parametrize("contact", [ORDER.email, ORDER.phone, "ana.ruiz@correo.example", "+34 612 345 001"])
async def test_the_owner_sees_the_order(contact: str) -> None:
    ran = await track(OneOrder(), contact=contact)
    assert ran.payloads == [
        {"kind": "order_lookup", "order_number": "CS-204518", "found": True},
        {"kind": "order", "order": ORDER.public()},
    ]
    assert ran.slots == {"outcome": "found", "order_misses": 0, "offered": "nothing"}


async def test_neither_address_nor_phone_is_in_anything_that_is_said() -> None:
    said = str((await track(OneOrder(), contact=ORDER.phone)).messages)
    assert "Manta" in said
    assert not any(secret in said for secret in (ORDER.email, ORDER.email.lower(), "correo", ORDER.phone, "612345001"))


async def test_an_order_that_does_not_exist_and_one_of_somebody_else_look_alike() -> None:
    stranger = await track(OneOrder(), contact="eve@evil.example")
    nowhere = await track(OneOrder(), number="CS-999999", contact="eve@evil.example")
    assert stranger.payloads == [{"kind": "order_lookup", "order_number": "CS-204518", "found": False}]
    assert nowhere.payloads == [{"kind": "order_lookup", "order_number": "CS-999999", "found": False}]
    assert stranger.events == nowhere.events
    assert stranger.slots == {"outcome": "not_found", **FORGOTTEN}
    without_number = [
        {name: value for name, value in ran.messages[0].items() if name != "custom"} for ran in (stranger, nowhere)
    ]
    assert without_number[0] == without_number[1]
    assert len(stranger.messages) == len(nowhere.messages) == 1


@pytest.mark.parametrize("contact", [ORDER.email, "eve@evil.example"])
async def test_the_same_work_is_done_for_both(contact: str) -> None:
    existing, missing = OneOrder(), OneOrder()
    await track(existing, contact=contact)
    await track(missing, number="CS-999999", contact=contact)
    assert (existing.asked, missing.asked) == (["CS-204518"], ["CS-999999"])


@pytest.mark.parametrize(("left", "outcome"), [(3, "not_found"), (2, "not_found"), (1, "limit")])
async def test_the_last_wrong_try_ends_at_the_limit(left: int, outcome: str) -> None:
    for number in ("CS-204518", "CS-999999"):
        ran = await track(OneOrder(), number=number, contact="eve@evil.example", order_lookups_left=left)
        assert ran.slots == {"outcome": outcome, **FORGOTTEN}
        assert ran.kinds == ["order_lookup"]


async def test_the_last_try_may_be_the_right_one() -> None:
    assert (await track(OneOrder(), order_lookups_left=1)).slots["outcome"] == "found"


@pytest.mark.parametrize(
    ("number", "contact", "metadata"),
    [
        (ORDER.number, ORDER.email, {"order_lookups_left": 0}),
        (ORDER.number, ORDER.email, {"order_lookups_left": -1}),
        (ORDER.number, ORDER.email, {"orders_locked": ["CS-111111", "CS-204518"]}),
        ("CS-999999", ORDER.email, {"orders_locked": ["CS-999999"]}),
        (None, ORDER.email, {}),
        (ORDER.number, None, {}),
        ("", "", {}),
    ],
)
async def test_past_the_limit_or_with_a_value_missing_the_shop_is_not_even_asked(
    number: str | None, contact: str | None, metadata: dict[str, Any]
) -> None:
    orders = OneOrder()
    ran = await track(orders, number=number, contact=contact, **metadata)
    assert (orders.asked, ran.messages) == ([], [])
    assert ran.slots == {"outcome": "limit", **FORGOTTEN}


async def test_another_order_than_the_locked_one_can_be_seen() -> None:
    ran = await track(OneOrder(), orders_locked=["CS-111111"], order_lookups_left=2)
    assert ran.slots["outcome"] == "found"


async def test_a_locked_order_is_locked_for_its_owner_as_for_anybody() -> None:
    owner = await track(OneOrder(), orders_locked=["CS-204518"])
    stranger = await track(OneOrder(), contact="eve@evil.example", orders_locked=["CS-204518"])
    assert (owner.events, owner.messages) == (stranger.events, stranger.messages)


async def test_without_a_desk_to_count_there_are_a_few_tries() -> None:
    assert TRIES_WITHOUT_DESK > 1
    assert (await track(OneOrder(), contact="eve@evil.example")).slots["outcome"] == "not_found"


async def test_a_shop_out_of_reach_is_told_apart_and_costs_no_try() -> None:
    ran = await track(shut())
    assert ran.messages == []
    assert ran.slots == {"outcome": "unavailable", **FORGOTTEN}


async def test_an_order_without_a_parcel_is_told_in_words_too() -> None:
    ran = await track(OneOrder())
    assert ran.messages[1]["text"] == f"CS-204518: sent\n{ORDER.tracking_url}"


@pytest.mark.parametrize(
    ("action", "field"), [(AskOrderNumber(), "order_number"), (AskOrderContact(), "order_contact")]
)
async def test_the_form_asks_for_each_value(action: Any, field: str) -> None:
    ran = await run(action, tracker())
    assert (ran.payloads, ran.events) == ([{"kind": "ask", "field": field}], [])
    assert ran.messages[0]["text"].endswith("?")


@pytest.mark.parametrize(
    ("before", "outcome", "offered"),
    [(None, "first", "nothing"), (0, "first", "nothing"), (1, "again", "person"), (2, "again", "person")],
)
async def test_a_person_is_offered_when_the_values_are_missed_again(
    before: int | None, outcome: str, offered: str
) -> None:
    ran = await run(OrderHelp(), tracker("hm", order_misses=before))
    assert ran.slots == {"outcome": outcome, "order_misses": (before or 0) + 1, "offered": offered}


async def test_leaving_the_form_restores_the_patience() -> None:
    assert (await run(LeaveOrder(), tracker(order_misses=2))).slots == {"order_misses": 0, "offered": "nothing"}
