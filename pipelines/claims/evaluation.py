"""Evaluation: claims asked of the tables as they were known at a moment, each definition with the SELECT that gives it.

Owns what a snapshot for a claim must hold, and how a claim's answers become rows. Which moments a day's run evaluates
stands in `pipelines.claims.record`; the words of the verdicts in `verdict.py`.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from pipelines import models, studies
from pipelines.claims import Checked, Story, verdict
from pipelines.claims.template import bound
from pipelines.claims.verdict import Answer
from pipelines.models import Model
from pipelines.warehouse import WarehouseError
from pipelines.warehouse.snapshot import Ask, Known, Make

# What stands in a grid without a line.
SILENCE = {
    **dict.fromkeys(("holds", "observed_value", "resolves_at")),
    "place": 1,
    "definition_id": "none",
    "observed_text": "nothing held that could tell",
    "kind": "test",
    "verdict": "INSUFFICIENT_DATA",
}

# A snapshot of somewhere, of a published file or of the warehouse being written: of these tables, as known at the moment.
Open = Callable[[datetime, Sequence[str]], AbstractContextManager[Known]]


@dataclass(frozen=True)
class Verdict:
    """One claim at one moment: its word, the grid behind it, and the rows it rests on."""

    checked: Checked
    as_of: datetime
    word: str
    answers: tuple[dict[str, Any], ...]
    sql: str
    rests_on: pl.DataFrame

    @property
    def headline(self) -> dict[str, Any]:
        """The answer under the definition that the headline uses."""
        return self.answers[0]

    @property
    def captures(self) -> list[str]:
        """The answers in the archive behind those rows; a citation (an address in its place) is none."""
        return sorted({name for name in self.rests_on["capture_id"].drop_nulls() if not name.startswith("https://")})

    @property
    def counted(self) -> list[dict[str, Any]]:
        """The answers that count for the verdict and could be given."""
        return [each for each in self.answers if each["kind"] != "context" and each["verdict"] not in (*verdict.SILENT, "FORECAST_OPEN")]


def evaluate(open_snapshot: Open, story: Story, claims: Sequence[Checked], as_of: datetime) -> list[Verdict]:
    """Each of these claims of the article, as it could be answered at the moment; claims of one template share their tables.

    Raises:
        WarehouseError: a table that a template reads is not in the file.
    """
    found: dict[str, Verdict] = {}
    with open_snapshot(as_of, _copied(claims)) as known:
        for group in _groups(claims):
            known.narrow(_series(group), _made(group, as_of))
            for checked in group:
                found[checked.claim.claim_id] = _asked(known.ask, story, checked, as_of)
    return [found[checked.claim.claim_id] for checked in claims]


def _asked(ask: Ask, story: Story, checked: Checked, as_of: datetime) -> Verdict:
    params = checked.params | {"as_of": as_of}
    select, rests_on = bound(checked.template.select, params), bound(checked.template.header.rests_on, params)
    try:
        rows, rested = ask(select).to_dicts(), ask(f"select * from ({rests_on}) order by known_at, what, series_id, date")
    except WarehouseError as error:
        raise WarehouseError(f"{checked.claim.claim_id}, {checked.template.name}.sql: {error}") from error
    answers = [Answer(row["definition_id"], row["holds"], row["resolves_at"], row["kind"]) for row in rows]
    words = [verdict.of_definition(answer, story.article.as_of, as_of) for answer in answers]
    told = tuple({**row, "verdict": word} for row, word in zip(rows, words, strict=True))
    return Verdict(
        checked=checked,
        as_of=as_of,
        word=verdict.of_claim(answers, words),
        answers=told or (SILENCE,),
        sql=studies.as_of(select, as_of),
        rests_on=rested,
    )


def fingerprint(story: Story, checked: Checked) -> str:
    """A digest of everything but the rows that a verdict depends on: the claim, its SQL, and the SELECT of every table behind it."""
    behind = [each.select for each in models.load() if each.name in _behind(checked)]
    parts = [story.article.as_of.isoformat(), bound(checked.template.select, checked.params | {"as_of": None}), *behind]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _groups(claims: Sequence[Checked]) -> list[list[Checked]]:
    groups: dict[str, list[Checked]] = {}
    for checked in claims:
        groups.setdefault(checked.template.name, []).append(checked)
    return list(groups.values())


def _series(group: Sequence[Checked]) -> frozenset[str] | None:
    named = [checked.template.series(checked.params) for checked in group]
    return None if any(each is None for each in named) else frozenset().union(*(each for each in named if each is not None))


def _behind(checked: Checked) -> set[str]:
    """The tables a claim reads and every table those are made of."""
    wanted = set(checked.template.reads(checked.params))
    for model in reversed(models.load()):
        if model.name in wanted:
            wanted |= models.made_first(model) | model.reads
    return wanted


def _copied(claims: Sequence[Checked]) -> list[str]:
    """The tables behind these claims that are made of raw ones; core.series goes along, for what is a second reading of what."""
    wanted = set().union({"core.series"}, *(_behind(checked) for checked in claims))
    return [model.name for model in models.load() if model.name in wanted and _is_of_raw(model)]


def _made(group: Sequence[Checked], as_of: datetime) -> list[tuple[str, Make]]:
    """What is made of the copies for these claims, in order, each table after the studies it reads."""
    wanted = set().union(*(_behind(checked) for checked in group))
    made: list[tuple[str, Make]] = []
    for model in models.load():
        if model.name in wanted and not _is_of_raw(model):
            made += [(name, _study(name.removeprefix("study."), as_of)) for name in sorted(model.reads) if name.startswith("study.")]
            made.append((model.name, model.select))
    return made


def _is_of_raw(model: Model) -> bool:
    return any(name.startswith("raw.") for name in model.reads)


def _study(name: str, as_of: datetime) -> Make:
    """The study computed on the snapshot: what was stored by then is of other series too, or was computed later."""
    study = studies.STUDIES[name]

    def compute(ask: Ask) -> pl.DataFrame:
        rows = study.compute({table: ask(query) for table, query in study.queries.items()})
        return rows if "known_at" in rows.columns else rows.with_columns(pl.lit(as_of, pl.Datetime("us", "UTC")).alias("known_at"))

    return compute
