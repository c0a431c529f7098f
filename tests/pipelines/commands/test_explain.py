"""`lockstep explain` as a person meets it: the row, its meaning, the way down, the answers; and what leads to a row that is there."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.__main__ import main
from pipelines.warehouse import query


def explain(folder, *words: str) -> Result:
    return CliRunner().invoke(main, ["explain", *words, "--data", str(folder.path)])


def test_a_row_is_opened_down_to_the_answer_in_the_archive(morning):
    done = explain(morning, "mart.drawdowns", "btc_usd", "2025-12-11")
    assert done.exit_code == 0, done.output
    count = "select count(*) as n from {} where series_id = 'btc_usd' and session_date <= '2025-12-11'"
    sound = f"{query(morning.market, count.format('core.sound_bars'))['n'][0]:,}"
    for said in (
        "mart.drawdowns  series_id=btc_usd session_date=2025-12-11",
        "How far every instrument stands below its record",
        "Made by sql/mart/drawdowns.sql",
        "-0.2584412036",
        "close / running_peak - 1: 0 at a record close",
        f"Rests on {sound} rows of core.sound_bars, the last 5 of them",
        f"core.sound_bars ({sound})",
        "rows of raw.price_bars, 2010-08-18 to 2025-12-11",
    ):
        assert said in done.output, said
    [digest] = [line.split()[1] for line in done.output.splitlines() if line.startswith("  sha256")]
    [path] = [Path(line.strip()) for line in done.output.splitlines() if line.endswith(".gz")]
    assert hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() == digest


def test_the_same_as_json_for_a_key_by_name_and_a_moment(morning):
    words = ["mart.record_highs", "session_date=2025-12-11", "basis=close", "series_id=russell_2000", "--rows", "1"]
    done = explain(morning, *words, "--as-of", "2025-12-12T10:50Z", "--format", "json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["table"], told["select"]) == ("mart.record_highs", "sql/mart/record_highs.sql")
    assert told["as_of"] == "2025-12-12 10:50:00+00:00"
    values = {column["name"]: column["value"] for column in told["columns"]}
    [answer] = told["answers"]
    assert told["direct"]["core.sound_bars"]["last"][0]["close"] == values["value"]
    assert {"table": "core.price_bars", "rows": answer["rows"]} in told["rests_on"]
    assert answer["is_there"] and answer["outcome"] == "accepted" and answer["last_date"] == "2025-12-11"
    assert all(column["meaning"] for column in told["columns"])


def test_a_row_of_the_catalog_ends_in_its_file(morning):
    done = explain(morning, "core.series", "btc_usd")
    assert "pipelines/catalog  1 rows" in done.output


def test_a_body_that_is_gone_is_said_to_be_gone(morning, tmp_path):
    (tmp_path / "source.json").write_text((morning.path / "source.json").read_text())
    (tmp_path / "market.duckdb").symlink_to(morning.market)
    done = CliRunner().invoke(main, ["explain", "mart.drawdowns", "btc_usd", "2025-12-11", "--data", str(tmp_path)])
    assert "NOT THERE: this folder does not hold the archive of its rows" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mart.drawdown", "btc_usd"], "there is no table mart.drawdown. Nearest: mart.drawdowns"),
        (["mart.xyz"], "there is no table mart.xyz. Nearest: mart.bill_purchases,"),
        (
            ["mart.drawdowns", "btc_usd"],
            "is named by 2 values: series_id, session_date; got btc_usd. For example: lockstep explain mart.drawdowns",
        ),
        (["mart.drawdowns"], "is named by 2 values: series_id, session_date; got none."),
        (["mart.drawdowns", "session_date=2025-12-11", "btc_usd"], "got session_date=2025-12-11 btc_usd."),
        (["mart.drawdowns", "btc_usd", "tomorrow"], "session_date of mart.drawdowns is a date; 'tomorrow' is none."),
        (
            ["mart.drawdowns", "btc", "2025-12-11"],
            "no row series_id=btc session_date=2025-12-11. Nearest:\n  lockstep explain mart.drawdowns btc_usd 2025-12-11",
        ),
        (["mart.drawdowns", "sp500", "2025-12-07"], "Nearest:\n  lockstep explain mart.drawdowns sp500 2025-12-08"),
        (["mart.drawdowns", "o'hara", "2025-12-11"], "no row series_id=o'hara"),
        (
            ["mart.drawdowns", "btc_usd", "2025-12-11", "--as-of", "2025-12-11T12:00Z"],
            "as of 2025-12-11T12:00:00+00:00. Nearest:\n"
            "  lockstep explain mart.drawdowns btc_usd 2025-12-10 --as-of 2025-12-11T12:00:00+00:00",
        ),
        (["core.revisions", "btc_usd", "2020-01-01", "2020-01-02T00:00Z", ""], "It has no rows then."),
    ],
)
def test_what_leads_nowhere_says_where_to_go(morning, words, said):
    done = explain(morning, *words)
    assert done.exit_code == 1
    assert said in done.output, done.output
    assert "Traceback" not in done.output
