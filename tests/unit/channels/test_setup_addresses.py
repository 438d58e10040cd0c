"""Where a channel's secrets may go."""

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.channels.setup import Reachable

ADDRESS: TypeAdapter[str] = TypeAdapter(Reachable)


@pytest.mark.parametrize(
    "address",
    [
        "https://graph.facebook.com",
        "https://bot-api.shop.example:8443",
        "http://localhost:8081",
        "http://127.0.0.1:8081",
        "http://[::1]:8081",
        "http://10.0.0.7:8081",
        "http://192.168.1.20",
        "http://telegram-bot-api:8081",  # in a network of containers
    ],
)
def test_https_and_the_own_network_are_reached(address: str) -> None:
    assert ADDRESS.validate_python(address) == address
    assert ADDRESS.validate_python(f"{address}/") == address


@pytest.mark.parametrize(
    "address",
    [
        "http://api.telegram.org",
        "http://198.51.101.7:8081",
        "http://8.8.8.8",
        "http://134744072",
        "http://0x08080808",
        "http://-api",
        "http://[2600::1]:8081",
        "http://localhost:x@evil.example/token",
        "http://127.0.0.1@evil.example",
        "http://localhost.evil.example",
        "https://evil.example@api.telegram.org",
        "https://api.telegram.org?x=",
        "ftp://localhost",
        "//localhost",
        "localhost:8081",
        "http://ｌocalhost",
        "",
    ],
)
def test_nothing_else_is(address: str) -> None:
    with pytest.raises(ValidationError, match="no https address"):
        ADDRESS.validate_python(address)
