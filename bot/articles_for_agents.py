"""Articles for agents: what the knowledge has for words, a shopper's or their own, and how an article reads inside a reply.

They are those of the help centre: what an agent inserts is what shoppers find there.
"""

from typing import Any

from bot.engine.replies import ShownArticle
from bot.knowledge import Knowledge, KnowledgeUnavailable
from bot.markdown import to_html, to_text
from bot.rendering import article_card
from handoff.console.outside import OutOfReach

MOST = 3
LEAST_P = 0.05  # what is less likely helps nobody


class ArticlesForAgents:
    """`public_url` is where shoppers reach the desk, for links inside articles."""

    def __init__(self, knowledge: Knowledge, public_url: str) -> None:
        self._knowledge, self._public_url = knowledge, public_url

    async def suggest(self, language: str, words: str) -> list[dict[str, Any]]:
        """At most three articles in a language, the likeliest first: id, title, p. Raises OutOfReach."""
        try:
            found = await self._knowledge.search(language, words)
        except KnowledgeUnavailable as error:
            raise OutOfReach(str(error)) from error
        likely = [article for article in found if article.get("p", 0) >= LEAST_P]
        return [{name: article[name] for name in ("id", "title", "p")} for article in likely[:MOST]]

    async def search(self, language: str, words: str) -> list[dict[str, Any]]:
        """What an agent looks for, the best first: id, language, title, link, text. Raises OutOfReach."""
        try:
            found = await self._knowledge.search(language, words)
        except KnowledgeUnavailable as error:
            raise OutOfReach(str(error)) from error
        return [
            {
                "id": article["id"],
                "language": article["language"],
                "title": article["title"],
                "link": self._link(str(article.get("link", ""))),
                "text": to_text(str(article.get("body", "")), self._public_url),
            }
            for article in found
        ]

    async def article(self, language: str, article_id: str) -> dict[str, Any] | None:
        """One article to look at (html) and to put into a reply (text); None when there is none. Raises OutOfReach."""
        try:
            found = await self._knowledge.read(language, article_id)
        except KnowledgeUnavailable as error:
            raise OutOfReach(str(error)) from error
        if found is None:
            return None
        parts = (to_text(found["body"], self._public_url).strip(), self._link(found["link"]))
        text = "\n\n".join(part for part in parts if part)
        html = to_html(found["body"], new_tab=True)
        return {"id": found["id"], "title": found["title"], "language": language, "html": html, "text": text}

    async def card(self, language: str, article_id: str) -> dict[str, Any] | None:
        """One article as the content of a message, as the bot shows it, but without asking whether it helped; None when there
        is none. Raises OutOfReach."""
        try:
            found = await self._knowledge.read(language, article_id)
        except KnowledgeUnavailable as error:
            raise OutOfReach(str(error)) from error
        if found is None:
            return None
        article = ShownArticle.model_validate({name: found[name] for name in ShownArticle.model_fields})
        return article_card(article, str(found["release"]), self._public_url).stored("")

    def _link(self, link: str) -> str:
        return self._public_url + link if link.startswith("/") else link
