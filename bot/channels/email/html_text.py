"""A mail's HTML as the text that a person would read, without what she quotes.

nh3 reads it first: it is linear in the length, whatever it holds, and leaves well-formed HTML. The standard library's
parser, which needs minutes for some hundred kilobytes of broken tags, sees only that.
"""

import re
from html.parser import HTMLParser

import nh3

_WITH_CONTENT = {
    "script",
    "style",
    "title",
    "template",
    "object",
    "svg",
    "noscript",
    "head",
}  # gone with what is in them
_EMPTY = frozenset(("br", "hr"))
_LINES = frozenset(
    ("br", "div", "p", "tr", "table", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote")
)
_PARAGRAPHS = frozenset(("p", "ul", "ol", "table", "h1", "h2", "h3"))
_KEPT = {*_LINES, "li", "blockquote", "span", "section", "a", "td"}
# How mail programs mark what they quote; everything behind the last two is the earlier mail.
_QUOTES = re.compile(r"\b(gmail_quote|gmail_attr|yahoo_quoted|protonmail_quote|moz-cite-prefix|zmail_extra)\b")
_QUOTED_FROM_HERE = re.compile(r"^(appendonsend|divRplyFwdMsg|reply-intro|mail-editor-reference-message-container)$")
_MOST_TAGS = 20_000  # what follows is not read: elements within each other cost the square of their number
_DEEPEST = 500  # elements within each other; what is deeper is text all the same


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []  # element, and whether it is silent
        self._silent = 0
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._over = self._over or bool(_QUOTED_FROM_HERE.match(given.get("id", "")))
        if tag in _LINES:
            self.said.append("\n\n" if tag in _PARAGRAPHS else "\n")
        if tag == "li":
            self.said.append("\n- ")
        if tag in _EMPTY or len(self._open) >= _DEEPEST:
            return
        silent = self._is_quote(tag, given)
        self._open.append((tag, silent))
        self._silent += silent

    def handle_endtag(self, tag: str) -> None:
        if tag in _LINES:
            self.said.append("\n")
        if not any(name == tag for name, _ in self._open[-50:]):
            return
        while self._open:
            name, silent = self._open.pop()
            self._silent -= silent
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._over:
            self.said.append(re.sub(r"\s+", " ", data))

    def _is_quote(self, tag: str, given: dict[str, str]) -> bool:
        if _QUOTES.search(given.get("class", "")):
            return True
        return tag == "blockquote" and (given.get("type") == "cite" or "cite" in given)


def to_text(html: str) -> str:
    """Readable text: paragraphs apart, list marks kept, scripts, styles and quotes gone."""
    reader = _Reader()
    attributes = {"*": {"id", "class"}, "blockquote": {"type", "cite"}}
    begun = "<".join(html.split("<", _MOST_TAGS)[:_MOST_TAGS])
    reader.feed(nh3.clean(begun, tags=_KEPT, clean_content_tags=_WITH_CONTENT, attributes=attributes, link_rel=None))
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.said).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
