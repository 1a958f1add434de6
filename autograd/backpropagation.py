"""Backpropagation: visit every node once, outputs before inputs, and pass on what arrived there.

This file knows nodes by their `inputs`, among which plain numbers are constants, by their `partials`, and by their
`op`, which may choose among the inputs.
"""

from __future__ import annotations

from math import isfinite

from autograd.operand import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
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
            for x in reversed(node.inputs):  # so that the first comes first
                if x not in seen and x.__class__ is node_type:
                    push(x)
    return order


def propagate(
    order: Sequence[Value], cotangents: dict[Value, Any], rows: Callable[[Value], Sequence[Any]] | None = None
) -> Iterator[tuple[Value, Any]]:
    """Carry `cotangents` back along a topological `order`: yield each node with the cotangent that arrived there.

    The dict `cotangents` begins with the seeds. Whatever arrives at a node is added to it.

    This is the chain rule: a node whose cotangent is c sends c * d to the input by which its partial derivative is d,
    and what arrives at a node by several paths adds up. `rows` gives the row of partial derivatives at a node, where
    that is not `node.partials`.
    """
    for node in reversed(order):
        arrived = cotangents.get(node, 0.0)
        yield node, arrived
        row = node.partials
        node_type = node.__class__
        if arrived.__class__ is float:
            if not arrived and isfinite(sum(row)) and not (node.op and node.op.chooses):
                continue  # zero times finite adds nothing (zero times infinite is nan and must be seen)
        elif arrived is NOTHING:  # behind an option that was not chosen
            for x in node.inputs:
                if x.__class__ is node_type:
                    cotangents.setdefault(x, arrived)
            continue
        if rows:
            row = rows(node)
        for x, d in zip(node.inputs, row):
            if x.__class__ is node_type:
                sent = arrived * d
                cotangents[x] = cotangents[x] + sent if x in cotangents else sent
