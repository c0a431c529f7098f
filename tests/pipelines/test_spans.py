"""Spans of time in words."""

import pytest

from pipelines import spans


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("63 sessions", "63 sessions"),
        ("1 session", "1 sessions"),
        (" 90 Days ", "90 days"),
        ("90days", "90 days"),
        ("3 months", "90 days"),
        ("1 month of sessions", "21 sessions"),
        ("6 months of sessions", "126 sessions"),
    ],
)
def test_a_span_has_one_name(words, named):
    assert spans.named(words) == named


@pytest.mark.parametrize(
    "words", ["", "sessions", "three months", "-3 months", "63", "3 days of sessions", "3 weeks", "63 sessions or so", "1e3 days"]
)
def test_what_is_no_span_is_refused_with_how_to_write_one(words):
    with pytest.raises(ValueError, match=f"^'{words}' is no span of time; write it like"):
        spans.named(words)
