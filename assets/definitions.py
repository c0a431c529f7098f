"""The code location: assets, checks, jobs, schedules, sensors, the one resource, and the executor DuckDB's one writer asks for."""

from datetime import timedelta

import dagster as dg

from assets import captures, checks, models, publish, raw, report, schedules, sensors
from assets.resources import Workplace

DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=76), warn_window=timedelta(hours=30))

_assets = [*captures.captures(), *raw.raw(), *models.models(), publish.market, report.report]

defs = dg.Definitions(
    assets=dg.map_asset_specs(lambda spec: dg.apply_freshness_policy(spec, DAILY), _assets),
    asset_checks=[*checks.freshness_checks(), *checks.quality_checks()],
    jobs=[schedules.ingest, schedules.build],
    schedules=[schedules.release_times, schedules.crypto_close],
    sensors=[schedules.build_after_ingest, schedules.build_after_failed_ingest, sensors.watch_for_news, sensors.alert_on_failure],
    resources={"workplace": Workplace()},
    executor=dg.in_process_executor,
)
