"""Orders in an SQL database: the demo shop's SQLite file, or a shop's own through two views of these names.

A shop that keeps orders elsewhere offers two views, `orders` and `order_items`, with the columns below, to a database user
that may only read.
"""

from sqlalchemy import Column, Date, Engine, Integer, MetaData, String, Table, create_engine, select
from sqlalchemy.exc import SQLAlchemyError

from actions.orders.base import Order, OrderItem, OrdersUnavailable

tables = MetaData()
orders = Table(
    "orders",
    tables,
    Column("number", String(20), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("email", String(254), nullable=False),
    Column("phone", String(20), nullable=False),
    Column("country", String(2), nullable=False),
    Column("placed_on", Date, nullable=False),
    Column("sent_on", Date),
    Column("expected_on", Date),
    Column("delivered_on", Date),
    Column("carrier", String(40), nullable=False, default=""),
    Column("tracking_number", String(40), nullable=False, default=""),
    Column("tracking_url", String(300), nullable=False, default=""),
)
order_items = Table(
    "order_items",
    tables,
    Column("order_number", String(20), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("quantity", Integer, nullable=False),
)


class SqlOrders:
    """Looks orders up by number; nothing is cached, a state may change any minute."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = create_engine(url, pool_pre_ping=True)

    def find(self, number: str) -> Order | None:
        try:
            with self._engine.connect() as connection:
                row = connection.execute(select(orders).where(orders.c.number == number)).mappings().one_or_none()
                if row is None:
                    return None
                lines = connection.execute(
                    select(order_items.c.name, order_items.c.quantity)
                    .where(order_items.c.order_number == number)
                    .order_by(order_items.c.position)
                ).all()
        except (SQLAlchemyError, ValueError) as error:  # ValueError: a column holds what is no date
            raise OrdersUnavailable(str(error)) from error
        fields = {name: row[name] for name in Order.__dataclass_fields__ if name in row}
        return Order(**fields, items=tuple(OrderItem(name, quantity) for name, quantity in lines))
