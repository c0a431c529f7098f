"""Charts: frames of the marts drawn as pictures, for the Dagster UI and the report.

Owns what a picture shows and its colours; the only user of matplotlib. Which rows are drawn is decided by the caller.
"""

import base64
import io

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

# Okabe and Ito's palette: distinguishable with the common colour-vision deficiencies.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SHADE = "#F7EFA0"  # its yellow, paler
mpl.rcParams["svg.hashsalt"] = "lockstep"


def underwater(drawdowns: pl.DataFrame, label: str = "") -> Figure:
    """How far each series stands below its record close over time.

    Args:
        drawdowns: series_id, session_date, drawdown (a fraction, 0 at a record).
    """
    figure, axes = _frame("Below the record close", label)
    _curves(axes, drawdowns)
    _legend(figure)
    return figure


def pair(drawdowns: pl.DataFrame, divergences: pl.DataFrame, label: str = "") -> Figure:
    """How far each of two series stands below its record close, with the stretches in which one leads and the other lags.

    Args:
        drawdowns: series_id, session_date, drawdown, as `underwater`.
        divergences: leader, laggard, threshold, start_date, end_date (null while it lasts), of one leader, laggard and
            threshold; empty where there is none.
    """
    figure, axes = _frame("Below the record close", label)
    _curves(axes, drawdowns)
    until_now = pl.col("end_date").fill_null(pl.lit(drawdowns["session_date"].max(), pl.Date))
    for row in divergences.with_columns(until_now).iter_rows(named=True):
        name = f"{row['leader']} at records, {row['laggard']} {row['threshold']:.0%} or more below"
        # A divergence of one session is narrower than a pixel: its edge shows.
        axes.axvspan(row["start_date"], row["end_date"], color=SHADE, linewidth=1, zorder=0, label=name)
    _legend(figure)
    return figure


def record_raster(records: pl.DataFrame, label: str = "") -> Figure:
    """One mark for each session with a record close, one line of marks for each series, coloured by group.

    Args:
        records: group, series_id, session_date, in the order of the lines from the top; a series whose only session_date
            is null has a line without marks.
    """
    names = records["series_id"].unique(maintain_order=True).to_list()
    figure, axes = _frame("Sessions with a record close", label, height=1.2 + 0.21 * len(names))
    for colour, (group, rows) in zip(COLOURS, records.group_by(["group"], maintain_order=True), strict=False):
        marks = rows.drop_nulls("session_date")
        places = [names.index(name) for name in marks["series_id"]]
        axes.scatter(marks["session_date"].to_list(), places, marker="|", s=70, linewidths=0.6, color=colour, label=str(group[0]))
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.01)
    axes.tick_params(axis="y", length=0)
    _legend(figure)
    return figure


def net_liquidity(rows: pl.DataFrame, label: str = "") -> Figure:
    """Net liquidity under each definition over time.

    Args:
        rows: date, definition, net_liquidity_usd_bn.
    """
    figure, axes = _frame("Net liquidity, USD bn", label)
    for colour, definition in zip(COLOURS, sorted(set(rows["definition"])), strict=False):
        chosen = rows.filter(pl.col("definition") == definition).sort("date")
        axes.plot(chosen["date"].to_list(), chosen["net_liquidity_usd_bn"].to_list(), color=colour, linewidth=1.2, label=definition)
    _legend(figure)
    return figure


def liquidity_timeline(levels: pl.DataFrame, events: pl.DataFrame, label: str = "") -> Figure:
    """Net liquidity week by week, with decisions as lines and what the Desk bought, each day it settled, as bars.

    Args:
        levels: date, net_liquidity_usd_bn, of one definition.
        events: effective_date, type, amount_usd_bn (settlements and decisions are drawn).
    """
    figure, axes = _frame("Net liquidity (line, left), purchases settled (bars, right), decisions (dashed); USD bn", label)
    axes.plot(levels["date"].to_list(), levels["net_liquidity_usd_bn"].to_list(), color=COLOURS[0], linewidth=1.2)
    for day in events.filter(pl.col("type") == "FOMC_DECISION")["effective_date"].to_list():
        axes.axvline(day, color="#888888", linewidth=0.8, linestyle="--")
    settled = events.filter(pl.col("type") == "SETTLEMENT")
    bars = axes.twinx()
    bars.bar(settled["effective_date"].to_list(), settled["amount_usd_bn"].to_list(), color=COLOURS[1], width=2)
    bars.set_ylim(0, 4 * max([1.0, *settled["amount_usd_bn"].to_list()]))  # the bars keep to the lower quarter
    bars.spines["top"].set_visible(False)
    return figure


def markdown(figure: Figure, text: str) -> str:
    """The figure as a Markdown image that carries its own bytes, with `text` in its place where images are not shown."""
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=110)
    return f"![{text}](data:image/png;base64,{base64.b64encode(target.getvalue()).decode()})"


def _curves(axes: Axes, drawdowns: pl.DataFrame) -> None:
    by_series = drawdowns.sort("series_id", "session_date").group_by(["series_id"], maintain_order=True)
    for colour, (name, rows) in zip(COLOURS, by_series, strict=False):
        axes.plot(rows["session_date"].to_list(), rows["drawdown"].to_list(), color=colour, linewidth=1.2, label=str(name[0]))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.axhline(0, color="#888888", linewidth=0.6)
    axes.margins(x=0.01)


def _frame(title: str, label: str, height: float = 3.6) -> tuple[Figure, Axes]:
    """A figure of one plot; of the label, what stands before its colon ("SAMPLE") is printed."""
    figure = Figure(figsize=(9, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(f"{label.partition(':')[0]}: {title}" if label else title, loc="left", fontsize=10)
    axes.tick_params(labelsize=9)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _legend(figure: Figure) -> None:
    """Below the plot, where it covers nothing: one entry for each name, however often it was drawn."""
    handles, names = figure.axes[0].get_legend_handles_labels()
    named = dict(zip(names, handles, strict=True))
    legend = figure.legend(list(named.values()), list(named), loc="outside lower left", fontsize=8, frameon=False, ncols=4)
    for handle in legend.legend_handles:
        if handle is not None and not isinstance(handle, Patch):
            handle.set(linewidth=2.5)  # a mark as thin as in the plot shows no colour
