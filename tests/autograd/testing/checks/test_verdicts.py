"""Verdicts: no operation of the table is ever called wrong, and a rule that is right at one point only is called wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

import nn
from autograd import (
    Value,
    asin,
    atan2,
    cos,
    erf,
    erfc,
    exp,
    gelu,
    hypot,
    leaky_relu,
    log,
    log1p,
    logsumexp,
    maximum,
    op,
    pow,
    relu,
    sech,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
    total,
    where,
)  # fmt: skip
from autograd.operation import Op
from autograd.ops import TABLE
from autograd.testing import check_by_hand, check_derivative, check_gradients, check_op

Function = Callable[..., Any]
OPS = list(TABLE.values())
CHOICES = {"where", "maximum", "minimum"}  # they send nothing back to an input with derivative 0
inf, nan = math.inf, math.nan


def varied(operation: Op, count: int) -> list[int]:
    return [i for i in range(count) if i not in operation.constants]


def applied(operation: Op, point: Sequence[float]) -> tuple[Function, list[float]]:
    """Return the operation as a function of its differentiable inputs, and these inputs."""
    places = varied(operation, len(point))

    def f(*xs: Any) -> Any:
        inputs = dict(enumerate(point)) | dict(zip(places, xs))
        return operation.apply(tuple(inputs.values()))

    return f, [point[i] for i in places]


# Random points: right derivatives must not be called wrong, however many digits cancel.

SPECIAL = [2**0.5, -(2**0.5), 0.881373587019543, 0.7517916243860344, 1 - 1e-16, 1e-10 - 1, 0.0, 1.0, -1.0, 0.5, math.pi, math.pi / 2, math.log(2)]  # fmt: skip
SCALES = [1e-300, 1e-160, 1e-12, 1e-8, 1e-5, 30.0, 300.0, 1e3, 1e8, 1e17, 1e100, 1e160]
CANCELLING: list[Function] = [
    lambda x: (1 + x) - 1, lambda x: sin(x) / x, lambda x: (exp(x) - 1) / x, lambda x: log(1 + exp(x)), lambda x: 1 / (1 + exp(-x)), lambda x: sqrt(1 + x * x) - 1,
    lambda x: (1 - cos(x)) / (x * x), lambda x: hypot(x, 1.0) - 1, lambda x: asin(tanh(x)), lambda x: log(sigmoid(x)), lambda x: x**3 - 3 * x**2 + 3 * x,
    lambda x: softplus(x) - x, lambda x: erf(x) + erfc(x), lambda x: tanh(x) * sigmoid(x), lambda x: log1p(x) - x,
]  # fmt: skip


def number(rng: random.Random, ends: tuple[float, float] = (-3.0, 3.0)) -> float:
    sign = rng.choice([1, -1])
    kinds = [rng.uniform(*ends), rng.uniform(*ends), sign * rng.choice(SCALES) * rng.uniform(1, 9), rng.choice(SPECIAL)]
    return rng.choice(kinds)


def of_operation(rng: random.Random) -> tuple[Function, list[float]]:
    operation = rng.choice(OPS)
    count = operation.arity or rng.choice([1, 3, 5])
    point = [number(rng, ends) for ends in operation.domain or [(-3.0, 3.0)] * count]
    return applied(operation, [rng.choice([0.0, 1.0]), *point[1:]] if operation is where else point)


def of_loss(rng: random.Random) -> tuple[Function, list[float]]:
    """Return a loss and its logits; the first logit is up to 700 above or below the others."""
    margin, count = (
        rng.choice([1, -1]) * rng.choice([0, 5, 25, 37, 60, 200, 700]) * rng.uniform(0.9, 1),
        rng.randint(2, 4),
    )
    logits = [margin, *(rng.uniform(-3, 3) for _ in range(count - 1))]
    label = rng.randrange(count)
    losses: list[tuple[Function, list[float]]] = [
        (lambda *z: nn.cross_entropy(list(z), label), logits),
        (lambda *z: logsumexp([x - z[label] for x in z]), logits),
        (lambda z: nn.binary_cross_entropy(z, label % 2), logits[:1]),
        (lambda *z: -log(exp(z[label]) / total([exp(x) for x in z])), [x / 10 for x in logits]),
    ]
    return rng.choice(losses)


def of_terms(rng: random.Random) -> tuple[Function, list[float]]:
    return rng.choice(CANCELLING), [number(rng)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_nothing_in_the_table_is_called_wrong(seed: int) -> None:
    rng, right = random.Random(seed), 0
    for _ in range(100):
        f, point = rng.choice([of_operation, of_operation, of_loss, of_terms])(rng)
        report = check_gradients(f, *point)
        verdicts = {mark.verdict for mark in (*report.marks, *report.second)}
        assert (report.culprit, report.note) == (None, ""), (point, report)
        assert "wrong" not in verdicts, (point, report)
        assert report or verdicts & {"outside the domain", "overflow", "undefined", "jump"}, (point, report)
        right += bool(report)
    assert right > 85


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (lambda a, b, c: nn.cross_entropy([a, b, c], 0), [25.0, 0.0, -5.0]), (lambda a, b: nn.cross_entropy([a, b], 0), [700.0, 0.0]),
        (gelu, [2**0.5]), (gelu, [-0.7517916243860344]), (sech, [0.881373587019543]), (hypot, [1.0, 1e-6]), (sigmoid, [1e-12]), (asin, [1e-12]),
        (asin, [1e-160]), (leaky_relu, [0.0, 1.0]), (hypot, [1e200, 1e200]), (lambda x: (x - 1) ** 2, [1.0]), (sin, [1e100]), (cos, [1e-300]),
    ],
)  # fmt: skip
def test_cancellation_is_called_rounding(f: Function, point: list[float]) -> None:
    report = check_gradients(f, *point)
    assert report, report
    assert {mark.verdict for mark in (*report.marks, *report.second)} <= {"right", "rounding"}


def test_the_reference_has_the_digits_that_floats_lose() -> None:
    report = check_gradients(lambda a, b: logsumexp([a, b]) - a, 300.0, 0.0, order=1)
    assert report.marks[0].reference == pytest.approx(-math.exp(-300), rel=1e-12, abs=0)
    report = check_gradients(lambda a, b: logsumexp([a, b]) - a, 700.0, 0.0)
    assert report.second[0].reference == pytest.approx(-report.second[1].reference, rel=1e-12, abs=0)
    assert report.second[0].reference > 1e-302


# Rules that are right at one point only.


def jolted(operation: Op, point: Sequence[float], i: int, j: int, size: float) -> Function:
    """Return the rule of `operation`, with entry i of the row off by `size` times the distance of input j from `point`."""
    rule = operation.rule

    def wrong(inputs: Sequence[Any], y: Any) -> list[Any]:
        row = list(rule(inputs, y) if operation.variadic else rule(*inputs, y))
        row[i] = row[i] + size * (inputs[j] - point[j])
        return row

    return wrong if operation.variadic else lambda *args: wrong(args[:-1], args[-1])


def points(operation: Op, count: int) -> Iterator[list[float]]:
    rng = random.Random(operation.name)
    domain = operation.domain or [(-3.0, 3.0)] * (operation.arity or 5)
    for _ in range(count):
        point = [rng.uniform(*ends) for ends in domain]
        yield [1.0, *point[1:]] if operation is where else point


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPS, ids=str)
def test_a_rule_that_is_right_at_one_point_is_wrong_at_second_order(
    operation: Op, monkeypatch: pytest.MonkeyPatch
) -> None:
    for point in points(operation, 2):
        places, row = varied(operation, len(point)), operation.linearize(point)[1]
        for i in places if operation.name not in CHOICES else [i for i in places if row[i]]:
            for j in places:
                with monkeypatch.context() as patch:
                    patch.setattr(operation, "rule", jolted(operation, point, i, j, 1e-3))
                    f, xs = applied(operation, point)
                    report = check_gradients(f, *xs)
                assert not report, (point, i, j)
                assert {mark.verdict for mark in report.marks} <= {"right", "rounding"}
                assert report.culprit.node.op is operation
                assert report.culprit.place == -1


def test_the_wrong_second_derivative_is_shown_with_the_right_one() -> None:
    jolt = op("jolt", lambda x: x * x, lambda x, y: [2 * x + 1e-3 * (x - 6.0)])
    report = check_gradients(jolt, 6.0)
    assert not report
    assert [mark.verdict for mark in (*report.marks, *report.second)] == ["right", "wrong"]
    assert report.second[0].backward / report.second[0].reference == pytest.approx(1.0005)
    assert "the second derivative of jolt at x0 = 6.0 is wrong: got 2.001, expected 2.0" in str(report)
    assert check_gradients(jolt, 6.0, order=1)
    assert "second order at (6): got 2.001, expected 2.0" in str(check_op(jolt, at=[6.0]))
    floats = op("floats", lambda x: math.pow(x, 2.0), jolt.rule)
    report = check_gradients(lambda x: floats(x) * 3.0, 6.0)
    assert not report
    assert report.culprit.node.op is floats
    assert report.culprit.wanted == pytest.approx(2.0)
    assert report.second[0].backward / report.second[0].reference == pytest.approx(1.0005)


def test_a_value_whose_own_terms_cancel_is_computed_with_more_digits() -> None:
    plain = op("plain", lambda x: log(1 + exp(x)), lambda x, y: [1 / (1 + exp(-x))])
    for x in (-192.0, -500.0, 1e-160):
        report = check_gradients(plain, x)
        assert report, report
        same = check_gradients(softplus, x).second[0].reference
        assert report.second[0].reference == pytest.approx(same, rel=1e-12, abs=0)


@pytest.mark.slow
def test_many_inputs_are_checked_in_groups() -> None:
    squares = op("squares", lambda xs: sum(x * x for x in xs), lambda xs, y: [2 * x for x in xs], variadic=True)
    point = [0.1 * k + 0.3 for k in range(30)]
    assert check_gradients(lambda xs: squares(xs) * xs[3], point)
    for i, j in ((0, 0), (29, 3), (7, 15)):
        wrong = op("wrong", squares.value, jolted(squares, point, i, j, 1e-3), variadic=True)
        report = check_gradients(lambda xs, wrong=wrong: wrong(xs) * xs[3], point)
        assert report.culprit.node.op is wrong
        assert sum(mark.verdict == "wrong" for mark in report.second) >= 1


def test_the_slope_may_have_a_kink() -> None:
    bent = op("bent", lambda x: x * x if x > 0 else -x * x, lambda x, y: [2 * abs(x)])
    report = check_gradients(bent, 0.0)
    assert report, report
    assert "second derivatives were not checked: the slope of bent at x0 = 0.0 has a kink" in str(report)
    wrong = op("wrong", bent.value, lambda x, y: [2 * abs(x) + 5 * x])
    assert not check_gradients(wrong, 0.0)
    assert check_gradients(op("floats", lambda x: x * math.fabs(x), lambda x, y: [2 * abs(x)]), 0.0)
    assert not check_gradients(op("floats", lambda x: x * math.fabs(x), wrong.rule), 0.0)


# Jumps.


@pytest.mark.parametrize("f", [pow, atan2, lambda a, b: a**b], ids=["pow", "atan2", "**"])
def test_a_jump_has_no_slope(f: Function) -> None:
    report = check_gradients(f, 0.0, 0.0)
    assert report.culprit is None
    assert not {mark.verdict for mark in report.marks} & {"wrong", "rounding"}
    assert "the value jumps here, so there is no derivative" in str(report)
    assert "e+" not in str(report)


def test_a_jump_is_right_only_by_a_convention() -> None:
    step = op("step", lambda x: 1.0 * (x > 0), lambda x, y: [0.0])
    for name, value in (("exact", step.value), ("floats", lambda x: math.floor(x) + 0.0)):
        silent = op(name, value, lambda x, y: [0.0])
        report = check_gradients(silent, 0.0)
        assert not report
        assert [mark.verdict for mark in report.marks] == ["jump"]
        assert f"{name} at x0 = 0.0: the value jumps here, so there is no derivative" in str(report)
        assert [aspect.verdict for aspect in check_op(silent, at=[0.0]).aspects][1] == "jump"
        assert check_gradients(silent, 0.5)
        declared = op(name, value, lambda x, y: [0.0], kinks={(0.0,): [0.0]})
        report = check_gradients(declared, 0.0)
        assert report
        assert [mark.verdict for mark in report.marks] == ["convention"]
        assert check_op(declared, at=[0.0])
    report = check_gradients(pow, 0.0, 0.0)
    assert report
    assert [mark.verdict for mark in report.marks] == ["right", "convention"]


def test_a_jump_in_a_derivative_by_hand() -> None:
    def step(x: Any) -> Any:
        return 1.0 * x / x if x > 0 else 0.0 * x

    for f in (step, math.floor, lambda x: where(x > 0, x + 1, x)):
        report = check_derivative(f, lambda x: 0.0, at=[0.0])
        assert not report
        assert report.marks[0].verdict == "jump"
        assert "at (0), input x: the value jumps here, so there is no derivative" in str(report)
    assert check_derivative(pow, lambda a, b: [0.0, 0.0], at=[(0.0, 0.0)])
    assert check_derivative(pow, lambda a, b: [0.0, 5.0], at=[(0.0, 0.0)]).marks[1].verdict == "jump"


def test_infinite_slopes_have_a_sign() -> None:
    root = op("root", lambda x: x**0.5, lambda x, y: [-0.5 / y])
    assert check_gradients(root, 0.0).culprit.wanted == inf
    assert check_gradients(sqrt, 0.0)
    assert check_derivative(sqrt, lambda x: -inf, at=[0.0]).marks[0].verdict == "wrong"


# Kinks.


@pytest.mark.parametrize(
    ("f", "point", "low", "high"),
    [
        (abs, [0.0], -1, 1), (relu, [0.0], 0, 1), (lambda x: x.relu(), [0.0], 0, 1), (lambda x: x if x > 0 else 0.0, [0.0], 0, 1), (lambda x: -3 * abs(x - 1), [1.0], -3, 3),
        (lambda x: x + relu(x), [0.0], 1, 2), (maximum, [1.0, 1.0], 0, 1), (math.fabs, [0.0], -1, 1), (lambda x: max(x, 2 * x), [0.0], 1, 2),
    ],
)  # fmt: skip
def test_every_subgradient_is_accepted_at_a_kink(f: Function, point: list[float], low: float, high: float) -> None:
    for given in (low, high, 0.7 * low + 0.3 * high):
        report = check_derivative(f, lambda *xs, given=given: [given] * len(xs), at=[tuple(point)])
        assert report, report
        assert {mark.verdict for mark in report.marks} <= {"right", "subgradient"}
        assert f"the function has a kink here; any value in [{low}, {high}] is a subgradient" in str(report)
    for given in (low - 0.01, high + 0.01, nan, inf):
        report = check_derivative(f, lambda *xs, given=given: [given] * len(xs), at=[tuple(point)])
        assert {mark.verdict for mark in report.marks} == {"wrong"}


def test_a_kink_that_the_function_smooths_is_not_reported() -> None:
    report = check_derivative(lambda x: abs(x) ** 2, lambda x: 0.0, at=[0.0])
    assert report.marks[0].verdict == "right"
    assert "kink" not in str(report)


def test_a_kink_has_no_second_derivative() -> None:
    report = check_gradients(lambda x: relu(x) + x * x, 0.0)
    assert report
    assert report.second == []
    assert "second derivatives were not checked: relu at x0 = 0.0 is at a kink" in str(report)
    assert "sqrt at x0 = 0.0 is at the edge of its domain" in str(check_gradients(sqrt, 0.0))
    assert "is not finite" in str(check_gradients(log, 0.0))


# Outside a domain.


@pytest.mark.parametrize(
    ("f", "x", "node"),
    [
        (sqrt, -1.0, "sqrt(x0 = -1.0) = nan"), (log, -1.0, "log(x0 = -1.0) = nan"), (lambda x: sin(x) / x, 0.0, "div(0.0, x0 = 0.0) = nan"),
        (lambda x: 3 * log(x - 2) + 1, 1.0, "log(-1.0) = nan"), (lambda x: x**0.5, -2.0, "power(x0 = -2.0, 0.5) = nan"), (lambda x: x * 2, nan, "'x0' = nan"),
    ],
)  # fmt: skip
def test_equal_nans_are_not_right(f: Function, x: float, node: str) -> None:
    report = check_gradients(f, x)
    assert not report
    assert [mark.verdict for mark in report.marks] == ["outside the domain"]
    assert report.culprit is None
    assert f"outside the domain: the function is nan here; the first nan is {node}" in str(report)
    for given in (nan, 1.0):
        report = check_derivative(f, lambda x, given=given: given, at=[x])
        assert not report
        assert report.marks[0].verdict == "outside the domain"
        assert node in str(report)
    leaf = Value(x, "x0")
    loss = f(leaf)
    report = check_by_hand(loss, {leaf: nan})
    assert not report
    assert [mark.verdict for mark in report.marks] == ["outside the domain"]
    assert node in str(report)


def test_functions_of_floats_outside_their_domain() -> None:
    report = check_derivative(math.log, lambda x: 1 / x, at=[-1.0, 2.0])
    assert [mark.verdict for mark in report.marks] == ["outside the domain", "right"]
    assert "outside the domain: the function raises ValueError: math domain error" in str(report)
    assert check_derivative(lambda x: float(x) * nan, lambda x: nan, at=[1.0]).marks[0].verdict == "outside the domain"


def test_an_operation_outside_its_domain() -> None:
    report = check_op(sqrt, at=[-1.0])
    assert not report
    assert [aspect.verdict for aspect in report.aspects] == ["outside the domain"]
    report = check_op(pow, at=[(-2.0, 3.0)])
    assert not report
    assert [aspect.verdict for aspect in report.aspects[:3]] == ["right", "right", "undefined"]
    assert "pow at x0 = -2.0, x1 = 3.0: the derivative wrt input 1 is nan" in str(report)
    assert check_op(log, at=[0.0]), "equal infinities are right"


def test_nan_though_the_value_is_a_number() -> None:
    for f, reference in ((lambda x: sqrt(x) * sqrt(x), 1.0), (lambda x: x * sqrt(x), 0.0)):
        report = check_gradients(f, 0.0)
        assert not report
        assert [(mark.verdict, mark.reference) for mark in report.marks] == [("undefined", reference)]
        assert "the first infinite or nan local derivative is that of sqrt at x0 = 0.0" in str(report)
        assert check_derivative(f, lambda x, reference=reference: reference, at=[0.0]), "the answer is right"
    x = Value(0.0, "x")
    report = check_by_hand(sqrt(x) * sqrt(x), {x: nan})
    assert [mark.verdict for mark in report.marks] == ["undefined"]
    assert "the first infinite or nan local derivative is that of sqrt at x = 0.0" in str(report)


def test_nan_from_an_overflow_is_not_outside_the_domain() -> None:
    report = check_gradients(lambda x: exp(x) - exp(x), 1000.0)
    assert [mark.verdict for mark in report.marks] == ["overflow"]
    assert "the first infinite or nan value is exp(x0 = 1000.0) = inf" in str(report)
    x = Value(1000.0, "x")
    assert check_by_hand(exp(x) - exp(x), {x: 0.0}).marks[0].verdict == "undefined"


def test_equal_infinities_are_right() -> None:
    for f, x in (
        (sqrt, 0.0),
        (log, 0.0),
        (lambda x: -log(x), 0.0),
        (lambda x: x**0.5, 0.0),
        (lambda x: exp(exp(x)), 800.0),
    ):
        report = check_gradients(f, x)
        assert report, report
        assert [mark.verdict for mark in report.marks] == ["right"]
