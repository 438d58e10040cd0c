"""Asking a clamd whether a file is known to be harmful: its INSTREAM command, over a socket file or TCP."""

import socket
import struct
from pathlib import Path

_SECONDS = 30.0
_AT_ONCE_SECONDS = 5.0  # for a word that costs it nothing
_PIECE = 64 * 1024


class ScannerAway(Exception):
    """It cannot be asked. What is not scanned is not taken."""


def found_in(data: bytes, address: str) -> str | None:
    """What the scanner calls the harm in `data`, or None. `address` is /path/to/clamd.sock or host:port.

    Raises:
        ScannerAway: no answer, or none that can be read.
    """
    try:
        with _connect(address) as line:
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), _PIECE):
                piece = data[start : start + _PIECE]
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
            answer = _read(line)
    except OSError as error:
        raise ScannerAway(f"the scanner at {address} does not answer: {error}") from error
    if answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    if answer == "stream: OK":
        return None
    raise ScannerAway(f"the scanner at {address} says '{answer[:100]}'")


def answers(address: str, within: float = _AT_ONCE_SECONDS) -> bool:
    """Whether the scanner is there, in so many seconds: what it could not say of a file then lies with that file."""
    try:
        with _connect(address, within) as line:
            line.sendall(b"zPING\0")
            return _read(line) == "PONG"
    except OSError:
        return False


def _connect(address: str, seconds: float = _SECONDS) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(seconds)
        try:
            line.connect(str(Path(address)))
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), seconds)


def _read(line: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < 4096:
        piece = line.recv(1024)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n").decode(errors="replace")
