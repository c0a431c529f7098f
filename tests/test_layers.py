"""Who may import whom, read from the syntax of the files; and what SQL of each schema may read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import models

ROOT = Path(__file__).parents[1]
FILES = {
    path.relative_to(ROOT).as_posix(): list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    for top in ("pipelines", "assets")
    for path in (ROOT / top).rglob("*.py")
}
VENDORS = {name for name in FILES if name.startswith("pipelines/vendors/")}

OWNERS = {
    "dagster": "assets/",
    "duckdb": "pipelines/warehouse/",
    "requests": ("pipelines/sources/live.py", "pipelines/alerts/webhook.py"),  # to ask vendors, and to tell: see the second
    "pandera": "pipelines/schemas.py",
    "matplotlib": "pipelines/charts/",
    "jinja2": "pipelines/report/__init__.py",
    "assets": "assets/",
}
WORLD = {"asyncio", "http", "os", "pathlib", "random", "requests", "shutil", "socket", "ssl", "subprocess", "tempfile", "time", "urllib3"}
CLOCK = {"now", "today", "utcnow"}
INSIDE = {  # what these may import of ours; every other module stands above them
    "pipelines/catalog/__init__.py": set(),
    "pipelines/settings.py": set(),
    "pipelines/schemas.py": {"catalog"},
    "pipelines/alerts/__init__.py": set(),
    "pipelines/alerts/journal.py": {"alerts"},
    "pipelines/alerts/webhook.py": {"alerts", "settings"},
    "pipelines/archive.py": {"vendors"},
    "pipelines/due.py": {"calendars", "catalog", "releases", "standing"},
    "pipelines/standing.py": {"warehouse"},
    "pipelines/calendars.py": set(),
    "pipelines/releases/__init__.py": {"calendars", "catalog", "releases"},
    "pipelines/releases/rules.py": {"calendars"},
    "pipelines/knowledge.py": {"archive", "catalog", "releases"},
    "pipelines/claims/__init__.py": {"claims"},
    "pipelines/claims/template.py": {"catalog", "warehouse"},
    "pipelines/models.py": {"claims", "studies", "warehouse"},
    **{f"pipelines/warehouse/{name}.py": {"warehouse"} for name in ("__init__", "connection", "parsing", "published")},
    "pipelines/warehouse/raw.py": {"schemas"},
    **{name: {"catalog", "schemas", "vendors"} for name in VENDORS},
}


def imports(nodes: list[ast.AST]) -> Iterator[str]:
    """Every imported module, dotted; `from a import b` counts as a.b, for b may be a module."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def uses(nodes: list[ast.AST], owner: str, names: set[str]) -> list[str]:
    """Attributes of that kind that are read, like os.environ or datetime.now."""
    found = (node for node in nodes if isinstance(node, ast.Attribute) and node.attr in names)
    return [ast.unparse(node) for node in found if owner in ("", ast.unparse(node.value))]


def named(nodes: list[ast.AST]) -> set[str]:
    """Every bare name that is used."""
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def test_there_is_something_to_look_at():
    assert len(VENDORS) > 8
    assert {name.split("/")[0] for name in FILES} == {"assets", "pipelines"}
    assert uses(FILES["pipelines/sources/live.py"], "", CLOCK)
    assert WORLD & {module.split(".")[0] for module in imports(FILES["pipelines/archive.py"])}


@pytest.mark.parametrize(("library", "owner"), sorted(OWNERS.items(), key=lambda row: row[0]))
def test_a_library_is_used_by_its_owner_alone(library, owner):
    users = {name for name, nodes in FILES.items() if library in {module.split(".")[0] for module in imports(nodes)}}
    assert users
    assert {name for name in users if not name.startswith(owner)} == set()


def test_no_module_is_imported_behind_the_back_of_this_test():
    dynamic = {name for name, nodes in FILES.items() if "__import__" in named(nodes) or "importlib.import_module" in set(imports(nodes))}
    assert dynamic <= {"pipelines/vendors/__init__.py", "pipelines/sources/__init__.py", "pipelines/sources/wire/__init__.py"}


def test_the_environment_is_read_in_one_place():
    readers = {name for name, nodes in FILES.items() if uses(nodes, "os", {"environ", "environb", "getenv", "putenv"})}
    importers = {name for name, nodes in FILES.items() if {"os.environ", "os.getenv", "os.environb"} & set(imports(nodes))}
    assert readers | importers == {"pipelines/settings.py"}


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_a_vendor_module_touches_no_clock_no_network_and_no_file(name):
    nodes = FILES[name]
    roots = {module.split(".")[0] for module in imports(nodes)}
    assert roots & WORLD == set()
    assert "urllib.request" not in {module.rpartition(".")[0] for module in imports(nodes)}
    assert uses(nodes, "", CLOCK) == []
    assert named(nodes) & {"open", "print", "input", "eval", "exec"} == set()


@pytest.mark.parametrize(("name", "allowed"), sorted(INSIDE.items(), key=lambda row: row[0]))
def test_what_stands_below_imports_nothing_from_above(name, allowed):
    assert name in FILES
    ours = {module.split(".")[1] for module in imports(FILES[name]) if module.startswith("pipelines.")}
    assert ours <= allowed


def test_what_stands_above_is_imported_by_the_command_and_dagster_only():
    above = {"pipelines.day", "pipelines.status", "pipelines.answer", "pipelines.commands", "pipelines.__main__"}
    users = {name for name, nodes in FILES.items() if above & {".".join(module.split(".")[:2]) for module in imports(nodes)}}
    doors = ("assets/", "pipelines/commands/", "pipelines/__main__.py", "pipelines/answer.py", "pipelines/alerts/")
    assert {name for name in users if not name.startswith(doors)} == set()


def test_only_core_reads_raw_and_only_marts_read_marts():
    allowed = {"core": {"raw", "core"}, "mart": {"core", "study", "mart"}}
    strange = [(model.name, name) for model in models.load() for name in model.reads if name.split(".")[0] not in allowed[model.schema]]
    assert strange == []
    assert {model.schema for model in models.load()} == set(allowed)
