"""The desk's log: one JSON object a line, tracebacks without the values of variables, personal data blanked."""

import contextlib
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Never in a log, whoever puts them there: words of shoppers, addresses, secrets.
_PRIVATE_KEYS = re.compile(
    r"text|message_text|content|email|e-mail|phone|contact|token|secret|password|authorization|cookie"
)
_PRIVATE_VALUES = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # addresses
    r"|\+?\d[\d ()-]{7,}\d"  # phone numbers
    r"|(?<=Bearer )\S+|(?<=/bot)\d+:[\w-]+"  # tokens in headers, and in Telegram's addresses
)


def configure_logging() -> None:
    """Set structlog up for this process, and send the standard library's warnings the same way."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # httpx logs every address that it asks, and Telegram's hold the bot's token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # python-telegram-bot logs raw updates that it cannot read; the channel says itself what went wrong.
    logging.getLogger("telegram").setLevel(logging.CRITICAL)


class _Lines(structlog.WriteLogger):
    """Writes lines. One that cannot be written, as on a full disk, is lost: it must not end the work that it is about."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank what must not be kept."""
    for key, value in event.items():
        if _PRIVATE_KEYS.fullmatch(key):
            event[key] = "(left out)"
        elif isinstance(value, str) and key != "timestamp":
            event[key] = _PRIVATE_VALUES.sub("(left out)", value)
    return event
