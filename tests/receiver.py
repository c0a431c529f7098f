"""A receiver of webhooks on loopback that does to order what receivers do: fail, be slow, break off, answer 500 twice."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = int | float | str


class Receiver:
    """`plan` says what to do with each POST in turn (its last entry with all that follow): a status; seconds of silence (a
    float) before 204; "drop": read the message and hang up without a word.

    `seen` holds every POST that was read, `taken` the ids that were accepted, as a receiver that minds idempotency keeps them.
    """

    def __init__(self, *plan: Behaviour) -> None:
        self.plan: list[Behaviour] = list(plan) or [204]
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks/T0PSECRET"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _next(self) -> Behaviour:
        return self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
                behaviour = receiver._next()
                if behaviour == "drop":
                    receiver.take(body)
                    self.connection.close()
                    return
                if isinstance(behaviour, float):
                    time.sleep(behaviour)
                status = behaviour if isinstance(behaviour, int) else 204
                if status < 300:
                    receiver.take(body)
                self._answer(status)

            def _answer(self, status: int) -> None:
                try:
                    self.send_response(status)
                    if 300 <= status < 400:
                        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass  # the sender did not wait

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def take(self, body: bytes) -> None:
        """Accept a message; the same id twice is one message."""
        document = json.loads(body)
        self.taken.setdefault(document["id"], document)


Opened = Callable[..., Receiver]
