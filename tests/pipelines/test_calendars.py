"""Calendars against the days on which the markets really traded and the banks really worked."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines import calendars
from pipelines.calendars import is_session, next_session, previous_session, sessions

HISTORY = Path(__file__).parents[3] / "shared" / "history"
COLUMBUS_DAY, VETERANS_DAY, GOOD_FRIDAY = date(2025, 10, 13), date(2025, 11, 11), date(2025, 4, 18)


def dates_in(path: str, start: date) -> list[date]:
    """The dates with a value, from `start`, of one table of the shared history."""
    if not HISTORY.exists():
        pytest.skip("the shared history is not on this machine; the dated facts of this file are tested anyway")
    frame = pl.read_csv(HISTORY / path, try_parse_dates=True)
    value = "close" if "close" in frame.columns else "value"
    return frame.filter(pl.col(value).is_not_null() & (pl.col("date") >= start))["date"].sort().to_list()


@pytest.mark.parametrize("calendar", ["FED", "SIFMA", "REPO"])
@pytest.mark.parametrize("day", [COLUMBUS_DAY, VETERANS_DAY])
def test_the_banks_keep_columbus_and_veterans_day_and_the_exchange_trades(calendar, day):
    assert not is_session(calendar, day)
    assert is_session("XNYS", day)


def test_on_good_friday_the_exchange_is_closed_and_the_banks_work():
    assert not is_session("XNYS", GOOD_FRIDAY)
    assert not is_session("SIFMA", GOOD_FRIDAY)
    assert is_session("FED", GOOD_FRIDAY)


def test_an_early_close_good_friday_is_a_bond_session_without_a_repo_market():
    assert is_session("SIFMA", date(2021, 4, 2))
    assert not is_session("REPO", date(2021, 4, 2))


def test_the_exchange_was_closed_after_9_11_for_sandy_and_for_carter():
    closed = [date(2001, 9, d) for d in (11, 12, 13, 14)] + [date(2012, 10, 29), date(2012, 10, 30), date(2025, 1, 9)]
    assert [day for day in closed if is_session("XNYS", day)] == []
    assert is_session("FED", date(2025, 1, 9))


def test_a_saturday_holiday_closes_the_bond_market_on_friday_and_not_the_reserve_banks():
    assert not is_session("SIFMA", date(2021, 12, 24))
    assert is_session("FED", date(2021, 12, 24))
    assert is_session("FED", date(1982, 12, 31))


def test_reserve_bank_holidays_reach_back_before_the_librarys_first_year():
    assert not is_session("FED", date(1985, 7, 4))
    assert not is_session("FED", date(1990, 11, 12))  # Veterans Day fell on a Sunday
    assert is_session("FED", date(1985, 7, 5))


def test_a_market_that_never_closes_has_every_day():
    assert len(sessions("24x7", date(2024, 2, 1), date(2024, 3, 1))) == 30


def test_london_keeps_the_bank_holidays_of_england():
    assert not is_session("XLON", date(2025, 5, 5))
    assert not is_session("XLON", date(2022, 9, 19))  # the Queen's funeral
    assert is_session("XLON", date(2025, 11, 27))


def test_futures_have_no_settlement_on_a_minor_holiday():
    assert not is_session("XCME", date(2025, 9, 1))
    assert is_session("XCME", date(2025, 11, 28))


def test_sessions_include_both_ends_and_come_in_order():
    week = sessions("XNYS", date(2025, 12, 24), date(2025, 12, 31))
    assert week == [date(2025, 12, d) for d in (24, 26, 29, 30, 31)]


def test_a_range_that_ends_before_it_starts_has_no_session():
    assert sessions("XNYS", date(2025, 12, 31), date(2025, 12, 24)) == []


def test_next_and_previous_never_count_the_day_itself():
    assert next_session("XNYS", date(2025, 11, 26)) == date(2025, 11, 28)
    assert next_session("XNYS", date(2025, 12, 31), 2) == date(2026, 1, 5)
    assert previous_session("FED", date(2025, 12, 26)) == date(2025, 12, 24)
    assert previous_session("FED", date(2026, 1, 2), 2) == date(2025, 12, 30)


def test_counting_sessions_starts_at_one():
    with pytest.raises(ValueError, match="from 1, got 0"):
        next_session("XNYS", date(2025, 1, 2), 0)


def test_an_unknown_calendar_is_named_with_those_there_are():
    with pytest.raises(KeyError, match=r"XNYX.*XNYS, SIFMA"):
        is_session("XNYX", date(2025, 1, 2))


def test_a_century_of_sessions_makes_each_year_once():
    calendars._ordered.cache_clear()
    for _ in range(2):
        assert len(sessions("XNYS", date(1927, 1, 1), date(2030, 12, 31))) == 26088
    assert calendars._ordered.cache_info().misses == 104


def test_no_calendar_but_the_endless_one_has_a_weekend_session():
    for calendar in set(calendars.TRUSTED_FROM) - {"24x7"}:
        assert max(day.weekday() for day in sessions(calendar, date(1927, 1, 1), date(2030, 12, 31))) == 4


@pytest.mark.parametrize(
    ("calendar", "path", "start", "closed"),
    [
        ("XNYS", "index/russell_2000.csv.gz", date(1987, 9, 10), set()),
        ("XNYS", "index/sp500.csv.gz", date(1990, 1, 1), set()),
        ("SIFMA", "fred/DGS10.csv.gz", date(1999, 1, 1), {date(2001, 9, 11)}),
        ("REPO", "fred/SOFR.csv.gz", date(2018, 4, 3), set()),
        ("FED", "fred/OBFR.csv.gz", date(2016, 3, 1), set()),
        ("FED", "treasury/tga_closing_balance.csv.gz", date(2016, 1, 4), set()),
        ("XLON", "metals/silver_lbma.csv.gz", date(2000, 1, 4), set()),
    ],
)
def test_the_calendar_has_the_days_of_real_history(calendar, path, start, closed):
    """`closed`: sessions that history has no value for, because the day ended before there was one."""
    real = dates_in(path, start)
    assert set(sessions(calendar, real[0], real[-1])) ^ set(real) == closed


def test_the_days_with_a_fed_funds_settlement_are_the_sessions_of_xcme():
    frames = [dates_in(f"fed_funds_futures/{p.name}", date(2024, 1, 1)) for p in sorted(HISTORY.glob("fed_funds_futures/ZQ_*.csv.gz"))]
    real = sorted({day for frame in frames for day in frame})
    if not real:
        pytest.skip("the shared history is not on this machine")
    assert sessions("XCME", real[0], real[-1]) == real


@pytest.mark.parametrize(
    ("calendar", "day", "why"),
    [
        ("XNYS", date(2026, 4, 3), "Good Friday"),
        ("FED", date(2026, 4, 3), None),
        ("REPO", date(2026, 4, 3), "Good Friday"),
        ("XNYS", date(2025, 11, 27), "Thanksgiving Day"),
        ("FED", date(2025, 11, 11), "Veterans Day"),
        ("XNYS", date(2025, 11, 11), None),
        ("XLON", date(2025, 12, 27), "Saturday"),
        ("24x7", date(2025, 12, 25), None),
    ],
)
def test_what_closes_a_calendar_is_named(calendar, day, why):
    assert calendars.closure(calendar, day) == why
