"""One warehouse of real history as of 21 August 2026, of the series that the checked-in articles are about."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from pipelines import catalog, claims, day
from pipelines.claims.evaluation import Open
from pipelines.folder import DataFolder
from pipelines.sources import open_source
from pipelines.warehouse import snapshot

SUMMER = datetime(2026, 8, 21, 22, tzinfo=UTC)
ALWAYS = {"treasury_1y", "effr", "iorb", "fed_funds_futures", "effective_fed_funds_daily", "btc_usd_coinbase", "eth_usd_coinbase"}


def about() -> list[catalog.Series]:
    """The series of the articles, and those that the tables behind their claims need."""
    named = {name for story in claims.load() for each in story.claims for name in each.template.series(each.params) or ()}
    return [series for series in catalog.load() if series.series_id in named | ALWAYS]


@pytest.fixture(scope="session")
def summer(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> DataFolder:
    """The day on real history, published once for all tests that only read."""
    folder = DataFolder(tmp_path_factory.mktemp("summer") / "data")
    done = day.run(open_source("history", shared / "history", SUMMER), folder, lambda line: None, about())
    assert done.published is not None, done.failed
    return folder


@pytest.fixture(scope="session")
def snapshots(summer: DataFolder) -> Open:
    """Snapshots of that file."""
    return partial(snapshot.of_file, summer.market)
