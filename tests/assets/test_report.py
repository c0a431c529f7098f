"""The page is written after the published file and takes nothing with it when it fails."""

from pathlib import Path

import dagster as dg
import pytest

from assets.publish import market
from assets.report import report
from assets.resources import Workplace
from pipelines import report as reports


def test_it_comes_after_the_published_file():
    assert report.specs_by_key[dg.AssetKey("report")].deps == [dg.AssetDep(market.key)]


def test_a_page_that_fails_leaves_the_published_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOCKSTEP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LOCKSTEP_SOURCE", "sample")
    folder = Workplace().folder()
    folder.market.write_bytes(b"published")

    def broken(*_: object) -> Path:
        raise ValueError("no series 'russell_2000'")

    monkeypatch.setattr(reports, "write", broken)
    done = dg.materialize([report], resources={"workplace": Workplace()}, raise_on_error=False)
    assert not done.success
    assert folder.market.read_bytes() == b"published" and not folder.report.exists()
