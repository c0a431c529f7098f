"""`lockstep ask` as a person meets it: the table, the word for its agreement, the queries, and what goes wrong."""

import re

import pytest
from click.testing import CliRunner

from pipelines.__main__ import main
from pipelines.warehouse import query


def ask(folder, *words: str) -> str:
    done = CliRunner().invoke(main, ["ask", *words, "--data", str(folder.path)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["record", "sp500"],
            [
                "sp500 at a record? As of 2025-12-12 10:50 UTC",
                "yes",
                "no",
                "Across definitions: fragile, 3 of 4 definitions agree, 1 cannot",
            ],
        ),
        (["drawdown", "btc_usd"], ["-25.84 %", "-26.69 %", "-26", "-27", "Across definitions: fragile"]),
        (["divergence", "russell_2000", "btc_usd"], ["since 2018", "since 2021", "began 2025-12-04, open", "Across definitions: fragile"]),
        (
            ["divergence", "russell_2000", "btc_usd"],
            ["close: 4 thresholds, 3 different years: 2025 at 10%; 2021 at 15%; 2018 at 20% and 25%"],
        ),
        (["co-highs", "russell_2000", "btc_usd"], ["within 21 sessions, intraday", "base rate", "8  select"]),
        (["catch-up", "russell_2000", "btc_usd"], ["record within 180 days", "events", "pending", "6  select"]),
        (["catch-up", "russell_2000", "btc_usd", "--within", "3 months of sessions"], ["record within 63 sessions", "2  select"]),
        (["divergence", "russell_2000", "btc_usd", "--basis", "intraday"], ["below its record high", "4  select", "By record high: 4"]),
        (["co-highs", "russell_2000", "sp500", "btc_usd"], ["2 of 3 at a record", "not btc_usd", "fragile, 4 of 8 definitions agree"]),
        (["co-highs", "russell_2000", "sp500", "btc_usd", "--basis", "intraday"], ["1 of 3 at a record", "4  select"]),
        (
            ["record", "russell_2000", "--as-of", "2025-06-02T12:00Z"],
            ["As of 2025-06-02 12:00 UTC", "2025-05-30 close", "_as_of(timestamptz '2025-06-02T12:00:00+00:00')"],
        ),
    ],
)
def test_an_answer_is_a_table_a_word_and_the_query_of_each_line(morning, words, said):
    answer = ask(morning, *words)
    for text in said:
        assert text in answer, answer


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["record", "sp501"], 2, "no series 'sp501' in the catalog; perhaps sp500"),
        (["co-highs", "sp500", "bitcoin"], 2, "no series 'bitcoin' in the catalog; perhaps btc_usd\n"),
        (["co-highs", "sp500"], 2, "name two series or more"),
        (["divergence", "sp500", "sp500"], 1, "sp500 is named twice; name series that differ"),
        (["co-highs", "sp500", "btc_usd", "sp500"], 1, "sp500 is named twice; name series that differ"),
        (["divergence", "sp500"], 2, "Missing argument 'LAGGARD'"),
        (["record", "sp500", "--as-of", "2025-12-12"], 2, "without its zone"),
        (["catch-up", "sp500", "btc_usd", "--within", "a while"], 2, 'write it like "63 sessions", "90 days" or "3 months of'),
        (["catch-up", "sp500", "btc_usd", "--within", "2 months"], 1, "not worked out within 60 days; ask for one of 30 days, 90 days"),
        (["catch-up", "sp500", "btc_usd", "--basis", "intraday"], 1, "for highs ask when they parted: lockstep ask divergence sp500"),
        (["fame", "sp500"], 2, "No such command 'fame'"),
        (["record", "sp500"], 1, "run `lockstep run` first"),
    ],
)
def test_what_goes_wrong_is_one_sentence(tmp_path, words, code, said):
    done = CliRunner().invoke(main, ["ask", *words, "--data", str(tmp_path)] if code == 1 else ["ask", *words])
    assert done.exit_code == code and said in done.output, done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["record", "vix"], "no price of vix is held, so that it has no record"),
        (["co-highs", "russell_2000", "vix"], "no price of vix is held"),
        (["co-highs", "russell_2000", "btc_usd", "--as-of", "2000-01-03T12:00Z"], "no price of btc_usd is held by 2000-01-03 12:00 UTC"),
        (["catch-up", "btc_usd", "btc_usd_coinbase"], "btc_usd_coinbase is a second reading of btc_usd"),
    ],
)
def test_what_the_data_cannot_answer_is_one_sentence(morning, words, said):
    done = CliRunner().invoke(main, ["ask", *words, "--data", str(morning.path)])
    assert done.exit_code == 1 and done.output.startswith(f"Error: {said}"), done.output
    assert done.output.count("\n") == 1


def test_a_query_runs_as_it_is_printed(morning):
    printed = re.findall(r"^\d+  (select .+)$", ask(morning, "divergence", "russell_2000", "btc_usd", "--as-of", "2025-12-12T10:50Z"), re.M)
    assert len(printed) == 8 and query(morning.market, printed[2])["since_year"].to_list() == [2018]


def test_every_question_has_help_with_an_example():
    for name in main.commands["ask"].commands:  # pyright: ignore[reportAttributeAccessIssue] - a group, as its help shows
        assert "Example:" in CliRunner().invoke(main, ["ask", name, "--help"]).output, name
