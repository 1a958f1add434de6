"""Does a function compute what it records, or do some of its numbers leave the graph?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from autograd.conversion import explanation
from autograd.graph import replay
from autograd.value import Value

_SMALL_STEP = 1e-7  # relative step of an input, to see whether the graph still computes the function
_LARGE_STEP = 0.125  # relative to 1, for an input that the graph does not read: a small step may be lost in rounding


def escape(again: Callable[[Sequence[float]], Value], root: Value, nodes: Sequence[Value], leaves: list[Value]) -> str:
    """Say so where a function computes something that is not in the graph that it recorded.

    `again` records the function at other numbers; `root`, `nodes` and `leaves` are the graph to compare with.
    """
    read = set(nodes)
    small = {leaf: _SMALL_STEP * (abs(leaf.data) or 1.0) for leaf in leaves}
    large = {leaf: _LARGE_STEP * max(abs(leaf.data), 1.0) for leaf in leaves if leaf not in read}
    for steps in filter(None, (small, large)):
        sides = [{leaf: leaf.data + sign * steps.get(leaf, 0.0) for leaf in leaves} for sign in (1, -1)]
        if all(found := [_difference(again, root, read, moved) for moved in sides]):  # one side may be another branch
            question = (
                f"the function does not compute what it records: near by it gives {found[1]}. Does it turn nodes into "
                "numbers (math.sin(v), float(v), v.data), or draw random numbers?"
            )
            return f"{question} {explanation(leaves)}".strip()
    return ""


def _difference(
    again: Callable[[Sequence[float]], Value], root: Value, read: set[Value], moved: Mapping[Value, float]
) -> str:
    """Say what the function and its graph give where the leaves have `moved`; "" where that is the same."""
    try:
        graph = replay(root, {leaf: x for leaf, x in moved.items() if leaf in read})
        there = again(list(moved.values())).data
    except (ArithmeticError, ValueError, TypeError) as error:  # outside a domain
        return f"{type(error).__name__}: {error}"
    return "" if there == graph or (there != there and graph != graph) else f"{there!r}, and its graph {graph!r}"
