"""A bound of the rounding error in a number that was computed with nodes: a sum is judged by the size of its terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.backpropagation import propagate, topological
from autograd.modes import reading_rule, recording
from autograd.value import Value

_ULPS = 2.0**-50  # relative error of one operation: 4 units in the last place
_TINY = 2.0**-1072  # absolute error of one operation: 4 subnormal steps


def rounding_error(result: Any) -> float:
    """Return a bound of the rounding error in `result`; leaves and constants are exact.

    The error of each node changes the result by the derivative of the result by that node.

    >>> x = Value(1.0)
    >>> rounding_error((1e16 + x) - 1e16) > 1
    True
    """
    if not isinstance(result, Value):
        return 0.0
    error = 0.0
    for node, cotangent in propagate(topological([result]), {result: 1.0}):
        if cotangent and node.op and not _is_copy(node):
            error += abs(cotangent) * (_ULPS * abs(node.data) + _TINY)
    return error


def rounding_of_row(node: Value) -> Sequence[float]:
    """Return a bound of the rounding error in each local derivative of `node`: 0 where its rule cannot be recorded."""
    op = node.op
    if op is None:
        return []
    inputs = [Value(x.data) if isinstance(x, Value) else float(x) for x in node.inputs]
    try:
        with recording(), reading_rule():
            row = op.partials(inputs, op.apply(tuple(inputs)))
    except (TypeError, AttributeError, ArithmeticError, ValueError):  # a rule of floats
        return [0.0] * len(inputs)
    return [rounding_error(d) for d in row]


def _is_copy(node: Value) -> bool:
    """Say whether `node` is another one times 1, as functions to differentiate make of their arguments."""
    x, *others = node.inputs
    return isinstance(x, Value) and others == [1.0] and node.data == x.data
