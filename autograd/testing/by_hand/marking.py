"""`check_by_hand`: mark gradients that were worked out by hand, and explain the first mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograd.backpropagation import topological
from autograd.graph import check_node
from autograd.printing.formulas import Names
from autograd.printing.notation import check_digits
from autograd.testing.by_hand.answers import Answer, Answers
from autograd.testing.by_hand.array_slips import ArraySlips
from autograd.testing.by_hand.formula_tests import FormulaTests
from autograd.testing.by_hand.hand_report import HandReport, Mark
from autograd.testing.by_hand.tolerances import Precision
from autograd.testing.by_hand.verdicts import Marking
from autograd.testing.checks.report import publish, short_formula
from autograd.value import Value

MAX_EXPLAINED = 3  # number of wrong entries of an array for which slips are sought


def check_by_hand(
    loss: Value,
    gradients: Mapping[Value | str, Answer],
    *,
    digits: int | None = None,
    at: Mapping[Any, Any] | Sequence[Mapping[Any, Any]] = (),
) -> HandReport:
    """Mark `gradients` of `loss` that were worked out by hand, and explain the first mistake.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> d = a * b + a
    >>> d.label = "d"
    >>> L = d * d
    >>> check_by_hand(L, {d: -8.0, "a": 24.0, "b": -16.0})
    node  by hand  true  relative error  verdict
    ----  -------  ----  --------------  -------
    d     -8       -8    0               right
    b     -16      -16   0               right
    a     24       16    0.5             wrong
    <BLANKLINE>
    The gradient of a is 16, not 24.
    v1 contributes -8 times ∂v1/∂a = b = -3, which is 24.
    d contributes -8 times ∂d/∂a = 1, which is -8.
    The path a → d is missing: add its contribution, -8.
    Here v1 = a·b and d = v1 + a.

    The keys are nodes, labels, or the names of arrays: "W" stands for the nodes W[0,0], W[0,1] and so on, which
    `leaves` and `named` make. The gradient of an array is an array or nested lists of the same shape, and has a verdict
    of its own in `report.verdicts`. An answer is one of these:

    - a number;
    - text, such as "-3/8", "1,5" or "2*d*b", in the notation of Python or of `formula`;
    - a function, such as `lambda d: 2 * d`; each argument gets the number or the array of its name;
    - a SymPy expression in the names of nodes.

    Answers with names are also tested at other points inside the domain, or at the points `at`, which are dicts of
    numbers by leaf. If a gradient is wrong only because an earlier one is wrong, its verdict is "follows".

    An answer is right if rounding explains the difference: of the answer to at least three significant digits, and of
    the numbers on the way, as far as they have more digits. `digits` says that answers, and the numbers they are
    computed from, are rounded to so many digits. `report.marks` holds the marks as data, `report.first` the first
    mistake.
    """
    precision = Precision() if digits is None else Precision(check_digits(digits), digits)
    return publish(mark_gradients(loss, gradients, precision, at))


def mark_gradients(
    loss: Value,
    gradients: Mapping[Any, Answer],
    precision: Precision,
    at: Mapping[Any, Any] | Sequence[Mapping[Any, Any]] = (),
) -> HandReport:
    """Mark `gradients` as `check_by_hand` does, with the tolerance that a `precision` leads to."""
    check_node(loss, "loss")
    if not isinstance(gradients, Mapping):
        raise TypeError(f"gradients must be a dict from nodes or labels to numbers, got {type(gradients).__name__}")
    nodes = topological([loss])
    names = Names(nodes)
    answers = Answers({name: node for node, name in names.of.items()}, gradients)
    tests = FormulaTests(nodes, answers, precision, [at] if isinstance(at, Mapping) else at)
    here = answers.point(answers.by_name)
    numbers = {node: answer(here) for node, answer in answers.given.items()}
    marking = Marking(nodes, names, numbers, precision, tests.slips, tests.formulas)
    expected = {node: each.gradient for node, each in marking.expected.items()}
    array_slips = ArraySlips(answers.arrays, numbers, expected, names[loss])
    marks = list(_marks(marking, tests, answers.array_of, array_slips))
    marks += [_outside(name, answer(here)) for name, answer in answers.outside.items()]
    shapes = {label: array.shape for label, array in answers.arrays.items()}
    return HandReport(marks, [*marking.hints, *tests.hints], shapes, f"gradients of {short_formula(loss)} by hand")


def _marks(
    marking: Marking, tests: FormulaTests, array_of: Mapping[Value, str], array_slips: ArraySlips
) -> Iterator[Mark]:
    """Yield all marks in backward order. Slips are sought for whole arrays, then for the first few of their entries."""
    found = {array: array_slips.find(array) for array in dict.fromkeys(array_of.values())}
    explained = Counter[str]()
    for node in marking.verdicts:
        array = array_of.get(node, "")
        slip = found.get(array)
        with_slips = not array or (slip is None and explained[array] < MAX_EXPLAINED)
        mark = tests.joined(node, marking.mark(node, with_slips=with_slips), with_slips=with_slips)
        if mark.verdict == "wrong" and slip is not None:
            mark = mark.but("wrong", slip=slip.name, explanation=f"{mark.explanation}\n{slip.sentence}")
        explained[array] += mark.verdict == "wrong"
        yield replace(mark, array=array)


def _outside(name: str, given: float) -> Mark:
    """Mark the gradient of an entry that is not in the graph."""
    array = name.rpartition("[")[0]
    if given == 0:
        return Mark(name, given, 0.0, "right", array=array)
    text = f"The loss does not depend on {name}, so its gradient is 0, not {given:.6g}."
    return Mark(name, given, 0.0, "wrong", explanation=text, array=array)
