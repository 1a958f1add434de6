"""`check_derivative`: a derivative that was written by hand as a function, against the oracle and `backward`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd.operation import as_float
from autograd.printing.table import Table
from autograd.structure import argument_names
from autograd.terminal import printed
from autograd.testing.checks.gradients import TOLERANCE, Check, name_of_function
from autograd.testing.checks.report import Report, complaint, told
from autograd.testing.checks.sides import slopes_on_both_sides
from autograd.testing.checks.slips import relative_error, same_slip
from autograd.testing.checks.verdicts import OUTSIDE, GradientReport, accusation
from autograd.testing.reference.differences import slope
from autograd.testing.reference.oracle import WrongPartial


@printed
class Derivative(NamedTuple):
    """One derivative: at the point `at`, by the argument called `by`: by hand, from `backward`, and as it should be.

    `backward` is None for a function of floats. `DerivativeReport` lists the verdicts.
    """

    at: tuple[float, ...]
    by: str
    by_hand: float
    backward: float | None
    reference: float
    verdict: str

    @property
    def error(self) -> float:
        """The relative error."""
        return relative_error(self.by_hand, self.reference)


class DerivativeReport(Report):
    """What `check_derivative` found, in `marks`: true where all are right, and printed as a table.

    `culprit` is a local derivative of an operation that `backward` has wrong, or None; `hints` are what is to be known.

    The verdicts on a derivative; the first two count as right:

    - "right": equal to the reference, which includes equal infinities; at a kink or a jump, the convention that
      `backward` follows.
    - "subgradient": the function has a kink here, and the derivative lies between the slopes on both sides.
    - "wrong": another number than the reference.
    - "jump": the value jumps here: there is no derivative.
    - "outside the domain": the function is nan here. The report names the node.
    - "undefined": the reference is nan, though the value is a number: there is no derivative.
    - "unsure": the reference is uncertain, because the function takes only floats.
    """

    def __init__(
        self, subject: str, marks: list[Derivative], culprit: WrongPartial | None, hints: Sequence[str]
    ) -> None:
        self.subject, self.marks, self.culprit, self.hints = subject, marks, culprit, hints

    def __bool__(self) -> bool:
        return not self.culprit and all(mark.verdict in ("right", "subgradient") for mark in self.marks)

    def tables(self) -> list[Table]:
        """Return the table of all points."""
        rows = [["at", "by", "by hand", "backward", "reference", "relative error", "verdict"]]
        for m in self.marks:
            at = ", ".join(f"{x:.6g}" for x in m.at)
            backward = "" if m.backward is None else repr(m.backward)
            rows.append([at, m.by, repr(m.by_hand), backward, repr(m.reference), f"{m.error:.2g}", m.verdict])
        return [Table(rows)]

    def remarks(self) -> list[str]:
        """Return which slip explains all that is wrong, and what else is to be known."""
        return [self._slip(), accusation(self.culprit), *self.hints]

    def _slip(self) -> str:
        wrong = [m for m in self.marks if m.verdict == "wrong"]
        by = {m.by for m in wrong}
        slip = same_slip([m.by_hand for m in wrong], [m.reference for m in wrong]) if len(by) == 1 else ""
        return f"the derivative by {by.pop()}: {slip}" if slip else ""


def check_derivative(
    f: Callable[..., Any], df: Callable[..., Any], at: Iterable[Any], *, tolerance: float = TOLERANCE
) -> DerivativeReport:
    """Check that `df` is the derivative of the function `f`, at the points `at`: numbers, or tuples of arguments.

    >>> check_derivative(lambda x: (2 * x + 1) ** 3, lambda x: 3 * (2 * x + 1) ** 2, at=[1.0, 2.0])
    at  by  by hand  backward  reference  relative error  verdict
    --  --  -------  --------  ---------  --------------  -------
    1   x   27.0     54.0      54.0       0.5             wrong
    2   x   75.0     150.0     150.0      0.5             wrong
    <BLANKLINE>
    the derivative by x: everywhere 1/2 of what it should be

    For a function of several arguments, `df` returns the list of its partial derivatives. If f takes only floats
    (`math.gamma`, a simulation), the reference comes from differences with an error bound. At a kink, any number
    between the slopes on both sides is accepted. `DerivativeReport` lists all verdicts.
    """
    points = points_of(at, "check_derivative()")
    if not points:
        raise ValueError("check_derivative() needs at least one point to check at")
    marks: list[Derivative] = []
    reports: list[GradientReport] = []
    hints: dict[str, None] = {}
    for point in points:
        report = _recorded(f, point, tolerance)
        if report is not None:
            reports.append(report)
        references = _by_differences(f, point) if report is None else _exact(f, point, report)
        for name, given, reference in zip(argument_names(f, len(point)), _by_hand(df, point), references):
            marks.append(reference.mark(point, name, given, tolerance))
            hints |= dict.fromkeys(reference.remarks(point, name))
    culprit = next((report.culprit for report in reports if report.culprit), None)
    hints |= dict.fromkeys(hint for report in reports for hint in report.hints)
    if len(reports) < len(points):
        hints["the function takes only floats: the reference values are differences, within their error"] = None
    return told(DerivativeReport(f"derivative of {name_of_function(f)}", marks, culprit, list(hints)))


def assert_derivative(
    f: Callable[..., Any], df: Callable[..., Any], at: Iterable[Any], *, tolerance: float = TOLERANCE
) -> None:
    """Raise an AssertionError with the table of `check_derivative` where `df` is not the derivative of `f`.

    >>> assert_derivative(lambda x, y: x * y, lambda x, y: [y, x], at=[(2.0, 3.0), (0.0, 1.0)])
    """
    __tracebackhide__ = True  # by pytest, which should show the table and nothing else
    report = check_derivative(f, df, at, tolerance=tolerance)
    if not report:
        raise AssertionError(complaint(report))


def points_of(at: Iterable[Any], taker: str) -> list[tuple[float, ...]]:
    """Return the points `at`, numbers or sequences of arguments, as tuples; a TypeError says what `taker` takes."""
    if not hasattr(at, "__iter__"):
        raise TypeError(f"{taker} takes a list of points, such as at=[1.0, 2.0], not {type(at).__name__}: {at!r}")
    rows = (p if hasattr(p, "__len__") and not isinstance(p, str) else [p] for p in at)
    return [tuple(as_float(x, "a point") for x in row) for row in rows]


class _Reference(NamedTuple):
    """What a derivative should be, and what `backward` gives.

    It lies between `low` and `high`, which at a kink are the slopes on both sides. A `verdict` holds for any answer;
    but at a jump a convention, if there is one, is right. `outside` says how a function of floats left its domain.
    """

    backward: float | None
    value: float
    low: float
    high: float
    is_kink: bool = False
    verdict: str = ""
    outside: str = ""

    def mark(self, at: tuple[float, ...], by: str, by_hand: float, tolerance: float) -> Derivative:
        """Return the mark of the derivative `by_hand`."""
        margin = tolerance * max(abs(self.low), abs(self.high))
        is_inside = self.low - margin <= by_hand <= self.high + margin
        is_right = by_hand == self.value or math.isclose(by_hand, self.value, rel_tol=tolerance)
        if self.verdict and not (self.verdict == "jump" and is_right):
            verdict = self.verdict
        else:
            verdict = "right" if is_right else "wrong" if not is_inside else "subgradient" if self.is_kink else "right"
        return Derivative(at, by, by_hand, self.backward, self.value, verdict)

    def remarks(self, at: tuple[float, ...], by: str) -> Iterator[str]:
        """Yield what there is to say about the point."""
        where = f"at ({', '.join(f'{x:.6g}' for x in at)})"
        if self.verdict == "jump":
            yield f"{where}, by {by}: the value jumps here: there is no derivative"
        elif self.outside:
            yield f"{where}: outside the domain: {self.outside}"
        elif self.is_kink and not self.verdict:
            sides = f"[{self.low:.6g}, {self.high:.6g}]"
            yield f"{where}, by {by}: the function has a kink here; any value in {sides} is a subgradient"


def _recorded(f: Callable[..., Any], point: tuple[float, ...], tolerance: float) -> GradientReport | None:
    """Return the first-order report of f at `point`, or None where f does not record what it computes."""
    try:
        report = Check(f, point, tolerance).report(order=1)
    except (TypeError, AttributeError, ArithmeticError, ValueError):
        return None
    return None if report.note else report


def _exact(f: Callable[..., Any], point: tuple[float, ...], report: GradientReport) -> Iterator[_Reference]:
    """Yield the references of a recorded function: those of its `report`, and at a kink the slopes on both sides."""
    for i, mark in enumerate(report.marks):
        reference = _Reference(mark.backward, mark.reference, mark.reference, mark.reference)
        if mark.verdict in (OUTSIDE, "unsure") or math.isnan(mark.reference):
            yield reference._replace(verdict=mark.verdict)  # "undefined", if the reference is nan
            continue
        found = slopes_on_both_sides(f, point, i)
        if found.jumps:
            yield reference._replace(
                verdict="jump", value=reference.value if mark.verdict == "convention" else math.nan
            )
        elif found.is_kink:
            yield reference._replace(low=found.low, high=found.high, is_kink=True)
        else:
            yield reference


def _by_differences(f: Callable[..., Any], point: tuple[float, ...]) -> Iterator[_Reference]:
    """Yield the references of a function that takes nothing but floats."""
    outside = _outside(f, point)
    for i, x in enumerate(point):
        found = slope(lambda t, i=i: f(*point[:i], t, *point[i + 1 :]), x)  # type: ignore[misc]
        verdict = OUTSIDE if outside else "jump" if found.jumps else "" if found.sure else "unsure"
        yield _Reference(None, found.value, found.low, found.high, found.is_kink, verdict, outside)


def _outside(f: Callable[..., Any], point: tuple[float, ...]) -> str:
    """Say how a function of floats shows that `point` is outside its domain; "" where it is inside."""
    try:
        y = f(*point)
    except OverflowError:
        return ""
    except (ArithmeticError, ValueError) as error:
        return f"the function raises {type(error).__name__}: {error}"
    return "the function is complex here" if isinstance(y, complex) else "the function is nan here" if y != y else ""


def _by_hand(df: Callable[..., Any], point: tuple[float, ...]) -> list[float]:
    row = df(*point)
    row = list(row) if hasattr(row, "__len__") else [row]
    if len(row) != len(point):
        raise ValueError(f"the derivative by hand gives {len(row)} numbers for {len(point)} arguments")
    return [as_float(d, "a derivative by hand") for d in row]
