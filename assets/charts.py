"""Which chart stands on the page of which table, and the rows it draws. The drawing itself is `pipelines.charts`."""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from pipelines import charts
from pipelines.warehouse import Warehouse


@dataclass(frozen=True)
class Chart:
    """A function of `pipelines.charts`, the rows it is given (one query each), and what stands in its place as text."""

    draw: Callable
    queries: tuple[str, ...]
    text: str


DRAWDOWNS = "select series_id, session_date, drawdown from mart.drawdowns where series_id in ({}) and session_date >= ("
DRAWDOWNS += "select max(session_date) - {} from mart.drawdowns) order by series_id, session_date"
CHARTS = {
    "mart.drawdowns": Chart(
        charts.underwater,
        (DRAWDOWNS.format("'russell_2000', 'sp500', 'gold', 'btc_usd'", 1100),),
        "Distance from the record close, by series",
    ),
    "mart.divergences": Chart(
        charts.pair,
        (
            DRAWDOWNS.format("'russell_2000', 'btc_usd'", 4400),
            """select leader, laggard, threshold, start_date, end_date from mart.divergences
            where leader = 'russell_2000' and laggard = 'btc_usd' and threshold = 0.20
                and coalesce(end_date >= (select max(session_date) - 4400 from mart.drawdowns), true)
            order by start_date""",
        ),
        "Distance from the record close of two series, with the divergences of the pair shaded",
    ),
    "mart.record_highs": Chart(
        charts.record_raster,
        (
            """select series."group", series.series_id, records.session_date
            from raw.series as series
            semi join core.price_bars as bars on series.series_id = bars.series_id
            left join mart.record_highs as records
                on series.series_id = records.series_id and records.basis = 'close'
                    and records.session_date >= (select max(session_date) - 4400 from mart.record_highs)
            where series."group" in ('index', 'metals', 'crypto') and series.shape = 'price_bars' and series.record_claimable
            order by list_position(['index', 'metals', 'crypto'], series."group"), series.series_id, records.session_date""",
        ),
        "Sessions with a record close, one line for each series",
    ),
    "mart.net_liquidity": Chart(
        charts.net_liquidity,
        (
            """select date, definition, net_liquidity_usd_bn from mart.net_liquidity
            where date >= (select max(date) - 1100 from mart.net_liquidity)""",
        ),
        "Net liquidity under each definition",
    ),
    "mart.liquidity_timeline": Chart(
        charts.liquidity_timeline,
        (
            """select date, net_liquidity_usd_bn from mart.net_liquidity
            where definition = 'wednesday' and date >= (select max(date) - 400 from mart.net_liquidity) order by date""",
            """select effective_date, type, amount_usd_bn from mart.liquidity_timeline
            where type in ('FOMC_DECISION', 'SETTLEMENT') and effective_date >= (select max(date) - 400 from mart.net_liquidity)
                and effective_date <= (select max(date) from mart.net_liquidity) order by event_at""",
        ),
        "Net liquidity week by week, with decisions and settled purchases",
    ),
}


def metadata(name: str, warehouse: Warehouse) -> dict[str, dg.MetadataValue]:
    """The chart of a table as metadata of its page; none for a table without one."""
    if (chart := CHARTS.get(name)) is None:
        return {}
    figure = chart.draw(*(warehouse.frame(query) for query in chart.queries), warehouse.label)
    return {"chart": dg.MetadataValue.md(charts.markdown(figure, chart.text))}
