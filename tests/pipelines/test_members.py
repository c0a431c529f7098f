"""Which series a question can be put to: made-up series that start late, end early, or have no price."""

from pathlib import Path

import duckdb
import pytest

from pipelines import members

MADE = """
    create schema core;
    create table core.series as select * from (values
        ('old', true, null, true), ('new', true, null, true), ('long', true, null, true),
        ('short', false, null, false), ('again', false, 'old', true), ('bills', false, null, true), ('empty', true, null, true)
    ) as series (series_id, is_compared, second_reading_of, record_claimable);
    create table core.sound_bars as select * from (values
        ('old', date '1990-01-02'), ('old', date '1999-12-31'), ('new', date '2000-01-03'), ('new', date '2020-01-02'),
        ('long', date '1985-01-02'), ('long', date '2020-01-02'), ('short', date '1995-01-02'), ('again', date '1990-01-02'),
        ('bills', date '1990-01-02')
    ) as bars (series_id, session_date)
"""


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("members") / "market.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(MADE)
    return path


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["old", "new"], "no day in common: prices are held of old from 1990-01-02 to 1999-12-31 and new from 2000-01-03 to 2020-01-02"),
        (["new", "long", "old"], "no day in common: prices are held of old "),
        (["old", "long", "old"], "old is named twice"),
        (["old", "empty"], "no price of empty is held"),
        (["empty"], "no price of empty is held"),
        (["old", "short"], "short is compared with nothing: held from 1995-01-02 on without a cited record from before"),
        (["old", "again"], "again is a second reading of old"),
        (["old", "bills"], "bills is compared with nothing: only indices, metals and crypto are"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(market, named, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        members.check(market, named)


@pytest.mark.parametrize("named", [["old", "long"], ["long", "new"], ["short"], ["again"]])
def test_what_can_be_asked_is_not(market, named):
    members.check(market, named)
