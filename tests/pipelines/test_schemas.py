"""The three shapes: one bad row for every rule, each refused with the name of its column and its rule."""

import datetime as dt

import polars as pl
import pytest

from pipelines import catalog, schemas
from pipelines.schemas import Invalid

TODAY = dt.date(2025, 12, 2)
TOMORROW = dt.date(2025, 12, 3)
NAN, INFINITY = float("nan"), float("inf")
SERIES = {"price_bars": "sp500", "observations": "fed_total_assets", "operations": "repo_operations"}
ROWS = {
    "price_bars": {
        "series_id": "sp500",
        "contract_month": None,
        "session_date": TODAY,
        "open": 6800.0,
        "high": 6850.5,
        "low": None,
        "close": 6829.4,
        "volume": 5e9,
    },
    "observations": {"series_id": "fed_total_assets", "date": TODAY, "vintage_date": None, "value": 6552.4},
    "operations": {
        "series_id": "repo_operations",
        "family": "repo",
        "operation_id": "RP 120225 1",
        "operation_date": TODAY,
        "settlement_date": TODAY,
        "maturity_date": TOMORROW,
        "operation_type": "Reverse Repo",
        "direction": "reverse_repo",
        "status": "results",
        "term": "Overnight",
        "submitted_usd": 5.4e9,
        "accepted_usd": 5.4e9,
        "award_rate_percent": 3.75,
        "maturity_start": None,
        "maturity_end": None,
        "close_time": "13:15",
        "note": None,
        "vendor_updated_at": dt.datetime(2025, 12, 2, 18, 16, tzinfo=dt.UTC),
    },
}


def frame(shape: str, *changes: dict) -> pl.DataFrame:
    """An eager frame of that shape: one good row for each of `changes`, which are made to it."""
    return pl.DataFrame([ROWS[shape] | change for change in changes], schema=schemas.polars_schema(shape))


def validate(shape: str, rows: pl.DataFrame) -> pl.DataFrame:
    return schemas.validate(rows, catalog.by_id(SERIES[shape]), TODAY)


def refusal(shape: str, rows: pl.DataFrame) -> str:
    with pytest.raises(Invalid) as caught:
        validate(shape, rows)
    return str(caught.value)


@pytest.mark.parametrize("shape", schemas.SHAPES)
def test_a_good_row_and_an_empty_frame_come_out_as_they_went_in(shape):
    for rows in (frame(shape, {}), schemas.empty(shape)):
        assert validate(shape, rows).equals(rows)
        assert rows.schema == schemas.polars_schema(shape)


@pytest.mark.parametrize("shape", schemas.SHAPES)
def test_every_column_says_what_it_means(shape):
    texts = schemas.descriptions(shape)
    assert list(texts) == list(schemas.polars_schema(shape))
    assert all(len(text) > 10 for text in texts.values())


@pytest.mark.parametrize(
    ("shape", "change", "column", "rule"),
    [
        ("price_bars", {"series_id": None}, "series_id", "not_nullable"),
        ("price_bars", {"session_date": None}, "session_date", "not_nullable"),
        ("price_bars", {"close": None}, "close", "not_nullable"),
        *[("price_bars", {name: NAN}, name, "finite") for name in ("open", "high", "low", "close", "volume")],
        *[("price_bars", {name: INFINITY}, name, "finite") for name in ("open", "high", "low", "close", "volume")],
        *[("price_bars", {name: 2.5}, name, "not below 3") for name in ("open", "high", "low", "close")],
        *[("price_bars", {name: 50_001.0}, name, "not above 50000") for name in ("open", "high", "low", "close")],
        ("price_bars", {"volume": -1.0}, "volume", "greater_than_or_equal_to"),
        ("price_bars", {"session_date": TOMORROW}, "session_date", "not after 2025-12-02"),
        ("price_bars", {"contract_month": "2025-1"}, "contract_month", "str_matches"),
        ("price_bars", {"contract_month": "ZQF26"}, "contract_month", "str_matches"),
        ("observations", {"series_id": None}, "series_id", "not_nullable"),
        ("observations", {"date": None}, "date", "not_nullable"),
        ("observations", {"value": NAN}, "value", "finite"),
        ("observations", {"value": -INFINITY}, "value", "finite"),
        ("observations", {"value": 499.0}, "value", "not below 500"),
        ("observations", {"value": 6_552_400.0}, "value", "not above 12000"),
        ("observations", {"date": TOMORROW}, "date", "not after 2025-12-02"),
        ("operations", {"family": "swap"}, "family", "isin"),
        ("operations", {"operation_id": ""}, "operation_id", "str_length"),
        ("operations", {"operation_id": None}, "operation_id", "not_nullable"),
        ("operations", {"operation_date": TOMORROW}, "operation_date", "not after 2025-12-02"),
        ("operations", {"operation_type": ""}, "operation_type", "str_length"),
        ("operations", {"direction": "up"}, "direction", "isin"),
        ("operations", {"status": "done"}, "status", "isin"),
        ("operations", {"submitted_usd": -1.0}, "submitted_usd", "not below 0"),
        ("operations", {"accepted_usd": -1.0}, "accepted_usd", "not below 0"),
        ("operations", {"accepted_usd": 6e9}, "accepted_usd", "not above what was offered"),
        ("operations", {"settlement_date": dt.date(2025, 12, 1)}, "settlement_date", "not before the operation"),
        ("operations", {"accepted_usd": 5_001e9}, "accepted_usd", "not above 5e+12"),
        ("operations", {"accepted_usd": NAN}, "accepted_usd", "finite"),
        ("operations", {"award_rate_percent": NAN}, "award_rate_percent", "finite"),
        ("operations", {"award_rate_percent": INFINITY}, "award_rate_percent", "finite"),
        ("operations", {"close_time": "1:15 pm"}, "close_time", "str_matches"),
    ],
)
def test_one_bad_row_is_refused_by_column_and_rule(shape, change, column, rule):
    day = next(name for name in schemas.polars_schema(shape) if name in ("session_date", "date", "operation_id"))
    other = "another" if day == "operation_id" else dt.date(2025, 11, 28)
    text = refusal(shape, frame(shape, {day: other}, change))
    assert f"{column}: " in text
    assert rule in text
    assert "in row 1" in text


@pytest.mark.parametrize(
    ("shape", "change"),
    [
        ("price_bars", {"open": None, "high": None, "low": None, "volume": None}),
        ("price_bars", {"close": 3.0, "volume": 0.0}),
        ("price_bars", {"contract_month": "2026-01"}),
        ("observations", {"value": None}),
        ("observations", {"vintage_date": dt.date(2025, 12, 4)}),
        ("operations", {"submitted_usd": None, "accepted_usd": None, "award_rate_percent": None, "status": "announced"}),
        ("operations", {"settlement_date": TOMORROW, "vendor_updated_at": None}),
    ],
)
def test_what_a_vendor_may_leave_out_goes_on(shape, change):
    assert validate(shape, frame(shape, change)).height == 1


@pytest.mark.parametrize("shape", schemas.SHAPES)
def test_a_row_may_stand_once(shape):
    text = refusal(shape, frame(shape, {}, {}))
    assert "multiple_fields_uniqueness" in text
    assert "failed for 2" in text


def test_what_belongs_to_the_key_tells_rows_apart():
    assert validate("price_bars", frame("price_bars", {}, {"contract_month": "2026-01"}, {"contract_month": "2026-02"})).height == 3
    vintages = [{"vintage_date": dt.date(2025, 12, day)} for day in (3, 4)]
    assert validate("observations", frame("observations", *vintages)).height == 2
    assert validate("operations", frame("operations", {}, {"family": "treasury"})).height == 2


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda rows: rows.rename({"close": "last"}), "close"),
        (lambda rows: rows.drop("volume"), "volume"),
        (lambda rows: rows.with_columns(adjclose=1.0), "adjclose"),
        (lambda rows: rows.with_columns(pl.col("close").cast(pl.String)), "close"),
        (lambda rows: rows.with_columns(pl.col("close").cast(pl.Float32)), "close"),
        (lambda rows: rows.with_columns(pl.col("session_date").cast(pl.Datetime)), "session_date"),
    ],
)
def test_columns_and_types_are_those_of_the_shape_and_no_others(change, column):
    text = refusal("price_bars", change(frame("price_bars", {})))
    assert column in text
    assert "\n" not in text


def test_an_instant_that_does_not_know_utc_is_refused():
    local = frame("operations", {}).with_columns(pl.col("vendor_updated_at").dt.convert_time_zone("America/New_York"))
    assert "vendor_updated_at" in refusal("operations", local)


def test_all_failures_of_an_answer_are_named_at_once():
    days = [{"session_date": dt.date(2025, 11, day)} for day in (24, 25, 26)]
    rows = frame(
        "price_bars",
        days[0] | {"close": NAN},
        days[1] | {"low": 1.0, "volume": -2.0},
        days[2] | {"close": INFINITY},
        {"session_date": TOMORROW},
    )
    text = refusal("price_bars", rows)
    assert "close: finite failed for 2 (NaN in row 0)" in text
    assert "low: not below 3 failed for 1 (1.0 in row 1)" in text
    assert "volume: greater_than_or_equal_to(0) failed for 1 (-2.0 in row 1)" in text
    assert "session_date: not after 2025-12-02 failed for 1 (2025-12-03 in row 3)" in text


@pytest.mark.parametrize(
    ("status", "days", "said"),
    [
        ("announced", 45, None),
        ("cancelled", 3, None),
        ("announced", 46, "operation_date: not after 2026-01-16 failed for 1"),
        ("results", 0, None),
        ("results", 1, "operation_date: no results after 2025-12-02 failed for 1"),
    ],
)
def test_an_operation_may_be_announced_ahead_and_have_no_results_ahead(status, days, said):
    treasury = catalog.by_id("treasury_outright_operations")
    rows = frame("operations", {"status": status, "operation_date": TODAY + dt.timedelta(days=days), "settlement_date": None})
    if said is None:
        assert schemas.validate(rows, treasury, TODAY).height == 1
        return
    with pytest.raises(Invalid, match=said):
        schemas.validate(rows, treasury, TODAY)


def test_a_series_that_is_announced_ahead_may_carry_dates_ahead():
    iorb = catalog.by_id("iorb")
    ahead = {"series_id": "iorb", "date": TODAY + dt.timedelta(days=7), "vintage_date": None, "value": 3.65}
    rows = pl.DataFrame([ahead], schema=schemas.polars_schema("observations"))
    assert schemas.validate(rows, iorb, TODAY).height == 1
    with pytest.raises(Invalid, match="not after 2025-12-08"):
        schemas.validate(rows, iorb, TODAY - dt.timedelta(days=1))


def test_the_checks_of_one_series_do_not_stay_for_the_next():
    before = {shape: [len(column.checks) for column in model.to_schema().columns.values()] for shape, model in schemas.SHAPES.items()}
    narrow = catalog.by_id("sp500").model_copy(update={"series_id": "narrow", "maximum": 100.0})
    with pytest.raises(Invalid, match="not above 100"):
        schemas.validate(frame("price_bars", {}), narrow, dt.date(2020, 1, 1))
    for name in ("sp500", "dow_jones", "sp500"):
        assert schemas.validate(frame("price_bars", {}), catalog.by_id(name), TODAY).height == 1
    after = {shape: [len(column.checks) for column in model.to_schema().columns.values()] for shape, model in schemas.SHAPES.items()}
    assert after == before


def bars(*prices: dict, n: int = 20) -> pl.DataFrame:
    """n good bars, of which the first are changed."""
    days = [{"session_date": TODAY - dt.timedelta(days=k)} for k in range(n)]
    return frame("price_bars", *(day | change for day, change in zip(days, [*prices, *[{}] * (n - len(prices))], strict=True)))


@pytest.mark.parametrize("price", [0.0, -37.63, 2.5, 50_001.0])
@pytest.mark.parametrize("column", ["open", "high", "low", "close"])
def test_a_few_impossible_bars_go_on_to_be_quarantined_one_by_one(column, price):
    for rows in (bars({column: price}), bars(*[{column: price}] * 3)):
        assert validate("price_bars", rows).equals(rows)


def test_more_than_a_few_or_half_of_an_answer_are_refused_whole():
    assert "not below 3 failed for 4" in refusal("price_bars", bars(*[{"close": 0.0}] * 4))
    assert "not below 3 failed for 2" in refusal("price_bars", bars({"close": 0.0}, {"close": 0.0}, n=4))
    assert validate("price_bars", bars(*[{"close": 0.0}] * 4, n=500)).height == 500  # one in a hundred


def test_a_few_impossible_values_of_a_series_go_on_and_more_are_refused():
    few = frame("observations", *({"date": TODAY - dt.timedelta(days=n), "value": 0.0 if n < 3 else 6552.4} for n in range(7)))
    assert validate("observations", few).equals(few)
    assert "not below 500 failed for 3" in refusal("observations", few.head(6))


def test_a_few_impossible_settlements_of_a_dated_future_go_on_and_more_are_refused():
    rows = bars({"close": 0.0}).with_columns(contract_month=pl.lit("2026-01"))
    assert validate("price_bars", rows).equals(rows)
    assert "close: not below 3 failed for 1" in refusal("price_bars", rows.head(2))


IMPOSSIBLE = [{"accepted_usd": -1.0}, {"submitted_usd": 5_001e9}, {"accepted_usd": 6e9}, {"settlement_date": dt.date(2025, 12, 1)}]


@pytest.mark.parametrize("change", IMPOSSIBLE)
def test_a_few_impossible_operations_go_on_and_more_are_refused(change):
    few = frame("operations", *({"operation_id": f"RP {n}"} | (change if n < 3 else {}) for n in range(7)))
    assert validate("operations", few).equals(few)
    assert schemas.impossible(few, catalog.by_id("repo_operations")) == 3
    assert "failed for 3" in refusal("operations", few.head(6))


def test_every_series_of_operations_has_limits():
    assert [s.series_id for s in catalog.load() if s.shape == "operations" and (s.minimum is None or s.maximum is None)] == []
