"""`Table`: rows of numbers as data, which print as aligned text and show as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, overload

from ..shared import printed
from ..tables import html_table, text_table

Row = Mapping[str, Any]


@printed
class Table(Sequence[Row]):
    """A sequence of `rows`, each a dict from the heads of the columns to numbers or text.

    >>> table = Table([{"w": 4.0, "error": 56.0}, {"w": 3.5, "error": None}])
    >>> print(table)
      w  error
      4     56
    3.5
    >>> table[0]["error"]
    56.0

    Numbers are shown with four digits, and nothing for None. All rows have the columns of the first.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = tuple(rows)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, i: int) -> Row: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, i: int | slice) -> Row | tuple[Row, ...]:
        return self._rows[i]

    def column(self, head: str) -> list[Any]:
        """Return what stands below `head`, in a list."""
        return [row[head] for row in self]

    def __str__(self) -> str:
        return text_table(self._cells())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self._cells())

    def _cells(self) -> list[list[str]]:
        heads = list(self[0]) if self else []
        return [heads, *([shown(row[head]) for head in heads] for row in self)]


def shown(cell: object) -> str:
    """Write a `cell`: a number with four digits, nothing for None.

    >>> shown(0.33333), shown(-0.0), shown(12), shown(None)
    ('0.3333', '0', '12', '')
    """
    if isinstance(cell, float):
        return f"{cell + 0.0:.4g}"  # -0.0 + 0.0 is 0.0
    return "" if cell is None else str(cell)
