"""The claims of the checked-in articles on real history: what each is found to be, and that none is found by a constant.

For every claim one change of its input is named under which its verdict must turn. Expected words are the verdicts that
domain.md argues claim by claim (section 1), or follow from the figures named beside them.
"""

import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from click.testing import CliRunner

from pipelines import claims, models
from pipelines.__main__ import main
from pipelines.claims import record, timeline
from pipelines.claims.evaluation import evaluate
from pipelines.claims.template import bound
from pipelines.folder import DataFolder
from pipelines.warehouse import query, reading, snapshot

LAG, TURNS = (claims.find(name) for name in ("2025-12-12-lockstep-to-lag", "2022-12-30-three-turns"))
THEN, SUMMER = LAG.article.as_of, datetime(2026, 8, 21, 22, tzinfo=UTC)
OPEN, YES, NO = "FORECAST_OPEN", "SUPPORTED", "REFUTED"

# claim: the word (or how it begins) at the article's moment, and in August 2026
LAG_WORDS = {
    "C01": (YES, YES),  # 2,590.61, a record on each basis
    "C02": (YES, YES),
    "C03": ("SUPPORTED_IF(close", "SUPPORTED_IF(close"),  # 6,901.00; the record high stands on 29 October
    "C04": ("SUPPORTED_IF(close below the record high", "SUPPORTED_IF(close below the record high"),  # -1.89 %
    "C05": (NO, NO),  # silver alone
    "C06": ("SUPPORTED_IF(close below the record high)", "SUPPORTED_IF(close below the record high)"),  # -26.69 %, -25.84 % by close
    "C07": ("SUPPORTED_IF(20 %", "SUPPORTED_IF(20 %"),  # at 10 % it was there a month before
    "C08": ("SUPPORTED_IF(close, within 10", "SUPPORTED_IF(close, within 10"),  # 34 of 39 records
    "C09": ("SUPPORTED_IF(records within 7 days, by intraday", "SUPPORTED_IF(records within 7 days, by intraday"),  # 68,789.63
    "C10": (NO, NO),  # no record of the Russell 2000 in November 2024 before the 25th
    "C11": ("SUPPORTED_IF(runs of records", "SUPPORTED_IF(runs of records"),  # bitcoin on the 6th, the Russell on the 14th
    "C12": ("SUPPORTED_IF(lowest close, within", "SUPPORTED_IF(lowest close, within"),  # 20 and 22 November
    "C13": (OPEN, "RESOLVED_FALSE"),
    "C14": ("SUPPORTED_IF(less nasdaq_100, on treasury_10y, 1 y", "SUPPORTED_IF("),
    "C15": ("SUPPORTED_IF(announced that day", "SUPPORTED_IF(announced that day"),  # in force on the 11th
    "C16": ("ATTRIBUTION_ONLY", "ATTRIBUTION_ONLY"),
    "C17": (YES, YES),  # 54.0 bp; 51.5 the day before
    "C18": (OPEN, "SUPPORTED_IF(operation date)"),  # settles on the 15th
    "C19": (OPEN, "RESOLVED_TRUE"),  # 8.167 bn
    "C20": (YES, "SUPPORTED_IF(what the plan of that day"),  # 40 bn was the month, 346 bn have been bought
    "C21": (OPEN, "SUPPORTED_IF(the raised pace ends"),
    "C22": (YES, YES),
    "C23": (OPEN, "SUPPORTED_IF(net liquidity, week averages"),  # opposite signs
    "C24": (YES, YES),
    "C25": (YES, YES),
    "C26": (OPEN, "RESOLVED_TRUE"),
}
TURNS_WORDS = {
    "K01": YES,
    "K02": "SUPPORTED_IF(close below the record high",  # -34.07 % and -33.92 %; the low of the day was -35.4 %
    "K03": NO,  # the Dow's was on the 12th
    "K04": "SUPPORTED_IF(announced",
    "K05": "SUPPORTED_IF(announced",
    "K06": "SUPPORTED_IF(records within 7 days, by intraday",
    "K07": "SUPPORTED_IF(intraday high)",  # by close on the 8th
    "K08": NO,  # bitcoin on 21 November
    "K09": "SUPPORTED_IF(close below the record close)",  # -25.43 %, -25.77 % from the record high
    "K10": "SUPPORTED_IF(announced",
    "K11": NO,
    "K12": YES,
    "K13": OPEN,
}

BARS, VALUES, OPERATIONS = (f"known_then.copies.core_{table}" for table in ("price_bars", "observations", "fed_operations"))


def moved(factor: float, series: str, where: str = "true") -> str:
    """The prices of a series on some days, all multiplied."""
    prices = ", ".join(f"{name} = {name} * {factor}" for name in ("open", "high", "low", "close"))
    return f"update {BARS} set {prices} where series_id = '{series}' and {where}"


AVERAGE = "series_id = 'treasury_general_account_week_average'"
DAY = "session_date = date '2025-12-11'"
PURCHASE = "operation_type = 'Outright Bill Purchase' and operation_date >= date '2025-12-10'"
# claim: the change of its input under which its word must be another one
TURNED_BY = {
    "C01": moved(0.9, "russell_2000", DAY),
    "C02": moved(0.9, "dow_jones", DAY),
    "C03": moved(1.01, "sp500", DAY),  # then the high is a record too: all definitions agree
    "C04": moved(0.9, "nasdaq_100", DAY),
    "C05": "; ".join(moved(2, f"{metal}_futures", DAY) for metal in ("gold", "silver", "copper", "platinum")),
    "C06": moved(0.9, "btc_usd", DAY),
    "C07": moved(1.5, "btc_usd", "session_date >= date '2025-11-01'"),
    "C08": moved(0.1, "btc_usd", "session_date >= date '2020-01-01'"),
    "C09": moved(0.98, "btc_usd", "session_date between date '2021-11-08' and date '2021-11-12'"),
    "C10": moved(1.2, "russell_2000", "session_date = date '2024-11-11'"),
    "C11": moved(0.95, "btc_usd", "session_date between date '2025-10-01' and date '2025-10-10'"),
    "C12": moved(1.2, "russell_2000", "session_date between date '2025-11-18' and date '2025-11-21'"),
    "C13": moved(3, "btc_usd", "session_date = date '2026-02-02'"),
    "C14": "; ".join(f"update {VALUES} set value = -value where series_id = '{name}'" for name in ("treasury_2y", "treasury_10y")),
    "C15": "update known_then.copies.core_fomc_meetings set change_bp = -50 where decision_date = date '2025-12-10'",
    "C16": "delete from known_then.copies.core_analyst_claims",
    "C17": "update known_then.copies.core_futures_settlements set settle = settle - 0.5 where contract_month = '2026-12'",
    "C18": f"update {OPERATIONS} set operation_date = operation_date + 1 where {PURCHASE}",
    "C19": f"update {OPERATIONS} set accepted_usd_bn = accepted_usd_bn / 2 where {PURCHASE}",
    "C20": "update known_then.copies.core_desk_plans set monthly_amount_usd_bn = 60 where kind = 'reserve_management'",
    "C21": f"delete from {OPERATIONS} where {PURCHASE} and operation_date > date '2026-04-30'",
    "C22": "delete from known_then.copies.core_desk_plans where kind = 'reinvestment'",
    "C23": f"update {VALUES} set value = value + 100 where {AVERAGE} and date = date '2025-12-17'",
    "C24": moved(0.5, "iwm", "session_date >= date '2023-01-01' and isodow(session_date) < 4"),
    "C25": moved(2, "eth_usd", "session_date = date '2025-12-10'"),
    "C26": moved(1.2, "btc_usd", "session_date between date '2026-02-01' and date '2026-02-28'"),
}


told: list[str] = []


@contextmanager
def tampered(market, statements, moment, copied):
    """A snapshot in which rows were changed after they were copied."""
    with snapshot.of_file(market, moment, copied) as known:
        for statement in statements.split("; "):
            known._connection.execute(statement)
        yield known


def words(market, story, as_of):
    rows = query(
        market,
        "select distinct claim_id, claim_verdict from mart.claim_verdicts where article_id = ? and as_of = ?",
        [story.article.article_id, as_of],
    )
    return dict(rows.iter_rows())


@pytest.fixture(scope="module")
def newest(summer):
    return query(summer.market, "select max(captured_at) as t from core.captures")["t"][0]


@pytest.mark.parametrize("claim_id", LAG_WORDS)
def test_each_claim_of_the_story_at_its_moment_and_in_august_2026(summer, newest, claim_id):
    then, now = words(summer.market, LAG, THEN)[claim_id], words(summer.market, LAG, newest)[claim_id]
    assert (then.startswith(LAG_WORDS[claim_id][0]), now.startswith(LAG_WORDS[claim_id][1])) == (True, True), (then, now)


@pytest.mark.parametrize("claim_id", TURNS_WORDS)
def test_each_claim_of_an_article_that_needed_no_python_of_its_own(summer, claim_id):
    assert words(summer.market, TURNS, TURNS.article.as_of)[claim_id].startswith(TURNS_WORDS[claim_id])


def test_a_forecast_of_the_second_article_resolves(summer, newest):
    assert words(summer.market, TURNS, newest)["K13"] == "RESOLVED_FALSE"  # 4,450 on 30 June 2023, 7 % below


def test_every_claim_is_in_the_tables_above():
    assert {each.claim.claim_id for each in LAG.claims} == set(LAG_WORDS) == set(TURNED_BY)
    assert {each.claim.claim_id for each in TURNS.claims} == set(TURNS_WORDS)


@pytest.mark.parametrize("claim_id", TURNED_BY)
def test_the_verdict_turns_with_its_input(summer, newest, claim_id):
    checked = next(each for each in LAG.claims if each.claim.claim_id == claim_id)
    changed = evaluate(partial(tampered, summer.market, TURNED_BY[claim_id]), LAG, [checked], newest)[0]
    assert changed.word != words(summer.market, LAG, newest)[claim_id]


@pytest.mark.parametrize("claim_id", ["C01", "C06", "C10", "C16", "C19", "C20"])
def test_the_query_kept_with_a_verdict_gives_its_answers(summer, claim_id):
    kept = query(
        summer.market,
        "select definition_id, match, observed_text, sql from mart.claim_verdicts where article_id = ? and claim_id = ? and as_of = ?",
        [LAG.article.article_id, claim_id, THEN],
    )
    said = query(summer.market, kept["sql"][0]).select("definition_id", "holds", "observed_text")
    assert sorted(said.iter_rows()) == sorted(kept.select("definition_id", "match", "observed_text").iter_rows())


def test_asked_again_a_claim_says_the_same_to_the_last_digit(summer):
    """DuckDB adds in several threads: a sum of doubles without an order differs from one run to the next, and each would be noted."""
    with reading(summer.market) as ask:
        for checked in (checked for story in claims.load() for checked in story.claims):
            select = bound(checked.template.select, checked.params | {"as_of": SUMMER})
            first, *again = [ask(select) for _ in range(4)]
            assert all(rows.equals(first, null_equal=True) for rows in again), checked.claim.claim_id


def test_the_number_rests_on_rows_that_lead_to_archived_answers(summer, snapshots):
    for found in evaluate(snapshots, LAG, LAG.claims, SUMMER):
        named = found.rests_on["capture_id"].drop_nulls().unique().to_list()
        assert named, found.checked.claim.claim_id
        kept = query(summer.market, "select sha256 from core.captures where capture_id in (select unnest(?))", [found.captures])
        assert kept.height == len(found.captures) == sum(not name.startswith("https://") for name in named), found.checked.claim.claim_id
        assert all(summer.archive.body_path(sha256).exists() for sha256 in kept["sha256"])


def test_when_a_verdict_changed_and_which_row_changed_it(summer, snapshots):
    ask = partial(query, summer.market)
    wanted = [each for each in LAG.claims if each.claim.claim_id in ("C13", "C18")]
    until = datetime(2026, 6, 30, tzinfo=UTC)
    found = {
        each.checked.claim.claim_id: each for each in timeline.changes(snapshots, ask, LAG, wanted, until, timedelta(days=120), told.append)
    }
    purchase, forecast = found["C18"], found["C13"]
    assert (purchase.before, purchase.after) == ("FORECAST_OPEN", "SUPPORTED_IF(operation date)")
    assert purchase.at == datetime(2025, 12, 13, 0, 10, tzinfo=UTC)  # held on the 12th; the day must be over
    assert purchase.rows.row(0, named=True)["series_id"] == "OR 121225 1"
    assert (forecast.before, forecast.after) == ("FORECAST_OPEN", "RESOLVED_FALSE")
    assert forecast.at == datetime(2026, 6, 4, 0, 10, tzinfo=UTC)  # 180 days after the entry of 5 December
    assert any(line.startswith("C13: FORECAST_OPEN became RESOLVED_FALSE") for line in told)


def test_a_later_evaluation_stands_beside_the_earlier_one(summer, tmp_path):
    folder = DataFolder(tmp_path / "data")
    shutil.copytree(summer.path, folder.path, ignore=shutil.ignore_patterns("captures", "market.duckdb"))
    warehouse = folder.warehouse()
    log = "select * from raw.claim_verdicts where as_of = ? order by article_id, claim_id, place, definition_id, evaluated_at"
    with warehouse.writing():
        before = warehouse.frame(log, [THEN])
        assert record.run(warehouse, told.append) == 0  # the same inputs say nothing new
        with warehouse.transaction() as connection:  # a correction of the operation date, known before the moment
            connection.execute("update raw.fomc_meetings set decision_date = date '2025-12-09' where decision_date = date '2025-12-10'")
            connection.execute("insert into raw.analyst_claims select * replace ('more' as analyst_claim_id) from raw.analyst_claims")
            model = next(model for model in models.load() if model.name == "core.fomc_meetings")
            connection.execute(f"create or replace table core.fomc_meetings as {model.select}")
        assert record.run(warehouse, told.append) > 0
        after = warehouse.frame(log, [THEN])
    changed = after.join(before, on=["article_id", "claim_id", "definition_id", "evaluated_at"], how="anti", nulls_equal=True)
    assert "C15" in set(changed["claim_id"])
    assert before.join(after, on=before.columns, how="anti", nulls_equal=True).is_empty()  # nothing was rewritten


def test_the_command_checks_explains_and_teaches(summer, tmp_path):
    def lockstep(*words):
        return CliRunner().invoke(
            main, ["claims", *words, "--data", str(summer.path)] if words[0] not in ("new", "templates") else ["claims", *words]
        )

    mine = tmp_path / "mine.toml"
    assert lockstep("new", str(mine)).exit_code == 0
    assert "is there already" in lockstep("new", str(mine)).output
    assert "an article is a .toml file" in lockstep("new", str(tmp_path / "mine.txt")).output
    checked = lockstep("check", str(mine), "--as-of", "2025-12-12T10:50Z")
    assert checked.exit_code == 0, checked.output
    assert "SUPPORTED_IF" in checked.output and "-26.69 % on 2025-12-11" in checked.output
    explained = lockstep("explain", LAG.article.article_id, "C19")
    assert explained.exit_code == 0, explained.output
    for part in ("8.167 bn", "OR 121225 1", "sha256", "captures/bodies", "newyorkfed", "select", "as_of("):
        assert part in explained.output, part
    assert "has no claim 'C99'; it has C01" in lockstep("explain", LAG.article.article_id, "C99").output
    assert "no article 'lag'" in lockstep("check", "lag").output
    assert all(name in lockstep("templates").output for name in ("ath_on_date", "Refuted by", "needed"))
    early = lockstep("timeline", LAG.article.article_id, "--until", "2025-01-01T00:00Z")
    assert early.exit_code == 1 and "before the article" in early.output
