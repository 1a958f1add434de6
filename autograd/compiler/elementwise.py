"""`Elementwise`: an operation that takes nothing but floats, applied to each element of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.operation import Op


class Elementwise:
    """An operation that takes nothing but floats, applied to each element of arrays."""

    def __init__(self, op: Op) -> None:
        self.op = op

    def __call__(self, *inputs: Any) -> Any:
        """Return its values."""
        return _mapped(self.op.evaluate, inputs)

    def slopes(self, *inputs: Any) -> Any:
        """Return its local derivatives, an array for each input."""
        op, count = self.op, len(inputs)
        return np.moveaxis(_mapped(lambda xs: op.check(*op.linearize(xs), count)[1], inputs), -1, 0)


def _mapped(f: Callable[[list[float]], Any], inputs: Any) -> Any:
    """Return the results of `f` for each list of elements; those that are lists become a last axis."""
    arrays = np.broadcast_arrays(*inputs)
    found = np.array([f([*xs]) for xs in zip(*(x.ravel().tolist() for x in arrays))], float)
    return found.reshape((*arrays[0].shape, *found.shape[1:]))
