"""What may go wrong with the Fed's answers, tried from the wire to the tables: a check goes red, or the rule holds.

The answers are those of real history; a test retells some of them. Each pass is the day's own (capture, load, refer, build),
but builds only the tables that the test asks and what they read. Checks that need a changed table are tried in
`tests/sql/test_fed_purchases.py`, changed answers of single vendors in `tests/pipelines/vendors`.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import catalog, day, ingest
from pipelines.folder import DataFolder
from pipelines.ingest import Loaded
from pipelines.sources.history import History
from pipelines.vendors import Answer, Request
from pipelines.vendors.nyfed import ANNOUNCEMENTS
from tests.sql.conftest import upstream

FIRST_PURCHASE = "OR 121225 1"
OPERATIONS, HELD, CASH, FUTURES = "treasury_outright_operations", "treasuries_held", "treasury_cash_daily", "fed_funds_futures"

Row = dict[str, Any]
Edit = Callable[[Any, Request], Any]


class Retold(History):
    """Real history by a moment; answers about `series_id` are changed by `edit` (the JSON document, and what was asked)."""

    def __init__(self, folder: Path, now: str, series_id: str = "", edit: Edit | None = None) -> None:
        super().__init__(folder, datetime.fromisoformat(now).replace(tzinfo=UTC))
        self.series_id, self.edit = series_id, edit

    def send(self, request: Request) -> Answer:
        told = super().send(request)
        if self.edit is None or request.series_id != self.series_id:
            return told
        return Answer(told.status, json.dumps(self.edit(json.loads(told.body), request)).encode(), told.headers)


def purchases(change: Callable[[list[Row], Request], list[Row]]) -> Edit:
    """Change the operations of each answer about outright Treasury operations."""
    return lambda document, request: {"treasury": {"auctions": change(document["treasury"]["auctions"], request)}}


def one(operation_id: str, **fields: Any) -> Edit:
    """Retell the fields of one operation."""
    return purchases(lambda told, _: [row | fields if row["operationId"] == operation_id else row for row in told])


def announcing(row: Row) -> Edit:
    """Answer the question for announcements with one operation."""
    return purchases(lambda told, request: [row] if request.url.endswith(ANNOUNCEMENTS["tsy"]) else told)


class Desk:
    """One data folder, and passes of the day over it."""

    def __init__(self, folder: Path, *tables: str) -> None:
        self.folder, self.models = DataFolder(folder / "data"), upstream(set(tables))
        self.loaded: list[Loaded] = []
        self.red: dict[str, dict[str, int]] = {}

    def run(self, source: History, *series: str) -> "Desk":
        """One pass: what was refused stands in `loaded`, what went red, with the rows that break it, in `red`."""
        self.folder.claim(source.name, source.label)
        warehouse = self.folder.warehouse()
        with warehouse.writing():
            self.captures = ingest.capture(source, self.folder.archive, warehouse, map(catalog.by_id, series), lambda line: None)
            self.loaded = ingest.load(self.folder.archive, warehouse, lambda line: None)
            day.refer(warehouse, source.now())
            built = [day.make(warehouse, model, lambda line: None) for model in self.models]
        self.red = {b.model.name: {audit.name: audit.offenders for audit in b.audits if not audit.passed} for b in built if not b.passed}
        return self

    @property
    def refused(self) -> list[Loaded]:
        return [loaded for loaded in self.loaded if loaded.outcome != "accepted"]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.folder.warehouse().frame(sql).rows()


def moved(path: Path, since: str, change: float) -> str:
    """A file of a series, its values from a day on changed by so much."""
    later = pl.col("date") >= pl.lit(since)
    return pl.read_csv(path).with_columns(pl.when(later).then(pl.col("value") + change).otherwise("value").alias("value")).write_csv()


@pytest.fixture
def history(shared: Path) -> Path:
    return shared / "history"


@pytest.mark.parametrize(
    ("edit", "weeks"),
    [
        (purchases(lambda told, _: [row for row in told if row["operationId"] != FIRST_PURCHASE]), 1),
        (one(FIRST_PURCHASE, settlementDate="2025-12-18"), 2),
        (one(FIRST_PURCHASE, totalParAmtAccepted="816700000"), 1),
        (purchases(lambda told, _: [row | {"totalParAmtAccepted": row["totalParAmtAccepted"][:-3]} for row in told]), 4),
    ],
    ids=["one operation removed", "one settlement shifted", "one amount a tenth", "dollars taken for thousands"],
)
def test_the_reconciliation_goes_red(history, tmp_path, edit, weeks):
    desk = Desk(tmp_path, "mart.soma_reconciliation").run(Retold(history, "2026-01-15 22:00", OPERATIONS, edit), OPERATIONS, HELD)
    assert desk.red == {"mart.soma_reconciliation": {"holdings_move_by_what_settled": weeks}}


CANNOT_BE = {  # of three purchases by the 19th (8.167, 6.801 and 8.165), two
    FIRST_PURCHASE: {"totalParAmtAccepted": "8167000000000", "totalParAmtSubmitted": "27458000000000"},
    "OR 121525 1": {"settlementDate": "2025-12-12"},
}


def test_operations_that_cannot_be_are_kept_listed_and_in_no_total_until_they_are_corrected(history, tmp_path):
    """Quarantined, they stop nothing: all is built, and no check of a table fails."""
    desk = Desk(tmp_path, "mart.liquidity_timeline", "mart.soma_reconciliation", "core.held_back")
    wrong = purchases(lambda told, _: [row | CANNOT_BE.get(row["operationId"], {}) for row in told])
    desk.run(Retold(history, "2025-12-19 12:00", OPERATIONS, wrong), OPERATIONS, HELD)
    assert desk.red == {} and desk.refused == []
    said = [loaded.reason for loaded in desk.loaded if loaded.series_id == OPERATIONS and loaded.reason]
    assert said == ["2 operations that cannot be, quarantined"]
    listed = desk.rows("select series_id, item, part, quality, split_part(reason, ',', 1) from core.held_back order by date")
    assert listed == [
        (OPERATIONS, f"treasury {FIRST_PURCHASE}", "operation", "quarantined", "accepted 8167.0 bn of 27458.0 bn offered"),
        (OPERATIONS, "treasury OR 121525 1", "operation", "quarantined", "settles 2025-12-12"),
    ]
    cycle = "select n_operations, n_quarantined, first_operation_date, round(executed_usd_bn, 3) from mart.bill_purchases"
    told = f"select count(*) from mart.liquidity_timeline where rests_on like '%{FIRST_PURCHASE}%' or rests_on like '%OR 121525 1%'"
    week = "select coverage, within_tolerance from mart.soma_reconciliation where week_ending = '2025-12-17'"
    assert desk.rows(cycle) == [(1, 2, date(2025, 12, 17), 8.165)]
    assert (desk.rows(told), desk.rows(week)) == ([(0,)], [("pending", None)])
    desk.run(Retold(history, "2025-12-19 13:00"), OPERATIONS, HELD)
    assert desk.red == {} and desk.rows("from core.held_back") == []
    assert desk.rows(cycle) == [(3, 0, date(2025, 12, 12), 23.133)]
    assert (desk.rows(told), desk.rows(week)) == ([(4,)], [("covered", True)])


def test_many_operations_that_cannot_be_are_refused_at_the_door_and_what_was_held_stands(history, tmp_path):
    desk = Desk(tmp_path, "core.fed_operations").run(Retold(history, "2025-12-16 12:00"), OPERATIONS)
    held = desk.rows("select * from core.fed_operations order by all")
    wrong = purchases(lambda told, _: [row | {"totalParAmtAccepted": row["totalParAmtAccepted"] + "000"} for row in told])
    desk.run(Retold(history, "2025-12-16 13:00", OPERATIONS, wrong), OPERATIONS)
    assert "accepted_usd: not above 5e+11 failed for" in (desk.refused[0].reason or "")
    assert desk.rows("select * from core.fed_operations order by all") == held


ANNOUNCED = {
    "operationId": "OR 121525 7", "auctionStatus": "Announced", "operationType": "Outright Bill Purchase", "operationDate": "2025-12-15",
    "settlementDate": "2025-12-16", "maturityRangeStart": "2026-01-15", "maturityRangeEnd": "2026-04-16", "operationDirection": "P",
    "auctionMethod": "Multiple Price", "releaseTime": "", "closeTime": "10:30", "totalParAmtSubmitted": "", "totalParAmtAccepted": "",
    "note": "", "lastUpdated": "2025-12-11 15:00:00",
}  # fmt: skip
RESULTS = {"auctionStatus": "Results", "totalParAmtSubmitted": "9000000000", "totalParAmtAccepted": "2000000000"}


@pytest.mark.parametrize(
    ("change", "event", "bought"),
    [(RESULTS, ("OP_RESULT", "executed", 2.0), 16.968), ({"auctionStatus": "Cancelled"}, ("OP_CANCELLED", "cancelled", None), 14.968)],
    ids=["announced, then results", "announced, then cancelled"],
)
def test_what_was_announced_is_planned_until_its_results_or_its_cancellation_are_known(history, tmp_path, change, event, bought):
    """One more operation beside the real ones of 12 and 15 December, which bought 8.167 and 6.801."""
    story = f"select type, status, amount_usd_bn from {{}} where rests_on = 'treasury {ANNOUNCED['operationId']}'"
    desk = Desk(tmp_path, "mart.liquidity_timeline", "core.revisions")
    desk.run(Retold(history, "2025-12-12 12:00", OPERATIONS, announcing(ANNOUNCED)), OPERATIONS)
    assert desk.rows(story.format("mart.liquidity_timeline")) == [("OP_SCHEDULED", "planned", None)]
    desk.run(Retold(history, "2025-12-15 16:31", OPERATIONS, announcing(ANNOUNCED | change)), OPERATIONS)
    assert desk.rows(story.format("mart.liquidity_timeline")) == [event]
    before = "mart.liquidity_timeline_as_of(timestamptz '2025-12-15 16:30+00')"
    assert desk.rows(story.format(before)) == [("OP_SCHEDULED", "planned", None)]
    assert desk.rows("select round(executed_usd_bn, 3) from mart.bill_purchases") == [(bought,)]
    assert desk.rows("select item, old_value, new_value from core.revisions") == []  # results revise no announcement
    late = announcing(ANNOUNCED | {"lastUpdated": "2025-12-15 12:00:00"})  # the page of announcements has not noticed
    desk.run(Retold(history, "2025-12-15 17:00", OPERATIONS, late if event[2] else announcing(ANNOUNCED | change)), OPERATIONS)
    assert desk.rows(story.format("mart.liquidity_timeline")) == [event]


def test_an_operation_announced_weeks_ahead_does_not_hide_what_is_held_before_it(history, tmp_path):
    ahead = announcing(ANNOUNCED | {"operationDate": "2026-01-20", "settlementDate": "2026-01-21"})
    desk = Desk(tmp_path, "core.fed_operations").run(Retold(history, "2025-12-12 12:00", OPERATIONS, ahead), OPERATIONS)
    desk.run(Retold(history, "2025-12-15 16:31", OPERATIONS, ahead), OPERATIONS)
    held = "select operation_date::varchar, status from core.fed_operations where operation_date > '2025-12-01' order by 1"
    assert desk.rows(held) == [("2025-12-12", "results"), ("2025-12-15", "results"), ("2026-01-20", "announced")]


def test_operations_re_issued_under_a_new_suffix_count_once_and_name_their_former_ids(history, tmp_path):
    def renumbered(told: list[Row], _: Request) -> list[Row]:
        return [row | {"operationId": row["operationId"].rsplit(" ", 1)[0] + " 25"} for row in told]

    desk = Desk(tmp_path, "mart.bill_purchases", "mart.soma_reconciliation")
    cycles = "select cycle_start, n_operations, round(executed_usd_bn, 3) from mart.bill_purchases"
    ids = "select operation_id, former_ids from core.fed_operations where operation_date = '2025-12-12'"
    desk.run(Retold(history, "2026-01-05 12:00"), OPERATIONS, HELD)
    assert (desk.rows(cycles), desk.rows(ids)) == ([(date(2025, 12, 12), 5, 38.099)], [(FIRST_PURCHASE, None)])
    desk.run(Retold(history, "2026-01-05 13:00", OPERATIONS, purchases(renumbered)), OPERATIONS, HELD)
    assert (desk.rows(cycles), desk.rows(ids)) == ([(date(2025, 12, 12), 5, 38.099)], [("OR 121225 25", FIRST_PURCHASE)])
    assert desk.red == {}
    assert desk.rows("select count(*) from raw.operations where operation_date = '2025-12-12'") == [(2,)]  # both were told, both are kept


def test_a_record_that_the_desk_rewrites_is_a_revision_with_both_amounts(history, tmp_path):
    desk = Desk(tmp_path, "core.revisions", "core.fed_operations").run(Retold(history, "2025-12-15 12:00"), OPERATIONS)
    corrected = one(FIRST_PURCHASE, totalParAmtAccepted="8160000000", note="Corrected.", lastUpdated="2025-12-15 09:00:00")
    desk.run(Retold(history, "2025-12-15 14:30", OPERATIONS, corrected), OPERATIONS)
    state = f"select accepted_usd_bn, note, known_at_method from {{}} where operation_id = '{FIRST_PURCHASE}'"
    assert desk.rows(state.format("core.fed_operations")) == [(8.16, "Corrected.", "observed")]
    assert desk.rows(state.format("core.fed_operations_as_of(timestamptz '2025-12-15 14:29+00')")) == [(8.167, None, "rule")]
    told = desk.rows("select series_id, date, item, old_value, new_value from core.revisions")
    assert told == [(OPERATIONS, date(2025, 12, 12), f"treasury {FIRST_PURCHASE}", 8.167e9, 8.16e9)]


def test_a_renamed_label_of_the_treasury_statement_is_named_and_stops_nobody_else(history, tmp_path):
    def renamed(document: Any, _: Request) -> Any:
        for row in document["data"]:
            row["account_type"] = row["account_type"].replace("Treasury General Account (TGA) Closing Balance", "TGA, Closing")
        return document

    desk = Desk(tmp_path, "core.observations").run(Retold(history, "2025-12-10 22:00"), CASH, "on_rrp")
    desk.run(Retold(history, "2025-12-11 22:00", CASH, renamed), CASH, "on_rrp")
    assert [(answer.series_id, answer.outcome) for answer in desk.refused] == [(CASH, "refused")]
    assert "unknown account_type 'TGA, Closing' on 2025-11-25" in (desk.refused[0].reason or "")
    newest = "select series_id, max(date)::varchar from core.observations where value is not null group by 1 order by 1"
    assert desk.rows(newest) == [("on_rrp", "2025-12-11"), (CASH, "2025-12-09")]


def test_in_thanksgiving_week_a_run_on_thursday_has_the_old_balance_sheet_and_one_on_friday_the_new(history, tmp_path):
    newest = "select max(date)::varchar from core.observations"
    desk = Desk(tmp_path, "core.observations").run(Retold(history, "2025-11-27 23:00"), "fed_total_assets")
    assert desk.rows(newest) == [("2025-11-19",)]
    desk.run(Retold(history, "2025-11-28 21:31"), "fed_total_assets")
    assert desk.rows(newest) == [("2025-11-19",)]
    desk.run(Retold(history, "2025-11-28 21:32"), "fed_total_assets")
    assert desk.rows(newest) == [("2025-11-26",)]


def test_a_contract_that_vanished_from_the_vendors_list_is_still_in_the_archive(history, tmp_path):
    folder = tmp_path / "history" / "fed_funds_futures"
    folder.mkdir(parents=True)
    for month in ("202607", "202608"):
        (folder / f"ZQ_{month}.csv.gz").symlink_to(history / "fed_funds_futures" / f"ZQ_{month}.csv.gz")
    july = "select count(*), max(trade_date)::varchar from core.futures_settlements where contract_month = '2026-07'"
    desk = Desk(tmp_path, "core.futures_settlements").run(Retold(folder.parent, "2026-07-30 23:30"), FUTURES)
    held = desk.rows(july)
    assert held == [(497, "2026-07-30")]
    desk.run(Retold(folder.parent, "2026-08-03 23:30"), FUTURES)
    assert not any("ZQN26" in capture.request.url for capture in desk.captures)  # July is listed no more, and nobody asks for it
    assert desk.rows(july) == held


@pytest.mark.parametrize(
    ("since", "change", "broken"),
    [
        ("2026-08-10", -0.25, {"no_change_without_a_meeting": 1}),
        ("2025-12-11", 0.25, {"every_change_arrived": 6}),  # the decision of December and the five that kept what it decided
    ],
    ids=["a change without a meeting", "a decision that did not arrive"],
)
def test_freds_target_range_and_the_calendar_must_agree_on_every_run(history, tmp_path, since, change, broken):
    """FRED's two files are retold before they are asked: its answers are CSV, and both limits move together."""
    folder = tmp_path / "history"
    (folder / "fred").mkdir(parents=True)
    for symbol in ("DFEDTARU", "DFEDTARL"):
        told = moved(history / "fred" / f"{symbol}.csv.gz", since, change)
        (folder / "fred" / f"{symbol}.csv").write_text(told, encoding="utf-8")
    desk = Desk(tmp_path, "mart.policy_decisions").run(Retold(folder, "2026-08-21 22:00"), "target_upper", "target_lower")
    assert desk.red == {"mart.policy_decisions": broken}


def test_a_contract_that_ended_while_the_machine_was_off_is_lost_by_name_and_the_others_are_caught_up(history, tmp_path):
    """Off from 20 July to 5 August 2026, when July's contract is no longer listed; the Committee meets on the 29th."""
    desk, back = Desk(tmp_path, "core.futures_settlements", "core.fomc_meetings", "mart.policy_path"), Retold(history, "2026-08-05 23:00")
    for source in (Retold(history, "2026-07-20 23:00"), back):
        desk.run(source, FUTURES, "target_upper", "target_lower")
    traded = back.table(catalog.by_id(FUTURES)).filter(pl.col("session_date").is_between(date(2026, 7, 1), date(2026, 8, 4)))
    told = traded.filter(pl.col("contract_month") <= "2028-07").select("contract_month", "session_date")
    held = "select contract_month, session_date from raw.price_bars"
    lost = set(told.rows()) - set(desk.rows(held))
    assert lost == {("2026-07", date(2026, 7, day)) for day in (21, 22, 23, 24, 27, 28, 29, 30)}  # the file of July ends on the 30th
    path = "select as_of_date, missing from mart.policy_path where meeting_date = date '2026-07-29' and as_of_date >= date '2026-07-16'"
    named = "settlement of 2026-07"
    assert sorted(desk.rows(path)) == [(date(2026, 7, day), named if day > 20 else None) for day in (16, 17, 20, 21, 22, 23, 24, 27, 28)]
