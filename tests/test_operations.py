"""docs/operations.md against the code: every alert, every check, every sentence a person may meet; and the files of deploy/."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from assets import schedules
from assets.definitions import defs
from pipelines import models
from pipelines.alerts import KINDS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DEPLOY = ROOT / "deploy"
UNITS = sorted(path for path in (DEPLOY / "systemd").iterdir() if path.suffix in (".service", ".timer"))
SAID = [  # what the code says to people, and the file that says it
    ("pipelines/warehouse/connection.py", "the disk is full"),
    ("pipelines/warehouse/published.py", "is not there yet: run"),
    ("pipelines/warehouse/connection.py", "cannot be opened"),
    ("pipelines/day.py", "already holds a warehouse; name an empty folder"),
    ("pipelines/schemas.py", "not above "),
    ("pipelines/schemas.py", "not before "),
    ("pipelines/schemas.py", "not after "),
    ("pipelines/schemas.py", "no results after "),
    ("pipelines/sources/live.py", "was not read, for "),
    ("pipelines/settings.py", "LOCKSTEP_WEBHOOK_URL must be an https address"),
]
TO_PEOPLE = {"Refused", "Unreachable", "Broken", "Unwanted", "ArchiveError", "Locked", "WrongSource", "JournalError", "Undelivered"}
OWN_WORDS = ["pipelines/commands/day.py"]  # where a click.ClickException is written out
PATTERNS = [
    ".*".join(map(re.escape, re.split("…|<status>", said)))
    for row in PAGE.splitlines()
    if "`" in row
    for said in re.findall("`([^`]+)`", row)
]


def needs(program: str) -> pytest.MarkDecorator:
    """A test in which the program itself reads a file of deploy/.

    `make test` promises to run with Python and make alone, on a Mac too, so it is skipped where the program is not; .ci/run brings it.
    """
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"no {program} here to read the file; .ci/run brings it")


def sentences() -> Iterator[tuple[str, str]]:
    """Every sentence that the code refuses with, as file:line and its words; what is put in stands as N."""
    for path in sorted((ROOT / "pipelines").rglob("*.py")):
        place = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                name, said = ast.unparse(node.exc.func), node.exc.args[0]
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                words = "".join(str(part.value) if isinstance(part, ast.Constant) else "N" for part in parts)
                if (name in TO_PEOPLE or (name == "click.ClickException" and place in OWN_WORDS)) and re.search("[a-z]{3}", words):
                    yield f"{place}:{node.lineno}", words


@pytest.mark.parametrize(("place", "said"), list(sentences()))
def test_every_sentence_that_refuses_is_explained(place, said):
    assert any(re.search(pattern, said) for pattern in PATTERNS if re.search("[a-z]{3}", pattern)), (place, said)


def in_a_row(name: str) -> bool:
    """Whether the name stands in the first cell of a table of the page."""
    return any(f"`{name}`" in row.split("|")[1] for row in PAGE.splitlines() if row.startswith("| "))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_alert_has_its_row(kind):
    assert in_a_row(kind)


def test_every_check_has_its_row_by_its_name_or_its_kind():
    claims = {name for model in models.load() for name in model.checks}
    names = {key.name for key in defs.resolve_asset_graph().asset_check_keys}
    kinds = {"fresh__<series>" if name.startswith("fresh__") else name for name in names - claims}
    assert {"fresh__<series>", "every_series_answered", "grain_is_unique"} <= kinds
    assert [kind for kind in sorted(kinds) if not in_a_row(kind) and f"`{kind}`: stale" not in PAGE] == []
    assert "a claim of a table" in PAGE and claims


def test_every_schedule_and_sensor_is_named():
    names = {schedules.release_times.name, schedules.crypto_close.name, *(sensor.name for sensor in defs.sensors or [])}
    assert [name for name in sorted(names) if not in_a_row(name)] == []


@pytest.mark.parametrize(("file", "said"), SAID, ids=[said for _, said in SAID])
def test_a_sentence_of_the_code_is_explained_as_it_is_said(file, said):
    assert said in (ROOT / file).read_text(encoding="utf-8")
    assert said.strip() in " ".join(PAGE.split())


@needs("systemd-analyze")
def test_systemd_takes_the_units(tmp_path):
    for unit in UNITS:  # with the places of this checkout, so that what they start is there
        text = unit.read_text(encoding="utf-8").replace("/srv/lockstep", str(ROOT)).replace("User=lockstep\n", "")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / unit.name) for unit in UNITS)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs("systemd-analyze")
@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.stem)
def test_systemd_calls_no_unit_exposed(unit):
    """At most 2.0 of 10: what is left is the network, behind which the vendors are, and users that are not its own."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_what_the_units_start_is_bound_to_loopback_and_starts_nothing():
    (web,) = [unit.read_text(encoding="utf-8") for unit in UNITS if "webserver" in unit.read_text(encoding="utf-8")]
    (line,) = re.findall(r"^ExecStart=(.*)$", web, re.MULTILINE)
    assert "-h 127.0.0.1" in line and line.endswith("--read-only")
    view = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nview:")[1].split("\n\n")[0]
    assert "-h 127.0.0.1" in view and view.endswith("--read-only")


def test_compose_publishes_on_loopback_only_and_builds_of_what_is_there():
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    ports = {name: service.get("ports", []) for name, service in compose["services"].items()}
    assert ports == {"daemon": [], "web": ["127.0.0.1:3001:3001"], "watch": []}
    assert "--read-only" in compose["services"]["web"]["command"]
    assert all(service["volumes"] == ["data:/srv/lockstep/data"] for service in compose["services"].values())
    build = compose["services"]["daemon"]["build"]
    context = (DEPLOY / "compose" / build["context"]).resolve()
    dockerfile = (context / build["dockerfile"]).read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.*) \S+$", dockerfile, re.MULTILINE) for name in line.split()]
    assert copied and [name for name in copied if not (context / name).exists()] == []


@needs("docker-compose")
def test_compose_takes_its_file(tmp_path):
    shutil.copy(DEPLOY / "compose" / "compose.yaml", tmp_path)
    shutil.copy(DEPLOY / "systemd" / "lockstep.env", tmp_path / "lockstep.env")
    done = subprocess.run(
        ["docker-compose", "-f", str(tmp_path / "compose.yaml"), "config", "--quiet"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_no_key_stands_in_the_files_of_deploy():
    lines = (DEPLOY / "systemd" / "lockstep.env").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.search(r"(KEY|URL|SECRET)=\S", line)] == []
