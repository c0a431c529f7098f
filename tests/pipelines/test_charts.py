"""What the charts show: read from the drawn figure itself, not from pixels."""

from datetime import date

import polars as pl
from matplotlib.figure import Figure

from pipelines import charts
from pipelines.charts import layout

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
    assert [list(line.get_ydata()) for line in axes.lines[:2]] == [[0, 0, -0.1, 0], [-0.2, -0.3, -0.1, -0.25]]
    epoch = date(1970, 1, 1)
    assert [(patch.get_x(), patch.get_width()) for patch in axes.patches] == [((DAYS[0] - epoch).days, 1), ((DAYS[3] - epoch).days, 0)]
    assert legend(figure) == ["up", "down", "up at records, down 20 % or more below"]
    assert figure.texts[0].get_text() == "SAMPLE: Below the record close"


def test_a_pair_without_a_divergence_is_drawn_without_shade():
    figure = charts.pair(drawdowns(up=[0, 0, 0, 0], down=[0, -0.1, 0, 0]), divergences())
    assert len(figure.axes[0].patches) == 0 and legend(figure) == ["up", "down"]


def test_no_line_is_drawn_over_what_nobody_saw():
    days = [date(2013, 12, 5), date(2016, 12, 9), date(2016, 12, 12)]
    rows = pl.DataFrame({"series_id": "coin", "session_date": days, "drawdown": [0.0, -0.2, -0.1]})
    drawn = [None if y is None or y != y else float(y) for y in charts.underwater(rows).axes[0].lines[0].get_ydata()]
    assert drawn == [0.0, None, -0.2, -0.1]


def test_a_legend_takes_as_many_columns_as_fit_beside_each_other():
    assert layout.fitting_columns([10, 10, 10, 10], 40) == 4
    assert layout.fitting_columns([10, 10, 10, 10], 39) == 2  # of three columns the last would be empty
    assert layout.fitting_columns([30, 30], 40) == 1 and layout.fitting_columns([], 40) == 1


def test_the_raster_has_a_line_for_each_series_also_for_one_without_a_record():
    rows = [("index", "up", DAYS[0]), ("index", "up", DAYS[2]), ("metals", "flat", None), ("crypto", "coin", DAYS[3])]
    figure = charts.record_raster(pl.DataFrame(rows, schema=["group", "series_id", "session_date"], orient="row"), LABEL)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["up", "flat", "coin"]
    # A mark is a short upright stroke across its line: two ends and a gap.
    marks = {line.get_label(): [round(float(y), 2) for y in line.get_ydata() if y is not None and y == y] for line in axes.lines}
    assert marks == {"index": [-0.34, 0.34, -0.34, 0.34], "metals": [], "crypto": [1.66, 2.34]}
    assert legend(figure) == ["index", "metals", "crypto"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first series is on top


def test_where_everything_stands_is_a_bar_and_a_mark_for_each_series():
    rows = [("index", "up", 0.0, -0.01, "record close"), ("crypto", "coin", -0.25, -0.3, "−25.0 %")]
    schema = ["group", "series_id", "drawdown", "drawdown_from_intraday_peak", "said"]
    axes = charts.standing(pl.DataFrame(rows, schema=schema, orient="row"), LABEL).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0, -0.25]
    assert [float(place) for place, _ in axes.collections[0].get_offsets()] == [-0.01, -0.3]
    assert [text.get_text() for text in axes.texts] == ["record close", "−25.0 %"]
    assert all(-1 <= tick <= 0 for tick in axes.get_xticks())
    assert axes.get_xlim()[0] == 0 > axes.get_xlim()[1]  # the record is on the left, what is below it goes right


def test_the_daily_estimate_stays_grey_behind_the_definitions():
    rows = [
        (day, name, 5800.0 + 10 * number) for day in DAYS for number, name in enumerate(("wednesday", "daily_estimate", "week_average"))
    ]
    figure = charts.net_liquidity(pl.DataFrame(rows, schema=["date", "definition", "net_liquidity_usd_bn"], orient="row"))
    assert [(line.get_label(), line.get_color()) for line in figure.axes[0].lines] == [
        ("daily_estimate", charts.GREY),
        ("week_average", charts.COLOURS[0]),
        ("wednesday", charts.COLOURS[1]),
    ]


def test_the_timeline_draws_decisions_above_and_settlements_below():
    levels = pl.DataFrame({"date": DAYS, "net_liquidity_usd_bn": [5800.0, 5810.0, 5790.0, 5805.0]})
    rows = [(DAYS[1], "FOMC_DECISION", None), (DAYS[2], "SETTLEMENT", 8.167), (DAYS[3], "SETTLEMENT", 6.801)]
    above, below = charts.liquidity_timeline(
        levels, pl.DataFrame(rows, schema=["effective_date", "type", "amount_usd_bn"], orient="row")
    ).axes
    assert list(above.lines[0].get_ydata()) == [5800.0, 5810.0, 5790.0, 5805.0] and len(above.lines) == 2
    assert [bar.get_height() for bar in below.patches] == [8.167, 6.801]


def test_a_cycle_has_a_bar_for_what_was_bought_and_a_line_where_an_amount_was_told():
    rows = [(date(2025, 12, 12), 40.0, 54.429), (date(2026, 4, 14), None, 40.462)]
    figure = charts.purchases(pl.DataFrame(rows, schema=["cycle_start", "planned_usd_bn", "executed_usd_bn"], orient="row"))
    axes = figure.axes[0]
    assert [bar.get_height() for bar in axes.patches] == [54.429, 40.462]
    assert [list(line.get_ydata()) for line in axes.lines] == [[40.0, 40.0]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["Dec 25", "Apr 26"]


def test_a_narrow_chart_keeps_its_letters_and_shortens_long_names():
    rows = pl.DataFrame(
        [("index", "SPDR Dow Jones Industrial Average ETF", DAYS[0])], schema=["group", "series_id", "session_date"], orient="row"
    )
    wide, narrow = (charts.record_raster(rows, width=width).axes[0].get_yticklabels()[0] for width in (9, 3.75))
    assert wide.get_text() == "SPDR Dow Jones Industrial Average ETF" and narrow.get_text() == "SPDR Dow Jones…"
    assert wide.get_fontsize() == narrow.get_fontsize()


def test_svg_keeps_letters_as_letters_and_names_neither_maker_nor_day():
    drawn = charts.svg(charts.underwater(drawdowns(**{"<up> & $ $": [0, 0, 0, 0]})))
    assert ">&lt;up&gt; &amp; $ $</text>" in drawn
    assert "matplotlib.org" not in drawn and "metadata" not in drawn
    assert drawn == charts.svg(charts.underwater(drawdowns(**{"<up> & $ $": [0, 0, 0, 0]})))


def test_a_chart_is_markdown_that_carries_its_own_bytes_and_a_text_in_its_place():
    text = charts.markdown(charts.underwater(drawdowns(up=[0, 0, 0, 0])), "Below the record")
    assert text.startswith("![Below the record](data:image/png;base64,iVBOR")
