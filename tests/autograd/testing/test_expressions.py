"""`Expression`: calls on all kinds of operands, and Python code that computes the same graph."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings

import autograd
from autograd import Value, op
from autograd.backpropagation import topological
from autograd.ops import TABLE, add, div, dot, mul, neg, pow, power, sin, sub, total, where
from autograd.testing.expressions import Expression
from autograd.testing.reference.high_precision import HighPrecision
from autograd.testing.strategies import expressions

POINT = (0.5, 2.0)


def written(*steps: Any) -> str:
    return str(Expression(steps, POINT))


def run(code: str, *xs: Any) -> Any:
    """Run the code that `str` returns."""
    names = {name: getattr(autograd, name) for name in TABLE if hasattr(autograd, name)}
    names |= {f"x{i}": x for i, x in enumerate(xs)}
    *lines, last = code.split("; ")
    exec("\n".join(lines), names)  # noqa: S102 - what was written by the test itself
    return eval(last, names)  # noqa: S307


def shape(root: Value) -> list[Any]:
    """Return the graph as data: operations, and inputs by their index in topological order."""
    order = topological([root])
    place = {node: i for i, node in enumerate(order)}
    return [
        (node.op, node.data, [place[x] if isinstance(x, Value) else float(x) for x in node.inputs]) for node in order
    ]


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(expressions(nodes=12, kinks=True))
def test_the_code_computes_the_same_graph(f: Expression) -> None:
    leaves = [Value(x) for x in f.point]
    assert shape(run(str(f), *leaves)) == shape(f(*leaves))


def test_brackets() -> None:
    assert written((add, (0, 1)), (sub, (1, 2))) == "x1 - (x0 + x1)"
    assert written((add, (0, 1)), (sub, (2, 1))) == "x0 + x1 - x1"
    assert written((mul, (0, 1)), (div, (0, 2))) == "x0/(x0*x1)"
    assert written((neg, (0,)), (mul, (2, 1))) == "(-x0)*x1"
    assert written((mul, (0, 1)), (neg, (2,))) == "-(x0*x1)"
    assert written((neg, (0,)), (neg, (2,))) == "-(-x0)"
    assert written((power, (0, 2.0)), (neg, (2,))) == "-x0**2.0"
    assert written((neg, (0,)), (power, (2, -0.5))) == "(-x0)**(-0.5)"
    assert written((pow, (0, 1)), (pow, (2, 1))) == "(x0**x1)**x1"
    assert written((add, (-1.5, 0)), (add, (2, -2.0))) == "-1.5 + x0 + (-2.0)"


def test_functions_of_lists_and_conditions() -> None:
    assert written((dot, (0, 1, 2.0, 0, 1))) == "dot([x0, x1], [2.0, x0], x1)"
    assert written((total, (0,)), (sin, (2,))) == "sin(total([x0]))"
    assert written((sub, (0, 1)), (where, (2, 0, 1.0))) == "where(x0 - x1 > 0, x0, 1.0)"


def test_shared_and_long_parts_have_names() -> None:
    assert written((mul, (0, 1)), (sin, (2,)), (add, (3, 2))) == "v1 = x0*x1; sin(v1) + v1"
    chain = Expression(tuple((add, (i, 1.0)) for i in range(20_000)), (0.5,))
    assert max(map(len, str(chain).split("; "))) < 80
    assert chain(0.5) == 20_000.5


def test_operations_of_your_own() -> None:
    double = op("double", lambda x: 2 * x, lambda x, y: [2.0])
    f = Expression(((double, (0,)), (double, (1,))), (3.0,))
    assert repr(f) == "<double(double(x0)), at x0 = 3.0>"
    assert f(3.0) == 12.0


def test_all_kinds_of_operands() -> None:
    f = Expression(((where, (0, 1, 2.0)),), POINT)
    assert f(0.5, 3.0) == f(Value(0.5), 3.0) == f(Value(0.5), Value(3.0)).data == 3.0
    assert f(HighPrecision(0.5), HighPrecision(3)).data == 3
    assert f(0.0, 3.0) == f(Value(-0.5), Value(3.0)).data == 2.0


def test_copies_are_equal() -> None:
    f = Expression(((mul, (0, 1)), (sin, (2,))), POINT)
    assert pickle.loads(pickle.dumps(f)) == f
    assert hash(f) == hash(Expression(((mul, (0, 1)), (sin, (2,))), POINT))
    assert f != Expression(((mul, (0, 1)), (sin, (2,))), (0.5, 3.0))


def test_the_number_of_arguments_is_checked() -> None:
    with pytest.raises(TypeError, match=r"this expression takes 2 arguments, got 1: x0\*x1"):
        Expression(((mul, (0, 1)),), POINT)(1.0)
