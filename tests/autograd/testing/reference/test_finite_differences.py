"""Slopes from finite differences: the interval contains the true slope, or is marked as unsure."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.ops import TABLE
from autograd.testing.reference.finite_differences import curvature, slope
from autograd.testing.reference.high_precision import reference
from tests.autograd.numerical_derivative import derivative

SURE: list[tuple[Callable[[float], float], float, float]] = [
    (math.sin, 0.5, math.cos(0.5)), (math.exp, 0.0, 1.0), (math.exp, 1e-300, 1.0), (math.exp, 700.0, math.exp(700.0)), (math.log, 1e-300, 1e300), (lambda x: 1 / x, 1e-150, -1e300),
    (math.sqrt, 1e-9, 0.5 / math.sqrt(1e-9)), (lambda x: math.sin(1e8 * x), 0.3, 1e8 * math.cos(0.3e8)), (lambda x: math.tanh(1e10 * x), 0.0, 1e10), (lambda x: math.tanh(1e10 * x) + x, 0.3, 1.0),
    (lambda x: (1 + x) - 1, 1e-17, 1.0), (lambda x: x**10, 0.0, 0.0), (lambda x: x * abs(x), 0.0, 0.0), (lambda x: 3, 1.0, 0.0), (math.floor, 1.5, 0.0), (lambda x: 1e300 * x, 1.0, 1e300), (lambda x: 1e-300 * x, 1.0, 1e-300),
    (lambda x: float(f"{x * x:.7g}"), 1.3, 2.6), (lambda x: math.exp(-((x - 1) ** 2) / 1e-12), 1.0, 0.0), (lambda x: 1e16 * x - 1e16 * x, 1.0, 0.0), (math.erf, 30.0, 0.0), (lambda x: x**1.5, 0.0, 0.0), (lambda x: x**1.5, 4.0, 3.0),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(SURE)))
def test_the_true_slope_is_in_a_narrow_interval(case: int) -> None:
    f, x, true = SURE[case]
    found = slope(f, x)
    assert found.is_sure
    assert not found.is_kink
    assert found.low <= true <= found.high
    assert found.error <= 1e-4 * abs(true) + 1e-5


@pytest.mark.parametrize(
    ("f", "x"),
    [(lambda x: (1 - math.cos(x)) / x**2, 1e-5), (lambda x: (math.exp(x) - 1) / x, 1e-7), (lambda x: (x - math.sin(x)) / x**3, 1e-4), (lambda x: (math.sqrt(1 + x) - 1) / x, 1e-8)],
)  # fmt: skip
def test_a_slope_caused_by_rounding_is_unsure(f: Callable[[float], float], x: float) -> None:
    """Over tiny widths the rounded numerator is constant, so these functions look smooth with a wrong slope."""
    assert not slope(f, x).is_sure


@pytest.mark.parametrize(
    ("f", "x", "low", "high"),
    [(abs, 0.0, -1.0, 1.0), (lambda x: max(x, 0.0), 0.0, 0.0, 1.0), (lambda x: x if x > 0.3 else 2 * x - 0.3, 0.3, 1.0, 2.0), (lambda x: min(x, -3 * x), 0.0, -3.0, 1.0)],
)  # fmt: skip
def test_kinks_have_two_sides(f: Callable[[float], float], x: float, low: float, high: float) -> None:
    found = slope(f, x)
    assert found.is_kink
    assert found.is_sure
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize(
    ("f", "x"),
    [(math.sqrt, 0.0), (math.asin, 1.0), (math.cbrt, 0.0), (math.sin, 1e22), (lambda x: math.nan, 1.0), (lambda x: x * math.sin(1 / x) if x else 0.0, 0.0), (lambda x: x**0.5, 0.0), (math.log, -1.0)],
)  # fmt: skip
def test_inconclusive_slopes_are_unsure(f: Callable[[float], float], x: float) -> None:
    assert not slope(f, x).is_sure


@pytest.mark.parametrize(
    ("f", "x"),
    [(math.floor, 1.0), (math.ceil, 2.0), (lambda x: 1.0 if x > 0 else 0.0, 0.0), (lambda x: x if x < 0.3 else x + 2, 0.3), (lambda x: math.atan2(x, -1.0), 0.0)],
)  # fmt: skip
def test_jumps(f: Callable[[float], float], x: float) -> None:
    found = slope(f, x)
    assert found.is_jump
    assert not found.is_sure
    assert not slope(f, x + 0.125).is_jump
    assert slope(f, x + 0.125).is_sure


@pytest.mark.parametrize("case", range(len(SURE)))
def test_continuous_functions_do_not_jump(case: int) -> None:
    f, x, _ = SURE[case]
    assert not slope(f, x).is_jump


def test_infinite_slopes_and_steps_of_rounding_are_no_jumps() -> None:
    for f, x in (
        (math.sqrt, 0.0),
        (math.cbrt, 0.0),
        (lambda x: (1 + x) - 1, 2.0**-53),
        (lambda x: (1 - math.cos(x)) / x**2, 1e-8),
    ):
        assert not slope(f, x).is_jump  # fmt: skip


@pytest.mark.parametrize(
    ("f", "x", "true"),
    [
        (math.sin, 0.5, -math.sin(0.5)), (math.exp, 1.0, math.e), (lambda x: x**3, 2.0, 12.0), (math.log, 1e-3, -1e6), (lambda x: 3 * x, 1.0, 0.0), (lambda x: 7, 0.0, 0.0),
        (lambda x: x**2.5, 0.0, 0.0), (lambda x: 1 / x, 0.1, 2000.0), (lambda x: math.sqrt(x) * x * x, 4.0, 7.5), (lambda x: math.sin(100 * x), 0.3, -1e4 * math.sin(30)),
    ],
)  # fmt: skip
def test_the_true_curvature_is_in_a_narrow_interval(f: Callable[[float], float], x: float, true: float) -> None:
    found = curvature(f, x)
    assert found.is_sure
    assert found.low <= true <= found.high
    assert found.error <= 1e-3 * abs(true) + 1e-5


def test_a_slope_with_a_kink_has_two_curvatures() -> None:
    found = curvature(lambda x: x * abs(x), 0.0)
    assert found.is_kink
    assert (found.low, found.high) == (pytest.approx(-2), pytest.approx(2))


def test_an_edge_has_one_side() -> None:
    seen = []

    def f(x: float) -> float:
        seen.append(x)
        if not 0.0 <= x <= 1.0:
            raise ValueError("outside")
        return x * x

    for x, true in ((1.0, 2.0), (0.0, 0.0)):
        found = slope(f, x)
        assert found.is_sure
        assert found.low <= true <= found.high


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(st.sampled_from([op for op in TABLE.values() if op.arity == 1]), st.floats(0.01, 0.99), st.integers(-6, 0))
def test_operations_of_the_table(op: object, part: float, decade: int) -> None:
    low, high = op.domain[0] if op.domain else (-3.0, 3.0)
    x = (low + (high - low) * part) * (10.0**decade if low <= 0 else 1.0)
    found = slope(lambda t: op.evaluate([t]), x)
    if math.isinf(op.linearize([x])[1][0]):  # the slope of cbrt at 0
        assert not found.is_sure
        return
    assert found.low <= derivative(reference(op), [x], 0) <= found.high
    assert found.is_sure
