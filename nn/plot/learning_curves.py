"""Plot loss and accuracy by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .style import BLUE, RED, axes_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from ..training.history import History

_MAX_MARKED = 30  # epochs; longer curves have no markers


def learning_curve(history: History | Sequence[Mapping[str, Any]] | Sequence[float], *, ax: Axes | None = None) -> Axes:
    """Plot the loss by epoch, and the accuracy on a second axis on the right.

    `history` is the result of `nn.fit`, a list of such rows, or a list of losses. Lines are solid for training and
    dashed for validation.

    >>> from matplotlib.figure import Figure
    >>> ax = learning_curve([{"loss": 2.0, "accuracy": 0.5}, {"loss": 1.0, "accuracy": 0.75}], ax=Figure().subplots())
    >>> [line.get_ydata().tolist() for axes in ax.figure.axes for line in axes.lines]
    [[2.0, 1.0], [50.0, 75.0]]
    """
    rows = _rows(history)
    ax = axes_on(ax)
    lines = _draw_lines(ax, rows, "loss", BLUE)
    ax.set_xlabel("epoch")
    ax.locator_params(axis="x", integer=True, min_n_ticks=1)
    ax.grid(alpha=0.3)
    if ax.dataLim.ymin >= 0:
        ax.set_ylim(bottom=0)
    if any("accuracy" in row or "validation_accuracy" in row for row in rows):
        right = ax.twinx()
        lines += _draw_lines(right, rows, "accuracy", RED, scale=100)
        right.set_ylim(top=100.5)
        right.spines["right"].set_visible(True)
    ax.legend(handles=lines, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    return ax


def _rows(history: Any) -> list[Mapping[str, Any]]:
    rows = list(history.rows() if hasattr(history, "rows") else history)
    if not rows:
        raise ValueError("history must have at least one epoch, got none")
    rows = [row if isinstance(row, Mapping) else {"loss": float(row)} for row in rows]
    if not any("loss" in row for row in rows):
        found = ", ".join(map(repr, rows[0])) or "nothing"
        raise ValueError(f'the rows of a history must have a "loss", got rows with {found}')
    return rows


def _draw_lines(ax: Axes, rows: Sequence[Mapping[str, Any]], key: str, colour: str, scale: float = 1.0) -> list[Line2D]:
    """Draw the columns `key` and `validation_{key}` of `rows`, if there are any, and label the axis."""
    epochs = [row.get("epoch", i) for i, row in enumerate(rows, start=1)]
    lines = []
    for name, phase, style, marker in ((key, "training", "-", "o"), (f"validation_{key}", "validation", "--", "s")):
        if any(name in row for row in rows):
            numbers = scale * np.array([row.get(name, np.nan) for row in rows], float)
            lines += ax.plot(epochs, numbers, style, color=colour, label=f"{phase} {key}", lw=1.5, ms=4)
            lines[-1].set_marker(marker if len(rows) <= _MAX_MARKED else "None")
    ax.set_ylabel(key if scale == 1 else f"{key} (%)", color=colour)
    ax.spines[["top", "right"]].set_visible(False)
    return lines
