"""A local HTTP server that answers like the metadata services of the clouds."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "a-token"  # noqa: S105 - what the fake hands out
AWS = {"/latest/meta-data/placement/region": "eu-north-1"}
GOOGLE = {"/computeMetadata/v1/instance/zone": "projects/1/zones/europe-north1-b"}
CLOUD_RUN = {"/computeMetadata/v1/instance/region": "projects/1/regions/europe-west9"}
AZURE = {"/metadata/instance/compute/location?api-version=2021-02-01&format=text": "swedencentral"}
ECS = {"/v4/0123/task": '{"Cluster": "c", "AvailabilityZone": "eu-west-3a"}'}


@dataclass
class FakeMetadata:
    """What a server answers, what it does before that, and what it was asked."""

    address: str
    answers: dict[str, str]
    before_answer: Callable[[], object] = lambda: None
    signed: bool = True
    asked: list[str] = field(default_factory=list)

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer only requests that carry what the real service asks for."""
        self.asked.append(f"{handler.command} {handler.path}")
        self.before_answer()
        answer = self._answer(handler)
        handler.send_response(200 if answer is not None else 404)
        if self.signed:
            handler.send_header("Metadata-Flavor", "Google")
        handler.end_headers()
        handler.wfile.write((answer or "").encode())

    def _answer(self, handler: BaseHTTPRequestHandler) -> str | None:
        headers = handler.headers
        if handler.path == "/latest/api/token":
            wanted = handler.command == "PUT" and headers["X-aws-ec2-metadata-token-ttl-seconds"]
            return TOKEN if wanted else None
        if handler.path.startswith("/latest/") and headers["X-aws-ec2-metadata-token"] != TOKEN:
            return None
        if handler.path.startswith("/computeMetadata/") and headers["Metadata-Flavor"] != "Google":
            return None
        if handler.path.startswith("/metadata/") and headers["Metadata"] != "true":
            return None
        return self.answers.get(handler.path)


@contextmanager
def metadata_server(answers: dict[str, str]) -> Iterator[FakeMetadata]:
    """A server that is up while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.respond(self)

        do_PUT = do_GET  # noqa: N815 - the same

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = FakeMetadata(f"127.0.0.1:{server.server_port}", answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
