"""Which chart stands on the page of which table. The rows it draws are `pipelines.report.pictures`, the drawing `pipelines.charts`."""

import dagster as dg

from pipelines import charts
from pipelines.report import pictures
from pipelines.report.pictures import Picture
from pipelines.warehouse import Warehouse

CHARTS: dict[str, Picture] = {
    "mart.drawdowns": pictures.underwater((*pictures.PAIR, *pictures.BESIDE)),
    "mart.divergences": pictures.pair(*pictures.PAIR),
    "mart.record_highs": pictures.record_raster(),
    "mart.net_liquidity": pictures.net_liquidity(),
    "mart.liquidity_timeline": pictures.liquidity_timeline(),
    "mart.bill_purchases": pictures.purchases(),
}


def metadata(name: str, warehouse: Warehouse) -> dict[str, dg.MetadataValue]:
    """The chart of a table as metadata of its page; none for a table without one."""
    if (picture := CHARTS.get(name)) is None:
        return {}
    figure = picture.draw(*(warehouse.frame(query) for query in picture.queries), warehouse.label)
    return {"chart": dg.MetadataValue.md(charts.markdown(figure, picture.text))}
