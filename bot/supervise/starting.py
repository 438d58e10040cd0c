"""The first start of all parts: on other ports, when a port was taken between looking for a free one and listening there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.errors import UserError
from bot.supervise.child import Child
from bot.supervise.parts import Addresses
from bot.supervise.supervisor import Say, Supervisor

_MOST_STARTS = 3


@dataclass(frozen=True)
class Started:
    """All parts work. `seconds` is how long each took."""

    addresses: Addresses
    children: Mapping[str, Child]
    supervisor: Supervisor
    seconds: Mapping[str, float]


async def start_parts(look: Callable[[], Addresses], make: Callable[[Addresses], list[Child]], say: Say) -> Started:
    """Look for free ports and start the parts there; nothing runs when it is broken off or fails.

    Raises:
        UserError: a part ended or was not ready in time, although its port was its own; or no ports are free.
    """
    for starts in range(1, _MOST_STARTS + 1):
        addresses = look()
        children = make(addresses)
        supervisor = Supervisor(children, say)
        try:
            seconds = await supervisor.start()
        except UserError:  # by now all parts have ended, and whoever still listens is somebody else
            if starts == _MOST_STARTS or not addresses.are_taken():
                raise
            continue
        return Started(addresses, {child.name: child for child in children}, supervisor, seconds)
    raise AssertionError("the last start returns or raises")
