"""`check_gradients`: right functions are called right however steep they are, and every broken operation is named."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

import nn
from autograd import (
    Value,
    asin,
    erfc,
    exp,
    expm1,
    gelu,
    hypot,
    leaky_relu,
    log,
    log1p,
    maximum,
    no_grad,
    op,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tan,
    tanh,
    total,
    where,
)  # fmt: skip
from autograd.operation import Op
from autograd.ops import TABLE
from autograd.sweep import topological
from autograd.testing import assert_gradients, check_gradients
from autograd.testing.exact import NotExactError, evaluate, is_constant, partials
from autograd.testing.oracle import is_kink, wrong_partial

HARD: list[tuple[Callable[[Any], Any], float]] = [
    (log, 1e-300), (log, 5e-324), (lambda x: 1 / x, 1e-150), (sigmoid, 40.0), (sigmoid, -700.0), (tanh, 20.0), (sqrt, 1e-320), (expm1, 1e-20),
    (softplus, -50.0), (gelu, -30.0), (lambda x: x**-3, 1e-90), (erfc, 25.0), (tan, 1.57079632679), (sin, 1e22), (log1p, -1 + 1e-16), (asin, 1 - 1e-16),
     (lambda x: exp(100 * x) - exp(99 * x), 3.0), (lambda x: (1 + x) - 1, 1e-17), (lambda x: 1e16 * x - 1e16 * x, 1.0),
]  # fmt: skip
KINKS: list[tuple[Callable[[Any], Any], float]] = [
    (relu, 0.0), (abs, 0.0), (lambda x: maximum(x, 1.0), 1.0), (leaky_relu, 0.0), (lambda x: hypot(x, 0.0), 0.0), (lambda x: where(x > 0, x, 0.0), 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x"), HARD)
def test_no_false_alarms_where_differences_lie(f: Callable[[Any], Any], x: float) -> None:
    report = check_gradients(f, x)
    assert report, report
    assert report.marks[0].verdict == "right"
    assert report.culprit is None


@pytest.mark.parametrize(("f", "x"), KINKS)
def test_kinks_follow_the_convention_and_have_no_second_order(f: Callable[[Any], Any], x: float) -> None:
    report = check_gradients(f, x)
    assert report, report
    if not is_kink(f(Value(x))):
        assert f(Value(x)).op.name == "where", "whose condition is a constant"
    else:
        assert report.second == []


def test_infinite_slopes_are_right() -> None:
    for f, x in ((sqrt, 0.0), (asin, 1.0), (lambda x: x**0.5, 0.0)):
        assert wrong_partial(f(Value(x)), 1e-9) is None


def some_node(operation: Op, rng: random.Random) -> Value:
    """A node of the operation, in the middle of its domain."""
    inputs = [rng.uniform(*ends) for ends in operation.domain or [(-3.0, 3.0)] * (operation.arity or 5)]
    return operation.apply(tuple(x if is_constant(operation, i) else Value(x) for i, x in enumerate(inputs)))


@pytest.mark.parametrize("operation", TABLE.values(), ids=str)
@pytest.mark.parametrize("slip", [lambda d: -d, lambda d: d * (1 + 1e-6)], ids=["sign", "factor"])
def test_each_operation_broken_in_turn_is_found(operation: Op, slip: Callable[[float], float]) -> None:
    rng = random.Random(operation.name)
    found = 0
    for _ in range(10):
        node = some_node(operation, rng)
        assert wrong_partial(node, 1e-9) is None
        assert len(partials(operation, [float(x) for x in node.inputs], node.data)) == len(node.inputs)
        for i, d in enumerate(node.partials):
            if d and isinstance(node.inputs[i], Value):
                row = list(node.partials)
                row[i] = slip(d)
                node.partials, kept = row, node.partials
                culprit = wrong_partial(node, 1e-9)
                assert (culprit.node, culprit.place, culprit.given) == (node, i, slip(d))
                assert math.isclose(culprit.wanted, d, rel_tol=1e-12)
                node.partials = kept
                found += 1
    assert found >= 3


class TestOwnOperations:
    def test_a_wrong_rule_is_named_with_its_inputs(self) -> None:
        cube = op("cube", lambda x: x * x * x, lambda x, y: [2 * x * x])
        report = check_gradients(lambda a, b: sin(cube(a * b)) + a, 0.5, 2.0)
        assert not report
        assert report.culprit.node.op is cube
        assert [mark.verdict for mark in report.marks] == ["wrong", "wrong"]
        assert "cube at v1 = 1.0: its rule gives 2.0 by input 0, where the slope of its value is 3.0" in str(report)

    def test_the_wrong_point(self) -> None:
        wrong = op("wrong_point", lambda x: x * x * x + x, lambda x, y: [3 * y * y + 1])
        assert check_gradients(wrong, 2.0).culprit.node.op is wrong

    def test_a_rule_that_is_right_at_first_order_only(self) -> None:
        flat = op("flat", lambda x: x * x, lambda x, y: [2 * getattr(x, "data", x)])
        report = check_gradients(lambda x: flat(x) * x, 3.0)
        assert [mark.verdict for mark in report.marks] == ["right"]
        assert not report
        assert report.second[0].verdict == "wrong"
        assert "the second derivative of flat at x0 = 3.0 is wrong" in str(report)

    def test_values_that_take_only_floats(self) -> None:
        floats = op("floats", math.sin, lambda x, y: [math.cos(x)])
        with pytest.raises(NotExactError, match="the value of <op floats> is computed in floats"):
            evaluate(floats, [1.0])
        half = op("half", lambda x: x * x, lambda x, y: [math.cos(x)])
        with pytest.raises(NotExactError, match="the rule of <op half>"):
            partials(half, [1.0], 1.0)
        assert wrong_partial(half(Value(2.0)), 1e-9).wanted == 4.0


def test_numbers_that_leave_the_graph_are_found() -> None:
    report = check_gradients(lambda x: x * math.sin(x), 0.5)
    assert not report
    assert "does not compute what it records" in report.note
    assert "math.sin(v)" in str(report)
    rng = random.Random(0)
    assert "draw random numbers" in check_gradients(lambda x: x * rng.random(), 0.5).note
    assert check_gradients(lambda x: x if x > 0 else -x, 0.5), "a branch is no such thing"


def test_nested_arguments_keep_their_labels() -> None:
    report = check_gradients(
        lambda p, xs: total([w * x for w, x in zip(p["w"], xs)]) * p["b"],
        {"w": [Value(1.0, "w"), 2.0], "b": 3.0},
        [1.0, 2.0],
    )
    assert report
    assert [mark.name for mark in report.marks] == ["w", "x1", "x2", "x3", "x4"]
    assert [mark.backward for mark in report.marks] == [3.0, 6.0, 5.0, 3.0, 6.0]


def test_a_network() -> None:
    model = nn.MLP(3, [4, 2], activation="tanh", rng=random.Random(0))
    loss = nn.cross_entropy(model([0.1, 0.2, 0.3]), 0)
    assert all(wrong_partial(node, 1e-9) is None for node in topological([loss]))
    assert check_gradients(lambda xs: nn.cross_entropy(model(xs), 0), [0.1, 0.2, 0.3])


def test_what_rounding_cancels_is_called_so() -> None:
    report = check_gradients(lambda x: sqrt((1 + x) - 1), 1e-17)
    assert report.marks[0].verdict == "rounding"
    assert report
    assert check_gradients(lambda x: sin(1e8 * x), 0.3)


def test_constants_and_switched_off_recording() -> None:
    assert check_gradients(lambda x: 3.0, 1.0)
    with no_grad():
        assert check_gradients(lambda x: x * x, 2.0).marks[0].backward == 4.0


def test_the_assertion_shows_the_table() -> None:
    assert_gradients(tanh, 0.3)
    wrong = op("wrong_sign", lambda x: x * x, lambda x, y: [-2 * x])
    with pytest.raises(AssertionError, match="wrong derivatives\n\ninput  value  backward") as caught:
        assert_gradients(wrong, 2.0)
    assert len(str(caught.value).splitlines()) < 15


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="order is 1 or 2, not 3"):
        check_gradients(tanh, 1.0, order=3)
    with pytest.raises(TypeError, match="returns one number, not list"):
        check_gradients(lambda x: [x], 1.0)
