"""FRED and ALFRED (Federal Reserve Bank of St. Louis): the keyless CSV of one series, or the API with its vintages.

Owns the questions of both doors, FRED's unit texts, and the one change of scale inside a series' history. With a key the
questions follow from each other: the units, the vintage dates, then the observations, window by window and page by page.
When a value could be known is `pipelines.knowledge`; that a clipped vintage says nothing new is found out on loading.

Pages: https://fred.stlouisfed.org/docs/api/fred/ (series, series_vintagedates, series_observations).
"""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.vendors import Refused, Request, Vendor, wire

VENDOR = Vendor(
    name="fred",
    title="FRED, Federal Reserve Bank of St. Louis",
    site="https://fred.stlouisfed.org",
    terms="https://fred.stlouisfed.org/docs/api/terms_of_use.html: free with the notice below; copyrighted series keep their owner's terms",
    attribution="This product uses the FRED® API but is not endorsed or certified by the Federal Reserve Bank of St. Louis",
    pace_seconds=1.0,  # half of the 120 requests a minute a key may ask
    overlap_days=45,  # a month and a half: the last restatements (RRPONTSYD, NFCI, M2SL) and the latest publication (H.4.1, five days)
    key="FRED_API_KEY",
    key_param="api_key",
)
GRAPH = "https://fred.stlouisfed.org/graph/fredgraph.csv"
API = "https://api.stlouisfed.org/fred"
SERIES, VINTAGE_DATES, OBSERVATIONS = f"{API}/series", f"{API}/series/vintagedates", f"{API}/series/observations"
OPEN_END = "9999-12-31"
VINTAGES_A_QUESTION = 1900  # FRED answers at most 2000; the rest is room for those that appear while we ask
MISSING = ("", ".")
LATEST_ONLY = {"SP500", "DJIA", "NASDAQ100", "BAMLH0A0HYM2"}  # of S&P, Nasdaq and ICE: not in ALFRED, HTTP 400 to a question for vintages

DIVISORS: dict[tuple[str, str], float] = {
    ("USD millions", "USD billions"): 1000.0,
    **{(f"Millions of {dollars}", "USD billions"): 1000.0 for dollars in ("Dollars", "U.S. Dollars", "US Dollars")},
    **{(f"Billions of {dollars}", "USD billions"): 1.0 for dollars in ("Dollars", "U.S. Dollars", "US Dollars")},
    ("Percent", "percent"): 1.0,
    ("Index", "index"): 1.0,
    ("Index", "index points"): 1.0,
}
RESCALED = {"WTREGEN", "WRESBAL"}
MILLIONS_SINCE = date(2025, 11, 22)  # FRED changed them on a day between August and 21 November 2025
TOO_MANY_BILLIONS = 20_000


def requests(series: Series, since: date | None, until: date, *, keyed: bool) -> list[Request]:
    """Without a key, one CSV with today's values; with it, the series' units, from which `following` goes on."""
    if not keyed:
        start = (("cosd", since.isoformat()),) if since else ()
        return [Request(VENDOR.name, series.series_id, GRAPH, (("id", series.symbol), *start))]
    notes = (*((("since", since.isoformat()),) if since else ()), ("until", until.isoformat()))
    params = (("series_id", series.symbol), ("file_type", "json"))
    return [Request(VENDOR.name, series.series_id, SERIES, params, key=VENDOR.key, notes=notes)]


def following(request: Request, body: bytes) -> Request | None:
    """From the units to the vintage dates (a short re-read needs none) to the observations; then their next page or window.

    Raises:
        Refused: see `parse`.
    """
    if request.url == GRAPH:
        return None
    answer = _document(body)
    if request.url == SERIES:
        return _after_units(replace(request, notes=(("units", _units(answer, request)), *request.notes)))
    if request.url == VINTAGE_DATES:
        return _window(request, _starts(_vintage_dates(answer), request.note("since")))
    rows = len(wire.items(answer, "observations", "the answer"))
    taken = int(request.param("offset") or 0) + rows
    if taken < _count(answer):
        return request.with_param("offset", str(taken)) if rows else None
    waiting = (request.note("windows") or "").split()
    return _window(request, waiting) if waiting else None


def parse(body: bytes, series: Series, request: Request) -> pl.DataFrame:
    """Observations in `series.unit`, ascending by date; "." and blank are null. Units and vintage dates are empty frames.

    `vintage_date` is the row's `realtime_start`. FRED clips it to the asked window: at the window's first day it only
    says that the value was already the published one. Such rows are kept; a value that is not new adds nothing on
    loading, where the window before (or the warehouse) has told its true first day. The CSV, and an answer as of one
    single day, have no vintages: null.

    Raises:
        Refused: HTML, a ZIP (series of several frequencies), an empty or cut-off body, FRED's error message, another
            series, window or page than asked, units nobody has mapped, a missing field, a date or number that is none.
    """
    if request.url == GRAPH:
        return _frame(_graph_rows(body, series.symbol), series, series.vendor_unit or series.unit)
    answer = _document(body)
    if request.url == SERIES:
        _divisor(_units(answer, request), series)
        return schemas.empty("observations")
    if request.url == VINTAGE_DATES:
        _vintage_dates(answer)
        return schemas.empty("observations")
    return _frame(_observation_rows(answer, request), series, request.note("units"))


def _after_units(request: Request) -> Request:
    since = request.note("since")
    if request.param("series_id") in LATEST_ONLY:
        return _window(request, [])
    if since and _days_between(since, dict(request.notes)["until"]) < VINTAGES_A_QUESTION:
        return _window(request, [since])
    return replace(request, url=VINTAGE_DATES, params=(*request.params, ("limit", "10000")))


def _days_between(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def _starts(vintages: list[date], since: str | None) -> list[str]:
    """First days of windows that hold at most `VINTAGES_A_QUESTION` vintage dates each."""
    if since:
        first = date.fromisoformat(since)
        vintages = [first, *(day for day in vintages if day > first)]
    return [day.isoformat() for day in vintages[::VINTAGES_A_QUESTION]]


def _window(request: Request, starts: list[str]) -> Request:
    """The first page of the window at `starts[0]`, up to the next start; the others wait in the notes. No start: today's values."""
    realtime = ()
    if starts:
        end = date.fromisoformat(starts[1]) - timedelta(days=1) if starts[1:] else OPEN_END
        realtime = (("realtime_start", starts[0]), ("realtime_end", str(end)))
    since = request.note("since")
    params = (
        ("series_id", request.param("series_id") or ""),
        ("file_type", "json"),
        *realtime,
        *((("observation_start", since),) if since else ()),
        ("sort_order", "asc"),
        ("limit", "100000"),
        ("offset", "0"),
    )
    notes = tuple((name, text) for name, text in request.notes if name != "windows")
    return replace(request, url=OBSERVATIONS, params=params, notes=(*notes, ("windows", " ".join(starts[1:]))))


def _document(body: bytes) -> Any:
    answer = wire.read(body)
    if isinstance(answer, dict) and "error_message" in answer:
        raise Refused(f"FRED answers with an error: {answer['error_message']}")
    return answer


def _units(answer: Any, request: Request) -> str:
    found, asked = wire.items(answer, "seriess", "the answer"), request.param("series_id")
    names = [wire.text(one, "id", "seriess") for one in found]
    if names != [asked]:
        raise Refused(f"expected the series {asked} in seriess, there is {names}")
    return wire.text(found[0], "units", "seriess")


def _vintage_dates(answer: Any) -> list[date]:
    days = [wire.day(day, "vintage_dates") for day in wire.items(answer, "vintage_dates", "the answer")]
    if not days or len(days) != _count(answer):
        raise Refused(f"expected all vintage dates in one answer, there are {len(days)} of {_count(answer)}")
    return days


def _count(answer: Any) -> int:
    return int(wire.number(wire.field(answer, "count", "the answer"), "count"))


def _graph_rows(body: bytes, symbol: str) -> list[dict[str, Any]]:
    """Rows of the CSV, by position: the first header was DATE until 2024 and is observation_date since."""
    if body[:2] == b"PK":
        raise Refused("expected the CSV of one series, a ZIP came: series of several frequencies")
    written = body.decode("utf-8", "replace")
    header, *lines = written.splitlines() or [""]
    if not re.fullmatch(rf"\w+,{re.escape(symbol)}(_\d{{8}})?", header):
        raise Refused(f"expected a CSV with the header observation_date,{symbol}, the answer begins {header[:200]!r}")
    if not written.endswith("\n"):
        raise Refused(f"expected the CSV to end with its line, it is cut off after {lines[-1:] or [header]}")
    cells = [line.split(",") for line in lines]
    for row in cells:
        if len(row) != 2:
            raise Refused(f"expected a date and a value in a row of the CSV, it reads {row}")
    return [{"date": wire.day(day, "the CSV"), "vintage_date": None, "value": _value(text)} for day, text in cells]


def _observation_rows(answer: Any, request: Request) -> list[dict[str, Any]]:
    rows = wire.items(answer, "observations", "the answer")
    for name in ("realtime_start", "realtime_end", "offset"):
        asked, told = request.param(name), str(wire.field(answer, name, "the answer"))
        if asked not in (None, told):
            raise Refused(f"expected the answer for {name} {asked}, it is for {told}")
    if not rows and _count(answer) > wire.number(answer["offset"], "offset"):
        raise Refused(f"expected rows from {answer['offset']} of {_count(answer)} on, the page is empty")
    has_vintages = answer["realtime_start"] != answer["realtime_end"]
    return [
        {
            "date": wire.day(wire.field(row, "date", "an observation"), "date"),
            "vintage_date": wire.day(wire.field(row, "realtime_start", "an observation"), "realtime_start") if has_vintages else None,
            "value": _value(wire.text(row, "value", "an observation")),
        }
        for row in rows
    ]


def _value(text: str) -> float | None:
    return None if text in MISSING else wire.number(text, "an observation's value")


def _frame(rows: list[dict[str, Any]], series: Series, units: str | None) -> pl.DataFrame:
    divisor = _divisor(units, series)
    divisors = _divisors_by_vintage(rows) if series.symbol in RESCALED else {}
    for row in rows:  # not in polars: it multiplies by 1/1000, and 6254 millions come out as 6.2540000000000004 billions
        if row["value"] is not None:
            row["value"] /= divisors.get(row["vintage_date"], divisor)
    frame = pl.DataFrame(rows, schema=schemas.polars_schema("observations"))
    return frame.with_columns(series_id=pl.lit(series.series_id))


def _divisors_by_vintage(rows: list[dict[str, Any]]) -> dict[date | None, float]:
    """What the values of WTREGEN and WRESBAL are divided by to be billions.

    They came in billions with three decimals until autumn 2025 and come in millions since, all history included. ALFRED
    keeps both. The values of one vintage share their scale, and no vintage in billions holds a value of 20,000; single
    values do not tell (reserves were 2,795 millions in 2006 and 4,276 billions in 2021).
    """
    largest: dict[date | None, float] = {}
    for row in rows:
        largest[row["vintage_date"]] = max(largest.get(row["vintage_date"], 0.0), abs(row["value"] or 0.0))
    return {day: 1000.0 if size >= TOO_MANY_BILLIONS or (day and day >= MILLIONS_SINCE) else 1.0 for day, size in largest.items()}


def _divisor(units: str | None, series: Series) -> float:
    if units == series.unit:
        return 1.0
    known = sorted(text for text, unit in DIVISORS if unit == series.unit)
    if units is None or (units, series.unit) not in DIVISORS:
        raise Refused(f"expected {series.symbol} in one of the units {known}, FRED states {units!r}")
    return DIVISORS[units, series.unit]
