"""Compute gradients by recording a graph for each sample, if those of the array program are nan.

In a program, the gradient of a branch that was not chosen is 0, and 0 times an infinite slope behind it is nan. In a
graph, nothing is sent to such a branch. So graphs replace a program that contains choices if its gradient is nan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd.backpropagation import propagate, topological
from autograd.compiler.arguments import Array, Batch
from autograd.compiler.symbols import Symbol
from autograd.modes import recording
from autograd.operation import Op
from autograd.ops import COMPARISONS
from autograd.value import Value


def has_choices(order: Sequence[Symbol]) -> bool:
    """Check if a node of the graph chooses between other computed nodes, as `where` does."""
    return any(
        node.op is not None and node.op.chooses and any(isinstance(x, Symbol) and x.op for x in node.inputs)
        for node in order
    )


def gradient(
    order: Sequence[Symbol], root: Symbol, numbers: dict[Symbol, float], wanted: Iterable[Symbol]
) -> list[float]:
    """Compute the derivatives of `root` by the `wanted` leaves, at the `numbers` of arguments and parameters."""
    copies: dict[Any, Any] = {leaf: Value(x) for leaf, x in numbers.items()}
    with recording():  # also where the program runs in no_grad
        for node in order:
            if node not in copies:
                copies[node] = _apply(node.op, [copies.get(x, x) for x in node.inputs]) if node.op else node.source
    y = copies[root]
    arrived = dict(propagate(topological([y]), {y: 1.0})) if isinstance(y, Value) else {}
    return [float(arrived.get(copies[leaf], 0.0)) for leaf in wanted]


def _apply(op: Op, inputs: Sequence[Any]) -> Any:
    if op in COMPARISONS:  # a number, as for nodes: nothing is sent to its inputs, not even 0 times infinity
        return op.evaluate([x.data if isinstance(x, Value) else x for x in inputs])
    return op.apply(tuple(inputs))


def samples(batch: Batch, arrays: Sequence[Array]) -> Array:
    """Return a row of numbers for each sample."""
    if not arrays:
        return np.empty((batch.size, 0))
    if batch.samples_first:
        return np.concatenate([array.reshape(batch.size, -1) for array in arrays], axis=1)
    return np.stack([np.broadcast_to(array, batch.samples).reshape(-1) for array in arrays], axis=1)
