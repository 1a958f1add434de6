"""What models read in samples: classes, accuracy, confusion."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import nn
from autograd import Value, where
from nn import Confusion
from nn.evaluation import CHUNK, softmax

POINTS = [[2.0, 1.0], [1.0, 2.0], [1.0, 1.0]]


def sign(x: Any) -> Any:
    return x[0] - x[1]


class Branching(nn.Module):
    """A model that cannot be compiled."""

    def __init__(self) -> None:
        self.w = Value(2.0)

    def __call__(self, x: Any) -> Any:
        return self.w * x[0] if x[0] > x[1] else self.w * x[1]


def test_classes_of_one_output_and_of_several() -> None:
    assert nn.predict(sign, POINTS).tolist() == [1, 0, 0]
    assert nn.predict(lambda x: [sign(x)], np.array(POINTS)).tolist() == [1, 0, 0]
    assert nn.predict(lambda x: [x[0], x[1], 0.5], POINTS).tolist() == [0, 1, 0], "the first on ties"
    assert nn.predict(lambda x: x, [[0, 0, 1], [5, 0, 1]]).tolist() == [2, 0]


def test_raw_outputs() -> None:
    assert nn.predict(sign, POINTS, raw=True).tolist() == [1.0, -1.0, 0.0]
    assert nn.predict(lambda x: [x[0], 2 * x[1]], POINTS, raw=True).tolist() == [[2.0, 2.0], [1.0, 4.0], [1.0, 2.0]]
    assert nn.predict(lambda x: [[x[0]], [x[1]]], POINTS, raw=True).shape == (3, 2, 1)
    with pytest.raises(
        ValueError, match=r"the outputs of a sample must be one number or a list to have a class, got shape \(2, 1\)"
    ):
        nn.predict(lambda x: [[x[0]], [x[1]]], POINTS)


@pytest.mark.parametrize("count", [1, CHUNK - 1, CHUNK, 2 * CHUNK + 3])
def test_any_number_of_samples_as_the_model_computes_them(count: int) -> None:
    rng = np.random.default_rng(count)
    X = rng.normal(size=(count, 3))
    model = nn.MLP(3, [4, 2], activation="tanh", rng=random.Random(0))
    wanted = [[y.data for y in model(x)] for x in X.tolist()]
    assert nn.predict(model, X, raw=True) == pytest.approx(np.array(wanted))
    model.layers[1].neurons[0].b.data = 100.0
    assert nn.predict(model, X).tolist() == [0] * count, "the parameters are those of now"


def test_a_model_that_cannot_be_compiled_is_computed_as_it_is() -> None:
    assert nn.predict(Branching(), POINTS, raw=True).tolist() == [4.0, 4.0, 2.0]
    assert nn.predict(lambda x: where(x[0] > x[1], 1.0, -1.0), POINTS).tolist() == [1, 0, 0]


def test_overflow_is_no_warning() -> None:
    model = nn.MLP(1, [1], rng=random.Random(0))
    model.layers[0].neurons[0].w[0].data = 1e308
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert nn.predict(model, [[1e10]] * 3, raw=True).tolist() == [np.inf] * 3


def test_accuracy() -> None:
    assert nn.accuracy(sign, POINTS, [1, 0, 1]) == pytest.approx(2 / 3)
    assert nn.accuracy(sign, POINTS, [1, -1, -1]) == 1.0, "labels of -1 and 1"
    assert nn.accuracy(sign, POINTS, np.array([1.0, 0.0, 0.0])) == 1.0
    assert nn.accuracy(sign, POINTS, [[1], [0], [0]]) == 1.0, "labels in a column"
    assert nn.accuracy(lambda x: [x[0], x[1], 0.5], POINTS, [0, 1, 2]) == pytest.approx(2 / 3)


def test_confusion() -> None:
    table = nn.confusion(lambda x: [x[0], x[1], 0.5], POINTS, [0, 2, 1])
    assert table == Confusion([[1, 0, 0], [1, 0, 0], [0, 1, 0]], [0, 1, 2])
    assert (table.right, table.total) == (1, 3)
    assert nn.confusion(sign, POINTS, [1, -1, 1]).classes == [-1, 1]
    assert nn.confusion(sign, POINTS, [1, -1, 1]).counts == [[1, 0], [1, 1]]


def test_a_confusion_is_shown() -> None:
    table = Confusion([[100, 0], [3, 4]], [-1, 1])
    assert repr(table).splitlines() == ["predicted   -1    1", "-1         100    .", "1            3    4"]
    assert "<tr><td>-1</td><td>100</td><td>.</td></tr>" in table._repr_html_()
    ax = Figure().subplots()
    assert table.plot(ax) is ax
    assert "100" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: nn.accuracy(sign, POINTS, [1, 0, 2]), r"Y\[2\] must be a class of this model, 0 or 1, got 2"),
        (lambda: nn.accuracy(sign, POINTS, [1, 0, -1]), r"Y\[1\] must be a class of this model, -1 or 1, got 0"),
        (lambda: nn.confusion(lambda x: x, [[1, 2, 3]], [3]), r"Y\[0\] must be a class of this model, 0 to 2, got 3"),
        (lambda: nn.accuracy(sign, POINTS, [0.5, 1, 1]), r"Y\[0\] must be a class of this model, 0 or 1, got 0\.5"),
        (
            lambda: nn.accuracy(sign, POINTS, [[1, 0]] * 3),
            r"Y\[0\] must be a class of this model, 0 or 1, got \[1, 0\]",
        ),
        (lambda: nn.accuracy(sign, POINTS, [1]), "Y must have a target for each of the 3 samples in X, got 1"),
        (
            lambda: nn.predict(nn.MLP(3, [1]), POINTS),
            r"the model fails for samples of shape \(2,\): .* 3 weights and 2 inputs",
        ),
        (lambda: nn.predict(nn.MLP(2, [1]), [1.0, 2.0]), r"the model fails for samples of shape \(\): "),
    ],
)
def test_mistakes_are_named(mistake: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mistake()


def test_probabilities() -> None:
    chances = softmax(np.array([[0.0, np.log(3.0)], [-1.5e308, 1.5e308], [5.0, 5.0]]))
    assert chances.ravel().tolist() == pytest.approx([0.25, 0.75, 0.0, 1.0, 0.5, 0.5])
