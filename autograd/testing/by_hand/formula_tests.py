"""`FormulaTests`: test the formulas among the answers at other points of the graph."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograd.backpropagation import topological
from autograd.operation import as_float
from autograd.printing.formulas import Names
from autograd.testing.by_hand.answers import Answers, Point
from autograd.testing.by_hand.hand_report import Mark
from autograd.testing.by_hand.node_arrays import NodeArray
from autograd.testing.by_hand.points import graph_at, graphs_nearby
from autograd.testing.by_hand.tolerances import Precision
from autograd.testing.by_hand.verdicts import Kind, Marking
from autograd.value import Value


class FormulaTests:
    """The marks of formulas at other points: those `at` which the user wants them, or points nearby.

    A formula need not name all leaves: numbers of the exercise may stand in it. So only the leaves that it depends on
    are changed. `slips` are the kinds of slips that fit at all points, by node.
    """

    def __init__(
        self, nodes: Sequence[Value], answers: Answers, precision: Precision, at: Sequence[Mapping[Any, Any]]
    ) -> None:
        self.nodes, self.answers, self.precision = nodes, answers, precision
        self.marks: dict[Value, list[tuple[str, Mark]]] = {}
        self.slips: dict[Value, set[Kind]] = {}
        self.hints: list[str] = []
        used = {node: self._leaves(node) for node, answer in answers.given.items() if answer.names}
        for leaves in dict.fromkeys(used.values()):
            judged = [node for node in used if used[node] == leaves]
            known = [node for node in used if set(used[node]) >= set(leaves)]
            graphs = list(self._wanted(at) if at else graphs_nearby(nodes, leaves))
            for graph in graphs:
                self._test(graph, judged, known)
            if not graphs:
                self.hints.append("formulas were tested at one point only: no other was found inside the domain")
        for graph in graphs_nearby(nodes, nodes) if used else ():
            self._narrow_slips(graph, list(used))
        if at and not used:
            self.hints.append("the points in at test formulas, but all answers are numbers")

    def joined(self, node: Value, mark: Mark) -> Mark:
        """Return the mark of a formula by its `mark` at the recorded point and those at the other points."""
        others = self.marks.get(node, [])
        if mark.verdict == "wrong" or not others:
            return mark
        for where, other in others:
            if other.verdict == "wrong" and mark.verdict == "right":
                text = f"The answer fits at this point, but not everywhere: at {where}, another number is right.\n"
                return replace(other, explanation=text + other.explanation)
        is_right = mark.verdict == "right" and all(other.verdict == "right" for _, other in others)
        return mark if is_right or mark.verdict != "right" else mark.but("follows")

    def _leaves(self, node: Value) -> tuple[Value, ...]:
        """Return the leaves that the formula for `node` depends on, in the order of the graph."""
        found = [self.answers.find(name) for name in self.answers.given[node].names]
        below = topological([x for f in found for x in (f.nodes.values() if isinstance(f, NodeArray) else [f])])
        return tuple(leaf for leaf in below if leaf.op is None)

    def _test(self, graph: Sequence[Value], judged: Sequence[Value], known: Sequence[Value]) -> None:
        """Mark the formulas for the `judged` nodes in a `graph`, with what follows from those for the `known` nodes."""
        copies = dict(zip(self.nodes, graph))
        marking = self._marking(graph, known)
        moved = [n for n in self.nodes if n.op is None and copies[n].data != n.data]
        where = ", ".join(f"{marking.names[copies[n]]} = {copies[n].data:.6g}" for n in moved[:6])
        for node in judged:
            if copies[node] in marking.marks:
                self.marks.setdefault(node, []).append((where, marking.marks[copies[node]]))

    def _narrow_slips(self, graph: Sequence[Value], formulas: Sequence[Value]) -> None:
        """Keep the slips that also fit in a `graph` in which all leaves have other numbers."""
        marking = self._marking(graph, formulas)
        for node, copy in zip(self.nodes, graph):
            if found := set(marking.found.get(copy, ())):
                self.slips[node] = self.slips.get(node, found) & found

    def _marking(self, graph: Sequence[Value], formulas: Sequence[Value]) -> Marking:
        copies = dict(zip(self.nodes, graph))
        point = self.answers.point({name: copies[node] for name, node in self.answers.by_name.items()})
        numbers = {copies[node]: self._number(node, point) for node in formulas}
        known = {node: number for node, number in numbers.items() if not math.isnan(number)}
        return Marking(graph, Names(graph), known, self.precision)

    def _number(self, node: Value, point: Point) -> float:
        try:
            return self.answers.given[node](point)
        except (ArithmeticError, ValueError):  # outside the domain of the formula
            return math.nan

    def _wanted(self, at: Sequence[Mapping[Any, Any]]) -> Iterator[list[Value]]:
        """Yield the graphs at the points of the user."""
        for numbers in at:
            graph = graph_at(self.nodes, dict(self._changes(numbers)))
            if not all(math.isfinite(node.data) for node in graph):
                raise ValueError(f"each point in at must be inside the domain, got {numbers}")
            yield graph

    def _changes(self, numbers: Mapping[Any, Any]) -> Iterator[tuple[Value, float]]:
        for key, number in numbers.items():
            found = self.answers.find(key)
            pairs = [(found, number)]
            if isinstance(found, NodeArray):
                pairs = [(found.nodes[index], x) for index, x in found.entries(number) if index in found.nodes]
            for node, x in pairs:
                if not isinstance(node, Value) or node.op is not None:
                    raise ValueError(f"each key of a point in at must be a leaf, got {key!r}")
                yield node, as_float(x, "each number of a point in at")
