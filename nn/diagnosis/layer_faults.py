"""The layers of a recorded network: the gradients that reach them, and those with nothing between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import hypot, isnan, nan, sqrt
from typing import NamedTuple

from autograd import Value, dot

from ..shared import common_scope, mul
from .chains import Chains
from .units import Unit

_APART = 3  # weights between layers whose gradients are compared
_VANISHING, _EXPLODING = 1e-4, 1e4  # times the gradients of layers nearer to the loss
_TINY, _HUGE = 1e-12, 1e6  # gradients that are not worth comparing, and those that need no comparison


class Layer(NamedTuple):
    """The `parameters` of a layer, and the `size` of their gradients as a root mean square.

    `nearer` is the largest such size of the layers nearer to the loss, where units count as if each had a bias.
    `scope` is empty where parameters have none.
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


def find_layers(parameters: Sequence[Value], units: Iterable[Unit], chains: Chains) -> list[Layer]:
    """Return the layers of `parameters`, which the `units` read, with the sizes of their gradients.

    A layer is the outermost scope that not all parameters share. Without scopes, parameters are in one layer if a
    signal meets as many weights from there to the loss.
    """
    shared = len(common_scope(p.scope for p in parameters if p.scope))
    groups: dict[tuple[tuple[str, ...], int], list[Value]] = {}
    arriving: dict[tuple[tuple[str, ...], int], list[float]] = {}
    for p in parameters:
        scope = p.scope[: shared + 1]
        key = scope, 0 if scope else chains.depths[p]
        groups.setdefault(key, []).append(p)
        arriving.setdefault(key, []).append(chains.gradients[p])
    key_of = {p: key for key, group in groups.items() for p in group}
    sizes = {key: _root_mean_square(gradients) for key, gradients in arriving.items()}
    for unit in units:
        if unit.parameters[0] in key_of:
            arriving[key_of[unit.parameters[0]]].append(sum(chains.gradients[node] for node in unit.nodes))
    depths = {key: max(chains.depths[p] for p in group) for key, group in groups.items()}
    reached = [(depths[key], _root_mean_square(gradients)) for key, gradients in arriving.items()]
    return [
        Layer(key[0], group, sizes[key], max((size for d, size in reached if d + _APART <= depths[key]), default=0.0))
        for key, group in groups.items()
    ]


def _root_mean_square(numbers: Sequence[float]) -> float:
    return hypot(*numbers) / sqrt(len(numbers))


class LinearPair(NamedTuple):
    """Two layers with nothing between them, which are one linear function.

    The first `is_bottleneck` if it is narrower than what it reads and than the second: then not all can pass.
    """

    first: Sequence[Unit]
    second: Sequence[Unit]
    is_bottleneck: bool


def find_linear_pairs(layers: Sequence[Sequence[Unit]], chains: Chains) -> Iterator[LinearPair]:
    """Yield the pairs of layers that are one linear function. A recurrence, which reads itself, is none."""
    unit_of = {node: unit for layer in layers for unit in layer for node in unit.nodes}
    number = {unit: i for i, layer in enumerate(layers) for unit in layer}
    slopes: dict[tuple[int, int], dict[tuple[Unit, Unit], set[float]]] = {}
    for unit, j in number.items():
        for x in (x for adder in unit.adders for _, x in adder.products if x in chains.origins):
            read = unit_of.get(chains.origins[x])
            if read:
                between = slopes.setdefault((number[read], j), {}).setdefault((read, unit), set())
                between.add(nan if x in chains.bent else chains.slopes[x])
    for (i, j), found in slopes.items():
        first, second = layers[i], layers[j]
        is_linear = all(len(between) == 1 and not isnan(*between) for between in found.values())
        is_complete = len(found) == len(first) * len(second)
        if is_linear and is_complete and (i, i) not in slopes and all(_is_only_weighted(u, chains) for u in first):
            reads = len(first[0].adders[0].products)
            yield LinearPair(first, second, len(first) == 1 or len(first) < min(reads, len(second)))


def _is_only_weighted(unit: Unit, chains: Chains) -> bool:
    """Say whether a unit sums weighted signals and nothing else, and only weights read it."""
    signals = [x for adder in unit.adders for _, x in adder.products]
    if not signals or any(adder.signals for adder in unit.adders) or any(x in chains.parameters for x in signals):
        return False
    exits = (node for adder in unit.nodes for node in chains.exits(adder))
    readers = (reader for node in exits for reader in chains.readers[node])
    outside = (reader for reader in readers if chains.origins[reader] is reader)
    return all(reader.op in (mul, dot) and any(x in chains.parameters for x in reader.inputs) for reader in outside)
