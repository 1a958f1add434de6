"""Slips in the sum over paths: a path that was forgotten, and the target of a cross-entropy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

from autograd.testing.by_hand.found import LIKELY, POSSIBLE, UNLIKELY, Found
from autograd.testing.by_hand.region import Region
from autograd.value import Value

MAX_PATHS = 10  # number of contributions for which all selections are tried
PROBABILITIES = ("div", "sigmoid")  # operations whose values may be probabilities
ENTROPIES = ("logsumexp", "logaddexp", "softplus")  # operations whose local derivatives are probabilities


def missing_paths(region: Region, consumers: Sequence[Value]) -> Iterator[Found]:
    """Yield the slips in which some of the paths are left out."""
    yield from _missing_contributions(region, consumers)
    for c in consumers:
        through, places = region.through(c), region.places(c)
        if len(region.consumers) > 1 and through != region.gradient:
            yield _missing(region.gradient - through, "missing node", c, factor=through)
            yield _missing(through, "only node", c)
        for place in places:
            if c.inputs[place] is not region.node and len(places) > 1:
                number = region.changed_at(c, place, 0.0)
                yield _missing(number, "missing path", c, place, factor=region.gradient - number)


def _missing_contributions(region: Region, consumers: Sequence[Value]) -> Iterator[Found]:
    """Yield the slips in which some of the contributions to the node are left out."""
    first = [(c, place) for c, place in region.edges(consumers) if c.inputs[place] is region.node]
    parts = [region.cotangents[c] * float(c.partials[place]) for c, place in first]
    if len(parts) > 1:
        for (c, place), part in zip(first, parts):
            yield _missing(region.gradient - part, "missing path", c, place, factor=part)
        for (c, place), part in zip(first, parts):
            yield _missing(part, "only path", c, place)
    if len(parts) <= MAX_PATHS:
        for count in range(2, len(parts) - 1):
            for some in combinations(parts, count):
                yield _missing(sum(some), "missing paths")


def _missing(number: float, sentence: str, c: Value | None = None, place: int = 0, factor: float = 0.0) -> Found:
    return Found(LIKELY, "missing path", number, sentence, c, place, factor=factor)


def forgotten_inner(region: Region, consumers: Sequence[Value]) -> Iterator[Found]:
    """Yield the slips in which the derivative of an inner expression of several operations is forgotten."""
    for x in reversed(consumers):
        inner, places = region.tangents.get(x, 1.0), region.places(x)
        is_single_step = len(places) == 1 and x.inputs[places[0]] is region.node
        if inner not in (0.0, 1.0) and not is_single_step:
            number = region.gradient + region.cotangents[x] * (1.0 - inner)
            yield Found(LIKELY, "no local derivative", number, "no inner derivative", x, places[0], factor=inner)


def cross_entropy(region: Region, c: Value) -> Iterator[Found]:
    """Yield the slips in the derivative of a cross-entropy, p - y: times p(1 - p), or another target y."""
    name = c.op.name if c.op else ""
    values = [c.data] if name in PROBABILITIES else c.partials if name in ENTROPIES else []
    for p in dict.fromkeys(values):
        if 0 < p < 1:
            yield Found(POSSIBLE, "twice", region.gradient * p * (1 - p), "probability", c, factor=float(p))
    for place in region.places(c):
        for change in _changes_of_target(region, c, place, name):
            yield Found(UNLIKELY, "target", region.gradient + change, "target", c, place)


def _changes_of_target(region: Region, c: Value, place: int, name: str) -> Iterator[float]:
    """Yield the change of the gradient from p - 1 to p or from p to p - 1, if an input has such a gradient."""
    wanted, cotangent = region.gradient, region.cotangents[c]
    if name == "log" and 0 < math.fabs(wanted) < math.fabs(cotangent):  # the log of a softmax
        yield -math.copysign(cotangent, wanted)
    if name not in (*ENTROPIES, "sigmoid"):
        return
    p, scale = (c.data, 1.0) if name == "sigmoid" else (float(c.partials[place]), cotangent)
    for target, sign in ((1, 1.0), (0, -1.0)):
        if math.isclose(region.cotangents[region.input(c, place)], scale * (p - target), rel_tol=1e-9):
            yield sign * scale * region.tangent_of_input(c, place)
