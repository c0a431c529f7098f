"""The cited tables: what they say, what FRED says to it, and how they refuse what does not hold."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines import policy
from pipelines.policy.cited import CitedError

Edit = Callable[[list[dict[str, str]]], None]


def edited(tmp_path: Path, name: str, edit: Edit) -> Path:
    """A copy of a cited table after `edit` has had its rows."""
    with (policy.FOLDER / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    header = list(rows[0])
    edit(rows)
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def held() -> pl.DataFrame:
    """Meetings that decided, with what they decided."""
    return policy.fomc_meetings().filter(pl.col("lower_percent").is_not_null())


def test_every_meeting_agrees_with_freds_target_range_on_the_day_it_takes_effect(shared: Path) -> None:
    both = held()
    for name, symbol in (("lower", "DFEDTARL"), ("upper", "DFEDTARU")):
        fred = pl.read_csv(shared / "history" / "fred" / f"{symbol}.csv.gz", try_parse_dates=True).rename({"value": f"fred_{name}"})
        both = both.join(fred, left_on="effective_date", right_on="date")
    assert both.height == held().height == 70
    assert both["lower_percent"].to_list() == both["fred_lower"].to_list()
    assert both["upper_percent"].to_list() == both["fred_upper"].to_list()


def test_every_change_of_freds_target_range_since_2018_has_its_meeting(shared: Path) -> None:
    fred = pl.read_csv(shared / "history" / "fred" / "DFEDTARU.csv.gz", try_parse_dates=True)
    changed = fred.filter((pl.col("value") != pl.col("value").shift()) & (pl.col("date") >= date(2018, 1, 1)))["date"]
    assert changed.len() == 26
    assert set(changed) <= set(held()["effective_date"])


def test_a_statement_comes_at_two_in_the_afternoon_in_new_york_in_summer_and_winter() -> None:
    at = dict(zip(held()["decision_date"], held()["decision_at"], strict=True))
    assert at[date(2025, 10, 29)] == datetime(2025, 10, 29, 18, tzinfo=UTC)
    assert at[date(2025, 12, 10)] == datetime(2025, 12, 10, 19, tzinfo=UTC)


def test_the_two_meetings_of_march_2020_came_unannounced_and_the_scheduled_one_was_called_off() -> None:
    march = policy.fomc_meetings().filter(pl.col("decision_date").is_between(date(2020, 3, 1), date(2020, 3, 31)))
    told = march.select("decision_date", "scheduled", "lower_percent", "known_at", pl.col("cancelled_at").is_not_null()).rows()
    assert told == [
        (date(2020, 3, 3), False, 1.0, datetime(2020, 3, 3, 15, tzinfo=UTC), False),
        (date(2020, 3, 15), False, 0.0, datetime(2020, 3, 15, 21, tzinfo=UTC), False),
        (date(2020, 3, 18), True, None, datetime(2019, 5, 21, 4, tzinfo=UTC), False),
        (date(2020, 3, 18), True, None, datetime(2020, 3, 15, 21, tzinfo=UTC), True),
    ]


def test_a_decision_is_not_known_before_it_is_taken_and_its_date_long_before() -> None:
    meetings = policy.fomc_meetings()
    before = meetings.filter(pl.col("known_at") < datetime(2025, 12, 10, 18, 59, tzinfo=UTC))
    assert before.filter(pl.col("decision_date") == date(2025, 12, 10))["lower_percent"].to_list() == [None]
    assert before.filter(pl.col("decision_date") == date(2026, 12, 9)).height == 1
    assert meetings.filter(pl.col("decision_date") > date(2026, 8, 21))["lower_percent"].null_count() == 12


def test_no_plan_names_an_amount_that_its_source_does_not() -> None:
    plans = policy.desk_plans()
    assert plans.select("plan_id", "monthly_amount_usd_bn", "reinvestment_usd_bn", "evidence").rows() == [
        ("2025-10-29-desk", None, None, "statement"),
        ("2025-12-10-desk", 40.0, None, "statement"),
        ("2026-02-12-desk-elevated", 40.0, None, "press"),
        ("2026-02-12-desk-reduced", None, None, "speech"),
    ]
    assert plans["known_at"].to_list()[:2] == [datetime(2025, 10, 29, 18, tzinfo=UTC), datetime(2025, 12, 10, 19, tzinfo=UTC)]


def test_every_row_of_every_table_says_where_it_stands() -> None:
    for rows in (policy.fomc_meetings(), policy.desk_plans(), policy.policy_events()):
        assert rows["source_url"].str.starts_with("https://").all()
        assert rows["known_at"].null_count() == 0


def test_a_run_that_stands_at_a_moment_holds_nothing_said_later() -> None:
    tables = policy.known_by(datetime(2025, 12, 10, 19, tzinfo=UTC))
    assert list(tables) == ["fomc_meetings", "desk_plans", "policy_events"]
    assert tables["desk_plans"]["plan_id"].to_list() == ["2025-10-29-desk", "2025-12-10-desk"]
    assert tables["policy_events"]["event_id"][-1] == "2025-12-10-standing-repo-cap-removed"
    assert tables["fomc_meetings"]["lower_percent"].drop_nulls()[-1] == 3.5


@pytest.mark.parametrize(
    ("column", "wrong", "said"),
    [
        ("decision_date", "10.12.2025", "decision_date: '10.12.2025' is no date"),
        ("decision_date", "", "decision_date: Input should be a valid date"),
        ("decision_at", "2018-05-02T19:00:00Z", "a scheduled meeting speaks at 14:00 New York"),
        ("decision_at", "2018-05-02T18:00:00", "decision_at: '2018-05-02T18:00:00' is no datetime"),
        ("effective_date", "2018-05-02", "effective_date is the next bank day"),
        ("scheduled", "yes", "scheduled: 'yes' is no bool"),
        ("scheduled_on", "2017-06-20", "scheduled_on goes with schedule_url"),
        ("lower_percent", "", "a range has both limits"),
        ("lower_percent", "1.76", "lower_percent: Input should be a multiple of 0.125"),
        ("lower_percent", "nan", "lower_percent: 'nan' is no float"),
        ("lower_percent", "2.00", "the lower limit lies below the upper"),
        ("cancelled_at", "2018-05-01T18:00:00Z", "a cancelled meeting decides nothing"),
        ("source_url", "federalreserve.gov", "source_url: String should match pattern"),
        ("source_url", " https://federalreserve.gov/x", "source_url: blanks around"),
    ],
)
def test_a_wrong_field_is_named_with_its_file_and_line(tmp_path: Path, column: str, wrong: str, said: str) -> None:
    path = edited(tmp_path, "fomc_calendar.csv", lambda rows: rows[2].update({column: wrong}))
    with pytest.raises(CitedError) as refused:
        policy.fomc_meetings(path)
    assert str(refused.value).startswith("fomc_calendar.csv:4: ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda rows: rows.insert(3, rows[2]), "fomc_calendar.csv:5: decision_date 2018-05-02 does not come after 2018-05-02"),
        (lambda rows: rows.reverse(), "fomc_calendar.csv:3: decision_date 2027-12-08 does not come after 2028-01-26"),
    ],
)
def test_meetings_stand_once_and_in_order(tmp_path: Path, edit: Edit, said: str) -> None:
    with pytest.raises(CitedError, match=said):
        policy.fomc_meetings(edited(tmp_path, "fomc_calendar.csv", edit))


def test_another_column_and_a_missing_field_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy_events.csv"
    lines = (policy.FOLDER / "policy_events.csv").read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0] + ",mood", *lines[1:]]), encoding="utf-8")
    with pytest.raises(CitedError, match=r"policy_events.csv:1: the columns are event_id, .*; got .*, mood"):
        policy.policy_events(path)
    path.write_text("\n".join([lines[0], lines[1].rsplit(",", 1)[0]]), encoding="utf-8")
    with pytest.raises(CitedError, match="policy_events.csv:2: 9 fields expected, got 8"):
        policy.policy_events(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(CitedError, match="policy_events.csv:1: the columns are .*; got none"):
        policy.policy_events(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"monthly_amount_usd_bn": "0"}, "monthly_amount_usd_bn: Input should be greater than 0"),
        ({"monthly_amount_usd_bn": "40000"}, "monthly_amount_usd_bn: Input should be less than or equal to 500"),
        ({"kind": "easing"}, "kind: Input should be 'reserve_management' or 'reinvestment'"),
        ({"evidence": "rumour"}, "evidence: Input should be 'statement', 'speech' or 'press'"),
        ({"period_end": "2025-12-11"}, "period_end does not lie before period_start"),
        ({"known_at": "2025-12-09T19:00:00Z"}, "known_at does not lie before announced_on"),
        ({"supersedes": "2026-02-12-desk-reduced"}, "supersedes 2026-02-12-desk-reduced, which does not stand above it"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, str], said: str) -> None:
    path = edited(tmp_path, "desk_plans.csv", lambda rows: rows[1].update(change))
    with pytest.raises(CitedError) as refused:
        policy.desk_plans(path)
    assert "desk_plans.csv:3: " in str(refused.value)
    assert said in str(refused.value)
