"""Faults of layers: gradients that vanish or explode, and missing activations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot, isfinite, isnan, nan, sqrt
from statistics import median
from typing import NamedTuple

from autograd import Value

from ..shared import common_scope
from .chains import Chains
from .findings import Finding, Wording, first_few, joined
from .units import RecordedLayer, RecordedUnit, grouped

_APART = 3  # minimum number of weights between layers whose gradients are compared
_VANISHING, _EXPLODING = 1e-4, 1e4  # relative to the gradients of layers nearer to the loss
_TINY, _HUGE = 1e-12, 1e6  # gradients too small to compare, and gradients that are large in any case


def layer_faults(layers: Sequence[RecordedLayer], chains: Chains, wording: Wording) -> Iterator[Finding]:
    """Find layers whose gradients vanish or explode, and pairs of layers without an activation between them."""
    measured = _layer_gradients(layers, chains, wording)
    vanishing = [each for each in measured if each.nearer > _TINY and 0 < each.size < _VANISHING * each.nearer]
    if vanishing:
        worst = min(vanishing, key=lambda each: each.size)
        yield _about_sizes("vanishing", "vanish", vanishing, worst, _remedy_for_vanishing(layers, chains))
    limits = [max(1.0, _EXPLODING * each.nearer) if each.nearer > 0 else _HUGE for each in measured]
    exploding = [each for each, limit in zip(measured, limits) if each.size > min(limit, _HUGE)]
    if exploding:
        worst = max(exploding, key=lambda each: each.size)
        remedy = "Use smaller weights, a smaller learning rate, inputs and targets around 1, or gradient clipping"
        yield _about_sizes("exploding", "explode", exploding, worst, remedy)
    for first, second in _linear_pairs(layers, chains):
        yield _about_linear(first, second, wording)


class _LayerGradient(NamedTuple):
    """The root mean square `size` of the gradients of a layer's `parameters`.

    `nearer` is the largest such size among the layers nearer to the loss, counting units as if each had a bias.
    """

    name: str
    parameters: Sequence[Value]
    size: float
    nearer: float


def _layer_gradients(layers: Sequence[RecordedLayer], chains: Chains, wording: Wording) -> list[_LayerGradient]:
    """Measure the finite gradients of each layer.

    A layer is the outermost scope that not all parameters share; without scopes, it is the parameters with the same
    depth.
    """
    parameters = [p for p in chains.parameters if isfinite(chains.gradients[p])]
    shared = len(common_scope(p.scope for p in parameters if p.scope))
    biases: dict[Value, list[float]] = {}
    for unit in (unit for layer in layers for unit in layer):
        biases.setdefault(unit.parameters[0], []).append(sum(chains.gradients[node] for node in unit.nodes))
    groups = grouped(parameters, lambda p: (p.scope[: shared + 1], 0 if p.scope else chains.depths[p]))
    measured = []
    for (scope, _), group in groups.items():
        gradients = [chains.gradients[p] for p in group]
        size = _root_mean_square(gradients)
        size_with_biases = _root_mean_square([*gradients, *(g for p in group for g in biases.get(p, ()))])
        measured.append((scope, group, max(chains.depths[p] for p in group), size, size_with_biases))
    return [
        _LayerGradient(
            joined(scope) or wording.parameters(group),
            group,
            size,
            max((other for *_, d, _, other in measured if d + _APART <= depth), default=0.0),
        )
        for scope, group, depth, size, _ in measured
    ]


def _root_mean_square(numbers: Sequence[float]) -> float:
    return hypot(*numbers) / sqrt(len(numbers))


def _remedy_for_vanishing(layers: Sequence[RecordedLayer], chains: Chains) -> str:
    nodes = [node for layer in layers for unit in layer if not unit.is_output for node in unit.nodes]
    slopes = [abs(chains.slopes[x]) for node in nodes for x in chains.exits(node) if x in chains.bent]
    slope = median(slopes) if slopes else 1.0
    if slope < 0.5:
        return (
            f"The slopes of the activations are around {slope:.2g}: use relu or tanh, whose slopes reach 1, "
            "other initial weights, fewer layers, or skip connections"
        )
    return "Use larger initial weights, with a standard deviation of 1/√inputs, fewer layers, or skip connections"


def _about_sizes(kind: str, verb: str, layers: Sequence[_LayerGradient], worst: _LayerGradient, remedy: str) -> Finding:
    ratio = worst.size / worst.nearer if worst.nearer else 1.0
    compared = f", {ratio:.2g} times that of layers nearer to the loss" if not 0.1 < ratio < 10 else ""
    names = first_few(str, [layer.name for layer in layers])
    sentence = (
        f"gradients {verb} on the way back to {names}: their root mean square at {worst.name} is "
        f"{worst.size:.2g}{compared}. {remedy}."
    )
    return Finding(kind, tuple(p for layer in layers for p in layer.parameters), sentence)


def _linear_pairs(layers: Sequence[RecordedLayer], chains: Chains) -> Iterator[tuple[RecordedLayer, RecordedLayer]]:
    """Yield the pairs of layers that form one linear function; a recurrent layer forms none."""
    unit_of = {node: unit for layer in layers for unit in layer for node in unit.nodes}
    number = {unit: i for i, layer in enumerate(layers) for unit in layer}
    slopes: dict[tuple[int, int], dict[tuple[RecordedUnit, RecordedUnit], set[float]]] = {}
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


def _is_only_weighted(unit: RecordedUnit, chains: Chains) -> bool:
    """Return True if a unit sums nothing but weighted signals and is read by nothing but weights."""
    signals = [x for adder in unit.adders for _, x in adder.products]
    if not signals or any(adder.signals for adder in unit.adders) or any(x in chains.parameters for x in signals):
        return False
    exits = (node for adder in unit.nodes for node in chains.exits(adder))
    readers = (reader for node in exits for reader in chains.readers[node])
    return all(chains.is_weighted(reader) for reader in readers if chains.origins[reader] is reader)


def _about_linear(first: RecordedLayer, second: RecordedLayer, wording: Wording) -> Finding:
    """Describe a linear pair: a remark if the first layer is narrow enough to be a bottleneck."""
    is_bottleneck = len(first) == 1 or len(first) < min(len(first[0].adders[0].products), len(second))
    name = wording.layer(first)
    exception = f"This is fine if {name} is meant to be a bottleneck; otherwise put"
    sentence = (
        f"there is no activation between {name} and {wording.layer(second)}: together they are a single linear layer. "
        f"{exception if is_bottleneck else 'Put'} an activation such as relu or tanh between them."
    )
    nodes = tuple(node for unit in first for node in unit.nodes)
    return Finding("linear", nodes, sentence, is_fault=not is_bottleneck)
