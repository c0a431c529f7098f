"""New York Fed operations: amounts, rates, states and clock times of the three families. Values are made up unless recorded."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines.catalog import by_id
from pipelines.vendors import Refused, nyfed

TREASURY = by_id("treasury_outright_operations")
AGENCY = by_id("agency_outright_operations")
REPO = by_id("repo_operations")
UNTIL = dt.date(2026, 10, 9)

OUTRIGHT = {
    "operationId": "OR 100126 25",
    "auctionStatus": "Results",
    "operationType": "Outright Bill Purchase",
    "operationDate": "2026-10-01",
    "settlementDate": "2026-10-02",
    "maturityRangeStart": "2026-11-03",
    "maturityRangeEnd": "2027-01-21",
    "operationDirection": "P",
    "closeTime": "09:20",
    "totalParAmtSubmitted": "9000000000",
    "totalParAmtAccepted": "2000000000",
    "note": "",
    "lastUpdated": "2026-10-01 09:20:50",
}
POOLS = {
    **{name: OUTRIGHT[name] for name in ("operationId", "auctionStatus", "operationDate", "settlementDate", "closeTime")},
    "note": "",
    "lastUpdated": "2026-10-01 10:20:30",
    "operationType": "Outright Specified Pool Sale",
    "operationDirection": "S",
    "totalSubmittedOrigFace": "900",
    "totalAcceptedOrigFace": "800",
    "totalSubmittedCurrFace": "500.5",
    "totalAcceptedCurrFace": "400.25",
    "totalAmtSubmittedPar": "",
    "totalAmtAcceptedPar": "",
}
OVERNIGHT = {
    "operationId": "RP 100126 26",
    "auctionStatus": "Results",
    "operationDate": "2026-10-01",
    "settlementDate": "2026-10-01",
    "maturityDate": "2026-10-02",
    "operationType": "Reverse Repo",
    "operationMethod": "Fixed Rate",
    "term": "Overnight",
    "closeTime": "13:15",
    "note": "",
    "lastUpdated": "2026-10-01 13:15:40",
    "totalAmtSubmitted": 700000000,
    "totalAmtAccepted": 600000000,
    "details": [{"securityType": "Treasury", "amtSubmitted": 700000000, "percentOfferingRate": 3.5, "percentAwardRate": 3.51}],
}
NOT_READ = {"operationMethod", "totalSubmittedOrigFace", "totalAcceptedOrigFace", "totalAmtSubmittedPar", "totalAmtAcceptedPar"}


def treasury(*rows: Any) -> dict[str, Any]:
    return {"treasury": {"auctions": list(rows)}}


def agency(*rows: Any) -> dict[str, Any]:
    return {"ambs": {"auctions": list(rows)}}


def repo(*rows: Any) -> dict[str, Any]:
    return {"repo": {"operations": list(rows)}}


def parse(answer: Any, series: Any) -> pl.DataFrame:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return nyfed.parse(body, series, nyfed.requests(series, dt.date(2026, 9, 1), UNTIL, keyed=False)[0])


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def recorded(shared: Any, name: str) -> bytes:
    return (shared / "recordings" / "nyfed" / name).read_bytes()


def test_the_recorded_bill_purchase_is_read_in_dollars_and_utc(shared):
    row = parse(recorded(shared, "tsy_results_summary_row_20260831.json"), TREASURY).row(0, named=True)
    assert row == {
        "series_id": "treasury_outright_operations",
        "family": "treasury",
        "operation_id": "OR 083126 25",
        "operation_date": dt.date(2026, 8, 31),
        "settlement_date": dt.date(2026, 9, 1),
        "maturity_date": None,
        "operation_type": "Outright Bill Purchase",
        "direction": "purchase",
        "status": "results",
        "term": None,
        "submitted_usd": 39_346_000_000.0,
        "accepted_usd": 4_243_000_000.0,
        "award_rate_percent": None,
        "maturity_start": dt.date(2026, 10, 1),
        "maturity_end": dt.date(2026, 12, 24),
        "close_time": "09:20",
        "note": None,
        "vendor_updated_at": dt.datetime(2026, 8, 31, 13, 20, 55, tzinfo=dt.UTC),
    }


def test_the_recorded_pool_sale_counts_its_current_face_because_par_is_blank(shared):
    row = parse(recorded(shared, "ambs_results_summary_row_20260814.json"), AGENCY).row(0, named=True)
    assert (row["family"], row["direction"]) == ("agency", "sale")
    assert (row["submitted_usd"], row["accepted_usd"]) == (1_364_000_097.36, 73_999_999.1158832)
    assert (row["maturity_start"], row["maturity_end"], row["award_rate_percent"]) == (None, None, None)


def test_the_recorded_day_of_a_small_value_exercise_keeps_all_three_operations(shared):
    frame = parse(recorded(shared, "rp_results_search_2020-02-19.json"), REPO)
    assert frame.select("operation_id", "direction", "term", "accepted_usd", "award_rate_percent").rows() == [
        ("RP 021920 1", "repo", "Overnight", 48_900_000_000.0, 1.6),
        ("RP 021920 2", "reverse_repo", "Overnight", 5_054_000_000.0, 1.5),
        ("RP 021920 99", "reverse_repo", "Overnight", 95_000_000.0, 1.5),
    ]
    assert "Small Value Exercise" in frame["note"][2]


def test_the_recorded_rewrite_of_a_record_says_when_it_was_rewritten(shared):
    frame = parse(recorded(shared, "rp_results_search_2023-01-05.json"), REPO)
    assert frame["vendor_updated_at"][0] == dt.datetime(2023, 1, 13, 21, 57, tzinfo=dt.UTC)
    assert frame["award_rate_percent"].to_list() == [4.3, None]  # the unused standing repo states a minimum bid rate only


@pytest.mark.parametrize("amount", [{"totalParAmtSubmitted": "", "totalParAmtAccepted": ""}, {}])
def test_an_announced_operation_has_no_amounts_yet(amount):
    row = without(without(OUTRIGHT, "totalParAmtSubmitted"), "totalParAmtAccepted") | amount | {"auctionStatus": "Announced"}
    frame = parse(treasury(row), TREASURY)
    assert frame.select("status", "submitted_usd", "accepted_usd").rows() == [("announced", None, None)]


@pytest.mark.parametrize("blank", ["", None])
def test_results_without_an_amount_are_refused(blank):
    with pytest.raises(Refused, match=r"an amount under totalParAmtAccepted in the results of treasury OR 100126 25"):
        parse(treasury(OUTRIGHT | {"totalParAmtAccepted": blank}), TREASURY)


def test_nothing_accepted_is_zero_and_not_null():
    assert parse(repo(OVERNIGHT | {"totalAmtAccepted": 0}), REPO)["accepted_usd"].to_list() == [0.0]
    assert parse(treasury(OUTRIGHT | {"totalParAmtAccepted": "0"}), TREASURY)["accepted_usd"].to_list() == [0.0]


@pytest.mark.parametrize("status", ["Cancelled", "Canceled", "Operation Cancelled"])
def test_a_cancellation_is_read_in_every_spelling(status):
    assert parse(treasury(OUTRIGHT | {"auctionStatus": status}), TREASURY)["status"].to_list() == ["cancelled"]


def test_an_agency_operation_counts_par_where_the_desk_states_it():
    row = POOLS | {
        "operationType": "Outright TBA Purchase",
        "operationDirection": "P",
        "totalAmtSubmittedPar": "70",
        "totalAmtAcceptedPar": "60",
    }
    assert parse(agency(row), AGENCY).select("direction", "submitted_usd", "accepted_usd").rows() == [("purchase", 70.0, 60.0)]


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ({"percentOfferingRate": 3.5, "percentAwardRate": 3.51}, 3.51),
        ({"percentOfferingRate": 3.5, "percentStopOutRate": 3.6}, 3.5),
        ({"percentStopOutRate": 3.6, "percentWeightedAverageRate": 3.7, "percentHighRate": 9}, 3.6),
        ({"percentWeightedAverageRate": 3.7, "percentHighRate": 9, "percentLowRate": 1}, 3.7),
        ({"minimumBidRate": 4.5}, None),
        ({"percentAwardRate": 0}, 0.0),
    ],
)
def test_the_rate_of_a_repo_is_the_first_stated_of_award_offering_stop_out_and_average(rates, expected):
    details = [{"securityType": "Agency", "percentAwardRate": 8.0}, {"securityType": "Treasury", **rates}]
    assert parse(repo(OVERNIGHT | {"details": details}), REPO)["award_rate_percent"].to_list() == [expected]


def test_an_announced_repo_may_have_no_details_but_results_must():
    announced = without(OVERNIGHT, "details") | {"auctionStatus": "Announced"}
    assert parse(repo(announced), REPO)["award_rate_percent"].to_list() == [None]
    with pytest.raises(Refused, match="expected the field 'details' in repo RP 100126 26"):
        parse(repo(without(OVERNIGHT, "details")), REPO)


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("2026-01-15 13:15:50", dt.datetime(2026, 1, 15, 18, 15, 50, tzinfo=dt.UTC)),
        ("2026-07-15 13:15:50", dt.datetime(2026, 7, 15, 17, 15, 50, tzinfo=dt.UTC)),
        ("2026-11-01 01:30:00", dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)),
        ("", None),
    ],
)
def test_last_updated_is_new_york_time_in_winter_and_in_summer(said, instant):
    assert parse(repo(OVERNIGHT | {"lastUpdated": said}), REPO)["vendor_updated_at"].to_list() == [instant]


def test_operations_come_out_by_date_and_id():
    rows = [
        OUTRIGHT | {"operationId": name, "operationDate": day}
        for name, day in (("b", "2026-10-02"), ("z", "2026-10-01"), ("a", "2026-10-02"))
    ]
    assert parse(treasury(*rows), TREASURY)["operation_id"].to_list() == ["z", "a", "b"]


@pytest.mark.parametrize(
    ("answer", "series", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Service Unavailable</body></html>", TREASURY, "expected JSON.*Service Unavailable"),
        (json.dumps(treasury(OUTRIGHT)).encode()[:-30], TREASURY, "expected JSON"),
        ([], REPO, "expected the field 'repo'"),
        ({"treasury": {"auctions": {}}}, TREASURY, "expected a list in treasury.auctions"),
        (treasury("OR 100126 25"), TREASURY, "expected the field 'operationId'"),
        (agency(POOLS), TREASURY, "expected the field 'treasury'"),
        (treasury(OUTRIGHT), AGENCY, "expected the field 'ambs'"),
        (treasury(OUTRIGHT | {"auctionStatus": "Pending"}), TREASURY, "auctionStatus, which reads 'Pending'"),
        (treasury(OUTRIGHT | {"operationDirection": "Repo"}), TREASURY, "one of .*'P', 'S'.*which reads 'Repo'"),
        (repo(OVERNIGHT | {"operationType": "P"}), REPO, "one of .*Reverse Repo.*which reads 'P'"),
        (treasury(OUTRIGHT | {"totalParAmtAccepted": "NA"}), TREASURY, "a number in treasury OR 100126 25.totalParAmtAccepted.*NA"),
        (treasury(OUTRIGHT | {"totalParAmtAccepted": "1,000"}), TREASURY, "a number in .*1,000"),
        (treasury(OUTRIGHT | {"operationDate": "10/01/2026"}), TREASURY, "a date YYYY-MM-DD in .*operationDate.*10/01/2026"),
        (treasury(OUTRIGHT | {"operationDate": "20261001"}), TREASURY, "a date YYYY-MM-DD in .*20261001"),
        (treasury(OUTRIGHT | {"operationDate": ""}), TREASURY, "a date YYYY-MM-DD in .*operationDate"),
        (treasury(OUTRIGHT | {"lastUpdated": "2026-10-01T09:20:50Z"}), TREASURY, "lastUpdated, which reads"),
        (treasury(OUTRIGHT | {"note": ["see"]}), TREASURY, "expected a text in .*note"),
        (repo(OVERNIGHT | {"details": [{"securityType": "Treasury", "percentAwardRate": "n/a"}]}), REPO, "a number in .*percentAwardRate"),
    ],
)
def test_what_is_not_documented_is_refused(answer, series, reason):
    with pytest.raises(Refused, match=reason):
        parse(answer, series)


@pytest.mark.parametrize(
    ("wrap", "series", "row", "name"),
    [
        pytest.param(wrap, series, row, name, id=f"{series.series_id}-{name}")
        for wrap, series, row in ((treasury, TREASURY, OUTRIGHT), (agency, AGENCY, POOLS), (repo, REPO, OVERNIGHT))
        for name in row
        if name not in NOT_READ
    ],
)
def test_every_field_that_is_read_is_refused_by_name_when_renamed(wrap, series, row, name):
    with pytest.raises(Refused, match=rf"expected (the field '{name}'|an amount under (\w+ or )?{name}) in"):
        parse(wrap(without(row, name) | {f"{name[0]}X{name[1:]}": row[name]}), series)
