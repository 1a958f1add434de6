"""Compute one-sided slopes with mpmath, and detect infinite slopes and jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath as mp

STEP = mp.ldexp(1, -120)  # about 1e-36
STEP_RATIO = mp.ldexp(1, -60)  # ratio of the small step to the large one
_CONVERGED = mp.mpf(10) ** -15
_MIN_JUMP_RATIO = mp.mpf("0.999")  # a rise that is the same over both steps is a jump
_MAX_ROUNDING = 2**20  # units in the last place; smaller differences count as zero


class OneSidedSlope(NamedTuple):
    """The slope on one side of a point: nan if there is none. `is_jump` is true if the value jumps there."""

    slope: Any
    is_jump: bool = False


def step_at(x: Any) -> Any:
    """Return the large step at `x`. It is relative to a small x, because 1 / x changes over distances below x."""
    return scale(x) * STEP


def scale(x: Any) -> Any:
    """Return a distance from `x` over which any operation is smooth: abs(x), but at most 1, and 1 at zero."""
    return min(abs(x), mp.mpf(1)) or mp.mpf(1)


def one_sided_slope(value: Callable[[Any], Any], x: Any, sign: int, here: Any, given: float = mp.nan) -> OneSidedSlope:
    """Return the slope of `value` to the right (`sign` 1) or left (`sign` -1) of `x`, where the value is `here`.

    `given` is the slope to confirm. It only matters if the difference quotients converge or diverge slowly.
    """
    steps = [sign * step_at(x) * factor for factor in (1, STEP_RATIO)]
    far, near = (_rise(value(x + h), here) for h in steps)
    if mp.isnan(far) or mp.isnan(near):
        return OneSidedSlope(mp.nan)
    if mp.isinf(far) or mp.isinf(near) or abs(near) > _MIN_JUMP_RATIO * abs(far) > 0:
        return OneSidedSlope(mp.nan, is_jump=True)
    return OneSidedSlope(limit(far / steps[0], near / steps[1], given))


def limit(far: Any, near: Any, given: float = mp.nan) -> Any:
    """Return the limit of a difference quotient from its values over a large step (`far`) and a small one (`near`)."""
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
    return mp.mpf(0) if abs(rise) <= _MAX_ROUNDING * mp.eps * abs(here) else rise
