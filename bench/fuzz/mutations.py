"""Bad answers made of good ones: a field of the document changed, or its bytes.

Owns the strategies. Most keep the form of the vendor, so that they reach what stands behind the first look at an answer.
"""

import json
from typing import Any

from hypothesis import strategies as st

from bench.fuzz.reading import Seed

TEXTS = (
    "",
    " ",
    ".",
    "null",
    "nan",
    "NaN",
    "-inf",
    "1e999",
    "0x10",
    "1_000",
    "٣",
    "12,5",
    "2025-13-40",
    "20251201",
    "2025-W05-3",
    "0000-01-01",
)
TEXTS += ("9999-12-31", "2025-12-01T00:00:00Z", "25:61", "\x00", "\ud800", "'; drop table raw.captures; --", "a" * 5000)
NUMBERS = (
    0,
    -1,
    2**31,
    2**63,
    10**400,
    -1e308,
    1e-320,
    float("nan"),
    float("inf"),
    float("-inf"),
    0.1,
    1764547200,
    1764547200000,
    -62135596801,
)
LETTERS = "aZ09+-.,:/_ \"'\\\n\x00é٣\u2028🔧"  # hypothesis takes seconds to learn all of Unicode
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.text(LETTERS, max_size=12),
    st.just([]),
    st.just({}),
    st.floats(),
)
OPERATIONS = ("replace", "replace", "drop", "repeat", "rename", "wrap", "move")
TAILS = (b"\x00", b"}", b"]]", b"\n", b"\xff\xfe", b"\xed\xa0\x80", b"[" * 3000, b"PK\x03\x04", b"<html>", b",", b'"')


@st.composite
def answers(draw: st.DrawFn, seed: Seed) -> bytes:
    """A bad answer (or a good one still) in the place of the seed's."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    try:
        body = _document(draw, json.loads(seed.body))
    except ValueError:
        body = _table(draw, seed.body)
    return _bytes(draw, body) if draw(st.integers(0, 3)) == 0 else body


def _document(draw: st.DrawFn, document: Any) -> bytes:
    for _ in range(draw(st.integers(1, 3))):
        document = _changed(draw, document)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _changed(draw: st.DrawFn, node: Any) -> Any:
    """The document with one change, somewhere in it."""
    if not isinstance(node, dict | list) or not node or draw(st.integers(0, 7)) == 0:
        return [node] if draw(st.integers(0, 9)) == 0 else draw(ODD)
    key = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
    if isinstance(node[key], dict | list) and draw(st.integers(0, 9)) > 1:
        node[key] = _changed(draw, node[key])
        return node
    return _operated(draw, node, key)


def _operated(draw: st.DrawFn, node: Any, key: Any) -> Any:
    operation, other = draw(st.sampled_from(OPERATIONS)), draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
    if operation == "drop":
        del node[key]
    elif operation == "repeat" and isinstance(node, list):
        node.insert(other, node[key])
    elif operation == "rename" and isinstance(node, dict):
        node[draw(st.sampled_from(TEXTS))] = node.pop(key)
    elif operation == "move":
        node[key], node[other] = node[other], node[key]
    else:
        node[key] = [node[key]] if operation == "wrap" else draw(ODD)
    return node


def _table(draw: st.DrawFn, body: bytes) -> bytes:
    rows = [line.split(",") for line in body.decode().splitlines()]
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.integers(0, len(rows) - 1))
        cell = draw(st.integers(0, max(len(rows[row]) - 1, 0)))
        operation = draw(st.sampled_from(("cell", "cell", "drop", "repeat", "longer", "blank")))
        if operation == "cell" and rows[row]:
            rows[row][cell] = str(draw(ODD))
        elif operation == "drop" and len(rows) > 1:
            del rows[row]
        elif operation == "repeat":
            rows.insert(row, list(rows[draw(st.integers(0, len(rows) - 1))]))
        else:
            rows[row] = [*rows[row], str(draw(ODD))] if operation == "longer" else []
    return "".join(f"{','.join(row)}\n" for row in rows).encode("utf-8", "surrogatepass")


def _bytes(draw: st.DrawFn, body: bytes) -> bytes:
    at = draw(st.integers(0, len(body)))
    kind = draw(st.sampled_from(("cut", "tail", "flip", "insert", "twice")))
    if kind == "cut":
        return body[:at]
    if kind == "tail":
        return body + draw(st.sampled_from(TAILS))
    if kind == "twice":
        return body + body[at:]
    extra = draw(st.binary(min_size=1, max_size=8)) if kind == "flip" else draw(st.sampled_from(TAILS))
    return body[:at] + extra + body[at + (len(extra) if kind == "flip" else 0) :]
