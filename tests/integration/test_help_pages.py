"""The help centre: approved articles as pages, also when the knowledge service is away, and whatever is asked for."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from tests.integration.harness import Desk

MakeDesk = Callable[..., Desk]
ARTICLE = {
    "id": "returns", "language": "en", "title": "Returns & <refunds>", "tags": ["returns"], "link": "/help/en/returns",
    "updated": "2026-01-31", "body": "Thirty **days**. <script>alert(1)</script>",
}  # fmt: skip
NEWS = ARTICLE | {"id": "news", "title": "News", "tags": [], "updated": ""}


class KnowledgeStandin:
    """The paths of actions/knowledge_routes.py on a loopback port. `asked` are the paths as they came, undecoded."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.articles = {article["id"]: article for article in (ARTICLE, NEWS)}
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                standin.asked.append(self.path)
                content = json.dumps(standin.answer(self.path)).encode()
                self.send_response(200 if content != b"null" else 404)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path: str) -> dict[str, Any] | None:
        parts, query = urlsplit(path), parse_qs(urlsplit(path).query)
        steps = [unquote(step) for step in parts.path.strip("/").split("/")]
        match steps:
            case ["articles"]:
                return {"articles": list(self.articles.values())}
            case ["articles", _, article_id] if article_id in self.articles:
                return {"article": self.articles[article_id]}
            case ["search"]:
                found = [a for a in self.articles.values() if query["q"][0].lower() in str(a["title"]).lower()]
                return {"articles": found}
        return None

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def knowledge() -> Iterator[KnowledgeStandin]:
    standin = KnowledgeStandin()
    yield standin
    standin.stop()


@pytest.fixture
def shop(own_desk: MakeDesk, knowledge: KnowledgeStandin) -> Desk:
    return own_desk(knowledge_url=knowledge.url)


def test_the_help_centre_lists_articles_by_group(shop: Desk) -> None:
    page = shop.client().get("/help/en")
    assert page.status_code == 200
    assert "Returns &amp; &lt;refunds&gt;" in page.text
    assert page.text.index("Returns and refunds") < page.text.index("More")
    assert 'href="/help/en/news"' in page.text


def test_an_article_is_a_page_with_safe_html_and_its_day(shop: Desk) -> None:
    page = shop.client().get("/help/en/returns").text
    assert "<strong>days</strong>" in page
    assert "<script>alert" not in page
    assert "31 January 2026" in page


@pytest.mark.parametrize(
    ("language", "day"), [("en", "31 January 2026"), ("es", "31 de enero de 2026"), ("vi", "31 tháng 1, 2026")]
)
def test_a_day_is_written_as_the_reader_writes_it(shop: Desk, language: str, day: str) -> None:
    assert day in shop.client().get(f"/help/{language}/returns").text


def test_a_search_shows_what_was_found_and_how_much(shop: Desk) -> None:
    page = shop.client().get("/help/en", params={"q": "news"}).text
    assert "1 article for “news”" in page
    assert 'href="/help/en/news"' in page
    assert 'href="/help/en/returns"' not in page


@pytest.mark.parametrize(
    "query", ['"><script>alert(1)</script>', "{{7*7}}", "{query}", "%s", "' autofocus onfocus=alert(1) x='"]
)
def test_a_query_comes_back_as_the_words_it_is(shop: Desk, query: str) -> None:
    answer = shop.client().get("/help/en", params={"q": query})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "49" not in answer.text
    assert "onfocus=alert(1) x='" not in answer.text


def test_a_query_without_words_shows_the_articles_and_a_long_one_is_cut(
    shop: Desk, knowledge: KnowledgeStandin
) -> None:
    assert "news" in shop.client().get("/help/en", params={"q": "  \t "}).text
    shop.client().get("/help/en", params={"q": "x" * 5_000})
    assert len(parse_qs(urlsplit(knowledge.asked[-1]).query)["q"][0]) == 200


@pytest.mark.parametrize("path", ["/help/en/nothing-here", "/help/xx", "/help/xx/returns", "/help/EN"])
def test_what_there_is_not_is_not_found(shop: Desk, path: str) -> None:
    assert shop.client(accept="text/html").get(path).status_code == 404


@pytest.mark.parametrize(
    "written",
    [
        "..%3Flanguage=en", "..%2F..%2Fmodel%2Fparse", "%2e%2e", "..", "returns%3Flanguage=es", "returns%23x", "%00",
        "returns%20", "a%0d%0aHost:%20evil", "%5c..%5c..", "x" * 2000, "%ff",
    ],
    ids=lambda written: written[:24],
)  # fmt: skip
def test_an_articles_address_asks_the_knowledge_for_that_article_and_nothing_else(
    shop: Desk, knowledge: KnowledgeStandin, written: str
) -> None:
    answer = shop.raw("GET", f"/help/en/{written}", accept="text/html")
    assert answer.status in (400, 404)
    for path in knowledge.asked:
        asked = urlsplit(path)
        assert asked.path.startswith("/articles/en/")
        assert asked.path.count("/") == 3
        assert asked.query == ""
    assert shop.errors == []


# ---- without the knowledge service ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/help/en", "/help/en?q=returns", "/help/en/returns"])
def test_without_the_knowledge_pages_say_so_and_lead_to_the_chat(desk: Desk, path: str) -> None:
    answer = desk.client(accept="text/html").get(path)
    assert answer.status_code == 503
    assert "/static/chat/widget.js" in answer.text


def test_what_is_away_is_not_said_to_be_missing(desk: Desk) -> None:
    """A reader who follows a link while the service is away must not learn that the article is gone."""
    page = desk.client(accept="text/html").get("/help/en/returns").text
    assert "cannot be loaded at the moment" in page
    assert "There is no such article" not in page


def test_articles_that_were_read_before_stay_readable(shop: Desk, knowledge: KnowledgeStandin) -> None:
    client = shop.client()
    for path in ("/help/en", "/help/en/returns"):
        client.get(path)
    knowledge.stop()
    assert "<strong>days</strong>" in client.get("/help/en/returns").text
    assert client.get("/help/en").status_code == 200
    assert client.get("/help/en/news").status_code == 503


def test_the_rest_of_the_shop_does_without_the_knowledge(desk: Desk) -> None:
    client = desk.client()
    assert [client.get(path).status_code for path in ("/", "/chat", "/health", "/desk/login")] == [200] * 4


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept-language": "es-MX,es;q=0.9,en;q=0.8"}, "es"),
        ({"accept-language": "fr-FR,vi;q=0.5"}, "vi"),
        ({"accept-language": "fr"}, "en"),
        ({"accept-language": "," * 1000 + "es"}, "en"),
        ({"accept-language": "es", "cookie": "faqdesk_language=vi"}, "vi"),
        ({"cookie": "faqdesk_language=../../etc"}, "en"),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_a_reader_is_led_to_her_language(desk: Desk, headers: dict[str, str], language: str) -> None:
    answer: httpx.Response = desk.client(**headers).get("/help")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/help/{language}")
