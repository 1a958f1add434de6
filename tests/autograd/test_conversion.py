"""Conversions of nodes to floats: which ones lose a gradient, what is said there, and which ones are silent."""

from __future__ import annotations

import array
import cmath
import ctypes
import functools
import io
import json
import logging
import math
import random
import statistics
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from math import isnan as is_undefined
from math import sin as sine
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import autograd
from autograd import Value, detach, grad, hessian, hvp, jacobian, jvp, no_grad, op, value_and_grad, vjp
from autograd.ops import TABLE
from autograd.testing import check_by_hand, check_derivative, check_gradients
from nn import diagnose

mpl.use("Agg")
from matplotlib import pyplot as plt

Lines = list[warnings.WarningMessage]


def converted(f: Callable[..., Any], *args: Any) -> Lines:
    """Return the warnings that f(*args) gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        f(*args)
    assert all(warning.category is RuntimeWarning for warning in caught)
    return caught


def assign(v: Any) -> None:
    zeros = np.zeros(2)
    zeros[0] = v


def add_in_place(v: Any) -> None:
    zeros = np.zeros(2)
    zeros[0] += v


def unpack(f: Callable[[Any], float], v: Any, w: Any) -> None:
    x, y = map(f, (v, w))
    assert x == y or x != y


def loop(f: Callable[[Any], float], v: Any, w: Any) -> None:
    for _ in map(f, (v, w)):
        pass


def held(f: Callable[[Any], float], v: Any, w: Any) -> None:
    numbers = map(f, (v, w))
    list(numbers)


def on_several_lines(v: Any) -> None:
    math.hypot(  # with a comment
        v,
        2.0,
    )


LOSING: dict[str, Callable[[Any, Any], Any]] = {
    "math.hypot(v, w)": lambda v, w: 1.0 + math.hypot(v, w),
    "math.hypot(*[v, w])": lambda v, w: math.hypot(*[v, w]),
    "math.dist([v], [w])": lambda v, w: math.dist([v], [w]),
    "math.fsum([v, w])": lambda v, w: math.fsum([v, w]),
    "math.gamma(v)": lambda v, w: math.gamma(v),
    "math.copysign(v, -1.0)": lambda v, w: math.copysign(v, -1.0),
    "math.radians(v)": lambda v, w: math.radians(v),
    "sine(v)": lambda v, w: sine(v),
    "cmath.exp(v)": lambda v, w: cmath.exp(v),
    "complex(v)": lambda v, w: complex(v),
    "math.cos(v)": lambda v, w: math.sin(float(w) + math.cos(v)),
    "math.hypot(sum(map(float, [w])), v)": lambda v, w: math.hypot(sum(map(float, [w])), v),
    "math.hypot( # with a comment v, 2.0, )": lambda v, w: on_several_lines(v),
    "[math.sin][0](v)": lambda v, w: [math.sin][0](v),
    "math.sin(x)": lambda v, w: [math.sin(x) for x in (v, w)],
    "list(map(math.sin, [v, w]))": lambda v, w: list(map(math.sin, [v, w])),
    "max(map(math.sin, [v, w]))": lambda v, w: max(map(math.sin, [v, w])),
    "[*map(math.sin, [v, w])]": lambda v, w: [*map(math.sin, [v, w])],
    "x, y = map(f, (v, w))": lambda v, w: unpack(math.sin, v, w),
    "map(f, (v, w))": lambda v, w: loop(math.sin, v, w),
    "list(numbers)": lambda v, w: held(math.sin, v, w),
    "functools.reduce(math.hypot, [v, w])": lambda v, w: functools.reduce(math.hypot, [v, w]),
    "functools.partial(math.pow, v)(2)": lambda v, w: functools.partial(math.pow, v)(2),
    "statistics.fmean([v, w])": lambda v, w: statistics.fmean([v, w]),
    "statistics.geometric_mean([v, w])": lambda v, w: statistics.geometric_mean([v, w]),
    "statistics.NormalDist(v, 1.0)": lambda v, w: statistics.NormalDist(v, 1.0),
    "statistics.linear_regression([v, w], [1.0, 2.0])": lambda v, w: statistics.linear_regression([v, w], [1.0, 2.0]),
    'array.array("d", [v])': lambda v, w: array.array("d", [v]),
    "ctypes.c_double(v)": lambda v, w: ctypes.c_double(v),
    "zeros[0] = v": lambda v, w: assign(v),
    "zeros[0] += v": lambda v, w: add_in_place(v),
    "np.asarray([v, w], float)": lambda v, w: np.asarray([v, w], float),
    "np.array([v, w], dtype=float)": lambda v, w: np.array([v, w], dtype=float),
    "np.array([v, w]).astype(float)": lambda v, w: np.array([v, w]).astype(float),
    "np.fromiter([v, w], float)": lambda v, w: np.fromiter([v, w], float),
    "np.float64(v)": lambda v, w: np.float64(v),
    "np.zeros(2).fill(v)": lambda v, w: np.zeros(2).fill(v),
    "np.interp(v, [0.0, 1.0], [0.0, 2.0])": lambda v, w: np.interp(v, [0.0, 1.0], [0.0, 2.0]),
    "np.gradient([v, w, v])": lambda v, w: np.gradient([v, w, v]),
    "np.sum([v, w], dtype=float)": lambda v, w: np.sum([v, w], dtype=float),
    "np.vectorize(math.sin)([v, w])": lambda v, w: np.vectorize(math.sin)([v, w]),
}


@pytest.mark.parametrize("quote", LOSING)
def test_a_lost_gradient_is_a_warning_in_eager_code(quote: str) -> None:
    (warning,) = converted(LOSING[quote], Value(0.5), Value(0.25))
    assert str(warning.message).startswith(f"{quote} converts a node to a float, so no gradient flows through it: use ")
    assert warning.filename == __file__


@pytest.mark.parametrize("quote", LOSING)
def test_a_lost_gradient_is_an_error_in_a_derivative(quote: str) -> None:
    def f(v: Any, w: Any) -> Any:
        LOSING[quote](v, w)
        return v * w

    with pytest.raises(TypeError) as caught:
        grad(f, (0, 1))(0.5, 0.25)
    assert str(caught.value).startswith(f"{quote} converts a node to a float, which would lose its gradient: use ")
    assert __file__ in str(caught.value)


OF_MATH = [name for name in TABLE if hasattr(math, name)]


@pytest.mark.parametrize("name", OF_MATH)
def test_the_operation_to_use_is_named(name: str) -> None:
    start = 1.5 if name == "acosh" else 0.5
    function, inputs = getattr(math, name), [Value(start)] * (TABLE[name].arity or 1)
    wanted = "v ** n" if name == "pow" else f"autograd.{name}"
    (warning,) = converted(lambda: function(*inputs))
    assert f"use {wanted}, or float(v)" in str(warning.message)
    with pytest.raises(TypeError, match=f"use {wanted}, or float".replace("*", r"\*").replace("(", r"\(")):
        grad(function, tuple(range(len(inputs))))(*[start] * len(inputs))


def test_arrays_of_objects_and_means_are_named() -> None:
    for quote, wanted in {"zeros[0] = v": "dtype=object", "statistics.fmean([v, w])": "autograd.mean"}.items():
        (warning,) = converted(LOSING[quote], Value(0.5), Value(0.25))
        assert wanted in str(warning.message)


LOG = logging.getLogger("test_conversion")
LOG.addHandler(logging.StreamHandler(io.StringIO()))
LOG.propagate = False
LOG.setLevel(logging.INFO)

SILENT: list[Callable[[Any, Any], Any]] = [
    lambda v, w: float(v),
    lambda v, w: float(v if v > w else w),
    lambda v, w: v.__float__(),
    lambda v, w: v.data,
    lambda v, w: detach(v),
    lambda v, w: math.sin(detach(v)),
    lambda v, w: math.sin(detach(v) * 2.0),
    lambda v, w: (round(v), round(v, 1), math.floor(v), math.ceil(v)),
    lambda v, w: (f"{v}", f"{v:.2f}", format(v, ".1f"), "{:.3f}".format(v), "%f %s" % (v, w), str(v)),  # noqa: UP031, UP032
    lambda v, w: print(v, file=io.StringIO()),
    lambda v, w: LOG.info("%f", v),
    lambda v, w: json.dumps([v], default=float),
    lambda v, w: np.savetxt(io.StringIO(), np.array([v, w]), fmt="%.3f"),
    lambda v, w: (v < w, v >= 0.5, np.float64(1.0) > v, np.ones(2) < v),
    lambda v, w: (sorted([v, w]), sorted([v, w], key=float), max(v, w, key=math.fabs), min(v, w)),
    lambda v, w: (math.isnan(v), is_undefined(v), math.isfinite(v), math.isinf(v), math.isclose(v, w)),
    lambda v, w: (any(map(math.isnan, [v, w])), list(filter(math.isfinite, [v, w]))),
    lambda v, w: (v == pytest.approx(0.5), pytest.approx(w) == 0.25, [v, w] == pytest.approx([0.5, 0.25])),
    lambda v, w: np.testing.assert_almost_equal(v, 0.5),
    lambda v, w: random.choices([1, 2], weights=[v, w]),
    lambda v, w: [float(x) for x in (v, w)],
    lambda v, w: (list(map(float, [v, w])), [*map(float, [v])], math.hypot(*map(float, [v, w]))),
    lambda v, w: (dict(zip("vw", map(float, [v, w]))), np.fromiter(map(float, [v, w]), float)),
    lambda v, w: (unpack(float, v, w), loop(float, v, w), held(float, v, w)),
    lambda v, w: (np.float64(2.0) * v, np.array([v, w]), np.sin([v, w]), np.linalg.norm([v, w]), np.arange(w, v)),
    lambda v, w: float(np.array(v)),
    lambda v, w: plt.plot([v, w], [w, v]),
    lambda v, w: (plt.scatter([v, w], [w, v]), plt.bar([0, 1], [v, w]), plt.axhline(v), plt.text(v, w, "here")),
]


@pytest.mark.parametrize("f", SILENT)
def test_a_number_that_is_asked_for_is_had_in_silence(f: Callable[[Any, Any], Any]) -> None:
    def recorded(v: Any, w: Any) -> Any:
        f(v, w)
        return v * w

    try:
        assert converted(f, Value(0.5), Value(0.25)) == []
        assert converted(grad(recorded, (0, 1)), 0.5, 0.25) == []
    finally:
        plt.close("all")


def test_each_line_warns_once() -> None:
    v, w = Value(0.5), Value(0.25)

    def f() -> None:
        for _ in range(3):
            math.sin(v), math.cos(w)
            math.exp(v)

    assert len(converted(f)) == 2
    assert len(converted(f)) == 2, "and again for other filters, so that each test sees its warnings"


def test_filters_of_lines_and_modules_apply() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=__name__)
        math.sin(Value(0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            with pytest.raises(RuntimeWarning, match="math.sin"):
                math.sin(Value(0.5))


def test_one_place_may_call_several_functions() -> None:
    v = Value(0.5)
    for f, count in ((float, 0), (math.sin, 1), (float, 0), (math.isnan, 0), (math.cos, 1)):
        assert len(converted(lambda: f(v))) == count  # noqa: B023


PROGRAM = """
import math
from autograd import Value
v = Value(0.5)
float(v); "%f" % v; round(v); math.isnan(v); x, = map(float, [v]); list(map(float, [v])); [y for y in map(float, [v])]
math.sin(v)
"""
UNQUOTED = (
    "6: RuntimeWarning: a node is converted to a float, so no gradient flows through it: use autograd.sin, or float"
)


@pytest.mark.slow
@pytest.mark.parametrize("options", [["-c", PROGRAM], ["-X", "no_debug_ranges", "-c", PROGRAM], ["-"]])
def test_without_source_nothing_is_quoted(options: list[str]) -> None:
    done = subprocess.run([sys.executable, *options], input=PROGRAM, capture_output=True, text=True, check=True)
    message = done.stderr.splitlines()[0]
    assert done.stderr.count("RuntimeWarning") == 1
    assert UNQUOTED in message or "6: RuntimeWarning: math.sin(v) converts" in message  # 3.13 keeps such source


def test_without_positions_nothing_is_quoted(tmp_path: Any) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    command = [sys.executable, "-X", "no_debug_ranges", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr.count("RuntimeWarning") == 1
    assert UNQUOTED in done.stderr.splitlines()[0]


@pytest.mark.parametrize(
    "derivative",
    [
        lambda f: value_and_grad(f)(1.0),
        lambda f: vjp(f, 1.0),
        lambda f: jvp(f, 1.0, 1.0),
        lambda f: jacobian(lambda x: [x, f(x)])(1.0),
        lambda f: hessian(f)(1.0),
        lambda f: hvp(f, 1.0, 1.0),
        lambda f: grad(grad(f))(1.0),
        lambda f: grad(lambda x: grad(lambda y: y * f(x))(2.0))(1.0),
        lambda f: grad(lambda p: p["w"][0] * 2.0 + f(p["w"][0] * p["w"][1]))({"w": [1.0, 2.0]}),
    ],
)
def test_every_derivative_refuses(derivative: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"math\.sin\(x\) converts a node to a float, which would lose its gradient"):
        derivative(lambda x: x * math.sin(x))


def test_what_does_not_depend_on_the_arguments_is_no_error() -> None:
    w = Value(2.0)
    assert grad(lambda x, y: x * math.sin(y))(1.0, 2.0) == math.sin(2.0)
    assert grad(lambda x: x * math.sin(detach(x)))(1.0) == math.sin(1.0)
    (warning,) = converted(grad(lambda x: x * math.sin(w)), 1.0)
    assert "math.sin(w)" in str(warning.message), "by w a gradient is lost all the same"


def test_where_no_gradient_is_wanted_nothing_is_said() -> None:
    x = Value(2.0)
    with no_grad():
        y = x * x
        math.sin(x)
        np.array([x, y], dtype=float)
    np.array([y, y], dtype=float)

    def f(x: Value) -> Value:
        with no_grad():
            assert math.sin(x) == math.sin(3.0)
        return x * x

    assert grad(f)(3.0) == 6.0


def test_compiled_functions_and_rules_refuse_as_before() -> None:
    for f in (lambda x: x * float(x), lambda x: x * math.sin(x)):
        with pytest.raises(TypeError, match="a number in a recorded function has no value yet"):
            autograd.compile(f)(1.0)
    rough = op("rough", math.sin, lambda x, y: [math.cos(x)])
    assert grad(rough)(1.0) == math.cos(1.0)
    with pytest.raises(TypeError, match="a rule may use"):
        grad(grad(rough))(1.0)


def test_a_thread_without_code_of_the_user_warns_all_the_same() -> None:
    def f() -> None:
        thread = threading.Thread(target=math.sin, args=(Value(0.5),))
        thread.start()
        thread.join()

    (warning,) = converted(f)
    assert "converts a node to a float" in str(warning.message)


@pytest.mark.slow
def test_deep_graphs_and_many_conversions() -> None:
    def f() -> None:
        x = Value(1.0)
        for _ in range(5_000):
            x = x * 1.0001
            math.sin(x)

    assert len(converted(f)) == 1


class TestReports:
    """A conversion that explains a finding is named by what reports it."""

    def test_check_by_hand(self) -> None:
        x = Value(1.0, "x")
        h = x * 1.0
        with pytest.warns(RuntimeWarning, match="math.sin"):
            loss = x * math.sin(h)
        report = check_by_hand(loss, {"x": math.sin(1.0) + math.cos(1.0)})
        assert not report
        assert "math.sin(h) converts a node to a float, so no gradient flows through it, at " in str(report)
        assert "math.sin" not in str(check_by_hand(x * 2.0, {"x": 2.0}))

    def test_check_gradients(self) -> None:
        report = check_gradients(lambda x: x * math.sin(x), 0.5)
        assert not report
        assert "math.sin(x) converts a node to a float" in str(report)

    def test_check_derivative_of_floats_goes_by_differences(self) -> None:
        for f in (math.gamma, lambda x: x * math.sin(x), lambda x: statistics.fmean([x, 2.0])):
            assert not check_derivative(f, lambda x: 7.0, at=[1.0])
        report = check_derivative(lambda x: x * math.sin(x), lambda x: math.sin(x) + x * math.cos(x), at=[1.0, 2.0])
        assert report
        assert "the function accepts only floats" in str(report)

    def test_diagnose(self) -> None:
        p, q = Value(1.0, "p"), Value(2.0, "q")
        with pytest.warns(RuntimeWarning, match="math.exp"):
            loss = q * math.exp(p)
        loss.backward()
        assert "math.exp(p) converts a node to a float" in str(diagnose(loss, [p, q]))


def test_a_call_of_a_python_function_without_source() -> None:
    code = "import statistics; from autograd import Value; print(statistics.fmean([Value(1.0), 2.0]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1.5\n"
    assert "RuntimeWarning: a node is converted to a float" in done.stderr
