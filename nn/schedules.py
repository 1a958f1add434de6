"""Learning rate schedules: functions of the epoch that return a factor for the learning rate.

The epoch is counted from 0, with fractions for batches: 2.5 is the middle of the third epoch. Any such function is a
schedule: `lambda epoch: 0.9**epoch` decays, and `lambda epoch: min(1.0, (epoch + 0.1) / 3)` warms up.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import cos, pi

from .checks import check_number

Schedule = Callable[[float], float]


def linear_decay(epochs: float, last: float = 0.0) -> Schedule:
    """Return a schedule that falls linearly from 1 to `last` over `epochs`, and stays there.

    The factor is 1 - (1 - last) · epoch / epochs.

    >>> [linear_decay(4)(epoch) for epoch in (0, 1, 2, 4, 5)]
    [1.0, 0.75, 0.5, 0.0, 0.0]
    """
    check_number("epochs", epochs, positive=True)
    check_number("last", last)
    return partial(_linear, epochs, last)  # unlike a lambda, can be pickled


def cosine_decay(epochs: float, last: float = 0.0) -> Schedule:
    """Return a schedule that falls from 1 to `last` over `epochs` along half a cosine, and stays there.

    The factor is last + (1 - last) · (1 + cos(π · epoch / epochs)) / 2 (Loshchilov and Hutter, 2017).

    >>> [round(cosine_decay(4)(epoch), 3) for epoch in (0, 1, 2, 4, 5)]
    [1.0, 0.854, 0.5, 0.0, 0.0]
    """
    check_number("epochs", epochs, positive=True)
    check_number("last", last)
    return partial(_cosine, epochs, last)


def step_decay(factor: float, every: float) -> Schedule:
    """Return a schedule that is multiplied by `factor` after each `every` epochs.

    >>> [step_decay(0.5, every=2)(epoch) for epoch in (0, 1.9, 2, 4)]
    [1.0, 1.0, 0.5, 0.25]
    """
    check_number("factor", factor, positive=True)
    check_number("every", every, positive=True)
    return partial(_step, factor, every)


def _linear(epochs: float, last: float, epoch: float) -> float:
    return 1 - (1 - last) * min(epoch / epochs, 1.0)


def _cosine(epochs: float, last: float, epoch: float) -> float:
    return last + (1 - last) * (1 + cos(pi * min(epoch / epochs, 1.0))) / 2


def _step(factor: float, every: float, epoch: float) -> float:
    return float(factor ** (epoch // every))
