"""Operations whose values and rules branch in Python are written with `where`, if that is possible."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, op
from tests.autograd.compiler.against_eager import check_points, normal

SPECIAL = np.array([-math.inf, -2.0, -1.0, -0.0, 0.0, 0.5, 1.0, 2.0, 3.0, math.inf, math.nan])


def huber(x: Any) -> Any:
    if -1 <= x <= 1:
        return 0.5 * x * x
    return (-x if x < 0 else x) - 0.5


def steps(x: Any) -> Any:
    """Return the sum of the first of some limits that x reaches."""
    found = 0.0
    for limit in (0.0, 1.0, 2.0):
        if not (x > limit):
            break
        found += x - limit
    return found


WRITTEN = [
    op("leaky", lambda x: x if x > 0 else 0.1 * x, lambda x, y: [1.0 if x > 0 else 0.1]),
    op("huber", huber, lambda x, y: [x if -1 <= x <= 1 else -1.0 if x < 0 else 1.0]),
    op("larger", lambda x: max(x, 1.0, x * x), lambda x, y: [0.0 if x != x else 1.0]),
    op("steps", steps, lambda x, y: [1.0 * (x > 0) + (x > 1) + (x > 2)]),
    op("special", lambda x: 7.0 if x == 1 else x * x, lambda x, y: [0.0 if x == 1 else 2 * x]),
    op("truth", lambda x: 1 / (1 + x * x) if x else 3.0, lambda x, y: [-2 * x * y * y if x else 0.0]),
]


@pytest.mark.parametrize("operation", WRITTEN, ids=lambda operation: operation.name)
def test_both_sides_of_branches_are_written(operation: Any) -> None:
    compiled = check_points(operation, SPECIAL)
    assert not compiled.program.has_own
    check_points(lambda x, y: operation(x * y) + operation(x), normal(50), normal(50))


def halved(x: float) -> float:
    while x > 1:
        x = x / 2
    return x


CALLED = [
    op("logarithm", lambda x: math.log1p(x) if x > 0 else x, lambda x, y: [math.exp(-y) if x > 0 else 1.0]),
    op("halved", halved, lambda x, y: [y / x]),
    op("limited", lambda x: 1 / x, lambda x, y: [-y * y], limit=lambda x: 5.0),
]


@pytest.mark.parametrize("operation", CALLED, ids=lambda operation: operation.name)
def test_other_functions_are_called_for_each_element(operation: Any) -> None:
    compiled = check_points(operation, np.array([-2.0, 0.0, 0.5, 3.0, 1000.0])[operation.name == "halved" :])
    assert compiled.program.has_own


def test_an_error_in_a_branch_is_raised() -> None:
    def root(x: Any) -> Any:
        if x < 0:
            raise ValueError("negative")
        return x**0.5

    compiled = compile(op("root", root, lambda x, y: [0.5 / y]))
    assert compiled(np.array([4.0, 9.0])).tolist() == [2.0, 3.0]
    with pytest.raises(ValueError, match="negative"):
        compiled(np.array([4.0, -1.0]))


def test_rules_that_branch_in_loops() -> None:
    leaky, w = WRITTEN[0], Value(0.9)

    def loss(x: Any) -> Any:
        for _ in range(300):
            x = leaky(w * x - 0.01)
        return x

    step = compile(loss, params=[w], backend="numpy")
    value, (gradient,) = step.value_and_grad([0.9], np.array([1.0, -1.0]))
    losses = [loss(x) for x in (1.0, -1.0)]
    mean = (losses[0] + losses[1]) / 2
    mean.backward()
    assert value == pytest.approx(mean.data, rel=1e-12)
    assert gradient == pytest.approx(w.grad, rel=1e-12)
