"""Faults between outputs and loss: outputs that cannot reach their targets, and labels that suit another loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isclose, isfinite

from autograd import Value, dot, exp, logsumexp

from ..shared import mul, sub
from .chains import MAX_LINKS, NEAR, SUMS, Chains, nodes_read, number_of
from .findings import Finding

_MAX_OUTPUTS = 64  # number of outputs that are examined
_MANY = 0.25  # fraction of the examined outputs that makes a fault
_FAR, _FARTHER = 64.0, 1024.0
_REACH = [*NEAR, *(sign * x for x in (8.0, 16.0, 32.0, _FAR, _FARTHER) for sign in (-1, 1))]
_BEYOND = [sign * 2.0**k for k in range(-6, 21) for sign in (-1, 1)]
_LEVEL = 0.02  # change far out, relative to that near 0, below which a function has levelled off
_GAIN = 0.02  # smallest reduction of the loss that counts, relative to its maximum near 0


def output_faults(chains: Chains) -> Iterator[Finding]:
    """Find outputs and labels that do not fit the loss."""
    outer = [node for node in chains.order if node in chains.origins and node not in chains.inner]
    outputs = [node for node in outer if chains.origins[node] is node and chains.links[node]]
    yield from _label_0(outputs, chains)
    yield from _squashed(outputs, chains)
    yield from _softmaxed(outer, chains)


def _label_0(outputs: Sequence[Value], chains: Chains) -> Iterator[Finding]:
    """Find outputs whose loss is constant, as max(0, 1 - y·s) is for the label y = 0.

    Factors count as labels, not as masks or signals, if all of them are 0 or 1 and all constants are equal.
    """
    found, constants, factors = [], [], []
    for output in outputs:
        product = next((link for link in chains.links[output] if link.op is mul), None)
        others = [] if product is None else [x for x in product.inputs if x not in chains.origins]
        if not others:
            continue
        factors.append(abs(number_of(others[0])))
        exits = chains.exits(output)
        if product in chains.bends and not any(chains.slopes[x] for x in exits):
            found.append(output)
            constants.append(sum(x.data for x in exits))
    if set(factors) <= {0.0, 1.0} and len({f"{x:.9g}" for x in constants}) == 1 and constants[0]:
        sentence = (
            f"the loss of {len(found)} of {len(factors)} outputs is always {constants[0]:.3g}: they are multiplied by "
            "the label 0, so they get no gradient. Use the labels -1 and 1, such as 2 * y - 1 for labels y of 0 and 1."
        )
        yield Finding("label 0", tuple(found), sentence)


def _squashed(outputs: Sequence[Value], chains: Chains) -> Iterator[Finding]:
    """Find an activation that keeps many outputs from values with a lower loss."""
    outputs = outputs[:: len(outputs) // _MAX_OUTPUTS + 1]
    found = [squashed for output in outputs if (squashed := _squashing_link(output, chains))]
    if found and len(found) >= _MANY * len(outputs):
        node, low, high, lowest = found[0]
        name = chains.activation_name(node)
        name, removed = ("an activation", "it") if name == "activation" else (name, f"the {name}")
        span = f"between {low:.2g} and {high:.2g}"
        if not isfinite(low + high):
            span = f"above {low:.2g}" if isfinite(low) else f"below {high:.2g}"
        sentence = (
            f"{name} keeps the outputs {span}, so the loss of a sample cannot fall below {lowest:.2g}. If the loss "
            f"takes logits or scores, as binary_cross_entropy and hinge do, remove {removed}; otherwise scale the "
            "targets to its range."
        )
        yield Finding("squashed", tuple(each[0] for each in found), sentence)


def _squashing_link(output: Value, chains: Chains) -> tuple[Value, float, float, float] | None:
    """Find a link that limits an output; return the link, its lower and upper limit, and the lowest loss."""
    links, exits = chains.links[output], chains.exits(output)
    bends = [link for link in links if link in chains.bends]
    scale = max(abs(chains.gradients[node]) for node in exits)
    if not scale or not 2 <= len(bends) <= len(links) <= MAX_LINKS:
        return None
    for node in bends[:-1]:
        low, high = _limits(node, chains)
        beyond = [x for x in _BEYOND if not low <= x <= high]
        if beyond and low < high and _is_only_path(node, output, chains):
            lowest = min(chains.losses(output, output, _REACH), default=inf)
            largest_near = max(chains.losses(output, output, NEAR), default=inf)
            better = [y for y in chains.losses(output, node, beyond) if y >= 0]
            if better and lowest - min(better) > _GAIN * largest_near:
                return node, low, high, lowest / scale
    return None


def _limits(node: Value, chains: Chains) -> tuple[float, float]:
    """Return the lower and upper limit of a link, infinite on a side where it does not level off."""
    output = chains.origins[node]
    values = {x: chains.run(output, output, x)[node][0] for x in _REACH}
    if not all(map(isfinite, values.values())):
        return -inf, inf
    near = [values[x] for x in NEAR]
    low, high = min(values.values()), max(values.values())
    for side in (-1, 1):
        if abs(values[side * _FARTHER] - values[side * _FAR]) > _LEVEL * (max(near) - min(near)):
            rises = values[side * _FARTHER] > values[side * _FAR]
            low, high = (low, inf) if rises else (-inf, high)
    return low, high


def _is_only_path(node: Value, output: Value, chains: Chains) -> bool:
    """Return True if the exits of a chain depend on its origin only through the link `node`."""
    around = {output}
    for link in chains.links[output]:
        if link is not node and any(x in around for x in link.inputs):
            around.add(link)
    return around.isdisjoint(chains.exits(output))


def _softmaxed(outer: Sequence[Value], chains: Chains) -> Iterator[Finding]:
    """Find a cross-entropy that gets probabilities, or numbers between -1 and 1, instead of logits."""
    sums = list({frozenset(logits): logits for node in outer if (logits := _logits(node, chains))}.values())
    found = [logits for logits in sums if _are_probabilities(logits)]
    received, removed = "the outputs of a softmax, which sum to 1", "that softmax"
    if not found:
        sums = sums[:: len(sums) // _MAX_OUTPUTS + 1]
        found = [logits for logits in sums if _are_squashed(logits, chains)]
        received, removed = "numbers between -1 and 1", "the activation of the outputs"
    if found and len(found) >= _MANY * len(sums):
        sentence = (
            f"the cross-entropy applies a softmax itself but gets {received}, so it cannot fall to 0. Pass it the "
            f"logits: remove {removed}."
        )
        yield Finding("squashed", tuple(x for logits in found for x in logits), sentence)


def _logits(node: Value, chains: Chains) -> list[Value]:
    """Return the nodes whose exponentials a node sums, without a common shift, or an empty list."""
    if node.op is logsumexp:
        logits = nodes_read(node)
    elif node.op in SUMS and not chains.is_term(node):
        terms = [term for term, _ in chains.terms(node)]
        logits = [term.inputs[0] for term in terms if term.op is exp]
        if len(logits) < len(terms):
            return []
    else:
        return []
    if all(x.op is sub for x in logits) and len({x.inputs[1] for x in logits}) == 1:
        shift = logits[0].inputs[1]
        logits = list(dict.fromkeys([*(x.inputs[0] for x in logits), *[shift] * (shift in chains.origins)]))
    is_computed = all(x in chains.origins and x not in chains.parameters for x in logits)
    return logits if len(logits) > 1 and is_computed else []


def _are_probabilities(logits: Sequence[Value]) -> bool:
    """Return True if logits look like results of a softmax: non-negative, summing to 1, and no sums themselves."""
    if any(x.op in (*SUMS, dot) for x in logits):
        return False
    return min(x.data for x in logits) >= 0 and isclose(sum(x.data for x in logits), 1.0, rel_tol=1e-9)


def _are_squashed(logits: Sequence[Value], chains: Chains) -> bool:
    """Return True if an activation keeps all logits between -1 and 1."""
    if any(x not in chains.bent or abs(x.data) > 1 for x in logits):
        return False
    return all(-1 <= low <= high <= 1 for low, high in (_limits(x, chains) for x in logits))
