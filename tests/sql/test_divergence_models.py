"""Divergences, their outcomes, common highs and lows, weekly correlation: by hand, against slower second computations,
and as of any moment. On real history: `test_divergence_history.py`.

Covers mart.divergence_spells and divergences, divergence_entries, divergence_horizons and divergence_outcomes, co_high_sets
and co_high_days, common_lows and rolling_correlation.
"""

import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest

from tests.sql.conftest import named

UTC = dt.UTC
MONDAY = dt.date(2024, 1, 1)
SPELLS = ("mart.divergence_spells", "mart.divergences")
OUTCOMES = ("mart.divergence_entries", "mart.divergence_horizons", "mart.divergence_outcomes")
SETS = ("mart.co_high_sets", "mart.co_high_days")
MODELS = (*SPELLS, *OUTCOMES, *SETS, "mart.common_lows", "mart.rolling_correlation")
PRICES = ("core.session_days", "mart.drawdowns", "mart.drawdown_episodes", "mart.record_highs")

Closes = dict[dt.date, float]


def weekdays(n: int) -> list[dt.date]:
    """The first n Mondays to Fridays from a Monday on: a calendar without holidays."""
    return [MONDAY + dt.timedelta(days=7 * (i // 5) + i % 5) for i in range(n)]


def following(closes: list[float], days: list[dt.date] | None = None) -> Closes:
    """Closes on following sessions."""
    return dict(zip(days or weekdays(len(closes)), closes, strict=True))


def known(series_id: str, day: dt.date) -> dt.datetime:
    """When a made-up close is known: stocks at 21:15 UTC, coins at five past midnight."""
    late = dt.timedelta(days=1, minutes=5) if series_id.startswith("coin") else dt.timedelta(hours=21, minutes=15)
    return dt.datetime.combine(day, dt.time(0), UTC) + late


def bars(series: dict[str, Closes], highs: dict[str, Closes] | None = None) -> pl.DataFrame:
    """Rows of core.sound_bars: a low one below and a high one above each close, where no other high is given."""
    given = highs or {}
    rows = [
        {"series_id": name, "session_date": day, "close": close, "low": close - 1, "high": given.get(name, {}).get(day, close + 1)}
        | {"quality": "ok", "known_at": known(name, day)}
        for name, closes in series.items()
        for day, close in closes.items()
    ]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(["close", "low", "high"], pl.Float64))


def catalog(names: list[str], **different: dict) -> pl.DataFrame:
    """Rows of core.series: index series that are compared, but for what is said to be different."""
    plain = {"group": "index", "shape": "price_bars", "is_compared": True}
    return pl.DataFrame([{"series_id": name} | plain | different.get(name, {}) for name in names])


def calendar(days: list[dt.date]) -> pl.DataFrame:
    """Rows of core.sessions: New York's, and one day of London alone that no grid may hold."""
    rows = [("XNYS", day) for day in days] + [("XLON", days[0] + dt.timedelta(days=5))]
    return pl.DataFrame(rows, schema=["calendar", "session_date"], orient="row")


def build(
    bench,
    series: dict[str, Closes],
    *models: str,
    sessions: list[dt.date] | None = None,
    highs: dict[str, Closes] | None = None,
    **different: dict,
) -> None:
    """Fill the bench with these closes and build the tables of prices and the named models."""
    bench.give("core.series", catalog(sorted(series), **different))
    bench.give("core.sessions", calendar(sessions or weekdays(700)))
    bench.give("core.sound_bars", bars(series, highs))
    bench.build(*PRICES, *models)


def rows(bench, query: str) -> list[dict]:
    """The answer to a query, by column."""
    return bench.connection.sql(query).pl().to_dicts()


# Divergences


def test_a_divergence_begins_at_the_threshold_and_ends_at_half_of_it(workbench):
    #          0    1    2    3    4    5    6    7    8    9   10   11
    leader = [100, 101, 102, 103, 102, 103, 104, 105, 106, 107, 108, 109]
    laggard = [99, 100, 81, 79, 75, 85, 89, 90.5, 79, 81, 79.9, 89]
    with workbench.clean() as bench:
        build(bench, {"lead": following(leader), "lag": following(laggard)}, *SPELLS)
        found = rows(bench, "select * from mart.divergences where leader = 'lead' and threshold = 0.2 order by start_date")
        assert [row["laggard"] for row in found] == ["lag", "lag"]
        first, second = found
        days = weekdays(12)
        # 81 is 19 % below: not yet. 79 opens it, 89 (11 % below) holds it, 90.5 (9.5 %) ends it; 79 opens the next one.
        assert (first["start_date"], first["end_date"], first["status"], first["ended_by"]) == (
            days[3],
            days[6],
            "closed",
            "laggard recovered",
        )
        assert (first["sessions_diverged"], first["last_signal_date"]) == (4, days[3])  # 102 is no record, 103 a tie, then 85 is too near
        assert first["max_gap"] == pytest.approx((102 / 103 - 1) - (0.75 - 1))
        assert (first["previous_end_date"], first["days_since_previous"], first["history_start"]) == (None, None, days[0])
        assert first["start_known_at"] == known("lead", days[3])
        assert (second["start_date"], second["end_date"], second["status"], second["ended_by"]) == (days[8], None, "open", None)
        assert (second["last_signal_date"], second["sessions_diverged"]) == (days[10], 4)
        assert (second["previous_end_date"], second["days_since_previous"]) == (days[6], (days[8] - days[6]).days)


def test_a_divergence_ends_when_the_leader_falls_more_than_five_percent_below_its_record(workbench):
    leader = [100, 110, 105, 104.6, 104.4, 104, 111, 112]
    laggard = [100, 70, 70, 70, 70, 70, 70, 70]
    with workbench.clean() as bench:
        build(bench, {"lead": following(leader), "lag": following(laggard)}, *SPELLS)
        found = rows(bench, "select * from mart.divergences where leader = 'lead' and threshold = 0.25 order by start_date")
        days = weekdays(8)
        assert [(row["start_date"], row["end_date"], row["ended_by"]) for row in found] == [
            (days[1], days[3], "leader fell"),  # 104.6 is 4.9 % below 110, 104.4 is 5.1 %
            (days[6], None, None),
        ]


def test_a_tie_with_the_record_opens_nothing(workbench):
    with workbench.clean() as bench:
        build(bench, {"lead": following([100, 99, 100, 100]), "lag": following([100, 60, 60, 60])}, *SPELLS)
        assert rows(bench, "select * from mart.divergences where leader = 'lead'") == []


def test_a_record_of_a_weekend_counts_on_monday_once_monday_is_in(workbench):
    days = weekdays(10)
    saturday = days[4] + dt.timedelta(days=1)
    coin = following([100, 99, 98, 97, 96]) | {saturday: 120.0, saturday + dt.timedelta(days=1): 119.0}
    stock = following([100, 70, 70, 70, 70, 70])
    asked = "select start_date from mart.divergences where leader = 'coin' and threshold = 0.2"
    with workbench.clean() as bench:
        build(bench, {"coin": coin, "stock": following([100, 70, 70, 70, 70])}, *SPELLS)
        assert bench.rows(asked) == []
    with workbench.clean() as bench:
        build(bench, {"coin": coin | {days[5]: 118.0}, "stock": stock}, *SPELLS)
        assert bench.rows(asked) == [(days[5],)]


def test_only_series_that_are_compared_lead_or_lag(workbench):
    paths = {name: following([100, 101, 102]) for name in ("a", "b", "short", "money")}
    paths |= {"low": following([100, 70, 70])}
    different = {"short": {"is_compared": False}, "money": {"is_compared": False}}
    with workbench.clean() as bench:
        build(bench, paths, *SPELLS, **different)
        assert bench.rows("select distinct leader, laggard from mart.divergences order by all") == [("a", "low"), ("b", "low")]


Prices = tuple[Closes, Closes]  # the closes, and what their peak is taken from: the closes themselves, or the highs


def machine(leader: Prices, laggard: Prices, sessions: list[dt.date], threshold: float) -> list[tuple]:
    """Domain 2.7 step by step: one state, asked on every session; (start, last session or None while open)."""

    def standing(closes: Closes, tops: Closes) -> dict[dt.date, tuple[bool, float]]:
        peak, found, pending = None, {}, False
        for day in sorted(closes):
            is_record = peak is not None and tops[day] > peak
            peak = max(peak or tops[day], tops[day])
            pending = pending or is_record
            if day in sessions:
                found[day] = (pending, closes[day] / peak - 1)
                pending = False
        return found

    ahead, behind, found, is_on, last = standing(*leader), standing(*laggard), [], False, None
    for day in sessions:
        if is_on and ((day in ahead and ahead[day][1] < -0.05) or (day in behind and behind[day][1] > -threshold / 2)):
            found[-1] = (found[-1][0], last)
            is_on = False
        if day not in ahead or day not in behind:
            continue
        if not is_on and ahead[day][0] and behind[day][1] <= -threshold and ahead[day][1] >= -0.05:
            found.append((day, None))
            is_on = True
        last = day
    return found


@pytest.mark.parametrize("seed", range(3))
def test_divergences_are_those_of_the_state_machine(workbench, seed):
    draw, sessions = np.random.default_rng(seed), weekdays(600)
    every_day = [MONDAY + dt.timedelta(days=n) for n in range(840)]
    holes = [day for day in sessions if draw.random() > 0.03]

    def walk(days: list[dt.date], size: float) -> Closes:
        return dict(zip(days, (100 * np.exp(np.cumsum(draw.normal(0.0004, size, len(days))))).round(2).tolist(), strict=True))

    paths = {"stock": walk(sessions, 0.01), "metal": walk(holes, 0.015), "coin": walk(every_day, 0.03)}
    highs = {name: {day: round(close * (1 + draw.exponential(0.02)), 2) for day, close in path.items()} for name, path in paths.items()}
    with workbench.clean() as bench:
        build(bench, paths, *SPELLS, sessions=weekdays(700), highs=highs)
        columns = "leader, laggard, leader_basis, laggard_basis, threshold, start_date, end_date"
        made = bench.rows(f"select {columns} from mart.divergence_spells order by all")
        on_closes = bench.rows("select leader, laggard, threshold, start_date, end_date from mart.divergences order by all")
    tops = {"close": paths, "intraday": highs}
    expected = [
        (a, b, of_a, of_b, threshold, *stretch)
        for a, b in itertools.permutations(paths, 2)
        for of_a, of_b in itertools.product(tops, repeat=2)
        for threshold in (0.10, 0.15, 0.20, 0.25)
        for stretch in machine((paths[a], tops[of_a][a]), (paths[b], tops[of_b][b]), sessions, threshold)
    ]
    assert len(expected) > 80 and len({row[2:4] for row in expected}) == 4
    assert made == sorted(expected, key=lambda row: row[:6])
    assert on_closes == [(*row[:2], *row[4:]) for row in made if row[2:4] == ("close", "close")]


def test_a_record_high_that_is_no_record_close_leads_on_highs_alone(workbench):
    """The laggard stands 19 % below its record close and 37.7 % below a high of 130 that no close came near."""
    days = weekdays(5)
    leader, laggard = following([100, 101, 100.5, 100.6, 100.4]), following([100, 100, 81, 81, 81])
    with workbench.clean() as bench:
        build(bench, {"lead": leader, "lag": laggard}, *SPELLS, highs={"lead": {days[2]: 103.0}, "lag": {days[0]: 130.0}})
        asked = "select leader_basis, laggard_basis, threshold, start_date from mart.divergence_spells where leader = 'lead' order by all"
        found = {(leads, lags, threshold): start for leads, lags, threshold, start in bench.rows(asked)}
        assert found == {
            **{("close", "intraday", threshold): days[1] for threshold in (0.10, 0.15, 0.20)},  # 100 is 23.1 % below 130
            **{("intraday", "close", threshold): days[2] for threshold in (0.10, 0.15)},
            **{("intraday", "intraday", threshold): days[1] for threshold in (0.10, 0.15, 0.20)},
            ("intraday", "intraday", 0.25): days[2],
        }
        assert bench.rows("select * from mart.divergences where leader = 'lead'") == []


def test_a_divergence_is_known_with_the_price_that_ended_it_or_with_its_last_one(workbench):
    days = weekdays(7)
    leader, laggard = following([100, 101, 102, 103, 104, 105, 106]), following([100, 70, 70, 95, 70, 70, 70])
    late = pl.when((pl.col("series_id") == "lag") & (pl.col("session_date") == days[3])).then(pl.col("known_at") + pl.duration(days=30))
    with workbench.clean() as bench:
        bench.give("core.series", catalog(["lead", "lag"]))
        bench.give("core.sessions", calendar(weekdays(20)))
        bench.give("core.sound_bars", bars({"lead": leader, "lag": laggard}).with_columns(known_at=late.otherwise("known_at")))
        bench.build(*PRICES, *SPELLS)
        asked = "select start_date, end_date, known_at from mart.divergences where leader = 'lead' and threshold = 0.2 order by 1"
        assert bench.rows(asked) == [
            (days[1], days[2], known("lag", days[3]) + dt.timedelta(days=30)),
            (days[4], None, known("lag", days[6])),
        ]


# What came after


def test_the_entry_is_the_first_close_known_after_the_start_is_known(workbench):
    days = weekdays(4)
    every_day = [MONDAY + dt.timedelta(days=n) for n in range(5)]
    coin, stock = following([100, 70, 71, 72, 73], every_day), following([100, 101, 102, 103], days)
    with workbench.clean() as bench:
        build(bench, {"coin": coin, "stock": stock}, *SPELLS, *OUTCOMES)
        asked = "select start_date, entry_date from mart.divergence_outcomes where horizon_days = 30 and threshold = 0.2 and leader = "
        # stock leads on 2 January; its coin closes at midnight, so the day after is the first that can be traded.
        assert bench.rows(asked + "'stock'") == [(days[1], every_day[2])]
    coin, stock = following([100, 101, 102, 103, 104], every_day), following([100, 70, 71, 72], days)
    with workbench.clean() as bench:
        build(bench, {"coin": coin, "stock": stock}, *SPELLS, *OUTCOMES)
        assert bench.rows(asked + "'coin'") == [(days[1], days[2])]
    with workbench.clean() as bench:  # a leader whose price is only known two days later puts the entry off
        bench.give("core.series", catalog(["coin", "stock"]))
        bench.give("core.sessions", calendar(weekdays(20)))
        slow = pl.when(pl.col("series_id") == "coin").then(pl.col("known_at") + pl.duration(days=1)).otherwise("known_at")
        bench.give("core.sound_bars", bars({"coin": coin, "stock": stock}).with_columns(known_at=slow))
        bench.build(*PRICES, *SPELLS, *OUTCOMES)
        assert bench.rows(asked + "'coin'") == [(days[1], days[3])]


def test_outcomes_worked_out_by_hand(workbench):
    days = weekdays(100)  # entry on session 2 (3 January); 30 days later is 2 February, 90 days later 2 April, 180 days 1 July
    leader = {day: 100.0 + number for number, day in enumerate(days)}
    laggard = dict.fromkeys(days, 75.0) | {days[0]: 100.0, days[2]: 80.0, days[24]: 88.0, days[25]: 92.0, days[66]: 60.0, days[50]: 200.0}
    with workbench.clean() as bench:
        build(bench, {"lead": leader, "lag": laggard}, *SPELLS, *OUTCOMES)
        found = rows(
            bench, "select * from mart.divergence_outcomes where leader = 'lead' and threshold = 0.2 order by start_date, horizon_days"
        )
        month, quarter, half = found[:3]
        assert {row["entry_date"] for row in found[:3]} == {days[2]}
        assert (month["exit_date"], quarter["exit_date"]) == (days[24], days[66])
        assert (month["forward_return"], month["leader_forward_return"]) == (pytest.approx(88 / 80 - 1), pytest.approx(124 / 102 - 1))
        assert quarter["forward_return"] == pytest.approx(60 / 80 - 1)
        assert (month["made_new_record"], quarter["made_new_record"], month["new_record_date"]) == (False, True, days[50])
        assert (half["status"], half["exit_date"], half["forward_return"], half["made_new_record"]) == ("pending", None, None, True)
        # the leader's record before this one: none, its first bar is no record
        assert (month["regained_ratio"], month["ratio_regained_date"]) == (None, None)
        assert month["is_in_study"]
        # of the new record, of the exit, and, while something is open, of the last price
        assert [row["known_at"] for row in found[:3]] == [known("lag", days[number]) for number in (50, 66, 99)]
        asked = "select exit_date, forward_return, made_new_record, known_at from mart.divergence_horizons where leader = 'lead'"
        in_sessions = bench.rows(f"{asked} and threshold = 0.2 and horizon_unit = 'sessions' order by start_date, horizon")[:3]
        assert in_sessions[:2] == [
            (days[23], pytest.approx(75 / 80 - 1), False, known("lag", days[50])),
            (days[65], pytest.approx(75 / 80 - 1), True, known("lag", days[65])),
        ]
        assert in_sessions[2] == (None, None, True, known("lag", days[99]))


def test_the_ratio_is_regained_when_it_stands_where_it_stood_at_the_leaders_record_before(workbench):
    days = weekdays(60)
    leader = [100, 110, 109, 120, *[120] * 20, 60, *[121] * 35]
    laggard = [100, 90, 90, 75, *[75] * 20, 49, *[75] * 35]
    with workbench.clean() as bench:
        build(bench, {"lead": following(leader), "lag": following(laggard)}, *SPELLS, *OUTCOMES)
        month, quarter = rows(
            bench,
            "select * from mart.divergence_outcomes where leader = 'lead' and threshold = 0.2 and horizon_days < 180 "
            "order by start_date, horizon_days",
        )[:2]
        assert month["start_date"] == days[3]
        # then 90 / 110 = 0.818; on session 24 it is 49 / 60 = 0.817: not regained
        assert (month["regained_ratio"], quarter["regained_ratio"]) == (False, None)
        assert month["known_at"] == known("lag", days[59])  # no new record so far
        laggard[24] = 50
        bench.connection.execute(f"update core.sound_bars set close = 50 where series_id = 'lag' and session_date = '{days[24]}'")
        bench.build(*PRICES, *SPELLS, *OUTCOMES)
        month = rows(
            bench, f"select * from mart.divergence_outcomes where leader = 'lead' and threshold = 0.2 and start_date = '{days[3]}'"
        )[0]
        assert (month["regained_ratio"], month["ratio_regained_date"]) == (True, days[24])


def test_the_record_before_is_one_of_an_earlier_session_not_one_of_the_weekend_that_began_it(workbench):
    days = weekdays(10)
    coin = following([100, 110, 105, 104, 103]) | {days[4] + dt.timedelta(days=1): 120.0, days[4] + dt.timedelta(days=2): 125.0}
    stock = following([100, 88, 70, 70, 70, 70, 70, 77, 77, 77])
    with workbench.clean() as bench:
        build(bench, {"coin": coin | dict.fromkeys(days[5:], 124.0), "stock": stock}, *SPELLS, *OUTCOMES)
        asked = "select start_date, ratio_before from mart.divergence_entries where leader = 'coin' and threshold = 0.2"
        assert bench.rows(asked) == [(days[5], pytest.approx(88 / 110))]  # not 70 over Sunday's 125


@pytest.mark.parametrize(("after", "is_seen"), [(185, True), (195, False)])
def test_the_ratio_is_watched_for_190_days_in_both_units_and_only_horizons_that_hold_it_are_regained(workbench, after, is_seen):
    days = weekdays(150)
    day = days[4] + dt.timedelta(days=after)
    laggard = following([100, 90, 90, *[75] * 147]) | {day: 99.0}
    with workbench.clean() as bench:
        build(bench, {"lead": following([100, 110, 109, *[120] * 147]), "lag": laggard}, *SPELLS, *OUTCOMES)
        asked = "select horizon_unit, horizon, ratio_regained_date, regained_ratio from mart.divergence_horizons where leader = 'lead' "
        told = day if is_seen else None
        assert bench.rows(f"{asked} and threshold = 0.2 and horizon > 100 order by all") == [
            ("days", 180, told, False),
            ("sessions", 126, told, False),
        ]


def test_horizons_in_sessions_are_counted_on_new_yorks_grid(workbench):
    """The coin's first close after the start is of a Saturday: it counts as Monday, session 5, and 21 sessions later is 26."""
    days = [day for day in weekdays(120) if day != dt.date(2024, 1, 15)]  # a holiday, which is no session
    every_day = [MONDAY + dt.timedelta(days=n) for n in range(170)]
    saturday = days[4] + dt.timedelta(days=1)
    leader = dict.fromkeys(days, 100.0) | {days[1]: 101.0, days[4]: 110.0, days[5]: 109.0, days[26]: 218.0}
    coin = dict.fromkeys(every_day, 100.0) | dict.fromkeys(every_day[3:], 70.0) | {saturday: 80.0, days[26]: 100.0, days[68]: 60.0}
    stock = {day: coin[day] for day in days}  # closes when the leader does: its first after the start is Monday's
    columns = "entry_date, exit_date, forward_return, leader_forward_return, made_new_record, regained_ratio, status"
    with workbench.clean() as bench:
        build(bench, {"coin": coin, "lead": leader, "stock": stock}, *SPELLS, *OUTCOMES, sessions=days)
        asked = f"select {columns} from mart.divergence_horizons where leader = 'lead' and threshold = 0.2 and horizon_unit = 'sessions' "
        month, quarter, half = bench.rows(f"{asked} and laggard = 'coin' order by start_date, horizon")[:3]
        assert month == (saturday, days[26], pytest.approx(0.25), pytest.approx(1.0), False, False, "complete")
        assert quarter == (saturday, days[68], pytest.approx(-0.25), pytest.approx(100 / 109 - 1), False, False, "complete")
        assert half == (saturday, None, None, None, None, None, "pending")
        month = bench.rows(f"{asked} and laggard = 'stock' order by start_date, horizon")[0]
        assert month[:4] == (days[5], days[26], pytest.approx(100 / 70 - 1), pytest.approx(1.0))


@pytest.mark.parametrize("hole", [6, 7])
def test_a_close_more_than_ten_days_after_the_last_session_of_a_horizon_is_none(workbench, hole):
    days = weekdays(60)
    laggard = {day: 70.0 for number, day in enumerate(days) if not 23 <= number < 23 + hole} | {days[0]: 100.0}
    with workbench.clean() as bench:
        build(bench, {"lead": {day: 100.0 + n for n, day in enumerate(days)}, "lag": laggard}, *SPELLS, *OUTCOMES)
        asked = "select entry_date, exit_date, status from mart.divergence_horizons where threshold = 0.2 and horizon = 21"
        answer = (days[29], "complete") if hole == 6 else (None, "no close")  # ten days after session 23, a Thursday, is a Sunday
        assert bench.rows(f"{asked} and leader = 'lead'")[0] == (days[2], *answer)


def test_a_laggard_that_ends_stays_pending_and_one_with_a_hole_at_the_horizon_has_no_close(workbench):
    days = weekdays(100)
    leader = {day: 100.0 + number for number, day in enumerate(days)}
    ended = following([100.0, *[70.0] * 14])
    hole = {day: 70.0 for number, day in enumerate(days) if not 15 < number < 40} | {days[0]: 100.0}
    with workbench.clean() as bench:
        build(bench, {"lead": leader, "ended": ended, "hole": hole}, *SPELLS, *OUTCOMES)
        asked = "select laggard, horizon_days, status from mart.divergence_outcomes where leader = 'lead' and threshold = 0.2 order by all"
        assert bench.rows(asked) == [
            *(("ended", horizon, "pending") for horizon in (30, 90, 180)),
            ("hole", 30, "no close"),
            ("hole", 90, "complete"),
            ("hole", 180, "pending"),
        ]


def test_starts_within_sixty_days_of_the_one_before_stand_in_the_table_but_not_in_the_study(workbench):
    dips = {5, 6, 25, 26, 120, 121}  # 28 days from the first to the second, 133 from there to the third
    leader = following([100.0 + number for number in range(150)])
    laggard = following([85.0 if number in dips else 100.0 for number in range(150)])
    with workbench.clean() as bench:
        build(bench, {"lead": leader, "lag": laggard}, *SPELLS, *OUTCOMES)
        asked = "select start_date, is_in_study from mart.divergence_outcomes where threshold = 0.1 and horizon_days = 30 order by 1"
        days = weekdays(150)
        assert bench.rows(asked) == [(days[5], True), (days[25], False), (days[120], True)]


# Common highs


def test_a_series_without_a_price_is_missing_and_never_not_at_a_record(workbench):
    days = weekdays(8)
    paths = {
        "up": following([10, 11, 12, 11, 11, 11, 11, 11]),
        "ended": following([10, 11, 12]),
        "late": following([10, 11], days[6:8]),
        "flat": following([10] * 8),
        "short": following([10, 11, 12, 13, 14, 15, 16, 17]),
    }
    with workbench.clean() as bench:
        build(bench, paths, *SETS, short={"is_compared": False})
        found = {(row["session_date"], row["window_sessions"]): row for row in rows(bench, "select * from mart.co_high_days")}
        assert {day for day, _ in found} == set(days)
        third, fourth = found[days[2], 0], found[days[3], 0]
        assert (third["members"], third["missing"], third["n_members"], third["share"]) == (["ended", "up"], ["late"], 3, 2 / 3)
        assert (third["is_event"], found[days[1], 0]["is_event"]) == (False, True)  # it was 2 of 3 the day before too
        assert (fourth["n_at_high"], fourth["members"], fourth["missing"]) == (0, [], ["ended", "late"])
        wide = found[days[7], 5]
        assert (wide["members"], wide["missing"]) == (["late", "up"], ["ended"])  # 5 sessions back is session 2
        assert found[days[7], 0]["members"] == ["late"]


def test_a_record_high_that_is_no_record_close_counts_on_highs_alone(workbench):
    days = weekdays(4)
    closes = {"a": following([10, 11, 10, 10]), "b": following([10, 9, 9, 12])}
    with workbench.clean() as bench:
        build(bench, closes, *SETS, highs={"a": {days[2]: 14.0}, "b": {days[0]: 13.0}})
        asked = "select basis, session_date, members from mart.co_high_sets where window_sessions = 0 and n_at_high > 0 order by all"
        assert bench.rows(asked) == [
            ("close", days[1], ["a"]),
            ("close", days[3], ["b"]),  # of its highs 13 is a tie
            ("intraday", days[1], ["a"]),
            ("intraday", days[2], ["a"]),
        ]
        assert bench.rows("select session_date from mart.co_high_days where window_sessions = 0 and n_at_high > 0") == [
            (days[1],),
            (days[3],),
        ]


def test_a_record_of_a_weekend_is_one_of_monday(workbench):
    days = weekdays(6)
    coin = following([100, 99, 98, 97, 96]) | {days[4] + dt.timedelta(days=2): 120.0, days[5]: 118.0}
    with workbench.clean() as bench:
        build(bench, {"coin": coin, "stock": following([10] * 6)}, *SETS)
        asked = "select session_date, members, known_at from mart.co_high_days where window_sessions = 0 and n_at_high > 0"
        assert bench.rows(asked) == [(days[5], ["coin"], known("coin", days[5]))]  # the stock is known three hours before


# Common lows


def test_common_lows_are_read_in_the_window_both_share(workbench):
    days = weekdays(40)
    a = [100, 80, 110, 100, 90, 95, 100, 105, 111, *[112] * 31]  # peaks at 110 (2), low 90 (4), recovers on 8
    b = [100, 101, 100, 60, 92, 90, 91, 95, 99, 100, *[100] * 30]  # peak 101 (1), low 60 (3), never back
    with workbench.clean() as bench:
        build(bench, {"a": following(a), "b": following(b)}, "mart.common_lows")
        (row,) = rows(bench, "select * from mart.common_lows where series_a = 'a' and series_b = 'b'")
        assert (row["window_start"], row["window_end"]) == (days[2], days[7])
        assert (row["trough_date_a"], row["trough_a"], row["trough_date_b"], row["trough_b"]) == (days[4], 90, days[3], 60)
        assert (row["lag_sessions"], row["lag_days"]) == (-1, -1)
        assert (row["trough_date_intraday_b"], row["trough_intraday_b"]) == (days[3], 59)
        assert (row["depth_a"], row["depth_b"]) == (pytest.approx(90 / 110 - 1), pytest.approx(60 / 101 - 1))
        assert (row["status"], row["known_at"]) == ("confirmed", known("a", days[8]))  # with the recovery that ended the window
        (other,) = rows(bench, "select * from mart.common_lows where series_a = 'b' and series_b = 'a'")
        assert (other["lag_sessions"], other["trough_date_a"]) == (1, days[3])


def test_a_low_is_provisional_until_half_is_regained_or_twenty_sessions_have_passed(workbench):
    def status(rest: list[float]) -> tuple:
        paths = {"a": following([100, 80, *rest]), "b": following([100, 80, *[99.0] * len(rest)])}
        with workbench.clean() as bench:
            build(bench, paths, "mart.common_lows")
            asked = "select is_provisional_a, is_provisional_b, status from mart.common_lows where series_a = 'a'"
            return bench.rows(asked)[0]

    assert status([]) == (True, True, "provisional")
    assert status([89.9] * 19) == (True, False, "provisional")
    assert status([89.9] * 20) == (False, False, "confirmed")
    assert status([90.0]) == (False, False, "confirmed")


def test_a_low_is_known_with_the_price_that_confirms_it(workbench):
    days = weekdays(40)
    for length, last in ((12, 11), (40, 21)):  # while it is provisional, with the newest price; then with the twentieth after it
        paths = {"a": following([100, 80, *[101.0] * (length - 2)]), "b": following([100, 80, *[85.0] * (length - 2)])}
        with workbench.clean() as bench:
            build(bench, paths, "mart.common_lows")
            asked = "select window_end, known_at from mart.common_lows where series_a = 'a'"
            assert bench.rows(asked) == [(days[1], known("b", days[last]))]


def test_the_first_of_two_equal_lows_counts_and_a_weekend_is_the_next_session(workbench):
    days = weekdays(12)
    sunday = days[4] + dt.timedelta(days=2)
    coin = following([100, 90, 91, 92, 93]) | {sunday: 80.0} | following([85, 80, 85, 90, 91, 92, 93], days[5:])
    stock = following([100, 95, 96, 97, 90, 90, 95, 95, 95, 95, 95, 95])
    with workbench.clean() as bench:
        build(bench, {"coin": coin, "stock": stock}, "mart.common_lows")
        (row,) = rows(bench, "select * from mart.common_lows where series_a = 'stock'")
        assert (row["trough_date_a"], row["trough_date_b"]) == (days[4], sunday)
        assert (row["lag_days"], row["lag_sessions"]) == (2, 1)


# Weekly correlation


def test_correlation_and_beta_are_those_of_weekly_returns(workbench):
    draw, days = np.random.default_rng(6), weekdays(300)
    shared = draw.normal(0, 0.01, 300)
    paths = {"a": 100 * np.exp(np.cumsum(shared + draw.normal(0, 0.01, 300))), "b": 50 * np.exp(np.cumsum(2 * shared))}
    with workbench.clean() as bench:
        build(bench, {name: following(path.tolist()) for name, path in paths.items()}, "mart.rolling_correlation")
        found = rows(bench, "select * from mart.rolling_correlation where series_a = 'a' order by window_weeks, week_ending")
    returns = {name: np.diff(np.log(path[4::5])) for name, path in paths.items()}
    assert [row["window_weeks"] for row in found] == [26] * 34 + [52] * 8
    for row in found:
        last = days[4::5].index(row["week_ending"])
        a, b = (returns[name][last - row["window_weeks"] : last] for name in ("a", "b"))
        assert row["correlation"] == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-6)
        assert row["beta"] == pytest.approx(np.polyfit(b, a, 1)[0], abs=1e-6)


def test_a_correlation_is_known_with_the_latest_price_of_its_weeks_and_a_week_without_a_friday_with_the_next_price(workbench):
    days = weekdays(145)
    a = following([100.0 + n % 7 for n in range(145)])
    b = {day: close for day, close in a.items() if day != days[134]}
    late = pl.when((pl.col("series_id") == "a") & (pl.col("session_date") == days[4])).then(pl.col("known_at") + pl.duration(days=300))
    asked = "select known_at from mart.rolling_correlation where series_a = 'a' and series_b = 'b' order by week_ending"
    with workbench.clean() as bench:
        build(bench, {"a": a, "b": b}, "mart.rolling_correlation")
        assert bench.rows(asked) == [(known("b", days[135]),), (known("a", days[139]),), (known("a", days[144]),)]
        bench.connection.execute("delete from core.sound_bars")
        bench.give("core.sound_bars", bars({"a": a, "b": b}).with_columns(known_at=late.otherwise("known_at")))
        bench.build(*PRICES, "mart.rolling_correlation")  # the first week's close, known late, is in the first window alone
        assert bench.rows(asked)[:2] == [(known("a", days[4]) + dt.timedelta(days=300),), (known("a", days[139]),)]


def test_a_series_that_never_moves_has_no_correlation_and_a_missing_week_no_return(workbench):
    days = weekdays(300)
    rising = {day: 100.0 + number % 7 for number, day in enumerate(days)}
    holed = {day: close for day, close in rising.items() if day not in days[200:205]}
    with workbench.clean() as bench:
        build(bench, {"flat": dict.fromkeys(days, 5.0), "wavy": rising, "holed": holed}, "mart.rolling_correlation")
        assert bench.rows("select count(*), count(correlation), count(beta) from mart.rolling_correlation where series_b = 'flat'") == [
            (56, 0, 0)
        ]
        asked = "select week_ending from mart.rolling_correlation where series_a = 'wavy' and series_b = 'holed' and window_weeks = 26"
        ends = sorted(day for (day,) in bench.rows(asked))
        fridays = days[4::5]
        assert ends == fridays[26:40]  # week 40 is missing, and so are the returns into and out of it


# As of any moment


@pytest.mark.parametrize("seed", range(3))
def test_what_was_known_at_a_moment_is_what_the_rows_of_that_moment_make(workbench, seed):
    draw, days = np.random.default_rng(seed), weekdays(420)
    every_day = [MONDAY + dt.timedelta(days=n) for n in range(588)]

    def walk(at: list[dt.date], size: float) -> Closes:
        return dict(zip(at, (100 * np.exp(np.cumsum(draw.normal(0.001, size, len(at))))).tolist(), strict=True))

    given = bars({"stock": walk(days, 0.01), "metal": walk(days, 0.02), "coin": walk(every_day, 0.03)})
    given = given.drop("quality", "low", "high").with_columns(capture_id=pl.lit("c"))
    moment = draw.choice(given["known_at"].unique().sort().to_list()[250:])
    with workbench.clean() as bench:
        said = {"record_claimable": pl.lit(value=True), "history_start": pl.lit(MONDAY), "optional": pl.lit(value=False)}
        bench.give("raw.series", catalog(["stock", "metal", "coin"]).drop("is_compared").with_columns(**said))
        bench.give("raw.sessions", calendar(weekdays(450)))
        core, chain = ("core.series", "core.sessions", "core.price_bars", "core.sound_bars"), (*PRICES, *MODELS)
        for name in (*core, *chain):
            bench.connection.execute(f"create or replace macro {name}_as_of(ts) as table {named(name).as_of}")
        bench.give("raw.price_bars", given.filter(pl.col("known_at") <= moment))
        bench.build(*core, *chain)
        then = {name: bench.rows(f"select * from {name} order by all") for name in MODELS}
        bench.give("raw.price_bars", given.filter(pl.col("known_at") > moment))
        bench.build(*core, *chain)
        for name, answer in then.items():
            assert answer, name
            as_of = f"select * from {name}_as_of('{moment.isoformat()}'::timestamptz)"
            assert bench.rows(f"{as_of} order by all") == answer, name
            # what could be known by then stood so then, and nothing that stood was known later
            assert bench.rows(f"{as_of} where known_at is null or known_at > '{moment.isoformat()}'") == [], name
            assert bench.rows(f"select * from {name} where known_at <= '{moment.isoformat()}' except {as_of}") == [], name
            assert bench.rows(f"select count(*) > 0 from {name} where known_at <= '{moment.isoformat()}'") == [(True,)], name
        assert bench.rows("select * from mart.divergences order by all") != then["mart.divergences"]
