"""The units of a recorded network, and those among them that have stopped learning or cannot start."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from math import comb
from statistics import fmean, median
from typing import Any, NamedTuple

from autograd import Value, dot

from ..shared import common_scope, mul
from .chains import SUMS, Chains, Flat

_FEWEST_SAMPLES = 8  # that tell a unit which is off from one that happens to be
_FEWEST_SUMS = 4  # of a layer that is saturated as a whole
_FAR_BELOW = 5  # times what weights and signals amount to; units of nets that learn well stay below 3
_CHANCE = 1e-4  # of as many units that are always off, where always on is as likely
_CONSTANT_SLOPE, _NO_SLOPE = 1e-3, 1e-6  # parts of the steepest slope: all on one side, on both sides
_FAR_OUT = 16.0  # sums beyond which FLAT is little enough, as atan and its like level off slowly
_PULLED = 0.25  # part of its samples for which the loss pulls an output unit back


class Adder:
    """What a sum reads: `products` of a parameter and a signal, parameters alone (`biases`), and other `signals`.

    The sum is a `dot`, or a sum of several nodes, each of which nothing else reads. Its `size` is the sum of
    |weight · signal|.
    """

    def __init__(self, chains: Chains, node: Value) -> None:
        self.products: list[tuple[Value, Value | float]] = []
        self.biases: list[Value] = []
        self.signals: list[Value] = []
        self.size = 0.0
        stack = [(node, 1.0)]
        while stack:
            term, factor = stack.pop()
            if term in chains.parameters:
                self.biases.append(term)
            elif term is not node and len(chains.readers[term]) > 1:
                self.signals.append(term)
            elif term.op in (mul, dot) and any(x in chains.parameters for x in term.inputs):
                self._add_products(term, abs(factor), chains)
            elif term.op in SUMS:
                stack += reversed([(x, factor * d) for x, d in zip(term.inputs, term.partials) if x in chains.origins])
            else:
                self.signals.append(term)

    def _add_products(self, term: Value, factor: float, chains: Chains) -> None:
        half = len(term.inputs) // 2
        for a, b in zip(term.inputs[:half], term.inputs[half:]):
            if a in chains.parameters or b in chains.parameters:
                self.products.append((a, b) if a in chains.parameters else (b, a))
            else:
                self.signals.append(term)
        self.size += factor * sum(abs(a * b) for a, b in zip(term.partials[:half], term.partials[half:]))
        self.biases += [x for x in term.inputs[2 * half :] if x in chains.parameters]

    def own_parameters(self, known: Container[Value]) -> list[Value]:
        """Return the parameters that make up the unit: its signals may be parameters, too, as the rows of a table."""
        weights = [p for p, x in self.products if x not in known]
        return list(dict.fromkeys(weights + self.biases)) or list(dict.fromkeys(p for p, _ in self.products))


class Place(NamedTuple):
    """Where a layer is: the `scope` around its units, and their `depth`, the most weights from there to the loss."""

    scope: tuple[str, ...]
    depth: int


@dataclass(eq=False)
class Unit:
    """A unit: the `parameters` that its `adders` read, and the `nodes` that these give, one for each sample.

    `is_output` says that no parameter is read behind it.
    """

    parameters: Sequence[Value]
    layer: Place
    is_output: bool
    nodes: list[Value] = field(default_factory=list)
    adders: list[Adder] = field(default_factory=list)


def find_layers_of_units(chains: Chains) -> list[list[Unit]]:
    """Return the units of a graph by layers."""
    depths, inner = chains.depths, chains.inner
    units: dict[frozenset[Value], Unit] = {}
    for node in chains.order:
        if chains.origins.get(node) is not node or node in chains.parameters or chains.is_term(node):
            continue
        adder = Adder(chains, node)
        parameters = adder.own_parameters(chains.parameters)
        if parameters:
            key = frozenset(parameters)
            if key not in units:
                place = Place(common_scope(p.scope for p in parameters)[:-1], max(depths[p] for p in parameters))
                units[key] = Unit(parameters, place, node not in inner)
            units[key].nodes.append(node)
            units[key].adders.append(adder)
    return _grouped(units.values(), lambda unit: unit.layer)


def _grouped(units: Iterable[Unit], key: Callable[[Unit], Any]) -> list[list[Unit]]:
    groups: dict[Any, list[Unit]] = {}
    for unit in units:
        groups.setdefault(key(unit), []).append(unit)
    return list(groups.values())


class Stuck(NamedTuple):
    """A unit whose activation is flat for all samples: `places` says where, for each of them.

    It is dead if it is off, as relu may be, else saturated, as tanh may be.
    """

    unit: Unit
    places: Sequence[Flat]
    is_dead: bool
    is_abrupt: bool


def find_stuck(layer: Sequence[Unit], chains: Chains) -> list[Stuck]:
    """Return the units of a layer whose activation is flat for all samples, and not by chance.

    In a net that learns well some relu units are off for a whole batch. So these only count where the layer is off as a
    whole, where they are many more than those that are always on (of which a draw of the weights gives as many), or
    where they are far below 0, compared with the sums of |weight · signal| in the layer.
    """
    stuck = [found for unit in layer if (found := _stuck(unit, chains))]
    sums = sum(len(unit.nodes) for unit in layer)
    if len(stuck) == len(layer) and (sums >= _FEWEST_SUMS or all(found.is_abrupt for found in stuck)):
        return stuck
    stuck = [found for found in stuck if len(found.unit.nodes) >= _FEWEST_SAMPLES]
    abrupt = [found for found in stuck if found.is_abrupt]
    always_on = sum(all(map(chains.has_slope, unit.nodes)) for unit in layer) if abrupt else 0
    if _chance(len(abrupt), always_on) < _CHANCE:
        return stuck
    typical = median(fmean(adder.size for adder in unit.adders) for unit in layer)
    is_far = {found.unit: bool(typical) and _distance(found.unit) > _FAR_BELOW * typical for found in abrupt}
    return [found for found in stuck if is_far.get(found.unit, True)]


def _stuck(unit: Unit, chains: Chains) -> Stuck | None:
    """Return where a unit is flat, or None where it is not flat for all samples.

    A unit that is as good as constant counts as flat sooner than one that tells samples apart, as in a net that is
    sure. An output only counts where the loss would be lower if it moved.
    """
    places = []
    for node in unit.nodes:
        flat = chains.flat(node)
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
    return Stuck(unit, places, all(flat.is_off for flat in places), is_abrupt)


def _distance(unit: Unit) -> float:
    """Return how far the sums of a unit stay away from 0."""
    return min(abs(node.data) for node in unit.nodes)


def _chance(off: int, on: int) -> float:
    """Return the probability of at least that many heads in `off + on` tosses of a coin."""
    tosses = off + on
    return float(sum(comb(tosses, k) for k in range(off, tosses + 1)) / 2**tosses)


def find_alike(layer: Sequence[Unit], chains: Chains) -> list[Unit]:
    """Return the units of a layer whose parameters and gradients are equal to those of another one.

    They give the same and get the same, so they stay equal. The outputs are left out: their targets part them.
    """

    def parameters(unit: Unit) -> tuple[str, ...]:
        return _rounded(p.data for p in unit.parameters)

    def all_numbers(unit: Unit) -> tuple[str, ...]:
        nodes = [*unit.parameters, *unit.nodes]
        return _rounded([*(node.data for node in nodes), *(chains.gradients[node] for node in nodes)])

    hidden = [unit for unit in layer if not unit.is_output]
    groups = [group for group in _grouped(hidden, parameters) if len(group) > 1]
    groups = [part for group in groups for part in _grouped(group, all_numbers)]
    return [unit for group in groups if len(group) > 1 for unit in group]


def _rounded(numbers: Iterable[float]) -> tuple[str, ...]:
    return tuple(f"{x + 0.0:.9g}" for x in numbers)  # + 0.0 makes -0.0 a 0
