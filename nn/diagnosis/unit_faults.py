"""What is wrong with a network: its units, its layers, and what the loss makes of its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isfinite
from statistics import median

from autograd import Value

from .chains import Chains, Flat
from .findings import Finding
from .layer_faults import Layer, LinearPair, find_layers, find_linear_pairs
from .output_faults import find_softmaxed, find_squashed, find_unlabelled
from .units import Stuck, Unit, find_alike, find_layers_of_units, find_stuck
from .wording import Wording, joined, some, them


class NetworkFaults:
    """Examines the network that the `chains` of a graph show, as far as it has gradients that are finite."""

    def __init__(self, parameters: Sequence[Value], chains: Chains) -> None:
        self._chains, self._wording = chains, Wording(parameters)
        self._reached = [p for p in parameters if isfinite(chains.gradients.get(p, inf))]
        self._layers = find_layers_of_units(chains)

    def findings(self) -> Iterator[Finding]:
        """Yield the faults and the remarks."""
        yield from self._units()
        yield from self._sizes()
        for pair in find_linear_pairs(self._layers, self._chains):
            yield self._about_linear(pair)
        yield from self._outputs()

    def _units(self) -> Iterator[Finding]:
        alike = [found for layer in self._layers if (found := find_alike(layer, self._chains))]
        if alike:
            yield self._about_alike(alike)
        explained = {unit for found in alike for unit in found}
        is_cut = False  # whether a layer is off as a whole, so that no signal goes on to the next ones
        for layer in self._layers:
            stuck = find_stuck(layer, self._chains)
            dead = [found for found in stuck if found.is_dead]
            saturated = [found for found in stuck if not found.is_dead]
            gets_nothing = is_cut and not any(adder.size for found in dead for adder in found.unit.adders)
            if dead and not gets_nothing and not explained.issuperset(found.unit for found in dead):
                is_cut = is_cut or len(dead) == len(layer)
                yield self._about_dead(dead, len(layer))
            if saturated and not explained.issuperset(found.unit for found in saturated):
                yield self._about_saturated(saturated, len(layer))

    def _about_alike(self, layers: Sequence[Sequence[Unit]]) -> Finding:
        units = [unit for layer in layers for unit in layer]
        where = some([self._wording.layer(layer) for layer in layers])
        sentence = (
            f"{len(units)} units of {where} are alike: their weights and their gradients are equal, so they stay alike "
            "for ever. Draw initial weights at random."
        )
        return Finding("alike", tuple(p for unit in units for p in unit.parameters), sentence)

    def _about_dead(self, stuck: Sequence[Stuck], count: int) -> Finding:
        units, places = [found.unit for found in stuck], [flat for found in stuck for flat in found.places]
        activation = f"{_its(units)} {self._activation(places)}"
        values = {flat.node.data for flat in places}
        gives = f"gives {values.pop():.3g}" if len(values) == 1 else "has next to no slope"
        state, why = "dead", f"{activation} {gives} for {_samples(units)}"
        advice = f"Give {them(units)} a smaller learning rate, other initial weights, or leaky_relu"
        if all(flat.is_constant for flat in places):
            why, advice = f"{activation} is flat everywhere", "Use an activation that has a slope, such as tanh or relu"
        elif all(len(unit.nodes) == 1 for unit in units):
            state, advice = "off", "That is fine if it passes for other samples"
        sentence = f"{self._wording.units(units, count, state)}: {why}, so no gradient passes. {advice}."
        return Finding("dead", tuple(flat.node for flat in places), sentence, is_fault=state == "dead")

    def _about_saturated(self, stuck: Sequence[Stuck], count: int) -> Finding:
        units, places = [found.unit for found in stuck], [flat for found in stuck for flat in found.places]
        steepest = max(abs(self._chains.slopes[flat.node]) for flat in places)
        slope = f"at most {steepest:.2g}" if steepest else "0"
        sentence = (
            f"{self._wording.units(units, count, 'saturated')}: the slope of {_its(units)} {self._activation(places)} "
            f"is {slope} for {_samples(units)}. Give {them(units)} smaller initial weights, a smaller learning rate, "
            "or signals of a size around 1."
        )
        return Finding("saturated", tuple(flat.node for flat in places), sentence)

    def _activation(self, places: Sequence[Flat]) -> str:
        """Name the activation of units, if it is one operation of one number."""
        return self._operation(places[0].node) if len({flat.node.op for flat in places}) == 1 else "activation"

    def _operation(self, node: Value) -> str:
        links = self._chains.links[self._chains.origins[node]]
        is_first = node is next(link for link in links if link in self._chains.bends)
        return node.op.name if node.op and node.op.arity == 1 and is_first else "activation"

    def _sizes(self) -> Iterator[Finding]:
        layers = find_layers(self._reached, [unit for layer in self._layers for unit in layer], self._chains)
        vanishing = [layer for layer in layers if layer.vanishes]
        exploding = [layer for layer in layers if layer.explodes]
        if vanishing:
            worst = min(vanishing, key=lambda layer: layer.size)
            yield self._about_sizes("vanishing", "vanish", vanishing, worst, self._against_vanishing())
        if exploding:
            worst = max(exploding, key=lambda layer: layer.size)
            advice = "Use smaller weights, a smaller learning rate, inputs and targets around 1, or clip the gradients"
            yield self._about_sizes("exploding", "explode", exploding, worst, advice)

    def _against_vanishing(self) -> str:
        chains = self._chains
        nodes = [node for layer in self._layers for unit in layer if not unit.is_output for node in unit.nodes]
        slopes = [abs(chains.slopes[x]) for node in nodes for x in chains.exits(node) if x in chains.bent]
        slope = median(slopes) if slopes else 1.0
        if slope < 0.5:
            return (
                f"The slopes of the activations are around {slope:.2g}: use relu or tanh, whose slope is up to 1, "
                "other initial weights, fewer layers, or links that skip some"
            )
        return "Use larger initial weights, of a standard deviation of 1/√inputs, fewer layers, or links that skip some"

    def _about_sizes(self, kind: str, verb: str, layers: Sequence[Layer], worst: Layer, advice: str) -> Finding:
        ratio = worst.size / worst.nearer if worst.nearer else 1.0
        compared = f", {ratio:.2g} times that nearer to the loss" if not 0.1 < ratio < 10 else ""
        sentence = (
            f"gradients {verb} on the way back to {some([self._layer_name(layer) for layer in layers])}: their root "
            f"mean square at {self._layer_name(worst)} is {worst.size:.2g}{compared}. {advice}."
        )
        return Finding(kind, tuple(p for layer in layers for p in layer.parameters), sentence)

    def _layer_name(self, layer: Layer) -> str:
        return joined(layer.scope) or self._wording.parameters(layer.parameters)

    def _about_linear(self, pair: LinearPair) -> Finding:
        first, second = self._wording.layer(pair.first), self._wording.layer(pair.second)
        sentence = f"there is nothing between {first} and {second}: they are one linear layer written as two. "
        if pair.is_bottleneck:
            sentence += f"That is fine if the {len(pair.first)} in the middle are to be a bottleneck, else put "
        else:
            sentence += "Put "
        sentence += "an activation between them, such as relu or tanh."
        nodes = tuple(node for unit in pair.first for node in unit.nodes)
        return Finding("linear", nodes, sentence, is_fault=not pair.is_bottleneck)

    def _outputs(self) -> Iterator[Finding]:
        chains = self._chains
        inner = chains.inner
        outer = [node for node in chains.order if node in chains.origins and node not in inner]
        outputs = [node for node in outer if chains.origins[node] is node and chains.links[node]]
        yield from self._unlabelled(outputs)
        yield from self._squashed(outputs)
        yield from self._softmaxed(outer)

    def _unlabelled(self, outputs: Sequence[Value]) -> Iterator[Finding]:
        found, count = find_unlabelled(outputs, self._chains)
        if found:
            sentence = (
                f"the loss of {len(found)} of {count} outputs is always {found[0].constant:.3g}: they are "
                "multiplied by the label 0, so no gradient passes. Use the labels -1 and 1, which are 2 * y - 1 for "
                "labels y of 0 and 1."
            )
            yield Finding("label 0", tuple(each.node for each in found), sentence)

    def _squashed(self, outputs: Sequence[Value]) -> Iterator[Finding]:
        found = find_squashed(outputs, self._chains)
        if found:
            node, low, high, lowest = found[0]
            name = self._operation(node).replace("activation", "an activation")
            span = f"between {low:.2g} and {high:.2g}"
            if not isfinite(low + high):
                span = f"above {low:.2g}" if isfinite(low) else f"below {high:.2g}"
            sentence = (
                f"{name} keeps the outputs {span}, so the loss of a sample cannot fall below {lowest:.2g}. If the loss "
                f"takes logits or scores, as binary_cross_entropy and hinge do, leave it out; else bring the targets "
                "into its range."
            )
            yield Finding("squashed", tuple(each.node for each in found), sentence)

    def _softmaxed(self, outer: Sequence[Value]) -> Iterator[Finding]:
        found = find_softmaxed(outer, self._chains)
        if found:
            state, what = "numbers between -1 and 1", "the activation of the outputs"
            if found[0].is_softmax:
                state, what = "the outputs of a softmax, which sum to 1", "that softmax"
            sentence = (
                f"the cross-entropy applies a softmax itself, but gets {state}, so it cannot fall to 0. Give it the "
                f"logits: leave {what} out."
            )
            yield Finding("squashed", tuple(x for each in found for x in each.nodes), sentence)


def _its(units: Sequence[Unit]) -> str:
    return "its" if len(units) == 1 else "their"


def _samples(units: Sequence[Unit]) -> str:
    count = min(len(unit.nodes) for unit in units)
    return "the only sample" if count == 1 else f"all {count:,} samples"
