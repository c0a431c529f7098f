"""A published file that several tests ask: five real series as they could be known on the morning of 12 December 2025."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines import catalog, day
from pipelines.folder import DataFolder
from pipelines.sources import open_source

MORNING = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)
SERIES = ("sp500", "russell_2000", "btc_usd", "btc_usd_coinbase", "vix")


@pytest.fixture(scope="session")
def morning(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> DataFolder:
    """The day on real history of SERIES, published once for all tests that only read."""
    folder = DataFolder(tmp_path_factory.mktemp("morning") / "data")
    done = day.run(open_source("history", shared / "history", MORNING), folder, lambda line: None, map(catalog.by_id, SERIES))
    assert done.published is not None, done.failed
    return folder
