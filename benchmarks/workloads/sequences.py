"""Models of sequences: hidden Markov models, recurrent networks, and a GPT."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import nn
from autograd import Value, dot, exp, logsumexp, relu, sigmoid, tanh

from .engines import Workload, variables


def hidden_markov(states: int, steps: int, symbols: int) -> Workload:
    """Find the probability of observed symbols by the forward algorithm; the parameters are logits."""
    rng = np.random.default_rng(0)
    observed = rng.integers(0, symbols, steps)
    start, move, emit = (variables(rng.normal(size=s)) for s in ((states,), (states, states), (states, symbols)))

    def loss() -> Any:
        emissions = [normalised_logits(row) for row in emit]
        return -forward(start, move, [[row[symbol] for row in emissions] for symbol in observed.tolist()])

    def in_jax(jax: Any, p: Any) -> Any:
        emissions = jax.nn.log_softmax(p["emit"], 1)
        return -forward_in_jax(jax, p, emissions[:, observed].T)

    return Workload(loss, in_jax, {"start": start, "move": move, "emit": emit})


def hidden_markov_of_numbers(states: int, steps: int) -> Workload:
    """Find the probability density of observed numbers, which are normally distributed in each state."""
    rng = np.random.default_rng(0)
    start, means, scales, *move = (variables(row) for row in rng.normal(size=(states + 3, states)))

    def loss(observed: Sequence[Any]) -> Any:
        emissions = [[-0.5 * ((y - m) * exp(-s)) ** 2 - s for m, s in zip(means, scales)] for y in observed]
        return -forward(start, move, emissions)

    def in_jax(jax: Any, p: Any, observed: Any) -> Any:
        z = (observed[0][:, None] - p["means"]) * jax.numpy.exp(-p["scales"])
        return -forward_in_jax(jax, p, -0.5 * z**2 - p["scales"])

    parameters = {"start": start, "move": move, "means": means, "scales": scales}
    return Workload(loss, in_jax, parameters, (rng.normal(size=(1, steps)),))


def forward(start: Any, move: Any, emissions: Sequence[Sequence[Any]]) -> Any:
    """Return the logarithm of the probability of all observations, from those of each in each state."""
    rows = [normalised_logits(row) for row in move]
    alpha = [a + e for a, e in zip(normalised_logits(start), emissions[0])]
    for emission in emissions[1:]:
        alpha = [logsumexp([a + m for a, m in zip(alpha, column)]) + e for column, e in zip(zip(*rows), emission)]
    return logsumexp(alpha)


def forward_in_jax(jax: Any, p: Any, emissions: Any) -> Any:
    move = jax.nn.log_softmax(p["move"], 1).T

    def step(alpha: Any, emission: Any) -> Any:
        return jax.nn.logsumexp(alpha + move, 1) + emission, None

    alpha, _ = jax.lax.scan(step, jax.nn.log_softmax(p["start"]) + emissions[0], emissions[1:], unroll=4)
    return jax.nn.logsumexp(alpha)


def normalised_logits(xs: Sequence[Any]) -> list[Any]:
    """Return the logarithms of the softmax."""
    shift = logsumexp(xs)
    return [x - shift for x in xs]


def lstm(steps: int, width: int, layers: int) -> Workload:
    """Predict the next of a sequence of vectors by ADBench's LSTM, whose gates have a weight for each component."""
    rng = np.random.default_rng(0)
    weights, biases = (variables(rng.normal(size=(layers, 4, width))) for _ in range(2))
    extra = variables(rng.normal(size=(3, width)))
    sequence = np.eye(width)[rng.integers(0, width, steps + 1)][None]

    def cell(weights: Any, biases: Any, x: Any, h: Any, c: Any) -> tuple[list[Any], list[Any]]:
        keep, read, write, change = (
            [f(a * w + b) for a, w, b in zip(inputs, ws, bs)]
            for f, inputs, ws, bs in zip((sigmoid, sigmoid, sigmoid, tanh), (x, h, x, h), weights, biases)
        )
        c = [k * a + r * d for k, a, r, d in zip(keep, c, read, change)]
        return [w * tanh(a) for w, a in zip(write, c)], c

    def loss(sequence: Sequence[Sequence[Any]]) -> Any:
        states, total = [([0.0] * width, [0.0] * width)] * layers, 0.0
        for x, y in itertools.pairwise(sequence):
            h = [a * w for a, w in zip(x, extra[0])]
            for k in range(layers):
                states = [*states[:k], cell(weights[k], biases[k], h, *states[k]), *states[k + 1 :]]
                h = states[k][0]
            scores = [a * w + b for a, w, b in zip(h, *extra[1:])]
            total = total + logsumexp(scores) - dot(y, scores)
        return total / steps

    def in_jax(jax: Any, p: Any, sequence: Any) -> Any:
        jnp = jax.numpy

        def step(states: Any, x: Any) -> Any:
            h, found = x * p["extra"][0], []
            for w, b, (before, kept) in zip(p["weights"], p["biases"], states):
                gates = jnp.stack([h, before, h]) * w[:3] + b[:3]
                keep, read, write = jax.nn.sigmoid(gates)
                c = keep * kept + read * jnp.tanh(before * w[3] + b[3])
                h = write * jnp.tanh(c)
                found.append((h, c))
            return found, h

        zeros = jnp.zeros(width)
        _, h = jax.lax.scan(step, [(zeros, zeros)] * layers, sequence[0, :-1], unroll=2)
        scores = h * p["extra"][1] + p["extra"][2]
        return (jax.nn.logsumexp(scores, 1) - (sequence[0, 1:] * scores).sum(1)).mean()

    return Workload(loss, in_jax, {"weights": weights, "biases": biases, "extra": extra}, (sequence,))


def recurrent(steps: int, width: int, inputs: int, batch: int) -> Workload:
    """Read a sequence by a recurrent network of tanh, and predict a number from its last state."""
    rng = np.random.default_rng(0)
    shapes: dict[str, Any] = {"inner": (width, width), "outer": (width, inputs), "bias": width, "head": width}
    p = {name: variables(rng.normal(0, width**-0.5, shape)) for name, shape in shapes.items()}
    samples = rng.normal(size=(batch, steps, inputs)), rng.normal(size=batch)

    def loss(sequence: Sequence[Any], y: Any) -> Any:
        h = [0.0] * width
        for x in sequence:
            h = [tanh(dot(w, h) + dot(u, x, b)) for w, u, b in zip(p["inner"], p["outer"], p["bias"])]
        return (dot(p["head"], h) - y) ** 2

    def in_jax(jax: Any, p: Any, sequences: Any, y: Any) -> Any:
        driven = sequences.transpose(1, 0, 2) @ p["outer"].T + p["bias"]
        step = lambda h, x: (jax.numpy.tanh(h @ p["inner"].T + x), None)  # noqa: E731
        h, _ = jax.lax.scan(step, jax.numpy.zeros((batch, width)), driven)
        return ((h @ p["head"] - y) ** 2).mean()

    return Workload(loss, in_jax, p, samples)


WIDTH, HEADS, VOCABULARY = 16, 4, 27


class GPT(nn.Module):
    """A GPT of one layer in microgpt's configuration, with a node for each product and each sum."""

    def __init__(self, tokens: int) -> None:
        rng = random.Random(0)
        shapes: dict[str, Any] = {
            "positions": (tokens, WIDTH), "head": (VOCABULARY, WIDTH),
            "query": (WIDTH, WIDTH), "key": (WIDTH, WIDTH), "value": (WIDTH, WIDTH), "output": (WIDTH, WIDTH),
            "up": (4 * WIDTH, WIDTH), "down": (WIDTH, 4 * WIDTH),
        }  # fmt: skip
        self.tokens = nn.Embedding(VOCABULARY, WIDTH, std=0.08, rng=rng)
        self.table = {
            name: [[Value(rng.gauss(0, 0.08)) for _ in range(m)] for _ in range(n)] for name, (n, m) in shapes.items()
        }

    def linear(self, name: str, x: Sequence[Any]) -> list[Any]:
        """Return the scalar products of x with the rows of a table."""
        return [inner(row, x) for row in self.table[name]]

    def attention(self, query: list[Any], keys: list[list[Any]], values: list[list[Any]]) -> Iterable[Any]:
        """Yield what each head reads from the `values`, weighted by how well the `keys` fit the `query`."""
        size = WIDTH // HEADS
        for part in (slice(i, i + size) for i in range(0, WIDTH, size)):
            scores = [inner(query[part], key[part]) / math.sqrt(size) for key in keys]
            shift = logsumexp(scores)
            weights = [exp(score - shift) for score in scores]
            yield from (inner(weights, column) for column in zip(*(v[part] for v in values), strict=True))

    def loss(self, tokens: Sequence[Any], targets: Sequence[Any]) -> Any:
        """Return the mean cross-entropy of each of the `targets` after the `tokens` up to it."""
        keys: list[list[Any]] = []
        values: list[list[Any]] = []
        losses = []
        for token, target, position in zip(tokens, targets, self.table["positions"], strict=True):
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


def inner(a: Iterable[Any], b: Iterable[Any]) -> Any:
    """Return the scalar product as microgpt writes it: a node for each product and each sum."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def gpt(name: str) -> Workload:
    """Train a GPT on one `name`."""
    word = np.array([[26, *(ord(letter) - ord("a") for letter in name), 26]])
    count = word.shape[1] - 1
    model = GPT(count)
    parameters = {"tokens": model.tokens.table, **model.table}
    return Workload(model.loss, gpt_in_jax, parameters, (word[:, :-1], word[:, 1:]))


def gpt_in_jax(jax: Any, p: Any, tokens: Any, targets: Any) -> Any:
    jnp, count = jax.numpy, tokens.shape[1]

    def normalised(x: Any) -> Any:
        return x * ((x * x).mean(1, keepdims=True) + 1e-5) ** -0.5

    def heads(x: Any) -> Any:
        return x.reshape(count, HEADS, -1).transpose(1, 0, 2)

    x = normalised(p["tokens"][tokens[0]] + p["positions"])
    inside = normalised(x)
    query, key, value = (heads(inside @ p[name].T) for name in ("query", "key", "value"))
    scores = query @ key.transpose(0, 2, 1) / math.sqrt(WIDTH // HEADS)
    weights = jax.nn.softmax(jnp.where(jnp.tri(count, dtype=bool), scores, -jnp.inf), 2)
    x = x + (weights @ value).transpose(1, 0, 2).reshape(count, WIDTH) @ p["output"].T
    x = x + jax.nn.relu(normalised(x) @ p["up"].T) @ p["down"].T
    scores = x @ p["head"].T
    return (jax.nn.logsumexp(scores, 1) - jnp.take_along_axis(scores, targets[0][:, None], 1)[:, 0]).mean()
