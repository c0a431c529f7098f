"""Divergences, common highs and lows on four real series, as they were known on the morning of 12 December 2025.

Every claim of mart.divergence_spells, divergences, divergence_entries, divergence_horizons, divergence_outcomes, co_high_sets,
co_high_days, common_lows and rolling_correlation holds there, and each is seen to fail on a broken row.
"""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from tests.sql.conftest import named
from tests.sql.test_divergence_models import MODELS, PRICES, UTC, calendar, catalog, rows

BREAKS = {  # what is put in the place of a column of a good row
    "mart.divergences": {"divergences_do_not_overlap": "start_date as previous_end_date"},
    "mart.divergence_spells": {
        "dates_in_order": "start_date - 1 as end_date",
        "open_has_no_end": "case status when 'open' then 'closed' else 'open' end as status",
        "divergences_do_not_overlap": "start_date as previous_end_date",
        "gap_is_what_the_rules_allow": "threshold - 0.051 as max_gap",
        "begins_inside_the_history": "start_date + 1 as history_start",
    },
    "mart.divergence_entries": {
        "entry_after_start": "start_date as entry_date",
        "entry_has_a_close": "case when entry_close is null then 0 end as entry_close",
        "catches_up_after_entry": "entry_date - 1 as ratio_regained_date",
    },
    "mart.divergence_horizons": {
        "complete_has_a_return": "case when forward_return is null then 0 end as forward_return",
        "exit_not_before_it_is_due": "due_date - 1 as exit_date",
        "days_are_of_the_calendar": "'days' as horizon_unit",
        "ratio_is_watched_until_due": "entry_date + 191 as due_date",
        "status_is_known": "'later' as status",
    },
    "mart.divergence_outcomes": {"exit_not_before_the_horizon": "entry_date + horizon_days - 1 as exit_date"},
    "mart.co_high_days": {"as_many_as_listed": "n_at_high + 1 as n_at_high"},
    "mart.co_high_sets": {
        "basis_is_known": "'low' as basis",
        "share_is_a_share": "1.1 as share",
        "as_many_as_listed": "n_at_high + 1 as n_at_high",
        "nobody_is_at_a_record_and_missing": "['a'] as members, ['a'] as missing",
    },
    "mart.common_lows": {
        "window_is_in_order": "window_start as window_end",
        "troughs_lie_in_the_window": "window_end + 1 as trough_date_b",
        "intraday_is_not_above_close": "trough_a + 1 as trough_intraday_a",
        "status_is_known": "'later' as status",
    },
    "mart.rolling_correlation": {
        "correlation_in_range": "1.1 as correlation",
        "ends_on_friday": "week_ending + 1 as week_ending",
    },
}


HISTORY = {"russell_2000": "index/russell_2000", "sp500": "index/sp500", "silver": "metals/silver_lbma", "btc_usd": "crypto/btc_usd"}
AS_OF = dt.datetime(2025, 12, 12, 10, 50, tzinfo=UTC)


def history(shared: Path, name: str) -> pl.DataFrame:
    """Rows of core.sound_bars from a table of real history, each known on the evening of its day (UTC)."""
    found = pl.read_csv(shared / "history" / f"{HISTORY[name]}.csv.gz", try_parse_dates=True)
    prices = {"high", "low", "close"} & set(found.columns)
    close = pl.col("close" if "close" in prices else "value").cast(pl.Float64)
    evening = pl.col("date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + pl.duration(hours=24 if name == "btc_usd" else 21)
    told = found.select(
        pl.col("date").alias("session_date"), *(pl.col(column).cast(pl.Float64) for column in prices - {"close"}), close=close
    )
    return told.with_columns(series_id=pl.lit(name), quality=pl.lit("ok"), known_at=found.select(evening).to_series())


@pytest.fixture(scope="module")
def past(workbench, shared):
    """The bench filled with four real series as they were known on the morning of 12 December 2025, every model built."""
    with workbench.clean() as bench:
        bench.give("core.series", catalog(list(HISTORY), btc_usd={"group": "crypto"}, silver={"group": "metals"}))
        sessions = history(shared, "sp500").filter(pl.col("session_date") >= dt.date(1985, 1, 1))["session_date"].to_list()
        bench.give("core.sessions", calendar(sessions))
        for name in HISTORY:
            bench.give("core.sound_bars", history(shared, name).filter(pl.col("known_at") <= AS_OF))
        bench.build(*PRICES, *MODELS)
        yield bench


@pytest.mark.parametrize("name", MODELS)
def test_on_real_history_every_check_and_the_grain_hold(past, name):
    model = named(name)
    keys = ", ".join(model.grain)
    assert past.rows(f"select count(*) > 100 from {name}") == [(True,)]
    assert past.rows(f"select {keys} from {name} group by all having count(*) > 1") == []
    for check, claim in model.checks.items():
        assert past.rows(f"select * from {name} where ({claim}) is not true limit 1") == [], check


@pytest.mark.parametrize(("name", "check"), [(name, check) for name in MODELS for check in named(name).checks])
def test_every_check_sees_a_row_that_breaks_it(past, name, check):
    row = f"(select * replace ({BREAKS[name][check]}) from (select * from {name} order by all desc limit 1))"
    assert past.rows(f"select count(*) from {row} where ({named(name).checks[check]}) is not true") == [(1,)]


def test_the_russell_made_no_record_close_for_967_sessions_and_missed_one_by_071_points(past):
    gap = """
        with numbered as (
            select session_date, row_number() over (order by session_date) as number
            from mart.drawdowns where series_id = 'russell_2000'
        )
        select records.session_date, numbered.number - lag(numbered.number) over (order by numbered.number) - 1 as without
        from mart.record_highs as records inner join numbered on records.session_date = numbered.session_date
        where records.series_id = 'russell_2000' and records.basis = 'close' and records.session_date >= '2021-11-01'
        order by 1
    """
    assert (dt.date(2025, 9, 18), 967) in past.rows(gap)
    miss = "select is_record_close, is_record_high, round(running_peak - close, 2) from mart.drawdowns "
    assert past.rows(miss + "where series_id = 'russell_2000' and session_date = '2024-11-25'") == [(False, True, 0.71)]


def test_bitcoins_records_differ_by_basis(past):
    asked = """
        select count(*) filter (where basis = 'close'), count(*) filter (where basis = 'intraday'), count(distinct session_date)
        from mart.record_highs where series_id = 'btc_usd'
    """
    on_close, intraday, days = past.rows(asked)[0]
    assert (on_close, intraday) == (238, 226)
    assert days > max(on_close, intraday)


def test_first_since_depends_on_the_threshold_and_names_three_years(past):
    asked = """
        select threshold, start_date, previous_end_date, history_start from mart.divergences
        where leader = 'russell_2000' and laggard = 'btc_usd' and status = 'open' order by threshold
    """
    since = {row["threshold"]: row for row in rows(past, asked)}
    assert {row["start_date"] for row in since.values()} == {dt.date(2025, 12, 4)}
    assert {threshold: row["previous_end_date"].year for threshold, row in since.items()} == {
        0.10: 2025,
        0.15: 2021,
        0.20: 2018,
        0.25: 2018,
    }
    assert {row["history_start"] for row in since.values()} == {dt.date(2010, 8, 18)}


def test_on_11_december_the_russell_the_sp500_and_silver_were_at_a_record_and_bitcoin_was_not(past):
    asked = "select members, missing from mart.co_high_days where session_date = '2025-12-11' and window_sessions = 0"
    assert past.rows(asked) == [(["russell_2000", "silver", "sp500"], [])]
    on_highs = "select members from mart.co_high_sets where basis = 'intraday' and session_date = '2025-12-11' and window_sessions = 0"
    assert past.rows(on_highs) == [(["russell_2000", "silver"],)]  # the S&P 500 made no record high that day


def test_the_lows_of_november_2025_lie_a_day_or_two_apart_by_basis(past):
    (row,) = rows(
        past, "select * from mart.common_lows where series_a = 'russell_2000' and series_b = 'btc_usd' and window_start = '2025-10-27'"
    )
    assert (row["trough_date_a"], row["trough_date_b"], row["lag_days"]) == (dt.date(2025, 11, 20), dt.date(2025, 11, 22), 2)
    assert (row["trough_date_intraday_a"], row["trough_date_intraday_b"]) == (dt.date(2025, 11, 20), dt.date(2025, 11, 21))
    assert (row["status"], row["is_provisional_a"]) == ("provisional", False)
