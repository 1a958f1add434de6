"""Networks that see one sample at a time: perceptrons and a small convolution."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

import nn
from autograd import dot, logsumexp, mean, relu

from .engines import Workload, variables
from .peers import casadi_hinge, torch_net


def mlp(widths: Sequence[int], activation: str, batch: int) -> Workload:
    """Train an MLP on the hinge loss of one score, or the cross-entropy of several."""
    rng = np.random.default_rng(0)
    model = nn.MLP(widths[0], list(widths[1:]), activation=activation, rng=random.Random(0))
    parameters: dict[str, Any] = {}
    for i, layer in enumerate(model.layers):
        parameters |= {f"w{i}": [n.w for n in layer.neurons], f"b{i}": [n.b for n in layer.neurons]}
    X, labels = rng.normal(size=(batch, widths[0])), rng.integers(0, widths[-1], batch)
    is_hinge = widths[-1] == 1
    Y = rng.choice([-1.0, 1.0], batch) if is_hinge else np.eye(widths[-1])[labels]

    def loss(x: Any, y: Any) -> Any:
        scores = model(x)
        return relu(1 - y * scores) if is_hinge else logsumexp(scores) - dot(y, scores)

    def in_jax(jax: Any, p: Any, X: Any, Y: Any) -> Any:
        h, count = X.T, len(widths) - 1  # samples are columns, which is faster
        squash = partial(jax.nn.gelu, approximate=False) if activation == "gelu" else getattr(jax.nn, activation)
        for i in range(count):
            h = p[f"w{i}"] @ h + p[f"b{i}"][:, None]
            h = squash(h) if i < count - 1 else h
        return jax.nn.relu(1 - Y * h[0]).mean() if is_hinge else (jax.nn.logsumexp(h, 0) - (Y.T * h).sum(0)).mean()

    others = {"PyTorch": lambda: torch_net(parameters, activation, X, Y)}
    if is_hinge and activation == "relu":
        others["CasADi"] = lambda: casadi_hinge(parameters, X, Y)
    return Workload(loss, in_jax, parameters, (X, Y), model, others)


def convolution(size: int, kernels: int, batch: int) -> Workload:
    """Classify images by kernels of 3 by 3, relu, means of 2 by 2, and a layer of 10 scores."""
    rng, side = np.random.default_rng(0), (size - 2) // 2
    shapes: dict[str, Any] = {
        "kernels": (kernels, 9),
        "bias": kernels,
        "head": (10, kernels * side * side),
        "offset": 10,
    }
    p = {name: variables(rng.normal(0, 0.3, shape)) for name, shape in shapes.items()}
    samples = rng.normal(size=(batch, size, size)), np.eye(10)[rng.integers(0, 10, batch)]
    places = range(size - 2)

    def loss(image: Sequence[Sequence[Any]], y: Any) -> Any:
        pooled = []
        for kernel, bias in zip(p["kernels"], p["bias"]):
            maps = [
                [relu(dot(kernel, [a for row in image[i : i + 3] for a in row[j : j + 3]], bias)) for j in places]
                for i in places
            ]
            pooled += [
                mean([maps[i][j], maps[i][j + 1], maps[i + 1][j], maps[i + 1][j + 1]])
                for i in places[::2]
                for j in places[::2]
            ]
        scores = [dot(row, pooled, b) for row, b in zip(p["head"], p["offset"])]
        return logsumexp(scores) - dot(y, scores)

    def in_jax(jax: Any, p: Any, images: Any, Y: Any) -> Any:
        kernels = p["kernels"].reshape(-1, 1, 3, 3)
        maps = jax.lax.conv_general_dilated(images[:, None], kernels, (1, 1), "VALID")
        maps = jax.nn.relu(maps + p["bias"][:, None, None])
        pooled = maps.reshape(batch, -1, side, 2, side, 2).mean((3, 5)).reshape(batch, -1)
        scores = pooled @ p["head"].T + p["offset"]
        return (jax.nn.logsumexp(scores, 1) - (Y * scores).sum(1)).mean()

    return Workload(loss, in_jax, p, samples)
