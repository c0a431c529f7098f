"""Lineage on real history: from a row of a table to the answers in the archive, by SQL and from Python."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines import lineage, models, studies
from pipelines.folder import DataFolder
from pipelines.models import check_lineage
from pipelines.schemas import SHAPES
from pipelines.warehouse import query

ROOT = Path(__file__).parents[2]
DAY = date(2025, 12, 11)
BITCOIN = {"series_id": "btc_usd", "session_date": DAY}


def ends(grounds: list[lineage.Ground]) -> list[tuple]:
    return [(ground.table_name, ground.rows, ground.series_id, ground.last_date) for ground in grounds if ground.path]


def test_a_drawdown_rests_on_every_close_up_to_its_day_and_on_the_answer_that_held_them(morning: DataFolder):
    grounds = lineage.of_row(morning.market, "mart.drawdowns", BITCOIN, morning.archive)
    [sound, bars, answer] = grounds
    held = query(morning.market, "select count(*) as n from core.sound_bars where series_id = 'btc_usd' and session_date <= ?", [DAY])["n"][
        0
    ]
    assert (sound.table_name, sound.rows) == ("core.sound_bars", held)
    assert (bars.table_name, bars.rows, bars.path) == ("core.price_bars", held, None)
    assert (answer.table_name, answer.rows, answer.series_id, answer.last_date) == ("raw.price_bars", held, "btc_usd", DAY)
    assert answer.path is not None
    assert answer.path.is_relative_to(morning.path)
    kept = morning.archive.read(str(answer.capture_id))
    assert morning.archive.body_path(str(kept.sha256)) == answer.path
    assert morning.archive.body(kept)
    assert (kept.url, kept.captured_at) == (answer.url, answer.captured_at)


def test_many_rows_rest_on_what_each_of_them_rests_on(morning: DataFolder):
    days = """
        select series_id, session_date from mart.drawdowns
        where series_id in ('btc_usd', 'sp500') and session_date between '2025-12-10' and '2025-12-11'
    """
    together = lineage.of_rows(morning.market, "mart.drawdowns", days, morning.archive)
    apart = [
        lineage.of_row(morning.market, "mart.drawdowns", {"series_id": name, "session_date": DAY}, morning.archive)
        for name in ("btc_usd", "sp500")
    ]
    assert sorted(ends(together)) == sorted(end for grounds in apart for end in ends(grounds))


def test_the_macro_in_the_published_file_says_the_same(morning: DataFolder):
    told = query(morning.market, "select * from mart.drawdowns_lineage('btc_usd', '2025-12-11')").to_dicts()
    assert [lineage.Ground(**row, path=morning.archive.body_path(row["sha256"]) if row["sha256"] else None) for row in told] == (
        lineage.of_row(morning.market, "mart.drawdowns", BITCOIN, morning.archive)
    )
    by_name = "select * from mart.drawdowns_lineage(for_session_date := date '2025-12-11', for_series_id := 'btc_usd')"
    assert query(morning.market, by_name).to_dicts() == told


def test_as_of_a_moment_the_lineage_is_of_what_was_known_then(morning: DataFolder):
    later = {"series_id": "btc_usd", "session_date": "2025-11-30"}
    grounds = lineage.of_row(morning.market, "mart.drawdowns", later, morning.archive, datetime(2025, 12, 1, 12, tzinfo=UTC))
    assert grounds == lineage.of_row(morning.market, "mart.drawdowns", later, morning.archive)
    macro = "select * from mart.drawdowns_lineage_as_of(timestamptz '{}', 'btc_usd', '2025-11-30')"
    told = query(morning.market, macro.format("2025-12-01 12:00+00")).to_dicts()
    assert told == [{name: getattr(ground, name) for name in lineage.COLUMNS} for ground in grounds]
    assert query(morning.market, macro.format("2025-11-30 12:00+00")).is_empty(), "the bar of the 30th was not known on the 30th"
    assert lineage.of_row(morning.market, "mart.drawdowns", later, morning.archive, datetime(2025, 11, 30, 12, tzinfo=UTC)) == []


def test_a_row_that_is_not_there_rests_on_nothing(morning: DataFolder):
    assert lineage.of_row(morning.market, "mart.drawdowns", {"series_id": "btc_usd", "session_date": "1999-01-01"}, morning.archive) == []


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ("mart.nothing", {}, "no table mart.nothing"),
        ("mart.drawdowns", {"series_id": "btc_usd"}, "a row of mart.drawdowns is named by series_id, session_date; got series_id"),
        ("mart.drawdowns", {}, "got nothing"),
    ],
)
def test_what_names_no_row_is_refused(morning: DataFolder, table, key, said):
    with pytest.raises(LookupError, match=said):
        lineage.of_row(morning.market, table, key, morning.archive)


@pytest.mark.parametrize("name", studies.STUDIES)
def test_studies_say_of_every_table_they_read_what_a_row_rests_on(name):
    study = studies.STUDIES[name]
    check_lineage(name, studies.reads(name), study.rests_on, study.context, own=f"study.{name}")


@pytest.mark.parametrize("model", models.load(), ids=lambda model: model.name)
def test_every_chain_of_conditions_ends_in_answers_or_files(model):
    reached, waiting = set(), {model.name}
    while waiting - reached:
        name = (waiting - reached).pop()
        reached.add(name)
        waiting |= set(lineage.rests_on(name))
    assert reached > {name for name in reached if name.startswith("raw.")} > set()
    assert {name for name in reached if not lineage.rests_on(name)} <= {f"raw.{shape}" for shape in (*SHAPES, "captures")} | set(
        lineage.FILES
    )


@pytest.mark.parametrize("place", lineage.FILES.values())
def test_the_files_that_end_a_lineage_are_there(place):
    assert (ROOT / place).exists()
