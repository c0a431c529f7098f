"""Capture and load: what is asked, what is kept, what is refused and why, and what the next pass asks again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines import catalog, ingest, vendors
from pipelines.archive import ArchiveError
from pipelines.vendors import Answer, Request
from tests.pipelines.desk import DAY, INDEX, MORNING, REPO, Desk, Say, Vendors, answers, fred, futures, silent, symbol, times, yahoo


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("pipelines.vendors.yahoo.CHAIN_MONTHS", 3)  # four contracts instead of 25: the same, sooner
    made = Desk(tmp_path)
    with made.warehouse.writing():
        yield made


def test_a_pass_brings_the_rows_of_every_vendor(desk):
    done = desk.run(Vendors(on_rrp=fred(REPO), sp500=yahoo(INDEX)))
    assert {name: (item.outcome, item.rows, item.rows_read) for name, item in done.items()} == {
        "on_rrp": ("accepted", 3, 3),
        "sp500": ("accepted", 3, 3),
    }
    assert desk.held() == list(REPO.values())
    assert desk.held("price_bars", "close") == list(INDEX.values())


def test_one_silent_series_stops_nobody_else(desk):
    done = desk.run(Vendors(sofr=silent, on_rrp=fred(REPO), sp500=yahoo(INDEX)))
    assert {name: item.outcome for name, item in done.items()} == {"sofr": "unreachable", "on_rrp": "accepted", "sp500": "accepted"}
    assert len(desk.held()) == len(desk.held("price_bars", "close")) == 3


def test_where_no_answer_came_the_ledger_says_so_and_why(desk):
    desk.run(Vendors(sofr=silent))
    entry = desk.warehouse.frame("select * from raw.captures").row(0, named=True)
    assert (entry["outcome"], entry["reason"]) == ("unreachable", "no answer for sofr in 5 attempts")
    assert (entry["status"], entry["sha256"], entry["rows"], entry["remaining"]) == (None, None, 0, 0)
    assert any("UNREACHABLE" in line for line in desk.told)


@pytest.mark.parametrize(
    ("say", "reason"),
    [
        (answers(200, b"<html><body>Just a moment</body></html>"), "<html>"),
        (answers(200, b""), "begins ''"),
        (answers(200, b"observation_date,EFFR\n2025-12-11,3.9\n"), "observation_date,RRPONTSYD"),
        (answers(200, b"observation_date,RRPONTSYD\n2025-12-11,2.9\n2025-12"), "cut off"),
        (answers(503, b"upstream busy"), "HTTP 503: upstream busy"),
        (answers(404, b"\xff\xfe"), "HTTP 404"),
        (fred(REPO | {date(2025, 12, 13): 3.1}), "not after 2025-12-12"),
        (fred(dict.fromkeys(REPO, 3_001.0)), "not above 3000"),
        (fred({}), "empty: not one row from the beginning on, though 2025-12-11 should be there"),
    ],
)
def test_a_refused_answer_is_kept_with_its_reason_and_none_of_its_rows(desk, say, reason):
    done = desk.run(Vendors(on_rrp=say))["on_rrp"]
    assert (done.outcome, done.rows) == ("refused", 0)
    assert reason in (done.reason or "")
    entry = desk.warehouse.frame("select capture_id, outcome, reason, sha256 from raw.captures").row(0, named=True)
    assert (entry["outcome"], entry["reason"]) == ("refused", done.reason)
    kept = desk.archive.read(entry["capture_id"])
    assert desk.archive.body(kept) == say(kept.request).body
    assert desk.held() == []
    assert any("REFUSED" in line for line in desk.told)


def test_a_second_run_adds_no_row_and_at_the_same_instant_asks_nothing(desk):
    source = Vendors(on_rrp=fred(REPO), sp500=yahoo(INDEX))
    desk.run(source)
    asked = len(source.asked)
    assert desk.run(source) == {}
    assert len(source.asked) == asked
    source.clock += timedelta(hours=1)
    assert {name: (item.outcome, item.rows, item.rows_read) for name, item in desk.run(source).items()} == {
        "on_rrp": ("accepted", 0, 3),
        "sp500": ("accepted", 0, 3),
    }


def test_the_next_pass_asks_from_the_newest_date_less_the_overlap(desk):
    source = Vendors(on_rrp=fred(REPO), sp500=yahoo(INDEX))
    desk.run(source)
    assert source.asked[0].param("cosd") is None
    source.clock += DAY
    desk.run(source)
    overlap = {name: timedelta(days=vendors.module(name).VENDOR.overlap_days) for name in ("fred", "yahoo")}
    assert source.asked[2].param("cosd") == str(date(2025, 12, 11) - overlap["fred"])
    assert datetime.fromtimestamp(int(source.asked[3].param("period1") or 0), UTC).date() == date(2025, 12, 11) - overlap["yahoo"]


@pytest.mark.parametrize("fails", [silent, answers(500, b""), fred({}), fred(times(REPO, 1000))])
def test_a_pass_that_was_not_whole_is_asked_again_from_the_same_date(desk, fails):
    source = Vendors(on_rrp=fred(REPO))
    desk.run(source)
    for clock, say in ((DAY, fails), (2 * DAY, fails), (3 * DAY, fred(REPO)), (4 * DAY, fred(REPO | {date(2025, 12, 12): 3.5}))):
        source.clock, source.say["on_rrp"] = MORNING + clock, say
        desk.run(source)
    newest = date(2025, 12, 11) - timedelta(days=45)
    assert [request.param("cosd") for request in source.asked] == [None, *[str(newest)] * 4]
    assert desk.held() == [2.1, 2.5, 3.0, 3.5]


def test_a_first_pass_that_failed_is_asked_for_everything_again(desk):
    source = Vendors(on_rrp=silent)
    desk.run(source)
    source.clock, source.say["on_rrp"] = MORNING + DAY, fred(REPO)
    desk.run(source)
    assert [request.param("cosd") for request in source.asked] == [None, None]
    assert desk.held("observations", "known_at_method") == ["rule"] * 3  # nothing was held: it came out before we watched


def test_a_revision_is_seen_and_both_values_stay(desk):
    source = Vendors(on_rrp=fred(REPO))
    desk.run(source)
    source.clock, source.say["on_rrp"] = MORNING + DAY, fred(REPO | {date(2025, 12, 10): 2.6})
    assert desk.run(source)["on_rrp"].rows == 1
    last = desk.warehouse.frame("select value, known_at, known_at_method from raw.observations order by known_at desc limit 1")
    assert last.row(0) == (2.6, MORNING + DAY, "observed")
    assert len(desk.held()) == 4


@pytest.mark.parametrize(
    ("name", "say", "values", "factor"),
    [("on_rrp", fred, REPO, 1000), ("on_rrp", fred, REPO, 0.001), ("sp500", yahoo, INDEX, 0.001), ("sp500", yahoo, INDEX, 6)],
)
def test_values_that_come_back_times_one_factor_are_refused(desk, name, say, values, factor):
    source = Vendors(**{name: say(values)})
    desk.run(source)
    before = desk.everything()[:3]
    source.clock, source.say[name] = MORNING + DAY, say(times(values, factor))
    done = desk.run(source)[name]
    assert done.outcome == "refused"
    assert (done.reason or "").startswith(f"unit changed: 3 dates already held come back times {factor:g}")
    assert all(then.equals(now) for then, now in zip(before, desk.everything(), strict=False))


def test_a_split_a_single_large_revision_and_a_single_date_are_no_change_of_unit(desk):
    source = Vendors(sp500=yahoo(INDEX), on_rrp=fred(REPO), sofr=fred({date(2025, 12, 11): 0.5}))
    desk.run(source)
    source.clock += DAY
    source.say |= {
        "sp500": yahoo(times(INDEX, 0.25)),
        "on_rrp": fred(REPO | {date(2025, 12, 10): 2500.0}),
        "sofr": fred({date(2025, 12, 11): 3.9}),
    }
    assert {name: item.rows for name, item in desk.run(source).items()} == {"sp500": 3, "on_rrp": 1, "sofr": 1}
    source.clock, source.say["sp500"] = MORNING + 2 * DAY, yahoo(times(INDEX, 0.125))  # a half of what is held by now
    assert desk.run(source)["sp500"].rows == 3


def test_an_unfinished_bar_is_left_out_said_and_added_when_it_has_ended(desk):
    today = INDEX | {date(2025, 12, 12): 6850.0}
    source = Vendors(sp500=yahoo(today))
    source.clock = MORNING + timedelta(hours=6)
    done = desk.run(source)["sp500"]
    assert (done.outcome, done.rows, done.reason) == ("accepted", 3, "1 unfinished bar left out")
    assert any("1 unfinished bar left out" in line for line in desk.told)
    source.clock, source.say["sp500"] = MORNING + timedelta(hours=12), yahoo(today | {date(2025, 12, 12): 6827.4})
    assert desk.run(source)["sp500"].rows == 1
    assert desk.held("price_bars", "close")[-1] == 6827.4


def test_the_same_question_is_sent_once_and_kept_for_each_series_that_asks_it(desk):
    source = Vendors(sp500=yahoo(INDEX))
    again = catalog.by_id("sp500").model_copy(update={"series_id": "sp500_again"})
    source.say["sp500_again"] = source.say["sp500"]
    kept = ingest.capture(source, desk.archive, desk.warehouse, [catalog.by_id("sp500"), again], desk.told.append)
    assert len(source.asked) == 1
    assert [item.request.series_id for item in kept] == ["sp500", "sp500_again"]
    assert len({item.sha256 for item in kept}) == 1


def test_a_series_that_the_source_does_not_hold_is_not_asked(desk):
    source = Vendors(on_rrp=fred(REPO))
    ingest.capture(source, desk.archive, desk.warehouse, catalog.load(), desk.told.append)
    assert {request.series_id for request in source.asked} == {"on_rrp"}


def test_an_empty_answer_is_no_fault_where_another_of_its_pass_has_rows(desk):
    desk.run(Vendors(fed_funds_futures=futures("ZQZ25.CBT", "ZQF26.CBT", others=yahoo({}))))
    assert set(desk.warehouse.frame("select outcome from raw.captures")["outcome"]) == {"accepted"}
    assert desk.held("price_bars", "contract_month") == ["2025-12", "2026-01"] * 2


def test_a_pass_without_any_row_is_refused_once_at_its_end(desk):
    desk.run(Vendors(fed_funds_futures=futures(others=yahoo({}))))
    outcomes = desk.warehouse.frame("select outcome from raw.captures order by remaining desc")["outcome"].to_list()
    assert outcomes == ["accepted"] * 3 + ["refused"]


def test_what_a_first_pass_without_rows_missed_still_came_out_before_we_watched(desk):
    source = Vendors(fed_funds_futures=futures(others=yahoo({})))
    desk.run(source)
    source.clock, source.say["fed_funds_futures"] = MORNING + DAY, futures("ZQZ25.CBT", others=yahoo({}))
    desk.run(source)
    assert desk.held("price_bars", "known_at_method") == ["rule"] * 2


def test_one_refused_answer_of_a_pass_lets_the_others_in_and_the_pass_be_asked_again(desk):
    gone = answers(404, b'{"chart": {"result": null, "error": {"code": "Not Found"}}}')
    source = Vendors(fed_funds_futures=futures("ZQZ25.CBT", others=gone))
    desk.run(source)
    assert desk.held("price_bars", "contract_month") == ["2025-12"] * 2
    source.clock += DAY
    desk.run(source)
    assert source.asked[4].param("period1") == source.asked[0].param("period1")


def test_a_pass_that_was_interrupted_is_asked_again(desk):
    source = Vendors(fed_funds_futures=yahoo({}))
    traded = futures("ZQZ25.CBT", others=yahoo({}))

    def interrupted(request: Request) -> Answer:
        if symbol(request) == "ZQG26.CBT":
            raise KeyboardInterrupt
        return traded(request)

    source.say["fed_funds_futures"] = interrupted
    with pytest.raises(KeyboardInterrupt):
        desk.run(source)
    assert len(desk.load()) == 2
    source.clock, source.say["fed_funds_futures"] = MORNING + DAY, traded
    desk.run(source)
    assert source.asked[3].param("period1") == source.asked[0].param("period1")
    assert len(desk.held("price_bars", "close")) == 2


def contracts(**closes: dict[int, float]) -> Say:
    """The chain of fed funds futures: closes of December 2025 by contract and day; the other contracts have not traded."""
    dated = {f"{name}.CBT": {date(2025, 12, day): close for day, close in days.items()} for name, days in closes.items()}
    return lambda request: yahoo(dated.get(symbol(request), {}), "America/Chicago", time(6))(request)


def killed_at(contract: str, say: Say) -> Say:
    def answer(request: Request) -> Answer:
        if symbol(request) == f"{contract}.CBT":
            raise KeyboardInterrupt
        return say(request)

    return answer


@pytest.mark.parametrize("is_read", [False, True], ids=["before it was read", "after it was read"])
def test_a_first_pass_that_was_killed_and_asked_again_is_known_as_if_it_had_not_been(desk, tmp_path, is_read):
    first = {"ZQZ25": {10: 96.2, 11: 96.3}, "ZQF26": {10: 96.4, 11: 96.5}}
    later = {"ZQZ25": {10: 96.2, 11: 96.3, 12: 96.3}, "ZQF26": {10: 96.4, 11: 96.5, 12: 96.5}}
    source = Vendors(fed_funds_futures=killed_at("ZQF26", contracts(**first)))
    with pytest.raises(KeyboardInterrupt):
        desk.run(source)
    if is_read:
        desk.load()
    source.clock, source.say["fed_funds_futures"] = MORNING + DAY, contracts(**later)
    desk.run(source)
    clean = Desk(tmp_path / "clean")
    clean.run(source)
    held = "select * exclude (capture_id) from raw.price_bars order by all"
    assert desk.warehouse.frame(held).equals(clean.warehouse.frame(held))
    assert desk.held("price_bars", "known_at_method") == ["rule"] * 6
    source.clock, source.say["fed_funds_futures"] = MORNING + 2 * DAY, contracts(**later, ZQG26={9: 96.6})
    desk.run(source)
    assert desk.held("price_bars", "known_at_method") == ["rule"] * 6 + ["observed"]  # the history was held: this is new


def test_what_a_first_pass_missed_came_out_before_it_and_what_came_out_since_was_seen(desk):
    half = contracts(ZQZ25={11: 96.3})
    source = Vendors(fed_funds_futures=lambda request: Answer(500, b"") if symbol(request) == "ZQF26.CBT" else half(request))
    desk.run(source)
    source.clock, source.say["fed_funds_futures"] = MORNING + DAY, contracts(ZQZ25={11: 96.3}, ZQF26={11: 96.5, 12: 96.6})
    desk.run(source)
    query = "select session_date, known_at_method, known_at = ? as is_now from raw.price_bars where contract_month = '2026-01' order by 1"
    assert desk.warehouse.frame(query, [source.clock]).rows() == [
        (date(2025, 12, 11), "rule", False),
        (date(2025, 12, 12), "observed", True),
    ]


def test_what_a_killed_first_pass_held_and_the_next_one_says_otherwise_was_seen_to_change(desk):
    source = Vendors(fed_funds_futures=killed_at("ZQF26", contracts(ZQZ25={10: 96.2, 11: 96.3})))
    with pytest.raises(KeyboardInterrupt):
        desk.run(source)
    source.clock, source.say["fed_funds_futures"] = MORNING + DAY, contracts(ZQZ25={9: 96.1, 10: 96.25, 11: 96.3})
    desk.run(source)
    query = "select session_date, close, known_at_method from raw.price_bars order by session_date, known_at"
    assert desk.warehouse.frame(query).rows() == [
        (date(2025, 12, 9), 96.1, "rule"),
        (date(2025, 12, 10), 96.2, "rule"),
        (date(2025, 12, 10), 96.25, "observed"),
        (date(2025, 12, 11), 96.3, "rule"),
    ]


def test_load_reads_each_answer_once_and_only_of_the_shapes_asked_for(desk):
    source = Vendors(on_rrp=fred(REPO), sp500=yahoo(INDEX))
    ingest.capture(source, desk.archive, desk.warehouse, [catalog.by_id(name) for name in source.say], desk.told.append)
    assert [item.series_id for item in desk.load(shapes=["observations"])] == ["on_rrp"]
    assert [item.series_id for item in desk.load()] == ["sp500"]
    assert desk.load() == []


def test_a_damaged_answer_in_the_archive_stops_the_load_by_name(desk):
    source = Vendors(on_rrp=fred(REPO))
    [kept] = ingest.capture(source, desk.archive, desk.warehouse, [catalog.by_id("on_rrp")], desk.told.append)
    desk.archive.body_path(kept.sha256 or "").write_bytes(b"")
    with pytest.raises(ArchiveError, match=kept.sha256):
        desk.load()
    assert desk.held() == []


def test_the_archive_alone_gives_the_same_raw_tables_again(desk, tmp_path):
    source = Vendors(on_rrp=fred(REPO), sp500=yahoo(INDEX), sofr=silent)
    for clock, factor in ((0, 1), (1, 1000), (2, 1.01)):
        source.clock = MORNING + clock * DAY
        source.say["on_rrp"] = fred(times(REPO, factor))
        desk.run(source)
    again = Desk(tmp_path / "again")
    again.archive = desk.archive
    again.load()
    assert all(was.equals(now) for was, now in zip(desk.everything(), again.everything(), strict=True))
    assert desk.everything()[1].height == 6


MONTH = {date(2025, 11, 3) + timedelta(days=n): 6800.0 + n for n in range(39) if (date(2025, 11, 3) + timedelta(days=n)).weekday() < 5}


@pytest.mark.parametrize(
    ("every", "new", "told"),
    [(3, {}, 5), (2, {}, 8), (2, {date(2025, 12, 12): 6900.0}, 8)],
    ids=["a third", "half", "half, and a new one"],
)
def test_half_of_the_dates_that_are_held_are_refused_by_name_and_none_is_lost(desk, every, new, told):
    source = Vendors(sp500=yahoo(MONTH))
    desk.run(source)
    before = desk.held("price_bars", "close")
    days = sorted(MONTH)[-15:]  # what the next pass asks for: 21 days before the newest
    thinned = {day: MONTH[day] for day in days[::every]} | new
    source.clock, source.say["sp500"] = MORNING + DAY * 3, yahoo(thinned)
    done = desk.run(source)["sp500"]
    assert done.outcome == "refused"
    assert (done.reason or "").startswith(f"thin: {told} dates from 2025-11-")
    assert desk.held("price_bars", "close") == before
    source.clock, source.say["sp500"] = MORNING + 2 * DAY, yahoo(MONTH)
    assert desk.run(source)["sp500"].outcome == "accepted"


def test_a_window_that_rolls_on_deletes_no_history_and_is_no_loss(desk):
    source = Vendors(sp500=yahoo(MONTH), on_rrp=fred(REPO))
    desk.run(source)
    source.clock = MORNING + DAY
    source.say["sp500"] = yahoo({day: close for day, close in MONTH.items() if day >= date(2025, 12, 8)})
    source.say["on_rrp"] = fred({day: value for day, value in REPO.items() if day >= date(2025, 12, 11)})
    assert {item.outcome for item in desk.run(source).values()} == {"accepted"}
    assert desk.held("price_bars", "close") == list(MONTH.values())
    assert desk.held() == list(REPO.values())


def test_a_missing_session_is_asked_for_again_when_the_table_of_them_says_so(desk):
    source = Vendors(on_rrp=fred(REPO))
    desk.run(source)
    desk.warehouse.refer("missing", missing(date(2020, 1, 2), MORNING + 7 * DAY), {})
    with desk.warehouse.transaction() as connection:
        connection.execute("create table mart.missing_sessions as select * from raw.missing")
    for clock in (DAY, 7 * DAY):
        source.clock = MORNING + clock
        desk.run(source)
    assert [request.param("cosd") for request in source.asked] == [None, "2025-10-27", "2020-01-02"]


def missing(day: date, ask_again_at: datetime) -> pl.DataFrame:
    """A row of mart.missing_sessions, and one that is asked for no more."""
    kinds = {"series_id": pl.String, "date": pl.Date, "ask_again_at": pl.Datetime("us", "UTC")}
    return pl.DataFrame([("on_rrp", day, ask_again_at), ("on_rrp", date(2019, 1, 2), None)], schema=kinds, orient="row")
