"""Where the warehouse stands: the same from the warehouse and from the published file; failing passes counted from the first."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines import catalog, day, ingest, standing
from pipelines.folder import DataFolder
from pipelines.sources import Unreachable, open_source
from pipelines.sources.sample import Sample
from pipelines.vendors import Answer, Request

FIRST = datetime(2026, 3, 30, 12, tzinfo=UTC)  # Monday: the newest close is Friday's
ASKED = [catalog.by_id(name) for name in ("sp500", "fed_total_assets", "treasury_outright_operations")]


def ask(folder: DataFolder, now: datetime) -> None:
    ingest.capture(open_source("sample", now=now), folder.archive, folder.warehouse(), ASKED, lambda line: None)
    ingest.load(folder.archive, folder.warehouse(), lambda line: None)


def test_the_published_file_tells_the_same_and_a_day_of_what_is_due_asks_no_more(tmp_path: Path):
    folder = DataFolder(tmp_path)
    assert standing.published(folder.market) == {}
    day.run(open_source("sample", now=FIRST), folder, lambda line: None, ASKED)
    stands = standing.published(folder.market)
    assert stands == standing.standings(folder.warehouse())
    evening = open_source("sample", now=FIRST + timedelta(hours=8, minutes=45))  # 16:45 New York: the close of the day is out
    asked = day.run(evening, folder, lambda line: None, ASKED, only_due=True).captures
    assert {kept.request.series_id for kept in asked} == {"sp500", "treasury_outright_operations"}
    assert set(stands) == {series.series_id for series in ASKED}
    assert stands["sp500"] == standing.Standing(date(2026, 3, 27), FIRST, None, is_whole=True)


def test_a_streak_of_failures_counts_from_its_first_and_ends_with_a_whole_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder, honest = DataFolder(tmp_path), Sample.send

    def sick(self: Sample, request: Request) -> Answer:
        if request.series_id == "sp500":
            raise Unreachable("the network is down")
        return honest(self, request)

    ask(folder, FIRST)
    monkeypatch.setattr(Sample, "send", sick)
    for hours in (24, 26):
        ask(folder, FIRST + timedelta(hours=hours))
    stands = standing.standings(folder.warehouse())["sp500"]
    assert (stands.is_whole, stands.failing_since, stands.asked_at) == (False, FIRST + timedelta(hours=24), FIRST + timedelta(hours=26))
    assert standing.standings(folder.warehouse())["fed_total_assets"].failing_since is None
    monkeypatch.setattr(Sample, "send", honest)
    ask(folder, FIRST + timedelta(hours=27))
    stands = standing.standings(folder.warehouse())["sp500"]
    assert stands == standing.Standing(date(2026, 3, 30), FIRST + timedelta(hours=27), stands.since, is_whole=True)
