"""Find chains of nodes that are functions of one number, such as an activation written in several operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from math import isfinite, nan

from autograd import Op, Value, dot, mean, total, where

from ..shared import add, div, mul, neg, propagate, sub, topological

SUMS = (add, sub, neg, total, mean)
MAX_LINKS = 100  # longer chains are skipped; no activation is as long
NEAR = (-4.0, -2.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # numbers where activations are steepest


class Chains:
    """The chains in the graph of a `loss`, with the `gradients` of the loss at all nodes.

    Each node that depends on `parameters` is a function of its *origin*. A node that reads a parameter or combines
    several origins, such as the adder of a unit, is its own origin; the nodes that depend on one origin are the *links*
    of its chain. Parameters that the loss does not depend on are left out.
    """

    def __init__(self, loss: Value, parameters: Iterable[Value]) -> None:
        self.loss, self.order = loss, topological([loss])
        self.gradients = dict(propagate(self.order, {loss: 1.0}))
        self.parameters = dict.fromkeys(p for p in parameters if p in self.gradients)
        self.readers: dict[Value, list[Value]] = {node: [] for node in self.order}
        self.origins: dict[Value, Value] = {}
        self.links: dict[Value, list[Value]] = {}
        self.slopes: dict[Value, float] = {}  # derivatives of links by their origins
        self.bends: set[Value] = set()  # links that are not linear in their inputs
        self.bent: set[Value] = set()  # links that are not linear in their origin
        for node in self.order:
            for x in nodes_read(node):
                self.readers[x].append(node)
            self._place(node)

    def _place(self, node: Value) -> None:
        """Find the origin of a node from those of its inputs; constants have none."""
        is_parameter = node in self.parameters
        varying = [] if is_parameter else self.varying_inputs(node)
        if not varying and not is_parameter:
            return
        origins = {self.origins[x] for x, _ in varying}
        if len(origins) != 1 or not self.parameters.keys().isdisjoint(origins):
            self.origins[node], self.links[node], self.slopes[node] = node, [], 1.0
            return
        (origin,) = origins
        self.origins[node] = origin
        self.links[origin].append(node)
        self.slopes[node] = sum(d * self.slopes[x] for x, d in varying if d)
        if not self._is_linear(node):
            self.bends.add(node)
        if node in self.bends or any(x in self.bent for x, _ in varying):
            self.bent.add(node)

    def _is_linear(self, node: Value) -> bool:
        """Return True if a link is linear in its inputs. A product with 0 is not: it cuts the chain, as a mask does."""
        if node.op is div:
            return node.inputs[1] not in self.origins
        if node.op not in (mul, dot):
            return node.op in SUMS
        is_cut = not any(d for _, d in self.varying_inputs(node))
        return not is_cut and not any(a in self.origins and b in self.origins for a, b in factors_of(node))

    def varying_inputs(self, node: Value) -> list[tuple[Value, float]]:
        """Return the inputs that depend on parameters, each with its local derivative."""
        return [(x, d) for x, d in zip(node.inputs, node.partials) if x in self.origins]

    def reads_parameters(self, node: Value) -> bool:
        """Return True if an input of the node is a parameter."""
        return any(x in self.parameters for x in node.inputs)

    def is_weighted(self, node: Value) -> bool:
        """Return True if the node is a product with a parameter, or a sum of such products."""
        return node.op in (mul, dot) and self.reads_parameters(node)

    @cached_property
    def depths(self) -> dict[Value, int]:
        """The maximum number of weights on a path from each node to the loss."""
        depths = dict.fromkeys(self.order, 0)
        for node in reversed(self.order):
            depth = depths[node] + self.is_weighted(node)
            for x in nodes_read(node):
                depths[x] = max(depths[x], depth)
        return depths

    @cached_property
    def inner(self) -> set[Value]:
        """The nodes with a path to the loss through a node that reads a parameter."""
        found: set[Value] = set()
        for node in reversed(self.order):
            if node in found or self.reads_parameters(node):
                found.update(nodes_read(node))
        return found

    def is_term(self, node: Value) -> bool:
        """Return True if the node is only used as a term of a larger sum."""
        while len(self.readers[node]) == 1 and self.readers[node][0].op in SUMS:
            (node,) = self.readers[node]
            if self.origins[node] is node:
                return True
        return False

    def terms(self, node: Value) -> Iterator[tuple[Value, float]]:
        """Yield the terms of a sum, except constants, with their factors; a sum with other readers is one term."""
        stack = [(node, 1.0)]
        while stack:
            term, factor = stack.pop()
            is_part = term is node or len(self.readers[term]) == 1
            if is_part and term.op in SUMS and term not in self.parameters:
                stack += reversed([(x, factor * d) for x, d in self.varying_inputs(term)])
            else:
                yield term, factor

    def exits(self, origin: Value) -> list[Value]:
        """Return the nodes of a chain that are read outside it or not read at all."""
        return [
            node
            for node in (origin, *self.links[origin])
            if not all(self.origins[reader] is origin for reader in self.readers[node]) or not self.readers[node]
        ]

    def activation_name(self, node: Value) -> str:
        """Return the operation's name if the chain up to `node` is a single activation, else "activation"."""
        bends = (link for link in self.links[self.origins[node]] if link in self.bends)
        return node.op.name if node.op and node.op.arity == 1 and node is next(bends) else "activation"

    def run(self, origin: Value, node: Value, x: float) -> dict[Value, tuple[float, float]]:
        """Recompute the chain with the number `x` at `node`; return the new values and slopes.

        The condition of a `where` is recorded as a constant. If the activation is linear on one side, the condition is
        assumed to change with the sign of the origin.
        """
        points = {node: (x, 1.0)}
        is_turned = node is origin and (x > 0) != (origin.data > 0)
        for link in self.links[origin]:
            if link is node or not any(i in points for i in link.inputs):
                continue
            data = [points[i][0] if i in points else number_of(i) for i in link.inputs]
            if link.op is where and is_turned and not all(i in self.bent for i in link.inputs[1:]):
                data[0] = float(not data[0])
            y, row = _linearize(link.op, data)  # type: ignore[arg-type]
            points[link] = y, sum(d * points[i][1] for i, d in zip(link.inputs, row) if i in points and d)
        return points

    def losses(self, origin: Value, node: Value, numbers: Iterable[float]) -> list[float]:
        """Return the chain's first-order contributions to the loss for `numbers` at `node`, without nan and inf."""
        exits = self.exits(origin)
        runs = [self.run(origin, node, x) for x in numbers]
        losses = [sum(self.gradients[x] * points[x][0] for x in exits) for points in runs]
        return [y for y in losses if isfinite(y)]

    def would_gain(self, origin: Value) -> bool:
        """Return True if the loss would be clearly lower for another number at the adder of an output."""
        now = sum(self.gradients[node] * node.data for node in self.exits(origin))
        there = self.losses(origin, origin, NEAR)
        return bool(there) and now - min(there) > 1e-3 * (max(there) - min(there))


def nodes_read(node: Value) -> list[Value]:
    """Return the inputs of a node that are nodes, without constants."""
    return [x for x in node.inputs if x.__class__ is Value]


def factors_of(node: Value) -> Iterator[tuple[Value | float, Value | float]]:
    """Yield the pairs of factors that a `mul` or `dot` node multiplies."""
    half = len(node.inputs) // 2
    return zip(node.inputs[:half], node.inputs[half:])


def number_of(x: Value | float) -> float:
    """Return the number at a node, or a constant."""
    return x.data if x.__class__ is Value else float(x)


def _linearize(op: Op, inputs: Sequence[float]) -> tuple[float, Sequence[float]]:
    """Return the value and the partial derivatives of `op`, or nan where it is undefined."""
    with suppress(ArithmeticError, ValueError):  # plain floats are faster than IEEE arithmetic unless they raise
        y = op.evaluate(inputs)
        return y, op.partials(inputs, y)
    with suppress(ArithmeticError, ValueError):
        return op.linearize(inputs)
    return nan, [nan] * len(inputs)
