"""How answers become a word."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.claims.verdict import Answer, of_claim, of_definition

WRITTEN = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)
BEFORE, AFTER = WRITTEN - timedelta(days=1), WRITTEN + timedelta(days=30)
LATER = WRITTEN + timedelta(days=60)


@pytest.mark.parametrize(
    ("holds", "resolves_at", "kind", "as_of", "word"),
    [
        (True, None, "test", WRITTEN, "SUPPORTED"),
        (False, None, "test", WRITTEN, "REFUTED"),
        (True, BEFORE, "test", WRITTEN, "SUPPORTED"),
        (None, None, "test", WRITTEN, "INSUFFICIENT_DATA"),
        (None, AFTER, "test", WRITTEN, "FORECAST_OPEN"),
        (True, AFTER, "test", WRITTEN, "FORECAST_OPEN"),
        (True, AFTER, "test", AFTER, "RESOLVED_TRUE"),
        (False, AFTER, "test", LATER, "RESOLVED_FALSE"),
        (None, AFTER, "test", LATER, "INSUFFICIENT_DATA"),
        (True, None, "attribution", WRITTEN, "ATTRIBUTION_ONLY"),
        (False, None, "attribution", WRITTEN, "REFUTED"),
        (None, None, "attribution", WRITTEN, "INSUFFICIENT_DATA"),
        (None, None, "not_testable", WRITTEN, "NOT_TESTABLE"),
    ],
)
def test_the_word_of_one_definition(holds, resolves_at, kind, as_of, word):
    assert of_definition(Answer("d", holds, resolves_at, kind), WRITTEN, as_of) == word


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ([("a", True, "test"), ("b", True, "test")], "SUPPORTED"),
        ([("a", False, "test"), ("b", False, "test")], "REFUTED"),
        ([("a", True, "test"), ("b", False, "test"), ("c", True, "test")], "SUPPORTED_IF(a; c)"),
        ([("a", True, "test"), ("b", None, "test")], "SUPPORTED"),
        ([("a", None, "test"), ("b", None, "test")], "INSUFFICIENT_DATA"),
        ([("a", True, "test"), ("b", False, "context")], "SUPPORTED"),
        ([("a", None, "not_testable")], "NOT_TESTABLE"),
        ([("a", True, "test"), ("b", None, "not_testable")], "SUPPORTED"),
        ([("a", True, "attribution"), ("b", False, "context")], "ATTRIBUTION_ONLY"),
        ([("a", False, "context")], "INSUFFICIENT_DATA"),
        ([], "INSUFFICIENT_DATA"),
    ],
)
def test_the_word_of_a_claim(said, word):
    answers = [Answer(name, holds, None, kind) for name, holds, kind in said]
    assert of_claim(answers, [of_definition(each, WRITTEN, WRITTEN) for each in answers]) == word


def test_a_claim_is_open_while_any_of_its_tests_is():
    answers = [Answer("30 days", False, AFTER, "test"), Answer("180 days", None, LATER, "test")]
    verdicts = [of_definition(each, WRITTEN, AFTER) for each in answers]
    assert verdicts == ["RESOLVED_FALSE", "FORECAST_OPEN"]
    assert of_claim(answers, verdicts) == "FORECAST_OPEN"


def test_resolved_definitions_that_disagree_say_which():
    answers = [Answer("record", False, AFTER, "test"), Answer("ratio", True, AFTER, "test")]
    assert of_claim(answers, [of_definition(each, WRITTEN, LATER) for each in answers]) == "SUPPORTED_IF(ratio)"
