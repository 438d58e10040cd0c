"""Shop backends: one suite for all of them. A new backend joins by a fixture of its own in BACKENDS."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, text

from actions.orders.base import STATES, Order, OrderBackend, OrderItem, OrdersUnavailable
from actions.orders.sql import SqlOrders, order_items, orders, tables

FULL = Order(
    number="CS-204518",
    state="delivered",
    email="ana.ruiz@correo.example",
    phone="+34612345001",
    placed_on=date(2026, 11, 10),
    items=(OrderItem("Manta índigo", 2), OrderItem("Đèn tre", 1), OrderItem("Manta índigo", 1)),
    carrier="SEUR",
    tracking_number="ES0123456789",
    tracking_url="https://www.seur.com/?id=ES0123456789",
    sent_on=date(2026, 11, 11),
    expected_on=date(2026, 11, 13),
    delivered_on=date(2026, 11, 12),
)
BARE = Order("CS-204525", "received", "lan@thu.example", "+84912345002", date(2026, 11, 20), ())
EACH_STATE = tuple(
    Order(f"CS-30000{position}", state, f"{state}@b.example", "+447400123456", date(2026, 11, 1), (OrderItem("x", 1),))
    for position, state in enumerate(STATES[:10])
)
STOCK = (FULL, BARE, *EACH_STATE)
Make = Callable[[Iterable[Order]], OrderBackend]


class RememberedOrders:
    """The smallest backend there can be; the suite's own proof that it asks for nothing but the protocol."""

    def __init__(self, stock: Iterable[Order]) -> None:
        self._stock = {order.number: order for order in stock}
        self.down = False

    def find(self, number: str) -> Order | None:
        if self.down:
            raise OrdersUnavailable("down")
        return self._stock.get(number)


def write_orders(url: str, stock: Iterable[Order]) -> None:
    engine = create_engine(url)
    tables.create_all(engine)
    with engine.begin() as connection:
        for order in stock:
            kept = {name: value for name, value in vars(order).items() if name != "items"}
            connection.execute(insert(orders).values(country="ES", **kept))
            for position, item in reversed(list(enumerate(order.items))):
                line = {
                    "order_number": order.number,
                    "position": position,
                    "name": item.name,
                    "quantity": item.quantity,
                }
                connection.execute(insert(order_items).values(**line))
    engine.dispose()


@pytest.fixture(params=["sql", "memory"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> OrderBackend:
    if request.param == "memory":
        return RememberedOrders(STOCK)
    url = f"sqlite:///{tmp_path / 'orders.sqlite'}"
    write_orders(url, STOCK)
    return SqlOrders(url)


@pytest.fixture(params=["sql", "memory"])
def closed_backend(request: pytest.FixtureRequest, tmp_path: Path) -> OrderBackend:
    """A shop whose orders cannot be read now."""
    if request.param == "memory":
        remembered = RememberedOrders(STOCK)
        remembered.down = True
        return remembered
    return SqlOrders(f"sqlite:///{tmp_path / 'nowhere' / 'orders.sqlite'}")


@pytest.mark.parametrize("order", STOCK, ids=lambda order: order.state)
def test_an_order_is_found_whole(backend: OrderBackend, order: Order) -> None:
    assert backend.find(order.number) == order


def test_an_orders_lines_keep_their_places(backend: OrderBackend) -> None:
    found = backend.find(FULL.number)
    assert found is not None
    assert [item.name for item in found.items] == ["Manta índigo", "Đèn tre", "Manta índigo"]


@pytest.mark.parametrize(
    "number",
    [
        "CS-999999", "", " ", "CS-20451", "CS-2045180", "204518", "cs-204518", " CS-204518", "CS-204518 ", "CS_204518",
        "CS-20451%", "CS-204518' OR '1'='1", "CS-204518; DROP TABLE orders", "CS-204518\x00", "CS-２０４５１８", "x" * 10_000,
    ],
)  # fmt: skip
def test_any_other_number_finds_nothing_and_breaks_nothing(backend: OrderBackend, number: str) -> None:
    assert backend.find(number) is None
    assert backend.find(FULL.number) == FULL


def test_a_shop_out_of_reach_says_so_instead_of_finding_nothing(closed_backend: OrderBackend) -> None:
    with pytest.raises(OrdersUnavailable):
        closed_backend.find(FULL.number)


def test_many_shoppers_may_ask_at_once(backend: OrderBackend) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(backend.find, [order.number for order in STOCK] * 10))
    assert found == [*STOCK] * 10


# ---- what only a database can do -------------------------------------------------------------------------------------


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'orders.sqlite'}"
    write_orders(url, STOCK)
    return url


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_state_that_changed_is_seen_at_once(url: str) -> None:
    backend = SqlOrders(url)
    assert backend.find(BARE.number) == BARE
    execute(url, "UPDATE orders SET state = 'cancelled' WHERE number = 'CS-204525'")
    changed = backend.find(BARE.number)
    assert changed is not None
    assert changed.state == "cancelled"


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE order_items",
        "DROP TABLE orders",
        "ALTER TABLE orders RENAME COLUMN phone TO telephone",
        "UPDATE orders SET placed_on = '20.11.2026'",
    ],
)
def test_a_database_of_another_shape_is_out_of_reach_and_nothing_worse(url: str, damage: str) -> None:
    execute(url, damage)
    with pytest.raises(OrdersUnavailable):
        SqlOrders(url).find(FULL.number)


def test_a_shop_that_came_back_is_asked_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'orders.sqlite'}"
    backend = SqlOrders(url)
    with pytest.raises(OrdersUnavailable):
        backend.find(FULL.number)
    write_orders(url, STOCK)
    assert backend.find(FULL.number) == FULL


def test_more_columns_than_the_view_needs_do_no_harm(url: str) -> None:
    execute(url, "ALTER TABLE orders ADD COLUMN customer_note TEXT DEFAULT 'secret'")
    found: Any = SqlOrders(url).find(FULL.number)
    assert found == FULL
    assert "secret" not in str(found)
