"""Every vendor on one loopback address, speaking real HTTP: answers come from a source, faults are planted by name.

Set LOCKSTEP_VENDOR_BASE to `Vendors(...).base`; the live door then asks here: http://127.0.0.1:PORT/<vendor host>/<path>.
"""

import threading
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines import catalog, vendors
from pipelines.sources import Source
from pipelines.vendors import Answer, Request

Fault = Callable[[Answer], Answer]


def _questions() -> dict[str, tuple[str, str]]:
    """Vendor and series of every address, with the one parameter that tells series of one address apart."""
    found = {}
    for series in catalog.load():
        for request in vendors.module(series.vendor).requests(series, None, date(2026, 8, 22), keyed=False):
            found[_mark(request.url, dict(request.params))] = (series.vendor, series.series_id)
    return found


def _mark(url: str, params: dict[str, str]) -> str:
    return "|".join([unquote(url), *(params[name] for name in ("id", "assets", "pair") if name in params)])


class Vendors:
    """A server thread in front of a source. `faults[vendor]` turns that vendor's answers into what it should not send."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: dict[str, Fault] = {}
        self.asked: list[str] = []
        self._series = _questions()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, target: str) -> Answer:
        """The answer to the path and query of one GET."""
        parts = urlsplit(target)
        params = parse_qsl(parts.query, keep_blank_values=True)
        url = f"https:/{parts.path}"
        vendor, series_id = self._series.get(_mark(url, dict(params))) or self._of_a_contract(url)
        self.asked.append(target)
        answer = self.source.send(Request(vendor, series_id, url, tuple(params)))
        fault = self.faults.get(series_id) or self.faults.get(vendor)
        return fault(answer) if fault else answer

    def _of_a_contract(self, url: str) -> tuple[str, str]:
        if "/chart/ZQ" in unquote(url):
            return "yahoo", "fed_funds_futures"
        raise KeyError(url)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendors_here = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = vendors_here.answer(self.path)
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers, "Content-Length": str(len(answer.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
