"""Sweep back through a graph in which gradients were written down, rounded or known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd.operand import NOTHING
from autograd.value import Value


def swept(
    nodes: Sequence[Value],
    carried: Callable[[Value, Any], Any],
    rows: Mapping[Value, Sequence[Any]] | None = None,
    seed: Any = 1.0,
) -> Iterator[tuple[Value, Any]]:
    """Yield each node with the gradient that arrives at it, in backward order.

    Each node sends on `carried(node, gradient)`, by the local derivatives in `rows` or else by its own. The gradient of
    the last node is `seed`.
    """
    arrived: dict[Value, Any] = {nodes[-1]: seed}
    for node in reversed(nodes):
        gradient = arrived.get(node, 0.0)
        yield node, gradient
        gradient = carried(node, gradient)
        for x, d in zip(node.inputs, node.partials if rows is None else rows.get(node, ())):
            if isinstance(x, Value) and d is not NOTHING:
                sent = gradient * d
                arrived[x] = arrived[x] + sent if x in arrived else sent
