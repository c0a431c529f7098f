"""FRED: both doors, units and the 2025 change of scale, windows of vintages. Values are made up unless recorded."""

import datetime as dt
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import polars as pl
import pytest

from pipelines import schemas, vendors
from pipelines.catalog import Series, by_id
from pipelines.vendors import Refused, Request, fred

UNTIL = dt.date(2026, 8, 21)
PERCENT = by_id("effr")


def series_of(symbol: str, unit: str = "percent", vendor_unit: str | None = None) -> Series:
    return PERCENT.model_copy(update={"series_id": symbol.lower(), "symbol": symbol, "unit": unit, "vendor_unit": vendor_unit})


def read_graph(body: str | bytes, series: Series = PERCENT) -> pl.DataFrame:
    asked = fred.requests(series, None, UNTIL, keyed=False)[0]
    return vendors.module("fred").parse(body if isinstance(body, bytes) else body.encode(), series, asked)


def window(
    series: Series = PERCENT, units: str = "Percent", start: str | None = "2020-01-01", end: str = fred.OPEN_END, offset: int = 0
) -> Request:
    realtime = (("realtime_start", start), ("realtime_end", end)) if start else ()
    params = (("series_id", series.symbol), ("file_type", "json"), *realtime, ("offset", str(offset)))
    return Request("fred", series.series_id, fred.OBSERVATIONS, params, key="FRED_API_KEY", notes=(("units", units), ("windows", "")))


def answer(rows: list[tuple[str, str, str]], start: str = "2020-01-01", end: str = fred.OPEN_END, **said: Any) -> bytes:
    """Observations as FRED sends them, from (realtime_start, date, value)."""
    observations = [{"realtime_start": known, "realtime_end": fred.OPEN_END, "date": day, "value": value} for known, day, value in rows]
    head = {"realtime_start": start, "realtime_end": end, "units": "lin", "output_type": 1, "count": len(rows), "offset": 0}
    return json.dumps({**head, "limit": 100000, **said, "observations": observations}).encode()


def metadata(symbol: str = "EFFR", units: str = "Percent") -> bytes:
    return json.dumps({"seriess": [{"id": symbol, "title": "made up", "units": units}]}).encode()


def vintage_dates(days: list[dt.date], count: int | None = None) -> bytes:
    return json.dumps({"count": count or len(days), "offset": 0, "vintage_dates": [str(day) for day in days]}).encode()


def daily(start: dt.date, n: int) -> list[dt.date]:
    return [start + dt.timedelta(days=i) for i in range(n)]


# recordings


def recorded_request(path: Any) -> Request:
    """The question that a recording answers, as its sidecar has it; the units are those of the recorded metadata."""
    if path.suffix == ".csv":
        return Request("fred", "recorded", fred.GRAPH, (("id", path.stem.split("_")[1]),))
    url = urlsplit(json.loads(path.with_name(f"{path.name}.meta.json").read_text())["url"])
    return Request(
        "fred", "recorded", f"{url.scheme}://{url.netloc}{url.path}", tuple(parse_qsl(url.query)), notes=(("units", "Billions of Dollars"),)
    )


def test_every_recording_is_read_whole_or_refused_as_its_sheet_says(shared, subtests):
    paths = [path for path in sorted((shared / "recordings" / "fred").iterdir()) if not path.name.endswith(".meta.json")]
    assert paths
    for path in paths:
        with subtests.test(path.name):
            read_recording(path)


def read_recording(path: Any) -> None:
    body, request = path.read_bytes(), recorded_request(path)
    if path.suffix == ".csv":
        symbol = request.param("id") or ""
        lines = body.decode().splitlines()[1:]
        frame = fred.parse(body, series_of(symbol), request)
        assert frame.height == len(lines)
        assert frame["value"].null_count() == sum(line.endswith(",") for line in lines)
        first, last = (line.split(",") for line in (lines[0], lines[-1]))
        assert frame.row(0)[1:] == (dt.date.fromisoformat(first[0]), None, float(first[1]))
        assert frame.row(-1)[1:] == (dt.date.fromisoformat(last[0]), None, float(last[1]))
        return
    document, gdp = json.loads(body), series_of("GDP", "USD billions")
    if "error_message" in document:
        with pytest.raises(Refused, match=document["error_message"].replace(".", r"\.")):
            fred.parse(body, gdp, request)
    elif "observations" in document:
        rows = document["observations"]
        frame = fred.parse(body, gdp, request)
        assert frame.height == document["count"] == len(rows)
        assert frame["value"].null_count() == sum(row["value"] == "." for row in rows)
        has_vintages = document["realtime_start"] != document["realtime_end"]
        assert frame["vintage_date"].to_list() == [dt.date.fromisoformat(r["realtime_start"]) if has_vintages else None for r in rows]
        assert frame.filter(pl.struct("date", "vintage_date").is_duplicated()).is_empty()
    elif request.url in (fred.SERIES, fred.VINTAGE_DATES):
        assert fred.parse(body, gdp, request).equals(schemas.empty("observations"))
    else:
        with pytest.raises(Refused, match="expected the field 'observations'"):
            fred.parse(body, gdp, request)


def test_recorded_metadata_leads_to_recorded_vintage_dates_and_these_to_the_first_window(shared):
    folder = shared / "recordings" / "fred"
    asked = fred.requests(series_of("GDP", "USD billions"), None, UNTIL, keyed=True)[0]
    for_dates = fred.following(asked, (folder / "series_GDP.json").read_bytes())
    assert for_dates is not None
    first = fred.following(for_dates, (folder / "series_vintagedates_GDP.json").read_bytes())
    assert first is not None
    assert (first.param("realtime_start"), first.param("realtime_end")) == ("1991-12-04", "9999-12-31")
    assert first.note("units") == "Billions of Dollars"


def test_recorded_assets_are_billions_after_reading(shared):
    body = (shared / "recordings" / "fred" / "fredgraph_WALCL.csv").read_bytes()
    frame = read_graph(body, by_id("fed_total_assets"))
    assert frame.row(0) == ("fed_total_assets", dt.date(2002, 12, 18), None, 719.542)
    assert schemas.validate(frame, by_id("fed_total_assets"), UNTIL).height == frame.height


@pytest.mark.parametrize("symbol", sorted(fred.RESCALED))
def test_real_history_reads_the_same_in_billions_and_in_millions(shared, symbol):
    series = next(s for s in map(by_id, ("treasury_general_account_week_average", "reserve_balances_week_average")) if s.symbol == symbol)
    history = pl.read_csv(shared / "history" / "fred" / f"{symbol}.csv.gz", schema={"date": pl.String, "value": pl.Float64})
    before = [("2020-01-01", day, f"{value / 1000:.3f}") for day, value in history.iter_rows()]
    after = [("2025-10-15", day, f"{value:.0f}") for day, value in history.iter_rows()]
    frame = fred.parse(answer(before + after), series, window(series, "Millions of U.S. Dollars"))
    expected = [value / 1000 for value in history["value"]]
    assert frame["value"].to_list() == expected * 2
    graph = f"observation_date,{symbol}\n" + "".join(f"{day},{value:.0f}\n" for day, value in history.iter_rows())
    assert read_graph(graph, series)["value"].to_list() == expected


# the keyless door


def test_without_a_key_one_csv_is_asked_for():
    (whole,) = fred.requests(PERCENT, None, UNTIL, keyed=False)
    assert (whole.url, whole.params, whole.key) == (fred.GRAPH, (("id", "EFFR"),), None)
    (later,) = fred.requests(PERCENT, dt.date(2026, 7, 1), UNTIL, keyed=False)
    assert later.params == (("id", "EFFR"), ("cosd", "2026-07-01"))
    assert fred.following(later, b"anything") is None


@pytest.mark.parametrize("header", ["observation_date,EFFR", "DATE,EFFR", "observation_date,EFFR_20260912"])
def test_the_csv_is_read_by_position_whatever_its_first_header(header):
    frame = read_graph(f"{header}\n2026-08-20,3.64\n2026-08-21,\n2026-08-22,.\n")
    assert frame.schema == schemas.empty("observations").schema
    assert frame.rows() == [
        ("effr", dt.date(2026, 8, 20), None, 3.64),
        ("effr", dt.date(2026, 8, 21), None, None),
        ("effr", dt.date(2026, 8, 22), None, None),
    ]


def test_a_csv_without_rows_is_an_empty_frame():
    assert read_graph("observation_date,EFFR\n").equals(schemas.empty("observations"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "header observation_date,EFFR, the answer begins ''"),
        (b"<!DOCTYPE html><html><title>404</title>", "header observation_date,EFFR, the answer begins '<!DOCTYPE"),
        (b"PK\x03\x04rest of a zip", "a ZIP came"),
        (b"observation_date,DFF\n2026-08-20,3.64\n", "header observation_date,EFFR.*observation_date,DFF"),
        (b"observation_date,EFFR,DFF\n2026-08-20,3.64,3.63\n", "header observation_date,EFFR"),
        (b"observation_date,EFFR_2026\n2026-08-20,3.64\n", "header observation_date,EFFR"),
        (b"observation_date,EFFR\n2026-08-20,3.6", "cut off after"),
        (b"observation_date,EFFR", "cut off"),
        (b"observation_date,EFFR\n2026-08-20\n", "expected a date and a value"),
        (b"observation_date,EFFR\n20/08/2026,3.64\n", "expected a date YYYY-MM-DD"),
        (b"observation_date,EFFR\n2026-08-20,n/a\n", "expected a number"),
        (b"observation_date,EFFR\n2026-08-20,NaN\n", "expected a number"),
        (b"observation_date,EFFR\n2026-08-20,\xff\n", "expected a number"),
    ],
)
def test_anything_but_the_csv_of_that_series_is_refused(body, reason):
    with pytest.raises(Refused, match=reason):
        read_graph(body)


# the keyed door: questions


def test_with_a_key_the_units_are_asked_for_first():
    (asked,) = fred.requests(PERCENT, dt.date(2026, 7, 7), UNTIL, keyed=True)
    assert (asked.url, asked.key) == (fred.SERIES, "FRED_API_KEY")
    assert asked.params == (("series_id", "EFFR"), ("file_type", "json"))
    assert asked.notes == (("since", "2026-07-07"), ("until", "2026-08-21"))


def test_a_short_re_read_goes_from_the_units_straight_to_the_observations():
    (asked,) = fred.requests(PERCENT, dt.date(2026, 7, 7), UNTIL, keyed=True)
    then = fred.following(asked, metadata())
    assert then is not None
    assert then.params == (
        ("series_id", "EFFR"),
        ("file_type", "json"),
        ("realtime_start", "2026-07-07"),
        ("realtime_end", "9999-12-31"),
        ("observation_start", "2026-07-07"),
        ("sort_order", "asc"),
        ("limit", "100000"),
        ("offset", "0"),
    )
    assert then.note("units") == "Percent"
    assert fred.following(then, answer([("2026-07-07", "2026-07-07", "3.6")])) is None


def all_windows(series: Series, since: dt.date | None, days: list[dt.date]) -> list[Request]:
    (asked,) = fred.requests(series, since, UNTIL, keyed=True)
    for_dates = fred.following(asked, metadata(series.symbol))
    assert for_dates is not None
    assert for_dates.url == fred.VINTAGE_DATES
    assert for_dates.params == (("series_id", series.symbol), ("file_type", "json"), ("limit", "10000"))
    found, then = [], fred.following(for_dates, vintage_dates(days))
    while then is not None:
        found.append(then)
        then = fred.following(then, answer([]))
    return found


@pytest.mark.parametrize("n", [1, 1900, 1901, 5119])
def test_windows_cover_every_vintage_date_once_and_none_holds_more_than_fred_answers(n):
    days = daily(dt.date(2005, 6, 28), n)
    windows = all_windows(PERCENT, None, days)
    spans = [(w.param("realtime_start") or "", w.param("realtime_end") or "") for w in windows]
    held = [[day for day in days if start <= str(day) <= end] for start, end in spans]
    assert [day for window_days in held for day in window_days] == days
    assert max(map(len, held)) <= 1900
    assert spans[0][0] == "2005-06-28"
    assert spans[-1][1] == "9999-12-31"
    assert all(w.param("observation_start") is None and w.note("units") == "Percent" for w in windows)


def test_a_long_re_read_starts_at_its_first_date_and_is_cut_into_windows_too():
    since = dt.date(2015, 1, 1)
    windows = all_windows(PERCENT, since, daily(dt.date(2010, 1, 1), 6000))
    assert [w.param("realtime_start") for w in windows] == ["2015-01-01", "2020-03-15", "2025-05-28"]
    assert {w.param("observation_start") for w in windows} == {"2015-01-01"}


def test_a_page_leads_to_the_next_page_before_the_next_window():
    first = all_windows(PERCENT, None, daily(dt.date(2005, 6, 28), 2000))[0]
    rows = [("2005-06-28", "2005-06-27", "3.1"), ("2005-06-28", "2005-06-28", "3.2")]
    second_page = fred.following(first, answer(rows, count=3))
    assert second_page == first.with_param("offset", "2")
    assert second_page is not None
    next_window = fred.following(second_page, answer(rows[:1], count=3, offset=2))
    assert next_window is not None
    assert (next_window.param("realtime_start"), next_window.param("offset")) == ("2010-09-10", "0")


def test_an_empty_page_short_of_its_count_leads_nowhere():
    assert fred.following(window(), answer([], count=3)) is None


@pytest.mark.parametrize("symbol", sorted(fred.LATEST_ONLY))
def test_series_that_alfred_does_not_keep_are_asked_for_as_of_today(symbol):
    (asked,) = fred.requests(series_of(symbol), dt.date(2026, 7, 7), UNTIL, keyed=True)
    then = fred.following(asked, metadata(symbol))
    assert then is not None
    assert (then.url, then.param("realtime_start"), then.param("realtime_end")) == (fred.OBSERVATIONS, None, None)
    assert then.param("observation_start") == "2026-07-07"


def test_every_series_asked_for_as_of_today_is_one_of_the_catalog():
    asked = {series.symbol for series in map(by_id, ("sp500_fred", "dow_jones_fred", "nasdaq_100_fred", "high_yield_spread"))}
    assert asked == fred.LATEST_ONLY


# the keyed door: answers


def test_every_vintage_of_a_date_is_a_row_and_a_point_is_null():
    rows = [("2020-01-01", "2019-12-31", "1.5"), ("2020-02-01", "2019-12-31", "."), ("2020-03-01", "2019-12-31", "1.75")]
    frame = fred.parse(answer(rows), PERCENT, window())
    assert frame.schema == schemas.empty("observations").schema
    assert frame.rows() == [
        ("effr", dt.date(2019, 12, 31), dt.date(2020, 1, 1), 1.5),  # clipped to the window's start, and kept
        ("effr", dt.date(2019, 12, 31), dt.date(2020, 2, 1), None),
        ("effr", dt.date(2019, 12, 31), dt.date(2020, 3, 1), 1.75),
    ]


def test_an_answer_as_of_one_day_has_no_vintages():
    body = answer([("2026-08-21", "2026-08-20", "3.64")], start="2026-08-21", end="2026-08-21")
    assert fred.parse(body, PERCENT, window(start=None)).rows() == [("effr", dt.date(2026, 8, 20), None, 3.64)]


def test_no_observations_are_an_empty_frame():
    assert fred.parse(answer([]), PERCENT, window()).equals(schemas.empty("observations"))


@pytest.mark.parametrize(
    ("units", "unit", "value"),
    [
        ("Millions of U.S. Dollars", "USD billions", 6.738),
        ("Millions of Dollars", "USD billions", 6.738),
        ("Billions of US Dollars", "USD billions", 6738.0),
        ("Billions of Dollars", "USD billions", 6738.0),
        ("Percent", "percent", 6738.0),
        ("Index", "index points", 6738.0),
        ("Index", "index", 6738.0),
    ],
)
def test_the_units_fred_states_decide_the_scale(units, unit, value):
    series = series_of("X", unit)
    frame = fred.parse(answer([("2020-01-01", "2019-12-31", "6738")]), series, window(series, units))
    assert frame["value"].to_list() == [value]
    assert fred.parse(metadata("X", units), series, fred.requests(series, None, UNTIL, keyed=True)[0]).is_empty()


@pytest.mark.parametrize("units", ["Thousands of Dollars", "Percent", "billions of dollars", "Index"])
def test_units_nobody_has_mapped_are_refused_with_the_metadata_and_with_the_values(units):
    series = by_id("fed_total_assets")
    with pytest.raises(Refused, match=f"expected WALCL in one of the units .*'Millions of U.S. Dollars'.* FRED states '{units}'"):
        fred.parse(metadata("WALCL", units), series, fred.requests(series, None, UNTIL, keyed=True)[0])
    with pytest.raises(Refused, match=f"FRED states '{units}'"):
        fred.parse(answer([("2020-01-01", "2019-12-31", "6738190")]), series, window(series, units))


def test_a_catalog_unit_that_cannot_be_reached_is_refused_without_a_key_too():
    with pytest.raises(Refused, match="expected X in one of the units"):
        read_graph("observation_date,X\n2026-08-20,1\n", series_of("X", "USD billions", "USD thousands"))


def test_one_late_vintage_of_a_rescaled_series_is_in_millions_however_small():
    series = by_id("treasury_general_account_week_average")
    rows = [("2020-01-01", "2003-10-15", "3.745"), ("2026-01-02", "2003-10-15", "3746"), ("2026-01-02", "2003-10-22", ".")]
    frame = fred.parse(answer(rows), series, window(series, "Millions of U.S. Dollars"))
    assert frame["value"].to_list() == [3.745, 3.746, None]


def test_other_money_series_are_never_rescaled_by_their_size():
    series = by_id("reserve_balances")
    frame = fred.parse(answer([("2020-01-01", "2007-02-07", "3144")]), series, window(series, "Millions of U.S. Dollars"))
    assert frame["value"].to_list() == [3.144]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>503</body></html>", "expected JSON"),
        (b"", "expected JSON"),
        (answer([("2020-01-01", "2019-12-31", "1")])[:-20], "expected JSON"),
        (b"[]", "expected the field 'observations'"),
        (
            b'{"error_code":400,"error_message":"Bad Request.  The series does not exist."}',
            r"error: Bad Request\.  The series does not exist",
        ),
        (answer([]).replace(b"observations", b"data"), "expected the field 'observations'"),
        (answer([("2020-01-01", "2019-12-31", "1")]).replace(b'"value"', b'"val"'), "expected the field 'value'"),
        (answer([("2020-01-01", "2019-12-31", "1")]).replace(b'"date"', b'"day"'), "expected the field 'date'"),
        (answer([("2020-01-01", "2019-12-31", "one")]), "expected a number"),
        (answer([("2020-01-01", "2019-12-31", "NaN")]), "expected a number"),
        (answer([("2020-01-01", "31.12.2019", "1")]), "expected a date"),
        (answer([("2020-01-01", "2019-12-31", "1")], start="2019-01-01"), "realtime_start 2020-01-01, it is for 2019-01-01"),
        (answer([("2020-01-01", "2019-12-31", "1")], end="2020-01-01"), "realtime_end 9999-12-31, it is for 2020-01-01"),
        (answer([("2020-01-01", "2019-12-31", "1")], offset=100000), "offset 0, it is for 100000"),
        (answer([], count=3), "expected rows from 0 of 3 on, the page is empty"),
        (answer([], count="many"), "expected a number in count"),
    ],
)
def test_anything_but_the_asked_observations_is_refused(body, reason):
    with pytest.raises(Refused, match=reason):
        fred.parse(body, PERCENT, window())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (metadata("DFF"), r"expected the series EFFR in seriess, there is \['DFF'\]"),
        (b'{"seriess":[]}', r"expected the series EFFR in seriess, there is \[\]"),
        (b'{"seriess":[{"id":"EFFR"}]}', "expected the field 'units'"),
        (b'{"series":[]}', "expected the field 'seriess'"),
        (b"<html>", "expected JSON"),
        (b'{"error_code":400,"error_message":"Bad Request.  Variable api_key is not set."}', "Variable api_key is not set"),
    ],
)
def test_metadata_of_another_series_or_form_is_refused_and_leads_nowhere(body, reason):
    (asked,) = fred.requests(PERCENT, None, UNTIL, keyed=True)
    with pytest.raises(Refused, match=reason):
        fred.parse(body, PERCENT, asked)
    with pytest.raises(Refused, match=reason):
        fred.following(asked, body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (vintage_dates(daily(dt.date(2020, 1, 1), 3), count=12000), "expected all vintage dates in one answer, there are 3 of 12000"),
        (b'{"count":0,"vintage_dates":[]}', "there are 0 of 0"),
        (b'{"count":1,"vintage_dates":["yesterday"]}', "expected a date"),
        (b'{"count":1,"dates":["2020-01-01"]}', "expected the field 'vintage_dates'"),
    ],
)
def test_an_incomplete_list_of_vintage_dates_is_refused_and_leads_nowhere(body, reason):
    (asked,) = fred.requests(PERCENT, None, UNTIL, keyed=True)
    for_dates = fred.following(asked, metadata())
    assert for_dates is not None
    with pytest.raises(Refused, match=reason):
        fred.parse(body, PERCENT, for_dates)
    with pytest.raises(Refused, match=reason):
        fred.following(for_dates, body)
