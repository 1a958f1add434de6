"""The oracle: every local derivative of a recorded graph checked on its own.

The local derivative of an operation is compared with the slope of its value, over a step of a part in 10**36 and in
arithmetic of 80 digits (or more, where the slope is tiny), in which neither the step nor rounding is seen. So there are
no false alarms, however steep or flat the function is, and a wrong gradient is reported with the operation that caused
it. A local derivative whose terms cancel is right if it is within the rounding error of these terms. The value of an
operation of somebody's own may take nothing but floats; then its slope is found by differences, which say how far they
may be off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import mpmath as mp

from autograd.operation import Op
from autograd.testing.reference.differences import Slope, slope
from autograd.testing.reference.exact import NotExactError, evaluate, partials
from autograd.testing.reference.limits import SMALLER, side, step
from autograd.testing.reference.rounding import rounding_of_row
from autograd.value import Value

_DIGITS = (80, 450, 1300)  # as many as it takes: a tiny slope is lost in few
MANY_DIGITS = 450
_ZERO, _ONE = mp.mpf(0), mp.mpf(1)
_LOST = mp.ldexp(1, 66)  # units in the last place by which a step must change the value
NEGLIGIBLE = mp.mpf(10) ** -330  # zero as a float
_KINK = mp.mpf(10) ** -12  # of the slopes on both sides, by which they differ at a kink
_SMOOTH = mp.ldexp(1, -100)  # a bend becomes smaller by the ratio of steps at a kink, elsewhere by its square
WEIGHTS = (1.0, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75)  # of the inputs, in a direction in which all change
_RULE_TOLERANCE = 1e-13  # of a rule against the slope; its constants are floats


class WrongPartial(NamedTuple):
    """A local derivative that is wrong: of `node` by its input number `place`, as `given`, and as it should be.

    A `place` of -1 stands for the second derivative along a direction.
    """

    node: Value
    place: int
    given: float
    wanted: float


class Local(NamedTuple):
    """What was found out about the local derivatives of a `node`.

    `row` holds them where they are not what the rule gives: at a kink, or where the rule is not the slope. `wrong` are
    those that are wrong, `jumps` the numbers of the inputs at which the value jumps. At an edge, the value or the slope
    is not finite on one side. `error` is how far, relatively, the reference may be off: 0 but for differences, and
    infinite where these cannot tell.
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
        """Whether the operation documents its derivatives at this point, though there are none."""
        node, op = self.node, self.node.op
        is_documented = op is not None and (op.is_ours or tuple(map(_number, node.inputs)) in op.kinks)
        return is_documented and all(math.isfinite(node.partials[i]) for i in self.jumps)


def examine(node: Value, tolerance: float) -> Local:
    """Compare the local derivatives at `node` with the slopes of its value there, to within a relative `tolerance`."""
    op = node.op
    if op is None or not all(map(math.isfinite, [*map(_number, node.inputs), node.data])):
        return Local(node)
    try:
        for digits in _DIGITS:
            with mp.workdps(digits):  # a verdict of wrong must hold with all of them
                found = _examine(op, node, tolerance, is_last=digits == _DIGITS[-1])
            if found and not found.wrong:
                return found
    except NotExactError:
        return _examine_by_differences(op, node, tolerance)
    return found or Local(node)


def _examine(op: Op, node: Value, tolerance: float, is_last: bool = False) -> Local | None:
    """Return what the oracle says, or None where it takes more digits to say it."""
    inputs, varied = [mp.mpf(_number(x)) for x in node.inputs], varied_inputs(node)
    steps, ahead, here, behind = _along(op, inputs, varied)
    row, rise = _rule(op, inputs, here), (ahead - behind) / 2
    lost = _LOST * mp.eps * abs(here)
    if not is_last and abs(rise) < lost and lost > NEGLIGIBLE * min(map(abs, filter(None, steps)), default=_ONE):
        return None
    jumps: list[int] = []
    is_right = bool(row) and _is_slope(row, steps, rise, varied)
    wanted = list(row) if is_right else [_ZERO] * len(inputs)
    for i in varied if not is_right else ():
        wanted[i], is_jump = _slope(op, inputs, i, node.partials[i])
        jumps += [i] if is_jump else []
    bend = abs(ahead - 2 * here + behind)
    is_kink = bend > _KINK * max(abs(ahead - here), abs(here - behind)) and _bend(op, inputs, varied) > bend * _SMOOTH
    is_edge = not all(map(mp.isfinite, [ahead, behind, *wanted]))
    wrong = list(_wrong(node, {i: Slope(float(wanted[i]), float(wanted[i])) for i in varied}, tolerance))
    is_rule = bool(row) and all(_is_same(row[i], wanted[i]) for i in varied)
    return Local(node, None if is_rule and not is_kink else wanted, is_kink, wrong, 0.0, jumps, is_edge)


def _is_same(a: Any, b: Any) -> bool:
    return bool(a == b or abs(a - b) <= _RULE_TOLERANCE * abs(b))


def _examine_by_differences(op: Op, node: Value, tolerance: float) -> Local:
    inputs, row = [_number(x) for x in node.inputs], list(node.partials)
    value = in_domain(op, inputs)
    found = {
        i: slope(lambda x, i=i: value([*inputs[:i], x, *inputs[i + 1 :]]), inputs[i])  # type: ignore[misc]
        for i in varied_inputs(node)
    }
    wrong = list(_wrong(node, {i: s for i, s in found.items() if s.sure}, tolerance))
    for partial in wrong:
        row[partial.place] = partial.wanted
    jumps = [i for i, s in found.items() if s.jumps]
    error = max((max(_relative(s), 1e-16) for s in found.values() if not s.jumps), default=0.0)
    return Local(node, row, any(s.is_kink for s in found.values()), wrong, error, jumps)


def _wrong(node: Value, wanted: Mapping[int, Slope], tolerance: float) -> Iterator[WrongPartial]:
    """Yield the local derivatives that are not in the interval that is `wanted`, nor within rounding of it."""
    rounding: Sequence[float] = ()
    for i, (low, high, *_) in wanted.items():
        given = node.partials[i]
        margin = max(tolerance * max(abs(low), abs(high)), 1e-300)
        if low == given == high or math.isnan(low) or low - margin <= given <= high + margin:
            continue  # nan: the value is a number on neither side
        rounding = rounding or rounding_of_row(node)
        margin += rounding[i]
        if not low - margin <= given <= high + margin:
            yield WrongPartial(node, i, given, wanted[i].value)


def _relative(found: Slope) -> float:
    if not found.sure:
        return math.inf
    return 0.0 if found.is_kink or not found.error else found.error / max(abs(found.value), 1.0)


def in_domain(op: Op, inputs: Sequence[float]) -> Callable[[Sequence[float]], float]:
    """Return the value of `op` as a function of a list, which is nan outside the op's domain if `inputs` are inside."""
    ends = list(op.domain) if len(op.domain) == len(inputs) else [(-math.inf, math.inf)] * len(inputs)
    ends = [(low, high) if low <= x <= high else (-math.inf, math.inf) for x, (low, high) in zip(inputs, ends)]

    def value(xs: Sequence[float]) -> float:
        inside = all(low <= x <= high for x, (low, high) in zip(xs, ends))
        return op.evaluate(xs) if inside else math.nan

    return value


def varied_inputs(node: Value) -> list[int]:
    """Return the numbers of the inputs by which `node` is differentiated."""
    op = node.op
    return [i for i, x in enumerate(node.inputs) if op and isinstance(x, Value) and i not in op.constants]


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else float(x)


def _rule(op: Op, inputs: Sequence[Any], y: Any) -> Sequence[Any]:
    """Return the row that the rule gives at mpmath numbers; an empty one where it takes nothing but floats."""
    try:
        row = partials(op, inputs, y)
    except NotExactError:
        return []
    return row if len(row) == len(inputs) else []


def _is_slope(row: Sequence[Any], steps: Sequence[Any], rise: Any, varied: Sequence[int]) -> bool:
    """Say whether `row` explains the `rise` of the value along the `steps` of all `varied` inputs."""
    if not all(mp.isfinite(row[i]) for i in varied):
        return False
    terms = [row[i] * steps[i] for i in varied]
    return bool(abs(rise - mp.fsum(terms)) <= _RULE_TOLERANCE * mp.fsum(map(abs, terms)))


def _bend(op: Op, inputs: Sequence[Any], varied: Sequence[int]) -> Any:
    """Return what is left of a bend over a much smaller step: as much less at a kink, the square of it elsewhere."""
    with mp.workdps(MANY_DIGITS):
        _, ahead, here, behind = _along(op, inputs, varied, SMALLER)
        return abs(ahead - 2 * here + behind)


def _along(op: Op, inputs: Sequence[Any], varied: Sequence[int], part: Any = _ONE) -> tuple[list[Any], Any, Any, Any]:
    """Return steps of all `varied` inputs, and the value ahead, here and behind along them."""
    steps = [_ZERO] * len(inputs)
    for i in varied:
        steps[i] = step(inputs[i]) * WEIGHTS[i % len(WEIGHTS)] * part
    ahead = evaluate(op, [x + h if h else x for x, h in zip(inputs, steps)])
    behind = evaluate(op, [x - h if h else x for x, h in zip(inputs, steps)])
    return steps, ahead, evaluate(op, inputs), behind


def _slope(op: Op, inputs: Sequence[Any], i: int, given: float) -> tuple[Any, bool]:
    """Return the slope of the value by input number i, and whether the value jumps there.

    At a kink it is what was `given`, if that is between the slopes on both sides; at a jump, what was given.
    """

    def value(x: Any) -> Any:
        return evaluate(op, [*inputs[:i], x, *inputs[i + 1 :]])

    sides = [side(value, inputs[i], sign, evaluate(op, inputs), given) for sign in (1, -1)]
    if any(each.jumps for each in sides):
        return mp.mpf(given), True
    slopes = [each.slope for each in sides if not mp.isnan(each.slope)]
    low, high = (min(slopes), max(slopes)) if slopes else (mp.nan, mp.nan)
    if mp.isfinite(high - low) and high - low <= _KINK * max(abs(low), abs(high)):
        return (low + high) / 2, False
    if low <= given <= high:
        return mp.mpf(given), False
    return (low if given < low else high), False
