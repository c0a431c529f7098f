"""The archive: what goes in comes out, once, whole, or not at all."""

import gzip
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.archive import Archive, ArchiveError, Capture
from pipelines.vendors import Answer, Request

ASKED = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)
CAME = datetime(2025, 12, 12, 10, 50, 3, 250_000, tzinfo=UTC)
REQUEST = Request("fred", "sofr", "https://fred.example/graph.csv", (("id", "SOFR"), ("cosd", "2025-11-01")), notes=(("units", "Percent"),))
BODY = b"observation_date,SOFR\n2025-12-10,3.90\n" * 50
ANSWER = Answer(200, BODY)


def write(archive: Archive, answer: Answer | str = ANSWER, request: Request = REQUEST, asked: datetime = ASKED) -> Capture:
    return archive.write(request, answer, asked_at=asked, captured_at=CAME, since=date(2025, 11, 1), remaining=2)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "captures")


def files(archive: Archive) -> set[str]:
    return {str(path.relative_to(archive.folder)) for path in archive.folder.rglob("*") if path.is_file()}


def test_what_was_written_is_read_back(archive):
    kept = write(archive, Answer(200, BODY, {"ETag": '"a1"', "Content-Type": "text/csv", "Set-Cookie": "session=1"}))
    read = Archive(archive.folder).read(kept.capture_id)
    assert read == kept
    assert (read.request, read.asked_at, read.captured_at, read.since, read.remaining) == (REQUEST, ASKED, CAME, date(2025, 11, 1), 2)
    assert dict(read.headers) == {"etag": '"a1"', "content-type": "text/csv"}
    assert archive.body(read) == BODY
    assert archive.ids() == [kept.capture_id]


def test_an_error_answer_is_kept_with_its_status_and_body(archive):
    kept = write(archive, Answer(503, b"<html>busy</html>"))
    assert (archive.read(kept.capture_id).status, archive.body(kept)) == (503, b"<html>busy</html>")


def test_where_no_answer_came_the_reason_is_kept_and_no_body(archive):
    kept = archive.read(write(archive, "FRED: no answer in 5 attempts").capture_id)
    assert (kept.status, kept.sha256, kept.failure) == (None, None, "FRED: no answer in 5 attempts")
    assert not [name for name in files(archive) if name.startswith("bodies/")]


def test_the_same_body_is_stored_once_and_both_captures_find_it(archive):
    first = write(archive)
    stored = archive.body_path(first.sha256).stat().st_ino
    second = write(archive, asked=ASKED.replace(day=13))
    assert archive.body_path(second.sha256).stat().st_ino == stored
    assert first.capture_id != second.capture_id
    assert len([name for name in files(archive) if name.startswith("bodies/")]) == 1
    assert archive.body(first) == archive.body(second) == BODY


def test_captures_of_one_pass_are_numbered_in_their_order(archive):
    kept = [write(archive, Answer(200, page)) for page in (b"one", b"two", b"three")]
    assert [capture.capture_id[-4:] for capture in kept] == ["~000", "~001", "~002"]
    assert [archive.body(archive.read(name)) for name in archive.ids()] == [b"one", b"two", b"three"]


def test_ids_are_in_the_order_of_asking_whatever_the_vendor(archive):
    late = write(archive, request=Request("coinbase", "btc_usd_coinbase", "https://coinbase.example"), asked=ASKED.replace(day=13))
    early = write(archive, request=Request("yahoo", "sp500", "https://yahoo.example"))
    assert archive.ids() == [early.capture_id, late.capture_id]


def test_an_archive_without_a_folder_holds_nothing(archive):
    assert archive.ids() == []


def test_the_same_answer_gives_the_same_bytes_in_every_archive(tmp_path):
    one, other = Archive(tmp_path / "one"), Archive(tmp_path / "other")
    write(one)
    write(other)
    assert files(one) == files(other)
    assert all((one.folder / name).read_bytes() == (other.folder / name).read_bytes() for name in files(one))


@pytest.mark.parametrize("torn", ["the body", "the capture"])
def test_a_torn_write_leaves_nothing_that_could_be_taken_for_an_answer(archive, monkeypatch, torn):
    wanted = 1 if torn == "the body" else 2
    written = 0

    def full_disk(handle: int) -> None:
        nonlocal written
        written += 1
        if written == wanted:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_disk)
        with pytest.raises(OSError, match="No space"):
            write(archive)
    assert archive.ids() == []
    assert not [name for name in files(archive) if not name.endswith(".gz")]
    assert archive.body(write(archive)) == BODY  # and the next attempt is whole


def _truncated(stored: bytes) -> bytes:
    return stored[: len(stored) // 2]


def _flipped(stored: bytes) -> bytes:
    middle = len(stored) // 2
    return stored[:middle] + bytes([stored[middle] ^ 0xFF]) + stored[middle + 1 :]


@pytest.mark.parametrize("damage", [_truncated, _flipped, lambda stored: b"", lambda stored: b"not gzip at all"])
def test_a_damaged_body_is_refused_by_name(archive, damage):
    kept = write(archive)
    path = archive.body_path(kept.sha256)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ArchiveError, match=path.name):
        archive.body(kept)


def test_every_single_damaged_byte_is_noticed_or_harmless(archive):
    kept = write(archive)
    path = archive.body_path(kept.sha256)
    stored = path.read_bytes()
    refused = 0
    for place in range(len(stored)):
        path.write_bytes(stored[:place] + bytes([stored[place] ^ 0x01]) + stored[place + 1 :])
        try:
            assert archive.body(kept) == BODY  # a bit of gzip's header that nobody reads
        except ArchiveError:
            refused += 1
    assert refused >= len(stored) - 10


def test_a_body_with_another_digest_is_refused(archive):
    kept = write(archive)
    archive.body_path(kept.sha256).write_bytes(gzip.compress(b"another answer"))
    with pytest.raises(ArchiveError, match="digest differs"):
        archive.body(kept)


def test_a_missing_body_is_refused(archive):
    kept = write(archive)
    archive.body_path(kept.sha256).unlink()
    with pytest.raises(ArchiveError, match="cannot be read"):
        archive.body(kept)


@pytest.mark.parametrize("name", ["20251212T105000.000000Z~fred~sofr~000", "no such id", "../../etc~passwd~x~y~z"])
def test_a_capture_that_is_not_there_is_refused(archive, name):
    with pytest.raises(ArchiveError, match="cannot be read"):
        archive.read(name)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"request": {}}'])
def test_a_capture_file_that_is_not_one_is_refused(archive, text):
    kept = write(archive)
    path = archive.folder / "fred" / "sofr" / f"{kept.capture_id}.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ArchiveError, match=kept.capture_id):
        archive.read(kept.capture_id)


def test_a_capture_file_is_json_that_people_can_read_and_names_no_key(archive):
    kept = write(archive, request=Request("fred", "sofr", "https://api.example/series", (("series_id", "SOFR"),), key="FRED_API_KEY"))
    document = json.loads((archive.folder / "fred" / "sofr" / f"{kept.capture_id}.json").read_text(encoding="utf-8"))
    assert document["request"]["key"] == "FRED_API_KEY"  # its name; the value never reaches a request
    assert kept.url == "https://api.example/series?series_id=SOFR"
