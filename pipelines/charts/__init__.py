"""Charts: frames of the marts drawn as pictures, for the Dagster UI and the report.

Owns what a picture shows and its colours; the only user of matplotlib. Which rows are drawn, and under which names, is
decided by the caller; what a page makes of the colours, by `pipelines.report.svg`. Every chart takes the width in inches
that it is drawn for: letters keep their size, so that a narrow drawing can be read on a phone.
"""

import base64
import io
from datetime import timedelta

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from pipelines.charts.layout import GRID, NARROW, WIDE, dates, fitting, frame, legend, room, thousands

# Okabe and Ito's palette: distinguishable with the common colour-vision deficiencies.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SHADE = "#F7EFA0"  # its yellow, paler
ESTIMATE = "daily_estimate"  # the definition of net liquidity that stays in the background
INK, GREY = "#000000", "#888888"
GROUPS = {"index": COLOURS[0], "metals": COLOURS[2], "crypto": COLOURS[1]}
GAP = timedelta(days=15)  # longer than any market is closed over holidays

mpl.rcParams["svg.hashsalt"] = "lockstep"  # the same rows make the same bytes
mpl.rcParams["svg.fonttype"] = "none"  # letters stay letters, to be selected and searched
mpl.rcParams["text.parse_math"] = False  # a dollar sign is a dollar sign


def standing(rows: pl.DataFrame, label: str = "", width: float = WIDE) -> Figure:
    """How far each series stands below its record: a bar to the record close, a mark where the record high is the measure.

    Args:
        rows: group, series_id, drawdown, drawdown_from_intraday_peak, said (printed at the end of the bar), from the top.
    """
    names = fitting(rows["series_id"], width)
    title, height = "Below the record close (bar) and the record high (mark)", 1.1 + 0.24 * rows.height
    figure, axes = frame(title, label, width, height, names=names)
    places = range(rows.height)
    axes.barh(places, rows["drawdown"].to_list(), height=0.62, color=[GROUPS.get(name, GREY) for name in rows["group"]])
    axes.scatter(rows["drawdown_from_intraday_peak"].to_list(), places, marker="|", s=70, linewidths=1.4, color=INK, zorder=3)
    for place, row in zip(places, rows.iter_rows(named=True), strict=True):
        end = min(row["drawdown"], row["drawdown_from_intraday_peak"])
        axes.annotate(row["said"], (end, place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_yticks(places, names, fontsize=9)
    axes.set_ylim(rows.height - 0.4, -0.6)
    axes.set_xlim(0, min([-0.05, *room(axes, rows, width)]))
    axes.set_xticks([depth for depth in axes.get_xticks() if -1 <= depth <= 0])  # nothing is more than wholly lost
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    legend(figure, [Patch(color=GROUPS[name], label=name) for name in GROUPS if name in set(rows["group"])])
    return figure


def underwater(drawdowns: pl.DataFrame, label: str = "", width: float = WIDE) -> Figure:
    """How far each series stands below its record close over time.

    Args:
        drawdowns: series_id, session_date, drawdown (a fraction, 0 at a record); coloured in the order of appearance.
    """
    figure, axes = frame("Below the record close", label, width)
    _curves(axes, drawdowns)
    legend(figure)
    return figure


def pair(drawdowns: pl.DataFrame, divergences: pl.DataFrame, label: str = "", width: float = WIDE) -> Figure:
    """How far each of two series stands below its record close, with the stretches in which one leads and the other lags.

    Args:
        drawdowns: series_id, session_date, drawdown, as `underwater`.
        divergences: leader, laggard, threshold, start_date, end_date (null while it lasts), of one leader, laggard and
            threshold; empty where there is none.
    """
    figure, axes = frame("Below the record close", label, width)
    _curves(axes, drawdowns)
    until_now = pl.col("end_date").fill_null(pl.lit(drawdowns["session_date"].max(), pl.Date))
    for row in divergences.with_columns(until_now).iter_rows(named=True):
        name = f"{row['leader']} at records, {row['laggard']} {100 * row['threshold']:.0f} % or more below"
        # A divergence of one session is narrower than a pixel: its edge shows.
        axes.axvspan(row["start_date"], row["end_date"], color=SHADE, linewidth=1, zorder=0, label=name)
    legend(figure)
    return figure


def record_raster(records: pl.DataFrame, label: str = "", width: float = WIDE) -> Figure:
    """One mark for each session with a record close, one line of marks for each series, coloured by group.

    Args:
        records: group, series_id, session_date, in the order of the lines from the top; a series whose only session_date
            is null has a line without marks.
    """
    names = records["series_id"].unique(maintain_order=True).to_list()
    shown = fitting(names, width)
    figure, axes = frame("Sessions with a record close", label, width, height=1.1 + 0.22 * len(names), names=shown)
    place = {name: number for number, name in enumerate(names)}
    for (group,), rows in records.group_by(["group"], maintain_order=True):
        # One broken line for each group: a mark for each record would be an element of its own in the picture.
        days, heights = [], []
        for series_id, day in rows.select("series_id", "session_date").drop_nulls().iter_rows():
            days += [day, day, None]
            heights += [place[series_id] - 0.34, place[series_id] + 0.34, None]
        axes.plot(days, heights, color=GROUPS.get(str(group), GREY), linewidth=0.7, label=str(group))
    axes.set_yticks(range(len(names)), shown, fontsize=9)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.01)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=GRID, linewidth=0.6)  # the years stand far below the first lines
    dates(axes)
    legend(figure)
    return figure


def net_liquidity(rows: pl.DataFrame, label: str = "", width: float = WIDE) -> Figure:
    """Net liquidity under each definition over time.

    Args:
        rows: date, definition, net_liquidity_usd_bn.
    """
    figure, axes = frame("Net liquidity, USD bn", label, width)
    estimates, others = rows.filter(definition=ESTIMATE), rows.filter(pl.col("definition") != ESTIMATE)
    named = [((ESTIMATE,), estimates), *others.sort("definition", descending=True).group_by(["definition"], maintain_order=True)]
    for colour, ((definition,), chosen) in zip((GREY, *COLOURS), named, strict=False):
        days, levels = chosen.sort("date").select("date", "net_liquidity_usd_bn")
        width_of_line = 0.8 if colour == GREY else 1.6
        axes.plot(days.to_list(), levels.to_list(), color=colour, linewidth=width_of_line, label=str(definition))
    thousands(axes)
    dates(axes)
    legend(figure)
    return figure


def liquidity_timeline(levels: pl.DataFrame, events: pl.DataFrame, label: str = "", width: float = WIDE) -> Figure:
    """Net liquidity week by week with the decisions of the Committee as lines; below it what settled each day.

    Args:
        levels: date, net_liquidity_usd_bn, of one definition.
        events: effective_date, type, amount_usd_bn (settlements and decisions are drawn).
    """
    figure, axes = frame("Net liquidity, USD bn, and decisions (dashed)", label, width, height=4.4, panels=2)
    axes.plot(levels["date"].to_list(), levels["net_liquidity_usd_bn"].to_list(), color=COLOURS[0], linewidth=1.4)
    for day in events.filter(pl.col("type") == "FOMC_DECISION")["effective_date"].to_list():
        axes.axvline(day, color=GREY, linewidth=0.8, linestyle="--")
    thousands(axes)
    settled = events.filter(pl.col("type") == "SETTLEMENT")
    bars = figure.axes[1]
    bars.bar(settled["effective_date"].to_list(), settled["amount_usd_bn"].to_list(), color=COLOURS[1], width=2)
    bars.set_title("Purchases of the Desk, on the day they settled, USD bn", loc="left", fontsize=10)
    bars.margins(x=0.01)
    bars.set_ylim(0, 1.1 * max([1.0, *settled["amount_usd_bn"].to_list()]))
    if settled.is_empty():
        bars.annotate("none settled", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", fontsize=9)
    dates(bars)
    return figure


def purchases(cycles: pl.DataFrame, label: str = "", width: float = WIDE) -> Figure:
    """Bills bought in each monthly cycle beside the reserve management purchases that were announced for it.

    Args:
        cycles: cycle_start, planned_usd_bn (null where no amount was told), executed_usd_bn, in the order of cycle_start.
    """
    figure, axes = frame("Treasury bills bought by monthly cycle, USD bn", label, width)
    places = range(cycles.height)
    axes.bar(places, cycles["executed_usd_bn"].to_list(), width=0.6, color=COLOURS[0], label="bought, reinvestment included")
    told = [(place, planned) for place, planned in zip(places, cycles["planned_usd_bn"], strict=True) if planned is not None]
    for place, planned in told:
        name = "announced for reserve management (where there is no line, no amount was told)"
        axes.plot([place - 0.42, place + 0.42], [planned, planned], color=COLOURS[1], linewidth=2.5, label=name)
    for place, executed in zip(places, cycles["executed_usd_bn"], strict=True):
        axes.annotate(f"{executed:.1f}", (place, executed), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=9)
    # On a phone there is room for every other name.
    shown = [f"{day:%b %y}" if width > NARROW or not place % 2 else "" for place, day in enumerate(cycles["cycle_start"])]
    axes.set_xticks(places, shown)
    axes.margins(y=0.12)
    legend(figure)
    return figure


def markdown(figure: Figure, text: str) -> str:
    """The figure as a Markdown image that carries its own bytes, with `text` in its place where images are not shown."""
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=110)
    return f"![{text}](data:image/png;base64,{base64.b64encode(target.getvalue()).decode()})"


def svg(figure: Figure) -> str:
    """The figure as an SVG document without background, date or maker."""
    target = io.StringIO()
    figure.savefig(target, format="svg", transparent=True, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return target.getvalue()


def _curves(axes: Axes, drawdowns: pl.DataFrame) -> None:
    for colour, (name, rows) in zip(COLOURS, drawdowns.group_by(["series_id"], maintain_order=True), strict=False):
        chosen = _broken(rows.sort("session_date"))
        axes.plot(chosen["session_date"].to_list(), chosen["drawdown"].to_list(), color=colour, linewidth=1.2, label=str(name[0]))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.margins(x=0.01)
    dates(axes)


def _broken(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with an empty one where nothing is known for longer than GAP: no line is drawn over what nobody saw."""
    after = rows.filter(pl.col("session_date").diff() > GAP)
    holes = after.with_columns(pl.col("session_date").dt.offset_by("-1d"), drawdown=None)
    return pl.concat([rows, holes], how="vertical_relaxed").sort("session_date")
