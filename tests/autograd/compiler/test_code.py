"""Code of operations: their values and rules, applied to names and to expressions, give code that computes the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import compile, grad, op, where
from autograd.compiler.branches import NotCodeError
from autograd.compiler.code import HELPERS, KNOWN, NAMES, Code, code_of, value_code
from autograd.compiler.elementwise import Elementwise
from autograd.compiler.ir import Call, View
from autograd.compiler.printer import Printer
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


class Named(Printer):
    """Writes x0, x1, ... for the rows of a buffer."""

    def view(self, view: View, has_samples: bool) -> Code:
        """Return the name of a row."""
        return Code(f"x{view.rows[0]}")


def rows(count: int) -> list[View]:
    return [View("V", np.array([row])) for row in range(count)]


def code(x: Any) -> Code:
    return Named().code(x)


@pytest.mark.parametrize("operation", ELEMENTWISE, ids=str)
def test_values_and_slopes(operation: Op) -> None:
    numbers, inputs = point(operation), [*rows(operation.arity or 0)]
    if operation is power:  # whose exponent is a number
        numbers[1:], inputs[1:] = [2.0], [2.0]  # type: ignore[list-item]
    y, row = operation.linearize(numbers)
    value = Call(operation, tuple(inputs))
    if operation.numpy or operation.name in KNOWN:
        assert math.isclose(run(code(value), numbers), y, rel_tol=1e-14)
    else:
        assert code(value).text.startswith(f"{operation.name}(")
        assert Elementwise(operation)(*numbers) == y
    for partial, slope in zip(operation.partials(inputs, y), row):
        assert math.isclose(run(code(partial), numbers), slope, rel_tol=1e-14)


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
    xs = np.array([0.0, 1e-8, 0.5, -3.0, 100.0])
    slopes = compile(sinc).value_and_grad(xs)[1]
    assert slopes.tolist() == [grad(sinc)(x) for x in xs.tolist()]


def test_functions_are_noted() -> None:
    assert value_code(TABLE["gelu"], [Code("x")]).helpers == {"gelu", "where", "erfc", "polynomial"}
    assert value_code(TABLE["sin"], [Code("x")]).helpers == {"sin"}
    assert value_code(TABLE["pow"], [Code("x"), 2.0]).helpers == {"square"}
    assert value_code(TABLE["pow"], [Code("x"), 3.0]).helpers == {"power"}
    assert value_code(TABLE["pow"], [Code("x"), 0.5]).helpers == {"pow"}
    (x,) = rows(1)
    for operation, helper in ((sinc, "bessel"), (TABLE["tanh"], "sech")):
        printer = Named()
        printer.text(next(iter(operation.partials([x], x))))
        assert helper in printer.helpers


def test_factors_of_one_and_signs_are_simplified() -> None:
    x, y = rows(2)
    texts = [code(z).text for z in (1.0 * x, x * -1.0, (-x) * y, x * (-y), x**1.0)]
    assert texts == ["x0", "-x0", "-(x0 * x1)", "-(x1 * x0)", "x0"]


@pytest.mark.parametrize("x", [1.0, -2.5, math.inf, -math.inf, math.nan, 0.5])
def test_numbers(x: float) -> None:
    assert str(eval(code_of(x).text, NAMESPACE)) == str(x)  # noqa: S307
    assert code_of(x).is_number
    assert not Code("x1", ATOM).is_number


def test_what_cannot_be_written() -> None:
    floats = op("floats", math.gamma, lambda x, y: [math.lgamma(x)])
    (x,) = rows(1)
    with pytest.raises(NotCodeError, match="value of <op floats>"):
        value_code(floats, [Code("x")])
    with pytest.raises(TypeError):
        floats.partials([x], x)
    for operand in (x, Code("x")):
        with pytest.raises(NotCodeError, match="equality"):
            _ = operand == 1.0
        with pytest.raises(NotCodeError, match="branch"):
            bool(operand)


def test_own_arithmetic_is_written() -> None:
    cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * x * x])
    norm = op("norm", lambda xs: sum(x * x for x in xs), lambda xs, y: [2 * x for x in xs], variadic=True)
    assert value_code(cube, [Code("x")]).text == "x * x * x"
    (x,) = rows(1)
    assert [code(partial).text for partial in cube.partials([x], x)] == ["3.0 * x0 * x0"]
    assert run(value_code(norm, [Code("x0"), Code("x1")]), [3.0, 4.0]) == 25.0
