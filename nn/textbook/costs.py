"""Measure the cost of a gradient and of learning, in forward passes, as the number of weights grows."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from timeit import timeit
from typing import Any

from tqdm import tqdm

from autograd import mean

from ..layers import MLP
from ..losses import mean_squared_error
from .delta_rule import Adaline
from .perturbation import CountedLoss, Trail, descend, gradient_by_perturbation, perturb, spsa
from .records import Records

_SAMPLES = 32
_GOAL = 0.01  # fraction of the initial loss


def costs_of_a_gradient(
    widths: Sequence[int] = (2, 4, 8, 16, 32), *, rng: random.Random, repeats: int = 15, progress: bool = True
) -> Records:
    """Measure the cost of a gradient in forward passes, for MLPs with two hidden layers of each width in `widths`.

    Each row has the number of weights and the passes counted when each weight is moved alone. The other columns are
    times, divided by that of a forward pass (minima of `repeats`): for moving each weight, and for backpropagation,
    compiled and as a graph of scalars. The MLPs have 2 inputs and 1 output; `rng` draws weights and 32 samples.

    >>> table = costs_of_a_gradient([1, 2], rng=random.Random(0), repeats=1, progress=False)
    >>> table.column("weights"), table.column("each weight moved, counted")
    ([7, 15], [8, 16])
    """
    bar = tqdm(widths, unit=" nets", leave=False, disable=not progress)
    models = (MLP(2, [width, width, 1], activation="tanh", rng=rng) for width in bar)
    return Records(_costs(model, rng, repeats) for model in models)


def _costs(model: MLP, rng: random.Random, repeats: int) -> dict[str, float]:
    X = [[rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)] for _ in range(_SAMPLES)]
    Y = [rng.gauss(0.0, 1.0) for _ in X]
    counted = CountedLoss(model, X, Y, loss=mean_squared_error)
    counted.backward()  # compiles the loss before it is timed
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
    """Return the minimum time of a call of each function in seconds, calling the functions in turn."""
    return list(map(min, zip(*([timeit(f, number=1) for f in functions] for _ in range(repeats)))))


def passes_to_learn(
    counts: Sequence[int] = (4, 8, 16, 32, 64), *, rng: random.Random, progress: bool = True
) -> Records:
    """Count the passes that a linear neuron needs to learn the weights of another; `counts` are numbers of weights.

    Weights and bias start at 0; the goal is 1/100 of the initial loss. There are 8 random samples for each weight,
    drawn from `rng`. With n weights, the learning rate is 1/4 for backpropagation and about 1/(4n) for SPSA, and single
    weights are changed with a standard deviation of 1/√n.

    >>> passes_to_learn([4, 16], rng=random.Random(0), progress=False).column("backpropagation")
    [12.0, 15.0]
    """
    return Records(_passes(n, rng) for n in tqdm(counts, unit=" nets", leave=False, disable=not progress))


def _passes(n: int, rng: random.Random) -> dict[str, float | None]:
    size = n**-0.5
    X = [[rng.gauss(0.0, 1.0) for _ in range(n)] for _ in range(8 * n)]
    known = [rng.gauss(0.0, size) for _ in range(n)]
    Y = [sum(w * a for w, a in zip(known, x)) for x in X]
    limit = 500 * n

    def passes(learn: Callable[[CountedLoss, float], Trail]) -> float | None:
        counted = CountedLoss(Adaline(n), X, Y, loss=mean_squared_error)
        goal = _GOAL * counted.look()
        return learn(counted, goal).passes_to(goal)

    return {
        "weights": n + 1,
        "backpropagation": passes(lambda c, goal: descend(c, passes=limit, lr=0.25, until=goal)),
        "one weight at a time": passes(lambda c, goal: perturb(c, passes=limit, size=size, until=goal, rng=rng)),
        "SPSA": passes(lambda c, goal: spsa(c, passes=limit, lr=0.25 / (n + 2), until=goal, rng=rng)),
    }
