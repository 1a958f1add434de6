"""Propagate cotangents in a compiled function, where each sample may choose another branch of `where` or `maximum`.

In a graph of numbers, no gradient is sent to a branch that was not chosen. In a compiled function, the choice is part
of the program: the gradient of a branch is replaced by 0 for samples that did not choose it, even if it is nan.
"""

from __future__ import annotations

from autograd.ops import COMPARISONS, where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from autograd.value import Value


def passed(d: Any, x: Any) -> Any:
    """Return d * x for a partial derivative `d` of an operation that chooses, with 0 * x = 0 even if `x` is nan."""
    return where(d > 0, d * x, 0.0)


def propagate_conditionally(
    order: Sequence[Value], cotangents: dict[Value, Any], rows: Callable[[Value], Sequence[Any]]
) -> Iterator[tuple[Value, Any]]:
    """Yield each node with its cotangent as `propagate` does, under the conditions of the choices along the paths."""
    conditions: dict[Value, Any] = dict.fromkeys(cotangents)  # None: always chosen
    for node in reversed(order):
        arrived = cotangents.get(node, 0.0)
        yield node, arrived
        if node not in cotangents or node.op in COMPARISONS:
            continue
        here, node_type = conditions[node], node.__class__
        is_choice = node.op is not None and node.op.chooses
        for x, d in zip(node.inputs, rows(node)):
            if x.__class__ is not node_type or (is_choice and d.__class__ is float and not d):
                continue
            condition = here if not is_choice else d > 0 if here is None else where(d > 0, here, 0.0)
            sent = arrived * d if condition is None else where(condition, arrived * d, 0.0)
            if x not in cotangents:
                cotangents[x], conditions[x] = sent, condition
            else:
                cotangents[x] = cotangents[x] + sent
                both = conditions[x], condition
                conditions[x] = None if None in both else both[0] + both[1]
