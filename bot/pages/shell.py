"""What every page of the shop has: its templates, its language, the switch between languages."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from handoff.bundles import Bundle
from handoff.wording import LANGUAGES, known_language

COOKIE = "faqdesk_language"
WIDGET = Path(__file__).parents[1] / "widget" / "built" / "widget.js"
NAMES = {"en": "English", "es": "Español", "vi": "Tiếng Việt"}

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: Any) -> str:
    """A page. `words` and `language` are always needed."""
    return _TEMPLATES.get_template(template).render(
        languages=LANGUAGES, names=NAMES, chat=_chat(), widget=_widget(), **values
    )


@cache
def _chat() -> Bundle:
    return Bundle.of(Path(__file__).parents[1] / "widget" / "built" / "chat.js", "/static/chat/chat.js")


@cache
def _widget() -> Bundle:
    return Bundle.of(WIDGET, "/static/chat/widget.js")


def language_of(request: Request) -> str:
    """The reader's language: chosen in the address, chosen before, or preferred by the browser."""
    chosen = request.query_params.get("lang") or request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "").split(",")[:8]:
        code = part.split(";")[0].strip().split("-")[0].lower()
        if code in LANGUAGES:
            return code
    return known_language(None)


def remember_language(request: Request, response: Response) -> Response:
    """Keep a language that was chosen in the address."""
    if request.query_params.get("lang") in LANGUAGES:
        lasts = 365 * 24 * 3600
        response.set_cookie(COOKIE, request.query_params["lang"], max_age=lasts, httponly=True, samesite="lax")
    return response
