"""Second derivatives of an operation at a node, from its value alone, and what its rule makes of them.

They are differences of the value with 160 digits, or more where these are lost: an operation that is flat needs many.
The value of an operation of somebody's own may take nothing but floats; then they are differences of floats, which say
how far they may be off.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import mul
from typing import Any, NamedTuple

import mpmath as mp

from autograd.functional import hvp
from autograd.operation import Op
from autograd.testing import differences
from autograd.testing.exact import NotExactError, evaluate, partials
from autograd.testing.limits import STEP, limit, scale
from autograd.testing.oracle import NEGLIGIBLE, WEIGHTS, WrongPartial, in_domain, varied_inputs
from autograd.testing.rounding import rounding_error
from autograd.value import Value

_DIGITS = (160, 320, 640, 1280)
_SPARE = mp.mpf(10) ** 20  # digits that must be left of a difference
_SMALLER = mp.ldexp(1, -20)  # ratio of the small step to the large one
_KINK = mp.mpf(10) ** -12  # relative difference between the sides of a kink
_QUADRANTS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
_MOST_ALONE = 8  # inputs that are looked at one by one; more are put into so many groups
_LEAST_PART = 1e-100  # of a direction, in its largest part

Direction = Mapping[int, Any]  # how far each input moves, by its place


class Second(NamedTuple):
    """A second derivative of one node that is not right.

    The `verdict` is "wrong", "undefined" (nan), "overflow" (infinite), "unsure", or "kink", if the slope has a kink.
    """

    verdict: str
    partial: WrongPartial


def examine_second(node: Value, tolerance: float) -> Second | None:
    """Compare the second derivatives at `node` with differences of its value; None where they agree.

    The node must have no kink there. A TypeError says that its rule takes nothing but floats.
    """
    op, varied = node.op, varied_inputs(node)
    inputs = [x.data if isinstance(x, Value) else float(x) for x in node.inputs]
    if op is None or not varied or not all(map(math.isfinite, [*inputs, node.data])):
        return None
    v = _direction(inputs, varied)
    groups: list[Direction] = [{i: 1.0} for i in varied]
    if len(varied) > _MOST_ALONE:
        groups = [_direction(inputs, varied[start::_MOST_ALONE], shift=3) for start in range(_MOST_ALONE)]
    rows = _changes_of_row(op, inputs, v)
    for w, wanted in zip(groups, _from_value(op, inputs, v, groups)):
        given = sum(float(rows[i]) * part for i, part in w.items())
        verdict = _verdict(given, wanted, tolerance, [rows[i] * part for i, part in w.items()])
        if verdict == "wrong" and _is_between_sides(op, inputs, v, w, given):
            verdict = "kink"
        if verdict:
            return Second(verdict, WrongPartial(node, -1, given, wanted.value))
    return None


def changes_of_slopes(node: Value, inputs: Sequence[Any], moves: Direction, is_wrong: bool) -> Mapping[int, Any]:
    """Return how the local derivatives at `node` change where its exact `inputs` move by `moves`.

    The value tells. The rule is read only for many inputs, or where the value takes nothing but floats, and only if
    `examine_second` found that it `is_wrong` nowhere.
    """
    op, varied = node.op, varied_inputs(node)
    moves = {i: moves[i] for i in varied if moves.get(i)}
    if op is None or not moves:
        return {}
    alone: list[Direction] = [{i: 1.0} for i in varied]
    try:
        if is_wrong or len(varied) <= _MOST_ALONE:
            return dict(zip(varied, _mixed(op, inputs, moves, alone)))
        return _by_rule(op, inputs, moves, varied)
    except NotExactError:
        floats, along = [float(x) for x in inputs], {i: float(move) for i, move in moves.items()}
        if is_wrong:
            return dict(zip(varied, (found.value for found in _by_floats(op, floats, along, alone))))
        return {i: float(d) for i, d in _changes_of_row(op, floats, {i: along.get(i, 0.0) for i in varied}).items()}


def _verdict(given: float, wanted: differences.Slope, tolerance: float, terms: Sequence[Any]) -> str:
    low, high = wanted.low, wanted.high
    if given == low == high:
        return ""
    if not wanted.sure:
        return "unsure"
    if wanted.is_kink and low <= given <= high:
        return "kink"
    if not math.isfinite(given):
        return "undefined" if math.isnan(given) else "overflow"
    margin = tolerance * max(abs(low), abs(high))
    if low - margin <= given <= high + margin:
        return ""
    margin += sum(map(rounding_error, terms))
    return "" if low - margin <= given <= high + margin else "wrong"


def _direction(inputs: Sequence[float], places: Sequence[int], shift: int = 0) -> Direction:
    """Return a direction in which the inputs at `places` move by about the same part of each, at most by about 1."""
    sizes = {i: abs(inputs[i]) or 1.0 for i in places}
    top = max(sizes.values())
    parts = [max(size / top, _LEAST_PART) for size in sizes.values()]
    weights = [WEIGHTS[place * (shift + 1) % len(WEIGHTS)] for place in range(len(parts))]
    return dict(zip(sizes, map(mul, parts, weights)))


def _changes_of_row(op: Op, inputs: Sequence[float], v: Direction) -> dict[int, Any]:
    """Return how the row of the rule changes along `v`, as nodes: each is computed as `hvp` computes it."""

    def along(xs: Sequence[Any]) -> Any:
        moved: list[Any] = list(inputs)
        for i, x in zip(v, xs):
            moved[i] = x
        return op.apply(tuple(moved))

    return dict(zip(v, hvp(along, [Value(inputs[i]) for i in v], list(v.values()))))


def _from_value(
    op: Op, inputs: Sequence[float], v: Direction, ws: Sequence[Direction]
) -> Sequence[differences.Slope]:
    """Return the second derivatives of the value along `v` and each of `ws`, as intervals."""
    try:
        exact = map(float, _mixed(op, list(map(mp.mpf, inputs)), v, ws))
    except NotExactError:
        return _by_floats(op, inputs, v, ws)
    return [differences.Slope(x, x) for x in exact]


def _is_between_sides(op: Op, inputs: Sequence[float], v: Direction, w: Direction, given: float) -> bool:
    """Say whether the slope has a kink here, and what is `given` lies between the changes of slope on all sides."""
    try:
        sides = [a * b * _mixed(op, list(map(mp.mpf, inputs)), _times(a, v), [_times(b, w)])[0] for a, b in _QUADRANTS]
    except NotExactError:
        return False
    return bool(max(sides) - min(sides) > _KINK * max(map(abs, sides)) and min(sides) <= given <= max(sides))


def _times(factor: float, direction: Direction) -> Direction:
    return {i: factor * part for i, part in direction.items()}


def _mixed(op: Op, inputs: Sequence[Any], v: Direction, ws: Sequence[Direction]) -> list[Any]:
    """Return the second derivatives of the value along `v` and each of `ws`, from exact values."""
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
    here, reach = evaluate(op, inputs), _reach(inputs, v)
    steps = [reach, reach * _SMALLER]
    ahead = [evaluate(op, _moved(inputs, (v, h))) for h in steps]
    with mp.workdps(2 * mp.mp.dps):
        noise = abs(evaluate(op, _moved(inputs, (v, reach))) - ahead[0])
    found = []
    for w in ws:
        reach, quotients = _reach(inputs, w), []
        for h, one, k in zip(steps, ahead, (reach, reach * _SMALLER)):
            terms = [evaluate(op, _moved(inputs, (v, h), (w, k))), -one, -evaluate(op, _moved(inputs, (w, k))), here]
            difference, lost = mp.fsum(terms), _SPARE * max(noise, mp.eps * max(map(abs, terms)))
            if abs(difference) < lost:
                if lost > NEGLIGIBLE * abs(h * k) and not is_last:
                    return []
                difference = mp.mpf(0)
            quotients.append(difference / (h * k))
        found.append(limit(*quotients))
    return found


def _reach(inputs: Sequence[Any], direction: Direction) -> Any:
    """Return the step along a direction over which no input moves by more than `STEP` times its scale."""
    return STEP * min(scale(inputs[i]) / abs(part) for i, part in direction.items() if part)


def _moved(inputs: Sequence[Any], *moves: tuple[Direction, Any]) -> list[Any]:
    moved = list(inputs)
    for direction, h in moves:
        for i, part in direction.items():
            moved[i] = moved[i] + h * part
    return moved


def _by_rule(op: Op, inputs: Sequence[Any], v: Direction, varied: Sequence[int]) -> dict[int, Any]:
    with mp.workdps(_DIGITS[0]):
        h = _reach(inputs, v)
        ahead, behind = (_moved(inputs, (v, step)) for step in (h, -h))
        rows = [partials(op, moved, evaluate(op, moved)) for moved in (ahead, behind)]
        return {i: (rows[0][i] - rows[1][i]) / (2 * h) for i in varied}


def _by_floats(op: Op, inputs: Sequence[float], v: Direction, ws: Sequence[Direction]) -> list[differences.Slope]:
    """Return what `_mixed` does, from values in floats: a quarter of the difference along v + w and v - w."""
    value = in_domain(op, inputs)
    return [_quarter(value, inputs, *_of_same_reach(inputs, v, w)) for w in ws]


def _of_same_reach(inputs: Sequence[float], v: Direction, w: Direction) -> tuple[Direction, Direction, float]:
    """Return both directions scaled so that their inputs move by about their own size, and the product of scales."""
    scales = [min((abs(inputs[i]) or 1.0) / abs(part) for i, part in d.items() if part) for d in (v, w)]
    return _times(scales[0], v), _times(scales[1], w), scales[0] * scales[1]


def _quarter(value: Any, inputs: Sequence[float], v: Direction, w: Direction, scale: float) -> differences.Slope:
    def along(sign: int) -> differences.Slope:
        total = {i: v.get(i, 0.0) + sign * w.get(i, 0.0) for i in {*v, *w}}
        return differences.curvature(lambda t: value(_moved(inputs, (total, t))), 0.0)

    both, apart = along(1), along(-1)
    if not (both.sure and apart.sure):
        return differences.Slope(-math.inf, math.inf)
    low, high = (both.low - apart.high) / 4 / scale, (both.high - apart.low) / 4 / scale
    return differences.Slope(low, high, both.is_kink or apart.is_kink)
