"""Programs on floats, for graphs that do not repeat themselves: chosen where they serve, right, and left where floats raise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from autograd import (
    Value,
    asin,
    atan2,
    compile,
    dot,
    erf,
    exp,
    gelu,
    grad,
    hypot,
    leaky_relu,
    log,
    logsumexp,
    maximum,
    mean,
    minimum,
    op,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    total,
    value_and_grad,
    where,
)  # fmt: skip
from autograd.compiler.program import Program
from autograd.compiler.scalars import ScalarProgram


def recurrence(a: Any, b: Any) -> Any:
    x, y = 1.0, 0.5
    for _ in range(50):
        x, y = x + 0.01 * (a * x - b * x * y), y + 0.01 * (x * y - y)
    return x * y


def test_a_recurrence_runs_on_floats() -> None:
    f = compile(recurrence)
    value, gradient = f.value_and_grad(1.1, 0.4)
    assert isinstance(f.program, ScalarProgram)
    wanted, slopes = value_and_grad(recurrence, (0, 1))(1.1, 0.4)
    assert (value, *gradient) == pytest.approx((wanted, *slopes), rel=1e-14)
    assert f(1.1, 0.4) == value
    assert f.program.scalar_nodes > 450
    assert len(f.program.statements) < 30, "the rounds are a loop"
    assert repr(f.program).startswith("<program of ")
    assert str(f.program) == f.program.source


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 2000])
def test_several_samples_run_on_what_is_faster(count: int) -> None:
    f, points = compile(recurrence, backend="numpy"), np.linspace(1.1, 1.2, count)
    values, (by_a, _) = f.value_and_grad(points, 0.4)
    assert isinstance(f.program, ScalarProgram if count == 3 else Program)
    for value, by, x in [*zip(values, by_a, points.tolist())][:: count // 3]:
        assert (value, by) == pytest.approx(value_and_grad(recurrence, 0)(x, 0.4), rel=1e-13)


def everything(x: Any, y: Any) -> Any:
    """A function of all kinds of operations."""
    choice = where(x > 0.1, sigmoid(x), softplus(y)) + maximum(x, y) * minimum(x, y) + relu(x - y) + abs(y - 3.0)
    roots = x**1.5 + x**-2 + sqrt(x) + y**x + atan2(x, y) + asin(x) + gelu(y) + erf(x) + hypot(x, y) + leaky_relu(-x)
    return choice + roots + logsumexp([x, y]) * total([x, y, 1.0]) + dot([x, y], [y, 2.0], 0.5) + mean([x, y, x * y])


def test_the_source_runs_on_its_own() -> None:
    f = compile(everything)
    wanted, by = f.value_and_grad(0.5, 2.0)
    assert (wanted, *by) == pytest.approx((everything(0.5, 2.0), *grad(everything, (0, 1))(0.5, 2.0)), rel=1e-14)
    module: dict[str, Any] = {}
    exec(f.program.source, module)  # noqa: S102 - of our own making
    assert module["value_and_grad"]([0.5, 2.0]) == ([wanted], list(by))
    assert module["value"]([0.5, 2.0]) == [wanted]


@pytest.mark.parametrize(
    ("f", "x"),
    [(lambda x: 1 / x, 0.0), (log, 0.0), (exp, 1000.0), (lambda x: sqrt(x) * 2, 0.0), (lambda x: x**-1.5, 0.0), (lambda x: where(x > 0, log(x), x), -1.0)],
)  # fmt: skip
def test_what_raises_on_floats_is_computed_as_ieee_arithmetic(f: Any, x: float) -> None:
    compiled = compile(f)
    value, gradient = compiled.value_and_grad(x)
    wanted = value_and_grad(f)(x)
    assert (value, gradient) == pytest.approx(wanted, nan_ok=True)


def test_own_operations() -> None:
    clipped = op("clipped", lambda x: min(math.floor(x) + 0.5, 3.5), lambda x, y: [0.0 if x > 3 else 1.0])
    norm = op("norm", lambda xs: math.sqrt(sum(x * x for x in xs)), lambda xs, y: [x / y for x in xs], variadic=True)
    for f in (lambda x, y: clipped(x) * y, lambda x, y: norm([x, y, 2.0]), lambda x, y: logsumexp([x, y, x * y])):
        value, gradient = compile(f).value_and_grad(1.3, 0.7)
        wanted, by = value_and_grad(f, (0, 1))(1.3, 0.7)
        assert (value, *gradient) == pytest.approx((wanted, *by), rel=1e-14)


def test_parameters_and_leaves() -> None:
    w, c = Value(2.0), Value(3.0)
    f = compile(lambda: sin(w * c) + w, params=[w])
    assert f.value_and_grad(np.array([0.5]))[1] == pytest.approx([3 * math.cos(1.5) + 1])
    c.data = 1.0
    assert f.backward() == math.sin(2.0) + 2.0
    assert w.grad == math.cos(2.0) + 1
    plain = compile(lambda: w * 2, params=[w], reduction=None)
    assert plain().tolist() == [4.0]
    assert compile(lambda x: x)(3.0) == 3.0
    assert compile(lambda x: x).value_and_grad(3.0) == (3.0, 1.0)
    assert compile(lambda x, y: [x * y, total([])])(2.0, 3.0) == [6.0, 0.0]


def test_derivatives_of_arrays_of_one_number() -> None:
    f = compile(lambda x, y: x * x * y)
    value, (by_x, by_y) = f.value_and_grad(np.array([[3.0]]), 2.0)
    assert (value.tolist(), by_x.tolist(), by_y) == ([[18.0]], [[12.0]], 9.0)
    assert compile(grad(lambda x: x**3))(2.0) == 12.0
