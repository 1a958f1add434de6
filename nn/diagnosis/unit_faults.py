"""Faults of units: dead, saturated, or alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import comb
from statistics import fmean, median
from typing import NamedTuple

from .activation_curves import Curves, Flat
from .chains import Chains
from .findings import Finding, Wording, first_few
from .units import RecordedLayer, RecordedUnit, grouped

_MIN_SAMPLES = 8  # number of samples to judge a unit by; with fewer, it may be off by chance
_MIN_SUMS = 4  # number of sums to judge a layer by that is saturated as a whole
_MAX_CHANCE = 1e-4  # probability of as many dead units, if always on and always off are equally likely
_FAR_BELOW = 5  # multiple of the sum of |weight · signal|; in networks that learn well, units stay below 3
_CONSTANT_SLOPE, _NO_SLOPE = 1e-3, 1e-6  # fractions of the steepest slope, with samples on one side or on both
_FAR_OUT = 16.0  # sums beyond which any flat curve counts, since activations such as atan level off slowly
_PULLED = 0.25  # fraction of samples for which the loss pulls an output back


def unit_faults(layers: Sequence[RecordedLayer], chains: Chains, wording: Wording) -> Iterator[Finding]:
    """Find units that are alike, dead or saturated."""
    alike = [units for layer in layers if (units := _alike(layer, chains))]
    if alike:
        yield _about_alike(alike, wording)
    explained = {unit for units in alike for unit in units}
    curves = Curves(chains)
    is_cut = False  # True once a layer is off as a whole, so no signal reaches the next layers
    for layer in layers:
        stuck = _stuck_units(layer, chains, curves)
        dead = [each for each in stuck if each.is_dead]
        saturated = [each for each in stuck if not each.is_dead]
        gets_nothing = is_cut and not any(adder.size for each in dead for adder in each.unit.adders)
        if dead and not gets_nothing and not explained.issuperset(each.unit for each in dead):
            is_cut = is_cut or len(dead) == len(layer)
            yield _about_dead(dead, len(layer), chains, wording)
        if saturated and not explained.issuperset(each.unit for each in saturated):
            yield _about_saturated(saturated, len(layer), chains, wording)


def _alike(layer: RecordedLayer, chains: Chains) -> list[RecordedUnit]:
    """Return the hidden units of a layer with the same parameters, outputs and gradients as another unit.

    Training keeps them equal. Output units are left out, since their targets differ.
    """

    def numbers(unit: RecordedUnit) -> tuple[str, ...]:
        nodes = [*unit.parameters, *unit.nodes]
        numbers = [*(node.data for node in nodes), *(chains.gradients[node] for node in nodes)]
        return tuple(f"{x + 0.0:.9g}" for x in numbers)  # -0.0 + 0.0 is 0.0

    groups = grouped((unit for unit in layer if not unit.is_output), numbers)
    return [unit for group in groups.values() if len(group) > 1 for unit in group]


def _about_alike(layers: Sequence[RecordedLayer], wording: Wording) -> Finding:
    units = [unit for layer in layers for unit in layer]
    sentence = (
        f"{len(units)} units of {first_few(wording.layer, layers)} are alike: they have equal weights and "
        "equal gradients, so training keeps them equal. Draw the initial weights at random."
    )
    return Finding("alike", tuple(p for unit in units for p in unit.parameters), sentence)


class _Stuck(NamedTuple):
    """A unit whose activation is flat for all samples; `places` has an entry for each sample.

    It is dead if the activation is off, as with relu, and saturated otherwise, as with tanh.
    """

    unit: RecordedUnit
    places: Sequence[Flat]
    is_dead: bool
    is_abrupt: bool


def _stuck_units(layer: RecordedLayer, chains: Chains, curves: Curves) -> list[_Stuck]:
    """Return the units of a layer whose activation is flat for all samples, and not by chance.

    Some relu units are off for a whole batch even if the network learns well. So units that are off only count if the
    whole layer is off, if they greatly outnumber the units that are always on (random weights give as many of both), or
    if their sums are far below 0 compared with the sums of |weight · signal| in the layer.
    """
    stuck = [found for unit in layer if (found := _stuck(unit, chains, curves))]
    sums = sum(len(unit.nodes) for unit in layer)
    if len(stuck) == len(layer) and (sums >= _MIN_SUMS or all(each.is_abrupt for each in stuck)):
        return stuck
    stuck = [each for each in stuck if len(each.unit.nodes) >= _MIN_SAMPLES]
    off = sum(each.is_abrupt for each in stuck)
    if not off or _chance(off, sum(_is_always_on(unit, chains) for unit in layer)) < _MAX_CHANCE:
        return stuck
    typical = median(fmean(adder.size for adder in unit.adders) for unit in layer)
    return [each for each in stuck if not each.is_abrupt or _distance(each.unit) > _FAR_BELOW * typical > 0]


def _stuck(unit: RecordedUnit, chains: Chains, curves: Curves) -> _Stuck | None:
    """Return a unit with the places where it is flat, or None if it has a slope for some sample.

    The limit on the slope is higher if all sums have one sign, since a unit that separates samples confidently is
    healthy. An output unit only counts if the loss would be lower elsewhere.
    """
    places = []
    for node in unit.nodes:
        flat = curves.flat(node)
        if flat is None:
            return None
        places.append(flat)
    is_one_sided = len({node.data > 0 for node in unit.nodes}) == 1
    part = max(flat.part for flat in places)
    if part >= (_CONSTANT_SLOPE if is_one_sided else _NO_SLOPE) and _distance(unit) < _FAR_OUT:
        return None
    if unit.is_output and sum(map(chains.would_gain, unit.nodes)) < _PULLED * len(unit.nodes):
        return None
    is_far_out = not is_one_sided and median(abs(node.data) for node in unit.nodes) > _FAR_OUT
    is_abrupt = any(flat.is_abrupt for flat in places) and not is_far_out
    return _Stuck(unit, places, all(flat.is_off for flat in places), is_abrupt)


def _distance(unit: RecordedUnit) -> float:
    """Return the smallest absolute sum of a unit."""
    return min(abs(node.data) for node in unit.nodes)


def _is_always_on(unit: RecordedUnit, chains: Chains) -> bool:
    """Return True if the activation of a unit has a nonzero slope for every sample."""
    return all(any(chains.slopes[x] for x in chains.exits(node)) for node in unit.nodes)


def _chance(off: int, on: int) -> float:
    """Return the probability of at least `off` heads in `off + on` tosses of a coin."""
    tosses = off + on
    return float(sum(comb(tosses, k) for k in range(off, tosses + 1)) / 2**tosses)


def _about_dead(stuck: Sequence[_Stuck], count: int, chains: Chains, wording: Wording) -> Finding:
    units, places = [each.unit for each in stuck], [flat for each in stuck for flat in each.places]
    values = {flat.node.data for flat in places}
    outputs = f"outputs {values.pop():.3g}" if len(values) == 1 else "has almost no slope"
    state, cause = "dead", f"{_activation(stuck, chains)} {outputs} for {_samples(units)}"
    remedy = "Use a smaller learning rate, other initial weights, or leaky_relu"
    if all(flat.is_constant for flat in places):
        cause = f"{_activation(stuck, chains)} is flat everywhere"
        remedy = "Use an activation with a slope, such as tanh or relu"
    elif all(len(unit.nodes) == 1 for unit in units):
        state, remedy = "off", f"This is fine if other samples switch {'it' if len(units) == 1 else 'them'} on"
    sentence = f"{wording.units(units, count, state)}: {cause}, so no gradient flows back. {remedy}."
    return Finding("dead", tuple(flat.node for flat in places), sentence, is_fault=state == "dead")


def _about_saturated(stuck: Sequence[_Stuck], count: int, chains: Chains, wording: Wording) -> Finding:
    units, nodes = [each.unit for each in stuck], tuple(flat.node for each in stuck for flat in each.places)
    steepest = max(abs(chains.slopes[node]) for node in nodes)
    sentence = (
        f"{wording.units(units, count, 'saturated')}: the slope of {_activation(stuck, chains)} is "
        f"{f'at most {steepest:.2g}' if steepest else '0'} for {_samples(units)}. Use smaller initial weights, a "
        "smaller learning rate, or signals scaled to around 1."
    )
    return Finding("saturated", nodes, sentence)


def _activation(stuck: Sequence[_Stuck], chains: Chains) -> str:
    """Return a phrase for the activation of units, such as "their relu"."""
    nodes = [flat.node for each in stuck for flat in each.places]
    name = chains.activation_name(nodes[0]) if len({node.op for node in nodes}) == 1 else "activation"
    return f"{'its' if len(stuck) == 1 else 'their'} {name}"


def _samples(units: Iterable[RecordedUnit]) -> str:
    count = min(len(unit.nodes) for unit in units)
    return "the only sample" if count == 1 else f"all {count:,} samples"
