"""The help centre's view of the knowledge: asked of the understanding service, and remembered for when that is away."""

from typing import Any
from urllib.parse import quote

import httpx

Article = dict[str, Any]


class KnowledgeUnavailable(Exception):
    """The articles cannot be had now, and were not seen before."""


class Knowledge:
    """Lists, reads and searches approved articles over HTTP."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=5, trust_env=False)
        self._seen: dict[str, Any] = {}  # the last good answer of every path: reading goes on when the service is away

    async def catalogue(self, language: str) -> list[Article]:
        """All articles in a language, without bodies. Raises KnowledgeUnavailable."""
        return list((await self._get("/articles", {"language": language}, keep=True))["articles"])

    async def read(self, language: str, article_id: str) -> Article | None:
        """One article with its Markdown body and the release that it is of, or None. Raises KnowledgeUnavailable."""
        if article_id in (".", ".."):  # steps of a path, which no quoting keeps from being taken as such
            return None
        found = await self._get(f"/articles/{language}/{quote(article_id, safe='')}", {}, keep=True)
        return {**found["article"], "release": found.get("release", "")} if found else None

    async def search(self, language: str, query: str) -> list[Article]:
        """The best articles for a query, with their probabilities. Raises KnowledgeUnavailable."""
        return list((await self._get("/search", {"language": language, "q": query}, keep=False))["articles"])

    async def _get(self, path: str, params: dict[str, str], *, keep: bool) -> Any:
        key = f"{path}?{params}"
        try:
            response = await self._http.get(path, params=params)
            if response.status_code == 404:
                return None
            response.raise_for_status()
            found = response.json()
        except (httpx.HTTPError, ValueError) as error:
            if keep and key in self._seen:
                return self._seen[key]
            raise KnowledgeUnavailable(str(error)) from error
        if keep:
            self._seen[key] = found
        return found

    async def close(self) -> None:
        await self._http.aclose()
