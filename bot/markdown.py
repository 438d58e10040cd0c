"""Articles' Markdown as HTML for pages and chat, and as plain text for channels that show neither."""

import re
from functools import cache

import nh3
from markdown_it import MarkdownIt

_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "code"}
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def to_html(markdown: str, *, new_tab: bool = False) -> str:
    """Safe HTML: what an article may use, links included, and nothing else, whatever the text holds."""
    html = _parser().render(markdown)
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}} if new_tab else None,
    )


def to_text(markdown: str, base_url: str = "") -> str:
    """Readable text: emphasis marks gone, list marks kept, links as "words (address)"."""

    def link(match: re.Match[str]) -> str:
        address = match[2] if not match[2].startswith("/") else base_url + match[2]
        return f"{match[1]} ({address})"

    return re.sub(r"\*\*(.+?)\*\*", r"\1", _LINK.sub(link, markdown))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False})
