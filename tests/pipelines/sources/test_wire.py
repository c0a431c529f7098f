"""Tables in the vendors' wire formats: the layouts of real recordings, windows, pages and the errors vendors document."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import catalog, vendors
from pipelines.catalog import Series
from pipelines.sources import wire
from pipelines.sources.rendered import as_bars
from pipelines.vendors import Answer, Refused, Request

DAY = dt.timedelta(days=1)


def days(first: str, count: int) -> list[dt.date]:
    return [dt.date.fromisoformat(first) + n * DAY for n in range(count)]


def bars(first: str, count: int) -> pl.DataFrame:
    """Made-up bars of consecutive days: 100.5, 101.5, ... with a range of one around the close."""
    close = [100.5 + n for n in range(count)]
    named = {"session_date": days(first, count), "open": close, "high": [c + 0.25 for c in close], "low": [c - 0.75 for c in close]}
    return as_bars(pl.DataFrame({**named, "close": close, "volume": [1000.0] * count}, schema_overrides={"session_date": pl.Date}))


def values(first: str, count: int, start: float = 1.5) -> pl.DataFrame:
    rising = [start + n for n in range(count)]
    return pl.DataFrame({"date": days(first, count), "value": rising}, schema={"date": pl.Date, "value": pl.Float64})


def first_request(series: Series, since: str | None = None, until: str = "2025-12-31") -> Request:
    start = dt.date.fromisoformat(since) if since else None
    return vendors.module(series.vendor).requests(series, start, dt.date.fromisoformat(until), keyed=False)[0]


def answer(table: pl.DataFrame, series: Series, request: Request) -> Answer:
    return wire.module(series.vendor).answer(table, series, request)


def said(table: pl.DataFrame, series: Series, request: Request) -> Any:
    return json.loads(answer(table, series, request).body)


def read(table: pl.DataFrame, series: Series, request: Request) -> pl.DataFrame:
    return vendors.module(series.vendor).parse(answer(table, series, request).body, series, request)


def test_a_vendor_that_nobody_writes_like_is_named() -> None:
    with pytest.raises(LookupError, match=r"no module pipelines/sources/wire/stooq.py"):
        wire.module("stooq")


@pytest.mark.parametrize(("value", "text"), [(719542.0, "719542"), (0.1, "0.1"), (-0.559, "-0.559"), (5e11, "500000000000")])
def test_numbers_are_written_as_short_as_they_read_back(value: float, text: str) -> None:
    assert wire.plain(value) == text
    assert float(text) == value


class TestFred:
    series = catalog.by_id("fed_total_assets")

    def test_a_csv_has_a_header_and_a_line_a_date(self) -> None:
        table = pl.DataFrame({"date": days("2025-12-10", 2), "value": [6539303.0, None]})
        body = answer(table, self.series, first_request(self.series)).body
        assert body == b"observation_date,WALCL\n2025-12-10,6539303\n2025-12-11,\n"

    def test_a_real_header_is_the_same(self, shared: Path) -> None:
        real = (shared / "recordings" / "fred" / "fredgraph_WALCL.csv").read_bytes().splitlines()[0]
        assert answer(values("2025-12-10", 1), self.series, first_request(self.series)).body.splitlines()[0] == real

    def test_both_ends_of_the_window_count(self) -> None:
        request = first_request(self.series, "2025-12-03").with_param("coed", "2025-12-05")
        assert read(values("2025-12-01", 9), self.series, request)["date"].to_list() == days("2025-12-03", 3)

    def test_an_unknown_id_is_a_page_with_status_404(self) -> None:
        unknown = answer(values("2025-12-01", 1), self.series, first_request(self.series).with_param("id", "NOPE"))
        assert (unknown.status, unknown.body[:9]) == (404, b"<!DOCTYPE")

    def test_the_api_wants_a_key_that_a_rendered_source_never_has(self) -> None:
        keyed = vendors.module("fred").requests(self.series, None, dt.date(2025, 12, 31), keyed=True)[0]
        refused = answer(values("2025-12-01", 1), self.series, keyed)
        assert refused.status == 400
        assert json.loads(refused.body)["error_message"].startswith("Bad Request.  Variable api_key is not set.")


class TestYahoo:
    series = catalog.by_id("sp500")

    @pytest.mark.parametrize(
        ("series_id", "day", "stamp"),
        [
            ("sp500", "2025-07-01", "2025-07-01T13:30Z"),
            ("sp500", "2025-12-11", "2025-12-11T14:30Z"),
            ("gold_futures", "2025-07-01", "2025-07-01T04:00Z"),
            ("gold_futures", "2025-12-11", "2025-12-11T05:00Z"),
            ("btc_usd", "2025-12-11", "2025-12-11T00:00Z"),
            ("sp500", "1927-12-30", "1927-12-30T14:30Z"),
        ],
    )
    def test_a_bar_is_stamped_with_the_opening_of_its_session(self, series_id: str, day: str, stamp: str) -> None:
        series = catalog.by_id(series_id)
        result = said(bars(day, 1), series, first_request(series))["chart"]["result"][0]
        assert result["timestamp"] == [int(dt.datetime.fromisoformat(stamp).timestamp())]
        assert read(bars(day, 1), series, first_request(series))["session_date"].to_list() == days(day, 1)

    def test_the_result_has_the_parts_of_a_real_one(self, shared: Path) -> None:
        recorded = shared / "recordings" / "yahoo" / "chart_QQQ-2020-01-01-to-2020-01-03.json"
        real = json.loads(recorded.read_bytes())["chart"]["result"][0]
        series = catalog.by_id("qqq")
        ours = said(bars("2025-12-01", 3), series, first_request(series))["chart"]["result"][0]
        assert ours.keys() == real.keys()
        assert ours["indicators"]["quote"][0].keys() == real["indicators"]["quote"][0].keys()
        shared_meta = {
            "currency",
            "instrumentType",
            "exchangeTimezoneName",
            "priceHint",
            "dataGranularity",
            "range",
            "validRanges",
            "symbol",
        }
        assert {name: ours["meta"][name] for name in shared_meta} == {name: real["meta"][name] for name in shared_meta}

    def test_the_window_is_closed_at_its_start_and_open_at_its_end(self) -> None:
        request = first_request(self.series, "2025-12-03", until="2025-12-04")
        assert read(bars("2025-12-01", 9), self.series, request)["session_date"].to_list() == days("2025-12-03", 2)

    def test_what_is_not_known_is_null(self) -> None:
        closes = bars("2025-12-01", 2).with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("open", "high", "low", "volume"))
        quote = said(closes, self.series, first_request(self.series))["chart"]["result"][0]["indicators"]["quote"][0]
        assert (quote["open"], quote["volume"], quote["close"]) == ([None, None], [None, None], [100.5, 101.5])
        assert read(closes, self.series, first_request(self.series))["high"].to_list() == [None, None]

    def test_an_empty_period_has_no_stamps(self) -> None:
        request = first_request(self.series, "2025-12-20")
        result = said(bars("2025-12-01", 3), self.series, request)["chart"]["result"][0]
        assert "timestamp" not in result
        assert result["indicators"]["quote"] == [{}]
        assert read(bars("2025-12-01", 3), self.series, request).is_empty()

    def test_an_unknown_symbol_is_the_recorded_404(self, shared: Path) -> None:
        request = first_request(catalog.by_id("iwm"))
        unknown = answer(bars("2025-12-01", 3), self.series, request)
        assert unknown.status == 404
        assert json.loads(unknown.body) == json.loads((shared / "recordings" / "yahoo" / "chart_404_not_found.json").read_bytes())

    def test_a_contract_month_gets_its_own_bars_and_one_without_bars_an_empty_chart(self) -> None:
        chain = catalog.by_id("fed_funds_futures")
        table = bars("2025-12-01", 4).with_columns(contract_month=pl.Series(["2025-12", "2026-01"] * 2))
        asked = vendors.module("yahoo").requests(chain, None, dt.date(2025, 12, 5), keyed=False)
        read_by_month = {request.url.rpartition("/")[2]: read(table, chain, request) for request in asked}
        assert read_by_month["ZQZ25.CBT"]["session_date"].to_list() == [dt.date(2025, 12, 1), dt.date(2025, 12, 3)]
        assert read_by_month["ZQF26.CBT"]["contract_month"].to_list() == ["2026-01"] * 2
        assert read_by_month["ZQG26.CBT"].is_empty()


class TestFiscalData:
    series = catalog.by_id("treasury_cash_daily")

    def statements(self, table: pl.DataFrame, since: str) -> list[dict[str, str]]:
        return said(table, self.series, first_request(self.series, since))["data"]

    def test_each_era_has_its_labels(self) -> None:
        table = pl.DataFrame({"date": [dt.date(2021, 9, 30), dt.date(2021, 10, 1), dt.date(2022, 4, 18)], "value": [200.0, 300.0, 250.0]})
        rows = self.statements(table, "2021-01-01")
        assert [(row["account_type"], row["open_today_bal"], row["close_today_bal"]) for row in rows] == [
            ("Federal Reserve Account", "200", "200"),
            ("Treasury General Account (TGA)", "200", "300"),
            ("Treasury General Account (TGA) Opening Balance", "300", "null"),
            ("Total TGA Deposits (Table II)", "0", "null"),
            ("Total TGA Withdrawals (Table II) (-)", "50", "null"),
            ("Treasury General Account (TGA) Closing Balance", "250", "null"),
        ]
        assert read(table, self.series, first_request(self.series, "2021-01-01"))["value"].to_list() == [0.2, 0.3, 0.25]

    def test_a_row_has_the_fields_of_a_recorded_one(self, shared: Path) -> None:
        recorded = shared / "recordings" / "fiscaldata" / "operating_cash_balance_20250707_20250711.json"
        real = json.loads(recorded.read_bytes())
        made = pl.DataFrame({"date": [dt.date(2025, 7, 3), dt.date(2025, 7, 7)], "value": [313162.0, 332482.0]})
        ours = said(made, self.series, first_request(self.series, "2025-07-07"))
        unknown = {"open_month_bal", "open_fiscal_year_bal"}
        kept = [{name: text for name, text in row.items() if name not in unknown} for row in (ours["data"][0], real["data"][0])]
        assert kept[0] == kept[1]
        assert ours["data"][0].keys() == real["data"][0].keys()
        assert ours["meta"].keys() == real["meta"].keys()
        assert ours["links"].keys() == real["links"].keys()

    def test_the_opening_balance_is_known_though_the_day_before_was_not_asked(self) -> None:
        assert self.statements(values("2025-12-01", 5, 100.0), "2025-12-04")[0]["open_today_bal"] == "102"

    def test_pages_add_up_to_the_whole(self) -> None:
        table, module = values("2025-12-01", 5, 100.0), vendors.module("fiscaldata")
        request: Request | None = first_request(self.series, "2025-12-01").with_param("page[size]", "8")
        pages = []
        while request:
            pages.append(read(table, self.series, request))
            request = vendors.following(request, answer(table, self.series, request).body)
        assert len(pages) == 3
        assert pl.concat(pages)["value"].to_list() == [0.1, 0.101, 0.102, 0.103, 0.104]
        assert module.VENDOR.name == "fiscaldata"

    @pytest.mark.parametrize("text", ["record_date:gte:yesterday", "record_date:near:2025-12-01", "account_type:eq:2025-12-01", "nonsense"])
    def test_a_filter_that_cannot_be_read_is_a_400(self, text: str) -> None:
        refused = answer(values("2025-12-01", 1), self.series, first_request(self.series).with_param("filter", text))
        assert (refused.status, json.loads(refused.body)["error"]) == (400, "Invalid Query Param")


class TestCoinbase:
    series = catalog.by_id("btc_usd_coinbase")

    def test_candles_come_newest_first_and_low_before_high(self) -> None:
        rows = said(bars("2025-12-01", 2), self.series, first_request(self.series, "2025-12-01", "2025-12-05"))
        newest = int(dt.datetime(2025, 12, 2, tzinfo=dt.UTC).timestamp())
        assert rows[0] == [newest, 100.75, 101.75, 101.5, 101.5, 1000]
        assert [row[0] for row in rows] == [newest, newest - 86400]

    def test_all_windows_together_give_every_day(self) -> None:
        table = bars("2024-01-01", 701)
        asked = vendors.module("coinbase").requests(self.series, dt.date(2024, 1, 1), dt.date(2025, 11, 29), keyed=False)
        assert len(asked) == 3
        assert max(len(said(table, self.series, request)) for request in asked) == 300
        assert pl.concat([read(table, self.series, request) for request in asked])["session_date"].unique().sort().to_list() == days(
            "2024-01-01", 700
        )

    def test_a_wider_window_is_the_recorded_400(self, shared: Path) -> None:
        request = first_request(self.series, "2025-01-01").with_param("end", "2025-10-29T00:00:00Z")
        refused = answer(bars("2025-01-01", 350), self.series, request)
        assert refused.status == 400
        assert json.loads(refused.body) == json.loads((shared / "recordings" / "coinbase" / "error_400_too_many_candles.json").read_bytes())

    def test_without_a_window_the_newest_come(self) -> None:
        bare = Request("coinbase", self.series.series_id, first_request(self.series).url, (("granularity", "86400"),))
        assert len(said(bars("2024-01-01", 400), self.series, bare)) == 300

    def test_another_product_and_another_granularity_are_errors(self) -> None:
        request = first_request(self.series)
        assert answer(bars("2025-12-01", 1), catalog.by_id("eth_usd_coinbase"), request).status == 404
        assert answer(bars("2025-12-01", 1), self.series, request.with_param("granularity", "3600")).status == 400


class TestKraken:
    series = catalog.by_id("btc_usd_kraken")

    def test_a_row_has_the_form_of_a_recorded_one(self, shared: Path) -> None:
        real = json.loads((shared / "recordings" / "kraken" / "ohlc_XBTUSD_1440_excerpt_20210720.json").read_bytes())
        ours = said(bars("2025-12-01", 2), self.series, first_request(self.series))
        rows = {name: answer["result"]["XXBTZUSD"][0] for name, answer in (("real", real), ("ours", ours))}
        assert [type(cell) for cell in rows["ours"]] == [type(cell) for cell in rows["real"]]
        assert ours["result"]["last"] == int(dt.datetime(2025, 12, 2, tzinfo=dt.UTC).timestamp())

    def test_only_the_last_720_days_come_whatever_is_asked(self) -> None:
        table = bars("2023-01-01", 900)
        long_ago = read(table, self.series, first_request(self.series, "2023-01-01"))
        assert (long_ago.height, str(long_ago["session_date"][0])) == (720, "2023-06-30")
        lately = read(table, self.series, first_request(self.series, "2025-06-10"))
        assert lately["session_date"].to_list() == days("2025-06-10", 9)

    def test_an_unknown_pair_is_an_error_with_status_200(self) -> None:
        unknown = answer(bars("2025-12-01", 1), self.series, first_request(self.series).with_param("pair", "NOPE"))
        assert unknown.status == 200
        with pytest.raises(Refused, match="EQuery:Unknown asset pair"):
            vendors.module("kraken").parse(unknown.body, self.series, first_request(self.series))


class TestCoinMetrics:
    series = catalog.by_id("btc_usd_coinmetrics")

    def test_a_row_has_the_form_of_the_documented_one(self, shared: Path) -> None:
        real = json.loads((shared / "recordings" / "coinmetrics" / "asset_metrics_daily_doc_example.json").read_bytes())["data"][0]
        ours = said(values("2025-12-01", 1), self.series, first_request(self.series))["data"][0]
        assert ours == {"asset": "btc", "time": "2025-12-01T00:00:00.000000000Z", "PriceUSD": "1.5"}
        assert len(ours["time"]) == len(real["time"])

    def test_pages_lead_to_each_other(self) -> None:
        table, request, dates = values("2025-12-01", 7), first_request(self.series, "2025-12-02").with_param("page_size", "3"), []
        asked: Request | None = request
        while asked:
            dates += read(table, self.series, asked)["date"].to_list()
            asked = vendors.following(asked, answer(table, self.series, asked).body)
        assert dates == days("2025-12-02", 6)

    def test_another_asset_is_a_bad_parameter(self) -> None:
        refused = answer(values("2025-12-01", 1), self.series, first_request(self.series).with_param("assets", "doge"))
        assert (refused.status, json.loads(refused.body)["error"]["type"]) == (400, "bad_parameter")


class TestLbma:
    series = catalog.by_id("gold")

    def test_the_whole_file_comes_with_dollars_first(self) -> None:
        rows = said(bars("2025-12-01", 2), self.series, first_request(self.series, "2025-12-02"))
        assert rows == [{"is_cms_locked": 0, "d": f"2025-12-0{n}", "v": [99.5 + n, None, None]} for n in (1, 2)]
        assert read(bars("2025-12-01", 2), self.series, first_request(self.series))["close"].to_list() == [100.5, 101.5]

    def test_another_file_is_not_found(self) -> None:
        assert answer(bars("2025-12-01", 1), self.series, first_request(catalog.by_id("silver"))).status == 404


class TestNyFed:
    series = catalog.by_id("treasury_outright_operations")
    purchase = pl.DataFrame(
        {
            "operation_id": ["OR 120125 1", "OR 120325 1"],
            "operation_date": [dt.date(2025, 12, 1), dt.date(2025, 12, 3)],
            "settlement_date": [dt.date(2025, 12, 2), None],
            "operation_type": ["Outright Bill Purchase", "Outright Coupon Sale"],
            "direction": ["purchase", "sale"],
            "submitted_usd": [39_346_000_000.0, 2.0],
            "accepted_usd": [4_243_000_000.0, 0.0],
            "maturity_start": [dt.date(2026, 1, 2), None],
            "maturity_end": [dt.date(2026, 3, 24), None],
        }
    )

    def test_an_outright_operation_has_the_fields_of_a_recorded_one(self, shared: Path) -> None:
        recorded = shared / "recordings" / "nyfed" / "tsy_results_summary_row_20260831.json"
        real = json.loads(recorded.read_bytes())["treasury"]["auctions"][0]
        ours = said(self.purchase, self.series, first_request(self.series, "2025-12-01"))["treasury"]["auctions"]
        assert [list(row) for row in ours] == [list(real)] * 2
        assert {name: type(text) for name, text in ours[0].items()} == {name: type(text) for name, text in real.items()}
        assert ours[0]["totalParAmtAccepted"] == "4243000000"

    def test_both_ends_of_the_window_count(self) -> None:
        for since, ids in (("2025-12-01", 2), ("2025-12-02", 1), ("2025-12-04", 0)):
            request = first_request(self.series, since, until="2025-12-03") if ids else first_request(self.series, since)
            assert read(self.purchase, self.series, request).height == ids

    def test_what_is_not_known_stays_unknown(self) -> None:
        sale = read(self.purchase, self.series, first_request(self.series, "2025-12-03")).row(0, named=True)
        assert (sale["direction"], sale["accepted_usd"], sale["settlement_date"], sale["maturity_end"]) == ("sale", 0.0, None, None)
        assert (sale["close_time"], sale["note"], sale["vendor_updated_at"]) == (None, None, None)

    def test_nothing_is_announced(self) -> None:
        *_, announcements = vendors.module("nyfed").requests(self.series, dt.date(2025, 12, 1), dt.date(2025, 12, 31), keyed=False)
        assert answer(self.purchase, self.series, announcements).body == b'{"treasury":{"auctions":[]}}'

    def test_a_repo_has_fields_that_real_ones_have(self, shared: Path) -> None:
        real = json.loads((shared / "recordings" / "nyfed" / "rp_results_search_2026-09-15.json").read_bytes())["repo"]["operations"][0]
        series = catalog.by_id("repo_operations")
        friday = self.purchase.head(1).with_columns(
            operation_type=pl.lit("Repo"),
            direction=pl.lit("repo"),
            term=pl.lit("Overnight"),
            maturity_date=pl.date(2025, 12, 5),
            close_time=pl.lit("13:45"),
        )
        [ours] = said(friday, series, first_request(series, "2025-12-01"))["repo"]["operations"]
        assert set(real) - set(ours) == {"releaseTime"}
        assert set(ours) <= set(real)
        assert {name: type(cell) for name, cell in ours.items()} == {name: type(real[name]) for name in ours}
        [row] = read(friday, series, first_request(series, "2025-12-01")).to_dicts()
        assert (row["close_time"], row["term"], row["accepted_usd"], row["award_rate_percent"]) == (
            "13:45",
            "Overnight",
            4_243_000_000,
            None,
        )

    def test_a_path_without_a_table_is_a_bad_request(self) -> None:
        rates = first_request(catalog.by_id("sofr_nyfed"))
        assert answer(self.purchase, self.series, rates).status == 400
