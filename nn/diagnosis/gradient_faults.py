"""What is wrong with the gradients of a loss, whatever the model is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose, isfinite

from autograd import Value, where

from ..shared import explanation, name_of, origin_of, plain
from .chains import SUMS, Chains, factors_of
from .findings import Finding, Wording, some

MAX_LINE = 400


def gradient_faults(parameters: Sequence[Value], chains: Chains, wording: Wording) -> Iterator[Finding]:
    """Find what is wrong with the gradients in the graph, and with those that `parameters` have stored."""
    if chains.loss.grad == 0:
        sentence = "backward was not called on this loss, whose own gradient is still 0. Call loss.backward()."
        yield Finding("no backward", (chains.loss,), sentence)
    yield from _not_finite(chains)
    missing = [p for p in parameters if p not in chains.parameters]
    if missing:
        yield _unreached(missing, parameters, chains, wording)
    yield from _stored(chains, wording)


def _not_finite(chains: Chains) -> Iterator[Finding]:
    node = _first_nonfinite(chains)
    if node is not None:
        name = plain(", ".join((*node.scope, origin_of(node))), MAX_LINE)
        advice = f"Keep the inputs of {node.op.name} in its range" if node.op else "Look where it was set"
        yield Finding("not finite", (node,), f"the first number that is not finite is {name}. {advice}.")
        return
    gets = next((p for p in chains.parameters if not isfinite(chains.gradients[p])), None)
    if gets is not None:
        node, d = next(_infinite_sendings(chains), (gets, 1.0))  # else it gets it in several finite parts
        sentence = (
            f"the gradient stops being finite at {plain(name_of(node), MAX_LINE)}: {chains.gradients[node]:.3g} "
            f"arrives there, and the local derivative is {d:.3g}. Keep its inputs away from this point."
        )
        yield Finding("not finite", (node,), sentence)


def _first_nonfinite(chains: Chains) -> Value | None:
    """Return the first node that is not finite, without those in options that `where` has not chosen."""
    chosen = {chains.loss}
    for node in reversed(chains.order):
        if node in chosen:
            inputs = zip(node.inputs, node.partials)
            chosen.update(x for x, d in inputs if isinstance(x, Value) and (d or node.op is not where))
    return next((node for node in chains.order if node in chosen and not isfinite(node.data)), None)


def _infinite_sendings(chains: Chains) -> Iterator[tuple[Value, float]]:
    """Yield the nodes that send something infinite back, each with its local derivative."""
    for node in reversed(chains.order):
        for x, d in zip(node.inputs, node.partials):
            if isinstance(x, Value) and not isfinite(chains.gradients[node] * d):
                yield node, d


def _unreached(missing: Sequence[Value], parameters: Sequence[Value], chains: Chains, wording: Wording) -> Finding:
    it, belongs, is_ = ("it", "it belongs", "it is") if len(missing) == 1 else ("them", "they belong", "they are")
    lost, purpose = plain(explanation(missing), MAX_LINE), ""
    if chains.parameters and not lost:
        if _has_table(chains):
            purpose = f"Fine if {belongs} to rows of a table that this batch does not read. Else: "
        elif list(missing) == list(parameters[: len(missing)]) and _reads_unnamed_leaves(chains):
            purpose = f"Fine if {is_} frozen. Else: "
    sentence = (
        f"no gradient reaches {wording.parameters(missing)}: the loss does not depend on {it}. "
        f"{purpose}{'use' if purpose else 'Use'} {it} outside of no_grad and as nodes, not as numbers (v.data, "
        f"float(v), math.sin(v)). {lost}"
    )
    return Finding("unreached", tuple(missing), sentence.strip(), is_fault=not purpose)


def _has_table(chains: Chains) -> bool:
    """Check if parameters are read as signals are, as the rows of an embedding are."""
    known = chains.parameters
    nodes = [node for node in chains.order if chains.reads_parameters(node)]
    sums = (node for node in nodes if node.op in SUMS)
    pairs = (pair for node in nodes if chains.is_weighted(node) for pair in factors_of(node))
    return any(all(x in known for x in node.inputs if x in chains.origins) for node in sums) or any(
        a in known and b in known and a is not b for a, b in pairs
    )


def _reads_unnamed_leaves(chains: Chains) -> bool:
    """Check if weights are multiplied by leaves without a label, as no_grad and detach make them."""
    signals = (x for node in chains.order if chains.is_weighted(node) for x in node.inputs if isinstance(x, Value))
    return any(x.op is None and x not in chains.parameters and not x.label for x in signals)


def _stored(chains: Chains, wording: Wording) -> Iterator[Finding]:
    seed = chains.loss.grad
    if seed > 1 and seed.is_integer():
        seed = 1.0  # it was called several times
    wanted = {p: seed * chains.gradients[p] for p in chains.parameters}
    wanted = {p: g for p, g in wanted.items() if isfinite(g)}
    rounding = 1e-9 * max(map(abs, wanted.values()), default=0.0)
    more = [p for p, g in wanted.items() if not min(g, 0.0) - rounding <= p.grad <= max(g, 0.0) + rounding]
    if seed and more:
        p = more[0]
        sentence = (
            f"the gradient of {wording.parameters(more)} is {_times([(p.grad, wanted[p]) for p in more])}: "
            f"{p.grad:.6g} at {wording.parameter(p)}, where this loss gives {wanted[p]:.6g}. That is fine if you "
            "accumulate on purpose, else call zero_grad() before every backward pass."
        )
        yield Finding("accumulated", tuple(more), sentence, is_fault=False)
    elif any(wanted.values()) and not any(p.grad for p in wanted):
        sentence = (
            "all gradients are 0 now, but this loss gives others: they were set to 0 after the backward pass. That is "
            "fine after a step of the optimizer. Before it, the step changes nothing: call zero_grad() before "
            "backward()."
        )
        yield Finding("cleared", tuple(wanted), sentence, is_fault=False)


def _times(pairs: Sequence[tuple[float, float]]) -> str:
    """Say how many times what was `wanted` each number that was `given` is, in pairs of these two."""
    given, wanted = pairs[0]
    times = round(given / wanted) if wanted and 1.5 < given / wanted < 1000 else 0
    if times and all(isclose(given, times * wanted, rel_tol=1e-6) for given, wanted in pairs):
        return f"{times} times that of this loss"
    return "not that of this loss alone"


def no_gradient(chains: Chains) -> Iterator[Finding]:
    """Find that nothing at all arrives at the parameters; parts that cancel out, as at a minimum, are no fault.

    A loss of 0, as of a margin that all samples keep, cannot be lower.
    """
    gradients = chains.gradients
    if not chains.parameters or chains.loss.data == 0 or any(gradients[p] for p in chains.parameters):
        return
    barriers = []
    for node in chains.order:
        sent = [(x, gradients[node] * d) for x, d in zip(node.inputs, node.partials) if x in chains.origins]
        if any(g and x in chains.parameters for x, g in sent):
            return
        if gradients[node] and sent and not any(g for _, g in sent):
            barriers.append(node)
    names = some(list(dict.fromkeys(node.op.name for node in barriers if node.op)))
    sentence = (
        f"all gradients are exactly 0, so a step changes nothing: on the way back, {names} multiplies by 0. "
        "Look for a function that is flat there, weights that are all 0, or signals that are all 0."
    )
    yield Finding("no gradient", tuple(barriers), sentence)
