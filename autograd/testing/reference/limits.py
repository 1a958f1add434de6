"""Slopes on one side of a point, in the arithmetic of mpmath: finite, infinite, or none because the value jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath as mp

STEP = mp.ldexp(1, -120)  # about 10**-36
SMALLER = mp.ldexp(1, -60)  # ratio of the small step to the large one
_CONVERGED = mp.mpf(10) ** -15
_SAME_RISE = mp.mpf("0.999")  # a rise that is the same over both steps is a jump
_NOISE = 2**20  # units in the last place below which a difference is rounding


class Side(NamedTuple):
    """The slope on one side of a point: nan where there is none. `jumps` says that the value jumps there."""

    slope: Any
    jumps: bool = False


def step(x: Any) -> Any:
    """Return the large step at `x`: relative to x where that is small, as 1 / x changes over less than x."""
    return scale(x) * STEP


def scale(x: Any) -> Any:
    """Return a distance from `x` that is not long for any operation: x, but at most 1, and 1 at zero."""
    return min(abs(x), mp.mpf(1)) or mp.mpf(1)


def side(value: Callable[[Any], Any], x: Any, sign: int, here: Any, given: float = mp.nan) -> Side:
    """Return the slope of `value` to the right (`sign` 1) or to the left (-1) of `x`, where its value is `here`.

    `given` is the slope that is to be confirmed; it matters only where differences converge or diverge slowly.
    """
    steps = [sign * step(x) * part for part in (1, SMALLER)]
    far, near = (_rise(value(x + h), here) for h in steps)
    if mp.isnan(far) or mp.isnan(near):
        return Side(mp.nan)
    if mp.isinf(far) or mp.isinf(near) or abs(near) > _SAME_RISE * abs(far) > 0:
        return Side(mp.nan, jumps=True)
    return Side(limit(far / steps[0], near / steps[1], given))


def limit(far: Any, near: Any, given: float = mp.nan) -> Any:
    """Return the limit of a difference quotient, which is `far` over a step and `near` over a much smaller one."""
    if abs(far - near) <= _CONVERGED * abs(near):
        return near
    if mp.isinf(given) and near * given > 0 and abs(near) > abs(far):
        return mp.mpf(given)
    if mp.isfinite(given) and abs(near - given) <= abs(far - given) / 2:
        return mp.mpf(given)
    if abs(near) >= 2 * abs(far):
        return near * mp.inf
    return mp.mpf(0) if abs(near) <= abs(far) / 2 else near


def _rise(there: Any, here: Any) -> Any:
    rise = there - here
    return mp.mpf(0) if abs(rise) <= _NOISE * mp.eps * abs(here) else rise
