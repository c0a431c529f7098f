"""Reading a tidy table from a file: CSV, plain or gzipped, every cell read as what its column is.

Owns the strictness and the words of the errors: a file that cannot be read whole is not read in part. Which files there
are and what they mean belongs to the sources that keep them.
"""

import csv
import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path

import polars as pl


class TableError(ValueError):
    """A file that is not the table it should be: names the file, the row (the header is row 1), the column and the cell."""


def read(path: Path, columns: Mapping[str, pl.DataType | type[pl.DataType]], required: set[str]) -> pl.DataFrame:
    """The `columns` of a CSV file in the types asked, other columns left out, a blank cell as null.

    Args:
        path: .csv or .csv.gz, UTF-8, with a header.
        columns: name and type of each column wanted (String, Date as YYYY-MM-DD, or a number).
        required: those that may not be blank; the first of `columns` must also ascend strictly where it is a date.

    Raises:
        TableError: not a CSV, a column missing, a cell that is not of its type, a blank one, dates out of order.
        FileNotFoundError: no such file.
    """
    cells = _cells(path)
    missing = [name for name in columns if name not in cells.columns]
    if missing:
        raise TableError(f"{path}: no column {', '.join(missing)}; there are {', '.join(cells.columns)}")
    table = cells.select(_typed(path, cells[name], kind) for name, kind in columns.items())
    for name in sorted(required):
        _refuse_first(path, table[name].is_null(), f"{name} is blank")
    first = next(iter(columns))
    if table.schema[first] == pl.Date:
        _refuse_first(path, table[first] <= table[first].shift(1), f"{first} does not come after the row before")
    return table


def header(path: Path) -> list[str]:
    """The column names of a CSV file.

    Raises:
        TableError: not a CSV.
    """
    return _rows(path)[0]


def _cells(path: Path) -> pl.DataFrame:
    """Every cell as text, blank ones as null."""
    names, *rows = _rows(path)
    for number, row in enumerate(rows, 2):
        if len(row) != len(names):
            raise TableError(f"{path}: row {number}: {len(row)} cells {row}, the header has {len(names)}")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row").with_columns(pl.all().replace("", None))


def _rows(path: Path) -> list[list[str]]:
    written = path.read_bytes()
    try:
        text = (gzip.decompress(written) if path.suffix == ".gz" else written).decode("utf-8")
        rows = list(csv.reader(text.splitlines(), strict=True))
    except (gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path}: not a CSV table: {error}") from error
    if not rows or len(set(rows[0])) != len(rows[0]):
        raise TableError(f"{path}: expected a header of distinct names in row 1, it reads {rows[:1]}")
    return rows


def _typed(path: Path, cells: pl.Series, kind: pl.DataType | type[pl.DataType]) -> pl.Series:
    typed = cells.str.to_date("%Y-%m-%d", strict=False) if kind == pl.Date else cells.cast(kind, strict=False)
    is_other = typed.is_null() & cells.is_not_null()
    if kind.is_float():
        is_other |= typed.is_nan() | typed.is_infinite()
    what = f"{cells.name} reads {cells.filter(is_other)[0]!r}, expected {kind}" if is_other.any() else ""
    _refuse_first(path, is_other, what)
    return typed


def _refuse_first(path: Path, is_wrong: pl.Series, what: str) -> None:
    wrong = is_wrong.fill_null(False).arg_true()
    if wrong.len():
        raise TableError(f"{path}: row {wrong[0] + 2}: {what}")
