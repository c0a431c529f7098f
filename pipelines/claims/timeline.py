"""The timeline of an article: when each verdict changed, and which row changed it.

Owns the search: verdicts that daily runs noted are taken as they stand, gaps between them are filled by asking again, and
between two moments that disagree the first instant is sought at which something became known, or a time had passed, and
the word is the new one. A verdict that turns and turns back between two moments asked is not seen: ask closer (`every`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import polars as pl

from pipelines.claims import Checked, Story
from pipelines.claims.evaluation import Open, Verdict, evaluate

Ask = Callable[[str], pl.DataFrame]
Tell = Callable[[str], None]

NOTED = """
    select claim_id, as_of, any_value(claim_verdict) as word from mart.claim_verdicts
    where article_id = '{article}' group by claim_id, as_of order by as_of
"""
KNOWN = """
    select distinct known_at from (
        select series_id, known_at from raw.price_bars union all select series_id, known_at from raw.observations
        union all select series_id, known_at from raw.operations
        union all select null, known_at from raw.desk_plans union all select null, known_at from raw.fomc_meetings
    ) where known_at > timestamptz '{after}' and known_at <= timestamptz '{until}'{about} order by known_at
"""


@dataclass(frozen=True)
class Change:
    """A verdict that became another one at `at` (UTC).

    `rows` are those on which it newly rests since the last moment asked that had the old word; none where only time passed.
    """

    checked: Checked
    at: datetime
    before: str
    after: str
    rows: pl.DataFrame


def changes(
    open_snapshot: Open, ask: Ask, story: Story, claims: Sequence[Checked], until: datetime, every: timedelta, tell: Tell
) -> Iterator[Change]:
    """Every change of verdict of these claims from the article's moment to `until`, claim by claim.

    Args:
        ask: answers queries on the same file.
        every: the widest gap between two moments asked.
    """
    seen = _noted(ask, story)
    for moment in _moments(story.article.as_of, until, every):
        tell(f"asking {len(claims)} claims as of {moment:%Y-%m-%d %H:%M}")
        for found in evaluate(open_snapshot, story, claims, moment):
            seen.setdefault(found.checked.claim.claim_id, {})[moment] = found.word
    for checked in claims:
        words = sorted((moment, word) for moment, word in seen[checked.claim.claim_id].items() if story.article.as_of <= moment <= until)
        for (earlier, before), (later, after) in pairwise(words):
            if before != after:
                tell(f"{checked.claim.claim_id}: {before} became {after} by {later:%Y-%m-%d}; looking for the row")
                yield _found(open_snapshot, ask, story, checked, earlier, later)


def _noted(ask: Ask, story: Story) -> dict[str, dict[datetime, str]]:
    seen: dict[str, dict[datetime, str]] = {}
    for claim_id, moment, word in ask(NOTED.format(article=story.article.article_id)).iter_rows():
        seen.setdefault(claim_id, {})[moment] = word
    return seen


def _moments(first: datetime, last: datetime, every: timedelta) -> list[datetime]:
    steps = int((last - first) / every)
    return sorted({*(first + every * step for step in range(steps + 1)), last})


def _found(open_snapshot: Open, ask: Ask, story: Story, checked: Checked, earlier: datetime, later: datetime) -> Change:
    """Halve the instants between two moments until the first one with another word is left."""

    def at(moment: datetime) -> Verdict:
        return evaluate(open_snapshot, story, [checked], moment)[0]

    before, after = at(earlier), at(later)
    instants = _instants(ask, checked, before, after)
    then = before.rests_on
    low, high = -1, len(instants) - 1
    while high - low > 1:
        middle = (low + high) // 2
        found = at(instants[middle])
        if found.word == before.word:
            low = middle
        else:
            high, after = middle, found
    rows = after.rests_on.join(then, on=then.columns, how="anti", nulls_equal=True)
    return Change(checked, instants[high], before.word, after.word, rows.filter(pl.col("known_at") <= instants[high]))


def _instants(ask: Ask, checked: Checked, before: Verdict, after: Verdict) -> list[datetime]:
    """The instants after the one moment, up to the other, at which something of the claim became known or could be told."""
    series = checked.template.series(checked.params)
    names = ", ".join(f"'{name}'" for name in sorted(series or ()))
    about = f" and (series_id is null or series_id in ({names}))" if names else ""
    known = ask(KNOWN.format(after=before.as_of.isoformat(), until=after.as_of.isoformat(), about=about))["known_at"].to_list()
    due = {answer["resolves_at"] for found in (before, after) for answer in found.answers if answer["resolves_at"]}
    return sorted({*known, *(instant for instant in due if before.as_of < instant <= after.as_of), after.as_of})
