"""Code written for micrograd, run on micrograd and here with only the imports changed: the same numbers."""

from __future__ import annotations

import random
from types import ModuleType

import micrograd.engine
import micrograd.nn
import numpy as np
import pytest

import autograd
import nn

ENGINES = [(micrograd.engine, micrograd.nn), (autograd, nn)]


def readme_example(engine: ModuleType) -> list[float]:
    a = engine.Value(-4.0)
    b = engine.Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return [g.data, a.grad, b.grad, e.grad, f.grad]


def test_the_readme_example() -> None:
    theirs, ours = (readme_example(engine) for engine, _ in ENGINES)
    assert ours == pytest.approx(theirs, rel=1e-14)
    assert [f"{x:.4f}" for x in ours[:3]] == ["24.7041", "138.8338", "645.5773"]


def demo_step(
    engine: ModuleType, network: ModuleType, weights: list[float], points: np.ndarray, labels: np.ndarray
) -> list[float]:
    """Two training steps as the demo notebook writes them, from given weights."""
    model = network.MLP(2, [16, 16, 1])
    for p, w in zip(model.parameters(), weights):
        p.data = w
    for _ in range(2):
        inputs = [list(map(engine.Value, row)) for row in points]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(labels, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(labels, scores)]
        model.zero_grad()
        total_loss.backward()
        for p in model.parameters():
            p.data -= 0.9 * p.grad
    return [
        total_loss.data,
        sum(accuracy),
        *(p.grad for p in model.parameters()),
        *(p.data for p in model.parameters()),
    ]


@pytest.mark.slow
def test_the_training_step_of_the_demo() -> None:
    rng = np.random.default_rng(0)
    points, labels = rng.normal(size=(30, 2)), rng.choice([-1, 1], 30)
    draw = random.Random(0)
    weights = [draw.uniform(-1, 1) for _ in range(337)]
    theirs, ours = (demo_step(engine, network, weights, points, labels) for engine, network in ENGINES)
    assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-14)


def fresh(network: ModuleType, seed: int) -> list[float]:
    """The parameters of a new model for the demo."""
    random.seed(seed)
    return [p.data for p in network.MLP(2, [16, 16, 1]).parameters()]


@pytest.mark.slow
def test_the_demo_ends_as_well_with_fresh_weights() -> None:
    """All 100 steps of the demo, for 20 seeds: the mean loss, and in how many runs all points are right."""
    model = nn.MLP(2, [16, 16, 1])
    parameters = model.parameters()
    step = autograd.compile(lambda x, y: autograd.relu(1 - y * model(x)), params=parameters)
    score = autograd.compile(model, params=parameters, reduction=None)
    results = []
    for _, network in ENGINES:
        losses, perfect = [], 0
        for seed in range(20):
            X, Y = map(np.array, nn.data.moons(100, noise=0.1, rng=random.Random(seed)))
            theta, signs = np.array(fresh(network, seed)), 2.0 * Y - 1.0
            for k in range(100):
                last = theta
                data_loss, gradient = step.value_and_grad(theta, X, signs)
                loss = data_loss + 1e-4 * theta @ theta
                theta = theta - (1.0 - 0.9 * k / 100) * (gradient + 2e-4 * theta)
            for p, w in zip(parameters, last.tolist()):
                p.data = w
            losses.append(loss)
            perfect += bool(np.all((score(X) > 0) == (signs > 0)))
        results.append((np.mean(losses), perfect))
    (their_loss, their_perfect), (our_loss, our_perfect) = results
    assert our_loss < their_loss
    assert our_perfect >= their_perfect


def test_positional_arguments() -> None:
    for _, network in ENGINES:
        assert len(network.Neuron(3, False).parameters()) == 4
        assert len(network.Layer(3, 2, nonlin=False).parameters()) == 8
        assert len(network.MLP(3, [4, 4, 1]).parameters()) == 41
        neuron = network.Neuron(2)
        assert [p for p in neuron.parameters()] == [*neuron.w, neuron.b]  # noqa: C416
        assert len(network.MLP(3, [4, 1]).layers[0].neurons) == 4


def test_a_module_with_its_own_parameters() -> None:
    class Scale(nn.Module):
        def __init__(self) -> None:
            self.factor = autograd.Value(2.0)

        def parameters(self) -> list[autograd.Value]:
            return [self.factor]

    model = Scale()
    model.factor.grad = 3.0
    model.zero_grad()
    assert model.factor.grad == 0.0
