"""WhatsApp's shapes, in: messages of shoppers and what became of ours. Pure functions.

A shopper with a username comes without a phone number: what names her for good is the id that WhatsApp gives her for this
business (`user_id`), which is not in older messages.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from bot.channels.meta.graph import GraphError
from bot.channels.meta.heard import Address, Envelope, Heard, Malformed, News, Part, ProviderId, Told, entries, moment
from bot.messages import RemoteFile, UnreadableMessage
from bot.readable import readable

OBJECT = "whatsapp_business_account"
_FILES = ("image", "video", "audio", "document", "sticker")
# Nobody waits for an answer to these: a thumb on a message, a changed number, a chat that was only opened.
_SILENT = ("reaction", "system", "request_welcome", "ephemeral")
_STATES = {"sent", "delivered", "read", "failed"}
_PHONE = re.compile(r"\d{5,20}")
_Text = Annotated[str, StringConstraints(max_length=70_000)]
_Recipient = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_.@:+-]{0,200}$")
]  # only ever compared: groups have others


class _Profile(Part):
    name: str | None = None


class _Contact(Part):
    user_id: Address | None = None
    wa_id: Address | None = None
    profile: _Profile = _Profile()


class _Message(Part):
    id: ProviderId
    timestamp: Annotated[str, StringConstraints(pattern=r"^\d{1,12}$")]
    type: Annotated[str, StringConstraints(max_length=60)]
    from_: Address | None = Field(None, alias="from")
    from_user_id: Address | None = None
    group_id: object = None


class _Words(Part):
    body: _Text


class _Reply(Part):
    text: _Text


class _Pressed(Part):
    id: Annotated[str, StringConstraints(max_length=300)]


class _Media(Part):
    id: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,100}$")]
    mime_type: Annotated[str, StringConstraints(max_length=200)] = ""
    caption: _Text = ""
    filename: Annotated[str, StringConstraints(max_length=1000)] = ""


class _Problem(Part):
    code: int = 0
    title: str = ""
    message: str = ""
    error_data: dict[str, Any] = Field(default_factory=dict)


class _Status(Part):
    id: ProviderId
    status: str
    recipient_id: _Recipient | None = None
    recipient_user_id: _Recipient | None = None
    biz_opaque_callback_data: Annotated[str, StringConstraints(max_length=512)] = ""
    errors: list[_Problem] = Field(default_factory=list)


class _Metadata(Part):
    phone_number_id: str


class _Value(Part):
    metadata: _Metadata
    contacts: list[Any] = Field(default=[], max_length=1000)
    messages: list[Any] = Field(default=[], max_length=1000)
    statuses: list[Any] = Field(default=[], max_length=1000)


class _Change(Part):
    field: str
    value: dict[str, Any]


def read(body: object, phone_number_id: str) -> News:
    """All that is for this number; what is for others of the same app is left out.

    Raises:
        Malformed: none of it can be read; what is odd within it stands in `odd`.
    """
    news = News()
    for given in entries(body, OBJECT):
        with news.each():
            for change in Envelope.model_validate(given).changes:
                with news.each():
                    _read(_Change.model_validate(change), phone_number_id, news)
    return news


def _read(change: _Change, phone_number_id: str, news: News) -> None:
    if change.field != "messages":
        return
    value = _Value.model_validate(change.value)
    if value.metadata.phone_number_id != phone_number_id:
        return
    contacts = []
    for given in value.contacts:
        with news.each():
            contacts.append(_Contact.model_validate(given))
    known = _Contacts(contacts, len(contacts) == len(value.contacts))
    for given in value.messages:
        with news.each():
            news.heard.extend(_heard(given, known))
    for given in value.statuses:
        with news.each():
            news.told.extend(_told(_Status.model_validate(given), known.only))


def _heard(given: Mapping[str, Any], contacts: "_Contacts") -> Iterator[Heard]:
    message = _Message.model_validate(given)
    # What is said in a group is not said to the shop alone, and must not be answered in private.
    if message.type in _SILENT or message.group_id:
        return
    contact = contacts.of(message)
    phone = message.from_ or contact.wa_id or ""
    address = message.from_user_id or contact.user_id or phone
    if not address:
        raise Malformed("a message from nobody")
    said = _said(message.type, given)
    yield Heard(
        id=message.id,
        address=address,
        at=moment(int(message.timestamp)),
        name=_name(contact.profile.name or ""),
        former=phone if phone != address else "",
        phone=f"+{phone}" if _PHONE.fullmatch(phone) else "",
        **said,
    )


@dataclass(frozen=True)
class _Contacts:
    """Who a call says that its people are. `complete`: all of them could be read."""

    read: list[_Contact]
    complete: bool

    @property
    def only(self) -> _Contact | None:
        """The one that there is."""
        return self.read[0] if self.complete and len(self.read) == 1 else None

    def of(self, message: _Message) -> _Contact:
        """Whose message it is. Raises Malformed when she may be one who could not be read, and known by another name."""
        named = {message.from_, message.from_user_id} - {None}
        for contact in self.read:
            if named & {contact.wa_id, contact.user_id}:
                return contact
        if not self.complete and message.from_user_id is None:
            raise Malformed("whose message it is cannot be read")
        return (self.only if not named else None) or _Contact()


def _said(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "text":
        return {"kind": "text", "words": _Words.model_validate(given.get("text")).body}
    if kind == "button":  # an answer below a template: its words are all that it says
        return {"kind": "text", "words": _Reply.model_validate(given.get("button")).text}
    if kind == "interactive":
        inside = _dict(given, "interactive")
        reply = inside.get("button_reply") or inside.get("list_reply")
        return {"kind": "press", "words": _Pressed.model_validate(reply).id} if reply else {"kind": "unsupported"}
    if kind in _FILES:
        media = _Media.model_validate(given.get(kind))
        file = RemoteFile(media.id, media.filename or kind, media.mime_type)
        return {"kind": "text", "words": media.caption, "files": (file,)}
    return {"kind": "unsupported"}


def _dict(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    if not isinstance(found, Mapping):
        raise Malformed(f"'{name}' is missing")
    return found


def _told(status: _Status, near: _Contact | None) -> Iterator[Told]:
    if status.status not in _STATES:
        return
    near = near or _Contact()
    known = (status.recipient_user_id, status.recipient_id, near.user_id, near.wa_id)
    problem = status.errors[0] if status.errors else _Problem()
    words = str(problem.error_data.get("details") or problem.message or problem.title)[:300]
    yield Told(
        state=status.status,  # type: ignore[arg-type]  # one of _STATES
        addresses=tuple(dict.fromkeys(address for address in known if address)),
        provider_id=status.id,
        correlation=status.biz_opaque_callback_data,
        error=GraphError(400, problem.code, words=words) if status.status == "failed" else None,
    )


def _name(given: str) -> str:
    """A name fit to store and show: whoever writes to us chose it freely."""
    try:
        return readable(given[:500])[:120]
    except UnreadableMessage:
        return ""
