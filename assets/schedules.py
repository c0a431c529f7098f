"""Jobs and their clocks: `ingest` at the vendors' release times, for what is due then; `build` after it, whether it went well or not."""

from collections.abc import Sequence

import dagster as dg

from assets.raw import REFERENCES
from assets.resources import Workplace
from pipelines import catalog, due, schemas, standing
from pipelines.due import Due

# A warehouse that another process holds is free again in a while; what fails by its own fault says `allow_retries=False`.
PATIENT = dg.RetryPolicy(max_retries=3, delay=30, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)

ingest = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.groups("capture", "raw"),
    op_retry_policy=PATIENT,
    description="Ask every vendor, keep the answers, read them into the raw tables.",
)
build = dg.define_asset_job(
    "build",
    selection=dg.AssetSelection.groups("core", "mart", "publish"),
    op_retry_policy=PATIENT,
    description="Make and audit every table, then put market.duckdb in place.",
)

# A few minutes after what `pipelines.releases` says comes out, New York. What a tick finds late, the next ones ask again.
NEW_YORK = [
    "30 7 * * *",  # repair pull: what was read in the evening, final now
    "20 8 * * *",  # secured rates; the target range, every day of the week
    "10 9 * * 1-5",  # unsecured rates, announcements of operations, high-yield spread; NFCI on Wednesdays
    "45 9 * * 1-5",  # operations of the morning, VIX
    "35 11 * * 1-5",  # operations
    "20 13 * * 1-5",  # overnight reverse repo, London fixes; M2 on a fourth Tuesday
    "50 14 * * 1-5",  # standing repo, FRED's reverse repo
    "5 15 * * 1-5",  # reference rates, final
    "20 16 * * 1-5",  # Daily Treasury Statement, H.15
    "45 16 * * 1-5",  # equities; H.4.1 and SOMA on Thursdays
    "30 17 * * 1-5",  # both again, where they were late
    "15 18 * * 1-5",  # futures settlements
    "30 20 * * *",  # FRED's index closes
]
CRYPTO = ["20 0 * * *"]  # the day of a 24x7 market ends at midnight UTC, in summer and in winter


def _schedule(name: str, crons: Sequence[str], timezone: str, description: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=name,
        job=ingest,
        cron_schedule=crons,
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=description,
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        workplace = Workplace()
        source = workplace.source()
        now = source.now()
        wanted = [series for series in catalog.load() if source.holds(series)]
        found = due.due(wanted, standing.published(workplace.folder().market), now)
        closed = due.closures(now)
        if not found:
            return dg.SkipReason(f"Nothing is due at {now:%Y-%m-%d %H:%M} UTC: all that is out is held. {closed}".strip())
        return _request(found, f"{name}-{context.scheduled_execution_time.isoformat()}", closed)

    return tick


def _request(found: list[Due], run_key: str, closed: str) -> dg.RunRequest:
    """A run that asks for those series alone, of their vendors alone, and reads whatever was kept and not read."""
    by_vendor: dict[str, list[str]] = {}
    for item in found:
        by_vendor.setdefault(item.series.vendor, []).append(item.series.series_id)
    asked = {f"capture__{vendor}": {"config": {"series": names, "if_due": True}} for vendor, names in by_vendor.items()}
    read = [dg.AssetKey(["raw", name]) for name in (*schemas.SHAPES, "captures")]
    return dg.RunRequest(
        run_key=run_key,
        run_config={"ops": asked},
        asset_selection=[*(dg.AssetKey(["capture", vendor]) for vendor in by_vendor), *read, *REFERENCES],
        tags={"lockstep/due": f"{len(found)} series"} | ({"lockstep/closed": closed} if closed else {}),
    )


release_times = _schedule("release_times", NEW_YORK, "America/New_York", "After the releases of the day, New York time: what is due then.")
crypto_close = _schedule("crypto_close", CRYPTO, "UTC", "After the end of the UTC day: what is due then.")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS, monitored_jobs=[ingest], request_job=build, default_status=dg.DefaultSensorStatus.RUNNING
)
def build_after_ingest(context: dg.RunStatusSensorContext) -> dg.RunRequest:
    """What was read is built and published."""
    return dg.RunRequest(run_key=f"build-{context.dagster_run.run_id}")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.FAILURE, monitored_jobs=[ingest], request_job=build, default_status=dg.DefaultSensorStatus.RUNNING
)
def build_after_failed_ingest(context: dg.RunStatusSensorContext) -> dg.RunRequest:
    """One broken vendor never stops publishing: the rest is built from the last good data."""
    return dg.RunRequest(run_key=f"build-{context.dagster_run.run_id}")
