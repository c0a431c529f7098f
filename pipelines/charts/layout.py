"""The layout of a chart: margins reckoned from letters, axes, the legend below. What is drawn stands in `pipelines.charts`."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

import polars as pl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Patch

GRID = "#dddddd"
WIDE, NARROW = 9.0, 5.0  # inches; what is drawn narrower than NARROW is for a phone
LETTER, LINE = 0.078, 0.2  # inches that a letter of nine points takes, and a line of them


def frame(
    title: str, label: str, width: float, height: float = 3.7, panels: int = 1, names: Sequence[str] = ("6,000",)
) -> tuple[Figure, Axes]:
    """A figure of one plot, or of several below each other; of the label, what stands before its colon ("SAMPLE") is printed.

    `names` stand on the left of the plot. The margins are reckoned from the letters: to have them measured, as matplotlib
    offers, takes as long as all the rest of a drawing.
    """
    said = textwrap.wrap(f"{label.partition(':')[0]}: {title}" if label else title, int(14 * width))
    figure = Figure(figsize=(width, height))
    figure.text(0.05 / width, 1 - 0.05 / height, "\n".join(said), va="top", fontsize=10)
    figure.subplots_adjust(
        left=(0.2 + LETTER * max(map(len, names), default=0)) / width,
        right=1 - 0.2 / width,
        top=1 - (0.15 + LINE * len(said)) / height,
        bottom=0.35 / height,
        hspace=0.25,
    )
    every = figure.subplots(panels, sharex=True, squeeze=False, height_ratios=[2, 1][:panels])[:, 0]
    for axes in every:
        axes.tick_params(labelsize=9)
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure, every[0]


def room(axes: Axes, rows: pl.DataFrame, width: float) -> Iterator[float]:
    """How far the axis must go for the words at the end of each bar to have room."""
    inches = axes.get_position().width * width
    for depth, said in rows.select(pl.min_horizontal("drawdown", "drawdown_from_intraday_peak"), "said").iter_rows():
        yield depth * inches / max(inches - LETTER * (len(said) + 1), 0.8)


def fitting(names: Iterable[str], width: float) -> list[str]:
    """The names of lines, as far as there is room for them beside the plot."""
    room = 40 if width > NARROW else 15
    return [name if len(name) <= room else f"{name[: room - 1].rstrip()}…" for name in names]


def dates(axes: Axes) -> None:
    figure = axes.get_figure()
    assert figure is not None
    locator = AutoDateLocator(minticks=3, maxticks=9 if figure.bbox.width / figure.dpi > NARROW else 6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def thousands(axes: Axes) -> None:
    axes.yaxis.set_major_formatter("{x:,.0f}")


def fitting_columns(lengths: Sequence[int], room: float) -> int:
    """In how many columns, filled one after the other, entries so long fit beside each other."""
    for columns in range(len(lengths), 1, -1):
        rows = -(-len(lengths) // columns)
        if sum(max(lengths[start : start + rows]) for start in range(0, len(lengths), rows)) <= room:
            return -(-len(lengths) // rows)
    return 1


def legend(figure: Figure, handles: list | None = None) -> None:
    """Below the plot, where it covers nothing: one entry for each name, however often it was drawn."""
    handles, names = (handles, [each.get_label() for each in handles]) if handles else figure.axes[0].get_legend_handles_labels()
    named = dict(zip(names, handles, strict=True))
    width, height = figure.get_size_inches()
    shown = [textwrap.fill(str(name), int(width / LETTER) - 8) for name in named]
    columns = fitting_columns([8 + len(name) for name in shown], width / LETTER)
    rows = sum(max(name.count("\n") + 1 for name in shown[start : start + columns]) for start in range(0, len(shown), columns))
    figure.subplots_adjust(bottom=(0.45 + LINE * rows) / height)
    legend = figure.legend(
        list(named.values()), shown, loc="lower left", bbox_to_anchor=(0, 0), fontsize=9, frameon=False, ncols=columns, borderpad=0.2
    )
    for handle in legend.legend_handles:
        if handle is not None and not isinstance(handle, Patch):
            handle.set(linewidth=2.5)  # a mark as thin as in the plot shows no colour
