"""Layers whose gradients vanish or explode, and layers with nothing between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot, isfinite, isnan, nan, sqrt
from statistics import median
from typing import NamedTuple

from autograd import Value

from ..shared import common_scope
from .chains import Chains
from .findings import Finding, Wording, joined, some
from .units import Unit

_APART = 3  # weights between layers whose gradients are compared
_VANISHING, _EXPLODING = 1e-4, 1e4  # times the gradients of layers nearer to the loss
_TINY, _HUGE = 1e-12, 1e6  # gradients that are not worth comparing, and those that need no comparison


def layer_faults(layers: Sequence[Sequence[Unit]], chains: Chains, wording: Wording) -> Iterator[Finding]:
    """Find layers whose gradients vanish or explode, and pairs of layers that are one linear function."""
    arrived = _arrived_gradients(layers, chains, wording)
    vanishing = [each for each in arrived if each.nearer > _TINY and 0 < each.size < _VANISHING * each.nearer]
    if vanishing:  # nothing at all has another reason
        worst = min(vanishing, key=lambda each: each.size)
        yield _about_sizes("vanishing", "vanish", vanishing, worst, _against_vanishing(layers, chains))
    limits = [max(1.0, _EXPLODING * each.nearer) if each.nearer > 0 else _HUGE for each in arrived]
    exploding = [each for each, limit in zip(arrived, limits) if each.size > min(limit, _HUGE)]
    if exploding:
        worst = max(exploding, key=lambda each: each.size)
        advice = "Use smaller weights, a smaller learning rate, inputs and targets around 1, or clip the gradients"
        yield _about_sizes("exploding", "explode", exploding, worst, advice)
    for first, second in _linear_pairs(layers, chains):
        yield _about_linear(first, second, wording)


class _Arrived(NamedTuple):
    """The root mean square of the gradients of the `parameters` of a layer: its `size`.

    `nearer` is the largest such size of the layers nearer to the loss, where units count as if each had a bias.
    """

    name: str
    parameters: Sequence[Value]
    size: float
    nearer: float


def _arrived_gradients(layers: Sequence[Sequence[Unit]], chains: Chains, wording: Wording) -> list[_Arrived]:
    """Measure the gradients that are finite, by layers.

    A layer is the outermost scope that not all parameters share. Without scopes, parameters are in one layer if a
    signal meets as many weights from there to the loss.
    """
    parameters = [p for p in chains.parameters if isfinite(chains.gradients[p])]
    shared = len(common_scope(p.scope for p in parameters if p.scope))
    scopes = {p: p.scope[: shared + 1] for p in parameters}
    keys = {p: (scope, 0 if scope else chains.depths[p]) for p, scope in scopes.items()}
    groups: dict[tuple[tuple[str, ...], int], list[Value]] = {}
    for p, key in keys.items():
        groups.setdefault(key, []).append(p)
    gradients = {key: [chains.gradients[p] for p in group] for key, group in groups.items()}
    sizes = {key: _root_mean_square(found) for key, found in gradients.items()}
    for unit in (unit for layer in layers for unit in layer):
        if unit.parameters[0] in keys:
            gradients[keys[unit.parameters[0]]].append(sum(chains.gradients[node] for node in unit.nodes))
    depths = {key: max(chains.depths[p] for p in group) for key, group in groups.items()}
    reached = [(depths[key], _root_mean_square(found)) for key, found in gradients.items()]
    nearer = {key: max((size for d, size in reached if d + _APART <= depths[key]), default=0.0) for key in groups}
    return [
        _Arrived(joined(key[0]) or wording.parameters(group), group, sizes[key], nearer[key])
        for key, group in groups.items()
    ]


def _root_mean_square(numbers: Sequence[float]) -> float:
    return hypot(*numbers) / sqrt(len(numbers))


def _against_vanishing(layers: Sequence[Sequence[Unit]], chains: Chains) -> str:
    nodes = [node for layer in layers for unit in layer if not unit.is_output for node in unit.nodes]
    slopes = [abs(chains.slopes[x]) for node in nodes for x in chains.exits(node) if x in chains.bent]
    slope = median(slopes) if slopes else 1.0
    if slope < 0.5:
        return (
            f"The slopes of the activations are around {slope:.2g}: use relu or tanh, whose slope is up to 1, "
            "other initial weights, fewer layers, or links that skip some"
        )
    return "Use larger initial weights, of a standard deviation of 1/√inputs, fewer layers, or links that skip some"


def _about_sizes(kind: str, verb: str, layers: Sequence[_Arrived], worst: _Arrived, advice: str) -> Finding:
    ratio = worst.size / worst.nearer if worst.nearer else 1.0
    compared = f", {ratio:.2g} times that nearer to the loss" if not 0.1 < ratio < 10 else ""
    sentence = (
        f"gradients {verb} on the way back to {some([layer.name for layer in layers])}: their root mean square at "
        f"{worst.name} is {worst.size:.2g}{compared}. {advice}."
    )
    return Finding(kind, tuple(p for layer in layers for p in layer.parameters), sentence)


def _linear_pairs(layers: Sequence[Sequence[Unit]], chains: Chains) -> Iterator[tuple[Sequence[Unit], Sequence[Unit]]]:
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
            yield first, second


def _is_only_weighted(unit: Unit, chains: Chains) -> bool:
    """Check if a unit sums weighted signals and nothing else, and only weights read it."""
    signals = [x for adder in unit.adders for _, x in adder.products]
    if not signals or any(adder.signals for adder in unit.adders) or any(x in chains.parameters for x in signals):
        return False
    exits = (node for adder in unit.nodes for node in chains.exits(adder))
    readers = (reader for node in exits for reader in chains.readers[node])
    return all(chains.is_weighted(reader) for reader in readers if chains.origins[reader] is reader)


def _about_linear(first: Sequence[Unit], second: Sequence[Unit], wording: Wording) -> Finding:
    """Word the finding of a pair. A layer narrower than what it reads and than the second may be a bottleneck."""
    is_bottleneck = len(first) == 1 or len(first) < min(len(first[0].adders[0].products), len(second))
    put = f"That is fine if the {len(first)} in the middle are to be a bottleneck, else put" if is_bottleneck else "Put"
    sentence = (
        f"there is nothing between {wording.layer(first)} and {wording.layer(second)}: they are one linear layer "
        f"written as two. {put} an activation between them, such as relu or tanh."
    )
    nodes = tuple(node for unit in first for node in unit.nodes)
    return Finding("linear", nodes, sentence, is_fault=not is_bottleneck)
