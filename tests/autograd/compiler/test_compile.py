"""`compile`: arguments and results, errors, what is kept from call to call, threads."""

from __future__ import annotations

import math
import random
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, choose, compile, detach, grad, mean, no_grad, one_hot, relu, sin, total, where
from tests.autograd.compiler.against_eager import agree, batch, normal


def test_arguments_broadcast() -> None:
    f = compile(lambda x, y: sin(x) * y)
    x, y = normal(3, 1), normal(4)
    value, (by_x, by_y) = f.value_and_grad(x, y)
    np.testing.assert_allclose(value, np.sin(x) * y, rtol=1e-14)
    np.testing.assert_allclose(by_x, np.cos(x) * y.sum(), rtol=1e-13)
    np.testing.assert_allclose(by_y, np.sin(x).sum() + 0 * y, rtol=1e-13)


def test_numbers_with_arrays() -> None:
    f = compile(lambda x, y: x * y)
    assert f(2.0, 3.0) == 6.0
    assert type(f(2.0, 3.0)) is float
    assert f.value_and_grad(2.0, 3.0) == (6.0, (3.0, 2.0))
    value, (by_x, by_y) = f.value_and_grad(2, np.array([[1, 2], [3, 4]]))
    assert value.tolist() == [[2.0, 4.0], [6.0, 8.0]]
    assert by_x == 10.0
    assert type(by_x) is float
    assert by_y.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    value, gradient = compile(lambda x: x * x).value_and_grad(np.array([[3.0]]))
    assert (value.tolist(), gradient.tolist()) == ([[9.0]], [[6.0]])


def test_results_are_the_callers_own() -> None:
    f = compile(lambda x: x * 2)
    x = np.array([1.0, 2.0])
    value, gradient = f.value_and_grad(x)
    f.value_and_grad(x + 1)
    assert (value.tolist(), gradient.tolist()) == ([2.0, 4.0], [2.0, 2.0])
    value[:] = 0
    assert f(x).tolist() == [2.0, 4.0]
    assert x.tolist() == [1.0, 2.0]
    w = Value(2.0)
    step = compile(lambda x: w * x, params=[w])
    _, gradient = step.value_and_grad([1.0], [3.0, 5.0])
    step.value_and_grad([1.0], [30.0, 50.0])
    assert gradient.tolist() == [4.0]


def test_nested_arguments_and_results() -> None:
    f = compile(lambda p, q: {"sum": p["a"] + p["b"][0], "all": (q[0], 2.0, p["a"] * q[1])})
    result = f({"a": np.array([1.0, 2.0]), "b": [10.0]}, (3, 4))
    assert result["sum"].tolist() == [11.0, 12.0]
    assert [part.tolist() for part in result["all"]] == [[3.0, 3.0], [2.0, 2.0], [4.0, 8.0]]
    value, gradient = compile(lambda p: p["a"] * p["b"][0]).value_and_grad({"a": np.array([2.0, 3.0]), "b": (5.0,)})
    assert value.tolist() == [10.0, 15.0]
    assert gradient["a"].tolist() == [5.0, 5.0]
    assert gradient["b"] == (5.0,)


def test_nested_samples() -> None:
    w = Value(2.0)
    step = compile(lambda p, q: w * p["x"][1] + p["y"] + q[0] * q[1][1], params=[w])
    value = step({"x": [[0, 1], [0, 3]], "y": [10, 20]}, ([1, 2], np.array([[0.0, 1.0], [0.0, 1.0]])))
    assert value == mean([2.0 + 10 + 1, 6 + 20 + 2])


def test_results_that_do_not_depend_on_the_arguments() -> None:
    w = Value(3.0)
    assert compile(lambda x: 5)(np.zeros(2)).tolist() == [5.0, 5.0]
    assert compile(lambda x: 5.0).value_and_grad(1.0) == (5.0, 0.0)
    assert compile(lambda x: w * w)(np.zeros((2, 1))).tolist() == [[9.0], [9.0]]
    assert compile(lambda: w * w)() == 9.0
    for reduction, times in (("mean", 1), ("sum", 4)):
        step = compile(lambda x: w * w, params=[w], reduction=reduction)
        value, gradient = step.value_and_grad([3.0], np.zeros(4))
        assert (value, gradient.tolist()) == (9.0 * times, [6.0 * times])
    assert compile(lambda x: w, params=[w]).value_and_grad([7.0], [1.0, 2.0])[0] == 7.0
    assert compile(lambda x: w, params=[w]).value_and_grad([7.0], [1.0, 2.0])[1].tolist() == [1.0]
    value, gradient = compile(lambda x: x, params=[w]).value_and_grad([7.0], [1.0, 2.0])
    assert (value, gradient.tolist()) == (1.5, [0.0])
    assert compile(lambda x: x).value_and_grad(4.0) == (4.0, 1.0)
    value, gradient = compile(lambda: w * w, params=[w]).value_and_grad([2.0])
    assert (value, gradient.tolist()) == (4.0, [4.0])


def test_reductions() -> None:
    w = Value(2.0)
    x = [1.0, 2.0, 4.5]
    assert compile(lambda x: w * x, params=[w])(x) == 5.0
    assert compile(lambda x: w * x, params=[w], reduction="sum")(x) == 15.0
    each = compile(lambda x: w * x, params=[w], reduction=None)
    assert each(x).tolist() == [2.0, 4.0, 9.0]
    assert compile(lambda x: x * 2, reduction="sum")(np.array([[1.0], [2.0]])) == 6.0
    with pytest.raises(TypeError, match='the reduction "mean" or "sum"'):
        each.backward(x)
    with pytest.raises(TypeError, match="one number"):
        compile(lambda x: [w, x], params=[w]).backward(x)
    with pytest.raises(TypeError, match="one number"):
        compile(lambda x: [x]).value_and_grad(1.0)


def test_other_numbers_of_samples() -> None:
    w = Value(1.0)
    step = compile(lambda x, y: w * x[0] * y, params=[w])
    with pytest.raises(ValueError, match=r"the same number of samples .* x of shape \(3, 1\), and y of shape \(2,\)"):
        step(np.zeros((3, 1)), np.zeros(2))
    with pytest.raises(ValueError, match=r"there must be at least one sample, got x of shape \(0, 1\)"):
        step(np.zeros((0, 1)), np.zeros(0))
    with pytest.raises(ValueError, match="y must have an axis of samples"):
        step(np.zeros((3, 1)), 1.0)
    with pytest.raises(ValueError, match=r"the arguments must broadcast, got x of shape \(3,\), y of shape \(2,\)"):
        compile(lambda x, y: x * y)(np.zeros(3), np.zeros(2))


@pytest.mark.parametrize("theta", [[1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]], 1.0])
def test_theta_of_another_shape(theta: Any) -> None:
    a, b = Value(1.0), Value(2.0)
    with pytest.raises(ValueError, match=r"theta must have the shape \(2,\)"):
        compile(lambda x: a * b * x, params=[a, b]).value_and_grad(theta, [1.0])


@pytest.mark.parametrize("wrong", ["text", [[1.0], [2.0, 3.0]], 1j, None, {"a": "b"}])
def test_arguments_that_are_no_numbers(wrong: Any) -> None:
    with pytest.raises(TypeError, match="array of numbers"):
        compile(lambda x: x, params=[Value(1.0)])(wrong)


@pytest.mark.parametrize(
    ("f", "hint"),
    [
        (lambda x: x if x > 0 else -x, r"where\(condition, a, b\), maximum"),
        (lambda x: max(x, 1.0), "maximum"),
        (lambda x: 1.0 if 0 < x < 1 else x, "where"),
        (lambda x: abs(x) if x else x, "where"),
        (lambda x: 2 * math.sin(x), r"autograd\.exp"),
        (lambda x: float(x) * x, r"autograd\.exp"),
        (lambda x: x.data * x, "the node itself"),
    ],
)
def test_what_cannot_be_known(f: Callable[..., Any], hint: str) -> None:
    with pytest.raises(TypeError, match=hint) as caught:
        compile(f)(np.array([1.0, 2.0]))
    assert f"{Path(__file__).name}:{f.__code__.co_firstlineno}: " in str(caught.value)
    assert caught.value.__notes__ == ["while the function was compiled for x of shape (2,)"]
    assert (Value(1.0) > 0) is True, "nothing is left of the recording"


def test_errors_of_the_function_itself() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        compile(lambda x: 1 // 0)(3.0)
    assert caught.value.__notes__ == ["while the function was compiled for x of shape ()"]
    with pytest.raises(TypeError, match="a number"):
        compile(lambda x: "text")(3.0)
    with pytest.raises(TypeError, match="a number"):
        compile(lambda x: [x, None])(3.0)
    assert Value(2.0).data == 2.0


def test_what_compile_does_not_take() -> None:
    with pytest.raises(TypeError, match="f must be a function, got int"):
        compile(3)
    with pytest.raises(ValueError, match="reduction must be"):
        compile(sin, reduction="median")
    with pytest.raises(RuntimeError, match="no program yet"):
        _ = compile(lambda x: x).program
    with pytest.raises(TypeError, match="compiled with params"):
        compile(lambda x: x).backward(1.0)
    with pytest.raises(TypeError, match="array of parameters first"):
        compile(lambda x: x, params=[Value(1.0)]).value_and_grad()


def test_a_number_put_into_text_is_not_known() -> None:
    with pytest.raises(TypeError):
        compile(lambda x: float(f"{x:.2f}") * x)(np.array([1.0, 2.0]))


def test_nothing_is_recorded_as_a_constant_that_is_none() -> None:
    """A number that would be frozen raises, instead of being that of the first sample for all."""

    def frozen(x: Any) -> Any:
        with no_grad():
            y = x * x
        return y * x

    for f in (frozen, lambda x: detach(x) * x):
        with pytest.raises(TypeError):
            compile(f)(np.array([1.0, 2.0]))


def test_functions_without_a_signature() -> None:
    assert compile(sin)(np.array([0.0])).tolist() == [0.0]
    assert compile(total)([1.0, 2.0]) == 3.0


def test_other_threads_do_not_notice_a_trace() -> None:
    inside, done = threading.Event(), threading.Event()

    def slow(x: Any) -> Any:
        inside.set()
        assert done.wait(10)
        return x * x

    with ThreadPoolExecutor(1) as pool:
        traced = pool.submit(compile(slow), 3.0)
        assert inside.wait(10)
        assert (Value(1.0) > 0) is True
        assert Value(2.0).data == 2.0
        done.set()
        assert traced.result() == 9.0


@pytest.mark.slow
def test_threads_share_one_compiled_function() -> None:
    model = nn.MLP(3, [6, 1], activation="tanh", rng=random.Random(10))
    params = model.parameters()
    theta = [p.data for p in params]

    def loss(x: Any, y: Any) -> Any:
        return (model(x) - y) ** 2

    batches = [batch(count, 3) for count in (1, 2, 3, 5, 8, 13, 21) for _ in range(3)]
    wanted = [compile(loss, params=params).value_and_grad(theta, *each) for each in batches]
    step = compile(loss, params=params)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            for (value, gradient), (v, g) in zip(
                pool.map(lambda each: step.value_and_grad(theta, *each), batches), wanted
            ):
                assert value == v
                assert gradient.tolist() == g.tolist()


@pytest.mark.slow
def test_threads_with_many_sizes() -> None:
    w = Value(2.0)
    step = compile(lambda x: sin(w * x), params=[w])

    data = [normal(count) for count in range(2, 30)]
    wanted = [np.sin(2 * x).mean() for x in data]

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(1000):
            i = rng.randrange(len(data))
            assert agree(step(data[i]), wanted[i], 1.0)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
    finally:
        sys.setswitchinterval(interval)


def test_one_program_for_each_shape() -> None:
    calls = []
    w = Value(2.0)

    def loss(x: Any) -> Any:
        calls.append(len(x))
        return total(x) * w

    step = compile(loss, params=[w])
    for count in (2, 3, 2):
        for samples in (1, 2, 3, 4, 5, 6, 1):
            assert step(np.ones((samples, count))) == 2.0 * count
    assert calls == [2, 3]


def test_leaves_are_read_at_each_call() -> None:
    w, scale = Value(2.0), Value(10.0)
    step = compile(lambda x: w * x * scale, params=[w])
    f = compile(lambda x: w * x * scale)
    assert (step([1.0, 2.0]), f(1.0), f(np.ones(2)).tolist()) == (30.0, 20.0, [20.0, 20.0])
    w.data, scale.data = 3.0, 100.0
    assert (step([1.0, 2.0]), f(1.0), f(np.ones(2)).tolist()) == (450.0, 300.0, [300.0, 300.0])
    assert step.value_and_grad([5.0], [1.0])[0] == 500.0
    assert w.data == 3.0


class TestIndices:
    """Numbers of a sample that choose: labels and tokens."""

    def test_one_program_serves_every_index(self) -> None:
        words = nn.Embedding(5, 3, rng=random.Random(0))
        readout = nn.Layer(3, 4, nonlin=False, rng=random.Random(1))
        params = [*words.parameters(), *readout.parameters()]
        step = compile(lambda word, label: nn.cross_entropy(readout(words(word)), label), params=params)
        samples = [(i % 5, i % 4) for i in range(20)]
        value = step.backward(*np.array(samples).T)
        got = [p.grad for p in params]
        for p in params:
            p.grad = 0.0
        loss = sum(nn.cross_entropy(readout(words[i]), k) for i, k in samples) / 20
        loss.backward()
        assert value == pytest.approx(loss.data, rel=1e-13)
        assert got == pytest.approx([p.grad for p in params], rel=1e-11, abs=1e-15)
        program = step.program
        step([4], [0])
        assert step.program is program

    def test_what_is_no_index_is_refused(self) -> None:
        step = compile(lambda i, x: choose(i, [x, 2 * x, 3 * x]) + 2 * one_hot(i, 7)[1], params=[])
        assert step([0, 1, 2], [1.0, 1.0, 1.0]) == pytest.approx((1 + 2 + 2 + 3) / 3)
        for wrong in (3, -1, 0.5, math.nan, math.inf):
            with pytest.raises(IndexError, match=r"the index i\[1\] must be a whole number from 0 to 2, got"):
                step([0, wrong], [1.0, 1.0])

    def test_only_the_numbers_that_are_indices_are_checked(self) -> None:
        step = compile(lambda x: choose(x[1], [x[0], 2 * x[0]]), params=[])
        assert step([[0.5, 1], [1.5, 0]]) == pytest.approx((1 + 1.5) / 2)
        with pytest.raises(IndexError, match=r"the index x\[1\]\[1\] must be 0 or 1, got 1.5"):
            step([[0.5, 1], [1.5, 1.5]])

    def test_an_index_may_be_computed(self) -> None:
        f = compile(lambda i, x: choose(i - 1, [x, 2 * x]))
        assert f(np.array([1, 2]), 3.0).tolist() == [3.0, 6.0]
        assert f.value_and_grad(2, 3.0) == (6.0, (0.0, 2.0))
        with pytest.raises(IndexError, match="the index computed for sample 1 must be 0 or 1, got 2"):
            f(np.array([1, 3]), 3.0)
        with pytest.raises(IndexError, match="the index computed in the function must be 0 or 1, got -1"):
            f(0, 3.0)
        other, w = Value(0.0), Value(1.0)
        step = compile(lambda x: choose(other, [x, 2 * x]) + choose(w, [x, 2 * x]), params=[w])
        assert step([1.0, 2.0]) == pytest.approx(4.5)
        for leaf in (other, w):
            leaf.data = 5.0
            with pytest.raises(IndexError, match="the index computed for sample 0 must be 0 or 1, got 5"):
                step([1.0, 2.0])
            leaf.data = 1.0

    def test_inside_of_a_derivative(self) -> None:
        f = compile(grad(lambda i, x: choose(i, [x, x * x]), 1))
        assert f(1, 3.0) == 6.0
        with pytest.raises(IndexError, match="the index .* must be 0 or 1, got 2"):
            f(2, 3.0)

    def test_in_eager_code(self) -> None:
        for one in (1, True, 1.0, Value(1.0), np.int64(1), np.uint8(1), np.float32(1), np.bool_(True), Fraction(1)):
            assert choose(one, [1.0, 2.0]) == 2.0
            assert one_hot(one, 2) == [0.0, 1.0]
        a = Value(2.0)
        assert choose(Value(0.0), [a, 1.0]) is a
        for wrong in (2, -1, 0.5, math.nan, math.inf, 10**30, Value(2.0), Value(0.5), Value(math.nan)):
            for f in (lambda i: choose(i, [1.0, 2.0]), lambda i: one_hot(i, 2)):
                with pytest.raises(IndexError, match="the index must be 0 or 1, got"):
                    f(wrong)
        for wrong in ("1", None, [1], 1j):
            with pytest.raises(TypeError, match="the index"):
                choose(wrong, [1.0, 2.0])
        with pytest.raises(ValueError, match="the list to choose from must not be empty"):
            choose(0, [])


def test_a_program_shows_itself() -> None:
    f = compile(lambda x, y: x * y + 1)
    f(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    program = f.program
    assert repr(program) == f"<program of {len(program.statements)} array statements for 4 scalar nodes>"
    assert str(program) == program.source
    assert program.source.startswith(f'"""{len(program.statements)} array statements, recovered from 4 scalar nodes:\n')
    for line in [*program.statements, *program.gradients]:
        assert f"    {line}\n" in program.source.split('"""')[1]
    assert "def bind(S, V, gS, gV):" in program._repr_html_()


def test_a_notebook_shows_each_part_of_a_model_beside_its_statement() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    step = compile(model, params=model.parameters())
    step(np.ones((5, 2)))
    page = step.program._repr_html_()
    assert "<td>layer 0</td><td>3 × sum</td><td><code>layer_0_h = layer_0_w @ x + layer_0_b</code></td>" in page
    assert "<td>layer 0</td><td>3 × tanh</td>" in page
    assert "<td>layer 1 neuron 0</td><td>1 × sum</td>" in page


def test_params_have_to_be_leaves() -> None:
    w = Value(1.0)
    with pytest.raises(TypeError, match="params must be leaves, such as model.parameters"):
        compile(lambda x: w * x, params=[w * 2])
    with pytest.raises(ValueError, match="params must be distinct, got one twice"):
        compile(lambda x: w * x, params=[w, w])


def test_comparisons_send_nothing_even_at_infinity() -> None:
    """The gradient of the array program is nan here, so it is computed by graphs."""

    def f(x: Any, y: Any) -> Any:
        return where(x > y, x, y * x) + relu(x) * (x <= y)

    _, gradients = compile(f).value_and_grad(np.array([math.inf, 1.0]), np.array([0.0, 2.0]))
    np.testing.assert_equal(gradients, ([1.0, 3.0], [0.0, 1.0]))
