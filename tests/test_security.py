"""What an attacker or a careless person could do with a query: reach a file, change a table; and who can reach the UI."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import catalog, day, grid, headlines, studies
from pipelines.__main__ import main
from pipelines.claims.starter import STARTER
from pipelines.folder import DataFolder
from pipelines.sources import open_source
from pipelines.warehouse import WarehouseError, query

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A small published file."""
    made = DataFolder(tmp_path_factory.mktemp("market") / "data")
    day.run(open_source("sample", now=NOW), made, lambda line: None, map(catalog.by_id, ("sp500", "btc_usd")))
    return made


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('{file}')",
        "select * from '{file}'",
        "select * from read_text('{file}')",
        "select * from glob('{folder}/*')",
        "copy (select 1) to '{folder}/stolen.csv'",
        "export database '{folder}/stolen'",
        "attach '{folder}/other.duckdb' as other",
        "select * from read_csv('http://127.0.0.1:9/x.csv')",
        "install httpfs",
        "load '{folder}/evil.duckdb_extension'",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "create table raw.mine as select 1 as x",
        "drop table mart.drawdowns",
        "delete from raw.price_bars",
        "update core.price_bars set close = 1",
        "insert into raw.captures (capture_id) values ('x')",
        "create or replace macro mart.drawdowns_as_of(ts) as table select 1",
        "select 1; drop table mart.drawdowns",
        "pragma database_list; attach '{folder}/other.duckdb' as other",
    ],
)
def test_a_query_changes_nothing_and_reaches_no_file_no_network_and_no_setting(folder, tmp_path, statement):
    (tmp_path / "secret.csv").write_text("word\nsecret\n")
    before = folder.market.read_bytes()
    with pytest.raises(WarehouseError):
        query(folder.market, statement.format(file=tmp_path / "secret.csv", folder=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
    assert folder.market.read_bytes() == before


def test_a_query_still_reads_every_schema_and_keeps_utc(folder):
    assert query(folder.market, "select count(*) > 1000 as n from mart.drawdowns_as_of(now())").item()
    assert query(folder.market, "select current_setting('TimeZone') as z").item() == "UTC"


INJECTED = [
    "sp500'; drop table mart.drawdowns; --",
    "sp500' union all select * from read_csv('{file}') --",
    "'||(select content from read_text('{file}'))||'",
    "'); copy (select 1) to '{stolen}'; attach '{stolen}' as other; --",
    "sp500 from mart.drawdowns; --",
    "../../etc/passwd\\",
    'sp500{{0}}%s$1?"',
    "sp500\u02bc or \uff071\uff07=\uff071\U0001f47e\u202e\u0000'",
]
ASKED = {  # each command that takes words, {} where they are put
    "ask record": ["ask", "record", "{}"],
    "ask drawdown then": ["ask", "drawdown", "{}", "--as-of", "2026-03-01T12:00Z"],
    "ask divergence": ["ask", "divergence", "sp500", "{}"],
    "ask co-highs": ["ask", "co-highs", "sp500", "btc_usd", "{}"],
    "ask as of": ["ask", "record", "sp500", "--as-of", "{}"],
    "timeline from": ["timeline", "--from", "{}"],
    "timeline to": ["timeline", "--to", "{}"],
    "timeline as of": ["timeline", "--as-of", "{}"],
    "explain a table": ["explain", "{}", "sp500"],
    "explain a key": ["explain", "mart.drawdowns", "{}", "2026-03-05"],
    "explain a key then": ["explain", "mart.drawdowns", "{}", "2026-03-05", "--as-of", "2026-03-28T12:00Z"],
    "explain a date": ["explain", "mart.drawdowns", "sp500", "{}"],
    "explain a named key": ["explain", "mart.drawdowns", "series_id={}", "session_date=2026-03-05"],
    "claims check": ["claims", "check", "{}"],
    "claims explain": ["claims", "explain", "2025-12-12-lockstep-to-lag", "{}"],
    "claims timeline": ["claims", "timeline", "2025-12-12-lockstep-to-lag", "--claim", "{}"],
}


@pytest.mark.parametrize("command", ASKED.values(), ids=ASKED)
def test_words_given_to_a_command_are_never_run(folder, tmp_path, monkeypatch, command):
    secret, stolen, before = tmp_path / "secret.csv", tmp_path / "stolen", folder.market.read_bytes()
    secret.write_text("word\nxyzzy\n")
    monkeypatch.chdir(tmp_path)
    for words in INJECTED:
        given = words.format(file=secret, stolen=stolen)
        done = CliRunner().invoke(main, [*(each.format(given) for each in command), "--data", str(folder.path)])
        assert done.exit_code in (1, 2), (given, done.output)
        assert isinstance(done.exception, SystemExit), (given, done.exception)
        assert not re.search(r"(Parser|Binder|Catalog|Conversion) Error", done.output), (given, done.output)
        assert "xyzzy" not in done.output.replace(given, "")
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
    assert folder.market.read_bytes() == before


def test_an_article_of_ones_own_puts_no_word_into_a_query(folder, tmp_path):
    for given in INJECTED:
        mine = tmp_path / "mine.toml"
        written = STARTER.replace('series = "sp500"', f"series = {json.dumps(given)}", 1)
        mine.write_text(written, encoding="utf-8")
        done = CliRunner().invoke(main, ["claims", "check", str(mine), "--data", str(folder.path)])
        assert (done.exit_code, isinstance(done.exception, SystemExit)) == (1, True), (given, done.output)


def test_an_instant_is_written_in_digits_whatever_query_it_stands_in(folder):
    found = grid.ask(folder.market, headlines.record("sp500"), NOW)
    assert all("timestamptz '2026-03-30T12:00:00+00:00'" in line.definition.sql for line in found.lines)
    assert studies.as_of("select 1 from mart.drawdowns", NOW).endswith("mart.drawdowns_as_of(timestamptz '2026-03-30T12:00:00+00:00')")


def test_a_name_of_the_catalog_holds_nothing_that_ends_a_string_of_sql():
    assert [series.series_id for series in catalog.load() if not re.fullmatch(r"[a-z][a-z0-9_]*", series.series_id)] == []


def test_the_ui_listens_on_loopback_and_nothing_publishes_it_further():
    targets = re.findall(r"dagster(?:-webserver| dev).*", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert targets
    assert [line for line in targets if "-h 127.0.0.1" not in line] == []
    for path in (ROOT / "deploy").rglob("*"):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if path.suffix == ".service":
            assert "0.0.0.0" not in text, path
        if path.name == "compose.yaml":
            assert [port for port in re.findall(r'- "([\d.:]+)"', text) if not port.startswith("127.0.0.1:")] == []
