"""The page of mart.claims: a verdict that changed is seen on it."""

from types import SimpleNamespace

import polars as pl

from assets import verdicts

ROWS = pl.DataFrame(
    [
        ("story", "C1", "The index is at a record.", "SUPPORTED", None, False),
        ("story", "C2", "It will come back.", "RESOLVED_FALSE", "FORECAST_OPEN", True),
        ("story", "C3", "It came back before.", "REFUTED", "SUPPORTED", False),
    ],
    schema=["article_id", "claim_id", "text", "newest_verdict", "previous_verdict", "is_new"],
    orient="row",
)


def test_a_verdict_that_changed_at_the_newest_moment_is_told():
    shown = verdicts.metadata("mart.claims", SimpleNamespace(frame=lambda query: ROWS))
    assert shown["verdicts_changed"].value == 1
    assert shown["changed_at_the_newest_moment"].value == "C2 It will come back. **RESOLVED_FALSE**, before FORECAST_OPEN"
    assert shown["verdicts"].value.count("| story |") == 3


def test_without_a_change_the_page_says_so_and_other_tables_have_none():
    shown = verdicts.metadata("mart.claims", SimpleNamespace(frame=lambda query: ROWS.filter(~pl.col("is_new"))))
    assert shown["changed_at_the_newest_moment"].value == "No verdict changed."
    assert verdicts.metadata("mart.drawdowns", SimpleNamespace(frame=None)) == {}
