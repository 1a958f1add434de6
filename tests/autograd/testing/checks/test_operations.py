"""`check_op` accepts every operation of the table, and names each kind of mistake in a declaration."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import pytest

from autograd import cos, exp, op, tanh, where
from autograd.operation import Op
from autograd.ops import TABLE
from autograd.testing import check_op


@pytest.mark.slow
@pytest.mark.parametrize("operation", TABLE.values(), ids=str)
def test_the_table_is_right(operation: Op) -> None:
    report = check_op(operation)
    assert report, report
    assert {"value", "second order"} <= {aspect.name for aspect in report.aspects}
    assert ("kinks" in {aspect.name for aspect in report.aspects}) == bool(operation.kinks)


Rule = Callable[..., Sequence[Any]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "rule", "message"),
    [
        (lambda x: x * x * x, lambda x, y: [-3 * x * x], "derivative wrt input 0 at (2.06653): got -12.811"),
        (lambda x: x * x * x, lambda x, y: [-3 * x * x], "the sign is wrong everywhere"),
        (lambda x: x * x * x, lambda x, y: [x * x], "1/3 of the right value everywhere"),
        (math.sin, lambda x, y: [cos(x) * (1 + 1e-6)], "1.000001 times the right value everywhere"),
        (lambda x: x**3 + x, lambda x, y: [3 * y * y + 1], "the rule uses the output instead of the input"),
        (math.tanh, lambda x, y: [1 - x * x], "the rule uses the input instead of the output"),
        (lambda a, b: a * b, lambda a, b, y: [a, b], "this is the derivative wrt input 1"),
        (lambda a, b: a - b, lambda a, b, y: [1.0, 1.0], "derivative wrt input 1"),
        (lambda a, b: a * b, lambda a, b, y: [b], "must return 2 partial derivatives, one for each input, got 1"),
        (lambda x: x, lambda x, y: 1.0, "must return a list of partial derivatives, got float"),
        (lambda x: x, lambda x, y: ["a"], "a partial derivative of <op wrong> must be a number, got str"),
        (lambda x: "a", lambda x, y: [1.0], "TypeError: the value of <op wrong> must be a number, got str"),
        (math.log, lambda x, y: [1 / x], "value at (-0.476571): ValueError"),
        (lambda x: math.nan if x < 0 else x, lambda x, y: [1.0], "nan; if this is outside the domain, declare the domain"),
        (lambda x: x * x, lambda x, y: [2 * getattr(x, "data", x)], "second order at"),
        (math.sin, lambda x, y: [cos(getattr(x, "data", x))], "second order at"),
    ],
)  # fmt: skip
def test_mistakes_are_named(value: Callable[..., Any], rule: Rule, message: str) -> None:
    report = check_op(op("wrong", value, rule))
    assert not report
    assert message in str(report)
    assert len(str(report).splitlines()) < 15
    assert max(map(len, str(report).splitlines())) < 160


def test_kinks() -> None:
    def steep(right: float, at_zero: float, declared: float) -> Op:
        rule = lambda x, y: [right * (x > 0) - 1.0 * (x < 0) + (0.0 if x > 0 or x < 0 else at_zero)]  # noqa: E731
        return op("steep", lambda x: right * x if x > 0 else -x, rule, kinks={(0.0,): [declared]})

    assert check_op(steep(1.0, 0.0, 0.0))
    assert "kinks at (0): got 0.5, expected 0.0" in str(check_op(steep(1.0, 0.5, 0.0)))
    report = check_op(steep(1.0, 3.0, 3.0))
    assert not report
    assert "kinks at (0): 3.0 for input 0 is not between the slopes on both sides" in str(report)


@pytest.mark.slow
def test_an_exact_value_reveals_a_loss_of_digits() -> None:
    inaccurate = op("inaccurate", lambda x: math.exp(x) - 1, lambda x, y: [exp(x)], domain=[(1e-9, 1e-8)])
    assert check_op(inaccurate)
    report = check_op(inaccurate, exact=mp.expm1)
    assert not report
    assert report.aspects[0].verdict == "wrong"
    assert check_op(inaccurate, exact=mp.expm1, at=[(1.0,), (2.0,)])


def test_rules_that_take_only_floats_have_no_second_order() -> None:
    report = check_op(op("floats", math.sin, lambda x, y: [math.cos(x)]))
    assert report
    assert "second order was not checked: a rule may use" in str(report)


def test_an_inconclusive_reference_is_unsure() -> None:
    report = check_op(op("cusp", lambda x: math.sqrt(math.fabs(x)), lambda x, y: [math.inf]), at=[(0.0,)])
    assert not report
    assert report.aspects[1].verdict == "unsure"


@pytest.mark.slow
def test_variadic_operations_and_domains() -> None:
    norm = op("norm", lambda xs: math.sqrt(sum(x * x for x in xs)), lambda xs, y: [x / y for x in xs], variadic=True)
    assert check_op(norm)
    assert not check_op(op("norm", lambda xs: math.sqrt(sum(x * x for x in xs)), lambda xs, y: xs, variadic=True))
    assert check_op(op("ln", math.log, lambda x, y: [1 / x], domain=[(1e-3, 10.0)]))


def test_both_branches_of_a_choice_are_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where, "rule", lambda c, a, b, y: [0.0, 1.0 * (c != 0), -1.0 * (c == 0)])
    assert [aspect.verdict for aspect in check_op(where).aspects] == ["right", "right", "wrong"]


def test_points_of_one_input_are_numbers() -> None:
    assert check_op(tanh, at=[0.5, (1.0,)]).aspects[0].points == 2


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match=r"op must be an operation made by op\(...\), got function"):
        check_op(lambda x: x)
