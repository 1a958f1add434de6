"""Calls of array programs: what is set around a call is neither heard nor changed, and what fails leaves nothing."""

from __future__ import annotations

import math
from contextvars import ContextVar
from itertools import count
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, exp, op, sin


def test_floating_point_errors_that_numpy_would_raise() -> None:
    w = Value(2.0)
    ratio, product = compile(lambda x, y: exp(x) / y), compile(lambda x, y: x * y)
    with np.errstate(all="raise"):
        before = np.geterr()
        values, _ = ratio.value_and_grad(np.array([1000.0, 0.0]), np.array([1.0, 0.0]))
        assert values.tolist() == [math.inf, math.inf]
        _, (by_x, _) = product.value_and_grad(2.0, np.array([1e308, 1e308]))
        assert by_x == math.inf
        for reduction in ("mean", "sum"):
            step = compile(lambda x: w * x, params=[w], reduction=reduction)
            assert math.isnan(step.backward(np.array([math.inf, -math.inf])))
            assert step(np.array([1e308, 1e308])) == math.inf
        assert np.geterr() == before


def test_own_operations_read_the_context_of_the_caller() -> None:
    factor = ContextVar("factor", default=1.0)
    scaled = op("scaled", lambda x: float(x) * factor.get(), lambda x, y: [1.0])
    f = compile(scaled)
    for k in (2.0, 3.0):
        token = factor.set(k)
        assert f(np.array([1.0, 2.0])).tolist() == [k, 2 * k]
        factor.reset(token)


def test_an_interrupted_call_leaves_nothing() -> None:
    calls = count()

    def value(x: Any) -> float:
        number = float(x)
        if next(calls) == 3:
            raise KeyboardInterrupt
        return 2 * number

    twice, w = op("twice", value, lambda x, y: [2.0]), Value(3.0)
    step, before = compile(lambda x: sin(twice(w * x)), params=[w]), np.geterr()
    with pytest.raises(KeyboardInterrupt):
        step.backward(np.array([0.1, 0.2, 0.3, 0.4]))
    assert (w.grad, np.geterr()) == (0.0, before)
    step.backward(np.array([0.1, 0.2]))
    assert w.grad == pytest.approx((0.2 * math.cos(0.6) + 0.4 * math.cos(1.2)) / 2)


def test_a_compiled_function_may_be_called_in_an_operation_of_its_own() -> None:
    def value(x: Any) -> float:
        x = float(x)
        return x + float(summed(np.array([x - 1, 0.0]))[0]) if x > 0 else 0.0

    counted = op("counted", value, lambda x, y: [1.0])
    summed = compile(counted)
    assert summed(np.array([3.0, 4.0])).tolist() == [6.0, 10.0]
