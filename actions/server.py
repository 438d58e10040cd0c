"""The action server: Rasa's custom actions, and the understanding service beside them in one process.

Loopback only. rasa-sdk's own server is not used: it listens on every address, asks for no token, and echoes whole requests,
personal data included, into error answers and logs. Its executor, which speaks the protocol, is.
"""

import hmac
import logging
from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from sanic import Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse, json
from threadpoolctl import threadpool_limits

from actions.answer_faq import AnswerFaq
from actions.feedback import Helpful, NotHelpful
from actions.hand_over import HandOver
from actions.knowledge_routes import add_knowledge_routes
from actions.not_understood import NotUnderstood, OfferNothing, OfferPerson
from actions.order_routes import add_order_routes
from actions.orders.base import OrderBackend
from actions.orders.demo import demo_day, ensure_demo_orders
from actions.orders.sql import SqlOrders
from actions.settings import ActionsSettings
from actions.show_article import ShowArticle
from actions.switch_language import SwitchLanguage
from actions.track_order import AskOrderContact, AskOrderNumber, LeaveOrder, OrderHelp, TrackOrder
from actions.understanding import UnderstandingService
from faq_index import release as releases
from faq_index.embedder import open_encoder
from faq_index.settings import UnderstandingSettings, read_settings

App = Sanic[Any, Any]
log = logging.getLogger("faqdesk.actions")


def all_actions(service: UnderstandingService, orders: OrderBackend) -> list[Any]:
    """Every custom action named in domain.yml."""
    return [
        AnswerFaq(service),
        ShowArticle(service),
        NotUnderstood(),
        OfferPerson(),
        OfferNothing(),
        Helpful(),
        NotHelpful(service),
        HandOver(service),
        SwitchLanguage(service),
        AskOrderNumber(),
        AskOrderContact(),
        OrderHelp(),
        LeaveOrder(),
        TrackOrder(orders),
    ]


def create_app(service: UnderstandingService, orders: OrderBackend, token: str = "") -> App:
    """The server's routes; with a token every request must carry it as a bearer."""
    app = Sanic("faqdesk_actions", configure_logging=False)
    executor = ActionExecutor()
    for action in all_actions(service, orders):
        executor.register_action(action)

    @app.on_request
    async def check_token(request: Request) -> HTTPResponse | None:
        given = request.headers.get("authorization", "").encode(errors="replace")
        if token and not hmac.compare_digest(given, f"Bearer {token}".encode()):
            return json({"error": "wrong token"}, status=401)
        return None

    @app.get("/health")
    async def health(_: Request) -> HTTPResponse:
        return json({"status": "ok", "release": service.release.id})

    @app.post("/webhook")
    async def run_action(request: Request) -> HTTPResponse:
        call = _action_call(request)
        try:
            result = await executor.run(call)
        except ActionExecutionRejection as rejection:
            return json({"error": rejection.message, "action_name": rejection.action_name}, status=400)
        except ActionNotFoundException as missing:
            return json({"error": missing.message, "action_name": missing.action_name}, status=404)
        return json(result.model_dump() if result else {"events": [], "responses": []})

    @app.post("/model/parse")
    async def parse(request: Request) -> HTTPResponse:
        body = _body(request)
        text, metadata = body.get("text"), body.get("metadata") or {}
        if not isinstance(text, str) or not isinstance(metadata, dict):
            return json({"error": "text must be text, metadata an object"}, status=400)
        return json(await service.parse(text, metadata))

    @app.exception(Exception)
    async def failed(request: Request, error: Exception) -> HTTPResponse:
        status = error.status_code if isinstance(error, SanicException) else 500
        if status == 500:
            log.error("%s %s failed", request.method, request.path, exc_info=error)
        return json({"error": type(error).__name__}, status=status)

    add_knowledge_routes(app, service)
    add_order_routes(app, orders)
    return app


def _body(request: Request) -> dict[str, Any]:
    body = request.json
    if not isinstance(body, dict):
        raise SanicException("the body must be a JSON object", status_code=400)
    return body


def _action_call(request: Request) -> dict[str, Any]:
    """Rasa's call, with the parts that its SDK takes for granted."""
    body = _body(request)
    action, tracker = body.get("next_action"), body.get("tracker")
    if not isinstance(action, str) or not action:
        raise SanicException("next_action must name an action", status_code=400)
    if not isinstance(tracker, dict) or "sender_id" not in tracker:
        raise SanicException("tracker must be a conversation with its sender_id", status_code=400)
    return body


def serve() -> None:
    """Load the published release and serve until stopped.

    Raises:
        ReleaseError, EncoderError, SettingsError: there is nothing that could be served; the message says what to do.
    """
    # The encoder's threads and the linear algebra's would spin against each other: 42 ms a message instead of 13.
    threadpool_limits(1, user_api="blas")
    settings, understanding = read_settings(ActionsSettings), read_settings(UnderstandingSettings)
    home = settings.releases / releases.current(settings.releases)
    encoder = open_encoder(understanding, settings.releases.parent / "encoders")
    release = releases.load(home, encoder, understanding)
    service = UnderstandingService(release)
    url = settings.orders_url or f"sqlite:///{ensure_demo_orders(settings.demo_orders, demo_day())}"
    app = create_app(service, SqlOrders(url), settings.token.get_secret_value())
    release.understander.understand("warm up: the first pass through the encoder is slow")
    app.run(host="127.0.0.1", port=settings.port, single_process=True, access_log=False, motd=False)
