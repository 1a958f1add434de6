"""Helpers for operations that sum many inputs: the call of `dot`, its rule, and the formulas of long sums."""

from __future__ import annotations

import operator
from functools import reduce
from itertools import accumulate

from autograd.operand import Operand
from autograd.operation import Op, as_tuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MAX_TERMS = 8  # longer sums are abbreviated


class Dot(Op):
    """The operation `dot`, which takes weights, inputs and a bias."""

    def __call__(self, ws: Any, xs: Any, b: Any = 0.0) -> Any:
        """Return the sum of the weights `ws` times the inputs `xs`, plus the bias `b`."""
        try:
            matched = len(ws) == len(xs)
        except TypeError:  # an iterator has no length
            return self(as_tuple(ws, "ws", self), as_tuple(xs, "xs", self), b)
        if not matched:
            raise ValueError(f"dot() takes as many weights as inputs, got {len(ws)} weights and {len(xs)} inputs")
        return self.apply((*ws, *xs, b))


def dot_rule(inputs: Sequence[Any], y: Any) -> list[Any]:
    """Return the partial derivatives of `dot`: the inputs, the weights, and 1 for the bias."""
    n = len(inputs) // 2
    return [*inputs[n:-1], *inputs[:n], 1.0]


def sums_of_others(xs: Sequence[Any]) -> list[Any]:
    """Return the sum of all other numbers for each of the `xs`, without subtracting, which would lose digits.

    >>> sums_of_others([1.0, 1e-20, 4e-20])
    [5e-20, 1.0, 1.0]
    """
    before = accumulate(xs[:-1], initial=0.0)
    after = [*accumulate(xs[:0:-1], initial=0.0)]
    return [a + b for a, b in zip(before, reversed(after))]


def written_sum(terms: Sequence[Any]) -> Any:
    """Write the formula of a sum. A long sum is abbreviated by dots."""
    terms = [x for x in terms if isinstance(x, Operand) or x != 0]
    written = next((type(x) for x in terms if isinstance(x, Operand)), None)
    if len(terms) > MAX_TERMS and written:
        dots = written.name("…")  # type: ignore[attr-defined]
        terms = [*terms[:2], dots, *terms[-2:]]
    return reduce(operator.add, terms, 0.0)


def written_dot(inputs: Sequence[Any]) -> Any:
    """Write the formula of the sum of weights times inputs, plus the bias."""
    n = len(inputs) // 2
    return written_sum([*map(operator.mul, inputs[:n], inputs[n:-1]), inputs[-1]])
