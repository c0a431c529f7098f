"""The section on claims: what became of each claim of an article, at two moments side by side."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.report import wording
from pipelines.report.published import Published

TABLES = ("mart.claims", "mart.claim_verdicts")
# Of each word of the verdicts (domain §1) the sign beside it and its kind, which colours it.
SIGNS = {
    "SUPPORTED": ("✓", "holds"),
    "SUPPORTED_IF": ("◐", "depends"),
    "REFUTED": ("✗", "fails"),
    "RESOLVED_TRUE": ("✓", "holds"),
    "RESOLVED_FALSE": ("✗", "fails"),
    "FORECAST_OPEN": ("…", "open"),
    "ATTRIBUTION_ONLY": ("”", "open"),
    "NOT_TESTABLE": ("–", "open"),
    "INSUFFICIENT_DATA": ("?", "open"),
}
ABSENT = "No claim was evaluated in this file; the command lockstep claims check does that, and the next report shows the verdicts."


@dataclass(frozen=True)
class Verdict:
    """What a claim was found to be at a moment: the word with its sign and kind, what was observed, how many definitions say so."""

    word: str
    sign: str
    kind: str
    observed: str
    definitions: str


@dataclass(frozen=True)
class Line:
    """One claim and its two verdicts; either is None where there was no evaluation."""

    claim_id: str
    text: str
    claimed: str
    then: Verdict | None
    now: Verdict | None

    @property
    def changed(self) -> bool:
        """Whether both moments have a verdict, and not the same."""
        return self.then is not None and self.now is not None and self.then.word != self.now.word


@dataclass(frozen=True)
class Article:
    """The claims of one article at its first and at its newest evaluation; `now` is None where there is only one."""

    article_id: str
    title: str
    then: datetime
    now: datetime | None
    lines: tuple[Line, ...]
    sql: str
    age: str


def articles(published: Published) -> tuple[Article, ...]:
    """Every article with a verdict by the moment of the page; none where the file has no such tables."""
    if not all(published.holds(table) for table in TABLES):
        return ()
    found = published.stored(_sql(published.moment))
    return tuple(_article(rows, found.sql, published) for rows in found.rows.partition_by("article_id", maintain_order=True))


def _sql(moment: datetime) -> str:
    """One row for each claim and each of the two moments of its article; of its definitions, the headline's."""
    return f"""with evaluated as (
    select *
    from mart.claim_verdicts
    where as_of <= timestamptz '{moment.isoformat()}'
    qualify as_of in (min(as_of) over (partition by article_id), max(as_of) over (partition by article_id))
        and row_number() over (partition by article_id, claim_id, as_of order by is_headline desc, definition_id) = 1
)
select claims.article_id, claims.claim_id, claims.text, claims.claimed_text, evaluated.as_of, evaluated.claim_verdict,
    evaluated.observed_text, evaluated.n_definitions, evaluated.n_definitions_true
from mart.claims as claims
inner join evaluated on claims.article_id = evaluated.article_id and claims.claim_id = evaluated.claim_id
order by claims.article_id, claims.claim_id, evaluated.as_of"""


def _article(rows: pl.DataFrame, sql: str, published: Published) -> Article:
    moments = sorted(set(rows["as_of"]))
    then, now = moments[0], moments[-1] if len(moments) > 1 else None
    groups = rows.partition_by("claim_id", maintain_order=True)
    lines = tuple(_line({row["as_of"]: row for row in group.iter_rows(named=True)}, then, now) for group in groups)
    newest = f"Newest verdict as of {wording.instant(moments[-1])}"
    return Article(
        article_id=rows["article_id"][0],
        title=_title(lines, now),
        then=then,
        now=now,
        lines=lines,
        sql=sql,
        age=f"{newest}: {wording.span(published.moment - moments[-1])} before the moment of this page.",
    )


def _line(rows: dict[datetime, dict], then: datetime, now: datetime | None) -> Line:
    claim = next(iter(rows.values()))
    first, last = (_verdict(rows[moment]) if moment and moment in rows else None for moment in (then, now))
    return Line(claim["claim_id"], claim["text"], claim["claimed_text"] or "", first, last)


def _verdict(row: dict) -> Verdict:
    word, sign = row["claim_verdict"], SIGNS[row["claim_verdict"].partition("(")[0]]
    several = row["n_definitions"] and row["n_definitions"] > 1
    definitions = f"{row['n_definitions_true']} of {row['n_definitions']} definitions" if several else ""
    return Verdict(word, *sign, observed=row["observed_text"] or "", definitions=definitions)


def _title(lines: tuple[Line, ...], now: datetime | None) -> str:
    newest = [line.now if now else line.then for line in lines]
    kinds = [verdict.kind for verdict in newest if verdict]
    held = f"{kinds.count('holds')} hold, {kinds.count('depends')} depend on the definition, {kinds.count('fails')} do not hold"
    changed = f"; {wording.counted(sum(line.changed for line in lines), 'verdict', 'verdicts')} changed in between" if now else ""
    return f"Of {wording.counted(len(lines), 'claim', 'claims')} {held}{changed}"
