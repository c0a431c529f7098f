"""The dependencies, audited: `make audit`, and within `make check`.

    python -m bench.audit [--where-reachable] [--osv ADDRESS]

Every lock must be pinned and hashed, hold just what its requirements need and nothing that its index has withdrawn; no pin
may be known to be vulnerable. (That no file names an address is for tests/test_docs.py.) A package index is enough for all but
the last, for which pip-audit asks an advisory source: PyPI's own, or with --osv one that speaks the protocol of OSV.

pip-audit reports no vulnerability also where the source knows none of the packages, as most mirrors of PyPI do. So a pin
known to be vulnerable is asked for first, and a source that does not name it is not believed: exit code 75, not audited.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = {  # each lock, and what it must be complete for
    "requirements.lock": ("pyproject.toml", "--extra", "dev"),
    "tests/older/requirements.lock": ("tests/older/requirements.in",),
    "bench/peers/requirements.lock": ("bench/peers/requirements.in",),
    "bench/fuzz/requirements.lock": ("bench/fuzz/requirements.in",),
}
HOW = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate")
KNOWN = "urllib3==1.24.1"  # CVE-2019-11324 and others
CLEAN, FOUND, NOT_AUDITED = 0, 1, 75


@dataclass(frozen=True)
class Advisories:
    """A source of advisories; `asked` is how pip-audit is told to ask it."""

    asked: tuple[str, ...]

    def is_reachable(self) -> bool:
        """Whether it names what is wrong with a pin that is known to be vulnerable."""
        with tempfile.TemporaryDirectory() as place:
            known = Path(place) / "requirements.txt"
            known.write_text(KNOWN)
            said = _pip_audit("--format", "json", "--no-deps", "-r", str(known), *self.asked)
        return said.stdout.startswith("{") and any(found.get("vulns") for found in json.loads(said.stdout)["dependencies"])

    def against(self, lock: Path) -> str:
        """What it has against the pins of a lock, a package that it does not know included; empty for nothing."""
        said = _pip_audit("--strict", "--require-hashes", "-r", str(lock), *self.asked)
        return "" if said.returncode == 0 else said.stdout + said.stderr


def unpinned(lock: Path) -> str:
    """What stands in a lock without a version or a hash, as pip-audit says it; empty for nothing."""
    said = _pip_audit("--dry-run", "--require-hashes", "-r", str(lock))
    return "" if said.returncode == 0 else said.stderr


def incomplete(lock: Path, requirements: tuple[str, ...], folder: Path = ROOT) -> str:
    """What uv would change in a lock without moving a pin, or warns of (a version that was withdrawn); empty for nothing."""
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / "requirements.lock"
        made.write_bytes(lock.read_bytes())
        command = [sys.executable, "-m", "uv", "pip", "compile", *HOW, *requirements, "--output-file", str(made)]
        said = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        before, after = (set(path.read_text(encoding="utf-8").splitlines()) for path in (lock, made))
    warnings = [line for line in said.stderr.splitlines() if line.startswith("warning")]
    changed = [f"+ {line}" for line in sorted(after - before)] + [f"- {line}" for line in sorted(before - after)]
    return "\n".join(warnings + changed) if said.returncode == 0 else said.stderr


def audit(folder: Path, locks: dict[str, tuple[str, ...]], advisories: Advisories, where_reachable: bool = False) -> int:
    """Print what is wrong with the locks of a folder; the exit code."""
    wrong = 0
    for name, requirements in locks.items():
        lock = folder / name
        for what, said in (
            ("is not pinned and hashed", unpinned(lock)),
            ("is not what its requirements need", incomplete(lock, requirements, folder)),
        ):
            wrong += _told(name, what, said)
    if not advisories.is_reachable():
        print(f"NOT AUDITED for known vulnerabilities: no source here names {KNOWN} as one. Run `make audit` where one does.")
        return FOUND if wrong else CLEAN if where_reachable else NOT_AUDITED
    wrong += sum(_told(name, "is known to be vulnerable", advisories.against(folder / name)) for name in locks)
    print(f"{len(locks)} locks audited, known vulnerabilities included: {'something is wrong' if wrong else 'nothing found'}.")
    return FOUND if wrong else CLEAN


def _told(name: str, what: str, said: str) -> bool:
    if said:
        print(f"{name} {what}:\n{said.rstrip()}")
    return bool(said)


def _pip_audit(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--progress-spinner", "off", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def main() -> int:
    """Audit the locks of the tree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--where-reachable", action="store_true", help="Exit with 0 where no advisory source answers, and say so.")
    parser.add_argument("--osv", help="The address of an advisory source that speaks OSV's protocol, instead of PyPI's own.")
    asked = parser.parse_args()
    source = ("--vulnerability-service", "osv", "--osv-url", asked.osv) if asked.osv else ("--vulnerability-service", "pypi")
    return audit(ROOT, LOCKS, Advisories(source), asked.where_reachable)


if __name__ == "__main__":
    sys.exit(main())
