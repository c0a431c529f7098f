"""The archive: every answer as it came (a key struck out), kept before anybody reads it.

    captures/bodies/3f/3f9a….gz                     the body, named by its SHA-256, written once
    captures/<vendor>/<series_id>/<capture_id>.json the question, the status, the headers, the time: one file a capture

Owns the files and their names. What an answer means is the vendor module's business, what became of it stands in
`raw.captures`; both can be rebuilt from here (`lockstep replay`).
"""

import gzip
import hashlib
import json
import os
import zlib
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines.vendors import Answer, Request

KEPT_HEADERS = ("content-type", "etag", "last-modified", "date", "retry-after")


class ArchiveError(RuntimeError):
    """A kept answer that cannot be read back as it was written."""


@dataclass(frozen=True)
class Capture:
    """One answer (or one failure to get any) and the question it belongs to.

    `asked_at` is the instant at which the pass of questions began, the same for all its captures. `since` is the first
    date that the pass asked for (None: everything). `remaining` counts the questions of the pass still to be asked after
    this one: 0 closes it. `status` and `sha256` are None where no answer came; `failure` then says why.
    """

    capture_id: str
    request: Request
    asked_at: datetime
    captured_at: datetime
    since: date | None
    remaining: int
    status: int | None
    sha256: str | None
    failure: str | None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        """The question as one line, without its key."""
        query = "&".join(f"{name}={value}" for name, value in self.request.params)
        return f"{self.request.url}?{query}" if query else self.request.url


class Archive:
    """Captures below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(
        self, request: Request, answer: Answer | str, *, asked_at: datetime, captured_at: datetime, since: date | None, remaining: int
    ) -> Capture:
        """Keep an answer, or the reason why none came, and return its capture.

        The body is written before the capture that names it, each under a temporary name first: a crash leaves either
        nothing or a whole capture.
        """
        came = answer if isinstance(answer, Answer) else None
        capture = Capture(
            capture_id=self._next_id(request, asked_at),
            request=request,
            asked_at=asked_at,
            captured_at=captured_at,
            since=since,
            remaining=remaining,
            status=came.status if came else None,
            sha256=self._write_body(came.body) if came else None,
            failure=answer if isinstance(answer, str) else None,
            headers=tuple((k.lower(), v) for k, v in came.headers.items() if k.lower() in KEPT_HEADERS) if came else (),
        )
        _write(self._sidecar(capture), json.dumps(_document(capture), indent=1).encode())
        return capture

    def ids(self) -> list[str]:
        """The id of every capture, oldest first."""
        return sorted(path.stem for path in self.folder.glob("*/*/*.json"))

    def read(self, capture_id: str) -> Capture:
        """The capture of that id.

        Raises:
            ArchiveError: there is none, or its file is not what was written.
        """
        try:
            _, vendor, series_id, _ = capture_id.split("~")
            path = self.folder / vendor / series_id / f"{capture_id}.json"
            return _capture(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArchiveError(f"the capture {capture_id} in {self.folder} cannot be read: {error}") from error

    def body(self, capture: Capture) -> bytes:
        """The body of a capture, decompressed, its digest checked.

        Raises:
            ArchiveError: the body is missing, damaged, or not the one that was kept.
        """
        assert capture.sha256 is not None, "a capture without an answer has no body"
        path = self.body_path(capture.sha256)
        try:
            body = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise ArchiveError(f"{path} cannot be read: {error}") from error
        if hashlib.sha256(body).hexdigest() != capture.sha256:
            raise ArchiveError(f"{path} is not the answer that was kept: its digest differs")
        return body

    def body_path(self, sha256: str) -> Path:
        """Where the body of that digest lies."""
        return self.folder / "bodies" / sha256[:2] / f"{sha256}.gz"

    def _next_id(self, request: Request, asked_at: datetime) -> str:
        number = sum(1 for _ in (self.folder / request.vendor / request.series_id).glob(f"{_stamp(asked_at)}~*.json"))
        return f"{_stamp(asked_at)}~{request.vendor}~{request.series_id}~{number:03d}"

    def _sidecar(self, capture: Capture) -> Path:
        return self.folder / capture.request.vendor / capture.request.series_id / f"{capture.capture_id}.json"

    def _write_body(self, body: bytes) -> str:
        sha256 = hashlib.sha256(body).hexdigest()
        if not self.body_path(sha256).exists():
            _write(self.body_path(sha256), gzip.compress(body, mtime=0))
        return sha256


def _stamp(instant: datetime) -> str:
    return instant.strftime("%Y%m%dT%H%M%S.%fZ")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _document(capture: Capture) -> dict[str, Any]:
    document = asdict(capture)
    document["asked_at"] = capture.asked_at.isoformat()
    document["captured_at"] = capture.captured_at.isoformat()
    document["since"] = capture.since.isoformat() if capture.since else None
    return document


def _capture(document: dict[str, Any]) -> Capture:
    asked = document.pop("request")
    params, notes = (tuple((name, value) for name, value in asked.pop(kind)) for kind in ("params", "notes"))
    headers = tuple(tuple(pair) for pair in document.pop("headers"))
    for name in ("asked_at", "captured_at"):
        document[name] = datetime.fromisoformat(document[name])
    document["since"] = date.fromisoformat(document["since"]) if document["since"] else None
    return Capture(request=Request(**asked, params=params, notes=notes), headers=headers, **document)
