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
from autograd.testing.reference.differences import Slope
from autograd.testing.reference.exact import NotExactError
from autograd.testing.reference.oracle import WEIGHTS, WrongPartial, varied_inputs
from autograd.testing.reference.rounding import rounding_error
from autograd.testing.reference.second_differences import Direction, by_rule, mixed, mixed_of_floats, times
from autograd.value import Value

_KINK = mp.mpf(10) ** -12  # relative difference between the sides of a kink
_QUADRANTS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
MAX_ALONE = 8  # inputs to check one by one; more are checked in this many groups
MIN_PART = 1e-100  # smallest component of a direction, relative to the largest


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
    if len(varied) > MAX_ALONE:
        groups = [_direction(inputs, varied[start::MAX_ALONE], shift=3) for start in range(MAX_ALONE)]
    rows = _changes_of_row(op, inputs, v)
    for w, wanted in zip(groups, _from_value(op, inputs, v, groups)):
        given = sum(float(rows[i]) * part for i, part in w.items())
        verdict = _verdict(given, wanted, tolerance, [(rows[i], part) for i, part in w.items()])
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
        if is_wrong or len(varied) <= MAX_ALONE:
            return dict(zip(varied, mixed(op, inputs, moves, alone)))
        return by_rule(op, inputs, moves, varied)
    except NotExactError:
        floats, along = [float(x) for x in inputs], {i: float(move) for i, move in moves.items()}
        if is_wrong:
            return dict(zip(varied, (found.value for found in mixed_of_floats(op, floats, along, alone))))
        return {i: float(d) for i, d in _changes_of_row(op, floats, {i: along.get(i, 0.0) for i in varied}).items()}


def _verdict(given: float, wanted: Slope, tolerance: float, terms: Sequence[tuple[Any, float]]) -> str:
    """Return the verdict on the number `given`, which is the sum of the `terms`, each a node times its part."""
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
    margin += sum(rounding_error(node) * part for node, part in terms)
    return "" if low - margin <= given <= high + margin else "wrong"


def _direction(inputs: Sequence[float], places: Sequence[int], shift: int = 0) -> Direction:
    """Return a direction in which the inputs at `places` move by about the same part of each, at most by about 1."""
    sizes = {i: abs(inputs[i]) or 1.0 for i in places}
    top = max(sizes.values())
    parts = [max(size / top, MIN_PART) for size in sizes.values()]
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


def _from_value(op: Op, inputs: Sequence[float], v: Direction, ws: Sequence[Direction]) -> Sequence[Slope]:
    """Return the second derivatives of the value along `v` and each of `ws`, as intervals."""
    try:
        exact = map(float, mixed(op, list(map(mp.mpf, inputs)), v, ws))
    except NotExactError:
        return mixed_of_floats(op, inputs, v, ws)
    return [Slope(x, x) for x in exact]


def _is_between_sides(op: Op, inputs: Sequence[float], v: Direction, w: Direction, given: float) -> bool:
    """Say whether the slope has a kink here, and what is `given` lies between the changes of slope on all sides."""
    try:
        sides = [a * b * mixed(op, list(map(mp.mpf, inputs)), times(a, v), [times(b, w)])[0] for a, b in _QUADRANTS]
    except NotExactError:
        return False
    return bool(max(sides) - min(sides) > _KINK * max(map(abs, sides)) and min(sides) <= given <= max(sides))
