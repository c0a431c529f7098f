"""A pass over FRED with a key: units, vintage dates and observations in turn, and what could be known on each day between."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.vendors import Answer, Request
from tests.pipelines.desk import MORNING, Desk, Vendors

KEY = "a-key-nobody-was-given-7f3a"
WEEK = "2025-12-03"  # a Wednesday; the H.4.1 says it on Thursday the 4th at 16:32 in New York
OPEN_END = "9999-12-31"


class Alfred(Vendors):
    """FRED's API for fed_total_assets: values of one week by the day on which they were published."""

    name = "live"

    def __init__(self, published: dict[str, str]) -> None:
        super().__init__(fed_total_assets=self.answer)
        self.published, self.units = published, "Millions of U.S. Dollars"

    def answer(self, request: Request) -> Answer:
        document = {"series": self.series, "vintagedates": self.dates, "observations": self.observations}[request.url.rpartition("/")[2]]
        return Answer(200, json.dumps(document(request)).encode())

    def series(self, request: Request) -> Any:
        return {"seriess": [{"id": request.param("series_id"), "units": self.units}]}

    def dates(self, request: Request) -> Any:
        return {"count": len(self.published), "vintage_dates": list(self.published)}

    def observations(self, request: Request) -> Any:
        first, last = request.param("realtime_start") or "", request.param("realtime_end") or ""
        rows = [
            {"date": WEEK, "value": value, "realtime_start": max(start, first), "realtime_end": end}
            for (start, value), end in zip(self.published.items(), [*list(self.published)[1:], OPEN_END], strict=True)
            if start <= last and end > first
        ]
        return {"realtime_start": first, "realtime_end": last, "offset": 0, "count": len(rows), "observations": rows}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("FRED_API_KEY", KEY)
    made = Desk(tmp_path)
    with made.warehouse.writing():
        yield made


@pytest.fixture
def alfred() -> Alfred:
    return Alfred({"2025-12-04": "6535000", "2025-12-08": "6536000", "2025-12-11": "6536000"})


def known(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.warehouse.frame("select value, known_at, known_at_method from raw.observations order by known_at").rows()


FIRST = (6535.0, datetime(2025, 12, 4, 21, 32, tzinfo=UTC), "vintage")
REVISED = (6536.0, datetime(2025, 12, 9, 5, tzinfo=UTC), "vintage")


def test_each_value_is_known_from_its_vintage_and_a_vintage_that_changed_nothing_is_none(desk, alfred):
    done = desk.run(alfred)["fed_total_assets"]
    assert (done.outcome, done.rows_read, done.rows) == ("accepted", 3, 2)
    assert known(desk) == [FIRST, REVISED]


def test_the_questions_of_a_pass_follow_each_other_and_only_the_last_closes_it(desk, alfred):
    desk.run(alfred)
    assert [request.url.rpartition("/")[2] for request in alfred.asked] == ["series", "vintagedates", "observations"]
    assert desk.warehouse.frame("select remaining from raw.captures order by capture_id")["remaining"].to_list() == [1, 1, 0]


def test_the_key_is_in_no_request_and_in_no_file(desk, alfred):
    desk.run(alfred)
    assert {request.key for request in alfred.asked} == {"FRED_API_KEY"}
    stored = [path.read_bytes() for path in desk.archive.folder.parent.rglob("*") if path.is_file()]
    assert len(stored) > 6
    assert not any(KEY.encode() in content for content in stored)


def test_the_next_pass_begins_inside_a_vintage_and_adds_only_what_changed(desk, alfred):
    desk.run(alfred)
    alfred.clock, alfred.published["2025-12-12"] = MORNING + timedelta(days=1), "6540000"
    desk.run(alfred)
    assert alfred.asked[-1].param("observation_start") == str(date(2025, 12, 3) - timedelta(days=45))
    assert known(desk) == [FIRST, REVISED, (6540.0, datetime(2025, 12, 13, 5, tzinfo=UTC), "vintage")]


def test_units_that_nobody_has_mapped_refuse_the_pass(desk, alfred):
    alfred.units = "Thousands of Pesos"
    desk.run(alfred)
    reasons = desk.warehouse.frame("select reason from raw.captures where outcome = 'refused'")["reason"].to_list()
    assert all("Thousands of Pesos" in reason for reason in reasons)
    assert reasons
    assert known(desk) == []


def test_without_the_key_the_keyless_door_is_asked(desk, alfred, monkeypatch):
    monkeypatch.delenv("FRED_API_KEY")
    alfred.say["fed_total_assets"] = lambda request: Answer(200, b"observation_date,WALCL\n2025-12-03,6536000\n2025-12-10,6539000\n")
    desk.run(alfred)
    assert [request.key for request in alfred.asked] == [None]
    assert known(desk)[0] == (6536.0, FIRST[1], "rule")
