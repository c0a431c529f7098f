"""Each model as data: rows given, rows expected, and rows that break each of its checks.

`tests/sql/<schema>.<table>/` holds

    given/<schema>.<table>.csv   rows of a table the model reads (one file a table; a table without a file is empty)
    expected.csv                 every row the model must make of them, on the columns named
    breaks.<check>.csv           rows of the model's own table for which that check must not hold
    README.md                    where the expected numbers come from

Empty is null, "" is the empty string; fractions are compared to nine decimals.
"""

from pathlib import Path

import pytest

from pipelines import models
from pipelines.models import Model

CASES = Path(__file__).parent

REAL_HISTORY = "replayed on real history, where single rows say little"
PUBLISHED = "compared with what the Fed, the Desk or CME published"
WITHOUT_CASES = {  # tested in files of their own, and why
    "core.fomc_meetings": PUBLISHED,
    "mart.bill_purchases": PUBLISHED,
    "mart.soma_reconciliation": PUBLISHED,
    "mart.rate_pressure": PUBLISHED,
    "mart.policy_path": PUBLISHED,
    "mart.cuts_priced": PUBLISHED,
    "mart.divergence_spells": REAL_HISTORY,
    "mart.divergences": REAL_HISTORY,
    "mart.divergence_outcomes": REAL_HISTORY,
    "mart.divergence_entries": REAL_HISTORY,
    "mart.divergence_horizons": REAL_HISTORY,
    "mart.common_lows": REAL_HISTORY,
    "mart.co_high_sets": REAL_HISTORY,
    "mart.co_high_days": REAL_HISTORY,
    "mart.rolling_correlation": REAL_HISTORY,
}


def folder(model: Model) -> Path:
    """Where the cases of a model lie."""
    return CASES / model.name


def breaks(model: Model, check: str) -> Path:
    """The rows that break a check."""
    return folder(model) / f"breaks.{check}.csv"


NEED_CASES = [model for model in models.load() if model.name not in WITHOUT_CASES]
WITH_CASES = [model for model in NEED_CASES if folder(model).is_dir()]
CHECKS = [(model, check) for model in WITH_CASES for check in model.checks if breaks(model, check).exists()]


def give(bench, model: Model) -> None:
    """Fill what the model reads, and let the as-of form of a filled core or mart table be the table itself."""
    for path in sorted(folder(model).glob("given/*.csv")):
        table = path.stem
        assert table in model.reads, f"{model.name} does not read {table}"
        bench.give(table, path)
        if not table.startswith("raw."):
            bench.connection.execute(f"create or replace macro {table}_as_of(ts) as table select * from {table}")


def differences(bench, made: str, path: Path, types: dict[str, str]) -> list[tuple]:
    """Rows of `made` (a table expression) that the CSV does not name, and the other way round, on the CSV's columns."""
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(header) <= set(types), f"{path.name} names {set(header) - set(types)}, which the table does not have"
    typed = ", ".join(f'cast("{name}" as {types[name]}) as "{name}"' for name in header)
    told = ", ".join(f'round("{name}", 9) as "{name}"' if types[name] == "DOUBLE" else f'"{name}"' for name in header)
    one, other = f"select {told} from {made}", f"select {told} from (select {typed} from {bench.csv(path)})"
    return bench.rows(
        f"select 'made, not in the csv' as what, * from ({one} except all {other}) "
        f"union all select 'in the csv, not made', * from ({other} except all {one})"
    )


@pytest.mark.parametrize("model", WITH_CASES, ids=lambda model: model.name)
def test_a_model_makes_the_rows_worked_out_by_hand(workbench, model):
    with workbench.clean() as bench:
        give(bench, model)
        bench.build(model.name)
        assert differences(bench, model.name, folder(model) / "expected.csv", bench.types(model.name)) == []


@pytest.mark.parametrize("model", WITH_CASES, ids=lambda model: model.name)
def test_its_as_of_form_makes_the_same_rows_once_everything_is_known(workbench, model):
    with workbench.clean() as bench:
        give(bench, model)
        bench.build(model.name)
        late = f"{model.name}_as_of('9999-01-01'::timestamptz)"
        assert differences(bench, late, folder(model) / "expected.csv", bench.types(model.name)) == []


@pytest.mark.parametrize("model", WITH_CASES, ids=lambda model: model.name)
def test_the_rows_worked_out_by_hand_are_one_for_each_key_and_pass_every_check(workbench, model):
    with workbench.clean() as bench:
        give(bench, model)
        bench.build(model.name)
        keys = ", ".join(f'"{name}"' for name in model.grain)
        assert bench.rows(f"select {keys}, count(*) from {model.name} group by {keys} having count(*) > 1") == []
        for check, claim in model.checks.items():
            assert bench.rows(f"select * from {model.name} where ({claim}) is not true") == [], check


@pytest.mark.parametrize(("model", "check"), CHECKS, ids=lambda value: value if isinstance(value, str) else value.name)
def test_a_check_sees_every_row_that_breaks_it(workbench, model, check):
    with workbench.clean() as bench:
        bench.give(model.name, breaks(model, check))
        offenders = f"(select * from {model.name} where ({model.checks[check]}) is not true)"
        assert bench.rows(f"select count(*) from {offenders}") != [(0,)]
        assert differences(bench, offenders, breaks(model, check), bench.types(model.name)) == []


def test_every_model_has_cases_and_every_check_has_a_row_that_breaks_it():
    wanted = {path for model in NEED_CASES for path in (folder(model) / "README.md", folder(model) / "expected.csv")}
    wanted |= {breaks(model, check) for model in NEED_CASES for check in model.checks}
    missing = {str(path.relative_to(CASES)) for path in wanted if not path.exists()}
    missing |= {f"{model.name}/given/" for model in NEED_CASES if not list(folder(model).glob("given/*.csv"))}
    assert missing == set()


def test_no_case_is_left_behind_by_a_model_or_a_check_that_is_gone():
    known = {folder(model) for model in WITH_CASES} | {breaks(model, check) for model, check in CHECKS}
    lying = {path for path in CASES.iterdir() if path.is_dir() and "." in path.name} | set(CASES.glob("*/breaks.*.csv"))
    assert lying - known == set()


def test_a_model_without_cases_is_built_by_a_test_of_its_own():
    others = [path.read_text(encoding="utf-8") for path in CASES.parent.rglob("test_*.py") if path != Path(__file__)]
    without = {model.name for model in models.load()} & set(WITHOUT_CASES)
    assert {name for name in without if not any(name in text for text in others)} == set()


def test_every_row_of_a_mart_says_since_when_it_could_be_known():
    assert [model.name for model in models.load() if model.schema == "mart" and "known_at" not in model.output] == []
