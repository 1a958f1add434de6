"""`check_by_hand`: mark gradients that were worked out by hand, and explain the first mistake."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from autograd.backpropagation import propagate, topological
from autograd.conversion import explanation
from autograd.graph import check_node, first_nonfinite, name_of
from autograd.operation import as_float
from autograd.printing.formulas import Names
from autograd.printing.table import Table
from autograd.terminal import one_line, printed
from autograd.testing.by_hand.explanations import Explainer
from autograd.testing.by_hand.region import Region
from autograd.testing.by_hand.slips import find_slips, mean_sizes
from autograd.testing.checks.common_mistakes import Contribution
from autograd.testing.checks.gradient_report import OUTSIDE_DOMAIN, outside_hint, undefined_hint
from autograd.testing.checks.report import Report, publish, relative_error
from autograd.value import Value

Answer = float | Callable[..., float]

ROUNDING = 6e-4  # relative: answers may be rounded to four significant digits
_CARRIED_ROUNDING = 1e-3  # relative: contributions also carry the rounding of the gradients before
DECIMALS = 5.1e-5  # absolute: answers may be rounded to four decimals


@printed
@dataclass(frozen=True)
class Mark:
    """The mark of one gradient. `HandReport` lists the verdicts.

    `slip` is the likeliest mistake that leads to this number, or None; `other_slips` are less likely ones.
    """

    label: str
    by_hand: float
    true: float
    verdict: str
    slip: str | None = None
    explanation: str = field(default="", repr=False)
    other_slips: tuple[str, ...] = field(default=(), repr=False)

    @property
    def error(self) -> float:
        """The relative error."""
        return relative_error(self.by_hand, self.true)


class HandReport(Report):
    """The report of `check_by_hand`: true if all `marks` are right; prints as a table in backward order.

    These are the verdicts on a gradient; only the first counts as right:

    - "right": equal to the true gradient, up to rounding to four digits.
    - "wrong": a different number. The report explains the first one.
    - "follows": wrong only because an earlier gradient is wrong.
    - "outside the domain": the loss is nan here. The report names the node.
    - "undefined": the gradient is nan, because a value is infinite, or 0 is multiplied by infinity.

    `hints` are further remarks.
    """

    subject = "gradients worked out by hand"

    def __init__(self, marks: list[Mark], hints: Sequence[str] = ()) -> None:
        self.marks, self.hints = marks, hints

    @property
    def first(self) -> Mark | None:
        """The mark of the first mistake, or None."""
        return next((mark for mark in self.marks if mark.verdict == "wrong"), None)

    def __bool__(self) -> bool:
        return all(mark.verdict == "right" for mark in self.marks)

    def tables(self) -> list[Table]:
        """Return the table of the marks."""
        heads = ["node", "by hand", "true", "relative error", "verdict"]
        rows = [[m.label, f"{m.by_hand:.6g}", f"{m.true:.6g}", f"{m.error:.2g}", m.verdict] for m in self.marks]
        return [Table([heads, *rows])]

    def remarks(self) -> list[str]:
        """Return the explanation of the first mistake, and the hints."""
        return [*([self.first.explanation] if self.first else []), *self.hints]


def check_by_hand(loss: Value, gradients: Mapping[Value | str, Answer]) -> HandReport:
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
    d contributes -8 times ∂d/∂a = 1, which is -8.
    v1 contributes -8 times ∂v1/∂a = b = -3, which is 24.
    The node is used more than once: add the contributions of all its uses. At least one is missing.

    The keys are nodes or labels. The gradients are numbers, or functions such as `lambda d: 2 * d`; each argument gets
    the value of the node with its name. All numbers may be rounded to four digits. If a gradient is wrong only because
    an earlier one is wrong, its verdict is "follows". `report.marks` holds the marks as data, `report.first` the first
    mistake.
    """
    check_node(loss, "loss")
    if not isinstance(gradients, Mapping):
        raise TypeError(f"gradients must be a dict from nodes or labels to numbers, got {type(gradients).__name__}")
    nodes = topological([loss])
    names = Names(nodes)
    by_name = {name: node for node, name in names.of.items()}
    answers = {_find(key, names, by_name): _number(answer, by_name) for key, answer in gradients.items()}
    marking = _Marking(nodes, names, answers)
    return publish(HandReport(marking.marks, marking.hints))


def _find(key: Value | str, names: Names, by_name: Mapping[str, Value]) -> Value:
    if isinstance(key, str):
        shown = one_line(key)  # names are printable
        if shown not in by_name:
            raise ValueError(f"no node named {key!r}; the graph has: {', '.join(list(by_name)[:20])}")
        return by_name[shown]
    check_node(key, "each key of gradients that is not a label")
    if key not in names.of:
        raise ValueError(f"each key of gradients must be in the graph of the loss, got {key!r}")
    return key


def _number(answer: Answer, by_name: Mapping[str, Value]) -> float:
    if not callable(answer):
        return as_float(answer, "a gradient worked out by hand")
    missing = [name for name in inspect.signature(answer).parameters if name not in by_name]
    if missing:
        raise ValueError(f"the arguments of a gradient function must be names of nodes, got {missing[0]!r}")
    arguments = [by_name[name].data for name in inspect.signature(answer).parameters]
    return as_float(answer(*arguments), "a gradient worked out by hand")


class _Marking:
    """The marking of answers in backward order, with the contributions that follow from earlier answers."""

    def __init__(self, nodes: Sequence[Value], names: Names, answers: Mapping[Value, float]) -> None:
        self.nodes, self.names, self.answers = nodes, names, answers
        self.true = dict(propagate(nodes, {nodes[-1]: 1.0}))
        self.rounded = _rounded_rows(nodes)
        self.sizes = mean_sizes(nodes)
        self.contributions: dict[Value, list[Contribution]] = {node: [] for node in nodes}
        self.marks: list[Mark] = []
        self.nonfinite = first_nonfinite(nodes[-1]) if math.isnan(nodes[-1].data) else None
        for node in reversed(nodes):
            self._visit(node)

    @property
    def hints(self) -> list[str]:
        """The hint on a loss or a gradient that is nan, if there is one."""
        if self.nonfinite is None:
            is_undefined = any(mark.verdict == "undefined" for mark in self.marks)
            return [undefined_hint(self.nodes)] if is_undefined else []
        if math.isnan(self.nonfinite.data):
            return [outside_hint(self.nonfinite)]
        return [f"undefined: the loss is nan; the first infinite value is {name_of(self.nonfinite)}"]

    def _visit(self, node: Value) -> None:
        contributions = self.contributions[node]
        expected = sum(c.value for c in contributions) if contributions else 1.0
        given = self.answers.get(node, expected)
        if node in self.answers:
            self.marks.append(self._mark(node, given, expected))
        for place, x in enumerate(node.inputs):
            if isinstance(x, Value):
                self.contributions[x].append(Contribution(node, place, given))

    def _mark(self, node: Value, given: float, expected: float) -> Mark:
        name, true = self.names[node], self.true[node]
        if self.nonfinite is not None and math.isnan(self.nonfinite.data):
            return Mark(name, given, true, OUTSIDE_DOMAIN)
        if self.nonfinite is not None or math.isnan(true):
            return Mark(name, given, true, "undefined")
        if close(given, true):
            return Mark(name, given, true, "right")
        contributions = self.contributions[node]
        if close(given, expected) or self._is_rounded(given, expected, contributions):
            is_wrong_before = any(mark.verdict != "right" for mark in self.marks)
            return Mark(name, given, true, "follows" if is_wrong_before else "right")
        region = Region(self.nodes, node, self.answers)
        slips = find_slips(region, given, close, self.sizes)
        if self._is_exchanged(node, given):
            slips.sort(key=lambda slip: slip.name != "swapped partials")
        lines = Explainer(self.names).lines(region, given, slips)
        if lost := explanation([node]):
            lines.append(f"Perhaps the graph is not what you meant: {lost}")
        kinds = tuple(dict.fromkeys(slip.name for slip in slips))
        return Mark(name, given, true, "wrong", kinds[0] if kinds else None, "\n".join(lines), kinds[1:])

    def _is_rounded(self, given: float, expected: float, contributions: Sequence[Contribution]) -> bool:
        """Return True if `given` has at most four digits and differs from `expected` only by intermediate rounding."""
        if not contributions or given != four_digits(given):
            return False
        margin = _CARRIED_ROUNDING * sum(abs(c.value) for c in contributions)
        rounded = sum(c.cotangent * self.rounded[c.consumer][c.place] for c in contributions)
        return any(close(given, x) or abs(given - x) <= margin < math.inf for x in (expected, rounded))

    def _is_exchanged(self, node: Value, given: float) -> bool:
        """Return True if the answers for `node` and for another input of the same operation were exchanged."""
        for consumer, place, cotangent in self.contributions[node]:
            for x, d in zip(consumer.inputs, consumer.partials):
                if x in self.answers and x is not node and close(given, cotangent * d):
                    other = self.answers[x]
                    if close(other, cotangent * consumer.partials[place]) and not close(other, cotangent * d):
                        return True
        return False


def _rounded_rows(nodes: Sequence[Value]) -> dict[Value, Sequence[float]]:
    """Return the local derivatives at each node, computed with all values rounded to four digits."""
    shown: dict[Value, float] = {}
    rows: dict[Value, Sequence[float]] = {}
    for node in nodes:
        y, rows[node] = node.data, node.partials
        inputs = [shown[x] if isinstance(x, Value) else float(x) for x in node.inputs]
        if node.op:
            with suppress(ArithmeticError, ValueError, TypeError):  # at the edge of a domain
                y, rows[node] = node.op.linearize(inputs)
        shown[node] = y = four_digits(y)
        if node.op and node.op.shown:
            with suppress(ArithmeticError, ValueError, TypeError):
                rows[node] = [float(d) for d in node.op.shown_partials(inputs, y)]
    return rows


def four_digits(x: float) -> float:
    """Round `x` to four significant digits."""
    return float(f"{x:.4g}")


def close(given: float, wanted: float) -> bool:
    """Return True if `given` equals `wanted`, up to rounding to four digits or four decimals."""
    if given == wanted:
        return True
    return math.isclose(given, wanted, rel_tol=ROUNDING) or (
        abs(given - wanted) <= DECIMALS and round(given, 4) == given and given != 0
    )
