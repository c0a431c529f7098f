"""One good answer of every form that a vendor has: written by `pipelines.sources.wire` from the sample, the rest by hand."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from bench.fuzz.reading import Seed
from pipelines import catalog, vendors
from pipelines.sources.sample import Sample
from pipelines.vendors import fred, nyfed
from tests.loopback.source import Moving

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
RENDERED = ("sp500", "on_rrp", "gold", "treasury_cash_daily", "treasury_outright_operations")
RENDERED += ("btc_usd_coinbase", "btc_usd_kraken", "btc_usd_coinmetrics", "treasury_general_account")
REPO = {
    "operationId": "RP 120125 1",
    "auctionStatus": "Results",
    "operationDate": "2025-12-01",
    "settlementDate": "2025-12-01",
    "maturityDate": "2025-12-02",
    "operationType": "Repo",
    "term": "Overnight",
    "closeTime": "13:45",
    "note": "",
    "lastUpdated": "2025-12-01 13:46:10",
    "totalAmtSubmitted": 1e9,
    "totalAmtAccepted": 1e9,
    "details": [{"securityType": "Treasury", "percentOfferingRate": 4.0, "amtAccepted": 1e9}],
}
AGENCY = {
    "operationId": "MBS 1",
    "auctionStatus": "Results",
    "operationDate": "2025-12-01",
    "settlementDate": "2025-12-15",
    "operationType": "Outright Specified Pool Sales",
    "operationDirection": "S",
    "closeTime": "11:45",
    "note": "Small value.",
    "lastUpdated": "2025-12-01 12:00:00",
    "totalAmtSubmittedPar": "",
    "totalSubmittedCurrFace": "100000000",
    "totalAmtAcceptedPar": "",
    "totalAcceptedCurrFace": "50000000",
}
ANNOUNCED = {
    "operationId": "OT 1",
    "auctionStatus": "Announced",
    "operationDate": "2025-12-12",
    "settlementDate": "2025-12-15",
    "operationType": "Outright Bill Purchase",
    "operationDirection": "P",
    "closeTime": "09:20",
    "note": "",
    "lastUpdated": "",
    "maturityRangeStart": "2026-01-15",
    "maturityRangeEnd": "2026-04-07",
}
SOMA = dict.fromkeys(("mbs", "cmbs", "tips", "frn", "notesbonds", "agencies", "tipsInflationCompensation"), "1000.00")
UNITS = {"seriess": [{"id": "WALCL", "units": "Millions of U.S. Dollars", "frequency_short": "W"}]}
VINTAGES = {"count": 2, "offset": 0, "limit": 10000, "vintage_dates": ["2025-12-04", "2025-12-11"]}
OBSERVATIONS = {
    "realtime_start": "2025-12-04",
    "realtime_end": "9999-12-31",
    "count": 3,
    "offset": 0,
    "limit": 2,
    "observations": [
        {"realtime_start": "2025-12-04", "realtime_end": "2025-12-10", "date": "2025-12-03", "value": "6535781.0"},
        {"realtime_start": "2025-12-11", "realtime_end": "9999-12-31", "date": "2025-12-03", "value": "."},
    ],
}


@cache
def seeds() -> tuple[Seed, ...]:
    """Every seed; each is read without a complaint."""
    source = Moving(Sample(NOW))
    found = [_rendered(source, name) for name in RENDERED]
    found += [
        _keyed("fred_units", fred.SERIES, UNITS),
        _keyed("fred_vintages", fred.VINTAGE_DATES, VINTAGES),
        _keyed("fred_observations", fred.OBSERVATIONS, OBSERVATIONS),
        _nyfed("repo_operations", {"repo": {"operations": [REPO, {**REPO, "operationId": "RP 2", "operationType": "Reverse Repo"}]}}),
        _nyfed("agency_outright_operations", {"ambs": {"auctions": [AGENCY]}}),
        _nyfed("treasury_outright_operations", {"treasury": {"auctions": [ANNOUNCED]}}, nyfed.ANNOUNCEMENTS["tsy"]),
        _nyfed("soma_bills", {"soma": {"summary": [{**SOMA, "asOfDate": "2025-12-10", "bills": "2000.00", "total": "8000.00"}]}}),
        _nyfed("sofr_nyfed", {"refRates": [{"effectiveDate": "2025-12-10", "type": "SOFR", "percentRate": 3.9}]}),
    ]
    return tuple(found)


def _rendered(source: Moving, name: str) -> Seed:
    series = catalog.by_id(name)
    since = (NOW - timedelta(days=40 if series.vendor != "fiscaldata" else 4)).date()
    request = vendors.module(series.vendor).requests(series, since, NOW.date(), keyed=False)[0]
    told = source.table(series)
    if series.vendor in ("lbma", "kraken"):  # they answer with all they have
        source = _Last(source)
    assert told.height
    return Seed(name, request, source.send(request).body)


class _Last(Moving):
    """The last rows only."""

    def table(self, series: catalog.Series):
        return super().table(series).tail(25)


def _keyed(name: str, url: str, answer: dict) -> Seed:
    series = catalog.by_id("fed_total_assets")
    first = vendors.module("fred").requests(series, date(2019, 1, 1), date(2026, 3, 30), keyed=True)[0]
    notes = (("units", "Millions of U.S. Dollars"), *first.notes)
    window = (("realtime_start", "2025-12-04"), ("realtime_end", fred.OPEN_END)) if url == fred.OBSERVATIONS else ()
    return Seed(name, replace(first, url=url, params=(*first.params, *window), notes=notes), json.dumps(answer).encode())


def _nyfed(name: str, answer: dict, path: str = "") -> Seed:
    series = catalog.by_id(name)
    request = vendors.module("nyfed").requests(series, date(2025, 11, 1), date(2026, 3, 30), keyed=False)[0]
    if path:
        request = replace(request, url=f"{nyfed.API}/{path}", params=())
    return Seed(f"{name}_announced" if path else name, request, json.dumps(answer).encode())
