"""Time chainrule beside micrograd in one process, interleaved, with the garbage collector on and off.

    pip install micrograd && python benchmarks/against_micrograd.py

Two workloads: the training step of micrograd's demo (MLP 2-16-16-1, 100 moons, hinge loss and L2, gradient descent),
each engine with its own `nn`; and a graph of plain binary operations, built and differentiated.
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import time
from collections.abc import Callable

import micrograd.engine
import micrograd.nn

import autograd
import nn

Workload = Callable[[], object]


def moons(n: int, rng: random.Random) -> tuple[list[list[float]], list[int]]:
    """Return n points of two interleaved half circles with noise, and their labels -1 and 1."""
    labels = [2 * (i % 2) - 1 for i in range(n)]
    angles = [rng.uniform(0, math.pi) for _ in labels]
    points = [
        [math.cos(t) if y < 0 else 1 - math.cos(t), math.sin(t) if y < 0 else 0.5 - math.sin(t)]
        for t, y in zip(angles, labels, strict=True)
    ]
    return [[v + rng.gauss(0, 0.1) for v in p] for p in points], labels


def micrograd_step(points: list[list[float]], labels: list[int]) -> Workload:
    """The step as micrograd's demo notebook writes it."""
    model = micrograd.nn.MLP(2, [16, 16, 1])
    value = micrograd.engine.Value

    def step() -> float:
        inputs = [list(map(value, row)) for row in points]
        scores = list(map(model, inputs))
        losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        return loss.data

    return step


def chainrule_step(points: list[list[float]], labels: list[int]) -> Workload:
    """The same step written with `nn`."""
    model = nn.MLP(2, [16, 16, 1])
    optimizer = nn.SGD(lr=0.1)

    def step() -> float:
        parameters = model.parameters()
        loss = nn.hinge([model(x) for x in points], labels) + 1e-4 * autograd.dot(parameters, parameters)
        model.zero_grad()
        loss.backward()
        optimizer.step(parameters)
        return loss.data

    return step


def plain(value: type) -> Workload:
    """A graph of 6,000 additions, multiplications and subtractions, no deeper than micrograd's recursion allows."""

    def run() -> float:
        a, b = value(1.1), value(0.9)
        tips = []
        for _ in range(20):
            c = a
            for _ in range(100):
                c = (c * b + a) - b
            tips.append(c)
        loss = sum(tips)
        loss.backward()
        return a.grad

    return run


def compare(name: str, ours: Workload, theirs: Workload, rounds: int = 15) -> None:
    """Print minimum and median times of both workloads, run in turns."""
    for collector in (True, False):
        times: dict[Workload, list[float]] = {ours: [], theirs: []}
        for _ in range(rounds):
            for workload, spent in times.items():
                gc.collect()
                (gc.enable if collector else gc.disable)()
                start = time.perf_counter()
                workload()
                spent.append(1e3 * (time.perf_counter() - start))
                gc.enable()
        (best, median), (their_best, their_median) = ((min(t), statistics.median(t)) for t in times.values())
        print(
            f"{name:<28} {'on' if collector else 'off':<9} {best:>7.1f} / {median:<7.1f} "
            f"{their_best:>7.1f} / {their_median:<7.1f} {their_best / best:>5.1f} x / {their_median / median:.1f} x"
        )


def main() -> None:
    """Run both comparisons."""
    random.seed(0)
    points, labels = moons(100, random.Random(0))
    print(f"{'ms, minimum / median':<28} collector {'chainrule':>13}     {'micrograd':>13}    {'ratio':>13}")
    compare("training step of the demo", chainrule_step(points, labels), micrograd_step(points, labels))
    compare("plain binary operations", plain(autograd.Value), plain(micrograd.engine.Value))


if __name__ == "__main__":
    main()
