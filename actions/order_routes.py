"""What the desk asks of the shop's orders for its agents: one order by its number, as it is at this moment."""

import asyncio
from typing import Any

from sanic import Request, Sanic
from sanic.response import HTTPResponse, json

from actions.orders.base import OrderBackend, OrdersUnavailable
from faq_index.entities import EntityFinder

LONGEST_NUMBER = 40


def add_order_routes(app: Sanic[Any, Any], orders: OrderBackend) -> None:
    """GET /order?number= · 404: there is none · 503: the shop's orders cannot be read now.

    Neither the address nor the phone number of its owner is told, here as everywhere.
    """
    finder = EntityFinder()

    def as_written(text: str) -> str:
        """The number as the shop writes it: people leave out the letters, or the dash."""
        found = (entity.value for entity in finder.find(text) if entity.kind == "order_number")
        return next(found, text.strip())

    @app.get("/order")
    async def one_order(request: Request) -> HTTPResponse:
        given = request.args.get("number", "")
        if not 0 < len(given) <= LONGEST_NUMBER:
            return json({"error": f"number must have 1 to {LONGEST_NUMBER} characters"}, status=400)
        try:
            order = await asyncio.to_thread(orders.find, as_written(given))
        except OrdersUnavailable:
            return json({"error": "the shop's orders cannot be read now"}, status=503)
        if order is None:
            return json({"error": "no such order"}, status=404)
        return json({"order": order.public()})
