"""A page of a shop's own site, at another origin than the desk; its policy allows what the guide says and no more."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop</title>{style}<script async src="{desk}/widget.js" {data}></script></head>
<body><main><h1>Linen, bowls and lamps</h1><p>Everything is made slowly.</p>
<p><a href="#more">Read more</a></p></main></body></html>"""


class ShopPage:
    """Serves one page, whatever the path. `data` are attributes of the script's element, as HTML."""

    def __init__(self) -> None:
        self.desk, self.data, self.language, self.style = "", "", "en", ""
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = b"" if self.path.endswith(".ico") else page.html.encode()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-security-policy", page.policy)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def html(self) -> str:
        return PAGE.format(desk=self.desk, data=self.data, language=self.language, style=self.style)

    @property
    def policy(self) -> str:
        """What docs/guides/widget.md tells a shop to allow."""
        socket = self.desk.replace("http", "ws", 1)
        styles = " style-src 'unsafe-inline';" if self.style else ""
        return f"default-src 'none'; script-src {self.desk}; connect-src {self.desk} {socket}; img-src blob:;{styles}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
