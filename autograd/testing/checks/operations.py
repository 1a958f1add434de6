"""`check_op`: check the declaration of an operation over its domain."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from autograd.operation import Op
from autograd.ops import dot, where
from autograd.printing.table import Table
from autograd.terminal import printed
from autograd.testing.checks.common_mistakes import common_factor
from autograd.testing.checks.derivatives import points_of
from autograd.testing.checks.gradient_report import NO_DERIVATIVE, OUTSIDE_DOMAIN, describe
from autograd.testing.checks.gradients import TOLERANCE
from autograd.testing.checks.report import Report, publish, relative_error
from autograd.testing.inputs import format_point, input_values, replaced, varied_inputs
from autograd.testing.reference.high_precision import reference, value
from autograd.testing.reference.oracle import LocalCheck, check_local_derivatives
from autograd.testing.reference.second_derivatives import check_second_derivatives
from autograd.value import Value

_COUNT = 40  # number of random points
_DEFAULT_INTERVAL = (-3.0, 3.0)  # the interval for inputs without a declared domain
_MAX_TERMS = 4  # number of inputs of a variadic operation

Point = tuple[float, ...]

# For each mistake, the inputs and the output at which the rule gives the right derivative.
_EXCHANGES: dict[str, Callable[[Point, int, Op], tuple[Sequence[float], float]]] = {
    "the rule uses the output instead of the input": lambda point, i, op: (point, point[i]),
    "the rule uses the input instead of the output": lambda point, i, op: (
        replaced(point, i, op.evaluate(point)),
        op.evaluate(point),
    ),
}


@printed
class Fault(NamedTuple):
    """A fault at a point: the number `given` instead of the number `wanted`, or a `problem` of another kind."""

    point: Point
    given: float
    wanted: float
    problem: str = ""

    def __str__(self) -> str:
        return f"at ({format_point(self.point)}): {self.problem or f'got {self.given!r}, expected {self.wanted!r}'}"


@printed
class Aspect(NamedTuple):
    """One aspect of an operation, the number of `points` at which it was checked, and the `faults` found.

    `doubt` is the verdict if there are no faults; "" stands for "right". `slip` is the mistake that explains all
    faults, or "". `OpReport` lists the verdicts.
    """

    name: str
    points: int
    faults: Sequence[Fault]
    doubt: str = ""
    slip: str = ""

    @property
    def verdict(self) -> str:
        """The verdict."""
        if self.faults and all(math.isnan(fault.given) and fault.problem for fault in self.faults):
            return OUTSIDE_DOMAIN
        return "wrong" if self.faults else self.doubt or "right"

    def explanation(self) -> str:
        """Return the first fault and the mistake that explains all faults, or "" if there are none."""
        if not self.faults:
            return ""
        factor = common_factor([fault.given for fault in self.faults], [fault.wanted for fault in self.faults])
        return "; ".join(filter(None, [f"{self.name} {self.faults[0]}", factor or self.slip]))


class OpReport(Report):
    """The report of `check_op`: true if the operation is right; prints as a table of the `aspects`.

    These are the verdicts on an aspect; only the first counts as right:

    - "right": right at all points, up to rounding errors; at a kink or a jump, equal to the documented convention.
    - "wrong": wrong at one point or more. The report shows the first.
    - "jump": the value jumps at a point, so there is no derivative, and the operation declares no convention there.
    - "outside the domain": at a point, the value is nan or raises an error such as "math domain error".
    - "undefined": a derivative is nan at a point although the value is a number.
    - "unsure": the reference is inconclusive at a point, because the value accepts only floats.
    """

    def __init__(self, op: Op, aspects: list[Aspect], hints: Sequence[str]) -> None:
        self.subject, self.op, self.aspects, self.hints = f"operation {op.name}", op, aspects, hints

    def __bool__(self) -> bool:
        return all(aspect.verdict == "right" for aspect in self.aspects)

    def tables(self) -> list[Table]:
        """Return the table of all aspects."""
        rows = [["checked", "points", "faults", "worst relative error", "verdict"]]
        for a in self.aspects:
            worst = max((relative_error(f.given, f.wanted) for f in a.faults if not f.problem), default=0.0)
            rows.append([a.name, str(a.points), str(len(a.faults)), f"{worst:.2g}" if worst else "", a.verdict])
        return [Table(rows, self.op.name)]

    def remarks(self) -> list[str]:
        """Return the explanations of the faults, and the hints."""
        return [*(aspect.explanation() for aspect in self.aspects), *self.hints]


def check_op(
    op: Op,
    *,
    at: Iterable[float | Sequence[float]] = (),
    exact: Callable[..., Any] | None = None,
    tolerance: float = TOLERANCE,
) -> OpReport:
    """Check the operation `op` at the points `at`, or at random points of its domain.

    >>> from autograd import op
    >>> cube = op("cube", lambda x: x * x * x, lambda x, y: [-3 * x * x])
    >>> check_op(cube, at=[(1.0,), (2.0,)])
    cube:
    checked                 points  faults  worst relative error  verdict
    ----------------------  ------  ------  --------------------  -------
    value                   2       0                             right
    derivative wrt input 0  2       2       2                     wrong
    <BLANKLINE>
    derivative wrt input 0 at (1): got -3.0, expected 3.0; the sign is wrong everywhere

    These aspects are checked:

    - The value must be a number at each point. If `exact` is given, the same function in mpmath, the values must agree.
    - Local derivatives are compared with the slope of the value, as in `check_gradients`.
    - If none is wrong, second derivatives along a direction are compared with second differences of the value.
    - At each of the operation's `kinks`, the rule must give the declared row, which must lie between the one-sided
      slopes.

    `OpReport` lists the verdicts.
    """
    if not isinstance(op, Op):
        raise TypeError(f"op must be an operation made by op(...), got {type(op).__name__}")
    points = points_of(at) or list(_points(op))
    exact = exact or (reference(op) if op.is_ours or op.mpmath else None)
    return publish(_OpCheck(op, exact, tolerance).report(points))


class _OpCheck:
    """The check of one operation, and the hints it collects."""

    def __init__(self, op: Op, exact: Callable[..., Any] | None, tolerance: float) -> None:
        self.op, self.exact, self.tolerance = op, exact, tolerance
        self.hints: list[str] = []
        self.local_checks: list[LocalCheck] = []

    def report(self, points: Sequence[Point]) -> OpReport:
        values = Aspect("value", len(points), list(filter(None, map(self._value_fault, points))))
        aspects = [values]
        if not values.faults:
            aspects += self._derivatives(points)
        if all(aspect.verdict != "wrong" for aspect in aspects):
            aspects += self._second_order()
        if self.op.kinks:
            faults = [fault for point, row in self.op.kinks.items() for fault in self._kink_faults(point, row)]
            aspects.append(Aspect("kinks", len(self.op.kinks), faults))
        return OpReport(self.op, aspects, self.hints)

    def _value_fault(self, point: Point) -> Fault | None:
        try:
            y = self.op.evaluate(point)
        except Exception as error:
            is_outside = isinstance(error, (ArithmeticError, ValueError)) and not isinstance(error, OverflowError)
            return Fault(point, math.nan if is_outside else math.inf, math.nan, _format_error(error))
        wanted = y
        if self.exact:
            with suppress(ArithmeticError, ValueError, TypeError):  # raised by mpmath
                wanted = value(self.exact, point)
        if math.isnan(y) or (math.isinf(y) and (not self.exact or y != wanted)):
            problem = f"{y}; if this is outside the domain, declare the domain: op(..., domain=[...])"
            return Fault(point, y, math.nan, problem)
        return None if math.isclose(y, wanted, rel_tol=self.tolerance) else Fault(point, y, wanted)

    def _derivatives(self, points: Sequence[Point]) -> Iterator[Aspect]:
        """Yield an aspect for each differentiable input of the operation."""
        faults: dict[int, list[Fault]] = {}
        counts: dict[int, int] = {}
        doubts: dict[int, str] = {}
        for point in points:
            try:
                self.local_checks.append(local := check_local_derivatives(self._node(point), self.tolerance))
            except Exception as error:  # raised by the rule
                yield Aspect("rule", len(points), [Fault(point, 0.0, 0.0, _format_error(error))])
                return
            for i in varied_inputs(local.node):
                counts[i] = counts.get(i, 0) + 1
                doubt = self._doubt(local, i)
                doubts[i] = doubts.get(i) or doubt
            for _, i, given, wanted in local.wrong:
                faults.setdefault(i, []).append(Fault(point, given, wanted))
        for i, count in counts.items():
            slip = _slip(self.op, i, faults) if i in faults else ""
            yield Aspect(f"derivative wrt input {i}", count, faults.get(i, []), doubts[i], slip)

    def _doubt(self, local: LocalCheck, i: int) -> str:
        """Return the verdict on the derivative wrt input `i`, which is not wrong, or "" for "right"; add a hint."""
        if i in local.jumps:
            self.hints.append(f"{describe(local.node)}: {NO_DERIVATIVE}")
            return "" if local.has_convention else "jump"
        if math.isnan(local.node.partials[i]):
            hint = f"the derivative wrt input {i} is nan although the value is a number"
            self.hints.append(f"{describe(local.node)}: {hint}")
            return "undefined"
        return "unsure" if local.error == math.inf else ""

    def _second_order(self) -> Iterator[Aspect]:
        nodes = [local.node for local in self.local_checks if not (local.is_kink or local.is_edge or local.jumps)]
        try:
            found = [fault for node in nodes if (fault := check_second_derivatives(node, self.tolerance))]
        except TypeError as error:  # a rule that accepts only floats
            self.hints.append(f"second order was not checked: {error}")
            return
        faults = [Fault(tuple(input_values(p.node)), p.given, p.wanted) for verdict, p in found if verdict == "wrong"]
        undefined = next((fault.partial for fault in found if fault.verdict == "undefined"), None)
        if undefined:
            named = f"the second derivative of {describe(undefined.node)}"
            self.hints.append(f"{named} is nan, expected {undefined.wanted!r}")
        if nodes:
            yield Aspect("second order", len(nodes), faults, "undefined" if undefined else "")

    def _kink_faults(self, point: Point, declared: Sequence[float]) -> Iterator[Fault]:
        node = self._node(point)
        for given, wanted in zip(node.partials, declared):
            if given != wanted:
                yield Fault(point, given, wanted)
        for wrong in check_local_derivatives(node, self.tolerance).wrong:
            problem = f"{wrong.given!r} for input {wrong.place} is not between the slopes on both sides"
            yield Fault(point, wrong.given, wrong.wanted, problem)

    def _node(self, point: Point) -> Value:
        inputs = [x if i in self.op.constants else Value(x, f"x{i}") for i, x in enumerate(point)]
        node: Value = self.op.apply(tuple(inputs))
        return node


def _format_error(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _slip(op: Op, i: int, faults: Mapping[int, Sequence[Fault]]) -> str:
    """Return the common mistake that explains the derivative wrt input `i` at all points, or ""."""
    for j, others in faults.items():
        theirs = {fault.point: fault.wanted for fault in others}
        if j != i and all(_close(fault.given, theirs.get(fault.point)) for fault in faults[i]):
            return f"this is the derivative wrt input {j}"
    for slip, exchanged in _EXCHANGES.items():
        with suppress(Exception):  # raised by the rule at another point
            if all(_close(op.partials(*exchanged(fault.point, i, op))[i], fault.wanted) for fault in faults[i]):
                return slip
    return ""


def _close(a: Any, b: float | None) -> bool:
    return b is not None and math.isclose(float(a), b, rel_tol=1e-9)


def _points(op: Op) -> Iterator[Point]:
    rng = random.Random(0)
    for n in range(_COUNT):
        terms = n % _MAX_TERMS + 1
        count = op.arity or (2 * terms + 1 if op is dot else terms)
        point = tuple(rng.uniform(*ends) for ends in op.domain or [_DEFAULT_INTERVAL] * count)
        yield (float(n % 2), *point[1:]) if op is where else point
