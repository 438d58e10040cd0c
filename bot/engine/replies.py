"""The engine's JSON, checked: messages to show and commands to carry out. The shapes are those of actions/payloads.py."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from handoff.reasons import Reason


class EngineMisbehaved(Exception):
    """The engine answered something that cannot be shown to anybody."""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EngineButton(_Shape):
    title: str
    payload: str


class Text(_Shape):
    """Words from domain.yml."""

    kind: Literal["text"] = "text"
    text: str
    buttons: tuple[EngineButton, ...] = ()


class ArticleTitle(_Shape):
    id: str
    language: str
    title: str


class ShownArticle(ArticleTitle):
    body: str
    link: str
    updated: str


class Answer(_Shape):
    """An approved article of a release; `p` is None when the shopper chose it."""

    kind: Literal["answer"]
    article: ShownArticle
    release: str
    p: float | None


class Choices(_Shape):
    """Which of these is meant?"""

    kind: Literal["choices"]
    articles: tuple[ArticleTitle, ...] = Field(min_length=1)
    release: str


class Ask(_Shape):
    """A value that the form needs."""

    kind: Literal["ask"]
    field: Literal["order_number", "order_contact"]


class ShownItem(_Shape):
    name: str
    quantity: int


class ShownOrder(_Shape):
    """Days are ISO dates."""

    number: str
    state: str
    placed_on: str
    sent_on: str | None
    expected_on: str | None
    delivered_on: str | None
    items: tuple[ShownItem, ...]
    carrier: str
    tracking_number: str
    tracking_url: str


class OrderState(_Shape):
    """An order whose owner was verified."""

    kind: Literal["order"]
    order: ShownOrder


class HandoffCommand(_Shape):
    """Move the conversation to the queue."""

    kind: Literal["handoff"]
    reason: Reason
    question: str
    articles_tried: tuple[ArticleTitle, ...]
    collected: dict[str, str]


class FeedbackCommand(_Shape):
    """Remember whether an article helped."""

    kind: Literal["feedback"]
    article_id: str
    helpful: bool


class OrderLookupCommand(_Shape):
    """Count an attempt to see an order."""

    kind: Literal["order_lookup"]
    order_number: str
    found: bool


class LanguageCommand(_Shape):
    """The shopper chose a language."""

    kind: Literal["language"]
    language: str


Shown = Text | Answer | Choices | Ask | OrderState
Command = HandoffCommand | FeedbackCommand | OrderLookupCommand | LanguageCommand
_PAYLOAD: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        Answer | Choices | Ask | OrderState | HandoffCommand | FeedbackCommand | OrderLookupCommand | LanguageCommand,
        Field(discriminator="kind"),
    ]
)


class Understood(BaseModel):
    """The part of the understanding that the desk keeps. Other keys of Rasa's parse result are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    language: str
    language_p: float
    release: str
    decision: str
    candidates: tuple[dict[str, Any], ...]


class EngineReply(BaseModel):
    """One turn's answer."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    shown: tuple[Shown, ...]
    commands: tuple[Command, ...]
    understood: Understood | None
    intent: str | None


def parse_reply(body: Any) -> EngineReply:
    """Check the channel's JSON (bot/engine/rasa/channel.py).

    Raises:
        EngineMisbehaved: it is empty, an action failed, or a payload is not one that we know.
    """
    try:
        failed, messages, understanding = body["failed"], body["messages"], body["understanding"]
        if failed:
            raise EngineMisbehaved(f"these actions failed: {', '.join(failed)}")
        if not messages:
            raise EngineMisbehaved("the answer is empty")
        parsed = [_message(message) for message in messages]
        understood = Understood.model_validate(understanding["faqdesk"]) if understanding else None
        intent = understanding["intent"]["name"] if understanding else None
    except (ValidationError, AttributeError, KeyError, TypeError) as error:
        raise EngineMisbehaved(f"the answer has a shape that the desk does not know: {error}") from None
    return EngineReply(
        shown=tuple(part for part in parsed if isinstance(part, Shown)),
        commands=tuple(part for part in parsed if isinstance(part, Command)),
        understood=understood,
        intent=intent,
    )


def _message(message: dict[str, Any]) -> Shown | Command:
    """Structured payloads win over the text beside them, which is for `rasa shell`."""
    if "custom" in message:
        payload: Shown | Command = _PAYLOAD.validate_python(message["custom"])
        return payload
    buttons = [EngineButton(title=b["title"], payload=b["payload"]) for b in message.get("buttons", ())]
    return Text(text=message["text"], buttons=tuple(buttons))
