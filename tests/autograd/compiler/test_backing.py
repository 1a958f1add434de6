"""Parameters in arrays: whoever reads or sets a number finds what a slot would have."""

from __future__ import annotations

import copy
import pickle
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, compile, grad, no_grad, op

X, Y = np.linspace(-1, 1, 6).reshape(3, 2), np.array([1.0, -1.0, 0.5])


def model_of(seed: int = 0) -> nn.MLP:
    return nn.MLP(2, [3, 1], activation="tanh", rng=random.Random(seed))


def step_of(model: Any, params: list[Value] | None = None) -> Any:
    return compile(lambda x, y: (model(x) - y) ** 2, params=model.parameters() if params is None else params)


def eager(model: Any) -> list[float]:
    """Return the gradients of the mean loss by a graph, leaving those of the model as they are."""
    twin = copy.deepcopy(model)
    twin.zero_grad()
    total = sum((twin(x.tolist()) - y) ** 2 for x, y in zip(X, Y.tolist())) / len(X)
    total.backward()
    return [p.grad for p in twin.parameters()]


def grads(model: Any) -> list[float]:
    return [p.grad for p in model.parameters()]


def data(model: Any) -> list[float]:
    return [p.data for p in model.parameters()]


@contextmanager
def switching_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def test_numbers_are_read_and_set_one_by_one_and_all_at_once() -> None:
    model = model_of()
    step, before = step_of(model), data(model)
    for _ in range(3):
        model.zero_grad()
        wanted = eager(model)
        step.backward(X, Y)
        p, q = model.parameters()[:2]
        assert p.grad == pytest.approx(wanted[0], rel=1e-12)
        assert type(p.grad) is type(p.data) is float
        assert grads(model) == pytest.approx(wanted, rel=1e-12)
        step.backward(X, Y)
        assert grads(model) == pytest.approx([2 * g for g in wanted], rel=1e-12), "gradients accumulate"
        p.data, q.grad = 0.25, 7
        assert (p.data, q.grad) == (0.25, 7.0)
        assert model(X[0].tolist()).data ** 2 == pytest.approx(step(X[:1], [0.0]), rel=1e-12)
        step.backward(X, Y)
        assert q.grad != 7.0
        p.data = before[0]
    assert data(model) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda p: setattr(p, "data", 0.5),
        lambda p: setattr(p, "data", np.float32(0.5)),
        lambda p: [setattr(p, "data", x) for x in (0.1, 0.5)],
    ],
)
def test_a_number_that_was_set_counts_in_the_next_step(change: Callable[[Value], object]) -> None:
    one, two = model_of(), model_of()
    step, other = step_of(one), step_of(two)
    step.backward(X, Y)
    change(one.parameters()[4])
    two.parameters()[4].data = 0.5
    assert step.backward(X, Y) == other.backward(X, Y) == step(X, Y)


def test_operations_read_the_arrays() -> None:
    w, b, unused = Value(2.0, "w"), Value(3.0, "b"), [Value(0.0) for _ in range(50)]
    step = compile(lambda x: w * x + b, params=[w, b, *unused])
    step.backward([1.0])
    y = w * 5 + b**2 - abs(w) / b
    assert y.data == 10 + 9 - 2 / 3
    y.backward()
    assert (w.grad, b.grad) == pytest.approx((1 + 5 - 1 / 3, 1 + 6 + 2 / 9))
    w._backward()
    (w * 2)._backward()
    assert (w > 1, float(b), int(w), bool(unused[0])) == (True, 3.0, 2, False)
    assert repr(w).startswith("Value(data=2.0, grad=5.6666")
    assert grad(lambda x: x * w)(3.0).data == 2.0  # type: ignore[attr-defined]
    with no_grad():
        assert (w * b).data == 6.0
    assert "2" in w._repr_html_()
    with pytest.raises(TypeError, match="the data of a Value must be a number"):
        w.data = "3"  # type: ignore[assignment]
    assert w.data == 2.0
    with pytest.raises(AttributeError, match="'Value' object has no attribute 'velocity'"):
        print(w.velocity)  # type: ignore[attr-defined]
    w.velocity = 0.5  # type: ignore[attr-defined]
    step.backward([1.0])
    assert w.velocity == 0.5  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [1, 33, 300])
def test_parameters_that_are_used_one_by_one_go_back_to_their_slots(count: int) -> None:
    w = [Value(float(i)) for i in range(count)]
    step = compile(lambda x: sum(v * x for v in w), params=w)
    for _ in range(2):
        step.backward([2.0])
        for _ in range(40):
            for i, v in enumerate(w):
                assert v.data == float(i)
        assert {v.grad for v in w} == {2.0}
        for v in w:
            v.grad = v.grad - 2.0
        assert step([3.0]) == 3.0 * sum(range(count))
    step.backward([1.0])
    assert {v.grad for v in w} == {1.0}


def test_an_own_operation_reads_them() -> None:
    half = op("half_of_it", lambda x: x / 2, lambda x, y: [0.5])
    w, others = Value(2.0), [Value(0.0) for _ in range(20)]
    step = compile(lambda x: half(w) * x, params=[w, *others])
    step.backward([3.0])
    assert half(w).data == 1.0
    assert w.grad == 1.5


def test_two_functions_of_the_same_parameters_share_their_arrays() -> None:
    model = model_of()
    one, two = step_of(model), compile(lambda x: model(x) ** 2, params=model.parameters())
    wanted = eager(model)
    one.backward(X, Y)
    two.backward(X)
    both = grads(model)
    model.zero_grad()
    two.backward(X)
    assert both == pytest.approx([g + h for g, h in zip(wanted, grads(model))], rel=1e-12)


def test_functions_of_some_parameters_of_each_other() -> None:
    model = model_of()
    all_of_them, backwards = step_of(model), step_of(model, model.parameters()[::-1])
    part = step_of(model, model.parameters()[3:7])
    wanted = eager(model)
    for step in (all_of_them, part, backwards, part, part, all_of_them):
        step.backward(X, Y)
    assert grads(model) == pytest.approx([g * (6 if 3 <= i < 7 else 3) for i, g in enumerate(wanted)], rel=1e-12)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_have_numbers_of_their_own(copied: Callable[[Any], Any]) -> None:
    model = model_of()
    step = step_of(model)
    step.backward(X, Y)
    twin = copied(model)
    assert (data(twin), grads(twin)) == (data(model), grads(model))
    twin.parameters()[0].data = 9.0
    twin.zero_grad()
    assert model.parameters()[0].data != 9.0
    assert any(grads(model))
    alone = copy.copy(model.parameters()[0])
    alone.data = 8.0
    assert model.parameters()[0].data != 8.0
    assert alone.partials == model.parameters()[0].partials == ()


def test_a_copy_of_the_function_has_parameters_of_its_own() -> None:
    w = Value(2.0)
    step = compile(lambda x: w * x, params=[w])
    step.backward([1.0])
    twin = copy.deepcopy(step)
    twin.backward([5.0])
    assert (w.grad, twin.params[0].grad) == (1.0, 6.0)


def test_parameters_of_another_function_are_read_as_they_are() -> None:
    critic, maker = model_of(1), model_of(2)
    judge = step_of(critic)
    make = compile(lambda x: critic([maker(x), 1.0]), params=maker.parameters())
    for _ in range(3):
        judge.backward(X, Y)
        value = make.backward(X)
        assert value == pytest.approx(sum(critic([maker(x), 1.0]).data for x in X.tolist()) / 3)
        for p in critic.parameters():
            p.data *= 0.9


def test_threads_lose_no_gradient() -> None:
    model = model_of()
    steps = [step_of(model), step_of(model, model.parameters()[:5])]
    for step in steps:
        step.backward(X, Y)
    model.zero_grad()
    wanted = eager(model)

    def look() -> None:
        for _ in range(50):
            for p in model.parameters():
                assert isinstance(p.grad, float)
                p.data = p.data

    def train(step: Any) -> None:
        for _ in range(50):
            step.backward(X, Y)

    def sweep() -> None:
        for _ in range(50):
            (model.parameters()[-1] * 3.0).backward()

    failures: list[object] = []
    hook, threading.excepthook = threading.excepthook, failures.append
    threads = [threading.Thread(target=work) for work in (look, sweep, *(partial(train, step) for step in steps))]
    try:
        with switching_often():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        threading.excepthook = hook
    assert not failures
    wanted = [g * (100 if i < 5 else 50) for i, g in enumerate(wanted)]
    wanted[-1] += 50 * 3.0
    assert grads(model) == pytest.approx(wanted, rel=1e-9)


def test_infinite_and_nan_gradients_are_added_in_silence() -> None:
    w = Value(0.0)
    step = compile(lambda x: w * x, params=[w])
    for x in (np.inf, -np.inf):
        step.backward([x])
    assert np.isnan(w.grad)
