"""Detect functions that compute more than their recorded graph contains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from autograd.conversion import explanation
from autograd.graph import replay
from autograd.value import Value

_SMALL_STEP = 1e-7  # step relative to the input
_LARGE_STEP = 0.125  # step for inputs that are not in the graph, because rounding may hide a small step


def unrecorded(
    record: Callable[[Sequence[float]], Value], root: Value, nodes: Sequence[Value], leaves: list[Value]
) -> str:
    """Return a sentence that shows how the function differs from its graph near the inputs, or "" if it does not.

    `record` records the function at other inputs; `root`, `nodes` and `leaves` are the graph.
    """
    read = set(nodes)
    small = {leaf: _SMALL_STEP * (abs(leaf.data) or 1.0) for leaf in leaves}
    large = {leaf: _LARGE_STEP * max(abs(leaf.data), 1.0) for leaf in leaves if leaf not in read}
    for steps in filter(None, (small, large)):
        sides = [{leaf: leaf.data + sign * steps.get(leaf, 0.0) for leaf in leaves} for sign in (1, -1)]
        if all(found := [_difference(record, root, read, moved) for moved in sides]):  # one side may be another branch
            question = (
                f"the function differs from its recorded graph: near this point {found[1]}. Does it convert nodes to "
                "numbers (math.sin(v), float(v), v.data), or draw random numbers?"
            )
            return f"{question} {explanation(leaves)}".strip()
    return ""


def _difference(
    record: Callable[[Sequence[float]], Value], root: Value, read: set[Value], moved: Mapping[Value, float]
) -> str:
    """Describe how the function and its graph differ with the numbers in `moved` at the leaves, or return ""."""
    try:
        graph = replay(root, {leaf: x for leaf, x in moved.items() if leaf in read})
        there = record(list(moved.values())).data
    except (ArithmeticError, ValueError, TypeError) as error:  # outside a domain
        return f"it raises {type(error).__name__}: {error}"
    is_same = there == graph or (there != there and graph != graph)
    return "" if is_same else f"the function gives {there!r} and the graph {graph!r}"
