"""What is wrong with the gradients of a loss, whatever the model is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose, isfinite

from autograd import Value, dot, where

from ..shared import explanation, mul, name_of, origin_of, plain
from .chains import SUMS, Chains
from .findings import Finding
from .wording import Wording, some, them

MAX_LINE = 400


class GradientFaults:
    """Examines the gradients of `parameters`: those of the graph, in `chains`, and those that were stored."""

    def __init__(self, loss: Value, parameters: Sequence[Value], chains: Chains) -> None:
        self._loss, self._parameters, self._chains = loss, parameters, chains
        self._gradients = chains.gradients
        self._reached = [p for p in parameters if p in self._gradients]
        self._wording = Wording(parameters)

    def findings(self) -> Iterator[Finding]:
        """Yield the faults and the remarks."""
        yield from self._no_backward()
        yield from self._not_finite()
        yield from self._unreached()
        yield from self._stored()

    def _no_backward(self) -> Iterator[Finding]:
        if self._loss.grad == 0:
            sentence = "backward was not called on this loss, whose own gradient is still 0. Call loss.backward()."
            yield Finding("no backward", (self._loss,), sentence)

    def _not_finite(self) -> Iterator[Finding]:
        node = self._first_nonfinite()
        if node is not None:
            name = plain(", ".join((*node.scope, origin_of(node))), MAX_LINE)
            advice = f"Keep the inputs of {node.op.name} in its range" if node.op else "Look where it was set"
            yield Finding("not finite", (node,), f"the first number that is not finite is {name}. {advice}.")
        elif not all(isfinite(self._gradients[p]) for p in self._reached):
            yield self._infinite_gradient()

    def _first_nonfinite(self) -> Value | None:
        """Return the first node that is not finite, without those in options that `where` has not chosen."""
        chosen = {self._loss}
        for node in reversed(self._chains.order):
            if node in chosen:
                inputs = zip(node.inputs, node.partials)
                chosen.update(x for x, d in inputs if isinstance(x, Value) and (d or node.op is not where))
        return next((node for node in self._chains.order if node in chosen and not isfinite(node.data)), None)

    def _infinite_gradient(self) -> Finding:
        """Return the finding of the first node that sends something infinite, or gets it in several finite parts."""
        gets = next(p for p in self._reached if not isfinite(self._gradients[p]))
        sends = ((node, x, d) for node in reversed(self._chains.order) for x, d in zip(node.inputs, node.partials))
        culprits = (
            (node, d) for node, x, d in sends if isinstance(x, Value) and not isfinite(self._gradients[node] * d)
        )
        node, d = next(culprits, (gets, 1.0))
        sentence = (
            f"the gradient stops being finite at {plain(name_of(node), MAX_LINE)}: {self._gradients[node]:.3g} "
            f"arrives there, and the local derivative is {d:.3g}. Keep its inputs away from this point."
        )
        return Finding("not finite", (node,), sentence)

    def _unreached(self) -> Iterator[Finding]:
        missing = [p for p in self._parameters if p not in self._gradients]
        if not missing:
            return
        it = them(missing)
        advice = f"Use {it} outside of no_grad and as nodes, not as numbers (v.data, float(v), math.sin(v))"
        purpose, lost = "", plain(explanation(missing), MAX_LINE)
        if lost or not self._reached:
            pass
        elif self._has_table():
            purpose = f"Fine if {it} belongs" if it == "it" else "Fine if they belong"
            purpose += " to rows of a table that this batch does not read. Else: "
        elif self._has_frozen_layers(missing):
            purpose = f"Fine if {it} is frozen. Else: " if it == "it" else "Fine if they are frozen. Else: "
        sentence = (
            f"no gradient reaches {self._wording.parameters(missing)}: the loss does not depend on {it}. "
            f"{purpose}{advice[0].lower() if purpose else advice[0]}{advice[1:]}. {lost}"
        ).strip()
        yield Finding("unreached", tuple(missing), sentence, is_fault=not purpose)

    def _has_table(self) -> bool:
        """Say whether parameters are read as signals are, as the rows of an embedding are."""
        known = self._chains.parameters
        for node in self._chains.order:
            half = len(node.inputs) // 2
            if node.op in SUMS and any(x in known for x in node.inputs):
                if all(x in known for x in node.inputs if x in self._chains.origins):
                    return True
            elif node.op in (mul, dot):
                pairs = zip(node.inputs[:half], node.inputs[half:])
                if any(a in known and b in known and a is not b for a, b in pairs):
                    return True
        return False

    def _has_frozen_layers(self, missing: Sequence[Value]) -> bool:
        """Say if the first layers are `missing`, and the next one reads leaves, as no_grad and detach make them."""
        known = self._chains.parameters
        leaves = (
            x
            for node in self._chains.order
            if node.op in (mul, dot) and any(x in known for x in node.inputs)
            for x in node.inputs
            if isinstance(x, Value) and x.op is None and x not in known and not x.label
        )
        return list(missing) == list(self._parameters[: len(missing)]) and any(True for _ in leaves)

    def _stored(self) -> Iterator[Finding]:
        seed = self._loss.grad
        if seed > 1 and seed.is_integer():
            seed = 1.0  # it was called several times
        wanted = {p: seed * self._gradients[p] for p in self._reached}
        wanted = {p: g for p, g in wanted.items() if isfinite(g)}
        rounding = 1e-9 * max(map(abs, wanted.values()), default=0.0)
        more = [p for p, g in wanted.items() if not min(g, 0.0) - rounding <= p.grad <= max(g, 0.0) + rounding]
        if seed and more:
            p = more[0]
            times = _times([(p.grad, wanted[p]) for p in more])
            sentence = (
                f"the gradient of {self._wording.parameters(more)} is {times}: {p.grad:.6g} at "
                f"{self._wording.parameter(p)}, where this loss gives {wanted[p]:.6g}. That is fine if you accumulate "
                "on purpose, else call zero_grad() before every backward pass."
            )
            yield Finding("accumulated", tuple(more), sentence, is_fault=False)
        elif any(wanted.values()) and not any(p.grad for p in wanted):
            sentence = (
                "all gradients are 0 now, but this loss gives others: they were set to 0 after the backward pass. That "
                "is fine after a step of the optimizer. Before it, the step changes nothing: call zero_grad() before "
                "backward()."
            )
            yield Finding("cleared", tuple(wanted), sentence, is_fault=False)

    def no_gradient(self) -> Iterator[Finding]:
        """Yield a fault if nothing at all arrives at the parameters; parts that cancel out, as at a minimum, are none.

        A loss of 0, as of a margin that all samples keep, cannot be lower.
        """
        if not self._reached or self._loss.data == 0:
            return
        gradients, known = self._gradients, self._chains.parameters
        if any(gradients[x] for x in self._reached):
            return
        barriers = []
        for node in self._chains.order:
            sent = [(x, gradients[node] * d) for x, d in zip(node.inputs, node.partials) if x in self._chains.origins]
            if any(g and x in known for x, g in sent):
                return
            if gradients[node] and sent and not any(g for _, g in sent):
                barriers.append(node)
        names = some(list(dict.fromkeys(node.op.name for node in barriers if node.op)))
        sentence = (
            f"all gradients are exactly 0, so a step changes nothing: on the way back, {names} multiplies by 0. "
            "Look for a function that is flat there, weights that are all 0, or signals that are all 0."
        )
        yield Finding("no gradient", tuple(barriers), sentence)


def _times(pairs: Sequence[tuple[float, float]]) -> str:
    """Say how many times what was `wanted` each number that was `given` is, in pairs of these two."""
    given, wanted = pairs[0]
    times = round(given / wanted) if wanted and 1.5 < given / wanted < 1000 else 0
    if times and all(isclose(given, times * wanted, rel_tol=1e-6) for given, wanted in pairs):
        return f"{times} times that of this loss"
    return "not that of this loss alone"
