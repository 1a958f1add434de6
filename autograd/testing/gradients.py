"""`check_gradients`: the derivatives of a function against the oracle, in a report that names what is wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath as mp

from autograd.functional import hvp
from autograd.inspection import replay
from autograd.modes import recording
from autograd.structure import flatten
from autograd.sweep import propagate, topological
from autograd.testing.oracle import DIGITS, Replay, WrongPartial, is_kink, wrong_partial, wrong_second
from autograd.testing.slips import relative_error
from autograd.value import Value
from autograd.writing.formulas import Names
from autograd.writing.table import text_table
from autograd.writing.text import Text

TOLERANCE = 1e-9
_SMALL_STEP = 1e-7  # of an input, by which it is seen whether the function is what was recorded


class Checked(NamedTuple):
    """One derivative: by the input called `name`, as `backward` has it, and as the `reference` has it."""

    name: str
    value: float
    backward: float
    reference: float
    verdict: str  # "right", "rounding" or "wrong"

    @property
    def error(self) -> float:
        """The relative error."""
        return relative_error(self.backward, self.reference)


class GradientReport:
    """What `check_gradients` found: true where all derivatives are right, and printed as a table.

    `marks` are the first derivatives by each input, `second` the second ones along a direction; `culprit` is the first
    wrong local derivative on the way back, or None; `note` says what else is wrong.
    """

    def __init__(
        self, marks: list[Checked], second: list[Checked], culprit: WrongPartial | None, note: str = ""
    ) -> None:
        self.marks, self.second, self.culprit, self.note = marks, second, culprit, note

    def __bool__(self) -> bool:
        return not self.note and not any(mark.verdict == "wrong" for mark in self.marks + self.second)

    def __str__(self) -> str:
        parts = [_table(self.marks, "backward")]
        if self.second:
            parts.append("second order, along a direction:\n" + _table(self.second, "hessian"))
        return "\n\n".join(filter(None, [*parts, self.note, _accusation(self.culprit)]))

    __repr__ = __str__


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
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, not {order!r}")
    numbers, build = flatten(list(args))
    leaves = [Value(float(x), getattr(x, "label", "") or f"x{i}") for i, x in enumerate(numbers)]
    root = _record(f, build(iter(leaves)))
    nodes = topological([root])
    gradients = dict(propagate(nodes, {root: 1.0}))
    wrong = (wrong_partial(node, tolerance) for node in reversed(nodes))
    culprit = next((found for found in wrong if found), None)
    note = _escape(f, build, leaves, nodes)
    with mp.workdps(DIGITS):
        exact = Replay(nodes)
        reference = {leaf: float(g) for leaf, g in exact.gradients()[1].items()}
        names = Names(list(dict.fromkeys([*leaves, *nodes])))
        marks = [_mark(names[x], x.data, gradients.get(x, 0.0), reference.get(x, 0.0), tolerance) for x in leaves]
        if culprit:
            marks = [mark._replace(verdict="wrong") if mark.verdict != "right" else mark for mark in marks]
        smooth = culprit is None and not note and not any(map(is_kink, nodes))
        second = _second_order(f, build, leaves, exact, tolerance) if order == 2 and smooth else []
    if any(mark.verdict != "right" for mark in second):
        culprit = next(filter(None, (wrong_second(node, tolerance) for node in reversed(nodes))), None)
        second = [mark._replace(verdict="wrong") if culprit and mark.verdict != "right" else mark for mark in second]
    return GradientReport(marks, second, culprit, note)


def assert_gradients(f: Callable[..., Any], *args: Any, order: int = 2, tolerance: float = TOLERANCE) -> None:
    """Raise an AssertionError with the table of `check_gradients` where a derivative of f(*args) is wrong.

    >>> assert_gradients(lambda x: x * x * x, 2.0)
    """
    __tracebackhide__ = True  # by pytest, which should show the table and nothing else
    report = check_gradients(f, *args, order=order, tolerance=tolerance)
    if not report:
        raise AssertionError(f"wrong derivatives\n\n{report}")


def _record(f: Callable[..., Any], args: Sequence[Any]) -> Value:
    with recording():
        result = f(*args)
    if isinstance(result, Value):
        return result
    if isinstance(result, (int, float)):
        return Value(result)  # constant, as far as the graph knows
    raise TypeError(f"check_gradients() is of a function that returns one number, not {type(result).__name__}")


def _mark(name: str, value: float, backward: float, reference: float, tolerance: float) -> Checked:
    close = backward == reference or math.isclose(backward, reference, rel_tol=tolerance, abs_tol=1e-300)
    both_undefined = not math.isfinite(backward) and not math.isfinite(reference)
    return Checked(name, value, backward, reference, "right" if close or both_undefined else "rounding")


def _second_order(
    f: Callable[..., Any], build: Callable[..., Any], leaves: list[Value], exact: Replay, tolerance: float
) -> list[Checked]:
    rng = random.Random(0)
    direction = {leaf: rng.uniform(0.5, 1.0) * (abs(leaf.data) or 1.0) for leaf in leaves}
    wanted = exact.second(direction)
    numbers = [leaf.data for leaf in leaves]
    got = hvp(lambda xs: f(*build(iter(xs))), numbers, list(direction.values()))
    return [_mark(leaf.label, leaf.data, float(h), float(wanted[leaf]), tolerance) for leaf, h in zip(leaves, got)]


def _escape(f: Callable[..., Any], build: Callable[..., Any], leaves: list[Value], nodes: list[Value]) -> str:
    """Say so where f computes something that is not in the graph that it recorded."""
    read = set(nodes)
    for sign in (1.0, -1.0):
        moved = [leaf.data + sign * _SMALL_STEP * (abs(leaf.data) or 1.0) for leaf in leaves]
        there = float(_record(f, build(iter([Value(x) for x in moved]))))
        again = replay(nodes[-1], {leaf: x for leaf, x in zip(leaves, moved) if leaf in read})
        if there == again or (there != there and again != again):
            return ""
    return (
        "the function does not compute what it records: near by it gives "
        f"{there!r}, and its graph {again!r}. Does it turn nodes into numbers (math.sin(v), float(v), v.data), or draw "
        "random numbers?"
    )


def _table(marks: Sequence[Checked], what: str) -> str:
    heads = ["input", "value", what, "reference", "relative error", "verdict"]
    rows = [[m.name, f"{m.value:.6g}", repr(m.backward), repr(m.reference), f"{m.error:.2g}", m.verdict] for m in marks]
    return text_table([heads, *rows])


def _accusation(culprit: WrongPartial | None) -> str:
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
