"""The units of a recorded network: what their adders read, and the layers that they are in."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from autograd import Value

from ..shared import common_scope
from .chains import Chains, factors_of


class Adder:
    """What a sum reads: `products` of a parameter and a signal, other `signals`, and parameters alone, as biases.

    The sum is a `dot`, or a sum of several nodes, each of which nothing else reads. Its `size` is the sum of
    |weight · signal|. `parameters` are those that make up the unit: signals may be parameters, too, as the rows of a
    table.
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
class Unit:
    """A unit: the `parameters` that its `adders` read, and the `nodes` that these give, one for each sample.

    Its layer has a `scope`, and a `depth`: the most weights from there to the loss. `is_output` says that no parameter
    is read behind the unit.
    """

    parameters: Sequence[Value]
    scope: tuple[str, ...]
    depth: int
    is_output: bool
    nodes: list[Value] = field(default_factory=list)
    adders: list[Adder] = field(default_factory=list)


def find_layers(chains: Chains) -> list[list[Unit]]:
    """Find the units of a graph, by layers."""
    units: dict[frozenset[Value], Unit] = {}
    for node in chains.order:
        if chains.origins.get(node) is not node or node in chains.parameters or chains.is_term(node):
            continue
        adder = Adder(chains, node)
        if adder.parameters:
            key = frozenset(adder.parameters)
            if key not in units:
                scope = common_scope(p.scope for p in adder.parameters)[:-1]
                depth = max(chains.depths[p] for p in adder.parameters)
                units[key] = Unit(adder.parameters, scope, depth, node not in chains.inner)
            units[key].nodes.append(node)
            units[key].adders.append(adder)
    return grouped(units.values(), lambda unit: (unit.scope, unit.depth))


def grouped(units: Iterable[Unit], key: Callable[[Unit], Hashable]) -> list[list[Unit]]:
    """Group units by a key."""
    groups: dict[Hashable, list[Unit]] = {}
    for unit in units:
        groups.setdefault(key(unit), []).append(unit)
    return list(groups.values())
