"""The oracle: every local derivative of a recorded graph checked on its own, and the gradients with 80 digits.

The local derivative of an operation is compared with the slope of its value, over a step of a part in 10**25 and in
arithmetic of 80 digits, in which neither the step nor rounding is seen. So there are no false alarms, however steep or
flat the function is, and a wrong gradient is reported with the operation that caused it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import mpmath as mp

from autograd.functional import hvp
from autograd.operation import Op
from autograd.testing.exact import NotExactError, evaluate, is_constant, partials
from autograd.value import Value

DIGITS = 80
_STEP = 25  # a part in 10**25 of the input
_KINK = mp.mpf(10) ** -12  # of the slopes on both sides, by which they differ at a kink
_RULE_TOLERANCE = 1e-13  # of a rule against the slope; its constants are floats


class WrongPartial(NamedTuple):
    """A local derivative that is wrong: of `node` by its input number `place`, as `given`, and as it should be.

    A `place` of -1 stands for the second derivative along a direction.
    """

    node: Value
    place: int
    given: float
    wanted: float


def wrong_partial(node: Value, tolerance: float) -> WrongPartial | None:
    """Return the first local derivative at `node` that is wrong by more than a relative `tolerance`, or None."""
    if not _is_computed(node):
        return None
    varied = _varied(node)
    with mp.workdps(DIGITS):
        wanted = slopes(node, [mp.mpf(float(x)) for x in node.inputs])
        for i in varied:
            if not _agree(node.partials[i], float(wanted[i]), tolerance):
                return WrongPartial(node, i, node.partials[i], float(wanted[i]))
    return None


def wrong_second(node: Value, tolerance: float) -> WrongPartial | None:
    """Return how the slope of `node` along a direction changes, if its rule has that wrong, as a `WrongPartial`."""
    op, varied, inputs = node.op, _varied(node), [float(x) for x in node.inputs]
    if op is None or is_kink(node) or not _is_computed(node):
        return None
    with mp.workdps(DIGITS):
        steps, ahead, here, behind = _along(op, [mp.mpf(x) for x in inputs], varied)
        scale = mp.mpf(10) ** _STEP
        wanted = float((ahead - 2 * here + behind) * scale**2)
        direction = [float(steps[i] * scale) for i in varied]

    def along(xs: Sequence[Any]) -> Any:
        moved: list[Any] = list(inputs)
        for i, x in zip(varied, xs):
            moved[i] = x
        return op.apply(tuple(moved))

    rows = hvp(along, [inputs[i] for i in varied], direction)
    terms = [float(row) * v for row, v in zip(rows, direction)]
    sure = math.isfinite(wanted) and math.isfinite(sum(terms))
    noise = 1e-25 * max(1.0, abs(node.data), *map(abs, inputs))
    if not sure or abs(sum(terms) - wanted) <= tolerance * sum(map(abs, terms)) + noise:
        return None
    return WrongPartial(node, -1, sum(terms), wanted)


def _is_computed(node: Value) -> bool:
    """Say whether `node` was computed of finite numbers, and is one."""
    return node.op is not None and all(map(math.isfinite, [*map(float, node.inputs), node.data]))


def _varied(node: Value) -> list[int]:
    """Return the numbers of the inputs by which `node` is differentiated."""
    op = node.op
    return [i for i, x in enumerate(node.inputs) if op and isinstance(x, Value) and not is_constant(op, i)]


def _agree(given: float, wanted: float, tolerance: float) -> bool:
    if math.isnan(given) or math.isnan(wanted):
        return math.isnan(given) and math.isnan(wanted)
    return given == wanted or math.isclose(given, wanted, rel_tol=tolerance, abs_tol=1e-300)


def is_kink(node: Value) -> bool:
    """Say whether `node` has no slope where it was computed, so that its derivatives are a convention."""
    if node.op is None or not _is_computed(node):
        return False
    with mp.workdps(DIGITS):
        _, ahead, here, behind = _along(node.op, [mp.mpf(float(x)) for x in node.inputs], _varied(node))
        return bool(abs(ahead - 2 * here + behind) > _KINK * max(abs(ahead - here), abs(here - behind)))


def slopes(node: Value, inputs: Sequence[Any]) -> list[Any]:
    """Return the local derivatives of `node` at mpmath numbers, from its value alone where its rule is not right.

    At a kink there is no slope; there the row that the node has by convention is taken, if it is between the slopes on
    both sides.
    """
    op, varied = node.op, _varied(node)
    if op is None:
        return []
    try:
        exact = partials(op, inputs, evaluate(op, inputs))
    except NotExactError:
        exact = []
    if len(exact) == len(inputs) and _is_slope(op, inputs, exact, varied):
        return exact
    return [_slope(op, inputs, i, node.partials[i]) if i in varied else mp.mpf(0) for i in range(len(inputs))]


def _is_slope(op: Op, inputs: Sequence[Any], row: Sequence[Any], varied: Sequence[int]) -> bool:
    """Say whether `row` is the slope of the value along one direction in which all `varied` inputs change."""
    if not all(mp.isfinite(row[i]) for i in varied):
        return False
    steps, ahead, _, behind = _along(op, inputs, varied)
    terms = [row[i] * steps[i] for i in varied]
    return bool(abs((ahead - behind) / 2 - mp.fsum(terms)) <= _RULE_TOLERANCE * mp.fsum(map(abs, terms)))


def _along(op: Op, inputs: Sequence[Any], varied: Sequence[int]) -> tuple[list[Any], Any, Any, Any]:
    """Return steps of all `varied` inputs, and the value ahead, here and behind along them."""
    steps = [_step(x) * (1 + mp.mpf(i % 7) / 10) if i in varied else mp.mpf(0) for i, x in enumerate(inputs)]
    ahead, here, behind = (evaluate(op, [x + sign * h for x, h in zip(inputs, steps)]) for sign in (1, 0, -1))
    return steps, ahead, here, behind


def _step(x: Any) -> Any:
    return (abs(x) or mp.mpf(1)) * mp.mpf(10) ** -_STEP


def _slope(op: Op, inputs: Sequence[Any], i: int, given: float) -> Any:
    """Return the slope of the value by input number i; at a kink what was `given`, if it is between both sides."""
    low, high = _sides(op, inputs, i)
    if math.isinf(given) and _grows(op, inputs, i):
        return mp.mpf(given)
    if high - low <= _KINK * max(abs(low), abs(high)):
        return (low + high) / 2
    return mp.mpf(given) if low <= given <= high else high


def _sides(op: Op, inputs: Sequence[Any], i: int, step: Any = None) -> tuple[Any, Any]:
    """Return the slopes of the value on both sides, by input number i, the smaller one first."""
    h = _step(inputs[i]) if step is None else step
    ahead, here, behind = (evaluate(op, [*inputs[:i], inputs[i] + d, *inputs[i + 1 :]]) for d in (h, 0, -h))
    sides = [slope for slope in ((ahead - here) / h, (here - behind) / h) if mp.isfinite(slope)]
    return (min(sides), max(sides)) if sides else (mp.nan, mp.nan)


def _grows(op: Op, inputs: Sequence[Any], i: int) -> bool:
    """Say whether the slope has no bound at this point, as that of sqrt at 0."""
    near, nearer = (max(map(abs, _sides(op, inputs, i, h))) for h in (_step(inputs[i]), _step(inputs[i]) / 10**10))
    return bool(nearer > 10 * near)


class Replay:
    """A recorded graph in arithmetic of 80 digits: its value and its gradients, at the recorded leaves or near them."""

    def __init__(self, nodes: Sequence[Value]) -> None:
        self.nodes = nodes

    def gradients(self, moved: Mapping[Value, Any] | None = None) -> tuple[Any, dict[Value, Any]]:
        """Return the value of the last node and its derivatives by all leaves, where some leaves may have `moved`."""
        numbers = self._numbers(moved or {})
        cotangents = {self.nodes[-1]: mp.mpf(1)}
        for node in reversed(self.nodes):
            arrived = cotangents.get(node)
            if node.op is None or not arrived:
                continue
            row = slopes(node, self._inputs(node, numbers))
            for i in _varied(node):
                cotangents[node.inputs[i]] = cotangents.get(node.inputs[i], mp.mpf(0)) + arrived * row[i]
        return numbers[self.nodes[-1]], cotangents

    def second(self, direction: Mapping[Value, float]) -> dict[Value, Any]:
        """Return how the derivatives by the leaves change along a `direction`: the hessian times that."""
        h = mp.mpf(10) ** -_STEP
        ends = [
            self.gradients({leaf: mp.mpf(leaf.data) + sign * h * v for leaf, v in direction.items()})[1]
            for sign in (1, -1)
        ]
        zero = mp.mpf(0)
        return {leaf: (ends[0].get(leaf, zero) - ends[1].get(leaf, zero)) / (2 * h) for leaf in direction}

    def _numbers(self, moved: Mapping[Value, Any]) -> dict[Value, Any]:
        numbers: dict[Value, Any] = {}
        for node in self.nodes:
            if node.op is None:
                numbers[node] = moved.get(node, mp.mpf(node.data))
            else:
                numbers[node] = evaluate(node.op, self._inputs(node, numbers))
        return numbers

    def _inputs(self, node: Value, numbers: Mapping[Value, Any]) -> list[Any]:
        return [numbers[x] if isinstance(x, Value) else mp.mpf(float(x)) for x in node.inputs]
