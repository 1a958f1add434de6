"""Tables in CSV files: read with a header, and with errors that name the line and the column."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..saving.model_file import Path
from ..saving.strict_json import shown

MISSING = ("", "na", "n/a", "nan", "null", "?")  # what cells without a value hold, in capitals or not
LARGEST = 1e100  # number that is taken, so that squares and sums of numbers are finite

_DELIMITERS = ",;\t"
_LOOKED_AT = 50  # lines, to find the delimiter
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_WITH_COMMA = re.compile(r"[+-]?\d[\d.]*,\d+", re.ASCII)


class TableError(ValueError):
    """What is wrong with a table, and where in its file."""


@dataclass(frozen=True)
class Table:
    """The `rows` of the CSV file `path`, each a list with a cell for each of the columns `names`.

    `lines` has the number of the line in the file where each row begins. The `path` is printable.
    """

    path: str
    delimiter: str
    names: list[str]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """Return the cells of the column `name`."""
        j = self.names.index(name)
        return [row[j] for row in self.rows]

    def take(self, places: Sequence[int]) -> Table:
        """Return the table of the rows at those `places`."""
        rows, lines = [self.rows[i] for i in places], [self.lines[i] for i in places]
        return Table(self.path, self.delimiter, self.names, rows, lines)

    def error(self, i: int, name: str, problem: str) -> TableError:
        """Return the error of the cell in row `i` of the column `name`."""
        return TableError(f"{self.path}, line {self.lines[i]}, column {shown(name)}: {problem}")

    def number(self, i: int, name: str, cell: str) -> float:
        """Return the number in the `cell` in row `i` of the column `name`, or raise an error."""
        x = number_in(cell)
        if x is None:
            hint = "; write numbers as 1.5, and thousands without commas" if has_comma(cell) else ""
            raise self.error(i, name, f"{shown(cell)} is not a number{hint}")
        if not abs(x) <= LARGEST:
            raise self.error(i, name, f"the number {shown(cell)} is larger than {LARGEST:g}")
        return x


def is_missing(cell: str) -> bool:
    """Say whether a `cell` has no value: it is empty, NA, N/A, NaN, null or ?.

    >>> [is_missing(cell) for cell in ("", "NaN", "n/a", "0", "none")]
    [True, True, True, False, False]
    """
    return cell.lower() in MISSING


def number_in(cell: str) -> float | None:
    """Return the number in a `cell`, which may be infinite; of any other text, None.

    >>> number_in("-1.5e3"), number_in("1e400"), number_in("1,5"), number_in("12 kg")
    (-1500.0, inf, None, None)
    """
    return float(cell) if _NUMBER.fullmatch(cell) else None


def has_comma(cell: str) -> bool:
    """Say whether a `cell` would be a number if it had no comma: 1,5 or 1,000."""
    return _WITH_COMMA.fullmatch(cell) is not None


def read_table(path: Path) -> Table:
    r"""Return the table in the CSV file `path`, whose first line has the names of the columns.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open(f"{folder}/t.csv", "w") as file:
    ...         _ = file.write("height;name\n1.81;Ann\n1.75;")
    ...     table = read_table(f"{folder}/t.csv")
    >>> table.names, table.rows, table.lines
    (['height', 'name'], [['1.81', 'Ann'], ['1.75', '']], [2, 3])

    Cells are separated by commas, semicolons or tabs, whichever divides the lines alike, and may be quoted. Spaces
    around them do not count, and neither do empty lines. The file is text in UTF-8.
    """
    name = printable(os.fspath(path))
    with open(path, "rb") as file:
        text = _decoded(file.read(), name)
    delimiter = _delimiter(text)
    records = _records(text, delimiter, name)
    line, names = next(records, (1, []))
    if not names:
        raise TableError(f"{name} is empty: the first line has the names of the columns")
    _check_names(names, f"{name}, line {line}")
    table = Table(name, delimiter, names, [], [])
    for line, row in records:
        if len(row) != len(names):
            hint = f"; a cell with {shown(delimiter)} in it needs quotes" if len(row) > len(names) else ""
            raise TableError(f"{name}, line {line}: the header has {len(names)} cells, and this row {len(row)}{hint}")
        table.rows.append(row)
        table.lines.append(line)
    if not table.rows:
        raise TableError(f"{name} has a header, but no rows")
    return table


def _decoded(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise TableError(
            f"{name}, line {line}: this is not text in UTF-8; save the table as CSV in UTF-8 ({error.reason})"
        ) from None
    if "\0" in text:
        line = 1 + text.count("\n", 0, text.index("\0"))
        raise TableError(f"{name}, line {line}: there is a NUL character, which is in no text; is this a CSV file?")
    return text


def _delimiter(text: str) -> str:
    """Return the delimiter by which most of the first lines have as many cells as the header, and at least two."""

    def fit(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
        try:
            counts = [len(row) for _, row in zip(range(_LOOKED_AT), reader) if row]
        except csv.Error:
            return 0, 0
        return (counts.count(counts[0]), counts[0]) if counts and counts[0] > 1 else (0, 0)

    return max(_DELIMITERS, key=fit)


def _records(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row that is not empty, with the number of the line where it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for row in reader:
            if any(row) or len(row) > 1:
                yield line, [cell.strip() for cell in row]
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableError(f"{name}, line {line}: {error}; a quote inside of quotes is written twice") from None


def _check_names(names: Sequence[str], where: str) -> None:
    for j, name in enumerate(names, start=1):
        if not name:
            raise TableError(f"{where}: column {j} has no name: write one into the header, or take the column out")
        if name in names[: j - 1]:
            raise TableError(
                f"{where}: two columns have the name {shown(name)}: {names.index(name) + 1} and {j}{header_hint(names)}"
            )


def header_hint(names: Sequence[str]) -> str:
    """Return the end of an error for a header that looks like a row of numbers; for any other, ""."""
    return (
        "; is there a header? the first line has only numbers" if all(number_in(x) is not None for x in names) else ""
    )


def printable(text: str) -> str:
    r"""Return `text` for a message: without control characters, whole if it is not long.

    >>> printable("width"), printable("\x1b[2J\n")
    ('width', '\\x1b[2J\\n')
    """
    short = text if len(text) <= 60 else f"{text[:40]}...{text[-17:]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


def written(x: float) -> str:
    """Write the number `x` for a reader, shortly.

    >>> written(0.123456), written(1950.0), written(1610510.3), written(1e100)
    ('0.12346', '1950', '1,610,510', '1e+100')
    """
    return f"{x:,.0f}" if 1e4 <= abs(x) < 1e15 else f"{x:.5g}"
