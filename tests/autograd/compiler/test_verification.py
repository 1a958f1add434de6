"""`compile(verify=True)`: a right program is never called wrong, and a wrong one is named."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, choose, compile, exp, grad, log, maximum, sin, sqrt, tanh, where
from autograd.compiler.adjoint import _Adjoint
from autograd.compiler.trace import Trace

RNG = np.random.default_rng(0)


def chaos(x: Any) -> Any:
    for _ in range(60):
        x = 3.9 * x * (1 - x)
    return x


def euler(a: Any, b: Any) -> Any:
    x, y = 1.5, 0.8
    for _ in range(300):
        x, y = x + 0.01 * (a * x - b * x * y), y + 0.01 * (b * x * y - a * y)
    return x + y


POINTS = np.linspace(0.1, 0.9, 7)


@pytest.mark.parametrize(
    ("f", "arguments"),
    [
        (lambda x: sin(x) * exp(x), [0.5]),
        (lambda x, y: [x * y, {"sum": x + y}], [POINTS, POINTS]),
        (lambda x: maximum(x, 0.5) + abs(x - 0.5), [np.full(5, 0.5)]),
        (lambda x: where(x > 0, sqrt(x), 0.0) + log(x), [np.array([0.0, -1.0, 2.0, np.inf, np.nan])]),
        (lambda x: 1e10 * (1 + x) - 1e10, [POINTS]),
        (grad(lambda x: tanh(x) ** 3), [POINTS]),
        (chaos, [POINTS]),
        (euler, [1.1, 0.9]),
        (euler, [POINTS, 0.9]),
        (euler, [np.linspace(0.5, 1.5, 500), 1.0]),
        (lambda x: 3.0, [POINTS]),
    ],
)
def test_right_programs_pass(f: Any, arguments: list[Any]) -> None:
    verified, plain = compile(f, verify=True), compile(f)
    np.testing.assert_equal(verified(*arguments), plain(*arguments))
    np.testing.assert_equal(verified(*arguments), plain(*arguments))


@pytest.mark.parametrize("reduction", ["mean", "sum", None])
@pytest.mark.parametrize("samples", [1, 3, 100])
def test_models_pass(reduction: str | None, samples: int) -> None:
    model = nn.MLP(2, [4, 3], activation="tanh", rng=random.Random(0))
    X, Y = RNG.normal(size=(samples, 2)), RNG.integers(0, 3, samples)
    step = compile(lambda x, y: nn.cross_entropy(model(x), y), model.parameters(), reduction=reduction, verify=True)
    before = [p.grad for p in model.parameters()]
    assert np.shape(step(X, Y)) == (() if reduction else (samples,))
    assert [p.grad for p in model.parameters()] == before
    computed = compile(lambda x, y: nn.cross_entropy(model(x), 1 - y % 2), model.parameters(), verify=True)
    computed(X, Y)
    table = [Value(x) for x in (1.0, 2.0, 3.0)]
    compile(lambda x, y: x[0] * choose(y, table), table, verify=True).backward(X, Y)


def test_a_function_that_draws_random_numbers() -> None:
    rng = random.Random(0)
    with pytest.raises(
        RuntimeError, match=r"must give what the function gives, .* for output 0: a function that draws"
    ):
        compile(lambda x: x * rng.random(), verify=True)(POINTS)


def test_a_function_with_a_state() -> None:
    calls: list[int] = []

    def f(x: Any) -> Any:
        calls.append(1)
        return x + len(calls)

    with pytest.raises(RuntimeError, match="output 0"):
        compile(f, verify=True)(1.0)
    assert compile(f)(1.0) > 2


def test_a_wrong_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = _Adjoint._statement

    def wrong(self: Any, found: Any) -> None:
        statement(self, found._replace(value=found.value * 1.0 if found.target.rows.size != 3 else 2.0 * found.value))

    monkeypatch.setattr(_Adjoint, "_statement", wrong)
    w = [Value(x) for x in (0.1, 0.2, 0.3)]
    step = compile(lambda x: sum(tanh(v * x) for v in w), w, verify=True, backend="numpy")
    with pytest.raises(RuntimeError, match="got .* for the derivative by parameter 0: "):
        step.backward(RNG.normal(size=1000))
    assert [v.grad for v in w] == [0.0] * 3


def test_each_program_is_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    run = Trace.run
    monkeypatch.setattr(
        Trace, "run", lambda self, batch, *rest: [counts.append(batch.size), run(self, batch, *rest)][1]
    )
    f = compile(sin, verify=True)
    for _ in range(3):
        f(POINTS)
    assert counts == [7] * 4
    twin = copy.deepcopy(f)
    twin(POINTS)
    assert counts == [7] * 6, "a copy verifies, too"
