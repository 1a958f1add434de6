"""Slips in gradients of whole arrays, in a layer of three samples."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import Value, dot, leaves, mean, named, tanh
from autograd.testing import check_by_hand

RNG = np.random.default_rng(0)


class Layer:
    """H = tanh(X W + b), the mean squared error L, and its gradients by NumPy."""

    def __init__(self, samples: int, nin: int, nout: int) -> None:
        self.X, self.W, b, self.T = (
            RNG.normal(size=shape).round(1) for shape in ((samples, nin), (nin, nout), nout, (samples, nout))
        )
        x, w, bias = leaves(self.X.tolist(), "X"), leaves(self.W.tolist(), "W"), leaves(b.tolist(), "b")
        z = named([[dot(row, column, c) for column, c in zip(zip(*w), bias)] for row in x], "Z")
        h = named([[tanh(v) for v in row] for row in z], "H")
        self.loss: Value = mean([(v - t) ** 2 for row, ts in zip(h, self.T) for v, t in zip(row, ts)])
        self.loss.label = "L"
        H = np.tanh(self.X @ self.W + b)
        self.dH = 2 * (H - self.T) / self.T.size
        self.dZ = self.dH * (1 - H**2)


@pytest.fixture
def square() -> Layer:
    return Layer(3, 3, 3)


def test_right_gradients(square: Layer) -> None:
    gradients = {"W": square.X.T @ square.dZ, "X": square.dZ @ square.W.T, "b": square.dZ.sum(0), "Z": square.dZ}
    assert check_by_hand(square.loss, gradients)


def said(layer: Layer, label: str, gradient: np.ndarray) -> tuple[str | None, str]:
    first = check_by_hand(layer.loss, {label: gradient}).first
    return first.slip, first.explanation.splitlines()[1]


def test_wrong_gradients(square: Layer) -> None:
    X, W, dZ = square.X, square.W, square.dZ
    assert said(square, "W", (X.T @ dZ).T) == ("transposed", "This is the transpose of dL/dW.")
    assert said(square, "W", X @ dZ) == ("transposed", "dL/dW = Xᵀ·dL/dZ, not X·dL/dZ.")
    assert said(square, "X", dZ @ W) == ("transposed", "dL/dX = dL/dZ·Wᵀ, not dL/dZ·W.")
    assert said(square, "X", W @ dZ) == ("transposed", "dL/dX = dL/dZ·Wᵀ, not W·dL/dZ.")
    assert said(square, "b", dZ.sum(1)) == ("axis", "dL/db is the sum of dL/dZ over axis 0, not over axis 1.")
    assert said(square, "W", -X.T @ dZ) == ("sign", "The sign of dL/dW is wrong in all entries.")


def test_the_batch() -> None:
    layer = Layer(4, 2, 3)
    X, dZ = layer.X, layer.dZ
    text = "dL/db is the sum of dL/dZ over axis 0; only the part of index 1 was taken."
    assert said(layer, "b", dZ[1]) == ("batch", text)
    text = "dL/dW = Xᵀ·dL/dZ is a sum over 4 indices; only the part of index 2 was taken."
    assert said(layer, "W", np.outer(X[2], dZ[2])) == ("batch", text)
    assert said(layer, "b", dZ.mean(0)) == ("mean", "This is dL/db divided by 4: a mean in place of a sum.")
    assert said(layer, "W", 4 * X.T @ dZ) == ("mean", "This is 4 times dL/dW: a sum in place of a mean.")


def test_an_entry_that_is_wrong_alone_is_explained_alone(square: Layer) -> None:
    gradient = square.X.T @ square.dZ
    gradient[1, 1] *= -1
    slip, _ = said(square, "W", gradient)
    assert slip == "sign"
    assert "transposed" not in check_by_hand(square.loss, {"W": gradient}).first.explanation
