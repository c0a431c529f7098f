"""What followed divergences: the numbers by hand, the bootstrap and the permutation under simulation, thin evidence by name."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest

from pipelines import chance, event_study, forward_returns
from pipelines.forward_returns import Benchmark, days_later

FIRST = dt.date(2020, 1, 1)
PAIR = [("stock", "coin")]
GRID = np.arange(np.datetime64(FIRST), np.datetime64(FIRST) + 2000)


def day(n: int) -> dt.date:
    """The n-th day of the made-up history."""
    return FIRST + dt.timedelta(days=n)


def prices(closes: dict[int, float], series_id: str = "coin") -> pl.DataFrame:
    """A frame like mart.drawdowns of one series with these closes on these days."""
    at, values = list(closes), np.array(list(closes.values()), float)
    peaks = np.maximum.accumulate(values)
    return pl.DataFrame(
        {
            "series_id": [series_id] * len(at),
            "session_date": [day(n) for n in at],
            "close": values,
            "drawdown": values / peaks - 1,
            "is_record_close": [None, *(values[1:] > peaks[:-1]).tolist()],
        }
    )


def outcomes(*events: dict, horizon: int = 30, threshold: float = 0.2, unit: str = "days") -> pl.DataFrame:
    """A frame like mart.divergence_horizons; an event says `entry`, `returned` and what else differs from a plain one."""
    plain = {"made_new_record": False, "regained_ratio": False, "is_in_study": True, "status": "complete", "history_start": FIRST}
    rows = [
        {"leader": "stock", "laggard": "coin", "threshold": threshold, "horizon_unit": unit, "horizon": horizon}
        | {"start_date": day(event["entry"] - 1), "entry_date": day(event["entry"]), "forward_return": event.get("returned")}
        | plain
        | {name: value for name, value in event.items() if name in plain}
        for event in events
    ]
    return pl.DataFrame(rows, schema_overrides={"forward_return": pl.Float64, "made_new_record": pl.Boolean, "horizon": pl.Int32})


def asked(events: pl.DataFrame, path: pl.DataFrame, unit: str = "days") -> dict:
    """The row of the study on them, at a threshold of 20 % and a horizon of 30 on a grid of every day."""
    return event_study.divergence_study(events, path, PAIR, GRID, thresholds=[0.2], horizons={unit: [30]}).row(0, named=True)


def test_a_forward_return_ends_at_the_first_close_on_or_after_the_horizon():
    path = forward_returns.path_of(prices({0: 100, 1: 90, 30: 110, 33: 99, 60: 200}), "coin")
    found = forward_returns.forward_returns(path, days_later(30))
    start = (FIRST - dt.date(1970, 1, 1)).days
    assert (found.days - start).tolist() == [0, 1, 30]  # 33 falls due on 63, after the last close
    assert found.returns.tolist() == pytest.approx([0.10, 0.10, 200 / 110 - 1])


def test_a_horizon_in_sessions_ends_on_its_last_session_and_a_weekend_counts_as_monday():
    sessions = np.array([day(n) for n in (0, 1, 2, 5, 6, 7)], "datetime64[D]")  # 3 and 4 are a weekend
    due = forward_returns.sessions_later(sessions, 2)
    start = (FIRST - dt.date(1970, 1, 1)).days
    assert (due(start + np.array([0, 1, 3, 4, 5])) - start).tolist() == [2, 5, 7, 7, 7]
    assert (due(start + np.array([6, 7, 8])) == forward_returns.NEVER).all()  # the grid ends before
    path = forward_returns.path_of(prices({0: 100, 1: 90, 3: 80, 5: 110, 7: 88}), "coin")
    found = forward_returns.forward_returns(path, due)
    assert (found.days - start).tolist() == [0, 1, 3, 5]
    assert found.returns.tolist() == pytest.approx([80 / 100 - 1, 110 / 90 - 1, 88 / 80 - 1, 88 / 110 - 1])


def test_the_study_in_sessions_has_the_statistics_of_the_one_in_days_on_a_grid_of_every_day():
    draw = np.random.default_rng(4)
    closes = 100 * np.exp(np.cumsum(draw.normal(0, 0.03, 900)))
    path = prices(dict(enumerate(closes.tolist())))
    events = [{"entry": int(n), "returned": float(closes[n + 30] / closes[n] - 1)} for n in range(50, 800, 90)]
    in_days, in_sessions = (asked(outcomes(*events, unit=unit), path, unit) for unit in ("days", "sessions"))
    drawn = {"ci_low", "ci_high", "p_permutation", "p_permutation_matched", "seed", "horizon_unit"}
    assert {name: said for name, said in in_sessions.items() if name not in drawn} == {
        name: said for name, said in in_days.items() if name not in drawn
    }
    assert in_sessions["status"] == "ok" and in_sessions["seed"] != in_days["seed"]
    assert in_sessions["ci_low"] <= in_sessions["median"] <= in_sessions["ci_high"]


def test_a_record_within_the_horizon_counts_up_to_its_last_day():
    path = forward_returns.path_of(prices({0: 100, 1: 90, 2: 95, 31: 101, 32: 80, 62: 80}), "coin")
    found = forward_returns.forward_returns(path, days_later(30))
    assert found.records.tolist() == [False, True, True, True, False]  # day 0 falls due on 30, a day before the record


def test_a_close_more_than_ten_days_late_is_none():
    ten = forward_returns.forward_returns(forward_returns.path_of(prices({0: 100, 40: 120}), "coin"), days_later(30))
    eleven = forward_returns.forward_returns(forward_returns.path_of(prices({0: 100, 41: 120}), "coin"), days_later(30))
    assert (ten.returns.tolist(), eleven.returns.size) == (pytest.approx([0.2]), 0)


def test_the_study_worked_out_by_hand():
    path = prices(dict.fromkeys(range(100), 100.0) | dict.fromkeys(range(100, 400), 70.0))
    events = outcomes(
        {"entry": 101, "returned": 0.10, "made_new_record": True},
        {"entry": 120, "returned": 9.99, "is_in_study": False},
        {"entry": 170, "returned": -0.20, "regained_ratio": True},
        {"entry": 240, "returned": 0.30, "regained_ratio": None},
        {"entry": 390, "status": "pending", "made_new_record": None},
        {"entry": 395, "status": "pending", "is_in_study": False, "made_new_record": None},
    )
    row = asked(events, path)
    assert (row["n"], row["n_pending"]) == (3, 1)
    assert (row["mean"], row["median"]) == (pytest.approx(0.2 / 3), 0.10)
    assert (row["share_positive"], row["share_new_record"], row["share_regained_ratio"]) == (2 / 3, 1 / 3, 1 / 2)
    assert (row["benchmark_n"], row["matched_n"]) == (370, 269)  # days 0-369 are complete; 101-369 follow a close 30 % down
    assert row["benchmark_median"] == 0.0
    assert (row["status"], row["ci_low"], row["p_permutation"]) == ("fewer than 5 events", None, None)


def test_the_benchmark_begins_where_the_pair_does():
    path = prices({n: 100.0 + n for n in range(200)})
    events = outcomes({"entry": 120, "returned": 0.1, "history_start": day(100)})
    row = asked(events, path)
    assert (row["benchmark_n"], row["benchmark_share_positive"], row["benchmark_share_new_record"]) == (70, 1.0, 1.0)
    assert (row["matched_n"], row["matched_median"], row["matched_share_positive"]) == (0, None, None)


def test_a_pair_without_an_event_and_one_whose_events_are_all_pending_are_rows_too():
    path = prices(dict.fromkeys(range(100), 100.0))
    none = asked(outcomes({"entry": 5, "returned": 0.1}, threshold=0.1), path)
    assert (none["n"], none["median"], none["status"]) == (0, None, "no event")
    row = asked(outcomes({"entry": 90, "status": "pending", "made_new_record": None}), path)
    assert (row["n"], row["n_pending"], row["median"], row["status"]) == (0, 1, None, "all pending")


def test_neither_the_order_of_rows_nor_the_company_changes_a_digit():
    draw = np.random.default_rng(1)
    closes = 100 * np.exp(np.cumsum(draw.normal(0, 0.03, 1500)))
    path = prices(dict(enumerate(closes.tolist())))
    events = outcomes(*({"entry": int(n), "returned": float(closes[n + 30] / closes[n] - 1)} for n in range(50, 1400, 90)))
    row = asked(events, path)
    assert row["status"] == "ok"
    mixed = event_study.divergence_study(
        events.sample(fraction=1, shuffle=True, seed=2),
        pl.concat([prices({0: 5.0, 1: 6.0}, "stock"), path]).sample(fraction=1, shuffle=True, seed=3),
        [("coin", "stock"), *PAIR],
        GRID,
    )
    assert mixed.height == 2 * 4 * (3 + 3)
    same = mixed.filter(pl.col("leader") == "stock", pl.col("threshold") == 0.2, pl.col("horizon") == 30)
    assert same.row(0, named=True) == row


def test_resamples_are_blocks_of_the_wanted_length_in_which_every_place_is_equally_likely():
    drawn = chance.stationary_resamples(5, 40, 4.0, 4000)
    assert drawn.shape == (4000, 40)
    follows = (drawn[:, 1:] == (drawn[:, :-1] + 1) % 40).mean()
    assert follows == pytest.approx(3 / 4 + 1 / 4 / 40, abs=0.01)  # a block goes on with chance 3/4, or begins there by chance
    assert np.bincount(drawn.ravel(), minlength=40) == pytest.approx(4000, rel=0.15)
    alone = chance.stationary_resamples(5, 40, 1.0, 4000)
    assert (alone[:, 1:] == (alone[:, :-1] + 1) % 40).mean() == pytest.approx(1 / 40, abs=0.005)
    assert (chance.stationary_resamples(6, 40, 4.0, 4000) != drawn).any()


def test_the_interval_widens_where_windows_overlap_and_holds_the_median():
    draw = np.random.default_rng(2)
    returns = np.repeat(draw.normal(0, 1, 30), 6)  # six events share one fate
    entries = np.arange(180) * 10
    low, high = event_study.interval(returns, entries, days_later(60), 1, 1000)
    alone_low, alone_high = event_study.interval(returns, entries, days_later(5), 1, 1000)
    assert low <= np.median(returns) <= high
    assert high - low > 1.3 * (alone_high - alone_low)


def test_an_effect_that_is_there_is_found_and_one_that_belongs_to_the_depth_is_not_the_leaders():
    # On days far apart, at no fixed distance, the price falls by 30 % for 20 days: a rise follows, leader or not.
    falls = np.cumsum(np.random.default_rng(1).integers(60, 150, 12))
    down = {int(fall) + n for fall in falls for n in range(20)}
    closes = {n: 70.0 if n in down else 100.0 for n in range(1600)}
    events = outcomes(*({"entry": int(fall) + 2, "returned": 100 / 70 - 1} for fall in falls))
    row = asked(events, prices(closes))
    assert row["matched_median"] == pytest.approx(100 / 70 - 1)
    assert row["p_permutation"] < 0.05 < row["p_permutation_matched"]


def test_the_permutation_p_is_uniform_where_events_mean_nothing(record_property):
    draw = np.random.default_rng(9)
    found = []
    for number in range(200):
        closes = np.exp(np.cumsum(draw.normal(0, 0.02, 900)))
        returns = closes[30:] / closes[:-30] - 1
        among = Benchmark(np.arange(870), returns, np.zeros(870, bool))
        entries = np.sort(draw.choice(870, 12, replace=False))
        found.append(event_study.permutation(returns[entries], entries, among, number, 1000) or 0.0)
    ordered = np.sort(found)
    distance = max((np.arange(1, 201) / 200 - ordered).max(), (ordered - np.arange(200) / 200).max())
    scaled = (math.sqrt(200) + 0.12 + 0.11 / math.sqrt(200)) * distance
    stated = 2 * sum((-1) ** (j - 1) * math.exp(-2 * (j * scaled) ** 2) for j in range(1, 101))
    record_property("kolmogorov_smirnov_p", stated)
    assert stated > 0.05, stated


def test_a_history_too_short_to_move_events_along_has_no_permutation():
    among = Benchmark(np.arange(41), np.zeros(41), np.zeros(41, bool))
    assert event_study.permutation(np.zeros(5), np.arange(5), among, 1, 1000) is None
