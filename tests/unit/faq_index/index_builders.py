"""Small knowledge, articles and understandings for the tests of the index."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from faq_index.articles import Article
from faq_index.calibrate import Thresholds
from faq_index.candidate import Candidate
from faq_index.head import Matrix, kernel
from faq_index.knowledge import Knowledge, Phrasing, Target, article_phrasings

LANGUAGES = ("en", "es", "vi")
THRESHOLDS = Thresholds(answer=0.8, clarify=0.2, target_precision=0.9, expected_coverage=0.5)


def front_matter(**fields: str | None) -> str:
    """Good front matter with some fields changed, added or (None) left out; values are YAML as written."""
    good: dict[str, str | None] = {
        "id": "returns",
        "language": "en",
        "title": "How do I send something back?",
        "phrasings": "\n  - how do i return a dress\n  - send it back",
    }
    return "".join(f"{name}: {value}\n" for name, value in (good | fields).items() if value is not None)


def article_text(body: str | None = "Within 30 days.", **fields: str | None) -> str:
    return f"---\n{front_matter(**fields)}---\n{body or ''}\n"


def write_article(folder: Path, article_id: str, language: str = "en", **fields: str | None) -> Path:
    """A file that reads well unless `fields` say otherwise."""
    file = folder / language / f"{article_id}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    named: dict[str, str | None] = {"id": article_id, "language": language, "title": f"All of {article_id}"}
    file.write_text(article_text(**(named | fields)), "utf-8")
    return file


def article(article_id: str, *phrasings: str, language: str = "en", title: str = "") -> Article:
    return Article(article_id, language, title or f"About {article_id}", f"All about {article_id}.", phrasings)


def said(intent: str, *texts: str, language: str = "en") -> list[Phrasing]:
    return [Phrasing(text, Target("intent", intent), language) for text in texts]


SHOP_ARTICLES = (
    article("returns", "how do i return a dress", "send the dress back", "return period for shoes", "can i return it"),
    article("delivery", "how long does delivery take", "delivery time to london", "is delivery quick", "delivery days"),
    article("payment", "which cards do you take", "pay with card", "can i pay by card or paypal", "pay by bank card"),
    article("devolver", "cómo devuelvo un vestido", "quiero devolver los zapatos", language="es"),
    article("giao-hang", "giao hàng mất bao lâu", "bao lâu thì nhận được hàng", language="vi"),
)
SHOP_INTENTS = (
    *said("greet", "hello there", "good morning", "hello again"),
    *said("greet", "hola buenas", language="es"),
    *said("greet", "xin chào shop", language="vi"),
    *said("request_human", "i want a person", "talk to a real person"),
)


def shop(
    articles: Sequence[Article] = SHOP_ARTICLES,
    intents: Sequence[Phrasing] = SHOP_INTENTS,
    language_names: Mapping[str, str] | None = None,
) -> Knowledge:
    """A whole little shop in three languages."""
    return Knowledge(
        articles=tuple(articles),
        phrasings=(*article_phrasings(articles), *intents),
        languages=LANGUAGES,
        language_names=language_names if language_names is not None else {"english": "en", "tiếng việt": "vi"},
    )


def of_article(article_id: str, p: float) -> Candidate:
    return Candidate(Target("article", article_id), p, "a phrasing")


def of_intent(intent: str, p: float) -> Candidate:
    return Candidate(Target("intent", intent), p, "a sentence")


def similarities(cosines: np.ndarray) -> Matrix:
    """The kernel of texts whose words are as alike as their meanings."""
    as_float = cosines.astype(np.float32)
    return kernel(as_float, np.clip(as_float, 0, 1))
