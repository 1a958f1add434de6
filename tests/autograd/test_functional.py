"""Derivatives of functions: structure, order, nesting."""

from __future__ import annotations

import math
from collections import namedtuple
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    atan2,
    cos,
    dot,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    no_grad,
    op,
    sin,
    sqrt,
    tanh,
    total,
    value_and_grad,
    vjp,
)
from autograd.backpropagation import topological

Point = namedtuple("Point", "x y")


def rosenbrock(x: list) -> object:
    return total([100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)])


def test_any_order() -> None:
    derivatives = [sin, cos, lambda x: -sin(x), lambda x: -cos(x), sin]
    f = sin
    for wanted in derivatives:
        assert f(0.7) == pytest.approx(wanted(0.7), rel=1e-13)
        f = grad(f)


def test_every_power_of_x_to_any_order() -> None:
    f = lambda x: x**4  # noqa: E731 - replaced by its derivatives below
    for order in range(7):
        at_zero, at_two = f(0.0), f(2.0)
        assert at_zero == (24.0 if order == 4 else 0.0)
        assert at_two == pytest.approx(math.perm(4, order) * 2.0 ** (4 - order) if order <= 4 else 0.0)
        f = grad(f)


def test_structures() -> None:
    def f(p: dict) -> object:
        return p["w"][0] * p["w"][1] + p["b"].x * p["b"].y + p["a"].sum()

    got = grad(f)({"w": [2.0, 3], "b": Point(4, 5.0), "a": np.ones((2, 3))})
    assert got["w"] == [3.0, 2.0]
    assert got["b"] == Point(5.0, 4.0)
    assert isinstance(got["b"], Point)
    assert got["a"].shape == (2, 3)
    assert got["a"].dtype == float


def test_argnums() -> None:
    def f(x: float, y: float, *, z: float = 1.0) -> object:
        return x * y * y * z

    assert grad(f)(2.0, 3.0) == 9.0
    assert grad(f, 1)(2.0, 3.0, z=2.0) == 24.0
    assert grad(f, argnums=(1, 0))(2.0, 3.0) == (12.0, 9.0)
    assert grad(f, -1)(2.0, 3.0) == 12.0
    assert grad(lambda name, x: x * len(name), 1)("abc", 2.0) == 3.0
    assert value_and_grad(f)(2.0, 3.0) == (18.0, 9.0)
    assert hessian(f, (0, 1))(2.0, 3.0) == ((0.0, 6.0), (6.0, 4.0))
    with pytest.raises(ValueError, match="argnums must be among the 2 positional arguments, got 2"):
        grad(f, 2)(1.0, 2.0)


def test_results_are_plain_floats() -> None:
    y, g = value_and_grad(lambda x: x[0] * sin(x[1]))([1, 2])
    assert type(y) is float
    assert [type(v) for v in g] == [float, float]
    assert type(grad(grad(sin))(1.0)) is float
    assert all(type(v) is float for row in hessian(rosenbrock)([1.0, 2.0, 3.0]) for v in row)


def test_a_plain_number_has_gradient_zero() -> None:
    assert grad(lambda x: 5)(2.0) == 0.0
    assert value_and_grad(lambda x: 2.5)([1.0, 2.0]) == (2.5, [0.0, 0.0])
    assert grad(lambda x: x)(2.0) == 1.0
    assert jvp(lambda x: 3.0, 1.0, 1.0) == (3.0, 0.0)
    assert grad(lambda x: 1.0)([]) == []


def test_arguments_are_not_touched() -> None:
    w = Value(3.0)
    w.grad = 7.0
    x = Value(2.0)
    g = grad(lambda x: w * x * x)(x)
    assert (w.grad, x.grad, g.data) == (7.0, 0.0, 12.0)


def test_perturbation_confusion() -> None:
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(2.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x))(3.0) == 12.0
    assert grad(lambda x: x * jvp(lambda y: x * y, 1.0, 1.0)[1])(3.0) == 6.0
    assert jvp(lambda x: x * grad(lambda y: x * y)(2.0), 3.0, 1.0) == (9.0, 6.0)


def test_derivatives_that_depend_on_nodes_from_outside_are_nodes() -> None:
    w = Value(3.0)
    slope = grad(lambda x: w * x * x)(2.0)
    assert slope == pytest.approx(12.0)
    (slope * slope).backward()
    assert w.grad == 2 * 12.0 * 4.0
    x = Value(2.0)
    (grad(lambda x: x**3)(x) + x).backward()
    assert x.grad == 13.0
    y, pullback = vjp(lambda x: w * x, 2.0)
    assert (float(y), float(pullback(1.0)[0])) == (6.0, 3.0)


def test_gradient_penalty_trains() -> None:
    """Double backpropagation: the slope of a model by its input, differentiated by the model's parameters."""
    w, b = Value(0.5), Value(0.1)
    penalty = (grad(lambda x: tanh(w * x + b))(1.5) - 0.3) ** 2
    penalty.backward()

    def numeric(w: float, b: float) -> float:
        return (w * (1 - math.tanh(w * 1.5 + b) ** 2) - 0.3) ** 2

    h = 1e-6
    assert w.grad == pytest.approx((numeric(0.5 + h, 0.1) - numeric(0.5 - h, 0.1)) / (2 * h), rel=1e-6)
    assert b.grad == pytest.approx((numeric(0.5, 0.1 + h) - numeric(0.5, 0.1 - h)) / (2 * h), rel=1e-6)


def test_vjp_and_jvp_are_adjoint() -> None:
    def f(x: list) -> list:
        return [sin(x[0]) * x[1], exp(x[0] / x[1]), atan2(x[0], x[1]), 4.0]

    x, t, c = [0.7, 1.3], [0.3, -2.0], [1.0, -0.5, 2.0, 9.0]
    y, forward = jvp(f, x, t)
    same, pullback = vjp(f, x)
    assert y == same
    (back,) = pullback(c)
    assert dot(c, forward) == pytest.approx(dot(back, t), rel=1e-14)


def test_tangents_and_cotangents_have_the_structure_of_what_they_belong_to() -> None:
    def f(p: dict) -> dict:
        return {"y": 10 * p["a"] + p["b"], "z": p["b"]}

    assert jvp(f, {"a": 1.0, "b": 2.0}, {"b": 0.0, "a": 1.0}) == ({"y": 12.0, "z": 2.0}, {"y": 10.0, "z": 0.0})
    _, pullback = vjp(f, {"a": 1.0, "b": 2.0})
    assert pullback({"z": 0.0, "y": 1.0}) == ({"a": 10.0, "b": 1.0},)
    _, pushed = jvp(lambda x: x * 2, np.ones((2, 2)), np.eye(2))
    assert (pushed == 2 * np.eye(2)).all()
    assert jvp(lambda x: x[0] * x[1], [2.0, 3.0], np.array([1.0, 0.0])) == (6.0, 3.0)


def test_vjp_of_an_output_given_twice() -> None:
    _, pullback = vjp(lambda x: [x, x * x, x], 3.0)
    assert pullback([1.0, 1.0, 1.0]) == (8.0,)


def test_jacobian() -> None:
    def f(x: list) -> list:
        return [x[0] * x[1], sin(x[0]), 2.0]

    assert jacobian(f)([2.0, 3.0]) == [[3.0, 2.0], [math.cos(2.0), 0.0], [0.0, 0.0]]
    w = np.arange(6.0).reshape(2, 3)
    got = jacobian(lambda x: w @ x)(np.ones(3))
    assert got.shape == (2, 3)
    assert (got == w).all()
    assert jacobian(lambda x: x * x)(np.ones((2, 2))).shape == (2, 2, 2, 2)
    assert jacobian(lambda x: {"a": x * x, "b": (x, 1.0)})(3.0) == {"a": 6.0, "b": (1.0, 0.0)}


def test_an_infinite_output_does_not_spoil_the_rows_of_others() -> None:
    assert jacobian(lambda x: [x[0], log(x[1])])([1.0, 0.0]) == [[1.0, 0.0], [0.0, math.inf]]
    table = hessian(lambda a, b: a**b, (0, 1))(-2.0, 2.0)
    assert table[0][0] == 2.0


def test_hessian_of_rosenbrock_in_ten_dimensions() -> None:
    x = [0.3 * i - 1 for i in range(10)]
    wanted = np.zeros((10, 10))
    for i in range(9):
        wanted[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        wanted[i, i + 1] = wanted[i + 1, i] = -400 * x[i]
        wanted[i + 1, i + 1] += 200
    assert np.allclose(hessian(rosenbrock)(x), wanted, rtol=1e-12, atol=1e-9)
    as_array = hessian(rosenbrock)(np.array(x))
    assert as_array.shape == (10, 10)
    assert np.allclose(as_array, wanted, rtol=1e-12, atol=1e-9)


def test_hvp_is_the_hessian_times_a_vector() -> None:
    x, v = [0.5, -1.0, 2.0], [1.0, 2.0, -3.0]
    wanted = np.array(hessian(rosenbrock)(x)) @ v
    assert np.allclose(hvp(rosenbrock, x, v), wanted, rtol=1e-12)
    assert hvp(lambda x, y: x * x * y, (2.0, 3.0), (1.0, 0.0)) == (6.0, 4.0)
    assert hvp(sin, 1.0, 2.0) == pytest.approx(-2 * math.sin(1.0))


def test_taken_inside_no_grad() -> None:
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0


def test_division_by_a_constant_zero_at_second_order() -> None:
    assert grad(lambda x: x / 0.0)(1.0) == math.inf
    assert grad(grad(lambda x: x / 0.0))(1.0) == 0.0


def test_data_changed_inside_is_an_error() -> None:
    w = Value(3.0)

    def f(x: Value) -> Value:
        y = w * w * x
        w.data = 4.0
        return y

    with pytest.raises(RuntimeError, match="has changed since the forward pass"):
        grad(f)(2.0)


def test_own_operations_at_second_order() -> None:
    cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * x * x])
    assert grad(grad(grad(cube)))(2.0) == 6.0


def test_a_rule_that_leaves_the_operations_is_refused_at_second_order() -> None:
    lossy = op("lossy", math.exp, lambda x, y: [math.exp(x)])
    assert grad(lossy)(1.0) == math.e
    with pytest.raises(TypeError, match=r"autograd\.exp\), not functions of floats \(math\.exp\)"):
        grad(grad(lossy))(1.0)
    torn = op("torn", lambda x: x * x, lambda x, y: [0.0 if x == 0 else 2 * x])  # == is identity of nodes
    assert grad(grad(torn))(1.0) == 2.0
    odd = op("odd", lambda x: x * x, lambda x, y: [2 * x if x.__class__ is float else 3 * x])
    with pytest.raises(RuntimeError, match="or the rule of <op odd> returns different numbers for nodes and floats"):
        grad(grad(odd))(1.0)


def test_a_recorded_sweep_adds_nothing_to_zero() -> None:
    slope = grad(lambda x: sin(x) * x)(Value(2.0))
    assert not [node for node in topological([slope]) if node.op and node.op.name == "add" and 0.0 in node.inputs]


def test_square_roots_and_logarithms_nested_deep() -> None:
    def f(x: object) -> object:
        return log(1 + sqrt(1 + x * x)) / x

    h = 1e-5
    numeric = (grad(f)(1.2 + h) - grad(f)(1.2 - h)) / (2 * h)
    assert grad(grad(f))(1.2) == pytest.approx(numeric, rel=1e-7)


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (
            lambda: grad(lambda x: [x])(1.0),
            TypeError,
            r"must return one number, got list: for several numbers, use jacobian\(\)",
        ),
        (lambda: grad(lambda x: None)(1.0), TypeError, "must return numbers, got NoneType"),
        (lambda: jacobian(lambda x: [x, "a"])(1.0), TypeError, "must return numbers, got str"),
        (lambda: vjp(lambda x: None, 1.0), TypeError, "must return numbers, got NoneType"),
        (lambda: grad(lambda x: x, "x")(1.0), TypeError, "argnums must be an int or several ints, got 'x'"),
        (lambda: grad(sin)("a"), TypeError, "a differentiated argument must be a number, got str: 'a'"),
        (lambda: grad(sum)([1.0, None]), TypeError, "got NoneType"),
        (
            lambda: jvp(lambda x: x, [1.0, 2.0], [1.0]),
            ValueError,
            "the tangent must have the structure of a list of length 2, got a list of length 1",
        ),
        (
            lambda: vjp(lambda x: x, 1.0)[1]([1.0, 2.0]),
            ValueError,
            "the cotangent must have the structure of a number, got a list of length 2",
        ),
        (
            lambda: jvp(lambda p: p["a"], {"a": 1.0}, {"b": 1.0}),
            ValueError,
            r"dict with the keys \['a'\], got a dict with the keys \['b'\]",
        ),
        (
            lambda: jvp(lambda x: x, np.ones(2), np.ones(3)),
            ValueError,
            r"an array of shape \(2,\), got an array of shape \(3,\)",
        ),
        (
            lambda: jvp(lambda x, y: x, (1.0, 2.0), (1.0,)),
            ValueError,
            "a tuple of length 2, got a tuple of length 1",
        ),
        (lambda: grad(lambda x: x, (0, 0))(1.0), ValueError, "argnums must be distinct"),
        (lambda: grad(lambda x, y: x, (1, -1))(1.0, 2.0), ValueError, "argnums must be distinct"),
        (lambda: vjp(lambda x: x, 1.0)[1]("a"), TypeError, "each entry of the cotangent must be a number, got str"),
    ],
)
def test_mistakes_are_named(mistake: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        mistake()


@pytest.mark.slow
def test_deep_functions() -> None:
    def f(x: object) -> object:
        for _ in range(20_000):
            x = x * 0.9999 + 0.0001
        return x

    assert grad(f)(1.0) == pytest.approx(0.9999**20_000)
    assert grad(lambda x: f(x) * x)(1.0) > 0
    assert grad(grad(lambda x: f(x) * f(x)))(1.0) == pytest.approx(2 * 0.9999**40_000)


def test_function_of_many_kinds_of_numbers() -> None:
    assert grad(lambda x: autograd.total(x.values()))({"a": np.float64(1), "b": True, "c": 2}) == {
        "a": 1.0,
        "b": 1.0,
        "c": 1.0,
    }


@pytest.mark.parametrize(
    ("derivative", "wanted"),
    [
        (lambda inner: grad(inner)(2.0), 6.0),
        (lambda inner: value_and_grad(inner)(2.0), (12.0, 6.0)),
        (lambda inner: jacobian(lambda x: [inner(x), x, 2.0])(2.0), [6.0, 1.0, 0.0]),
        (lambda inner: jvp(inner, 2.0, 1.0), (12.0, 6.0)),
        (lambda inner: vjp(inner, 2.0)[0], 12.0),
        (lambda inner: vjp(inner, 2.0)[1](1.0), (6.0,)),
        (lambda inner: hvp(inner, 2.0, 1.0), 0.0),
        (lambda inner: hessian(lambda x: x * inner(x))(2.0), 12.0),
    ],
)
def test_derivatives_around_a_derivative_by_another_argument_are_floats(derivative: Any, wanted: Any) -> None:
    def f(x: Any, y: Any) -> Any:
        return x * y * y

    inners = [
        lambda x: grad(f, 1)(x, 3.0),
        lambda x: value_and_grad(f, 1)(x, 3.0)[1],
        lambda x: jvp(lambda y: f(x, y), 3.0, 1.0)[1],
        lambda x: vjp(lambda y: f(x, y), 3.0)[1](1.0)[0],
    ]
    for inner in inners:
        found = derivative(inner)
        assert found == wanted
        assert all(type(x) is float for x in np.ravel(np.array(found, dtype=object)))


def test_a_node_from_outside_still_makes_the_derivative_a_node() -> None:
    w = Value(3.0)
    slope = grad(lambda x: grad(lambda y: w * x * y)(2.0))(5.0)
    assert isinstance(slope, Value)
    slope.backward()
    assert (slope.data, w.grad) == (3.0, 1.0)
