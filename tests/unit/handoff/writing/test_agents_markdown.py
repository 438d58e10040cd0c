"""Agents' Markdown: a little of it, no HTML, and links that cannot hide where they lead."""

import pytest

from handoff.markdown import is_marked_up, to_html, to_text


@pytest.mark.parametrize(
    ("written", "shown", "plain"),
    [
        ("a **b** *c* `d`", "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>\n", "a b c d"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n", "- a\n- b"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n", "one\ntwo"),
        ("# a\n> b", "<p># a<br>\n&gt; b</p>\n", "# a\n> b"),
        ("snake_case 2 * 3 * 4", "<p>snake_case 2 * 3 * 4</p>\n", "snake_case 2 * 3 * 4"),
        ("```\na **b**\n```", "<pre><code>a **b**\n</code></pre>\n", "a **b**"),
    ],
)
def test_what_is_marked_up(written: str, shown: str, plain: str) -> None:
    assert to_html(written) == shown
    assert to_text(written) == plain


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>1</script>)",
        "[x](vbscript:x)",
        '[x](https://a.example "onmouseover=alert(1)")',
        "<javascript:alert(1)>",
        '<a href="https://evil.example" onclick="x()">y</a>',
    ],
)
def test_nothing_runs(written: str) -> None:
    html = to_html(written)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="java' not in html.lower()
    assert 'href="data' not in html
    assert " onclick" not in html.replace("&quot;", '"').split(">")[0]
    assert "title=" not in html


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("[your bank](https://evil.example/a)", "(evil.example)"),
        ("[https://bank.example](https://evil.example)", "(evil.example)"),
        ("[https://bank.example](https://bank.example.evil.net)", "(bank.example.evil.net)"),
        ("[evil.example.bank.example](https://evil.example)", "(evil.example)"),
        ("[x](https://bank.example@evil.example)", "(evil.example)"),
    ],
)
def test_a_link_shows_its_real_host(written: str, host: str) -> None:
    assert host in to_html(written)


def test_a_link_that_says_its_address_needs_no_host_beside_it() -> None:
    assert "(shop.example)" not in to_html("[shop.example](https://shop.example/a)")
    assert to_text("<https://shop.example>") == "https://shop.example"
    assert to_text("[us](https://shop.example)") == "us (https://shop.example)"


def test_plain_words_need_no_html() -> None:
    assert not is_marked_up(to_html("Hello {x} <b>\nyou & me"))
    assert is_marked_up(to_html("**Hello**"))
