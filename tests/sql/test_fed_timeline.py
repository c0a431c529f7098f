"""The liquidity timeline on real history: it reads as a story, and as of any moment it knows no later event."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.sql.fed_history import TIMELINE, History, Warehouse, real


@pytest.fixture
def history(shared: Path) -> History:
    """Real history."""
    return real(shared / "history")


@pytest.fixture(scope="module")
def built(shared: Path) -> Iterator[Warehouse]:
    """The tables under test on real history; not to be changed."""
    made = real(shared / "history").warehouse().build(*TIMELINE)
    yield made
    made.connection.close()


def test_the_timeline_of_the_december_week_reads_as_a_story(built: Warehouse) -> None:
    told = built.rows("""
        select type, title, amount_usd_bn, round(executed_usd_bn, 3) from mart.liquidity_timeline
        where event_at between '2025-12-10' and '2025-12-16' and type not in ('STANDING_REPO', 'IMPLEMENTATION_NOTE', 'FACILITY_CHANGE')
        order by event_at, event_id
    """)
    opening = ["FOMC_DECISION", "PURCHASE_PLAN", "ADMIN_RATE", "ADMIN_RATE", "DESK_STATEMENT"]
    assert [row[0] for row in told] == [*opening, "OP_RESULT", "SETTLEMENT", "OP_RESULT"]
    assert told[0][1] == "Target range lowered by 25 bp to 3.50-3.75 percent"
    assert told[1][2:] == (40.0, 54.429)
    assert told[5][1:] == ("Outright Bill Purchase: 8.167 bn accepted of 27.458 bn offered, settles 2025-12-15", 8.167, 8.167)
    assert told[6][1:3] == ("Treasury purchases of 12 December settle: reserves rise", 8.167)


def test_the_timeline_shows_net_liquidity_of_the_wednesdays_around_an_event(built: Warehouse, history: History) -> None:
    level = dict(history.net_liquidity.select("date", "net_liquidity_usd_bn").rows())
    found = built.rows(
        "select net_liquidity_before_usd_bn, net_liquidity_after_usd_bn from mart.liquidity_timeline where event_id = 'fomc 2025-12-10'"
    )
    assert found == [(level[date(2025, 12, 10)], level[date(2025, 12, 17)])]
    wednesday = """
        select net_liquidity_before_usd_bn, net_liquidity_after_usd_bn from mart.liquidity_timeline
        where event_id = 'settlement treasury 2026-01-07 purchase'
    """
    assert built.rows(wednesday) == [(level[date(2025, 12, 31)], level[date(2026, 1, 7)])]  # the level of the day itself comes after
    ahead = built.rows(
        "select net_liquidity_before_usd_bn, net_liquidity_after_usd_bn from mart.liquidity_timeline where event_id = 'fomc 2028-01-26'"
    )
    assert ahead == [(None, None)]


def test_the_timeline_as_of_a_moment_knows_no_later_event(built: Warehouse) -> None:
    newest = """
        select event_id from mart.liquidity_timeline_as_of(timestamptz '{}+00')
        where event_at < '2026-01-01' order by event_at desc, event_id desc limit 1
    """
    assert built.rows(newest.format("2025-12-10 18:59"))[0][0] == "fomc 2025-12-10"  # ahead, and still without a range
    assert built.rows(newest.format("2025-12-12 10:50"))[0][0] == "note 2025-12-11-first-schedule"
    planned = (
        "select status, title from mart.liquidity_timeline_as_of(timestamptz '2025-12-10 18:59+00') where event_id = 'fomc 2025-12-10'"
    )
    assert built.rows(planned) == [("planned", "Meeting of the Committee")]


def test_the_year_end_spike_is_told_as_repo_and_not_as_an_injection(built: Warehouse) -> None:
    told = built.rows("""
        select title, amount_usd_bn from mart.liquidity_timeline
        where type in ('STANDING_REPO', 'REPO_SWING') and effective_date between '2025-12-30' and '2026-01-07' order by event_at
    """)
    swing = "Fed assets {} bn in the week, {} bn without the repo that was lent and falls due"
    assert told == [
        ("Standing repo taken up over the year-end: lent until 2026-01-02, not bought", 74.6),
        (swing.format("+59.4", "-14.7"), None),
        ("Standing repo taken up: lent until 2026-01-05, not bought", 22.8),
        (swing.format("-67.0", "+7.6"), None),
    ]


def test_the_story_holds_no_event_twice_and_labels_every_exercise(built: Warehouse) -> None:
    assert built.rows("select event_at, title from mart.liquidity_timeline group by all having count(*) > 1") == []
    assert built.rows("""
        select type, count(*), count(*) filter (where title like '%small-value exercise%') from mart.liquidity_timeline
        where type in ('SMALL_VALUE_TEST', 'OP_RESULT') group by type order by type
    """) == [("OP_RESULT", 360, 0), ("SMALL_VALUE_TEST", 71, 71)]


def test_no_purchase_is_called_reserve_management(built: Warehouse) -> None:
    titles = built.rows("select title from mart.liquidity_timeline where type in ('OP_RESULT', 'SETTLEMENT', 'OP_SCHEDULED')")
    assert titles
    assert not [title for (title,) in titles if "eserve management" in title or "RMP" in title]


def test_a_turning_point_is_known_four_weeks_after_it(built: Warehouse) -> None:
    autumn = "select date, turn from {} where date between '2025-10-01' and '2025-12-31'"
    assert built.rows(autumn.format("mart.turning_points")) == [(date(2025, 10, 29), "trough")]
    assert built.rows(autumn.format("mart.turning_points_as_of(timestamptz '2025-11-28 21:00+00')")) == []
    assert built.rows(autumn.format("mart.turning_points_as_of(timestamptz '2025-11-28 22:00+00')")) == [(date(2025, 10, 29), "trough")]
