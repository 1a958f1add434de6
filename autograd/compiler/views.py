"""Write views of buffers: a slice if the rows follow a pattern, or else a list of indices."""

from __future__ import annotations

from autograd.compiler.ir import View


def code_of_view(view: View, name: str = "") -> str | None:
    """Return the code of a view, or None where the rows follow no pattern. In a loop, `name` is that of the round.

    >>> import numpy as np
    >>> code_of_view(View("V", np.array([3, 4, 5]))), code_of_view(View("V", np.array([1, 4, 7])))
    ('V[3:6]', 'V[1:8:3]')
    >>> code_of_view(View("V", np.array([3, 4]), step=5), "i")
    'V[3 + 5 * i:5 + 5 * i]'
    >>> code_of_view(View("S", np.array([[4, 5], [7, 8]]))), code_of_view(View("S", np.array([[4, 5], [6, 7]])))
    ('grid(S, 4, (2, 3), (2, 1))', 'S[4:8].reshape(2, 2)')
    """
    buffer, rows, strides, start = view.buffer, view.rows, view.strides, int(view.rows.flat[0])
    if rows.shape == (1,):
        return f"{buffer}[{moved(view, start, name)}:{moved(view, start + 1, name)}]"
    if strides is None:
        return None
    if rows.ndim == 1:
        (stride,) = strides
        stop = moved(view, start + stride * (rows.size - 1) + 1, name)
        return f"{buffer}[{moved(view, start, name)}:{stop}{f':{stride}' if stride > 1 else ''}]" if stride else None
    if strides[1:] == [1] and (rows.shape[0] == 1 or strides[0] == rows.shape[1]):
        samples = f", {buffer}.shape[1]" if view.is_batched else ""
        part = f"{buffer}[{moved(view, start, name)}:{moved(view, start + rows.size, name)}]"
        return f"{part}.reshape({rows.shape[0]}, {rows.shape[1]}{samples})"
    axes = ", ".join(f"({count}, {stride})" for count, stride in zip(rows.shape, strides))
    return f"grid({buffer}, {moved(view, start, name)}, {axes})"


def moved(view: View, row: int, name: str) -> str:
    """Return the code of a row of a view in the round `name` of a loop."""
    if not (name and view.step):
        return str(row)
    step = f"{view.step} * {name}" if view.step > 1 else name
    return f"{row} + {step}" if row else step
