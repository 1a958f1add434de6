"""Formulas: energies, option prices, densities, projections, and random graphs."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import cos, erf, exp, log, logsumexp, sin, sqrt, tanh

from .engines import Workload, variables
from .peers import torch_rosenbrock


def bodies(count: int) -> Workload:
    """Compute the gravitational energy of bodies, a pair at a time."""
    rng = np.random.default_rng(0)
    positions, masses = variables(rng.normal(size=(count, 3))), rng.uniform(0.5, 2, count)
    first, second = np.triu_indices(count, 1)

    def loss() -> Any:
        energy = 0.0
        for (a, m), (b, n) in itertools.combinations(zip(positions, masses.tolist()), 2):
            energy = energy - m * n / sqrt(sum((x - y) ** 2 for x, y in zip(a, b)))
        return energy

    def in_jax(jax: Any, p: Any) -> Any:
        x = p["positions"].T
        distances = jax.numpy.sqrt(((x[:, first] - x[:, second]) ** 2).sum(0))
        return -(masses[first] * masses[second] / distances).sum()

    return Workload(loss, in_jax, {"positions": positions})


def black_scholes(points: int) -> Workload:
    """Price a call option at many points; the gradient is its greeks."""
    rng = np.random.default_rng(0)
    limits = [(80, 120), (80, 120), (0.1, 2), (0.0, 0.1), (0.1, 0.5)]

    def price(log: Any, sqrt: Any, exp: Any, erf: Any, s: Any, k: Any, t: Any, r: Any, sigma: Any) -> Any:
        spread = sigma * sqrt(t)
        d = (log(s / k) + (r + sigma * sigma / 2) * t) / spread
        above, below = ((1 + erf(z / math.sqrt(2))) / 2 for z in (d, d - spread))
        return s * above - k * exp(-r * t) * below

    def loss(s: Any, k: Any, t: Any, r: Any, sigma: Any) -> Any:
        return price(log, sqrt, exp, erf, s, k, t, r, sigma)

    def in_jax(jax: Any, _: Any, *columns: Any) -> Any:
        return price(jax.numpy.log, jax.numpy.sqrt, jax.numpy.exp, jax.scipy.special.erf, *columns)

    return Workload(loss, in_jax, samples=tuple(rng.uniform(low, high, points) for low, high in limits))


def rosenbrock(variables: int, points: int) -> Workload:
    """Compute the sum of 100 (x[i+1] - x[i]²)² + (1 - x[i])² at many points."""
    columns = np.random.default_rng(0).normal(size=(variables, points))

    def loss(x: Sequence[Any]) -> Any:
        return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))

    def in_jax(jax: Any, _: Any, x: Any) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(0)

    return Workload(loss, in_jax, samples=(list(columns),), others={"PyTorch": lambda: torch_rosenbrock(columns)})


def mixture(components: int, dimensions: int, points: int) -> Workload:
    """Fit ADBench's mixture of Gaussians, which has a Wishart prior; the precisions are given by triangular factors."""
    rng, below = np.random.default_rng(0), np.tril_indices(dimensions, -1)
    shapes: dict[str, Any] = {"weights": (), "means": (dimensions,), "logs": (dimensions,), "lower": (len(below[0]),)}
    p = {name: variables(rng.normal(0, 0.5, (components, *shape))) for name, shape in shapes.items()}

    def loss(x: Sequence[Any]) -> Any:
        terms, prior = [], 0.0
        for weight, mean, logs, lower in zip(*p.values()):
            rest, scales, shifts = iter(lower), [exp(q) for q in logs], [a - m for a, m in zip(x, mean)]
            rows = [
                sum([next(rest) * shifts[j] for j in range(i)], s * z) for i, (s, z) in enumerate(zip(scales, shifts))
            ]
            terms.append(weight + sum(logs) - sum(row * row for row in rows) / 2)
            prior = prior + sum(a * a for a in [*scales, *lower]) / 2 - sum(logs)
        return logsumexp(p["weights"]) - logsumexp(terms) + prior / points

    def in_jax(jax: Any, p: Any, x: Any) -> Any:
        scales, count = jax.numpy.exp(p["logs"]), jax.numpy.arange(dimensions)
        factors = jax.numpy.zeros((components, dimensions, dimensions)).at[:, count, count].set(scales)
        factors = factors.at[:, below[0], below[1]].set(p["lower"])
        centres = jax.numpy.einsum("kij,kj->ki", factors, p["means"])
        rows = jax.numpy.einsum("kij,nj->kin", factors, x) - centres[:, :, None]
        terms = p["weights"] + p["logs"].sum(1) - (rows * rows).sum(1).T / 2
        prior = ((scales * scales).sum() + (p["lower"] ** 2).sum()) / 2 - p["logs"].sum()
        return jax.nn.logsumexp(p["weights"]) - jax.nn.logsumexp(terms, 1).mean() + prior / points

    return Workload(loss, in_jax, p, (rng.normal(size=(points, dimensions)),))


def bundle(cameras: int, points: int, observations: int) -> Workload:
    """Adjust ADBench's bundle: cameras with radial distortion see points, with a weight for each observation."""
    rng = np.random.default_rng(0)
    camera, point = rng.integers(0, cameras, observations), rng.integers(0, points, observations)
    seen = rng.normal(size=(observations, 2))
    shapes: dict[str, Any] = {"cameras": (cameras, 11), "points": (points, 3), "weights": observations}
    p = {name: variables(rng.normal(0, 0.3, shape) + (name == "points")) for name, shape in shapes.items()}

    def project(sqrt: Any, sin: Any, cos: Any, camera: Any, point: Any) -> list[Any]:
        """Return the two coordinates on the image."""
        turn, centre, focus, (u, v), (k1, k2) = camera[:3], camera[3:6], camera[6], camera[7:9], camera[9:]
        x = [a - c for a, c in zip(point, centre)]
        angle = sqrt(turn[0] * turn[0] + turn[1] * turn[1] + turn[2] * turn[2])
        w, c, s = [a / angle for a in turn], cos(angle), sin(angle)
        along = (w[0] * x[0] + w[1] * x[1] + w[2] * x[2]) * (1 - c)
        cross = [w[1] * x[2] - w[2] * x[1], w[2] * x[0] - w[0] * x[2], w[0] * x[1] - w[1] * x[0]]
        x, y, z = (a * c + b * s + d * along for a, b, d in zip(x, cross, w))
        x, y = x / z, y / z
        square = x * x + y * y
        stretch = (1 + k1 * square + k2 * square * square) * focus
        return [x * stretch + u, y * stretch + v]

    def loss() -> Any:
        total = 0.0
        for i, j, w, features in zip(camera, point, p["weights"], seen.tolist()):
            image = project(sqrt, sin, cos, p["cameras"][i], p["points"][j])
            total = total + sum((w * (a - b)) ** 2 for a, b in zip(image, features)) + (1 - w * w) ** 2
        return total

    def in_jax(jax: Any, p: Any) -> Any:
        jnp = jax.numpy
        image = jnp.stack(project(jnp.sqrt, jnp.sin, jnp.cos, p["cameras"][camera].T, p["points"][point].T))
        w = p["weights"]
        return ((w * (image - seen.T)) ** 2).sum() + ((1 - w * w) ** 2).sum()

    return Workload(loss, in_jax, p)


def random_graph(operations: int) -> Workload:
    """Compute a random graph, in which each operation reads any earlier ones; the loss is the mean of its ends."""
    leaves, rng = 10, random.Random(0)
    bounded, free, steps = list(range(leaves)), set(range(leaves)), []
    for i in range(leaves, leaves + operations):
        kind = rng.choice(["sin", "tanh", "times", "minus"])
        a, b = rng.randrange(i), rng.choice(bounded)  # a factor between -1 and 1 keeps numbers from overflowing
        steps.append((kind, a, b))
        bounded += [i] * (kind in ("sin", "tanh"))
        free = (free | {i}) - ({a, b} if kind in ("times", "minus") else {a})
    ends = sorted(free)
    start = variables(np.random.default_rng(0).uniform(-1, 1, leaves))

    def result(sin: Callable[..., Any], tanh: Callable[..., Any], leaves: Sequence[Any]) -> Any:
        kinds = {"sin": lambda a, _: sin(a), "tanh": lambda a, _: tanh(a)}
        kinds |= {"times": lambda a, b: a * b, "minus": lambda a, b: a - b}
        found = list(leaves)
        for kind, a, b in steps:
            found.append(kinds[kind](found[a], found[b]))
        return sum(found[i] for i in ends) / len(ends)

    def in_jax(jax: Any, p: Any) -> Any:
        return result(jax.numpy.sin, jax.numpy.tanh, p["start"])

    return Workload(lambda: result(sin, tanh, start), in_jax, {"start": start})
