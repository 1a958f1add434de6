"""The facts that the explorer needs to find and explain slips as `check_by_hand` does."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from autograd.operation import Op
from autograd.printing.formulas import Names
from autograd.printing.text import Text
from autograd.testing.by_hand import local_slips, path_slips, slips, tolerances
from autograd.testing.by_hand.explanations import MAX_SLIPS, SENTENCES, written_partials
from autograd.testing.by_hand.found import LOCAL
from autograd.value import Value

DIGITS = (3, 4, 6)  # with which people calculate: the least, the usual and the most

LIMITS = {
    "digits": DIGITS,
    "most_rounding": slips.MAX_ROUNDING,
    "consumers": slips.MAX_CONSUMERS,
    "paths": path_slips.MAX_PATHS,
    "inputs": local_slips.MAX_INPUTS,
    "leaves": local_slips.MAX_LEAVES,
    "factors": slips.FACTORS,
    "slips": MAX_SLIPS,
    "local": sorted(LOCAL),
}


def facts_of(ops: Sequence[Op], nodes: Sequence[Value]) -> dict[str, Any]:
    """Return the sentences, the limits, and the facts about the operations of a graph."""
    sizes = slips.mean_sizes(nodes)
    return {"sentences": SENTENCES, "limits": LIMITS, "sizes": sizes, "ops": [_operation_facts(op) for op in ops]}


def margins_of(nodes: Sequence[Value]) -> dict[Value, list[list[float]]]:
    """Return the tolerance and the spread of the gradient of each node, relative to it, for each number of `DIGITS`.

    They are those of `check_by_hand` if no other gradient is given.
    """
    precision = tolerances.Precision()
    found = [tolerances.expected_with_digits(nodes, {}, precision, n) for n in DIGITS]
    return {node: [_relative(expected[node]) for expected in found] for node in nodes}


def _relative(expected: tolerances.Expected) -> list[float]:
    tolerance = expected.tolerance / abs(expected.gradient) if expected.gradient else 0.0
    return [float(f"{x:.3g}") if isfinite(x) else 0.0 for x in (tolerance, expected.spread)]


def _operation_facts(op: Op) -> dict[str, Any]:
    """Return the properties of an operation that the search for slips needs."""
    return {
        "name": op.name,
        "variadic": op.variadic,
        "chooses": op.chooses,
        "single": local_slips.is_single(op),
        "unary": op.arity == 1,
        "product": op.name in local_slips.PRODUCTS,
        "probability": op.name in path_slips.PROBABILITIES,
        "entropy": op.name in path_slips.ENTROPIES,
        "kinked": [local_slips.is_kinked(op, place) for place in range(op.arity or 0)],
        "slips": [{"name": s.name, "sentence": s.sentence, "total": s.is_total(op)} for s in op.slips],
    }


def node_facts(node: Value, names: Names) -> dict[str, Any]:
    """Return the text about a node that the sentences on slips need. Empty lists are left out."""
    facts = {
        "text": names.definition(node, Text),
        "derivatives": [Text.side(d) for d in names.partials(node, Text)],
        "wrong": [written_partials(slip, node, names) for slip in (node.op.slips if node.op else ())],
        "constant": [place for place in range(len(node.inputs)) if local_slips.is_constant_factor(node, place)],
    }
    return {name: fact for name, fact in facts.items() if fact}
