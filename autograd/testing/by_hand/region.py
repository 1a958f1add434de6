"""`Region`: the part of a graph between a node and the nearest nodes whose gradients are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from autograd.testing.by_hand.written_sweep import swept
from autograd.value import Value


class Region:
    """The paths from `node` to the nearest nodes with `known` gradients, or else to the last of the `nodes`.

    `cotangents` are the gradients of all nodes as they follow from the known ones, `tangents` the derivatives of the
    nodes on the paths with respect to `node`. A change of the local derivatives in one place changes the gradient
    linearly: by the cotangent of the consumer there, times the change, times the tangent of the input.
    """

    def __init__(self, nodes: Sequence[Value], node: Value, known: Mapping[Value, float]) -> None:
        self.node = node
        self.leaves = [each for each in nodes if each.op is None]
        self.cotangents = _cotangents(nodes, {each: g for each, g in known.items() if each is not node})
        self.gradient = self.cotangents[node]
        self.tangents = {node: 1.0}
        self.consumers: list[Value] = []  # nearest first
        for each in nodes:
            if each is not node and any(x in self.tangents for x in each.inputs):
                self.consumers.append(each)
                if each not in known and each is not nodes[-1]:
                    self.tangents[each] = self.tangent(each, each.partials)

    def places(self, consumer: Value) -> list[int]:
        """Return the indices of the inputs of a consumer that depend on the node."""
        return [place for place, x in enumerate(consumer.inputs) if x in self.tangents]

    def edges(self, consumers: Sequence[Value]) -> Iterator[tuple[Value, int]]:
        """Yield each consumer with each of its `places`."""
        for consumer in consumers:
            for place in self.places(consumer):
                yield consumer, place

    def input(self, consumer: Value, place: int) -> Value:
        """Return an input of a consumer that depends on the node."""
        return cast("Value", consumer.inputs[place])

    def tangent_of_input(self, consumer: Value, place: int) -> float:
        """Return the derivative of an input of a consumer with respect to the node; 0 if it does not depend on it."""
        x = consumer.inputs[place]
        return self.tangents.get(x, 0.0) if isinstance(x, Value) else 0.0

    def tangent(self, consumer: Value, row: Sequence[float]) -> float:
        """Return the derivative of a consumer with respect to the node, by a `row` of local derivatives."""
        return sum(float(row[place]) * self.tangent_of_input(consumer, place) for place in self.places(consumer))

    def through(self, consumer: Value) -> float:
        """Return the contribution of all paths through a consumer."""
        return self.cotangents[consumer] * self.tangent(consumer, consumer.partials)

    def changed(self, consumer: Value, tangent: float) -> float:
        """Return the gradient of the node if the derivative of one consumer with respect to it was `tangent`."""
        return self.gradient + self.cotangents[consumer] * tangent - self.through(consumer)

    def changed_at(self, consumer: Value, place: int, partial: float) -> float:
        """Return the gradient of the node if one local derivative was `partial`."""
        change = partial - float(consumer.partials[place])
        return self.gradient + self.cotangents[consumer] * change * self.tangent_of_input(consumer, place)

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
        """Return True if a part of the gradient does not come over one local derivative."""
        return abs(self.changed_at(consumer, place, 0.0)) > 1e-9 * abs(self.gradient)

    def path(self, consumer: Value, place: int) -> list[Value]:
        """Return the nodes of one path from the node, over one local derivative, to a node with a known gradient."""
        path: list[Any] = [consumer.inputs[place], consumer]
        while path[0] is not self.node:
            path.insert(0, path[0].inputs[self.places(path[0])[0]])
        while path[-1] in self.tangents:
            path.append(next(c for c in self.consumers if path[-1] in c.inputs))
        return path


def _cotangents(nodes: Sequence[Value], known: Mapping[Value, float]) -> dict[Value, float]:
    """Return the gradients of all nodes in backward order, with the `known` ones in place of those that follow."""
    return {node: known.get(node, g) for node, g in swept(nodes, known.get)}
