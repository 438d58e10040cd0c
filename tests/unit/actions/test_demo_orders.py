"""The demo shop: the same orders on every machine, in every state, with days around today."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import phonenumbers
import pytest

from actions.orders.base import STATES, Order, belongs_to
from actions.orders.demo import COUNT, ensure_demo_orders, list_demo_orders
from actions.orders.sql import SqlOrders
from faq_index.entities import EntityFinder

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure_demo_orders(tmp_path_factory.mktemp("demo") / "new" / "orders.sqlite", TODAY)


def all_orders(file: Path) -> list[Order]:
    backend = SqlOrders(f"sqlite:///{file}")
    found = [backend.find(str(row["number"])) for row in list_demo_orders(file, COUNT)]
    return [order for order in found if order is not None]


def test_every_state_is_there_equally_often(file: Path) -> None:
    assert Counter(order.state for order in all_orders(file)) == dict.fromkeys(STATES, COUNT // len(STATES))


def test_numbers_addresses_and_phones_are_all_different(file: Path) -> None:
    orders = all_orders(file)
    assert len(orders) == COUNT
    for name in ("number", "email", "phone"):
        assert len({getattr(order, name) for order in orders}) == COUNT


def test_the_first_number_is_the_one_in_every_example(file: Path) -> None:
    assert list_demo_orders(file, 1)[0]["number"] == "CS-204518"


def test_the_days_of_each_order_follow_one_another(file: Path) -> None:
    for order in all_orders(file):
        days = [day for day in (order.placed_on, order.sent_on, order.delivered_on) if day is not None]
        assert days == sorted(days), order
        assert all(day <= TODAY for day in days), order
        assert order.expected_on is None or order.expected_on >= order.placed_on, order


EXPECTED_AHEAD = {"awaiting_payment", "received", "packed", "sent", "preordered"}
ON_ITS_WAY = {"sent", "out_for_delivery", "delayed"}
ARRIVED = {"delivered", "returning", "refunded"}


def test_each_state_has_the_days_that_a_parcel_in_it_has(file: Path) -> None:
    for order in all_orders(file):
        assert (order.sent_on is not None) == (order.state in ON_ITS_WAY | ARRIVED), order
        assert (order.delivered_on is not None) == (order.state in ARRIVED), order
        assert (order.expected_on is None) == (order.state == "cancelled"), order
        if order.state in EXPECTED_AHEAD:
            assert order.expected_on is not None
            assert order.expected_on > TODAY, order
        if order.state == "out_for_delivery":
            assert order.expected_on == TODAY
        if order.state == "delayed":
            assert order.expected_on is not None
            assert order.expected_on < TODAY


def test_what_was_sent_can_be_followed_and_nothing_else(file: Path) -> None:
    for order in all_orders(file):
        sent = order.state in ON_ITS_WAY | ARRIVED
        assert bool(order.carrier) == bool(order.tracking_number) == bool(order.tracking_url) == sent
        if sent:
            assert order.tracking_url.startswith("https://")
            assert order.tracking_number in order.tracking_url


def test_every_order_holds_something(file: Path) -> None:
    for order in all_orders(file):
        assert 1 <= len(order.items) <= 3
        assert all(item.quantity >= 1 and item.name for item in order.items)


def test_contacts_are_invented_ones(file: Path) -> None:
    for order in all_orders(file):
        assert order.email.endswith((".example", "@example.co.uk"))
        assert order.email.isascii()
        assert phonenumbers.is_possible_number(phonenumbers.parse(order.phone))


def test_shoppers_can_prove_each_order_with_its_address_or_its_phone_as_typed(file: Path) -> None:
    finder = EntityFinder(language_names={"english": "en"})
    unread = []
    for order in all_orders(file):
        number = phonenumbers.parse(order.phone)
        national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        abroad = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        for typed in (order.email, order.email.upper(), abroad, national):
            found = finder.find(f"it is {typed}")
            if len(found) != 1 or not belongs_to(order, found[0].value):
                unread.append((order.number, typed))
    assert unread == []


def test_orders_are_the_same_every_day_but_for_their_days(tmp_path: Path, file: Path) -> None:
    later = ensure_demo_orders(tmp_path / "later.sqlite", TODAY + timedelta(days=100))
    kept = ("number", "state", "email", "phone", "country", "carrier", "tracking_number")
    before, after = ([{name: row[name] for name in kept} for row in list_demo_orders(f, COUNT)] for f in (file, later))
    assert before == after
    moved = [a.placed_on - b.placed_on for a, b in zip(all_orders(later), all_orders(file), strict=True)]
    assert set(moved) == {timedelta(days=100)}


@pytest.mark.parametrize(("days", "renewed"), [(0, False), (1, False), (4, True), (400, True), (-3, True)])
def test_orders_are_renewed_when_their_days_are_stale(tmp_path: Path, days: int, renewed: bool) -> None:
    """A clock that was set back leaves orders in the future, which are no better than old ones."""
    file = ensure_demo_orders(tmp_path / "orders.sqlite", TODAY)
    before = file.read_bytes()
    assert ensure_demo_orders(file, TODAY + timedelta(days=days)) == file
    assert (file.read_bytes() != before) == renewed


@pytest.mark.parametrize("content", [b"", b"not a database at all, but a file of the same name" * 20])
def test_a_file_that_a_killed_process_left_half_made_is_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "orders.sqlite"
    file.write_bytes(content)
    assert len(list_demo_orders(ensure_demo_orders(file, TODAY), COUNT)) == COUNT


@pytest.mark.parametrize("count", [0, 1, 7, COUNT + 10])
def test_a_few_orders_are_listed_with_what_a_tester_types(file: Path, count: int) -> None:
    listed = list_demo_orders(file, count)
    assert len(listed) == min(count, COUNT)
    assert all({"number", "email", "phone", "state"} <= set(row) for row in listed)
