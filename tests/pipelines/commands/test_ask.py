"""`lockstep ask` as a person meets it: the table, the word for its agreement, the queries, and what goes wrong."""

import pytest
from click.testing import CliRunner

from pipelines.__main__ import main


def ask(folder, *words: str) -> str:
    done = CliRunner().invoke(main, ["ask", *words, "--data", str(folder.path)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["record", "sp500"], ["Is sp500 at a record?", "all-time, close, strict", "yes", "no", "Across definitions: fragile"]),
        (["drawdown", "btc_usd"], ["-25.84 %", "-26.69 %", "-26", "-27", "Across definitions: fragile"]),
        (["divergence", "russell_2000", "btc_usd"], ["since 2018", "since 2021", "began 2025-12-04, open", "Across definitions: fragile"]),
        (["co-highs", "russell_2000", "btc_usd"], ["within 21 sessions, intraday", "base rate", "8  select"]),
        (["catch-up", "russell_2000", "btc_usd"], ["record within 180 days", "events", "pending", "6  select"]),
        (["co-highs", "russell_2000", "vix"], ["nothing held that could tell", "Across definitions: INSUFFICIENT_DATA"]),
        (
            ["record", "russell_2000", "--as-of", "2025-06-02T12:00Z"],
            ["2025-05-30 close", "_as_of(timestamptz '2025-06-02T12:00:00+00:00')"],
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
        (["record", "sp501"], 2, "no series 'sp501'"),
        (["co-highs", "sp500", "bitcoin"], 2, "no series 'bitcoin'"),
        (["divergence", "sp500"], 2, "Missing argument 'LAGGARD'"),
        (["record", "sp500", "--as-of", "2025-12-12"], 2, "without its zone"),
        (["fame", "sp500"], 2, "No such command 'fame'"),
        (["record", "sp500"], 1, "run `lockstep run` first"),
    ],
)
def test_what_goes_wrong_is_one_sentence(tmp_path, words, code, said):
    done = CliRunner().invoke(main, ["ask", *words, "--data", str(tmp_path)] if code == 1 else ["ask", *words])
    assert done.exit_code == code and said in done.output, done.output
    assert "Traceback" not in done.output


def test_every_question_has_help_with_an_example():
    for name in main.commands["ask"].commands:  # pyright: ignore[reportAttributeAccessIssue] - a group, as its help shows
        assert "Example:" in CliRunner().invoke(main, ["ask", name, "--help"]).output, name
