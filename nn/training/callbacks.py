"""Callbacks: functions that `nn.fit` calls after each epoch, with the training as it stands."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..checks import check_count, check_flag, check_text
from ..optim import Optimizer
from .history import History


class Training:
    """What a callback is given after each epoch.

    The `model` has its parameters of now, and may be changed. So may `optimizer.lr`. `history` has the rows of the
    epochs so far, of `epochs` altogether; `stop` ends the training.
    """

    def __init__(self, model: Any, optimizer: Optimizer, epochs: int) -> None:
        self.model, self.optimizer, self.epochs = model, optimizer, epochs
        self.history = History()

    def stop(self, reason: str = "a callback stopped the training") -> None:
        """End the training after this epoch; the `reason` is `history.stopped` then."""
        check_text("reason", reason)
        self.history.stopped = reason


Callback = Callable[[Training], Any]


class EarlyStopping:
    """The callback that ends training when `patience` epochs in a row have brought nothing better.

    It watches the column `monitor` of the history, where less is better, or more of an accuracy. With `restore`, the
    model has the parameters of its best epoch at the end, also where training went on to its last epoch; not where an
    exception ended it.

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
        self._best: list[float] = []  # the parameters then

    def __call__(self, training: Training) -> None:
        """Look at the latest epoch of `training`."""
        try:
            column = [math.inf if math.isnan(x) else x for x in training.history[self.monitor]]
        except KeyError as error:
            raise ValueError(f"EarlyStopping watches {self.monitor!r}: {error.args[0]}; see validation=") from None
        better = max if self.monitor.endswith("accuracy") else min
        self.best_epoch = 1 + column.index(better(column))
        if self.best_epoch == len(column):
            self._best = [p.data for p in training.model.parameters()]
        elif len(column) - self.best_epoch >= self.patience:
            best = column[self.best_epoch - 1]
            training.stop(f"{self.monitor} was best in epoch {self.best_epoch}, {best:.4g}")

    def end(self, training: Training) -> None:
        """Put the best parameters into the model, where that is asked for; `fit` calls this after the last epoch."""
        if self.restore:
            for p, best in zip(training.model.parameters(), self._best):
                p.data = best
