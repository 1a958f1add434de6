"""Callbacks: what they are given, what they may change, and early stopping."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import nn
from autograd import Value
from nn.training.callbacks import EarlyStopping, Training


class Line(nn.Module):
    """w · x, which the targets below pull to 3, or to 5 where it is validated."""

    def __init__(self) -> None:
        self.w = Value(0.0)

    def __call__(self, x: Any) -> Any:
        return self.w * x


def train(model: nn.Module, **options: Any) -> nn.History:
    known = {"loss": nn.mean_squared_error, "optimizer": nn.SGD(0.1), "epochs": 30, "progress": False}
    return nn.fit(model, [1.0], [5.0], **{**known, **options})


@pytest.mark.parametrize("compiled", [True, False])
def test_what_a_callback_sees(compiled: bool) -> None:
    model, optimizer = Line(), nn.SGD(0.1)
    seen: list[tuple[int, float]] = []

    def look(training: Training) -> None:
        assert training.model is model
        assert training.optimizer is optimizer
        assert training.epochs == 3
        seen.append((training.history["epoch"][-1], model.w.data))

    history = train(model, optimizer=optimizer, epochs=3, callbacks=[look], compiled=compiled)
    assert seen == [(1, pytest.approx(1.0)), (2, pytest.approx(1.8)), (3, pytest.approx(2.44))]
    assert history["loss"] == pytest.approx([25.0, 16.0, 10.24])


def test_a_callback_may_stop() -> None:
    history = train(Line(), callbacks=(lambda training: len(training.history) < 4 or training.stop("enough"),))
    assert (len(history), history.stopped) == (4, "enough")
    assert train(Line(), callbacks=[Training.stop]).stopped == "a callback stopped the training"


@pytest.mark.parametrize("compiled", [True, False])
def test_a_callback_may_change_the_model_and_the_rate(compiled: bool) -> None:
    model = Line()

    def change(training: Training) -> None:
        training.model.w.data = 4.0
        training.optimizer.lr = 0.25

    history = train(model, epochs=2, callbacks=[change], compiled=compiled)
    assert history["lr"] == [0.1, 0.25]
    assert history["loss"] == [25.0, 1.0]
    assert model.w.data == 4.0


@pytest.mark.parametrize(("restore", "kept"), [(True, 0.3), (False, 0.6)])
def test_early_stopping(restore: bool, kept: float) -> None:
    """Each epoch w goes up by 0.1, and 0.3 is best for the samples held out."""
    model, stopping = Line(), EarlyStopping(patience=3, restore=restore)
    history = train(model, clip=1.0, validation=([1.0], [0.31]), callbacks=[stopping])
    assert history.stopped == "validation_loss was best in epoch 3, 0.0001"
    assert stopping.best_epoch == 3
    assert len(history) == 6
    assert model.w.data == pytest.approx(kept)


def test_the_best_is_restored_where_all_epochs_are_run_and_where_another_callback_stops() -> None:
    for others in ([], [lambda training: len(training.history) == 5 and training.stop("enough")]):
        model = Line()
        history = train(model, epochs=5, clip=1.0, validation=([1.0], [0.3]), callbacks=[EarlyStopping(), *others])
        assert history.stopped == ("enough" if others else "")
        assert model.w.data == pytest.approx(0.3)


def test_it_can_be_used_again() -> None:
    stopping = EarlyStopping(patience=2)
    runs = [train(Line(), clip=1.0, validation=([1.0], [0.3]), callbacks=[stopping]) for _ in range(2)]
    assert runs[0]["loss"] == runs[1]["loss"]


def watched(column: list[float], monitor: str) -> tuple[int, bool]:
    """The best epoch, and whether training was stopped, where `monitor` takes these values."""
    training, stopping = Training(Line(), nn.SGD(), len(column)), EarlyStopping(patience=2, monitor=monitor)
    for x in column:
        training.history.append({monitor: x})
        stopping(training)
    return stopping.best_epoch, bool(training.history.stopped)


def test_what_is_better() -> None:
    assert watched([3.0, 1.0, 2.0], "loss") == (2, False)
    assert watched([0.5, 0.75, 0.5, 0.7], "validation_accuracy") == (2, True)
    assert watched([1.0, 1.0, 1.0], "loss") == (1, True), "as good is not better"
    assert watched([math.nan, 2.0, math.nan], "validation_loss") == (2, False)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("wrong", [-0.1, math.nan, math.inf, "fast"])
def test_a_callback_cannot_set_a_wrong_rate(wrong: Any, compiled: bool) -> None:
    model = Line()

    def spoil(training: Training) -> None:
        training.optimizer.lr = wrong

    with pytest.raises(ValueError, match="lr must be a number of at least 0, got"):
        train(model, callbacks=[spoil], compiled=compiled)
    assert model.w.data == pytest.approx(1.0), "as after the first epoch"


def test_a_rate_may_fall_to_zero() -> None:
    def fall(training: Training) -> None:
        training.optimizer.lr = 0

    assert train(Line(), epochs=3, callbacks=[fall])["lr"] == [0.1, 0.0, 0.0]


def test_mistakes_are_named() -> None:
    for wrong in ("", None, 3):
        with pytest.raises(TypeError, match="reason must be a non-empty string, got"):
            train(Line(), callbacks=[lambda training, reason=wrong: training.stop(reason)])
        with pytest.raises(TypeError, match="monitor must be a non-empty string, got"):
            EarlyStopping(monitor=wrong)
    with pytest.raises(TypeError, match="restore must be True or False, got str: 'no'"):
        EarlyStopping(restore="no")
    with pytest.raises(ValueError, match="patience must be at least 1, got 0"):
        EarlyStopping(patience=0)
    with pytest.raises(
        ValueError, match="must be one of epoch, loss, lr, seconds, got 'validation_loss'; .* validation="
    ):
        train(Line(), callbacks=[EarlyStopping()])


def test_it_helps_a_net_that_overfits() -> None:
    X, Y = nn.data.moons(60, noise=0.4, rng=random.Random(0))
    learn, test = nn.data.split(X, Y, held_out=0.5, rng=random.Random(0))
    model = nn.MLP(2, [16, 1], activation="tanh", rng=random.Random(0))
    options = {"loss": nn.binary_cross_entropy, "optimizer": nn.Adam(0.1), "validation": test, "progress": False}
    history = nn.fit(model, *learn, epochs=300, callbacks=[EarlyStopping(patience=10)], **options)
    assert len(history) < 300
    held = nn.binary_cross_entropy([model(x) for x in test[0]], test[1]).data
    assert held == pytest.approx(min(history["validation_loss"]))
