"""Bound the rounding error of a computed node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.backpropagation import propagate, topological
from autograd.modes import reading_rule, recording
from autograd.value import Value

_RELATIVE = 2.0**-50  # error of one operation: 4 units in the last place
_ABSOLUTE = 2.0**-1072  # error of one operation: 4 subnormal steps


def rounding_error(result: Any) -> float:
    """Return a bound on the rounding error of `result`; leaves and constants are exact.

    The error of each node is multiplied by the derivative of the result with respect to that node.

    >>> x = Value(1.0)
    >>> rounding_error((1e16 + x) - 1e16) > 1
    True
    """
    if not isinstance(result, Value):
        return 0.0
    error = 0.0
    for node, cotangent in propagate(topological([result]), {result: 1.0}):
        if cotangent and node.op and not _is_copy(node):
            error += abs(cotangent) * (_RELATIVE * abs(node.data) + _ABSOLUTE)
    return error


def rounding_of_row(node: Value) -> Sequence[float]:
    """Return a bound on the rounding error of each local derivative of `node`, or 0 if its rule needs floats."""
    op = node.op
    if op is None:
        return []
    inputs = [Value(x.data) if isinstance(x, Value) else float(x) for x in node.inputs]
    try:
        with recording(), reading_rule():
            row = op.partials(inputs, op.apply(tuple(inputs)))
    except (TypeError, AttributeError, ArithmeticError, ValueError):
        return [0.0] * len(inputs)
    return [rounding_error(d) for d in row]


def _is_copy(node: Value) -> bool:
    """Return True if `node` is a leaf copied as x * 1, as `grad` copies its arguments."""
    x, *others = node.inputs
    return isinstance(x, Value) and others == [1.0] and node.data == x.data
