"""Backpropagation: visit every node once, outputs before inputs, and pass on what arrived there.

This file knows nodes only by their `inputs`, among which plain numbers are constants, and by their `partials`.
"""

from __future__ import annotations

from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import Any

    from autograd.value import Value


def topological(roots: Collection[Value], leaves: Collection[Value] = ()) -> list[Value]:
    """Return the nodes that the `roots` are computed from, inputs before outputs, without looking behind `leaves`.

    >>> from autograd import Value
    >>> a = Value(2.0, label="a")
    >>> [node.label or node.op.name for node in topological([a * a + 1])]
    ['a', 'mul', 'add']
    """
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Any] = [*roots]
    push = stack.append
    while stack:
        node = stack.pop()
        if node is None:  # all inputs of the node below are in order now
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if leaves and node in leaves:
                order.append(node)
                continue
            stack += (node, None)
            node_type = node.__class__
            for x in node.inputs:
                if x not in seen and x.__class__ is node_type:
                    push(x)
    return order


def propagate(
    order: Sequence[Value], seeds: Mapping[Value, Any], rows: Callable[[Value], Sequence[Any]] | None = None
) -> Iterator[tuple[Value, Any]]:
    """Carry the `seeds` back along a topological `order`: yield each node with the cotangent that arrived there.

    This is the chain rule: a node whose cotangent is c sends c * d to the input by which its partial derivative is d,
    and what arrives at a node by several paths adds up. `rows` gives the row of partial derivatives at a node, where
    that is not `node.partials`.
    """
    cotangents: dict[Value, Any] = dict.fromkeys(order, 0.0)
    cotangents.update(seeds)
    for node in reversed(order):
        arrived = cotangents[node]
        yield node, arrived
        row = node.partials
        if arrived.__class__ is float and not arrived and isfinite(sum(row)):
            continue  # zero times finite adds nothing (zero times infinite is nan and must be seen)
        if rows:
            row = rows(node)
        node_type = node.__class__
        for x, d in zip(node.inputs, row):
            if x.__class__ is node_type:
                cotangents[x] += arrived * d


class Step:
    """One step of a backward pass: a `node` and the `cotangent` that arrived there, the sum over all its paths."""

    __slots__ = ("cotangent", "node")

    def __init__(self, node: Value, cotangent: float) -> None:
        self.node, self.cotangent = node, cotangent

    @property
    def partials(self) -> Sequence[float]:
        """The local derivatives: of the node by each of its inputs."""
        return self.node.partials

    @property
    def contributions(self) -> list[float]:
        """What goes to each input: the cotangent times the local derivative."""
        return [self.cotangent * d for d in self.partials]

    def __repr__(self) -> str:
        return f"Step({self.node!r}, cotangent={self.cotangent}, contributions={self.contributions})"


def backprop(root: Value, seed: float = 1.0) -> Iterator[Step]:
    """Do what `root.backward(seed)` does, one node at a time.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> for step in backprop(a * b):
    ...     print(step.node.label or step.node.op.name, step.cotangent, step.contributions)
    mul 1.0 [3.0, 2.0]
    a 3.0 []
    b 2.0 []
    """
    for node, cotangent in propagate(topological([root]), {root: float(seed)}):
        node.grad += cotangent
        yield Step(node, cotangent)
