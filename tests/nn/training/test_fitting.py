"""`fit`: what it computes, what it refuses, and what it leaves behind, however it ends."""

from __future__ import annotations

import math
import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, detach, exp, log, mean, relu, sqrt, total, where
from nn.schedules import linear_decay
from nn.training.callbacks import Training
from nn.training.interrupts import run_to_end
from nn.training.nonfinite import NonFiniteError

MOONS = nn.data.moons(40, rng=random.Random(0))
MORE_MOONS = nn.data.moons(24, rng=random.Random(1))
PACKAGES = tuple(os.path.dirname(package.__file__) for package in (nn, autograd))


def mlp(nin: int = 2, widths: tuple[int, ...] = (4, 1), seed: int = 0) -> nn.MLP:
    return nn.MLP(nin, list(widths), activation="tanh", rng=random.Random(seed))


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


def train(model: nn.Module, X: Any = MOONS[0], Y: Any = MOONS[1], **options: Any) -> nn.History:
    known = {
        "loss": nn.binary_cross_entropy,
        "optimizer": nn.SGD(0.1),
        "epochs": 2,
        "batch_size": 16,
        "progress": False,
    }
    return nn.fit(model, X, Y, **{**known, **options})


def without_times(history: nn.History) -> list[dict[str, Any]]:
    return [{name: x for name, x in row.items() if name != "seconds"} for row in history.rows()]


class Line(nn.Module):
    """w · x, with one parameter, for samples that are one number."""

    def __init__(self, w: float = 1.0) -> None:
        self.w = Value(w, "w")

    def __call__(self, x: Any) -> Any:
        return self.w * x


class TestWhatItComputes:
    def test_inside_of_no_grad_it_trains_or_says_that_it_cannot(self) -> None:
        outside = train(mlp())
        with autograd.no_grad():
            assert without_times(outside) == without_times(train(mlp()))
            with pytest.raises(RuntimeError, match="graphs are not recorded inside no_grad"):
                train(mlp(), compiled=False)

    @pytest.mark.parametrize(
        ("loss", "widths"),
        [(nn.binary_cross_entropy, (4, 1)), (nn.cross_entropy, (4, 2)), (nn.mean_squared_error, (1,))],
    )
    def test_targets_in_a_column_are_refused(self, loss: Any, widths: Any) -> None:
        column = [[y] for y in MOONS[1]]
        with pytest.raises(ValueError, match=r"\(\d+, 1\); give Y\[:, 0\]"):
            train(mlp(widths=widths), Y=column, loss=loss)
        with pytest.raises(ValueError, match=r"\(\d+, 1\); give validation Y\[:, 0\]"):
            train(mlp(widths=widths), loss=loss, validation=(MOONS[0], column))

    @pytest.mark.slow
    @pytest.mark.parametrize("optimizer", [nn.SGD(0.1, momentum=0.9), nn.Adam(0.02)], ids=["SGD", "Adam"])
    @pytest.mark.parametrize(
        ("loss", "widths", "data"),
        [
            (nn.binary_cross_entropy, (8, 1), MOONS),
            (nn.hinge, (8, 1), (MOONS[0], [2 * y - 1 for y in MOONS[1]])),
            (nn.cross_entropy, (8, 2), MOONS),
            (nn.mean_squared_error, (8, 2), (MOONS[0], [[y, 1 - y] for y in MOONS[1]])),
        ],
    )
    def test_compiled_and_eager_agree(self, loss: Any, widths: Any, data: Any, optimizer: Any) -> None:
        histories, models = [], []
        for compiled in (True, False):
            models.append(mlp(2, widths))
            options = {"clip": 0.5, "l2": 1e-3, "schedule": linear_decay(3), "validation": data, "epochs": 3}
            histories.append(
                train(
                    models[-1],
                    *data,
                    loss=loss,
                    optimizer=optimizer,
                    compiled=compiled,
                    rng=random.Random(3),
                    **options,
                )
            )
        for one, other in zip(*map(without_times, histories)):
            assert one == pytest.approx(other, rel=1e-9)
        assert numbers(models[0]) == pytest.approx(numbers(models[1]), rel=1e-9)
        assert ("accuracy" in histories[0].rows()[0]) == (loss is not nn.mean_squared_error)

    @pytest.mark.slow
    @pytest.mark.parametrize("compiled", [True, False])
    def test_digits_have_the_same_losses(self, compiled: bool) -> None:
        images, labels = (part[:160] for part in nn.data.digits())
        model = mlp(64, (8, 10))
        history = train(
            model, images, labels, loss=nn.cross_entropy, optimizer=nn.Adam(0.01), epochs=3, compiled=compiled
        )
        by_hand, losses = mlp(64, (8, 10)), []
        optimizer, rng = nn.Adam(0.01), random.Random(0)
        for _ in range(3):
            order = list(range(160))
            rng.shuffle(order)
            for i in range(0, 160, 16):
                batch = order[i : i + 16]
                loss = nn.cross_entropy([by_hand(images[j]) for j in batch], [labels[j] for j in batch])
                by_hand.zero_grad()
                loss.backward()
                optimizer.step(by_hand.parameters())
                losses.append(loss.data)
        assert history["loss"] == pytest.approx([mean(losses[i : i + 10]) for i in (0, 10, 20)], rel=1e-9)
        assert history["accuracy"][-1] == nn.accuracy(by_hand, images, labels)

    @pytest.mark.parametrize("compiled", [True, False])
    def test_l2_is_added_to_what_is_minimised_and_not_to_the_loss(self, compiled: bool) -> None:
        model, wanted = mlp(), mlp()
        parameters = wanted.parameters()
        data_loss = nn.binary_cross_entropy([wanted(x) for x in MOONS[0]], MOONS[1])
        (data_loss + 0.3 * total([p * p for p in parameters])).backward()
        nn.SGD(0.1).step(parameters)
        history = train(model, epochs=1, batch_size=40, l2=0.3, compiled=compiled)
        assert numbers(model) == pytest.approx(numbers(wanted), rel=1e-12)
        assert history["loss"] == [pytest.approx(data_loss.data, rel=1e-12)]

    @pytest.mark.parametrize(("target", "clip", "moved"), [(5.0, 1.0, 0.1), (1.5, 100.0, 0.1)])
    def test_clip_bounds_the_norm_of_the_gradient(self, target: float, clip: float, moved: float) -> None:
        model = Line()
        train(model, [1.0], [target], loss=nn.mean_squared_error, clip=clip, epochs=1)
        assert model.w.data == pytest.approx(1.0 + moved)

    def test_clip_of_a_gradient_whose_square_overflows(self) -> None:
        model = Line()
        train(model, [1.0], [1e200], loss=lambda output, y: -y * output, clip=2.0, epochs=1)
        assert model.w.data == pytest.approx(1.2)

    def test_clip_of_a_gradient_that_is_zero(self) -> None:
        model = Line()
        train(model, [1.0], [1.0], loss=nn.mean_squared_error, clip=1.0)
        assert model.w.data == 1.0

    def test_the_schedule_is_a_factor_by_epochs_and_their_fractions(self) -> None:
        asked: list[float] = []

        def schedule(epoch: float) -> float:
            asked.append(epoch)
            return 0.5

        model, wanted = mlp(), mlp()
        history = train(model, schedule=schedule, optimizer=nn.SGD(0.2))
        assert asked == [0.0, 0.4, 0.8, 1.0, 1.4, 1.8]
        assert history["lr"] == [0.1, 0.1]
        train(wanted, optimizer=nn.SGD(0.1))
        assert numbers(model) == numbers(wanted)

    def test_every_epoch_has_every_sample_once_in_another_order(self) -> None:
        seen: list[float] = []

        def loss(output: Any, y: Any) -> Any:
            if not isinstance(y, Value):
                seen.append(y)
            return output * 0.0

        train(Line(), list(range(10)), list(range(10)), loss=loss, batch_size=4, compiled=False)
        del seen[:2]  # when fit looks at the first sample
        assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
        assert seen[:10] != seen[10:]

    def test_the_generator_decides(self) -> None:
        runs = [train(mlp(), rng=rng) for rng in (None, random.Random(0), random.Random(1))]
        assert without_times(runs[0]) == without_times(runs[1]) != without_times(runs[2])

    def test_lists_and_arrays_give_the_same(self) -> None:
        lists = train(mlp(), validation=MORE_MOONS)
        arrays = train(mlp(), np.array(MOONS[0]), np.array(MOONS[1]), validation=tuple(map(np.array, MORE_MOONS)))
        assert without_times(lists) == without_times(arrays)

    @pytest.mark.parametrize("compiled", [True, False])
    def test_whole_numbers_choose_rows_of_an_embedding(self, compiled: bool) -> None:
        class Lookup(nn.Module):
            def __init__(self) -> None:
                self.rows = nn.Embedding(4, 2, std=0.5, rng=random.Random(0))

            def __call__(self, i: Any) -> Any:
                return self.rows[i]

        model = Lookup()
        optimizer = nn.Adam(0.1)
        train(
            model, [0, 1, 2, 3], [0, 1, 1, 0], loss=nn.cross_entropy, optimizer=optimizer, epochs=30, compiled=compiled
        )
        assert nn.predict(model, [0, 1, 2, 3]).tolist() == [0, 1, 1, 0]
        assert optimizer.lr == 0.1

    def test_the_optimizer_starts_afresh(self) -> None:
        optimizer = nn.Adam(0.05)
        assert without_times(train(mlp(), optimizer=optimizer)) == without_times(train(mlp(), optimizer=optimizer))

    @pytest.mark.parametrize("compiled", [True, False])
    def test_gradients_are_zero_afterwards(self, compiled: bool) -> None:
        model = mlp()
        model([1.0, 1.0]).backward()
        train(model, compiled=compiled)
        assert [p.grad for p in model.parameters()] == [0.0] * 17

    def test_the_history(self) -> None:
        model = mlp()
        history = train(model, validation=MORE_MOONS, epochs=3)
        columns = ["epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "lr", "seconds"]
        assert [list(row) for row in history.rows()] == [columns] * 3
        assert history["accuracy"][-1] == nn.accuracy(model, *MOONS)
        assert history["validation_accuracy"][-1] == nn.accuracy(model, *MORE_MOONS)
        held = nn.binary_cross_entropy([model(x) for x in MORE_MOONS[0]], MORE_MOONS[1]).data
        assert history["validation_loss"][-1] == pytest.approx(held)
        assert all(seconds > 0 for seconds in history["seconds"])
        assert history.stopped == ""

    def test_probabilities_and_numbers_have_no_accuracy(self) -> None:
        halves = [0.5] * 40
        assert "accuracy" not in train(mlp(), Y=halves).rows()[0]
        held = train(mlp(), validation=(MOONS[0], halves)).rows()[0]
        assert "accuracy" in held
        assert "validation_accuracy" not in held

    def test_progress_is_shown_on_stderr(self, capsys: pytest.CaptureFixture[str]) -> None:
        train(mlp(), progress=True, validation=MORE_MOONS)
        train(mlp(), Y=[0.5] * 40, progress=True, validation=(MOONS[0], [0.5] * 40))
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "epoch 2/2" in shown.err
        assert "80/80" in shown.err
        assert "accuracy=" in shown.err
        assert "validation=" in shown.err
        train(mlp())
        assert capsys.readouterr().err == ""


class TestDependence:
    """A loss that depends on no parameter trains nothing, which is an error; gradients of 0 are none."""

    @pytest.mark.parametrize("compiled", [True, False])
    @pytest.mark.parametrize(
        "loss",
        [
            lambda output, y: 3.0,
            lambda output, y: y * y,
            lambda output, y: Value(1.0) + y,
            lambda output, y: (output > 0) * 1.0,
            lambda output, y: where(output > 0, y, 0.0),
        ],
    )
    def test_none_of_them(self, loss: Any, compiled: bool) -> None:
        model = Line()
        with pytest.raises(ValueError, match="the loss does not depend on any parameter of the model"):
            train(model, [1.0, 2.0], [2.0, 3.0], loss=loss, compiled=compiled)
        assert model.w.data == 1.0

    @pytest.mark.parametrize("loss", [lambda o, y: (o.data - y) ** 2, lambda o, y: (detach(o) - y) ** 2])
    def test_numbers_of_the_outputs(self, loss: Any) -> None:
        with pytest.raises(ValueError, match="does not depend on any parameter .* without v.data"):
            train(Line(), [1.0], [2.0], loss=loss, compiled=False)
        with pytest.raises(TypeError, match="cannot be compiled"):
            train(Line(), [1.0], [2.0], loss=loss)

    @pytest.mark.parametrize("compiled", [True, False])
    def test_parameters_that_the_model_does_not_know(self, compiled: bool) -> None:
        hidden = Value(2.0)
        with pytest.raises(ValueError, match="does not depend on any parameter"):
            train(Line(), [1.0], [2.0], loss=lambda output, y: (hidden - y) ** 2, compiled=compiled)

    @pytest.mark.parametrize("compiled", [True, False])
    def test_some_of_them_are_enough(self, compiled: bool) -> None:
        model = mlp(2, (2, 2))
        history = train(model, loss=lambda outputs, y: (outputs[0] - y) ** 2, compiled=compiled)
        assert history["loss"][1] < history["loss"][0]

    @pytest.mark.parametrize("compiled", [True, False])
    def test_gradients_of_zero_are_fine(self, compiled: bool) -> None:
        for loss in (lambda o, y: relu(o - 100.0), lambda o, y: 0.0 * o, lambda o, y: nn.hinge(100.0 * o, 1)):
            model = Line()
            train(model, [1.0], [1.0], loss=loss, compiled=compiled)
            assert model.w.data == 1.0

    def test_the_loss_of_one_sample_is_enough(self) -> None:
        """A hinge written as a branch is a constant where it is satisfied."""
        model = Line()
        train(
            model, [5.0, 5.0, 0.5], [1.0, 1.0, 1.0],
            loss=lambda o, y: 1 - y * o if y * o < 1 else 0.0, compiled=False, batch_size=1,
        )  # fmt: skip
        assert model.w.data > 1.0


class TestNotFinite:
    @pytest.mark.parametrize("compiled", [True, False])
    def test_a_loss(self, compiled: bool) -> None:
        def loss(output: Any, y: Any) -> Any:
            return y * log(output)

        model = Line()
        X = [1.0] * 20 + [-2.0] + [1.0] * 5
        with pytest.raises(
            NonFiniteError,
            match=r"the loss is nan, first for the sample X\[20\]: log\(.*\) = nan, made at .*test_fitting\.py",
        ) as caught:
            train(model, X, [0.5] * 26, loss=loss, batch_size=5, compiled=compiled)
        error = caught.value
        assert (error.epoch, error.batch, error.sample) == (1, 2, 20)
        assert str(error).startswith("epoch 1, batch 2: ")
        assert "test_fitting.py" in str(error)
        assert "return y * log(output)" in str(error)
        assert error.node.op is log
        assert model.w.data == 1.0, "the step of batch 1 made parameters whose loss is not finite"

    @pytest.mark.parametrize("compiled", [True, False])
    def test_the_last_good_parameters_stay(self, compiled: bool) -> None:
        """w goes from 1 to 3, and on to 1003, whose exp overflows."""
        model = Line()
        with pytest.raises(
            NonFiniteError, match=r"epoch 3, batch 1: the loss is -inf, first for the sample X\[0\]: exp"
        ) as caught:
            train(
                model,
                [1.0],
                [0.0],
                loss=lambda output, y: -exp(output),
                optimizer=nn.SGD(1.0),
                clip=2.0,
                schedule=lambda epoch: 1.0 if epoch < 1 else 500.0,
                epochs=5,
                compiled=compiled,
            )
        assert caught.value.node.op is exp
        assert model.w.data == 3.0

    @pytest.mark.parametrize("compiled", [True, False])
    def test_a_gradient(self, compiled: bool) -> None:
        model = Line(0.0)
        with pytest.raises(NonFiniteError, match="the gradient is not finite, first for the sample") as caught:
            train(model, [1.0, 2.0], [1.0, 2.0], loss=lambda output, y: sqrt(output * y), compiled=compiled)
        assert "sqrt(0.0) = 0.0 sends back 1 times inf" in str(caught.value)
        assert caught.value.node.op is sqrt
        assert (model.w.data, model.w.grad) == (0.0, 0.0)

    def test_a_step(self) -> None:
        model = mlp()
        before = numbers(model)
        with pytest.raises(
            NonFiniteError, match="the step would set the parameter .* to .*: use a smaller learning rate, or clip="
        ):
            train(model, optimizer=nn.SGD(1e308), l2=1e10)
        assert numbers(model) == before

    @pytest.mark.parametrize("compiled", [True, False])
    def test_a_sum_of_finite_losses(self, compiled: bool) -> None:
        with pytest.raises(NonFiniteError, match="the loss is inf, but finite for each single sample") as caught:
            train(Line(), [1.0] * 4, [0.0] * 4, loss=lambda output, y: output * 1e308, compiled=compiled)
        assert (caught.value.sample, caught.value.node) == (None, None)

    def test_a_number_that_was_not_computed(self) -> None:
        secret = Value(math.nan, "secret")
        with pytest.raises(NonFiniteError, match="the loss is nan, first for the sample .*: 'secret' = nan"):
            train(Line(), [1.0], [0.0], loss=lambda output, y: output + secret)


class TestMistakes:
    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"model": 3}, TypeError, "model must be a callable Module, such as .*, got int"),
            ({"model": nn.Module()}, TypeError, "model must be a callable Module, such as .*, got Module"),
            (
                {"loss": "mse"},
                TypeError,
                "loss must be a function of outputs and target, such as nn.cross_entropy, got 'mse'",
            ),
            (
                {"optimizer": nn.Adam},
                TypeError,
                r"optimizer must be an nn.Optimizer, such as nn.Adam\(0.001\), got <class",
            ),
            ({"epochs": 0}, ValueError, "epochs must be at least 1, got 0"),
            ({"epochs": 1.5}, TypeError, "epochs must be a whole number, got float: 1.5"),
            ({"batch_size": True}, TypeError, "batch_size must be a whole number, got bool: True"),
            ({"clip": 0}, ValueError, "clip must be a positive number, got 0"),
            ({"l2": -1}, ValueError, "l2 must be a number of at least 0, got -1"),
            ({"l2": math.nan}, ValueError, "l2 must be a number of at least 0, got nan"),
            ({"rng": 0}, TypeError, r"rng must be a random.Random, such as random.Random\(0\), got int: 0"),
            (
                {"schedule": 0.1},
                TypeError,
                "schedule must be a function of the epoch, such as nn.linear_decay.20., got 0.1",
            ),
            ({"schedule": lambda epoch: -1}, ValueError, r"schedule\(0\) must be a number of at least 0, got -1"),
            ({"schedule": lambda epoch: None}, ValueError, r"schedule\(0\) must be a number of at least 0, got None"),
            ({"callbacks": print}, TypeError, "callbacks must be a list of functions, got <built-in function print>"),
            ({"callbacks": [nn.EarlyStopping]}, TypeError, r"callbacks must be a list of functions, got \[<class"),
            ({"callbacks": [1]}, TypeError, r"callbacks must be a list of functions, got \[1\]"),
            ({"X": [[1.0, 2.0]]}, ValueError, "Y must have a target for each of the 1 samples in X, got 40"),
            ({"X": [[1.0, 2.0, 3.0]] * 40}, ValueError, r"the model fails for X\[0\], of shape \(3,\): .* 3 inputs"),
            ({"Y": [0] * 39 + [2]}, ValueError, r"the label Y\[39\] must be between 0 and 1, got 2"),
            (
                {"Y": [[0, 1]] * 40},
                ValueError,
                r"Y must have shape \(40,\) like the outputs, got \(40, 2\)",
            ),
            (
                {"Y": [[1]] * 40, "loss": lambda output, y: (output - y) ** 2},
                ValueError,
                r"the loss fails for outputs of shape \(\) for X\[0\] and Y\[0\] of shape \(1,\): ",
            ),
            (
                {"model": mlp(2, (4, 2)), "loss": nn.mean_squared_error},
                ValueError,
                r"outputs of shape \(2,\) need targets of shape \(2,\), got \(\)",
            ),
            ({"clip": True}, ValueError, "clip must be a positive number, got True"),
            ({"clip": math.nan}, ValueError, "clip must be a positive number, got nan"),
            ({"l2": True}, ValueError, "l2 must be a number of at least 0, got True"),
            ({"compiled": "no"}, TypeError, "compiled must be True or False, got str: 'no'"),
            ({"progress": 3}, TypeError, "progress must be True or False, got int: 3"),
            ({"loss": lambda output, y: [output]}, TypeError, r"loss\(model\(x\), y\) must be one number, got list"),
            (
                {"validation": MOONS[0]},
                TypeError,
                r"validation must be a pair \(X, Y\) of samples and targets, got list",
            ),
            (
                {"validation": ([[1.0]], [0])},
                ValueError,
                r"each entry of validation X must have shape \(2,\), as in X, got \(1,\)",
            ),
            (
                {"validation": ([[1.0, 1.0]], [2])},
                ValueError,
                r"the label validation Y\[0\] must be between 0 and 1, got 2",
            ),
            ({"validation": ([[1.0, 1.0]], [])}, ValueError, "validation Y must not be empty"),
        ],
    )
    def test_they_are_named(self, options: dict[str, Any], error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            train(**{"model": mlp(), **options})

    @pytest.mark.parametrize("compiled", [True, False])
    def test_a_label_that_only_the_loss_knows_to_be_wrong(self, compiled: bool) -> None:
        def loss(output: Any, y: Any) -> Any:
            return nn.hinge(output, 2 * y - 1)

        with pytest.raises(ValueError, match="the label.* must be -1 or 1, got 13") as caught:
            train(mlp(), Y=[0] * 39 + [7], loss=loss, compiled=compiled)
        (note,) = caught.value.__notes__
        assert note.startswith("in epoch 1, batch ")
        assert "39" in note
        train(mlp(), loss=loss, compiled=compiled)

    def test_a_model_without_parameters(self) -> None:
        class Nothing(nn.Module):
            def __call__(self, x: Any) -> Any:
                return x[0]

        with pytest.raises(ValueError, match="model must have parameters, .*, got Nothing"):
            train(Nothing())

    def test_a_model_that_returns_nothing(self) -> None:
        class Forgetful(Line):
            def __call__(self, x: Any) -> Any:
                super().__call__(x)

        with pytest.raises(
            TypeError, match=r"model\(x\) must return the outputs, got None: does __call__ return them\?"
        ):
            train(Forgetful(), [1.0], [1.0], loss=nn.mean_squared_error)

    def test_a_model_that_cannot_be_compiled(self) -> None:
        class Branching(Line):
            def __call__(self, x: Any) -> Any:
                return self.w * x if x > 0 else -self.w * x

        with pytest.raises(
            TypeError, match="cannot be compiled: .*instead of a branch, use where.*pass compiled=False"
        ):
            train(Branching(), [1.0, -1.0], [1.0, 1.0], loss=nn.mean_squared_error)
        assert train(Branching(), [1.0, -1.0], [1.0, 1.0], loss=nn.mean_squared_error, compiled=False)["loss"] == [0, 0]


class Recorded(nn.SGD):
    """An optimiser that keeps what it has made of the parameters."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__(0.1)
        self.made = [numbers(model)]

    def rule(self, *args: Any) -> Any:
        new, memory = super().rule(*args)
        self.made.append(new.tolist())
        return new, memory


class Signals:
    """Sends Ctrl-C at line number `first` that is run in training, and again `later` calls afterwards."""

    def __init__(self, first: float = math.inf, later: float = math.inf) -> None:
        self.first, self.later, self.lines, self.calls = first, later, 0, 0
        self.trains = False

    @contextmanager
    def sent(self) -> Iterator[None]:
        before, profile = sys.gettrace(), sys.getprofile()
        sys.setprofile(self.count_calls)
        sys.settrace(self.enter)
        try:
            yield
        finally:
            sys.settrace(before)
            sys.setprofile(profile)

    def enter(self, frame: FrameType, event: str, arg: object) -> Any:
        self.trains = self.trains or frame.f_code is run_to_end.__code__
        return self.count_lines if self.trains and frame.f_code.co_filename.startswith(PACKAGES) else None

    def count_lines(self, frame: FrameType, event: str, arg: object) -> Any:
        if event == "line":
            self.lines += 1
            if self.lines == self.first:
                signal.raise_signal(signal.SIGINT)
        return self.count_lines

    def count_calls(self, frame: FrameType, event: str, arg: object) -> None:
        if self.lines >= self.first and frame.f_code.co_filename.startswith(PACKAGES):
            self.calls += 1
            if self.calls == self.later:
                signal.raise_signal(signal.SIGINT)


class TestInterrupts:
    def run(self, signals: Signals, compiled: bool) -> tuple[nn.Module, Recorded]:
        model = mlp(2, (3, 1))
        optimizer = Recorded(model)
        with signals.sent():
            train(model, *MORE_MOONS, optimizer=optimizer, batch_size=8, compiled=compiled, validation=MORE_MOONS)
        return model, optimizer

    @pytest.mark.slow
    @pytest.mark.parametrize("compiled", [True, False])
    def test_at_any_line_and_once_more_the_model_has_the_parameters_of_the_last_step(self, compiled: bool) -> None:
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self.run(Signals(), compiled)  # fills the caches, which is not done again
            whole = Signals()
            self.run(whole, compiled)
            rng, ends = random.Random(0), set()
            for _ in range(60):
                first, later = rng.randint(1, whole.lines), rng.randint(1, 60)
                ends.add(self.interrupt(Signals(first, later), compiled))
                assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
            assert len(ends) > 3, "at several steps"
        finally:
            signal.signal(signal.SIGINT, before)

    def interrupt(self, signals: Signals, compiled: bool) -> int:
        """Return the number of steps that were made."""
        model = mlp(2, (3, 1))
        optimizer = Recorded(model)
        with pytest.raises(KeyboardInterrupt), signals.sent():
            train(model, *MORE_MOONS, optimizer=optimizer, batch_size=8, compiled=compiled, validation=MORE_MOONS)
        assert numbers(model) in optimizer.made[-2:]
        assert len(optimizer.made) < 3 or numbers(model) != optimizer.made[0]
        return len(optimizer.made)

    def test_an_exception_in_a_callback(self) -> None:
        model = mlp()
        optimizer = Recorded(model)

        def fail(training: Training) -> None:
            training.model.parameters()[0].data = 7.0
            raise RuntimeError("of a callback")

        with pytest.raises(RuntimeError, match="of a callback"):
            train(model, optimizer=optimizer, callbacks=[fail])
        assert numbers(model) == optimizer.made[-1]
