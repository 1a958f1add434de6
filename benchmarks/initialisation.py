"""Compare the initialisation of `nn` with published schemes, each with many seeds.

    python benchmarks/initialisation.py

The tasks: micrograd's demo, XOR, spirals, a deep network for moons, and the digits of `chainrule demo`. A second table
shows how large signals and gradients are in fresh networks. Each seed draws the data and the parameters; all schemes
get the same data.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from autograd import Value, relu

ACTIVATIONS = ("relu", "tanh")


class Fans(NamedTuple):
    """What a scheme knows of a neuron: its inputs, the neurons in its layer, and two gains.

    `gain` is √2 if its inputs come from rectifiers, else 1; `net_gain` is √2 in all layers of a network of rectifiers.
    """

    nin: int
    nout: int
    gain: float
    net_gain: float


Scheme = Callable[[Fans, random.Random], tuple[list[float], float]]


def uniform(weight: Callable[[Fans], float], bias: Callable[[Fans], float] = lambda fans: 0.0) -> Scheme:
    """Return the scheme that draws weights and bias uniformly, with these bounds."""

    def draw(fans: Fans, rng: random.Random) -> tuple[list[float], float]:
        bound, of_bias = weight(fans), bias(fans)
        return [rng.uniform(-bound, bound) for _ in range(fans.nin)], rng.uniform(-of_bias, of_bias)

    return draw


def normal(deviation: Callable[[Fans], float]) -> Scheme:
    """Return the scheme that draws weights from a normal distribution with this standard deviation; biases are 0."""
    return lambda fans, rng: ([rng.gauss(0.0, deviation(fans)) for _ in range(fans.nin)], 0.0)


def glorot(fans: Fans) -> float:
    return math.sqrt(6 / (fans.nin + fans.nout))


SCHEMES: dict[str, Scheme | None] = {
    "nn": None,
    "the same, biases 0": uniform(lambda fans: fans.gain * math.sqrt(3 / fans.nin)),
    "He and LeCun normal, biases 0": normal(lambda fans: fans.gain / math.sqrt(fans.nin)),
    "Glorot uniform, biases 0": uniform(glorot),
    "Glorot uniform, √2 for relu, biases 0": uniform(lambda fans: fans.net_gain * glorot(fans)),
    "scikit-learn: Glorot, biases too": uniform(glorot, glorot),
    "PyTorch's Linear: U(±1/√nin)": uniform(*2 * [lambda fans: 1 / math.sqrt(fans.nin)]),
    "micrograd: U(±1), biases 0": uniform(lambda fans: 1.0),
}


class Plane(NamedTuple):
    """A task for classifiers of points in the plane: solved with at least this accuracy, with `times` as many seeds."""

    name: str
    data: Callable[[int], Any]
    widths: list[int]
    lr: float
    epochs: int
    least: float
    times: int = 1


PLANE = [
    Plane("XOR", lambda seed: nn.data.xor(), [2, 4, 1], 0.05, 100, 1.0, 5),
    Plane(
        "spirals",
        lambda seed: nn.data.spirals(200, turns=1.5, rng=random.Random(seed)),
        [2, 16, 16, 1],
        0.01,
        200,
        0.95,
    ),
    Plane("9 layers", lambda seed: nn.data.moons(100, rng=random.Random(seed)), [2, *[16] * 8, 1], 0.003, 100, 0.95),
]
FRESH = {
    "784-128-128": [784, 128, 128, 10],
    "8 layers of 64": [64, *[64] * 8, 1],
    "30 layers of 16": [16, *[16] * 30, 1],
}


def fresh(scheme: Scheme | None, widths: Sequence[int], activation: str, seed: int) -> nn.MLP:
    """Return an MLP whose parameters are drawn by the scheme, or by `nn` itself."""
    rng = random.Random(seed)
    model = nn.MLP(widths[0], list(widths[1:]), activation=activation, rng=rng)
    if scheme:
        net_gain = math.sqrt(2) if activation == "relu" else 1.0
        for i, layer in enumerate(model.layers):
            fans = Fans(widths[i], widths[i + 1], net_gain if i else 1.0, net_gain)
            for neuron in layer.neurons:
                weights, neuron.b.data = scheme(fans, rng)
                for p, w in zip(neuron.w, weights, strict=True):
                    p.data = w
    return model


def demo_data(seed: int) -> tuple[list[list[float]], list[int]]:
    """Return the moons of micrograd's demo: 100 points with noise 0.1, labels -1 and 1."""
    points, labels = nn.data.moons(100, noise=0.1, rng=random.Random(seed))
    return points, [2 * y - 1 for y in labels]


def demo(scheme: Scheme | None, seed: int) -> tuple[float, float]:
    """Train as micrograd's demo does, compiled, and return the loss and the accuracy that it prints last."""
    model = fresh(scheme, [2, 16, 16, 1], "relu", seed)
    points, labels = map(np.array, demo_data(seed))
    step = autograd.compile(lambda x, y: relu(1 - y * model(x)), params=model.parameters())
    theta = np.array([p.data for p in model.parameters()])
    for k in range(100):
        last = theta
        data_loss, gradient = step.value_and_grad(theta, points, labels)
        loss = data_loss + 1e-4 * theta @ theta
        theta = theta - (1.0 - 0.9 * k / 100) * (gradient + 2e-4 * theta)
    for p, x in zip(model.parameters(), last.tolist(), strict=True):
        p.data = x
    return float(loss), nn.accuracy(model, points, labels)


def demo_as_written(model: Any, value: type, points: list[list[float]], labels: list[int]) -> tuple[float, float]:
    """Train as micrograd's demo is written, for the `Value` and the model of any engine."""
    for k in range(100):
        inputs = [list(map(value, row)) for row in points]
        scores = list(map(model, inputs))
        losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        accuracy = [(y > 0) == (score.data > 0) for y, score in zip(labels, scores, strict=True)]
        model.zero_grad()
        total_loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
    return total_loss.data, sum(accuracy) / len(accuracy)


def check_demo(seed: int = 0) -> None:
    """Raise unless `demo` gives the numbers of the demo as it is written, one scalar at a time."""
    compiled = demo(None, seed)
    eager = demo_as_written(fresh(None, [2, 16, 16, 1], "relu", seed), Value, *demo_data(seed))
    if not np.allclose(compiled, eager, rtol=1e-9, atol=0):
        raise ArithmeticError(f"the demo ends with {compiled} compiled, and with {eager} as it is written")


def classifier(task: Plane, scheme: Scheme | None, activation: str, seed: int) -> float:
    """Return the accuracy of a network on a task in the plane, trained by Adam with all samples in each step."""
    model, data = fresh(scheme, task.widths, activation, seed), task.data(seed)
    options = {"optimizer": nn.Adam(task.lr), "epochs": task.epochs, "batch_size": len(data[0]), "progress": False}
    nn.fit(model, *data, loss=nn.binary_cross_entropy, **options)
    return nn.accuracy(model, *data)


def digits(scheme: Scheme | None, seed: int) -> float:
    """Return the accuracy on digits held out, of the network of `chainrule demo` after 20 of its 60 epochs."""
    learn, test = nn.data.split(*nn.data.digits(), rng=random.Random(seed))
    model = fresh(scheme, [64, 32, 10], "tanh", seed)
    options = {"optimizer": nn.Adam(0.02), "epochs": 20, "schedule": nn.linear_decay(20), "progress": False}
    nn.fit(model, *learn, loss=nn.cross_entropy, **options)
    return nn.accuracy(model, *test)


def sizes(scheme: Scheme | None, widths: Sequence[int], activation: str, seed: int) -> tuple[float, float]:
    """Return the root mean square of the last hidden signals, and that of the gradients there over the first ones'.

    The inputs are 64 samples from the standard normal distribution, the gradients at the last hidden layer too.
    """
    rng = np.random.default_rng(seed)
    slope = {"relu": lambda y: y > 0, "tanh": lambda y: 1 - y**2}[activation]
    signals, weights = [rng.normal(size=(64, widths[0]))], []
    for layer in fresh(scheme, widths, activation, seed).layers[:-1]:
        weights.append(np.array([[w.data for w in neuron.w] for neuron in layer.neurons]))
        r = signals[-1] @ weights[-1].T + [neuron.b.data for neuron in layer.neurons]
        signals.append(np.maximum(r, 0) if activation == "relu" else np.tanh(r))
    gradient = last = rng.normal(size=signals[-1].shape)
    for w, y in zip(weights[:0:-1], signals[:1:-1], strict=True):
        gradient = (gradient * slope(y)) @ w
    return rms(signals[-1]), rms(gradient) / rms(last)


def rms(x: Any) -> float:
    return float(np.sqrt(np.mean(x**2)))


def share(accuracies: Sequence[float], least: float = 1.0) -> str:
    """Return the percentage of runs whose accuracy is at least this."""
    return f"{100 * statistics.mean(x >= least for x in accuracies):.0f} %"


def training(scheme: Scheme | None, seeds: int) -> Iterator[str]:
    """Yield the results of one scheme on the tasks that train."""
    losses, accuracies = zip(*(demo(scheme, seed) for seed in range(5 * seeds)), strict=True)
    yield f"{statistics.mean(losses):.4f} ± {statistics.stdev(losses) / math.sqrt(len(losses)):.4f}"
    yield share(accuracies)
    for task in PLANE:
        for activation in ACTIVATIONS:
            yield share([classifier(task, scheme, activation, seed) for seed in range(task.times * seeds)], task.least)
    read = [digits(scheme, seed) for seed in range(seeds)]
    yield f"{100 * statistics.mean(read):.1f} %, {100 * min(read):.1f} %"


def fresh_networks(scheme: Scheme | None, seeds: int) -> Iterator[str]:
    """Yield how large signals and gradients are in fresh networks of one scheme."""
    for widths in FRESH.values():
        for activation in ACTIVATIONS:
            found = [sizes(scheme, widths, activation, seed) for seed in range(seeds)]
            yield ", ".join(f"{statistics.median(x):.2g}" for x in zip(*found, strict=True))


def table(heads: Sequence[str], row: Callable[[Scheme | None], Iterator[str]]) -> None:
    """Print a Markdown table with a line for each scheme."""
    print(f"\n| scheme | {' | '.join(heads)} |\n|{'---|' * (len(heads) + 1)}")
    for name, scheme in SCHEMES.items():
        print(f"| {name} | {' | '.join(row(scheme))} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="of each task; the demo and XOR take 5 times as many")
    seeds = parser.parse_args().seeds
    check_demo()
    print(f"{seeds} seeds of each task, {5 * seeds} of the demo and of XOR")
    heads = [f"{task.name}, {activation}" for task in PLANE for activation in ACTIVATIONS]
    heads = ["demo: loss", "demo: all right", *heads, "digits: mean, worst"]
    table(heads, lambda scheme: training(scheme, seeds))
    heads = [f"{name}, {activation}" for name in FRESH for activation in ACTIVATIONS]
    table(heads, lambda scheme: fresh_networks(scheme, seeds))


if __name__ == "__main__":
    main()
