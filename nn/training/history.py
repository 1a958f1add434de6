"""The history of a training: one row of numbers for each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..shared import Table, printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_ROWS = 24  # that are printed


@printed
class History:
    """What `nn.fit` returns: for each epoch a row of its numbers, which prints as a table and plots as a curve.

    - "epoch", from 1 on;
    - "loss": the mean over the epoch, each batch measured before its update;
    - "accuracy": the share of the same samples that is classified correctly after the epoch;
    - "validation_loss", "validation_accuracy": of the validation samples, after the epoch;
    - "lr": the learning rate of the last batch;
    - "seconds": for training and measuring; callbacks and compiling do not count.

    What does not apply is not there. Iteration gives the rows, a name its column. `stopped` says why training ended
    before its last epoch, and is "" if it did not.

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
        """Add the `row` of one more epoch."""
        self._rows.append(dict(row))

    def rows(self) -> list[dict[str, float]]:
        """Return the rows, each a dict, as for `pandas.DataFrame(history.rows())`."""
        return [dict(row) for row in self._rows]

    def __getitem__(self, name: str) -> list[float]:
        if name not in self:
            has = f"only {', '.join(self._rows[0])}" if self._rows else "which has no epochs yet"
            raise KeyError(f"there is no {name!r} in this history, {has}")
        return [row[name] for row in self._rows]

    def __iter__(self) -> Iterator[dict[str, float]]:
        return iter(self.rows())

    def __contains__(self, name: object) -> bool:
        return bool(self._rows) and name in self._rows[0]

    def __len__(self) -> int:
        return len(self._rows)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw loss and accuracy by epoch on the axes `ax`, by default new ones, and return them."""
        from ..plot import learning_curve

        return learning_curve(self, ax=ax)

    def __repr__(self) -> str:
        return "\n".join(filter(None, [Table(self._cells()).text(">", is_ruled=False) or "no epochs", self.stopped]))

    def _repr_html_(self) -> str:
        from html import escape

        note = f"<p>{escape(self.stopped)}</p>" if self.stopped else ""
        return Table(self._cells()).html() + note if self._rows else "<p>no epochs</p>"

    def _cells(self) -> list[list[str]]:
        """Return the table in text, without the rows in the middle where there are many."""
        if not self._rows:
            return []
        rows = [[_shown(name, x) for name, x in row.items()] for row in self._rows]
        if len(rows) > _MAX_ROWS:
            half = _MAX_ROWS // 2
            rows[half:-half] = [["..."] * len(rows[0])]
        return [[name.replace("_", " ") for name in self._rows[0]], *rows]


def _shown(name: str, x: float) -> str:
    if name.endswith("accuracy"):
        return f"{x:.1%}"
    return f"{x:.3g}" if name in ("lr", "seconds") else f"{x:.4g}" if isinstance(x, float) else str(x)
