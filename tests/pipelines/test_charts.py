"""What the charts show: read from the drawn figure itself, not from pixels."""

from datetime import date

import polars as pl
from matplotlib.figure import Figure

from pipelines import charts

LABEL = "SAMPLE: published figures at some dates, made ones between them"
DAYS = [date(2024, 1, day) for day in (2, 3, 4, 5)]


def drawdowns(**series: list[float]) -> pl.DataFrame:
    rows = [(name, day, value) for name, values in series.items() for day, value in zip(DAYS, values, strict=True)]
    return pl.DataFrame(rows, schema=["series_id", "session_date", "drawdown"], orient="row")


def divergences(*stretches: tuple[date, date | None]) -> pl.DataFrame:
    schema = {"leader": pl.String, "laggard": pl.String, "threshold": pl.Float64, "start_date": pl.Date, "end_date": pl.Date}
    return pl.DataFrame([("up", "down", 0.2, *stretch) for stretch in stretches], schema=schema, orient="row")


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_a_pair_is_two_curves_and_a_shade_for_each_divergence_until_the_last_day():
    rows = drawdowns(up=[0, 0, -0.1, 0], down=[-0.2, -0.3, -0.1, -0.25])
    figure = charts.pair(rows, divergences((DAYS[0], DAYS[1]), (DAYS[3], None)), LABEL)
    axes = figure.axes[0]
    assert [list(line.get_ydata()) for line in axes.lines[:2]] == [[-0.2, -0.3, -0.1, -0.25], [0, 0, -0.1, 0]]
    epoch = date(1970, 1, 1)
    assert [(patch.get_x(), patch.get_width()) for patch in axes.patches] == [((DAYS[0] - epoch).days, 1), ((DAYS[3] - epoch).days, 0)]
    assert legend(figure) == ["down", "up", "up at records, down 20% or more below"]
    assert axes.get_title(loc="left") == "SAMPLE: Below the record close"


def test_a_pair_without_a_divergence_is_drawn_without_shade():
    figure = charts.pair(drawdowns(up=[0, 0, 0, 0], down=[0, -0.1, 0, 0]), divergences())
    assert len(figure.axes[0].patches) == 0 and legend(figure) == ["down", "up"]


def test_the_raster_has_a_line_for_each_series_also_for_one_without_a_record():
    rows = [("index", "up", DAYS[0]), ("index", "up", DAYS[2]), ("metals", "flat", None), ("crypto", "coin", DAYS[3])]
    figure = charts.record_raster(pl.DataFrame(rows, schema=["group", "series_id", "session_date"], orient="row"), LABEL)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["up", "flat", "coin"]
    assert [sorted(int(place) for _, place in marks.get_offsets()) for marks in axes.collections] == [[0, 0], [], [2]]
    assert legend(figure) == ["index", "metals", "crypto"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first series is on top


def test_a_chart_is_markdown_that_carries_its_own_bytes_and_a_text_in_its_place():
    text = charts.markdown(charts.underwater(drawdowns(up=[0, 0, 0, 0])), "Below the record")
    assert text.startswith("![Below the record](data:image/png;base64,iVBOR")
