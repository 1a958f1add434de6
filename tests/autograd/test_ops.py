"""Every operation of the table against mpmath, at first and second order, at kinks, ties and extremes."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

import autograd
from autograd import Value, dot, grad, hessian, logsumexp, mean, op, total
from autograd.operation import Op
from autograd.ops import AUXILIARY, TABLE
from autograd.testing.reference.high_precision import reference, value
from tests.autograd.numerical_derivative import derivative

inf, nan = math.inf, math.nan
OPS = list(TABLE.values())


def differentiable(operation: Op) -> list[int]:
    """The inputs by which the operation is differentiated."""
    return [i for i in range(operation.arity or 5) if i not in operation.constants]


def points(operation: Op, count: int = 8) -> list[list[float]]:
    rng = random.Random(operation.name)
    domain = operation.domain or [(-3.0, 3.0)] * (operation.arity or 5)
    sample = [[rng.uniform(low, high) for low, high in domain] for _ in range(count)]
    return [[round(p[0]), *p[1:]] for p in sample] if operation.name == "where" else sample


def call(operation: Op, inputs: list) -> object:
    """Apply the operation to flat inputs, as its rule sees them."""
    if operation is dot:
        n = len(inputs) // 2
        return dot(inputs[:n], inputs[n:-1], inputs[-1])
    return operation.apply(tuple(inputs))


def close(got: float, wanted: float, rel: float = 1e-12) -> bool:
    return math.isclose(got, wanted, rel_tol=rel, abs_tol=1e-300) or (got != got and wanted != wanted)


@pytest.mark.parametrize("operation", OPS, ids=str)
def test_value_and_first_order(operation: Op) -> None:
    f = reference(operation)
    for point in points(operation):
        leaves = [Value(x) for x in point]
        inputs = [leaf if i in differentiable(operation) else leaf.data for i, leaf in enumerate(leaves)]
        y = call(operation, inputs)
        y.backward()
        assert close(y.data, value(f, point)), point
        assert call(operation, point) == y.data, "plain numbers give the same as nodes"
        for i in differentiable(operation):
            assert close(leaves[i].grad, derivative(f, point, i)), (point, i)


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPS, ids=str)
def test_second_order(operation: Op) -> None:
    f = reference(operation)
    chosen = differentiable(operation)
    for point in points(operation, 4):

        def at(xs: list, point: list = point) -> object:
            inputs = list(point)
            for i, x in zip(chosen, xs):
                inputs[i] = x
            return call(operation, inputs)

        table = hessian(at)([point[i] for i in chosen])
        for i, row in zip(chosen, table):
            for j, got in zip(chosen, row):
                wanted = derivative(f, point, i, j)
                assert math.isclose(got, wanted, rel_tol=1e-10, abs_tol=1e-12), (point, i, j)


@pytest.mark.parametrize("operation", [*OPS, *AUXILIARY], ids=str)
def test_the_reference_has_as_many_digits_as_asked_for(operation: Op) -> None:
    """No part of it is computed in floats."""
    f = reference(operation)
    for point in points(operation, 3):
        inputs = [mp.mpf(round(x) if operation.name == "bessel" and i else x) for i, x in enumerate(point)]
        with mp.workdps(100):
            wanted = f(*inputs)
        with mp.workdps(50):
            assert abs(f(*inputs) - wanted) <= mp.mpf(10) ** -45 * max(1, abs(wanted))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "point"),
    [
        ("softplus", [800.0]),
        ("softplus", [-700.0]),
        ("sigmoid", [-700.0]),
        ("sigmoid", [40.0]),
        ("tanh", [18.0]),
        ("tanh", [-300.0]),
        ("expm1", [1e-12]),
        ("expm1", [-40.0]),
        ("log1p", [1e-12]),
        ("hypot", [1e200, 1e200]),
        ("hypot", [3e-200, 4e-200]),
        ("exp", [700.0]),
        ("log", [1e-300]),
        ("sqrt", [1e-300]),
        ("div", [1.0, 1e-150]),
        ("asin", [1 - 1e-12]),
        ("acos", [-1 + 1e-12]),
        ("atan", [1e150]),
        ("erfc", [20.0]),
        ("erf", [-1e-9]),
        ("gelu", [-10.0]),
        ("gelu", [30.0]),
        ("logsumexp", [1000.0, 1001.0]),
        ("logsumexp", [-1e4, -1e4]),
        ("cosh", [-700.0]),
        ("sinh", [700.0]),
        ("atan2", [1e200, 1e200]),
        ("atan2", [1e-200, -1e-200]),
        ("pow", [1e-100, 3.0]),
        ("power", [-2.0, 3.0]),
        ("power", [-2.0, -3.0]),
        ("tan", [1.57]),
    ],
)
def test_stable_at_extremes(operation: str, point: list[float]) -> None:
    leaves = [Value(x) for x in point]
    y = call(TABLE[operation], [leaves[0], point[1]] if operation == "power" else leaves)
    y.backward()
    assert close(y.data, value(reference(TABLE[operation]), point))
    for i, leaf in enumerate(leaves[: 1 if operation == "power" else None]):
        exact = {"hypot": [x / math.hypot(*point) for x in point]}.get(operation)
        assert close(leaf.grad, exact[i] if exact else derivative_at_extreme(operation, point, i), 1e-9), i


def derivative_at_extreme(operation: str, point: list[float], i: int) -> float:
    """Differentiate after scaling the input to about 1, so that mpmath's step suits the point."""
    scale = abs(point[i])

    def scaled(t: object) -> object:
        return reference(TABLE[operation])(*point[:i], t * scale, *point[i + 1 :])

    return derivative(scaled, [point[i] / scale], 0, digits=600) / scale


def slopes(operation: Op, *point: float) -> list[float]:
    leaves = [Value(x) for x in point]
    operation.apply(leaves).backward()
    return [leaf.grad for leaf in leaves]


def test_conventions_at_kinks_and_ties() -> None:
    assert slopes(autograd.relu, 0.0) == [0.0]
    assert slopes(autograd.abs, 0.0) == [0.0]
    assert slopes(autograd.maximum, 1.0, 1.0) == [0.5, 0.5]
    assert slopes(autograd.minimum, 1.0, 1.0) == [0.5, 0.5]
    assert slopes(autograd.hypot, 0.0, 0.0) == [0.0, 0.0]
    assert slopes(autograd.leaky_relu, 0.0, 0.01) == [0.01, 0.0]
    for operation in OPS:
        for kink, row in operation.kinks.items():
            assert slopes(operation, *kink) == row, operation


def test_powers() -> None:
    assert slopes(autograd.pow, 0.0, 0.0) == [0.0, 0.0]
    assert slopes(autograd.pow, 0.0, 2.0) == [0.0, 0.0]
    assert slopes(autograd.pow, 2.0, 3.0) == [12.0, 8 * math.log(2)]
    x = Value(0.0)
    (x**0).backward()
    assert ((x**0).data, x.grad) == (1.0, 0.0)
    assert [grad(lambda x: x**2)(0.0), grad(grad(lambda x: x**2))(0.0), grad(grad(grad(lambda x: x**2)))(0.0)] == [
        0,
        2,
        0,
    ]
    assert [(2 ** Value(3.0)).data, (Value(3.0) ** 2).data, (Value(3.0) ** Value(2.0)).data] == [8, 9, 9]
    assert math.isnan((Value(-8.0) ** (1 / 3)).data)
    assert math.isnan((Value(-2.0) ** 0.5).data)
    assert (Value(0.0) ** -1).data == inf
    assert (Value(-0.0) ** -3).data == -inf
    assert (Value(10.0) ** 400).data == inf
    assert (Value(-10.0) ** 401).data == -inf
    assert (Value(-10.0) ** 400).data == inf
    assert (Value(2.0) ** Value(1e300)).data == inf


def test_a_power_of_a_plain_base_to_a_node() -> None:
    n = Value(3.0)
    y = TABLE["power"](2.0, n)
    y.backward()
    assert (y.op, n.grad) == (autograd.pow, 8 * math.log(2))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "gelu", "erf", "sech", "atan"])
@pytest.mark.parametrize("x", [-800.0, -20.0, 20.0, 800.0])
def test_higher_orders_far_out(name: str, x: float) -> None:
    f = TABLE[name]
    for order in (2, 3):
        got = grad(grad(f))(x) if order == 2 else grad(grad(grad(f)))(x)
        with mp.workdps(900):
            wanted = float(mp.diff(reference(TABLE[name]), mp.mpf(x), order))
        assert math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-300), order


def test_ieee_results_instead_of_exceptions() -> None:
    cases = {
        "log": [(0.0, -inf), (-1.0, nan), (inf, inf)],
        "log1p": [(-1.0, -inf), (-2.0, nan)],
        "exp": [(1000.0, inf), (-inf, 0.0)],
        "expm1": [(1000.0, inf)],
        "sqrt": [(-1.0, nan), (0.0, 0.0)],
        "sinh": [(-1000.0, -inf)],
        "cosh": [(-1000.0, inf)],
        "sin": [(inf, nan)],
        "cos": [(-inf, nan)],
        "tan": [(inf, nan)],
        "asin": [(2.0, nan)],
        "acos": [(-2.0, nan)],
        "sigmoid": [(-800.0, 0.0), (800.0, 1.0), (-inf, 0.0), (inf, 1.0)],
        "softplus": [(800.0, 800.0), (-inf, 0.0), (inf, inf)],
        "tanh": [(inf, 1.0), (400.0, 1.0)],
        "gelu": [(-inf, 0.0), (inf, inf)],
        "relu": [(-inf, 0.0), (inf, inf)],
        "erf": [(inf, 1.0)],
        "abs": [(-inf, inf)],
    }
    for name, pairs in cases.items():
        for x, wanted in pairs:
            for got in (TABLE[name](x), TABLE[name](Value(x)).data):
                assert close(got, wanted), (name, x)
    a, zero = Value(1.0), Value(0.0)
    assert ((a / 0).data, (-a / 0).data, (a / -0.0).data) == (inf, -inf, -inf)
    assert math.isnan((zero / 0).data)
    with pytest.warns(RuntimeWarning, match=r"div\(1.0, 0.0\) = inf"):
        (1 / zero).backward()
    assert zero.grad == -inf


@pytest.mark.parametrize(
    ("name", "x", "slope"),
    [("sqrt", 0.0, inf), ("log", 0.0, inf), ("asin", 1.0, inf), ("acos", 1.0, -inf), ("log1p", -1.0, inf)],
)
def test_infinite_slopes(name: str, x: float, slope: float) -> None:
    assert grad(TABLE[name])(x) == slope


@pytest.mark.parametrize("operation", OPS, ids=str)
def test_nan_is_never_hidden(operation: Op) -> None:
    if operation is autograd.where:
        return  # the branch that is not taken has no say
    for i in range(operation.arity or 5):
        inputs = [0.5] * (operation.arity or 5)
        inputs[i] = nan
        if operation.name in ("pow", "power") and i == 1:
            inputs[0] = 0.25  # 1 ** nan is 1
        if operation.defaults and i == 1:
            inputs[0] = -1.0  # the slope counts on the left only
        assert math.isnan(call(operation, inputs)), i
        assert math.isnan(call(operation, [Value(x) for x in inputs]).data), i


def test_sums() -> None:
    a, b = Value(2.0), Value(3.0)
    y = dot([a, 4], [b, 5.0], b)
    assert (y.data, y.inputs) == (29.0, (a, 4, b, 5.0, b))
    y.backward()
    assert (a.grad, b.grad) == (3.0, 3.0)
    assert (dot([], []), total([]), dot([], [], b=2)) == (0.0, 0.0, 2.0)
    assert total(Value(x) for x in range(4)).data == 6.0
    assert mean([a, b, 1]).data == 2.0
    assert dot((x for x in [a]), np.array([2.0])).data == 4.0
    assert logsumexp([-inf, -inf]) == -inf
    assert logsumexp([inf, 1.0]) == inf
    with pytest.raises(ValueError, match="as many weights as inputs, got 2 weights and 3 inputs"):
        dot([a, b], [1, 2, 3])
    for wrong, message in (
        (lambda: total(3), r"xs must be a list of numbers or Values in total\(\), got int"),
        (lambda: mean(a), r"xs must be a list of numbers or Values in mean\(\), got Value"),
        (lambda: dot([a], b), r"xs must be a list of numbers or Values in dot\(\), got Value"),
        (lambda: dot(2, [b]), r"ws must be a list of numbers or Values in dot\(\), got int"),
        (lambda: total(x + None for x in [1]), "unsupported operand"),
    ):
        with pytest.raises(TypeError, match=message):
            wrong()
    for function in (mean, logsumexp):
        with pytest.raises(ValueError, match=f"{function.name}\\(\\) takes at least one number, got none"):
            function([])


def test_where() -> None:
    x = Value(-2.0)
    y = autograd.where(x > 0, x, 3 * x)
    y.backward()
    assert (y.data, x.grad) == (-6.0, 3.0)
    assert autograd.where(np.float64(1) > 0, 1.0, 2.0) == 1.0


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: autograd.exp("a"), r"exp\(\) takes numbers and Values, got str: 'a'"),
        (lambda: autograd.exp(Value(1.0), 2), r"exp\(\) takes 1 input, got 2 arguments"),
        (lambda: autograd.hypot(1.0), r"hypot\(\) takes 2 inputs, got 1 argument$"),
        (lambda: autograd.exp(x=1), r"unexpected keyword argument 'x'"),
        (lambda: autograd.relu(None), r"relu\(\) takes numbers and Values, got NoneType: None"),
        (lambda: autograd.sin(1j), r"sin\(\) takes numbers and Values, got complex: 1j"),
        (lambda: autograd.sin([1.0]), r"got list: \[1.0\]; apply it to each element"),
        (lambda: autograd.tanh(np.ones(2)), r"got ndarray: array\(\[1., 1.\]\); apply it to each element"),
        (lambda: dot([Value(1.0)], ["x" * 100]), r"dot\(\) takes numbers and Values, got str: 'xxxx.*…$"),
        (dot, r"missing 2 required positional arguments: .ws. and .xs."),
        (lambda: dot(3.0, 4.0), "must be a list of numbers or Values"),
        (lambda: total(1.0, 2.0), r"total\(\) takes one list of inputs, got 2 arguments"),
        (lambda: mean(3.0), "must be a list of numbers or Values"),
        (lambda: autograd.where(True, Value(1.0), "b"), r"where\(\) takes numbers and Values, got str"),
    ],
)
def test_wrong_arguments_are_named(mistake: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        mistake()


def test_numbers_of_all_kinds() -> None:
    for x in (2, 2.0, True, Fraction(2), np.float64(2), np.float32(2), np.int64(2), np.bool_(True)):
        assert type(autograd.exp(x)) is float
        assert autograd.exp(x) == math.exp(float(x))
    with pytest.raises(OverflowError):
        autograd.exp(10**400)


def test_methods() -> None:
    for operation in OPS:
        if operation.arity == 1:
            x = 0.5
            assert close(getattr(Value(x), operation.name)().data, operation(x), 0.0)
            assert getattr(Value, operation.name).__doc__ == operation.__doc__
    assert Value(-2.0).leaky_relu().data == -0.02
    assert Value(-2.0).leaky_relu(slope=0.5).data == -1.0
    points = np.array([Value(3.0), Value(6.0)]), np.array([Value(4.0), Value(8.0)])
    assert [v.data for v in np.hypot(*points)] == [5.0, 10.0]
    assert [v.data for v in np.arctan2(*points)] == [math.atan2(3, 4)] * 2


def test_own_operation() -> None:
    swish = op("swish", lambda x: x / (1 + math.exp(-x)), lambda x, y: [autograd.sigmoid(x) + y * autograd.sigmoid(-x)])
    with_table = grad(lambda x: x * autograd.sigmoid(x))
    assert grad(swish)(0.7) == pytest.approx(with_table(0.7), rel=1e-14)
    assert grad(grad(swish))(0.7) == pytest.approx(grad(with_table)(0.7), rel=1e-13)
    assert repr(swish) == "<op swish>"
    assert swish(Value(1.0)).op is swish


def test_mistakes_in_an_own_operation_are_named() -> None:
    short = op("short", lambda a, b: a * b, lambda a, b, y: [b])
    with pytest.raises(
        ValueError, match=r"the rule of <op short> must return 2 partial derivatives, one for each input, got 1"
    ):
        short(Value(1.0), 2.0)
    bare = op("bare", lambda x: x, lambda x, y: 1.0)
    with pytest.raises(TypeError, match="the rule of <op bare> must return a list of partial derivatives, got float"):
        bare(Value(1.0))
    with pytest.raises(TypeError, match=r"op\(\) takes a name, a value function and a rule"):
        op("half", 0.5, lambda x, y: [0.0])
    root = op("root", lambda x: x ** (1 / 3), lambda x, y: [y / (3 * x)])
    with pytest.raises(TypeError, match="the value of <op root> must be a number, got complex"):
        root(Value(-8.0))
    with pytest.raises(TypeError, match="the rule of broken must be a function of the inputs and the output"):
        op("broken", math.sin, math.cos)
    with pytest.raises(TypeError, match="the rule of broken must be a function"):
        op("broken", math.sin, lambda *inputs: [1.0])
    bent = op("bent", lambda x: x, lambda x, y: [x**0.5])
    with pytest.raises(TypeError, match="a partial derivative of <op bent> must be a number, got complex"):
        bent(Value(-2.0))
    whole = op("whole", int, lambda x, y: [1])
    assert (type(whole(2.5)), type(whole(Value(2.5)).data)) == (float, float)
    assert type(total([])) is float
    strict = op("strict", math.log, lambda x, y: [1 / x])
    with pytest.raises(ValueError, match=r"math domain|expected a positive"):
        strict(Value(-1.0))
