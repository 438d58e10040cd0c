"""The pages of opening hours: the shop's, and each team's."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import ValidationError

from handoff import permissions, shop_hours, teams
from handoff.acts import Acts
from handoff.console.pages.shell import Asked, Pages, Wrong, asked_by, to
from handoff.console.pages.teams import led_team
from handoff.console.session import Guard, Posted, Viewer
from handoff.hours import OpeningHours
from handoff.when import say_when

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOLIDAYS = 40
_EMPTY_ROWS = 3
_FIELDS = re.compile(rf"mode|time_zone|{'|'.join(DAYS)}|holiday_(?:day|hours)_\d{{1,2}}")
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


def hours_routes(acts: Acts, pages: Pages, guard: Guard, now: Callable[[], datetime]) -> APIRouter:
    """Routes /admin/hours and /admin/teams/{id}/hours."""
    router = APIRouter(prefix="/admin", include_in_schema=False)
    reads, posts = Depends(guard.page("manage_hours")), Depends(guard.form("manage_hours"))
    zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))

    def show(asked: Asked, viewer: Viewer, team_id: str | None, wrong: Wrong | None = None) -> Response:
        with acts.database.read() as session:
            team = led_team(session, viewer, team_id) if team_id is not None else None
            shop = shop_hours.current(session, acts.settings)
            values = {
                "team": team,
                "may_save": team is not None or permissions.leads_team(session, viewer.id, viewer.role, None),
                "from_file": not shop_hours.is_saved(session),
            }
        own = shop if team is None else OpeningHours.model_validate(team.hours) if team.hours is not None else None
        given = wrong.given if wrong else _written(own)
        return pages.render(
            asked, "hours.html", wrong=wrong, status=422 if wrong else 200, form_values=given, days=DAYS, zones=zones,
            rows=_rows(given), state=state(asked.language, own if own is not None else shop), **values,
        )  # fmt: skip

    def state(language: str, hours: OpeningHours | None) -> str:
        """Whether people are there, and when next, in words."""
        if hours is None:
            return pages.say(language, "hours_always")
        at = now()
        if hours.is_open(at):
            return pages.say(language, "hours_open")
        opening = hours.next_opening(at)
        if opening is None:
            return pages.say(language, "hours_never")
        when = say_when(acts.wording, language, opening, at, hours.zone)
        return pages.say(language, "hours_next", when=when)

    async def save(request: Request, posted: Posted, team_id: str | None) -> Response:
        asked, viewer = asked_by(request, posted.viewer), posted.viewer

        def run(hours: OpeningHours | None) -> None:
            with acts.database.write() as session:
                actor = f"agent:{viewer.id}"
                if team_id is not None:
                    teams.set_hours(session, led_team(session, viewer, team_id), hours, actor, now())
                elif permissions.leads_team(session, viewer.id, viewer.role, None):
                    shop_hours.save(session, hours, actor, now())
                else:
                    raise HTTPException(403, "you lead your own teams; an admin sets the shop's hours")

        try:
            hours = _read(posted.fields, pages, asked.language)
        except Wrong as wrong:
            return await run_in_threadpool(show, asked, viewer, team_id, wrong)
        await run_in_threadpool(run, hours)
        return to(request.url.path, "saved")

    @router.get("/hours")
    async def shop(request: Request, viewer: Viewer = reads) -> Response:
        return await run_in_threadpool(show, asked_by(request, viewer), viewer, None)

    @router.post("/hours")
    async def save_shop(request: Request, posted: Posted = posts) -> Response:
        return await save(request, posted, None)

    @router.get("/teams/{team_id}/hours")
    async def team(request: Request, team_id: Id, viewer: Viewer = reads) -> Response:
        return await run_in_threadpool(show, asked_by(request, viewer), viewer, team_id)

    @router.post("/teams/{team_id}/hours")
    async def save_team(request: Request, team_id: Id, posted: Posted = posts) -> Response:
        return await save(request, posted, team_id)

    return router


def _written(hours: OpeningHours | None) -> dict[str, Any]:
    """Hours as the form has them; without any, a usual week as a first suggestion."""
    suggested = {day: ["09:00-18:00"] for day in DAYS[:5]}
    shown = hours or OpeningHours.model_validate(suggested)
    form: dict[str, Any] = {"mode": "none" if hours is None else "own", "time_zone": shown.time_zone}
    form |= {day: ", ".join(map(str, getattr(shown, day))) for day in DAYS}
    for number, (day, spans) in enumerate(sorted(shown.holidays.items())):
        form[f"holiday_day_{number}"], form[f"holiday_hours_{number}"] = day.isoformat(), ", ".join(map(str, spans))
    return form


def _rows(form: Mapping[str, Any]) -> list[int]:
    """The numbers of the rows for holidays: those that say something, and some empty ones."""
    used = [
        number
        for number in range(_HOLIDAYS)
        if form.get(f"holiday_day_{number}") or form.get(f"holiday_hours_{number}")
    ]
    first_free = max(used, default=-1) + 1
    return list(range(min(first_free + _EMPTY_ROWS, _HOLIDAYS)))


def _read(fields: Mapping[str, list[str]], pages: Pages, language: str) -> OpeningHours | None:
    """The hours that a form says; None: none of its own. Raises Wrong."""
    given = {name: values[0].strip()[:200] for name, values in fields.items() if len(values) == 1}
    if len(given) != len(fields) or any(not _FIELDS.fullmatch(name) for name in given):
        raise Wrong({"": pages.wrong(language, "form")}, given)
    if given.get("mode") not in ("none", "own"):
        raise Wrong({"": pages.wrong(language, "form")}, given)
    if given["mode"] == "none":
        return None
    wrong: dict[str, str] = {}
    written: dict[str, Any] = {"time_zone": given.get("time_zone", "")}
    written |= {day: _spans(given.get(day, "")) for day in DAYS}
    written["holidays"] = _holidays(given, wrong, pages.wrong(language, "holiday"))
    try:
        hours = OpeningHours.model_validate(written)
    except ValidationError as error:
        for one in error.errors():
            wrong |= _place(one["loc"], given, pages, language)
    if wrong:
        raise Wrong(wrong, given)
    return hours


def _spans(written: str) -> list[str]:
    return [part.strip() for part in written.split(",") if part.strip()]


def _holidays(given: Mapping[str, str], wrong: dict[str, str], words: str) -> dict[str, list[str]]:
    """By date. What has hours and no date, or one date twice, goes into `wrong`."""
    found: dict[str, list[str]] = {}
    for number in range(_HOLIDAYS):
        day, hours = given.get(f"holiday_day_{number}", ""), given.get(f"holiday_hours_{number}", "")
        if not day and not hours:
            continue
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) or day in found:
            wrong[f"holiday_{number}"] = words
        else:
            found[day] = _spans(hours)
    return found


def _place(where: tuple[Any, ...], given: Mapping[str, str], pages: Pages, language: str) -> dict[str, str]:
    """Beside which field a wrong span, zone or day is told."""
    if where[0] != "holidays":
        name = str(where[0])
        return {name: pages.wrong(language, "time_zone" if name == "time_zone" else "span")}
    number = next((n for n in range(_HOLIDAYS) if given.get(f"holiday_day_{n}") == str(where[1])), 0)
    return {f"holiday_{number}": pages.wrong(language, "holiday")}
