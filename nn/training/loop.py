"""The training loop: batches, optimiser steps, and measurements after each epoch."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from ..checks import check_number
from ..evaluation import accuracy_of
from ..optim import Memory
from ..schedules import Schedule
from .callbacks import Callback, Training
from .history import format_number
from .nonfinite import NonFiniteError, find_fault
from .objectives import Loss, Objective, numbers, write
from .samples import Array, Samples, are_labels


class Batch(NamedTuple):
    """A batch: its epoch and its number in the epoch, both from 1, its samples, and their indices in the data."""

    epoch: int
    number: int
    X: Array
    Y: Array
    indices: Sequence[int]


@dataclass(eq=False)
class Loop:
    """The training loop, with the options of `fit`; a `clip` of inf means no clipping.

    The array `theta` holds the parameters. A step replaces the whole array, so an exception at any moment leaves the
    parameters of a complete step. `good` holds the latest parameters whose loss and gradient are known to be finite.
    """

    training: Training
    objective: Objective
    loss: Loss
    data: Samples
    validation_data: Samples | None
    callbacks: Sequence[Callback]
    batch_size: int
    clip: float
    l2: float
    schedule: Schedule | None
    rng: random.Random
    progress: bool

    def __post_init__(self) -> None:
        self.parameters = self.training.model.parameters()
        self.theta = self.good = numbers(self.parameters)
        self.memory: Memory = ()
        self.steps, self.lr = 0, self.training.optimizer.lr

    def run(self) -> None:
        """Train until the last epoch, or until a callback stops the training."""
        epochs, history = self.training.epochs, self.training.history
        with _bar(epochs * len(self.data.X), self.progress) as bar:
            for epoch in range(1, epochs + 1):
                bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
                self._run_epoch(epoch, bar)
                self._call(self.callbacks)
                if history.stopped:
                    break
            self._call([callback.end for callback in self.callbacks if hasattr(callback, "end")])

    def write(self) -> None:
        """Write the parameters to the model."""
        write(self.parameters, self.theta)

    def _call(self, callbacks: Sequence[Callback]) -> None:
        """Call `callbacks`, which may change the parameters in the model."""
        for callback in callbacks:
            callback(self.training)
        if callbacks:
            self.theta = numbers(self.parameters)

    def _run_epoch(self, epoch: int, bar: Any) -> None:
        start, total = perf_counter(), 0.0
        for batch in self._batches(epoch):
            total += self._step(batch) * len(batch.indices)
            bar.update(len(batch.indices))
        self.write()
        with np.errstate(all="ignore"):
            row = {"epoch": epoch, "loss": total / len(self.data.X), **self._measured()}
        self.training.history.append({**row, "lr": self.lr, "seconds": perf_counter() - start})
        bar.set_postfix(_brief(row), refresh=False)

    def _measured(self) -> dict[str, float]:
        """Return the accuracy and the validation results, for the current parameters of the model."""
        found = {}
        for prefix, data in (("", self.data), ("validation_", self.validation_data)):
            if data and prefix:
                found[f"{prefix}loss"] = self.objective.value(*data)
            if data and are_labels(self.loss, data.Y):
                found[f"{prefix}accuracy"] = accuracy_of(self.objective.outputs(data.X), data.Y)
        return found

    def _batches(self, epoch: int) -> Iterator[Batch]:
        order = list(range(len(self.data.X)))
        self.rng.shuffle(order)
        X, Y = self.data.X[order], self.data.Y[order]
        size = self.batch_size
        for number, i in enumerate(range(0, len(order), size), start=1):
            self.lr = self._rate(epoch - 1 + i / len(order))
            yield Batch(epoch, number, X[i : i + size], Y[i : i + size], order[i : i + size])

    def _rate(self, epoch: float) -> float:
        lr = self.training.optimizer.lr
        return lr * check_number(f"schedule({epoch:g})", self.schedule(epoch)) if self.schedule else lr

    def _step(self, batch: Batch) -> float:
        """Make one step, and return the mean loss before it."""
        with np.errstate(all="ignore"):
            try:
                loss, gradient = self.objective.value_and_grad(self.theta, batch.X, batch.Y)
            except (ValueError, LookupError) as error:  # for example, the loss refuses a label
                error.add_note(f"in epoch {batch.epoch}, batch {batch.number}, samples X[i] for i in {batch.indices}")
                raise
            if not (isfinite(loss) and _all_finite(gradient)):
                raise self._fault(batch, loss)
            self.good = self.theta
            self.steps += 1
            if self.l2:
                gradient = gradient + 2 * self.l2 * self.theta
            gradient = self._bounded(gradient)
            rule = self.training.optimizer.rule
            theta, self.memory = rule(self.theta, gradient, self.memory, self.steps, self.lr)
            if not _all_finite(theta):
                raise self._overflow(batch, theta)
            self.theta = theta
        return loss

    def _bounded(self, gradient: Array) -> Array:
        """Scale `gradient` down to the norm `clip`, if its norm is larger."""
        if self.clip == inf:
            return gradient
        largest = np.abs(gradient).max() or 1.0  # after division by it, squares cannot overflow
        norm = largest * np.linalg.norm(gradient / largest)
        return gradient * (self.clip / norm) if norm > self.clip else gradient

    def _fault(self, batch: Batch, loss: float) -> NonFiniteError:
        """Return the error for a loss or gradient that is not finite, and go back to the last good parameters."""
        theta, self.theta = self.theta, self.good
        write(self.parameters, theta)
        samples = zip(batch.X.tolist(), batch.Y.tolist())
        found = find_fault(self.loss(self.training.model(x), y) for x, y in samples)
        what = "the gradient is not finite" if isfinite(loss) else f"the loss is {loss}"
        if not found:
            return NonFiniteError(f"{what}, but finite for each single sample", batch.epoch, batch.number)
        i, node, description = found
        index, problem = batch.indices[i], f"{what}, first for the sample X[{batch.indices[i]}]: {description}"
        return NonFiniteError(problem, batch.epoch, batch.number, index, node)

    def _overflow(self, batch: Batch, theta: Array) -> NonFiniteError:
        i = int(np.argmin(np.isfinite(theta)))
        name, p = list(self.training.model.named_parameters())[i]
        problem = f"the step would set the parameter {name} to {theta[i]}: use a smaller learning rate, or clip="
        return NonFiniteError(problem, batch.epoch, batch.number, node=p)


def _all_finite(array: Array) -> bool:
    return int(np.count_nonzero(np.isfinite(array))) == array.size  # twice as fast as np.isfinite(array).all()


def _brief(row: dict[str, Any]) -> dict[str, str]:
    """Return the numbers for the progress bar: loss, accuracy, and one number for the validation samples."""
    validation = "validation_accuracy" if "validation_accuracy" in row else "validation_loss"
    columns = {"loss": "loss", "accuracy": "accuracy", "validation": validation}
    return {name: format_number(column, row[column]) for name, column in columns.items() if column in row}


def _bar(total: int, shown: bool) -> Any:
    """Return a progress bar for `total` samples: a widget in a notebook with ipywidgets, otherwise text on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a notebook without ipywidgets
        from tqdm.auto import tqdm  # type: ignore[import-untyped]
    return tqdm(total=total, unit=" samples", disable=not shown, dynamic_ncols=True, mininterval=0.5)
