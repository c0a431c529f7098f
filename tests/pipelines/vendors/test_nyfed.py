"""New York Fed: the questions of every family, and every recording against the reader it belongs to or is refused by."""

import datetime as dt
import json
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from pipelines import schemas
from pipelines.catalog import by_id
from pipelines.vendors import Refused, nyfed

TREASURY = by_id("treasury_outright_operations")
AGENCY = by_id("agency_outright_operations")
REPO = by_id("repo_operations")
BILLS = by_id("soma_bills")
TOTAL = by_id("soma_total")
SOFR = by_id("sofr_nyfed")
EFFR = by_id("effr_nyfed")
OBFR = by_id("obfr_nyfed")
UNTIL = dt.date(2026, 10, 9)

RECORDED_ROWS = {
    "ambs_results_summary_row_20260814.json": (AGENCY, 1),
    "rates_secured_sofr_search_20240601_20240606.json": (SOFR, 4),
    "rates_unsecured_effr_search_2023-01-01_2023-06-06.json": (EFFR, 108),
    "rates_unsecured_obfr_search_20240601_20240606.json": (OBFR, 4),
    "rp_results_search_2020-02-19.json": (REPO, 3),
    "rp_results_search_2023-01-05.json": (REPO, 2),
    "rp_results_search_2026-09-15.json": (REPO, 3),
    "soma_summary_excerpt_20211027.json": (BILLS, 1),
    "tsy_announcements_latest_empty.json": (TREASURY, 0),
    "tsy_results_summary_row_20260831.json": (TREASURY, 1),
}
RECORDED_REFUSALS = {
    "pd_timeseries_excerpt.json": (BILLS, "expected the field 'soma' in the answer"),
    "rates_secured_sofrai_latest_20260903.json": (SOFR, "expected rows of SOFR in refRates, one is of SOFRAI"),
    "rates_unsecured_all_latest_20260902.json": (EFFR, "expected rows of EFFR in refRates, one is of OBFR"),
    "soma_agency_debts_asof_20190102.json": (BILLS, "expected the field 'summary' in soma"),
    "soma_holdings_rows_20260826.json": (BILLS, "expected the field 'summary' in soma"),
    "soma_tsy_wam_all_asof_20260826.json": (BILLS, "expected the field 'summary' in soma"),
}


def parse(answer: Any, series: Any) -> pl.DataFrame:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return nyfed.parse(body, series, nyfed.requests(series, dt.date(2026, 9, 1), UNTIL, keyed=False)[0])


def recorded(shared: Any, name: str) -> bytes:
    return (shared / "recordings" / "nyfed" / name).read_bytes()


def test_every_recording_is_known_here(shared):
    found = {path.name for path in (shared / "recordings" / "nyfed").iterdir() if not path.name.endswith(".meta.json")}
    assert found == set(RECORDED_ROWS) | set(RECORDED_REFUSALS)


@pytest.mark.parametrize("name", RECORDED_ROWS)
def test_recordings_of_our_endpoints_pass_the_checks_of_their_shape(shared, name):
    series, rows = RECORDED_ROWS[name]
    frame = parse(recorded(shared, name), series)
    assert frame.height == rows
    assert frame.schema == schemas.empty(series.shape).schema
    assert schemas.validate(frame, series, UNTIL).height == rows


@pytest.mark.parametrize("name", RECORDED_REFUSALS)
def test_recordings_of_other_endpoints_are_refused_by_name(shared, name):
    series, reason = RECORDED_REFUSALS[name]
    with pytest.raises(Refused, match=reason):
        parse(recorded(shared, name), series)


@pytest.mark.parametrize("series", [TREASURY, AGENCY, REPO, BILLS, TOTAL, SOFR], ids=lambda series: series.series_id)
@pytest.mark.parametrize("name", ["pd_timeseries_excerpt.json", "soma_holdings_rows_20260826.json", "soma_tsy_wam_all_asof_20260826.json"])
def test_no_reader_takes_a_document_that_is_not_its_own(shared, series, name):
    with pytest.raises(Refused, match=r"expected the field '(treasury|ambs|repo|soma|summary|refRates)'"):
        parse(recorded(shared, name), series)


@pytest.mark.parametrize(
    ("answer", "series"),
    [
        ({"treasury": {"auctions": []}}, TREASURY),
        ({"ambs": {"auctions": []}}, AGENCY),
        ({"repo": {"operations": []}}, REPO),
        ({"soma": {"summary": []}}, BILLS),
        ({"refRates": []}, SOFR),
    ],
    ids=["treasury", "agency", "repo", "soma", "rates"],
)
def test_an_empty_list_is_an_empty_frame_of_the_shape(answer, series):
    assert parse(answer, series).schema == schemas.empty(series.shape).schema
    assert parse(answer, series).height == 0


@pytest.mark.parametrize(
    ("series", "path"), [(AGENCY, "ambs/all/announcements/summary/latest.json"), (REPO, "rp/all/all/announcements/latest.json")]
)
def test_the_other_operations_are_asked_for_as_announced_too(series, path):
    *_, announcements = nyfed.requests(series, dt.date(2026, 9, 9), UNTIL, keyed=False)
    assert (announcements.url, announcements.params) == (f"https://markets.newyorkfed.org/api/{path}", ())


def test_treasury_operations_are_asked_for_by_year_and_as_announced():
    asked = nyfed.requests(TREASURY, dt.date(2024, 9, 1), UNTIL, keyed=False)
    search = "https://markets.newyorkfed.org/api/tsy/all/results/summary/search.json"
    assert [(r.url, r.params) for r in asked] == [
        (search, (("startDate", "2024-09-01"), ("endDate", "2025-08-31"), ("securityType", "both"))),
        (search, (("startDate", "2025-09-01"), ("endDate", "2026-08-31"), ("securityType", "both"))),
        (search, (("startDate", "2026-09-01"), ("endDate", "2026-10-09"), ("securityType", "both"))),
        ("https://markets.newyorkfed.org/api/tsy/all/announcements/summary/latest.json", ()),
    ]


@pytest.mark.parametrize(
    ("series", "path"),
    [
        (AGENCY, "ambs/all/results/summary/search.json"),
        (REPO, "rp/results/search.json"),
        (SOFR, "rates/secured/sofr/search.json"),
        (EFFR, "rates/unsecured/effr/search.json"),
        (OBFR, "rates/unsecured/obfr/search.json"),
    ],
    ids=lambda value: getattr(value, "series_id", ""),
)
def test_the_other_searches_name_only_their_dates(series, path):
    asked, *_ = nyfed.requests(series, dt.date(2026, 9, 9), UNTIL, keyed=False)
    assert (asked.url, asked.params) == (
        f"https://markets.newyorkfed.org/api/{path}",
        (("startDate", "2026-09-09"), ("endDate", "2026-10-09")),
    )


def test_the_soma_summary_is_one_document_without_dates():
    for since in (None, dt.date(2026, 9, 9)):
        (asked,) = nyfed.requests(BILLS, since, UNTIL, keyed=False)
        assert (asked.url, asked.params) == ("https://markets.newyorkfed.org/api/soma/summary.json", ())


@pytest.mark.parametrize(("series", "first"), [(REPO, "2013-09-23"), (AGENCY, "2009-01-01"), (SOFR, "2018-04-02")])
def test_a_first_question_covers_every_day_from_the_start_in_windows_of_a_year(series, first):
    asked = nyfed.requests(series, None, UNTIL, keyed=False)
    windows = [tuple(dt.date.fromisoformat(value) for _, value in r.params[:2]) for r in asked if r.params]
    assert (str(windows[0][0]), windows[-1][1]) == (first, UNTIL)
    assert all((end - start).days <= 364 for start, end in windows)
    assert all(right[0] - left[1] == dt.timedelta(days=1) for left, right in pairwise(windows))
