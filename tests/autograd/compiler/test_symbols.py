"""Symbols: what a function records that is compiled, what it refuses, and that nothing is left of it afterwards."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import (
    Requirement,
    Value,
    anomalies,
    compile,
    dot,
    grad,
    hessian,
    jvp,
    modes,
    no_grad,
    op,
    recorder,
    scope,
    sin,
    total,
    vjp,
    where,
)
from autograd.compiler.symbols import Symbol, record
from autograd.operation import Op
from autograd.ops import TABLE, add, greater, less, mul, pow, power

REFUSED = "a number in a recorded function has no value yet"


def recorded(x: Any) -> tuple[Op | None, tuple[Any, ...]]:
    """Return the operation and the inputs of a symbol."""
    assert type(x) is Symbol
    return x.op, x.inputs


class TestOperations:
    def test_operators_record(self) -> None:
        x, y, w = Symbol(), Symbol(), Value(2.0)
        for a, b in ((x, y), (x, w), (w, x), (x, 3.0), (3.0, x)):
            assert recorded(a + b) == (add, (a, b))
            assert recorded(a * b) == (mul, (a, b))
        assert recorded(x < y) == (less, (x, y))
        assert recorded(x > 2.0) == (greater, (x, 2.0))
        assert recorded(2.0 > x) == (less, (x, 2.0))  # noqa: SIM300
        assert recorded(w < x) == (greater, (x, w))
        assert recorded(x**2) == (power, (x, 2.0))
        assert recorded(2**x) == (pow, (2.0, x))
        assert recorded(x**w) == (pow, (x, w))
        assert recorded(w**x) == (pow, (w, x))
        assert +x is x

    def test_methods_are_those_of_values(self) -> None:
        x = Symbol()
        for each in TABLE.values():
            if each.arity == 1:
                for name in (each.name, *each.aliases):
                    assert recorded(getattr(x, name)()) == (each, (x,))
        assert recorded(abs(x)) == recorded(x.abs())
        assert recorded(x.elu(alpha=2.0)) == recorded(x.elu(2)) == (TABLE["elu"], (x, 2.0))
        assert recorded(x.maximum(Value(1.0)))[0] is TABLE["maximum"]
        assert (x.real, x.imag, x.conjugate()) == (x, 0.0, x)

    def test_numbers_of_all_kinds_are_floats(self) -> None:
        x = Symbol()
        for one in (1, True, np.int64(1), np.float32(1), np.bool_(True)):
            ((_, found),) = [mul(x, one).inputs]
            assert (type(found), found) == (float, 1.0)
        assert [y.op for y in np.array([1.0, 2.0]) * x] == [mul, mul]
        assert [y.op for y in x * np.array([1.0, 2.0])] == [mul, mul]
        assert recorded(np.sin(np.array([x]))[0]) == (sin, (x,))

    def test_what_is_no_number_is_refused(self) -> None:
        x = Symbol()
        for f in (
            lambda: x * "2",
            lambda: x < None,
            lambda: divmod(x, 1.0),
            lambda: total([x, "2"]),
            lambda: mul(x, "2"),
        ):
            with pytest.raises(TypeError):
                f()

    def test_values_give_way_in_operations_of_many_inputs(self) -> None:
        x, w = Symbol(), Value(2.0)
        assert recorded(dot([w, w], [x, 1.0], w)) == (dot, (w, w, x, 1.0, w))
        assert recorded(where(w, x, 2.0)) == (where, (w, x, 2.0))
        with pytest.raises(TypeError, match="total.* takes numbers and Values, got str"):
            total([w, "2"])

    def test_copies_are_the_symbol_itself(self) -> None:
        x = Symbol()
        assert copy.copy(x) is copy.deepcopy([x])[0] is x
        twin = pickle.loads(pickle.dumps(Symbol(source=Value(3.0, "w"))))
        assert (twin.op, twin.label, twin.number) == (None, "w", 3.0)
        assert repr([x, sin(x)]) == "[Symbol(), Symbol(op=sin)]"


w = Value(2.0, label="w")

REFUSALS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda x: x.data, "the node itself"),
    (lambda x: w.data * x, "the node itself"),
    (lambda x: x.grad, "use grad in the function"),
    (lambda x: x.backward(), "use grad in the function"),
    (lambda x: w.backward() or x, "the node itself"),
    (lambda x: float(w) * x, r"autograd\.exp"),
    (lambda x: math.sin(w) * x, r"autograd\.exp"),
    (lambda x: round(x) * x, r"autograd\.exp"),
    (lambda x: math.floor(x) * x, "the node itself"),
    (lambda x: int(w * w) * x, "the node itself"),
    (lambda x: x if w else -x, "where"),
    (lambda x: x if w > 0 else -x, "where"),
    (lambda x: max(w, w * w) * x, "maximum"),
    (lambda x: f"{x:.2f}", r"autograd\.exp"),
]


class TestRefusals:
    @pytest.mark.parametrize(("f", "hint"), REFUSALS)
    def test_numbers_are_not_known(self, f: Callable[..., Any], hint: str) -> None:
        with pytest.raises(TypeError, match=f"{REFUSED}: .*{hint}") as caught:
            compile(f)(1.0)
        assert f"{Path(__file__).name}:{f.__code__.co_firstlineno}: " in str(caught.value)

    def test_no_grad_inside_of_the_function(self) -> None:
        def symbols(x: Any) -> Any:
            with no_grad():
                return x * x

        def nodes(x: Any) -> Any:
            with no_grad():
                return w * w * x

        for f in (symbols, nodes):
            with pytest.raises(TypeError, match=f"{REFUSED}: move the computation in no_grad out"):
                compile(f)(1.0)

    def test_numbers_of_another_compiled_function(self) -> None:
        with pytest.raises(TypeError, match="must not use numbers of another one: pass them as arguments"):
            compile(lambda x: compile(lambda y: x * y)(2.0))(1.0)
        kept: list[Any] = []
        compile(lambda x: kept.append(x) or x)(1.0)
        with pytest.raises(TypeError, match="must not use numbers of another one"):
            compile(lambda x: x * kept[0])(1.0)

    def test_not_continuous(self) -> None:
        for f in (lambda x: x // 2, lambda x: 2 // x, lambda x: divmod(x, 2)):
            with pytest.raises(TypeError, match="is not defined for Values because it is not continuous"):
                compile(f)(1.0)


class TestNothingIsLeft:
    def test_no_mode_is_entered(self) -> None:
        program = (
            "import numpy as np, nn; from autograd import *; from autograd import compile, modes, recorder\n"
            "own, w = op('own', abs, lambda x, y: [1.0 * (x > 0)]), Value(2.0)\n"
            "step = compile(lambda x: where(w > 0, own(w * x), grad(grad(own))(x)), [w])\n"
            "step.backward(np.ones(3))\n"
            "assert not modes.used and not recorder.recorders and modes.current.get() is None"
        )
        subprocess.run([sys.executable, "-c", program], check=True)

    def test_after_an_error(self) -> None:
        def fail(x: Any) -> Any:
            raise KeyError("mine")

        for f, error in ((fail, KeyError), (lambda x: x.data, TypeError), (lambda x: "text", TypeError)):
            with pytest.raises(error):
                compile(f)(1.0)
            assert (recorder.recorders, recorder.active.get()) == (set(), None)
            assert (w.data, float(w), bool(w), w > 1) == (2.0, 2.0, True, True)

    def test_other_threads_read_numbers(self) -> None:
        inside, done = threading.Event(), threading.Event()

        def slow(x: Any) -> Any:
            inside.set()
            assert done.wait(10)
            return where(w > 1, x, 0.0)

        with ThreadPoolExecutor(1) as pool:
            compiled = pool.submit(compile(slow), 3.0)
            assert inside.wait(10)
            assert len(recorder.recorders) == 1
            assert (w.data, float(w), bool(w), w > 1, (w * w).data) == (2.0, 2.0, True, True, 4.0)
            assert grad(lambda v: v * w.data)(1.0) == 2.0
            assert Requirement("index", 0, 3, step=1).check(w) == 2.0
            done.set()
            assert compiled.result() == 3.0

    def test_recordings_nest(self) -> None:
        inner = compile(lambda x: where(x > w, x * w, w))

        def f(x: Any) -> Any:
            scale = inner(3.0)
            with pytest.raises(TypeError, match=REFUSED):
                float(w)
            return x * scale

        assert compile(f)(2.0) == 12.0
        twice = op("twice", lambda x: inner(3.0) / 3 * x, lambda x, y: [2.0])
        assert compile(lambda x: twice(w) + twice(x) + twice(1.0))(1.0) == 8.0

    def test_modes_of_the_caller_are_ignored(self) -> None:
        v = Value(2.0)
        for mode in (no_grad(), anomalies(), scope("outer"), modes.reading_rule()):
            v.data = 2.0
            with mode:
                f = compile(lambda x: v * v * x + 1 / (v - 2))
                assert f(1.0) == math.inf
            v.data = 3.0
            assert f(1.0) == 10.0
            assert modes.current.get() is None


class TestLeaves:
    def test_comparisons_are_computed_at_each_call(self) -> None:
        v = Value(1.0)
        for f in (
            compile(lambda x: where(v > 0, x, -x)),
            compile(lambda x: where(v * v > v, -x, where(v <= 0, -x, x))),
            compile(lambda x: total([where(v >= 0, x, 0.0), where(v < 0, -x, 0.0)])),
        ):
            v.data = 1.0
            assert f(3.0) == 3.0
            v.data = -1.0
            assert f(3.0) == -3.0
            assert f(np.array([3.0, 4.0])).tolist() == [-3.0, -4.0]

    def test_parameters_and_nodes_computed_before(self) -> None:
        v = Value(2.0)
        square = v * v
        step = compile(lambda x: square * x + v, params=[v])
        assert step.backward([3.0]) == 14.0
        assert v.grad == 13.0
        v.data = 1.0
        assert step([3.0]) == 4.0

    def test_requirements_of_leaves(self) -> None:
        i, index = Value(1.0), Requirement("index", 0, 2, step=1, error=IndexError)
        step = compile(lambda x: (index.check(i), x)[1])
        assert step(5.0) == 5.0
        i.data = 7.0
        with pytest.raises(IndexError, match="the index computed in the function must be .*, got 7"):
            step(5.0)
        with pytest.raises(IndexError, match="got 9"):
            compile(lambda x: grad(lambda k: (index.check(k), k * x)[1])(9.0))(5.0)


class TestDerivatives:
    def test_with_respect_to_parameters_and_numbers(self) -> None:
        v = Value(3.0)
        assert compile(lambda x: grad(lambda p: p * p * x)(v))(2.0) == 12.0
        assert compile(lambda x: grad(lambda p: v * p * p * x)(5.0))(2.0) == 60.0
        assert compile(lambda x: jvp(lambda p: p * p, v, x))(2.0) == (9.0, 12.0)
        assert compile(lambda x: vjp(lambda p: [p * v, 3.0], 2.0)[1]([x, 1.0]))(2.0) == (6.0,)
        assert compile(lambda x: hessian(lambda p: p[0] ** 3 * p[1] * x)([v, 2.0]))(1.0) == [[36.0, 27.0], [27.0, 0.0]]

    def test_with_respect_to_the_parameters_of_the_function(self) -> None:
        v = Value(3.0)
        step = compile(lambda x: grad(lambda p: p**3 * x)(v), params=[v])
        assert step.backward([2.0]) == 54.0
        assert v.grad == 36.0

    def test_at_plain_numbers_they_are_plain_numbers(self) -> None:
        def newton(a: float) -> float:
            s = a
            for _ in range(30):
                s -= (s * s - a) / grad(lambda t: t * t)(s)
            return s

        root = op("root", newton, lambda a, y: [0.5 / y])
        assert compile(lambda x: x * math.sqrt(grad(lambda t: t**4)(2.0)))(1.0) == math.sqrt(32)
        assert compile(lambda x: x * root(2.0) + root(w) + root(x))(2.0) == pytest.approx(4 * math.sqrt(2), rel=1e-15)

    def test_a_result_that_depends_on_parameters_alone_is_not_known(self) -> None:
        v = Value(2.0)
        f = compile(lambda x: x + total(vjp(lambda t: [t * t, where(v > 0, v, -v * 2)], 3.0)[0]))
        assert f(1.0) == 12.0
        v.data = -2.0
        assert f(1.0) == 14.0
        assert compile(lambda x: x + vjp(lambda t: where(v > 0, v, v * v), 3.0)[0])(1.0) == 5.0
        v.data = 1.0
        assert f(1.0) == 11.0

    def test_a_rule_that_needs_numbers_is_refused(self) -> None:
        rough = op("rough", math.sin, lambda x, y: [math.cos(x)])
        with pytest.raises(TypeError, match=REFUSED):
            compile(grad(rough))(1.0)


def test_symbols_are_numbered_in_the_order_of_creation() -> None:
    xs = [Symbol() for _ in range(3)]
    y, _ = record(lambda a, b, c: sin(a) + w * b, *xs)
    symbols = [*xs, *y.inputs, y]
    assert [x.serial for x in symbols] == sorted(x.serial for x in symbols)
