"""Trackers, a small release and a small shop for the tests of the actions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.utils import call_potential_coroutine

from actions.orders.base import Order, OrderItem, OrdersUnavailable
from faq_index.articles import Article
from faq_index.calibrate import Thresholds
from faq_index.knowledge import Knowledge, Phrasing, Target, article_phrasings

LANGUAGES = ("en", "es", "vi")
THRESHOLDS = Thresholds(answer=0.8, clarify=0.2, target_precision=0.9, expected_coverage=0.5)


def article(article_id: str, *phrasings: str, language: str = "en") -> Article:
    title = f"{article_id} ({language})"
    return Article(article_id, language, title, f"All about {article_id}.", phrasings, ("tag",), "2026-11-20", "/help")


ARTICLES = (
    article("returns", "how do i return a dress", "send the dress back", "can i return it"),
    article("returns", "cómo devuelvo un vestido", "quiero devolver los zapatos", language="es"),
    article("delivery", "how long does delivery take", "delivery time to london", "is delivery quick"),
    article("payment", "which cards do you take", "pay with card", "pay by bank card"),
    article("factura", "necesito una factura", "factura con IVA", language="es"),
    article("giao-hang", "giao hàng mất bao lâu", "bao lâu thì nhận được hàng", language="vi"),
)
KNOWLEDGE = Knowledge(
    articles=ARTICLES,
    phrasings=(
        *article_phrasings(ARTICLES),
        *(Phrasing(text, Target("intent", "greet"), "en") for text in ("hello there", "good morning", "hello again")),
        *(Phrasing(text, Target("intent", "greet"), "es") for text in ("hola buenas", "buenos días")),
        *(Phrasing(text, Target("intent", "greet"), "vi") for text in ("xin chào shop", "chào bạn")),
    ),
    languages=LANGUAGES,
    language_names={"english": "en", "castellano": "es"},
)


@dataclass(frozen=True)
class Ran:
    """What one run of an action came to."""

    events: list[dict[str, Any]]
    messages: list[dict[str, Any]]

    @property
    def slots(self) -> dict[str, Any]:
        """The slots as they stand after the events, which apply in their order."""
        return {event["name"]: event["value"] for event in self.events}

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [message["custom"] for message in self.messages]

    @property
    def kinds(self) -> list[str]:
        return [payload["kind"] for payload in self.payloads]


def tracker(
    text: str = "",
    *,
    intent: str = "faq",
    entities: Mapping[str, str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    candidates: Iterable[tuple[str, str, float]] | None = None,
    **slots: Any,
) -> Tracker:
    """A tracker after one message; `candidates` are (kind, id, p), and None stands for the light pipeline."""
    message: dict[str, Any] = {
        "text": text,
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()],
        "metadata": dict(metadata or {}),
    }
    if candidates is not None:
        found = [
            {"kind": kind, "id": target, "title": target, "p": p, "phrasing": "said"} for kind, target, p in candidates
        ]
        message["faqdesk"] = {"language": "en", "candidates": found}
    return Tracker("conversation-1.1", slots, message, [], False, None, {}, "action_listen")


async def run(action: Any, at: Tracker) -> Ran:
    dispatcher = CollectingDispatcher()
    events = await call_potential_coroutine(action.run(dispatcher, at, {}))
    return Ran(list(events), dispatcher.messages)


ORDER = Order(
    number="CS-204518",
    state="sent",
    email="Ana.Ruiz@correo.example",
    phone="+34612345001",
    placed_on=date(2026, 11, 17),
    items=(OrderItem("Manta índigo", 2),),
    carrier="SEUR",
    tracking_number="ES0123456789",
    tracking_url="https://www.seur.com/?id=ES0123456789",
    sent_on=date(2026, 11, 19),
    expected_on=date(2026, 11, 22),
)


class OneOrder:
    """A shop with one order; remembers what it was asked."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.failure = failure

    def find(self, number: str) -> Order | None:
        self.asked.append(number)
        if self.failure is not None:
            raise self.failure
        return ORDER if number == ORDER.number else None


def shut() -> OneOrder:
    return OneOrder(OrdersUnavailable("the database is away"))
