"""`fit`: training a model on samples."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import inf
from numbers import Integral, Real
from typing import Any

from autograd import no_grad

from ..checks import check_flag, check_number, check_rng
from ..module import Module
from ..optim import Optimizer
from ..schedules import Schedule
from ..shapes import shape_of
from ..shared import refuse_foreign
from .callbacks import Callback, Training
from .history import History
from .interrupts import run_to_end
from .loop import Loop, Settings
from .objectives import Compiled, Eager, Loss
from .samples import Samples, check_targets, samples


def fit(
    model: Module,
    X: Any,
    Y: Any,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int = 10,
    batch_size: int = 32,
    validation: tuple[Any, Any] | None = None,
    rng: random.Random | None = None,
    compiled: bool = True,
    clip: float | None = None,
    l2: float = 0.0,
    schedule: Schedule | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
) -> History:
    """Train `model` on the samples `X` and their targets `Y` to make the mean of loss(model(x), y) small.

    >>> import nn
    >>> X, Y = nn.data.xor()
    >>> model = nn.MLP(2, [8, 1], activation="tanh", rng=random.Random(0))
    >>> history = nn.fit(
    ...     model, X, Y, loss=nn.binary_cross_entropy, optimizer=nn.Adam(0.1), epochs=50, progress=False
    ... )
    >>> nn.predict(model, X), history["accuracy"][-1]
    (array([0, 1, 1, 0]), 1.0)

    - `X` has the shape (n, inputs) and `Y` (n,) or (n, outputs), as lists, arrays or data frames; `loss` is of one
      sample, such as `nn.cross_entropy`. Each of the `epochs` goes through all samples in an order that `rng` draws, by
      default random.Random(0), `batch_size` at a time. `validation` is a pair (X, Y) to measure on after each epoch.
    - `compiled=False` records the graph of each batch and sweeps back through it, with the same losses.
    - The optimiser minimises the mean loss of the batch plus `l2` · |θ|², where θ are all parameters; losses are
      reported without the latter. A gradient whose norm is above `clip` is scaled down to it. The learning rate is
      `optimizer.lr` times `schedule(epoch)`: see `nn.schedules`. The optimiser starts afresh in each `fit`.
    - `callbacks` are called with a `Training` after each epoch; those that have a method `end` with it at the end.
    - There is an accuracy where the loss is `cross_entropy`, `hinge` or, for labels 0 and 1, `binary_cross_entropy`.

    The model has its new parameters after each epoch and at the end, be that an exception or Ctrl-C, with gradients of
    0. A number that is not finite raises a NonFiniteError; then the parameters are the last ones whose loss and
    gradient were finite. A loss that does not depend on any parameter raises a ValueError.
    """
    _check_model(model, loss, optimizer)
    _check_options(epochs, batch_size, clip, l2, rng, schedule, callbacks)
    check_flag("compiled", compiled)
    check_flag("progress", progress)
    data, validation_data = _prepared(model, loss, X, Y, validation)
    batch = Samples(data.X[:batch_size], data.Y[:batch_size])
    objective = Compiled(model, loss, batch) if compiled else Eager(model, loss, data)
    settings = Settings(batch_size, inf if clip is None else clip, l2, schedule, rng or random.Random(0), progress)
    training = Training(model, optimizer, epochs)
    loop = Loop(training, objective, loss, data, validation_data, settings, callbacks)
    run_to_end(loop.run, loop.write)
    return training.history


def _check_model(model: Any, loss: Any, optimizer: Any) -> None:
    refuse_foreign(model, Module)
    refuse_foreign(optimizer, Optimizer)
    if not isinstance(model, Module) or not callable(model):
        raise TypeError(f"fit() trains a Module of nn that can be called, such as an MLP, not {type(model).__name__}")
    if not model.parameters():
        raise ValueError(
            f"there is nothing to train: {type(model).__name__} has no parameters, leaf Values in its fields"
        )
    if not callable(loss):
        raise TypeError(f"loss must be a function of outputs and target, such as nn.cross_entropy, got {loss!r}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one of nn, such as nn.Adam(0.001), got {optimizer!r}")


def _check_options(epochs: Any, batch_size: Any, clip: Any, l2: Any, rng: Any, schedule: Any, callbacks: Any) -> None:
    for name, number in (("epochs", epochs), ("batch_size", batch_size)):
        if not isinstance(number, Integral) or isinstance(number, bool) or int(number) < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {number!r}")
    if clip not in (None, inf):
        check_number("clip", clip, positive=True)
    check_number("l2", l2)
    if rng is not None:
        check_rng(rng)
    if not (schedule is None or callable(schedule)):
        raise TypeError(f"schedule must be a function of the epoch, such as nn.linear_decay(20), got {schedule!r}")
    if not isinstance(callbacks, (list, tuple)) or not all(callable(f) and not isinstance(f, type) for f in callbacks):
        raise TypeError(f"callbacks must be a list of functions, got {callbacks!r}")


def _prepared(model: Any, loss: Loss, X: Any, Y: Any, validation: Any) -> tuple[Samples, Samples | None]:
    """Return the samples to train on and those of `validation`, checked to suit the model and its loss."""
    data = samples(X, Y)
    with no_grad():
        outputs = _first_outputs(model, data)
        data = check_targets(loss, data, outputs)
        _check_loss(loss, outputs, data.Y[0].tolist())
    return data, None if validation is None else _validation_samples(loss, validation, data, outputs)


def _first_outputs(model: Any, data: Samples) -> Any:
    try:
        outputs = model(data.X[0].tolist())
    except (TypeError, ValueError, LookupError) as error:
        raise ValueError(f"the model cannot read X[0], of shape {data.X.shape[1:]}: {error}") from error
    if outputs is None:
        raise TypeError("model(x) gives None: __call__ has to return what it computes")
    return outputs


def _check_loss(loss: Loss, outputs: Any, target: Any) -> None:
    try:
        value = loss(outputs, target)
    except (TypeError, ValueError, LookupError) as error:
        shapes = f"outputs of shape {shape_of(outputs)} for X[0] and Y[0] of shape {shape_of(target)}"
        raise ValueError(f"the loss fails for {shapes}: {error}") from error
    if not isinstance(value, Real):
        raise TypeError(f"loss(model(x), y) must be one number, got {type(value).__name__}")


def _validation_samples(loss: Loss, validation: Any, data: Samples, outputs: Any) -> Samples:
    if not isinstance(validation, (list, tuple)) or len(validation) != 2:
        raise TypeError(f"validation is a pair (X, Y) of samples and targets, not {type(validation).__name__}")
    validation_data = check_targets(loss, samples(validation[0], validation[1], "validation "), outputs, "validation ")
    for name, ours, theirs in zip("XY", data, validation_data):
        if ours.shape[1:] != theirs.shape[1:]:
            raise ValueError(
                f"each entry of validation {name} has the shape {theirs.shape[1:]}, but of {name} {ours.shape[1:]}"
            )
    return validation_data
