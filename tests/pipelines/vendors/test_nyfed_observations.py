"""New York Fed series: SOMA by week and reference rates by day. Values are made up unless recorded."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines.catalog import by_id
from pipelines.vendors import Refused, nyfed

BILLS = by_id("soma_bills")
TOTAL = by_id("soma_total")
SOFR = by_id("sofr_nyfed")
UNTIL = dt.date(2026, 10, 9)

WEEK = {
    "asOfDate": "2026-09-30",
    "mbs": "1000000000.50",
    "cmbs": "2000000000",
    "tips": "3000000000",
    "frn": "",
    "tipsInflationCompensation": "9000000000",
    "notesbonds": "4000000000",
    "bills": "5000000000",
    "agencies": "6000000000",
    "total": "21000000000.50",
}
RATE = {"effectiveDate": "2026-10-01", "type": "SOFR", "percentRate": 3.65, "volumeInBillions": 2900, "revisionIndicator": ""}
NOT_READ = {"tipsInflationCompensation", "volumeInBillions", "revisionIndicator"}


def summary(*rows: Any) -> dict[str, Any]:
    return {"soma": {"summary": list(rows)}}


def rates(*rows: Any) -> dict[str, Any]:
    return {"refRates": list(rows)}


def parse(answer: Any, series: Any) -> pl.DataFrame:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return nyfed.parse(body, series, nyfed.requests(series, dt.date(2026, 9, 1), UNTIL, keyed=False)[0])


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def recorded(shared: Any, name: str) -> bytes:
    return (shared / "recordings" / "nyfed" / name).read_bytes()


def test_the_recorded_soma_week_is_in_billions_and_adds_up_without_inflation_compensation(shared):
    body = recorded(shared, "soma_summary_excerpt_20211027.json")
    assert parse(body, BILLS).select("date", "vintage_date", "value").rows() == [(dt.date(2021, 10, 27), None, 326.044)]
    assert parse(body, TOTAL)["value"].to_list() == [pytest.approx(7977.5835383872, abs=1e-9)]


def test_recorded_rates_come_out_oldest_first(shared):
    frame = parse(recorded(shared, "rates_secured_sofr_search_20240601_20240606.json"), SOFR)
    assert frame["date"].to_list() == [dt.date(2024, 6, day) for day in (3, 4, 5, 6)]
    assert frame["value"].to_list() == [5.35, 5.33, 5.33, 5.33]


def test_a_blank_holding_is_null_and_counts_nothing_in_the_total():
    row = WEEK | {"bills": "", "total": "16000000000.50"}
    assert parse(summary(row), BILLS)["value"].to_list() == [None]
    assert parse(summary(row), TOTAL)["value"].to_list() == [pytest.approx(16.0000000005)]


@pytest.mark.parametrize("total", ["30000000000.50", "21000000009", "20999999990"])
def test_a_total_that_is_not_the_sum_of_its_parts_is_refused(total):
    with pytest.raises(Refused, match=r"the week of 2026-09-30 to add up.*21000000000.50"):
        parse(summary(WEEK | {"total": total}), BILLS)


def test_a_total_may_differ_by_a_dollar_a_part():
    assert parse(summary(WEEK | {"total": "21000000007"}), BILLS)["value"].to_list() == [5.0]


@pytest.mark.parametrize(
    ("answer", "series", "reason"),
    [
        (b"<html><body>Bad Gateway</body></html>", SOFR, "expected JSON.*Bad Gateway"),
        (json.dumps(summary(WEEK)).encode()[:-9], BILLS, "expected JSON"),
        ({"error": "Bad Request"}, SOFR, "expected the field 'refRates'.*Bad Request"),
        (summary(WEEK | {"bills": "n/a"}), BILLS, "a number in soma.summary.bills"),
        (summary(WEEK | {"asOfDate": "09/30/2026"}), BILLS, "a date YYYY-MM-DD in asOfDate"),
        (rates(RATE, RATE | {"type": "BGCR"}), SOFR, "expected rows of SOFR in refRates, one is of BGCR"),
        (rates(RATE | {"percentRate": None}), SOFR, "a number in percentRate"),
        (b'{"refRates": [{"effectiveDate": "2026-10-01", "type": "SOFR", "percentRate": NaN}]}', SOFR, "NaN is not JSON"),
    ],
)
def test_what_is_not_documented_is_refused(answer, series, reason):
    with pytest.raises(Refused, match=reason):
        parse(answer, series)


@pytest.mark.parametrize(
    ("wrap", "series", "row", "name"),
    [
        pytest.param(wrap, series, row, name, id=f"{series.series_id}-{name}")
        for wrap, series, row in ((summary, BILLS, WEEK), (rates, SOFR, RATE))
        for name in row
        if name not in NOT_READ
    ],
)
def test_every_field_that_is_read_is_refused_by_name_when_renamed(wrap, series, row, name):
    with pytest.raises(Refused, match=rf"expected the field '{name}' in"):
        parse(wrap(without(row, name) | {f"{name[0]}X{name[1:]}": row[name]}), series)
