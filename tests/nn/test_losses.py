"""Losses check their labels, and the shapes of outputs and targets, eager and compiled."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas
import pytest

import nn
from autograd import Value, compile, grad

LOSSES: dict[str, tuple[Callable[..., Any], list[Any], list[Any]]] = {
    "mean_squared_error": (nn.mean_squared_error, [-7.5, 0.0, 1e9], []),
    "hinge": (nn.hinge, [-1, 1], [0, 7, 0.5, -2, math.nan, math.inf]),
    "binary_cross_entropy": (nn.binary_cross_entropy, [0, 1, 0.25], [-1, 7, 1.0001, math.nan, -math.inf]),
    "cross_entropy": (nn.cross_entropy, [0, 1, 2], [3, -1, 0.5, 7, math.nan, math.inf]),
}
OF_LABELS = [name for name in LOSSES if name != "mean_squared_error"]


def output(name: str, z: Any = 0.5) -> Any:
    """One output that suits the loss: a number, or the logits of three classes."""
    return [z, 0.2, -0.3] if name == "cross_entropy" else z


@pytest.mark.parametrize("name", OF_LABELS)
class TestLabels:
    def test_wrong_ones_are_refused_wherever_they_come_from(self, name: str) -> None:
        loss, right, wrong = LOSSES[name]
        z = output(name)
        compiled = compile(lambda x, y: loss(output(name, x), y))
        step = compile(lambda x, y: loss(output(name, x), y), params=[])
        computed = compile(lambda x, y: loss(output(name, x), y + 1))
        inside = compile(grad(lambda x, y: loss(output(name, x), y)))
        calls: list[Callable[[Any], Any]] = [
            lambda y: loss(z, y),
            lambda y: loss(output(name, Value(0.5)), y),
            lambda y: loss(z, Value(y)),
            lambda y: loss([z, z], [right[0], y]),
            lambda y: loss([z, z], [right[0], Value(y)]),
            lambda y: loss(np.array([z, z]), np.array([right[0], y])),
            lambda y: compiled(0.5, y),
            lambda y: compiled(0.5, np.array([right[0], y])),
            lambda y: compiled.value_and_grad(0.5, np.array([right[0], y])),
            lambda y: step([0.5, 0.5], [right[0], y]),
            lambda y: computed(0.5, y - 1),
            lambda y: inside(0.5, y),
            lambda y: grad(lambda x: loss(output(name, x), y))(0.5),
        ]
        for call in calls:
            for y in right:
                call(y)
            for y in wrong:
                with pytest.raises(ValueError, match="the label .*must be .*, got"):
                    call(y)

    def test_numbers_of_all_types_are_labels(self, name: str) -> None:
        loss, _, _ = LOSSES[name]
        z, wanted = output(name), loss(output(name), 1)
        ones = (
            1.0,
            True,
            Fraction(1),
            np.int64(1),
            np.uint8(1),
            np.float32(1),
            np.bool_(True),
            np.array(1),
            Value(1.0),
        )
        for one in ones:
            assert float(loss(z, one)) == wanted
        for one in (np.array([1]), np.array([True]), [np.True_], (1,), range(1, 2)):
            assert loss([z], one) == wanted
        compiled = compile(lambda x, y: loss(output(name, x), y))
        for array in (np.array([1]), np.array([True]), np.array([1.0]), np.array([1], np.uint8)):
            assert compiled(0.5, array) == pytest.approx([wanted], rel=1e-12)

    @pytest.mark.parametrize("wrong", ["1", None, 1j, {"a": 1}, {1}, object()])
    def test_what_is_no_number(self, name: str, wrong: Any) -> None:
        loss, right, _ = LOSSES[name]
        z = output(name)
        for call in (lambda: loss(z, wrong), lambda: loss([z, z], [right[0], wrong])):
            with pytest.raises(TypeError, match="labels must be numbers, in lists or arrays, got "):
                call()


def test_errors_say_what_to_do() -> None:
    for call, hint in (
        (lambda: nn.hinge(0.5, 0), r"must be -1 or 1, got 0; use 2 \* y - 1"),
        (lambda: nn.binary_cross_entropy(0.5, -1), r"must be between 0 and 1, got -1; use \(y \+ 1\) / 2"),
        (lambda: nn.cross_entropy([0.5, 1.0, 2.0], 3), "a whole number from 0 to 2, got 3; classes are counted from 0"),
        (
            lambda: nn.cross_entropy(0.5, 0),
            "logits must be a list, one per class, got one number: use binary_cross_entropy",
        ),
    ):
        with pytest.raises(ValueError, match=hint):
            call()


def batch(name: str, shape: tuple[int, ...], as_array: bool) -> Any:
    """Outputs of this shape, as an array or as nested lists."""
    array = np.full((*shape, 3) if name == "cross_entropy" else shape, 0.5)
    return array if as_array else array.tolist()


@pytest.mark.parametrize("name", LOSSES)
class TestShapes:
    @pytest.mark.parametrize("as_array", [True, False])
    @pytest.mark.parametrize(
        ("outputs", "targets", "hint"),
        [
            ((4,), (4, 1), r"\[\.\.\., 0\] for an array, \[x\[0\] for x in "),
            ((4, 1), (4,), r"\[\.\.\., 0\] for an array, \[x\[0\] for x in "),
            ((4,), (1, 4), "give one target for each output"),
            ((4,), (3,), "give one target for each output"),
            ((4,), (1,), "give one target for each output"),
            ((1,), (4,), "give one target for each output"),
            ((4,), (), "give one target for each output"),
            ((4, 2), (4,), "give one target for each output"),
            ((4, 2), (2,), "give one target for each output"),
            ((4, 2), (4, 1), "give one target for each output"),
            (
                (),
                (4,),
                r"give one target for one output; for a batch, give a list of outputs, \[model\(x\) for x in X",
            ),
            ((), (1,), r"\[0\]; for a batch, give an array of shape \(n,\), not \(n, 1\)"),
            ((1,), (), r"\[0\]; for a batch, give an array of shape \(n,\), not \(n, 1\)"),
        ],
    )
    def test_nothing_is_broadcast(self, name: str, outputs: Any, targets: Any, hint: str, as_array: bool) -> None:
        loss, _, _ = LOSSES[name]
        given = batch(name, outputs, as_array)
        labels = np.ones(targets) if as_array else np.ones(targets).tolist()
        shape = (*outputs, 3) if name == "cross_entropy" else outputs
        written = "".join(f"\\{c}" if c in "()" else c for c in f"of shape {shape} need .*, got {targets}")
        with pytest.raises(ValueError, match=f"{written}.*: .*{hint}"):
            loss(given, labels)

    def test_shapes_that_match(self, name: str) -> None:
        loss, _, _ = LOSSES[name]
        wanted = loss(output(name), 1)
        for shape in ((1,), (3,), (2, 2), (2, 1)):
            for as_array in (True, False):
                given = batch(name, shape, as_array)
                assert loss(given, np.ones(shape)) == pytest.approx(loss(batch(name, (), True), 1))
        assert loss([output(name)], [1]) == wanted
        assert type(loss(output(name, Value(0.5)), 1)) is Value
        assert loss([np.array(output(name)), output(name)], [np.array(1), 1]) == pytest.approx(wanted)

    def test_in_a_compiled_step(self, name: str) -> None:
        loss, _, _ = LOSSES[name]
        single = compile(lambda x, y: loss(output(name, x), y), params=[])
        several = compile(lambda x, y: loss([output(name, x)], y), params=[])
        for step, targets in ((single, np.ones((2, 1))), (single, np.ones((2, 2))), (several, np.ones(2))):
            with pytest.raises(ValueError, match=r"of shape .* need .* of shape .*, got \(") as caught:
                step([0.1, 0.2], targets)
            assert str(targets.shape) in caught.value.__notes__[0]

    def test_ragged_lists(self, name: str) -> None:
        loss, _, _ = LOSSES[name]
        z = output(name)
        assert loss([[z], [z, z, z]], [[1], [1, 1, 1]]) == pytest.approx(loss(z, 1))
        with pytest.raises(ValueError, match=r"\[1\] of shape \(2.* need .* of shape \(2,\), got \(1,\)"):
            loss([[z], [z, z]], [[1], [1]])

    def test_empty_batches(self, name: str) -> None:
        loss, _, _ = LOSSES[name]
        for empty in ([], [[], []], np.zeros(0), np.zeros((2, 0))):
            with pytest.raises(ValueError, match="must not be empty: give at least one sample"):
                loss(empty, empty)
        with pytest.raises(ValueError, match=r"need .* of shape \(1,\), got \(0,\)"):
            loss([output(name)], [])
        with pytest.raises(ValueError, match="must not be empty"):
            loss([], 1)

    def test_what_is_no_number(self, name: str) -> None:
        loss, _, _ = LOSSES[name]
        for wrong in ("1", None, (x for x in [1.0]), {"a": 1.0}, ["1"], [None]):
            with pytest.raises(TypeError):
                loss(wrong, [1])

    def test_a_table_of_one_column(self, name: str) -> None:
        loss, _, _ = LOSSES[name]
        table = pandas.DataFrame({"y": [1, 1]}, index=[7, 3])
        with pytest.raises(ValueError, match=r"got \(2, 1\)"):
            loss([output(name)] * 2, table)
        assert loss([output(name)] * 2, table["y"]) == pytest.approx(loss(output(name), 1))


def test_one_hot_rows_are_no_labels() -> None:
    rows = np.eye(3)
    with pytest.raises(
        ValueError, match=r"logits of shape \(3, 3\) need labels of shape \(3,\), got \(3, 3\): .*argmax"
    ):
        nn.cross_entropy(rows, rows)
    with pytest.raises(ValueError, match="for one output see binary_cross_entropy"):
        nn.cross_entropy([0.1, 0.2], [0, 1])


@pytest.mark.parametrize("name", LOSSES)
def test_single_precision_is_not_the_precision_of_the_result(name: str) -> None:
    loss, right, _ = LOSSES[name]
    single = np.float32(0.1)
    wanted = loss(output(name, float(single)), right[0])
    assert loss(output(name, single), np.float32(right[0])) == wanted
    assert loss([output(name, single)], np.array([right[0]], np.float32)) == wanted


def test_outputs_of_a_model_in_an_array() -> None:
    model = nn.MLP(2, [3, 1], rng=random.Random(0))
    X = [[0.1, 0.2], [0.3, 0.4]]
    outputs = [model(x) for x in X]
    assert nn.mean_squared_error(np.array(outputs), np.array([1.0, 2.0])).data == pytest.approx(
        nn.mean_squared_error(outputs, [1.0, 2.0]).data
    )
