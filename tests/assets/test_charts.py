"""Which page has which chart: each is drawn of tables that stand when its page is made."""

import pytest

from assets.charts import CHARTS
from pipelines import models
from pipelines.warehouse import parsed


def upstream(name: str) -> set[str]:
    """The table and all it is made of, directly or not."""
    made = {model.name: model for model in models.load()}
    reads = models.made_first(made[name]) if name in made else set()
    return {name}.union(*(upstream(each) for each in reads))


@pytest.mark.parametrize(("name", "chart"), CHARTS.items())
def test_a_chart_reads_only_what_stands_when_its_table_is_made(name, chart):
    assert name in {model.name for model in models.load()}
    assert set().union(*(parsed(query)[0] for query in chart.queries)) <= upstream(name)
