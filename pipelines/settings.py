"""Settings and keys: the only reader of the environment.

Owns the names of the variables, their defaults and the refusal of what makes no sense. Everything is read when asked,
never at import, so tests and documents need none of it; an empty variable counts as unset.

    LOCKSTEP_DATA         folder of captures and databases                             data
    LOCKSTEP_SOURCE       where answers come from: sample, history or live             sample
    LOCKSTEP_HISTORY      folder of the history source                                 (none)
    LOCKSTEP_NOW          the moment to take for now, ISO 8601 with its zone           (the clock)
    LOCKSTEP_VENDOR_BASE  a mirror, put in place of every vendor's scheme and host     (none)
    LOCKSTEP_WEBHOOK_URL     where alerts are sent; holds a secret more often than not    (none)
    LOCKSTEP_WEBHOOK_SECRET  what they are signed with, as Standard Webhooks has it       (none)

Keys go by the name a vendor module gives them (`FRED_API_KEY`). A key, an address of a webhook or its secret that was
handed out is struck out of every text that passes through `redacted`.
"""

import base64
import binascii
import html
import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

LOOPBACK = {"127.0.0.1", "::1", "localhost"}

_handed_out: set[str] = set()


def data_folder() -> Path:
    """The folder of captures, databases and Dagster's own files."""
    return Path(_read("LOCKSTEP_DATA") or "data")


def source() -> str:
    """The name of the source of answers; `pipelines.sources.open_source` refuses a wrong one."""
    return _read("LOCKSTEP_SOURCE") or "sample"


def history_folder() -> Path | None:
    """The folder that the history source reads, if one is set."""
    path = _read("LOCKSTEP_HISTORY")
    return Path(path) if path else None


def now() -> datetime | None:
    """The moment to take for now, in UTC, if one is set.

    Raises:
        ValueError: not ISO 8601, or without a zone, where it could mean two instants.
    """
    text = _read("LOCKSTEP_NOW")
    return moment(text, "LOCKSTEP_NOW") if text else None


def moment(text: str, name: str = "the moment") -> datetime:
    """An instant as people write it (ISO 8601 with its zone), in UTC.

    Raises:
        ValueError: not ISO 8601, or without a zone, where it could mean two instants.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}; write it like 2025-12-12T10:50Z") from error
    if instant.tzinfo is None:
        raise ValueError(f"{name} is {text!r}, without its zone; write it like 2025-12-12T10:50Z")
    return instant.astimezone(UTC)


def vendor_base() -> str | None:
    """The mirror's address, without a slash at its end, if one is set.

    Raises:
        ValueError: no http address, or plain http to another machine, where keys would travel open.
    """
    base = _read("LOCKSTEP_VENDOR_BASE")
    if base is None:
        return None
    if not _is_safe(base):
        raise ValueError(f"LOCKSTEP_VENDOR_BASE is {base!r}; it is an https address, or http on this machine")
    return base.rstrip("/")


def webhook() -> tuple[str, bytes | None] | None:
    """Where alerts are sent, and the secret they are signed with (if one is set); None where no webhook is set.

    Raises:
        ValueError: no https address (http on this machine alone), or a secret that is not base64. Neither is shown.
    """
    url, secret = key("LOCKSTEP_WEBHOOK_URL"), key("LOCKSTEP_WEBHOOK_SECRET")
    if url is None:
        return None
    if not _is_safe(url):
        raise ValueError("LOCKSTEP_WEBHOOK_URL must be an https address, or http on this machine: alerts would travel open")
    try:
        return url, base64.b64decode(secret.removeprefix("whsec_"), validate=True) if secret else None
    except binascii.Error as error:
        raise ValueError("LOCKSTEP_WEBHOOK_SECRET must be base64, with or without whsec_ in front") from error


def key(name: str) -> str | None:
    """The key of that name, if set."""
    value = _read(name)
    if value:
        _handed_out.add(value)
    return value


def redacted(text: str) -> str:
    """The text without any key that was handed out, as it is or as an address, a page or JSON spells it."""
    for secret in tuple(_handed_out):
        for spelling in _spellings(secret):
            text = text.replace(spelling, "***")
    return text


def _spellings(secret: str) -> set[str]:
    addressed = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {secret, *addressed, html.escape(secret), secret.replace("/", "\\/")}


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.scheme == "https" and parts.hostname) or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _read(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None
