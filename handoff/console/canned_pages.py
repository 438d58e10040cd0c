"""The page on which canned answers are kept: a list, a form for each, and the rules in words."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from hmac import compare_digest
from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from handoff import canned, teams
from handoff.acts import Acts
from handoff.canned import CannedError
from handoff.console.session import Guard, Viewer, same_origin
from handoff.desk_model import CannedAnswer
from handoff.model import Agent, TeamMember
from handoff.wording import LANGUAGES, known_language

_Text = Annotated[str, Form(max_length=20_000)]
_Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_EMPTY = {"id": "", "shortcut": "", "language": "", "title": "", "text": "", "team_id": None}
_OWN = "own"  # for the agent herself, where the form says for whom an answer is


def canned_pages(acts: Acts, guard: Guard, now: Callable[[], datetime]) -> APIRouter:
    """Routes below /desk/canned. Plain forms: the session's CSRF token is a field of each."""
    router = APIRouter(prefix="/canned")
    templates = Environment(
        loader=FileSystemLoader(File(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )

    def page(viewer: Viewer, language: str, problem: str = "", given: dict[str, Any] | None = None) -> Response:
        with acts.database.read() as session:
            agent = session.get_one(Agent, viewer.id)
            rows = canned.visible(session, agent)
            values = {
                "answers": [_row(session, agent, row) for row in rows],
                "teams": _teams(session, agent),
                "for_all": agent.role != "agent",
            }
        values |= {"words": acts.wording, "language": language, "shop": acts.shop, "csrf": viewer.csrf}
        values |= {
            "problem": problem,
            "given": given or _EMPTY | {"own": False},
            "languages": LANGUAGES,
            "variables": canned.VARIABLES,
        }
        return HTMLResponse(templates.get_template("canned.html").render(**values), 422 if problem else 200)

    async def changer(request: Request, csrf: str) -> Viewer:
        viewer = await guard.viewer(request)
        if not same_origin(request) or not compare_digest(csrf.encode(), viewer.csrf.encode()):
            raise HTTPException(403, "this request did not come from the desk's own page; reload it")
        return viewer

    async def change(request: Request, viewer: Viewer, given: dict[str, Any], work: Callable[..., Any]) -> Response:
        def run() -> Response:
            try:
                with acts.database.write() as session:
                    work(session, session.get_one(Agent, viewer.id))
            except CannedError as error:
                language = _language(request, viewer)
                why = acts.wording.say(language, f"canned.refused.{error.why}", **error.values)
                return page(viewer, language, why, given)
            return RedirectResponse("/desk/canned", 303)

        return await run_in_threadpool(run)

    @router.get("")
    async def show(request: Request) -> Response:
        try:
            viewer = await guard.viewer(request)
        except HTTPException:
            return RedirectResponse("/desk/login", 302)
        return await run_in_threadpool(page, viewer, _language(request, viewer))

    @router.post("")
    async def add(
        request: Request, csrf: _Text, shortcut: _Text, language: _Text, title: _Text, text: _Text, team: _Text = ""
    ) -> Response:
        viewer, fields = await changer(request, csrf), (shortcut, language, title, text, _team(team))
        given = dict(zip(_EMPTY, ("", *fields), strict=True)) | {"own": team == _OWN}
        work = partial(canned.add, own=team == _OWN)
        return await change(request, viewer, given, lambda session, agent: work(session, agent, *fields, now()))

    @router.post("/{answer_id}")
    async def write_anew(
        request: Request, answer_id: _Id, csrf: _Text, shortcut: _Text, language: _Text, title: _Text, text: _Text,
        team: _Text = "",
    ) -> Response:  # fmt: skip
        viewer, fields = await changer(request, csrf), (shortcut, language, title, text, _team(team))
        given = dict(zip(_EMPTY, (answer_id, *fields), strict=True)) | {"own": team == _OWN}
        work = partial(canned.change, own=team == _OWN)
        return await change(
            request, viewer, given, lambda session, agent: work(session, agent, answer_id, *fields, now())
        )

    @router.post("/{answer_id}/remove")
    async def remove(request: Request, answer_id: _Id, csrf: _Text) -> Response:
        viewer = await changer(request, csrf)
        return await change(
            request,
            viewer,
            _EMPTY | {"own": False},
            lambda session, agent: canned.remove(session, agent, answer_id, now()),
        )

    return router


def _row(session: Session, agent: Agent, row: CannedAnswer) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _EMPTY}
    return shown | {"mine": canned.may_change(session, agent, row), "own": row.owner_id is not None}


def _team(chosen: str) -> str | None:
    return None if chosen in ("", _OWN) else chosen


def _teams(session: Session, agent: Agent) -> list[dict[str, str]]:
    """Those for which the agent may write."""
    found = teams.all_open(session)
    if agent.role == "agent":
        found = [team for team in found if session.get(TeamMember, (team.id, agent.id)) is not None]
    return [{"id": team.id, "name": team.name} for team in found]


def _language(request: Request, viewer: Viewer) -> str:
    chosen = request.query_params.get("lang") or request.cookies.get("faqdesk_language")
    return chosen if chosen in LANGUAGES else known_language(viewer.language)
