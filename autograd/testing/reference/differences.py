"""First and second derivatives of a function of floats, from its values alone, with a bound of their error.

Differences over many widths, from tiny to large, are tried, each by two formulas of different order from seven values.
How far these two are apart shows what is cut off; the sixth difference of the same values, how rough the
function is at that width, be it by rounding, by an edge or by a kink. So every width has an interval, and the narrowest
is taken that agrees with those of all smaller widths: they find out a large one that oversees something. A large one
that is sure of another slope finds them out: numbers inside the function that cancel each other out may be rounded such
that it is smooth, and has another slope, at tiny widths.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import mul
from typing import NamedTuple

_ULP = sys.float_info.epsilon
_LEAST, _MOST = 2.0**-50, 2.0**-2  # width, as a part of the point (the most: of 1 where the point is smaller)
_LEAST_AT_ZERO = 2.0**-100
_LEAST_FLAT = 2.0**-16  # width over which equal values are no mere step of rounding
_GROWTH = 4.0  # from one width to the next
_CUT_OFF, _NOISE = 16.0, 4.0  # safety factors for the estimated truncation and rounding errors
_SAME_GAPS = 8  # widths over which a jump is the same, a factor of 65,536 from end to end
_LEAST_GAP = 2.0**-20  # of the values near by: smaller jumps may be rounding
_SIXTH_DIFFERENCE = (1, -6, 15, -20, 15, -6, 1)
_NORM = math.sqrt(sum(c * c for c in _SIXTH_DIFFERENCE))


class _Formula(NamedTuple):
    """A derivative of some `order` from seven values.

    `places` are the points, in widths; `fine` are the weights of the more exact formula, `coarse` of the other one.
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
    """A slope that lies between `low` and `high`; at a kink these are the slopes on both sides.

    `jumps` says that the value jumps at the point, so that there is no slope.
    """

    low: float
    high: float
    is_kink: bool = False
    jumps: bool = False

    @property
    def value(self) -> float:
        """The middle of the interval."""
        return self.low / 2 + self.high / 2

    @property
    def error(self) -> float:
        """By how much the middle may be off."""
        return self.high / 2 - self.low / 2

    @property
    def sure(self) -> bool:
        """Whether the interval tells enough: it is narrow, or that of a kink."""
        return self.is_kink or self.error <= 1e-3 * abs(self.value) or self.error <= 1e-5


_UNKNOWN = Slope(-math.inf, math.inf)


def slope(f: Callable[[float], float], x: float) -> Slope:
    """Return the slope of the function f of floats at x, without leaving its domain.

    >>> here = slope(lambda x: x**3, 2.0)
    >>> here.low < 12 < here.high, here.error < 1e-10
    (True, True)

    Outside its domain f raises an ArithmeticError or a ValueError, or is not finite. At a kink both sides are told
    apart; at an edge there is only one. An interval without ends says that nothing can be told.
    """
    if _jumps(f, x):
        return _UNKNOWN._replace(jumps=True)
    central = _narrowest(f, x, 1.0, _CENTRAL)
    return central if central.sure else _of_sides(f, x, central, _FORWARD)


def curvature(f: Callable[[float], float], x: float) -> Slope:
    """Return the second derivative of the function f of floats at x, without leaving its domain.

    >>> here = curvature(lambda x: x**3, 2.0)
    >>> here.low < 12 < here.high, here.error < 1e-7
    (True, True)

    Where the slope has a kink, both sides are told apart. An interval without ends says that nothing can be told.
    """
    return _of_sides(f, x, _narrowest(f, x, 1.0, _CENTRAL_SECOND), _FORWARD_SECOND)


def _of_sides(f: Callable[[float], float], x: float, central: Slope, forward: _Formula) -> Slope:
    """Return a kink where both sides are sure and differ; else what is sure, `central` or one side."""
    sides = [side for side in (_narrowest(f, x, sign, forward) for sign in (-1.0, 1.0)) if side.sure]
    if len(sides) == 2 and (sides[0].high < sides[1].low or sides[1].high < sides[0].low):
        return Slope(min(side.low for side in sides), max(side.high for side in sides), is_kink=True)
    return central if central.sure or not sides else sides[0]


def _jumps(f: Callable[[float], float], x: float) -> bool:
    """Say whether the value has another limit on one side: a gap that is the same over many widths, and not tiny."""
    here = _finite(f, x)
    for sign in (-1.0, 1.0):
        values = [_finite(f, x + sign * width) for width in _widths(x)]
        gaps = [abs(y - here) for y in values[:_SAME_GAPS]]
        size = max((abs(y) for y in values if math.isfinite(y)), default=0.0)
        largest = max(gaps, default=0.0) if all(map(math.isfinite, gaps)) else 0.0
        if largest > _LEAST_GAP * size and largest <= 1.01 * min(gaps):
            return True
    return False


def _narrowest(f: Callable[[float], float], x: float, sign: float, formula: _Formula) -> Slope:
    """Return the narrowest of the intervals, from the smallest width on, as long as they agree with those before.

    Nothing is known where a larger width is sure of another slope.
    """
    samples = list(_samples(f, x, sign, formula.places))
    if not samples or _is_wild(samples[0][1]):
        return _UNKNOWN
    step = _step(samples, _LEAST_FLAT * max(abs(x), 1.0))
    low, high, best, agree = -math.inf, math.inf, _UNKNOWN, True
    for h, values in samples:
        found = _interval(values, h, step, formula)
        if found.high < low or found.low > high:
            agree = False
            if found.sure:  # of another slope: one of them is an effect of rounding
                return _UNKNOWN
        elif agree:
            low, high = max(low, found.low), min(high, found.high)
            best = best if found.error >= best.error else found
    return best


def _samples(
    f: Callable[[float], float], x: float, sign: float, places: Sequence[int]
) -> Iterator[tuple[float, list[float]]]:
    """Yield the widths at which the function can be had at all `places`, and its values there."""
    for width in _widths(x):
        h = sign * ((x + width) - x)  # so that x + h is exact
        values = [_finite(f, x + place * h) for place in places]
        if all(map(math.isfinite, values)):
            yield h, values


def _widths(x: float) -> Iterator[float]:
    width = max(_LEAST * abs(x), 4 * math.ulp(x)) if x else _LEAST_AT_ZERO
    while width <= _MOST * max(abs(x), 1.0) < math.inf:
        yield width
        width *= _GROWTH


def _is_wild(values: Sequence[float]) -> bool:
    """Say whether neighbouring floats have unrelated `values`, as of the sine at 1e22, or those of a jump."""
    spread = max(values) - min(values)
    return bool(spread > _LEAST_FLAT * max(map(abs, values)) and _roughness(values) > 0.1 * spread)


def _roughness(values: Sequence[float]) -> float:
    return float(abs(sum(map(mul, _SIXTH_DIFFERENCE, values)))) / _NORM


def _step(samples: Sequence[tuple[float, list[float]]], least_flat: float) -> float:
    """Return the size of the steps in which a rounded function changes; one that stays flat for long has none."""
    for h, values in samples:
        gaps = [abs(b - a) for a, b in pairwise(values) if a != b]
        if gaps:
            return min(gaps) if abs(h) < least_flat else 0.0
    return 0.0


def _interval(values: Sequence[float], h: float, step: float, formula: _Formula) -> Slope:
    again = h if formula.order == 2 else 1.0  # divided by h once more; h is negative on the left
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
    return float(y) if isinstance(y, (float, int)) else math.nan  # a root of a negative number is complex
