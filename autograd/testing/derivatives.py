"""`check_derivative`: a derivative that was written by hand as a function, against the oracle and `backward`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd.operation import as_float
from autograd.structure import argument_names
from autograd.testing.differences import slope
from autograd.testing.checked import GradientReport, accusation
from autograd.testing.gradients import TOLERANCE, Check, name_of_function
from autograd.testing.oracle import WrongPartial
from autograd.testing.reports import Report, Table, told
from autograd.testing.slips import relative_error, same_slip


class Derivative(NamedTuple):
    """One derivative: at the point `at`, by the argument called `by`: by hand, from `backward`, and as it should be.

    `backward` is None for a function of floats. The `verdict` is "right", "wrong" or "unsure".
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
    """

    def __init__(
        self, subject: str, marks: list[Derivative], culprit: WrongPartial | None, hints: Sequence[str]
    ) -> None:
        self.subject, self.marks, self.culprit, self.hints = subject, marks, culprit, hints

    def __bool__(self) -> bool:
        return not self.culprit and all(mark.verdict == "right" for mark in self.marks)

    def tables(self) -> list[Table]:
        """Return the table of all points."""
        rows = [["at", "by", "by hand", "backward", "reference", "relative error", "verdict"]]
        for m in self.marks:
            at = ", ".join(f"{x:.6g}" for x in m.at)
            backward = "" if m.backward is None else repr(m.backward)
            rows.append([at, m.by, repr(m.by_hand), backward, repr(m.reference), f"{m.error:.2g}", m.verdict])
        return [Table("", rows)]

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

    Of a function of several arguments `df` gives the list of its partial derivatives. Where f takes nothing but floats
    (`math.gamma`, somebody's simulation), differences that say how far they may be off are the reference. At a kink the
    convention of the operation holds.
    """
    points = points_of(at, "check_derivative()")
    if not points:
        raise ValueError("check_derivative() needs at least one point to check at")
    marks: list[Derivative] = []
    reports: list[GradientReport] = []
    for point in points:
        report = _recorded(f, point, tolerance)
        if report is not None:
            reports.append(report)
        references = _by_differences(f, point) if report is None else _exact(report)
        for name, given, reference in zip(argument_names(f, len(point)), _by_hand(df, point), references):
            marks.append(reference.mark(point, name, given, tolerance))
    culprit = next((report.culprit for report in reports if report.culprit), None)
    hints = dict.fromkeys(hint for report in reports for hint in report.hints)
    if len(reports) < len(points):
        hints["the function takes only floats: the reference are differences, whose error is allowed for"] = None
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
        raise AssertionError(f"wrong derivatives\n\n{report}")


def points_of(at: Iterable[Any], taker: str) -> list[tuple[float, ...]]:
    """Return the points `at`, numbers or sequences of arguments, as tuples; a TypeError says what `taker` takes."""
    if not hasattr(at, "__iter__"):
        raise TypeError(f"{taker} takes a list of points, such as at=[1.0, 2.0], not {type(at).__name__}: {at!r}")
    rows = (p if hasattr(p, "__len__") and not isinstance(p, str) else [p] for p in at)
    return [tuple(as_float(x, "a point") for x in row) for row in rows]


class _Reference(NamedTuple):
    """What a derivative should be, between `low` and `high`, and what `backward` gives."""

    backward: float | None
    value: float
    low: float
    high: float
    sure: bool = True

    def mark(self, at: tuple[float, ...], by: str, by_hand: float, tolerance: float) -> Derivative:
        """Return the mark of the derivative `by_hand`."""
        margin = tolerance * max(abs(self.low), abs(self.high))
        right = by_hand == self.value or self.low - margin <= by_hand <= self.high + margin
        verdict = "unsure" if not self.sure else "right" if right else "wrong"
        return Derivative(at, by, by_hand, self.backward, self.value, verdict)


def _recorded(f: Callable[..., Any], point: tuple[float, ...], tolerance: float) -> GradientReport | None:
    """Return the first-order report of f at `point`, or None where f does not record what it computes."""
    try:
        report = Check(f, point, tolerance).report(order=1)
    except (TypeError, AttributeError):
        return None
    return None if report.note else report


def _exact(report: GradientReport) -> list[_Reference]:
    return [_Reference(m.backward, m.reference, m.reference, m.reference, m.verdict != "unsure") for m in report.marks]


def _by_differences(f: Callable[..., Any], point: tuple[float, ...]) -> Iterator[_Reference]:
    for i, x in enumerate(point):
        found = slope(lambda t, i=i: f(*point[:i], t, *point[i + 1 :]), x)  # type: ignore[misc]
        yield _Reference(None, found.value, found.low, found.high, found.sure)


def _by_hand(df: Callable[..., Any], point: tuple[float, ...]) -> list[float]:
    row = df(*point)
    row = list(row) if hasattr(row, "__len__") else [row]
    if len(row) != len(point):
        raise ValueError(f"the derivative by hand gives {len(row)} numbers for {len(point)} arguments")
    return [as_float(d, "a derivative by hand") for d in row]
