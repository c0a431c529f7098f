"""A live day inside Dagster against vendors on loopback, two of them sick: the rest is published, and a key is nowhere.

FRED is asked with a planted key and spells it out in every way a vendor could; then every byte that the day left behind is
searched: what was logged and printed, the archive unpacked, both databases and Dagster's own row by row, report, journal.
"""

import contextlib
import gzip
import html
import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote, quote_plus

import dagster as dg
import duckdb
import pytest

from assets import sensors
from assets.definitions import defs
from pipelines.sources import open_source
from pipelines.sources.live import Live, Patience
from pipelines.vendors import Answer
from pipelines.warehouse import query
from tests.loopback import deliveries
from tests.loopback.faults import FAULTS, Fault
from tests.loopback.source import Moving
from tests.loopback.vendors import Vendors

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
KEY = "pl4nt3d/k3y+of=32&chars%00xyz"
SPELLINGS = {KEY, quote(KEY), quote(KEY, safe=""), quote_plus(KEY), html.escape(KEY), KEY.replace("/", "\\/")}
ECHO = f"Bad Request: /fred/series?series_id=X&amp;api_key={quote(KEY, safe='')} ({KEY}, {html.escape(KEY)})".encode()
ASKED = {
    "yahoo": ["sp500", "btc_usd"],
    "coinbase": ["btc_usd_coinbase"],
    "nyfed": ["treasury_outright_operations"],
    "fred": ["fed_total_assets", "sofr", "vix", "iorb", "on_rrp", "treasury_2y", "treasury_10y"],
}
TELLING = {  # how FRED gives the key away, series by series
    "fed_total_assets": Answer(400, ECHO, {"Content-Type": "text/html", "ETag": f'"{KEY}"'}),
    "sofr": Answer(200, b"<!DOCTYPE html><html>" + ECHO, {"Content-Type": f"text/html; for={quote(KEY)}"}),
    "vix": Answer(200, json.dumps({"error_message": f"api_key={KEY}"}).replace("/", "\\/").encode(), {}),
    "iorb": Answer(302, ECHO, {"Location": f"https://{quote(KEY, safe='')}.example/?api_key={quote(KEY, safe='')}"}),
    "on_rrp": Answer(302, ECHO, {"Location": f"?series_id=RRPONTSYD&api_key={quote(KEY, safe='')}"}),
    "treasury_2y": Answer(503, ECHO, {"Retry-After": quote(KEY)}),
}


@dataclass
class LiveDay:
    """What the day left: its folder, what was logged and printed, the checks, and what the vendors were asked."""

    folder: Path
    said: str
    checks: dict[str, bool]
    asked: list[str]


def _checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {found.check_name: found.passed for found in result.get_asset_check_evaluations()}


@pytest.fixture(scope="module")
def live_day(tmp_path_factory: pytest.TempPathFactory) -> LiveDay:
    folder, said, vendors = tmp_path_factory.mktemp("live"), io.StringIO(), Vendors(Moving(open_source("sample", now=NOW)))
    vendors.plant("yahoo", FAULTS["html_with_status_200"])
    for series, answer in TELLING.items():
        vendors.plant(series, Fault(frozenset({"refused"}), answer=lambda _, told=answer: told))
    vendors.plant("treasury_10y", Fault(frozenset({"unreachable"}), deliver=deliveries.hangs_up))
    settings = {"LOCKSTEP_VENDOR_BASE": vendors.base, "LOCKSTEP_NOW": NOW.isoformat(), "LOCKSTEP_SOURCE": "live", "FRED_API_KEY": KEY}
    settings |= {"LOCKSTEP_DATA": str(folder / "data"), "LOCKSTEP_WEBHOOK_URL": ""}
    hasty = Patience(connect=5, read=2, attempts=2, backoff=0.001, deadline=5)
    handler, talkative = logging.StreamHandler(said), [logging.getLogger(name) for name in ("urllib3", "pipelines", "dagster")]
    (folder / "dagster").mkdir()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.setattr("pipelines.sources.live.Live", partial(Live, patience=hasty, pause=lambda seconds: None))
        for logger in talkative:
            patch.setattr(logger, "level", logging.DEBUG)
            patch.setattr(logger, "handlers", [handler])
        with dg.DagsterInstance.local_temp(str(folder / "dagster")) as instance:
            checks = _run(instance)
            sensors.watch_for_news(dg.build_sensor_context(instance=instance))
    vendors.close()
    return LiveDay(folder, said.getvalue(), checks, vendors.asked)


def _run(instance: dg.DagsterInstance) -> dict[str, bool]:
    asked = {"ops": {f"capture__{vendor}": {"config": {"series": names}} for vendor, names in ASKED.items()}}
    others = dg.AssetSelection.assets(*(["capture", name] for name in ("lbma", "kraken", "coinmetrics", "fiscaldata")))
    wanted = (dg.AssetSelection.groups("capture", "raw") - others).resolve(defs.resolve_asset_graph())
    checks: dict[str, bool] = {}
    for name, config, keys in (("ingest", asked, list(wanted)), ("build", {}, None)):
        job = defs.resolve_job_def(name)
        result = job.execute_in_process(instance=instance, run_config=config, asset_selection=keys, raise_on_error=False)
        checks |= _checks(result)
    return checks


def everything(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below a folder and its name, packed ones unpacked, databases also row by row (they compress texts)."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        yield str(path), f"{path} {content.decode('latin-1')}"
        if path.suffix == ".gz":
            yield f"{path}, unpacked", gzip.decompress(content).decode("latin-1")
        if content.startswith(b"SQLite format 3"):
            with contextlib.closing(sqlite3.connect(path)) as connection:
                yield f"{path}, its rows", "\n".join(connection.iterdump())
        if path.suffix == ".duckdb":
            yield f"{path}, its rows", "\n".join(_rows(path))


def _rows(path: Path) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        for (name,) in connection.execute("select distinct schema_name || '.' || table_name from duckdb_tables()").fetchall():
            yield from (text for (text,) in connection.execute(f"select t::varchar from {name} as t").fetchall())


def leaks(texts: Iterator[tuple[str, str]]) -> set[str]:
    return {name for name, text in texts for spelling in SPELLINGS if spelling in text}


def test_refused_vendors_are_red_and_the_rest_is_published(live_day):
    red = {name for name, passed in live_day.checks.items() if not passed}
    assert {"captures_accepted", "fresh__sp500", "fresh__fed_total_assets"} <= red and "fresh__btc_usd_coinbase" not in red
    market = live_day.folder / "data" / "market.duckdb"
    assert query(market, "select distinct series_id from core.price_bars")["series_id"].to_list() == ["btc_usd_coinbase"]
    assert query(market, "select count(*) from core.fed_operations").item() > 0


def test_the_key_was_sent_and_is_nowhere_else(live_day):
    assert {name for name in ASKED["fred"] if any(quote_plus(KEY) in asked for asked in live_day.asked)} == set(ASKED["fred"])
    assert leaks(iter([("what was logged and printed", live_day.said)])) == set()
    assert leaks(everything(live_day.folder)) == set()
    outcomes = query(live_day.folder / "data" / "market.duckdb", "select series_id, reason from core.captures where vendor = 'fred'")
    told = {row["series_id"]: row["reason"] for row in outcomes.to_dicts()}
    assert set(told) == set(ASKED["fred"]) and all("***" in told[name] for name in TELLING if name != "on_rrp")
    assert "api_key=***" in live_day.said


def test_the_search_sees_a_key_wherever_the_day_could_leave_it(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(ECHO))
    (tmp_path / "b.log").write_text(html.escape(KEY))
    (tmp_path / quote(KEY, safe="")).touch()
    with contextlib.closing(sqlite3.connect(tmp_path / "c.db")) as connection:
        connection.execute("create table said (what text)")
        connection.execute("insert into said values (?)", [quote_plus(KEY)])
        connection.commit()
    with duckdb.connect(str(tmp_path / "d.duckdb")) as connection:
        connection.execute("create table said as select {'what': [?::varchar]} as s from range(5000)", [f"{quote_plus(KEY)} and more"])
    (tmp_path / "clean.html").write_text("nothing")
    found = {Path(name.partition(",")[0]).name for name in leaks(everything(tmp_path))}
    assert found == {"a.gz", "b.log", "c.db", "d.duckdb", quote(KEY, safe="")}
