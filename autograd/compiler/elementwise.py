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
        self._value: Callable[..., Any] = np.vectorize(lambda *xs: op.evaluate([*map(float, xs)]), otypes=[float])
        self._row = np.vectorize(lambda *xs: op.check(*op.linearize([*map(float, xs)]), len(xs))[1], otypes=[object])

    def __call__(self, *inputs: Any) -> Any:
        """Return its values."""
        return self._value(*inputs)

    def slopes(self, *inputs: Any) -> Any:
        """Return its local derivatives, an array for each input."""
        rows = self._row(*inputs)
        return np.moveaxis(np.array(rows.tolist(), float).reshape(*rows.shape, len(inputs)), -1, 0)
