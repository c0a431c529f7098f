"""What a vendor may do wrong, by name, and what must become of it: the outcome in the ledger and the reason beside it.

A fault spoils the table that the vendor would have told (`table`), the written answer (`answer`) or its way over the wire
(`deliver`). The first works for every vendor alike, for `pipelines.sources.wire` writes the spoilt table down as each does.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from pipelines.vendors import Answer
from tests.loopback import deliveries
from tests.loopback.deliveries import Delivery

MARK = 91_827_364.5  # stands in a table where the written answer then says something that is no number
NUMBERS = ("open", "high", "low", "close", "value", "accepted_usd")
HTML = b"<!DOCTYPE html><html><head><title>Will be right back</title></head><body>\xf0\x9f\x94\xa7</body></html>"
PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << >>\n%%EOF"


@dataclass(frozen=True)
class Fault:
    """One way to answer badly.

    `outcomes`: what may stand in the ledger. `reason`: a pattern in the reason of what is not accepted. `is_lossless`: where
    accepted, it brings the same rows as a good answer.
    """

    outcomes: frozenset[str]
    reason: str = ""
    table: Callable[[pl.DataFrame], pl.DataFrame] = lambda table: table
    answer: Callable[[Answer], Answer] = lambda answer: answer
    deliver: Delivery = deliveries.whole
    is_lossless: bool = True


def _says(status: int, body: bytes, **headers: str) -> Callable[[Answer], Answer]:
    return lambda _: Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def _dated(table: pl.DataFrame) -> str:
    return next(name for name in ("session_date", "date", "operation_date") if name in table.columns)


def _times(factor: float) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda table: table.with_columns(pl.col(name) * factor for name in NUMBERS if name in table.columns)


def _last_marked(table: pl.DataFrame) -> pl.DataFrame:
    """The last number of a table, replaced by MARK."""
    name = next(name for name in ("close", "value", "accepted_usd") if name in table.columns)
    return table.with_columns(pl.when(pl.int_range(pl.len()) == pl.len() - 1).then(MARK).otherwise(pl.col(name)).alias(name))


def _marked_as(word: bytes) -> Callable[[Answer], Answer]:
    """MARK, as a number or a text, in units or thousandths of them, written as a word."""
    written = re.compile(rb'"?(91827364\.5|91827\.3645|91827364500000000)\d*"?|"?91827364"?')
    return lambda answer: Answer(answer.status, written.sub(word, answer.body), answer.headers)


def _with_a_future_row(table: pl.DataFrame) -> pl.DataFrame:
    last = table.tail(1).with_columns(pl.col(_dated(table)) + timedelta(days=400))
    if "operation_id" in last.columns:
        last = last.with_columns(operation_id=pl.lit("FUTURE 1"))
    return pl.concat([table, last])


def _without_a_year(table: pl.DataFrame) -> pl.DataFrame:
    """The last year but the last week missing."""
    day = pl.col(_dated(table))
    return table.filter((day < day.max() - timedelta(days=372)) | (day > day.max() - timedelta(days=7)))


def _told_twice(table: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([table, table.tail(3)]).sort(_dated(table), maintain_order=True)


def _turned(table: pl.DataFrame) -> pl.DataFrame:
    """The last year newest first, behind what came before."""
    return pl.concat([table.head(-365), table.tail(365).reverse()])


def _half(answer: Answer) -> Answer:
    return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)


REFUSED, UNREACHABLE, ACCEPTED = frozenset({"refused"}), frozenset({"unreachable"}), frozenset({"accepted"})
EITHER = ACCEPTED | REFUSED
NO_NUMBER = r"JSON|expected (a|the) |number|statement"

FAULTS = {
    "429_with_retry_after": Fault(REFUSED, "HTTP 429", answer=_says(429, b"slow down", Retry_After="3600")),
    "429_without_retry_after": Fault(REFUSED, "HTTP 429", answer=_says(429, b"slow down")),
    "500": Fault(REFUSED, "HTTP 500: oops", answer=_says(500, b"oops")),
    "503_with_html": Fault(REFUSED, "HTTP 503: <!DOCTYPE", answer=_says(503, HTML, Content_Type="text/html")),
    "slow_bytes": Fault(UNREACHABLE, "by the deadline", deliver=deliveries.trickles),
    "silence": Fault(UNREACHABLE, "timed out", deliver=deliveries.is_silent),
    "reset_in_the_middle": Fault(UNREACHABLE, r"(?i)reset|broken", deliver=deliveries.resets),
    "no_byte": Fault(UNREACHABLE, "(?i)aborted|reset", deliver=deliveries.hangs_up),
    "cut_short": Fault(UNREACHABLE, "(?i)incompleteread|broken", deliver=deliveries.cut),
    "chunk_cut_short": Fault(UNREACHABLE, "(?i)incompleteread|broken|ended prematurely", deliver=deliveries.breaks_off_a_chunk),
    "gzip_cut_short": Fault(UNREACHABLE, "gzip stream does not end", deliver=deliveries.packed_and_cut),
    "truncated_body": Fault(REFUSED, "(?i)json|cut off", answer=_half),
    "html_with_status_200": Fault(REFUSED, "(?i)html", answer=_says(200, HTML, Content_Type="text/html")),
    "another_document": Fault(REFUSED, "PDF", answer=_says(200, PDF, Content_Type="application/pdf")),
    "wrong_content_type": Fault(ACCEPTED, answer=lambda answer: Answer(answer.status, answer.body, {"Content-Type": "image/png"})),
    "empty_body": Fault(REFUSED, "''", answer=_says(200, b"")),
    "50_mb_of_nothing": Fault(REFUSED, "JSON|header", answer=lambda _: Answer(200, b" " * 50_000_000), deliver=deliveries.packed),
    "gzip_bomb": Fault(
        UNREACHABLE, "longer than 67,108,864 bytes", answer=lambda _: Answer(200, b"0" * 70_000_000), deliver=deliveries.packed
    ),
    "redirect_elsewhere": Fault(UNREACHABLE, "redirects from", answer=_says(302, b"", Location="https://elsewhere.example/login")),
    "redirect_in_a_circle": Fault(UNREACHABLE, "redirects more than", answer=_says(302, b"", Location="")),
    "not_found": Fault(REFUSED, "HTTP 404", answer=_says(404, b"no such thing")),
    "duplicate_rows": Fault(EITHER, "unique|twice|one candle|two|rows", table=_told_twice),
    "reordered_rows": Fault(EITHER, "opening balance", table=_turned),
    "a_year_missing": Fault(EITHER, "", table=_without_a_year, is_lossless=False),
    "units_times_1000": Fault(REFUSED, "unit changed|not above", table=_times(1000)),
    "units_by_1000": Fault(REFUSED, "unit changed|not below", table=_times(0.001)),
    "future_dates": Fault(REFUSED, "not after", table=_with_a_future_row),
    "nan": Fault(REFUSED, NO_NUMBER, table=_last_marked, answer=_marked_as(b"NaN")),
    "nan_as_text": Fault(REFUSED, NO_NUMBER, table=_last_marked, answer=_marked_as(b'"nan"')),
    "infinity": Fault(REFUSED, NO_NUMBER, table=_last_marked, answer=_marked_as(b"-Infinity")),
    "beyond_a_double": Fault(REFUSED, NO_NUMBER, table=_last_marked, answer=_marked_as(b"1e999")),
}
