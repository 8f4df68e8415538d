"""A real HTTP server on this machine that answers as it is told, or not at all."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True, slots=True)
class Request:
    """What a client has sent."""

    headers: Mapping[str, str]
    body: bytes


class WebhookServer:
    """Answers with the statuses in `answers`, one by one, then with 200."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[int | str] = []
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = owner.answers.pop(0) if owner.answers else 200
                owner.requests.append(Request(dict(self.headers), body))
                match answer:
                    case int():
                        self.send_response(answer)
                        self.send_header("Location", f"{owner.url}/elsewhere")
                        self.end_headers()
                    case "hang":
                        owner.closing.wait(30)
                    case _:
                        self.wfile.write(b"no HTTP at all\r\n\r\n")

            def do_GET(self) -> None:
                owner.requests.append(Request(dict(self.headers), b"a redirect was followed"))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Print nothing."""

        return Handler

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
