"""Rulings on bars and operations: the checked-in tables load, say when they count from, and every slip in a row is named."""

from datetime import UTC, datetime

import pytest

from pipelines import rulings
from pipelines.policy.cited import CitedError

HEADER = "ruling_id,series_id,session_date,part,ruling,reason,ruled_by,known_at,source_url"
ROW = "R001,sp500,2024-01-03,high,ok,it traded,somebody,2024-01-05T10:00:00Z,https://example.org/prices"


OPERATIONS = "ruling_id,family,operation_id,ruling,reason,ruled_by,known_at,source_url"
OPERATION = "R001,treasury,OR 121225 1,ok,it was held so,somebody,2024-01-05T10:00:00Z,https://example.org/desk"


def ruled(tmp_path, *rows: str, operations: tuple[str, ...] = ()):
    for name, lines in {"bar_rulings": (HEADER, *rows), "operation_rulings": (OPERATIONS, *operations)}.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return rulings.known_by(datetime(2024, 2, 1, tzinfo=UTC), tmp_path)


def test_the_checked_in_rulings_load():
    found = rulings.known_by(datetime(2100, 1, 1, tzinfo=UTC))
    assert set(found) == {"bar_rulings", "operation_rulings"} and found["bar_rulings"].height >= 1


def test_a_ruling_counts_from_the_moment_it_was_made(tmp_path):
    later = ROW.replace("R001", "R002").replace("2024-01-05", "2024-02-02")
    assert ruled(tmp_path, ROW, later)["bar_rulings"]["ruling_id"].to_list() == ["R001"]


def test_of_an_operation_as_well_and_a_slip_there_is_named_too(tmp_path):
    later = OPERATION.replace("R001", "R002").replace("2024-01-05", "2024-02-02")
    assert ruled(tmp_path, operations=(OPERATION, later))["operation_rulings"]["operation_id"].to_list() == ["OR 121225 1"]
    with pytest.raises(CitedError, match="operation_rulings.csv:2: .*family"):
        ruled(tmp_path, operations=(OPERATION.replace("treasury", "the Desk"),))


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
