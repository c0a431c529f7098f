"""The record of verdicts: what a day's run evaluates, and the log it appends to, raw.claim_verdicts.

Every article is evaluated at its own moment and at the newest answer the warehouse holds. A verdict at a moment rests only
on rows known by then, so it is dated by that moment; a later evaluation that says something else is noted beside the
earlier one, which stays. The marts on top stand in `sql/`.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import Any

import polars as pl

from pipelines import claims
from pipelines.claims import Checked, Story
from pipelines.claims.evaluation import Verdict, evaluate, fingerprint
from pipelines.warehouse import Warehouse, raw, snapshot

LOG = "raw.claim_verdicts"
KEY = ("article_id", "claim_id", "as_of", "definition_id")
COLUMNS: dict[str, tuple[Any, str]] = {
    "article_id": (pl.String, "The article, named by its file in pipelines/claims."),
    "claim_id": (pl.String, "The claim within its article."),
    "as_of": (pl.Datetime("us", "UTC"), "Moment at which the claim was asked: only what was known by then is used."),
    "definition_id": (pl.String, "The definition under which the claim was asked."),
    "place": (pl.Int64, "Place of the definition in the grid of its claim; 1 is the one the headline uses."),
    "kind": (
        pl.String,
        "test (counts for the verdict), context (shown beside it), attribution (a citation's word) or not_testable.",
    ),
    "observed_value": (pl.Float64, "What was found, in the unit in which the claim prints its number."),
    "observed_text": (pl.String, "What was found, in words."),
    "match": (pl.Boolean, "Whether the claim holds; of a printed number, whether ours rounds to it. Null where nothing can tell."),
    "resolves_at": (pl.Datetime("us", "UTC"), "Instant from which it can be told; null where it always could."),
    "verdict": (pl.String, "The word for this definition alone."),
    "claim_verdict": (pl.String, "The word for the claim, over all its definitions; the same on each of its rows."),
    "n_definitions": (pl.Int64, "Definitions that count and can answer."),
    "n_definitions_true": (pl.Int64, "Those of them under which the claim holds."),
    "sql": (pl.String, "The SELECT that gives the answers of all definitions of the claim, as of the moment; it runs as it stands."),
    "inputs_hash": (pl.String, "Digest of the claim, the SELECTs behind it and how many rows were known by the moment."),
    "capture_ids": (pl.List(pl.String), "The answers in the archive from which the rows came that the verdict rests on."),
    "known_at": (pl.Datetime("us", "UTC"), raw.STAMPS["known_at"]),
    "evaluated_at": (pl.Datetime("us", "UTC"), "When this evaluation ran, by the machine's clock."),
}
AS_ANSWERED = ("definition_id", "place", "kind", "observed_value", "observed_text", "resolves_at", "verdict")
SAID = tuple(
    name for name in COLUMNS if name not in {*KEY, "observed_value", "sql", "inputs_hash", "capture_ids", "known_at", "evaluated_at"}
)

Tell = Callable[[str], None]


def run(warehouse: Warehouse, tell: Tell) -> int:
    """Evaluate every article that was out by the newest answer, at its own moment and at that one; returns the rows noted."""
    newest = warehouse.frame("select max(captured_at) as t from raw.captures")["t"][0]
    if newest is None:
        return _note(warehouse, [])
    rows: list[dict[str, Any]] = []
    then, now = partial(snapshot.of_warehouse, warehouse), snapshot.Standing(warehouse.frame)
    for story in claims.load():
        if story.article.as_of > newest:
            continue
        pending = _not_noted(warehouse, story)
        rows += _rows(story, evaluate(then, story, [checked for checked, _ in pending], story.article.as_of), pending)
        if newest > story.article.as_of:
            rows += _rows(story, evaluate(lambda *_: nullcontext(now), story, story.claims, newest), [])
    noted = _note(warehouse, rows)
    tell(f"checked the claims of {len(claims.load())} articles: {noted:,} answers noted")
    return noted


def _not_noted(warehouse: Warehouse, story: Story) -> list[tuple[Checked, str]]:
    """The claims that were not yet asked of just these inputs at the article's own moment, and the digest of the inputs."""
    held: set[tuple[str, str]] = set()
    if LOG in warehouse.tables():
        query = f"select distinct claim_id, inputs_hash from {LOG} where article_id = ? and as_of = ?"
        held = set(warehouse.frame(query, [story.article.article_id, story.article.as_of]).iter_rows())
    known = _known_by(warehouse, story.article.as_of)
    inputs = [(checked, hashlib.sha256((known + fingerprint(story, checked)).encode()).hexdigest()[:16]) for checked in story.claims]
    return [(checked, digest) for checked, digest in inputs if (checked.claim.claim_id, digest) not in held]


def _known_by(warehouse: Warehouse, moment: datetime) -> str:
    """How many rows of each raw table were known by the moment. Rows are only ever added, so the number tells what they say."""
    tables = ("price_bars", "observations", "operations", "fomc_meetings", "desk_plans", "policy_events", "analyst_claims", "series")
    counts = ", ".join(f"(select count(*) from raw.{table}_as_of(timestamptz '{moment.isoformat()}'))" for table in tables)
    return str(warehouse.frame(f"select concat_ws(' ', {counts}) as n")["n"][0])


def _rows(story: Story, found: Sequence[Verdict], digests: Sequence[tuple[Checked, str]]) -> list[dict[str, Any]]:
    now, inputs = datetime.now(UTC), {checked.claim.claim_id: digest for checked, digest in digests}
    return [
        {
            "article_id": story.article.article_id,
            "claim_id": each.checked.claim.claim_id,
            "as_of": each.as_of,
            **{name: answer[name] for name in AS_ANSWERED},
            "match": answer["holds"],
            "claim_verdict": each.word,
            "n_definitions": len(each.counted),
            "n_definitions_true": sum(bool(other["holds"]) for other in each.counted),
            "sql": each.sql,
            "inputs_hash": inputs.get(each.checked.claim.claim_id),
            "capture_ids": each.captures,
            "known_at": each.as_of,
            "evaluated_at": now,
        }
        for each in found
        for answer in each.answers
    ]


def _note(warehouse: Warehouse, rows: Sequence[dict[str, Any]]) -> int:
    frame = pl.DataFrame(rows, schema={name: kind for name, (kind, _) in COLUMNS.items()})
    return warehouse.note(LOG.removeprefix("raw."), frame, KEY, SAID, {name: text for name, (_, text) in COLUMNS.items()})
