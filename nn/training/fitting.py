"""`fit`: train a model on samples."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import inf
from numbers import Real
from typing import Any

from autograd import no_grad

from ..checks import check_count, check_flag, check_number, check_rng
from ..module import Module
from ..optim import Optimizer
from ..schedules import Schedule
from ..shapes import shape_of
from ..shared import refuse_foreign
from .callbacks import Callback, Training
from .history import History
from .interrupts import run_to_end
from .loop import Loop
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
    """Train `model` on the samples `X` and targets `Y` by minimising the mean of loss(model(x), y).

    >>> import nn
    >>> X, Y = nn.data.xor()
    >>> model = nn.MLP(2, [8, 1], activation="tanh", rng=random.Random(0))
    >>> history = nn.fit(
    ...     model, X, Y, loss=nn.binary_cross_entropy, optimizer=nn.Adam(0.1), epochs=50, progress=False
    ... )
    >>> nn.predict(model, X), history["accuracy"][-1]
    (array([0, 1, 1, 0]), 1.0)

    - `X` has shape (n, inputs), and `Y` has shape (n,) or (n, outputs): lists, arrays or data frames.
    - `loss` is a function of the outputs and the target of one sample, such as `nn.cross_entropy`.
    - Each of the `epochs` visits all samples in batches of `batch_size`, in an order drawn by `rng`, by default
      random.Random(0). `validation` is a pair (X, Y) to evaluate after each epoch.
    - `compiled=False` records and differentiates the graph of each batch, with the same results.
    - `l2` · |θ|² is added to the mean loss, where θ are all parameters; reported losses do not include it. A gradient
      with a norm above `clip` is scaled down to it. The learning rate is `optimizer.lr` times `schedule(epoch)`: see
      `nn.schedules`. Each `fit` starts the optimiser afresh.
    - Each of the `callbacks` is called with a `Training` after each epoch, and its method `end`, if any, at the end.
    - The accuracy is measured for `cross_entropy`, for `hinge`, and for `binary_cross_entropy` with labels 0 and 1.

    The model has its new parameters after each epoch and when training ends, also by an exception or Ctrl-C; its
    gradients are 0 then. Raise NonFiniteError if a number is not finite; the model keeps the last parameters with a
    finite loss and gradient. Raise ValueError if the loss depends on no parameter.
    """
    _check_model(model, loss, optimizer)
    _check_options(epochs, batch_size, clip, l2, rng, schedule, callbacks)
    check_flag("compiled", compiled)
    check_flag("progress", progress)
    data, validation_data = _prepared(model, loss, X, Y, validation)
    batch = Samples(data.X[:batch_size], data.Y[:batch_size])
    objective = Compiled(model, loss, batch) if compiled else Eager(model, loss, data)
    training = Training(model, optimizer, epochs)
    options = batch_size, inf if clip is None else clip, l2, schedule, rng or random.Random(0), progress
    loop = Loop(training, objective, loss, data, validation_data, callbacks, *options)
    run_to_end(loop.run, loop.write)
    return training.history


def _check_model(model: Any, loss: Any, optimizer: Any) -> None:
    refuse_foreign(model, Module)
    refuse_foreign(optimizer, Optimizer)
    if not isinstance(model, Module) or not callable(model):
        raise TypeError(f"model must be a callable Module, such as nn.MLP(2, [4, 1]), got {type(model).__name__}")
    if not model.parameters():
        raise ValueError(f"model must have parameters, which are leaf Values in its fields, got {type(model).__name__}")
    if not callable(loss):
        raise TypeError(f"loss must be a function of outputs and target, such as nn.cross_entropy, got {loss!r}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an nn.Optimizer, such as nn.Adam(0.001), got {optimizer!r}")


def _check_options(epochs: Any, batch_size: Any, clip: Any, l2: Any, rng: Any, schedule: Any, callbacks: Any) -> None:
    check_count("epochs", epochs)
    check_count("batch_size", batch_size)
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
    """Return the training and validation samples, checked against the model and its loss."""
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
        raise ValueError(f"the model fails for X[0], of shape {data.X.shape[1:]}: {error}") from error
    if outputs is None:
        raise TypeError("model(x) must return the outputs, got None: does __call__ return them?")
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
        raise TypeError(f"validation must be a pair (X, Y) of samples and targets, got {type(validation).__name__}")
    X, Y = validation
    validation_data = check_targets(loss, samples(X, Y, "validation "), outputs, "validation ")
    for name, ours, theirs in zip("XY", data, validation_data):
        if ours.shape[1:] != theirs.shape[1:]:
            wanted = f"shape {ours.shape[1:]}, as in {name}"
            raise ValueError(f"each entry of validation {name} must have {wanted}, got {theirs.shape[1:]}")
    return validation_data
