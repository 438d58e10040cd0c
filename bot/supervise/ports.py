"""Free ports on this machine."""

import socket

from bot.errors import UserError


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def choose(host: str, wished: int, *, fixed: bool = False, taken: tuple[int, ...] = ()) -> int:
    """`wished` when it is free, else the next free one above it, not in `taken`.

    Raises:
        UserError: `fixed` and not free, or nothing free in the next hundred.
    """
    for port in range(wished, wished + 100):
        if port not in taken and is_free(host, port):
            return port
        if fixed:
            raise UserError(
                f"port {wished} on {host} is in use",
                "Another program listens there.",
                f"Stop it, or choose another: --port {wished + 1}",
            )
    raise UserError(f"no free port from {wished} to {wished + 99} on {host}", "", "Choose a range with --port.")
