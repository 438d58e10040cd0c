"""What Meta's errors mean for the outbox. The codes are those that it publishes for the Cloud API and for Messenger."""

from datetime import timedelta

import httpx

from bot.channels.meta.graph import GraphError, UnreadableAnswer
from handoff.outbox import TransportError

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

_MINUTE = timedelta(minutes=1)
# How long to wait where Meta names no time: of the app (4), a user (17), a page (32, 613, 80006), an account (80007), a
# number (130429), and of one number towards one shopper (131056).
TOO_FAST = {4: _MINUTE, 17: _MINUTE, 32: _MINUTE, 613: _MINUTE, 80006: _MINUTE, 80007: _MINUTE,
            130429: timedelta(seconds=10), 131056: timedelta(seconds=6)}  # fmt: skip
# Somebody has to mend the setup: the token (0, 190), a permission (3, 10, 200 to 299), the number (33, 133010, 131042,
# 131031), or the app's secret, whose proof is wrong (100 with its own words).
_SETUP = {0, 3, 10, 190, 33, 131005, 131031, 131042, 133010, *range(200, 300)}
# More than 24 hours since the shopper wrote: on WhatsApp by code, on Messenger by subcode.
_WINDOW, _WINDOW_SUBCODES = 131047, {2018278, 2534022}
# It passes by itself.
_PASSES = {1, 2, 1200, 131000, 131016, 131057, 133004, 133005}
# She cannot be reached, or does not want to be.
_UNDELIVERABLE = {551, 131026, 131030, 131049, 131050}
_UNDELIVERABLE_SUBCODES = {1545041, 2018001, 2018108}


def is_window(error: GraphError) -> bool:
    """Whether it was refused because the shopper wrote too long ago."""
    return error.code == _WINDOW or error.subcode in _WINDOW_SUBCODES


def failure(error: Exception) -> TransportError:
    """What an error of a call means; agents read the reason. An error that is none of these calls' is raised again."""
    match error:
        case GraphError():
            return refused(error)
        case httpx.HTTPError() | httpx.InvalidURL():
            sent = not isinstance(error, (*_NEVER_SENT, httpx.InvalidURL))
            return TransportError("silent" if sent else "unreachable", _named(error), permanent=False, uncertain=sent)
        case UnreadableAnswer() | TimeoutError():
            return TransportError("silent", permanent=False, uncertain=True)
    raise error


def refused(error: GraphError) -> TransportError:
    """What an answer means that says no; also of a message that was accepted and failed later."""
    if is_window(error):
        return TransportError("window", str(error), permanent=True)
    if error.code in TOO_FAST or (error.status == 429 and not error.code):
        wait = TOO_FAST.get(error.code, _MINUTE) if error.retry_after is None else error.retry_after
        return TransportError("busy", str(error), permanent=False, retry_after=wait)
    if error.code in _UNDELIVERABLE or error.subcode in _UNDELIVERABLE_SUBCODES:
        return TransportError("shopper", str(error), permanent=True)
    if _is_setup(error):
        return TransportError("setup", str(error), permanent=False)
    if error.code in _PASSES or error.status >= 500:
        return TransportError("trouble", str(error), permanent=False)
    return TransportError("refused", str(error), permanent=True)


def _is_setup(error: GraphError) -> bool:
    if error.code == 100 and "appsecret_proof" in error.words:
        return True
    return error.status == 401 or ((error.code != 0 or error.status == 403) and error.code in _SETUP)


def _named(error: Exception) -> str:
    return str(error) or type(error).__name__
