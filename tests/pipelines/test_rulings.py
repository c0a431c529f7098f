"""Rulings on bars: the checked-in table loads, says when it counts from, and every slip in a row is named."""

from datetime import UTC, datetime

import pytest

from pipelines import rulings
from pipelines.policy.cited import CitedError

HEADER = "ruling_id,series_id,session_date,part,ruling,reason,ruled_by,known_at,source_url"
ROW = "R001,sp500,2024-01-03,high,ok,it traded,somebody,2024-01-05T10:00:00Z,https://example.org/prices"


def ruled(tmp_path, *rows: str):
    path = tmp_path / "bar_rulings.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return rulings.known_by(datetime(2024, 2, 1, tzinfo=UTC), path)


def test_the_checked_in_rulings_load():
    assert rulings.known_by(datetime(2100, 1, 1, tzinfo=UTC)).height >= 1


def test_a_ruling_counts_from_the_moment_it_was_made(tmp_path):
    later = ROW.replace("R001", "R002").replace("2024-01-05", "2024-02-02")
    assert ruled(tmp_path, ROW, later)["ruling_id"].to_list() == ["R001"]


@pytest.mark.parametrize(
    ("slip", "wrong", "told"),
    [
        ("sp500", "sp5000", "no price series sp5000"),
        (",high,", ",open,", "part"),
        (",ok,", ",fine,", "ruling"),
        ("2024-01-05", "2024-01-02", "made after the session"),
        ("https://example.org/prices", "my own eyes", "source_url"),
        ("it traded", "", "reason"),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path, slip, wrong, told):
    with pytest.raises(CitedError, match=f"bar_rulings.csv:2: .*{told}"):
        ruled(tmp_path, ROW.replace(slip, wrong))


def test_a_number_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(CitedError, match="bar_rulings.csv:3: ruling_id R001 does not come after R001"):
        ruled(tmp_path, ROW, ROW)
