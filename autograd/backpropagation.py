"""Backpropagation: visit each node once, outputs before inputs, and send its cotangent on to its inputs.

A node needs three attributes here: `inputs`, in which plain numbers are constants, `partials`, the local derivatives
with respect to them, and `op`, which may choose among them.
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
    """Return the nodes that the `roots` are computed from, inputs before outputs, without going past `leaves`.

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
        if node is None:  # all inputs of the next node are in `order` now
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if leaves and node in leaves:
                order.append(node)
                continue
            stack += (node, None)
            node_type = node.__class__
            for x in reversed(node.inputs):  # the first input is then visited first
                if x not in seen and x.__class__ is node_type:
                    push(x)
    return order


def propagate(
    order: Sequence[Value], cotangents: dict[Value, Any], rows: Callable[[Value], Sequence[Any]] | None = None
) -> Iterator[tuple[Value, Any]]:
    """Propagate cotangents back along a topological `order`, and yield each node with its complete cotangent.

    The dict `cotangents` holds the seeds at first; the cotangents of the other nodes are added to it.

    This is the chain rule: a node with the cotangent c sends c * d to each input, where d is the partial derivative
    with respect to that input. Contributions that reach a node along several paths add up. `rows` is a function that
    returns the partial derivatives to use for a node, by default `node.partials`.
    """
    for node in reversed(order):
        arrived = cotangents.get(node, 0.0)
        yield node, arrived
        row = node.partials
        node_type = node.__class__
        if arrived.__class__ is float:
            if not arrived and isfinite(sum(row)) and not (node.op and node.op.chooses):
                continue  # 0 times a finite number adds nothing, but 0 times infinity is nan and must not be hidden
        elif arrived is NOTHING:  # an option that was not chosen, or one of its inputs
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
