"""Recurrences: differential equations, and scalars that are carried through many steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import sin, tanh

from .engines import Workload, numbers, variables
from .peers import casadi_euler

# by batch, the fastest of 30 ways in JAX: forward mode, the state in one array, the steps of one iteration
FASTEST = {1: (False, False, 2), 2: (False, False, 1), 10: (True, False, 2), 100: (True, True, 1)}


def lotka_volterra(batch: int, steps: int) -> Workload:
    """Follow Lotka-Volterra's prey and predators by Euler's method; the loss is the squared distance from (1, 1)."""
    h, rates = 0.01, variables(np.array([1.1, 0.9, 0.8, 1.2]))
    rng = np.random.default_rng(0)
    samples = rng.uniform(0.7, 1.5, batch), rng.uniform(0.7, 1.5, batch)

    def move(rates: Any, x: Any, y: Any) -> tuple[Any, Any]:
        a, b, c, d = rates
        return x + h * (a * x - b * x * y), y + h * (c * x * y - d * y)

    def loss(x: Any, y: Any) -> Any:
        for _ in range(steps):
            x, y = move(rates, x, y)
        return (x - 1) ** 2 + (y - 1) ** 2

    is_forward, is_stacked, unroll = FASTEST[batch]

    def in_jax(jax: Any, p: Any, x: Any, y: Any) -> Any:
        rates = tuple(p["rates"])  # indexing inside of the step takes 4 times as long
        pack = jax.numpy.stack if is_stacked else tuple
        step = lambda state, _: (pack(move(rates, *state)), None)  # noqa: E731
        (x, y), _ = jax.lax.scan(step, pack([x, y]), None, length=steps, unroll=unroll)
        return ((x - 1) ** 2 + (y - 1) ** 2).mean()

    others = {"CasADi": lambda: casadi_euler(numbers(rates), samples, steps)} if batch == 1 else {}
    return Workload(loss, in_jax, {"rates": rates}, samples, others=others, is_forward=is_forward)


def pendulum(steps: int) -> Workload:
    """Swing a damped pendulum by Runge and Kutta's method; the gradients include those by the initial state."""
    h, constants, start = 0.01, variables(np.array([9.81, 0.3])), variables(np.array([1.0, 0.5]))

    def slopes(sine: Any, constants: Any, angle: Any, velocity: Any) -> list[Any]:
        gravity, damping = constants
        return [velocity, -gravity * sine(angle) - damping * velocity]

    def move(sine: Any, constants: Any, state: Sequence[Any]) -> list[Any]:
        k1 = slopes(sine, constants, *state)
        k2 = slopes(sine, constants, *[s + h / 2 * k for s, k in zip(state, k1)])
        k3 = slopes(sine, constants, *[s + h / 2 * k for s, k in zip(state, k2)])
        k4 = slopes(sine, constants, *[s + h * k for s, k in zip(state, k3)])
        return [s + h / 6 * (a + 2 * b + 2 * c + d) for s, a, b, c, d in zip(state, k1, k2, k3, k4)]

    def loss() -> Any:
        state = start
        for _ in range(steps):
            state = move(sin, constants, state)
        return (state[0] - 0.1) ** 2 + state[1] ** 2

    def in_jax(jax: Any, p: Any) -> Any:
        constants = tuple(p["constants"])
        step = lambda state, _: (move(jax.numpy.sin, constants, state), None)  # noqa: E731
        (angle, velocity), _ = jax.lax.scan(step, list(p["start"]), None, length=steps)
        return (angle - 0.1) ** 2 + velocity**2

    return Workload(loss, in_jax, {"constants": constants, "start": start})


def heat(cells: int, steps: int) -> Workload:
    """Conduct heat along a rod with a conductivity for each cell and cold ends; the loss is a distance to a target."""
    rng = np.random.default_rng(0)
    conductivity, start = variables(rng.uniform(0.1, 0.4, cells)), variables(rng.uniform(0, 1, cells))
    target = rng.uniform(0, 1, cells)

    def loss() -> Any:
        u = start
        for _ in range(steps):
            left, right = [0.0, *u], [*u[1:], 0.0]
            u = [b + k * (a - 2 * b + c) for k, a, b, c in zip(conductivity, left, u, right)]
        return sum((a - b) ** 2 for a, b in zip(u, target.tolist()))

    def in_jax(jax: Any, p: Any) -> Any:
        def step(u: Any, _: Any) -> Any:
            wide = jax.numpy.pad(u, 1)
            return u + p["conductivity"] * (wide[:-2] - 2 * u + wide[2:]), None

        u, _ = jax.lax.scan(step, p["start"], None, length=steps)
        return ((u - target) ** 2).sum()

    return Workload(loss, in_jax, {"conductivity": conductivity, "start": start})


def springs(masses: int, steps: int) -> Workload:
    """Shake a chain of masses between walls; springs of their own stiffness pull with the cube of their length, too."""
    h, rng = 0.05, np.random.default_rng(0)
    stiffness, start = variables(rng.uniform(0.5, 1.5, masses + 1)), rng.normal(0, 0.3, masses)

    def loss() -> Any:
        x, v = start.tolist(), [0.0] * masses
        for _ in range(steps):
            stretch = [b - a for a, b in zip([0.0, *x], [*x, 0.0])]
            force = [k * (s + s * s * s) for k, s in zip(stiffness, stretch)]
            v = [b + h * (right - left) for b, left, right in zip(v, force, force[1:])]
            x = [a + h * b for a, b in zip(x, v)]
        return sum(a * a for a in x)

    def in_jax(jax: Any, p: Any) -> Any:
        def step(state: Any, _: Any) -> Any:
            x, v = state
            wide = jax.numpy.pad(x, 1)  # twice as fast as `diff`
            stretch = wide[1:] - wide[:-1]
            force = p["stiffness"] * (stretch + stretch * stretch * stretch)
            v = v + h * (force[1:] - force[:-1])
            return (x + h * v, v), None

        (x, _), _ = jax.lax.scan(step, (start, jax.numpy.zeros(masses)), None, length=steps)
        return (x * x).sum()

    return Workload(loss, in_jax, {"stiffness": stiffness})


def carried(scalars: int, steps: int, is_array: bool) -> Workload:
    """Carry scalars that read their neighbours through many steps, each with an input.

    In JAX they are an array, or separate scalars: https://github.com/jax-ml/jax/issues/40150.
    """
    rng = np.random.default_rng(0)
    weights, inputs = variables(rng.normal(size=scalars)), rng.normal(size=(1, steps))

    def move(weights: Any, x: Sequence[Any], u: Any, squash: Any) -> list[Any]:
        return [a + 0.1 * (squash(w * b + u) - a) for w, a, b in zip(weights, x, [*x[1:], x[0]])]

    def loss(inputs: Sequence[Any]) -> Any:
        x = [0.0] * scalars
        for u in inputs:
            x = move(weights, x, u, tanh)
        return sum(a * a for a in x)

    def in_jax(jax: Any, p: Any, inputs: Any) -> Any:
        def step(x: Any, u: Any) -> Any:
            if is_array:
                return x + 0.1 * (jax.numpy.tanh(p["weights"] * jax.numpy.roll(x, -1) + u) - x), None
            return move(weights, x, u, jax.numpy.tanh), None

        weights = tuple(p["weights"])
        x, _ = jax.lax.scan(step, jax.numpy.zeros(scalars) if is_array else [0.0] * scalars, inputs[0])
        return sum(a * a for a in x)

    return Workload(loss, in_jax, {"weights": weights}, (inputs,))
