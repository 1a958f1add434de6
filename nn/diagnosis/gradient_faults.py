"""Faults of the gradients themselves: not finite, not reaching parameters, accumulated, reset, or all 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose, isfinite

from autograd import Value, where

from ..shared import explanation, name_of, origin_of, plain
from .chains import SUMS, Chains, factors_of, nodes_read
from .findings import Finding, Wording, first_few

_MAX_LENGTH = 400  # characters of a quoted line


def gradient_faults(parameters: Sequence[Value], chains: Chains, wording: Wording) -> Iterator[Finding]:
    """Find faults of the gradients in the graph and of those stored in `parameters`."""
    if chains.loss.grad == 0:
        sentence = "backward() was not called on this loss: its own gradient is still 0. Call loss.backward()."
        yield Finding("no backward", (chains.loss,), sentence)
    yield from _not_finite(chains)
    missing = [p for p in parameters if p not in chains.parameters]
    if missing:
        yield _unreached(missing, parameters, chains, wording)
    yield from _stored(chains, wording)


def _not_finite(chains: Chains) -> Iterator[Finding]:
    node = _first_nonfinite(chains)
    if node is not None:
        name = plain(", ".join((*node.scope, origin_of(node))), _MAX_LENGTH)
        advice = f"Keep the inputs of {node.op.name} in its domain" if node.op else "Check where it was set"
        yield Finding("not finite", (node,), f"the first value that is not finite is {name}. {advice}.")
        return
    reached = next((p for p in chains.parameters if not isfinite(chains.gradients[p])), None)
    if reached is not None:
        sent = (
            (node, d)
            for node in reversed(chains.order)
            for x, d in zip(node.inputs, node.partials)
            if isinstance(x, Value) and not isfinite(chains.gradients[node] * d)
        )
        node, d = next(sent, (reached, 1.0))  # the default: a sum of finite ones overflows
        sentence = (
            f"the gradient stops being finite at {plain(name_of(node), _MAX_LENGTH)}: its own gradient is "
            f"{chains.gradients[node]:.3g} and its local derivative is {d:.3g}. Keep its inputs away from this point."
        )
        yield Finding("not finite", (node,), sentence)


def _first_nonfinite(chains: Chains) -> Value | None:
    """Return the first node that is not finite, except in the unselected options of `where`."""
    used = {chains.loss}
    for node in reversed(chains.order):
        if node in used:
            inputs = zip(node.inputs, node.partials)
            used.update(x for x, d in inputs if isinstance(x, Value) and (d or node.op is not where))
    return next((node for node in chains.order if node in used and not isfinite(node.data)), None)


def _unreached(missing: Sequence[Value], parameters: Sequence[Value], chains: Chains, wording: Wording) -> Finding:
    it, they_are = ("it", "it is") if len(missing) == 1 else ("them", "they are")
    lost, exception = plain(explanation(missing), _MAX_LENGTH), ""
    if chains.parameters and not lost:
        if _has_table(chains):
            exception = f"This is fine if {they_are} in rows of a table that this batch does not use. Otherwise, "
        elif list(missing) == list(parameters[: len(missing)]) and _reads_unnamed_leaves(chains):
            exception = f"This is fine if {they_are} frozen. Otherwise, "
    sentence = (
        f"no gradient reaches {wording.parameters(missing)}: the loss does not depend on {it}. "
        f"{exception}{'use' if exception else 'Use'} {it} outside no_grad and as nodes, not as plain numbers (v.data, "
        f"float(v), math.sin(v)). {lost}"
    )
    return Finding("unreached", tuple(missing), sentence.strip(), is_fault=not exception)


def _has_table(chains: Chains) -> bool:
    """Return True if parameters serve as signals, as the rows of an embedding do."""
    known = chains.parameters
    nodes = [node for node in chains.order if chains.reads_parameters(node)]
    sums = (node for node in nodes if node.op in SUMS)
    pairs = (pair for node in nodes if chains.is_weighted(node) for pair in factors_of(node))
    return any(all(x in known for x, _ in chains.varying_inputs(node)) for node in sums) or any(
        a in known and b in known and a is not b for a, b in pairs
    )


def _reads_unnamed_leaves(chains: Chains) -> bool:
    """Return True if weights multiply leaves without a label, such as results of no_grad and detach."""
    signals = (x for node in chains.order if chains.is_weighted(node) for x in nodes_read(node))
    return any(x.op is None and x not in chains.parameters and not x.label for x in signals)


def _stored(chains: Chains, wording: Wording) -> Iterator[Finding]:
    """Compare the `grad` of each parameter with the gradient of this loss."""
    seed = chains.loss.grad
    if seed > 1 and seed.is_integer():
        seed = 1.0  # backward was called several times
    wanted = {p: seed * chains.gradients[p] for p in chains.parameters}
    wanted = {p: g for p, g in wanted.items() if isfinite(g)}
    rounding = 1e-9 * max(map(abs, wanted.values()), default=0.0)
    more = [p for p, g in wanted.items() if not min(g, 0.0) - rounding <= p.grad <= max(g, 0.0) + rounding]
    if seed and more:
        p = more[0]
        sentence = (
            f"the gradient of {wording.parameters(more)} is {_multiple([(p.grad, wanted[p]) for p in more])}: "
            f"{p.grad:.6g} at {wording.parameter(p)}, where this loss gives {wanted[p]:.6g}. This is fine if you "
            "accumulate gradients on purpose; otherwise call zero_grad() before each backward pass."
        )
        yield Finding("accumulated", tuple(more), sentence, is_fault=False)
    elif any(wanted.values()) and not any(p.grad for p in wanted):
        sentence = (
            "all gradients are 0, but those of this loss are not: they were reset after the backward pass. This is "
            "fine after a step of the optimizer. Before a step, which would then change nothing, call zero_grad() "
            "before backward()."
        )
        yield Finding("cleared", tuple(wanted), sentence, is_fault=False)


def _multiple(pairs: Sequence[tuple[float, float]]) -> str:
    """Return a phrase that compares pairs of a stored gradient and the gradient of the loss."""
    stored, wanted = pairs[0]
    times = round(stored / wanted) if wanted and 1.5 < stored / wanted < 1000 else 0
    if times and all(isclose(stored, times * wanted, rel_tol=1e-6) for stored, wanted in pairs):
        return f"{times} times that of this loss"
    return "not that of this loss alone"


def no_gradient(chains: Chains) -> Iterator[Finding]:
    """Find that all gradients are 0 although the loss is not, unless nonzero parts cancel, as at a minimum."""
    gradients = chains.gradients
    if not chains.parameters or chains.loss.data == 0 or any(gradients[p] for p in chains.parameters):
        return
    barriers = []
    for node in chains.order:
        sent = [(x, gradients[node] * d) for x, d in chains.varying_inputs(node)]
        if any(g and x in chains.parameters for x, g in sent):
            return
        if gradients[node] and sent and not any(g for _, g in sent):
            barriers.append(node)
    names = first_few(str, list(dict.fromkeys(node.op.name for node in barriers if node.op)))
    sentence = (
        f"all gradients are exactly 0, so a step changes nothing: {names} multiplies them by 0 in the backward pass. "
        "Look for a function that is flat at its input, weights that are all 0, or signals that are all 0."
    )
    yield Finding("no gradient", tuple(barriers), sentence)
