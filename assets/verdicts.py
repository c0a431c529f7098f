"""What the page of mart.claims shows: every verdict that is another one than at the moment asked before, and the whole list.

Owns the words on that page. The verdicts are `pipelines.claims`; that a change is told to people, `pipelines.alerts`.
"""

import dagster as dg

from pipelines.warehouse import Warehouse

TABLE = "mart.claims"
CLAIMS = f"""
    select article_id, claim_id, text, newest_verdict, previous_verdict, changed_as_of, changed_as_of = newest_as_of as is_new
    from {TABLE} where newest_verdict is not null order by article_id desc, claim_id
"""


def metadata(name: str, warehouse: Warehouse) -> dict[str, dg.MetadataValue]:
    """The changed verdicts and all verdicts as metadata of the page of `mart.claims`; none for another table."""
    if name != TABLE:
        return {}
    rows = warehouse.frame(CLAIMS).to_dicts()
    changed = [row for row in rows if row["is_new"] and row["previous_verdict"]]
    told = [f"{row['claim_id']} {row['text']} **{row['newest_verdict']}**, before {row['previous_verdict']}" for row in changed]
    listed = [f"| {row['article_id']} | {row['claim_id']} | {row['text']} | {row['newest_verdict']} |" for row in rows]
    return {
        "verdicts_changed": dg.MetadataValue.int(len(changed)),
        "changed_at_the_newest_moment": dg.MetadataValue.md("\n\n".join(told) or "No verdict changed."),
        "verdicts": dg.MetadataValue.md("\n".join(["| article | claim | text | verdict |", "|---|---|---|---|", *listed])),
    }
