"""Charts: frames of the marts drawn as pictures, for the Dagster UI and the report.

Owns what a picture shows and its colours; the only user of matplotlib. Which rows are drawn is decided by the caller.
"""

import base64
import io
from collections.abc import Sequence

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

# Okabe and Ito's palette: distinguishable with the common colour-vision deficiencies.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
mpl.rcParams["svg.hashsalt"] = "lockstep"


def underwater(drawdowns: pl.DataFrame, label: str = "") -> Figure:
    """How far each series stands below its record close over time.

    Args:
        drawdowns: series_id, session_date, drawdown (a fraction, 0 at a record).
    """
    figure, axes = _frame("Below the record close", label)
    for colour, (name, rows) in zip(COLOURS, drawdowns.sort("session_date").group_by(["series_id"], maintain_order=True), strict=False):
        axes.plot(rows["session_date"].to_list(), rows["drawdown"].to_list(), color=colour, linewidth=1.2, label=str(name[0]))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.axhline(0, color="#888888", linewidth=0.6)
    _legend(axes)
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
    _legend(axes)
    return figure


def markdown(figure: Figure, text: str) -> str:
    """The figure as a Markdown image that carries its own bytes, with `text` in its place where images are not shown."""
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=110)
    return f"![{text}](data:image/png;base64,{base64.b64encode(target.getvalue()).decode()})"


def _frame(title: str, label: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.set_title(f"{label}: {title}" if label else title, loc="left", fontsize=10)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _legend(axes: Axes) -> Sequence[object]:
    handles, names = axes.get_legend_handles_labels()
    if handles:
        axes.legend(handles, names, loc="lower left", fontsize=8, frameon=False, ncols=4)
    return handles
