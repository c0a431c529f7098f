"""A pass over FRED with a key: units, vintage dates and observations in turn, and what could be known on each day between.

Made-up answers for single rules; then what ALFRED really answered about a series of 393 vintages, and FRED without a key.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines import catalog
from pipelines.vendors import Answer, Request, fred
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


class Recorded(Vendors):
    """ALFRED as it answered about GDP, its rows cut to the window that is asked, as ALFRED cuts them."""

    name = "live"

    def __init__(self, folder: Path) -> None:
        super().__init__(gdp=self.answer)
        self.clock = datetime(2025, 1, 20, 15, tzinfo=UTC)  # when it was recorded
        self.documents = {
            "series": (folder / "series_GDP.json").read_bytes(),
            "vintagedates": (folder / "series_vintagedates_GDP.json").read_bytes(),
        }
        self.rows = json.loads((folder / "series_observations_GDP_all_vintages.json").read_bytes())["observations"]
        self.vintages_answered: list[int] = []

    def answer(self, request: Request) -> Answer:
        recorded = self.documents.get(request.url.rpartition("/")[2])
        return Answer(200, recorded or json.dumps(self.window(request)).encode())

    def window(self, request: Request) -> Any:
        first, last = request.param("realtime_start") or "", request.param("realtime_end") or ""
        told = [
            row | {"realtime_start": max(row["realtime_start"], first), "realtime_end": min(row["realtime_end"], last)}
            for row in self.rows
            if row["realtime_start"] <= last and row["realtime_end"] >= first
        ]
        self.vintages_answered.append(len({row["realtime_start"] for row in told}))
        return {"realtime_start": first, "realtime_end": last, "offset": 0, "count": len(told), "observations": told}


@pytest.fixture
def gdp(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """A catalog of one more series, and what ALFRED said of it."""
    row = {"series_id": "gdp", "symbol": "GDP", "unit": "USD billions", "release": "target_range", "minimum": 100, "maximum": 50_000}
    series = catalog.by_id("m2").model_copy(update=row)
    monkeypatch.setattr(catalog, "by_id", {"gdp": series}.__getitem__)
    monkeypatch.setattr(catalog, "load", lambda: (series,))
    return Recorded(shared / "recordings" / "fred")


KNOWN_BY = """
    select date::varchar, value from raw.observations where known_at <= timestamptz '{}'
    qualify row_number() over (partition by date order by known_at desc) = 1 order by date
"""


def number(text: str) -> float | None:
    return None if text == "." else float(text)


@pytest.mark.parametrize(("at_most", "windows"), [(1900, 1), (100, 4), (7, 57)])
def test_recorded_vintages_come_whole_through_windows_of_any_size_and_merge_by_change_of_value(desk, gdp, monkeypatch, at_most, windows):
    monkeypatch.setattr(fred, "VINTAGES_A_QUESTION", at_most)
    done = desk.run(gdp)["gdp"]
    assert done.outcome == "accepted", done.reason
    assert len(gdp.vintages_answered) == windows
    assert max(gdp.vintages_answered) <= at_most + 2  # two came out between the recording of the dates and that of the values
    told = {(row["date"], number(row["value"]), row["realtime_start"]) for row in gdp.rows}
    held = desk.warehouse.frame("select date::varchar, value, vintage_date::varchar, known_at_method from raw.observations").rows()
    assert len(held) == len(told) == 3201
    assert {row[:3] for row in held} == told
    assert {row[3] for row in held} == {"vintage"}


def test_recorded_vintages_answer_as_of_a_day_what_alfred_answered_as_of_it(desk, gdp, shared):
    desk.run(gdp)
    recorded = json.loads((shared / "recordings" / "fred" / "series_observations_GDP_asof.json").read_bytes())
    assert recorded["realtime_end"] == "2019-01-01"
    newest = {row["date"]: number(row["value"]) for row in sorted(recorded["observations"], key=lambda row: row["realtime_start"])}
    known = desk.warehouse.frame(KNOWN_BY.format("2019-01-02 05:00+00")).rows()  # the end of that day in New York
    assert dict(known) == newest
    assert len(known) == len(newest) == 291
    # The third estimate of a quarter has the date 21 December 2018 and no hour: it counts as known when that day ends.
    third = {
        ts: dict(desk.warehouse.frame(KNOWN_BY.format(ts)).rows())["2018-07-01"] for ts in ("2018-12-22 04:59+00", "2018-12-22 05:00+00")
    }
    assert list(third.values()) == [20660.34, 20658.204]


def test_the_first_value_known_of_each_quarter_is_the_initial_release_that_alfred_names(desk, gdp, shared):
    desk.run(gdp)
    recorded = json.loads((shared / "recordings" / "fred" / "series_observations_GDP_initial_release_output_type_4.json").read_bytes())
    first = desk.warehouse.frame("""
        select date::varchar, value, vintage_date::varchar from raw.observations
        qualify row_number() over (partition by date order by known_at) = 1
    """).rows()
    initial = {(row["date"], number(row["value"]), row["realtime_start"]) for row in recorded["observations"]}
    assert len(initial) == 132
    assert initial <= set(first)


def test_without_a_key_the_recorded_csv_is_dated_by_the_release_rule(desk, shared, monkeypatch):
    monkeypatch.delenv("FRED_API_KEY")
    body = (shared / "recordings" / "fred" / "fredgraph_WALCL.csv").read_bytes()
    source = Vendors(fed_total_assets=lambda request: Answer(200, body, {"Content-Type": "text/csv"}))
    source.name, source.clock = "live", datetime(2026, 8, 2, 12, tzinfo=UTC)
    assert desk.run(source)["fed_total_assets"].outcome == "accepted"
    told = desk.warehouse.frame("select date::varchar, value, known_at, known_at_method from raw.observations order by date").rows()
    assert len(told) == len(body.splitlines()) - 1
    assert {row[3] for row in told} == {"rule"}
    assert [row[1:3] for row in told if row[0] in ("2025-11-26", "2025-12-10", "2026-07-29")] == [
        (6552.419, datetime(2025, 11, 28, 21, 32, tzinfo=UTC)),
        (6539.303, datetime(2025, 12, 11, 21, 32, tzinfo=UTC)),
        (6738.19, datetime(2026, 7, 30, 20, 32, tzinfo=UTC)),
    ]
