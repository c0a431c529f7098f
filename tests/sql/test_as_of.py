"""Order and time: shuffled rows make the same tables, and what was known at a moment stays what it was."""

import datetime as dt

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipelines import models, rulings
from pipelines.catalog import Series
from pipelines.schemas import polars_schema
from pipelines.warehouse import Warehouse, raw
from pipelines.warehouse.build import build
from tests.sql.prices import FIRST_DAY, calm, closing

CHAIN = (
    "core.observations",
    "core.price_bars",
    "core.sound_bars",
    "core.series",
    "core.vendor_readings",
    "mart.drawdowns",
    "mart.record_highs",
    "mart.drawdown_episodes",
    "mart.high_clusters",
    "mart.market_state",
)
# Each example builds the whole chain twice: few of them, and a failing one is shown as it came.
few = settings(max_examples=3, deadline=None, phases=[Phase.reuse, Phase.generate])


@st.composite
def tellings(draw: st.DrawFn) -> pl.DataFrame:
    """Rows of raw.price_bars of three series, some spiked, some corrected days after, each with its known_at."""
    rows = []
    for name in ("one", "two", "three"):
        closes = draw(calm())
        for bar in closing(*closes):
            known_at = dt.datetime.combine(bar.day, dt.time(22), dt.UTC)
            first = {"series_id": name, "session_date": bar.day, "close": bar.close, "known_at": known_at, "capture_id": "c1"}
            if draw(st.integers(0, 5)) == 0:
                days = draw(st.integers(1, 9))
                wrong = bar.close * draw(st.sampled_from([0.1, 0.98, 1.02, 10]))
                rows.append(first | {"known_at": known_at + dt.timedelta(days=days), "capture_id": "c2"})
                first["close"] = wrong
            rows.append(first)
    return pl.DataFrame(rows)


def catalog_of(*names: str) -> pl.DataFrame:
    """The least that the catalog must say of them."""
    return pl.DataFrame({"series_id": names, "group": ["index"] * len(names), "optional": [False] * len(names)})


def answers(bench, ts: dt.datetime | None = None) -> dict[str, list[tuple]]:
    """Every row of every table of the chain, as it stands or as it was known at `ts`, sorted."""
    at = f"_as_of('{ts.isoformat()}'::timestamptz)" if ts else ""
    return {name: sorted(bench.rows(f"select * from {name}{at}"), key=repr) for name in CHAIN}


@few
@given(rows=tellings(), seed=st.integers(0, 1000))
def test_the_order_of_the_input_changes_nothing(workbench, rows, seed):
    made = []
    for given_rows in (rows, rows.sample(fraction=1, shuffle=True, seed=seed)):
        with workbench.clean() as bench:
            bench.give("raw.series", catalog_of("one", "two", "three"))
            bench.give("raw.price_bars", given_rows)
            bench.build(*CHAIN)
            made.append(answers(bench))
    assert made[0] == made[1]


@few
@given(rows=tellings(), data=st.data())
def test_what_was_known_at_a_moment_is_what_the_rows_of_that_moment_make(workbench, rows, data):
    ts = data.draw(st.sampled_from(rows["known_at"].to_list()))
    with workbench.clean() as bench:
        bench.give("raw.series", catalog_of("one", "two", "three"))
        bench.give("raw.price_bars", rows.filter(pl.col("known_at") <= ts))
        bench.build(*CHAIN)
        then = answers(bench)
        bench.give("raw.price_bars", rows.filter(pl.col("known_at") > ts))
        bench.build(*CHAIN)
        assert answers(bench, ts) == then


def test_a_wednesday_is_not_known_before_the_thursday_on_which_the_fed_publishes_it(workbench):
    released = {dt.date(2025, 12, 3): "2025-12-04 21:30+00", dt.date(2025, 12, 10): "2025-12-11 21:32+00"}
    parts = {"fed_total_assets": 6500.0, "treasury_general_account": 900.0, "on_rrp": 5.0}
    rows = [(name, day, value, dt.datetime.fromisoformat(at)) for day, at in released.items() for name, value in parts.items()]
    with workbench.clean() as bench:
        bench.give("raw.observations", pl.DataFrame(rows, schema=["series_id", "date", "value", "known_at"], orient="row"))
        for at, wednesday in [("11 20:00", dt.date(2025, 12, 3)), ("11 21:31", dt.date(2025, 12, 3)), ("11 21:32", dt.date(2025, 12, 10))]:
            known = f"mart.net_liquidity_as_of('2025-12-{at}+00'::timestamptz)"
            assert bench.rows(f"select max(date), max(net_liquidity_usd_bn) from {known}") == [(wednesday, 5595.0)]


def test_days_to_come_never_change_an_answer_of_the_past(tmp_path):
    """Five evenings of a real warehouse, appended and built as a run does, then asked again for each evening."""
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    wanted = [model for model in models.load() if model.name in CHAIN]
    seen = {}
    with warehouse.plain() as connection:
        connection.execute("set threads = 1")
        kinds = {"second_reading_of": pl.String, "minimum": pl.Float64, "maximum": pl.Float64}
        warehouse.refer("series", pl.DataFrame([series_row("stocks"), series_row("coins")], schema_overrides=kinds), {})
        warehouse.refer("sessions", pl.DataFrame({"calendar": ["XCME"], "session_date": [FIRST_DAY]}), {})
        warehouse.refer("bar_rulings", rulings.known_by(dt.datetime(1970, 1, 1, tzinfo=dt.UTC))["bar_rulings"], {}, known_at="known_at")
        warehouse.refer("record_seeds", no_seeds(), {})
        for evening, closes in enumerate(EVENINGS):
            ts = dt.datetime.combine(FIRST_DAY + dt.timedelta(days=evening), dt.time(22), dt.UTC)
            warehouse.append("price_bars", evening_rows(closes, ts), ledger_entry(ts))
            for model in wanted:
                assert build(warehouse, model, {}).passed, model.name
            seen[ts] = {name: warehouse.frame(f"select * from {name} order by all").rows() for name in CHAIN}
        for ts, then in seen.items():
            for name, rows in then.items():
                again = warehouse.frame(f"select * from {name}_as_of('{ts.isoformat()}'::timestamptz) order by all").rows()
                assert again == rows, (name, ts)
    states = {repr(then["mart.market_state"]) for then in seen.values()}
    assert len(states) == len(EVENINGS), "every evening must have an answer of its own"


# What each evening says: (series, day) -> close. The tenfold spike of evening 1 is corrected on evening 3; the jump of
# evening 3 is confirmed on evening 4, on which a day before all others comes in too.
EVENINGS: list[dict[tuple[str, int], float]] = [
    {("stocks", 0): 100.0, ("coins", 0): 50.0},
    {("stocks", 1): 1010.0, ("coins", 1): 48.0},
    {("stocks", 2): 99.0, ("coins", 2): 52.0},
    {("stocks", 1): 101.0, ("stocks", 3): 120.0, ("coins", 3): 51.0},
    {("stocks", 4): 121.0, ("coins", -1): 60.0},
]


def evening_rows(closes: dict[tuple[str, int], float], ts: dt.datetime) -> pl.DataFrame:
    """The rows as ingest hands them to the warehouse."""
    rows = [
        {"series_id": name, "session_date": FIRST_DAY + dt.timedelta(days=day), "close": close}
        | {"known_at": ts, "known_at_method": "observed", "capture_id": ts.isoformat()}
        for (name, day), close in closes.items()
    ]
    stamps = {name: pl.Datetime("us", "UTC") if name == "known_at" else pl.String() for name in raw.STAMPS}
    return pl.DataFrame(rows, schema={**polars_schema("price_bars"), **stamps})


def ledger_entry(ts: dt.datetime) -> dict:
    """The line of the ledger that goes with them."""
    said = {"capture_id": ts.isoformat(), "captured_at": ts, "outcome": "accepted", "shape": "price_bars"}
    return dict.fromkeys(raw.LEDGER) | said


def no_seeds() -> pl.DataFrame:
    """No cited record."""
    texts, prices = dict.fromkeys(("series_id", "source"), pl.String), dict.fromkeys(("close", "high"), pl.Float64)
    return pl.DataFrame(schema={**texts, **prices, **dict.fromkeys(("made_on", "beaten_on"), pl.Date)})


def series_row(name: str) -> dict:
    """A catalog row, complete, of a made-up series."""
    texts = ("title", "vendor", "symbol", "unit", "frequency", "calendar", "publisher", "licence")
    return (
        dict.fromkeys(Series.model_fields)
        | dict.fromkeys(texts, name)
        | {
            "series_id": name,
            "group": "index",
            "shape": "price_bars",
            "history_start": FIRST_DAY,
            "record_claimable": True,
            "second_reading_of": None,
            "nearest_future": False,
            "optional": False,
        }
    )
