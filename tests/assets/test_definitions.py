"""The graph as Dagster sees it: names, groups, descriptions, checks, jobs, from any folder."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets.definitions import defs
from pipelines import catalog, models

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


def test_every_vendor_shape_and_table_is_a_node(graph):
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    expected = {f"capture/{series.vendor}" for series in catalog.load()} | {f"raw/{series.shape}" for series in catalog.load()}
    expected |= {f"{model.schema}/{model.table}" for model in models.load()} | {"market", "report"}
    assert expected <= keys


def test_every_node_is_described_grouped_and_has_kinds(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description and node.group_name != "default" and node.kinds, key


def test_every_series_has_its_freshness_check(graph):
    names = {check.name for check in graph.asset_check_keys}
    assert {f"fresh__{series.series_id}" for series in catalog.load()} <= names


def test_every_claim_of_a_model_is_a_check(graph):
    checks = {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys}
    assert {(f"{model.schema}/{model.table}", name) for model in models.load() for name in model.checks} <= checks


def test_the_graph_follows_the_select(graph):
    for model in models.load():
        parents = {key.to_user_string() for key in graph.get(dg.AssetKey([model.schema, model.table])).parent_keys}
        assert parents == {name.replace(".", "/") for name in models.made_first(model)}


def test_the_two_jobs_split_between_asking_and_making(graph):
    ingest, build = (defs.resolve_job_def(name) for name in ("ingest", "build"))
    asked = {key.path[0] for key in ingest.asset_layer.selected_asset_keys}
    made = {key.path[0] for key in build.asset_layer.selected_asset_keys}
    assert asked == {"capture", "raw"} and made == {"core", "mart", "market", "report"}


def test_the_schedules_run_on_new_york_and_utc_time():
    zones = {"release_times": "America/New_York", "crypto_close": "UTC"}
    for name, zone in zones.items():
        schedule = defs.resolve_schedule_def(name)
        assert (schedule.execution_timezone, schedule.job_name) == (zone, "ingest")


def test_a_run_that_dies_runs_again_and_one_that_fails_by_its_own_fault_does_not():
    with dg.instance_for_test(overrides=_settings()) as instance:
        assert instance.run_retries_enabled and instance.run_retries_max_retries == 2
        assert not instance.run_retries_retry_on_asset_or_op_failure
        assert instance.run_monitoring_enabled and instance.run_monitoring_max_runtime_seconds > 3600
    for name in ("ingest", "build"):
        policy = defs.resolve_job_def(name).op_retry_policy
        assert policy is not None and policy.max_retries == 3 and policy.backoff is dg.Backoff.EXPONENTIAL


def _settings() -> dict:
    """dagster.yaml as it stands, without the places of its files."""
    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    return {name: value for name, value in settings.items() if name in ("run_retries", "run_monitoring", "scheduler", "concurrency")}


def test_definitions_validate_through_the_workspace_file_from_any_folder(tmp_path):
    command = [str(Path(sys.executable).parent / "dagster"), "definitions", "validate", "-w", str(ROOT / "workspace.yaml")]
    environment = {**os.environ, "DAGSTER_HOME": ""}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
