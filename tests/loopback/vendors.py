"""Every vendor on one loopback address, speaking real HTTP: answers come from a source, faults are planted by name.

Set LOCKSTEP_VENDOR_BASE to `Vendors(...).base`; the live door then asks here: http://127.0.0.1:PORT/<vendor host>/<path>.
"""

import ssl
import sys
import threading
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines import catalog, vendors
from pipelines.sources import Source, wire
from pipelines.sources.rendered import Rendered
from pipelines.vendors import Answer, Request
from tests.loopback import deliveries
from tests.loopback.deliveries import Delivery
from tests.loopback.faults import Fault


@dataclass
class Planted:
    """A fault in place: it spoils the next `times` answers (all of them, if None)."""

    fault: Fault
    times: int | None = None

    def take(self) -> Fault | None:
        """The fault, as long as it lasts."""
        if self.times is None:
            return self.fault
        self.times -= 1
        return self.fault if self.times >= 0 else None


class Vendors:
    """A server thread in front of a source.

    `faults[series or vendor]` spoils the answers of one series or of all of a vendor's. `asked`: the path and query of every
    question. With a `certificate` it speaks TLS.
    """

    def __init__(self, source: Source, certificate: ssl.SSLContext | None = None) -> None:
        self.source = source
        self.faults: dict[str, Planted] = {}
        self.asked: list[str] = []
        self._series = _questions()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        if certificate is not None:
            self._server.socket = certificate.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.base = f"{'http' if certificate is None else 'https'}://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def plant(self, where: str, fault: Fault, times: int | None = None) -> None:
        """Spoil the answers of a series or a vendor."""
        self.faults[where] = Planted(fault, times)

    def answer(self, target: str) -> tuple[Answer, Delivery]:
        """The answer to the path and query of one GET, and how it is delivered."""
        parts = urlsplit(target)
        params = parse_qsl(parts.query, keep_blank_values=True)
        url = f"https:/{parts.path}"
        self.asked.append(target)
        vendor, series_id = self._series.get(mark(url, dict(params))) or _of_a_contract(url)
        planted = self.faults.get(series_id) or self.faults.get(vendor)
        fault = planted.take() if planted else None
        answer = self._told(Request(vendor, series_id, url, tuple(params)), fault)
        return (fault.answer(answer), fault.deliver) if fault else (answer, deliveries.whole)

    def _told(self, request: Request, fault: Fault | None) -> Answer:
        series = catalog.by_id(request.series_id)
        if fault is None or not isinstance(self.source, Rendered):
            return self.source.send(request)
        return wire.module(request.vendor).answer(fault.table(self.source.published(series)), series, request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        here = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.close_connection = True
                answer, deliver = here.answer(self.path)
                deliver(self, answer)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the output clean."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up (a killed run, a refused certificate) is no error of the server."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def mark(url: str, params: dict[str, str]) -> str:
    """What tells the questions of two series apart: the address, and of one address the one parameter that differs."""
    return "|".join([unquote(url), *(params[name] for name in ("id", "assets", "pair", "series_id") if name in params)])


def _questions() -> dict[str, tuple[str, str]]:
    """Vendor and series of every address."""
    found = {}
    for series in catalog.load():
        for keyed in (False, True):
            for request in vendors.module(series.vendor).requests(series, None, date(2026, 8, 22), keyed=keyed):
                found[mark(request.url, dict(request.params))] = (series.vendor, series.series_id)
    return found


def _of_a_contract(url: str) -> tuple[str, str]:
    if "/chart/ZQ" in unquote(url):
        return "yahoo", "fed_funds_futures"
    raise KeyError(url)
