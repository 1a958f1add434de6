"""Units that have stopped learning or cannot start: dead ones, saturated ones, and those that are alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import comb
from statistics import fmean, median
from typing import NamedTuple

from .chains import Chains
from .curves import Curves, Flat
from .findings import Finding, Wording, some
from .units import Unit, grouped

MIN_SAMPLES = 8  # that tell a unit which is off from one that happens to be
MIN_SUMS = 4  # of a layer that is saturated as a whole
MAX_CHANCE = 1e-4  # of as many units that are always off, where always on is as likely
_FAR_BELOW = 5  # times what weights and signals amount to; units of nets that learn well stay below 3
_CONSTANT_SLOPE, _NO_SLOPE = 1e-3, 1e-6  # parts of the steepest slope: all on one side, on both sides
_FAR_OUT = 16.0  # sums beyond which any curve that counts as flat is flat enough, as atan and its like level off slowly
_PULLED = 0.25  # part of its samples for which the loss pulls an output unit back


def unit_faults(layers: Sequence[Sequence[Unit]], chains: Chains, wording: Wording) -> Iterator[Finding]:
    """Find units that are alike, dead or saturated."""
    alike = [units for layer in layers if (units := _alike(layer, chains))]
    if alike:
        yield _about_alike(alike, wording)
    explained = {unit for units in alike for unit in units}
    curves = Curves(chains)
    is_cut = False  # whether a layer is off as a whole, so that no signal goes on to the next ones
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


def _alike(layer: Sequence[Unit], chains: Chains) -> list[Unit]:
    """Find the units of a layer whose parameters, results and gradients are equal to those of another one.

    They give the same and get the same, so they stay equal. The outputs are left out: their targets part them.
    """

    def numbers(unit: Unit) -> tuple[str, ...]:
        nodes = [*unit.parameters, *unit.nodes]
        numbers = [*(node.data for node in nodes), *(chains.gradients[node] for node in nodes)]
        return tuple(f"{x + 0.0:.9g}" for x in numbers)  # + 0.0 makes -0.0 a 0

    groups = grouped((unit for unit in layer if not unit.is_output), numbers)
    return [unit for group in groups if len(group) > 1 for unit in group]


def _about_alike(layers: Sequence[Sequence[Unit]], wording: Wording) -> Finding:
    units = [unit for layer in layers for unit in layer]
    sentence = (
        f"{len(units)} units of {some(list(map(wording.layer, layers)))} are alike: their weights and their gradients "
        "are equal, so they stay alike for ever. Draw initial weights at random."
    )
    return Finding("alike", tuple(p for unit in units for p in unit.parameters), sentence)


class _Stuck(NamedTuple):
    """A unit whose activation is flat for all samples: `places` says where, for each of them.

    It is dead if it is off, as relu may be, else saturated, as tanh may be.
    """

    unit: Unit
    places: Sequence[Flat]
    is_dead: bool
    is_abrupt: bool


def _stuck_units(layer: Sequence[Unit], chains: Chains, curves: Curves) -> list[_Stuck]:
    """Find the units of a layer whose activation is flat for all samples, and not by chance.

    In a net that learns well some relu units are off for a whole batch. So these only count where the layer is off as a
    whole, where they are many more than those that are always on (of which a draw of the weights gives as many), or
    where they are far below 0, compared with the sums of |weight · signal| in the layer.
    """
    stuck = [found for unit in layer if (found := _stuck(unit, chains, curves))]
    sums = sum(len(unit.nodes) for unit in layer)
    if len(stuck) == len(layer) and (sums >= MIN_SUMS or all(each.is_abrupt for each in stuck)):
        return stuck
    stuck = [each for each in stuck if len(each.unit.nodes) >= MIN_SAMPLES]
    off = sum(each.is_abrupt for each in stuck)
    if not off or _chance(off, sum(_is_always_on(unit, chains) for unit in layer)) < MAX_CHANCE:
        return stuck
    typical = median(fmean(adder.size for adder in unit.adders) for unit in layer)
    return [each for each in stuck if not each.is_abrupt or _distance(each.unit) > _FAR_BELOW * typical > 0]


def _stuck(unit: Unit, chains: Chains, curves: Curves) -> _Stuck | None:
    """Find where a unit is flat; None where it is not flat for all samples.

    A unit that is as good as constant counts as flat sooner than one that tells samples apart, as in a net that is
    sure. An output only counts where the loss would be lower if it moved.
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


def _distance(unit: Unit) -> float:
    """Return how far the sums of a unit stay away from 0."""
    return min(abs(node.data) for node in unit.nodes)


def _is_always_on(unit: Unit, chains: Chains) -> bool:
    """Check if something passes the activation of a unit for every sample, however little."""
    return all(any(chains.slopes[x] for x in chains.exits(node)) for node in unit.nodes)


def _chance(off: int, on: int) -> float:
    """Return the probability of at least that many heads in `off + on` tosses of a coin."""
    tosses = off + on
    return float(sum(comb(tosses, k) for k in range(off, tosses + 1)) / 2**tosses)


def _about_dead(stuck: Sequence[_Stuck], count: int, chains: Chains, wording: Wording) -> Finding:
    units, places = [each.unit for each in stuck], [flat for each in stuck for flat in each.places]
    values = {flat.node.data for flat in places}
    gives = f"gives {values.pop():.3g}" if len(values) == 1 else "has next to no slope"
    state, why = "dead", f"{_their_activation(stuck, chains)} {gives} for {_samples(units)}"
    advice = f"Give {_them(units)} a smaller learning rate, other initial weights, or leaky_relu"
    if all(flat.is_constant for flat in places):
        why = f"{_their_activation(stuck, chains)} is flat everywhere"
        advice = "Use an activation that has a slope, such as tanh or relu"
    elif all(len(unit.nodes) == 1 for unit in units):
        state, advice = "off", "That is fine if it passes for other samples"
    sentence = f"{wording.units(units, count, state)}: {why}, so no gradient passes. {advice}."
    return Finding("dead", tuple(flat.node for flat in places), sentence, is_fault=state == "dead")


def _about_saturated(stuck: Sequence[_Stuck], count: int, chains: Chains, wording: Wording) -> Finding:
    units, nodes = [each.unit for each in stuck], tuple(flat.node for each in stuck for flat in each.places)
    steepest = max(abs(chains.slopes[node]) for node in nodes)
    sentence = (
        f"{wording.units(units, count, 'saturated')}: the slope of {_their_activation(stuck, chains)} is "
        f"{f'at most {steepest:.2g}' if steepest else '0'} for {_samples(units)}. Give {_them(units)} smaller initial "
        "weights, a smaller learning rate, or signals of a size around 1."
    )
    return Finding("saturated", nodes, sentence)


def _their_activation(stuck: Sequence[_Stuck], chains: Chains) -> str:
    """Name the activation of units, if it is one operation of one number."""
    nodes = [flat.node for each in stuck for flat in each.places]
    name = chains.activation_name(nodes[0]) if len({node.op for node in nodes}) == 1 else "activation"
    return f"{'its' if len(stuck) == 1 else 'their'} {name}"


def _them(units: Sequence[Unit]) -> str:
    return "it" if len(units) == 1 else "them"


def _samples(units: Iterable[Unit]) -> str:
    count = min(len(unit.nodes) for unit in units)
    return "the only sample" if count == 1 else f"all {count:,} samples"
