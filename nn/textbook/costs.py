"""What a gradient costs, and what learning costs, as the number of weights grows; in forward passes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from timeit import timeit
from typing import Any

from autograd import mean

from ..layers import MLP
from ..losses import mean_squared_error
from .delta_rule import Adaline
from .perturbation import CountedLoss, Trail, descend, gradient_by_perturbation, perturb, spsa
from .records import Records

SAMPLES = 32
GOAL = 0.01


def costs_of_a_gradient(
    widths: Sequence[int] = (2, 4, 8, 16, 32), *, rng: random.Random, repeats: int = 15, progress: bool = True
) -> Records:
    """Measure what one full gradient of an MLP costs, for two hidden layers of each of the `widths`, in forward passes.

    Each row has the number of weights, the passes that moving each weight alone takes (counted), and what was measured:
    the time of that, and of backpropagation, compiled and as a graph of scalars, each divided by the time of the
    forward pass of its kind (the least of `repeats`). The net has 2 inputs, an output, and 32 samples drawn from `rng`.

    >>> table = costs_of_a_gradient([1, 2], rng=random.Random(0), repeats=1, progress=False)
    >>> table.column("weights"), table.column("each weight moved, counted")
    ([7, 15], [8, 16])
    """
    from tqdm import tqdm

    return Records(
        _costs(MLP(2, [width, width, 1], activation="tanh", rng=rng), rng, repeats)
        for width in tqdm(widths, unit=" nets", leave=False, disable=not progress)
    )


def _costs(model: MLP, rng: random.Random, repeats: int) -> dict[str, float]:
    X = [[rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)] for _ in range(SAMPLES)]
    Y = [rng.gauss(0.0, 1.0) for _ in X]
    counted = CountedLoss(model, X, Y, loss=mean_squared_error)
    counted.backward()  # so that it is compiled
    counted.passes = 0
    gradient_by_perturbation(counted)
    passes = round(counted.passes)

    def graph() -> Any:
        return mean([mean_squared_error(model(x), y) for x, y in zip(X, Y)])

    moving = partial(gradient_by_perturbation, counted)
    times = _least_times([counted.look, moving, counted.backward, graph, lambda: graph().backward()], repeats)
    forward, moved, backward, graph_forward, graph_backward = times
    return {
        "weights": len(counted.weights),
        "each weight moved, counted": passes,
        "each weight moved, measured": moved / forward,
        "backpropagation, compiled": backward / forward,
        "backpropagation, as a graph": graph_backward / graph_forward,
    }


def _least_times(functions: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Return the least time in seconds that a call of each of the `functions` took; they are called in turn."""
    return list(map(min, zip(*([timeit(f, number=1) for f in functions] for _ in range(repeats)))))


def passes_to_learn(
    counts: Sequence[int] = (4, 8, 16, 32, 64), *, rng: random.Random, progress: bool = True
) -> Records:
    """Count the passes in which one linear neuron of each of the `counts` of weights learns what another one knows.

    Weights and bias start at 0, and it is learned when the loss has come down to a hundredth. There are 8 samples for
    each weight, drawn from `rng`. Each way of learning has the rate that suits it: 1/4 for backpropagation, that
    divided by the number of weights for SPSA, and changes of 1 / sqrt(number of weights) for one weight at a time.

    >>> passes_to_learn([4, 16], rng=random.Random(0), progress=False).column("backpropagation")
    [12.0, 15.0]
    """
    from tqdm import tqdm

    return Records(_passes(n, rng) for n in tqdm(counts, unit=" nets", leave=False, disable=not progress))


def _passes(n: int, rng: random.Random) -> dict[str, float | None]:
    size = n**-0.5
    X = [[rng.gauss(0.0, 1.0) for _ in range(n)] for _ in range(8 * n)]
    known = [rng.gauss(0.0, size) for _ in range(n)]
    Y = [sum(w * a for w, a in zip(known, x)) for x in X]
    most = 500 * n

    def learn(how: Callable[[CountedLoss, float], Trail]) -> float | None:
        neuron = Adaline(n)
        counted = CountedLoss(neuron, X, Y, loss=mean_squared_error)
        until = GOAL * counted.look()
        return how(counted, until).passes_to(until)

    return {
        "weights": n + 1,
        "backpropagation": learn(lambda c, until: descend(c, passes=most, lr=0.25, until=until)),
        "one weight at a time": learn(lambda c, until: perturb(c, passes=most, size=size, until=until, rng=rng)),
        "SPSA": learn(lambda c, until: spsa(c, passes=most, lr=0.25 / (n + 2), until=until, rng=rng)),
    }
