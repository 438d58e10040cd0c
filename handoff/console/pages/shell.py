"""What every page here has: its template, its language, its menu, times in words; and how a form is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta
from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, ValidationError

from handoff import shop_hours
from handoff.accounts import AccountError
from handoff.acts import Acts
from handoff.console.session import Viewer
from handoff.permissions import Permission
from handoff.teams import TeamError
from handoff.wording import LANGUAGES, known_language

LANGUAGE_COOKIE = "faqdesk_language"
LANGUAGE_NAMES = {"en": "English", "es": "Español", "vi": "Tiếng Việt"}
LOCALES = {"en": "en_GB", "es": "es_ES", "vi": "vi_VN"}
# Where the menu leads, and who sees it.
MENU: tuple[tuple[str, str, Permission], ...] = (
    ("account", "/desk/account", "serve"),
    ("security", "/desk/account/security", "serve"),
    ("canned", "/desk/canned", "serve"),
    ("people", "/admin/people", "manage_teams"),
    ("teams", "/admin/teams", "manage_teams"),
    ("hours", "/admin/hours", "manage_hours"),
    ("channels", "/admin/channels", "manage_channels"),
    ("audit", "/admin/audit", "read_audit"),
)
M = TypeVar("M", bound="Form")


class Form(BaseModel):
    """A form's fields; one that is not in it is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=4000)


class Wrong(Exception):
    """What is wrong with a form: words by field, "" for the whole of it; and what was given, to show it again."""

    def __init__(self, fields: Mapping[str, str], given: Mapping[str, Any] | None = None) -> None:
        super().__init__(", ".join(fields))
        self.fields, self.given = fields, given or {}


@dataclass(frozen=True)
class Asked:
    """A request for a page, by whom and in which language."""

    request: Request
    viewer: Viewer | None
    language: str


class Pages:
    """Renders the templates below templates/people."""

    def __init__(self, acts: Acts, now: Any) -> None:
        self._acts, self._now = acts, now
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parents[1] / "templates" / "people"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def say(self, language: str, key: str, **values: Any) -> str:
        """Words of the section [people]."""
        return self._acts.wording.say(language, f"people.{key}", **values)

    def read(self, model: type[M], fields: Mapping[str, list[str]], language: str) -> M:
        """A form's fields in their shape; one that is no list may stand in it once. Raises Wrong."""
        given: dict[str, Any] = {}
        for name, values in fields.items():
            known = model.model_fields.get(name)
            listed = known is not None and "tuple" in str(known.annotation)
            given[name] = values if listed or len(values) != 1 else values[0]
        try:
            return model.model_validate(given)
        except ValidationError as error:
            names = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
            wrong = {name: self.wrong(language, name) for name in names if name in model.model_fields}
            raise Wrong(wrong or {"": self.wrong(language, "form")}, given) from None

    def only(self, model: type[M], fields: Mapping[str, list[str]]) -> M:
        """A form that has nothing to type: what does not fit was not sent by our page, and gets 422."""
        try:
            return self.read(model, fields, LANGUAGES[0])
        except Wrong:
            raise HTTPException(422, "this form is not as the page sends it; reload the page") from None

    def wrong(self, language: str, key: str, **values: Any) -> str:
        """What to do about a field; general words where it has none of its own."""
        known = self._acts.wording.section(language, "people")
        return self.say(language, f"wrong_{key}" if f"wrong_{key}" in known else "wrong_form", **values)

    def refused(self, error: AccountError | TeamError, language: str, given: Mapping[str, Any]) -> Wrong:
        """What an act said, beside the field that it is about."""
        return Wrong({error.field: self.wrong(language, error.key, **error.values)}, given)

    def render(
        self, asked: Asked, template: str, *, status: int = 200, wrong: Wrong | None = None, **values: Any
    ) -> Response:
        """A page, never kept by a browser: it has names, tokens, links."""
        language, viewer = asked.language, asked.viewer
        said = asked.request.query_params.get("said", "")
        shown = f"said_{said}" in self._acts.wording.section(language, "people")
        text = self._templates.get_template(template).render(
            say=partial(self.say, language),
            language=language,
            languages=LANGUAGE_NAMES,
            shop=self._acts.shop,
            viewer=viewer,
            menu=[(key, href) for key, href, needs in MENU if viewer is not None and viewer.may(needs)],
            said=self.say(language, f"said_{said}") if shown else "",
            wrong=wrong.fields if wrong else {},
            given=wrong.given if wrong else {},
            ago=partial(self._ago, language),
            moment=partial(self._moment, language, self.zone()),
            path=asked.request.url.path,
            **values,
        )
        return HTMLResponse(text, status, headers={"cache-control": "no-store"})

    def zone(self) -> ZoneInfo:
        """The shop's own: pages without a script do not learn the reader's."""
        with self._acts.database.read() as session:
            hours = shop_hours.current(session, self._acts.settings)
        return hours.zone if hours is not None else ZoneInfo("UTC")

    def _ago(self, language: str, at: datetime) -> str:
        """ "4 minutes ago" within a day, else the moment."""
        passed = self._now() - at
        if passed < timedelta(minutes=1):
            return self.say(language, "just_now")
        if passed < timedelta(days=1):
            return str(format_timedelta(-passed, add_direction=True, locale=LOCALES[known_language(language)]))
        return self._moment(language, self.zone(), at)

    def _moment(self, language: str, zone: ZoneInfo, at: datetime, *, seconds: bool = False) -> str:
        locale, here = LOCALES[known_language(language)], at.astimezone(zone)
        clock = format_time(here, "medium" if seconds else "short", locale=locale)
        return f"{format_date(here, 'medium', locale=locale)}, {clock}"


def page_language(request: Request, otherwise: str = "") -> str:
    """The reader's language: chosen in the address, chosen before, her account's, or preferred by the browser."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return known_language(otherwise or request.headers.get("accept-language", "").split(",")[0])


def asked_by(request: Request, viewer: Viewer | None) -> Asked:
    """A request with its reader."""
    return Asked(request, viewer, page_language(request, viewer.language if viewer else ""))


def to(place: str, said: str = "") -> Response:
    """After a form: to a page, which says that it is done."""
    return RedirectResponse(f"{place}?said={said}" if said else place, 303)


def missing(what: str) -> HTTPException:
    """There is no such thing, or nobody may know that there is."""
    return HTTPException(404, f"there is no such {what}")
