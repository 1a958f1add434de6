"""Find the units and layers of a recorded network."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from autograd import Value

from ..shared import common_scope
from .chains import Chains, factors_of


class Adder:
    """A weighted sum: its `products` of a parameter and a signal, other `signals`, and parameters alone, as biases.

    The sum is a `dot`, or a tree of nodes with one reader each. `size` is the sum of |weight · signal|. `parameters`
    are those of the unit; signals may be parameters, too, such as the rows of a table.
    """

    def __init__(self, chains: Chains, node: Value) -> None:
        self.products: list[tuple[Value, Value | float]] = []
        self.signals: list[Value] = []
        self.size = 0.0
        known, biases = chains.parameters, []
        for term, factor in chains.terms(node):
            if term in known:
                biases.append(term)
            elif chains.is_weighted(term) and (term is node or len(chains.readers[term]) == 1):
                half = len(term.inputs) // 2
                for a, b in factors_of(term):
                    if a in known or b in known:
                        self.products.append((a, b) if a in known else (b, a))  # type: ignore[arg-type]
                    else:
                        self.signals.append(term)
                sizes = (abs(a * b) for a, b in zip(term.partials[:half], term.partials[half:]))
                self.size += abs(factor) * sum(sizes)
                biases += [x for x in term.inputs[2 * half :] if x in known]
            else:
                self.signals.append(term)
        weights = [p for p, x in self.products if x not in known]
        self.parameters = list(dict.fromkeys(weights + biases or [p for p, _ in self.products]))


@dataclass(eq=False)
class RecordedUnit:
    """A unit in a graph: its `parameters`, and for each sample one of its `adders` and the node of its sum.

    `scope` and `depth` are those of its layer; the depth is the maximum number of weights on a path to the loss.
    `is_output` is True if no parameter is read between the unit and the loss.
    """

    parameters: Sequence[Value]
    scope: tuple[str, ...]
    depth: int
    is_output: bool
    nodes: list[Value] = field(default_factory=list)
    adders: list[Adder] = field(default_factory=list)


RecordedLayer = Sequence[RecordedUnit]
K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def find_layers(chains: Chains) -> list[RecordedLayer]:
    """Return the units of a graph, grouped by layer."""
    units: dict[frozenset[Value], RecordedUnit] = {}
    for node in chains.order:
        if chains.origins.get(node) is not node or node in chains.parameters or chains.is_term(node):
            continue
        adder = Adder(chains, node)
        if adder.parameters:
            key = frozenset(adder.parameters)
            if key not in units:
                scope = common_scope(p.scope for p in adder.parameters)[:-1]
                depth = max(chains.depths[p] for p in adder.parameters)
                units[key] = RecordedUnit(adder.parameters, scope, depth, node not in chains.inner)
            units[key].nodes.append(node)
            units[key].adders.append(adder)
    return [*grouped(units.values(), lambda unit: (unit.scope, unit.depth)).values()]


def grouped(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Group things by a key."""
    groups: dict[K, list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups
