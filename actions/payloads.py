"""What actions say to the desk: the `custom` payload of a reply, and nothing else.

An action has no side effects on conversations. It returns messages to show and commands to carry out; the gateway checks them
(bot/engine/replies.py holds the same shapes), stores and applies them in one transaction. docs/engine-payloads.md lists them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from faq_index.articles import Article

Payload = dict[str, Any]


def answer(article: Article, release: str, p: float | None) -> Payload:
    """Message: show this approved article and ask whether it helped. `p` is None when the shopper chose it."""
    shown = {name: getattr(article, name) for name in ("id", "language", "title", "body", "link", "updated")}
    return {"kind": "answer", "article": shown, "release": release, "p": p}


def choices(articles: Iterable[Article], release: str) -> Payload:
    """Message: ask which of these articles is meant, or something else."""
    return {"kind": "choices", "articles": [_titled(article) for article in articles], "release": release}


def ask(field: str) -> Payload:
    """Message: ask for `order_number` or `order_contact`."""
    return {"kind": "ask", "field": field}


def order(details: Mapping[str, Any]) -> Payload:
    """Message: the state of an order whose owner was verified."""
    return {"kind": "order", "order": dict(details)}


def handoff(reason: str, question: str, articles_tried: Iterable[Article], collected: Mapping[str, str]) -> Payload:
    """Command: move the conversation to the queue, with what the agent should know."""
    return {
        "kind": "handoff",
        "reason": reason,
        "question": question,
        "articles_tried": [_titled(article) for article in articles_tried],
        "collected": dict(collected),
    }


def feedback(article_id: str, helpful: bool) -> Payload:
    """Command: remember whether the article helped."""
    return {"kind": "feedback", "article_id": article_id, "helpful": helpful}


def order_lookup(order_number: str, found: bool) -> Payload:
    """Command: count an attempt to see an order; attempts are limited by the desk, which remembers them."""
    return {"kind": "order_lookup", "order_number": order_number, "found": found}


def language(code: str) -> Payload:
    """Command: the shopper chose this language; it stays until another is chosen."""
    return {"kind": "language", "language": code}


def _titled(article: Article) -> Payload:
    return {"id": article.id, "language": article.language, "title": article.title}
