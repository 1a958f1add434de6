"""One round of learning from one sample: forward, the error, back, the new weights, and a record of all numbers."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from numbers import Real
from typing import Any, NamedTuple

from autograd import Value, dot, grad, total

from ..layers import MLP, ActivationFunction, Layer, Neuron, activation_named
from ..optim import SGD
from ..shared import printed


class ThreeLayers(MLP):
    """A net of `nin` inputs and layers of `widths` neurons, all of which have a nonlinear element, the last ones, too.

    >>> model = ThreeLayers(rng=random.Random(0))  # two inputs, three layers, one output
    >>> model([1.0, 0.0]).op, len(model.parameters())
    (<op tanh>, 20)
    """

    def __init__(
        self,
        nin: int = 2,
        widths: Sequence[int] = (3, 2, 1),
        *,
        activation: str | ActivationFunction = "tanh",
        rng: random.Random | None = None,
    ) -> None:
        function = activation_named(activation)
        super().__init__(nin, widths, activation=function, rng=rng)
        for neuron in self.layers[-1].neurons:
            neuron.activation = function


@printed
@dataclass(frozen=True)
class Unit:
    """A neuron in a round, as its two units: the adder r = Σ w·a + b, and the nonlinear element y = f(r).

    `arrived` is ∂E/∂y, what the neurons that it feeds send back: the sum of their w · delta. `slope` is f'(r), and
    `delta` is ∂E/∂r = f'(r) · arrived. So ∂E/∂w = delta · a, and the new weights are w - lr · delta · a. `element` is
    f, or None where y = r.
    """

    element: ActivationFunction | None
    signals: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    r: float
    y: float
    arrived: float
    slope: float
    delta: float
    new_weights: tuple[float, ...]
    new_bias: float


@printed
@dataclass(frozen=True)
class Round:
    """What happened in a round: the `layers` of units, and the `error` E = ½ Σ (y - d)² of the outputs before it.

    `graph` is the error as a node, to `draw` and to step through.
    """

    inputs: tuple[float, ...]
    desired: tuple[float, ...]
    lr: float
    layers: tuple[tuple[Unit, ...], ...]
    error: float
    graph: Value = field(repr=False)

    @property
    def outputs(self) -> tuple[float, ...]:
        """The outputs, before the weights were changed."""
        return tuple(unit.y for unit in self.layers[-1])


def play_round(model: Any, x: Iterable[float], desired: Any, *, lr: float) -> Round:
    """Let the `model`, such as an MLP, learn once from the sample `x` with its `desired` output or outputs.

    E = ½ Σ (y - d)², and each weight is changed by -lr · ∂E/∂w. The numbers are those of `backward`.

    >>> model = ThreeLayers(rng=random.Random(0))
    >>> round_ = play_round(model, [1.0, 0.0], 1.0, lr=0.1)
    >>> output = round_.layers[-1][0]
    >>> output.arrived == output.y - 1.0, play_round(model, [1.0, 0.0], 1.0, lr=0.1).error < round_.error
    (True, True)
    """
    inputs = tuple(map(float, x))
    targets = (float(desired),) if isinstance(desired, Real) else tuple(map(float, desired))
    layers = _forward(_layers(model), inputs)
    error = _squared_error([unit.output for unit in layers[-1]], targets)
    if not isfinite(error.data):
        raise FloatingPointError(f"the error is {error.data}: give a smaller rate than lr = {lr}, or smaller inputs")
    model.zero_grad()
    error.backward()
    before = {p: p.data for p in model.parameters()}
    SGD(lr).step(before)
    units = tuple(tuple(unit.record(before) for unit in layer) for layer in layers)
    return Round(inputs, targets, lr, units, error.data, error)


class _Nodes(NamedTuple):
    """The nodes of a neuron, which reads `signals`."""

    neuron: Neuron
    signals: Sequence[Any]
    adder: Value
    output: Value

    def record(self, before: dict[Value, float]) -> Unit:
        """Return the numbers of the neuron, whose parameters were those of `before`."""
        neuron, r, y = self.neuron, self.adder, self.output
        return Unit(
            element=neuron.activation,
            signals=tuple(map(float, self.signals)),
            weights=tuple(before[w] for w in neuron.w),
            bias=before[neuron.b],
            r=r.data,
            y=y.data,
            arrived=y.grad,
            slope=grad(neuron.activation)(r.data) if neuron.activation else 1.0,
            delta=r.grad,
            new_weights=tuple(w.data for w in neuron.w),
            new_bias=neuron.b.data,
        )


def _forward(layers: Sequence[Layer], signals: Sequence[Any]) -> list[list[_Nodes]]:
    """Compute the `layers` one neuron at a time, its adder and then its nonlinear element."""
    found = []
    for layer in layers:
        nodes = []
        for neuron in layer.neurons:
            r = dot(neuron.w, signals, neuron.b)
            nodes.append(_Nodes(neuron, signals, r, neuron.activation(r) if neuron.activation else r))
        found.append(nodes)
        signals = [node.output for node in nodes]
    return found


def _squared_error(outputs: Sequence[Value], desired: Sequence[float]) -> Value:
    if len(outputs) != len(desired):
        raise ValueError(f"{len(outputs)} outputs need as many desired outputs, not {len(desired)}")
    error: Value = total([(y - d) ** 2 for y, d in zip(outputs, desired)]) / 2
    error.label = "E"
    return error


def _layers(model: Any) -> Sequence[Layer]:
    layers = getattr(model, "layers", None)
    if not isinstance(layers, (list, tuple)) or not all(isinstance(layer, Layer) for layer in layers) or not layers:
        raise TypeError(
            f"a round is of layers of neurons, such as ThreeLayers() or an MLP, not of {type(model).__name__}"
        )
    return layers
