"""Jobs and their clocks: `ingest` at the vendors' release times, New York; `build` after it, whether it went well or not."""

import dagster as dg

ingest = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.groups("capture", "raw"),
    description="Ask every vendor, keep the answers, read them into the raw tables.",
)
build = dg.define_asset_job(
    "build",
    selection=dg.AssetSelection.groups("core", "mart", "publish"),
    description="Make and audit every table, then put market.duckdb in place.",
)

# vendors/SUMMARY.md §4: rates 08:02 and 09:02, operations by 09:30, final rates 15:05, DTS 16:00, H.4.1 16:31, equities
# 16:30, futures 18:00, FRED's index closes 20:11, crypto 00:10 UTC (19:10 or 20:10), a repair pull in the morning.
RELEASES = ["30 7 * * *", "10 9 * * 1-5", "5 15 * * 1-5", "45 16 * * 1-5", "15 18 * * 1-5", "30 20 * * *"]

release_times = dg.ScheduleDefinition(
    name="release_times",
    job=ingest,
    cron_schedule=RELEASES,
    execution_timezone="America/New_York",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="After the vendors' releases of the day, New York time.",
)


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
