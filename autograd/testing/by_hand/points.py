"""Record a graph again at other points of its domain, to test formulas there."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from autograd.backpropagation import topological
from autograd.modes import recording
from autograd.operand import NOTHING
from autograd.testing.by_hand.rounded import round_to
from autograd.testing.inputs import input_values
from autograd.value import Value

MAX_POINTS = 3
_SHARES = (1.0, 0.3, 0.1, 0.01, 1e-3)  # of the distance to a point, tried in turn until it is inside the domain
_TURN = (math.sqrt(5) - 1) / 2  # the golden ratio spreads points evenly


def graph_at(nodes: Sequence[Value], numbers: Mapping[Value, float]) -> list[Value]:
    """Return copies of the `nodes`, inputs before outputs, recorded with other numbers for the leaves in `numbers`."""
    copies: dict[Value, Value] = {}
    with recording():
        for node in nodes:
            if node.op is None:
                copy = Value(numbers.get(node, node.data))
            else:
                copy = node.op.apply(tuple(copies[x] if isinstance(x, Value) else x for x in node.inputs))
            copy.label = node.label
            copies[node] = copy
    return list(copies.values())


def graphs_nearby(nodes: Sequence[Value], used: Collection[Value]) -> Iterator[list[Value]]:
    """Yield the graph at points where the leaves below the `used` nodes differ from each other and from now.

    At these points, all numbers are finite and each operation is on the same side of its kinks.
    """
    leaves = [node for node in topological(used) if node.op is None]
    for number in range(MAX_POINTS):
        for share in _SHARES:
            moved = {leaf: _moved(leaf.data, share, i, number) for i, leaf in enumerate(leaves)}
            if (graph := _inside(nodes, moved)) is not None:
                yield graph
                break


def _moved(x: float, share: float, i: int, number: int) -> float:
    """Return another number for the leaf at index `i`: at another distance for each, up and down in turn."""
    distance = share * max(abs(x), 0.5) * (0.25 + (i + 1) * _TURN % 1 + 0.5 * number)
    return round_to(x + distance * (-1) ** (i + number), 3 if share >= 0.1 else 6)  # easy to compute with


def _inside(nodes: Sequence[Value], numbers: Mapping[Value, float]) -> list[Value] | None:
    """Return the graph at other numbers, or None if they are outside the domain or beyond a kink."""
    try:
        graph = graph_at(nodes, numbers)
    except (ArithmeticError, ValueError):  # an operation of the user
        return None
    is_inside = all(math.isfinite(x) for node in graph for x in (node.data, *node.partials))
    return graph if is_inside and all(_side(a) == _side(b) for a, b in zip(nodes, graph)) else None


def _side(node: Value) -> Any:
    """Return on which sides of the kinks of its operation a node is."""
    if node.op is None:
        return None
    chosen = [d is NOTHING for d in node.partials] if node.op.chooses else []
    inputs = input_values(node)
    kinks = [] if node.op.chooses else [[x < k for x, k in zip(inputs, kink)] for kink in node.op.kinks]
    return chosen, kinks
