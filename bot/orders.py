"""Orders for agents: asked of the action server, which reads the shop's backend anew each time; nothing is remembered."""

from typing import Any

import httpx
from pydantic import ValidationError

from bot.engine.replies import ShownOrder
from handoff.console.outside import OutOfReach


class Orders:
    """Looks one order up by its number over HTTP."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=8, trust_env=False)

    async def find(self, number: str) -> dict[str, Any] | None:
        """The order as it is now, or None when there is none of this number.

        Raises:
            OutOfReach: the action server or the shop's backend does not answer, or not with an order.
        """
        try:
            response = await self._http.get("/order", params={"number": number})
            if response.status_code == 404:
                return None
            response.raise_for_status()
            order = ShownOrder.model_validate(response.json()["order"]).model_dump(mode="json")
        except (httpx.HTTPError, ValidationError, ValueError, LookupError, TypeError) as error:
            raise OutOfReach(str(error)) from error
        if not order["tracking_url"].startswith(("https://", "http://")):
            order["tracking_url"] = ""  # it becomes a link on the agent's screen
        return order

    async def close(self) -> None:
        await self._http.aclose()
