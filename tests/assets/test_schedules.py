"""The clock moved through both DST changes, Thanksgiving, Christmas and Good Friday: what fires, what is asked, what is fresh.

The instants come from Dagster's own cron iterator, the requests from the schedules themselves, one tick after the other,
with vendors that publish to the minute. What is expected is written by hand from the calendars of the exchanges and of the
Federal Reserve and the hours of vendors/SUMMARY.md section 4.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from assets import schedules
from assets.definitions import defs
from pipelines import catalog, releases
from pipelines.due import Due
from pipelines.standing import Standing

NEW_YORK = ZoneInfo("America/New_York")
WATCHED = [
    *("sp500", "sp500_fred", "gold_futures", "gold", "btc_usd", "btc_usd_coinmetrics", "vix", "treasury_10y", "financial_conditions"),
    *("fed_total_assets", "soma_bills", "on_rrp", "sofr", "sofr_nyfed", "effr", "obfr_nyfed", "target_upper", "iorb"),
    *("treasury_cash_daily", "treasury_outright_operations", "repo_operations"),
]
WEEKS = {
    "summer time ends": (date(2025, 10, 29), date(2025, 11, 5)),
    "Thanksgiving": (date(2025, 11, 24), date(2025, 12, 1)),
    "Christmas": (date(2025, 12, 22), date(2025, 12, 29)),
    "summer time begins": (date(2026, 3, 5), date(2026, 3, 11)),
    "Good Friday": (date(2026, 3, 31), date(2026, 4, 7)),
}


@dataclass
class Week:
    """What a week of ticks asked: `asked[series]` the New York minutes, `skipped` the reasons by New York minute."""

    asked: dict[str, list[str]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    run_keys: list[str] = field(default_factory=list)


def ticks(name: str, first: date, last: date) -> Iterator[datetime]:
    """When Dagster fires the schedule from midnight New York before `first` to midnight after `last`."""
    schedule = defs.resolve_schedule_def(name)
    start = datetime.combine(first, datetime.min.time(), NEW_YORK)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), NEW_YORK)
    for instant in schedule_execution_time_iterator(start.timestamp(), schedule.cron_schedule, schedule.execution_timezone):
        if instant >= end:
            return
        yield instant.astimezone(UTC)


def minute(instant: datetime) -> str:
    return f"{instant.astimezone(NEW_YORK):%m-%d %H:%M}"


def held_by(series: catalog.Series, now: datetime) -> Standing:
    """Where we stand after vendors answered everything at `now`."""
    return Standing(releases.newest_date(series, now), now, None, is_whole=True)


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """The week of that name, run once: each tick evaluated as Dagster does, each request answered in full."""
    done: dict[str, Week] = {}
    rows = [catalog.by_id(name) for name in WATCHED]

    def walked(name: str) -> Week:
        if name not in done:
            done[name] = _walk(rows, *WEEKS[name], tmp_path_factory.mktemp("data"))
        return done[name]

    return walked


def _walk(rows: list[catalog.Series], first: date, last: date, folder) -> Week:
    week, instants = Week(), [(at, name) for name in ("release_times", "crypto_close") for at in ticks(name, first, last)]
    start = datetime.combine(first, datetime.min.time(), NEW_YORK).astimezone(UTC)
    stands = {series.series_id: held_by(series, start) for series in rows}
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
        patch.setenv("LOCKSTEP_DATA", str(folder))
        patch.setenv("LOCKSTEP_SOURCE", "live")
        patch.setattr(schedules.catalog, "load", lambda: rows)
        patch.setattr(schedules.standing, "published", lambda market: stands)
        for at, name in sorted(instants):
            patch.setenv("LOCKSTEP_NOW", at.isoformat())
            context = dg.build_schedule_context(instance, scheduled_execution_time=at)
            (found,) = _evaluated(name, context)
            if isinstance(found, dg.SkipReason):
                week.skipped[minute(at)] = found.skip_message or ""
                continue
            week.run_keys.append(found.run_key)
            for config in found.run_config["ops"].values():
                for series_id in config["config"]["series"]:
                    week.asked.setdefault(series_id, []).append(minute(at))
                    stands[series_id] = held_by(catalog.by_id(series_id), at)
    return week


def _evaluated(name: str, context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest | dg.SkipReason]:
    data = defs.resolve_schedule_def(name).evaluate_tick(context)
    return [*(data.run_requests or []), *([dg.SkipReason(data.skip_message)] if data.skip_message else [])]


@pytest.mark.parametrize("week", WEEKS)
def test_every_hour_of_every_schedule_fires_once_a_day(week):
    first, last = WEEKS[week]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    fired = Counter(minute(at) for at in ticks("release_times", first, last))
    due = Counter()
    for cron in schedules.NEW_YORK:
        minutes, hours, *_, weekdays = cron.split()
        due.update(f"{day:%m-%d} {int(hours):02d}:{int(minutes):02d}" for day in days if weekdays == "*" or day.weekday() < 5)
    assert fired == due
    assert set(fired.values()) == {1}
    assert [f"{at:%H:%M}" for at in ticks("crypto_close", first, last)] == ["00:20"] * len(days)


@pytest.mark.parametrize("week", WEEKS)
def test_no_two_ticks_ask_for_the_same_run(walk, week):
    assert len(walk(week).run_keys) == len(set(walk(week).run_keys)) > 20


ASKED = {  # week: series: New York minute of the tick: days of the month
    # Summer time ends on Sunday, 2 November 2025, 02:00; in London a week earlier: until then its 18:00 is 14:00 New York.
    "summer time ends": {
        "gold": {"07:30": "29 30 31 01 04 05", "13:20": "03 04 05", "14:50": "29 30 31"},
        "btc_usd": {"07:30": "29 30 31 01 02 03 04 05", "19:20": "02 03 04 05", "20:20": "29 30 31 01"},
        "sp500": {"07:30": "29 30 31 01 04 05", "16:45": "29 30 31 03 04 05"},
        "fed_total_assets": {"07:30": "31", "16:45": "30"},
    },
    # Thursday 27 November: NYSE, bond market and Fed closed, London open. Friday: all open, NYSE until 13:00.
    "Thanksgiving": {
        "sp500": {"07:30": "25 26 27 29", "16:45": "24 25 26 28 01"},
        "gold_futures": {"07:30": "25 26 27 29", "18:15": "24 25 26 28 01"},
        "gold": {"07:30": "25 26 27 28 29", "13:20": "24 25 26 27 28 01"},
        "fed_total_assets": {"07:30": "29", "16:45": "28"},
        "soma_bills": {"07:30": "29", "16:45": "28"},
        "effr": {"09:10": "24 25 26 28 01", "15:05": "24 25 26 28 01"},
        "sofr": {"08:20": "24 25 26 28 01", "15:05": "24 25 26 28 01"},
        "on_rrp": {"07:30": "25 26 27 29", "14:50": "24 25 26 28 01"},
        "treasury_cash_daily": {"07:30": "25 26 27 29", "16:20": "24 25 26 28 01"},
        "treasury_outright_operations": {
            "09:10": "24 25 26 28 01",
            "09:45": "24 25 26 28 01",
            "11:35": "24 25 26 28 01",
            "13:20": "24 25 26 28 01",
            "14:50": "24 25 26 28 01",
        },
        "target_upper": {"07:30": "24 25 26 27 28 29 30 01", "08:20": "24 25 26 27 28 29 30 01"},
        "financial_conditions": {"07:30": "27", "09:10": "26"},
    },
    # Christmas 2025 is a Thursday; London keeps Boxing Day as well; New York trades and the Fed works on Friday.
    "Christmas": {
        "sp500": {"07:30": "23 24 25 27", "16:45": "22 23 24 26 29"},
        "sp500_fred": {"07:30": "23 24 25 27", "20:30": "22 23 24 26 29"},
        "fed_total_assets": {"07:30": "27", "16:45": "26"},
        "vix": {"07:30": "23 24 25 27", "09:45": "22 23 24 26 29"},
        "btc_usd": {"07:30": "22 23 24 25 26 27 28 29", "19:20": "22 23 24 25 26 27 28 29"},
    },
    # Summer time begins on Sunday, 8 March 2026, 02:00; in London three weeks later.
    "summer time begins": {
        "gold": {"07:30": "05 06 07 10 11", "13:20": "05 06", "14:50": "09 10 11"},
        "btc_usd_coinmetrics": {"07:30": "05 06 07 08 09 10 11", "19:20": "05 06 07", "20:20": "08 09 10 11"},
        "gold_futures": {"07:30": "05 06 07 10 11", "18:15": "05 06 09 10 11"},
    },
    # Good Friday, 3 April 2026: NYSE, London and the repo market closed, the Fed open. Easter Monday: London closed.
    "Good Friday": {
        "sp500": {"07:30": "31 01 02 03 07", "16:45": "31 01 02 06 07"},
        "gold": {"07:30": "31 01 02 03", "13:20": "31 01 02 07"},
        "effr": {"09:10": "31 01 02 03 06 07", "15:05": "31 01 02 03 06 07"},
        "obfr_nyfed": {"09:10": "31 01 02 03 06 07", "15:05": "31 01 02 03 06 07"},
        "sofr_nyfed": {"08:20": "31 01 02 06 07", "15:05": "31 01 02 06 07"},
        "on_rrp": {"07:30": "31 01 02 03 07", "14:50": "31 01 02 06 07"},
        "fed_total_assets": {"07:30": "03", "16:45": "02"},
        "treasury_cash_daily": {"07:30": "31 01 02 03 04 07", "16:20": "31 01 02 03 06 07"},
        "repo_operations": {
            "09:10": "31 01 02 06 07",
            "09:45": "31 01 02 06 07",
            "11:35": "31 01 02 06 07",
            "13:20": "31 01 02 06 07",
            "14:50": "31 01 02 06 07",
        },
    },
}


@pytest.mark.parametrize(("week", "series_id"), [(week, name) for week, rows in ASKED.items() for name in rows])
def test_a_series_is_asked_when_it_is_due_and_not_otherwise(walk, week, series_id):
    found: dict[str, list[str]] = {}
    for at in walk(week).asked[series_id]:
        day, minute_of_day = at.split()
        found.setdefault(minute_of_day, []).append(day.removeprefix(day[:3]))
    assert found == {at: days.split() for at, days in ASKED[week][series_id].items()}


@pytest.mark.parametrize("week", WEEKS)
def test_after_each_day_nothing_is_left_that_was_out(walk, week):
    """Whatever came out on a day was asked for before the next morning, by the release rules and not by hand."""
    asked = walk(week).asked
    first, last = WEEKS[week]
    for series in map(catalog.by_id, WATCHED):
        for n in range((last - first).days):
            day = first + timedelta(days=n)
            morning = datetime.combine(day + timedelta(days=1), datetime.min.time(), NEW_YORK)
            before, after = releases.newest_date(series, morning - timedelta(days=1)), releases.newest_date(series, morning)
            came_out = before != after
            assert not came_out or any(at.startswith(f"{day:%m-%d}") for at in asked[series.series_id]), (series.series_id, day)


@pytest.mark.parametrize(
    ("week", "at", "said"),
    [
        ("Thanksgiving", "11-27 16:45", "NYSE closed: Thanksgiving Day; Fed closed: Thanksgiving Day"),
        ("Christmas", "12-25 14:50", "NYSE closed: Christmas Day"),
        ("Good Friday", "04-03 18:15", "NYSE closed: Good Friday; repo market closed: Good Friday; London closed: Good Friday"),
        ("Good Friday", "04-05 20:30", "NYSE closed: Sunday"),
    ],
)
def test_a_tick_with_nothing_to_ask_says_why(walk, week, at, said):
    assert "Nothing is due" in walk(week).skipped[at]
    assert said in walk(week).skipped[at]


def test_a_request_runs_for_the_due_series_of_their_vendors_alone():
    found = [Due(catalog.by_id(name), "out") for name in ("sofr", "effr", "btc_usd_kraken")]
    request = schedules._request(found, "key", "NYSE closed: Sunday")
    assert request.run_config["ops"] == {
        "capture__fred": {"config": {"series": ["sofr", "effr"], "if_due": True}},
        "capture__kraken": {"config": {"series": ["btc_usd_kraken"], "if_due": True}},
    }
    job = defs.resolve_job_def("ingest").get_subset(asset_selection=set(request.asset_selection or []))
    assert {key.path[-1] for key in job.asset_layer.selected_asset_keys if key.path[0] == "capture"} == {"fred", "kraken"}
    assert {"price_bars", "observations", "operations", "captures", "series"} <= {key.path[-1] for key in request.asset_selection or []}
