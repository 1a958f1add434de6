"""`check_gradients` accepts right functions, however steep they are, and names every broken operation."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import pytest

import nn
from autograd import (
    Value,
    asin,
    cos,
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
from autograd.backpropagation import topological
from autograd.operation import Op
from autograd.ops import TABLE
from autograd.testing import assert_gradients, check_gradients
from autograd.testing.checks.report import listeners
from autograd.testing.reference.high_precision import FloatsOnlyError, evaluate, partials
from autograd.testing.reference.oracle import check_local_derivatives

HARD: list[tuple[Callable[[Any], Any], float]] = [
    (log, 1e-300), (log, 5e-324), (lambda x: 1 / x, 1e-150), (sigmoid, 40.0), (sigmoid, -700.0), (tanh, 20.0), (sqrt, 1e-320), (expm1, 1e-20),
    (softplus, -50.0), (gelu, -30.0), (lambda x: x**-3, 1e-90), (erfc, 25.0), (tan, 1.57079632679), (sin, 1e22), (log1p, -1 + 1e-16), (asin, 1 - 1e-16),
     (lambda x: exp(100 * x) - exp(99 * x), 3.0), (lambda x: (1 + x) - 1, 1e-17), (lambda x: 1e16 * x - 1e16 * x, 1.0),
]  # fmt: skip
KINKS: list[tuple[Callable[[Any], Any], float]] = [
    (relu, 0.0), (abs, 0.0), (lambda x: maximum(x, 1.0), 1.0), (leaky_relu, 0.0), (lambda x: hypot(x, 0.0), 0.0), (lambda x: where(x > 0, x, 0.0), 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x"), HARD)
def test_no_false_alarms_where_finite_differences_fail(f: Callable[[Any], Any], x: float) -> None:
    report = check_gradients(f, x)
    assert report, report
    assert report.marks[0].verdict == "right"
    assert report.culprit is None


@pytest.mark.parametrize(("f", "x"), KINKS)
def test_kinks_follow_the_convention_and_have_no_second_order(f: Callable[[Any], Any], x: float) -> None:
    report = check_gradients(f, x)
    assert report, report
    if not check_local_derivatives(f(Value(x)), 1e-9).is_kink:
        assert f(Value(x)).op.name == "where", "the condition of where is a constant"
    else:
        assert report.second == []


def test_infinite_slopes_are_right() -> None:
    for f, x in ((sqrt, 0.0), (asin, 1.0), (lambda x: x**0.5, 0.0)):
        assert check_local_derivatives(f(Value(x)), 1e-9).wrong == []


def some_node(operation: Op, rng: random.Random) -> Value:
    """Return a node of the operation, inside its domain."""
    inputs = [rng.uniform(*ends) for ends in operation.domain or [(-3.0, 3.0)] * (operation.arity or 5)]
    return operation.apply(tuple(x if i in operation.constants else Value(x) for i, x in enumerate(inputs)))


@pytest.mark.slow
@pytest.mark.parametrize("operation", TABLE.values(), ids=str)
@pytest.mark.parametrize("slip", [lambda d: -d, lambda d: d * (1 + 1e-6)], ids=["sign", "factor"])
def test_a_wrong_local_derivative_is_found(operation: Op, slip: Callable[[float], float]) -> None:
    rng = random.Random(operation.name)
    found = 0
    for _ in range(10):
        node = some_node(operation, rng)
        assert check_local_derivatives(node, 1e-9).wrong == []
        assert len(partials(operation, [float(x) for x in node.inputs], node.data)) == len(node.inputs)
        for i, d in enumerate(node.partials):
            if d and isinstance(node.inputs[i], Value):
                row = list(node.partials)
                row[i] = slip(d)
                node.partials, kept = row, node.partials
                (culprit,) = check_local_derivatives(node, 1e-9).wrong
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
        assert "cube at v1 = 1.0: its rule gives 2.0 for input 0, but the slope of its value is 3.0" in str(report)

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
        with pytest.raises(FloatsOnlyError, match="the value of <op floats> accepts only floats"):
            evaluate(floats, [1.0])
        half = op("half", lambda x: x * x, lambda x, y: [math.cos(x)])
        with pytest.raises(FloatsOnlyError, match="the rule of <op half>"):
            partials(half, [1.0], 1.0)
        assert [wrong.wanted for wrong in check_local_derivatives(half(Value(2.0)), 1e-9).wrong] == [4.0]


def test_numbers_that_leave_the_graph_are_found() -> None:
    report = check_gradients(lambda x: x * math.sin(x), 0.5)
    assert not report
    assert "differs from its recorded graph" in report.note
    assert "math.sin(v)" in str(report)
    rng = random.Random(0)
    assert "draw random numbers" in check_gradients(lambda x: x * rng.random(), 0.5).note
    assert check_gradients(lambda x: x if x > 0 else -x, 0.5), "a branch is recorded"


def test_lost_numbers_are_found_even_if_rounding_hides_a_small_step() -> None:
    for f, x in ((lambda x: 1e10 + math.sin(x), 1.0), (lambda x: math.log(1 + x), 1e-12), (math.asin, 1 - 1e-10)):
        assert "differs from its recorded graph" in check_gradients(f, x).note
    assert check_gradients(lambda x, n: sum([x] * round(float(n))), 0.5, 3.0), (
        "the number of terms may depend on an argument"
    )


def test_the_edge_of_a_domain() -> None:
    for exponent in (1.5, 2.5, 1.1):
        report = check_gradients(lambda x, n=exponent: x**n, 0.0)
        assert [(mark.reference, mark.verdict) for mark in report.marks] == [(0.0, "right")]
        assert report
    root = op("root", lambda x: x * x**0.5, lambda x, y: [1.5 * x**0.5])  # complex on the other side
    assert check_gradients(root, 0.0)
    broken = op("broken", lambda x: x * x**0.5, lambda x, y: [1.5 * x**0.5 + 1e-6])
    assert check_gradients(broken, 0.0).culprit.node.op is broken


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
    assert not any(check_local_derivatives(node, 1e-9).wrong for node in topological([loss]))
    assert check_gradients(lambda xs: nn.cross_entropy(model(xs), 0), [0.1, 0.2, 0.3])


def test_cancellation_is_called_rounding() -> None:
    report = check_gradients(lambda x: sqrt((1 + x) - 1), 1e-17)
    assert report.marks[0].verdict == "rounding"
    assert report
    assert check_gradients(lambda x: sin(1e8 * x), 0.3)


def test_stationary_points_are_not_kinks() -> None:
    for f, x in ((cos, 0.0), (lambda x: x * x, 0.0), (lambda x: (x - 1) ** 2, 1.0), (lambda x: x**3, 0.0)):
        report = check_gradients(f, x)
        assert report
        assert len(report.second) == 1, "the second derivative exists and is checked"


@pytest.mark.slow
def test_numbers_too_large_for_floats_are_called_overflow() -> None:
    report = check_gradients(lambda x: 1 / (1 + exp(-x)), -1000.0)
    assert not report
    assert [mark.verdict for mark in report.marks] == ["overflow"]
    assert "the first infinite or nan value is exp(1000.0) = inf" in str(report)
    assert check_gradients(lambda x: exp(exp(exp(x * x))), 30.0), "infinities are right, and the check ends"


def slipped(rule: Callable[..., list[Any]], wrong: Callable[[Any], Any]) -> Callable[..., list[Any]]:
    return lambda x, y: [wrong(d) for d in rule(x, y)]


def scaled(operation: Op, x: Any) -> Any:
    return operation(x) * 1.5


class TestValuesThatTakeOnlyFloats:
    """For such values, the oracle falls back to finite differences."""

    CASES: ClassVar = [
        (math.sin, lambda x, y: [cos(x)], 0.5), (math.log, lambda x, y: [1 / x], 1e-6), (math.sqrt, lambda x, y: [0.5 / y], 1e-12), (math.exp, lambda x, y: [y], 300.0),
        (lambda x: math.sin(1e6 * x), lambda x, y: [1e6 * cos(1e6 * x)], 0.3), (lambda x: math.tanh(1e10 * x), lambda x, y: [1e10 * (1 - y * y)], 0.0),
        (lambda x: math.floor(x) + 0.0, lambda x, y: [0.0], 1.5), (lambda x: math.exp(100 * x) - math.exp(99 * x), lambda x, y: [100 * exp(100 * x) - 99 * exp(99 * x)], 3.0),
        (lambda x: max(x, 0.0), lambda x, y: [1.0 * (x > 0)], 0.0), (math.fabs, lambda x, y: [0.0], 0.0), (math.asin, lambda x, y: [1 / sqrt(1 - x * x)], 1 - 1e-6),
    ]  # fmt: skip

    @pytest.mark.slow
    @pytest.mark.parametrize("case", range(len(CASES)))
    def test_right_and_broken(self, case: int) -> None:
        value, rule, x = self.CASES[case]
        right = op("right", value, rule)
        report = check_gradients(lambda x: right(x) * 1.5, x)
        assert report, report
        local = check_local_derivatives(right(Value(x)), 1e-9)
        assert (f"differences, with a relative error of {local.error:.0e}" in str(report)) == (local.error > 0)
        assert local.error > 0 or local.is_kink, "the maximum is computed with mpmath"
        slightly = lambda d: d * (1 + 1e-3) + 3e-3  # noqa: E731 - which at a kink is still between both sides
        for wrong in (lambda d: 1.5 * d + 1.5, lambda d: -d - 1.5, *([] if local.is_kink else [slightly])):
            broken = op("broken", value, slipped(rule, wrong))
            report = check_gradients(partial(scaled, broken), x)
            assert not report, report
            assert report.culprit.node.op is broken

    def test_a_relative_error_of_a_millionth_is_found(self) -> None:
        broken = op("broken", math.gamma, lambda x, y: [y * -0.42278433509846713 * (1 + 1e-6)])
        assert not check_gradients(broken, 2.0, order=1)
        right = op("right", math.gamma, lambda x, y: [0.42278433509846713 * y])
        assert check_gradients(right, 2.0, order=1)

    def test_an_inconclusive_reference_is_unsure(self) -> None:
        cusp = op("cusp", lambda x: math.sqrt(math.fabs(x)), lambda x, y: [math.inf])
        report = check_gradients(cusp, 0.0)
        assert not report
        assert [mark.verdict for mark in report.marks] == ["unsure"]
        assert "which are inconclusive here" in str(report)

    def test_the_declared_domain_is_not_left(self) -> None:
        seen = []
        edge = op("edge", lambda x: seen.append(x) or math.sin(x), lambda x, y: [cos(x)], domain=[(0.0, 1.0)])
        for x in (0.0, 0.999, 1.0):
            assert check_local_derivatives(edge(Value(x)), 1e-9).wrong == []
        assert len(seen) > 100
        assert all(0.0 <= x <= 1.0 for x in seen if isinstance(x, float))
        assert check_gradients(edge, 2.0), "a point outside may be left"

    def test_second_order(self) -> None:
        rough = op("rough", math.sin, lambda x, y: [math.cos(x)])
        report = check_gradients(rough, 0.5)
        assert report
        assert report.second == []
        assert "second derivatives were not checked: a rule may use" in str(report)
        flat = op("flat", math.sin, lambda x, y: [cos(getattr(x, "data", x))])
        report = check_gradients(lambda a, b: flat(a * b), 0.5, 0.7)
        assert not report
        assert report.culprit.node.op is flat
        assert "the second derivative of flat" in str(report)


def test_a_large_report_shows_what_is_wrong() -> None:
    cube = op("cube", lambda x: x * x * x, lambda x, y: [-3 * x * x])
    report = check_gradients(lambda xs: total([*xs[:77], cube(xs[77]), *xs[78:]]), [float(i) for i in range(100)])
    assert "showing 16 of 100 rows; 99 rows are right" in str(report)
    assert "x77" in str(report)
    assert len(str(report).splitlines()) < 25
    assert "<td>x77</td>" in report._repr_html_()
    assert check_gradients(total, [1.0] * 100)


def test_labels_cannot_break_a_table() -> None:
    report = check_gradients(lambda a, b: a * b, Value(2.0, "two\nlines"), Value(3.0, "long" * 100), order=1)
    heads, line, *rows = str(report).splitlines()
    assert len(rows) == 2
    assert rows[0].startswith("two lines  ")
    assert max(map(len, [heads, line, *rows])) < 120
    assert "longlonglonglonglon…" in report._repr_html_()


def test_listeners_receive_every_report() -> None:
    seen: list[Any] = []
    listeners.append(seen.append)
    try:
        report = check_gradients(sin, 0.5)
    finally:
        listeners.remove(seen.append)
    assert seen == [report]
    assert report.subject == "gradients of sin"


def test_constants_and_no_grad() -> None:
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
    with pytest.raises(ValueError, match="order must be 1 or 2, got 3"):
        check_gradients(tanh, 1.0, order=3)
    with pytest.raises(TypeError, match="must return one number, got list"):
        check_gradients(lambda x: [x], 1.0)
    with pytest.raises(TypeError, match="an argument of the checked function must be a number, got str: '1.5'"):
        check_gradients(tanh, "1.5")
