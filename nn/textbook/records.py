"""`Records`: rows of numbers that print as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..shared import Table, printed

Row = Mapping[str, Any]


@printed
class Records(tuple[Row, ...]):
    """A tuple of rows, each a dict from column heads to numbers or text, with the columns of the first row.

    >>> records = Records([{"w": 4.0, "error": 56.0}, {"w": 3.5, "error": None}])
    >>> print(records)
      w  error
      4     56
    3.5
    >>> records[0]["error"]
    56.0

    Numbers print with four digits, None as an empty cell.
    """

    def column(self, head: str) -> list[Any]:
        """Return the column with this `head` as a list."""
        return [row[head] for row in self]

    def __str__(self) -> str:
        return Table(self._cells()).text(">", is_ruled=False)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return Table(self._cells()).html()

    def _cells(self) -> list[list[str]]:
        heads = list(self[0]) if self else []
        return [heads, *([shown(row[head]) for head in heads] for row in self)]


def shown(cell: object) -> str:
    """Write a float with four digits, None as "", and anything else as text.

    >>> shown(0.33333), shown(-0.0), shown(12), shown(None)
    ('0.3333', '0', '12', '')
    """
    if isinstance(cell, float):
        return f"{cell + 0.0:.4g}"  # -0.0 + 0.0 is 0.0
    return "" if cell is None else str(cell)


def as_factor(number: str) -> str:
    """Put a negative number in parentheses, so that it can follow a sign.

    >>> as_factor("-2"), as_factor("2")
    ('(-2)', '2')
    """
    return f"({number})" if number.startswith("-") else number
