"""Time chainrule beside micrograd, and beside a class in the design of microgpt, with the garbage collector on and off.

    pip install micrograd && python benchmarks/against_micrograd.py

All run in one process, in turns. The workloads: the training step of micrograd's demo (MLP 2-16-16-1, 100 moons, hinge
loss and L2, gradient descent), and graphs of 6,000 plain operations in several mixes, built and differentiated.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import math
import platform
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import micrograd.engine
import micrograd.nn
from tuples import Value as TupleValue

import autograd
import nn

Workload = Callable[[], float]
Data = tuple[list[list[float]], list[int]]

NAMES = ("chainrule", "micrograd", "microgpt's design")
MIXES: dict[str, Callable[[Any, Any, Any], Any]] = {  # each is three operations
    "`*` and `+`": lambda c, a, b: (c * b + a) * b,
    "`*`, `+` and `-`": lambda c, a, b: (c * b + a) - b,
    "`-` and `/`": lambda c, a, b: (a - c) / b - a,
    "`*`, `+` and `**`": lambda c, a, b: (c * b + a) ** 0.5,
    "`*`, `+` and `relu`": lambda c, a, b: (c * b + a).relu(),
}


def training_step(engine: Any, model: Any, data: Data, *, by_nn: bool = False) -> Workload:
    """Return the training step of the demo, as it is written for micrograd, or with the loss and optimiser of `nn`."""
    points, labels = data
    optimizer = nn.SGD(lr=0.1)

    def as_written() -> float:
        inputs = [list(map(engine, row)) for row in points]
        scores = list(map(model, inputs))
        losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        return loss.data

    def with_nn() -> float:
        parameters = model.parameters()
        loss = nn.hinge([model(x) for x in points], labels) + 1e-4 * autograd.dot(parameters, parameters)
        model.zero_grad()
        loss.backward()
        optimizer.step(parameters)
        return loss.data

    return with_nn if by_nn else as_written


class PlainMLP(micrograd.nn.Module):
    """The MLP of micrograd's demo, whose neurons are sums of products, for any class of values."""

    def __init__(self, engine: Any) -> None:
        rng, widths = random.Random(0), (2, 16, 16, 1)
        self.layers = [
            [([engine(rng.uniform(-1, 1)) for _ in range(n)], engine(0.0)) for _ in range(m)]
            for n, m in itertools.pairwise(widths)
        ]

    def parameters(self) -> list[Any]:
        """Return all weights and biases."""
        return [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return the one output."""
        for layer in self.layers:
            sums = [sum((w * a for w, a in zip(weights, x, strict=True)), bias) for weights, bias in layer]
            x = sums if layer is self.layers[-1] else [r.relu() for r in sums]
        return x[0]


def plain(engine: Any, mix: Callable[[Any, Any, Any], Any]) -> Workload:
    """Return the workload of 20 chains of 100 times a mix, no deeper than micrograd's recursion allows."""

    def run() -> float:
        a, b = engine(1.1), engine(0.9)
        tips = []
        for _ in range(20):
            c = a
            for _ in range(100):
                c = mix(c, a, b)
            tips.append(c)
        loss = sum(tips)
        loss.backward()
        return a.grad

    return run


def check(name: str, workloads: Sequence[Workload]) -> None:
    """Raise unless all workloads give the same number."""
    expected, *others = [run() for run in workloads]
    if not all(math.isclose(x, expected, rel_tol=1e-9) for x in others):
        raise ArithmeticError(f"{name}: {expected} by chainrule, {others} by the others")


def best_times(workloads: Sequence[Workload], collector: bool, rounds: int) -> list[float]:
    """Return the shortest time of each workload in milliseconds, from runs in turns."""
    best = [math.inf] * len(workloads)
    for _ in range(rounds):
        for i, run in enumerate(workloads):
            gc.collect()
            (gc.enable if collector else gc.disable)()
            start = time.perf_counter()
            run()
            best[i] = min(best[i], 1e3 * (time.perf_counter() - start))
            gc.enable()
    return best


def show(name: str, workloads: Sequence[Workload], rounds: int) -> None:
    """Print a line of the table for the collector on, and one for it off."""
    for collector in (True, False):
        ours, *theirs = best_times(workloads, collector, rounds)
        blank = [""] * (len(NAMES) - len(workloads))
        cells = [*(f"{t:.1f}" for t in (ours, *theirs)), *blank, *(f"{t / ours:.2f}" for t in theirs), *blank]
        print(f"| {name} | {'on' if collector else 'off'} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="runs of each, of which the shortest counts")
    rounds = parser.parse_args().rounds
    points, labels = nn.data.moons(100, rng=random.Random(0))
    data = points, [2 * y - 1 for y in labels]
    engines = (autograd.Value, micrograd.engine.Value, TupleValue)
    print(f"Python {platform.python_version()}; milliseconds, the minimum of {rounds} interleaved runs\n")
    print(f"| | collector | {' | '.join(NAMES)} | {' | '.join(f'{name}, ratio' for name in NAMES[1:])} |")
    print(f"|{'---|' * 7}")
    as_written = [training_step(engine, PlainMLP(engine), data) for engine in engines]
    check("training step", as_written)
    show("training step of the demo, sums of products", as_written, rounds)
    by_nn = [
        training_step(autograd.Value, nn.MLP(2, [16, 16, 1]), data, by_nn=True),
        training_step(micrograd.engine.Value, micrograd.nn.MLP(2, [16, 16, 1]), data),
    ]
    show("the same, each with its own `nn`", by_nn, rounds)
    for name, mix in MIXES.items():
        workloads = [plain(engine, mix) for engine in engines]
        check(name, workloads)
        show(f"6,000 operations: {name}", workloads, rounds)


if __name__ == "__main__":
    main()
