"""Optimisers: the rule of each, for numbers and for arrays, and schedules of the learning rate."""

from __future__ import annotations

import copy
import math
import pickle
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn import MLP, SGD, Adam
from nn.optim import Optimizer
from nn.schedules import cosine_decay, linear_decay, step_decay

OPTIMIZERS = [SGD(lr=0.3), SGD(lr=0.3, momentum=0.8), SGD(lr=0.1, momentum=0.9, weight_decay=0.5), Adam(lr=0.05)]


def test_sgd() -> None:
    p = Value(1.0)
    plain, heavy = SGD(lr=0.1), SGD(lr=0.1, momentum=0.9, weight_decay=0.5)
    p.grad = 2.0
    plain.step([p])
    assert p.data == 0.8
    p.data = 1.0
    v, x = 0.0, 1.0
    for g in (2.0, -1.0, 0.5):
        p.grad = g
        heavy.step([p])
        v = 0.9 * v + g + 0.5 * x
        x -= 0.1 * v
        assert p.data == pytest.approx(x, rel=1e-15)


def test_adam() -> None:
    p, q = Value(1.0), Value(-2.0)
    optimizer = Adam(lr=0.1)
    m = v = np.zeros(2)
    x = np.array([1.0, -2.0])
    for t, g in enumerate([np.array([2.0, 1.0]), np.array([-1.0, 0.0]), np.array([0.5, 3.0])], start=1):
        p.grad, q.grad = g
        optimizer.step([p, q])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        x = x - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        assert [p.data, q.data] == pytest.approx(list(x), rel=1e-14)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: f"{type(o).__name__}-{getattr(o, 'momentum', '')}")
def test_arrays_get_what_numbers_get_and_are_not_changed(optimizer: Optimizer) -> None:
    rng = np.random.default_rng(0)
    theta, memory = rng.normal(size=5), ()
    parameters = [Value(x) for x in theta]
    for t in range(1, 6):
        g, before = rng.normal(size=5), theta.copy()
        new, memory = optimizer.rule(theta, g, memory, t, optimizer.lr)
        assert (theta == before).all()
        theta = new
        for p, x in zip(parameters, g.tolist()):
            p.grad = x
        optimizer.step(parameters)
        assert [p.data for p in parameters] == theta.tolist()


def test_the_options_are_checked() -> None:
    with pytest.raises(ValueError, match="momentum must be a number of at least 0 and less than 1, got -3"):
        SGD(momentum=-3)
    with pytest.raises(ValueError, match="beta2 must be a number of at least 0 and less than 1, got 1"):
        Adam(beta2=1)
    for wrong in (0, -1.0, math.nan, math.inf):
        for kind in (SGD, Adam):
            with pytest.raises(ValueError, match="lr must be a positive number"):
                kind(lr=wrong)
    for mistake, message in (
        (lambda: Adam([Value(1.0)]), r"lr must be a positive number, got \[Value"),
        (lambda: Adam("fast"), "lr must be a positive number, got 'fast'"),
        (lambda: Adam(eps=0), "eps must be a positive number, got 0"),
        (lambda: SGD(weight_decay=math.nan), "weight_decay must be a number of at least 0, got nan"),
    ):
        with pytest.raises(ValueError, match=message):
            mistake()


def test_options_are_checked_when_they_are_set() -> None:
    for optimizer, name, wrong in (
        (SGD(), "lr", (-1, math.nan, math.inf, "fast", True, Value(0.1), None)),
        (SGD(), "momentum", (-0.1, 1, math.nan, False)),
        (SGD(), "weight_decay", (-1, math.inf)),
        (Adam(), "beta1", (1, -1)),
        (Adam(), "eps", (0, -1)),
    ):
        before = getattr(optimizer, name)
        for x in wrong:
            with pytest.raises(ValueError, match=f"{name} must be "):
                setattr(optimizer, name, x)
        assert getattr(optimizer, name) == before
    optimizer = SGD()
    optimizer.lr = 0  # the end of a decay
    assert optimizer.lr == 0.0


def started() -> tuple[nn.Module, Optimizer]:
    model, optimizer = MLP(2, [3, 1], rng=random.Random(0)), Adam(0.05)
    take_steps(model, optimizer)
    return model, optimizer


def take_steps(model: nn.Module, optimizer: Optimizer, count: int = 4) -> list[float]:
    for _ in range(count):
        loss = nn.mean_squared_error([model([1.0, 2.0]), model([0.0, -1.0])], [1.0, -1.0])
        model.zero_grad()
        loss.backward()
        optimizer.step(model.parameters())
    return [p.data for p in model.parameters()]


def pickled(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x))


@pytest.mark.parametrize(
    "copied",
    [
        lambda model, optimizer: pickled((model, optimizer)),
        lambda model, optimizer: (pickled(model), pickled(optimizer)),
        lambda model, optimizer: (model, pickled(optimizer)),
        lambda model, optimizer: (pickled(model), pickled(pickled(optimizer))),
        lambda model, optimizer: copy.deepcopy((model, optimizer)),
        lambda model, optimizer: (copy.deepcopy(model), copy.deepcopy(optimizer)),
        lambda model, optimizer: (model, copy.copy(optimizer)),
        lambda model, optimizer: (copy.deepcopy(model), copy.copy(optimizer)),
    ],
)
def test_a_copy_goes_on_where_the_optimizer_was(copied: Any) -> None:
    wanted = take_steps(*started())
    model, optimizer = copied(*started())
    assert take_steps(model, optimizer) == wanted


def test_a_copy_does_not_change_what_it_is_a_copy_of() -> None:
    wanted = take_steps(*started())
    model, optimizer = started()
    take_steps(copy.deepcopy(model), copy.copy(optimizer))
    assert take_steps(model, optimizer) == wanted


def test_a_copy_does_not_guess_whose_memory_it_has() -> None:
    model, optimizer = started()
    for _ in range(2):
        with pytest.raises(
            ValueError, match="parameters must be the 13 that the copied optimizer was used with, got 2"
        ):
            pickled(optimizer).step(model.parameters()[:2])
    assert pickled(Adam()).step(model.parameters()[:2]) is None, "there is no memory yet"


def test_each_parameter_counts_its_own_steps() -> None:
    alone, together = Value(1.0), Value(1.0)
    one, two = Adam(0.1), Adam(0.1)
    for _ in range(3):
        alone.grad = together.grad = 0.5
        one.step([alone])
        two.step(iter([together]))
        two.step([Value(3.0)])
        assert alone.data == together.data


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", [SGD(lr=0.3, momentum=0.8), Adam(lr=0.05)], ids=lambda o: type(o).__name__)
def test_xor_is_learnt(optimizer: Optimizer) -> None:
    inputs, labels = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    model = MLP(2, [8, 1], activation="tanh", rng=random.Random(1))
    for _ in range(200):
        loss = nn.binary_cross_entropy([model(x) for x in inputs], labels)
        model.zero_grad()
        loss.backward()
        optimizer.step(model.parameters())
    assert loss.data < 0.05
    assert [int(model(x) > 0) for x in inputs] == labels


def test_schedules_go_from_one_to_the_last_factor() -> None:
    for decay in (linear_decay(10, last=0.1), cosine_decay(10, last=0.1)):
        factors = [decay(epoch / 4) for epoch in range(60)]
        assert factors[0] == 1.0
        assert factors == sorted(factors, reverse=True)
        assert factors[40] == pytest.approx(0.1)
        assert factors[40:] == [factors[40]] * 20
    assert [step_decay(0.1, every=3)(epoch) for epoch in (2.99, 3, 5.5)] == [1.0, 0.1, 0.1]


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: linear_decay(0), "epochs must be a positive number, got 0"),
        (lambda: cosine_decay(math.inf), "epochs must be a positive number, got inf"),
        (lambda: step_decay(-1, every=1), "factor must be a positive number, got -1"),
        (lambda: step_decay(0.5, every=0), "every must be a positive number, got 0"),
        (lambda: linear_decay("20"), "epochs must be a positive number, got '20'"),
        (lambda: linear_decay(True), "epochs must be a positive number, got True"),
        (lambda: linear_decay(20, -0.1), "last must be a number of at least 0, got -0.1"),
        (lambda: cosine_decay(20, last=math.nan), "last must be a number of at least 0, got nan"),
    ],
)
def test_mistakes_in_schedules(mistake: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mistake()


class Counted(Optimizer):
    """A rule that takes only numbers, and counts its calls in its memory."""

    def rule(self, p: Any, g: Any, memory: Any, t: int, lr: float) -> tuple[Any, Any]:
        (count,) = memory or (0,)
        return (p - lr * g if g > 0 else p + lr * math.sqrt(-g)), (count + 1,)


class InPlace(Optimizer):
    """A rule that changes its arguments, which only numbers survive, and keeps the gradient."""

    def rule(self, p: Any, g: Any, memory: Any, t: int, lr: float) -> tuple[Any, Any]:
        p -= lr * g
        return p, (g,)


class Lazy(Optimizer):
    """A rule that keeps what it was given, and uses it in the next step."""

    def rule(self, p: Any, g: Any, memory: Any, t: int, lr: float) -> tuple[Any, Any]:
        before, slope, start = memory or (p, g, 0.5)
        return before - lr * slope, (p, g, start)


@pytest.mark.parametrize("kind", [SGD, partial(SGD, momentum=0.8, weight_decay=0.5), Adam, Counted, InPlace, Lazy])
def test_parameters_in_arrays_get_what_numbers_get(kind: Callable[[float], Optimizer]) -> None:
    """A compiled step, beside the same without arrays, with single steps and copies in between."""
    X, Y = np.linspace(-1, 1, 6).reshape(3, 2), np.array([1.0, -1.0, 0.5])

    def loss(model: MLP) -> Any:
        return lambda x, y: (model(x) - y) ** 2

    models = [MLP(2, [3, 1], activation="tanh", rng=random.Random(0)) for _ in range(2)]
    in_arrays, by_one = models
    fast, slow = kind(0.1), kind(0.1)
    step = autograd.compile(loss(in_arrays), params=in_arrays.parameters())
    reference = autograd.compile(loss(by_one), params=by_one.parameters())
    for t in range(12):
        for model in models:
            model.zero_grad()
        step.backward(X, Y)
        reference.backward(X, Y)
        if t in (4, 7):
            fast.step(in_arrays.parameters()[:5])
            slow.step(iter(by_one.parameters()[:5]))
        if t == 9:
            fast, slow = copy.copy(fast), copy.copy(slow)
        fast.step(in_arrays.parameters())
        assert all(p.data is not None for p in by_one.parameters()), "which takes them out of the arrays"
        slow.step(by_one.parameters())
        if t % 3 == 0:
            in_arrays.parameters()[2].data = by_one.parameters()[2].data = 0.1 * t
    wanted = [p.data for p in by_one.parameters()]
    assert [p.data for p in in_arrays.parameters()] == pytest.approx(wanted, rel=1e-13)


def test_a_step_at_once_changes_nothing_if_the_rule_fails() -> None:
    class Broken(Optimizer):
        def rule(self, p: Any, g: Any, memory: Any, t: int, lr: float) -> tuple[Any, Any]:
            raise ZeroDivisionError("no")

    w = [Value(1.0), Value(2.0)]
    step, optimizer = autograd.compile(lambda x: w[0] * x + w[1], params=w), Broken(0.1)
    step.backward([1.0])
    with pytest.raises(ZeroDivisionError):
        optimizer.step(w)
    assert [(p.data, p.grad) for p in w] == [(1.0, 1.0), (2.0, 1.0)]
    SGD(0.5).step(w)
    assert [p.data for p in w] == [0.5, 1.5]
