"""Which nodes of a large graph are drawn together: those of one scope, and those that are alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from autograd.graph import common_scope
from autograd.printing.formulas import label_of
from autograd.value import Value

Scope = tuple[str, ...]
Placement = dict[Value, Hashable]  # the box of each node: the node itself, a scope, or the nodes that are alike

_DEEPEST = 12  # levels of scopes that are told apart
_MOST_BOXES = 60  # of a picture in which boxes stand for many nodes
_MOST_EDGES = 60  # of such a picture; one with more is not read


class Alike(NamedTuple):
    """The box of nodes with the same operation, scope and name but for its number, that read the same boxes."""

    number: int


def full_scopes(nodes: Sequence[Value]) -> dict[Value, Scope]:
    """Return the scope of each of the `nodes`, which are in topological order.

    A node belongs to the scopes that were entered when it was made. Parameters know their part of a model, and what
    reads them belongs there as well; so does an activation, an operation of one input that alone reads the result.
    """
    readers = Counter(x for node in nodes for x in set(node.inputs) if isinstance(x, Value))
    scopes: dict[Value, Scope] = {}
    adders: dict[Value, Scope] = {}  # the scope of the parameters that a node reads
    for node in nodes:
        parts = [x.scope for x in node.inputs if isinstance(x, Value) and x.op is None and x.scope]
        part = common_scope(parts)
        if part:
            adders[node] = part
        elif len(node.inputs) == 1 and node.inputs[0] in adders and readers[node.inputs[0]] == 1:
            part = adders[node.inputs[0]]
        scopes[node] = node.scope if node.scope[-len(part) :] == part else node.scope + part
    full = scopes | _of_parameters(nodes, scopes)
    return {node: scope[:_DEEPEST] for node, scope in full.items()}


def _of_parameters(nodes: Sequence[Value], scopes: Mapping[Value, Scope]) -> dict[Value, Scope]:
    """Return the scopes of parameters: those of what reads them, which may lie in scopes of their own."""
    readers: dict[Value, list[Scope]] = {}
    for node in nodes:
        for x in node.inputs:
            if isinstance(x, Value) and x.op is None and x.scope:
                readers.setdefault(x, []).append(scopes[node])
    return {x: common_scope(found) for x, found in readers.items()}


def place(nodes: Sequence[Value], limit: int, depth: int | None) -> Placement:
    """Place the `nodes` in boxes, if possible not more than `limit`; scopes below the `depth` are one box each."""
    scopes = full_scopes(nodes)
    deepest = max(map(len, scopes.values()))
    if len(nodes) <= limit and (depth is None or depth >= deepest):
        return {node: node for node in nodes}
    fold, limit = len(nodes) > limit, min(limit, _MOST_BOXES)
    for opened in range(deepest, -1, -1) if depth is None else [depth]:
        placement = _boxes(nodes, scopes, opened, fold)
        if len(set(placement.values())) <= limit and len(edges(nodes, placement)) <= _MOST_EDGES:
            break
    return placement


def _boxes(nodes: Iterable[Value], scopes: Mapping[Value, Scope], depth: int, fold: bool) -> Placement:
    """Put each scope that is nested deeper than `depth` into one box and, where `fold` says so, what is alike."""
    placement: Placement = {}
    numbers: dict[Hashable, int] = {}
    for node in nodes:
        scope = scopes[node]
        if len(scope) > depth:
            placement[node] = scope[: depth + 1]
        elif fold:
            inputs = frozenset(placement[x] for x in node.inputs if isinstance(x, Value) and x in placement)
            signature = (scope, node.op, label_of(node).rstrip("_0123456789"), inputs)
            placement[node] = Alike(numbers.setdefault(signature, len(numbers)))
        else:
            placement[node] = node
    sizes = Counter(placement.values())
    return {node: node if isinstance(box, Alike) and sizes[box] == 1 else box for node, box in placement.items()}


def edges(nodes: Iterable[Value], placement: Placement) -> Counter[tuple[Hashable, Hashable]]:
    """Count the edges from box to box."""
    found = Counter(
        (placement[x], placement[node])
        for node in nodes
        for x in node.inputs
        if isinstance(x, Value) and x in placement
    )
    return Counter({pair: count for pair, count in found.items() if pair[0] != pair[1]})


def nearest(root: Hashable, links: Iterable[tuple[Hashable, Hashable]], limit: int) -> set[Hashable]:
    """Return the `limit` boxes that are fewest edges before `root`."""
    before: dict[Hashable, list[Hashable]] = {}
    for source, target in links:
        before.setdefault(target, []).append(source)
    found = dict.fromkeys([root])
    for box in (queue := [root]):
        for source in before.get(box, ()):
            if source not in found and len(found) < limit:
                found[source] = None
                queue.append(source)
    return set(found)
