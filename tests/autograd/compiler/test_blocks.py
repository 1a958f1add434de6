"""Large batches, which are computed in blocks, give the same numbers as small ones."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import Value, compile, exp, sin

N = 70_001  # several blocks, and a smaller one at the end
RNG = np.random.default_rng(0)


def test_elements() -> None:
    x, y = RNG.normal(size=N), RNG.normal(size=N)
    f = compile(lambda x, y: sin(x) * y, backend="numpy")
    values, (dx, dy) = f.value_and_grad(x, y)
    np.testing.assert_allclose(values, np.sin(x) * y, rtol=1e-14)
    np.testing.assert_allclose(dx, np.cos(x) * y, rtol=1e-14)
    np.testing.assert_allclose(dy, np.sin(x), rtol=1e-14)
    assert np.array_equal(f(x, y), values)


def test_arrays_that_broadcast() -> None:
    x, y = RNG.normal(size=(7, 1)), RNG.normal(size=(1, N // 7))
    f = compile(lambda x, y, z: x * y * z, backend="numpy")
    values, (dx, dy, dz) = f.value_and_grad(x, y, 2.0)
    np.testing.assert_allclose(values, 2 * x * y)
    np.testing.assert_allclose(dx, np.full((7, 1), 2 * y.sum()))
    np.testing.assert_allclose(dy, np.full((1, N // 7), 2 * x.sum()))
    np.testing.assert_allclose(dz, (x * y).sum())


def test_several_results() -> None:
    x = RNG.normal(size=N)
    double, square, number = compile(lambda x: (2 * x, x * x, 3.0), backend="numpy")(x)
    assert np.array_equal(double, 2 * x)
    assert np.array_equal(square, x * x)
    assert np.array_equal(number, np.full(N, 3.0))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("reads_arguments", [True, False])
def test_parameters(reduction: str, reads_arguments: bool) -> None:
    w, b = Value(0.3), Value(-0.2)
    x, y = RNG.normal(size=(N, 2)), RNG.normal(size=N)

    def loss(x: list[Value], y: Value) -> Value:
        return (exp(w) * x[0] + b * x[1] - y) ** 2 if reads_arguments else exp(w) * b

    step = compile(loss, params=[w, b], reduction=reduction, backend="numpy")
    value, gradient = step.value_and_grad([0.3, -0.2], x, y)
    parts = [step.value_and_grad([0.3, -0.2], x[i : i + 1000], y[i : i + 1000]) for i in range(0, N, 1000)]
    weights = [len(x[i : i + 1000]) / N if reduction == "mean" else 1 for i in range(0, N, 1000)]
    assert value == pytest.approx(sum(k * v for k, (v, _) in zip(weights, parts)), rel=1e-12)
    np.testing.assert_allclose(gradient, sum(k * g for k, (_, g) in zip(weights, parts)), rtol=1e-11)
    assert value == step(x, y)
    assert step.value_and_grad([0.3, -0.2], x, y)[1].tolist() == gradient.tolist()


def test_infinite_numbers_raise_no_warning() -> None:
    x = np.full(N, 1e300)
    x[0] = -1e300
    w = Value(1e300)
    with np.errstate(all="raise"):
        value, gradient = compile(lambda x: w * x, params=[w], reduction="sum", backend="numpy").value_and_grad(
            [1e300], x
        )
    assert np.isnan(value)
    assert gradient[0] == pytest.approx(x.sum())
