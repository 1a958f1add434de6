"""Code of operations: their rules read with names give code that computes the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import compile, grad, op, where
from autograd.compiler.code import HELPERS, KNOWN, NAMES, Code, NotCodeError, code_of, partials_code, value_code
from autograd.operation import Op
from autograd.ops import TABLE, power, sinc
from autograd.printing.precedence import ATOM

NAMESPACE = {name: getattr(np, name) for name in NAMES} | {"np": np, "math": math}
for helper in HELPERS.values():
    exec(helper, NAMESPACE)  # noqa: S102
ELEMENTWISE = [each for each in TABLE.values() if each.arity]


def point(operation: Op) -> list[float]:
    return [
        round(0.4 * low + 0.6 * high, 3) for low, high in operation.domain or [(-1.0, 1.7)] * (operation.arity or 0)
    ]


def run(code: object, numbers: list[float]) -> float:
    inputs = {f"x{i}": x for i, x in enumerate(numbers)}
    return float(eval(code_of(code).text, NAMESPACE | inputs))  # noqa: S307


def names(operation: Op) -> list[Code]:
    return [Code(f"x{i}") for i in range(operation.arity or 0)]


@pytest.mark.parametrize("operation", ELEMENTWISE, ids=str)
def test_values_and_slopes(operation: Op) -> None:
    numbers = point(operation)
    inputs = [
        2.0 if i in operation.constants and operation is power else name for i, name in enumerate(names(operation))
    ]
    numbers[1:2] = [2.0] if operation is power else numbers[1:2]
    y, row = operation.linearize(numbers)
    if operation.numpy or operation.name in KNOWN:
        assert math.isclose(run(value_code(operation, inputs), numbers), y, rel_tol=1e-14)
    else:  # it is applied to each element
        with pytest.raises(NotCodeError, match="NumPy has no function"):
            value_code(operation, inputs)
    for partial, slope in zip(partials_code(operation, inputs, Code(f"({y!r})")), row):
        assert math.isclose(run(partial, numbers), slope, rel_tol=1e-14)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (lambda x, y: (x + y) * 2 - (x - y), "(x + y) * 2.0 - (x - y)"),
        (lambda x, y: x - (y + x) / (x * y), "x - (y + x) / (x * y)"),
        (lambda x, y: 1.0 * x + -y, "x + (-y)"),
        (lambda x, y: x * -2.0, "x * (-2.0)"),
        (lambda x, y: x**2 + x**3 + x**0.5, "square(x) + power(x, 3.0) + pow(x, 0.5)"),
        (lambda x, y: -(x**y), "-pow(x, y)"),
        (lambda x, y: 1.0 * (x > y) - (y <= 0), "1.0 * (x > y) - 1.0 * (y <= 0.0)"),
        (lambda x, y: (x < y) * (x >= y), "(x < y) * (x >= y)"),
        (lambda x, y: where(x > 0, x, 0.0), "where(x > 0.0, x, 0.0)"),
    ],
)
def test_what_is_written_means_the_same(written: Callable[[Any, Any], Any], code: str) -> None:
    assert written(Code("x"), Code("y")).text == code
    x, y = 0.7, 1.3
    assert math.isclose(eval(code, NAMESPACE | {"x": x, "y": y}), written(x, y), rel_tol=1e-15)  # noqa: S307


def test_a_rule_without_functions_of_numpy() -> None:
    """The rule of sinc uses a Bessel function, which is computed one by one."""
    assert partials_code(sinc, [Code("x")], Code("y"))[0].helpers == {"bessel"}
    xs = np.array([0.0, 1e-8, 0.5, -3.0, 100.0])
    slopes = compile(sinc).value_and_grad(xs)[1]
    assert slopes.tolist() == [grad(sinc)(x) for x in xs.tolist()]


def test_helpers_are_noted() -> None:
    assert value_code(TABLE["gelu"], [Code("x")]).helpers == {"gelu", "erfc", "polynomial"}
    assert value_code(TABLE["sin"], [Code("x")]).helpers == set()
    assert "sech" in partials_code(TABLE["tanh"], [Code("x")], Code("y"))[0].helpers
    assert value_code(TABLE["pow"], [Code("x"), 3.0]).helpers == set()
    assert value_code(TABLE["pow"], [Code("x"), 0.5]).helpers == {"pow"}


@pytest.mark.parametrize("x", [1.0, -2.5, math.inf, -math.inf, math.nan, 0.5])
def test_numbers(x: float) -> None:
    assert str(eval(code_of(x).text, NAMESPACE)) == str(x)  # noqa: S307
    assert code_of(x).is_number
    assert not Code("x1", ATOM).is_number


def test_what_cannot_be_written() -> None:
    floats = op("floats", math.gamma, lambda x, y: [math.lgamma(x)])
    branch = op("branch", lambda x: x if x > 0 else 0.0, lambda x, y: [1.0 if x > 0 else 0.0])
    for operation in (floats, branch):
        with pytest.raises(NotCodeError, match=f"value of <op {operation.name}>"):
            value_code(operation, [Code("x")])
        with pytest.raises(NotCodeError, match=f"rule of <op {operation.name}>"):
            partials_code(operation, [Code("x")], Code("y"))


def test_a_value_that_asks_for_equality_is_called() -> None:
    special = op("special", lambda x: 7.0 if x == 1 else x * x, lambda x, y: [2 * x])
    assert autograd.compile(special)(np.array([1.0, 2.0])).tolist() == [7.0, 4.0]


def test_own_arithmetic_is_written() -> None:
    cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * x * x])
    norm = op("norm", lambda xs: sum(x * x for x in xs), lambda xs, y: [2 * x for x in xs], variadic=True)
    assert value_code(cube, [Code("x")]).text == "x * x * x"
    assert partials_code(cube, [Code("x")], Code("y"))[0].text == "3.0 * x * x"
    assert run(value_code(norm, [Code("x0"), Code("x1")]), [3.0, 4.0]) == 25.0
