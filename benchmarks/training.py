"""Training as users write it: a step on a batch beside PyTorch, and an epoch of `nn.fit` beside NumPy by hand."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from timing import TOLERANCE, shortest
from workloads.engines import Array, Engine, joined, numbers
from workloads.networks import mlp
from workloads.peers import load_torch, torch_loss

import autograd
import nn

LR, RATE = 0.1, 0.01


def step_engines(widths: list[int], batch: int) -> dict[str, Engine]:
    """Return the training step of an MLP on a batch: zero_grad, backward, and a step of SGD; `read` the parameters."""
    workload = mlp(widths, "tanh", batch)
    X, Y = workload.samples
    model: Any = workload.model
    leaves = workload.leaves()
    tensors, loss = torch_loss(workload.parameters, "tanh", X, Y)
    compiled, ours = autograd.compile(workload.loss, params=model.parameters()), nn.SGD(LR)
    theirs = load_torch().optim.SGD(tensors, LR)

    def our_step() -> None:
        model.zero_grad()
        compiled.backward(X, Y)
        ours.step(model.parameters())

    def torch_step() -> None:
        theirs.zero_grad()
        loss().backward()
        theirs.step()

    return {
        "ours": Engine(our_step, lambda _: joined([p.data for p in leaves])),
        "PyTorch": Engine(torch_step, lambda _: joined([p.detach() for p in tensors])),
    }


def step_times(is_small: bool) -> tuple[float, float]:
    """Return the times of a training step, ours and PyTorch's."""
    ours, theirs = shortest(step_engines([20, 8, 3] if is_small else [784, 128, 10], 64), 5).values()
    return ours, theirs


def fit(epochs: int) -> tuple[list[float], list[float]]:
    """Train 64-32-10 on the digits by `nn.fit`; return the loss and the seconds of each epoch."""
    model = nn.MLP(64, [32, 10], activation="tanh", rng=random.Random(0))
    X, Y = nn.data.digits()
    history = nn.fit(model, X, Y, loss=nn.cross_entropy, optimizer=nn.Adam(RATE), epochs=epochs, progress=False)
    return history["loss"], history["seconds"]


def fit_by_hand(epochs: int) -> tuple[list[float], list[float]]:
    """Do the same in NumPy: batches of 32, Adam, and the accuracy after each epoch."""
    network, rng = Network(), random.Random(0)
    losses, spent = [], []
    for _ in range(epochs):
        start, total = time.perf_counter(), 0.0
        order = list(range(len(network.X)))
        rng.shuffle(order)
        X, Y = network.X[order], network.Y[order]
        for i in range(0, len(order), 32):
            total += network.step(X[i : i + 32], Y[i : i + 32]) * len(X[i : i + 32])
        (network.scores(network.X)[1].argmax(1) == network.Y).mean()
        losses.append(total / len(order))
        spent.append(time.perf_counter() - start)
    return losses, spent


def epoch_times(is_small: bool) -> tuple[float, float]:
    """Return the shortest times of an epoch, ours and NumPy's, having compared the losses."""
    epochs, best = 3 if is_small else 10, (np.inf, np.inf)
    for _ in range(1 if is_small else 3):
        (ours, spent), (theirs, spent_by_hand) = fit(epochs), fit_by_hand(epochs)
        np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE)
        best = min(best[0], *spent), min(best[1], *spent_by_hand)
    return best


class Network:
    """An MLP 64-32-10 with Adam and the digits; weights and biases are views of one array."""

    def __init__(self) -> None:
        model = nn.MLP(64, [32, 10], activation="tanh", rng=random.Random(0))
        layers = [
            (numbers([n.w for n in layer.neurons]), numbers([n.b for n in layer.neurons])) for layer in model.layers
        ]
        shapes = [array.shape for pair in layers for array in pair]
        self.theta = joined([array for pair in layers for array in pair])
        self.gradient, self.m, self.v = (np.zeros_like(self.theta) for _ in range(3))
        self.t = 0
        self.weights, self.gradients = views(self.theta, shapes), views(self.gradient, shapes)
        self.X, self.Y = (np.array(part) for part in nn.data.digits())

    def scores(self, X: Array) -> tuple[Array, Array]:
        """Return the hidden layer and the scores."""
        w1, b1, w2, b2 = self.weights
        hidden = np.tanh(X @ w1.T + b1)
        return hidden, hidden @ w2.T + b2

    def step(self, X: Array, Y: Array) -> float:
        """Make one step of Adam; return the mean loss before it."""
        (hidden, scores), rows = self.scores(X), np.arange(len(X))
        scores -= scores.max(1, keepdims=True)
        p = np.exp(scores)
        sums = p.sum(1)
        loss = (np.log(sums) - scores[rows, Y]).mean()
        p /= sums[:, None]
        p[rows, Y] -= 1
        p /= len(X)
        g1, h1, g2, h2 = self.gradients
        np.matmul(p.T, hidden, out=g2)
        p.sum(0, out=h2)
        back = p @ self.weights[2] * (1 - hidden * hidden)
        np.matmul(back.T, X, out=g1)
        back.sum(0, out=h1)
        self.adam()
        return float(loss)

    def adam(self) -> None:
        """Update the parameters."""
        self.t += 1
        g, m, v = self.gradient, self.m, self.v
        m += 0.1 * (g - m)
        v += 0.001 * (g * g - v)
        self.theta -= RATE / (1 - 0.9**self.t) * m / (np.sqrt(v / (1 - 0.999**self.t)) + 1e-8)


def views(flat: Array, shapes: list[Any]) -> list[Array]:
    """Return consecutive parts of an array, in the given shapes."""
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes)]


class Task(NamedTuple):
    """Training that is timed beside a peer: `times(is_small)` returns both times."""

    title: str
    peer: str
    times: Callable[[bool], tuple[float, float]]


TRAINING = {
    "step": Task("zero_grad, backward, SGD.step: 784-128-10, batch 64", "PyTorch", step_times),
    "fit": Task("an epoch of nn.fit: the digits, 64-32-10", "NumPy by hand", epoch_times),
}
