"""How estimators and commands train, where nobody says more: Adam, a rate that falls to 0, some 1,000 steps."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ..layers import MLP
from ..optim import Adam
from ..schedules import linear_decay
from ..training.callbacks import Callback
from ..training.fitting import fit
from ..training.history import History
from ..training.objectives import Loss


def fit_as_usual(
    model: MLP,
    X: Any,
    Y: Any,
    *,
    loss: Loss,
    epochs: int | None,
    batch_size: int,
    lr: float,
    l2: float,
    rng: random.Random,
    validation: tuple[Any, Any] | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
) -> History:
    """Train `model` on the samples `X` and the targets `Y` as `fit` does, by Adam, whose rate falls from `lr` to 0.

    If `epochs` is None, there are as many as `usual_epochs` says.

    >>> from nn import mean_squared_error
    >>> model = MLP(1, [1], rng=random.Random(0))
    >>> history = fit_as_usual(
    ...     model, [[0.0], [1.0]], [1.0, 3.0], loss=mean_squared_error, epochs=None, batch_size=2, lr=0.1, l2=0.0,
    ...     rng=random.Random(0), progress=False,
    ... )
    >>> len(history), round(model([2.0]).data, 2)
    (300, 5.0)
    """
    epochs = usual_epochs(len(X), batch_size) if epochs is None else epochs
    return fit(
        model,
        X,
        Y,
        loss=loss,
        optimizer=Adam(lr),
        epochs=epochs,
        batch_size=batch_size,
        validation=validation,
        rng=rng,
        l2=l2,
        schedule=linear_decay(epochs),
        callbacks=callbacks,
        progress=progress,
    )


def usual_epochs(n: int, batch_size: int) -> int:
    """Return how many epochs to train on `n` samples if nobody says: 1,000 steps of a batch, but 20 to 300 epochs.

    >>> usual_epochs(100, 32), usual_epochs(1438, 32), usual_epochs(100_000, 32)
    (300, 22, 20)
    """
    return min(max(1000 * batch_size // n, 20), 300)
