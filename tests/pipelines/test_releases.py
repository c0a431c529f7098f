"""Release rules against dated facts: the instant a value became known, and the moment before it."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from pipelines import calendars, catalog, releases
from pipelines.releases import RULES, newest_date, release_times

MICROSECOND = timedelta(microseconds=1)


def known(rule: str, *days: date) -> list[str]:
    """The instants in UTC, to the minute."""
    return release_times(rule, pl.Series(days, dtype=pl.Date)).dt.strftime("%Y-%m-%d %H:%M").to_list()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def newest(series_id: str, moment: str) -> date | None:
    return newest_date(catalog.by_id(series_id), at(moment))


def test_every_release_rule_of_the_catalog_is_written():
    assert {series.release for series in catalog.load()} - set(RULES) == set()


def test_every_weekly_series_of_the_catalog_has_a_weekday():
    assert [s.series_id for s in catalog.load() if s.frequency == "weekly" and RULES[s.release].weekday is None] == []


def test_an_unknown_rule_is_named_with_those_there_are():
    with pytest.raises(KeyError, match=r"h42.*us_equity_close, cme_settlement"):
        release_times("h42", pl.Series([date(2025, 1, 1)]))


def test_a_null_date_is_refused():
    with pytest.raises(ValueError, match="h41: 1 of 2 dates are null"):
        release_times("h41", pl.Series([date(2025, 12, 10), None]))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_answers_in_order_in_utc_microseconds_and_takes_no_dates_too(rule):
    days = pl.Series([date(2025, 12, 10), date(2024, 2, 29), date(2025, 12, 10), date(1999, 12, 31)])
    found = release_times(rule, days)
    assert found.dtype == pl.Datetime("us", "UTC")
    assert found.null_count() == 0
    assert found[0] == found[2] > found[1] > found[3]
    assert found.to_list() == [release_times(rule, pl.Series([day]))[0] for day in days]
    empty = release_times(rule, pl.Series([], dtype=pl.Date))
    assert empty.dtype == pl.Datetime("us", "UTC")
    assert len(empty) == 0


@pytest.mark.parametrize("rule", RULES)
def test_a_value_is_never_known_before_its_date_but_for_the_announced_rate(rule):
    days = pl.date_range(date(1962, 1, 1), date(2026, 12, 31), eager=True)
    ahead = (release_times(rule, days).dt.convert_time_zone("America/New_York").dt.date() < days).sum()
    assert (ahead > 0) == (rule == "iorb")


@pytest.mark.parametrize("rule", RULES)
def test_seventy_years_of_dates_ask_the_calendar_for_each_year_once(rule):
    days = pl.date_range(date(1954, 7, 1), date(2026, 8, 20), eager=True)
    calendars._ordered.cache_clear()
    release_times(rule, days)
    made = calendars._ordered.cache_info()
    assert made.misses <= 80 and made.hits + made.misses <= 400


def test_the_balance_sheet_of_wednesday_is_known_on_thursday_afternoon_and_not_before():
    assert known("h41", date(2025, 12, 10)) == ["2025-12-11 21:32"]
    assert newest("fed_total_assets", "2025-12-11 21:32") == date(2025, 12, 10)
    assert newest_date(catalog.by_id("fed_total_assets"), at("2025-12-11 21:32") - MICROSECOND) == date(2025, 12, 3)
    assert newest("fed_total_assets", "2025-12-11 20:00") == date(2025, 12, 3)


def test_in_thanksgiving_week_the_balance_sheet_comes_on_friday():
    assert known("h41", date(2025, 11, 26)) == ["2025-11-28 21:32"]
    assert newest("fed_total_assets", "2025-11-27 23:00") == date(2025, 11, 19)


def test_at_christmas_2020_the_balance_sheet_came_five_days_late():
    assert known("h41", date(2020, 12, 16), date(2020, 12, 23), date(2020, 12, 30)) == [
        "2020-12-17 21:32",
        "2020-12-28 21:32",
        "2020-12-31 21:32",
    ]


def test_a_wednesday_that_is_a_holiday_itself_costs_the_balance_sheet_one_more_day():
    assert known("h41", date(2024, 12, 25), date(2025, 1, 1), date(2024, 6, 19)) == [
        "2024-12-27 21:32",
        "2025-01-03 21:32",
        "2024-06-21 20:32",
    ]


def test_holdings_follow_the_balance_sheet_at_half_past_four():
    assert known("soma", date(2025, 12, 10), date(2025, 11, 26)) == ["2025-12-11 21:30", "2025-11-28 21:30"]


def test_the_hour_follows_daylight_saving_time():
    assert known("us_equity_close", date(2025, 3, 7), date(2025, 3, 10)) == ["2025-03-07 21:30", "2025-03-10 20:30"]
    assert known("us_equity_close", date(2025, 10, 31), date(2025, 11, 3)) == ["2025-10-31 20:30", "2025-11-03 21:30"]
    assert known("target_range", date(2025, 3, 8), date(2025, 3, 9)) == ["2025-03-08 13:01", "2025-03-09 12:01"]
    assert known("target_range", date(2025, 11, 1), date(2025, 11, 2)) == ["2025-11-01 12:01", "2025-11-02 13:01"]


def test_london_changes_its_clock_on_other_days_than_new_york():
    assert known("lbma", date(2025, 3, 28), date(2025, 3, 31)) == ["2025-03-28 18:00", "2025-03-31 17:00"]
    assert known("lbma", date(2025, 10, 24), date(2025, 10, 27)) == ["2025-10-24 17:00", "2025-10-27 18:00"]


def test_the_day_of_a_market_that_never_closes_is_known_ten_minutes_after_midnight():
    assert known("utc_day", date(2025, 12, 31)) == ["2026-01-01 00:10"]
    assert newest("btc_usd", "2025-12-12 10:50") == date(2025, 12, 11)
    assert newest("btc_usd", "2025-12-12 00:05") == date(2025, 12, 10)


def test_the_funds_rate_of_friday_to_sunday_is_known_on_monday():
    assert known("dff", *(date(2025, 12, d) for d in (4, 5, 6, 7, 8))) == [
        "2025-12-05 21:16",
        "2025-12-08 21:16",
        "2025-12-08 21:16",
        "2025-12-08 21:16",
        "2025-12-09 21:16",
    ]


def test_a_long_weekend_makes_the_funds_rate_four_days_late():
    assert known("dff", date(2025, 10, 10)) == ["2025-10-14 20:16"]


def test_interest_on_reserves_is_known_before_its_date():
    assert known("iorb", date(2025, 12, 11), date(2025, 12, 15)) == ["2025-12-10 21:31", "2025-12-12 21:31"]
    assert newest("iorb", "2025-12-12 21:31") == date(2025, 12, 15)
    assert newest("iorb", "2025-12-12 10:50") == date(2025, 12, 12)


def test_unsecured_rates_come_out_on_good_friday_and_secured_ones_skip_it():
    assert known("unsecured_rates", date(2025, 4, 17)) == ["2025-04-18 13:02"]
    assert known("secured_rates", date(2025, 4, 17)) == ["2025-04-21 12:02"]
    assert newest("sofr", "2025-04-21 12:02") == date(2025, 4, 17)
    assert newest("effr", "2025-04-21 13:02") == date(2025, 4, 18)


def test_no_sofr_is_missing_on_a_good_friday_that_closes_early():
    assert newest("sofr", "2026-04-07 11:00") == date(2026, 4, 2)
    assert newest("sofr", "2026-04-07 12:02") == date(2026, 4, 6)
    assert newest("on_rrp", "2026-04-05 12:00") == date(2026, 4, 2)
    assert newest("treasury_10y", "2026-04-06 21:00") == date(2026, 4, 3)


def test_on_a_bank_holiday_stocks_have_a_new_day_and_bonds_have_not():
    assert newest("sp500", "2025-10-13 20:30") == date(2025, 10, 13)
    assert newest("treasury_10y", "2025-10-14 20:16") == date(2025, 10, 10)


def test_no_session_is_expected_while_the_exchange_is_closed():
    assert newest("sp500", "2001-09-16 12:00") == date(2001, 9, 10)
    assert newest("sp500", "2025-01-09 23:00") == date(2025, 1, 8)
    assert newest("russell_2000", "2025-04-20 12:00") == date(2025, 4, 17)


def test_overnight_reverse_repo_is_known_on_its_day():
    assert known("on_rrp", date(2025, 12, 10)) == ["2025-12-10 19:02"]
    assert newest("on_rrp", "2025-12-10 19:01") == date(2025, 12, 9)


def test_other_daily_rules_at_their_hours():
    day = date(2025, 12, 10)
    assert known("cme_settlement", day) == ["2025-12-10 23:00"]
    assert known("fred_index_close", day) == ["2025-12-11 01:11"]
    assert known("h15", day) == ["2025-12-11 21:16"]
    assert known("vix", day) == ["2025-12-11 14:40"]
    assert known("high_yield_spread", day) == ["2025-12-11 14:00"]
    assert known("dts", day) == ["2025-12-11 21:00"]
    assert known("nyfed_operation", day) == ["2025-12-10 16:30"]


def test_financial_conditions_of_a_friday_come_on_wednesday_and_after_new_year_on_thursday():
    assert known("nfci", date(2025, 12, 5), date(2024, 12, 27)) == ["2025-12-10 13:30", "2025-01-02 13:30"]
    assert newest("financial_conditions", "2025-12-12 10:50") == date(2025, 12, 5)


def test_money_supply_comes_on_the_fourth_tuesday_of_the_next_month():
    assert known("m2", date(2025, 10, 1), date(2025, 6, 1), date(2029, 11, 1)) == [
        "2025-11-25 18:00",
        "2025-07-22 17:00",
        "2029-12-26 18:00",  # the fourth Tuesday is Christmas
    ]
    assert newest("m2", "2025-11-25 17:59") == date(2025, 9, 1)
    assert newest("m2", "2025-11-25 18:00") == date(2025, 10, 1)


def test_nobody_can_say_when_the_next_operation_comes():
    assert newest("treasury_outright_operations", "2025-12-12 10:50") is None


def test_every_other_series_of_the_catalog_has_a_newest_date_that_its_rule_allows():
    now = at("2025-12-12 10:50")
    for series in catalog.load():
        found = newest_date(series, now)
        if series.frequency == "event":
            continue
        assert found is not None, series.series_id
        assert release_times(series.release, pl.Series([found]))[0] <= now, series.series_id


def test_a_moment_without_its_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        newest_date(catalog.by_id("sp500"), datetime.fromisoformat("2025-12-12T10:50"))


def test_a_moment_in_another_zone_is_the_same_instant():
    moment = datetime.fromisoformat("2025-12-11T16:32:00-05:00")
    assert newest_date(catalog.by_id("fed_total_assets"), moment) == date(2025, 12, 10)
    assert releases.newest_date(catalog.by_id("fed_total_assets"), moment - MICROSECOND) == date(2025, 12, 3)
