"""`diagnose`: what a teacher would point at in a graph after its backward pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from math import isclose, isfinite
from typing import overload

from autograd.conversion import explanation
from autograd.inspection import check_node, first_nonfinite, name_of, origin_of
from autograd.modes import common_scope
from autograd.ops import relu
from autograd.sweep import propagate, topological
from autograd.terminal import plain, printed
from autograd.testing.layers import Layer, find_layers
from autograd.testing.units import FEWEST_SAMPLES, Place, Unit, dead, find_units, saturated
from autograd.value import Value
from autograd.writing.formulas import Names, label_of

_PULLED = 0.25  # part of its samples for which the loss pulls an output unit back
_MOST_NAMES = 3
_LONGEST_NAME, _LONGEST_LINE = 80, 400


@printed
@dataclass(frozen=True)
class Finding:
    """Something to point at: its `kind`, the `nodes` where it is seen, and a `sentence` that says what to do."""

    kind: str
    nodes: tuple[Value, ...] = field(repr=False)
    sentence: str


@printed
class Diagnosis(Sequence[Finding]):
    """The findings of `diagnose`: false where there are none. It prints as one sentence for each."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._findings = tuple(findings)

    def __len__(self) -> int:
        return len(self._findings)

    @overload
    def __getitem__(self, i: int) -> Finding: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, i: int | slice) -> Finding | tuple[Finding, ...]:
        return self._findings[i]

    def __str__(self) -> str:
        return "\n".join(finding.sentence for finding in self) or "nothing found"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(finding.sentence)}</li>" for finding in self)
        return f"<ul>{items}</ul>" if items else f"<p>{self}</p>"


def diagnose(loss: Value, params: Iterable[Value]) -> Diagnosis:
    """Return what keeps `params` from learning, as the graph of `loss` shows it after `loss.backward()`.

    >>> w, b = Value(0.5, "w"), Value(-100.0, "b")
    >>> outputs = [(w * x + b).relu() for x in range(8)]
    >>> loss = sum((y - 1.0) ** 2 for y in outputs)
    >>> loss.backward()
    >>> print(diagnose(loss, [w, b]))  # doctest: +NORMALIZE_WHITESPACE
    the unit of w, b is dead: its relu gives 0 for all 8 samples, so no gradient passes.
    Give it a smaller learning rate, other initial weights, or leaky_relu.
    >>> [finding.kind for finding in diagnose(loss, [w, b, Value(1.0, "c")])]
    ['unreached', 'dead']

    The kinds of findings, with what is left alone:

    - "no backward": `backward` was not called. The rest is said all the same, of the gradients that it would give.
    - "not finite": the first node that is nan or infinite, with the line that made it; else the first such gradient.
    - "unreached": parameters on which the loss does not depend, be they frozen on purpose or not.
    - "accumulated": a `grad` that is not of this loss alone. A smaller one, as after clipping, is left alone.
    - "dead": relu units that are off for all samples, of at least 8, and not by chance: their whole layer is off, or
      many more of it than are always on, or they are 5 times as far below 0 as weights and signals amount to.
    - "saturated": tanh and sigmoid units that have less than 1/1,000 of their steepest slope for all samples, of at
      least 8, on one side; or less than a millionth, as a net that is sure comes near 1/1,000 on both sides.
    - "vanishing": layers with less than 1/10,000 of the gradient of one that is 3 or more activations nearer to the
      loss, as in nets of 8 and more layers of sigmoid units.
    - "exploding": layers with more than 10,000 times that gradient, or more than a million.

    Units and layers are told apart by the `scope` of parameters, which `nn` sets; without one, units by the parameters
    that they read, layers by how many activations are behind them. An output unit is dead or saturated only where the
    loss pulls it back.
    """
    check_node(loss, "diagnose()")
    try:
        parameters = list(params)
    except TypeError:
        given = type(params).__name__
        raise TypeError(f"diagnose() takes a list of parameters, such as model.parameters(), not {given}") from None
    for p in parameters:
        check_node(p, "diagnose() in its list of parameters")
    return Diagnosis(_Examination(loss, list(dict.fromkeys(parameters))).findings())


class _Examination:
    """Looks at the graph of a loss from all sides. Its `gradients` are of this graph alone, whatever `.grad` holds."""

    def __init__(self, loss: Value, parameters: Sequence[Value]) -> None:
        self.loss, self.parameters = loss, parameters
        self.order = topological([loss])
        self.gradients = dict(propagate(self.order, {loss: 1.0}))
        self.reached = [p for p in parameters if p in self.gradients]
        self.names = Names(parameters)

    def findings(self) -> Iterator[Finding]:
        yield from self._no_backward()
        yield from self._not_finite()
        yield from self._unreached()
        yield from self._accumulated()
        yield from self._units()
        yield from self._layers()

    def _no_backward(self) -> Iterator[Finding]:
        if self.loss.grad == 0:
            sentence = "backward was not called on this loss, whose own gradient is still 0. Call loss.backward()."
            yield Finding("no backward", (self.loss,), sentence)

    def _not_finite(self) -> Iterator[Finding]:
        node = first_nonfinite(self.loss)
        if node is not None:
            name = plain(", ".join((*node.scope, origin_of(node))), _LONGEST_LINE)
            advice = f"Keep the inputs of {node.op.name} in its range" if node.op else "Look where it was set"
            yield Finding("not finite", (node,), f"the first number that is not finite is {name}. {advice}.")
        elif not all(isfinite(self.gradients[p]) for p in self.reached):
            yield self._infinite_gradient()

    def _infinite_gradient(self) -> Finding:
        """Return the finding of the first node that sends something infinite, or gets it in several finite parts."""
        gets = next(p for p in self.reached if not isfinite(self.gradients[p]))
        sends = ((node, x, d) for node in reversed(self.order) for x, d in zip(node.inputs, node.partials))
        culprits = (
            (node, d) for node, x, d in sends if isinstance(x, Value) and not isfinite(self.gradients[node] * d)
        )
        node, d = next(culprits, (gets, 1.0))
        sentence = (
            f"the gradient stops being finite at {plain(name_of(node), _LONGEST_LINE)}: {self.gradients[node]:.3g} "
            f"arrives there, and the local derivative is {d:.3g}. Keep its inputs away from this point."
        )
        return Finding("not finite", (node,), sentence)

    def _unreached(self) -> Iterator[Finding]:
        missing = [p for p in self.parameters if p not in self.gradients]
        if missing:
            sentence = (
                f"no gradient reaches {self._listed(missing)}: the loss does not depend on {_them(missing)}. Use "
                f"{_them(missing)} outside of no_grad and as nodes, not as numbers (v.data, float(v), math.sin(v)). "
                f"{plain(explanation(missing), _LONGEST_LINE)}"
            ).strip()
            yield Finding("unreached", tuple(missing), sentence)

    def _accumulated(self) -> Iterator[Finding]:
        seed = self.loss.grad
        if seed > 1 and seed.is_integer():
            seed = 1.0  # it was called several times
        wanted = {p: seed * self.gradients[p] for p in self.reached}
        wanted = {p: g for p, g in wanted.items() if isfinite(g)}
        rounding = 1e-9 * max(map(abs, wanted.values()), default=0.0)
        more = [p for p, g in wanted.items() if not min(g, 0.0) - rounding <= p.grad <= max(g, 0.0) + rounding]
        if seed and more:
            p = more[0]
            times = _times([(p.grad, wanted[p]) for p in more])
            sentence = (
                f"the gradient of {self._listed(more)} is {times}: {p.grad:.6g} at {self._name(p)}, where this loss "
                f"gives {wanted[p]:.6g}. Call model.zero_grad(), or set each grad to 0.0, before every backward pass."
            )
            yield Finding("accumulated", tuple(more), sentence)

    def _units(self) -> Iterator[Finding]:
        layers: dict[Place, list[Unit]] = {}
        for unit in find_units(self.order, self.reached):
            layers.setdefault(unit.layer, []).append(unit)
        silent = False  # whether a layer is off as a whole, so that nothing goes on to the next ones
        for (op, *_), units in layers.items():
            found = (dead if op is relu else saturated)(units, self._can_tell)
            if found and not (silent and not any(any(unit.sizes) for unit in found)):
                silent = silent or (op is relu and len(found) == len(units))
                nodes = tuple(node for unit in found for node in unit.nodes)
                yield Finding("dead" if op is relu else "saturated", nodes, self._about(found, len(units)))

    def _can_tell(self, unit: Unit) -> bool:
        """Say whether there are enough samples of a unit and, if it is an output, whether the loss pulls it back."""
        pulled = sum(self.gradients[node] * s > 0 for node, s in zip(unit.nodes, unit.sums))
        return len(unit.nodes) >= FEWEST_SAMPLES and (not unit.is_output or pulled >= _PULLED * len(unit.nodes))

    def _about(self, units: Sequence[Unit], count: int) -> str:
        """Describe `units` of a layer of `count` units, which are dead or saturated."""
        op, scope, _ = units[0].layer
        names = _some([self._unit_name(unit) for unit in units])
        it, its, samples = _them(units), "its" if len(units) == 1 else "their", min(len(u.nodes) for u in units)
        if op is relu:
            state, why = "dead", f"{its} relu gives 0 for all {samples} samples, so no gradient passes"
            advice = "a smaller learning rate, other initial weights, or leaky_relu"
        else:
            slope = max(slope for unit in units for slope in unit.slopes)
            state, why = "saturated", f"the slope of {its} {op.name} is at most {slope:.2g} for all {samples} samples"
            advice = "smaller initial weights, a smaller learning rate, or signals of a size around 1"
        of_layer = f" of {_joined(scope)}" if scope else ""
        subject = f"{names} is {state}" if len(units) == 1 else f"{len(units)} of {count} units{of_layer} are {state}"
        return f"{subject}{f' ({names})' if len(units) > 1 else ''}: {why}. Give {it} {advice}."

    def _layers(self) -> Iterator[Finding]:
        finite = [p for p in self.reached if isfinite(self.gradients[p])]
        layers = find_layers(self.order, self.gradients, finite)
        vanishing = [layer for layer in layers if layer.vanishes]
        exploding = [layer for layer in layers if layer.explodes]
        if vanishing:
            worst = min(vanishing, key=lambda layer: layer.size)
            advice = "Use relu or tanh instead of sigmoid, other initial weights, fewer layers, or links that skip some"
            yield self._about_layers("vanishing", "vanish", vanishing, worst, advice)
        if exploding:
            worst = max(exploding, key=lambda layer: layer.size)
            advice = "Use smaller weights, a smaller learning rate, inputs and targets around 1, or clip the gradients"
            yield self._about_layers("exploding", "explode", exploding, worst, advice)

    def _about_layers(self, kind: str, verb: str, layers: Sequence[Layer], worst: Layer, advice: str) -> Finding:
        ratio = worst.size / worst.nearer if worst.nearer else 1.0
        compared = f", {ratio:.2g} times that nearer to the loss" if not 0.1 < ratio < 10 else ""
        sentence = (
            f"gradients {verb} on the way back to {_some([self._layer_name(layer) for layer in layers])}: their root "
            f"mean square at {self._layer_name(worst)} is {worst.size:.2g}{compared}. {advice}."
        )
        return Finding(kind, tuple(p for layer in layers for p in layer.parameters), sentence)

    def _layer_name(self, layer: Layer) -> str:
        return _joined(layer.scope) or self._listed(layer.parameters)

    def _unit_name(self, unit: Unit) -> str:
        scope = common_scope(p.scope for p in unit.parameters)
        return _joined(scope) or f"the unit of {_some([self._name(p) for p in unit.parameters])}"

    def _name(self, p: Value) -> str:
        return _joined([*p.scope, label_of(p)] if p.scope else [self.names[p]])

    def _listed(self, parameters: Sequence[Value]) -> str:
        names = _some([self._name(p) for p in parameters[: _MOST_NAMES + 1]], len(parameters))
        return names if len(parameters) == 1 else f"{len(parameters):,} parameters ({names})"


def _times(pairs: Sequence[tuple[float, float]]) -> str:
    """Say how many times what was `wanted` each number that was `given` is, in pairs of these two."""
    given, wanted = pairs[0]
    times = round(given / wanted) if wanted and 1.5 < given / wanted < 1000 else 0
    if times and all(isclose(given, times * wanted, rel_tol=1e-6) for given, wanted in pairs):
        return f"{times} times that of this loss"
    return "not that of this loss alone"


def _them(things: Sequence[object]) -> str:
    return "it" if len(things) == 1 else "them"


def _joined(names: Iterable[str]) -> str:
    return plain(", ".join(filter(None, names)), _LONGEST_NAME)


def _some(names: Sequence[str], count: int = 0) -> str:
    """List the first few of `count` names, where they are not all given; of names with commas, with semicolons."""
    more = max(count, len(names)) - _MOST_NAMES
    sign = "; " if any("," in name for name in names) else ", "
    return sign.join(names[:_MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
