"""Model files: a header and one SELECT, read in an order in which each comes after what it reads."""

import random
import re
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines import models, studies
from pipelines.models import Model, ModelError
from pipelines.warehouse import parsed

HEADER = 'description = "Closes."\ngrain = ["series_id"]\n'
SELECT = "select series_id from raw.price_bars"
TABLE = r"\b(?:raw|core|study|mart)\.\w+"
SAME = "up.series_id = row.series_id"
REAL = models.load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "core").mkdir()
    (tmp_path / "mart").mkdir()
    return tmp_path


def put(folder: Path, name: str, select: str = SELECT, header: str = HEADER) -> None:
    schema, table = name.split(".")
    if "[rests_on]" not in header:
        header += "[rests_on]\n" + "".join(f'"{read}" = "{SAME}"\n' for read in sorted(set(re.findall(TABLE, select))))
    (folder / schema / f"{table}.sql").write_text(f"/*\n{header}*/\n{select}\n", encoding="utf-8")


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        models.load(folder)
    return str(caught.value)


def test_a_file_says_what_a_row_is_and_the_parser_what_it_reads(folder):
    header = HEADER + '[columns]\nlast = "The newest close."\n[checks]\nlast_is_a_price = "last > 0"\n'
    put(
        folder,
        "core.closes",
        "with bars as (select * from raw.price_bars) select series_id, max(close) as last from bars group by 1;",
        header,
    )
    [model] = models.load(folder)
    assert (model.name, model.description, model.grain) == ("core.closes", "Closes.", ("series_id",))
    assert (model.columns, model.checks) == ({"last": "The newest close."}, {"last_is_a_price": "last > 0"})
    assert (model.output, model.reads) == (("series_id", "last"), frozenset({"raw.price_bars"}))
    assert model.select.endswith("group by 1")


def test_reads_are_found_wherever_they_stand_and_ctes_are_not_tables():
    reads, output = parsed("""
        with recent as (select series_id from core.price_bars)
        select recent.series_id, (select max(date) from core.observations) as newest
        from recent
        inner join (select series_id from mart.drawdowns) as deep on recent.series_id = deep.series_id
        where exists (select 1 as one from core.sessions)
    """)
    assert reads == {"core.price_bars", "core.observations", "mart.drawdowns", "core.sessions"}
    assert output == ("series_id", "newest")


def test_models_come_after_what_they_read_whatever_their_names(folder):
    chain = [f"mart.t{number}" for number in random.Random(7).sample(range(8), 8)]
    put(folder, chain[0], "select series_id from core.zebra")
    for before, name in pairwise(chain):
        put(folder, name, f"select series_id from {before} inner join core.zebra using (series_id)")
    put(folder, "core.zebra")
    assert [model.name for model in models.load(folder)] == ["core.zebra", *chain]


def test_our_own_models_come_after_what_they_read():
    place = {model.name: number for number, model in enumerate(REAL)}
    assert len(REAL) == len(list(models.FOLDER.glob("*/*.sql"))) > 10
    assert all(place[name] < place[model.name] for model in REAL for name in model.reads if name in place)
    assert {name.split(".")[0] for model in REAL for name in model.reads if name not in place} == {"raw", "study"}


def test_our_own_models_come_after_what_their_studies_read():
    place = {model.name: number for number, model in enumerate(REAL)}
    studied = [(model, name) for model in REAL for study in model.reads if study.startswith("study.") for name in studies.reads(study[6:])]
    assert studied
    assert [(model.name, name) for model, name in studied if place[name] >= place[model.name]] == []


def test_models_that_read_in_a_circle_are_named(folder):
    put(folder, "mart.hen", "select series_id from mart.egg")
    put(folder, "mart.egg", "select series_id from mart.hen")
    text = refusal(folder)
    assert "circle" in text
    assert "mart.hen" in text
    assert "mart.egg" in text


def test_a_model_that_reads_itself_is_a_circle(folder):
    put(folder, "mart.ouroboros", "select series_id from mart.ouroboros")
    assert "mart.ouroboros <- mart.ouroboros" in refusal(folder)


def test_a_table_that_no_file_makes_is_named(folder):
    put(folder, "mart.orphan", "select series_id from core.nowhere")
    assert refusal(folder) == "orphan.sql: reads core.nowhere, which no file makes"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "description"),
        ('description = "Closes."\n', "grain"),
        ('grain = ["series_id"]\n', "description"),
        (HEADER + 'owner = "me"\n', "owner"),
        (HEADER + '[column]\nclose = "x"\n', "column"),
        (HEADER.replace('["series_id"]', '"series_id"'), "grain"),
        (HEADER.replace('"Closes."', "7"), "description"),
        (HEADER + "[checks]\npositive = true\n", "checks.positive"),
        (HEADER + "[checks\n", "not TOML"),
        ("description = Closes\n", "not TOML"),
    ],
)
def test_a_wrong_header_is_named_by_file_and_key(folder, header, said):
    put(folder, "core.closes", header=header)
    text = refusal(folder)
    assert text.startswith("closes.sql: ")
    assert said in text


@pytest.mark.parametrize("text", ["", SELECT, "-- description\n" + SELECT, SELECT + "\n/* late */"])
def test_a_file_without_a_header_is_named(folder, text):
    (folder / "core" / "bare.sql").write_text(text, encoding="utf-8")
    assert refusal(folder).startswith("bare.sql: no header")


@pytest.mark.parametrize(
    "select",
    [
        "",
        "selec series_id from raw.price_bars",
        "delete from raw.price_bars",
        "create table core.closes as select 1 as one",
        "select 1 as one; select 2 as two",
        "drop table raw.price_bars; select 1 as one",
        "select series_id from raw.price_bars union all select series_id from raw.observations",
        "pivot raw.price_bars on series_id using max(close)",
    ],
)
def test_what_is_not_one_select_is_named_by_its_file(folder, select):
    put(folder, "core.closes", select)
    assert refusal(folder).startswith("closes.sql: not one SELECT")


@pytest.mark.parametrize("select", ["select * from raw.price_bars", "select series_id, max(close) from raw.price_bars group by 1"])
def test_every_column_of_the_last_select_has_a_name(folder, select):
    put(folder, "core.closes", select)
    assert refusal(folder) == "closes.sql: every column of the last SELECT must have a name"


@pytest.mark.parametrize(
    ("lineage", "said"),
    [
        ("", "say of raw.price_bars either under [rests_on]"),
        (f'[context]\n"raw.price_bars" = "Because."\n[rests_on]\n"raw.price_bars" = "{SAME}"', "say of raw.price_bars either"),
        (f'[rests_on]\n"raw.price_bars" = "{SAME}"\n"raw.series" = "{SAME}"', "name raw.series, which the SELECT does not read"),
        ('[context]\n"raw.price_bars" = "Because."\n[rests_on]', "a row rests on something"),
        ('[rests_on]\n"raw.price_bars" = "up.series_id ="', "[rests_on] raw.price_bars: not one condition: syntax error"),
        ('[rests_on]\n"raw.price_bars" = "up.a = row.a from raw.series"', "not one condition"),
        ('[rests_on]\n"raw.price_bars" = "up.series_id = series_id"', "say of series_id whose column it is, like row.series_id"),
        ('[rests_on]\n"raw.price_bars" = "row.series_id is not null"', "names no column of up"),
        ('[rests_on]\n"raw.price_bars" = "up.a in (select s.a from raw.series as s)"', "asks raw.series, which the SELECT does not read"),
    ],
)
def test_what_a_row_rests_on_is_said_of_every_table_that_is_read(folder, lineage, said):
    header = HEADER + lineage if "[rests_on]" in lineage else HEADER + lineage + "[rests_on]\n"
    put(folder, "core.closes", header=header)
    text = refusal(folder)
    assert text.startswith("closes.sql: ")
    assert said in text


def test_as_of_swaps_every_table_for_its_macro_and_nothing_else(folder):
    put(folder, "core.price_bars")
    select = 'select a.series_id, "group" as core_group from core.price_bars as a inner join raw.series as s using (series_id)'
    put(folder, "mart.both", select)
    both = models.load(folder)[-1]
    swapped = select.replace("core.price_bars", "core.price_bars_as_of(ts)").replace("raw.series", "raw.series_as_of(ts)")
    assert both.as_of == swapped


def test_what_tables_stand_on_is_made_as_known_once_each_and_in_order(folder):
    put(folder, "core.bars")
    put(folder, "core.highs", "select series_id from core.bars as a")
    put(folder, "core.lows", "select series_id from core.bars as a")
    put(folder, "core.other")
    put(folder, "mart.both", "select a.series_id from core.highs as a inner join core.lows as b using (series_id)")
    made = models.below(["mart.both", "raw.price_bars"], models.load(folder))
    assert [model.name for model in made][:1] + [model.name for model in made][3:] == ["core.bars", "mart.both"]
    bars, *between, both = models.as_known(made, "ts")
    assert bars == "core_bars_then as (select series_id from raw.price_bars_as_of(ts)\n)"
    assert {step.split()[0] for step in between} == {"core_highs_then", "core_lows_then"}
    assert all("from core_bars_then as a" in step for step in between)
    assert "from core_highs_then as a inner join core_lows_then as b" in both


@pytest.mark.parametrize("model", REAL, ids=lambda model: model.name)
def test_as_of_our_own_models_reads_no_table_as_it_is_now(model: Model):
    reads, output = parsed(model.as_of)
    assert reads == frozenset()
    assert output == model.output
    assert set(re.findall(r"\b(\w+\.\w+)_as_of\(ts\)", model.as_of)) >= model.reads


@pytest.mark.parametrize("model", REAL, ids=lambda model: model.name)
def test_our_own_models_read_no_clock_and_key_on_what_they_make(model: Model):
    clocks = r"\b(now|today|current_date|current_timestamp|get_current_timestamp|localtimestamp|transaction_timestamp|random)\b"
    assert re.findall(clocks, model.select) == []
    assert set(model.grain) <= set(model.output)
    assert set(model.columns) <= set(model.output)


def test_what_a_study_dates_is_dated_by_it_at_second_hand_too_and_a_study_that_dates_itself_dates_nothing():
    assert models.dated_by_evaluation() == {"mart.co_highs", "mart.divergence_horizon_study", "mart.divergence_study"}
