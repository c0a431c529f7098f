"""What looks when no schedule runs: news and stale series every few minutes, and a run that failed. `pipelines.alerts` does the work."""

import json
from datetime import UTC, datetime

import dagster as dg

from assets.checks import evaluation
from assets.resources import Workplace
from assets.schedules import build, ingest
from pipelines import settings
from pipelines.alerts import news, watch
from pipelines.alerts.journal import JournalError


@dg.sensor(
    minimum_interval_seconds=180,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks for news in the published file and for stale series, keeps and sends alerts, and turns freshness checks over "
    "when a series turns stale though nothing ran.",
)
def watch_for_news(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One look; the cursor holds the series of which the checks were told last that they are red."""
    workplace = Workplace()
    try:
        found = watch.look(workplace.folder(), workplace.source().now(), watch.configured())
    except JournalError as error:
        return dg.SkipReason(str(error))
    red = sorted(item.series.series_id for item in found.freshness if item.is_red)
    told = json.loads(context.cursor or "[]")
    turned = [item for item in found.freshness if (item.series.series_id in told) != item.is_red]
    for alert in found.raised:
        context.log.info(alert.text)
    if found.trouble:
        context.log.warning(settings.redacted(f"{found.waiting} alerts wait: {found.trouble}"))
    return dg.SensorResult(asset_events=[evaluation(item) for item in turned], cursor=json.dumps(red))


@dg.run_failure_sensor(monitored_jobs=[ingest, build], default_status=dg.DefaultSensorStatus.RUNNING)
def alert_on_failure(context: dg.RunFailureSensorContext) -> None:
    """Keep an alert for the run; the next look sends it."""
    now = datetime.now(UTC)
    message = settings.redacted(context.failure_event.message or "")
    if context.dagster_run.tags.get("dagster/will_retry") == "true":
        message = f"{message.strip()} It runs again by itself."
    alert = news.failed(context.dagster_run.job_name, context.dagster_run.run_id, message, now.date())
    Workplace().folder().journal.enter(alert, now)
