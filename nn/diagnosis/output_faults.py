"""What the loss makes of the outputs of a network: values that they never take, and labels that it cannot use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isclose, isfinite

from autograd import Value, dot, exp, logsumexp

from ..shared import mul, sub
from .chains import MAX_LINKS, NEAR, SUMS, Chains, number_of
from .findings import Finding

MAX_OUTPUTS = 64  # that are looked at
_MANY = 0.25  # part of them that makes a fault
_FAR, _FARTHER = 64.0, 1024.0
_REACH = [*NEAR, *(sign * x for x in (8.0, 16.0, 32.0, _FAR, _FARTHER) for sign in (-1, 1))]
_BEYOND = [sign * 2.0**k for k in range(-6, 21) for sign in (-1, 1)]
_LEVEL = 0.02  # part of what a function does near 0, below which it is level
_GAIN = 0.02  # part of the largest loss near 0, below which a lower loss is not worth a word


def output_faults(chains: Chains) -> Iterator[Finding]:
    """Find labels and outputs that do not fit the loss."""
    outer = [node for node in chains.order if node in chains.origins and node not in chains.inner]
    outputs = [node for node in outer if chains.origins[node] is node and chains.links[node]]
    yield from _label_0(outputs, chains)
    yield from _squashed(outputs, chains)
    yield from _softmaxed(outer, chains)


def _label_0(outputs: Sequence[Value], chains: Chains) -> Iterator[Finding]:
    """Find outputs whose loss is a constant, as max(0, 1 - y·s) is for a label y of 0.

    All other labels must be 1, and the constants the same: then the factor is a label, and no mask or signal.
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
            "the label 0, so no gradient passes. Use the labels -1 and 1, which are 2 * y - 1 for labels y of 0 and 1."
        )
        yield Finding("label 0", tuple(found), sentence)


def _squashed(outputs: Sequence[Value], chains: Chains) -> Iterator[Finding]:
    """Find what keeps outputs from values at which the loss would be lower, unless it does so for a few only."""
    some = outputs[:: len(outputs) // MAX_OUTPUTS + 1]
    found = [squashed for output in some if (squashed := _squashing_link(output, chains))]
    if found and len(found) >= _MANY * len(some):
        node, low, high, lowest = found[0]
        name = chains.activation_name(node).replace("activation", "an activation")
        span = f"between {low:.2g} and {high:.2g}"
        if not isfinite(low + high):
            span = f"above {low:.2g}" if isfinite(low) else f"below {high:.2g}"
        sentence = (
            f"{name} keeps the outputs {span}, so the loss of a sample cannot fall below {lowest:.2g}. If the loss "
            "takes logits or scores, as binary_cross_entropy and hinge do, leave it out; else bring the targets into "
            "its range."
        )
        yield Finding("squashed", tuple(each[0] for each in found), sentence)


def _squashing_link(output: Value, chains: Chains) -> tuple[Value, float, float, float] | None:
    """Find a link that keeps an output in a range: the link, both ends of the range, and the lowest loss in it."""
    links, exits = chains.links[output], chains.exits(output)
    bends = [link for link in links if link in chains.bends]
    scale = max(abs(chains.gradients[node]) for node in exits)
    if not scale or not 2 <= len(bends) <= len(links) <= MAX_LINKS:
        return None
    for node in bends[:-1]:
        low, high = _limits(node, chains)
        beyond = [x for x in _BEYOND if not low <= x <= high]
        if beyond and low < high and _is_bottleneck(node, output, chains):
            lowest = min(chains.losses(output, output, _REACH), default=inf)
            largest_near = max(chains.losses(output, output, NEAR), default=inf)
            better = [y for y in chains.losses(output, node, beyond) if y >= 0]
            if better and lowest - min(better) > _GAIN * largest_near:
                return node, low, high, lowest / scale
    return None


def _limits(node: Value, chains: Chains) -> tuple[float, float]:
    """Return the least and the largest value of a link, which are infinite unless it levels off."""
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


def _is_bottleneck(node: Value, output: Value, chains: Chains) -> bool:
    """Check if the exits of a chain depend on its origin through the link `node` only."""
    around = {output}
    for link in chains.links[output]:
        if link is not node and any(x in around for x in link.inputs):
            around.add(link)
    return around.isdisjoint(chains.exits(output))


def _softmaxed(outer: Sequence[Value], chains: Chains) -> Iterator[Finding]:
    """Find sums of exponentials of what is no logits: of probabilities, or of numbers between -1 and 1."""
    sums = list({frozenset(logits): logits for node in outer if (logits := _logits(node, chains))}.values())
    found = [logits for logits in sums if _are_probabilities(logits)]
    state, what = "the outputs of a softmax, which sum to 1", "that softmax"
    if not found:
        sums = sums[:: len(sums) // MAX_OUTPUTS + 1]
        found = [logits for logits in sums if _are_squashed(logits, chains)]
        state, what = "numbers between -1 and 1", "the activation of the outputs"
    if found and len(found) >= _MANY * len(sums):
        sentence = (
            f"the cross-entropy applies a softmax itself, but gets {state}, so it cannot fall to 0. Give it the "
            f"logits: leave {what} out."
        )
        yield Finding("squashed", tuple(x for logits in found for x in logits), sentence)


def _logits(node: Value, chains: Chains) -> list[Value]:
    """Return the nodes whose exponentials a node sums, or an empty list; a common shift of them is left out."""
    if node.op is logsumexp:
        logits = [x for x in node.inputs if isinstance(x, Value)]
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
    """Check if logits sum to 1 and are no sums themselves, which a softmax does not end in."""
    if any(x.op in (*SUMS, dot) for x in logits):
        return False
    return min(x.data for x in logits) >= 0 and isclose(sum(x.data for x in logits), 1.0, rel_tol=1e-9)


def _are_squashed(logits: Sequence[Value], chains: Chains) -> bool:
    """Check if none of the logits can be farther than 1 from 0."""
    if any(x not in chains.bent or abs(x.data) > 1 for x in logits):
        return False
    return all(-1 <= low <= high <= 1 for low, high in (_limits(x, chains) for x in logits))
