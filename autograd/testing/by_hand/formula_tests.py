"""`FormulaTests`: test the formulas among the answers at other points of the graph."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
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
    are changed.
    """

    def __init__(
        self, nodes: Sequence[Value], answers: Answers, precision: Precision, at: Sequence[Mapping[Any, Any]]
    ) -> None:
        self.nodes, self.answers, self.precision = nodes, answers, precision
        self.markings: dict[Value, list[tuple[Marking, Value]]] = {}  # at other points, with the node there
        self.hints: list[str] = []
        self.formulas = {node: self._leaves(node) for node, answer in answers.given.items() if answer.names}
        for leaves in dict.fromkeys(self.formulas.values()):
            self._test(leaves, list(self._wanted(at) if at else graphs_nearby(nodes, leaves)))
        if at and not self.formulas:
            self.hints.append("the points in at test formulas, but all answers are numbers")

    def _test(self, leaves: tuple[Value, ...], graphs: Sequence[Sequence[Value]]) -> None:
        """Mark the formulas that depend on the `leaves` in `graphs`, after those that are valid there."""
        valid = [node for node in self.formulas if set(self.formulas[node]) >= set(leaves)]
        for graph in graphs:
            marking, copies = self._marking(graph, valid), dict(zip(self.nodes, graph))
            for node in valid:
                if self.formulas[node] == leaves and copies[node] in marking.verdicts:
                    self.markings.setdefault(node, []).append((marking, copies[node]))
        if not graphs:
            self.hints.append("formulas were tested at one point only: no other was found inside the domain")

    def joined(self, node: Value, mark: Mark, *, with_slips: bool = True) -> Mark:
        """Return the mark of a formula by its `mark` at the recorded point and those at the other points."""
        if mark.verdict != "right":
            return mark
        for marking, copy in self.markings.get(node, []):
            if marking.verdicts[copy] == "wrong":
                where = self._where(marking)
                text = f"The answer fits at this point, but not everywhere: at {where}, another number is right.\n"
                other = marking.mark(copy, with_slips=with_slips)
                return replace(other, explanation=text + other.explanation)
        is_right = all(marking.verdicts[copy] == "right" for marking, copy in self.markings.get(node, []))
        return mark if is_right else mark.but("follows")

    def slips(self, node: Value) -> set[Kind]:
        """Return the kinds of slips that also fit at points where all leaves have other numbers."""
        place = self.nodes.index(node)
        found = [marking.kinds(marking.nodes[place]) for marking in self._elsewhere] if node in self.formulas else []
        return set.intersection(*filter(None, found)) if any(found) else set()

    @cached_property
    def _elsewhere(self) -> list[Marking]:
        return [self._marking(graph, list(self.formulas)) for graph in graphs_nearby(self.nodes, self.nodes)]

    def _where(self, marking: Marking) -> str:
        """Describe the point of a `marking`: a = 3, b = 5."""
        pairs = zip(self.nodes, marking.nodes)
        moved = [copy for node, copy in pairs if node.op is None and copy.data != node.data]
        return ", ".join(f"{marking.names[leaf]} = {leaf.data:.6g}" for leaf in moved[:6])

    def _leaves(self, node: Value) -> tuple[Value, ...]:
        """Return the leaves that the formula for `node` depends on, in the order of the graph."""
        found = [self.answers.find(name) for name in self.answers.given[node].names]
        below = topological([x for f in found for x in (f.nodes.values() if isinstance(f, NodeArray) else [f])])
        return tuple(leaf for leaf in below if leaf.op is None)

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
