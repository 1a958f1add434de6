"""`Value`: a number, an operand, a node."""

from __future__ import annotations

import inspect
import math
import runpy
import sys
import threading
import weakref
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import Value, backprop, detach, dot, exp, tanh


def test_a_leaf() -> None:
    v = Value(2, label="a")
    assert (v.data, v.grad, v.op, v.inputs, v.label) == (2.0, 0.0, None, (), "a")
    assert type(v.data) is float
    v.label = "d"
    v.data, v.grad = np.float64(3), 1
    assert (v.label, type(v.data), type(v.grad), v.data, v.grad) == ("d", float, float, 3.0, 1.0)


def test_a_node_knows_where_it_came_from() -> None:
    a, b = Value(2.0), Value(3.0)
    c = a * b
    assert c.op.name == "mul"
    assert c.inputs == (a, b)
    assert c.partials == [3.0, 2.0]
    assert (a + a).inputs == (a, a)
    assert (a * 2).inputs == (a, 2)


@pytest.mark.parametrize(
    "other", [3, 3.0, True, Fraction(3, 2), np.float64(3), np.float32(3), np.int64(3), Value(3.0)], ids=repr
)
def test_operators_with_numbers_on_either_side(other: object) -> None:
    a, x = 2.0, float(other)
    v = Value(a)
    cases = [
        (v + other, a + x),
        (other + v, x + a),
        (v - other, a - x),
        (other - v, x - a),
        (v * other, a * x),
        (other * v, x * a),
        (v / other, a / x),
        (other / v, x / a),
        (v**other, a**x),
        (other**v, x**a),
    ]
    for node, wanted in cases:
        assert type(node) is Value
        assert type(node.data) is float
        assert node.data == wanted
    assert ((v < other), (other < v), (v <= other), (v > other), (other >= v)) == (a < x, x < a, a <= x, a > x, x >= a)


def test_signs() -> None:
    v = Value(-2.0)
    assert ((-v).data, (+v) is v, abs(v).data) == (2.0, True, 2.0)


def test_being_a_number() -> None:
    v = Value(2.345)
    assert (float(v), f"{v:.1f}", round(v), round(v, 1), bool(v), bool(Value(0.0))) == (
        2.345,
        "2.3",
        2,
        2.3,
        True,
        False,
    )
    assert f"{v}" == repr(v)
    assert math.isclose(v, 2.345)
    assert math.floor(v) == 2
    assert isinstance(v, Real)
    assert (v.real is v, v.imag, v.conjugate() is v) == (True, 0.0, True)


def test_built_in_functions() -> None:
    values = [Value(1.0), Value(3.0), Value(2.0)]
    total = sum(values)
    total.backward()
    assert total.data == 6.0
    assert [v.grad for v in values] == [1.0, 1.0, 1.0]
    assert max(values) is values[1]
    assert min(values) is values[0]
    assert sorted(values) == [values[0], values[2], values[1]]


def test_equality_and_hash_are_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert a == a
    assert a != b
    assert a != 1.0
    assert a != Fraction(1)
    assert {a: "a", b: "b"}[a] == "a"


def test_approx_works_on_the_number_and_on_the_node() -> None:
    v = Value(3.0)
    assert v.data == pytest.approx(3)
    assert v == pytest.approx(3)
    assert pytest.approx(3) == v
    assert v != pytest.approx(4)
    assert [v, v * 2] == pytest.approx([3, 6])


def test_numpy_arrays_of_values() -> None:
    x = np.array([Value(1.0), Value(2.0)])
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    y = w @ x
    assert [v.data for v in y] == [5.0, 11.0]
    (np.exp(x).sum() * np.tanh(x[0])).backward()
    assert x[1].grad == pytest.approx(math.exp(2) * math.tanh(1))
    for array in (
        np.arcsin(x / 4),
        np.arctan(x),
        np.log1p(x),
        np.abs(x),
        np.sqrt(x),
        2 * x,
        x * w,
        w * x[0],
        x[0] * w,
        x[0] - w,
    ):
        assert array.dtype == object
        assert all(type(v) is Value for v in array.flat)
    assert type(np.float64(2) * x[0]) is Value
    assert type(x[0] * np.float64(2)) is Value
    assert (x > 1).tolist() == [False, True]
    assert [type(v) for v in (np.arctan(x), np.arcsin(x / 4), np.arccos(x / 4))] == [np.ndarray] * 3


def test_repr() -> None:
    a = Value(2.0, "a")
    assert repr(a) == "Value(data=2.0, grad=0.0, label='a')"
    assert repr(a * 3) == "Value(data=6.0, grad=0.0, op=mul)"


def test_repr_never_walks_the_graph() -> None:
    class Forbidden(tuple):
        def __iter__(self) -> object:
            raise AssertionError

    y = Value(2.0) * 3
    y.inputs = Forbidden(y.inputs)
    assert "6.0" in repr(y)


@pytest.mark.parametrize(
    "wrong",
    ["2", None, 1j, [1.0], {}, object(), Decimal(1), np.ones(2), np.complex128(1)],
    ids=lambda wrong: type(wrong).__name__,
)
def test_a_non_number_is_a_type_error_that_names_it(wrong: object) -> None:
    with pytest.raises(TypeError, match=type(wrong).__name__):
        Value(wrong)
    v = Value(1.0)
    with pytest.raises(TypeError, match=type(wrong).__name__):
        v.data = wrong
    with pytest.raises(TypeError, match=type(wrong).__name__):
        v.grad = wrong
    if not isinstance(wrong, np.ndarray):
        with pytest.raises(TypeError, match="Value"):
            v * wrong
        with pytest.raises(TypeError, match="Value"):
            wrong + v
        with pytest.raises(TypeError):
            v < wrong  # noqa: B015


def test_a_node_is_no_number_to_wrap() -> None:
    with pytest.raises(TypeError, match=r"must be a number, got Value: .*; detach\(v\) returns a leaf"):
        Value(Value(2.0))
    v = Value(1.0)
    with pytest.raises(TypeError, match="must be a number, got Value"):
        v.data = v * 2


def test_the_label_is_text() -> None:
    with pytest.raises(TypeError, match="the label of a Value must be a str, got tuple"):
        Value(1.0, (Value(2.0),))


def test_no_subclasses() -> None:
    with pytest.raises(TypeError, match=r"declare new operations with autograd.op"):
        type("Mine", (Value,), {})


def test_type_checkers_know_every_operation() -> None:
    """The stubs are current; `python .ci/stubs.py` renews them."""
    root = Path(__file__).parents[2]
    written = runpy.run_path(str(root / ".ci" / "stubs.py"))["stubs"]()
    assert (root / "autograd" / "ops.pyi").read_text() == written


def test_signatures_of_operations_and_methods() -> None:
    shown = {
        tanh: "(x, /)",
        autograd.hypot: "(a, b, /)",
        autograd.leaky_relu: "(x, /, slope=0.01)",
        autograd.total: "(xs, /)",
        Value(1.0).tanh: "() -> 'Value'",
        Value(1.0).elu: "(alpha=1.0) -> 'Value'",
    }
    assert {f: str(inspect.signature(f)) for f in shown} == shown
    assert Value(-1.0).elu(alpha=2.0).data == 2 * math.expm1(-1)


def test_attributes_of_your_own_and_weak_references() -> None:
    x = Value(1.0)
    y = tanh(x)
    for node in (x, y):
        node.m, node._color = 0.5, "red"
        assert (node.m, node._color) == (0.5, "red")
        assert weakref.ref(node)() is node
    with pytest.raises(AttributeError, match="momentum"):
        _ = x.momentum
    del x.m
    assert not hasattr(x, "m")


def test_whole_numbers_of_a_value() -> None:
    for number in (2.5, -2.5, 0.0, 3.0):
        v = Value(number)
        for function in (int, math.trunc, math.floor, math.ceil, round):
            assert function(v) == function(number)
            assert type(function(v)) is int
    with pytest.raises(OverflowError):
        int(Value(math.inf))


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda v: v // 2, r"a // b is not defined for Values because it is not continuous: use a / b"),
        (lambda v: 2 // v, r"a // b is not defined for Values"),
        (lambda v: divmod(v, 2), r"divmod\(a, b\) is not defined for Values"),
        (lambda v: divmod(2, v), r"divmod\(a, b\) is not defined for Values"),
        (lambda v: pow(v, 2, 5), "with a modulus takes integers, got a Value"),
    ],
)
def test_operators_of_numbers_that_values_refuse(refused: Callable[[Value], object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        refused(Value(7.0))


def test_the_remainder_that_is_recommended() -> None:
    a, b = Value(7.5), Value(2.0)
    y = a - b * math.floor(a / b)
    y.backward()
    assert (y.data, a.grad, b.grad) == (7.5 % 2.0, 1.0, -3.0)


@pytest.mark.parametrize("large", [10**400, -(10**5000), Fraction(10**400, 3)], ids=["int", "huge", "fraction"])
def test_numbers_that_no_float_holds(large: object) -> None:
    for take in (Value, exp, lambda x: dot([Value(1.0)], [x])):
        with pytest.raises(OverflowError, match="up to 1.8e308, got a larger (int|Fraction)"):
            take(large)
    with pytest.raises(OverflowError):
        _ = Value(1.0) * large


def test_arrays_without_axes_are_numbers() -> None:
    for number in (np.array(2.0), np.array(2), np.array(True), np.float32(2.0), np.bool_(True)):
        assert Value(number).data == float(number)
        assert exp(number) == math.exp(float(number))
        assert (Value(3.0) * number).data == (number * Value(3.0)).data == 3.0 * float(number)
    for wrong in (np.array("2"), np.array(2j), np.array(None), np.array(Value(2.0))):
        with pytest.raises(TypeError, match="the data of a Value must be a number, got ndarray"):
            Value(wrong)


def test_detach() -> None:
    x = Value(3.0, "x")
    y = detach(x * x, "frozen")
    assert (y.data, y.inputs, y.label) == (9.0, (), "frozen")
    (x * y).backward()
    assert x.grad == 9.0


def test_threads_do_not_disturb_each_other() -> None:
    errors = []

    def work(seed: float) -> None:
        for i in range(200):
            x = Value(seed + i)
            y = tanh(x * x / 1000) + exp(-x / 100)
            y.backward()
            wanted = (1 - math.tanh(x.data**2 / 1000) ** 2) * x.data / 500 - math.exp(-x.data / 100) / 100
            if not math.isclose(x.grad, wanted, rel_tol=1e-9, abs_tol=1e-12):
                errors.append((x.data, x.grad, wanted))

    threads = [threading.Thread(target=work, args=(float(k),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="adding up needs the interpreter's lock"
)
def test_threads_that_share_parameters() -> None:
    w = Value(2.0)

    def work() -> None:
        for _ in range(500):
            (w * 3.0).backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.grad == 4 * 500 * 3.0


def test_code_for_micrograd_draws_and_steps() -> None:
    """The lecture's trace() and its manual backward pass, node by node."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    e = a * b
    d = e + c
    out = d.tanh()
    nodes, edges = set(), set()

    def build(v: Value) -> None:
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(out)
    assert (len(nodes), len(edges)) == (6, 5)
    assert (e._op, d._op, out._op, a._op) == ("*", "+", "tanh", "")
    with pytest.raises(AttributeError):
        e._prev = ()
    out.grad = 1.0
    for node in (out, d, e, a):
        node._backward()
    by_hand = [v.grad for v in (a, b, c, d, e)]
    for v in (a, b, c, d, e, out):
        v.grad = 0.0
    out.backward()
    assert by_hand == [v.grad for v in (a, b, c, d, e)]
    assert len((a + a)._prev) == 2


def test_backward_takes_a_seed() -> None:
    x = Value(3.0)
    (x * x).backward(seed=0.5)
    assert x.grad == 3.0
    with pytest.raises(TypeError, match=r"the seed of a backward pass must be a number"):
        (x * x).backward("1")


def test_backward_on_a_loss_that_is_not_finite_warns() -> None:
    x = Value(0.0, "x")
    y = x.log()
    y.label = "h"
    with pytest.warns(
        RuntimeWarning,
        match=r"backward pass from -inf: the first node that is not finite is 'h' = log\(x = 0.0\) = -inf, "
        r"made at .*test_value\.py:\d+: y = x\.log\(\)$",
    ):
        (y + 1).backward()
    loss = Value(1.0) * 2
    loss.data = math.nan
    with pytest.warns(RuntimeWarning, match=r"the first node that is not finite is mul\(1.0, 2.0\) = nan$"):
        loss.backward()


def test_backward_is_backprop_drained() -> None:
    def graph() -> tuple[list[Value], Value]:
        a, b = Value(0.5), Value(-1.5)
        c = a * b + exp(a)
        return [a, b, c], tanh(c * a) + c

    leaves, loss = graph()
    loss.backward(2.0)
    others, other = graph()
    for _ in backprop(other, 2.0):
        pass
    assert [v.grad for v in leaves] == [v.grad for v in others]
