"""Callbacks: functions that `nn.fit` calls after each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..checks import check_count, check_flag, check_text
from ..optim import Optimizer
from .history import History


class Training:
    """The state of a training after an epoch, which is passed to callbacks.

    A callback may change the parameters of `model` and `optimizer.lr`, and may call `stop`. `history` has a row for
    each epoch so far; `epochs` is the number of epochs planned.
    """

    def __init__(self, model: Any, optimizer: Optimizer, epochs: int) -> None:
        self.model, self.optimizer, self.epochs = model, optimizer, epochs
        self.history = History()

    def stop(self, reason: str = "a callback stopped the training") -> None:
        """End the training after this epoch, and set `history.stopped` to the `reason`."""
        check_text("reason", reason)
        self.history.stopped = reason


Callback = Callable[[Training], Any]


class EarlyStopping:
    """A callback that stops the training after `patience` epochs without improvement.

    It watches the column `monitor` of the history; lower is better, but for an accuracy higher is. With `restore`, the
    model gets the parameters of its best epoch when the training ends, unless an exception ends it.

    >>> import random
    >>> import nn
    >>> X, Y = nn.data.moons(80, rng=random.Random(0))
    >>> learn, test = nn.data.split(X, Y, held_out=0.5, rng=random.Random(0))
    >>> model = nn.MLP(2, [8, 1], rng=random.Random(0))
    >>> history = nn.fit(model, *learn, loss=nn.binary_cross_entropy, optimizer=nn.Adam(0.2), epochs=200,
    ...                  validation=test, callbacks=[EarlyStopping(patience=5)], progress=False)
    >>> len(history) < 200, history.stopped.startswith("validation_loss was best in epoch")
    (True, True)
    """

    def __init__(self, patience: int = 5, restore: bool = True, monitor: str = "validation_loss") -> None:
        check_count("patience", patience)
        check_flag("restore", restore)
        check_text("monitor", monitor)
        self.patience, self.restore, self.monitor = patience, restore, monitor
        self.best_epoch = 0
        self._best: list[float] = []  # the parameters after the best epoch

    def __call__(self, training: Training) -> None:
        """Stop the `training` if the last epochs brought no improvement."""
        try:
            column = [math.inf if math.isnan(x) else x for x in training.history[self.monitor]]
        except KeyError:
            names = ", ".join(training.history.rows()[-1])
            hint = "validation columns need validation=(X, Y)"
            raise ValueError(f"monitor must be one of {names}, got {self.monitor!r}; {hint}") from None
        better = max if self.monitor.endswith("accuracy") else min
        self.best_epoch = 1 + column.index(better(column))
        if self.best_epoch == len(column):
            self._best = [p.data for p in training.model.parameters()]
        elif len(column) - self.best_epoch >= self.patience:
            training.stop(f"{self.monitor} was best in epoch {self.best_epoch}, {better(column):.4g}")

    def end(self, training: Training) -> None:
        """Restore the best parameters, if `restore` is set; `fit` calls this after the last epoch."""
        if self.restore:
            for p, best in zip(training.model.parameters(), self._best):
                p.data = best
