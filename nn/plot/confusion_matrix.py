"""Plot a confusion table: how often samples of each class are predicted as each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from ..evaluation import Confusion
from ..training.samples import Array
from .style import BLUE, RED, axes_on, short_name

_DARK = 0.75  # colour strength above which text is white
_MIN_FONT_SIZE = 4.0  # in points
_MAX_NAMES = 50  # class names along a side


def confusion_table(confusion: Confusion | Sequence[Sequence[int]], *, ax: Axes | None = None) -> Axes:
    """Draw how many samples of each class (a row) are predicted as each class (a column).

    `confusion` is the result of `nn.confusion`, or a list of rows of counts. Correct predictions are blue, shaded by
    their share of the row; errors are red, shaded relative to the most frequent error. Cells without samples are empty.

    >>> from matplotlib.figure import Figure
    >>> ax = confusion_table([[5, 0], [1, 4]], ax=Figure().subplots())
    >>> ax.get_title(), [text.get_text() for text in ax.texts]
    ('9 of 10 correct', ['5', '1', '4'])
    """
    counts = _counts(getattr(confusion, "counts", confusion))
    k = len(counts)
    classes = [short_name(c) for c in getattr(confusion, "classes", range(k))]
    longest = max(map(len, classes))
    side = min(0.36 * k, 9.5) + 0.08 * longest + 1.4
    ax = axes_on(ax, side, side)
    strength = _strength(counts)
    ax.imshow(_colours(strength), aspect="equal")
    _write_counts(ax, counts, strength)
    named = range(0, k, -(-k // _MAX_NAMES))
    names = [classes[i] for i in named]
    ax.set_xticks(named, names, rotation=90 if longest > 3 else 0, parse_math=False)
    ax.set_yticks(named, names, parse_math=False)
    ax.set(xlabel="predicted", ylabel="true", title=f"{counts.trace()} of {counts.sum()} correct")
    ax.set_xticks(np.arange(0.5, k - 1), minor=True)
    ax.set_yticks(np.arange(0.5, k - 1), minor=True)
    ax.grid(which="minor", color="0.85", linewidth=0.8)
    ax.tick_params(which="both", length=0)
    return ax


def _counts(rows: Any) -> Array:
    counts = np.asarray(rows)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise ValueError(f"a confusion table must have as many rows as columns, at least one, got shape {counts.shape}")
    if counts.dtype.kind not in "iu" or (counts < 0).any():
        raise ValueError("the counts of a confusion table must be non-negative integers")
    return counts


def _strength(counts: Array) -> Array:
    """Return the colour strength of each cell: 0 for empty cells, else between 0.15 and 1."""
    diagonal = np.eye(len(counts), dtype=bool)
    most = np.where(diagonal, counts.sum(axis=1, keepdims=True), np.where(diagonal, 0, counts).max())
    return np.where(counts > 0, 0.15 + 0.85 * counts / np.maximum(most, 1), 0.0)


def _colours(strength: Array) -> Array:
    """Mix white with blue on the diagonal and with red elsewhere, by `strength`; return RGB values."""
    ink = np.where(np.eye(len(strength), dtype=bool)[..., None], to_rgb(BLUE), to_rgb(RED))
    return np.asarray(1 - strength[..., None] * (1 - ink))


def _write_counts(ax: Axes, counts: Array, strength: Array) -> None:
    """Write the nonzero counts into their cells if the cells are large enough to read."""
    box = ax.get_window_extent()
    cell = min(box.width, box.height) / len(counts) * 72 / ax.figure.dpi  # in points
    size = min(9.0, 1.5 * cell / (len(str(counts.max())) + 1))
    if size >= _MIN_FONT_SIZE:
        for i, j in np.argwhere(counts):
            colour = "white" if strength[i, j] > _DARK else "black"
            ax.text(j, i, str(counts[i, j]), ha="center", va="center", fontsize=size, color=colour)
