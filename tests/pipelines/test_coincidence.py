"""Co-highs: the counts by hand and by brute force, the nulls under simulation, and every awkward series by name.

The simulations are those of `bench.simulation`, whose page docs/simulation.md states their Kolmogorov-Smirnov distances.
"""

import datetime as dt
import itertools
import math

import numpy as np
import polars as pl
import pytest

from bench import simulation
from bench.simulation import Nulls, kolmogorov_smirnov, runs, walks
from pipelines import chance, co_highs, coincidence

MONDAY = dt.date(2024, 1, 1)


def weekdays(n: int) -> list[dt.date]:
    """The first n Mondays to Fridays from a Monday on: a calendar without holidays."""
    return [MONDAY + dt.timedelta(days=7 * (i // 5) + i % 5) for i in range(n)]


def calendar(n: int) -> pl.DataFrame:
    """A frame like core.sessions: n sessions in New York, and a calendar that is none of ours."""
    other = pl.DataFrame({"calendar": ["24x7"], "session_date": [MONDAY - dt.timedelta(days=1)]})
    return pl.concat([other, pl.DataFrame({"calendar": ["XNYS"] * n, "session_date": weekdays(n)})])


def bars(**days: list[dt.date]) -> pl.DataFrame:
    """A frame like core.sound_bars of series with a price on these days."""
    rows = [(name, day) for name, at in days.items() for day in at]
    told = pl.DataFrame(rows, schema={"series_id": pl.String, "session_date": pl.Date}, orient="row")
    nothing = dict.fromkeys(("high", "record_seed_close", "record_seed_high"), pl.lit(None, pl.Float64))
    return told.with_columns(close=pl.lit(1.0), **nothing)


def records(**days: list[dt.date]) -> pl.DataFrame:
    """A frame like mart.record_highs: closing records on these days."""
    rows = [(name, "close", day) for name, at in days.items() for day in at]
    return pl.DataFrame(rows, schema={"series_id": pl.String, "basis": pl.String, "session_date": pl.Date}, orient="row")


def asked(printed: pl.DataFrame, highs: pl.DataFrame, n: int, **options) -> dict[tuple[str, str, int], dict]:
    """The rows of co_highs on closes by pair and window."""
    members = sorted(set(printed["series_id"]) | set(highs["series_id"]))
    rows = co_highs.co_highs(printed, highs, calendar(n), members, bases=("close",), **options)
    return {(row["series_a"], row["series_b"], row["window_sessions"]): row for row in rows.iter_rows(named=True)}


def of_sessions(n: int, a: list[int], b: list[int], **options) -> dict[tuple[str, str, int], dict]:
    """The same for two series that print on each of n sessions, with records on the sessions of these numbers."""
    days = weekdays(n)
    return asked(bars(a=days, b=days), records(a=[days[i] for i in a], b=[days[i] for i in b]), n, **options)


def test_rates_worked_out_by_hand():
    # Sessions 0 .. 99. A at 2, 20, 50, 97; B at 4, 20, 45, 98. Within 5: A2-B4, A20-B20, A50-B45, A97-B98.
    rows = of_sessions(100, [2, 20, 50, 97], [4, 20, 45, 98])
    same_day, near, wide = rows["a", "b", 0], rows["a", "b", 5], rows["a", "b", 21]
    assert (same_day["n_coincident"], same_day["rate"], same_day["base_rate"], same_day["lift"]) == (1, 0.25, 0.04, 6.25)
    assert (near["n_coincident"], near["rate"], near["precursor_rate"], near["trigger_rate"]) == (4, 1.0, 0.5, 0.5)
    assert near["base_rate"] == (10 + 11 + 11 + 7) / 100  # B at 4 is seen from 0 to 9, B at 98 from 93 to 99
    assert (wide["n_a"], wide["n_b"], wide["n_sessions"]) == (4, 4, 100)
    assert (near["start_date"], near["end_date"]) == (MONDAY, weekdays(100)[-1])


def test_a_record_whose_window_is_cut_off_is_pending_and_counted_both_ways():
    rows = of_sessions(100, [2, 20, 50, 97], [20])
    near = rows["a", "b", 5]
    assert near["n_pending"] == 2  # 2 - 5 < 0 and 97 + 5 > 99
    assert (near["rate"], near["rate_settled"]) == (1 / 4, 1 / 2)
    assert rows["a", "b", 0]["n_pending"] == 0
    assert of_sessions(100, [1], [50])["a", "b", 5]["rate_settled"] is None


def test_each_direction_is_a_row_of_its_own():
    rows = of_sessions(100, [10, 11, 12], [11])
    assert rows["a", "b", 0]["rate"] == 1 / 3
    assert rows["b", "a", 0]["rate"] == 1.0
    assert rows["a", "b", 0]["precursor_rate"] == rows["b", "a", 0]["trigger_rate"]


def test_a_weekend_belongs_to_the_monday_after_and_only_once_the_monday_is_in():
    days, saturday = weekdays(10), MONDAY + dt.timedelta(days=5)
    weekend = [saturday, saturday + dt.timedelta(days=1)]
    highs = records(stock=[days[5]], coin=weekend)
    in_full = asked(bars(stock=days, coin=[*days, *weekend]), highs, 10)["stock", "coin", 0]
    assert (in_full["n_b"], in_full["n_b_clusters"], in_full["n_coincident"]) == (1, 1, 1)
    friday = asked(bars(stock=days[:5], coin=[*days[:5], *weekend]), records(coin=weekend), 10)["stock", "coin", 0]
    assert (friday["n_sessions"], friday["n_b"]) == (5, 0)


def test_clusters_are_runs_at_most_thirty_days_apart_and_coincide_within_the_window():
    days = weekdays(300)  # A: sessions 10-30 and 100; B: 33 and 130. Gaps between neighbours: 20 sessions are 28 days.
    rows = of_sessions(300, [10, 30, 100], [33, 130])
    assert (days[30] - days[10]).days == 28
    row = rows["a", "b", 5]
    assert (row["n_a_clusters"], row["n_b_clusters"], row["clusters_coincident"]) == (2, 2, 1)
    assert rows["a", "b", 0]["clusters_coincident"] == 0
    inside = of_sessions(300, [10, 30], [20])["a", "b", 0]  # B lies inside A's run, on none of its records
    assert (inside["n_coincident"], inside["clusters_coincident"]) == (0, 1)


def test_an_episode_is_within_seven_calendar_days_also_where_a_holiday_makes_them_four_sessions():
    days = [day for day in weekdays(100) if day != weekdays(100)[48]]  # a Thursday is no session
    sessions = pl.DataFrame({"calendar": ["XNYS"] * 99, "session_date": days})
    highs = records(a=[days[0], days[47]], b=[days[20], days[52]])  # the last two: a Wednesday, and the Thursday of the week after
    printed = bars(a=days, b=days)
    row = co_highs.co_highs(printed, highs, sessions, ["a", "b"], bases=("close",), windows=(5,)).row(0, named=True)
    assert (row["n_a_clusters"], row["clusters_coincident"], row["episodes_coincident"]) == (2, 1, 0)  # five sessions, eight days
    highs = records(a=[days[0], days[47]], b=[days[20], days[51]])
    row = co_highs.co_highs(printed, highs, sessions, ["a", "b"], bases=("close",), windows=(0,)).row(0, named=True)
    assert (row["clusters_coincident"], row["episodes_coincident"]) == (0, 1)  # seven days, whatever the window


def test_event_synchronization_is_asked_of_where_clusters_begin_up_to_the_window():
    rows = of_sessions(200, [10, 12, 14, 100, 101], [13, 14, 104, 106])  # clusters begin at 10 and 100, at 13 and 104
    assert [rows["a", "b", window]["event_synchronization"] for window in co_highs.WINDOWS] == [0.0, 1.0, 1.0, 1.0]
    assert of_sessions(200, [10, 100], [13])["a", "b", 5]["event_synchronization"] == pytest.approx(1 / math.sqrt(2))
    assert of_sessions(200, [10, 100], [])["a", "b", 5]["event_synchronization"] is None


def test_the_stretch_can_begin_later_than_the_history():
    days = weekdays(300)
    row = of_sessions(300, [10, 150, 200], [150], since=days[100])["a", "b", 5]
    assert (row["start_date"], row["n_sessions"], row["n_a"]) == (days[100], 200, 2)


def test_what_a_series_does_after_the_other_has_ended_changes_no_digit():
    days, highs = weekdays(400), {"a": [50, 120, 260], "b": [55, 118, 200]}
    at = {name: [days[i] for i in numbers] for name, numbers in highs.items()}
    short = asked(bars(a=days[:300], b=days[:300]), records(**at), 400)
    long = asked(bars(a=days, b=days[:300]), records(a=[*at["a"], *days[310:330]], b=at["b"]), 400)
    for key, row in short.items():
        assert long[key] | {"status": row["status"]} == row
        assert "b ends early, " + str(days[299]) in long[key]["status"]


def brute_force(spans: list[tuple[int, int]], taken: list[int], size: int, window: int, by: int) -> int:
    """Coincidences by definition: move the taken sessions round the ring, then look into each window session by session."""
    moved = {(session + by) % size for session in taken}
    return sum(any(i in moved for i in range(max(first - window, 0), min(last + window, size - 1) + 1)) for first, last in spans)


@pytest.mark.parametrize("seed", range(30))
def test_every_surrogate_is_the_count_of_the_shifted_series(seed):
    draw = np.random.default_rng(seed)
    size, window = int(draw.integers(45, 90)), int(draw.integers(0, 22))
    cuts = np.sort(draw.choice(size, 2 * int(draw.integers(1, 8)), replace=False))
    first, last = cuts[::2], cuts[1::2]
    taken = np.sort(draw.choice(size, int(draw.integers(1, 20)), replace=False))
    by = np.arange(size)
    counted = coincidence.coincident(coincidence.reach(first, last, window, window, size), coincidence.occupied(size, taken, taken), by)
    spans = list(zip(first.tolist(), last.tolist(), strict=True))
    assert counted.tolist() == [brute_force(spans, taken.tolist(), size, window, int(shift)) for shift in by]


def test_shifts_are_a_month_or_more_from_rest_all_different_and_all_of_them_if_few():
    drawn = chance.shifts(7, 5000, 1000)
    assert len(set(drawn.tolist())) == 1000
    assert drawn.min() >= 21
    assert drawn.max() <= 5000 - 21
    assert chance.shifts(7, 45, 1000).tolist() == [21, 22, 23, 24]
    assert chance.shifts(7, 41, 1000).size == 0
    assert chance.shifts(8, 5000, 1000).tolist() != drawn.tolist()


def test_neither_the_order_of_the_work_nor_the_company_changes_a_digit():
    draw = np.random.default_rng(3)
    days = weekdays(900)
    printed = bars(**dict.fromkeys("abcd", days))
    highs = records(**{name: [days[i] for i in np.sort(draw.choice(900, 30, replace=False))] for name in "abcd"})
    whole = co_highs.co_highs(printed, highs, calendar(900), list("abcd"))
    mixed = (frame.sample(fraction=1, shuffle=True, seed=1) for frame in (printed, highs, calendar(900)))
    assert co_highs.co_highs(*mixed, list("dbca")).equals(whole)
    alone = co_highs.co_highs(printed, highs, calendar(900), ["c", "a"], windows=(5,))
    same = whole.filter(pl.col("series_a").is_in(["a", "c"]), pl.col("series_b").is_in(["a", "c"]), pl.col("window_sessions") == 5)
    assert alone.equals(same)
    seeds = whole.filter(pl.col("basis") == "close")["seed"]
    assert seeds.n_unique() == seeds.len(), "every pair and window draws its own shifts"


def test_the_binomial_tail_is_the_sum_of_its_terms():
    for least, n, share in [(0, 5, 0.3), (2, 5, 0.3), (5, 5, 0.3), (40, 200, 0.1), (1, 1, 0.5)]:
        exact = sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(least, n + 1))
        assert chance.binomial_tail(least, n, share) == pytest.approx(exact, rel=1e-10)
    assert (chance.binomial_tail(1, 5, 0.0), chance.binomial_tail(5, 5, 1.0)) == (0.0, 1.0)


def test_benjamini_hochberg_by_hand():
    # 0.01 * 4/1, 0.04 * 4/3 (the lesser of it and what stands behind), 0.03 * 4/2, 0.2 * 4/4
    q = chance.benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.2]))
    assert q.tolist() == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.2])


def test_q_is_given_for_the_headline_window_alone_with_one_family_a_basis():
    draw = np.random.default_rng(4)
    days = weekdays(800)
    at = {name: [days[i] for i in np.sort(draw.choice(800, 12, replace=False))] for name in "abc"}
    both = pl.concat([records(**at), records(**at).with_columns(basis=pl.lit("intraday"))])
    rows = co_highs.co_highs(bars(**dict.fromkeys("abc", days)), both, calendar(800), list("abc"))
    assert rows.filter(pl.col("window_sessions") != 10)["q_cluster_shift"].null_count() == 36
    for basis in co_highs.BASES:
        family = rows.filter(pl.col("window_sessions") == 10, pl.col("basis") == basis)
        assert family["q_cluster_shift"].to_list() == chance.benjamini_hochberg(family["p_cluster_shift"].to_numpy()).tolist()


# Awkward series, each by name


def test_a_constant_series_has_no_record_and_the_row_says_so():
    rows = of_sessions(400, [], [30, 200])
    row = rows["a", "b", 10]
    assert (row["rate"], row["p_shift"], row["p_bernoulli"], row["n_coincident"]) == (None, None, None, 0)
    assert "no record of a" in row["status"]
    assert (rows["b", "a", 10]["rate"], rows["b", "a", 10]["lift"], rows["b", "a", 10]["p_cluster_shift"]) == (0.0, None, None)


def test_a_single_row_is_too_short_to_shift():
    days = weekdays(300)
    row = asked(bars(a=days, b=days[100:101]), records(a=[days[50], days[100]]), 300)["a", "b", 10]
    assert (row["n_sessions"], row["n_a"], row["p_shift"], row["n_shifts"]) == (1, 1, None, 0)
    assert "too short to shift: n_sessions 1" in row["status"]
    assert "no record of b" in row["status"]


def test_two_series_that_share_no_session_are_refused_by_name_and_one_without_a_bar_has_no_row():
    days = weekdays(300)
    row = asked(bars(a=days[:100], b=days[100:]), records(a=[days[3]], b=[days[150]]), 300)["a", "b", 10]
    assert (row["status"], row["start_date"], row["n_a"], row["seed"]) == ("no common history", days[100], None, None)
    assert asked(bars(a=days), records(b=[days[3]]), 300) == {}


def test_an_all_rising_series_coincides_with_everything_and_proves_nothing():
    row = of_sessions(400, list(range(1, 400)), [30, 200, 390])["b", "a", 0]
    assert row["rate"] == 1.0
    assert min(row["p_shift"], row["p_cluster_shift"]) > 0.98  # only the first bar is no record: a few shifts land on it
    assert row["lift"] == pytest.approx(400 / 399)


def test_a_series_with_gaps_is_named_and_days_of_holidays_are_none():
    days = weekdays(400)
    holes = [day for number, day in enumerate(days) if number % 10]
    row = asked(bars(a=holes, b=days), records(a=[days[33]], b=[days[35]]), 400)["a", "b", 5]
    assert f"gaps: a has no price on {400 - 360 - 1} sessions" in row["status"]  # the first hole lies before the stretch
    assert row["n_coincident"] == 1
    few = [day for number, day in enumerate(days) if number % 30]
    assert "gaps" not in asked(bars(a=few, b=days), records(a=[days[33]], b=[days[35]]), 400)["a", "b", 5]["status"]


def test_a_calendar_without_new_york_sessions_is_refused():
    with pytest.raises(ValueError, match="no session of calendar XNYS in 1 rows"):
        co_highs.co_highs(bars(), records(), calendar(0), ["a", "b"])


# Simulations


@pytest.fixture(scope="module")
def independent() -> list[Nulls]:
    """200 pairs of independent walks that have been going for years when the common history begins."""
    return simulation.independent()


def test_on_independent_walks_both_shift_p_values_are_uniform(independent, record_property):
    stated = {name: kolmogorov_smirnov([getattr(one, name) for one in independent])[1] for name in ("even", "even_cluster")}
    record_property("kolmogorov_smirnov_p", stated)
    assert min(stated.values()) > 0.05, stated


def test_ties_only_ever_raise_the_published_p(independent):
    for name, even in (("p_shift", "even"), ("p_cluster_shift", "even_cluster")):
        assert all(getattr(one, name) >= getattr(one, even) for one in independent)
        assert np.mean([getattr(one, name) <= 0.05 for one in independent]) <= 0.08


def test_the_null_of_independent_records_is_too_small_on_clustered_ones(independent):
    too_often = np.mean([one.p_bernoulli <= 0.05 for one in independent])
    assert too_often > 0.15, f"p_bernoulli is below 0.05 in {too_often:.0%} of 200 pairs that have nothing in common"
    assert np.mean([one.p_shift <= 0.05 for one in independent]) < too_often / 2


def test_the_simulated_nulls_are_those_of_the_table():
    a, b = walks(11, 1, 2500, 0.1, 0)[0]
    row = of_sessions(2500, a.tolist(), b.tolist())["a", "b", 10]
    by = chance.shifts(row["seed"], 2500, 1000)
    windows = coincidence.reach(a, a, 10, 10, 2500)
    shifted = coincidence.coincident(windows, coincidence.occupied(2500, b, b), by)
    assert row["p_shift"] == (1 + (shifted >= row["n_coincident"]).sum()) / 1001
    wide, held = coincidence.reach(*runs(a), 10, 10, 2500), coincidence.occupied(2500, *runs(b))
    moved = coincidence.coincident(wide, held, by)
    assert row["p_cluster_shift"] == (1 + (moved >= row["clusters_coincident"]).sum()) / 1001


def test_series_that_begin_together_crowd_their_first_records_and_the_row_says_so():
    """Driftless walks from their first step on: no shift of days keeps the crowd at the start; a shift of returns does."""
    crowded = simulation.crowded(60, 1000, 400)
    assert np.mean([one.p_shift <= 0.05 for one in crowded]) > 0.10
    assert kolmogorov_smirnov([one.even_return for one in crowded])[1] > 0.05
    assert kolmogorov_smirnov([one.even_cluster_return for one in crowded])[1] > 0.05
    assert np.mean([one.p_cluster_return_shift <= 0.05 for one in crowded]) <= 0.10
    begun = of_sessions(300, [5, 90], [7, 200])["a", "b", 10]
    assert "both begin here" in begun["status"]
    assert begun["p_headline"] == begun["p_cluster_return_shift"]
    days = weekdays(900)
    older = asked(bars(a=days, b=days[300:]), records(a=[days[400]], b=[days[401]]), 900)["a", "b", 10]
    assert (older["status"], older["p_headline"]) == ("ok", older["p_cluster_shift"])


def test_a_cited_record_stands_for_the_years_before():
    seeded = bars(a=weekdays(300), b=weekdays(300)).with_columns(record_seed_close=pl.lit(5.0))
    days = weekdays(300)
    assert asked(seeded, records(a=[days[5]], b=[days[7]]), 300)["a", "b", 10]["status"] == "ok"


@pytest.mark.parametrize("lag", [3, 8, 18])
def test_a_planted_lag_is_found_by_the_first_window_that_holds_it(lag):
    draw = np.random.default_rng(lag)
    a = np.sort(draw.choice(np.arange(30, 2900), 40, replace=False))
    rows = of_sessions(3000, a.tolist(), (a + lag).tolist())
    found = {k: rows["a", "b", k] for k in co_highs.WINDOWS}
    right = next(k for k in co_highs.WINDOWS if k >= lag)
    assert found[right]["rate"] == 1.0
    assert found[right]["p_shift"] < 0.01
    assert found[right]["precursor_rate"] < 1.0, "b follows a"
    for k in itertools.takewhile(lambda k: k < lag, co_highs.WINDOWS):
        assert found[k]["p_shift"] > 0.05
