"""`check_gradients`: the derivatives of a function against the oracle, in a report that names what is wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from autograd.conversion import explanation, quiet
from autograd.foreign import refuse_foreign
from autograd.functional import grad, hvp
from autograd.inspection import first_nonfinite, name_of, replay
from autograd.modes import recording
from autograd.operation import as_float
from autograd.structure import flatten
from autograd.sweep import propagate, topological
from autograd.terminal import printed
from autograd.testing.differences import slope
from autograd.testing.oracle import Local, WrongPartial, examine, wrong_second
from autograd.testing.replay import Replay
from autograd.testing.reports import Report, Table, told
from autograd.testing.slips import relative_error
from autograd.value import Value
from autograd.writing.formulas import Names
from autograd.writing.text import Text

TOLERANCE = 1e-9
_SMALL_STEP = 1e-7  # of an input, by which it is seen whether the function is what was recorded
_LARGE_STEP = 0.125  # of one that the graph does not read, or of 1: what is small may be lost in rounding
_MANY_NODES = 10_000  # of which the examination shows its progress


@printed
class Checked(NamedTuple):
    """One derivative: by the input called `name`, as `backward` has it, and as the `reference` has it.

    Its `verdict` is "right", "wrong", "rounding" (numbers on the way cancel each other out), "overflow" (numbers on the
    way are too large for a float), or "unsure".
    """

    name: str
    value: float
    backward: float
    reference: float
    verdict: str

    @property
    def error(self) -> float:
        """The relative error."""
        return relative_error(self.backward, self.reference)


class GradientReport(Report):
    """What `check_gradients` found: true where all derivatives are right, and printed as a table.

    `marks` are the first derivatives by each input, `second` the second ones along a direction; `culprit` is the first
    wrong local derivative on the way back, or None; `note` says what else is wrong, and `hints` what is to be known.
    """

    def __init__(
        self,
        subject: str,
        marks: list[Checked],
        second: list[Checked],
        culprit: WrongPartial | None,
        note: str = "",
        hints: Sequence[str] = (),
    ) -> None:
        self.subject, self.marks, self.second = subject, marks, second
        self.culprit, self.note, self.hints = culprit, note, hints

    def __bool__(self) -> bool:
        first = all(mark.verdict in ("right", "rounding") for mark in self.marks)
        return first and not self.culprit and not self.note and all(mark.verdict != "wrong" for mark in self.second)

    def tables(self) -> list[Table]:
        """Return the table of the first and that of the second derivatives."""
        second = [_table("second order, along a direction", "hessian", self.second)] if self.second else []
        return [_table("", "backward", self.marks), *second]

    def remarks(self) -> list[str]:
        """Return what else is wrong, and the first wrong local derivative."""
        return [self.note, accusation(self.culprit), *self.hints]


def check_gradients(f: Callable[..., Any], *args: Any, order: int = 2, tolerance: float = TOLERANCE) -> GradientReport:
    """Check the derivatives of the number f(*args) by all numbers in `args`, against arithmetic of 80 digits.

    >>> from autograd import tanh
    >>> bool(check_gradients(lambda w, x: tanh(w * x), 0.5, 2.0))
    True
    >>> check_gradients(lambda x: x * x * x, 2.0, order=1)
    input  value  backward  reference  relative error  verdict
    -----  -----  --------  ---------  --------------  -------
    x0     2      12.0      12.0       0               right

    The graph that f records is computed again with 80 digits, and every local derivative is compared with the slope of
    its operation; a wrong one is named. No step size is chosen, so nothing is too steep, too flat or too near to an
    edge. At a kink the convention of the operation holds. `order=2` checks second derivatives along a direction, too,
    where there is no kink. A derivative that is off by more than the relative `tolerance` while every local derivative
    is right is called "rounding": the numbers on the way cancel each other out.

    Where the value of an operation of your own takes nothing but floats, differences of its values take the place of
    the 80 digits; the report says how far these may be off, and "unsure" where they cannot tell.
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, not {order!r}")
    return told(Check(f, args, tolerance).report(order))


def assert_gradients(f: Callable[..., Any], *args: Any, order: int = 2, tolerance: float = TOLERANCE) -> None:
    """Raise an AssertionError with the table of `check_gradients` where a derivative of f(*args) is wrong.

    >>> assert_gradients(lambda x: x * x * x, 2.0)
    """
    __tracebackhide__ = True  # by pytest, which should show the table and nothing else
    report = check_gradients(f, *args, order=order, tolerance=tolerance)
    if not report:
        raise AssertionError(f"wrong derivatives\n\n{report}")


class Check:
    """One call of f on fresh leaves, and the derivatives of what that recorded."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], tolerance: float) -> None:
        self.f, self.tolerance = f, tolerance
        numbers, self.build = flatten(list(args))
        self.leaves = [_leaf(x, i) for i, x in enumerate(numbers)]
        self.root = record(f, self.build(iter(self.leaves)))
        self.nodes = topological([self.root])
        self.nonfinite = first_nonfinite(self.root)

    def report(self, order: int) -> GradientReport:
        """Return what is found at first `order`, or at second order, too."""
        examined = self._examine()
        culprit = next((local.wrong[0] for local in reversed(examined) if local.wrong), None)
        note, hints = self.escape(), list(_sureness(examined))
        exact = Replay(examined)
        marks = self._first_order(exact, culprit, unsure=any(local.error == math.inf for local in examined))
        second: list[Checked] = []
        if order == 2 and not culprit and not note and not any(local.is_kink for local in examined):
            try:
                second, culprit = self._second_order(exact, by_differences=any(local.error for local in examined))
            except TypeError as mistake:  # a rule that takes nothing but floats
                hints.append(f"second derivatives were not checked: {mistake}")
        if any(mark.verdict == "overflow" for mark in marks):
            hints.append(f"the first number that is not finite: {name_of(self.nonfinite or self.root)}")
        subject = f"gradients of {name_of_function(self.f)}"
        return GradientReport(subject, marks, second, culprit, note, hints)

    def _examine(self) -> list[Local]:
        if len(self.nodes) < _MANY_NODES:
            return [examine(node, self.tolerance) for node in self.nodes]
        from tqdm import tqdm

        with tqdm(self.nodes, "checking local derivatives", unit=" nodes", leave=False) as progress:
            return [examine(node, self.tolerance) for node in progress]

    def _first_order(self, exact: Replay, culprit: WrongPartial | None, unsure: bool) -> list[Checked]:
        backward = dict(propagate(self.nodes, {self.root: 1.0}))
        reference = exact.gradients()
        marks = self._marks(backward, {leaf: float(reference.get(leaf, 0.0)) for leaf in self.leaves})
        if culprit or self.nonfinite is not None:
            verdict = "wrong" if culprit else "overflow"
            return [mark._replace(verdict=verdict) if mark.verdict != "right" else mark for mark in marks]
        return [mark._replace(verdict="unsure") for mark in marks] if unsure else marks

    def _marks(self, got: Any, wanted: Any) -> list[Checked]:
        names = Names(list(dict.fromkeys([*self.leaves, *self.nodes])))
        return [_mark(names[x], x.data, got.get(x, 0.0), wanted[x], self.tolerance) for x in self.leaves]

    def _second_order(self, exact: Replay, by_differences: bool) -> tuple[list[Checked], WrongPartial | None]:
        rng = random.Random(0)
        direction = {leaf: rng.uniform(0.5, 1.0) * (abs(leaf.data) or 1.0) for leaf in self.leaves}
        numbers = [leaf.data for leaf in self.leaves]
        got = hvp(self._of_list, numbers, list(direction.values()))
        got = dict(zip(self.leaves, map(float, got)))
        wanted = self._changes(direction, got) if by_differences else exact.second(direction)
        second = self._marks(got, wanted)
        if all(mark.verdict == "right" for mark in second):
            return second, None
        culprits = (wrong_second(node, self.tolerance) for node in reversed(self.nodes))
        culprit = next(filter(None, culprits), None)
        if culprit:
            second = [mark._replace(verdict="wrong") if mark.verdict != "right" else mark for mark in second]
        return second, culprit

    def _changes(self, direction: dict[Value, float], got: dict[Value, float]) -> dict[Value, float]:
        """Return what `second` of a replay gives, by differences: what is `got` where they agree or cannot tell."""
        gradient = grad(self._of_list)

        @cache
        def there(t: float) -> list[Any]:
            return list(map(float, gradient([leaf.data + t * move for leaf, move in direction.items()])))

        def of(i: int) -> Callable[[float], float]:
            return lambda t: there(t)[i]

        found = [slope(of(i), 0.0) for i in range(len(direction))]
        return {
            leaf: got[leaf] if not s.sure or s.low <= got[leaf] <= s.high else s.value
            for leaf, s in zip(direction, found)
        }

    def _of_list(self, xs: Sequence[Any]) -> Any:
        return self.f(*self.build(iter(xs)))

    def escape(self) -> str:
        """Say so where f computes something that is not in the graph that it recorded."""
        read = set(self.nodes)
        small = {leaf: _SMALL_STEP * (abs(leaf.data) or 1.0) for leaf in self.leaves}
        large = {leaf: _LARGE_STEP * max(abs(leaf.data), 1.0) for leaf in self.leaves if leaf not in read}
        for steps in filter(None, (small, large)):
            found = self._difference(steps, 1.0) and self._difference(steps, -1.0)  # one side may be another branch
            if found:
                question = (
                    f"the function does not compute what it records: near by it gives {found}. Does it turn nodes into "
                    "numbers (math.sin(v), float(v), v.data), or draw random numbers?"
                )
                return f"{question} {explanation(self.leaves)}".strip()
        return ""

    def _difference(self, steps: Mapping[Value, float], sign: float) -> str:
        """Say what f gives, and its graph, where the leaves have moved by `steps`; "" where that is the same."""
        moved = {leaf: leaf.data + sign * steps.get(leaf, 0.0) for leaf in self.leaves}
        try:
            again = replay(self.root, {leaf: moved[leaf] for leaf in set(self.nodes).intersection(moved)})
            there = float(record(self.f, self.build(iter([Value(x) for x in moved.values()]))))
        except (ArithmeticError, ValueError, TypeError) as mistake:  # outside a domain
            return f"{type(mistake).__name__}: {mistake}"
        return "" if there == again or (there != there and again != again) else f"{there!r}, and its graph {again!r}"


def _leaf(x: Any, i: int) -> Value:
    if isinstance(x, Value):
        return Value(x.data, x.label or f"x{i}")
    return Value(as_float(x, "an argument of a function to check"), f"x{i}")


def name_of_function(f: Callable[..., Any]) -> str:
    """Return what a function is called in the subject of a report."""
    return str(getattr(f, "__name__", type(f).__name__))


def record(f: Callable[..., Any], args: Sequence[Any]) -> Value:
    """Return f(*args) as a node, whatever modes are in force."""
    with quiet(), recording():
        result = f(*args)
    if isinstance(result, Value):
        return result
    refuse_foreign(result, Value)
    if isinstance(result, (int, float)):
        return Value(result)  # constant, as far as the graph knows
    raise TypeError(f"check_gradients() is of a function that returns one number, not {type(result).__name__}")


def _mark(name: str, value: float, backward: float, reference: float, tolerance: float) -> Checked:
    close = backward == reference or math.isclose(backward, reference, rel_tol=tolerance, abs_tol=1e-300)
    both_undefined = not math.isfinite(backward) and not math.isfinite(reference)
    return Checked(name, value, backward, reference, "right" if close or both_undefined else "rounding")


def _sureness(examined: Sequence[Local]) -> Iterator[str]:
    """Yield for each operation of which only floats are to be had, how far its slopes are known."""
    errors: dict[str, float] = {}
    for local in examined:
        if local.error and local.node.op:
            errors[local.node.op.name] = max(errors.get(local.node.op.name, 0.0), local.error)
    for name, error in errors.items():
        how = "cannot tell them at this point" if error == math.inf else f"know them to a relative {error:.0e}"
        yield f"the value of {name} takes only floats; its slopes were had from differences, which {how}"


def _table(caption: str, what: str, marks: Sequence[Checked]) -> Table:
    heads = ["input", "value", what, "reference", "relative error", "verdict"]
    rows = [[m.name, f"{m.value:.6g}", repr(m.backward), repr(m.reference), f"{m.error:.2g}", m.verdict] for m in marks]
    return Table(caption, [heads, *rows])


def accusation(culprit: WrongPartial | None) -> str:
    """Name the operation whose local derivative is wrong, and where."""
    if culprit is None:
        return ""
    node, place, given, wanted = culprit
    names = Names(topological([node]))
    inputs = ", ".join(f"{names.write(x, Text).code} = {float(x)!r}" for x in node.inputs[:4])
    name = node.op.name if node.op else ""
    if place < 0:
        return (
            f"the second derivative of {name} at {inputs} is wrong: {given!r} along a direction, instead of {wanted!r}"
        )
    return (
        f"the first wrong local derivative: {name} at {inputs}: its rule gives {given!r} by input {place}, "
        f"where the slope of its value is {wanted!r}"
    )
