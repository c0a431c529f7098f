"""Reading a JSON answer strictly: the body, a field, a number, a date; what is not as documented is `Refused`.

Owns the words in which vendors' modules say what they expected and what came. Which fields there are and what they
mean is each vendor module's business; the form of a frame is `pipelines.schemas`.
"""

import json
import math
import re
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from pipelines.vendors import Refused

DECIMAL = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
SECONDS_A_DAY = 86_400


def read(body: bytes) -> Any:
    """The JSON value of `body`.

    Raises:
        Refused: HTML, plain text, truncated JSON, an empty body, another encoding than UTF-8, NaN and Infinity, which JSON
            does not have, or half a surrogate pair, which JSON can spell and no text can hold.
    """
    try:
        written = body.decode("utf-8-sig")
        value = json.loads(written, parse_constant=_no_constant)
        if SURROGATE.search(written):
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError) as error:
        raise Refused(f"expected JSON ({error}), the answer reads {_opening(body.decode('utf-8', 'replace'))}") from error


def field(record: Any, name: str, where: str) -> Any:
    """What `record` (a JSON object found at `where`) holds under `name`.

    Raises:
        Refused: not an object, or no such field: renamed, or another kind of answer.
    """
    if not isinstance(record, dict) or name not in record:
        raise Refused(f"expected the field {name!r} in {where}, which reads {excerpt(record)}")
    return record[name]


def items(record: Any, name: str, where: str) -> list[Any]:
    """The list that `record` holds under `name`.

    Raises:
        Refused: no such field, or not a list.
    """
    found = field(record, name, where)
    if not isinstance(found, list):
        raise Refused(f"expected a list in {where}.{name}, which reads {excerpt(found)}")
    return found


def text(record: Any, name: str, where: str) -> str:
    """The non-empty text that `record` holds under `name`.

    Raises:
        Refused: no such field, not a text, or blank.
    """
    found = field(record, name, where)
    if not isinstance(found, str) or not found.strip():
        raise Refused(f"expected a text in {where}.{name}, which reads {excerpt(found)}")
    return found


def number(value: Any, where: str) -> float:
    """A finite number, sent as a JSON number or as its decimal text.

    Raises:
        Refused: null, blank, a word, a truth value, or too large for a double.
    """
    written = value if isinstance(value, str) else repr(value)
    if not DECIMAL.fullmatch(written) or not math.isfinite(float(written)):
        raise Refused(f"expected a number in {where}, which reads {excerpt(value)}")
    return float(written)


def number_or_none(value: Any, where: str) -> float | None:
    """A finite number, or None where the vendor says null.

    Raises:
        Refused: see `number`.
    """
    return None if value is None else number(value, where)


def day(value: Any, where: str) -> date:
    """A date written YYYY-MM-DD.

    Raises:
        Refused: written in any other way, or no date at all.
    """
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Refused(f"expected a date YYYY-MM-DD in {where}, which reads {excerpt(value)}") from error
    if found.isoformat() != value:  # fromisoformat also reads 20240131 and 2024-W05-3
        raise Refused(f"expected a date YYYY-MM-DD in {where}, which reads {excerpt(value)}")
    return found


def instant(value: Any, where: str) -> datetime:
    """The UTC instant of a number of seconds since 1970.

    Raises:
        Refused: not a number, or beyond the year 9999 (milliseconds sent as seconds).
    """
    seconds = number(value, where)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise Refused(f"expected unix seconds in {where}, which reads {excerpt(value)}") from error


def utc_day(value: Any, where: str) -> date:
    """The UTC day that begins at a number of seconds since 1970.

    Raises:
        Refused: not midnight UTC, so the bar is not a daily one.
    """
    if number(value, where) % SECONDS_A_DAY:
        raise Refused(f"expected the start of a UTC day (a multiple of {SECONDS_A_DAY} seconds) in {where}, which reads {excerpt(value)}")
    return instant(value, where).date()


def excerpt(value: Any) -> str:
    """The first characters of a JSON value, for a reason people read."""
    return _opening(json.dumps(value, ensure_ascii=False))


def _opening(written: str) -> str:
    line = " ".join(written.split())
    return repr(line if len(line) <= 200 else line[:200] + "…")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
