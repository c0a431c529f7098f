"""When a row could be known: by rule, by having seen it, or by its vintage; never later than the answer that held it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from pipelines import catalog, knowledge, schemas
from pipelines.archive import Capture
from pipelines.vendors import Request

CAME = datetime(2025, 12, 12, 10, 50, 3, tzinfo=UTC)  # Friday, before New York opens
ROWS = {
    "price_bars": {"session_date": date(2025, 12, 10), "close": 1.0},
    "observations": {"date": date(2025, 12, 10), "value": 1.0},
    "operations": {"operation_date": date(2025, 12, 10), "operation_id": "A1"},
}


def utc(*parts: int) -> datetime:
    return datetime(2025, *parts, tzinfo=UTC)


def stamped(name: str, *changes: dict[str, Any], is_first: bool = True, came: datetime = CAME) -> pl.DataFrame:
    """Rows of a series, stamped as those of an answer that came at `came`."""
    series = catalog.by_id(name)
    rows = [ROWS[series.shape] | {"series_id": name} | change for change in changes]
    kept = Capture("c1", Request(series.vendor, name, "https://vendor.example"), came, came, None, 0, 200, "0" * 64, None)
    watched_since = knowledge.NOT_YET if is_first else knowledge.ALWAYS
    return knowledge.stamp(pl.DataFrame(rows, schema=schemas.polars_schema(series.shape)), series, kept, watched_since=watched_since)


def known(frame: pl.DataFrame) -> list[tuple[datetime, str]]:
    return frame.select("known_at", "known_at_method").rows()


def test_what_the_first_answer_holds_came_out_by_its_release_rule():
    assert known(stamped("sp500", {}, {"session_date": date(2025, 7, 3)})) == [(utc(12, 10, 21, 30), "rule"), (utc(7, 3, 20, 30), "rule")]
    assert known(stamped("fed_total_assets", {})) == [(utc(12, 11, 21, 32), "rule")]
    assert known(stamped("btc_usd", {})) == [(utc(12, 11, 0, 10), "rule")]


def test_what_appears_before_its_rule_says_was_seen_to_appear():
    ahead = {"date": date(2025, 12, 15)}  # interest on reserves, announced: by rule on the 12th at 16:31 in New York
    assert known(stamped("iorb", ahead)) == [(CAME, "observed")]
    assert known(stamped("iorb", ahead, came=utc(12, 12, 22))) == [(utc(12, 12, 21, 31), "rule")]


def test_what_a_later_answer_adds_was_seen_to_appear_whatever_its_date():
    late = stamped("sp500", {}, {"session_date": date(1999, 1, 4)}, is_first=False)
    assert known(late) == [(CAME, "observed")] * 2


@pytest.mark.parametrize("is_first", [True, False])
def test_a_vintage_on_the_day_of_release_is_known_at_its_hour_and_any_other_at_the_end_of_its_day(is_first):
    vintages = [date(2025, 12, 4), date(2025, 12, 8), date(2025, 7, 1)]  # Thursday's H.4.1; a Monday; a day of summer time
    rows = stamped("fed_total_assets", *({"date": date(2025, 12, 3), "vintage_date": day} for day in vintages), is_first=is_first)
    assert known(rows) == [(utc(12, 4, 21, 32), "vintage"), (utc(12, 9, 5), "vintage"), (utc(7, 2, 4), "vintage")]


def test_a_vintage_of_today_is_known_no_later_than_its_answer():
    assert known(stamped("fed_total_assets", {"vintage_date": date(2025, 12, 12)})) == [(CAME, "vintage")]


def test_rows_without_a_vintage_go_by_rule_or_sight_beside_those_with_one():
    rows = [{"vintage_date": date(2025, 12, 4), "date": date(2025, 12, 3)}, {}]
    assert [method for _, method in known(stamped("fed_total_assets", *rows))] == ["vintage", "rule"]
    assert [method for _, method in known(stamped("fed_total_assets", *rows, is_first=False))] == ["vintage", "observed"]


def test_an_operation_is_known_a_minute_after_its_close_and_without_one_by_rule():
    closes = (
        {"close_time": "13:15"},
        {"close_time": None, "operation_id": "A2"},
        {"close_time": "09:00", "operation_date": date(2025, 7, 1)},
    )
    assert known(stamped("repo_operations", *closes)) == [
        (utc(12, 10, 18, 16), "rule"),
        (utc(12, 10, 16, 30), "rule"),
        (utc(7, 1, 13, 1), "rule"),
    ]


def test_no_row_of_any_series_is_known_later_than_its_answer_and_every_row_is_known():
    dates = [date(2025, 12, 12) + timedelta(days=n) for n in (-9000, -400, -30, -7, -2, -1, 0, 1, 2, 7)]
    for series in catalog.load():
        dated = knowledge.DATED[series.shape]
        for is_first in (True, False):
            rows = stamped(series.series_id, *({dated: day} for day in dates), is_first=is_first)
            assert rows["known_at"].dtype == pl.Datetime("us", "UTC")
            assert rows["known_at"].null_count() == 0, series.series_id
            assert rows.filter(pl.col("known_at") > CAME).rows() == [], series.series_id
            assert set(rows["known_at_method"]) <= ({"rule", "observed"} if is_first else {"observed"})
            assert rows.filter((pl.col("known_at_method") == "rule") & (pl.col(dated) > CAME.date())).rows() == [], series.series_id


def test_an_empty_answer_of_any_series_can_be_stamped():
    for series in catalog.load():
        rows = knowledge.finished(stamped(series.series_id), series, CAME)
        assert (rows.height, rows.columns) == (0, [*schemas.polars_schema(series.shape), "known_at", "known_at_method", "capture_id"])


def test_every_row_carries_its_capture():
    assert set(stamped("sp500", {}, {"session_date": date(2025, 12, 9)})["capture_id"]) == {"c1"}


@pytest.mark.parametrize(
    ("name", "day", "ends"),
    [
        ("sp500", date(2025, 12, 11), utc(12, 11, 21, 30)),
        ("gold_futures", date(2025, 12, 11), utc(12, 11, 23)),
        ("btc_usd", date(2025, 12, 11), utc(12, 12, 0, 10)),
    ],
)
def test_a_bar_is_left_out_until_its_session_has_ended(name, day, ends):
    series = catalog.by_id(name)
    before, at = ends - timedelta(microseconds=1), ends
    rows = [{"session_date": day}, {"session_date": day - timedelta(days=1)}]
    assert knowledge.finished(stamped(name, *rows, came=before), series, before)["session_date"].to_list() == [day - timedelta(days=1)]
    assert knowledge.finished(stamped(name, *rows, came=at), series, at)["session_date"].to_list() == [day, day - timedelta(days=1)]


def test_an_observation_is_never_unfinished():
    series = catalog.by_id("iorb")
    assert knowledge.finished(stamped("iorb", {"date": date(2025, 12, 19)}), series, CAME).height == 1
