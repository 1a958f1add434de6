"""Compute the slopes of a recorded function on both sides of a point."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp

from autograd.backpropagation import topological
from autograd.testing.checks.gradients import record
from autograd.testing.inputs import replaced
from autograd.testing.reference.finite_differences import Slope, slope
from autograd.testing.reference.high_precision import FloatsOnlyError
from autograd.testing.reference.high_precision_replay import numbers
from autograd.testing.reference.one_sided_slopes import OneSidedSlope, one_sided_slope
from autograd.testing.reference.oracle import REPLAY_DIGITS
from autograd.value import Value

_NEAR_ZERO = 1e-100  # distance from 0 at which f is recorded
_NEAR = 4  # distance from any other point, in units in the last place


def subgradients(f: Callable[..., Any], point: Sequence[float], i: int) -> Slope:
    """Return the slope of f along the argument at index `i`; at a kink, the interval between the one-sided slopes.

    The function may take a different branch on each side. So f is recorded a little to each side of the point, and
    each recorded graph is evaluated at the point with mpmath.
    """
    try:
        with mp.workdps(REPLAY_DIGITS):
            here = _graph(f, point, i, point[i])(mp.mpf(point[i]))
            sides = [_side(f, point, i, sign, here) for sign in (-1, 1)]
    except FloatsOnlyError:
        return slope(lambda x: record(f, list(map(Value, replaced(point, i, x)))).data, point[i])
    slopes = sorted(float(side.slope) for side in sides if not mp.isnan(side.slope))
    low, high = (slopes[0], slopes[-1]) if slopes else (math.nan, math.nan)
    is_kink = math.isfinite(high - low) and not math.isclose(low, high, rel_tol=1e-12, abs_tol=1e-300)
    return Slope(low, high, is_kink, any(side.is_jump for side in sides))


def _side(f: Callable[..., Any], point: Sequence[float], i: int, sign: int, here: Any) -> OneSidedSlope:
    x = point[i]
    beside = x + sign * (_NEAR * math.ulp(x) if x else _NEAR_ZERO)
    try:
        return one_sided_slope(_graph(f, point, i, beside), mp.mpf(x), sign, here)
    except FloatsOnlyError:
        raise
    except (ArithmeticError, ValueError, TypeError):  # outside a domain
        return OneSidedSlope(mp.nan)


def _graph(f: Callable[..., Any], point: Sequence[float], i: int, x: float) -> Callable[[Any], Any]:
    """Record f with `x` as argument `i`; return a function that evaluates this graph for another argument `i`."""
    leaves = list(map(Value, replaced(point, i, x)))
    nodes = topological([record(f, leaves)])
    return lambda number: numbers(nodes, {leaves[i]: number}, allow_floats=False)[nodes[-1]]
