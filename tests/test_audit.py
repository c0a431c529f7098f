"""The audit of the dependencies sees each fault it is there for, and never takes silence for a clean bill.

The index and the advisory source are on loopback: an index of two versions of one package, the older withdrawn.
"""

import hashlib
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.audit import CLEAN, FOUND, KNOWN, LOCKS, NOT_AUDITED, Advisories, audit, incomplete, unpinned

ROOT = Path(__file__).parents[1]


def wheel(folder: Path, version: str) -> str:
    """A package of nothing; its digest."""
    path = folder / f"tiny-{version}-py3-none-any.whl"
    about = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: none\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Registry:
    """An index and an advisory source. `vulnerable`: the pins that it names."""

    def __init__(self, folder: Path) -> None:
        self.vulnerable = {KNOWN}
        self.digests = {version: wheel(folder, version) for version in ("1.0", "1.1")}
        self._folder = folder
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def lock(self, version: str) -> str:
        """The lock that pins a version."""
        return f"tiny=={version} \\\n    --hash=sha256:{self.digests[version]}\n"

    def page(self) -> bytes:
        """The index's page of the package."""
        yanked = {"1.0": ' data-yanked="it was wrong"', "1.1": ""}
        files = ((f"tiny-{version}-py3-none-any.whl", version, digest) for version, digest in self.digests.items())
        return "".join(f'<a href="/{file}#sha256={digest}"{yanked[version]}>{file}</a>\n' for file, version, digest in files).encode()

    def advisories(self, asked: dict) -> bytes:
        """What OSV answers: nothing at all where it knows of nothing."""
        name = asked["package"]["name"]
        affected = [{"package": asked["package"], "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}]}]
        found = {"vulns": [{"id": "PYSEC-2026-1", "summary": "it is known", "affected": affected}]}
        return json.dumps(found if f"{name}=={asked['version']}" in self.vulnerable else {}).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                file = registry._folder / self.path.strip("/")
                self._say(file.read_bytes() if file.suffix == ".whl" else registry.page())

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_POST(self) -> None:
                self._say(registry.advisories(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

            def _say(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    made = Registry(tmp_path)
    for name, value in {"UV_DEFAULT_INDEX": f"{made.base}/simple", "UV_NO_CONFIG": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "requirements.in").write_text("tiny\n")
    yield made
    made.close()


def audited(folder: Path, lock: str, source: str, where_reachable: bool = False) -> int:
    (folder / "requirements.lock").write_text(lock)
    advisories = Advisories(("--vulnerability-service", "osv", "--osv-url", source))
    return audit(folder, {"requirements.lock": ("requirements.in",)}, advisories, where_reachable)


def test_a_lock_with_nothing_wrong_passes_until_a_pin_of_it_is_known_to_be_vulnerable(registry, tmp_path, capsys):
    assert audited(tmp_path, registry.lock("1.1"), registry.base) == CLEAN
    assert capsys.readouterr().out == "1 locks audited, known vulnerabilities included: nothing found.\n"
    registry.vulnerable.add("tiny==1.1")
    assert audited(tmp_path, registry.lock("1.1"), registry.base, where_reachable=True) == FOUND
    said = capsys.readouterr().out
    assert "requirements.lock is known to be vulnerable" in said and "PYSEC-2026-1" in said


def test_a_source_that_does_not_answer_or_knows_nothing_is_no_clean_bill(registry, tmp_path, capsys):
    registry.vulnerable.clear()
    assert audited(tmp_path, registry.lock("1.1"), registry.base) == NOT_AUDITED
    assert "NOT AUDITED" in capsys.readouterr().out
    assert audited(tmp_path, registry.lock("1.1"), "http://127.0.0.1:9/query", where_reachable=True) == CLEAN
    assert "NOT AUDITED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda made: made.lock("1.0"), "`tiny==1.0` is yanked"),
        (lambda made: "", "+ tiny==1.1"),
        (lambda made: made.lock("1.1") + made.lock("1.1").replace("tiny", "needless"), "- needless==1.1"),
    ],
    ids=["withdrawn", "missing", "needless"],
)
def test_a_lock_that_is_not_what_its_requirements_need_is_found(registry, tmp_path, spoil, said):
    lock = tmp_path / "requirements.lock"
    lock.write_text(spoil(registry))
    assert said in incomplete(lock, ("requirements.in",), tmp_path)


@pytest.mark.parametrize(
    ("written", "said"), [("tiny==1.1\n", "does not contain a hash"), (f"tiny>=1.1 --hash=sha256:{'0' * 64}\n", "is not pinned")]
)
def test_a_requirement_without_a_hash_or_a_version_is_found(tmp_path, written, said):
    lock = tmp_path / "requirements.lock"
    lock.write_text(written)
    assert said in unpinned(lock)


def test_every_lock_of_the_tree_is_audited():
    hidden = {".venv", ".venv-older", ".venv-peers", ".venv-fuzz"}
    locks = (path.relative_to(ROOT) for path in ROOT.rglob("requirements.lock"))
    assert {path.as_posix() for path in locks if path.parts[0] not in hidden} == set(LOCKS)
