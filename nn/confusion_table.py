"""`Confusion`: count how often samples of each class are predicted as each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .shared import Table, printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@printed
@dataclass(frozen=True, repr=False)
class Confusion:
    """A confusion table: counts[i][j] samples of classes[i] are predicted as classes[j].

    >>> table = Confusion([[5, 0], [1, 4]], [0, 1])
    >>> table
    predicted  0  1
    0          5  .
    1          1  4
    >>> table.right, table.total
    (9, 10)
    """

    counts: list[list[int]]
    classes: Sequence[int | str]

    @property
    def right(self) -> int:
        """The number of samples that are classified correctly."""
        return sum(row[i] for i, row in enumerate(self.counts))

    @property
    def total(self) -> int:
        """The number of samples."""
        return sum(map(sum, self.counts))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Plot the table on the axes `ax`, by default new ones, and return the axes."""
        from .plot import confusion_table

        return confusion_table(self, ax=ax)

    def __repr__(self) -> str:
        cells = self._cells()
        width = max(len(cell) for row in cells for cell in row[1:])
        return Table([[row[0], *(cell.rjust(width) for cell in row[1:])] for row in cells]).text(is_ruled=False)

    def _repr_html_(self) -> str:
        return Table(self._cells()).html()

    def _cells(self) -> list[list[str]]:
        rows = [[str(c), *(str(n or ".") for n in row)] for c, row in zip(self.classes, self.counts)]
        return [["predicted", *map(str, self.classes)], *rows]
