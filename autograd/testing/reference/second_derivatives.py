"""Check the second derivatives of single operations against second differences of their values.

The differences use at least 160 digits, and more for flat operations. If the value of a user-defined operation accepts
only floats, they are differences of floats with an error bound.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import mul
from typing import Any, NamedTuple

import mpmath as mp

from autograd.functional import hvp
from autograd.operation import Op
from autograd.testing.inputs import input_values, varied_inputs
from autograd.testing.reference.finite_differences import Slope
from autograd.testing.reference.high_precision import FloatsOnlyError
from autograd.testing.reference.oracle import WEIGHTS, WrongPartial
from autograd.testing.reference.rounding import rounding_error
from autograd.testing.reference.second_differences import Direction, by_rule, mixed, mixed_of_floats, times
from autograd.value import Value

_KINK = mp.mpf(10) ** -12  # relative difference between the two sides of a kink
_QUADRANTS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
MAX_ALONE = 8  # inputs to check one by one; more inputs are checked in this many groups
MIN_COMPONENT = 1e-100  # smallest component of a direction, relative to its largest


class SecondOrderFault(NamedTuple):
    """A second derivative of one node that is not right.

    `verdict` is "wrong", "undefined" (nan), "overflow" (infinite), "unsure", or "kink" (the slope has a kink).
    """

    verdict: str
    partial: WrongPartial


def check_second_derivatives(node: Value, tolerance: float) -> SecondOrderFault | None:
    """Compare the second derivatives of `node` with differences of its value; return the first fault, or None.

    The node must not be at a kink. Raise TypeError if its rule accepts only floats.
    """
    op, varied = node.op, varied_inputs(node)
    inputs = input_values(node)
    if op is None or not varied or not all(map(math.isfinite, [*inputs, node.data])):
        return None
    v = _direction(inputs, varied)
    groups: list[Direction] = [{i: 1.0} for i in varied]
    if len(varied) > MAX_ALONE:
        groups = [_direction(inputs, varied[start::MAX_ALONE], shift=3) for start in range(MAX_ALONE)]
    changes = _changes_of_row(op, inputs, v)
    for w, wanted in zip(groups, _from_value(op, inputs, v, groups)):
        given = sum(float(changes[i]) * weight for i, weight in w.items())
        verdict = _verdict(given, wanted, tolerance, [(changes[i], weight) for i, weight in w.items()])
        if verdict == "wrong" and _is_between_sides(op, inputs, v, w, given):
            verdict = "kink"
        if verdict:
            return SecondOrderFault(verdict, WrongPartial(node, -1, given, wanted.value))
    return None


def changes_of_slopes(node: Value, inputs: Sequence[Any], moves: Direction, is_wrong: bool) -> Mapping[int, Any]:
    """Return the changes of the local derivatives of `node` as its mpmath `inputs` move by `moves`.

    They come from the value. The rule is used for many inputs and for values that accept only floats, unless its
    second derivatives are known to be wrong (`is_wrong`).
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
    except FloatsOnlyError:
        floats, along = [float(x) for x in inputs], {i: float(move) for i, move in moves.items()}
        if is_wrong:
            return dict(zip(varied, (found.value for found in mixed_of_floats(op, floats, along, alone))))
        return {i: float(d) for i, d in _changes_of_row(op, floats, {i: along.get(i, 0.0) for i in varied}).items()}


def _verdict(given: float, wanted: Slope, tolerance: float, terms: Sequence[tuple[Any, float]]) -> str:
    """Return the verdict on `given`, the weighted sum of nodes in `terms`, or "" if it is right."""
    low, high = wanted.low, wanted.high
    if given == low == high:
        return ""
    if not wanted.is_sure:
        return "unsure"
    if wanted.is_kink and low <= given <= high:
        return "kink"
    if not math.isfinite(given):
        return "undefined" if math.isnan(given) else "overflow"
    margin = tolerance * max(abs(low), abs(high))
    if low - margin <= given <= high + margin:
        return ""
    margin += sum(rounding_error(node) * weight for node, weight in terms)
    return "" if low - margin <= given <= high + margin else "wrong"


def _direction(inputs: Sequence[float], places: Sequence[int], shift: int = 0) -> Direction:
    """Return a direction that moves the inputs at `places` in proportion to their size, by at most about 1."""
    sizes = {i: abs(inputs[i]) or 1.0 for i in places}
    largest = max(sizes.values())
    components = [max(size / largest, MIN_COMPONENT) for size in sizes.values()]
    weights = [WEIGHTS[place * (shift + 1) % len(WEIGHTS)] for place in range(len(components))]
    return dict(zip(sizes, map(mul, components, weights)))


def _changes_of_row(op: Op, inputs: Sequence[float], v: Direction) -> dict[int, Any]:
    """Return the changes of the rule's row along `v`, as the nodes that `hvp` computes."""

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
    except FloatsOnlyError:
        return mixed_of_floats(op, inputs, v, ws)
    return [Slope(x, x) for x in exact]


def _is_between_sides(op: Op, inputs: Sequence[float], v: Direction, w: Direction, given: float) -> bool:
    """Return True if the slope has a kink here and `given` lies between its changes on all sides."""
    try:
        sides = [a * b * mixed(op, list(map(mp.mpf, inputs)), times(a, v), [times(b, w)])[0] for a, b in _QUADRANTS]
    except FloatsOnlyError:
        return False
    return bool(max(sides) - min(sides) > _KINK * max(map(abs, sides)) and min(sides) <= given <= max(sides))
