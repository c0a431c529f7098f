"""The embedded sample: the published figures stand, and what was made between them is nothing to speak of."""

import datetime as dt
from bisect import bisect_left
from itertools import pairwise

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import calendars, catalog, releases, sample
from pipelines.sample import bridge
from pipelines.sources import Unreachable
from pipelines.sources.rendered import DATED
from pipelines.sources.sample import Sample

MORNING = dt.datetime(2025, 12, 12, 10, 50, tzinfo=dt.UTC)
PRICED = sorted(sample.price_anchors())
HELD = [series for series in catalog.load() if Sample().holds(series)]
Bars = list[tuple[dt.date, float]]


@pytest.fixture(scope="module")
def source() -> Sample:
    return Sample()


@pytest.fixture(scope="module")
def that_morning() -> Sample:
    return Sample(MORNING)


def on_basis(rows: pl.DataFrame, basis: str) -> Bars:
    """Day and price; the close where a high or low is not known."""
    return rows.select(DATED["price_bars"], pl.col(basis).fill_null(pl.col("close"))).rows()


def records(bars: Bars) -> set[dt.date]:
    """Days above all earlier ones, found one by one."""
    found, highest = set(), bars[0][1]
    for day, price in bars[1:]:
        if price > highest:
            found.add(day)
            highest = price
    return found


def year_highs(bars: Bars, known_from: dt.date) -> set[dt.date]:
    """Days above all of the 365 calendar days before, once that many are known."""
    days, found = [day for day, _ in bars], set()
    for at, (day, price) in enumerate(bars):
        year = bars[bisect_left(days, day - dt.timedelta(days=365)) : at]
        if day - known_from >= dt.timedelta(days=365) and year and price > max(earlier for _, earlier in year):
            found.add(day)
    return found


def year_lows(bars: Bars, known_from: dt.date) -> set[dt.date]:
    return year_highs([(day, -price) for day, price in bars], known_from)


def anchors_of(series_id: str) -> pl.DataFrame:
    return sample.price_anchors()[series_id].rename({"date": "session_date"})


def first_session(series_id: str) -> dt.date:
    """The first anchor after the record that stood before the sample."""
    return anchors_of(series_id).filter(~pl.col("why").str.contains("record before start"))["session_date"][0]


def test_the_label_says_sample(source: Sample) -> None:
    assert source.label.startswith("SAMPLE")


def test_a_series_without_anchors_is_not_held(source: Sample, ask) -> None:
    assert {series.series_id for series in HELD} == {
        *(*PRICED, "fed_total_assets", "treasury_general_account", "treasury_general_account_week_average", "treasury_cash_daily"),
        *("reserve_balances_week_average", "treasuries_held", "mbs_held", "on_rrp", "on_rrp_rate", "sofr", "iorb", "target_upper"),
        *("target_lower", "effective_fed_funds_daily", "vix", "treasury_2y", "treasury_10y", "treasury_outright_operations"),
    }
    with pytest.raises(Unreachable, match="SAMPLE.* holds no spy"):
        ask(source, catalog.by_id("spy"))


@pytest.mark.parametrize("series", HELD, ids=lambda series: series.series_id)
def test_the_tables_come_back_through_the_vendors_own_format(source, ask, expected, series) -> None:
    assert_frame_equal(ask(source, series), expected(source, series), check_exact=True)


@pytest.mark.parametrize("series", HELD, ids=lambda series: series.series_id)
def test_nothing_comes_back_that_was_not_out(that_morning, ask, series) -> None:
    dates = ask(that_morning, series, dt.date(2025, 11, 1))[DATED[series.shape]]
    assert dates.is_empty() == (series.series_id == "treasury_outright_operations")  # the first is that day at half past eleven
    assert (releases.release_times(series.release, dates) <= MORNING).all()


@pytest.mark.parametrize("series", [one for one in HELD if one.frequency != "event"], ids=lambda series: series.series_id)
def test_by_its_own_clock_nothing_is_late(source, ask, newest, series) -> None:
    assert newest(ask(source, series), series) == releases.newest_date(series, source.now())


@pytest.mark.parametrize("series_id", PRICED)
def test_every_anchor_is_kept_to_the_cent(source, series_id) -> None:
    bars = source.table(catalog.by_id(series_id))
    both = anchors_of(series_id).join(bars, on="session_date", how="left", suffix="_made")
    for basis in ("close", "high", "low"):
        known = both.filter(pl.col(basis).is_not_null())
        assert known[basis].to_list() == known[f"{basis}_made"].to_list()


@pytest.mark.parametrize("series_id", PRICED)
def test_every_session_has_a_bar_whose_prices_are_in_order(source, series_id) -> None:
    series = catalog.by_id(series_id)
    bars = source.table(series).filter(pl.col("session_date") >= first_session(series_id))
    assert bars["session_date"].to_list() == calendars.sessions(series.calendar, bars["session_date"][0], dt.date(2026, 3, 31))
    assert bars.filter(pl.col("high") < pl.max_horizontal("open", "close")).is_empty()
    assert bars.filter(pl.col("low") > pl.min_horizontal("open", "close")).is_empty()
    assert bars["high"].null_count() == (bars.height if series.vendor == "lbma" else 0)


@pytest.mark.parametrize("basis", ["close", "high"])
@pytest.mark.parametrize("series_id", PRICED)
def test_the_records_are_the_anchors_own(source, series_id, basis) -> None:
    own = records(on_basis(anchors_of(series_id), basis))
    assert len(own) >= 2
    assert records(on_basis(source.table(catalog.by_id(series_id)), basis)) == own


@pytest.mark.parametrize(("basis", "extremes"), [("close", year_highs), ("close", year_lows), ("high", year_highs), ("low", year_lows)])
@pytest.mark.parametrize("series_id", PRICED)
def test_the_highs_and_lows_of_365_days_are_the_anchors_own(source, series_id, basis, extremes) -> None:
    start = first_session(series_id)
    own = extremes(on_basis(anchors_of(series_id), basis), start)
    assert own
    assert extremes(on_basis(source.table(catalog.by_id(series_id)), basis), start) == own


@pytest.mark.parametrize("series_id", PRICED)
def test_no_trough_is_deeper_than_the_anchors_say(source, series_id) -> None:
    """Between records the lowest close is an anchor's, but for the shallow dips between two records."""
    bars, own = source.table(catalog.by_id(series_id)), anchors_of(series_id)
    peaks = [*sorted(records(on_basis(own, "close"))), own["session_date"][-1]]
    for peak, following in pairwise(peaks):
        during = pl.col("session_date").is_between(peak, following)
        deepest = min(own.filter(during)["close"].min(), own.filter(during)["close"][0] * (1 - bridge.ROOM) - 0.01)
        assert bars.filter(during)["close"].min() >= deepest


@pytest.mark.parametrize("series_id", PRICED)
def test_no_record_looks_like_an_error(source, series_id) -> None:
    """The limits of core.price_bars: a wick of 3 %, or a rise of 15 % (crypto 35 %) that the next bar is not within 5 % of."""
    series = catalog.by_id(series_id)
    bars = source.table(series).with_columns(pl.col("open", "high", "low").fill_null(pl.col("close")))
    judged = bars.with_columns(
        wick=pl.col("high") / pl.max_horizontal("open", "close"),
        rise=(pl.col("close") / pl.col("close").shift(1)).log(),
        is_followed=(pl.col("high").shift(-1) >= 0.95 * pl.col("high")) & (pl.col("low").shift(-1) <= 1.05 * pl.col("high")),
    )
    days = records(on_basis(bars, "close")) | records(on_basis(bars, "high"))
    of_records = judged.filter(pl.col("session_date").is_in(list(days)))
    assert of_records["wick"].max() <= 1.03
    assert of_records.filter(pl.col("rise") > (0.35 if series.group == "crypto" else 0.15))["is_followed"].all()


def test_two_builds_are_equal_byte_for_byte() -> None:
    for series in HELD:
        assert Sample().table(series).write_csv() == Sample().table(series).write_csv()


def test_an_anchor_more_moves_nothing_far_from_it() -> None:
    series, anchors = catalog.by_id("sp500"), sample.price_anchors()["sp500"]
    shorter = bridge.bars(anchors.head(40), series, 2)
    last_but_a_year = anchors["date"][38] - dt.timedelta(days=365)  # later anchors bind the year before them
    before = pl.col("session_date") < last_but_a_year
    whole = bridge.bars(anchors, series, 2)
    assert shorter.filter(before).height > 200
    assert_frame_equal(shorter.filter(before).select("session_date", "close"), whole.filter(before).select("session_date", "close"))


@pytest.mark.parametrize("series_id", sorted(sample.value_anchors()))
def test_every_published_level_and_rate_is_kept(source, series_id) -> None:
    anchors = sample.value_anchors()[series_id]
    both = anchors.join(source.table(catalog.by_id(series_id)), on="date", how="left", suffix="_made")
    assert both["value"].to_list() == both["value_made"].to_list()


def test_the_effective_rate_stays_inside_the_target_range(source) -> None:
    rate = source.table(catalog.by_id("effective_fed_funds_daily"))
    for end, side in (("target_lower", pl.Expr.ge), ("target_upper", pl.Expr.le)):
        both = rate.join(source.table(catalog.by_id(end)), on="date", how="left", suffix="_range")
        assert both.select(side(pl.col("value"), pl.col("value_range")).all()).item()


def test_administered_rates_change_only_at_anchors(source) -> None:
    rate = source.table(catalog.by_id("target_upper"))
    changes = rate.filter(pl.col("value") != pl.col("value").shift(1))["date"]
    assert set(changes) <= set(sample.value_anchors()["target_upper"]["date"])
    assert rate.filter(pl.col("date") == dt.date(2025, 12, 10))["value"].item() == 4.0
    assert rate.filter(pl.col("date") == dt.date(2025, 12, 11))["value"].item() == 3.75


def test_the_daily_account_meets_the_weekly_one_on_wednesdays(source) -> None:
    weekly = source.table(catalog.by_id("treasury_general_account"))
    daily = source.table(catalog.by_id("treasury_cash_daily"))
    both = weekly.join(daily, on="date", how="left", suffix="_daily")
    assert both["value"].to_list() == both["value_daily"].to_list()
    assert daily["value"].n_unique() > 150


def test_the_first_cycle_of_bill_purchases_is_the_desks(source, ask) -> None:
    bought = ask(source, catalog.by_id("treasury_outright_operations"))
    first, cycle = bought.row(0, named=True), bought.filter(pl.col("operation_date") <= dt.date(2026, 1, 8))
    assert (cycle.height, cycle["accepted_usd"].sum()) == (7, 54_429_000_000)
    assert (first["submitted_usd"], first["accepted_usd"]) == (27_458_000_000, 8_167_000_000)
    assert (first["settlement_date"], first["maturity_start"], first["maturity_end"]) == (
        *(dt.date(2025, 12, 15), dt.date(2026, 1, 13), dt.date(2026, 4, 9)),
    )
    assert (bought["submitted_usd"] > 2 * bought["accepted_usd"]).all()
    assert cycle["maturity_start"].null_count() == cycle.height - 1


def test_a_made_purchase_is_the_rise_of_its_week_and_says_sample(source, ask) -> None:
    bought = ask(source, catalog.by_id("treasury_outright_operations"))
    made = bought.filter(pl.col("operation_id").str.starts_with("SAMPLE "))
    anchored = {"OR 121225 1", "OR 121525 1", "OR 121725 1", "OR 121925 1", "OR 122225 1", "OR 010626 1", "OR 010826 1", "OR 022626 25"}
    assert set(bought["operation_id"]) - set(made["operation_id"]) == anchored
    # TREAST of 14 January to 25 February 2026 in the fact sheet: 4243253, 4251156, 4265977, 4281018, 4297606, 4305596, 4321596
    assert made["accepted_usd"].to_list() == [amount * 1e6 for amount in (7_903, 14_821, 15_041, 16_588, 7_990, 16_000)]
    assert made["maturity_start"].null_count() == made.height
