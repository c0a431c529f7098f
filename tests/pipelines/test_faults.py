"""What a vendor may do wrong, over real HTTP on loopback: named, kept, and no number lost or changed; the others go on."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines import catalog, day
from pipelines.folder import DataFolder
from pipelines.sources import open_source
from pipelines.sources.live import Live, Patience
from pipelines.vendors import Answer
from pipelines.warehouse import query
from tests.loopback import Vendors

FIRST, SECOND = datetime(2026, 3, 30, 12, tzinfo=UTC), datetime(2026, 3, 31, 12, tzinfo=UTC)
ASKED = ["sp500", "btc_usd", "fed_total_assets", "on_rrp", "gold", "treasury_cash_daily", "treasury_outright_operations"]


def body(change: Callable[[bytes], bytes]) -> Callable[[Answer], Answer]:
    return lambda answer: Answer(answer.status, change(answer.body), answer.headers)


def yahoo(change: Callable[[dict], None]) -> Callable[[Answer], Answer]:
    def turn(answer: Answer) -> Answer:
        document = json.loads(answer.body)
        change(document["chart"]["result"][0])
        return Answer(answer.status, json.dumps(document).encode(), answer.headers)

    return turn


def _times_1000(result: dict) -> None:
    quote = result["indicators"]["quote"][0]
    for name in ("open", "high", "low", "close"):
        quote[name] = [price and price * 1000 for price in quote[name]]


def _from_tomorrow(result: dict) -> None:
    result["timestamp"][-1] += 3 * 86_400


def _renamed(result: dict) -> None:
    result["indicators"]["quote"][0]["last"] = result["indicators"]["quote"][0].pop("close")


FAULTS = {
    "http_500": (lambda answer: Answer(500, b"Internal Server Error", {}), r"HTTP 500"),
    "html_with_status_200": (lambda answer: Answer(200, b"<!DOCTYPE html><title>Will be right back</title>", {}), r"(?i)html"),
    "truncated_json": (body(lambda text: text[: len(text) // 2]), r"(?i)json"),
    "empty_result": (yahoo(lambda r: (r.pop("timestamp"), r["indicators"].update(quote=[{}], adjclose=[]))), r"empty"),
    "renamed_field": (yahoo(_renamed), r"close"),
    "unit_times_1000": (yahoo(_times_1000), r"not above|unit changed"),
    "a_row_from_the_future": (yahoo(_from_tomorrow), r"not after"),
}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    vendors = Vendors(open_source("sample", now=FIRST))
    monkeypatch.setenv("LOCKSTEP_VENDOR_BASE", vendors.base)
    yield vendors
    vendors.close()


def run(folder: Path, now: datetime) -> day.Day:
    live = Live(now, Patience(attempts=2, backoff=0.001, deadline=5), pause=lambda seconds: None)
    return day.run(live, DataFolder(folder), lambda line: None, [catalog.by_id(name) for name in ASKED])


def closes(folder: Path) -> dict[str, list[tuple]]:
    rows = query(folder / "market.duckdb", "select series_id, session_date, close from core.price_bars order by 1, 2").rows()
    return {name: [row[1:] for row in rows if row[0] == name] for name in ("sp500", "btc_usd", "gold")}


def test_a_good_day_over_http_equals_the_same_day_without_it(wire, tmp_path):
    run(tmp_path / "wire", FIRST)
    day.run(open_source("sample", now=FIRST), DataFolder(tmp_path / "sample"), lambda line: None, [catalog.by_id(name) for name in ASKED])
    assert closes(tmp_path / "wire") == closes(tmp_path / "sample")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_answer_is_named_and_changes_nothing(wire, tmp_path, fault):
    turn, reason = FAULTS[fault]
    run(tmp_path, FIRST)
    before = closes(tmp_path)
    wire.source, wire.faults = open_source("sample", now=SECOND), {"sp500": turn}
    done = run(tmp_path, SECOND)
    assert [(loaded.series_id, loaded.outcome) for loaded in done.refused] == [("sp500", "refused")]
    assert re.search(reason, done.refused[0].reason or ""), done.refused[0].reason
    listed = query(tmp_path / "market.duckdb", "select series_id, reason, sha256 from core.captures where outcome = 'refused'")
    assert listed["series_id"].to_list() == ["sp500"]
    assert (tmp_path / "captures" / "bodies" / listed["sha256"][0][:2] / f"{listed['sha256'][0]}.gz").exists()
    after = closes(tmp_path)
    assert after["sp500"] == before["sp500"]
    assert len(after["btc_usd"]) == len(before["btc_usd"]) + 1


def test_what_was_refused_is_asked_again_and_then_complete(wire, tmp_path):
    run(tmp_path / "a", FIRST)
    wire.source, wire.faults = open_source("sample", now=SECOND), {"sp500": FAULTS["truncated_json"][0]}
    run(tmp_path / "a", SECOND)
    wire.faults = {}
    later = SECOND + timedelta(hours=1)
    wire.source = open_source("sample", now=later)
    run(tmp_path / "a", later)
    run(tmp_path / "b", later)
    assert closes(tmp_path / "a") == closes(tmp_path / "b")


def test_no_answer_at_all_is_recorded_and_stops_nobody(wire, tmp_path, monkeypatch):
    wire.close()
    done = run(tmp_path, FIRST)
    assert {loaded.outcome for loaded in done.refused} == {"unreachable"}
    assert query(tmp_path / "market.duckdb", "select distinct outcome from core.captures")["outcome"].to_list() == ["unreachable"]


def test_a_unit_that_changed_within_the_possible_range_is_refused_too(wire, tmp_path):
    run(tmp_path, FIRST)
    wire.source = open_source("sample", now=SECOND)
    wire.faults = {"on_rrp": body(lambda text: re.sub(rb",([\d.]+)", lambda m: b",%f" % (float(m[1]) / 1000), text))}
    done = run(tmp_path, SECOND)
    assert [loaded.series_id for loaded in done.refused] == ["on_rrp"]
    assert re.search("unit changed", done.refused[0].reason or ""), done.refused[0].reason
