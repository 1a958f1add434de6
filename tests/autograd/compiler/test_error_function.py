"""erf and erfc of arrays against mpmath, and against `math` at extremes."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

from autograd.compiler.error_function import erf, erfc

POINTS = np.concatenate([
    np.linspace(-6.5, 6.5, 1000), np.linspace(6.5, 26.5, 301), [1.0, -1.0, np.nextafter(1, 0), np.nextafter(1, 2)],
    10.0 ** np.arange(-300, 0, 7),
])  # fmt: skip
EXTREMES = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 26.9, 27.3, 28.0, 1e308, -1e308]


@pytest.mark.parametrize("f", [erf, erfc], ids=lambda f: f.__name__)
def test_the_relative_error_is_below_1e_15(f: object) -> None:
    for x, y in zip(POINTS.tolist(), f(POINTS).tolist()):
        assert abs(y / getattr(mp, f.__name__)(mp.mpf(x)) - 1) < 1e-15, x


@pytest.mark.parametrize("f", [erf, erfc], ids=lambda f: f.__name__)
def test_extremes(f: object) -> None:
    values = f(np.array(EXTREMES)).tolist()
    wanted = list(map(getattr(math, f.__name__), EXTREMES))
    assert values == pytest.approx(wanted, rel=1e-15, abs=1e-322, nan_ok=True)
    assert [math.copysign(1, y) for y in values[:2]] == [math.copysign(1, y) for y in wanted[:2]]


def test_shapes() -> None:
    for shape in ((), (0,), (2, 3)):
        x = np.full(shape, 1.5)
        assert erf(x).shape == erfc(x).shape == shape
        assert np.all(erf(x) + erfc(x) == 1)
