"""Derivatives where digits or limits are easily lost: near zeros and poles, far out, at infinity, at jumps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import autograd
from autograd import Value, atan2, compile, grad, hessian, hypot, log, logsumexp, sqrt, where
from autograd.operation import Op
from autograd.ops import AUXILIARY, TABLE
from autograd.testing.reference.high_precision import reference

inf, nan = math.inf, math.nan
UNARY = [each for each in TABLE.values() if each.arity == 1]
POINTS = [1e-300, 1e-160, 1e-12, 1e-5, 0.3, 1 - 1e-12, 1.0, 3.0, 20.0, 45.0, 300.0, 700.0, 1e5, 1e80, 1e120, 1e300]


def exact(f: Callable[..., Any], x: float, order: int) -> float:
    """The derivative of `f` by central differences in arithmetic of many digits; nan outside the domain."""
    with mp.workdps(1250):
        x, h = mp.mpf(x), mp.mpf(10) ** -100 * abs(x)
        ahead, here, behind = f(x + h), f(x), f(x - h)
        slope = (ahead - behind) / (2 * h) if order == 1 else (ahead - 2 * here + behind) / h**2
        return nan if isinstance(slope, mp.mpc) else float(slope)


def nth(f: Callable[..., Any], order: int) -> Callable[..., Any]:
    for _ in range(order):
        f = grad(f)
    return f


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("operation", UNARY, ids=str)
def test_no_digits_are_lost(operation: Op, order: int) -> None:
    far = {"sin": 1e80, "cos": 1e80, "tan": 1e80, "sinc": 1e80, "erfc": 300.0, "gelu": 300.0}  # as far as mpmath goes
    for x in (sign * x for x in POINTS for sign in (1, -1) if x <= far.get(operation.name, inf)):
        if (operation.name, abs(x)) in [("asin", 1.0), ("acos", 1.0), ("log1p", 1.0)]:
            continue  # edges of the domain, tested below
        wanted, got = exact(reference(operation), x, order), nth(operation, order)(x)
        if wanted == wanted and abs(wanted) < 1e306:
            assert math.isclose(got, wanted, rel_tol=1e-12, abs_tol=1e-300), x


@pytest.mark.parametrize(
    ("f", "x", "wanted"),
    [
        (autograd.asin, 1.0, inf),
        (autograd.asin, -1.0, -inf),
        (autograd.acos, 1.0, -inf),
        (autograd.acos, -1.0, inf),
        (autograd.log1p, -1.0, -inf),
        (autograd.log, 0.0, -inf),
        (autograd.sqrt, 0.0, -inf),
        (lambda x: hypot(x, 0.0) ** 2, 0.0, 0.0),
        (lambda x: hypot(x, x), 0.0, 0.0),
        (lambda x: hypot(x, 1.0), 1e-6, 1.0),
        (lambda x: hypot(1e-6, x), 1.0, 1e-12),
        (lambda x: logsumexp([x, 0.0]), 40.0, math.exp(-40)),
        (lambda x: logsumexp([x, 0.0, 1e3]), 0.0, 0.0),
    ],
)
def test_second_derivatives_at_edges(f: Callable[[Any], Any], x: float, wanted: float) -> None:
    assert grad(grad(f))(x) == pytest.approx(wanted, rel=1e-11)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("operation", UNARY, ids=str)
@pytest.mark.parametrize("x", [inf, -inf])
def test_derivatives_at_infinity_are_the_limits(operation: Op, order: int, x: float) -> None:
    if not math.isnan(operation(x)):
        far = math.copysign(1e308, x)
        wanted = nth(operation, order)(far)
        wanted = 0.0 if abs(wanted) < 1e-150 else wanted  # what tends to 0
        assert nth(operation, order)(x) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("operation", UNARY, ids=str)
def test_no_derivative_is_nan_where_the_value_is_a_number(operation: Op) -> None:
    for x in (sign * x for x in [0.0, *POINTS, inf] for sign in (1, -1)):
        if not math.isnan(operation(x)):
            assert not math.isnan(grad(operation)(x)), x
            assert not math.isnan(grad(grad(operation))(x)), x


def test_two_inputs_at_infinity() -> None:
    assert grad(hypot, (0, 1))(-inf, 2.0) == (-1.0, 0.0)
    assert grad(hypot, (0, 1))(2.0, inf) == (0.0, 1.0)
    assert grad(atan2, (0, 1))(inf, 2.0) == grad(atan2, (0, 1))(2.0, -inf) == (0.0, 0.0)
    assert grad(autograd.pow, (0, 1))(inf, -2.0) == (0.0, 0.0)
    assert grad(autograd.pow, (0, 1))(0.5, inf) == (0.0, 0.0)
    assert grad(autograd.pow, (0, 1))(3.0, -inf) == (0.0, 0.0)
    assert grad(logsumexp)([inf, 1.0, -inf]) == [1.0, 0.0, 0.0]
    assert grad(logsumexp)([2.0, -inf]) == [1.0, 0.0]


def test_powers_at_zero_and_nan() -> None:
    power = autograd.pow
    assert grad(power, (0, 1))(0.0, 0.0) == (0.0, 0.0)
    assert grad(power, (0, 1))(0.0, -1.0) == (-inf, -inf)
    assert grad(power, (0, 1))(0.0, 0.5) == (inf, 0.0)
    assert math.isnan(grad(lambda b: 0.0**b)(nan))
    for b in (0.0, 1.0, 2.0, 3.0, 2.5):
        table = hessian(power, (0, 1))(0.0, b)
        assert table[0][1] == table[1][0]
    assert hessian(power, (0, 1))(0.0, 2.0) == ((2.0, 0.0), (0.0, 0.0))
    mixed = hessian(power, (0, 1))(1e-310, 1.0)
    assert mixed[0][1] == mixed[1][0] == pytest.approx(1 + math.log(1e-310), rel=1e-14)


def test_conventions_at_jumps() -> None:
    """Where the value jumps there is no derivative; both are taken as 0, as `kinks` declare."""
    for operation in (autograd.pow, atan2):
        assert operation.kinks[0.0, 0.0] == [0.0, 0.0]
        assert grad(operation, (0, 1))(0.0, 0.0) == (0.0, 0.0)


@pytest.mark.parametrize("logits", [[1e17, 1e17], [1e50, 1e50], [-1e300, -1e300], [1e300, 1e300]])
def test_a_large_number_does_not_hide_the_shares(logits: list[float]) -> None:
    assert grad(logsumexp)(logits) == [0.5, 0.5]
    assert grad(lambda x: logsumexp([x, x]))(logits[0]) == 1.0
    assert hessian(logsumexp)(logits) == [[0.25, -0.25], [-0.25, 0.25]]
    assert compile(logsumexp).value_and_grad(logits)[1] == [0.5, 0.5]


@pytest.mark.parametrize("margin", [0.0, 1.0, 30.0, 40.0, 300.0, 700.0])
def test_the_hessian_of_logsumexp_at_all_margins(margin: float) -> None:
    with mp.workdps(700):
        p = 1 / (1 + mp.exp(-mp.mpf(margin)))
        wanted = float(p * (1 - p))
    for got in (hessian(logsumexp)([margin, 0.0]), compile(hessian(logsumexp))([margin, 0.0])):
        assert np.allclose(got, [[wanted, -wanted], [-wanted, wanted]], rtol=1e-12, atol=0.0)


@pytest.mark.parametrize("operation", [each for each in (*TABLE.values(), *AUXILIARY) if each.shown], ids=str)
def test_what_is_shown_is_what_is_computed(operation: Op) -> None:
    count = operation.arity or 3
    for ratios in itertools.product([0.21, 0.5, 0.95], repeat=count):
        point = in_domain(operation, ratios)
        y = operation.evaluate(point)
        shown = operation.shown_partials(point, y)
        assert [float(d) for d in shown] == pytest.approx(operation.linearize(point)[1], rel=1e-12)


def in_domain(operation: Op, ratios: Sequence[float]) -> list[float]:
    """The point that divides the intervals of the domain in these ratios."""
    domain = operation.domain or [(0.0, 1.8)] * len(ratios)
    point = [low + ratio * (high - low) for ratio, (low, high) in zip(ratios, domain)]
    return [float(round(x)) if i in operation.constants else x for i, x in enumerate(point)]


def free(operation: Op) -> tuple[Callable[..., Any], int]:
    """The operation as a function of all inputs that it is differentiated by, and their number."""
    if operation.name == "where":
        return lambda a, b: where(True, a * b, a), 2
    if operation.constants:
        return lambda x: operation(x, 2.0), 1
    return lambda *xs: operation.apply(xs), operation.arity or 5


@pytest.mark.slow
@pytest.mark.parametrize("operation", [*TABLE.values(), *AUXILIARY], ids=str)
def test_derivatives_of_every_operation_compile(operation: Op) -> None:
    """To second order, with every input an argument, in the domain and at kinks."""
    f, count = free(operation)
    numbers = [0.3, 0.7, 0.5, 0.9, 0.4, 0.6, 0.8]
    sampled = [in_domain(operation, numbers[k : k + count]) for k in range(7 - count)]
    points = [*sampled, *((*kink, *[0.0] * count)[:count] for kink in operation.kinks)]
    columns, argnums = np.array(points).T, range(count)
    first, second = compile(grad(f, argnums))(*columns), compile(hessian(f, argnums))(*columns)
    for k, point in enumerate(points):
        assert [column[k] for column in first] == pytest.approx(list(grad(f, argnums)(*point)), rel=1e-12)
        for row, wanted in zip(second, hessian(f, argnums)(*point)):
            assert [column[k] for column in row] == pytest.approx(list(wanted), rel=1e-10, abs=1e-14)
    assert compile(grad(f, argnums))(*points[0]) == pytest.approx(grad(f, argnums)(*points[0]), rel=1e-12)


def test_a_derivative_by_both_inputs_of_a_power_compiles() -> None:
    assert compile(grad(lambda a, b: a**b, (0, 1)))(2.0, 3.0) == pytest.approx((12.0, 8 * math.log(2)))
    assert compile(grad(lambda x: x**x))(2.0) == pytest.approx(4 + 4 * math.log(2))


def test_slopes_of_sqrt_and_log_reach_infinity() -> None:
    x = Value(0.0)
    (sqrt(x) + log(x + 1)).backward()
    assert x.grad == inf
