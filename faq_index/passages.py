"""Passages: an article's body as short plain texts, so that a question can be found by what the answer says."""

import re

from markdown_it import MarkdownIt

from faq_index.text import clean, has_words

WORDS = 60  # about what an encoder of sentences reads at once without blurring them
MOST = 20  # a longer article speaks by its beginning; one body must not outweigh the whole base

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_markdown = MarkdownIt("commonmark", {"html": False})


def passages(body: str) -> list[str]:
    """The sentences of a Markdown body, gathered to passages of about `WORDS` words; at most `MOST`."""
    found: list[str] = []
    gathered: list[str] = []
    for sentence in _sentences(body):
        gathered.append(sentence)
        if sum(len(part.split()) for part in gathered) >= WORDS:
            found.append(" ".join(gathered))
            gathered = []
    if gathered:
        found.append(" ".join(gathered))
    return found[:MOST]


def _sentences(body: str) -> list[str]:
    blocks = (token for token in _markdown.parse(body) if token.type == "inline")
    texts = ("".join(_words(child.type, child.content) for child in block.children or ()) for block in blocks)
    return [sentence for text in texts for sentence in _SENTENCE_END.split(clean(text)) if has_words(sentence)]


def _words(kind: str, content: str) -> str:
    """The text without marks and addresses; what stood on two lines stays two words."""
    return " " if kind in ("softbreak", "hardbreak") else content if kind in ("text", "code_inline") else ""
