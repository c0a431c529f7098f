"""A published sample with made claims in it, and a browser to open its page in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, sync_playwright

from pipelines import report
from pipelines.folder import DataFolder

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
THEN, NOW = "2025-12-12 10:50:00+00", "2026-03-31 22:00:00+00"
CLAIMS = [  # id, text, verdict and what was observed then, the same now
    ("C01", "The Russell 2000 closed at a record <on Thursday>", ("SUPPORTED", "yes"), ("SUPPORTED", "yes")),
    ("C06", "Bitcoin stood 27 % below its record", ("SUPPORTED_IF(intraday)", "−26.7 %"), ("SUPPORTED_IF(intraday)", "−26.7 %")),
    (
        "C13",
        "Bitcoin catches up within half a year",
        ("FORECAST_OPEN", "no_record_of_btc_usd_until_2026-06-03"),
        ("RESOLVED_FALSE", "no record"),
    ),
    ("C16", "Earnings of small caps grow by 49 %", ("ATTRIBUTION_ONLY", ""), ("ATTRIBUTION_ONLY", "")),
]


@pytest.fixture(scope="session")
def claimed(sample_day: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published sample with the claims of one made article, evaluated at two moments."""
    path = Path(shutil.copy(sample_day.market, tmp_path_factory.mktemp("claimed") / "market.duckdb"))
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create or replace table mart.claims (article_id varchar, article_title varchar, publisher varchar, published_on date,"
            " article_as_of timestamptz, source_url varchar, claim_id varchar, text varchar);"
            "create or replace table mart.claim_verdicts (article_id varchar, claim_id varchar, as_of timestamptz, place bigint,"
            " observed_text varchar, claim_verdict varchar, n_definitions bigint, n_definitions_true bigint)"
        )
        for claim_id, text, *verdicts in CLAIMS:
            article = ["made", "Small <caps> lead", "A paper", "2025-12-12", THEN, "https://example.org/story", claim_id, text]
            connection.execute("insert into mart.claims values (?, ?, ?, ?, ?, ?, ?, ?)", article)
            for moment, (verdict, observed) in zip((THEN, NOW), verdicts, strict=True):
                for place, said in ((2, "another"), (1, observed)):
                    row = ["made", claim_id, moment, place, said, verdict]
                    connection.execute("insert into mart.claim_verdicts values (?, ?, ?, ?, ?, ?, 2, 1)", row)
    return path


@pytest.fixture(scope="session")
def page_of_sample(claimed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the published sample."""
    return report.write(claimed, tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of this machine; a test that needs it is skipped where there is none.

    Closed with its module: an event loop runs as long as it is open, and Dagster starts its own in the tests that follow.
    """
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium): the page was not opened in a browser")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS.split())
        yield opened
        opened.close()
