"""FiscalData: three layouts of the operating cash balance, its arithmetic and its pages. Values are made up unless recorded."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines import schemas
from pipelines.catalog import by_id
from pipelines.vendors import Refused, fiscaldata

SERIES = by_id("treasury_cash_daily")
ASKED = fiscaldata.requests(SERIES, dt.date(2025, 7, 7), dt.date(2025, 7, 14), keyed=False)[0]
CLOSING = "Treasury General Account (TGA) Closing Balance"


def row(day: str, account: str, close: str = "null", opened: str = "null") -> dict[str, str]:
    return {"record_date": day, "account_type": account, "close_today_bal": close, "open_today_bal": opened}


def statement(day: str, opening: int, deposits: int, withdrawals: int, closing: int) -> list[dict[str, str]]:
    """One day of today's layout: four rows, every amount under `open_today_bal`."""
    amounts = zip(
        (fiscaldata.OPENING, fiscaldata.DEPOSITS, fiscaldata.WITHDRAWALS, CLOSING), (opening, deposits, withdrawals, closing), strict=True
    )
    return [row(day, account, opened=str(amount)) for account, amount in amounts]


def answer(rows: list[dict[str, Any]], pages: int = 1, unit: str = "$1,000,000") -> dict[str, Any]:
    formats = {"record_date": "YYYY-MM-DD", "close_today_bal": unit, "open_today_bal": unit}
    return {"data": rows, "meta": {"count": len(rows), "dataFormats": formats, "total-count": len(rows), "total-pages": pages}, "links": {}}


def parse(said: Any) -> pl.DataFrame:
    return fiscaldata.parse(said if isinstance(said, bytes) else json.dumps(said).encode(), SERIES, ASKED)


MONDAY = statement("2025-07-07", 500_000, 30_000, 20_001, 510_000)
TUESDAY = statement("2025-07-08", 510_001, 1_000, 11_000, 500_000)


def test_every_recording_is_read_whole(shared, subtests):
    paths = [path for path in (shared / "recordings" / "fiscaldata").iterdir() if not path.name.endswith(".meta.json")]
    assert paths
    for path in paths:
        with subtests.test(path.name):
            body = path.read_bytes()
            frame = parse(body)
            closings = [r for r in json.loads(body)["data"] if r["account_type"] == CLOSING]
            assert frame.height == len(closings) > 0
            assert frame["value"].to_list() == [int(r["open_today_bal"]) / 1000 for r in closings]
            assert schemas.validate(frame, SERIES, dt.date(2026, 7, 16)).height == frame.height


def test_the_recorded_week_agrees_with_the_kept_history(shared):
    body = (shared / "recordings" / "fiscaldata" / "operating_cash_balance_20250707_20250711.json").read_bytes()
    history = pl.read_csv(shared / "history" / "treasury" / "tga_closing_balance.csv.gz", try_parse_dates=True)
    told = dict(history.iter_rows())
    assert {day: value * 1000 for day, value in parse(body).select("date", "value").iter_rows()} == {
        day: told[day] for day in (dt.date(2025, 7, n) for n in range(7, 12))
    }


@pytest.mark.parametrize(("since", "start"), [(None, "2005-10-03"), (dt.date(2025, 7, 7), "2025-07-07")])
def test_everything_from_a_date_on_is_asked_for_in_pages_of_ten_thousand(since, start):
    (asked,) = fiscaldata.requests(SERIES, since, dt.date(2025, 7, 14), keyed=False)
    assert asked.url.endswith("/v1/accounting/dts/operating_cash_balance")
    assert asked.params == (
        ("filter", f"record_date:gte:{start}"),
        ("sort", "record_date"),
        ("page[number]", "1"),
        ("page[size]", "10000"),
    )


def test_pages_are_asked_for_until_the_last():
    body = json.dumps(answer(MONDAY, pages=2)).encode()
    second = fiscaldata.following(ASKED, body)
    assert second == ASKED.with_param("page[number]", "2")
    assert second is not None
    assert fiscaldata.following(second, body) is None
    assert fiscaldata.following(ASKED, json.dumps(answer(MONDAY)).encode()) is None


def test_each_layout_says_the_closing_balance_in_its_own_row_and_field():
    rows = [
        row("2005-10-03", "Federal Reserve Account", close="6254", opened="4381"),
        row("2005-10-03", "Tax and Loan Note Accounts (Table V)", close="9295", opened="31300"),
        row("2010-01-04", "Supplementary Financing Prog", close="null", opened="null"),
        row("2010-01-04", "Federal Reserve Account", close="163428", opened="171889"),
        row("2021-09-30", "Federal Reserve Account", close="215160", opened="200000"),
        row("2021-10-01", "Treasury General Account (TGA)", close="200001", opened="215160"),
        row("2022-04-15", "Treasury General Account (TGA)", close="578473", opened="200001"),
        *statement("2022-04-18", 578_473, 300_000, 37_220, 841_253),
    ]
    frame = parse(answer(rows))
    assert frame.schema == schemas.empty("observations").schema
    assert frame.rows() == [
        ("treasury_cash_daily", dt.date(2005, 10, 3), None, 6.254),
        ("treasury_cash_daily", dt.date(2010, 1, 4), None, 163.428),
        ("treasury_cash_daily", dt.date(2021, 9, 30), None, 215.16),
        ("treasury_cash_daily", dt.date(2021, 10, 1), None, 200.001),
        ("treasury_cash_daily", dt.date(2022, 4, 15), None, 578.473),
        ("treasury_cash_daily", dt.date(2022, 4, 18), None, 841.253),
    ]


def test_rounding_passes_and_the_answer_s_order_does_not_matter():
    assert parse(answer(TUESDAY + MONDAY))["value"].to_list() == [510.0, 500.0]


def test_no_rows_are_an_empty_frame():
    empty = {"data": [], "meta": {"count": 0, "total-count": 0, "total-pages": 0}, "links": {}}
    assert parse(empty).equals(schemas.empty("observations"))


@pytest.mark.parametrize(
    ("day", "account"),
    [
        ("2021-10-01", "Federal Reserve Account"),
        ("2021-09-30", "Treasury General Account (TGA)"),
        ("2022-04-18", "Treasury General Account (TGA)"),
        ("2022-04-15", CLOSING),
        ("2025-07-08", "Treasury General Account Closing Balance"),
        ("2025-07-08", "Tax and Loan Note Accounts (Table V)"),
    ],
)
def test_a_label_outside_its_layout_is_refused_with_the_known_ones(day, account):
    with pytest.raises(
        Refused, match="unknown account_type .* known then: .*(Federal Reserve Account|Treasury General Account)"
    ) as refused:
        parse(answer([row(day, account, "1", "1")]))
    assert repr(account) in str(refused.value)
    assert day in str(refused.value)


def test_a_statement_without_its_closing_row_is_refused():
    with pytest.raises(Refused, match="expected the row .*Closing Balance' on 2025-07-08"):
        parse(answer([*MONDAY, *TUESDAY[:3]]))


def test_a_page_break_may_cut_the_first_and_the_last_statement_but_none_between():
    wednesday = statement("2025-07-09", 500_000, 1, 0, 500_001)
    page = parse(answer([*MONDAY[3:], *TUESDAY, *wednesday[:2]], pages=2))
    assert page["date"].to_list() == [dt.date(2025, 7, 7), dt.date(2025, 7, 8)]
    with pytest.raises(Refused, match="on 2025-07-08"):
        parse(answer([*MONDAY, *TUESDAY[:3], *wednesday], pages=2))


def test_two_closing_rows_of_one_statement_are_refused():
    with pytest.raises(Refused, match="expected one row .* on 2025-07-07, there are two"):
        parse(answer([*MONDAY, MONDAY[3]]))


def test_a_closing_balance_that_does_not_add_up_is_refused():
    wrong = statement("2025-07-07", 500_000, 30_000, 20_003, 510_000)
    with pytest.raises(Refused, match=r"opening 500000 \+ deposits 30000 - withdrawals 20003 is not the closing balance 510000"):
        parse(answer(wrong))


def test_a_closing_balance_that_is_not_the_next_opening_is_refused():
    jump = statement("2025-07-08", 510_002, 1_000, 11_000, 500_002)
    with pytest.raises(Refused, match="closing balance 510000 of 2025-07-07 is not the opening balance 510002 of 2025-07-08"):
        parse(answer(MONDAY + jump))


def test_a_closing_balance_moved_back_to_its_old_field_is_refused():
    moved = [*MONDAY[:3], row("2025-07-07", CLOSING, close="510000")]
    with pytest.raises(Refused, match="expected a number in open_today_bal of .*Closing Balance.*'\"null\"'"):
        parse(answer(moved))


def test_another_unit_than_millions_is_refused():
    with pytest.raises(Refused, match=r"expected close_today_bal in \$1,000,000, meta.dataFormats says '\$1,000'"):
        parse(answer(MONDAY, unit="$1,000"))


@pytest.mark.parametrize("name", ["record_date", "account_type", "open_today_bal"])
def test_a_renamed_field_is_refused_by_its_name(name):
    renamed = [{("renamed" if key == name else key): value for key, value in r.items()} for r in MONDAY]
    with pytest.raises(Refused, match=f"expected the field '{name}'"):
        parse(answer(renamed))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>Service Unavailable</body></html>", "expected JSON"),
        (b"", "expected JSON"),
        (json.dumps(answer(MONDAY)).encode()[:-30], "expected JSON"),
        (
            b'{"error":"Invalid Query Param","message":"Invalid query parameter \'filtr\'"}',
            "Invalid Query Param: Invalid query parameter 'filtr'",
        ),
        (b"[]", "expected the field 'data'"),
        (b'{"data":{},"meta":{"total-pages":1}}', "expected a list in the answer.data"),
        (json.dumps({"data": MONDAY}).encode(), "expected the field 'meta'"),
        (json.dumps({"data": MONDAY, "meta": {"total-pages": 1}}).encode(), "expected the field 'dataFormats'"),
        (json.dumps(answer([row("2025-07-07", CLOSING, opened="much")])).encode(), "expected a number in open_today_bal"),
        (json.dumps(answer([row("07/07/2025", CLOSING, opened="1")])).encode(), "expected a date YYYY-MM-DD in record_date"),
        (
            json.dumps(answer([{"record_date": "2025-07-07", "transaction_type": "Deposits", "transaction_today_amt": "1"}])).encode(),
            "expected the field 'account_type'",
        ),
    ],
)
def test_anything_but_the_documented_answer_is_refused(body, reason):
    with pytest.raises(Refused, match=reason):
        parse(body)


def test_an_answer_that_does_not_count_its_pages_leads_nowhere():
    with pytest.raises(Refused, match="expected the field 'total-pages'"):
        fiscaldata.following(ASKED, b'{"data":[],"meta":{}}')
