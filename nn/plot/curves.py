"""The learning curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .style import BLUE, RED, axes_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from ..training.history import History

_MAX_MARKED = 30  # epochs that are marked one by one


def learning_curve(history: History | Sequence[Mapping[str, Any]] | Sequence[float], *, ax: Axes | None = None) -> Axes:
    """Draw the loss by epoch that `history` holds, and on an axis to the right the accuracy.

    `history` is what `nn.fit` returns, a list of such rows, or a list of losses. Training is drawn as a line,
    validation dashed.

    >>> from matplotlib.figure import Figure
    >>> ax = learning_curve([{"loss": 2.0, "accuracy": 0.5}, {"loss": 1.0, "accuracy": 0.75}], ax=Figure().subplots())
    >>> [line.get_ydata().tolist() for axes in ax.figure.axes for line in axes.lines]
    [[2.0, 1.0], [50.0, 75.0]]
    """
    rows = _rows(history)
    ax = axes_on(ax)
    lines = _lines(ax, rows, {"loss": "training loss", "validation_loss": "validation loss"}, BLUE)
    ax.set_xlabel("epoch")
    ax.locator_params(axis="x", integer=True, min_n_ticks=1)
    ax.grid(alpha=0.3)
    _label(ax, "loss", BLUE)
    _start_at_zero(ax, lines)
    if any("accuracy" in row or "validation_accuracy" in row for row in rows):
        lines += _accuracies(ax.twinx(), rows)
    ax.legend(handles=lines, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    return ax


def _accuracies(right: Axes, rows: Sequence[Mapping[str, Any]]) -> list[Line2D]:
    percent = {"accuracy": "% right in training", "validation_accuracy": "% right in validation"}
    rows = [{key: 100 * row[key] if key in percent else row[key] for key in row} for row in rows]
    lines = _lines(right, rows, percent, RED)
    right.set_ylim(top=100.5)
    _label(right, "% right", RED)
    right.spines["right"].set_visible(True)
    return lines


def _label(ax: Axes, name: str, colour: str) -> None:
    ax.set_ylabel(name, color=colour)
    ax.spines[["top", "right"]].set_visible(False)


def _start_at_zero(ax: Axes, lines: Sequence[Line2D]) -> None:
    """Let the axis begin at 0 where no loss is negative."""
    numbers = np.concatenate([np.asarray(line.get_ydata()) for line in lines])
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size and numbers.min() >= 0 < numbers.max():
        ax.set_ylim(0, 1.06 * numbers.max())


def _rows(history: Any) -> list[Mapping[str, Any]]:
    given = list(history.rows() if hasattr(history, "rows") else history)
    if not given:
        raise ValueError("there is no epoch to draw: the history is empty")
    rows = [row if isinstance(row, Mapping) else {"loss": float(row)} for row in given]
    if not any("loss" in row for row in rows):
        raise ValueError(
            f'the rows of a history have a "loss", these have {", ".join(map(repr, rows[0])) or "nothing"}'
        )
    return rows


def _lines(ax: Axes, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], colour: str) -> list[Line2D]:
    """Draw the columns of `rows` that have `names`, the first of them solid, the second dashed."""
    epochs = [row.get("epoch", i) for i, row in enumerate(rows, start=1)]
    lines = []
    for (key, label), style, marker in zip(names.items(), ("-", "--"), ("o", "s")):
        if any(key in row for row in rows):
            numbers = np.array([row.get(key, np.nan) for row in rows], float)
            lines += ax.plot(epochs, numbers, style, color=colour, label=label, lw=1.5)
            if len(rows) <= _MAX_MARKED:
                lines[-1].set(marker=marker, markersize=4)
    return lines
