"""A virus scanner on a socket file: clamd's PING and INSTREAM."""

import socket
import struct
import threading
from pathlib import Path


class Clamd:
    """What holds "EICAR" is harmful, and what holds "ENDLESS" is more than it reads."""

    def __init__(self, file: Path) -> None:
        self.address = str(file)
        file.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.address)
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line, line.makefile("rb") as given:
                said = given.read(6)
                if said == b"zPING\0":
                    line.sendall(b"PONG\0")
                    continue
                assert said + given.read(4) == b"zINSTREAM\0"
                data = b""
                while size := struct.unpack("!I", given.read(4))[0]:
                    data += given.read(size)
                line.sendall(_answer(data))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _answer(data: bytes) -> bytes:
    if b"ENDLESS" in data:
        return b"INSTREAM size limit exceeded. ERROR\0"
    return b"stream: Eicar-Test FOUND\0" if b"EICAR" in data else b"stream: OK\0"
