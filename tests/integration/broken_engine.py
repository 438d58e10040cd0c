"""An engine that answers with whatever bytes it is told to, or hangs up."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

HANG_UP = (0, b"")


class BrokenEngine:
    """`answers` are (status, body), one for each request; the last one stays. Between them `asked` counts."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.wait = threading.Event()  # when `slow`, an answer goes out as soon as this is set
        self.slow = False

    def start(self) -> Self:
        engine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                engine.asked += 1
                if engine.slow:
                    engine.wait.wait(30)
                status, body = engine.answers.pop(0) if len(engine.answers) > 1 else engine.answers[0]
                if (status, body) == HANG_UP:
                    return
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, client: None  # type: ignore[assignment, method-assign]
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.wait.set()
        self._server.shutdown()
        self._server.server_close()
