"""Bad ticks planted in real history, by the thousand: what core.price_bars catches, what it misses, and what it costs.

`make ticks` writes the result to docs/bad-ticks.md. In every price series of the history, at every 60th session, one fault at a time
is planted; the planted history must give the running peaks and records of the same history without those bars (for a bad high or
low: with that price unknown), date for date, and every planted bar must be listed.
"""

import argparse
import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines import catalog, day, models
from pipelines.sources.history import History
from pipelines.warehouse import Warehouse
from pipelines.warehouse.build import build

EVERY, FIRST = 60, 10  # sessions between two planted bars, and before the first
PRICES = ("open", "high", "low", "close")
CHAIN = ("core.series", "core.observations", "core.price_bars", "core.sound_bars", "mart.drawdowns")
COMPARED = ("running_peak", "running_peak_intraday", "is_record_close", "is_record_high")
NOW = dt.datetime(2026, 8, 21, 22, tzinfo=dt.UTC)
GENUINE = {("iwm", dt.date(2008, 9, 19)), ("copper_futures", dt.date(2019, 5, 17))}  # errors of the vendor, see docs/bad-ticks.md

Change = Callable[[pl.Expr, str], pl.Expr]


@dataclass(frozen=True)
class Fault:
    """A fault: which prices it changes and how, in how many sessions in a row, and whether the close survives it."""

    name: str
    change: Change
    prices: tuple[str, ...] = PRICES
    sessions: int = 1
    keeps_close: bool = False


def _times(factor: float) -> Change:
    return lambda price, name: price * factor


def _set(value: float) -> Change:
    return lambda price, name: pl.lit(value)


def _swapped(price: pl.Expr, name: str) -> pl.Expr:
    return pl.col("low" if name == "high" else "high")


FAULTS = (
    Fault("ten-fold bar", _times(10)),
    Fault("ten-fold close", _times(10), ("close",)),
    Fault("ten-fold high", _times(10), ("high",), keeps_close=True),
    Fault("two ten-fold bars in a row", _times(10), sessions=2),
    Fault("three ten-fold bars in a row", _times(10), sessions=3),
    Fault("a tenth of the bar", _times(0.1)),
    Fault("zero close", _set(0.0), ("close",)),
    Fault("negative close", _times(-1), ("close",)),
    Fault("high and low swapped", _swapped, ("high", "low"), keeps_close=True),
)
SIZES = (1.05, 1.10, 1.20, 1.50, 2.0, 10.0)


def real(history: History) -> dict[str, pl.DataFrame]:
    """The bars of every price series that the folder holds, dated futures apart."""
    held = [series for series in catalog.load() if series.shape == "price_bars" and history.holds(series)]
    return {series.series_id: history.table(series) for series in held if series.series_id != "fed_funds_futures"}


def planted(bars: pl.DataFrame, fault: Fault) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The bars with the fault in every 60th session, and as they would be had those prices never come."""
    numbered = bars.with_row_index("n").with_columns(is_bad=(pl.col("n") >= FIRST) & ((pl.col("n") - FIRST) % EVERY < fault.sessions))
    if fault.prices == ("high", "low"):  # a bar of one price has nothing to swap
        numbered = numbered.with_columns(is_bad=pl.col("is_bad") & (pl.col("high") > pl.col("low")).fill_null(value=False))
    if fault.prices == ("high",):
        numbered = numbered.with_columns(is_bad=pl.col("is_bad") & pl.col("high").is_not_null())
    bad = pl.col("is_bad")
    hit = numbered.with_columns(pl.when(bad).then(fault.change(pl.col(name), name)).otherwise(name).alias(name) for name in fault.prices)
    if not fault.keeps_close:
        return hit, numbered.filter(~bad)
    return hit, numbered.with_columns(pl.when(bad).then(None).otherwise(name).alias(name) for name in fault.prices)


def fill(warehouse: Warehouse, series: dict[str, pl.DataFrame], like: dict[str, str]) -> None:
    """Give the warehouse these series alone, each with the catalog row of the one it is like, and build what stands on them."""
    rows = pl.concat(
        bars.select(
            pl.lit(name).alias("series_id"), "session_date", *PRICES, pl.lit(NOW).alias("known_at"), pl.lit("c").alias("capture_id")
        )
        for name, bars in series.items()
    )
    wanted = [catalog.by_id(like[name]).model_dump(exclude={"record_seeds"}) | {"series_id": name} for name in series]
    warehouse.refer("series", pl.DataFrame(wanted, infer_schema_length=None), {})
    with warehouse.transaction() as connection:
        connection.execute("delete from raw.price_bars")
        connection.register("incoming", rows)
        connection.execute("insert into raw.price_bars by name select * from incoming")
        connection.unregister("incoming")
    for model in models.load():
        if model.name in CHAIN:
            build(warehouse, model, {})


def plant(warehouse: Warehouse, history: dict[str, pl.DataFrame], fault: Fault) -> tuple[int, int, int]:
    """How many bars were planted, how many are not listed, and how many other sessions have another peak or record."""
    both = {name: planted(bars, fault) for name, bars in history.items()}
    series = {f"{name}/{side}": bars for name, pair in both.items() for side, bars in zip(("hit", "clean"), pair, strict=True)}
    fill(warehouse, series, {name: name.partition("/")[0] for name in series})
    bad = pl.concat(
        hit.filter("is_bad").select(pl.lit(f"{name}/hit").alias("series_id"), "session_date") for name, (hit, _) in both.items()
    )
    listed = warehouse.frame("select series_id, session_date from core.price_bars where quality_reason is not null")
    unlisted = bad.join(listed, on=["series_id", "session_date"], how="anti").height
    drawn = warehouse.frame(f"select series_id, session_date, {', '.join(COMPARED)} from mart.drawdowns")
    split = drawn.with_columns(pl.col("series_id").str.split_exact("/", 1).struct.unnest()).drop("series_id")
    hit, clean = (split.filter(pl.col("field_1") == side).drop("field_1") for side in ("hit", "clean"))
    theirs = bad.with_columns(field_0=pl.col("series_id").str.strip_suffix("/hit")).drop("series_id")
    pair = hit.join(clean, on=["field_0", "session_date"], how="full", suffix="_clean", coalesce=True)
    if not fault.keeps_close:
        pair = pair.join(theirs, on=["field_0", "session_date"], how="anti")
    moved = pair.filter(pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_clean")) for name in COMPARED)).height
    return bad.height, unlisted, moved


def missed(warehouse: Warehouse, history: dict[str, pl.DataFrame], size: float) -> tuple[int, int]:
    """Of the planted closes of that size that would be records: how many there are, and how many set one."""
    fault = Fault("", _times(size))
    hits = {name: planted(bars, fault)[0] for name, bars in history.items()}
    fill(warehouse, hits, {name: name for name in hits})
    peaks = pl.concat(
        hit.select(
            pl.lit(name).alias("series_id"),
            "session_date",
            would=pl.col("is_bad") & (pl.col("close") > pl.when(~pl.col("is_bad")).then("close").cum_max().forward_fill()),
        )
        for name, hit in hits.items()
    ).filter("would")
    sound = warehouse.frame("select series_id, session_date from core.sound_bars")
    return peaks.height, peaks.join(sound, on=["series_id", "session_date"], how="semi").height


def page(history: dict[str, pl.DataFrame], readings: dict[str, pl.DataFrame], warehouse: Warehouse) -> Iterator[str]:
    """The lines of docs/bad-ticks.md."""
    bars = sum(rows.height for rows in history.values())
    yield from ("<!-- Written by `make ticks`; do not edit. -->", "", "# Bad ticks, planted and real", "")
    yield f"{len(history)} price series of real history, {bars:,} bars. What the rule is, and why: [0011](decisions/0011-suspect-bars.md)."
    yield from ("", "## Planted", "")
    yield f"One fault at a time, in every {EVERY}th session of every series, without a second vendor to help. *Not listed*: planted bars"
    yield "that core.price_bars does not name with a reason. *Moved*: other sessions whose running peak (on either basis) or record differs"
    yield "from the same history without the planted bars (for a high or a swap: with those prices unknown)."
    yield from ("", "| fault | planted | not listed | moved |", "|---|---:|---:|---:|")
    for fault in FAULTS:
        n, unlisted, moved = plant(warehouse, history, fault)
        yield f"| {fault.name} | {n:,} | {unlisted} | {moved} |"
    yield ""
    yield "The sessions that moved are real highs and closes whose only witness, the session beside them, was the planted one: held back,"
    yield "like any that nobody confirms. None is a false record."
    yield from ("", "## Missed: smaller spikes", "")
    yield "A whole bar times a factor, where that would be a record close, seen with the sessions that follow it. A market can do what the"
    yield "smaller ones do, and without a second vendor nobody can tell: that is the limit of the rule."
    yield from ("", "| factor | would be records | set one | missed |", "|---:|---:|---:|---:|")
    for size in SIZES:
        n, through = missed(warehouse, history, size)
        yield f"| {size:g} | {n:,} | {through:,} | {100 * through / n:.1f} % |"
    yield from ("", "## Real: what is held back in all of history", "")
    held = quarantined(warehouse, history, readings)
    false = [row for row in held if (row["series_id"], row["session_date"]) not in GENUINE]
    closes = [row for row in false if row["quality"] != "ok"]
    yield f"{len(held)} of {bars:,} bars, of which {len(held) - len(false)} are errors of the vendor: IWM's 86.05 of 19 September 2008"
    yield "stands 9 % above all else it traded that day, while the Russell 2000 made no such high; copper's open of 17 May 2019 lies above"
    yield f"its high. The other {len(false)} are false, or cannot be told: {len(false) - len(closes)} cost a high alone (fast days of"
    yield "bitcoin, ether, silver and copper, whose high stood far above the close and was not seen again the next day) and"
    yield f"{len(closes)} cost a close (bitcoin of 2010 and 2011, a thin market of once-a-day prices). No index and no fund loses a close."
    yield "A ruling brings one back: `pipelines/rulings/bar_rulings.csv`."
    yield from ("", "| series | session | bar | high | low | reason |", "|---|---|---|---|---|---|")
    for row in held:
        yield "| " + " | ".join(str(value) for value in row.values()) + " |"


def quarantined(warehouse: Warehouse, history: dict[str, pl.DataFrame], readings: dict[str, pl.DataFrame]) -> list[dict]:
    """Every bar of real history that is not ok in every part, with its second vendors at hand."""
    seconds = pl.concat(
        rows.select(pl.lit(name).alias("series_id"), "date", "value", known_at=pl.lit(NOW)) for name, rows in readings.items()
    )
    with warehouse.transaction() as connection:
        connection.register("incoming", seconds)
        connection.execute("insert into raw.observations by name select * from incoming")
        connection.unregister("incoming")
    fill(warehouse, history, {name: name for name in history})
    wanted = [catalog.by_id(name).model_dump(exclude={"record_seeds"}) for name in (*history, *readings)]
    warehouse.refer("series", pl.DataFrame(wanted, infer_schema_length=None), {})
    for model in models.load():
        if model.name in ("core.observations", "core.price_bars"):
            build(warehouse, model, {})
    return warehouse.frame(
        "select series_id, session_date, quality, high_quality, low_quality, quality_reason from core.price_bars "
        "where quality_reason is not null order by 1, 2"
    ).to_dicts()


def main(arguments: list[str] | None = None) -> None:
    """Plant, count, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("history", type=Path, help="A folder of real history.")
    parser.add_argument("page", type=Path, help="Where to write the page.")
    asked = parser.parse_args(arguments)
    source = History(asked.history, NOW)
    seconds = [series for series in catalog.load() if series.shape == "observations" and series.second_reading_of and source.holds(series)]
    readings = {series.series_id: source.table(series) for series in seconds}
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder) / "warehouse.duckdb")
        with warehouse.writing():
            day.refer(warehouse, NOW)
            lines = []
            for line in page(real(source), readings, warehouse):
                print(line, flush=True)
                lines.append(line)
    asked.page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
