"""Second differences of the value of an operation: of exact numbers, or of floats with a bound of their error."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import mpmath as mp

from autograd.operation import Op
from autograd.testing.reference.differences import Slope, curvature
from autograd.testing.reference.exact import evaluate, is_linear, partials
from autograd.testing.reference.limits import STEP, limit, scale
from autograd.testing.reference.oracle import NEGLIGIBLE, in_domain

_DIGITS = (160, 640, 1280)  # as many as it takes: the second derivative of a flat operation is lost in few
_SPARE = mp.mpf(10) ** 20  # digits that must be left of a difference
_SMALLER = mp.ldexp(1, -20)  # ratio of the small step to the large one

Direction = Mapping[int, Any]  # how far each input moves, by its place


def mixed(op: Op, inputs: Sequence[Any], v: Direction, ws: Sequence[Direction]) -> list[Any]:
    """Return the second derivatives of the value along `v` and each of `ws`, from exact values."""
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
    """Return the second derivatives along `v` and each of `ws`; nothing where that takes more digits."""
    here, found = evaluate(op, inputs), []
    first = [_Step.along(inputs, v, part) for part in (1, _SMALLER)]
    ahead = [evaluate(op, step.taken(inputs)) for step in first]
    noise = _noise(op, first[0].taken(inputs), ahead[0])
    for w in ws:
        quotients = []
        for step, one, part in zip(first, ahead, (1, _SMALLER)):
            across = _Step.along(inputs, w, part)
            moved = across.taken(inputs)
            other, both = evaluate(op, moved), evaluate(op, step.taken(moved))
            difference, area = (both - one) - (other - here), step.length * across.length
            lost = _SPARE * max(noise, mp.eps * max(map(abs, (here, one, other, both))))
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
    """A step of a `length` along a direction, as how far each input moves."""

    length: Any
    moves: Mapping[int, Any]

    @classmethod
    def along(cls, inputs: Sequence[Any], direction: Direction, part: Any = 1) -> _Step:
        """Return the longest step over which no input moves by more than `part` of `STEP` times its scale."""
        moves = {i: mp.mpf(move) for i, move in direction.items() if move}
        length = part * STEP * min(scale(inputs[i]) / abs(move) for i, move in moves.items())
        return cls(length, {i: length * move for i, move in moves.items()})

    def taken(self, inputs: Sequence[Any], sign: int = 1) -> list[Any]:
        """Return the `inputs` after this step."""
        moved = list(inputs)
        for i, move in self.moves.items():
            moved[i] = moved[i] + sign * move
        return moved


def _noise(op: Op, inputs: Sequence[Any], y: Any) -> Any:
    """Return how far the value `y` of somebody's own operation may be off, because numbers inside it cancel."""
    if op.is_ours:
        return mp.mpf(0)
    with mp.workdps(2 * mp.mp.dps):
        return abs(evaluate(op, inputs) - y)


def by_rule(op: Op, inputs: Sequence[Any], v: Direction, varied: Sequence[int]) -> dict[int, Any]:
    """Return how the exact row of the rule changes along `v`, at the inputs `varied`."""
    with mp.workdps(_DIGITS[0]):
        step = _Step.along(inputs, v)
        moved = [step.taken(inputs, sign) for sign in (1, -1)]
        ahead, behind = (partials(op, xs, evaluate(op, xs)) for xs in moved)
        return {i: (ahead[i] - behind[i]) / (2 * step.length) for i in varied}


def mixed_of_floats(op: Op, inputs: Sequence[float], v: Direction, ws: Sequence[Direction]) -> list[Slope]:
    """Return what `mixed` does, from values in floats: a quarter of the difference along v + w and v - w."""
    value = in_domain(op, inputs)
    return [_quarter(value, inputs, *_of_same_reach(inputs, v, w)) for w in ws]


def _of_same_reach(inputs: Sequence[float], v: Direction, w: Direction) -> tuple[Direction, Direction, float]:
    """Return both directions scaled so that their inputs move by about their own size, and the product of scales."""
    scales = [min((abs(inputs[i]) or 1.0) / abs(part) for i, part in d.items() if part) for d in (v, w)]
    return times(scales[0], v), times(scales[1], w), scales[0] * scales[1]


def _quarter(value: Any, inputs: Sequence[float], v: Direction, w: Direction, scale: float) -> Slope:
    def along(sign: int) -> Slope:
        total = {i: v.get(i, 0.0) + sign * w.get(i, 0.0) for i in {*v, *w}}
        return curvature(lambda t: value([x + t * total.get(i, 0.0) for i, x in enumerate(inputs)]), 0.0)

    both, apart = along(1), along(-1)
    if not (both.sure and apart.sure):
        return Slope(-math.inf, math.inf)
    low, high = (both.low - apart.high) / 4 / scale, (both.high - apart.low) / 4 / scale
    return Slope(low, high, both.is_kink or apart.is_kink)


def times(factor: float, direction: Direction) -> Direction:
    """Return a multiple of a direction."""
    return {i: factor * part for i, part in direction.items()}
