"""Chains: nodes that are functions of one number, such as an activation that is written in several operations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from math import inf, isfinite, nan
from typing import NamedTuple

from autograd import Op, Value, dot, mean, total, where

from ..shared import add, div, mul, neg, sub

SUMS = (add, sub, neg, total, mean)
FLAT = 5e-3  # part of the steepest slope below which a function counts as flat

MAX_LINKS = 100  # no activation is longer; longer chains are skipped
_SIDE = (0.25, 0.5, 1.0, 2.0, 4.0)  # points on one side of 0
NEAR = [*(-x for x in reversed(_SIDE)), 0.0, *_SIDE]  # where activations are steepest
_FAR = 64.0
_TAME = 4  # the largest slope far out, as a multiple of the steepest one near 0

Points = dict[Value, tuple[float, float]]  # values and slopes


class Flat(NamedTuple):
    """A chain that is flat where it is: the first `node` that is, and the `part` of its steepest slope that is left.

    `is_off` says that it is steep on the other side, as relu is, or has the value 0 where it is cut off; else it is
    saturated. `is_abrupt` says that it is a matter of the side only, not of how far out, as for relu and for clipping.
    `is_constant` says that it has no slope anywhere.
    """

    node: Value
    part: float
    is_off: bool
    is_abrupt: bool
    is_constant: bool


class Chains:
    """The chains of a graph in the topological `order`, whose root has the `gradients` by its nodes.

    A node that depends on `parameters` is a function of its *origin*. A node that reads a parameter or combines several
    origins, such as the adder of a unit, is its own origin; the other nodes are the *links* of the chain behind it.
    """

    def __init__(self, order: Sequence[Value], parameters: Collection[Value], gradients: Mapping[Value, float]) -> None:
        self.order, self.parameters, self.gradients = order, parameters, gradients
        self.readers: dict[Value, list[Value]] = {node: [] for node in order}
        self.origins: dict[Value, Value] = {}
        self.links: dict[Value, list[Value]] = {}
        self.slopes: dict[Value, float] = {}  # derivatives of links by their origins
        self.bends: set[Value] = set()  # links that are not linear in their inputs
        self.bent: set[Value] = set()  # links that are not linear in their origin
        self._curves: dict[tuple[object, ...], Curve] = {}
        for node in order:
            for x in node.inputs:
                if x.__class__ is Value:
                    self.readers[x].append(node)
            self._place(node)

    def _place(self, node: Value) -> None:
        """Find the origin of a node whose inputs have theirs; a constant has none."""
        varying = [] if node in self.parameters else [x for x in node.inputs if x in self.origins]
        if not varying and node not in self.parameters:
            return
        origin = self.origins[varying[0]] if varying else node
        if origin in self.parameters or any(self.origins[x] is not origin for x in varying):
            origin = node
        self.origins[node] = origin
        if origin is node:
            self.links[node], self.slopes[node] = [], 1.0
            return
        self.links[origin].append(node)
        sent = zip(node.inputs, node.partials)
        self.slopes[node] = sum(d * self.slopes[x] for x, d in sent if x in self.origins and d)
        if not self._is_linear(node):
            self.bends.add(node)
        if node in self.bends or any(x in self.bent for x in varying):
            self.bent.add(node)

    def _is_linear(self, node: Value) -> bool:
        """Say whether a link is linear in its inputs. Times 0 does not count: that cuts the chain, as a mask does."""
        if node.op in SUMS:
            return True
        if node.op is div:
            return node.inputs[1] not in self.origins
        if node.op not in (mul, dot):
            return False
        half = len(node.inputs) // 2
        pairs = zip(node.inputs[:half], node.inputs[half:])
        is_cut = not any(d for x, d in zip(node.inputs, node.partials) if x in self.origins)
        return not is_cut and not any(a in self.origins and b in self.origins for a, b in pairs)

    @cached_property
    def depths(self) -> dict[Value, int]:
        """For each node, how many weights a signal meets, at most, on its way from there to the loss."""
        depths = dict.fromkeys(self.order, 0)
        for node in reversed(self.order):
            is_weighted = node.op in (mul, dot) and any(x in self.parameters for x in node.inputs)
            depth = depths[node] + is_weighted
            for x in node.inputs:
                if x.__class__ is Value and depths[x] < depth:
                    depths[x] = depth
        return depths

    @cached_property
    def inner(self) -> set[Value]:
        """The nodes whose way to the loss leads through a node that reads a parameter."""
        found: set[Value] = set()
        for node in reversed(self.order):
            if node in found or any(x in self.parameters for x in node.inputs):
                found.update(x for x in node.inputs if x.__class__ is Value)
        return found

    def is_term(self, node: Value) -> bool:
        """Check if a node is only a term of a larger sum."""
        while len(self.readers[node]) == 1 and self.readers[node][0].op in SUMS:
            (node,) = self.readers[node]
            if self.origins[node] is node:
                return True
        return False

    def terms(self, node: Value) -> list[Value]:
        """Return what the sum at a node adds, without constants: a sum that something else reads is a term itself."""
        terms, stack = [], [node]
        while stack:
            term = stack.pop()
            if term.op in SUMS and (term is node or len(self.readers[term]) == 1):
                stack += reversed([x for x in term.inputs if x in self.origins])
            else:
                terms.append(term)
        return terms

    def exits(self, origin: Value) -> list[Value]:
        """Return the nodes of a chain that are read outside of it, or that nothing reads."""
        return [
            node
            for node in (origin, *self.links[origin])
            if not all(self.origins[reader] is origin for reader in self.readers[node]) or not self.readers[node]
        ]

    def run(self, origin: Value, start: Mapping[Value, float]) -> Points:
        """Compute the links of `origin` again with other numbers at the nodes in `start`, and the slopes by these.

        The condition of a `where` is recorded as a constant. That of an activation, which is linear on one side, is
        taken to change with the sign of the origin.
        """
        points = {node: (x, 1.0) for node, x in start.items()}
        is_turned = origin in start and (start[origin] > 0) != (origin.data > 0)
        for link in self.links[origin]:
            if link in points or not any(x in points for x in link.inputs):
                continue
            data = [points[x][0] if x in points else number_of(x) for x in link.inputs]
            if link.op is where and is_turned and not all(x in self.bent for x in link.inputs[1:]):
                data[0] = float(not data[0])
            y, row = _linearize(link.op, data)  # type: ignore[arg-type]
            points[link] = y, sum(d * points[x][1] for x, d in zip(link.inputs, row) if x in points and d)
        return points

    def flat(self, origin: Value) -> Flat | None:
        """Return where the chain behind an adder is flat, or None where it has a slope."""
        exits, links = self.exits(origin), self.links[origin]
        if len(links) > MAX_LINKS or not all(node in self.bent for node in exits):
            return None
        curve = self._curve(origin)
        parts = {node: curve.part(i, self.slopes[node]) for i, node in enumerate(links)}
        worst = max(exits, key=parts.__getitem__)
        if not parts[worst] < FLAT:
            return None
        for i, node in enumerate(links):
            if node in self.bent and parts[node] < FLAT and curve.stays_flat(i, origin.data, self.slopes[node]):
                is_mask = node.op is mul and not curve.steepest[i]
                is_rectifier = is_mask or curve.is_rectifier(links.index(worst), origin.data)
                is_cut_off = curve.is_cut_off(i, origin.data, self.slopes[node])
                is_off = is_rectifier or (is_cut_off and node.data == 0)
                is_choice = any(link.op is where for link in links)  # of other conditions elsewhere
                is_constant = not (is_mask or is_choice or curve.steepest[i])
                return Flat(node, parts[worst], is_off or is_constant, is_rectifier or is_cut_off, is_constant)
        return None

    def _curve(self, origin: Value) -> Curve:
        """Return the curve of a chain. Chains of the same operations and constants have the same one."""
        links = self.links[origin]
        index = {node: (i,) for i, node in enumerate((origin, *links))}
        parts = ((link.op, *(index[x] if x in index else number_of(x) for x in link.inputs)) for link in links)
        key = (origin.data > 0, *parts)
        if key not in self._curves:
            self._curves[key] = Curve(self, origin)
        return self._curves[key]

    def has_slope(self, origin: Value) -> bool:
        """Say whether anything passes the chain behind an adder, however little."""
        return any(self.slopes[node] for node in self.exits(origin))

    def would_gain(self, origin: Value) -> bool:
        """Say whether the loss would be clearly lower, if the adder of an output gave another number."""
        exits = self.exits(origin)
        now = sum(self.gradients[node] * node.data for node in exits)
        runs = [self.run(origin, {origin: x}) for x in NEAR]
        there = [sum(self.gradients[node] * points[node][0] for node in exits) for points in runs]
        there = [y for y in there if isfinite(y)]
        return bool(there) and now - min(there) > 1e-3 * (max(there) - min(there))


class Curve:
    """The slopes of all links of a chain, by their index, where the origin is another number."""

    def __init__(self, chains: Chains, origin: Value) -> None:
        links = chains.links[origin]
        self._slopes: dict[float, list[float]] = {}
        for x in (*NEAR, _FAR, -_FAR):
            points = chains.run(origin, {origin: x})
            self._slopes[x] = [abs(points[link][1]) for link in links]
        columns = zip(*(self._slopes[x] for x in NEAR))
        self.steepest = [max(filter(isfinite, column), default=0.0) for column in columns]

    def part(self, i: int, slope: float) -> float:
        """Return the part of the steepest slope of link `i` near 0 that a `slope` is."""
        if slope == 0:
            return 0.0
        return abs(slope) / self.steepest[i] if self.steepest[i] else inf

    def is_cut_off(self, i: int, x: float, slope: float) -> bool:
        """Say whether link `i` has no slope at all on the side of `x`, as opposed to one that fades."""
        return slope == 0 and any(all(self._slopes[side * far][i] == 0 for far in _SIDE[3:]) for side in _sides(x))

    def stays_flat(self, i: int, x: float, slope: float) -> bool:
        """Say whether link `i`, which has hardly any `slope` at `x`, is flat farther out, too: `x` is no minimum."""
        is_tame = all(self._slopes[far][i] <= _TAME * self.steepest[i] for far in (_FAR, -_FAR))
        return is_tame or self.is_cut_off(i, x, slope)

    def is_rectifier(self, i: int, x: float) -> bool:
        """Say whether link `i`, which is flat at `x`, is steep on the other side."""
        return any(self._slopes[-side * _FAR][i] >= 0.1 * self.steepest[i] > 0 for side in _sides(x))


def _sides(x: float) -> tuple[int, ...]:
    """Return the sign of `x`; both signs for 0."""
    return (1,) if x > 0 else (-1,) if x < 0 else (-1, 1)


def number_of(x: Value | float) -> float:
    """Return the number at a node, or a constant."""
    return x.data if x.__class__ is Value else float(x)


def _linearize(op: Op, inputs: Sequence[float]) -> tuple[float, Sequence[float]]:
    """Return the value of `op` and its row of partial derivatives, or nan where it is not defined."""
    with suppress(ArithmeticError, ValueError):  # floats are faster than IEEE arithmetic, where they do not raise
        y = op.evaluate(inputs)
        return y, op.partials(inputs, y)
    with suppress(ArithmeticError, ValueError):
        return op.linearize(inputs)
    return nan, [nan] * len(inputs)
