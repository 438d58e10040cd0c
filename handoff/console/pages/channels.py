"""The pages of channels, for admins: what each needs, whether it works, and a test."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import Field

from handoff.console.channel_desk import ChannelDesk, FromSettings, NotSent, ShownChannel, UnknownChannel, WrongValues
from handoff.console.pages.shell import Asked, Form, Pages, Wrong, asked_by, missing, to
from handoff.console.session import Guard, Posted, Viewer

PLACE = "/admin/channels"
LONGEST_VALUE = 10_000  # characters
Name = Annotated[str, Path(pattern=r"^[a-z]{1,20}$")]


class Nothing(Form):
    """A form of one button."""


class Test(Form):
    address: str = Field(min_length=1, max_length=200)


def channel_routes(channels: ChannelDesk, pages: Pages, guard: Guard) -> APIRouter:
    """Routes below /admin/channels."""
    router = APIRouter(prefix=PLACE, include_in_schema=False)
    reads, posts = Depends(guard.page("manage_channels")), Depends(guard.form("manage_channels"))

    async def find(name: str, language: str) -> ShownChannel:
        try:
            return await channels.one(name, language)
        except UnknownChannel:
            raise missing("channel") from None

    async def show(asked: Asked, name: str, wrong: Wrong | None = None) -> Response:
        channel = await find(name, asked.language)
        return pages.render(asked, "channel.html", channel=channel, wrong=wrong, status=422 if wrong else 200)

    @router.get("")
    async def everything(request: Request, viewer: Viewer = reads) -> Response:
        asked = asked_by(request, viewer)
        return pages.render(asked, "channels.html", channels=await channels.all(asked.language))

    @router.get("/{name}")
    async def one(request: Request, name: Name, viewer: Viewer = reads) -> Response:
        return await show(asked_by(request, viewer), name)

    @router.post("/{name}")
    async def save(request: Request, name: Name, posted: Posted = posts) -> Response:
        asked = asked_by(request, posted.viewer)
        channel = await find(name, asked.language)
        typed = _typed(channel, posted.fields)
        try:
            await channels.save(name, typed, posted.viewer.id, asked.language)
        except WrongValues as error:
            secret = {field.name for field in channel.fields if field.sort == "secret"}
            given = {field: value for field, value in typed.items() if field not in secret}
            return await show(asked, name, Wrong(error.fields, given))
        except FromSettings:
            raise _settled() from None
        return to(f"{PLACE}/{name}", "channel_saved")

    @router.post("/{name}/{act}")
    async def act(
        request: Request, name: Name, act: Annotated[str, Path(pattern="^(on|off|forget)$")], posted: Posted = posts
    ) -> Response:
        pages.only(Nothing, posted.fields)
        try:
            if act == "forget":
                await channels.forget(name, posted.viewer.id)
            else:
                await channels.switch(name, act == "on", posted.viewer.id)
        except UnknownChannel:
            raise missing("channel") from None
        except FromSettings:
            raise _settled() from None
        return to(f"{PLACE}/{name}", f"channel_{act}")

    @router.post("/{name}/test/send")
    async def test(request: Request, name: Name, posted: Posted = posts) -> Response:
        asked = asked_by(request, posted.viewer)
        await find(name, asked.language)
        try:
            form = pages.read(Test, posted.fields, asked.language)
            await channels.send_test(name, form.address, asked.language)
        except Wrong:
            words = {"address": pages.wrong(asked.language, "address")}
            return await show(asked, name, Wrong(words))
        except NotSent as error:
            return await show(asked, name, Wrong({"address": str(error)}, {"address": form.address}))
        return to(f"{PLACE}/{name}", "channel_tested")

    return router


def _typed(channel: ShownChannel, fields: Mapping[str, list[str]]) -> dict[str, str]:
    """By field, as the page sends them; a box that is not ticked is not sent."""
    known = {field.name: field.sort for field in channel.fields}
    if any(name not in known or len(values) != 1 for name, values in fields.items()):
        raise HTTPException(422, "this form is not as the page sends it; reload the page")
    if any(len(values[0]) > LONGEST_VALUE for values in fields.values()):
        raise HTTPException(422, f"a value has more than {LONGEST_VALUE} characters; shorten it")
    return {name: fields.get(name, [""])[0] or ("off" if sort == "switch" else "") for name, sort in known.items()}


def _settled() -> HTTPException:
    return HTTPException(409, "this channel is set up in faqdesk.toml or by a variable; change it there")
