"""Sums of many inputs: how they are called, differentiated and written."""

from __future__ import annotations

import operator
from functools import reduce
from itertools import accumulate

from autograd.operand import Operand
from autograd.operation import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MAX_TERMS = 8  # a longer sum is abbreviated


class Dot(Op):
    """The operation `dot`, which is called with weights, signals and a bias."""

    def __call__(self, ws: Any, xs: Any, b: Any = 0.0) -> Any:
        """Return the sum of the weights `ws` times the signals `xs`, plus the bias `b`."""
        try:
            matched = len(ws) == len(xs)
        except TypeError:  # an iterator has no length
            return self(tuple(ws), tuple(xs), b)
        if not matched:
            raise ValueError(f"dot() needs as many weights as signals, not {len(ws)} weights and {len(xs)} signals")
        return self.apply((*ws, *xs, b))


def dot_rule(inputs: Sequence[Any], y: Any) -> list[Any]:
    """Return the partial derivatives of `dot`: the signals, the weights, and 1 for the bias."""
    n = len(inputs) // 2
    return [*inputs[n:-1], *inputs[:n], 1.0]


def sums_of_others(xs: Sequence[Any]) -> list[Any]:
    """Return for each of the `xs` the sum of all others, without subtracting, so that small sums keep their digits.

    >>> sums_of_others([1.0, 1e-20, 4e-20])
    [5e-20, 1.0, 1.0]
    """
    before = accumulate(xs[:-1], initial=0.0)
    after = [*accumulate(xs[:0:-1], initial=0.0)]
    return [a + b for a, b in zip(before, reversed(after))]


def written_sum(terms: Sequence[Any]) -> Any:
    """Write a sum; a long one has dots in the middle."""
    terms = [x for x in terms if isinstance(x, Operand) or x != 0]
    written = next((type(x) for x in terms if isinstance(x, Operand)), None)
    if len(terms) > MAX_TERMS and written:
        dots = written.name("…")  # type: ignore[attr-defined]
        terms = [*terms[:2], dots, *terms[-2:]]
    return reduce(operator.add, terms, 0.0)


def written_dot(inputs: Sequence[Any]) -> Any:
    """Write the sum of weights times signals, and the bias."""
    n = len(inputs) // 2
    return written_sum([*map(operator.mul, inputs[:n], inputs[n:-1]), inputs[-1]])
