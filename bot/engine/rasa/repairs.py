"""Repairs to Rasa 3.6.21, each with its reason and its measurement.

Rasa 3.6 is the last open-source line and gets no more releases, so these are applied at start instead of waited for.
They are installed by importing `lock_store`, the module that Rasa loads first among ours.
"""

from functools import lru_cache
from typing import Any, Dict, Optional, Text, Type

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.http_interpreter import RasaNLUHttpInterpreter
from rasa.shared.core.events import Event

UNDERSTOOD = "faqdesk_understanding"  # attribute of our output channel: what the message was understood as
FAILED = "faqdesk_failed"  # attribute of our output channel: names of the actions that failed


def build_the_action_validator_once() -> None:
    """RemoteAction checks its own schema again on every answer of the action server: 17 of 19 ms a call."""
    validator = Draft202012Validator(RemoteAction.action_response_format_spec())

    def validate(self: RemoteAction, result: Dict[Text, Any]) -> bool:
        error = best_match(validator.iter_errors(result))
        if error is not None:
            raise ValidationError(f"the action server's answer to {self.name()} has the wrong shape: {error.message}")
        return True

    RemoteAction._validate_action_result = validate  # type: ignore[assignment]


def remember_event_types() -> None:
    """Event.resolve_by_type walks all subclasses for every event of every tracker that it loads."""
    walk = Event.resolve_by_type

    @lru_cache(maxsize=None)
    def resolve(type_name: Text, default: Optional[Type[Event]] = None) -> Optional[Type[Event]]:
        return walk(type_name, default)

    Event.resolve_by_type = staticmethod(resolve)  # type: ignore[assignment]


def tell_the_understanding_more() -> None:
    """The external-NLU client sends only the text. Ours also sends the metadata that the gateway put on the message
    (the conversation's language, the button that was pressed) and hands the understanding back with the replies, so that
    the gateway can store what the bot thought without asking a second time."""
    endpoint_of = RasaNLUHttpInterpreter._rasa_http_parse

    async def parse(self: RasaNLUHttpInterpreter, message: UserMessage) -> Dict[Text, Any]:
        body = {"text": message.text, "message_id": message.sender_id, "metadata": message.metadata or {}}
        url = self.endpoint_config.url.rstrip("/") + "/model/parse"
        headers = self.endpoint_config.headers or {}
        async with self.session.post(url, json=body, headers=headers) as response:
            # An error is raised, not swallowed into an empty parse: the channel then answers 500, and the gateway knows.
            response.raise_for_status()
            parsed: Dict[Text, Any] = await response.json()
        if hasattr(message.output_channel, UNDERSTOOD):
            setattr(message.output_channel, UNDERSTOOD, parsed)
        return parsed

    assert callable(endpoint_of)  # the seam that is replaced still exists
    RasaNLUHttpInterpreter.parse = parse  # type: ignore[assignment]


def tell_of_failing_actions() -> None:
    """A failing action counts as executed and says nothing. Ours notes its name on the output channel, so that the gateway
    can hand the conversation to a person instead of leaving the shopper with half an answer."""
    run_remote = RemoteAction.run

    async def run(self: RemoteAction, output_channel: OutputChannel, *rest: Any) -> Any:
        try:
            return await run_remote(self, output_channel, *rest)
        except ActionExecutionRejection:
            raise  # a form's "this was not for me" is part of the dialogue
        except Exception:
            getattr(output_channel, FAILED, []).append(self.name())
            raise

    RemoteAction.run = run  # type: ignore[assignment]


def install() -> None:
    """Apply all of them, once."""
    if not getattr(RemoteAction, "_faqdesk_repaired", False):
        build_the_action_validator_once()
        remember_event_types()
        tell_the_understanding_more()
        tell_of_failing_actions()
        RemoteAction._faqdesk_repaired = True  # type: ignore[attr-defined]
