"""The rows of a buffer as arrays of JAX, which are read as slices wherever rows follow a pattern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from autograd.compiler.ir import Rows

Axis = tuple[int, int]  # a count, and the distance from one to the next


class Buffer:
    """The arrays that hold the rows of a buffer. Rows that were never written are 0."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._arrays: list[Any] = [np.zeros(1)]
        self._owners, self._places = np.zeros(size, np.intp), np.zeros(size, np.intp)

    def write(self, rows: Rows, array: Any) -> None:
        """Let `rows` be the numbers of an array."""
        self._owners[rows.ravel()], self._places[rows.ravel()] = len(self._arrays), np.arange(rows.size)
        self._arrays.append(array.ravel())

    def read(self, rows: Rows) -> Any:
        """Return the numbers at `rows`."""
        if not rows.size:
            return np.zeros(rows.shape)
        owners, places = self._owners[rows].ravel(), self._places[rows].ravel()
        cuts = np.flatnonzero(np.diff(owners)) + 1
        starts = np.array([0, *cuts])
        used = owners[starts]
        if len(set(used.tolist())) == len(used):
            pieces = [_taken(self._arrays[i], x) for i, x in zip(used, np.split(places, cuts))]
            return _joined(pieces).reshape(rows.shape)
        arrays, start = [], 0
        for i in dict.fromkeys(used.tolist()):
            mine = owners == i
            low, high = places[mine].min(), places[mine].max() + 1
            arrays.append(_part(self._arrays[i], low, high))
            places = np.where(mine, places - low + start, places)
            start += high - low
        return _taken(_joined(arrays), places).reshape(rows.shape)


def _joined(arrays: Sequence[Any]) -> Any:
    return arrays[0] if len(arrays) == 1 else jnp.concatenate(arrays)


def _taken(array: Any, places: Rows) -> Any:
    """Return the numbers of an array at `places`."""
    if isinstance(array, np.ndarray):
        return array[places]
    axes = _pattern(places)
    if axes is None:
        is_unique = len(np.unique(places)) == len(places)
        return array.at[places].get(mode="promise_in_bounds", unique_indices=is_unique, wrap_negative_indices=False)
    order = sorted(range(len(axes)), key=lambda i: (-axes[i][1], axes[i][0]))
    found = _strided(array, int(places[0]), [axes[i] for i in order])
    return found.transpose(np.argsort(order)).ravel() if len(axes) > 1 else found.reshape(places.shape)


def _part(array: Any, start: int, stop: int, step: int = 1) -> Any:
    if stop - start == len(array) and step == 1:
        return array
    return array[start:stop:step] if isinstance(array, np.ndarray) else jax.lax.slice(array, (start,), (stop,), (step,))


def _pattern(places: Rows) -> list[Axis] | None:
    """Return axes along which `places` are evenly spaced, the last one the innermost, or None.

    >>> _pattern(np.array([1, 2, 3, 11, 12, 13]))
    [(2, 10), (3, 1)]
    """
    axes: list[Axis] = []
    while places.size > 1:
        steps = np.diff(places)
        others = np.flatnonzero(steps != steps[0])
        count = int(others[0]) + 1 if others.size else places.size
        if steps[0] < 0 or places.size % count or (np.diff(places.reshape(-1, count)) != steps[0]).any():
            return None
        axes.insert(0, (count, int(steps[0])))
        places = places[::count]
    return axes


def _strided(array: Any, start: int, axes: Sequence[Axis]) -> Any:
    """Return the numbers at evenly spaced places from `start` on. The largest distance comes first."""
    if not axes:
        return array[start]
    (count, step), *rest = axes
    if not step:
        return jnp.broadcast_to(array[start], [count for count, _ in axes])
    stop, extent = start + count * step, 1 + sum((count - 1) * step for count, step in rest)
    if not rest:
        return _part(array, start, stop - step + 1, step)
    if extent > step:  # they overlap
        return jnp.stack([_strided(array, start + i * step, rest) for i in range(count)])
    missing = max(stop - len(array), 0)
    before = min(missing, start)  # blocks of `step` numbers may begin earlier, to end where the array ends
    array = _part(array, start - before, min(stop - before, len(array)))
    if missing > before:
        array = jnp.pad(array, (0, missing - before))
    return jax.vmap(lambda block: _strided(block, before, rest))(array.reshape(count, step))
