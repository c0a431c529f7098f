"""How an answer goes over the wire: whole, broken off, slow, elsewhere. Each writes one HTTP answer to a request handler.

Owns what a connection can do. What an answer says is `tests.loopback.faults`, which vendor says it `tests.loopback.vendors`.
"""

import contextlib
import gzip
import socket
import struct
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from pipelines.vendors import Answer

Delivery = Callable[[BaseHTTPRequestHandler, Answer], None]


def whole(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """As it is."""
    _head(handler, answer, len(answer.body))
    handler.wfile.write(answer.body)


def packed(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """Gzipped."""
    whole(handler, _packed(answer))


def packed_and_cut(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """Gzipped, and the last bytes never written, of which the header knows nothing: only the gzip stream shows it."""
    sent = _packed(answer)
    whole(handler, Answer(sent.status, sent.body[: max(len(sent.body) - 20, 1)], sent.headers))


def cut(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """The first half of what the header promises."""
    _head(handler, answer, len(answer.body) + 1)
    handler.wfile.write(answer.body[: len(answer.body) // 2])


def resets(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """Half an answer, then a connection reset instead of the rest."""
    cut(handler, answer)
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def hangs_up(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """No byte at all."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def breaks_off_a_chunk(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """A chunk shorter than it says, and no last one."""
    handler.send_response(answer.status)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    half = answer.body[: len(answer.body) // 2 + 1]
    handler.wfile.write(b"%x\r\n%s" % (len(answer.body) + 1, half))


def trickles(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """A byte now and then, each well within any read limit; the whole answer would take hours."""
    _head(handler, answer, len(answer.body) + 100_000)
    with contextlib.suppress(OSError):  # the caller gives up, which is the point
        for _ in range(200):
            handler.wfile.write(b" ")
            time.sleep(0.05)


def is_silent(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """An open connection on which nothing comes."""
    time.sleep(3)


def _packed(answer: Answer) -> Answer:
    return Answer(answer.status, gzip.compress(answer.body, compresslevel=1), {**answer.headers, "Content-Encoding": "gzip"})


def _head(handler: BaseHTTPRequestHandler, answer: Answer, length: int) -> None:
    handler.send_response(answer.status)
    for name, value in {"Content-Type": "application/json", **answer.headers}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(length))
    handler.send_header("Connection", "close")
    handler.end_headers()
