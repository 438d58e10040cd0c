"""The demo shop's orders: about two hundred, in every state, with dates around today."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, create_engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

from actions.orders.base import STATES, State
from actions.orders.sql import order_items, orders, tables
from faq_index.text import without_marks

COUNT = 198  # eighteen of every state
_SEED = 20_451  # the same orders on every machine; only their dates move with the calendar


class _Country(NamedTuple):
    code: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    goods: tuple[str, ...]
    carriers: tuple[tuple[str, str], ...]  # name, tracking address with {}
    phone: str  # E.164 with one digit for each #
    mail: str


_COUNTRIES = (
    _Country(
        "GB",
        ("Amelia", "Oliver", "Priya", "Callum", "Grace", "Hamza", "Isla", "Owen"),
        ("Carter", "Singh", "Evans", "Okafor", "Walker", "Hughes", "Murray", "Khan"),
        (
            "Linen shirt, sand, M",
            "Indigo throw",
            "Celadon tea bowl",
            "Lacquer tray, red",
            "Bamboo lamp",
            "Cotton robe, L",
        ),
        (
            ("Royal Mail", "https://www.royalmail.com/track-your-item#/tracking-results/{}"),
            ("DPD", "https://track.dpd.co.uk/parcels/{}"),
        ),
        "+447700900###",
        "{first}.{last}@example.co.uk",
    ),
    _Country(
        "ES",
        ("Lucía", "Hugo", "Carmen", "Javier", "Nuria", "Álvaro", "Marta", "Iker"),
        ("Ruiz", "Ferrer", "Ortega", "Navarro", "Iglesias", "Vidal", "Romero", "Soler"),
        (
            "Vestido de lino azul, 38",
            "Manta índigo",
            "Cuenco de té celadón",
            "Bandeja lacada roja",
            "Lámpara de bambú",
            "Bata de algodón, M",
        ),
        (
            ("Correos Express", "https://s.correosexpress.com/SeguimientoSinCP/search?n={}"),
            ("SEUR", "https://www.seur.com/livetracking/?segOnlineIdentificador={}"),
        ),
        "+34612345###",
        "{first}.{last}@correo.example",
    ),
    _Country(
        "VN",
        ("Minh", "Lan", "Quân", "Hương", "Tuấn", "Thảo", "Đức", "Ngọc"),
        ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi"),
        (
            "Áo sơ mi lanh, cát, M",
            "Khăn choàng chàm",
            "Chén trà men ngọc",
            "Khay sơn mài đỏ",
            "Đèn tre",
            "Áo choàng cotton, S",
        ),
        (
            ("GHN", "https://donhang.ghn.vn/?order_code={}"),
            ("Viettel Post", "https://viettelpost.com.vn/tra-cuu-hanh-trinh-don/?code={}"),
        ),
        "+84912345###",
        "{last}.{first}@thu.example",
    ),
)


def demo_day() -> date:
    """The day around which the demo orders lie: this machine's own."""
    return datetime.now().astimezone().date()


def ensure_demo_orders(file: Path, today: date) -> Path:
    """Create the file with the demo orders, unless it is there and its dates are still fresh (two days)."""
    if file.exists() and _is_fresh(file, today):
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.{os.getpid()}")  # whoever reads meanwhile never sees half of it
    new.unlink(missing_ok=True)
    rows = list(_orders(today))
    with _opened(new) as engine:
        tables.create_all(engine)
        with engine.begin() as connection:
            connection.execute(insert(orders), [row for row, _ in rows])
            connection.execute(insert(order_items), [item for _, items in rows for item in items])
    new.replace(file)
    return file


@contextmanager
def _opened(file: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{file}")
    try:
        yield engine
    finally:
        engine.dispose()


def _is_fresh(file: Path, today: date) -> bool:
    """Neither stale, nor from the future of a clock that was set back, nor half written by a process that was killed."""
    placed = select(orders.c.placed_on).where(orders.c.state == "received")
    try:
        with _opened(file) as engine, engine.connect() as connection:
            newest = connection.execute(placed).scalars().all()
    except (SQLAlchemyError, ValueError):
        return False
    return bool(newest) and timedelta(0) <= today - max(newest) <= timedelta(days=2)


def list_demo_orders(file: Path, count: int) -> list[dict[str, Any]]:
    """A few orders of different states and countries, with what a tester has to type."""
    with _opened(file) as engine, engine.connect() as connection:
        rows = connection.execute(select(orders).order_by(orders.c.number)).mappings().all()
    return [dict(row) for row in rows[:count]]


def _orders(today: date) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    chance = random.Random(_SEED)
    for position in range(COUNT):
        state = STATES[position % len(STATES)]
        country = _COUNTRIES[(position // len(STATES) + position) % len(_COUNTRIES)]
        number = f"CS-{204500 + position * 7 + 18}"
        first, last = chance.choice(country.first_names), chance.choice(country.last_names)
        mail = country.mail.format(first=_ascii(first), last=_ascii(last))
        row = {
            "number": number,
            "state": state,
            "email": mail.replace("@", f"{position}@"),
            "phone": country.phone.replace("###", f"{position:03d}"),
            "country": country.code,
            **_dates(state, today, chance),
            **_parcel(state, country, chance),
        }
        goods = chance.sample(country.goods, k=chance.randint(1, 3))
        items = [
            {"order_number": number, "position": line, "name": name, "quantity": chance.choice((1, 1, 1, 2, 4))}
            for line, name in enumerate(goods, 1)
        ]
        yield row, items


def _dates(state: State, today: date, chance: random.Random) -> dict[str, date | None]:
    """Days that a parcel in this state would have; `expected_on` lies ahead unless the order is done or late."""

    def ago(low: int, high: int) -> date:
        return today - timedelta(days=chance.randint(low, high))

    def ahead(low: int, high: int) -> date:
        return today + timedelta(days=chance.randint(low, high))

    none: dict[str, date | None] = {"sent_on": None, "expected_on": None, "delivered_on": None}
    match state:
        case "awaiting_payment" | "received":
            return none | {"placed_on": ago(0, 1), "expected_on": ahead(3, 4)}
        case "packed":
            return none | {"placed_on": ago(1, 2), "expected_on": ahead(2, 3)}
        case "sent":
            return none | {"placed_on": ago(3, 4), "sent_on": ago(1, 2), "expected_on": ahead(1, 2)}
        case "out_for_delivery":
            return none | {"placed_on": ago(3, 5), "sent_on": ago(1, 2), "expected_on": today}
        case "delayed":
            return none | {"placed_on": ago(8, 10), "sent_on": ago(6, 7), "expected_on": ago(2, 3)}
        case "preordered":
            return none | {"placed_on": ago(5, 20), "expected_on": ahead(20, 40)}
        case "cancelled":
            return none | {"placed_on": ago(5, 20)}
        case "delivered" | "returning" | "refunded":
            delivered = ago(2, 6) if state == "delivered" else ago(10, 20)
            return {
                "placed_on": delivered - timedelta(days=4),
                "sent_on": delivered - timedelta(days=2),
                "expected_on": delivered,
                "delivered_on": delivered,
            }


def _parcel(state: State, country: _Country, chance: random.Random) -> dict[str, str]:
    if state in ("awaiting_payment", "received", "packed", "cancelled", "preordered"):
        return {"carrier": "", "tracking_number": "", "tracking_url": ""}
    carrier, address = chance.choice(country.carriers)
    number = f"{country.code}{chance.randrange(10**10):010d}"
    return {"carrier": carrier, "tracking_number": number, "tracking_url": address.format(number)}


def _ascii(name: str) -> str:
    return without_marks(name)
