"""Second differences of an operation's value, in mpmath numbers or in floats with an error bound."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import mpmath as mp

from autograd.operation import Op
from autograd.testing.reference.finite_differences import Slope, curvature
from autograd.testing.reference.high_precision import evaluate, is_linear, partials
from autograd.testing.reference.one_sided_slopes import STEP, limit, scale
from autograd.testing.reference.oracle import NEGLIGIBLE, in_domain

_DIGITS = (160, 640, 1280)  # numbers of digits tried in turn, because a flat operation needs more
_MIN_DIFFERENCE = mp.mpf(10) ** 20  # units in the last place that a difference must have
_STEP_RATIO = mp.ldexp(1, -20)  # ratio of the small step to the large one

Direction = Mapping[int, Any]  # the move of each input, by its index


def mixed(op: Op, inputs: Sequence[Any], v: Direction, ws: Sequence[Direction]) -> list[Any]:
    """Return the second derivatives of the value along `v` and each of `ws`, from mpmath values."""
    if is_linear(op):
        return [mp.mpf(0)] * len(ws)
    for digits in _DIGITS:
        with mp.workdps(digits):
            found = _mixed_differences(op, inputs, v, ws, is_last=digits == _DIGITS[-1])
        if found:
            break
    return found


def _mixed_differences(
    op: Op, inputs: Sequence[Any], v: Direction, ws: Sequence[Direction], is_last: bool
) -> list[Any]:
    """Return the second derivatives along `v` and each of `ws`, or an empty list if more digits are needed."""
    here, found = evaluate(op, inputs), []
    first = [_Step.along(inputs, v, factor) for factor in (1, _STEP_RATIO)]
    ahead = [evaluate(op, step.applied(inputs)) for step in first]
    noise = _noise(op, first[0].applied(inputs), ahead[0])
    for w in ws:
        quotients = []
        for step, one, factor in zip(first, ahead, (1, _STEP_RATIO)):
            across = _Step.along(inputs, w, factor)
            moved = across.applied(inputs)
            other, both = evaluate(op, moved), evaluate(op, step.applied(moved))
            difference, area = (both - one) - (other - here), step.length * across.length
            lost = _MIN_DIFFERENCE * max(noise, mp.eps * max(map(abs, (here, one, other, both))))
            if abs(difference) < lost:
                if lost > NEGLIGIBLE * area and not is_last:
                    return []
                difference = mp.mpf(0)
            quotients.append(difference / area)
            if not difference:
                break
        found.append(limit(quotients[0], quotients[-1]))
    return found


class _Step(NamedTuple):
    """A step along a direction: its `length` and the move of each input."""

    length: Any
    moves: Mapping[int, Any]

    @classmethod
    def along(cls, inputs: Sequence[Any], direction: Direction, factor: Any = 1) -> _Step:
        """Return the longest step that moves each input by at most `factor` times `STEP` times its scale."""
        moves = {i: mp.mpf(move) for i, move in direction.items() if move}
        length = factor * STEP * min(scale(inputs[i]) / abs(move) for i, move in moves.items())
        return cls(length, {i: length * move for i, move in moves.items()})

    def applied(self, inputs: Sequence[Any], sign: int = 1) -> list[Any]:
        """Return the `inputs` after this step."""
        moved = list(inputs)
        for i, move in self.moves.items():
            moved[i] = moved[i] + sign * move
        return moved


def _noise(op: Op, inputs: Sequence[Any], y: Any) -> Any:
    """Return the cancellation error in the value `y` of a user-defined operation, found with twice the digits."""
    if op.is_ours:
        return mp.mpf(0)
    with mp.workdps(2 * mp.mp.dps):
        return abs(evaluate(op, inputs) - y)


def by_rule(op: Op, inputs: Sequence[Any], v: Direction, varied: Sequence[int]) -> dict[int, Any]:
    """Return the rates at which the rule's derivatives change along `v`, for the inputs at the indices `varied`."""
    with mp.workdps(_DIGITS[0]):
        step = _Step.along(inputs, v)
        moved = [step.applied(inputs, sign) for sign in (1, -1)]
        ahead, behind = (partials(op, xs, evaluate(op, xs)) for xs in moved)
        return {i: (ahead[i] - behind[i]) / (2 * step.length) for i in varied}


def mixed_of_floats(op: Op, inputs: Sequence[float], v: Direction, ws: Sequence[Direction]) -> list[Slope]:
    """Return the second derivatives of the value along `v` and each of `ws`, as intervals from values in floats."""
    value = in_domain(op, inputs)
    return [_polarized(value, inputs, *_of_same_reach(inputs, v, w)) for w in ws]


def _of_same_reach(inputs: Sequence[float], v: Direction, w: Direction) -> tuple[Direction, Direction, float]:
    """Scale both directions so that the inputs move by about their own size; return them and the product of factors."""
    factors = [min((abs(inputs[i]) or 1.0) / abs(move) for i, move in d.items() if move) for d in (v, w)]
    return times(factors[0], v), times(factors[1], w), factors[0] * factors[1]


def _polarized(value: Any, inputs: Sequence[float], v: Direction, w: Direction, factor: float) -> Slope:
    """Return a quarter of the difference between the second derivatives along v + w and v - w, over `factor`."""

    def along(sign: int) -> Slope:
        total = {i: v.get(i, 0.0) + sign * w.get(i, 0.0) for i in {*v, *w}}
        return curvature(lambda t: value([x + t * total.get(i, 0.0) for i, x in enumerate(inputs)]), 0.0)

    plus, minus = along(1), along(-1)
    if not (plus.is_sure and minus.is_sure):
        return Slope(-math.inf, math.inf)
    low, high = (plus.low - minus.high) / 4 / factor, (plus.high - minus.low) / 4 / factor
    return Slope(low, high, plus.is_kink or minus.is_kink)


def times(factor: float, direction: Direction) -> Direction:
    """Return a multiple of a direction."""
    return {i: factor * move for i, move in direction.items()}
