"""What the desk's help centre and console ask of the knowledge: list, read and search approved articles."""

from typing import Any

from sanic import Request, Sanic
from sanic.response import HTTPResponse, json

from actions.understanding import UnderstandingService
from faq_index.articles import Article

FOUND = 10  # articles in one search


def add_knowledge_routes(app: Sanic[Any, Any], service: UnderstandingService) -> None:
    """GET /articles?language= · GET /articles/<language>/<id> · GET /search?language=&q="""

    def in_language(language: str) -> list[Article]:
        return [article for (_, spoken), article in service.release.articles.items() if spoken == language]

    @app.get("/articles")
    async def list_articles(request: Request) -> HTTPResponse:
        articles = in_language(request.args.get("language", service.release.languages[0]))
        return json({"release": service.release.id, "articles": [_card(article) for article in articles]})

    @app.get("/articles/<language:str>/<article_id:str>")
    async def read_article(_: Request, language: str, article_id: str) -> HTTPResponse:
        article = service.release.articles.get((article_id, language))
        if article is None:
            return json({"error": "no such article"}, status=404)
        return json({"release": service.release.id, "article": _card(article) | {"body": article.body}})

    @app.get("/search")
    async def search(request: Request) -> HTTPResponse:
        """The articles that understanding ranks highest, whatever their probability: a reader can judge for herself."""
        language = request.args.get("language", service.release.languages[0])
        understood = await service.understand(request.args.get("q", "")[:500], language)
        found = []
        for candidate in understood.candidates:
            article = service.release.articles.get((candidate.target.id, language))
            if candidate.target.kind == "article" and article is not None:
                found.append(_card(article) | {"p": round(candidate.p, 4)})
        return json({"release": service.release.id, "articles": found[:FOUND]})


def _card(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "language": article.language,
        "title": article.title,
        "tags": list(article.tags),
        "link": article.link,
        "updated": article.updated,
    }
