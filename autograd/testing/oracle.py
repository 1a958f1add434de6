"""The oracle: every local derivative of a recorded graph checked on its own.

The local derivative of an operation is compared with the slope of its value, over a step of a part in 10**36 and in
arithmetic of 80 digits (or more, where the slope is tiny), in which neither the step nor rounding is seen. So there are
no false alarms, however steep or flat the function is, and a wrong gradient is reported with the operation that caused
it. The value of an operation of somebody's own may take nothing but floats; then its slope is found by differences,
which say how far they may be off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import mpmath as mp

from autograd.functional import hvp
from autograd.operation import Op
from autograd.testing.differences import Slope, slope
from autograd.testing.exact import NotExactError, evaluate, is_constant, partials
from autograd.value import Value

DIGITS = 80
_MANY_DIGITS = 450  # where a slope is so small that it is lost in fewer
_ZERO, _ONE = mp.mpf(0), mp.mpf(1)
STEP = mp.ldexp(1, -120)  # a part of about 10**36
_LOST = mp.ldexp(1, -200)  # part of a value that a step has to change it by, or digits are lost
_SMALLER = mp.ldexp(1, -60)  # part of the step; at a kink a bend becomes smaller by it, elsewhere by its square
_KINK = mp.mpf(10) ** -12  # of the slopes on both sides, by which they differ at a kink
_WEIGHTS = (1.0, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75)  # of the inputs, in a direction in which all change
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

    `row` holds them where they are not what the rule gives: at a kink, or where the rule is wrong. `wrong` are those
    that are. `error` is how far, relatively, the reference may be off: 0 but for differences, and infinite where these
    cannot tell.
    """

    node: Value
    row: Sequence[Any] | None = None
    is_kink: bool = False
    wrong: Sequence[WrongPartial] = ()
    error: float = 0.0


def examine(node: Value, tolerance: float) -> Local:
    """Compare the local derivatives at `node` with the slopes of its value there, to within a relative `tolerance`."""
    op = node.op
    if op is None or not all(map(math.isfinite, [*map(float, node.inputs), node.data])):
        return Local(node)
    try:
        with mp.workdps(DIGITS):
            found = _examine(op, node, tolerance)
        if found is None:
            with mp.workdps(_MANY_DIGITS):
                found = _examine(op, node, tolerance, is_last=True)
    except NotExactError:
        found = _examine_by_differences(op, node, tolerance)
    return found or Local(node)


def _examine(op: Op, node: Value, tolerance: float, is_last: bool = False) -> Local | None:
    """Return what the oracle says, or None where it takes more digits to say it."""
    inputs, varied = [mp.mpf(float(x)) for x in node.inputs], _varied(node)
    steps, ahead, here, behind = _along(op, inputs, varied)
    row, rise = _rule(op, inputs, here), (ahead - behind) / 2
    if not is_last and abs(rise) < abs(here) * _LOST and (rise or any(row) or any(node.partials)):
        return None
    bend = abs(ahead - 2 * here + behind)
    is_kink = bend > _KINK * max(abs(ahead - here), abs(here - behind)) and _bend(op, inputs, varied) > bend * STEP
    if row and (_is_slope(row, steps, rise, varied) or _is_limit(op, inputs, row, steps, rise, varied)):
        wanted = row
    else:
        wanted = [_slope(op, inputs, i, d) if i in varied else _ZERO for i, d in enumerate(node.partials)]
    pairs = [(i, node.partials[i], float(wanted[i])) for i in varied]
    wrong = [WrongPartial(node, *pair) for pair in pairs if not _agree(*pair[1:], tolerance)]
    return Local(node, wanted if is_kink or wrong or not row else None, is_kink, wrong)


def _examine_by_differences(op: Op, node: Value, tolerance: float) -> Local:
    inputs, row, error, is_kink = [float(x) for x in node.inputs], list(node.partials), 0.0, False
    wrong: list[WrongPartial] = []
    for i in _varied(node):
        found, given = slope(_in_one_input(op, inputs, i), inputs[i]), row[i]
        margin = tolerance * max(abs(found.low), abs(found.high))
        is_kink = is_kink or found.is_kink
        if not found.sure:
            error = math.inf
        elif not found.low - margin <= given <= found.high + margin:
            wrong.append(WrongPartial(node, i, given, found.value))
            row[i] = found.value
        error = max(error, _relative(found), 1e-16)
    return Local(node, row, is_kink, wrong, error)


def _relative(found: Slope) -> float:
    return 0.0 if found.is_kink or not found.error else found.error / max(abs(found.value), 1.0)


def _in_one_input(op: Op, inputs: Sequence[float], i: int) -> Any:
    """Return the value of `op` as a function of input number i, which is not a number outside the op's domain."""
    low, high = op.domain[i] if i < len(op.domain) else (-math.inf, math.inf)
    if not low <= inputs[i] <= high:
        low, high = -math.inf, math.inf

    def value(x: float) -> float:
        return op.evaluate([*inputs[:i], x, *inputs[i + 1 :]]) if low <= x <= high else math.nan

    return value


def wrong_second(node: Value, tolerance: float) -> WrongPartial | None:
    """Return how the slope of `node` along a direction changes, if its rule has that wrong, as a `WrongPartial`."""
    op, varied, inputs = node.op, _varied(node), [float(x) for x in node.inputs]
    if op is None or not all(map(math.isfinite, [*inputs, node.data])):
        return None
    direction = [(abs(inputs[i]) or 1.0) * _WEIGHTS[i % len(_WEIGHTS)] for i in varied]
    wanted, error = _change_of_slope(op, inputs, varied, direction)

    def along(xs: Sequence[Any]) -> Any:
        moved: list[Any] = list(inputs)
        for i, x in zip(varied, xs):
            moved[i] = x
        return op.apply(tuple(moved))

    rows = hvp(along, [inputs[i] for i in varied], direction)
    terms = [float(row) * v for row, v in zip(rows, direction)]
    sure = math.isfinite(wanted) and math.isfinite(sum(terms))
    if not sure or abs(sum(terms) - wanted) <= tolerance * sum(map(abs, terms)) + error:
        return None
    return WrongPartial(node, -1, sum(terms), wanted)


def _change_of_slope(
    op: Op, inputs: Sequence[float], varied: Sequence[int], direction: Sequence[float]
) -> tuple[float, float]:
    """Return the second derivative of the value along a direction, and how far that may be off."""
    moves = dict(zip(varied, direction))

    def slope_there(t: float) -> float:
        row = op.linearize([x + t * moves.get(i, 0.0) for i, x in enumerate(inputs)])[1]
        return sum(row[i] * move for i, move in moves.items())

    try:
        with mp.workdps(_MANY_DIGITS):
            _, ahead, here, behind = _along(op, [mp.mpf(x) for x in inputs], varied)
            return float((ahead - 2 * here + behind) / STEP**2), 0.0
    except NotExactError:
        found = slope(slope_there, 0.0)
        return found.value, found.error if found.sure else math.inf


def _varied(node: Value) -> list[int]:
    """Return the numbers of the inputs by which `node` is differentiated."""
    op = node.op
    return [i for i, x in enumerate(node.inputs) if op and isinstance(x, Value) and not is_constant(op, i)]


def _agree(given: float, wanted: float, tolerance: float) -> bool:
    if math.isnan(given) or math.isnan(wanted):
        return math.isnan(given) and math.isnan(wanted)
    return given == wanted or math.isclose(given, wanted, rel_tol=tolerance, abs_tol=1e-300)


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


def _is_limit(
    op: Op, inputs: Sequence[Any], row: Sequence[Any], steps: Sequence[Any], rise: Any, varied: Sequence[int]
) -> bool:
    """Say whether the slope tends to `row` where the step becomes smaller, as that of a cube at 0 does."""
    smaller, ahead, _, behind = _along(op, inputs, varied, _SMALLER)
    near, nearer = (
        abs(change - mp.fsum(row[i] * moves[i] for i in varied))
        for change, moves in ((rise, steps), ((ahead - behind) / 2, smaller))
    )
    return bool(mp.isfinite(near) and nearer < near * _SMALLER * mp.sqrt(_SMALLER))


def _bend(op: Op, inputs: Sequence[Any], varied: Sequence[int]) -> Any:
    """Return what is left of a bend over a much smaller step: as much less at a kink, the square of it elsewhere."""
    _, ahead, here, behind = _along(op, inputs, varied, _SMALLER)
    return abs(ahead - 2 * here + behind)


def _along(op: Op, inputs: Sequence[Any], varied: Sequence[int], part: Any = _ONE) -> tuple[list[Any], Any, Any, Any]:
    """Return steps of all `varied` inputs, and the value ahead, here and behind along them."""
    steps = [_ZERO] * len(inputs)
    for i in varied:
        steps[i] = _step(inputs[i]) * _WEIGHTS[i % len(_WEIGHTS)] * part
    ahead = evaluate(op, [x + h if h else x for x, h in zip(inputs, steps)])
    behind = evaluate(op, [x - h if h else x for x, h in zip(inputs, steps)])
    return steps, ahead, evaluate(op, inputs), behind


def _step(x: Any) -> Any:
    return (abs(x) or _ONE) * STEP


def _slope(op: Op, inputs: Sequence[Any], i: int, given: float) -> Any:
    """Return the slope of the value by input number i; at a kink what was `given`, if it is between both sides."""
    low, high = _sides(op, inputs, i)
    if (math.isinf(given) and _grows(op, inputs, i)) or _tends(op, inputs, i, given):
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


def _tends(op: Op, inputs: Sequence[Any], i: int, given: float) -> bool:
    """Say whether the slope on one side tends to `given` where the step becomes smaller, as that of x ** 1.5 at 0."""
    h = _step(inputs[i])
    near, nearer = (abs(_sides(op, inputs, i, step)[0] - given) for step in (h, h * _SMALLER))
    return bool(nearer < near / 2)
