"""The weight table: one neuron, one weight, and the error that each weight makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd import Value, total

from .records import Records

INPUTS = (0, 1, 2, 3)
DESIRED = (0, 2, 4, 6)
WEIGHTS = (4, 3, 2)


def weight_table(
    weights: Sequence[float] = WEIGHTS, inputs: Sequence[float] = INPUTS, desired: Sequence[float] = DESIRED
) -> Records:
    """Return a table of the outputs w · input and their errors, for each of the `weights`.

    The column "w = 4" has the outputs at that weight. An error is output - desired; the next column has the squares of
    the errors, and the last row their sums.

    >>> weight_table([4, 3], inputs=[0, 3, 9, 27], desired=[0, 6, 18, 54])
    input  desired  w = 4  error (4)  error² (4)  w = 3  error (3)  error² (3)
        0        0      0          0           0      0          0           0
        3        6     12          6          36      9          3           9
        9       18     36         18         324     27          9          81
       27       54    108         54        2916     81         27         729
      sum                                   3276                           819

    At w = 2 all errors are 0. The default inputs 0, 1, 2, 3 are smaller, with desired outputs 0, 2, 4, 6, so that
    gradient descent works with everyday learning rates.
    """
    _check(inputs, desired)
    rows = [{"input": x, "desired": d} | _at_each(weights, x, d) for x, d in zip(inputs, desired)]
    sums = {head: sum(row[head] for row in rows) if head.startswith("error²") else None for head in rows[0]}
    return Records([*rows, sums | {"input": "sum"}])


def _at_each(weights: Sequence[float], x: float, d: float) -> dict[str, float]:
    cells: dict[str, float] = {}
    for w in weights:
        error = w * x - d
        cells |= {f"w = {w:g}": w * x, f"error ({w:g})": error, f"error² ({w:g})": error**2}
    return cells


class Guess(NamedTuple):
    """A `weight`, the `error` that it makes (the sum of squares), and the `gradient` of the error there."""

    weight: float
    error: float
    gradient: float


def look(weight: float, inputs: Sequence[float] = INPUTS, desired: Sequence[float] = DESIRED) -> Guess:
    """Compute the error of the `weight`, Σ (w · input - desired)², and its gradient by `backward`.

    >>> look(4.0)
    Guess(weight=4.0, error=56.0, gradient=56.0)
    """
    _check(inputs, desired)
    w = Value(weight, "w")
    error: Value = total([(w * x - d) ** 2 for x, d in zip(inputs, desired)])
    error.backward()
    return Guess(w.data, error.data, w.grad)


def find_weight(
    start: float = 4.0,
    *,
    lr: float = 0.01,
    rounds: int = 30,
    inputs: Sequence[float] = INPUTS,
    desired: Sequence[float] = DESIRED,
) -> list[Guess]:
    """Return the trail of gradient descent from the weight `start`: in each of the `rounds`, w -= lr · gradient.

    >>> trail = find_weight()
    >>> [round(guess.weight, 3) for guess in trail[:4]], round(trail[-1].weight, 3)
    ([4.0, 3.44, 3.037, 2.746], 2.0)

    The error is a parabola, whose curvature is 2 · Σ input²: above lr = 2 / curvature each step makes it grow.
    """
    trail = [look(start, inputs, desired)]
    for _ in range(rounds):
        trail.append(look(trail[-1].weight - lr * trail[-1].gradient, inputs, desired))
    return trail


def _check(inputs: Sequence[float], desired: Sequence[float]) -> None:
    if len(inputs) != len(desired) or not len(inputs):
        raise ValueError(f"each input needs a desired output, but there are {len(inputs)} and {len(desired)}")
