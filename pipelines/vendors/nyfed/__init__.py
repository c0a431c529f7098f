"""New York Fed Markets API (markets.newyorkfed.org/api, no key): the Desk's operations, SOMA and the reference rates.

Owns the facts about the vendor and the questions. `series.symbol` names the family: `tsy`, `ambs`, `rp` (read by
`operations`), `soma/<field>`, `secured/<rate>` and `unsecured/<rate>` (read by `observations`). Holdings by security,
weighted average maturities and primary dealer statistics are not read. JSON reading is `pipelines.vendors.wire`.

Page: https://markets.newyorkfed.org/static/docs/markets-api.html.
"""

from datetime import date, timedelta

import polars as pl

from pipelines.catalog import Series
from pipelines.vendors import Request, Vendor, wire
from pipelines.vendors.nyfed import observations, operations

VENDOR = Vendor(
    name="nyfed",
    title="Federal Reserve Bank of New York, Markets Data",
    site="https://markets.newyorkfed.org",
    terms="https://www.newyorkfed.org/privacy/termsofuse: attribution, a non-endorsement statement, a notice beside reference rates",
    attribution=(
        "Source: Federal Reserve Bank of New York, which does not endorse this work and is not responsible for it; "
        "reference rates are subject to its Terms of Use"
    ),
    pace_seconds=1.0,
    overlap_days=30,
)
API = "https://markets.newyorkfed.org/api"
SEARCHES = {
    "tsy": "tsy/all/results/summary/search.json",
    "ambs": "ambs/all/results/summary/search.json",
    "rp": "rp/results/search.json",
}
ANNOUNCEMENTS = {
    "tsy": "tsy/all/announcements/summary/latest.json",
    "ambs": "ambs/all/announcements/summary/latest.json",
    "rp": "rp/all/all/announcements/latest.json",
}
SOMA_SUMMARY = "soma/summary.json"
FIRST_AGENCY_PURCHASES = date(2009, 1, 1)
WINDOW = timedelta(days=364)  # both ends count: at most one year an answer


def requests(series: Series, since: date | None, until: date, *, keyed: bool) -> list[Request]:
    """The questions of one series: searches of at most a year each, oldest first.

    Operations are also asked for as announced; the SOMA summary is one document with all weeks.
    """
    family, _, rate = series.symbol.partition("/")
    if family == "soma":
        return [_request(series, SOMA_SUMMARY)]
    start = since or series.history_start or FIRST_AGENCY_PURCHASES
    path = f"rates/{family}/{rate}/search.json" if rate else SEARCHES[family]
    extra = (("securityType", "both"),) if family == "tsy" else ()
    found = [_request(series, path, (*window, *extra)) for window in _windows(start, until)]
    return [*found, _request(series, ANNOUNCEMENTS[family])] if family in ANNOUNCEMENTS else found


def parse(body: bytes, series: Series, request: Request) -> pl.DataFrame:
    """Operations in dollars, or observations in `series.unit`, ascending by date; an empty list is an empty frame.

    Raises:
        Refused: a renamed or missing field (also: a document of another endpoint), an unknown status, operation type,
            direction or rate, a number or date that is none, or SOMA parts that do not add up to their total.
    """
    family, _, rest = series.symbol.partition("/")
    answer = wire.read(body)
    if family == "soma":
        return observations.soma(answer, series, field=rest)
    if rest:
        return observations.reference_rate(answer, series, rate=rest)
    return operations.read(answer, series, family)


def _windows(start: date, until: date) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    windows = []
    while start <= until:
        end = min(start + WINDOW, until)
        windows.append((("startDate", start.isoformat()), ("endDate", end.isoformat())))
        start = end + timedelta(days=1)
    return windows


def _request(series: Series, path: str, params: tuple[tuple[str, str], ...] = ()) -> Request:
    return Request(VENDOR.name, series.series_id, f"{API}/{path}", params)
