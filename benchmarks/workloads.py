"""What `compiled.py` measures: workloads written one scalar at a time."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from peers import (
    Engine,
    Net,
    casadi_euler,
    casadi_hinge,
    jax_euler,
    jax_euler_forward,
    jax_net,
    jax_points,
    torch_net,
    torch_points,
)

import autograd
import nn
from autograd import dot, exp, logsumexp, relu

Array = np.ndarray[Any, np.dtype[np.float64]]
Engines = dict[str, Callable[[], Engine]]


class Workload(NamedTuple):
    """One task for all `engines`, the first of them compiled; `compile` compiles it anew, with the first call."""

    name: str
    engines: Engines
    compile: Callable[[], Any]


def with_parameters(
    name: str,
    loss: Callable[..., Any],
    parameters: Sequence[autograd.Value],
    arrays: Sequence[Array],
    eager: dict[str, Callable[[], Any]],
    peers: Engines,
) -> Workload:
    """Return the workload of the mean `loss` over the samples in `arrays` and its gradient, for the `parameters`.

    Each function in `eager` returns the same mean as a graph.
    """
    theta = np.array([p.data for p in parameters])

    def compiled() -> Any:
        step = autograd.compile(loss, params=parameters)
        step.value_and_grad(theta, *arrays)
        return step

    def fast() -> Engine:
        step = compiled()
        return Engine(lambda: step.value_and_grad(theta, *arrays))

    def backward_of(step: Callable[[], float]) -> Engine:
        for p in parameters:  # each further run adds to the gradients, as `backward` does
            p.grad = 0.0
        return Engine(step, lambda value: (value, np.array([p.grad for p in parameters])))

    def recorded(mean: Callable[[], Any]) -> Engine:
        def step() -> float:
            value = mean()
            value.backward()
            return float(value.data)

        return backward_of(step)

    def compiled_backward() -> Engine:
        step = compiled()
        return backward_of(lambda: step.backward(*arrays))

    ours: Engines = {"compiled": fast, "`.backward()`": compiled_backward}
    ours |= {name: partial(recorded, mean) for name, mean in eager.items()}
    return Workload(name, ours | peers, compiled)


def net(widths: Sequence[int], activation: str, loss: str, batch: int) -> Workload:
    """Return the workload of an MLP, with the hinge loss of one score or the cross-entropy of a softmax."""
    rng = np.random.default_rng(0)
    model = nn.MLP(widths[0], list(widths[1:]), activation=activation, rng=random.Random(0))
    inputs, labels = rng.normal(size=(batch, widths[0])), rng.integers(0, widths[-1], batch)
    targets = rng.choice([-1.0, 1.0], batch) if loss == "hinge" else np.eye(widths[-1])[labels]

    def of_sample(x: Any, y: Any) -> Any:
        if loss == "hinge":
            return relu(1 - y * model(x))
        scores = model(x)
        return logsumexp(scores) - dot(y, scores)

    def eager() -> Any:
        outputs = [model(x) for x in inputs.tolist()]
        return nn.hinge(outputs, targets.tolist()) if loss == "hinge" else nn.cross_entropy(outputs, labels.tolist())

    theta = np.array([p.data for p in model.parameters()])
    task = Net(tuple(widths), activation, loss, theta, inputs, targets if loss == "hinge" else labels)
    peers: Engines = {"PyTorch": lambda: torch_net(task), "JAX": lambda: jax_net(task)}
    if loss == "hinge":
        peers["CasADi"] = lambda: casadi_hinge(task)
    name = f"MLP {'-'.join(map(str, widths))}, {activation}, {loss}, batch {batch}"
    return with_parameters(name, of_sample, model.parameters(), [inputs, targets], {"eager": eager}, peers)


def euler(a: Any, b: Any, c: Any, d: Any) -> Any:
    """Follow Lotka-Volterra's prey and predators by Euler's method, and return the squared distance from (1, 1)."""
    x, y, h = 1.5, 0.8, 0.01
    for _ in range(1000):
        x, y = x + h * (a * x - b * x * y), y + h * (c * x * y - d * y)
    return (x - 1) ** 2 + (y - 1) ** 2


def lotka_volterra() -> Workload:
    """Return the workload of a recurrence, in which no two operations can be computed together."""
    parameters = [autograd.Value(v) for v in (1.1, 0.9, 0.8, 1.2)]
    theta = np.array([p.data for p in parameters])
    peers: Engines = {
        "JAX": lambda: jax_euler(theta),
        "JAX, forward mode": lambda: jax_euler_forward(theta),
        "CasADi": lambda: casadi_euler(theta),
    }
    return with_parameters(
        "Lotka-Volterra, 1,000 steps of Euler", lambda: euler(*parameters), parameters, [],
        {"eager": lambda: euler(*parameters)}, peers,
    )  # fmt: skip


def rosenbrock(x: Sequence[Any]) -> Any:
    """Return the sum of 100 (x[i+1] - x[i]²)² + (1 - x[i])²."""
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))


def rosenbrock_at_points(few: int = 20) -> Workload:
    """Return the workload of a function of 100 variables at 10,000 points; eager computes a `few` of them."""
    points = np.random.default_rng(0).normal(size=(100, 10_000))
    columns = list(points)

    def compiled() -> Any:
        f = autograd.compile(rosenbrock)
        f.value_and_grad(columns)
        return f

    def fast() -> Engine:
        f = compiled()
        return Engine(lambda: f.value_and_grad(columns), lambda result: (result[0], np.array(result[1])))

    def eager() -> Engine:
        f, some = autograd.value_and_grad(rosenbrock), points[:, :few].T.tolist()

        def result(pairs: Any) -> tuple[Any, Array]:
            return np.array([value for value, _ in pairs]), np.array([gradient for _, gradient in pairs]).T

        return Engine(lambda: [f(x) for x in some], result, few / points.shape[1])

    engines: Engines = {
        "compiled": fast,
        "eager": eager,
        "PyTorch": lambda: torch_points(points),
        "JAX": lambda: jax_points(points),
    }
    return Workload("Rosenbrock, 100 variables at 10,000 points", engines, compiled)


WIDTH, HEADS, BLOCK, VOCABULARY = 16, 4, 16, 27


class GPT(nn.Module):
    """A GPT of one layer in microgpt's configuration, written one scalar at a time; `inner` is its scalar product."""

    def __init__(self, inner: Callable[..., Any]) -> None:
        rng, self.inner = random.Random(0), inner
        shapes = {
            "positions": (BLOCK, WIDTH), "head": (VOCABULARY, WIDTH),
            "query": (WIDTH, WIDTH), "key": (WIDTH, WIDTH), "value": (WIDTH, WIDTH), "output": (WIDTH, WIDTH),
            "up": (4 * WIDTH, WIDTH), "down": (WIDTH, 4 * WIDTH),
        }  # fmt: skip
        self.tokens = nn.Embedding(VOCABULARY, WIDTH, std=0.08, rng=rng)
        self.table = {
            name: [[autograd.Value(rng.gauss(0, 0.08)) for _ in range(m)] for _ in range(n)]
            for name, (n, m) in shapes.items()
        }

    def linear(self, name: str, x: Sequence[Any]) -> list[Any]:
        """Return the scalar products of x with the rows of a table."""
        return [self.inner(row, x) for row in self.table[name]]

    def attention(self, query: list[Any], keys: list[list[Any]], values: list[list[Any]]) -> Iterable[Any]:
        """Yield what each head reads from the `values`, weighted by how well the `keys` fit the `query`."""
        size = WIDTH // HEADS
        for part in (slice(i, i + size) for i in range(0, WIDTH, size)):
            scores = [self.inner(query[part], key[part]) / math.sqrt(size) for key in keys]
            shift = logsumexp(scores)
            weights = [exp(score - shift) for score in scores]
            yield from (self.inner(weights, column) for column in zip(*(v[part] for v in values), strict=True))

    def loss(self, tokens: Sequence[Any], targets: Sequence[Any]) -> Any:
        """Return the mean cross-entropy of each of the `targets` after the `tokens` up to it."""
        keys: list[list[Any]] = []
        values: list[list[Any]] = []
        losses = []
        for token, target, position in zip(tokens, targets, self.table["positions"], strict=False):
            x = normalised([a + b for a, b in zip(self.tokens[token], position, strict=True)])
            inside = normalised(x)
            keys.append(self.linear("key", inside))
            values.append(self.linear("value", inside))
            attended = self.attention(self.linear("query", inside), keys, values)
            x = [a + b for a, b in zip(x, self.linear("output", list(attended)), strict=True)]
            hidden = [relu(a) for a in self.linear("up", normalised(x))]
            x = [a + b for a, b in zip(x, self.linear("down", hidden), strict=True)]
            losses.append(nn.cross_entropy(self.linear("head", x), target))
        return sum(losses) / len(losses)


def normalised(x: Sequence[Any]) -> list[Any]:
    """Return x divided by the root of its mean square."""
    scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def plain_dot(a: Iterable[Any], b: Iterable[Any]) -> Any:
    """Return the scalar product as microgpt writes it: a node for each product and each sum."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def gpt(name: str) -> Workload:
    """Return the workload of a training step of a GPT on one `name`."""
    word = [26, *(ord(letter) - ord("a") for letter in name), 26]
    tokens, targets = word[:-1], word[1:]
    model, dotted = GPT(plain_dot), GPT(dot)
    dotted.tokens, dotted.table = model.tokens, model.table
    eager = {
        "eager": lambda: model.loss(tokens, targets),
        "eager, dot": lambda: dotted.loss(tokens, targets),
    }
    arrays = [np.array([tokens]), np.array([targets])]
    title = f"GPT of one layer, {len(tokens)} tokens"
    return with_parameters(title, model.loss, model.parameters(), arrays, eager, {})


WORKLOADS: dict[str, Callable[[], Workload]] = {
    "hinge": lambda: net([2, 16, 16, 1], "relu", "hinge", 100),
    "softmax": lambda: net([64, 32, 10], "tanh", "softmax", 32),
    "wide": lambda: net([784, 128, 10], "tanh", "softmax", 64),
    "gpt": lambda: gpt("maximilianalexa"),
    "gpt-short": lambda: gpt("emma"),
    "euler": lotka_volterra,
    "rosenbrock": rosenbrock_at_points,
}
