"""The weight table: one neuron with one weight, and the error at each weight."""

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
    """Return a table of the outputs w · input, the errors and the squared errors for each of the `weights`.

    An error is output - desired. The last row has the sums of the squared errors.

    >>> weight_table([4, 3], inputs=[0, 3, 9, 27], desired=[0, 6, 18, 54])
    input  desired  w = 4  error (4)  error² (4)  w = 3  error (3)  error² (3)
        0        0      0          0           0      0          0           0
        3        6     12          6          36      9          3           9
        9       18     36         18         324     27          9          81
       27       54    108         54        2916     81         27         729
      sum                                   3276                           819

    At w = 2 all errors are 0. The default inputs are smaller, so that gradient descent works with the usual learning
    rates.
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
    """A `weight`, its `error` (the sum of squared errors), and the `gradient` of the error."""

    weight: float
    error: float
    gradient: float


def guess_at(weight: float, inputs: Sequence[float] = INPUTS, desired: Sequence[float] = DESIRED) -> Guess:
    """Compute the error of the `weight`, Σ (w · input - desired)², and its gradient by `backward`.

    >>> guess_at(4.0)
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
    """Find the weight by gradient descent from `start`, and return the guesses: each round does w -= lr · gradient.

    >>> trail = find_weight()
    >>> [round(guess.weight, 3) for guess in trail[:4]], round(trail[-1].weight, 3)
    ([4.0, 3.44, 3.037, 2.746], 2.0)

    The error is a parabola with the curvature 2 · Σ input². It grows at each step if lr > 2 / curvature.
    """
    trail = [guess_at(start, inputs, desired)]
    for _ in range(rounds):
        trail.append(guess_at(trail[-1].weight - lr * trail[-1].gradient, inputs, desired))
    return trail


def _check(inputs: Sequence[float], desired: Sequence[float]) -> None:
    if len(inputs) != len(desired) or not len(inputs):
        raise ValueError(f"inputs and desired must have the same nonzero length, got {len(inputs)} and {len(desired)}")
