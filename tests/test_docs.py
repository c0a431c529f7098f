"""The documents: complete, current, and naming nothing of the machine they were written on."""

import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from pipelines import catalog, dictionary, models, schemas, vendors

ROOT = Path(__file__).parents[1]
IGNORED = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split())]
REGISTRY = re.compile(r"index[-_]url\s*[ =:]\s*['\"]?\w|find[-_]links\s*[ =:]\s*['\"]?[\w/]|\w+://\S+/(simple|wheels)\b", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.:/~$})-])/(home|root|Users|work|workspace|opt|mnt)/\w")


def tracked(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of the tree that git does not ignore."""
    for path in sorted(folder.iterdir()):
        if not any(fnmatch(path.name, pattern) for pattern in IGNORED):
            yield from tracked(path) if path.is_dir() else [path]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("path", dictionary.pages(), ids=lambda path: path.name)
def test_the_generated_pages_are_current(path):
    assert text(path) == dictionary.pages()[path], f"docs/{path.name} is not what the code says: run `make docs`"


def test_every_column_of_every_model_is_described():
    assert dictionary.undescribed() == []
    assert [model.name for model in models.load() if len(model.description) < 20] == []


def test_a_meaning_is_written_down_once():
    written = [(name, said) for model in models.load() for name, said in model.columns.items()]
    written += list({pair for shape in schemas.SHAPES for pair in dictionary.texts_of(f"raw.{shape}").items()})
    assert [pair for pair, times in Counter(written).items() if times > 1] == []


def test_a_column_that_a_model_takes_over_has_one_meaning_in_all_it_reads():
    taken = [(model, name) for model in models.load() for name in model.output if name not in model.columns]
    meanings = {(model.name, name): {dictionary.texts_of(table).get(name) for table in model.reads} - {None} for model, name in taken}
    assert {key: said for key, said in meanings.items() if len(said) != 1} == {}


def test_the_dictionary_holds_every_table_and_column_and_the_sources_every_series():
    pages = {path.name: page for path, page in dictionary.pages().items()}
    for model in models.load():
        section = pages["data-dictionary.md"].split(f"\n## {model.name}\n")[1].split("\n## ")[0]
        assert [name for name in model.output if f"| {name}" not in section] == [], model.name
        assert [name for name in model.checks if f"`{name}`" not in section] == [], model.name
    assert [s.series_id for s in catalog.load() if f"| {s.series_id} | {s.symbol} |" not in pages["sources.md"]] == []
    facts = [vendors.module(name).VENDOR for name in {series.vendor for series in catalog.load()}]
    assert [
        vendor.name for vendor in facts if vendor.terms not in pages["sources.md"] or vendor.attribution not in pages["sources.md"]
    ] == []


def test_the_readme_shows_how_to_run_and_to_test_before_anything_else():
    commands = re.findall(r"\b(?:make|lockstep|pip|uv|dagster|python3?) +[a-z-]\S*", text(ROOT / "README.md"))
    assert commands[:2] == ["make run", "make test"]


def test_there_is_a_changelog_that_puts_data_first():
    changes = text(ROOT / "CHANGELOG.md")
    assert -1 < changes.find("### Data") < changes.find("### Code")


def test_every_link_between_the_documents_leads_somewhere():
    pages = [path for path in tracked() if path.suffix == ".md"]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text(page))]
    assert links
    assert [f"{page.relative_to(ROOT)}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_every_make_target_that_a_document_names_exists():
    targets = set(re.findall(r"^([a-z]+):", text(ROOT / "Makefile"), re.MULTILINE))
    named = {target for path in tracked() if path.suffix == ".md" for target in re.findall(r"`make ([a-z]+)", text(path))}
    assert {"run", "test"} <= targets
    assert named - targets == set()


def test_the_tree_is_seen_whole_and_without_what_git_ignores():
    seen = {path.relative_to(ROOT).as_posix() for path in tracked()}
    assert {"README.md", "LICENSE", "Makefile", "pipelines/__init__.py", ".gitignore", "tests/test_docs.py"} <= seen
    assert {name for name in seen if name.startswith((".venv", ".git/", "data/")) or "__pycache__" in name} == set()


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE], ids=["registry", "machine"])
def test_no_file_names_a_registry_or_a_place_on_somebodys_machine(pattern):
    lines = ((path, line) for path in tracked() if path != Path(__file__) for line in text(path).splitlines())
    assert [f"{path.relative_to(ROOT)}: {line[:150]}" for path, line in lines if pattern.search(line)] == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (REGISTRY, "--extra-index-url https://mirror.example/pypi/simple"),
        (REGISTRY, 'index-url = "https://mirror.example"'),
        (REGISTRY, "# see https://mirror.example/root/simple/"),
        (REGISTRY, "--find-links /srv/wheels"),
        (MACHINE, "folder = '/home/somebody/lockstep'"),
        (MACHINE, "/Users/somebody/data"),
    ],
)
def test_such_a_line_would_be_seen(pattern, line):
    assert pattern.search(line)
