"""`History`: the loss, accuracy and time of each epoch of a training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

from ..shared import Table, printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_ROWS = 24  # number of rows to print


@printed
class History:
    """The results of `nn.fit`: one row for each epoch. It prints as a table and plots as a learning curve.

    - "epoch": counted from 1;
    - "loss": the mean over the epoch, each batch measured before its update;
    - "accuracy": the fraction of the training samples that are classified correctly after the epoch;
    - "validation_loss", "validation_accuracy": the same for the validation samples, after the epoch;
    - "lr": the learning rate of the last batch;
    - "seconds": the time for training and measuring, without callbacks and compiling.

    Columns that do not apply are absent. Iterating yields the rows; `history["loss"]` is a column. `stopped` is the
    reason why a callback ended the training early, or "".

    >>> history = History()
    >>> history.append({"epoch": 1, "loss": 0.5, "accuracy": 0.75})
    >>> history.append({"epoch": 2, "loss": 0.25, "accuracy": 1.0})
    >>> history["loss"], len(history)
    ([0.5, 0.25], 2)
    >>> history
    epoch  loss  accuracy
        1   0.5     75.0%
        2  0.25    100.0%
    """

    def __init__(self) -> None:
        self._rows: list[dict[str, float]] = []
        self.stopped = ""

    def append(self, row: Mapping[str, float]) -> None:
        """Append the `row` of one more epoch."""
        self._rows.append(dict(row))

    def rows(self) -> list[dict[str, float]]:
        """Return the rows as dicts, for example for `pandas.DataFrame(history.rows())`."""
        return [dict(row) for row in self._rows]

    def __getitem__(self, name: str) -> list[float]:
        if name not in self:
            columns = f"the columns are {', '.join(self._rows[0])}" if self._rows else "it has no epochs yet"
            raise KeyError(f"no column {name!r} in this history: {columns}")
        return [row[name] for row in self._rows]

    def __iter__(self) -> Iterator[dict[str, float]]:
        return iter(self.rows())

    def __contains__(self, name: object) -> bool:
        return bool(self._rows) and name in self._rows[0]

    def __len__(self) -> int:
        return len(self._rows)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Plot loss and accuracy by epoch on the axes `ax`, by default new ones, and return the axes."""
        from ..plot import learning_curve

        return learning_curve(self, ax=ax)

    def __repr__(self) -> str:
        return "\n".join(filter(None, [Table(self._cells()).text(">", is_ruled=False) or "no epochs", self.stopped]))

    def _repr_html_(self) -> str:
        note = f"<p>{escape(self.stopped)}</p>" if self.stopped else ""
        return Table(self._cells()).html() + note if self._rows else "<p>no epochs</p>"

    def _cells(self) -> list[list[str]]:
        """Return the cells of the table; of many rows, the middle ones are left out."""
        if not self._rows:
            return []
        rows = [[format_number(name, x) for name, x in row.items()] for row in self._rows]
        if len(rows) > _MAX_ROWS:
            half = _MAX_ROWS // 2
            rows[half:-half] = [["..."] * len(rows[0])]
        return [[name.replace("_", " ") for name in self._rows[0]], *rows]


def format_number(name: str, x: float) -> str:
    """Format the number `x` of the column `name`: accuracies in percent.

    >>> format_number("accuracy", 0.75), format_number("loss", 0.123456)
    ('75.0%', '0.1235')
    """
    if name.endswith("accuracy"):
        return f"{x:.1%}"
    return f"{x:.3g}" if name in ("lr", "seconds") else f"{x:.4g}" if isinstance(x, float) else str(x)
