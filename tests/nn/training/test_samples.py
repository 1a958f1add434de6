"""Samples and targets as users give them: what is accepted, and errors that name the row."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import nn
from autograd import Value
from nn.training.samples import Samples, are_labels, as_array, check_targets, samples


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ([[1, 2], [3, 4]], np.int64),
        ([[1.0, 2], [3, 4]], np.float64),
        (((1, 2), (3, 4)), np.int64),
        ([np.array([1, 2]), [3, 4]], np.int64),
        (np.array([[1, 2], [3, 4]], np.float32), np.float64),
        (np.array([[1, 2], [3, 4]], np.uint8), np.int64),
        (np.array([[1, 2.0], [3, 4]], object), np.float64),
        (np.array([[1, 2], [3, 4]], object), np.int64),
        ([[Fraction(1), 2], [3, 4]], np.float64),
    ],
)
def test_lists_and_arrays(data: object, kind: type) -> None:
    array = as_array("X", data)
    assert array.dtype == kind
    assert array.tolist() == [[1, 2], [3, 4]]


def test_a_column_of_lists() -> None:
    column = np.empty(2, object)
    column[:] = [[0.5, 1.0], [1.5, 2.0]]
    assert as_array("X", column).tolist() == [[0.5, 1.0], [1.5, 2.0]]


def test_booleans_are_zero_and_one() -> None:
    assert as_array("Y", [True, False]).tolist() == [1, 0]
    assert as_array("Y", np.array([True, False])).dtype == np.int64


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: as_array("X", 3), TypeError, "X must be a list or an array with an entry for each sample, got int"),
        (lambda: as_array("X", (x for x in [1])), TypeError, "X must be a list or an array .*, got generator"),
        (lambda: as_array("X", "12"), TypeError, "X must be a list or an array .*, got str"),
        (lambda: as_array("X", []), ValueError, "X must not be empty: give at least one sample"),
        (lambda: as_array("X", np.zeros((0, 3))), ValueError, "X must not be empty"),
        (
            lambda: as_array("X", [[1, 2], [3]]),
            ValueError,
            r"X\[1\] must be a list of length 2 like X\[0\], got a list of length 1",
        ),
        (
            lambda: as_array("X", [[1, 2], 3]),
            ValueError,
            r"X\[1\] must be a list of length 2 like X\[0\], got one number",
        ),
        (lambda: as_array("X", [[1], ["a"]]), TypeError, r"X\[1\] must be numbers, got 'a'"),
        (lambda: as_array("X", [[1], ["a", 2]]), TypeError, r"X\[1\] must be numbers, got 'a'"),
        (lambda: as_array("X", [["y" * 999]]), TypeError, r"X\[0\] must be numbers, got 'yyyyyyyyyyyy\.\.\.yy+'$"),
        (lambda: as_array("X", [[1.0], [None]]), TypeError, r"X\[1\] must be numbers, got None"),
        (lambda: as_array("X", np.array([["1"], ["b"]])), TypeError, r"X\[0\] must be numbers, got "),
        (lambda: as_array("X", [[1j]]), TypeError, r"X\[0\] must be numbers, got 1j"),
        (lambda: as_array("X", [[0.5], [Value(1.0)]]), TypeError, r"X\[1\] must be numbers, got Value"),
        (lambda: as_array("X", {(1, 2)}), TypeError, "X must be a list or an array .*, got set"),
        (lambda: as_array("X", np.array(3.0)), TypeError, "X must be a list or an array .*, got ndarray"),
        (lambda: as_array("X", [[[1], [2, 3]], [[1], [2, 3]]]), ValueError, "X must be an array of numbers: "),
        (
            lambda: as_array("X", [[1.0, 2.0], [0.0, math.nan]]),
            ValueError,
            r"X\[1\]\[1\] must be finite, got nan: drop the sample",
        ),
        (lambda: as_array("Y", np.array([0.0, -math.inf])), ValueError, r"Y\[1\] must be finite, got -inf"),
        (lambda: samples([[1], [2]], [1]), ValueError, "Y must have a target for each of the 2 samples in X, got 1"),
        (
            lambda: samples([[1]], [1, 2], "validation "),
            ValueError,
            "validation Y must have a target for each of the 1 samples in validation X, got 2",
        ),
    ],
)
def test_mistakes_are_named(mistake: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        mistake()


def test_targets_that_suit_the_loss() -> None:
    X = np.zeros((2, 1))
    checked = check_targets(nn.cross_entropy, Samples(X, np.array([0.0, 2.0])), [0.1, 0.2, 0.3])
    assert checked.Y.tolist() == [0, 2]
    assert checked.Y.dtype == np.int64
    for loss, Y in (
        (nn.hinge, np.array([-1.0, 1.0])),
        (nn.binary_cross_entropy, np.array([0.25, 1.0])),
        (nn.mean_squared_error, np.array([-7.5, 1e9])),
    ):
        assert check_targets(loss, Samples(X, Y), 0.0).Y is Y
    Y = np.array([[0, 1], [1, 0]])  # a list of labels for each sample is left to the loss
    assert check_targets(nn.cross_entropy, Samples(X, Y), [[0.0, 1.0]] * 2).Y is Y


def test_targets_in_a_column() -> None:
    column = Samples(np.zeros((2, 1)), np.array([[0.0], [1.0]]))
    for loss, outputs in (
        (nn.cross_entropy, [0.0, 0.0]),
        (nn.binary_cross_entropy, 0.0),
        (nn.hinge, 0.0),
        (nn.mean_squared_error, Value(0.0)),
    ):
        with pytest.raises(ValueError, match=r"shape \(2,\),? .*\(2, 1\); give Y\[:, 0\]"):
            check_targets(loss, column, outputs)
    assert check_targets(nn.mean_squared_error, column, [0.0]).Y is column.Y, "a list of one output"
    assert check_targets(lambda out, y: out - y[0], column, 0.0).Y is column.Y, "a loss of one's own"


@pytest.mark.parametrize(
    ("loss", "Y", "outputs", "message"),
    [
        (nn.cross_entropy, [0, 3], [0.0] * 3, r"the label Y\[1\] must be a whole number from 0 to 2, got 3"),
        (nn.cross_entropy, [-1, 1], [0.0] * 3, r"the label Y\[0\] must be a whole number from 0 to 2, got -1"),
        (nn.cross_entropy, [0, 0.5], [0.0] * 3, r"the label Y\[1\] must be a whole number from 0 to 2, got 0\.5"),
        (
            nn.cross_entropy,
            [[0, 1], [1, 0]],
            [0.0] * 2,
            r"Y must have shape \(2,\), with one class each, got \(2, 2\); .* np.argmax\(Y, axis=1\)",
        ),
        (nn.cross_entropy, [0, 1], 0.0, "for one output use binary_cross_entropy"),
        (nn.hinge, [1, 0], 0.0, r"the label Y\[1\] must be -1 or 1, got 0; use 2 \* y - 1"),
        (nn.binary_cross_entropy, [[0, 1], [0, 2]], [0.0] * 2, r"the label Y\[1\]\[1\] must be between 0 and 1, got 2"),
        (
            nn.binary_cross_entropy,
            [-1, 1],
            0.0,
            r"the label Y\[0\] must be between 0 and 1, got -1; use \(y \+ 1\) / 2",
        ),
    ],
)
def test_targets_that_do_not(loss: object, Y: list, outputs: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_targets(loss, Samples(np.zeros((2, 1)), np.array(Y)), outputs)


def test_which_targets_are_labels() -> None:
    zeros, halves, table = np.array([0, 1]), np.array([0.5, 1.0]), np.array([[0, 1], [1, 0]])
    assert all(are_labels(loss, zeros) for loss in (nn.cross_entropy, nn.hinge, nn.binary_cross_entropy))
    assert not are_labels(nn.binary_cross_entropy, halves)
    assert not are_labels(nn.binary_cross_entropy, table)
    assert not are_labels(nn.mean_squared_error, zeros)
    assert not are_labels(lambda out, y: 2 * nn.cross_entropy(out, y), zeros)


def test_masked_numbers_are_refused() -> None:
    masked = np.ma.array([[1.0], [2.0]], mask=[[False], [True]])
    with pytest.raises(ValueError, match="X must not have masked numbers: drop the samples"):
        samples(masked, [1.0, 2.0])
    assert samples(np.ma.array([[1.0], [2.0]]), [1.0, 2.0]).X.tolist() == [[1.0], [2.0]]
