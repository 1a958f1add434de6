"""`Region`: the part of a graph between a node and the nearest nodes whose gradients are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograd.operand import NOTHING
from autograd.value import Value


class Region:
    """The paths from `node` to the nearest nodes with `known` gradients, or else to the last of the `nodes`.

    A change of the local derivatives in one place changes the gradient of `node` linearly: by the cotangent of the
    consumer there, times the change, times the derivative of the input with respect to `node`.
    """

    def __init__(self, nodes: Sequence[Value], node: Value, known: Mapping[Value, float]) -> None:
        self.node, self.known = node, known
        self.cotangents: dict[Value, float] = {}
        self.tangents = {node: 1.0}
        self.consumers: list[Value] = []  # nearest first
        for each in nodes:
            if each is not node and any(x in self.tangents for x in each.inputs):
                self.consumers.append(each)
                if each not in known and each is not nodes[-1]:
                    self.tangents[each] = self.tangent(each, each.partials)
        self._collect(nodes)
        self.gradient = self.cotangents[node]
        self.leaves = [each for each in nodes if each.op is None]

    def _collect(self, nodes: Sequence[Value]) -> None:
        """Propagate the known gradients back to the node."""
        found = {nodes[-1]: 1.0}
        for each in reversed(nodes):
            is_given = each in self.known and each is not self.node
            arrived = self.cotangents[each] = self.known[each] if is_given else found.get(each, 0.0)
            for x, d in zip(each.inputs, each.partials):
                if isinstance(x, Value) and d is not NOTHING:
                    found[x] = found.get(x, 0.0) + arrived * d

    def places(self, consumer: Value) -> Iterator[tuple[int, Value]]:
        """Yield the index and the node of each input of a consumer that depends on the node."""
        for place, x in enumerate(consumer.inputs):
            if isinstance(x, Value) and x in self.tangents:
                yield place, x

    def tangent(self, consumer: Value, row: Sequence[float]) -> float:
        """Return the derivative of a consumer with respect to the node, by a `row` of local derivatives."""
        return sum(float(row[place]) * self.tangents[x] for place, x in self.places(consumer))

    def changed(self, consumer: Value, tangent: float) -> float:
        """Return the gradient of the node if the derivative of one consumer with respect to it was `tangent`."""
        right = self.tangent(consumer, consumer.partials)
        return self.gradient + self.cotangents[consumer] * (tangent - right)

    def changed_at(self, consumer: Value, place: int, partial: float) -> float:
        """Return the gradient of the node if one local derivative was `partial`."""
        change = partial - float(consumer.partials[place])
        return self.gradient + self.cotangents[consumer] * change * self.tangents[consumer.inputs[place]]  # type: ignore[index]

    def changed_rows(self, rows: Mapping[Value, Sequence[float]]) -> float:
        """Return the gradient of the node if several consumers had other `rows` of local derivatives."""
        before, total = dict(self.tangents), 0.0
        for consumer in self.consumers:
            tangent = self.tangent(consumer, rows.get(consumer, consumer.partials))
            if consumer in self.tangents:
                self.tangents[consumer] = tangent
            else:
                total += self.cotangents[consumer] * tangent
        self.tangents = before
        return total

    def has_ways_around(self, consumer: Value, place: int) -> bool:
        """Return True if the gradient has a contribution that does not come over one local derivative."""
        through = self.changed_at(consumer, place, 0.0)
        return abs(through) > 1e-9 * abs(self.gradient)

    def path(self, consumer: Value, place: int) -> list[Value]:
        """Return the nodes of one path from the node, over one local derivative, to a node with a known gradient."""
        path: list[Any] = [consumer.inputs[place], consumer]
        while path[0] is not self.node:
            path.insert(0, next(x for x in path[0].inputs if x in self.tangents))
        while path[-1] in self.tangents:
            path.append(next(c for c in self.consumers if path[-1] in c.inputs))
        return path
