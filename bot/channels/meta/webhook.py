"""What Meta calls: once to make sure that the address is the shop's, and then with what happened."""

import hmac
import json
import re
from typing import Any

from fastapi import HTTPException, Request, Response
from pydantic import SecretStr

from bot.channels.meta.signature import HEADER, is_signed

_CHALLENGE = re.compile(r"[\w.-]{1,200}")


def challenge(request: Request, verify_token: SecretStr) -> Response:
    """The answer to Meta's question when somebody enters the address in the app's settings.

    Raises:
        HTTPException: 403 when it does not know the verify token, 400 when it asks for nothing.
    """
    asked = request.query_params
    known = verify_token.get_secret_value()
    given = asked.get("hub.verify_token", "")
    if asked.get("hub.mode") != "subscribe" or not known or not hmac.compare_digest(given.encode(), known.encode()):
        raise HTTPException(403, "the verify token is missing or wrong")
    if not _CHALLENGE.fullmatch(asked.get("hub.challenge", "")):
        raise HTTPException(400, "there is no challenge to answer")
    return Response(asked["hub.challenge"], media_type="text/plain")


async def posted(request: Request, app_secret: SecretStr) -> Any:
    """The JSON of a signed body; nothing is read in it before its signature was.

    Raises:
        HTTPException: 401 without Meta's signature, 400 for what is no JSON.
    """
    body = await request.body()
    given = request.headers.getlist(HEADER)
    if len(given) != 1 or not is_signed(body, given[0], app_secret.get_secret_value()):
        raise HTTPException(401, "the signature is missing or wrong")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is no JSON") from None
