"""The definition grid on real history as of 12 December 2025, 10:50 UTC: what each definition says, and whether they agree."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines import grid, headlines
from pipelines.grid import Definition, Grid, Line, Question
from pipelines.warehouse import WarehouseError, query
from tests.pipelines.conftest import MORNING

PAIR = ("russell_2000", "btc_usd")
EARLIER = datetime(2025, 6, 2, 12, tzinfo=UTC)  # before anything was captured, so before any study was evaluated


def asked(folder, question: Question, moment: datetime | None = None) -> Grid:
    return grid.ask(folder.market, question, moment)


def verdicts(found: Grid) -> list:
    return [line.verdict for line in found.lines]


def lines(*verdicts: object) -> Grid:
    return Grid("", tuple(Line(Definition("", ""), verdict, "", "") for verdict in verdicts), MORNING)


def first_since(year: int | str | None, basis: str = "close") -> Line:
    """A line on a divergence since that year, on one without any before (None), on none ever, or on nothing held ("silent")."""
    if year == "silent":
        return Line(Definition("", "", basis), None, "", "")
    verdict = "never" if year == "never" else f"2026 since {year}" if year else "2026, none before"
    return Line(Definition("", "", basis), verdict, "", "", {"since_year": year if isinstance(year, int) else None})


def test_agreement_is_among_those_that_can_say():
    assert lines(True, True, None).agreement == "robust"
    assert lines(True, False).agreement == lines(-26, -27, None).agreement == "fragile"
    assert lines(False).agreement == "robust"
    assert lines(None, None).agreement == lines().agreement == "INSUFFICIENT_DATA"


def test_the_tally_counts_the_largest_group_among_those_that_can_say():
    said = [lines(*verdicts).tally for verdicts in [(True, True, False), (True, None), (1, 2, 3), (5, 5, 7, None, None), (None, None)]]
    assert said == [
        "2 of 3 definitions agree",
        "1 of 1 definitions agree, 1 cannot say",
        "no two of 3 definitions agree",
        "2 of 3 definitions agree, 2 cannot say",
        "none of 2 definitions can say",
    ]


def test_a_grid_says_the_moment_it_stands_at(morning):
    assert asked(morning, headlines.record("sp500")).moment == MORNING
    assert asked(morning, headlines.record("sp500"), EARLIER).moment == EARLIER


def test_the_sp500_is_at_a_record_by_close_and_not_by_high(morning):
    found = asked(morning, headlines.record("sp500"))
    by_name = {line.definition.name: line for line in found.lines}
    close, high = by_name["all-time, close, strict"], by_name["all-time, intraday high, strict"]
    assert (close.answer, close.detail) == ("yes", "2025-12-11 close 6,901.00")
    assert (high.answer, high.detail) == ("no", "2025-12-11 high 6,903.46, record high 6,920.34")
    assert found.agreement == "fragile"


def test_bitcoin_is_at_no_record_whoever_is_asked(morning):
    found = asked(morning, headlines.record("btc_usd"))
    assert verdicts(found) == [False] * 5 and "btc_usd_coinbase" in found.lines[-1].detail
    assert found.agreement == "robust"


def test_bitcoin_is_26_percent_below_its_record_close_and_27_below_its_record_high(morning):
    found = asked(morning, headlines.drawdown("btc_usd"))
    assert verdicts(found)[:2] == [-26, -27]
    assert [line.answer for line in found.lines[:2]] == ["-25.84 %", "-26.69 %"]
    assert found.agreement == "fragile"


def test_first_since_when_depends_on_the_threshold(morning):
    found = asked(morning, headlines.divergence(*PAIR))
    assert verdicts(found)[:3] == ["2025 since 2025", "2025 since 2021", "2025 since 2018"]
    assert all(line.detail == "began 2025-12-04, open" for line in found.lines[:4])
    assert found.lines[6].definition.name == "laggard 20% or more below its record high"
    assert (found.lines[6].answer, found.lines[6].detail) == ("first since 2021-01-28", "began 2025-12-09, open")
    assert found.agreement == "fragile"
    assert found.words.splitlines()[0] == "By record close: 4 thresholds, 3 different years: 2025 at 10%; 2021 at 15%; 2018 at 20% and 25%"


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ([2018, 2018, 2018, 2018], "4 thresholds, 1 year: 2018 at 10%, 15%, 20% and 25%"),
        ([2025, 2018, None, "never"], "4 thresholds, 2 different years: 2025 at 10%; 2018 at 15%; none before at 20%; never at 25%"),
        (["never"] * 4, "4 thresholds, no year: never at 10%, 15%, 20% and 25%"),
        ([None, None, 2020, "silent"], "3 thresholds, 1 year: none before at 10% and 15%; 2020 at 20%"),
        (["silent"] * 4, ""),
    ],
)
def test_first_since_when_counts_its_years_in_words(years, said):
    silent = [first_since("silent", "intraday")] * 4
    on_closes, on_highs = tuple(map(first_since, years)), "By record high: 4 thresholds, 1 year: 2018 at 10%, 15%, 20% and 25%"
    words = headlines.divergence(*PAIR).words
    assert words((*on_closes, *silent)) == (f"By record close: {said}" if said else "")
    highs = [first_since(2018, "intraday")] * 4
    assert words((*on_closes, *highs)).splitlines() == [*([f"By record close: {said}"] if said else []), on_highs]
    assert words(highs) == on_highs  # asked on highs alone


def test_a_divergence_that_never_was_is_an_answer_and_one_never_looked_for_is_none(morning):
    found = asked(morning, headlines.divergence("russell_2000", "sp500"))
    held = "select count(*) from mart.divergences where leader = 'russell_2000' and laggard = 'sp500' and threshold = 0.25"
    assert query(morning.market, held).item() == 0
    assert (found.lines[3].verdict, found.lines[3].answer) == ("never", "never while both were known")
    assert found.lines[0].answer.startswith("first since") and found.agreement == "fragile"
    unasked = asked(morning, headlines.divergence("vix", "sp500"))
    assert {line.answer for line in unasked.lines} == {"no answer"} and unasked.agreement == "INSUFFICIENT_DATA"


def test_co_highs_have_a_line_for_each_window_and_basis(morning):
    found = asked(morning, headlines.co_highs(*PAIR))
    assert len(found.lines) == 8 and [number for number, _ in grid.lines_with_sql(found)] == list(range(1, 9))
    assert all("of 210 records" in line.answer or "of 230 records" in line.answer for line in found.lines)


SET = ("russell_2000", "sp500", "btc_usd")


def test_of_a_set_it_is_told_who_is_at_a_record_together_and_who_is_not(morning):
    found = asked(morning, headlines.co_highs(*SET))
    assert verdicts(found) == ["2 of 3"] * 4 + ["1 of 3"] * 4 and found.agreement == "fragile"
    assert found.lines[4].detail.startswith("2025-12-11: russell_2000; not sp500, btc_usd")  # by its high the S&P 500 was not
    assert found.lines[0].detail == "2025-12-11: russell_2000, sp500; not btc_usd; all together last 2025-10-06"
    assert "in the 21 before" in found.lines[3].definition.name and "all together last 2025-" in found.lines[3].detail


def test_of_a_set_who_has_no_price_is_missing_and_not_counted(morning):
    """On the evening of the session New York has closed, and the day of bitcoin has an hour and a half to go."""
    found = asked(morning, headlines.co_highs(*SET), datetime(2025, 12, 11, 22, 30, tzinfo=UTC))
    assert found.lines[0].answer == "2 of 2 at a record"
    assert found.lines[0].detail.startswith("2025-12-11: russell_2000, sp500; missing for want of a price btc_usd; all together last")


def test_catch_up_states_its_events_and_compares_with_days_as_far_below(morning):
    found = asked(morning, headlines.catch_up(*PAIR))
    stored = query(
        morning.market,
        "select * from mart.divergence_study where leader = ? and laggard = ? and threshold = 0.2 and horizon_days = 90",
        PAIR,
    ).row(0, named=True)
    assert [line.definition.within for line in found.lines[6:]] == [
        *("30 days", "90 days", "180 days"),
        *("21 sessions", "63 sessions", "126 sessions"),
    ]
    line = next(line for line in found.lines if line.definition.name == "20% below, record within 90 days")
    assert line.answer == f"{100 * stored['share_new_record']:.0f} % of {stored['n']} events"
    assert line.verdict == (stored["share_new_record"] > stored["matched_share_new_record"])
    assert f"; {stored['n_pending']} pending" in line.detail and f"p {stored['p_permutation_matched']:.2f}" in line.detail


def test_catch_up_in_sessions_is_what_the_study_says_of_sessions(morning):
    found = asked(morning, headlines.catch_up(*PAIR).within("63 sessions"))
    stored = query(
        morning.market,
        "select n, share_new_record from mart.divergence_horizon_study where leader = ? and laggard = ? and threshold in (0.1, 0.2) "
        "and horizon_unit = 'sessions' and horizon = 63 order by threshold",
        PAIR,
    )
    assert [line.answer for line in found.lines] == [f"{100 * share:.0f} % of {n} events" for n, share in stored.iter_rows()]


def test_a_question_may_be_narrowed_to_a_basis_or_a_span_that_it_has():
    pair = headlines.co_highs(*PAIR)
    assert {each.basis for each in pair.on("intraday").definitions} == {"intraday"} and len(pair.on("intraday").definitions) == 4
    assert [each.name for each in pair.on("close").within("10 sessions").definitions] == ["within 10 sessions, close"]
    assert len(headlines.divergence(*PAIR).on("intraday").definitions) == 4
    assert [each.name for each in headlines.record("sp500").on("intraday").definitions] == ["all-time, intraday high, strict"]
    with pytest.raises(
        ValueError, match="not worked out within 45 days; ask for one of 30 days, 90 days, 180 days, 21 sessions, 63 sessions"
    ):
        headlines.catch_up(*PAIR).within("45 days")
    with pytest.raises(
        ValueError, match="answered on closes alone; for highs ask when they parted: lockstep ask divergence russell_2000 btc_usd"
    ):
        headlines.catch_up(*PAIR).on("intraday")
    with pytest.raises(ValueError, match="has no horizon; leave --within out"):
        headlines.record("sp500").within("63 sessions")


def test_the_query_of_each_line_gives_it(morning):
    questions = [headlines.record("sp500"), headlines.drawdown("btc_usd"), headlines.divergence(*PAIR)]
    questions += [headlines.co_highs(*PAIR), headlines.co_highs(*SET), headlines.catch_up(*PAIR)]
    for found in (asked(morning, question) for question in questions):
        for line, (_, sql) in zip(found.lines, grid.lines_with_sql(found), strict=True):
            rows = [(row["verdict"], row["answer"], row["detail"]) for row in query(morning.market, sql).to_dicts()]
            assert rows == ([(line.verdict, line.answer, line.detail)] if line.row else []), line.definition.name


@pytest.mark.parametrize("question", [headlines.co_highs("russell_2000", "vix"), headlines.catch_up("vix", "btc_usd")])
@pytest.mark.parametrize("moment", [None, EARLIER])
def test_a_pair_that_is_never_computed_is_insufficient_data(morning, question, moment):
    assert asked(morning, question, moment).agreement == "INSUFFICIENT_DATA"


@pytest.mark.parametrize("question", [headlines.co_highs(*PAIR), headlines.catch_up(*PAIR)])
def test_a_study_evaluated_later_is_computed_now_from_what_was_known_then(morning, question):
    found = asked(morning, question, EARLIER)
    assert all(grid.COMPUTED_NOW in line.detail and grid.COMPUTED_NOW in line.definition.sql for line in found.lines)
    assert found.agreement != "INSUFFICIENT_DATA"


def test_what_is_computed_now_is_what_an_evaluation_then_would_have_stored(morning):
    """A second before the run everything it loaded was known, and nothing of it evaluated."""
    question = headlines.co_highs(*PAIR)
    stored, now = asked(morning, question, MORNING), asked(morning, question, MORNING - timedelta(seconds=1))
    assert [f"{line.detail}; {grid.COMPUTED_NOW}" for line in stored.lines] == [line.detail for line in now.lines]
    assert [(line.verdict, line.answer) for line in stored.lines] == [(line.verdict, line.answer) for line in now.lines]


def test_as_of_an_earlier_moment_only_what_was_known_then_counts(morning):
    found = asked(morning, headlines.record("russell_2000"), EARLIER)
    assert {line.answer for line in found.lines[:3]} == {"no"} and "2025-05-30" in found.lines[0].detail
    assert all("_as_of(timestamptz" in sql for _, sql in grid.lines_with_sql(found))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(WarehouseError, match="run `lockstep run` first"):
        grid.ask(tmp_path / "market.duckdb", headlines.record("sp500"))
