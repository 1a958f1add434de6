"""`check_derivative`: right and wrong derivatives of recorded functions and of black boxes are told apart."""

from __future__ import annotations

import math

import pytest

from autograd import Value, exp, log, op, relu, sigmoid, sin, sqrt, tanh
from autograd.testing import assert_derivative, check_derivative


def test_right_derivatives() -> None:
    assert check_derivative(sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), at=[-2.0, 0.0, 0.3])
    assert check_derivative(tanh, lambda x: 1 - tanh(x) ** 2, at=[0.5, -1])
    assert check_derivative(lambda x, y: x * exp(y), lambda x, y: (exp(y), x * exp(y)), at=[(1.0, 2.0), [0.0, -3.0]])
    assert check_derivative(relu, lambda x: 1.0 if x > 0 else 0.0, at=[-1.0, 0.0, 1.0]), "the convention at the kink"
    assert check_derivative(sqrt, lambda x: math.inf if x == 0 else 0.5 / math.sqrt(x), at=[0.0, 1e-300])
    assert check_derivative(lambda x: 7.0, lambda x: 0, at=[1.0])


def test_wrong_derivatives_with_a_common_factor() -> None:
    report = check_derivative(lambda x: sin(x) ** 2, lambda x: sin(x) * (1 - sin(x) ** 2) ** 0.5, at=[0.2, 0.4])
    assert not report
    assert [mark.verdict for mark in report.marks] == ["wrong", "wrong"]
    assert str(report).endswith("the derivative with respect to x: 1/2 of the right value everywhere")
    report = check_derivative(log, lambda x: -1 / x, at=[0.2, 0.4])
    assert "the sign is wrong everywhere" in str(report)
    report = check_derivative(lambda u, v: u * v, lambda u, v: [v, v], at=[(1.0, 2.0), (3.0, 5.0), (2.0, 2.0)])
    assert [(mark.by, mark.verdict) for mark in report.marks] == [
        ("u", "right"), ("v", "wrong"), ("u", "right"), ("v", "wrong"), ("u", "right"), ("v", "right"),
    ]  # fmt: skip
    assert report.marks[1].error == 1.0
    assert "everywhere" not in str(report)
    assert report.subject == "derivative of x0·x1"


def test_a_wrong_operation_is_named() -> None:
    broken = op("broken", lambda x: x * x, lambda x, y: [3 * x])
    report = check_derivative(broken, lambda x: 2 * x, at=[2.0])
    assert not report
    assert [mark.verdict for mark in report.marks] == ["right"]
    assert report.culprit.node.op is broken
    assert "the first wrong local derivative is that of broken" in str(report)


class TestBlackBoxes:
    def test_functions_of_floats(self) -> None:
        report = check_derivative(math.sin, math.cos, at=[0.3, 1.0, 5.0])
        assert report
        assert [mark.backward for mark in report.marks] == [None] * 3
        assert "the function accepts only floats" in str(report)
        assert not check_derivative(math.sin, lambda x: math.cos(x) * (1 + 1e-6), at=[0.3])
        assert check_derivative(math.fabs, lambda x: 0.0, at=[0.0]), "between both sides"

    def test_functions_that_refuse_nodes(self) -> None:
        def strict(x: float, y: float) -> float:
            if not isinstance(x, float):
                raise TypeError("floats only")
            return x * math.exp(y)

        assert check_derivative(strict, lambda x, y: [math.exp(y), x * math.exp(y)], at=[(2.0, 0.5)])
        assert not check_derivative(strict, lambda x, y: [math.exp(y), math.exp(y)], at=[(2.0, 0.5)])

    def test_functions_that_need_a_careful_step(self) -> None:
        for f, df, x in (
            (lambda x: 1e10 + math.sin(x), math.cos, 1.0),
            (lambda x: math.log(1 + x), lambda x: 1 / (1 + x), 1e-12),
            (math.asin, lambda x: 1 / math.sqrt((1 - x) * (1 + x)), 1 - 1e-6),
        ):
            assert check_derivative(f, df, at=[x])
            assert check_derivative(f, lambda x, df=df: 1.01 * df(x), at=[x]).marks[0].verdict == "wrong"

    def test_an_inconclusive_reference_is_unsure(self) -> None:
        report = check_derivative(math.cbrt, lambda x: math.inf, at=[0.0])
        assert not report
        assert report.marks[0].verdict == "unsure"


def test_the_assertion_shows_the_table() -> None:
    assert_derivative(tanh, lambda x: 1 - tanh(x) ** 2, at=[0.5])
    with pytest.raises(AssertionError, match=r"wrong derivatives\n\nat   input  by hand"):
        assert_derivative(lambda x: x * x, lambda x: x, at=[0.5])


def test_names_of_arguments() -> None:
    assert check_derivative(Value.exp, exp, at=[0.5]).marks[0].by == "self"
    assert check_derivative(lambda *xs: xs[0] * xs[1], lambda a, b: [b, a], at=[(1.0, 2.0)]).marks[1].by == "x1"


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="at must have at least one point, got none"):
        check_derivative(sin, math.cos, at=[])
    with pytest.raises(ValueError, match="df must return one number for each of the 2 arguments, got 1"):
        check_derivative(lambda x, y: x * y, lambda x, y: y, at=[(1.0, 2.0)])
    with pytest.raises(TypeError, match="a point must be a number, got str"):
        check_derivative(sin, math.cos, at=["x"])
    with pytest.raises(TypeError, match="a derivative returned by df must be a number, got NoneType"):
        check_derivative(sin, lambda x: None, at=[1.0])
    with pytest.raises(TypeError, match=r"at must be a list of points, such as at=\[1.0, 2.0\], got float"):
        check_derivative(sin, math.cos, at=1.0)
