"""Models of `nn` and their losses, compiled against eager."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, compile, dot, logsumexp, mean, relu, sin, total
from tests.autograd.compiler.against_eager import agree, batch, check, check_points, eager, normal

pytestmark = pytest.mark.no_cover  # other tests cover the same code

inf, nan = math.inf, math.nan


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 100])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu", "softplus", "leaky_relu", None])
def test_multi_layer_perceptrons_with_hinge(activation: str | None, count: int) -> None:
    model = nn.MLP(2, [5, 4, 1], activation=activation, rng=random.Random(1))
    step = check(lambda x, y: nn.hinge(model(x), y), model.parameters(), *batch(count, 2))
    assert len(step.program.statements) < 12


@pytest.mark.slow
@pytest.mark.parametrize("widths", [[1], [3], [4, 3], [2, 2, 2], [1, 1, 1], [3, 1, 3]])
@pytest.mark.parametrize("inputs", [1, 3])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_multi_layer_perceptrons_of_several_shapes(widths: list[int], inputs: int, reduction: str) -> None:
    model = nn.MLP(inputs, widths, activation="tanh", rng=random.Random(2))
    outputs = widths[-1] if widths[-1] > 1 else 0

    def loss(x: Any, y: Any) -> Any:
        return nn.mean_squared_error(model(x), y) + 0.1 * total([p * p for p in model.parameters()])

    for count in (1, 5):
        check(loss, model.parameters(), *batch(count, inputs, outputs), reduction=reduction)


def test_layers_and_neurons() -> None:
    layer, neuron = nn.Layer(3, 4, rng=random.Random(3)), nn.Neuron(3, activation="tanh", rng=random.Random(4))
    params = layer.parameters() + neuron.parameters()
    check(lambda x, y: total(layer(x)) * neuron(x) - y, params, *batch(6, 3))


def test_softmax_cross_entropy_of_given_probabilities() -> None:
    model = nn.MLP(3, [4, 5], activation="tanh", rng=random.Random(5))

    def loss(x: Any, p: Any) -> Any:
        logits = model(x)
        return logsumexp(logits) - dot(logits, p)

    check(loss, model.parameters(), normal(7, 3), np.random.default_rng(0).dirichlet(np.ones(5), 7))


def test_binary_cross_entropy() -> None:
    model = nn.MLP(3, [4, 1], rng=random.Random(5))
    x, y = batch(7, 3)
    check(lambda x, y: nn.binary_cross_entropy(model(x), y), model.parameters(), x, (y + 1) / 2)


def test_neurons_written_by_hand_as_sums_of_products() -> None:
    rng = random.Random(6)
    layers = [[[Value(rng.gauss(0, 1)) for _ in range(n + 1)] for _ in range(m)] for n, m in ((2, 4), (4, 3), (3, 1))]
    params = [p for layer in layers for neuron in layer for p in neuron]

    def model(x: Any) -> Any:
        for layer in layers:
            x = [relu(sum((w * v for w, v in zip(ws, x)), b)) for *ws, b in layer]
        return x[0]

    step = check(lambda x, y: (model(x) - y) ** 2, params, *batch(9, 2))
    assert len(step.program.statements) < 20


def test_unbatched_regularisers_are_computed_once() -> None:
    model = nn.MLP(2, [3, 1], rng=random.Random(7))
    params = model.parameters()
    alpha = Value(0.3)

    def loss(x: Any, y: Any) -> Any:
        return relu(1 - y * model(x)) + alpha * sum(p * p for p in params) + total([abs(p) for p in params]) / 7

    step = check(loss, params, *batch(8, 2))
    alpha.data = 2.0
    wanted = eager(loss, params, [[[1.0, 2.0]], [1.0]])
    assert agree(step([[1.0, 2.0]], [1.0]), wanted.value, wanted.size)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.astype(np.float32),
        lambda x: (4 * x).astype(np.int16),
        lambda x: x > 0,
        lambda x: x.tolist(),
        np.asfortranarray,
        lambda x: x[::-1],
        lambda x: np.ascontiguousarray(x.T).T,
        lambda x: np.repeat(x, 2, axis=0)[::2],
        lambda x: np.where(x > 1, nan, x),
        lambda x: np.where(x > 1, inf, x),
    ],
    ids=["float32", "int16", "bool", "list", "fortran", "reversed", "transposed", "strided", "nan", "inf"],
)
def test_kinds_of_data(change: Callable[[Any], Any]) -> None:
    model = nn.MLP(3, [4, 2, 1], activation="tanh", rng=random.Random(8))
    x, y = batch(12, 3)
    check(lambda x, y: (model(x) - y) ** 2, model.parameters(), change(x), y)
    check_points(lambda a, b: sin(a) * b, np.asarray(change(x))[:, 0], y)


@pytest.mark.slow
def test_a_training_loop() -> None:
    x, y = batch(30, 2)
    losses: list[list[float]] = []
    for compiled in (False, True):
        model = nn.MLP(2, [8, 1], activation="tanh", rng=random.Random(9))
        params = model.parameters()

        def loss(x: Any, y: Any, model: Any = model) -> Any:
            return nn.hinge(model(x), y)

        step, found = compile(loss, params=params), []
        for _ in range(200):
            model.zero_grad()
            if compiled:
                found.append(step.backward(x, y))
            else:
                value = mean([loss(a, b) for a, b in zip(x.tolist(), y.tolist())])
                value.backward()
                found.append(value.data)
            for p in params:
                p.data -= 0.05 * p.grad
        losses.append(found)
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-9)
    assert losses[0][-1] < losses[0][0]


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("widths", [[1], [1, 1], [3, 1], [1, 3, 2]])
def test_infinite_data_times_a_weight_of_zero_is_not_a_number(widths: list[int], count: int) -> None:
    for inputs in (1, 2):
        model = nn.MLP(inputs, widths, activation="tanh", rng=random.Random(0))
        for p in model.parameters()[:: inputs + 1]:
            p.data = 0.0
        x = normal(count, inputs)
        x[0, 0], x[-1, -1] = math.inf, 0.0
        check(lambda x: total(wrapped(model(x))), model.parameters(), x)  # noqa: B023 - called here


def wrapped(outputs: Any) -> list[Value]:
    return outputs if isinstance(outputs, list) else [outputs]
