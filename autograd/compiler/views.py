"""Write rows of a buffer as a slice if they follow a pattern, or else as a list of indices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiler.layout import Rows

GRID = '''
def grid(buffer, start, *axes):
    """Return the view of rows start + i * step + ..., for one (count, step) an axis."""
    shape, strides = [count for count, _ in axes], [step * buffer.strides[0] for _, step in axes]
    part = buffer[start:]
    return as_strided(part, (*shape, *part.shape[1:]), (*strides, *part.strides[1:]))
'''


def view(buffer: str, rows: Rows) -> str | None:
    """Return the code of a view of `rows`, of one or two axes, or None where they follow no pattern.

    >>> view("V", np.array([3, 4, 5])), view("V", np.array([1, 4, 7])), view("V", np.array([1, 2, 5]))
    ('V[3:6]', 'V[1:8:3]', None)
    >>> view("S", np.array([[4, 5], [7, 8]])), view("S", np.array([[4, 5], [6, 7]]))
    ('grid(S, 4, (2, 3), (2, 1))', 'S[4:8].reshape(2, 2)')
    """
    start = int(rows.flat[0])
    if rows.shape == (1,):
        return f"{buffer}[{start}:{start + 1}]"
    steps = _steps(rows)
    if steps is None:
        return None
    if rows.ndim == 1:
        (step,) = steps
        if step < 1:
            return None
        stop = start + step * (rows.size - 1) + 1
        return f"{buffer}[{start}:{stop}:{step}]" if step > 1 else f"{buffer}[{start}:{stop}]"
    if steps[1:] == [1] and (rows.shape[0] == 1 or steps[0] == rows.shape[1]):
        samples = f", {buffer}.shape[1]" if buffer.endswith("V") else ""
        return f"{buffer}[{start}:{start + rows.size}].reshape({rows.shape[0]}, {rows.shape[1]}{samples})"
    axes = ", ".join(f"({count}, {step})" for count, step in zip(rows.shape, steps))
    return f"grid({buffer}, {start}, {axes})"


def _steps(rows: Rows) -> list[int] | None:
    """Return the step along each axis, if it is the same everywhere and not negative."""
    steps = []
    for axis in range(rows.ndim):
        differences = np.diff(rows, axis=axis)
        step = int(differences.flat[0]) if differences.size else 1
        if step < 0 or (differences != step).any():
            return None
        steps.append(step)
    return steps


def runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending `rows` as ranges.

    >>> runs([1, 2, 3, 7])
    [(1, 4), (7, 8)]
    """
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and found[-1][1] == row:
            found[-1] = (found[-1][0], row + 1)
        else:
            found.append((row, row + 1))
    return found


def literal(array: Any) -> str:
    """Return the code of an array of whole numbers."""
    return f"np.array({array.tolist()})"
