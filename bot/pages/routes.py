"""The shop's pages: the storefront at /, the chat at /chat, the help centre at /help."""

from datetime import date
from typing import Any

from babel.dates import format_date
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from bot.http.guards import framed_by
from bot.knowledge import Knowledge, KnowledgeUnavailable
from bot.markdown import to_html
from bot.pages.shell import WIDGET, language_of, remember_language, render
from bot.rendering import LOCALES
from bot.settings import DeskSettings
from handoff.wording import LANGUAGES, Wording

# The order of the help centre; an article stands under its first tag.
_TAGS = (
    "ordering", "payment", "shipping", "tracking", "changes", "returns", "problems", "warranty", "finding", "products",
    "offers", "account", "business", "contact",
)  # fmt: skip


def page_routes(settings: DeskSettings, words: Wording, knowledge: Knowledge) -> APIRouter:
    """The routes of all pages that shoppers see."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def page(request: Request, template: str, language: str, status: int = 200, **values: Any) -> Response:
        html = render(template, words=words, language=language, shop=settings.shop, **values)
        return remember_language(request, HTMLResponse(html, status))

    @router.get("/")
    async def shop(request: Request) -> Response:
        return page(request, "shop.html", language_of(request))

    @router.get("/chat")
    async def chat(request: Request) -> Response:
        answer = page(request, "chat.html", language_of(request))
        if settings.widget.origins:  # pages that may show the chat may show it in a frame, too
            answer.headers["content-security-policy"] = framed_by(settings.widget.origins)
        return answer

    @router.get("/widget.js")
    async def widget() -> Response:
        """The button for other pages; they name it without a version, so browsers ask each time whether it has changed."""
        return FileResponse(WIDGET, media_type="text/javascript", headers={"cache-control": "no-cache"})

    @router.get("/help")
    async def help_start(request: Request) -> Response:
        return RedirectResponse(f"/help/{language_of(request)}", 302)

    @router.get("/help/{language}")
    async def help_centre(request: Request, language: str, q: str = "") -> Response:
        if language not in LANGUAGES:
            raise HTTPException(404)
        query = " ".join(q.split())[:200]
        try:
            articles = await knowledge.search(language, query) if query else await knowledge.catalogue(language)
        except KnowledgeUnavailable:
            return page(request, "help.html", language, 503, query=query, found=None, groups=None)
        if query:
            return page(request, "help.html", language, query=query, found=articles, groups=None)
        return page(request, "help.html", language, query="", found=None, groups=_grouped(articles))

    @router.get("/help/{language}/{article_id}")
    async def help_article(request: Request, language: str, article_id: str) -> Response:
        if language not in LANGUAGES:
            raise HTTPException(404)
        try:
            article = await knowledge.read(language, article_id)
        except KnowledgeUnavailable:
            return page(request, "article.html", language, 503, article=None, article_id=article_id, loaded=False)
        if article is None:
            return page(request, "article.html", language, 404, article=None, article_id=article_id, loaded=True)
        day = (
            format_date(date.fromisoformat(article["updated"]), "long", LOCALES[language]) if article["updated"] else ""
        )
        shown = article | {"html": to_html(article["body"]), "day": day}
        return page(request, "article.html", language, article=shown, article_id=article_id, loaded=True)

    return router


def _grouped(articles: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {tag: [] for tag in (*_TAGS, "other")}
    for article in articles:
        first = article["tags"][0] if article["tags"] else "other"
        groups[first if first in groups else "other"].append(article)
    return [(tag, sorted(found, key=lambda a: str(a["title"]))) for tag, found in groups.items() if found]
