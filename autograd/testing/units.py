"""The units of a recorded network: activations whose adders read the same parameters, one for each sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from math import comb
from statistics import fmean, median

from autograd.modes import common_scope
from autograd.operation import Op
from autograd.ops import add, dot, mean, mul, neg, relu, sigmoid, sub, tanh, total
from autograd.testing.layers import activations_behind
from autograd.value import Value

FEWEST_SAMPLES = 8  # from which something can be said about a unit
_FAR_BELOW = 5  # times what weights and signals amount to; units of nets that learn well stay below 3
_CHANCE = 1e-4  # of as many units that are always off, where always on is as likely
_CONSTANT_SLOPE, _NO_SLOPE = 1e-3, 1e-6  # parts of the steepest slope: all on one side, on both sides

_STEEPEST = {relu: 1.0, tanh: 1.0, sigmoid: 0.25}  # slopes of the activations that can lose theirs
_SUMS = (add, sub, neg, total, mean)

Place = tuple[Op, tuple[str, ...], int]  # of a layer: activation, scope around its units, activations behind these


@dataclass(eq=False)
class Unit:
    """A unit: the activation `op` at all `nodes` whose adders read the same `parameters`.

    `sizes` are the sums of |weight · signal| in its adders. `is_output` says that no parameter is read behind it.
    """

    op: Op
    parameters: Sequence[Value]
    layer: Place
    is_output: bool
    nodes: list[Value] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    @property
    def sums(self) -> list[float]:
        """What its adders give."""
        return [node.inputs[0].data for node in self.nodes]

    @property
    def slopes(self) -> list[float]:
        """How steep it is at each of its nodes."""
        return [abs(node.partials[0]) for node in self.nodes]


def find_units(order: Sequence[Value], parameters: Collection[Value]) -> list[Unit]:
    """Return the units that read `parameters`, in a graph with the topological `order`."""
    known = dict.fromkeys(parameters)
    readers = Counter(x for node in order for x in node.inputs if isinstance(x, Value))
    depths, inner = activations_behind(order), _before_parameters(order, known)
    units: dict[tuple[Op, frozenset[Value]], Unit] = {}
    for node in order:
        if node.op is None or node.op not in _STEEPEST:
            continue
        read, size = _read(node.inputs[0], known, readers)
        if not read:
            continue
        key = (node.op, frozenset(read))
        if key not in units:
            layer = node.op, common_scope(p.scope for p in read)[:-1], max(depths[p] for p in read)
            units[key] = Unit(node.op, read, layer, node not in inner)
        units[key].nodes.append(node)
        units[key].sizes.append(size)
    return list(units.values())


def _before_parameters(order: Sequence[Value], parameters: Collection[Value]) -> set[Value]:
    """Return the nodes whose way to the last of the `order` leads through a node that reads `parameters`."""
    found: set[Value] = set()
    for node in reversed(order):
        if node in found or any(x in parameters for x in node.inputs):
            found.update(x for x in node.inputs if isinstance(x, Value))
    return found


def _read(adder: Value, parameters: Collection[Value], readers: Counter[Value]) -> tuple[list[Value], float]:
    """Return the `parameters` that an adder reads, and the sum of |weight · signal|.

    An adder is a `dot`, or products and parameters in a sum of several nodes, each of which nothing else reads.
    """
    read: dict[Value, None] = {}
    size = 0.0
    stack = [(adder, 1.0)]
    while stack:
        node, factor = stack.pop()
        if node in parameters:
            read[node] = None
        elif node.op in (mul, dot):
            ours = [x for x in node.inputs if x in parameters]
            read.update(dict.fromkeys(ours))
            if ours:
                half = len(node.inputs) // 2
                size += abs(factor) * sum(abs(a * b) for a, b in zip(node.partials[:half], node.partials[half:]))
        elif node.op in _SUMS and (node is adder or readers[node] == 1):
            terms = [(x, factor * d) for x, d in zip(node.inputs, node.partials) if isinstance(x, Value)]
            stack += reversed(terms)
    return list(read), size


def dead(units: Sequence[Unit], can_tell: Callable[[Unit], bool]) -> list[Unit]:
    """Return those of the relu `units` of a layer that are off for all samples, and not by chance.

    In a net that learns well some units are off for a whole batch. So these are only dead where the layer is off as a
    whole, where they are many more than those that are always on (of which a draw of the weights gives as many), or
    where they are far below 0, compared with the sums of |weight · signal| in the layer.
    """
    off = [unit for unit in units if can_tell(unit) and all(s <= 0 for s in unit.sums)]
    always_on = sum(all(s > 0 for s in unit.sums) for unit in units)
    if off and (len(off) == len(units) or _chance(len(off), always_on) < _CHANCE):
        return off
    typical = median(fmean(unit.sizes) for unit in units)
    return [unit for unit in off if typical and max(unit.sums) < -_FAR_BELOW * typical]


def _chance(off: int, on: int) -> float:
    """Return the probability of at least that many heads in `off + on` tosses of a coin."""
    tosses = off + on
    return float(sum(comb(tosses, k) for k in range(off, tosses + 1)) / 2**tosses)


def saturated(units: Sequence[Unit], can_tell: Callable[[Unit], bool]) -> list[Unit]:
    """Return those of the tanh or sigmoid `units` of a layer that have next to no slope for all samples.

    A unit that is as good as constant is saturated sooner than one that tells samples apart, as in a net that is sure.
    """
    return [unit for unit in units if can_tell(unit) and _is_flat(unit)]


def _is_flat(unit: Unit) -> bool:
    one_side = len({s > 0 for s in unit.sums}) == 1
    most = _STEEPEST[unit.op] * (_CONSTANT_SLOPE if one_side else _NO_SLOPE)
    return all(slope < most for slope in unit.slopes)
