"""Articles as HTML and as plain text: what they may use, and nothing else, whatever somebody wrote into them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown import to_html, to_text

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![a](https://evil.example/pixel.png)",
    "![a](javascript:alert(1))",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](vbscript:msgbox)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a]: javascript:alert(1)\n\n[a]",
    "<javascript:alert(1)>",
    '<a href="https://x" onclick="alert(1)">a</a>',
    "<iframe src=https://evil.example></iframe>",
    "<svg/onload=alert(1)>",
    "<style>body{display:none}</style>",
    '[a](https://x "onmouseover=alert(1)")',
    "<details open ontoggle=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
_TAG = re.compile(r"<\s*/?\s*([a-z0-9]+)([^>]*)>", re.IGNORECASE)
_ALLOWED = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "code"}


def problems(html: str) -> list[str]:
    """Tags and attributes that an article must not have."""
    found = []
    for tag, attributes in _TAG.findall(html):
        names = set(re.findall(r"([a-z-]+)=", re.sub(r'"[^"]*"', "", attributes)))
        addresses = re.findall(r'href="([^"]*)"', attributes)
        if tag not in _ALLOWED or names - {"href", "rel", "target", "title"}:
            found.append(f"<{tag}{attributes}>")
        found += [a for a in addresses if ":" in a and a.split(":")[0] not in ("http", "https", "mailto", "tel")]
    return found


@pytest.mark.parametrize("markdown", HOSTILE)
@pytest.mark.parametrize("new_tab", [True, False])
def test_nothing_in_an_article_runs_or_loads(markdown: str, new_tab: bool) -> None:
    assert problems(to_html(markdown, new_tab=new_tab)) == []


@given(st.text(st.sampled_from("<>[]()!\"'=/:& \nabjscript1`*_#-"), max_size=80))
def test_no_writing_makes_an_article_run_or_load(markdown: str) -> None:
    assert problems(to_html(markdown)) == []


def test_raw_html_is_shown_as_the_signs_it_is_made_of() -> None:
    assert to_html("<b>bold</b>") == "<p>&lt;b&gt;bold&lt;/b&gt;</p>\n"


def test_what_articles_use_is_kept() -> None:
    html = to_html("A **bold** and *soft* `code`\n\n- one\n- two\n\n1. first\n\n[help](/help/en/returns)")
    for part in ("<strong>bold</strong>", "<em>soft</em>", "<code>code</code>", "<ul>", "<ol>", "<li>one</li>"):
        assert part in html
    assert 'href="/help/en/returns"' in html


@pytest.mark.parametrize("address", ["https://shop.example/a?b=1", "mailto:help@shop.example", "tel:+34900100200"])
def test_links_that_people_need_are_kept(address: str) -> None:
    assert f'href="{address}"' in to_html(f"[a]({address})")


def test_a_link_of_the_chat_opens_beside_it_and_tells_nobody_where_from() -> None:
    html = to_html("[a](https://shop.example)", new_tab=True)
    assert 'target="_blank"' in html
    assert 'rel="noopener noreferrer"' in html
    assert "target" not in to_html("[a](https://shop.example)")


def test_as_text_emphasis_goes_and_links_and_lists_stay_readable() -> None:
    markdown = "**Returns** are free:\n\n- print the [label](/returns/label)\n- see [the post](https://post.example/x)"
    assert to_text(markdown, "https://shop.example") == (
        "Returns are free:\n\n"
        "- print the label (https://shop.example/returns/label)\n"
        "- see the post (https://post.example/x)"
    )
