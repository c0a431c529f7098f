"""Which rows each picture draws, for the report and the pages of the Dagster UI. The drawing itself is `pipelines.charts`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines import charts

PAIR = ("russell_2000", "btc_usd")
BESIDE = ("sp500", "gold")  # what else stands in the underwater chart
THRESHOLD = 0.20  # of the divergences that are shaded
YEAR, YEARS, LONG = 400, 1100, 4400  # days back that are drawn


@dataclass(frozen=True)
class Picture:
    """A function of `pipelines.charts`, the rows it is given (one query each), and what stands in its place as text."""

    draw: Callable
    queries: tuple[str, ...]
    text: str


def standing() -> Picture:
    """Where every series stands at its last session, second readings left out; the nearest to its record first."""
    return Picture(
        charts.standing,
        (
            """select "group", series_id, title, session_date, close, drawdown, drawdown_from_intraday_peak, is_at_record_close,
    is_at_record_high, record_claimable, record_close, record_close_date, record_intraday, bars_not_ok, known_at
from mart.market_state
where second_reading_of is null
order by list_position(['index', 'metals', 'crypto'], "group"), drawdown desc, series_id""",
        ),
        "For each series a bar from its record close down to its last close",
    )


def underwater(members: Sequence[str]) -> Picture:
    """How far the members stood below their records over three years."""
    return Picture(charts.underwater, (_drawdowns(members, YEARS),), "Distance from the record close, by series")


def record_raster() -> Picture:
    """Every record close of twelve years, of the series whose history reaches back far enough to call a high a record."""
    return Picture(
        charts.record_raster,
        (
            f"""select series."group", series.series_id, records.session_date, records.known_at
from core.series as series
left join mart.record_highs as records
    on series.series_id = records.series_id and records.basis = 'close'
        and records.session_date >= (select max(session_date) - {LONG} from mart.record_highs)
where series.is_compared and series.held_from is not null
order by list_position(['index', 'metals', 'crypto'], series."group"), series.series_id, records.session_date""",
        ),
        "Sessions with a record close, one line for each series",
    )


def pair(leader: str, laggard: str) -> Picture:
    """Two series over twelve years, and the divergences in which the first made records without the second."""
    return Picture(
        charts.pair,
        (
            _drawdowns((leader, laggard), LONG),
            f"""select leader, laggard, threshold, start_date, end_date, start_known_at as known_at
from mart.divergences
where leader = '{leader}' and laggard = '{laggard}' and threshold = {THRESHOLD}
    and coalesce(end_date >= (select max(session_date) - {LONG} from mart.drawdowns), true)
order by start_date""",
        ),
        "Distance from the record close of two series, with the divergences of the pair shaded",
    )


def net_liquidity() -> Picture:
    """Net liquidity under each definition over the last year or so."""
    return Picture(
        charts.net_liquidity,
        (
            f"""select date, definition, net_liquidity_usd_bn, change_usd_bn, known_at
from mart.net_liquidity
where date >= (select max(date) - {YEAR} from mart.net_liquidity)
order by date, definition""",
        ),
        "Net liquidity under each definition",
    )


def liquidity_timeline() -> Picture:
    """Net liquidity on Wednesdays, decisions and settlements of the last year or so."""
    return Picture(
        charts.liquidity_timeline,
        (
            f"""select date, net_liquidity_usd_bn, known_at
from mart.net_liquidity
where definition = 'wednesday' and date >= (select max(date) - {YEAR} from mart.net_liquidity)
order by date""",
            f"""select effective_date, type, amount_usd_bn, known_at
from mart.liquidity_timeline
where (type = 'FOMC_DECISION' or event_id like 'settlement % purchase')
    and effective_date >= (select max(date) - {YEAR} from mart.net_liquidity)
    and effective_date <= (select max(date) from mart.net_liquidity)
order by event_at""",
        ),
        "Net liquidity week by week, with decisions and settled purchases",
    )


def purchases() -> Picture:
    """What the Desk bought in each cycle and what was announced."""
    return Picture(
        charts.purchases,
        (
            """select cycle_start, cycle_end, n_operations, first_operation_date, last_operation_date, planned_usd_bn, executed_usd_bn,
    settled_usd_bn, reinvestment_usd_bn, split, cumulative_usd_bn, is_complete, known_at
from mart.bill_purchases
order by cycle_start""",
        ),
        "Bills bought in each monthly cycle beside what was announced for it",
    )


def _drawdowns(members: Sequence[str], days: int) -> str:
    listed = ", ".join(f"'{name}'" for name in members)
    return f"""select series_id, session_date, drawdown, known_at
from mart.drawdowns
where series_id in ({listed}) and session_date >= (select max(session_date) - {days} from mart.drawdowns)
order by list_position([{listed}], series_id), session_date"""
