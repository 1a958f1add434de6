"""`check_gradients`: the derivatives of a function against the oracle, in a report that names what is wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import mpmath as mp

from autograd.backpropagation import propagate, topological
from autograd.conversion import quiet
from autograd.foreign import refuse_foreign
from autograd.functional import hvp
from autograd.graph import first_nonfinite, name_of
from autograd.modes import recording
from autograd.operation import as_float
from autograd.printing.formulas import Names
from autograd.structure import flatten
from autograd.testing.checks.escapes import escape
from autograd.testing.checks.report import complaint, told
from autograd.testing.checks.verdicts import OUTSIDE, Checked, GradientReport, at, outside_hint, undefined_hint
from autograd.testing.reference.curvature import examine_second
from autograd.testing.reference.exact_replay import Replay
from autograd.testing.reference.oracle import Local, WrongPartial, examine
from autograd.value import Value

TOLERANCE = 1e-9
MAX_JUMPS = 3  # to name in a report
_MANY_NODES = 10_000  # of which the examination shows its progress


def check_gradients(f: Callable[..., Any], *args: Any, order: int = 2, tolerance: float = TOLERANCE) -> GradientReport:
    """Check the derivatives of the number f(*args) by all numbers in `args`, against arithmetic of 80 digits.

    >>> from autograd import tanh
    >>> bool(check_gradients(lambda w, x: tanh(w * x), 0.5, 2.0))
    True
    >>> check_gradients(lambda x: x * x * x, 2.0, order=1)
    input  value  backward  reference  relative error  verdict
    -----  -----  --------  ---------  --------------  -------
    x0     2      12.0      12.0       0               right

    The graph that f records is computed again with 80 digits or more, and every local derivative is compared with the
    slope of its operation; a wrong one is named. No step size is chosen, so nothing is too steep, too flat or too near
    to an edge. At a kink the convention of the operation holds. `order=2` checks second derivatives along a direction,
    too, against second differences of the values; not at a kink, nor at the edge of a domain. A derivative that is off
    by more than the relative `tolerance` while every local derivative is right, or within the rounding error of its
    terms, is called "rounding": the numbers on the way cancel each other. `GradientReport` lists all verdicts.

    Where the value of an operation of your own takes nothing but floats, differences of its values take the place of
    the exact numbers; the report says how far these may be off, and "unsure" where they cannot tell.
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, not {order!r}")
    return told(Check(f, args, tolerance).report(order))


def assert_gradients(f: Callable[..., Any], *args: Any, order: int = 2, tolerance: float = TOLERANCE) -> None:
    """Raise an AssertionError with the table of `check_gradients` where a derivative of f(*args) is not right.

    >>> assert_gradients(lambda x: x * x * x, 2.0)
    """
    __tracebackhide__ = True  # by pytest, which should show the table and nothing else
    report = check_gradients(f, *args, order=order, tolerance=tolerance)
    if not report:
        raise AssertionError(complaint(report))


class Check:
    """One call of f on fresh leaves, and the derivatives of what that recorded."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], tolerance: float) -> None:
        self.f, self.tolerance = f, tolerance
        numbers, self.build = flatten(list(args))
        self.leaves = [_leaf(x, i) for i, x in enumerate(numbers)]
        self.root = record(f, self.build(iter(self.leaves)))
        self.nodes = topological([self.root])
        self.nonfinite = first_nonfinite(self.root)
        self.is_steep = any(not all(map(math.isfinite, node.partials)) for node in self.nodes)
        self.examined = [examine(node, tolerance) for node in _shown(self.nodes, "checking local derivatives")]
        self.exact = Replay(self.examined)
        self.is_outside = math.isnan(self.root.data) and bool(mp.isnan(self.exact.numbers[self.root]))
        self.culprit = next((local.wrong[0] for local in reversed(self.examined) if local.wrong), None)
        self.hints: list[str] = []

    def report(self, order: int) -> GradientReport:
        """Return what is found at first `order`, or at second order, too."""
        marks, second = self._first_order(), []
        note = escape(self._again, self.root, self.nodes, self.leaves)
        self.hints += [*self._remarkable(marks), *_sureness(self.examined)]
        if order == 2 and not self.culprit and not note and not self.is_outside:
            obstacle = self._obstacle()
            second = [] if obstacle else self._second_order()
            self.hints += [f"second derivatives were not checked: {obstacle}"] if obstacle else []
        subject = f"gradients of {name_of_function(self.f)}"
        return GradientReport(subject, marks, second, self.culprit, note, self.hints)

    def _first_order(self) -> list[Checked]:
        backward = dict(propagate(self.nodes, {self.root: 1.0}))
        reference = self.exact.gradients()
        is_unsure = any(local.error == math.inf for local in self.examined)
        marks = self._marks(backward, {leaf: float(reference.get(leaf, 0.0)) for leaf in self.leaves}, is_unsure)
        verdicts = dict(self._without_derivative())
        for i, (leaf, mark) in enumerate(zip(self.leaves, marks)):
            if leaf in verdicts and mark.verdict != "wrong":
                marks[i] = mark._replace(verdict=verdicts[leaf])
            elif mark.verdict == "undefined":
                marks[i] = mark._replace(reference=self.exact.slope(leaf))
        return marks

    def _without_derivative(self) -> Iterator[tuple[Value, str]]:
        """Yield the leaves by which there is no derivative, as the value jumps, with their verdict."""
        jumps = [local for local in self.examined if local.jumps]
        for local in sorted(jumps, key=lambda local: not local.has_convention):  # of two verdicts the last one holds
            starts = [x for i in local.jumps if isinstance(x := local.node.inputs[i], Value)]
            above = set(topological(starts))
            yield from (
                (leaf, "convention" if local.has_convention else "jump") for leaf in self.leaves if leaf in above
            )
        if self.is_outside:
            yield from ((leaf, OUTSIDE) for leaf in self.leaves)

    def _marks(self, got: Any, wanted: Any, is_unsure: bool) -> list[Checked]:
        names = Names(list(dict.fromkeys([*self.leaves, *self.nodes])))
        rows = [(names[x], x.data, got.get(x, 0.0), wanted[x]) for x in self.leaves]
        return [Checked(*row, self._verdict(*row[2:], is_unsure)) for row in rows]

    def _verdict(self, got: float, wanted: float, is_unsure: bool) -> str:
        if got == wanted or math.isclose(got, wanted, rel_tol=self.tolerance, abs_tol=1e-300):
            return "unsure" if is_unsure else "right"
        if self.culprit:
            return "wrong"
        if self.nonfinite is not None or (math.isinf(got) and not self.is_steep):
            return "overflow"
        if math.isnan(got):
            return "undefined"
        return "unsure" if is_unsure or math.isnan(wanted) else "rounding"

    def _remarkable(self, marks: Sequence[Checked]) -> Iterator[str]:
        """Yield what there is to say about numbers that are not finite, and about jumps."""
        verdicts = {mark.verdict for mark in marks}
        if OUTSIDE in verdicts:
            yield outside_hint(next(node for node in self.nodes if math.isnan(node.data)))
        if "overflow" in verdicts and self.nonfinite is not None:
            yield f"the first number that is not finite: {name_of(self.nonfinite)}"
        if "undefined" in verdicts:
            yield undefined_hint(self.nodes)
        for local in [local for local in self.examined if local.jumps][:MAX_JUMPS]:
            instead = "; its convention holds instead" if local.has_convention else ""
            yield f"{at(local.node)}: the value jumps here: there is no derivative{instead}"

    def _obstacle(self) -> str:
        """Say why there are no second derivatives here; "" where there are."""
        if self.nonfinite is not None:
            return f"{name_of(self.nonfinite)} is not finite"
        for local in self.examined:
            if local.jumps or local.is_kink or local.is_edge:
                place = "at a jump" if local.jumps else "at a kink" if local.is_kink else "at the edge of its domain"
                return f"{at(local.node)} is {place}"
        return ""

    def _second_order(self) -> list[Checked]:
        rng = random.Random(0)
        direction = {leaf: rng.uniform(0.5, 1.0) * (abs(leaf.data) or 1.0) for leaf in self.leaves}
        try:
            found = [examine_second(node, self.tolerance) for node in _shown(self.nodes, "checking second derivatives")]
            hessian = hvp(self._of_list, [leaf.data for leaf in self.leaves], list(direction.values()))
        except TypeError as error:  # a rule that takes nothing but floats
            self.hints.append(f"second derivatives were not checked: {error}")
            return []
        partials = {second.verdict: second.partial for second in found if second}  # the last one of each verdict
        self.culprit = partials.get("wrong")
        if "kink" in partials and not self.culprit:
            node = partials["kink"].node
            self.hints.append(f"second derivatives were not checked: the slope of {at(node)} has a kink")
            return []
        self.hints += _doubts(partials)
        wrong = {second.partial.node for second in found if second and second.verdict == "wrong"}
        wanted = self.exact.second(direction, wrong)
        return self._marks(dict(zip(self.leaves, map(float, hessian))), wanted, "unsure" in partials)

    def _of_list(self, xs: Sequence[Any]) -> Any:
        return self.f(*self.build(iter(xs)))

    def _again(self, numbers: Sequence[float]) -> Value:
        return record(self.f, self.build(iter(map(Value, numbers))))


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


def _sureness(examined: Sequence[Local]) -> Iterator[str]:
    """Yield for each operation of which only floats are to be had, how far its slopes are known."""
    errors: dict[str, float] = {}
    for local in examined:
        if local.error and local.node.op:
            errors[local.node.op.name] = max(errors.get(local.node.op.name, 0.0), local.error)
    for name, error in errors.items():
        how = "cannot tell them here" if error == math.inf else f"are accurate to a relative {error:.0e}"
        yield f"the value of {name} takes only floats; its slopes come from differences, which {how}"


def _doubts(partials: Mapping[str, WrongPartial]) -> Iterator[str]:
    """Yield which second derivatives floats do not show."""
    for verdict in ("undefined", "overflow"):
        if verdict in partials:
            node, _, given, wanted = partials[verdict]
            yield f"the second derivative of {at(node)} is {given!r} in floats, instead of {wanted!r}"
    if "unsure" in partials:
        yield f"the second derivative of {at(partials['unsure'].node)} cannot be told"


def _shown(nodes: Sequence[Value], what: str) -> Iterable[Value]:
    """Return the `nodes`, with a progress bar where there are many."""
    if len(nodes) < _MANY_NODES:
        return nodes
    from tqdm import tqdm

    shown: Iterable[Value] = tqdm(nodes, what, unit=" nodes", leave=False)
    return shown
