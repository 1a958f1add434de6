"""The losses and their gradients against arithmetic of many digits, at all margins and sizes of logits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import nn
from autograd import Value, compile, grad

inf = math.inf
MARGINS = [0.0, 1e-9, 0.5, 1.0, 20.0, 30.0, 37.0, 40.0, 100.0, 300.0, 700.0]
OFFSETS = [0.0, 3.0, -1000.0, 1e17, -1e17, 1e300]


def close(got: Any, wanted: Any) -> bool:
    return all(
        a == b or math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-300) for a, b in zip(np.ravel(got), np.ravel(wanted))
    )


def softmax_loss(logits: list[float], label: int) -> tuple[float, list[float]]:
    """The cross-entropy and its gradient, with enough digits for margins of 700."""
    with mp.workdps(700):
        exps = [mp.exp(mp.mpf(z) - mp.mpf(logits[label])) for z in logits]
        whole = mp.fsum(exps)
        slopes = [e / whole - (i == label) for i, e in enumerate(exps)]
        return float(mp.log(whole)), [float(d) for d in slopes]


def sigmoid_loss(z: float, y: float) -> tuple[float, float]:
    with mp.workdps(700):
        p = 1 / (1 + mp.exp(-mp.mpf(z)))
        return float(-y * mp.log(p) - (1 - mp.mpf(y)) * mp.log(1 - p)), float(p - y)


@pytest.mark.slow
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("margin", MARGINS)
def test_cross_entropy(margin: float, offset: float, sign: int) -> None:
    for others in ([0.0], [0.0, -5.0], [0.0, 0.0, 2.0, -800.0]):
        logits = [sign * margin + offset, *(z + offset for z in others)]
        value, slopes = softmax_loss(logits, 0)
        assert close(nn.cross_entropy(logits, 0), value)
        assert close(grad(nn.cross_entropy)(logits, 0), slopes)
        found, by_logits = compile(lambda z: nn.cross_entropy(z, 0)).value_and_grad(logits)
        assert close(found, value)
        assert close(by_logits, slopes)


@pytest.mark.slow
@pytest.mark.parametrize("offset", OFFSETS)
def test_cross_entropy_of_labels_that_are_arguments(offset: float) -> None:
    params = [Value(0.0) for _ in range(3)]
    step = compile(lambda x, y: nn.cross_entropy([z + p for z, p in zip(x, params)], y), params=params, reduction="sum")
    for sign in (1, -1):
        for margin in MARGINS:
            logits = [offset, sign * margin + offset, offset - 5.0]
            for label in range(3):
                value, slopes = softmax_loss(logits, label)
                found, by_params = step.value_and_grad([0.0] * 3, [logits], [label])
                assert close(found, value)
                assert close(by_params, slopes)


@pytest.mark.parametrize("label", [0, 1, 0.25])
def test_binary_cross_entropy(label: float) -> None:
    compiled = compile(nn.binary_cross_entropy)
    for z in (sign * margin for margin in MARGINS for sign in (1, -1)):
        value, slope = sigmoid_loss(z, label)
        if label in (0, 1) or abs(z) > 1:
            for got in (nn.binary_cross_entropy(z, label), nn.binary_cross_entropy(Value(z), Value(label)).data):
                assert close(got, value)
            assert close(grad(nn.binary_cross_entropy)(z, label), slope)
            assert close(grad(nn.binary_cross_entropy)(z, Value(label)).data, slope)
            found, (by_logit, by_label) = compiled.value_and_grad(z, float(label))
            assert close([found, by_logit], [value, slope])
            assert by_label == pytest.approx(-z, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("loss", "at", "value", "slope"),
    [
        (nn.binary_cross_entropy, (inf, 0.0), inf, 1.0),
        (nn.binary_cross_entropy, (inf, 1.0), 0.0, 0.0),
        (nn.binary_cross_entropy, (-inf, 1.0), inf, -1.0),
        (nn.binary_cross_entropy, (-inf, 0.0), 0.0, 0.0),
        (lambda z, y: nn.cross_entropy([z, -inf], y), (1.0, 0.0), 0.0, 0.0),
        (lambda z, y: nn.cross_entropy([-inf, z], y), (1.0, 0.0), inf, 1.0),
        (lambda z, y: nn.cross_entropy([z, inf], y), (1.0, 1.0), 0.0, 0.0),
        (lambda z, y: nn.cross_entropy([0.0, z], y), (inf, 0.0), inf, 1.0),
    ],
)
def test_infinite_logits(loss: Callable[..., Any], at: tuple[float, float], value: float, slope: float) -> None:
    z, label = at
    assert (loss(z, int(label)), grad(loss)(z, int(label))) == (value, slope)
    found, (by_logit, _) = compile(loss).value_and_grad(z, label)
    assert (found, by_logit) == (value, slope)
