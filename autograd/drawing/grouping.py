"""Group the nodes of a large graph into boxes: by scope, and by similarity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence

from autograd.graph import common_scope, edges_of
from autograd.printing.formulas import label_of
from autograd.value import Value

Scope = tuple[str, ...]
Placement = dict[Value, Hashable]  # the box of each node: itself, a scope, or the number of a group of similar nodes

MAX_DEPTH = 12  # levels of scopes; deeper ones are merged
MAX_BOXES = 60  # number of boxes in a picture with groups
MAX_EDGES = 60  # number of edges in a picture with groups


def full_scopes(nodes: Sequence[Value]) -> dict[Value, Scope]:
    """Return the scope of each of the `nodes`, given in topological order.

    A node belongs to the scopes that were active when it was created. A parameter carries the scope of its part of a
    model; an operation on it belongs there as well, and so does an activation that is the only user of the result.
    """
    readers = Counter(x for x, _ in set(edges_of(nodes)))
    scopes: dict[Value, Scope] = {}
    operations: dict[Value, Scope] = {}  # operations on parameters, with the common scope of these parameters
    for node in nodes:
        parts = [x.scope for x in node.inputs if isinstance(x, Value) and x.op is None and x.scope]
        part = common_scope(parts)
        if part:
            operations[node] = part
        elif len(node.inputs) == 1 and node.inputs[0] in operations and readers[node.inputs[0]] == 1:
            part = operations[node.inputs[0]]
        scopes[node] = node.scope if node.scope[-len(part) :] == part else node.scope + part
    users: dict[Value, list[Scope]] = {}  # the scopes of the operations on each parameter
    for x, node in edges_of(nodes):
        if x.op is None and x.scope:
            users.setdefault(x, []).append(scopes[node])
    full = scopes | {x: common_scope(found) for x, found in users.items()}
    return {node: scope[:MAX_DEPTH] for node, scope in full.items()}


def place(nodes: Sequence[Value], limit: int, depth: int | None) -> Placement:
    """Assign the `nodes` to at most `limit` boxes, if possible; each scope deeper than `depth` becomes one box."""
    scopes = full_scopes(nodes)
    deepest = max(map(len, scopes.values()))
    if len(nodes) <= limit and (depth is None or depth >= deepest):
        return {node: node for node in nodes}
    merge, limit = len(nodes) > limit, min(limit, MAX_BOXES)
    for level in range(deepest, -1, -1) if depth is None else [depth]:
        placement = _boxes(nodes, scopes, level, merge)
        if len(set(placement.values())) <= limit and len(edges(nodes, placement)) <= MAX_EDGES:
            break
    return placement


def _boxes(nodes: Iterable[Value], scopes: Mapping[Value, Scope], depth: int, merge: bool) -> Placement:
    """Make one box of each scope deeper than `depth` and, if `merge` is true, of similar nodes.

    Similar nodes have the same operation, scope and inputs, and labels that differ only in a number at the end.
    """
    placement: Placement = {}
    numbers: dict[Hashable, int] = {}
    for node in nodes:
        scope = scopes[node]
        if len(scope) > depth:
            placement[node] = scope[: depth + 1]
        elif merge:
            inputs = frozenset(placement[x] for x in node.inputs if isinstance(x, Value) and x in placement)
            signature = (scope, node.op, label_of(node).rstrip("_0123456789"), inputs)
            placement[node] = numbers.setdefault(signature, len(numbers))
        else:
            placement[node] = node
    sizes = Counter(placement.values())
    return {node: node if isinstance(box, int) and sizes[box] == 1 else box for node, box in placement.items()}


def edges(nodes: Iterable[Value], placement: Placement) -> Counter[tuple[Hashable, Hashable]]:
    """Count the edges between different boxes."""
    found = Counter((placement[x], placement[node]) for x, node in edges_of(nodes) if x in placement)
    return Counter({pair: count for pair, count in found.items() if pair[0] != pair[1]})


def nearest(root: Hashable, links: Iterable[tuple[Hashable, Hashable]], limit: int) -> set[Hashable]:
    """Return `root` and the boxes nearest to it along the edges that lead to it, `limit` boxes in all."""
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
