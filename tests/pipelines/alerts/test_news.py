"""Which rows are news: on real history by the morning of 12 December 2025, and on made tables for each kind."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines import catalog
from pipelines.alerts import KINDS, Alert, news
from pipelines.folder import DataFolder
from pipelines.status import Freshness

SINCE = datetime(2026, 1, 9, 12, tzinfo=UTC)
BEFORE, AFTER = "2026-01-09 11:59:59+00", "2026-01-09 12:00:01+00"
MADE = f"""
    create schema core; create schema mart;
    create table core.series as select * from (values
        ('sp500', 'S&P 500', true, null), ('sp500_fred', 'Copy', true, 'sp500'), ('copper', 'Copper', true, null)
    ) as t (series_id, title, record_claimable, second_reading_of);
    create table core.sessions as select 'XNYS' as calendar, day::date as session_date
        from generate_series(date '2026-01-05', date '2026-01-16', interval 1 day) as t (day) where isodow(day) < 6;
    create table mart.market_state as select *
        from (values ('sp500', 100.0, 101.0), ('copper', 6.0, 6.2)) as t (series_id, record_close, record_intraday);
    create table core.price_bars as select * from (values
        ('sp500', date '2026-01-09', 250.0, 251.0, 'provisional', 'provisional', 'rises 150 %', timestamptz '{AFTER}'),
        ('copper', date '2026-01-08', 5.9, 6.9, 'ok', 'quarantined', 'high 17 % above the body', timestamptz '{AFTER}'),
        ('copper', date '2026-01-09', 1.0, 1.1, 'provisional', 'provisional', 'falls 80 %', timestamptz '{AFTER}'),
        ('sp500', date '2026-01-08', 99.0, 102.0, 'ok', 'ok', null, timestamptz '{AFTER}'),
        ('sp500', date '2026-01-07', 300.0, 300.0, 'quarantined', 'quarantined', 'rises', timestamptz '{BEFORE}')
    ) as t (series_id, session_date, close, high, quality, high_quality, quality_reason, known_at);
    create table core.held_back as select * from (values
        ('copper', date '2026-01-08', '', 'high', 'quarantined', 'high 17 % above the body', timestamptz '{AFTER}'),
        ('sp500', date '2026-01-08', 'treasury OB 4', 'operation', 'quarantined', 'accepted 5 bn of 4 bn', timestamptz '{AFTER}'),
        ('copper', date '2026-01-09', '2026-02', 'settlement', 'quarantined', '-7 lies outside the limits', timestamptz '{AFTER}'),
        ('sp500', date '2026-01-09', '', 'value', 'quarantined', '-5 lies outside the limits', timestamptz '{AFTER}'),
        ('sp500', date '2026-01-07', '', 'value', 'quarantined', '-4 lies outside the limits', timestamptz '{BEFORE}')
    ) as t (series_id, date, item, part, quality, reason, known_at);
    create table mart.record_highs as select * from (values
        ('sp500', 'close', date '2026-01-09', 102.5, 100.0, date '2026-01-02', timestamptz '{AFTER}'),
        ('sp500', 'close', date '2026-01-02', 100.0, 99.0, date '2026-01-01', timestamptz '{BEFORE}'),
        ('sp500_fred', 'close', date '2026-01-09', 102.5, 100.0, date '2026-01-02', timestamptz '{AFTER}')
    ) as t (series_id, basis, session_date, value, previous_record, previous_record_date, known_at);
    create table mart.divergences as select * from (values
        ('sp500', 'btc_usd', 0.20, date '2026-01-09', null, 'open', null, 0.3, null, date '2014-09-17', timestamptz '{AFTER}'),
        ('sp500', 'btc_usd', 0.10, date '2026-01-09', null, 'open', null, 0.3, null, date '2014-09-17', timestamptz '{AFTER}'),
        ('sp500', 'eth_usd', 0.20, date '2025-12-11', date '2026-01-08', 'closed', 'leader fell', 0.41, null, date '2017-11-09',
            timestamptz '{BEFORE}'),
        ('dia', 'eth_usd', 0.20, date '2025-12-11', date '2026-01-07', 'closed', 'leader fell', 0.41, null, date '2017-11-09',
            timestamptz '{BEFORE}')
    ) as t (leader, laggard, threshold, start_date, end_date, status, ended_by, max_gap, previous_end_date, history_start, start_known_at);
    create table mart.bill_purchases as select * from (values
        (date '2026-01-10', date '2026-01-14', 40.0, null, 'unknown', 16.33, 2, false),
        (date '2025-11-14', date '2026-01-09', null, 3.0, 'published', 9.0, 1, true)
    ) as t (cycle_start, cycle_end, planned_usd_bn, reinvestment_usd_bn, split, executed_usd_bn, n_operations, is_complete);
    create table core.fed_operations as select *, 'treasury' as family, 'purchase' as direction, 'results' as status,
        'Outright Bill Purchase' as operation_type, accepted_usd_bn < 0.2 as is_small_value
    from (values
        ('OB 1', date '2026-01-11', date '2026-01-12', 8.165, timestamptz '{BEFORE}'),
        ('OB 2', date '2026-01-12', date '2026-01-13', 8.165, timestamptz '{AFTER}'),
        ('OB 3', date '2026-01-12', date '2026-01-13', 0.05, timestamptz '{AFTER}')
    ) as t (operation_id, operation_date, settlement_date, accepted_usd_bn, known_at);
    create table mart.claim_verdicts as select * from (values
        ('zh', 'c1', 'close', timestamptz '2025-12-12 10:50+00', 'true', timestamptz '{BEFORE}'),
        ('zh', 'c1', 'close', timestamptz '2026-01-09 10:50+00', 'false', timestamptz '{AFTER}'),
        ('zh', 'c2', 'close', timestamptz '2025-12-12 10:50+00', 'true', timestamptz '{BEFORE}'),
        ('zh', 'c2', 'close', timestamptz '2026-01-09 10:50+00', 'true', timestamptz '{AFTER}'),
        ('zh', 'c3', 'close', timestamptz '2026-01-09 10:50+00', 'false', timestamptz '{AFTER}')
    ) as t (article_id, claim_id, definition_id, as_of, claim_verdict, known_at);
"""


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("news") / "market.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(MADE)
    return path


TOLD = {
    "record_provisional": {
        "S&P 500 would set a record on 2026-01-09 (close 250.00 against 100.00, high 251.0 against 101.0); it is suspect (rises 150 %)"
    },
    "record_refuted": {
        "Copper: the bar of 2026-01-08 (close 5.90, high 6.9) was not confirmed (high 17 % above the body); what is "
        "suspect of it sets no record."
    },
    "value_quarantined": {
        "S&P 500: the operation of 2026-01-08 (treasury OB 4) is quarantined: accepted 5 bn of 4 bn; it counts nowhere.",
        "Copper: the settlement of 2026-01-09 (2026-02) is quarantined: -7 lies outside the limits; it counts nowhere.",
        "S&P 500: the value of 2026-01-09 is quarantined: -5 lies outside the limits; it counts nowhere.",
    },
    "record_set": {"S&P 500: record close 102.50 on 2026-01-09, above 100.00 of 2026-01-02."},
    "divergence_begun": {
        "sp500 made a record on 2026-01-09 while btc_usd stood at least 20 % below its own; the last such stretch ended none"
    },
    "divergence_ended": {
        "sp500 and eth_usd no longer diverge since 2026-01-09: leader fell; it began 2025-12-11, at its widest 41.0% apart."
    },
    "operation_against_plan": {
        "The Desk bought bills for 8.165 bn on 2026-01-12, settling 2026-01-13: 16.3 bn since 2026-01-10, reinvestment included; "
        "planned until 2026-01-14: 40.0 bn of reserve management."
    },
    "cycle_against_plan": {
        "The cycle of bill purchases from 2025-11-14 to 2026-01-09 is over: 9.0 bn in 1 operations, planned an amount nobody named of "
        "reserve management, reinvestment 3.0 bn (published)."
    },
    "claim_verdict_changed": {"Claim c1 of zh is false as of 2026-01-09 10:50:00+00:00; it was true as of 2025-12-12 10:50:00+00:00."},
}


@pytest.mark.parametrize("kind", news.NEWS)
def test_each_kind_tells_what_could_be_known_since_and_nothing_else(market, kind):
    found = [alert.text for alert in news.published(market, SINCE) if alert.kind == kind]
    assert len(found) == len(TOLD[kind])
    assert all(any(text.startswith(begin) for begin in TOLD[kind]) for text in found), found


def test_before_the_watch_began_nothing_is_news_and_after_it_all_is(market):
    assert [alert.kind for alert in news.published(market, SINCE + timedelta(days=30))] == []
    assert Counter(alert.kind for alert in news.published(market, SINCE - timedelta(days=1)))["record_set"] == 2


def test_a_key_does_not_depend_on_when_one_looks_and_tells_alerts_apart(market):
    first, later = (news.published(market, SINCE - timedelta(hours=hours)) for hours in (0, 5))
    assert {alert.alert_id for alert in first} <= {alert.alert_id for alert in later}
    assert len({alert.alert_id for alert in later}) == len(later)


def test_a_table_that_is_not_there_tells_nothing_and_stops_no_other(market, tmp_path):
    with duckdb.connect(str(tmp_path / "market.duckdb")) as connection:
        connection.execute(MADE + "drop table mart.claim_verdicts; drop table mart.divergences;")
    kinds = {alert.kind for alert in news.published(tmp_path / "market.duckdb", SINCE)}
    assert kinds == set(news.NEWS) - {"claim_verdict_changed", "divergence_begun", "divergence_ended"}
    assert news.published(tmp_path / "absent.duckdb", SINCE) == []


def test_every_kind_is_found_somewhere():
    assert set(KINDS) == {*news.NEWS, "series_stale", "series_recovered", "run_failed"}


def freshness(verdict: str, newest: date | None = date(2026, 1, 7), name: str = "sp500") -> Freshness:
    return Freshness(catalog.by_id(name), newest, date(2026, 1, 8), 10, verdict, "newest is 2026-01-07, 2026-01-08 should be there")


def test_a_stale_series_is_told_once_for_each_date_at_which_it_stopped_and_once_when_it_is_well():
    (first,) = news.stale([freshness("stale"), freshness("fresh", name="vix"), freshness("silent", name="gold")])  # gold is optional
    (next_day,) = news.stale([freshness("stale")])
    (stopped_again,) = news.stale([freshness("stale", date(2026, 1, 8))])
    assert first.alert_id == next_day.alert_id != stopped_again.alert_id
    assert "S&P 500, price index is stale: newest is 2026-01-07, 2026-01-08 should be there." in first.text
    assert news.recovered([first], [freshness("stale")]) == []
    (well,) = news.recovered([first], [freshness("fresh", date(2026, 1, 8))])
    assert well.kind == "series_recovered" and well.text == "S&P 500, price index holds 2026-01-08 and is up to date again."


def test_a_reason_that_is_a_sentence_ends_once():
    (told,) = news.stale([replace(freshness("refused"), reason="FRED gave no answer. Look at the network.")])
    assert told.text == "S&P 500, price index is refused: FRED gave no answer. Look at the network."


def test_a_failed_run_is_told_with_its_first_line():
    alert = news.failed("ingest", "4b1d7c0e-aaaa", "Execution of run failed.\nTraceback …", date(2026, 1, 9))
    assert alert.text == "The run 4b1d7c0e of ingest failed: Execution of run failed."
    assert alert.alert_id != Alert("run_failed", ("other",), "ingest", None, "").alert_id


def test_what_the_reader_of_12_december_2025_would_have_been_told(morning: DataFolder):
    """The close of the 11th: record closes of Russell 2000 (2,590.61) and S&P 500 (6,901.00), bitcoin a quarter below its own."""
    found = news.published(morning.market, datetime(2025, 12, 11, 10, 50, tzinfo=UTC))
    told = {(alert.kind, alert.key) for alert in found}
    assert ("record_set", ("russell_2000", "close", "2025-12-11")) in told
    assert ("record_set", ("sp500", "close", "2025-12-11")) in told
    assert ("divergence_begun", ("sp500", "btc_usd", "2025-12-11")) in told
    assert [alert.text for alert in found if alert.key == ("sp500", "close", "2025-12-11")] == [
        "S&P 500, price index: record close 6,901.00 on 2025-12-11, above 6,890.89 of 2025-10-28."
    ]
