"""One round of training on one sample, with a record of all numbers: forward, error, backward, new weights."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from numbers import Real
from typing import Any

from autograd import Value, dot, grad, total

from ..layers import MLP, ActivationFunction, Layer, Neuron, activation_named
from ..optim import SGD
from ..shared import printed

_Nodes = tuple[Neuron, Sequence[Any], Value, Value]  # a neuron, its signals, and the nodes of its adder and its output


class ThreeLayers(MLP):
    """An MLP of `nin` inputs and layers of the given `widths`, with the activation in the output layer, too.

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
    """The numbers of a neuron in a round: its adder computes r = Σ w·a + b, its nonlinear element y = f(r).

    `arrived` is dE/dy, the sum of w · delta over the neurons that read y, or y - d for an output. `slope` is f'(r), and
    `delta` is dE/dr = f'(r) · arrived. Therefore dE/dw = delta · a, and the new weights are w - lr · delta · a.
    `element` is f, or None if y = r.
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
    """The numbers of a round: the units of each layer, and the `error` E = ½ Σ (y - d)² before the update.

    `graph` is the error as a node, for `draw` and `Value.steps`.
    """

    inputs: tuple[float, ...]
    desired: tuple[float, ...]
    lr: float
    layers: tuple[tuple[Unit, ...], ...]
    error: float
    graph: Value = field(repr=False)

    @property
    def outputs(self) -> tuple[float, ...]:
        """The outputs before the update."""
        return tuple(unit.y for unit in self.layers[-1])


def play_round(model: Any, x: Iterable[float], desired: Any, *, lr: float) -> Round:
    """Train a `model` such as an MLP on one sample `x` with its `desired` output or outputs, and record the numbers.

    Each weight changes by -lr · dE/dw, where E = ½ Σ (y - d)² and `backward` computes the gradient.

    >>> model = ThreeLayers(rng=random.Random(0))
    >>> round_ = play_round(model, [1.0, 0.0], 1.0, lr=0.1)
    >>> output = round_.layers[-1][0]
    >>> output.arrived == output.y - 1.0, play_round(model, [1.0, 0.0], 1.0, lr=0.1).error < round_.error
    (True, True)
    """
    inputs = tuple(map(float, x))
    targets = (float(desired),) if isinstance(desired, Real) else tuple(map(float, desired))
    layers = _forward(_layers(model), inputs)
    error = _squared_error([y for *_, y in layers[-1]], targets)
    if not isfinite(error.data):
        raise FloatingPointError(f"the error must be finite, got {error.data}: use a lower lr than {lr}, or scale x")
    model.zero_grad()
    error.backward()
    before = {p: p.data for p in model.parameters()}
    SGD(lr).step(before)
    units = tuple(tuple(_unit(*nodes, before) for nodes in layer) for layer in layers)
    return Round(inputs, targets, lr, units, error.data, error)


def _forward(layers: Sequence[Layer], signals: Sequence[Any]) -> list[list[_Nodes]]:
    """Compute each layer neuron by neuron, keeping the nodes of adders and outputs."""
    found = []
    for layer in layers:
        adders = [dot(neuron.w, signals, neuron.b) for neuron in layer.neurons]
        outputs = [neuron.activation(r) if neuron.activation else r for neuron, r in zip(layer.neurons, adders)]
        found.append([(neuron, signals, r, y) for neuron, r, y in zip(layer.neurons, adders, outputs)])
        signals = outputs
    return found


def _unit(neuron: Neuron, signals: Sequence[Any], r: Value, y: Value, before: dict[Value, float]) -> Unit:
    """Return the numbers of a neuron; `before` holds the parameters before the update."""
    return Unit(
        element=neuron.activation,
        signals=tuple(map(float, signals)),
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


def _squared_error(outputs: Sequence[Value], desired: Sequence[float]) -> Value:
    if len(outputs) != len(desired):
        raise ValueError(f"desired must have one number for each output, got {len(desired)} for {len(outputs)}")
    error: Value = total([(y - d) ** 2 for y, d in zip(outputs, desired)]) / 2
    error.label = "E"
    return error


def _layers(model: Any) -> Sequence[Layer]:
    layers = getattr(model, "layers", None)
    if not isinstance(layers, (list, tuple)) or not all(isinstance(layer, Layer) for layer in layers) or not layers:
        raise TypeError(f"model must have layers of neurons, such as ThreeLayers() or MLP, got {type(model).__name__}")
    return layers
