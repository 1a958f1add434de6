"""First and second derivatives of a function of floats from its values alone, with an error bound.

Differences over many widths, from tiny to large, are computed with two formulas of different order on the same seven
values. The gap between the two formulas estimates the truncation error; the sixth difference of the values estimates
the noise from rounding, an edge or a kink. So each width gives an interval. The narrowest interval that agrees with
those of all smaller widths is taken, since a large width may miss a feature. If a large width is certain of a different
slope, the result is unknown: rounding can make a function with cancellation look smooth, with a wrong slope, at tiny
widths.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import mul
from typing import NamedTuple

_ULP = sys.float_info.epsilon
_MIN_WIDTH, _MAX_WIDTH = 2.0**-50, 2.0**-2  # widths relative to the point; the maximum relative to at least 1
_MIN_WIDTH_AT_ZERO = 2.0**-100
_MIN_FLAT_WIDTH = 2.0**-16  # over smaller widths, equal values may be an effect of rounding
_GROWTH = 4.0  # ratio of successive widths
_CUT_OFF, _NOISE = 16.0, 4.0  # safety factors for the estimated truncation and rounding errors
_JUMP_WIDTHS = 8  # number of widths over which a jump has the same size; they span a factor of 16,384
_MIN_JUMP = 2.0**-20  # size of a jump relative to nearby values; smaller ones may be rounding
_SIXTH_DIFFERENCE = (1, -6, 15, -20, 15, -6, 1)
_NORM = math.sqrt(sum(c * c for c in _SIXTH_DIFFERENCE))


class _Formula(NamedTuple):
    """The weights of a derivative of the given `order` from seven values.

    `places` are the points, in units of the width. `fine` holds the weights of the higher-order formula, `coarse` those
    of the lower-order one.
    """

    places: Sequence[int]
    fine: Sequence[float]
    coarse: Sequence[float]
    order: int = 1


_CENTRAL = _Formula(
    range(-3, 4),
    [-1 / 60, 3 / 20, -3 / 4, 0, 3 / 4, -3 / 20, 1 / 60],
    [0, 1 / 12, -2 / 3, 0, 2 / 3, -1 / 12, 0],
)
_FORWARD = _Formula(
    range(7),
    [-49 / 20, 6, -15 / 2, 20 / 3, -15 / 4, 6 / 5, -1 / 6],
    [-25 / 12, 4, -3, 4 / 3, -1 / 4, 0, 0],
)
_CENTRAL_SECOND = _Formula(
    range(-3, 4),
    [1 / 90, -3 / 20, 3 / 2, -49 / 18, 3 / 2, -3 / 20, 1 / 90],
    [0, -1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12, 0],
    order=2,
)
_FORWARD_SECOND = _Formula(
    range(7),
    [203 / 45, -87 / 5, 117 / 4, -254 / 9, 33 / 2, -27 / 5, 137 / 180],
    [35 / 12, -26 / 3, 19 / 2, -14 / 3, 11 / 12, 0, 0],
    order=2,
)


class Slope(NamedTuple):
    """An interval from `low` to `high` that contains a slope; at a kink, the ends are the one-sided slopes.

    `is_jump` is true if the value jumps at the point, so that there is no slope.
    """

    low: float
    high: float
    is_kink: bool = False
    is_jump: bool = False

    @property
    def value(self) -> float:
        """The middle of the interval."""
        return self.low / 2 + self.high / 2

    @property
    def error(self) -> float:
        """Half the width of the interval."""
        return self.high / 2 - self.low / 2

    @property
    def is_sure(self) -> bool:
        """True if the interval is narrow, or spans the two slopes of a kink."""
        return self.is_kink or self.error <= 1e-3 * abs(self.value) or self.error <= 1e-5


_UNKNOWN = Slope(-math.inf, math.inf)


def slope(f: Callable[[float], float], x: float) -> Slope:
    """Return the slope at x of a function f of floats, without leaving the domain of f.

    >>> here = slope(lambda x: x**3, 2.0)
    >>> here.low < 12 < here.high, here.error < 1e-10
    (True, True)

    Outside its domain, f must raise ArithmeticError or ValueError, or return inf or nan. At a kink, the interval spans
    both one-sided slopes; at an edge of the domain, one side is used. An infinite interval means that the slope is
    unknown.
    """
    if _jumps(f, x):
        return _UNKNOWN._replace(is_jump=True)
    central = _narrowest(f, x, 1.0, _CENTRAL)
    return central if central.is_sure else _of_sides(f, x, central, _FORWARD)


def curvature(f: Callable[[float], float], x: float) -> Slope:
    """Return the second derivative at x of a function f of floats, without leaving the domain of f.

    >>> here = curvature(lambda x: x**3, 2.0)
    >>> here.low < 12 < here.high, here.error < 1e-7
    (True, True)

    If the slope has a kink, the interval spans both one-sided second derivatives. An infinite interval means that the
    second derivative is unknown.
    """
    return _of_sides(f, x, _narrowest(f, x, 1.0, _CENTRAL_SECOND), _FORWARD_SECOND)


def _of_sides(f: Callable[[float], float], x: float, central: Slope, forward: _Formula) -> Slope:
    """Return the interval of a kink if both sides are certain and differ; else `central` or a certain side."""
    sides = [side for side in (_narrowest(f, x, sign, forward) for sign in (-1.0, 1.0)) if side.is_sure]
    if len(sides) == 2 and (sides[0].high < sides[1].low or sides[1].high < sides[0].low):
        return Slope(min(side.low for side in sides), max(side.high for side in sides), is_kink=True)
    return central if central.is_sure or not sides else sides[0]


def _jumps(f: Callable[[float], float], x: float) -> bool:
    """Return True if f jumps at x: on one side, the gap to f(x) is not tiny and the same over many widths."""
    here = _finite(f, x)
    for sign in (-1.0, 1.0):
        values = [_finite(f, x + sign * width) for width in _widths(x)]
        gaps = [abs(y - here) for y in values[:_JUMP_WIDTHS]]
        size = max((abs(y) for y in values if math.isfinite(y)), default=0.0)
        largest = max(gaps, default=0.0) if all(map(math.isfinite, gaps)) else 0.0
        if largest > _MIN_JUMP * size and largest <= 1.01 * min(gaps):
            return True
    return False


def _narrowest(f: Callable[[float], float], x: float, sign: float, formula: _Formula) -> Slope:
    """Return the narrowest interval that agrees with those of all smaller widths.

    The slope is unknown if a larger width is certain of a different one.
    """
    samples = list(_samples(f, x, sign, formula.places))
    if not samples or _is_wild(samples[0][1]):
        return _UNKNOWN
    step = _step(samples, _MIN_FLAT_WIDTH * max(abs(x), 1.0))
    low, high, best, agree = -math.inf, math.inf, _UNKNOWN, True
    for h, values in samples:
        found = _interval(values, h, step, formula)
        if found.high < low or found.low > high:
            agree = False
            if found.is_sure:  # one of the two slopes is an effect of rounding
                return _UNKNOWN
        elif agree:
            low, high = max(low, found.low), min(high, found.high)
            best = best if found.error >= best.error else found
    return best


def _samples(
    f: Callable[[float], float], x: float, sign: float, places: Sequence[int]
) -> Iterator[tuple[float, list[float]]]:
    """Yield the widths for which the function is finite at all `places`, with its values there."""
    for width in _widths(x):
        h = sign * ((x + width) - x)  # so that x + h is exact
        values = [_finite(f, x + place * h) for place in places]
        if all(map(math.isfinite, values)):
            yield h, values


def _widths(x: float) -> Iterator[float]:
    width = max(_MIN_WIDTH * abs(x), 4 * math.ulp(x)) if x else _MIN_WIDTH_AT_ZERO
    while width <= _MAX_WIDTH * max(abs(x), 1.0) < math.inf:
        yield width
        width *= _GROWTH


def _is_wild(values: Sequence[float]) -> bool:
    """Return True if the `values` at neighbouring floats are unrelated, as for the sine at 1e22, or jump."""
    spread = max(values) - min(values)
    return bool(spread > _MIN_FLAT_WIDTH * max(map(abs, values)) and _roughness(values) > 0.1 * spread)


def _roughness(values: Sequence[float]) -> float:
    return float(abs(sum(map(mul, _SIXTH_DIFFERENCE, values)))) / _NORM


def _step(samples: Sequence[tuple[float, list[float]]], min_flat_width: float) -> float:
    """Estimate the rounding step of a function from differences of its values; 0 if it is flat over a large width."""
    for h, values in samples:
        gaps = [abs(b - a) for a, b in pairwise(values) if a != b]
        if gaps:
            return min(gaps) if abs(h) < min_flat_width else 0.0
    return 0.0


def _interval(values: Sequence[float], h: float, step: float, formula: _Formula) -> Slope:
    again = h if formula.order == 2 else 1.0  # second order divides by h twice; h is negative on the left
    fine, coarse = (sum(map(mul, weights, values)) / h / again for weights in (formula.fine, formula.coarse))
    noise = _roughness(values) + max(step, _ULP * max(map(abs, values)))
    weight = math.sqrt(sum(w * w for w in formula.fine))
    error = _CUT_OFF * abs(fine - coarse) + _NOISE * weight * noise / abs(h) / abs(again)
    return Slope(fine - error, fine + error)


def _finite(f: Callable[[float], float], x: float) -> float:
    try:
        y = f(x)
    except (ArithmeticError, ValueError):
        return math.nan
    return float(y) if isinstance(y, (float, int)) else math.nan  # complex, for example
