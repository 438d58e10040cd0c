"""Passages: an article's body as short plain texts, so that a question can be found by what the answer says."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from faq_index.text import clean, has_words

WORDS = 60  # about what an encoder of sentences reads at once without blurring them
MOST = 20  # a longer article speaks by its beginning; one body must not outweigh the whole base

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_WRITTEN = ("text", "code_inline")
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
    texts = ("".join(map(_words, block.children or ())) for block in blocks)
    return [sentence for text in texts for sentence in _SENTENCE_END.split(clean(text)) if has_words(sentence)]


def _words(token: Token) -> str:
    """The text without marks and addresses; of a picture what is written for who cannot see it. Two lines stay two words."""
    if token.type == "image":
        return "".join(map(_words, token.children or ()))
    return " " if token.type in ("softbreak", "hardbreak") else token.content if token.type in _WRITTEN else ""
