"""What the loss makes of the outputs of a network: values that they never take, and labels that it cannot use."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isclose, isfinite
from typing import NamedTuple

from autograd import Value, dot, exp, logsumexp

from ..shared import mul, sub
from .chains import MAX_LINKS, NEAR, SUMS, Chains, number_of

_FAR, _FARTHER = 64.0, 1024.0
_REACH = [*NEAR, *(sign * x for x in (8.0, 16.0, 32.0, _FAR, _FARTHER) for sign in (-1, 1))]
_BEYOND = [sign * 2.0**k for k in range(-6, 21) for sign in (-1, 1)]
_LEVEL = 0.02  # part of what a function does near 0, below which it is level
_GAIN = 0.02  # part of the largest loss near 0, below which a lower loss is not worth a word
_MOST = 64  # outputs that are looked at
_MANY = 0.25  # part of them that makes a fault


class Squashed(NamedTuple):
    """An activation, ending in `node`, that keeps an output from `low` to `high`, and so the loss from `lowest` on."""

    node: Value
    low: float
    high: float
    lowest: float


def find_squashed(outputs: Sequence[Value], chains: Chains) -> list[Squashed]:
    """Return what keeps `outputs` from values at which the loss would be lower, unless it does so for a few only."""
    some = outputs[:: len(outputs) // _MOST + 1]
    found = [squashed for output in some if (squashed := _squashed(output, chains))]
    return found if len(found) >= _MANY * len(some) else []


def _squashed(output: Value, chains: Chains) -> Squashed | None:
    links, exits = chains.links[output], chains.exits(output)
    bends = [link for link in links if link in chains.bends]
    if not 2 <= len(bends) <= len(links) <= MAX_LINKS:
        return None
    largest = max(abs(chains.gradients[node]) for node in exits)
    weights = {node: chains.gradients[node] / largest for node in exits} if largest else {}

    def losses(node: Value, xs: Sequence[float]) -> list[float]:
        runs = [chains.run(output, {node: x}) for x in xs]
        sums = [sum(weight * points[x][0] for x, weight in weights.items()) for points in runs]
        return [y for y in sums if isfinite(y)]

    for node in bends[:-1]:
        low, high = _limits(node, output, chains)
        beyond = [x for x in _BEYOND if not low <= x <= high]
        if beyond and low < high and weights and _is_bottleneck(node, output, exits, chains):
            lowest, largest_near = min(losses(output, _REACH), default=inf), max(losses(output, NEAR), default=inf)
            better = [y for y in losses(node, beyond) if y >= 0]
            if better and lowest - min(better) > _GAIN * largest_near:
                return Squashed(node, low, high, lowest)
    return None


def _limits(node: Value, output: Value, chains: Chains) -> tuple[float, float]:
    """Return the least and the largest value of a link, which are infinite unless it levels off."""
    values = {x: chains.run(output, {output: x})[node][0] for x in _REACH}
    if not all(map(isfinite, values.values())):
        return -inf, inf
    near = [values[x] for x in NEAR]
    low, high = min(values.values()), max(values.values())
    for side in (-1, 1):
        if abs(values[side * _FARTHER] - values[side * _FAR]) > _LEVEL * (max(near) - min(near)):
            rises = values[side * _FARTHER] > values[side * _FAR]
            low, high = (low, inf) if rises else (-inf, high)
    return low, high


def _is_bottleneck(node: Value, output: Value, exits: Sequence[Value], chains: Chains) -> bool:
    """Say whether the exits of a chain depend on its origin through the link `node` only."""
    around = {output}
    for link in chains.links[output]:
        if link is not node and any(x in around for x in link.inputs):
            around.add(link)
    return around.isdisjoint(exits)


class Softmaxed(NamedTuple):
    """The `nodes` that a softmax reads though they are no logits: they are a softmax, or between -1 and 1."""

    nodes: Sequence[Value]
    is_softmax: bool


def find_softmaxed(outer: Sequence[Value], chains: Chains) -> list[Softmaxed]:
    """Return the sums of exponentials of what is no logits, among the nodes behind the outputs, unless they are few."""
    sums = list({frozenset(logits): logits for node in outer if (logits := _logits(node, chains))}.values())
    found = [Softmaxed(logits, is_softmax=True) for logits in sums if _are_probabilities(logits)]
    if not found:
        sums = sums[:: len(sums) // _MOST + 1]
        found = [Softmaxed(logits, is_softmax=False) for logits in sums if _are_squashed(logits, chains)]
    return found if len(found) >= _MANY * len(sums) else []


def _logits(node: Value, chains: Chains) -> list[Value]:
    """Return the nodes whose exponentials a node sums, or an empty list; a common shift of them is left out."""
    if node.op is logsumexp:
        terms = [x for x in node.inputs if isinstance(x, Value)]
    elif node.op in SUMS and not chains.is_term(node) and all(x.op is exp for x in chains.terms(node)):
        terms = [x.inputs[0] for x in chains.terms(node)]
    else:
        return []
    if all(x.op is sub for x in terms) and len({x.inputs[1] for x in terms}) == 1:
        shift = terms[0].inputs[1]
        terms = list(dict.fromkeys([*(x.inputs[0] for x in terms), *[shift] * (shift in chains.origins)]))
    is_computed = all(x in chains.origins and x not in chains.parameters for x in terms)
    return terms if len(terms) > 1 and is_computed else []


def _are_probabilities(logits: Sequence[Value]) -> bool:
    """Say whether logits sum to 1 and are no sums themselves, which a softmax does not end in."""
    if any(x.op in (*SUMS, dot) for x in logits):
        return False
    return min(x.data for x in logits) >= 0 and isclose(sum(x.data for x in logits), 1.0, rel_tol=1e-9)


def _are_squashed(logits: Sequence[Value], chains: Chains) -> bool:
    """Say whether none of the logits can be farther than 1 from 0."""
    if any(x not in chains.bent or abs(x.data) > 1 for x in logits):
        return False
    limits = [_limits(x, chains.origins[x], chains) for x in logits]
    return all(-1 <= low <= high <= 1 for low, high in limits)


class Unlabelled(NamedTuple):
    """An output that is multiplied by the label 0, so that its loss is the `constant`."""

    node: Value
    constant: float


def find_unlabelled(outputs: Sequence[Value], chains: Chains) -> tuple[list[Unlabelled], int]:
    """Return the outputs whose loss is a constant, as max(0, 1 - y·s) is for a label y of 0, and how many have labels.

    All other labels must be 1, and the constants the same: then the factor is a label, and no mask or signal.
    """
    found, factors = [], []
    for output in outputs:
        product = next((link for link in chains.links[output] if link.op is mul), None)
        constants = [] if product is None else [x for x in product.inputs if x not in chains.origins]
        if not constants:
            continue
        factors.append(abs(number_of(constants[0])))
        exits = chains.exits(output)
        if product in chains.bends and not any(chains.slopes[x] for x in exits):
            found.append(Unlabelled(output, sum(x.data for x in exits)))
    is_label = set(factors) <= {0.0, 1.0} and len({f"{each.constant:.9g}" for each in found}) == 1
    return (found if is_label and found[0].constant else []), len(factors)
