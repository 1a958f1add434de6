"""The workloads of `against_jax.py`: each is written one scalar at a time and in JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from . import formulas, networks, recurrences, sequences
from .engines import Engine as Engine
from .engines import Workload as Workload


class Task(NamedTuple):
    """A workload to be made, with its sizes, and small ones for tests and `--quick`."""

    title: str
    make: Callable[..., Workload]
    sizes: tuple[Any, ...]
    small: tuple[Any, ...]

    def workload(self, is_small: bool = False) -> Workload:
        """Make the workload."""
        return self.make(*(self.small if is_small else self.sizes))


TIMED = {
    "lotka-1": Task("Lotka-Volterra, 1,000 Euler steps, batch 1", recurrences.lotka_volterra, (1, 1000), (1, 20)),
    "lotka-2": Task("Lotka-Volterra, 1,000 Euler steps, batch 2", recurrences.lotka_volterra, (2, 1000), (2, 20)),
    "lotka-10": Task("Lotka-Volterra, 1,000 Euler steps, batch 10", recurrences.lotka_volterra, (10, 1000), (10, 20)),
    "lotka-100": Task(
        "Lotka-Volterra, 1,000 Euler steps, batch 100", recurrences.lotka_volterra, (100, 1000), (100, 20)
    ),
    "pendulum": Task("pendulum, Runge-Kutta, 1,000 steps", recurrences.pendulum, (1000,), (20,)),
    "hmm": Task("HMM, 5 states, 100 symbols", sequences.hidden_markov, (5, 100, 6), (3, 10, 4)),
    "hmm-numbers": Task("HMM, 5 states, 100 numbers", sequences.hidden_markov_of_numbers, (5, 100), (3, 10)),
    "heat": Task("heat equation, 64 cells, 200 steps", recurrences.heat, (64, 200), (8, 10)),
    "springs": Task("chain of 32 springs, 200 steps", recurrences.springs, (31, 200), (5, 10)),
    "carried": Task("60 scalars, 614 steps", recurrences.carried, (60, 614, False), (6, 20, False)),
    "carried-array": Task(
        "60 scalars, 614 steps, an array in JAX", recurrences.carried, (60, 614, True), (6, 20, True)
    ),
    "lstm": Task("LSTM of ADBench, 32 steps", sequences.lstm, (32, 14, 2), (5, 4, 2)),
    "rnn": Task("RNN of 16 units, 50 steps, batch 8", sequences.recurrent, (50, 16, 4, 8), (8, 5, 2, 3)),
    "gpt": Task("GPT of one layer, 16 tokens", sequences.gpt, ("maximilianalexa",), ("emma",)),
    "bodies": Task("energy of 50 bodies", formulas.bodies, (50,), (6,)),
    "options": Task("Black-Scholes, 100,000 points", formulas.black_scholes, (100_000,), (20,)),
    "rosenbrock": Task("Rosenbrock, 100 variables, 10,000 points", formulas.rosenbrock, (100, 10_000), (10, 5)),
    "mixture": Task("Gaussian mixture of ADBench, 1,000 points", formulas.mixture, (5, 10, 1000), (3, 3, 10)),
    "bundle": Task("bundle adjustment of ADBench, 200 views", formulas.bundle, (5, 40, 200), (2, 4, 6)),
    "convolution": Task("convolution of 8 by 8, batch 32", networks.convolution, (8, 8, 32), (6, 2, 3)),
    "deep": Task(
        "MLP 16-32-...-32-10, 10 layers, tanh, batch 32",
        networks.mlp,
        ([16, *[32] * 9, 10], "tanh", 32),
        ([3, *[4] * 5, 2], "tanh", 3),
    ),
    "gelu": Task(
        "MLP 64-128-128-10, gelu, batch 64", networks.mlp, ([64, 128, 128, 10], "gelu", 64), ([6, 8, 8, 3], "gelu", 5)
    ),
    "hinge": Task(
        "MLP 2-16-16-1, relu, batch 100", networks.mlp, ([2, 16, 16, 1], "relu", 100), ([2, 4, 4, 1], "relu", 10)
    ),
    "softmax": Task("MLP 64-32-10, tanh, batch 32", networks.mlp, ([64, 32, 10], "tanh", 32), ([8, 6, 3], "tanh", 5)),
    "wide": Task("MLP 784-128-10, tanh, batch 64", networks.mlp, ([784, 128, 10], "tanh", 64), ([20, 8, 3], "tanh", 5)),
}

# only the time to the first result is of interest
COMPILED = {
    "dag-4000": Task("random graph of 4,000 operations", formulas.random_graph, (4000,), (100,)),
    "dag-100000": Task("random graph of 100,000 operations", formulas.random_graph, (100_000,), (400,)),
    "bodies-100": Task("energy of 100 bodies", formulas.bodies, (100,), (10,)),
    "lstm-1024": Task("LSTM of ADBench, 1,024 steps", sequences.lstm, (1024, 14, 2), (10, 4, 2)),
}

TASKS = TIMED | COMPILED
