"""Sources of functions and their translation to JavaScript, without a browser; `test_explorer.py` runs what comes out."""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Callable

import pytest

from autograd import op
from autograd.drawing.javascript import UntranslatableError, arithmetic
from autograd.operation import Op
from autograd.ops import AUXILIARY, TABLE
from autograd.syntax import NoSourceError, definition, resolve

FACTOR = 2.5
pair = (lambda x: x + 1, lambda x: x if x > 0 else -x)


def decorated(function: Callable[..., float]) -> Callable[..., float]:
    return function


@decorated
def branches(x: float) -> float:
    """A docstring."""
    if not x > 1 or x == 0.5:
        y = x * FACTOR
        y = -abs(y)
    else:
        y = max([x, 1.0])
    if math.isinf(x):
        raise ValueError("infinite")
    return y


def test_the_right_one_of_two_lambdas_in_a_line() -> None:
    assert [ast.unparse(definition(f)) for f in pair] == ["lambda x: x + 1", "lambda x: x if x > 0 else -x"]
    assert definition(branches).name == "branches"


def test_every_operation_of_the_table_is_translated() -> None:
    code, names = arithmetic(TABLE.values())
    assert set(TABLE.values()) <= set(names) <= {*TABLE.values(), *AUXILIARY}
    assert code.count("const op_") == len(names)


WITHOUT_SOURCE = [math.sin, eval("lambda x: x"), random.Random(0).random]  # noqa: S307


@pytest.mark.parametrize("function", WITHOUT_SOURCE, ids=["builtin", "eval", "method"])
def test_what_has_no_source(function: Callable[..., float]) -> None:
    with pytest.raises(NoSourceError):
        definition(function)


def test_names_are_resolved_where_the_function_is() -> None:
    near = 3.0
    assert resolve(lambda x: x * near, "near") == 3.0
    assert resolve(branches, "FACTOR") == 2.5
    assert resolve(branches, "max") is max
    with pytest.raises(KeyError):
        resolve(branches, "nonsense")


def translated(value: Callable[..., float], rule: Callable[..., list[float]] = lambda x, y: [1.0]) -> str:
    return arithmetic([Op("mine", value, rule)])[0]


def test_statements() -> None:
    assert translated(branches).splitlines()[0] == (
        "const fn_0 = (x_) => { let y_; if ((!(x_ > 1) || x_ == 0.5)) { y_ = x_ * 2.5; y_ = -Math.abs(y_); } "
        "else { y_ = py.max([x_, 1]); } if (py.truth(py.isinf(x_))) { return NaN; } return y_; };"
    )


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: 1 + round(x), "it uses 'round'"), (lambda x: x.real, "no JavaScript for 'x.real'"), (lambda x: f"{x}", "no JavaScript"),
        (lambda x: x if x else undefined, "undefined"), (lambda x: max(x, key=abs), "no JavaScript"), (lambda x: [i for i in x if i], "no JavaScript"),  # noqa: F821
        (lambda x: x[::2], "no JavaScript"), (lambda x: x % 2, "no JavaScript"), (lambda x: ~x, "no JavaScript"), (lambda x: x in [1], "no JavaScript"),
        (lambda x: math.log(x, 10), "no JavaScript"), (lambda x: sum([x] * 2 + [x, 2.0]), "no JavaScript"), (lambda x: [x] == [x], "no JavaScript"), (lambda x: sum(2 * [x]), "no JavaScript"),
        (lambda x=1: x, "its arguments must be plain names"), (lambda x: (x or 1), "no JavaScript"), (lambda x: random.random(), "it uses 'random'"), (lambda x: "a", "no JavaScript"),
    ],
)  # fmt: skip
def test_what_cannot_be_said(function: Callable[..., float], message: str) -> None:
    with pytest.raises(
        UntranslatableError, match=f"the operation mine cannot be translated to JavaScript: .*{message}"
    ):
        translated(function)


def test_loops_cannot_be_said() -> None:
    def looped(x: float) -> float:
        for _ in range(3):
            x = x * x
        return x

    with pytest.raises(UntranslatableError, match="no JavaScript for 'for _"):
        translated(looped)


def test_a_limit_cannot_be_said() -> None:
    with pytest.raises(UntranslatableError, match="sinc cannot be translated to JavaScript: it has a limit"):
        arithmetic([op("sinc", lambda x: math.sin(x) / x, lambda x, y: [1.0], limit=lambda x: 1.0)])


def test_signs_and_comprehensions() -> None:
    k = 10.0

    def with_comprehension(x: float) -> float:
        s = sum([k * 1.0 for k in [x, x]])
        return s + k

    assert translated(lambda x: +x * 2).splitlines()[0] == "const fn_0 = (x_) => +x_ * 2;"
    assert translated(lambda x: -(-x)).splitlines()[0] == "const fn_0 = (x_) => -(-x_);"  # noqa: B002
    assert "return s_ + 10;" in translated(with_comprehension)
    assert translated(lambda x: x // 0.1).splitlines()[0] == "const fn_0 = (x_) => py.floordiv(x_, 0.1);"


def test_own_operations_may_use_each_other() -> None:
    cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * square(x)])
    square = op("square", lambda x: x**2, lambda x, y: [2 * x])
    code, names = arithmetic([cube])
    assert names == {cube: "op_0", square: "op_1"}
    assert "rule: (x_, y_) => [3 * op_1.value(x_)]" in code
