"""What tests of every folder share: real recordings and history, which lie beside the repository, and one published sample."""

from pathlib import Path

import pytest

from pipelines import catalog, day
from pipelines.catalog import Series
from pipelines.folder import DataFolder
from pipelines.sources import open_source

SHARED = Path(__file__).parents[1].parent / "shared"
PRICES = ("russell_2000", "sp500", "nasdaq_100", "btc_usd", "gold", "silver")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded vendor answers and real history; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no folder {SHARED}: recorded answers and real history are not part of the repository")
    return SHARED


@pytest.fixture(scope="session")
def sampled() -> list[Series]:
    """The series of `sample_day`: PRICES and all that is about liquidity."""
    return [series for series in catalog.load() if series.series_id in PRICES or series.group in ("liquidity", "fed_operations")]


@pytest.fixture(scope="session")
def sample_day(tmp_path_factory: pytest.TempPathFactory, sampled: list[Series]) -> DataFolder:
    """The day on the embedded sample; published once for all tests, which only read."""
    folder = DataFolder(tmp_path_factory.mktemp("sample") / "data")
    done = day.run(open_source("sample"), folder, lambda line: None, sampled)
    assert done.refused == [] and done.failed == [] and done.published is not None
    return folder
