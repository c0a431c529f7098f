"""What is held back makes no series fresh: a newest bar, value or operation that cannot be is named, and asked for again."""

import json
from datetime import UTC, date, datetime, timedelta

from pipelines import catalog, day, due, ingest, standing, status
from pipelines.folder import DataFolder
from pipelines.status import Freshness
from pipelines.vendors import Answer, Request
from pipelines.warehouse import Published
from tests.pipelines.desk import Say, Vendors, fred, yahoo
from tests.sql.conftest import upstream

DAYS = [date(2025, 12, n) for n in (1, 2, 3, 4, 5, 8, 9, 10, 11)]
NEWEST = DAYS[-1]
EVENING = datetime(2025, 12, 11, 22, tzinfo=UTC)  # 17:00 New York: the closes of the day are out
HELD = {
    "sp500": (NEWEST, "close 0.0 is no price of this series"),
    "on_rrp": (NEWEST, "-5.0 lies outside the limits of the catalog"),
    "treasury_outright_operations": (NEWEST, "accepted 8167.0 bn of 9000.0 bn offered, beyond the limits"),
}


def values(last: float, usual: float) -> dict[date, float]:
    """A calm series of a value a day, and its last value."""
    return {when: last if when == NEWEST else usual + n for n, when in enumerate(DAYS)}


def desk(last: float) -> Say:
    """The Desk's answer of a purchase of 8.167 billion a day, the last of which comes times so much; nothing is announced."""

    def say(request: Request) -> Answer:
        first, end = (date.fromisoformat(request.param(name) or "9999-12-31") for name in ("startDate", "endDate"))
        told = [_purchase(when, last if when == NEWEST else 1) for when in DAYS if first <= when <= end]
        return Answer(200, json.dumps({"treasury": {"auctions": told}}).encode())

    return say


def _purchase(when: date, factor: float) -> dict[str, str]:
    said = {"auctionStatus": "Results", "operationType": "Outright Bill Purchase", "operationDirection": "P", "closeTime": "10:30"}
    said |= {"maturityRangeStart": "2026-01-13", "maturityRangeEnd": "2026-04-09", "note": "", "lastUpdated": ""}
    amounts = {"totalParAmtSubmitted": f"{9e9 * factor:.0f}", "totalParAmtAccepted": f"{8.167e9 * factor:.0f}"}
    dates = {"operationDate": when.isoformat(), "settlementDate": (when + timedelta(days=1)).isoformat()}
    return said | amounts | dates | {"operationId": f"OR {when:%m%d%y} 1"}


def run(folder: DataFolder, now: datetime, source: Vendors) -> DataFolder:
    """A day on the folder, on what vendors say, that builds and publishes no more than core.held_back and what it reads."""
    source.clock = now
    folder.claim(source.name, source.label)
    warehouse = folder.warehouse()
    with warehouse.writing():
        ingest.capture(source, folder.archive, warehouse, map(catalog.by_id, source.say), lambda line: None)
        loaded = ingest.load(folder.archive, warehouse, lambda line: None)
        assert {item.outcome for item in loaded} == {"accepted"}, loaded
        day.refer(warehouse, now)
        built = [day.make(warehouse, model, lambda line: None) for model in upstream({"core.held_back"})]
        assert [made.model.name for made in built if not made.passed] == []
        day.publish_run(folder, warehouse, now, now)
    return folder


def found(folder: DataFolder, now: datetime) -> dict[str, Freshness]:
    """The freshness of each series, by the warehouse and by the published file alike."""
    told = status.freshness(folder.warehouse(), now)
    assert told == status.freshness(Published(folder.market), now)
    return {item.series.series_id: item for item in told}


def asked(folder: DataFolder, now: datetime) -> dict[str, str]:
    series = [catalog.by_id(name) for name in (*HELD, "russell_2000")]
    return {item.series.series_id: item.reason for item in due.due(series, standing.published(folder.market), now)}


def test_a_newest_value_that_cannot_be_is_named_and_asked_for_again_until_it_is_mended(tmp_path):
    bad = Vendors(
        sp500=yahoo(values(0.0, 6800)),
        russell_2000=yahoo(values(3100, 2500)),
        on_rrp=fred(values(-5, 2)),
        treasury_outright_operations=desk(1000),
    )
    folder = run(DataFolder(tmp_path), EVENING, bad)
    told = found(folder, EVENING)
    for name, (when, why) in HELD.items():
        assert told[name].newest == DAYS[-2] and f"{when} is quarantined: {why}" in (told[name].reason or ""), name
    stale = "newest is 2025-12-10, 2025-12-11 should be there; 2025-12-11 is quarantined"
    assert all(told[name].verdict == "stale" and stale in (told[name].reason or "") for name in ("sp500", "on_rrp"))
    operations = told["treasury_outright_operations"]
    assert operations.verdict == "fresh" and operations.expected == date(2025, 10, 27)  # the Desk may rest for 45 days
    assert (told["russell_2000"].verdict, told["russell_2000"].newest) == ("fresh", NEWEST)  # it came, and waits for the next bar
    assert "2025-12-11 is provisional: rises" in (told["russell_2000"].reason or "")
    again = asked(folder, EVENING + timedelta(hours=2))
    assert again["sp500"] == "2025-12-11 is out since Thu 11 Dec 16:30 New York, what is held of it is quarantined"
    assert "quarantined" in again["on_rrp"] and "russell_2000" not in again
    late = EVENING + timedelta(days=46)
    assert found(folder, late)["treasury_outright_operations"].verdict == "stale"
    good = Vendors(sp500=yahoo(values(6810, 6800)), on_rrp=fred(values(3, 2)), treasury_outright_operations=desk(1))
    run(folder, EVENING + timedelta(hours=2), good)
    told = found(folder, EVENING + timedelta(hours=2))
    mended = {name: (told[name].newest, told[name].verdict, told[name].reason) for name in HELD}
    assert mended == dict.fromkeys(HELD, (NEWEST, "fresh", None))
    assert set(asked(folder, EVENING + timedelta(hours=3))) == set()


def test_a_correction_that_no_table_was_built_of_yet_counts(tmp_path):
    """Between the two jobs of Dagster: what is read is newer than what was quarantined."""
    folder = run(DataFolder(tmp_path), EVENING, Vendors(sp500=yahoo(values(0.0, 6800))))
    assert standing.standings(folder.warehouse())["sp500"].newest == DAYS[-2]
    with folder.warehouse().transaction() as connection:
        connection.execute(
            "insert into raw.price_bars by name select * replace (6810 as close, known_at + interval 1 hour as known_at) "
            "from raw.price_bars where session_date = ?",
            [NEWEST],
        )
    assert standing.standings(folder.warehouse())["sp500"].newest == NEWEST


def test_a_99th_percentile_below_sofr_stops_nothing_and_is_asked_for_again(tmp_path):
    days = dict.fromkeys(DAYS, 4.0)
    source = Vendors(sofr=fred(days), sofr_99th_percentile=fred({when: 3.9 if when == NEWEST else 4.1 for when in DAYS}))
    source.say["iorb"] = fred(dict.fromkeys(DAYS, 3.9))
    morning = datetime(2025, 12, 12, 14, tzinfo=UTC)
    folder = run(DataFolder(tmp_path), morning, source)
    told = found(folder, morning)["sofr_99th_percentile"]
    assert told.newest == DAYS[-2] and (told.reason or "").endswith("3.9 lies below SOFR, 4.0, the median of the same rates")
    rates = Published(folder.market).frame("select sofr_percent, sofr_99th_percentile_percent from core.overnight_rates order by date")
    assert rates.rows()[-2:] == [(4.0, 4.1), (4.0, None)]
