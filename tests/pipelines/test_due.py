"""What is due: each reason, its first instant, and the patience with a vendor that is late or refuses."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from pipelines import catalog, due
from pipelines.standing import Standing


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reason(series_id: str, stands: Standing | None, now: datetime) -> str | None:
    found = due.due([catalog.by_id(series_id)], {} if stands is None else {series_id: stands}, now)
    return found[0].reason if found else None


THURSDAY = Standing(date(2025, 12, 11), utc("2025-12-11 21:45"), date(2025, 11, 20), is_whole=True)


def test_what_was_never_asked_is_due_at_once():
    assert reason("sp500", None, utc("2025-12-12 03:00")) == "never asked"


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2025-12-12 12:29", None),
        ("2025-12-12 12:30", "2025-12-11 is final since Fri 12 Dec 07:30 New York"),
        ("2025-12-12 21:29", "2025-12-11 is final"),
        ("2025-12-12 21:30", "2025-12-12 is out since Fri 12 Dec 16:30 New York"),
    ],
)
def test_an_index_is_due_the_morning_after_and_at_its_next_close(now, said):
    found = reason("sp500", THURSDAY, utc(now))
    assert found is None if said is None else said in (found or "")


def test_once_repaired_it_waits_for_the_next_close():
    repaired = replace(THURSDAY, asked_at=utc("2025-12-12 12:31"))
    assert reason("sp500", repaired, utc("2025-12-12 21:29")) is None


def test_a_rate_is_final_on_the_same_afternoon():
    stands = Standing(date(2025, 12, 11), utc("2025-12-12 13:20"), None, is_whole=True)  # SOFR of the 11th, out on the 12th at 08:02
    assert reason("sofr_nyfed", stands, utc("2025-12-12 19:59")) is None
    assert reason("sofr_nyfed", stands, utc("2025-12-12 20:00")) == "2025-12-11 is final since Fri 12 Dec 15:00 New York"


def test_the_morning_after_follows_new_york_through_both_changes_of_the_clock():
    friday = Standing(date(2025, 10, 31), utc("2025-10-31 20:45"), None, is_whole=True)
    assert "Sat 01 Nov 07:30" in (reason("sp500", friday, utc("2025-11-01 11:30")) or "")  # summer time: 11:30 UTC
    sunday = Standing(date(2025, 11, 1), utc("2025-11-02 00:20"), None, is_whole=True)  # the UTC day ended at 20:00 New York, summer time
    assert reason("btc_usd", sunday, utc("2025-11-02 12:29")) is None
    assert "Sun 02 Nov 07:30" in (reason("btc_usd", sunday, utc("2025-11-02 12:30")) or "")  # winter time: 12:30 UTC


def test_events_are_looked_for_once_at_each_hour_of_a_day_the_desk_works():
    looked = Standing(date(2026, 4, 2), utc("2026-04-02 18:50"), None, is_whole=True)  # Thursday, 14:50 New York
    assert reason("repo_operations", looked, utc("2026-04-03 18:50")) is None  # Good Friday
    assert reason("repo_operations", looked, utc("2026-04-06 13:09")) is None
    assert reason("repo_operations", looked, utc("2026-04-06 13:10")) == "looked for at Mon 06 Apr 09:10 New York"
    assert reason("repo_operations", replace(looked, asked_at=utc("2026-04-06 13:10")), utc("2026-04-06 13:29")) is None


def test_a_late_vendor_is_asked_at_growing_distances_and_every_day():
    """Out at 21:30 UTC, asked at 21:45 in vain; then after half of what had passed each time, at most 20 hours."""
    out, asked = utc("2025-12-12 21:30"), [utc("2025-12-12 21:45")]
    now = asked[0]
    while now < out + timedelta(days=6):
        now += timedelta(minutes=1)
        if reason("sp500", Standing(date(2025, 12, 11), asked[-1], None, is_whole=True), now):
            asked.append(now)
    waits = [(b - a).total_seconds() / 60 for a, b in pairwise(asked)]
    assert waits[:4] == [8, 12, 18, 27]  # half of 15, 23, 35 and 53 minutes, to the next minute
    assert waits == sorted(waits)
    assert max(waits) == 20 * 60
    assert len(asked) < 20


def test_what_was_refused_is_asked_again_in_full_at_growing_distances():
    refused = Standing(
        date(2025, 12, 11), utc("2025-12-12 21:45"), date(2025, 11, 20), is_whole=False, failing_since=utc("2025-12-12 21:45")
    )
    assert reason("sp500", refused, utc("2025-12-12 21:45")) == "not whole since 2025-12-12 21:45 UTC"
    again = replace(refused, asked_at=utc("2025-12-12 23:45"))
    assert reason("sp500", again, utc("2025-12-13 00:44")) is None
    assert reason("sp500", again, utc("2025-12-13 00:45")) == "not whole since 2025-12-12 21:45 UTC"
    assert again.ask_from(21) == date(2025, 11, 20)


def test_after_any_time_off_one_question_reaches_back_before_what_is_held():
    now = utc("2026-01-20 22:00")
    assert "2025-12-12 is out since Fri 12 Dec 16:30" in (reason("sp500", THURSDAY, now) or "")
    since = THURSDAY.ask_from(21)
    assert THURSDAY.newest is not None and since is not None and since < THURSDAY.newest


def test_the_closures_of_a_day_are_named_and_an_open_day_names_none():
    assert due.closures(utc("2026-11-25 15:00")) == ""
    assert due.closures(utc("2026-05-25 15:00")) == (
        "NYSE closed: Memorial Day; Fed closed: Memorial Day; repo market closed: Memorial Day; London closed: Spring Bank Holiday"
    )
