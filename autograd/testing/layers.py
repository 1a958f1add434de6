"""The layers of a recorded network, and the gradients that reach them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import hypot, sqrt
from typing import NamedTuple

from autograd.modes import common_scope
from autograd.ops import gelu, leaky_relu, relu, sigmoid, softplus, tanh
from autograd.value import Value

_ACTIVATIONS = (relu, leaky_relu, gelu, softplus, tanh, sigmoid)
_APART = 3  # activations between layers whose gradients are compared
_VANISHING, _EXPLODING = 1e-4, 1e4  # times the gradients of layers nearer to the loss
_TINY, _HUGE = 1e-12, 1e6  # gradients that are not worth comparing, and those that need no comparison


def activations_behind(order: Sequence[Value]) -> dict[Value, int]:
    """Return for each node of a topological `order` the most activations on a path from it to the last one."""
    depths = dict.fromkeys(order, 0)
    for node in reversed(order):
        depth = depths[node] + (node.op in _ACTIVATIONS)
        for x in node.inputs:
            if isinstance(x, Value):
                depths[x] = max(depths[x], depth)
    return depths


class Layer(NamedTuple):
    """The `parameters` of a layer, and the `size` of their gradients as a root mean square.

    `nearer` is the largest such size of the layers nearer to the loss. `scope` is empty where parameters have none.
    """

    scope: tuple[str, ...]
    parameters: Sequence[Value]
    size: float
    nearer: float

    @property
    def vanishes(self) -> bool:
        """Whether hardly anything arrives of what there is nearer to the loss; nothing at all has another reason."""
        return self.nearer > _TINY and 0 < self.size < _VANISHING * self.nearer

    @property
    def explodes(self) -> bool:
        """Whether far more arrives than nearer to the loss, or far too much."""
        return self.size > _HUGE or (self.nearer > 0 and self.size > max(1.0, _EXPLODING * self.nearer))


def find_layers(order: Sequence[Value], gradients: Mapping[Value, float], parameters: Sequence[Value]) -> list[Layer]:
    """Return the layers of `parameters` with their `gradients`, in a graph with the topological `order`.

    A layer is the outermost scope that not all parameters share, else what has as many activations behind it.
    """
    shared = len(common_scope(p.scope for p in parameters if p.scope))
    behind = activations_behind(order)
    groups: dict[tuple[tuple[str, ...], int], list[Value]] = {}
    for p in parameters:
        scope = p.scope[: shared + 1]
        groups.setdefault((scope, 0 if scope else behind[p]), []).append(p)
    depths = [max(behind[p] for p in group) for group in groups.values()]
    sizes = [hypot(*(gradients[p] for p in group)) / sqrt(len(group)) for group in groups.values()]
    nearer = [max((size for d, size in zip(depths, sizes) if d + _APART <= depth), default=0.0) for depth in depths]
    scopes = [scope for scope, _ in groups]
    return [Layer(*fields) for fields in zip(scopes, groups.values(), sizes, nearer)]
