"""The section on claims: what became of each claim of an article, at two moments side by side."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

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
    then: Verdict | None
    now: Verdict | None

    @property
    def changed(self) -> bool:
        """Whether both moments have a verdict, and not the same."""
        return self.then is not None and self.now is not None and self.then.word != self.now.word


@dataclass(frozen=True)
class Article:
    """The claims of one article at its own moment and at the newest; `now` is None where the two are one."""

    key: str
    heading: str
    title: str
    publisher: str
    published_on: date
    url: str
    then: datetime
    now: datetime | None
    lines: tuple[Line, ...]
    sql: str
    age: str


def articles(published: Published) -> tuple[Article, ...]:
    """Every article with a verdict by the moment of the page, the newest first; none where the file has no such tables."""
    if not all(published.holds(table) for table in TABLES):
        return ()
    found = published.stored(_sql(published.moment))
    return tuple(_article(rows, found.sql, published) for rows in found.rows.partition_by("article_id", maintain_order=True))


def _sql(moment: datetime) -> str:
    """One row for each claim and each of the two moments of its article, with what its first definition found."""
    return f"""with verdicts as (
    select *
    from mart.claim_verdicts
    where as_of <= timestamptz '{moment.isoformat()}'
    qualify row_number() over (partition by article_id, claim_id, as_of order by place) = 1
),
newest as (
    select article_id, max(as_of) as as_of
    from verdicts
    group by article_id
)
select claims.article_id, claims.article_title, claims.publisher, claims.published_on, claims.article_as_of, claims.source_url,
    claims.claim_id, claims.text, verdicts.as_of, verdicts.claim_verdict, verdicts.observed_text, verdicts.n_definitions,
    verdicts.n_definitions_true
from mart.claims as claims
inner join newest on claims.article_id = newest.article_id
inner join verdicts on claims.article_id = verdicts.article_id and claims.claim_id = verdicts.claim_id
    and verdicts.as_of in (claims.article_as_of, newest.as_of)
order by claims.published_on desc, claims.article_id, claims.claim_id, verdicts.as_of"""


def _article(rows: pl.DataFrame, sql: str, published: Published) -> Article:
    about = rows.row(0, named=True)
    then, newest = about["article_as_of"], max(rows["as_of"].to_list())
    now = newest if newest != then else None
    groups = rows.partition_by("claim_id", maintain_order=True)
    lines = tuple(_line({row["as_of"]: row for row in group.iter_rows(named=True)}, then, now) for group in groups)
    ago = wording.span(published.moment - newest)
    return Article(
        key=about["article_id"],
        heading=_heading(lines, now),
        title=about["article_title"],
        publisher=about["publisher"],
        published_on=about["published_on"],
        url=about["source_url"],
        then=then,
        now=now,
        lines=lines,
        sql=sql,
        age=f"Newest verdict as of {wording.instant(newest)}: {ago} before the moment of this page.",
    )


def _line(rows: dict[datetime, dict], then: datetime, now: datetime | None) -> Line:
    claim = next(iter(rows.values()))
    first, last = (_verdict(rows[moment]) if moment and moment in rows else None for moment in (then, now))
    return Line(claim["claim_id"], claim["text"], first, last)


def _verdict(row: dict) -> Verdict:
    word = row["claim_verdict"]
    sign, kind = SIGNS[word.partition("(")[0]]
    definitions = f"{row['n_definitions_true']} of {row['n_definitions']} definitions" if row["n_definitions"] > 1 else ""
    return Verdict(word, sign, kind, row["observed_text"] or "", definitions)


def _heading(lines: tuple[Line, ...], now: datetime | None) -> str:
    """How many claims hold, depend and fail at the newest moment, and how many verdicts changed until then."""
    newest = [line.now if now else line.then for line in lines]
    kinds = Counter(verdict.kind for verdict in newest if verdict)
    told = [
        wording.counted(kinds["holds"], "holds", "hold"),
        wording.counted(kinds["depends"], "depends on the definition", "depend on the definition"),
        wording.counted(kinds["fails"], "does not hold", "do not hold"),
        f"{kinds['open']} cannot be told",
    ]
    changed = f"; {wording.counted(sum(line.changed for line in lines), 'verdict', 'verdicts')} changed" if now else ""
    return f"Of {wording.counted(len(lines), 'claim', 'claims')} {', '.join(told)}{changed}"
