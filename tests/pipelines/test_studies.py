"""Studies on real history since 2020: they add only what is new, to the digit, and later rows change nothing they said."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import day, models, studies
from pipelines.warehouse import Warehouse, query
from pipelines.warehouse.build import build

MEMBERS = ("btc_usd", "russell_2000", "sp500")
BARS_FROM = date(2020, 1, 1)
BEFORE = [
    "core.observations",
    "core.price_bars",
    "core.sound_bars",
    "core.series",
    "core.sessions",
    "core.session_days",
    "mart.drawdowns",
    "mart.record_highs",
    "mart.divergence_spells",
    "mart.divergences",
]
SUMMER, AUTUMN = datetime(2024, 6, 3, 12, tzinfo=UTC), datetime(2024, 12, 2, 12, tzinfo=UTC)


class Bench:
    """A warehouse of three series into which a test puts rows of raw.price_bars, with an answer at the moment of the last."""

    def __init__(self, folder: Path, like: "Bench | None" = None) -> None:
        self.warehouse = Warehouse(folder / "warehouse.duckdb")
        if like is not None:
            shutil.copy(like.warehouse.path, self.warehouse.path)

    def refer(self) -> "Bench":
        """Put the calendars and the catalog of the three in, as if their vendors' history began with BARS_FROM."""
        day.refer(self.warehouse, AUTUMN)
        self.only(*MEMBERS)
        with self.warehouse.transaction() as connection:
            connection.execute("update raw.series set history_start = ?", [BARS_FROM])
        return self

    def only(self, *members: str) -> None:
        """Leave no other series in the catalog."""
        with self.warehouse.transaction() as connection:
            connection.execute("delete from raw.series where not list_contains(?, series_id)", [list(members)])

    def give(self, rows: pl.DataFrame, moment: datetime) -> "Bench":
        """Add the rows, and build everything that the study of co-highs reads."""
        with self.warehouse.transaction() as connection:
            connection.register("given", rows)
            connection.execute("insert into raw.price_bars by name select * from given")
            connection.execute("insert into raw.captures by name select 'c' as capture_id, ?::timestamptz as captured_at", [moment])
            connection.unregister("given")
        for model in models.load():
            if model.name in BEFORE:
                build(self.warehouse, model, {})
        return self

    def study(self) -> int:
        """Evaluate co-highs, and build the table made of it; returns by how much the study grew."""
        added = studies.run(self.warehouse, "co_highs")
        assert build(self.warehouse, next(model for model in models.load() if model.name == "mart.co_highs"), {}).passed
        return added

    def co_highs(self, moment: datetime | None = None) -> pl.DataFrame:
        """mart.co_highs as it stands, or as of a moment."""
        at = f"_as_of(timestamptz '{moment.isoformat()}')" if moment else ""
        return self.warehouse.frame(f"select * from mart.co_highs{at} order by series_a, series_b, basis, window_sessions, start_date")


@pytest.fixture(scope="module")
def bars(morning) -> pl.DataFrame:
    """Rows of raw.price_bars as history gives them."""
    return query(
        morning.market, "select * from raw.price_bars where session_date >= ? and list_contains(?, series_id)", [BARS_FROM, MEMBERS]
    )


def known(rows: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    return rows.filter(pl.col("known_at") <= moment)


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Bench:
    return Bench(tmp_path_factory.mktemp("empty")).refer()


@pytest.fixture(scope="module")
def summer(tmp_path_factory, empty, bars) -> Bench:
    return Bench(tmp_path_factory.mktemp("summer"), empty).give(known(bars, SUMMER), SUMMER)


@pytest.fixture
def bench(tmp_path, summer) -> Bench:
    return Bench(tmp_path, summer)


def test_a_study_evaluated_again_on_nothing_new_adds_nothing_and_changes_no_digit(bench):
    assert bench.study() == 6 * 2 * 4  # ordered pairs, bases, windows
    before = bench.co_highs()
    assert before.filter(pl.col("status") == "ok")["p_cluster_shift"].null_count() == 0
    assert bench.study() == 0
    assert bench.co_highs().equals(before)


def test_new_answers_add_rows_and_the_old_ones_stand_as_of_then(bench, bars):
    bench.study()
    before = bench.co_highs()
    bench.give(bars.filter(pl.col("known_at").is_between(SUMMER, AUTUMN, closed="right")), AUTUMN)
    assert bench.study() > 0
    after = bench.co_highs()
    assert after.height == before.height and after["end_date"].max() > before["end_date"].max()
    assert bench.warehouse.frame("select max(known_at) as t from study.co_highs")["t"][0] == AUTUMN
    assert bench.co_highs(SUMMER).equals(before)
    assert bench.co_highs(AUTUMN).equals(after)
    assert bench.co_highs(SUMMER - timedelta(seconds=1)).is_empty()


def test_a_pair_that_may_no_longer_be_compared_is_withdrawn_and_stays_in_the_past(bench):
    bench.study()
    before = bench.co_highs()
    bench.only("russell_2000", "sp500")
    bench.give(pl.DataFrame(schema={"series_id": pl.String}), AUTUMN)
    bench.study()
    assert set(bench.co_highs()["series_a"]) == {"russell_2000", "sp500"}
    assert bench.co_highs(SUMMER).equals(before)


def test_a_pair_gives_the_same_digits_alone_as_among_others(bench):
    bench.study()
    pair = ("btc_usd", "sp500")
    among = bench.co_highs().filter(pl.col("series_a").is_in(pair), pl.col("series_b").is_in(pair))
    alone = studies.computed(bench.warehouse.path, "co_highs", pair, SUMMER)
    not_said = {"q_cluster_shift", "q_headline"}  # they weigh all pairs of the study
    columns = [name for name in alone.columns if name not in not_said]
    assert alone.select(columns).equals(among.select(columns))


def test_a_study_of_series_that_it_does_not_compare_has_no_row(bench):
    assert studies.computed(bench.warehouse.path, "co_highs", ("vix", "sp500"), SUMMER).is_empty()


def test_a_stored_study_is_told_from_one_that_came_later(bench):
    bench.study()
    path = bench.warehouse.path
    asked = [studies.was_evaluated(path, "co_highs", moment) for moment in (SUMMER - timedelta(seconds=1), SUMMER, AUTUMN)]
    assert asked == [False, True, True]


def corrected(rows: pl.DataFrame, moment: datetime, sessions: list[date], factor: float) -> pl.DataFrame:
    """The bars of these sessions told again after the moment, with other figures."""
    prices = ["open", "high", "low", "close"]
    told = rows.filter(pl.col("session_date").is_in(sessions)).with_columns(pl.col(prices) * factor)
    return told.with_columns(known_at=pl.lit(moment + timedelta(hours=1), pl.Datetime("us", "UTC")))


@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_no_later_row_changes_a_digit_of_what_was_known_at_a_moment(tmp_path_factory, empty, bars, data):
    moments = bars.filter(pl.col("known_at") >= datetime(2021, 6, 1, tzinfo=UTC))["known_at"].unique().sort().to_list()
    moment = data.draw(st.sampled_from(moments))
    then = known(bars, moment)
    sessions = data.draw(st.lists(st.sampled_from(then["session_date"].unique().sort().to_list()), max_size=5))
    later = corrected(then, moment, sessions, data.draw(st.sampled_from([0.98, 1.02, 3.0])))
    bench = Bench(tmp_path_factory.mktemp("moment"), empty).give(then, moment)
    study = studies.STUDIES["co_highs"]
    co_highs = study.compute({table: bench.warehouse.frame(sql) for table, sql in study.queries.items()})
    divergences = bench.warehouse.frame("select * from mart.divergences order by all")

    bench.give(pl.concat([bars.filter(pl.col("known_at") > moment), later]), AUTUMN)
    assert studies.computed(bench.warehouse.path, "co_highs", MEMBERS, moment).equals(co_highs)
    assert query(bench.warehouse.path, studies.as_of("select * from mart.divergences order by all", moment)).equals(divergences)
