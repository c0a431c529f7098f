"""The day: capture, load, build, publish, in that order, each a function that both the command and Dagster call.

Owns the order and what one failure may stop: a refused answer stops nothing, a failed audit keeps the old file in place.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version

import polars as pl

from pipelines import calendars, catalog, claims, dictionary, due, ingest, models, policy, releases, rulings, standing, studies
from pipelines.alerts.journal import COLUMNS, Journal
from pipelines.archive import Capture
from pipelines.catalog import Series
from pipelines.claims import citations, record
from pipelines.folder import DataFolder
from pipelines.ingest import Loaded
from pipelines.models import Model
from pipelines.sources import Source
from pipelines.warehouse import Warehouse
from pipelines.warehouse.build import Audit, Built, build, retire
from pipelines.warehouse.publish import publish

SESSIONS_FROM, SESSIONS_TO = date(1970, 1, 1), date(2035, 12, 31)
REFERENCES = {
    "series": "The catalog as a table.",
    "record_seeds": "Cited records from before what is held, from the catalog.",
    "sessions": "Expected days of each calendar.",
    "release_dates": "Dates that were to have a value by the moment the run stood at, and when each was out, by release.",
    "fomc_meetings": "Meetings of the Committee as they became known, cited.",
    "desk_plans": "What the Desk said it would buy, cited.",
    "policy_events": "What else the Fed said or changed, cited.",
    "alerts": "Alerts that were raised and what became of each, as the journal keeps them.",
    "bar_rulings": "What a person has ruled of a suspect bar, its high or its low, cited; never edited, reversed by another row.",
    "operation_rulings": "What a person has ruled of an operation of the Desk, cited; never edited, reversed by another row.",
    "claims": "What articles claim, in our own words.",
    "analyst_claims": "What analysts said, cited.",
}
CALENDARS = ("XNYS", "XLON", "XCME", "SIFMA", "REPO", "FED")

Tell = Callable[[str], None]


@dataclass
class Day:
    """What one day did."""

    started_at: datetime
    captures: list[Capture] = field(default_factory=list)
    loaded: list[Loaded] = field(default_factory=list)
    built: list[Built] = field(default_factory=list)
    published: dict[str, int] | None = None

    @property
    def refused(self) -> list[Loaded]:
        """Answers that were refused or never came."""
        return [loaded for loaded in self.loaded if loaded.outcome != "accepted"]

    @property
    def failed(self) -> list[Built]:
        """Tables whose audits failed: the old ones stand and nothing was published."""
        return [built for built in self.built if not built.passed]


def run(source: Source, folder: DataFolder, tell: Tell, wanted: Iterable[Series] | None = None, *, only_due: bool = False) -> Day:
    """The whole day on one source, asking for all that is wanted, or `only_due`: for those of them that are due (`pipelines.due`).

    Raises:
        WrongSource, Locked, WarehouseError, ArchiveError, OSError: each says what to do.
    """
    day = Day(started_at=datetime.now(UTC))
    folder.claim(source.name, source.label)
    warehouse = folder.warehouse()
    with warehouse.writing():
        asked = list(wanted or catalog.load())
        if only_due:
            asked = [item.series for item in due.due(asked, standing.standings(warehouse), source.now())]
        day.captures = ingest.capture(source, folder.archive, warehouse, asked, tell)
        day.loaded = ingest.load(folder.archive, warehouse, tell)
        refer(warehouse, source.now(), folder.journal)
        day.built = build_all(warehouse, tell)
        if not day.failed:
            day.published = publish_run(folder, warehouse, source.now(), day.started_at)
            tell(f"published {folder.market}")
    return day


def refer(warehouse: Warehouse, clock: datetime, journal: Journal | None = None) -> None:
    """Bring the reference tables (REFERENCES) up to what code and journal say; of the cited ones, what was known at `clock`."""
    rows = [series.model_dump(exclude={"record_seeds"}) for series in catalog.load()]
    warehouse.refer("series", pl.DataFrame(rows, infer_schema_length=None), {})
    seeds = [seed.model_dump() | {"series_id": series.series_id} for series in catalog.load() for seed in series.record_seeds]
    warehouse.refer("record_seeds", pl.DataFrame(seeds, infer_schema_length=None), {})
    days = [(name, day) for name in CALENDARS for day in calendars.sessions(name, SESSIONS_FROM, SESSIONS_TO)]
    warehouse.refer("sessions", pl.DataFrame(days, schema={"calendar": pl.String, "session_date": pl.Date}, orient="row"), {})
    due = releases.due_dates(SESSIONS_TO).filter(pl.col("known_at") <= clock)
    for name, told in {**policy.known_by(clock), **rulings.known_by(clock), "release_dates": due}.items():
        warehouse.refer(name, told, {}, known_at="known_at")
    warehouse.refer("alerts", journal.rows() if journal else pl.DataFrame(schema=COLUMNS), {}, known_at="known_at")
    for name, told in {"claims": claims.frame(), "analyst_claims": citations.frame()}.items():
        warehouse.refer(name, told.filter(pl.col("known_at") <= clock), {}, known_at="known_at")


def newest_answer(warehouse: Warehouse) -> datetime | None:
    """The moment of the newest answer the warehouse holds: where its clock stands without a source."""
    return warehouse.frame("select max(captured_at) as t from raw.captures")["t"][0]


def build_all(warehouse: Warehouse, tell: Tell) -> list[Built]:
    """Every model in order, a study before the model that reads it.

    A model whose upstream failed is built on the old upstream, so that its own audits speak too; where there is no old
    one, it fails as well, by name.
    """
    built: list[Built] = []
    for model in models.load():
        absent = models.made_first(model) - warehouse.tables()
        built.append(lacking(model, absent) if absent else make(warehouse, model, tell))
        tell(_told(built[-1]))
    return built


def make(warehouse: Warehouse, model: Model, tell: Tell) -> Built:
    """One model, after the studies it reads and the verdicts it shows."""
    with warehouse.writing():
        for name in sorted(name.removeprefix("study.") for name in model.reads if name.startswith("study.")):
            tell(f"studied {name}: {studies.run(warehouse, name):,} new rows")
        if models.VERDICTS in model.reads:
            record.run(warehouse, tell)
        return build(warehouse, model, dictionary.texts_of(model.name))


def lacking(model: Model, absent: Iterable[str]) -> Built:
    """What becomes of a model whose upstream was never built."""
    return Built(model, 0, (), (Audit("upstream_stands", f"{', '.join(sorted(absent))} must be there", 1),))


def _told(built: Built) -> str:
    failed = "; ".join(f"{audit.name} fails for {audit.offenders} rows" for audit in built.audits if not audit.passed)
    return f"built {built.model.name}: {built.rows:,} rows" + (f" REFUSED: {failed}" if failed else "")


def publish_run(folder: DataFolder, warehouse: Warehouse, clock: datetime, started_at: datetime) -> dict[str, int]:
    """Put the published file in place and return its rows by table. `clock` is the moment the run stood at."""
    retire(warehouse, {model.name for model in models.load()})
    newest = "select count(*) as n from raw.captures where outcome <> 'accepted' and asked_at = (select max(asked_at) from raw.captures)"
    return publish(
        warehouse,
        folder.market,
        {
            "run_id": str(uuid.uuid4()),
            "started_at": started_at,
            "clock": clock,
            "source": folder.source,
            "label": folder.label,
            "version": version("lockstep"),
            "refused": warehouse.frame(newest)["n"][0],
        },
    )


def replay(kept: DataFolder, into: DataFolder, tell: Tell) -> Day:
    """Rebuild warehouse and published file in the empty folder `into` from the answers that `kept` archived, and nothing else.

    Raises:
        FileExistsError: `into` already holds a warehouse; a replay never writes over one.
        FileNotFoundError: `kept` holds no answers.
    """
    if (into.path / "warehouse.duckdb").exists():
        raise FileExistsError(f"{into.path} already holds a warehouse; name an empty folder with --into")
    if kept.source is None:
        raise FileNotFoundError(f"{kept.path} holds no answers to replay; run `lockstep run --data {kept.path}` first")
    day = Day(started_at=datetime.now(UTC))
    into.claim(kept.source, kept.label)
    warehouse = into.warehouse()
    with warehouse.writing():
        day.loaded = ingest.load(kept.archive, warehouse, tell)
        clock = newest_answer(warehouse) or day.started_at
        refer(warehouse, clock, kept.journal)
        day.built = build_all(warehouse, tell)
        if not day.failed:
            day.published = publish_run(into, warehouse, clock, day.started_at)
    return day
