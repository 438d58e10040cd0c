"""Messenger's shapes, in: what people write to the page, and what became of our messages. Pure functions."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from bot.channels.meta.heard import Envelope, Heard, Malformed, News, Part, ProviderId, Told, entries, moment
from bot.messages import RemoteFile

OBJECT = "page"
MOST_FILES = 10  # in one of our messages; she can send more at once
_KINDS = {"message", "postback", "delivery", "read"}
_FILES = ("image", "video", "audio", "file")
_Text = Annotated[str, StringConstraints(max_length=70_000)]
_Milliseconds = Annotated[int, Field(ge=0, le=10**14)]
_Person = Annotated[str, StringConstraints(pattern=r"^\d{1,64}$")]


class _Who(Part):
    id: _Person


class _Payload(Part):
    payload: Annotated[str, StringConstraints(max_length=1000)] = ""


class _Inside(Part):
    url: Annotated[str, StringConstraints(max_length=4000)] | None = None
    sticker_id: int | None = None


class _Attachment(Part):
    type: Annotated[str, StringConstraints(max_length=60)]
    payload: _Inside | None = None


class _Message(Part):
    mid: ProviderId
    text: _Text | None = None
    quick_reply: _Payload | None = None
    attachments: list[_Attachment] = Field(default_factory=list, max_length=100)
    is_echo: bool = False
    is_deleted: bool = False
    metadata: Annotated[str, StringConstraints(max_length=1000)] | None = None


class _Postback(Part):
    mid: ProviderId
    payload: Annotated[str, StringConstraints(max_length=1000)] = ""
    title: Annotated[str, StringConstraints(max_length=200)] = ""


class _Delivered(Part):
    mids: list[ProviderId] = Field(default_factory=list, max_length=1000)
    watermark: _Milliseconds


class _Read(Part):
    watermark: _Milliseconds


class _Event(Part):
    sender: _Who
    recipient: _Who
    timestamp: _Milliseconds | None = None
    message: _Message | None = None
    postback: _Postback | None = None
    delivery: _Delivered | None = None
    read: _Read | None = None


def read(body: object, page_id: str) -> News:
    """All that is for this page. `standby` belongs to whichever other app has the conversation, and is left out.

    Raises:
        Malformed: none of it can be read; what is odd within it stands in `odd`.
    """
    news = News()
    for given in entries(body, OBJECT):
        with news.each():
            entry = Envelope.model_validate(given)
            for event in entry.messaging if entry.id == page_id else ():
                with news.each():
                    _read(event, page_id, news)
    return news


def _read(given: object, page_id: str, news: News) -> None:
    if isinstance(given, Mapping) and not _KINDS & given.keys():
        return  # what concerns the page and comes from nobody, such as Meta's own warnings
    event = _Event.model_validate(given)
    heard, told = list(_heard(event, page_id)), list(_told(event, page_id))
    news.heard.extend(heard)
    news.told.extend(told)


def _heard(event: _Event, page_id: str) -> Iterator[Heard]:
    if event.sender.id == page_id or event.recipient.id != page_id:
        return
    is_said = event.message is not None and not event.message.is_echo and not event.message.is_deleted
    if event.postback is None and not is_said:
        return
    if event.timestamp is None:  # else it would seem too old to be answered
        raise Malformed("something that was said at no time")
    known: dict[str, Any] = {"address": event.sender.id, "at": moment(event.timestamp / 1000)}
    if event.postback is not None:
        yield _pressed(event.postback, known)
    elif event.message is not None:
        yield from _said(event.message, known)


def _pressed(postback: _Postback, known: dict[str, Any]) -> Heard:
    """A press below one of our messages; one of the page's own, such as its menu or "Get started", is what stands on it."""
    if ours(postback.payload):
        return Heard("press", postback.mid, words=postback.payload, **known)
    return Heard("text", postback.mid, words=postback.title or postback.payload, **known)


def _said(message: _Message, known: dict[str, Any]) -> Iterator[Heard]:
    if message.quick_reply is not None and ours(message.quick_reply.payload):
        yield Heard("press", message.mid, words=message.quick_reply.payload, **known)
        return
    files = [file for attachment in message.attachments if (file := _file(attachment))]
    words = message.text or ""
    if not files:
        thumb = any(one.payload and one.payload.sticker_id for one in message.attachments)
        if words or not thumb:  # a thumb says "good", and nobody waits for an answer to it
            yield Heard("text" if words else "unsupported", message.mid, words=words, **known)
        return
    for start in range(0, len(files), MOST_FILES):
        some = tuple(files[start : start + MOST_FILES])
        number = message.mid if start == 0 else f"{message.mid}#{start}"
        yield Heard("text", number, words=words if start == 0 else "", files=some, **known)


def _file(attachment: _Attachment) -> RemoteFile | None:
    inside = attachment.payload
    if attachment.type not in _FILES or inside is None or not inside.url or inside.sticker_id:
        return None
    return RemoteFile(inside.url, attachment.type)


def ours(payload: str) -> bool:
    """Whether a payload is the id of a button of ours, and not of one that the page has of its own."""
    message_id, dot, number = payload.partition(".")
    return bool(dot) and len(message_id) == 32 and number.isdecimal()


def _told(event: _Event, page_id: str) -> Iterator[Told]:
    shopper = (event.sender.id if event.sender.id != page_id else event.recipient.id,)
    if event.delivery is not None:
        yield from (Told("delivered", shopper, provider_id=mid) for mid in event.delivery.mids)
        if not event.delivery.mids:
            yield Told("delivered", shopper, up_to=moment(event.delivery.watermark / 1000))
    elif event.read is not None:
        yield Told("read", shopper, up_to=moment(event.read.watermark / 1000))
    elif event.message is not None and event.message.is_echo and event.message.metadata:
        yield Told("sent", shopper, provider_id=event.message.mid, correlation=event.message.metadata)
