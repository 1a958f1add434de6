"""`check_by_hand`: marks a backward pass that somebody worked out on paper, and explains the first mistake."""

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
from autograd.printing.text import Text
from autograd.terminal import one_line, printed
from autograd.testing.checks.report import Report, told
from autograd.testing.checks.slips import Arrival, relative_error, slips
from autograd.testing.checks.verdicts import OUTSIDE, outside_hint, undefined_hint
from autograd.value import Value

Answer = float | Callable[..., float]

_ROUNDED = 6e-4  # relative: numbers may be rounded to four significant digits
_ROUNDED_TWICE = 1e-3  # of what arrives, in which the rounding of the gradients above goes on
_DECIMALS = 5.1e-5  # absolute: or to four decimals

_MOST_ARRIVALS = 8  # that are written out

_EXPLANATIONS = {
    "sign": "The sign is wrong.",
    "missing path": "The node is read more than once: what comes back along all paths is added, and some is missing.",
    "no local derivative": "That is the gradient that arrives, without the local derivative.",
    "swapped partials": "That is the local derivative by another input.",
    "factor": "A constant factor is missing, or one too many.",
    "other branch": "That is the derivative on the other side of the kink.",
    "wrong point": "The derivative was taken at the wrong point: output and input were mixed up.",
}


@printed
@dataclass(frozen=True)
class Mark:
    """The mark of one gradient. `HandReport` lists the verdicts.

    `slip` is the likeliest slip that gives this number, and `other_slips` are those that give the same.
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
    """The `marks` of a backward pass, in backward order. It is true where all are right, and prints as a table.

    The verdicts on a gradient; only the first counts as right:

    - "right": as it should be, or rounded to four digits.
    - "wrong": another number. The report explains the first one.
    - "follows": wrong only because an earlier gradient is.
    - "outside the domain": the loss is nan here. The report names the node.
    - "undefined": the gradient is nan, as the numbers on the way are not finite, or 0 is multiplied by infinity.

    `hints` are what else is to be known.
    """

    subject = "gradients worked out by hand"

    def __init__(self, marks: list[Mark], hints: Sequence[str] = ()) -> None:
        self.marks, self.hints = marks, hints

    @property
    def first(self) -> Mark | None:
        """The first wrong mark, where everything above was right, or None."""
        return next((mark for mark in self.marks if mark.verdict == "wrong"), None)

    def __bool__(self) -> bool:
        return all(mark.verdict == "right" for mark in self.marks)

    def tables(self) -> list[Table]:
        """Return the table of the marks."""
        heads = ["node", "by hand", "true", "relative error", "verdict"]
        rows = [[m.label, f"{m.by_hand:.6g}", f"{m.true:.6g}", f"{m.error:.2g}", m.verdict] for m in self.marks]
        return [Table([heads, *rows])]

    def remarks(self) -> list[str]:
        """Return the explanation of the first mistake, and what else is to be known."""
        return [*([self.first.explanation] if self.first else []), *self.hints]


def check_by_hand(loss: Value, gradients: Mapping[Value | str, Answer]) -> HandReport:
    """Mark the `gradients` of `loss` that somebody worked out by hand, and explain the first mistake.

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
    a: 24 is not right, it is 16.
    From d arrives -8 times ∂d/∂a = 1, which is -8.
    From v1 arrives -8 times ∂v1/∂a = b = -3, which is 24.
    The node is read more than once: what comes back along all paths is added, and some is missing.

    The keys are nodes or labels. The gradients are numbers, or functions whose arguments are called as nodes are,
    whose numbers they get: `lambda d: 2 * d`. Gradients, and the numbers on the way, may be rounded to four digits. A
    gradient that is wrong only because an earlier one is, is marked "follows". `report.marks` are the marks as data,
    `report.first` is the first mistake.
    """
    check_node(loss, "check_by_hand()")
    if not isinstance(gradients, Mapping):
        raise TypeError(f"check_by_hand() takes a dict of gradients by node or label, not {type(gradients).__name__}")
    nodes = topological([loss])
    names = Names(nodes)
    by_name = {name: node for node, name in names.of.items()}
    answers = {_find(key, names, by_name): _number(answer, by_name) for key, answer in gradients.items()}
    marking = _Marking(nodes, names, answers)
    return told(HandReport(marking.marks, marking.hints))


def _find(key: Value | str, names: Names, by_name: Mapping[str, Value]) -> Value:
    if isinstance(key, str):
        shown = one_line(key)  # names are printable
        if shown not in by_name:
            raise ValueError(f"no node is called {key!r}; these are: {', '.join(list(by_name)[:20])}")
        return by_name[shown]
    check_node(key, "a key of check_by_hand()")
    if key not in names.of:
        raise ValueError(f"{key!r} is not in the graph of the loss")
    return key


def _number(answer: Answer, by_name: Mapping[str, Value]) -> float:
    if not callable(answer):
        return as_float(answer, "a gradient worked out by hand")
    missing = [name for name in inspect.signature(answer).parameters if name not in by_name]
    if missing:
        raise ValueError(f"a function worked out by hand has the argument {missing[0]!r}, but no node has that name")
    arguments = [by_name[name].data for name in inspect.signature(answer).parameters]
    return as_float(answer(*arguments), "a gradient worked out by hand")


class _Marking:
    def __init__(self, nodes: Sequence[Value], names: Names, answers: Mapping[Value, float]) -> None:
        self.nodes, self.names, self.answers = nodes, names, answers
        self.true = dict(propagate(nodes, {nodes[-1]: 1.0}))
        self.rounded = _rounded_rows(nodes)
        self.sizes = sorted({len(node.inputs) for node in nodes if node.op and node.op.name == "mean"})
        self.arrivals: dict[Value, list[Arrival]] = {node: [] for node in nodes}
        self.marks: list[Mark] = []
        self.nonfinite = first_nonfinite(nodes[-1]) if math.isnan(nodes[-1].data) else None
        for node in reversed(nodes):
            self._visit(node)

    @property
    def hints(self) -> list[str]:
        """What there is to say where the loss or a gradient is nan."""
        if self.nonfinite is None:
            nan = any(mark.verdict == "undefined" for mark in self.marks)
            return [undefined_hint(self.nodes)] if nan else []
        if math.isnan(self.nonfinite.data):
            return [outside_hint(self.nonfinite)]
        return [f"undefined: the loss is nan; the first number that is not finite: {name_of(self.nonfinite)}"]

    def _visit(self, node: Value) -> None:
        arrivals = self.arrivals[node]
        expected = sum(arrival.contribution for arrival in arrivals) if arrivals else 1.0
        given = self.answers.get(node, expected)
        if node in self.answers:
            self.marks.append(self._mark(node, given, expected))
        for place, x in enumerate(node.inputs):
            if isinstance(x, Value):
                self.arrivals[x].append(Arrival(node, place, given))

    def _mark(self, node: Value, given: float, expected: float) -> Mark:
        name, true = self.names[node], self.true[node]
        if self.nonfinite is not None and math.isnan(self.nonfinite.data):
            return Mark(name, given, true, OUTSIDE)
        if self.nonfinite is not None or math.isnan(true):
            return Mark(name, given, true, "undefined")
        if close(given, true):
            return Mark(name, given, true, "right")
        arrivals = self.arrivals[node]
        if close(given, expected) or self._is_rounded(given, expected, arrivals):
            wrong_above = any(mark.verdict != "right" for mark in self.marks)
            return Mark(name, given, true, "follows" if wrong_above else "right")
        found = slips(given, arrivals, self.sizes, close)
        if self._is_exchange(node, given):
            found.sort(key=lambda slip: slip != "swapped partials")
        lines = [f"{name}: {given:.6g} is not right, it is {expected:.6g}."]
        lines += [self._line(arrival, node) for arrival in arrivals[:_MOST_ARRIVALS]]
        if len(arrivals) > _MOST_ARRIVALS:
            lines.append(f"And {len(arrivals) - _MOST_ARRIVALS:,} more arrive.")
        lines += [_EXPLANATIONS[slip] for slip in found[:1]]
        if lost := explanation([node]):
            lines.append(f"Perhaps the graph is not what you meant: {lost}")
        return Mark(name, given, true, "wrong", found[0] if found else None, "\n".join(lines), tuple(found[1:]))

    def _is_rounded(self, given: float, expected: float, arrivals: Sequence[Arrival]) -> bool:
        """Say whether `given` has four digits, and is what is `expected` but for such rounding on the way to it."""
        if not arrivals or given != _four_digits(given):
            return False
        margin = _ROUNDED_TWICE * sum(abs(a.contribution) for a in arrivals)
        rounded = sum(a.cotangent * self.rounded[a.reader][a.place] for a in arrivals)
        return any(close(given, x) or abs(given - x) <= margin < math.inf for x in (expected, rounded))

    def _is_exchange(self, node: Value, given: float) -> bool:
        """Say whether another input of a reader was given what belongs to `node`, and `node` what belongs there."""
        for reader, place, cotangent in self.arrivals[node]:
            for x, d in zip(reader.inputs, reader.partials):
                if x in self.answers and x is not node and close(given, cotangent * d):
                    theirs = self.answers[x]
                    if close(theirs, cotangent * reader.partials[place]) and not close(theirs, cotangent * d):
                        return True
        return False

    def _line(self, arrival: Arrival, node: Value) -> str:
        reader = arrival.reader
        formula = self.names.partials(reader, Text)[arrival.place]
        partial = Text.partial(self.names.write(reader, Text), self.names.write(node, Text))
        shown = Text.equal(partial, formula, Text.number(arrival.partial))
        sent = f"{arrival.contribution:.6g}"
        return f"From {self.names[reader]} arrives {arrival.cotangent:.6g} times {shown}, which is {sent}."


def _rounded_rows(nodes: Sequence[Value]) -> dict[Value, Sequence[float]]:
    """Return the local derivatives of somebody who rounds each number on the way to four digits before going on."""
    shown: dict[Value, float] = {}
    rows: dict[Value, Sequence[float]] = {}
    for node in nodes:
        y, rows[node] = node.data, node.partials
        inputs = [shown[x] if isinstance(x, Value) else float(x) for x in node.inputs]
        if node.op:
            with suppress(ArithmeticError, ValueError, TypeError):  # of an operation that has an edge here
                y, rows[node] = node.op.linearize(inputs)
        shown[node] = y = _four_digits(y)
        if node.op and node.op.shown:
            with suppress(ArithmeticError, ValueError, TypeError):
                rows[node] = [float(d) for d in node.op.shown_partials(inputs, y)]
    return rows


def _four_digits(x: float) -> float:
    return float(f"{x:.4g}")


def close(given: float, wanted: float) -> bool:
    """Say whether a number is another one, rounded by hand to four digits or to four decimals."""
    if given == wanted:
        return True
    return math.isclose(given, wanted, rel_tol=_ROUNDED) or (
        abs(given - wanted) <= _DECIMALS and round(given, 4) == given and given != 0
    )
