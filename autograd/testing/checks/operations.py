"""`check_op`: an operation that somebody declared, tested over its domain."""

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
from autograd.testing.checks.derivatives import points_of
from autograd.testing.checks.gradients import TOLERANCE
from autograd.testing.checks.report import Report, told
from autograd.testing.checks.slips import relative_error, same_slip
from autograd.testing.checks.verdicts import OUTSIDE, at
from autograd.testing.reference.curvature import examine_second
from autograd.testing.reference.exact import reference, value
from autograd.testing.reference.oracle import Local, examine, varied_inputs
from autograd.value import Value

_COUNT = 40  # of points, where none are given
_DOMAIN = (-3.0, 3.0)  # where none is declared
_MOST_TERMS = 4  # of a variadic operation

Point = tuple[float, ...]

_EXCHANGES: dict[str, Callable[[Point, int, Op], tuple[Sequence[float], float]]] = {
    "the output stands where the input belongs": lambda point, i, op: (point, point[i]),
    "the input stands where the output belongs": lambda point, i, op: (
        [*point[:i], op.evaluate(point), *point[i + 1 :]],
        op.evaluate(point),
    ),
}


@printed
class Fault(NamedTuple):
    """Something that is wrong at a point: what was `given`, and what was `wanted` instead."""

    point: Point
    given: float
    wanted: float
    problem: str = ""  # where it is no number that is wrong

    def __str__(self) -> str:
        at = ", ".join(f"{x:.6g}" for x in self.point)
        return f"at ({at}): {self.problem or f'{self.given!r} instead of {self.wanted!r}'}"


@printed
class Aspect(NamedTuple):
    """One thing that was checked of an operation, at so many `points`, and its `faults`.

    `OpReport` lists the verdicts.
    """

    name: str
    points: int
    faults: Sequence[Fault]
    doubt: str = ""  # the verdict where there are no faults, if not "right"
    slip: str = ""  # what the faults have in common

    @property
    def verdict(self) -> str:
        """The verdict."""
        if self.faults and all(math.isnan(fault.given) and fault.problem for fault in self.faults):
            return OUTSIDE
        return "wrong" if self.faults else self.doubt or "right"

    def explanation(self) -> str:
        """Return what is wrong, by the first fault and what they all have in common."""
        if not self.faults:
            return ""
        factor = same_slip([fault.given for fault in self.faults], [fault.wanted for fault in self.faults])
        return "; ".join(filter(None, [f"{self.name} {self.faults[0]}", factor or self.slip]))


class OpReport(Report):
    """What `check_op` found, as `aspects`: true where the operation is right, and printed as a table.

    The verdicts on an aspect; only the first counts as right:

    - "right": right at all points, as far as rounding allows; at a kink or a jump, what the operation documents.
    - "wrong": at one point or more. The report shows the first.
    - "jump": the value jumps at a point, so there is no derivative, and the operation declares no convention there.
    - "outside the domain": at a point the value is nan, or raises an error such as "math domain error".
    - "undefined": a derivative is nan at a point, though the value is a number.
    - "unsure": the reference is uncertain at a point, because the value takes only floats.
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
        """Return what is wrong."""
        return [*(aspect.explanation() for aspect in self.aspects), *self.hints]


def check_op(
    op: Op,
    *,
    at: Iterable[float | Sequence[float]] = (),
    exact: Callable[..., Any] | None = None,
    tolerance: float = TOLERANCE,
) -> OpReport:
    """Check the operation `op` at random points of its domain, or at those given: value, partials, second order, kinks.

    >>> from autograd import op
    >>> cube = op("cube", lambda x: x * x * x, lambda x, y: [-3 * x * x])
    >>> check_op(cube, at=[(1.0,), (2.0,)])
    cube:
    checked                points  faults  worst relative error  verdict
    ---------------------  ------  ------  --------------------  -------
    value                  2       0                             right
    derivative by input 0  2       2       2                     wrong
    <BLANKLINE>
    derivative by input 0 at (1): -3.0 instead of 3.0; everywhere the sign is wrong

    The value has to be a finite number at each point, and that of `exact`, the same function in mpmath's arithmetic,
    where that is given. Local derivatives are compared with the slope of the value, as by `check_gradients`; where none
    is wrong, second derivatives along a direction are compared with second differences of the value. At each of the
    operation's `kinks` the rule has to give the row that is declared there, and that has to lie between the slopes on
    both sides. `OpReport` lists the verdicts.
    """
    if not isinstance(op, Op):
        raise TypeError(f"check_op() takes an operation that op(...) made, not {type(op).__name__}")
    points = points_of(at, "check_op()") or list(_points(op))
    return told(_Checking(op, exact or (reference(op) if op.is_ours or op.mpmath else None), tolerance).report(points))


class _Checking:
    """The checks of one operation, and what they found."""

    def __init__(self, op: Op, exact: Callable[..., Any] | None, tolerance: float) -> None:
        self.op, self.exact, self.tolerance = op, exact, tolerance
        self.hints: list[str] = []
        self.examined: list[Local] = []

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
            return Fault(point, math.nan if is_outside else math.inf, math.nan, f"{type(error).__name__}: {error}")
        wanted = self._exact_value(point, y)
        if math.isnan(y) or (math.isinf(y) and (not self.exact or y != wanted)):
            return Fault(point, y, math.nan, f"{y}; is that outside the domain? Then declare it: op(..., domain=[...])")
        return None if math.isclose(y, wanted, rel_tol=self.tolerance) else Fault(point, y, wanted)

    def _exact_value(self, point: Point, y: float) -> float:
        """Return the exact value at `point`: `y` where there is none, or where mpmath raises as Python's floats do."""
        try:
            return value(self.exact, point) if self.exact else y
        except (ArithmeticError, ValueError, TypeError):
            return y

    def _derivatives(self, points: Sequence[Point]) -> Iterator[Aspect]:
        """Yield an aspect for each input by which there is a derivative."""
        faults: dict[int, list[Fault]] = {}
        counts: dict[int, int] = {}
        doubts: dict[int, str] = {}
        for point in points:
            try:
                self.examined.append(local := examine(self._node(point), self.tolerance))
            except Exception as error:  # of a rule that cannot be read at this point
                yield Aspect("rule", len(points), [Fault(point, 0.0, 0.0, f"{type(error).__name__}: {error}")])
                return
            for i in varied_inputs(local.node):
                counts[i] = counts.get(i, 0) + 1
                doubt = self._doubt(local, i)
                doubts[i] = doubts.get(i) or doubt
            for _, i, given, wanted in local.wrong:
                faults.setdefault(i, []).append(Fault(point, given, wanted))
        for i, count in counts.items():
            slip = _slip(self.op, i, faults) if i in faults else ""
            yield Aspect(f"derivative by input {i}", count, faults.get(i, []), doubts[i], slip)

    def _doubt(self, local: Local, i: int) -> str:
        """Return what keeps the derivative by input number i from being right, and give a hint on it."""
        if i in local.jumps:
            self.hints.append(f"{at(local.node)}: the value jumps here: there is no derivative")
            return "" if local.has_convention else "jump"
        if math.isnan(local.node.partials[i]):
            self.hints.append(f"{at(local.node)}: the derivative by input {i} is nan, though the value is a number")
            return "undefined"
        return "unsure" if local.error == math.inf else ""

    def _second_order(self) -> Iterator[Aspect]:
        nodes = [local.node for local in self.examined if not (local.is_kink or local.is_edge or local.jumps)]
        try:
            found = [second for node in nodes if (second := examine_second(node, self.tolerance))]
        except TypeError as error:  # a rule that takes nothing but floats
            self.hints.append(f"second order was not checked: {error}")
            return
        faults = [Fault(_point(p.node), p.given, p.wanted) for verdict, p in found if verdict == "wrong"]
        undefined = next((second.partial for second in found if second.verdict == "undefined"), None)
        if undefined:
            self.hints.append(f"the second derivative of {at(undefined.node)} is nan, instead of {undefined.wanted!r}")
        if nodes:
            yield Aspect("second order", len(nodes), faults, "undefined" if undefined else "")

    def _kink_faults(self, point: Point, declared: Sequence[float]) -> Iterator[Fault]:
        node = self._node(point)
        for given, wanted in zip(node.partials, declared):
            if given != wanted:
                yield Fault(point, given, wanted)
        for wrong in examine(node, self.tolerance).wrong:
            problem = f"{wrong.given!r} by input {wrong.place} is not between the slopes on both sides"
            yield Fault(point, wrong.given, wrong.wanted, problem)

    def _node(self, point: Point) -> Value:
        inputs = [x if i in self.op.constants else Value(x, f"x{i}") for i, x in enumerate(point)]
        node: Value = self.op.apply(tuple(inputs))
        return node


def _point(node: Value) -> Point:
    return tuple(x.data if isinstance(x, Value) else float(x) for x in node.inputs)


def _slip(op: Op, i: int, faults: Mapping[int, Sequence[Fault]]) -> str:
    """Say what would mend the derivative by input number i at all points, if it is a known slip."""
    for j, others in faults.items():
        theirs = {fault.point: fault.wanted for fault in others}
        if j != i and all(_close(fault.given, theirs.get(fault.point)) for fault in faults[i]):
            return f"that is the derivative by input {j}"
    for slip, instead in _EXCHANGES.items():
        with suppress(Exception):  # of a rule that cannot be read there
            if all(_close(op.partials(*instead(fault.point, i, op))[i], fault.wanted) for fault in faults[i]):
                return slip
    return ""


def _close(a: Any, b: float | None) -> bool:
    return b is not None and math.isclose(float(a), b, rel_tol=1e-9)


def _points(op: Op) -> Iterator[Point]:
    rng = random.Random(0)
    for n in range(_COUNT):
        terms = n % _MOST_TERMS + 1
        count = op.arity or (2 * terms + 1 if op is dot else terms)
        point = tuple(rng.uniform(*ends) for ends in op.domain or [_DOMAIN] * count)
        yield (float(n % 2), *point[1:]) if op is where else point
