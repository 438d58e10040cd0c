"""What agents may mark up in a reply: bold, italic, lists, links, code. Everything else is text, HTML too."""

import re
from functools import cache
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "pre"}
_FORMATS = re.compile(r"<(?!/?p>|br>)")  # a tag that says more than where lines end


def to_html(markdown: str) -> str:
    """Safe HTML, whatever the text holds. A link whose words hide its address has its real host behind it."""
    parser = _parser()
    tokens = parser.parse(markdown)
    for block in tokens:
        if block.children:
            block.children = _with_hosts(block.children)
    html = parser.renderer.render(tokens, parser.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "*": set()},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def to_text(markdown: str) -> str:
    """What channels show that know no markup: marks are gone, links are "words (address)", list marks stay."""
    said: list[str] = []
    in_code = False
    for line in markdown.split("\n"):
        if line.strip().startswith("```"):
            in_code = not in_code
        else:
            said.append(line if in_code else _plain(line))
    return "\n".join(said).strip()


def is_marked_up(html: str) -> bool:
    """Whether `html`, made by `to_html`, shows anything that the bare text does not."""
    return _FORMATS.search(html) is not None


def _plain(line: str) -> str:
    """One line without its marks; nothing is parsed that `to_html` would not parse."""
    mark = re.match(r"\s*(?:[-*+]|\d{1,9}[.)])\s+", line)
    start, rest = (mark[0], line[mark.end() :]) if mark else ("", line)
    start = re.sub(r"[*+]", "-", start)
    inline = _parser().parseInline(rest)[0].children or []
    return start + "".join(_as_text(inline))


def _as_text(tokens: list[Token]) -> list[str]:
    said: list[str] = []
    address = words = ""
    for token in tokens:
        match token.type:
            case "link_open":
                address, words = str(token.attrs.get("href", "")), ""
            case "link_close":
                said.append("" if words == address else f" ({address})")
                address = ""
            case "softbreak" | "hardbreak":
                said.append("\n")
            case _:
                words += token.content
                said.append(token.content)
    return said


def _with_hosts(tokens: list[Token]) -> list[Token]:
    shown: list[Token] = []
    host = words = ""
    for token in tokens:
        shown.append(token)
        if token.type == "link_open":
            host, words = _host(str(token.attrs.get("href", ""))), ""
        elif token.type == "link_close":
            if host and host != _host(words):
                shown.append(Token("text", "", 0, content=f" ({host})"))
            host = ""
        else:
            words += token.content
    return shown


def _host(address: str) -> str:
    """The host that an address leads to; "" when it names none, as mailto: does."""
    if address.startswith(("mailto:", "tel:")):
        return ""
    try:
        return urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return address


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "breaks": True, "linkify": False})
    return parser.enable(
        [
            "emphasis",
            "balance_pairs",
            "fragments_join",
            "list",
            "link",
            "backticks",
            "fence",
            "escape",
            "newline",
            "autolink",
        ]
    )
