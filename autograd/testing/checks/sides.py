"""Slopes of a recorded function on both sides of a point, where it may take another branch than at the point itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp

from autograd.backpropagation import topological
from autograd.testing.checks.gradients import record
from autograd.testing.reference import differences
from autograd.testing.reference.exact import NotExactError
from autograd.testing.reference.exact_replay import numbers
from autograd.testing.reference.limits import Side, side
from autograd.testing.reference.oracle import MANY_DIGITS
from autograd.value import Value

_BESIDE_ZERO = 1e-100
_BESIDE = 4  # units in the last place


def slopes_on_both_sides(f: Callable[..., Any], point: Sequence[float], i: int) -> differences.Slope:
    """Return the slope of f by argument number i; at a kink, the interval between the slopes on both sides.

    On each side f is recorded a little way from the point, and this graph is computed exactly at the point.
    """
    try:
        with mp.workdps(MANY_DIGITS):
            here = _graph(f, point, i, point[i])(mp.mpf(point[i]))
            sides = [_side(f, point, i, sign, here) for sign in (-1, 1)]
    except NotExactError:
        return differences.slope(lambda x: record(f, _leaves([*point[:i], x, *point[i + 1 :]])).data, point[i])
    slopes = sorted(float(each.slope) for each in sides if not mp.isnan(each.slope))
    low, high = (slopes[0], slopes[-1]) if slopes else (math.nan, math.nan)
    is_kink = math.isfinite(high - low) and not math.isclose(low, high, rel_tol=1e-12, abs_tol=1e-300)
    return differences.Slope(low, high, is_kink, any(each.jumps for each in sides))


def _side(f: Callable[..., Any], point: Sequence[float], i: int, sign: int, here: Any) -> Side:
    x = point[i]
    beside = x + sign * (_BESIDE * math.ulp(x) if x else _BESIDE_ZERO)
    try:
        return side(_graph(f, point, i, beside), mp.mpf(x), sign, here)
    except NotExactError:
        raise
    except (ArithmeticError, ValueError, TypeError):  # outside a domain
        return Side(mp.nan)


def _graph(f: Callable[..., Any], point: Sequence[float], i: int, x: float) -> Callable[[Any], Any]:
    """Return the exact value of the graph that f records where argument number i is `x`, as a function of that."""
    leaves = _leaves([*point[:i], x, *point[i + 1 :]])
    nodes = topological([record(f, leaves)])
    return lambda number: numbers(nodes, {leaves[i]: number}, only_exact=True)[nodes[-1]]


def _leaves(point: Sequence[float]) -> list[Value]:
    return [Value(x) for x in point]
