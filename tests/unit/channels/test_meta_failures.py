"""What Meta's published codes mean for a message, and how its answers are read."""

from datetime import timedelta

import httpx
import pytest

from bot.channels.meta.failures import failure, refused
from bot.channels.meta.graph import GraphError, UnreadableAnswer, _asked_to_wait

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("error", "permanent", "wait", "why"),
    [
        # Too fast: of the app, a page, the business account, a number, and towards one shopper.
        (GraphError(400, 4), False, 60, "busy"),
        (GraphError(400, 613), False, 60, "busy"),
        (GraphError(400, 80006), False, 60, "busy"),
        (GraphError(400, 80007), False, 60, "busy"),
        (GraphError(429, 130429), False, 10, "busy"),
        (GraphError(400, 131056), False, 6, "busy"),
        (GraphError(400, 131056, retry_after=64 * SECOND), False, 64, "busy"),
        (GraphError(400, 4, retry_after=0 * SECOND), False, 0, "busy"),
        (GraphError(429), False, 60, "busy"),
        # The window is over.
        (GraphError(400, 131047), True, None, "window"),
        (GraphError(403, 10, 2018278), True, None, "window"),
        (GraphError(403, 10, 2534022), True, None, "window"),
        # She cannot be reached.
        (GraphError(400, 131026), True, None, "shopper"),
        (GraphError(400, 131050), True, None, "shopper"),
        (GraphError(400, 551), True, None, "shopper"),
        (GraphError(400, 100, 2018001), True, None, "shopper"),
        # Somebody has to mend the setup; then it goes out.
        (GraphError(401, 190), False, None, "setup"),
        (GraphError(401, 0), False, None, "setup"),
        (GraphError(403, 10), False, None, "setup"),
        (GraphError(403, 200), False, None, "setup"),
        (GraphError(400, 133010), False, None, "setup"),
        (GraphError(400, 100, words="Invalid appsecret_proof provided in the API argument"), False, None, "setup"),
        # It passes.
        (GraphError(500, 131000), False, None, "trouble"),
        (GraphError(400, 131016), False, None, "trouble"),
        (GraphError(400, 1200), False, None, "trouble"),
        (GraphError(502), False, None, "trouble"),
        # The message is wrong, and will be.
        (GraphError(400, 100), True, None, "refused"),
        (GraphError(400, 131009), True, None, "refused"),
        (GraphError(400, 131051), True, None, "refused"),
        (GraphError(400, 132001), True, None, "refused"),
        (GraphError(400, 131048), True, None, "refused"),
        (GraphError(404), True, None, "refused"),
    ],
    ids=lambda given: f"{given.status} {given.code} {given.subcode}" if isinstance(given, GraphError) else "",
)
def test_a_code_says_whether_to_wait_to_mend_or_to_stop(
    error: GraphError, permanent: bool, wait: int | None, why: str
) -> None:
    found = refused(error)
    assert (found.permanent, found.uncertain) == (permanent, False)
    assert found.retry_after == (wait * SECOND if wait is not None else None)
    assert found.why == why


@pytest.mark.parametrize(
    ("error", "uncertain"),
    [
        (httpx.ConnectError("no route"), False),
        (httpx.ConnectTimeout(""), False),
        (httpx.ReadTimeout(""), True),
        (httpx.RemoteProtocolError("cut"), True),
        (UnreadableAnswer("no JSON"), True),
        (TimeoutError(), True),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else "",
)
def test_silence_tells_whether_the_message_may_be_there(error: Exception, uncertain: bool) -> None:
    found = failure(error)
    assert (found.permanent, found.uncertain) == (False, uncertain)


def test_a_fault_of_ours_is_not_the_providers() -> None:
    with pytest.raises(KeyError):
        failure(KeyError("text"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "999999"}, 3600),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"x-business-use-case-usage": '{"1": [{"type": "messenger", "estimated_time_to_regain_access": 19}]}'}, 1140),
        ({"x-business-use-case-usage": '{"1": [{"type": "messenger", "estimated_time_to_regain_access": 0}]}'}, None),
        ({"x-business-use-case-usage": "[]"}, None),
        ({"x-business-use-case-usage": "[" * 100_000}, None),
        ({}, None),
    ],
    ids=str,
)
def test_what_meta_asks_to_wait(headers: dict[str, str], seconds: int | None) -> None:
    found = _asked_to_wait(httpx.Headers(headers))
    assert (found.total_seconds() if found is not None else None) == seconds
