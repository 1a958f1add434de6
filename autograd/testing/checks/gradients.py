"""`check_gradients`: compare the derivatives of a function with the oracle."""

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
from autograd.testing.checks.gradient_report import (
    NO_DERIVATIVE,
    OUTSIDE_DOMAIN,
    Checked,
    GradientReport,
    describe,
    outside_hint,
    undefined_hint,
)
from autograd.testing.checks.report import assert_right, publish, short_formula
from autograd.testing.checks.unrecorded import unrecorded
from autograd.testing.reference.high_precision_replay import Replay
from autograd.testing.reference.oracle import LocalCheck, WrongPartial, check_local_derivatives
from autograd.testing.reference.second_derivatives import check_second_derivatives
from autograd.value import Value

TOLERANCE = 1e-9
MAX_JUMPS = 3  # number of jumps in the hints of a report
_MIN_NODES_FOR_PROGRESS = 10_000  # size of a graph whose check shows a progress bar


def check_gradients(f: Callable[..., Any], *args: Any, order: int = 2, tolerance: float = TOLERANCE) -> GradientReport:
    """Check the derivatives of the number f(*args) with respect to all numbers in `args`, with at least 80 digits.

    >>> from autograd import tanh
    >>> bool(check_gradients(lambda w, x: tanh(w * x), 0.5, 2.0))
    True
    >>> check_gradients(lambda x: x * x * x, 2.0, order=1)
    input  value  backward  reference  relative error  verdict
    -----  -----  --------  ---------  --------------  -------
    x0     2      12.0      12.0       0               right

    The recorded graph is computed again with at least 80 digits, and each local derivative is compared with the slope
    of its operation's value, so a wrong one is named. There is no step size to choose: the function may be steep, flat
    or close to an edge. At a kink, the convention of the operation counts as right.

    `order=2` also compares second derivatives along a direction with second differences of the values, except at a
    kink or at the edge of a domain. If a derivative is off by more than the relative `tolerance` although every local
    derivative is right, or within the rounding error of its terms, intermediate values cancel, and the verdict is
    "rounding". `GradientReport` lists all verdicts.

    If the value of a user-defined operation accepts only floats, its slopes come from finite differences. The report
    states their error, or the verdict "unsure" if they are inconclusive.
    """
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, got {order!r}")
    return publish(GradientCheck(f, args, tolerance).report(order))


def assert_gradients(f: Callable[..., Any], *args: Any, order: int = 2, tolerance: float = TOLERANCE) -> None:
    """Raise an AssertionError with the report of `check_gradients` if a derivative of f(*args) is not right.

    >>> assert_gradients(lambda x: x * x * x, 2.0)
    """
    __tracebackhide__ = True  # pytest then shows only the report
    assert_right(check_gradients(f, *args, order=order, tolerance=tolerance))


class GradientCheck:
    """Record f(*args) on new leaves, and check the derivatives of the recorded graph."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], tolerance: float) -> None:
        self.f, self.tolerance = f, tolerance
        numbers, self.build = flatten(list(args))
        self.leaves = [_leaf(x, i) for i, x in enumerate(numbers)]
        self.root = self._record(self.leaves)
        self.nodes = topological([self.root])
        self.nonfinite = first_nonfinite(self.root)
        self.is_steep = any(not all(map(math.isfinite, node.partials)) for node in self.nodes)
        nodes = _with_progress(self.nodes, "checking local derivatives")
        self.local_checks = [check_local_derivatives(node, tolerance) for node in nodes]
        self.replay = Replay(self.local_checks)
        self.is_outside = math.isnan(self.root.data) and bool(mp.isnan(self.replay.numbers[self.root]))
        self.culprit = next((local.wrong[0] for local in reversed(self.local_checks) if local.wrong), None)
        self.hints: list[str] = []

    def report(self, order: int) -> GradientReport:
        """Return the report of the first derivatives and, if `order` is 2, of the second derivatives."""
        marks, second = self._first_order(), []
        note = unrecorded(lambda xs: self._record(map(Value, xs)), self.root, self.nodes, self.leaves)
        self.hints += [*self._first_order_hints(marks), *_accuracy_hints(self.local_checks)]
        if order == 2 and not self.culprit and not note and not self.is_outside:
            obstacle = self._obstacle()
            second = [] if obstacle else self._second_order()
            self.hints += [f"second derivatives were not checked: {obstacle}"] if obstacle else []
        subject = f"gradients of {described(self.f, self.root)}"
        return GradientReport(subject, marks, second, self.culprit, note, self.hints)

    def _first_order(self) -> list[Checked]:
        backward = dict(propagate(self.nodes, {self.root: 1.0}))
        reference = self.replay.gradients()
        is_unsure = any(local.error == math.inf for local in self.local_checks)
        marks = self._marks(backward, {leaf: float(reference.get(leaf, 0.0)) for leaf in self.leaves}, is_unsure)
        verdicts = dict(self._without_derivative())
        for i, (leaf, mark) in enumerate(zip(self.leaves, marks)):
            if leaf in verdicts and mark.verdict != "wrong":
                marks[i] = mark._replace(verdict=verdicts[leaf])
            elif mark.verdict == "undefined":
                marks[i] = mark._replace(reference=self.replay.slope(leaf))
        return marks

    def _without_derivative(self) -> Iterator[tuple[Value, str]]:
        """Yield each leaf at which there is no derivative, with its verdict; if a leaf has several, the last counts."""
        jumps = [local for local in self.local_checks if local.jumps]
        for local in sorted(jumps, key=lambda local: not local.has_convention):
            verdict = "convention" if local.has_convention else "jump"
            above = set(topological([x for i in local.jumps if isinstance(x := local.node.inputs[i], Value)]))
            yield from ((leaf, verdict) for leaf in self.leaves if leaf in above)
        if self.is_outside:
            yield from ((leaf, OUTSIDE_DOMAIN) for leaf in self.leaves)

    def _marks(self, given: Any, wanted: Any, is_unsure: bool) -> list[Checked]:
        names = Names(list(dict.fromkeys([*self.leaves, *self.nodes])))
        rows = [(names[x], x.data, given.get(x, 0.0), wanted[x]) for x in self.leaves]
        return [Checked(*row, self._verdict(*row[2:], is_unsure)) for row in rows]

    def _verdict(self, given: float, wanted: float, is_unsure: bool) -> str:
        if given == wanted or math.isclose(given, wanted, rel_tol=self.tolerance, abs_tol=1e-300):
            return "unsure" if is_unsure else "right"
        if self.culprit:
            return "wrong"
        if self.nonfinite is not None or (math.isinf(given) and not self.is_steep):
            return "overflow"
        if math.isnan(given):
            return "undefined"
        return "unsure" if is_unsure or math.isnan(wanted) else "rounding"

    def _first_order_hints(self, marks: Sequence[Checked]) -> Iterator[str]:
        """Yield hints on infinite and nan numbers, and on jumps."""
        verdicts = {mark.verdict for mark in marks}
        if OUTSIDE_DOMAIN in verdicts:
            yield outside_hint(next(node for node in self.nodes if math.isnan(node.data)))
        if "overflow" in verdicts and self.nonfinite is not None:
            yield f"the first infinite or nan value is {name_of(self.nonfinite)}"
        if "undefined" in verdicts:
            yield undefined_hint(self.nodes)
        for local in [local for local in self.local_checks if local.jumps][:MAX_JUMPS]:
            instead = "; the operation's convention is used" if local.has_convention else ""
            yield f"{describe(local.node)}: {NO_DERIVATIVE}{instead}"

    def _obstacle(self) -> str:
        """Return the reason why there are no second derivatives here, or "" if there are."""
        if self.nonfinite is not None:
            return f"{name_of(self.nonfinite)} is not finite"
        for local in self.local_checks:
            if local.jumps or local.is_kink or local.is_edge:
                place = "at a jump" if local.jumps else "at a kink" if local.is_kink else "at the edge of its domain"
                return f"{describe(local.node)} is {place}"
        return ""

    def _second_order(self) -> list[Checked]:
        rng = random.Random(0)
        point = [leaf.data for leaf in self.leaves]
        direction = {leaf: rng.uniform(0.5, 1.0) * (abs(leaf.data) or 1.0) for leaf in self.leaves}
        nodes = _with_progress(self.nodes, "checking second derivatives")
        try:
            faults = [fault for node in nodes if (fault := check_second_derivatives(node, self.tolerance))]
            hessian = hvp(lambda xs: self.f(*self.build(iter(xs))), point, list(direction.values()))
        except TypeError as error:  # a rule that accepts only floats
            self.hints.append(f"second derivatives were not checked: {error}")
            return []
        partials = {fault.verdict: fault.partial for fault in faults}  # the last one of each verdict
        self.culprit = partials.get("wrong")
        if "kink" in partials and not self.culprit:
            node = partials["kink"].node
            self.hints.append(f"second derivatives were not checked: the slope of {describe(node)} has a kink")
            return []
        self.hints += _second_order_hints(partials)
        wrong = {fault.partial.node for fault in faults if fault.verdict == "wrong"}
        wanted = self.replay.second(direction, wrong)
        return self._marks(dict(zip(self.leaves, map(float, hessian))), wanted, "unsure" in partials)

    def _record(self, leaves: Iterable[Value]) -> Value:
        return record(self.f, self.build(iter(leaves)))


def _leaf(x: Any, i: int) -> Value:
    if isinstance(x, Value):
        return Value(x.data, x.label or f"x{i}")
    return Value(as_float(x, "an argument of the checked function"), f"x{i}")


def name_of_function(f: Callable[..., Any]) -> str:
    """Return the name of a function, for the subject of a report."""
    return str(getattr(f, "__name__", type(f).__name__))


def described(f: Callable[..., Any], root: Value) -> str:
    """Return the name of a function, or the formula of its result `root` if it has none."""
    name = name_of_function(f)
    return short_formula(root) if name == "<lambda>" else name


def record(f: Callable[..., Any], args: Sequence[Any]) -> Value:
    """Return f(*args) as a node, regardless of active modes."""
    with quiet(), recording():
        result = f(*args)
    if isinstance(result, Value):
        return result
    refuse_foreign(result, Value)
    if isinstance(result, (int, float)):
        return Value(result)  # a constant, as far as the graph knows
    raise TypeError(f"a function for check_gradients() must return one number, got {type(result).__name__}")


def _accuracy_hints(local_checks: Sequence[LocalCheck]) -> Iterator[str]:
    """Yield the accuracy of the finite differences for each operation whose value accepts only floats."""
    errors: dict[str, float] = {}
    for local in local_checks:
        if local.error and local.node.op:
            errors[local.node.op.name] = max(errors.get(local.node.op.name, 0.0), local.error)
    for name, error in errors.items():
        accuracy = "which are inconclusive here" if error == math.inf else f"with a relative error of {error:.0e}"
        yield f"the value of {name} accepts only floats, so its slopes come from finite differences, {accuracy}"


def _second_order_hints(partials: Mapping[str, WrongPartial]) -> Iterator[str]:
    """Yield the second derivatives that floats cannot represent, or that cannot be determined."""
    for verdict in ("undefined", "overflow"):
        if verdict in partials:
            node, _, given, wanted = partials[verdict]
            yield f"the second derivative of {describe(node)} is {given!r} in floats, expected {wanted!r}"
    if "unsure" in partials:
        yield f"the second derivative of {describe(partials['unsure'].node)} cannot be determined"


def _with_progress(nodes: Sequence[Value], text: str) -> Iterable[Value]:
    """Return the `nodes`, with a progress bar if there are many."""
    if len(nodes) < _MIN_NODES_FOR_PROGRESS:
        return nodes
    from tqdm import tqdm

    shown: Iterable[Value] = tqdm(nodes, text, unit=" nodes", leave=False)
    return shown
