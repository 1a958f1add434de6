"""`check_derivative`: check a derivative that was written by hand as a function."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd.operation import as_float
from autograd.printing.table import Table
from autograd.terminal import printed
from autograd.testing.checks.common_mistakes import common_factor
from autograd.testing.checks.components import Components, arguments_of
from autograd.testing.checks.gradient_report import NO_DERIVATIVE, OUTSIDE_DOMAIN, GradientReport, describe_culprit
from autograd.testing.checks.gradients import TOLERANCE, GradientCheck, name_of_function
from autograd.testing.checks.report import Report, assert_right, publish, relative_error
from autograd.testing.checks.subgradients import subgradients
from autograd.testing.inputs import format_point, replaced
from autograd.testing.reference.finite_differences import Slope, slope
from autograd.testing.reference.oracle import WrongPartial


@printed
class Derivative(NamedTuple):
    """One derivative at the point `at` with respect to the argument `by`: by hand, from `backward`, and the reference.

    `backward` is None for a function that accepts only floats. `of` is the index of the result, such as "[0,1]", if the
    function returns several numbers. `DerivativeReport` lists the verdicts.
    """

    at: tuple[float, ...]
    by: str
    by_hand: float
    backward: float | None
    reference: float
    verdict: str
    of: str = ""

    @property
    def error(self) -> float:
        """The relative error."""
        return relative_error(self.by_hand, self.reference)


class DerivativeReport(Report):
    """The report of `check_derivative`: true if all `marks` are right; prints as a table.

    `culprit` is the first local derivative of an operation that is wrong, or None; `hints` are further remarks.

    These are the verdicts on a derivative; the first two count as right:

    - "right": equal to the reference, which includes equal infinities; at a kink or a jump, equal to `backward`.
    - "subgradient": the function has a kink here, and the derivative lies between the one-sided slopes.
    - "wrong": different from the reference.
    - "jump": the value jumps here, so there is no derivative.
    - "outside the domain": the function is nan here. The report names the node.
    - "undefined": the reference is nan although the value is a number, so there is no derivative.
    - "unsure": the reference is inconclusive, because the function accepts only floats.
    """

    def __init__(
        self, subject: str, marks: list[Derivative], culprit: WrongPartial | None, hints: Sequence[str]
    ) -> None:
        self.subject, self.marks, self.culprit, self.hints = subject, marks, culprit, hints

    def __bool__(self) -> bool:
        return not self.culprit and all(mark.verdict in ("right", "subgradient") for mark in self.marks)

    def tables(self) -> list[Table]:
        """Return the table of all points."""
        has_results = any(m.of for m in self.marks)
        results = ["result"] * has_results
        rows = [["at", *results, "input", "by hand", "backward", "reference", "relative error", "verdict"]]
        for m in self.marks:
            backward = "" if m.backward is None else repr(m.backward)
            numbers = [repr(m.by_hand), backward, repr(m.reference), f"{m.error:.2g}"]
            rows.append([format_point(m.at), *[m.of] * has_results, m.by, *numbers, m.verdict])
        return [Table(rows)]

    def remarks(self) -> list[str]:
        """Return the mistake that explains all wrong derivatives, the wrong operation and the hints."""
        return [self._slip(), describe_culprit(self.culprit), *self.hints]

    def _slip(self) -> str:
        wrong = [m for m in self.marks if m.verdict == "wrong"]
        by = {m.of + m.by for m in wrong}
        factor = common_factor([m.by_hand for m in wrong], [m.reference for m in wrong]) if len(by) == 1 else ""
        return f"the derivative with respect to {wrong[0].by}: {factor}" if factor else ""


def check_derivative(
    f: Callable[..., Any], df: Callable[..., Any], at: Iterable[Any], *, tolerance: float = TOLERANCE
) -> DerivativeReport:
    """Check that `df` is the derivative of the function `f` at the points `at`.

    >>> check_derivative(lambda x: (2 * x + 1) ** 3, lambda x: 3 * (2 * x + 1) ** 2, at=[1.0, 2.0])
    at  input  by hand  backward  reference  relative error  verdict
    --  -----  -------  --------  ---------  --------------  -------
    1   x      27.0     54.0      54.0       0.5             wrong
    2   x      75.0     150.0     150.0      0.5             wrong
    <BLANKLINE>
    the derivative with respect to x: 1/2 of the right value everywhere
    >>> check_derivative(lambda x: [x[0] * x[1], x[0] + x[1]], lambda x: [[x[1], x[0]], [1, 0]], at=[[2.0, 3.0]])
    at    result  input  by hand  backward  reference  relative error  verdict
    ----  ------  -----  -------  --------  ---------  --------------  -------
    2, 3  [0]     x[0]   3.0      3.0       3.0        0               right
    2, 3  [0]     x[1]   2.0      2.0       2.0        0               right
    2, 3  [1]     x[0]   1.0      1.0       1.0        0               right
    2, 3  [1]     x[1]   0.0      1.0       1.0        1               wrong

    A point is an argument, which may be a number, a list, a dict or a NumPy array, or a tuple of arguments. `df`
    returns what `jacobian` returns: the structure of f(...), with that of the argument in place of each number; for
    several arguments, a list of these. If f accepts only floats (`math.gamma`, a simulation), the reference comes from
    finite differences with an error bound. At a kink, any number between the one-sided slopes is accepted.
    `DerivativeReport` lists all verdicts.
    """
    points = arguments_of(f, at)
    if not points:
        raise ValueError("at must have at least one point, got none")
    marks: list[Derivative] = []
    reports: list[GradientReport | None] = []
    hints: dict[str, None] = {}
    for args in points:
        parts = Components(f, args)
        for function, of, row in zip(parts.functions, parts.outputs, parts.derivatives(df)):
            report = _recorded(function, parts.point, tolerance)
            reports.append(report)
            references = (
                _by_differences(function, parts.point) if report is None else _by_graph(function, parts.point, report)
            )
            for name, given, reference in zip(parts.inputs, row, references):
                marks.append(reference.mark(parts.point, name, given, tolerance)._replace(of=of))
                hints |= dict.fromkeys(reference.remarks(parts.point, name))
    recorded = [report for report in reports if report is not None]
    culprit = next((report.culprit for report in recorded if report.culprit), None)
    hints |= dict.fromkeys(hint for report in recorded for hint in report.hints)
    if len(recorded) < len(reports):
        hints["the function accepts only floats, so the reference comes from finite differences"] = None
    return publish(DerivativeReport(f"derivative of {_described(f, reports)}", marks, culprit, list(hints)))


def _described(f: Callable[..., Any], reports: Sequence[GradientReport | None]) -> str:
    """Return the name of a function, or the formula of its only result if it has none."""
    name = name_of_function(f)
    formulas = {report.subject.removeprefix("gradients of ") for report in reports if report}
    return formulas.pop() if name == "<lambda>" and len(formulas) == 1 else name


def assert_derivative(
    f: Callable[..., Any], df: Callable[..., Any], at: Iterable[Any], *, tolerance: float = TOLERANCE
) -> None:
    """Raise an AssertionError with the report of `check_derivative` if `df` is not the derivative of `f`.

    >>> assert_derivative(lambda x, y: x * y, lambda x, y: [y, x], at=[(2.0, 3.0), (0.0, 1.0)])
    """
    __tracebackhide__ = True  # pytest then shows only the report
    assert_right(check_derivative(f, df, at, tolerance=tolerance))


def points_of(at: Iterable[Any]) -> list[tuple[float, ...]]:
    """Return the points `at`, numbers or sequences of arguments, as tuples."""
    if not hasattr(at, "__iter__"):
        raise TypeError(f"at must be a list of points, such as at=[1.0, 2.0], got {type(at).__name__}: {at!r}")
    rows = (p if hasattr(p, "__len__") and not isinstance(p, str) else [p] for p in at)
    return [tuple(as_float(x, "a point") for x in row) for row in rows]


class _Reference(NamedTuple):
    """The reference for one derivative, and the derivative from `backward`.

    `slope` is the interval of the derivative. A `verdict` applies to any answer, except that at a jump, the operation's
    convention is right. `outside` says how a function of floats shows that the point is outside its domain.
    """

    backward: float | None
    value: float
    slope: Slope
    verdict: str = ""
    outside: str = ""

    def mark(self, at: tuple[float, ...], by: str, by_hand: float, tolerance: float) -> Derivative:
        """Compare the derivative `by_hand` with the reference, and return it with its verdict."""
        low, high, is_kink, _ = self.slope
        margin = tolerance * max(abs(low), abs(high))
        is_inside = low - margin <= by_hand <= high + margin
        is_right = by_hand == self.value or math.isclose(by_hand, self.value, rel_tol=tolerance)
        if self.verdict and not (self.verdict == "jump" and is_right):
            verdict = self.verdict
        else:
            verdict = "right" if is_right else "wrong" if not is_inside else "subgradient" if is_kink else "right"
        return Derivative(at, by, by_hand, self.backward, self.value, verdict)

    def remarks(self, at: tuple[float, ...], by: str) -> Iterator[str]:
        """Yield remarks on a jump, a kink or a point outside the domain."""
        where = f"at ({format_point(at)})"
        if self.verdict == "jump":
            yield f"{where}, input {by}: {NO_DERIVATIVE}"
        elif self.outside:
            yield f"{where}: outside the domain: {self.outside}"
        elif self.slope.is_kink and not self.verdict:
            sides = f"[{self.slope.low:.6g}, {self.slope.high:.6g}]"
            yield f"{where}, input {by}: the function has a kink here; any value in {sides} is a subgradient"


def _recorded(f: Callable[..., Any], point: tuple[float, ...], tolerance: float) -> GradientReport | None:
    """Return the first-order report of f at `point`, or None if the graph does not contain all that f computes."""
    try:
        report = GradientCheck(f, point, tolerance).report(order=1)
    except (TypeError, AttributeError, ArithmeticError, ValueError):
        return None
    return None if report.note else report


def _by_graph(f: Callable[..., Any], point: tuple[float, ...], report: GradientReport) -> Iterator[_Reference]:
    """Yield the references of a recorded function from its `report`, with the one-sided slopes at a kink."""
    for i, mark in enumerate(report.marks):
        reference = _Reference(mark.backward, mark.reference, Slope(mark.reference, mark.reference))
        if mark.verdict in (OUTSIDE_DOMAIN, "unsure") or math.isnan(mark.reference):
            yield reference._replace(verdict=mark.verdict)  # "undefined", if the reference is nan
            continue
        found = subgradients(f, point, i)
        if found.is_jump:
            value = reference.value if mark.verdict == "convention" else math.nan
            yield reference._replace(verdict="jump", value=value)
        else:
            yield reference._replace(slope=found) if found.is_kink else reference


def _by_differences(f: Callable[..., Any], point: tuple[float, ...]) -> Iterator[_Reference]:
    """Yield the references of a function that accepts only floats."""
    outside = _outside(f, point)
    for i, x in enumerate(point):
        found = slope(lambda t, i=i: f(*replaced(point, i, t)), x)  # type: ignore[misc]
        verdict = OUTSIDE_DOMAIN if outside else "jump" if found.is_jump else "" if found.is_sure else "unsure"
        yield _Reference(None, found.value, found, verdict, outside)


def _outside(f: Callable[..., Any], point: tuple[float, ...]) -> str:
    """Return a clause such as "the function is nan here" if `point` is outside the domain of f, otherwise ""."""
    try:
        y = f(*point)
    except OverflowError:
        return ""
    except (ArithmeticError, ValueError) as error:
        return f"the function raises {type(error).__name__}: {error}"
    return "the function is complex here" if isinstance(y, complex) else "the function is nan here" if y != y else ""
