"""The oracle: check each local derivative of a recorded graph against the slope of its operation's value.

The slope is computed with at least 80 digits over a step of about 1e-36, so neither the step size nor rounding affects
it, and steep or flat functions cause no false alarms. A wrong gradient is traced to the operation that causes it. If
the terms of a local derivative cancel, it may be off by their rounding error. If the value of a user-defined operation
accepts only floats, the slope comes from finite differences with an error bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import mpmath as mp

from autograd.operation import Op
from autograd.testing.inputs import input_values, replaced, varied_inputs
from autograd.testing.reference.finite_differences import Slope, slope
from autograd.testing.reference.high_precision import FloatsOnlyError, evaluate, partials
from autograd.testing.reference.one_sided_slopes import STEP_RATIO, one_sided_slope, step_at
from autograd.testing.reference.rounding import rounding_of_row
from autograd.value import Value

_DIGITS = (80, 450, 1300)  # numbers of digits tried in turn, because a tiny slope needs more
REPLAY_DIGITS = 450
_ZERO, _ONE = mp.mpf(0), mp.mpf(1)
_MIN_RISE = mp.ldexp(1, 66)  # units in the last place by which a step must change the value
NEGLIGIBLE = mp.mpf(10) ** -330  # smaller numbers are zero as a float
_KINK = mp.mpf(10) ** -12  # relative difference between the one-sided slopes at a kink
_SMOOTH = mp.ldexp(1, -100)  # at a kink, a bend shrinks by the ratio of steps, elsewhere by its square
WEIGHTS = (1.0, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75)  # components of a direction in which all inputs change
_RULE_TOLERANCE = 1e-13  # relative tolerance, because constants in rules are floats


class WrongPartial(NamedTuple):
    """A wrong local derivative of `node` with respect to its input at index `place`: `given` instead of `wanted`.

    A `place` of -1 stands for a second derivative along a direction.
    """

    node: Value
    place: int
    given: float
    wanted: float


class LocalCheck(NamedTuple):
    """The result of checking the local derivatives of a `node`.

    `row` replaces the row of the rule at a kink, or if the rule is not the slope. `wrong` lists the wrong local
    derivatives, `jumps` the indices of inputs at which the value jumps. `is_edge` is true if the value or the slope is
    not finite on one side. `error` bounds the relative error of the reference: 0, except for finite differences, and
    infinite if these are inconclusive.
    """

    node: Value
    row: Sequence[Any] | None = None
    is_kink: bool = False
    wrong: Sequence[WrongPartial] = ()
    error: float = 0.0
    jumps: Sequence[int] = ()
    is_edge: bool = False

    @property
    def has_convention(self) -> bool:
        """True if the operation documents its derivatives at this jump."""
        node, op = self.node, self.node.op
        is_documented = op is not None and (op.is_ours or tuple(input_values(node)) in op.kinks)
        return is_documented and all(math.isfinite(node.partials[i]) for i in self.jumps)


def check_local_derivatives(node: Value, tolerance: float) -> LocalCheck:
    """Compare the local derivatives of `node` with the slopes of its value, to within a relative `tolerance`."""
    op = node.op
    if op is None or not all(map(math.isfinite, [*input_values(node), node.data])):
        return LocalCheck(node)
    try:
        for digits in _DIGITS:  # only the largest number of digits proves a derivative wrong
            with mp.workdps(digits):
                found = _check(op, node, tolerance, is_last=digits == _DIGITS[-1])
            if found and not found.wrong:
                return found
    except FloatsOnlyError:
        return _check_by_differences(op, node, tolerance)
    return found or LocalCheck(node)


def _check(op: Op, node: Value, tolerance: float, is_last: bool) -> LocalCheck | None:
    """Check a node with the current number of digits; return None if more digits are needed."""
    inputs, varied = list(map(mp.mpf, input_values(node))), varied_inputs(node)
    steps, ahead, here, behind = _values_along(op, inputs, varied)
    row, rise = rule_row(op, inputs, here), (ahead - behind) / 2
    lost = _MIN_RISE * mp.eps * abs(here)
    if not is_last and abs(rise) < lost and lost > NEGLIGIBLE * min(map(abs, filter(None, steps)), default=_ONE):
        return None
    jumps: list[int] = []
    is_right = bool(row) and _explains(row, steps, rise, varied)
    wanted = list(row) if is_right else [_ZERO] * len(inputs)
    for i in varied if not is_right else ():
        wanted[i], is_jump = _slope(op, inputs, i, node.partials[i])
        jumps += [i] if is_jump else []
    bend = abs(ahead - 2 * here + behind)
    is_bent = bend > _KINK * max(abs(ahead - here), abs(here - behind))
    is_kink = is_bent and _bend_over_small_step(op, inputs, varied) > bend * _SMOOTH
    is_edge = not all(map(mp.isfinite, [ahead, behind, *wanted]))
    wrong = list(_wrong(node, {i: Slope(float(wanted[i]), float(wanted[i])) for i in varied}, tolerance))
    is_rule = bool(row) and all(
        row[i] == wanted[i] or abs(row[i] - wanted[i]) <= _RULE_TOLERANCE * abs(wanted[i]) for i in varied
    )
    return LocalCheck(node, None if is_rule and not is_kink else wanted, is_kink, wrong, 0.0, jumps, is_edge)


def _check_by_differences(op: Op, node: Value, tolerance: float) -> LocalCheck:
    inputs, row = input_values(node), list(node.partials)
    value = in_domain(op, inputs)
    found = {
        i: slope(lambda x, i=i: value(replaced(inputs, i, x)), inputs[i])  # type: ignore[misc]
        for i in varied_inputs(node)
    }
    wrong = list(_wrong(node, {i: s for i, s in found.items() if s.is_sure}, tolerance))
    for partial in wrong:
        row[partial.place] = partial.wanted
    jumps = [i for i, s in found.items() if s.is_jump]
    error = max((max(_relative_error(s), 1e-16) for s in found.values() if not s.is_jump), default=0.0)
    return LocalCheck(node, row, any(s.is_kink for s in found.values()), wrong, error, jumps)


def _wrong(node: Value, wanted: Mapping[int, Slope], tolerance: float) -> Iterator[WrongPartial]:
    """Yield the local derivatives that are outside the `wanted` intervals by more than their rounding error."""
    rounding: Sequence[float] = ()
    for i, (low, high, *_) in wanted.items():
        given = node.partials[i]
        margin = max(tolerance * max(abs(low), abs(high)), 1e-300)
        if low == given == high or math.isnan(low) or low - margin <= given <= high + margin:
            continue  # nan: the value is nan on both sides
        rounding = rounding or rounding_of_row(node)
        margin += rounding[i]
        if not low - margin <= given <= high + margin:
            yield WrongPartial(node, i, given, wanted[i].value)


def _relative_error(found: Slope) -> float:
    if not found.is_sure:
        return math.inf
    return 0.0 if found.is_kink or not found.error else found.error / max(abs(found.value), 1.0)


def in_domain(op: Op, inputs: Sequence[float]) -> Callable[[Sequence[float]], float]:
    """Return the value of `op` as a function of a list; nan outside the domain if `inputs` are inside it."""
    ends = list(op.domain) if len(op.domain) == len(inputs) else [(-math.inf, math.inf)] * len(inputs)
    ends = [(low, high) if low <= x <= high else (-math.inf, math.inf) for x, (low, high) in zip(inputs, ends)]

    def value(xs: Sequence[float]) -> float:
        is_inside = all(low <= x <= high for x, (low, high) in zip(xs, ends))
        return op.evaluate(xs) if is_inside else math.nan

    return value


def rule_row(op: Op, inputs: Sequence[Any], y: Any) -> Sequence[Any]:
    """Return the row of the rule at mpmath numbers, or an empty row if the rule accepts only floats."""
    try:
        row = partials(op, inputs, y)
    except FloatsOnlyError:
        return []
    return row if len(row) == len(inputs) else []


def _explains(row: Sequence[Any], steps: Sequence[Any], rise: Any, varied: Sequence[int]) -> bool:
    """Return True if `row` explains the `rise` of the value over the `steps` of all `varied` inputs."""
    if not all(mp.isfinite(row[i]) for i in varied):
        return False
    terms = [row[i] * steps[i] for i in varied]
    return bool(abs(rise - mp.fsum(terms)) <= _RULE_TOLERANCE * mp.fsum(map(abs, terms)))


def _bend_over_small_step(op: Op, inputs: Sequence[Any], varied: Sequence[int]) -> Any:
    with mp.workdps(REPLAY_DIGITS):
        _, ahead, here, behind = _values_along(op, inputs, varied, STEP_RATIO)
        return abs(ahead - 2 * here + behind)


def _values_along(
    op: Op, inputs: Sequence[Any], varied: Sequence[int], factor: Any = _ONE
) -> tuple[list[Any], Any, Any, Any]:
    """Return steps of all `varied` inputs, and the values of `op` ahead, here and behind."""
    steps = [_ZERO] * len(inputs)
    for i in varied:
        steps[i] = step_at(inputs[i]) * WEIGHTS[i % len(WEIGHTS)] * factor
    ahead = evaluate(op, [x + h if h else x for x, h in zip(inputs, steps)])
    behind = evaluate(op, [x - h if h else x for x, h in zip(inputs, steps)])
    return steps, ahead, evaluate(op, inputs), behind


def _slope(op: Op, inputs: Sequence[Any], i: int, given: float) -> tuple[Any, bool]:
    """Return the slope of the value along the input at index `i`, and True if the value jumps there.

    At a kink, return `given` if it is between the one-sided slopes, else the nearer one. At a jump, return `given`.
    """

    def value(x: Any) -> Any:
        return evaluate(op, replaced(inputs, i, x))

    sides = [one_sided_slope(value, inputs[i], sign, evaluate(op, inputs), given) for sign in (1, -1)]
    if any(side.is_jump for side in sides):
        return mp.mpf(given), True
    slopes = [side.slope for side in sides if not mp.isnan(side.slope)]
    low, high = (min(slopes), max(slopes)) if slopes else (mp.nan, mp.nan)
    if mp.isfinite(high - low) and high - low <= _KINK * max(abs(low), abs(high)):
        return (low + high) / 2, False
    if low <= given <= high:
        return mp.mpf(given), False
    return (low if given < low else high), False
