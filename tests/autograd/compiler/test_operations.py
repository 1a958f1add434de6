"""Compiled operations against eager ones, at all kinds of numbers."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, dot, op, sin, sqrt, total, where
from autograd.ops import TABLE, power
from tests.autograd.compiler.against_eager import agree, check, check_points, swept

pytestmark = pytest.mark.no_cover  # other tests cover the same code

inf, nan = math.inf, math.nan
OPS = [each for each in TABLE.values() if each is not power]
EXTREMES = [
    0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, 5e-324, 1e-300, -1e-300, 1e300, -1e300, 1.7976931348623157e308,
    inf, -inf, nan, 700.0, -700.0, 800.0, -800.0, 1e-8, -1e-8, 0.3, 37.5, -37.5,
]  # fmt: skip
FEW = [0.0, 1.0, -2.0, 1e300, inf, -inf, nan]


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPS, ids=str)
def test_an_operation_at_extremes(operation: Any) -> None:
    arity = operation.arity or 3
    points = itertools.product(EXTREMES if arity < 3 else FEW, repeat=arity)
    check_points(lambda *xs: operation.apply(xs), *np.array([*points]).T)


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPS, ids=str)
def test_cotangents_of_an_operation(operation: Any) -> None:
    points = itertools.product([0.0, -1.0, inf, nan, 1e300], *[FEW] * (operation.arity or 3))
    check_points(lambda c, *xs: c * operation.apply(xs), *np.array([*points]).T)


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPS, ids=str)
def test_an_operation_at_single_numbers(operation: Any) -> None:
    """Which are computed as floats, with IEEE results where Python raises."""

    def f(c: Any, *xs: Any) -> Any:
        return c * operation.apply(xs)

    compiled = compile(f)
    for point in itertools.product(
        [0.0, -1.0, inf, nan], *[FEW] * (operation.arity or (3 if operation is TABLE["dot"] else 2))
    ):
        value, gradient = compiled.value_and_grad(*point)
        leaves = [Value(x) for x in point]
        wanted = swept(f(*leaves), leaves)
        assert agree(value, wanted.value, wanted.size, 2e-13), (point, value, wanted.value)
        for got, expected, size in zip(gradient, wanted.gradient, wanted.sizes):
            assert agree(got, expected, size), (point, gradient, wanted.gradient)


@pytest.mark.slow
@pytest.mark.parametrize("n", [0, 1, 2, 3, -1, 0.5, -0.5, 1.5, -2, 300, inf, -inf, nan])
def test_powers_with_a_constant_exponent(n: float) -> None:
    check_points(lambda x: x**n, EXTREMES)
    check_points(lambda c, x: c * x**n, *np.array([*itertools.product([0.0, -1.0, inf, nan], EXTREMES)]).T)


def test_the_sign_of_zero() -> None:
    f = compile(lambda x: [1 / sqrt(x), 1 / x**0.5, 1 / sin(x), 1 / (x * 1), 1 / abs(x), 1 / -x])
    point = np.array([-0.0, 0.0])
    for results, x in zip(zip(*f(point)), point):
        assert list(results) == [y.data for y in f.f(Value(float(x)))]


@pytest.mark.parametrize("operation", [each for each in TABLE.values() if each.kinks], ids=str)
def test_kinks(operation: Any) -> None:
    for point, row in operation.kinks.items():
        _, gradient = compile(lambda *xs: operation.apply(xs)).value_and_grad(*(np.array([x, x]) for x in point))
        found = np.array(gradient).reshape(len(row), 2)
        assert found.T.tolist() == [list(row), list(row)]


def test_a_comparison_sends_nothing_back() -> None:
    """Not even zero times infinite, since it is no node in eager mode."""
    check_points(lambda x: where(sqrt(x) > 0, x, 2 * x), [0.0, 1.0])
    check_points(lambda x: where(sqrt(x) > 0, sqrt(x + 1), 2 * x), [0.0, 1.0])
    check_points(lambda x, y: where(sqrt(x) > 0, sqrt(y), 2 * x), [0.0, 1.0], [1.0, 0.0])
    check_points(lambda x: (x > 0) * x + (x <= 1) * x - (x < 2) + (x >= 3), [-1.0, 0.0, 1.0, 2.0, 3.0, nan])
    check_points(lambda x, y: where(x < y, x, y) * (x >= y), [1.0, 2.0, 3.0], [2.0, 2.0, 2.0])


FACTORS = [0.0, -2.0, inf, nan]


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("terms", [1, 2])
@pytest.mark.parametrize("rows", [1, 2])
def test_zero_times_infinite_in_products_of_matrices(count: int, terms: int, rows: int) -> None:
    for w, x, c in itertools.product(FACTORS, FACTORS, [0.0, 1.0]):
        params = [Value(w) for _ in range(rows * terms)]
        hidden = [params[i : i + terms] for i in range(0, rows * terms, terms)]
        data = np.full((count, terms), x)
        check(lambda xs: c * total([sin(dot(ws, xs)) for ws in hidden]), params, data)  # noqa: B023
        check_points(lambda *xs: c * total([dot(ws, xs, 1.0) for ws in hidden]), *data.T)  # noqa: B023


cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * x * x])


gamma = op("gamma", math.gamma, lambda x, y: [math.lgamma(float(x))])


geometric = op(
    "geometric", lambda xs: math.prod(xs) ** (1 / len(xs)), lambda xs, y: [y / len(xs) / x for x in xs], variadic=True
)


norm1 = op(
    "norm1",
    lambda xs: sum(abs(x) for x in xs),
    lambda xs, y: [1.0 * (x > 0) - 1.0 * (x < 0) for x in xs],
    variadic=True,
)


branching = op("branching", lambda x: x if x > 1 else 1.0, lambda x, y: [1.0 if x > 1 else 0.0])


def test_own_operations() -> None:
    x = np.array([0.5, 1.5, 3.0])
    check_points(lambda x: cube(x) + cube(2 * x), x)
    check_points(lambda x: gamma(x) * gamma(x + 1) + gamma(1.5), x)
    check_points(lambda x, y: geometric([x, y, 2.0]) + geometric([y]), x, x[::-1])
    check_points(lambda x, y: norm1([x, y, -1.0]), x - 1, x[::-1])
    check_points(branching, x)
    w = Value(2.0)
    check(lambda x: gamma(w * x) + geometric([w, x]) + branching(w), [w], x)
    check(lambda x: total([gamma(w * x * i) * geometric([x, w * i]) for i in range(1, 4)]), [w], x)


@pytest.mark.parametrize("number", [lambda x: x, float], ids=["arrays", "floats"])
def test_a_rule_with_too_few_derivatives_is_an_error(number: Any) -> None:
    short = op("short", lambda x, y: number(x) * number(y), lambda x, y, z: [number(y)])
    with pytest.raises(ValueError, match=r"the rule of <op short> must return 2 partial derivatives, .*, got 1"):
        compile(short).value_and_grad(np.ones(3), 2.0)


def test_a_batch_that_is_no_multiple_of_the_vectors_of_machine_code() -> None:
    pytest.importorskip("llvmlite", reason="machine code needs llvmlite")
    w = Value(0.3)

    def loss(x: Any) -> Any:
        for _ in range(100):
            x = x + 0.1 * sin(w * x)
        return x * x

    points = np.linspace(0.1, 1.0, 10)
    step = compile(loss, params=[w], backend="native")
    check(loss, [w], points)
    for count in (1, 3, 4, 7, 10):
        value, gradient = step.value_and_grad([0.3], points[:count])
        wanted, slope = compile(loss, params=[w], backend="numpy").value_and_grad([0.3], points[:count])
        assert (value, gradient[0]) == pytest.approx((wanted, slope[0]), rel=1e-12)
