"""The two verbs between a vendor and the warehouse: `capture` asks and keeps, `load` reads what was kept.

Owns the order of the steps, and the ledger entry of each answer. How a vendor is asked and read belongs
to its module, the checks on a frame to `pipelines.schemas`, those against what is held to
`pipelines.comparison`, when a row could be known to `pipelines.knowledge`, from which date on a
series is asked again to `pipelines.standing`.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from pipelines import catalog, comparison, knowledge, schemas, settings, standing, vendors
from pipelines.archive import Archive, Capture
from pipelines.catalog import Series
from pipelines.sources import Source, Unreachable
from pipelines.standing import IS_CLOSED, IS_WHOLE
from pipelines.vendors import Answer, Refused, Request
from pipelines.warehouse import Warehouse, raw

NAMED = {"price_bars": "bar", "observations": "value", "operations": "operation"}
Tell = Callable[[str], None]
Sent = dict[tuple[str, tuple[tuple[str, str], ...]], Answer | str]


@dataclass(frozen=True)
class Loaded:
    """What became of one capture. `outcome` and `reason` as in core.captures; `rows` added, `rows_read` in the answer."""

    capture_id: str
    vendor: str
    series_id: str
    outcome: str
    rows: int
    rows_read: int
    reason: str | None


def capture(source: Source, archive: Archive, warehouse: Warehouse, wanted: Iterable[Series], tell: Tell) -> list[Capture]:
    """Ask the source for every wanted series it holds, from where the warehouse stands, and keep every answer.

    A series whose last pass was asked at this very instant and is whole is not asked again. Identical questions of one
    pass (a file that holds several series) are sent once.
    """
    standings, sent, kept = standing.standings(warehouse), Sent(), []
    asked_at = source.now()
    holes = standing.holes(warehouse, asked_at)
    for series in wanted:
        stands = standings.get(series.series_id)
        if not source.holds(series) or (stands and stands.is_whole and stands.asked_at == asked_at):
            continue
        overlap = vendors.module(series.vendor).VENDOR.overlap_days
        since = stands.ask_from(overlap, holes.get(series.series_id)) if stands else None
        captures = _ask(source, archive, series, since, asked_at, sent)
        kept += captures
        tell(f"asked {series.vendor:<11} {series.series_id}: {_how_it_went(captures)}")
    return kept


def load(archive: Archive, warehouse: Warehouse, tell: Tell, shapes: Iterable[str] = tuple(schemas.SHAPES)) -> list[Loaded]:
    """Read every capture that the ledger does not know yet, oldest first, and append what it says that is new."""
    wanted = {series.series_id: series for series in catalog.load() if series.shape in set(shapes)}
    outcomes: list[Loaded] = []
    with warehouse.writing():
        done = set(warehouse.frame("select capture_id from raw.captures")["capture_id"])
        for capture_id in archive.ids():
            series = wanted.get(capture_id.split("~")[2])
            if series is not None and capture_id not in done:
                outcomes.append(_load(archive, warehouse, archive.read(capture_id), series))
                if outcomes[-1].outcome != "accepted" or outcomes[-1].rows:
                    tell(_what_became(outcomes[-1]))
    return outcomes


def _ask(source: Source, archive: Archive, series: Series, since: date | None, asked_at: datetime, sent: Sent) -> list[Capture]:
    module = vendors.module(series.vendor)
    keyed = source.name == "live" and module.VENDOR.key is not None and settings.key(module.VENDOR.key) is not None
    queue = module.requests(series, since, asked_at.date(), keyed=keyed)
    kept: list[Capture] = []
    while queue:
        request, *queue = queue
        answer = _send(source, request, sent)
        queue = [*_following(request, answer), *queue]
        kept.append(archive.write(request, answer, asked_at=asked_at, captured_at=source.now(), since=since, remaining=len(queue)))
    return kept


def _send(source: Source, request: Request, sent: Sent) -> Answer | str:
    question = (request.url, request.params)
    if question not in sent:
        try:
            sent[question] = source.send(request)
        except Unreachable as error:
            sent[question] = str(error)
    return sent[question]


def _following(request: Request, answer: Answer | str) -> list[Request]:
    """The question this answer leads to. An answer that cannot be read leads nowhere; `load` will say why."""
    if isinstance(answer, str) or answer.status != 200:
        return []
    try:
        follows = vendors.following(request, answer.body)
    except Refused:
        return []
    return [follows] if follows else []


def _load(archive: Archive, warehouse: Warehouse, kept: Capture, series: Series) -> Loaded:
    empty = knowledge.stamp(schemas.empty(series.shape), series, kept, watched_since=knowledge.ALWAYS)
    try:
        rows, reason = _rows(archive, warehouse, kept, series)
        outcome = "accepted"
    except Unreachable as error:
        rows, outcome, reason = empty, "unreachable", str(error)
    except Refused as error:
        rows, outcome, reason = empty, "refused", str(error)
    entry = _entry(kept, series) | {"outcome": outcome, "reason": reason, "rows_read": rows.height}
    added = warehouse.append(series.shape, rows, entry)
    return Loaded(kept.capture_id, series.vendor, series.series_id, outcome, added, rows.height, reason)


def _rows(archive: Archive, warehouse: Warehouse, kept: Capture, series: Series) -> tuple[pl.DataFrame, str | None]:
    """The rows of one capture, checked and stamped, and a word on what was left out.

    Raises:
        Unreachable: no answer came.
        Refused: the answer is not what the vendor documents, or says what cannot be.
    """
    if kept.failure is not None:
        raise Unreachable(kept.failure)
    body = archive.body(kept)
    if kept.status != 200:
        raise Refused(f"HTTP {kept.status}: {body[:200].decode('utf-8', 'replace').strip()}")
    try:
        frame = schemas.validate(vendors.module(series.vendor).parse(body, series, kept.request), series, kept.captured_at.date())
    except schemas.Invalid as error:
        raise Refused(str(error)) from error
    comparison.compare(frame, series, kept, warehouse)
    watched_since = _watched_since(kept, warehouse)
    held = _is_held(frame, series, kept, warehouse) if watched_since > knowledge.ALWAYS else None
    stamped = knowledge.stamp(frame, series, kept, watched_since=watched_since, held=held)
    finished = knowledge.finished(stamped, series, kept.captured_at)
    return finished, _remarked(stamped.height - finished.height, frame, series)


def _remarked(left_out: int, frame: pl.DataFrame, series: Series) -> str | None:
    """A word on what of an accepted answer was left out, or will be."""
    odd = schemas.impossible(frame, series)
    what = f"{NAMED[series.shape]}{'s' if odd > 1 else ''}{' with a price' if series.shape == 'price_bars' else ''}"
    said = [f"{left_out} unfinished bar left out"] * bool(left_out) + [f"{odd} {what} that cannot be, quarantined"] * bool(odd)
    return "; ".join(said) or None


def _watched_since(kept: Capture, warehouse: Warehouse) -> datetime:
    """From when on what comes out is seen to appear, as the passes before this one left it.

    A pass that was killed watches nothing. One that was asked to its end but not answered whole watches from its instant on:
    what came out before and is not held lies in the answers that are missing. A whole one holds the history: all that a later
    one adds is new.
    """
    passes = warehouse.frame(
        f"""select captures.asked_at, {IS_WHOLE} as is_whole from raw.captures as captures where series_id = ? and asked_at < ?
        group by captures.asked_at having {IS_CLOSED} and sum(captures.rows_read) > 0 order by captures.asked_at""",
        [kept.request.series_id, kept.asked_at],
    )
    if passes["is_whole"].any():
        return knowledge.ALWAYS
    return passes["asked_at"][0] if passes.height else knowledge.NOT_YET


def _is_held(frame: pl.DataFrame, series: Series, kept: Capture, warehouse: Warehouse) -> pl.Series:
    """For each row, whether a pass before this one brought its key."""
    keys = raw.KEYS[series.shape]
    held = warehouse.frame(
        f"""select distinct {", ".join(keys)}, true as is_held from raw.{series.shape}
        semi join (select capture_id from raw.captures where series_id = ? and asked_at < ?) using (capture_id)""",
        [series.series_id, kept.asked_at],
    )
    return frame.select(keys).join(held, on=keys, how="left", nulls_equal=True, maintain_order="left")["is_held"].fill_null(False)


def _entry(kept: Capture, series: Series) -> dict[str, Any]:
    fields = asdict(kept)
    names = ("capture_id", "asked_at", "since", "remaining", "status", "captured_at", "sha256")
    return {name: fields[name] for name in names} | {
        "vendor": series.vendor,
        "series_id": series.series_id,
        "shape": series.shape,
        "url": kept.url,
    }


def _how_it_went(captures: list[Capture]) -> str:
    failed = [kept.failure or f"HTTP {kept.status}" for kept in captures if kept.status != 200]
    return f"{len(captures)} answers" if not failed else failed[0]


def _what_became(loaded: Loaded) -> str:
    told = f"read  {loaded.vendor:<11} {loaded.series_id}: "
    if loaded.outcome == "accepted":
        return told + f"{loaded.rows} new of {loaded.rows_read}" + (f" ({loaded.reason})" if loaded.reason else "")
    return told + f"{loaded.outcome.upper()}: {loaded.reason}"
