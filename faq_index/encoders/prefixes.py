"""What some encoders want before a text: "query: " before a question, "passage: " before what may answer it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faq_index.encoders.card import Role

# Names under which models keep the two in their config_sentence_transformers.json, the more usual first.
_QUERY = ("query", "question")
_PASSAGE = ("passage", "document", "corpus")
# multilingual-e5-small, e5-base-v2, ...; the instruct ones want a sentence of instruction instead.
_E5 = re.compile(r"(^|[^a-z0-9])e5([^a-z0-9]|$)(?!.*instruct)", re.IGNORECASE)


@dataclass(frozen=True)
class Prefixes:
    """Text put before every question and every passage; usually empty."""

    query: str = ""
    passage: str = ""

    def of(self, role: Role) -> str:
        return self.query if role == "query" else self.passage


def prefixes(name: str, config: Mapping[str, Any], query: str | None = None, passage: str | None = None) -> Prefixes:
    """The prefixes of model `name`.

    What is given (a setting, "" being one) wins; then what the model's own `config` (config_sentence_transformers.json)
    says, because whoever trained it wrote that; then what is known of its family by name.
    """
    own = config.get("prompts")
    prompts = {str(key): value for key, value in own.items() if value} if isinstance(own, dict) else {}
    every = prompts.get(str(config.get("default_prompt_name")))  # what the model's own library puts before all texts
    found_query = _first(prompts, _QUERY) or every
    found_passage = _first(prompts, _PASSAGE) or every
    if not found_query and not found_passage and _E5.search(name.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]):
        found_query, found_passage = "query: ", "passage: "
    return Prefixes(
        query if query is not None else found_query or "", passage if passage is not None else found_passage or ""
    )


def _first(prompts: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((str(prompts[name]) for name in names if name in prompts), None)
