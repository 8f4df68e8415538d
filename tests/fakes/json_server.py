"""A local HTTP server that answers with JSON, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]


@dataclass
class JsonServer:
    """What a server answers by path without its query: JSON, an int as a status, or raw text.

    `slowly` has what makes an answer, and may take its time.
    """

    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    slowly: dict[str, Callable[[], Any]] = field(default_factory=dict)

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request; a text is sent as it is, a `Location` is redirected to."""
        self.asked.append(Asked(handler.path, dict(handler.headers)))
        path = handler.path.partition("?")[0]
        answer = self.slowly[path]() if path in self.slowly else self.answers.get(path, 404)
        status = answer if isinstance(answer, int) else 200
        if isinstance(answer, Redirect):
            status = 302
        handler.send_response(status)
        if isinstance(answer, Redirect):
            handler.send_header("Location", answer.to)
        handler.end_headers()
        if status == 200:
            handler.wfile.write(
                (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            )


@dataclass(frozen=True)
class Redirect:
    """An answer that sends the asker elsewhere."""

    to: str


@contextmanager
def json_server(answers: dict[str, Any]) -> Iterator[JsonServer]:
    """A server that is up while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.respond(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = JsonServer(f"http://127.0.0.1:{server.server_port}", answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
