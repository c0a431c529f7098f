"""How figures are written."""

from datetime import timedelta

import pytest

from pipelines.report import wording


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (wording.percent(-0.2584), "−25.8 %"),
        (wording.percent(-0.0001), "0.0 %"),
        (wording.percent(None), ""),
        (wording.below(-0.2584), "25.8 %"),
        (wording.amount(5728.431), "5,728.4"),
        (wording.amount(-0.04), "0.0"),
        (wording.signed(9.16), "+9.2"),
        (wording.signed(-2.96), "−3.0"),
        (wording.signed(0.01), "0.0"),
        (wording.counted(1, "time", "times"), "1 time"),
        (wording.counted(1200, "time", "times"), "1,200 times"),
        (wording.listed(["a"]), "a"),
        (wording.listed(["a", "b", "c"]), "a, b and c"),
        (wording.listed(["a", "b", "c", "d", "e"]), "a, b, c and 2 more"),
        (wording.span(timedelta(days=2, hours=3, minutes=4)), "2 days 3 hours"),
        (wording.span(timedelta(hours=1, minutes=1)), "1 hour 1 minute"),
        (wording.span(timedelta(seconds=20)), "less than a minute"),
        (wording.span(timedelta(days=-1)), "less than a minute"),
    ],
)
def test_a_figure_is_written_in_one_way(said, expected):
    assert said.replace("\u00a0", " ") == expected
    assert " %" not in said
