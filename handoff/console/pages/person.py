"""One person's page, and how an act on her account is run from it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy.orm import Session

from handoff.accounts import AccountError
from handoff.acts import Acts
from handoff.console.pages import people_views
from handoff.console.pages.shell import Asked, Form, Pages, Wrong, asked_by, missing, to
from handoff.console.session import Posted, Viewer
from handoff.model import Agent
from handoff.teams import TeamError
from handoff.troubles import again_when_undone

PEOPLE = "/admin/people"
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class PersonPages:
    """Shows people one by one, and says on their pages what cannot be done to them."""

    def __init__(self, acts: Acts, pages: Pages, now: Callable[[], datetime]) -> None:
        self._acts, self._pages, self._now = acts, pages, now

    def show(self, asked: Asked, viewer: Viewer, agent_id: str, wrong: Wrong | None = None) -> Response:
        with self._acts.database.read() as session:
            values = people_views.one(session, find_agent(session, agent_id), viewer, self._acts.settings, self._now())
        code = 422 if wrong else 200
        return self._pages.render(asked, "person.html", wrong=wrong, status=code, **values)

    async def act(
        self, request: Request, posted: Posted, agent_id: str, form: type[Form], act: Callable[..., Any], said: str
    ) -> Response:
        """One act on somebody's account: `act(session, agent, form's values)`; what cannot be is said on her page."""
        asked = asked_by(request, posted.viewer)

        def run(values: Form) -> Any:
            with self._acts.database.write() as session:
                find_agent(session, agent_id)
                return act(session, agent_id, values)

        try:
            values = self._pages.read(form, posted.fields, asked.language)
            await run_in_threadpool(again_when_undone(run), values)
        except Wrong as wrong:
            return await run_in_threadpool(self.show, asked, posted.viewer, agent_id, wrong)
        except (AccountError, TeamError) as error:
            refused = self._pages.refused(error, asked.language, values.model_dump())
            return await run_in_threadpool(self.show, asked, posted.viewer, agent_id, refused)
        return to(f"{PEOPLE}/{agent_id}", said)


def find_agent(session: Session, agent_id: str) -> Agent:
    """An account; 404 when there is none."""
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise missing("person")
    return agent


def link_of(request: Request, public_url: str, kind: str, token: str) -> str:
    """A link as its person will open it; the origin of the admin's form has been found to be this host."""
    return f"{(public_url or request.headers['origin']).rstrip('/')}/desk/{kind}/{token}"
