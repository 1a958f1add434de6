"""Graphs with and without the structure of matrices, and derivatives, compiled against eager."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from autograd import (
    Value,
    compile,
    cos,
    dot,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    log,
    logsumexp,
    mean,
    sigmoid,
    sin,
    tanh,
    total,
    value_and_grad,
)
from tests.autograd.compiler.against_eager import agree, check, check_points, computed_by, normal, parameters


def project(matrix: Any, x: Sequence[Any]) -> list[Any]:
    return [dot(row, x) for row in matrix]


def test_tokens_times_one_matrix() -> None:
    flat, w = parameters(4, 3)
    step = check(lambda xs: total([tanh(h) for x in xs for h in project(w, x)]), flat, normal(6, 5, 3))
    assert len(step.program.statements) < 8
    check(lambda x: total([tanh(h) for h in project(w, x)]) * total(project(w, x[::-1])), flat, normal(2, 3))


def test_attention() -> None:
    """Products of two factors that both depend on the sample, over a causal triangle and over a full square."""
    params, (q, k, v) = parameters(3, 2, 3)

    def attend(xs: Any, causal: bool) -> Any:
        queries, keys, values = ([project(w, x) for x in xs] for w in (q, k, v))
        outputs = []
        for i, query in enumerate(queries):
            seen = i + 1 if causal else len(xs)
            scores = [dot(query, key) / math.sqrt(2) for key in keys[:seen]]
            weights = [exp(s - logsumexp(scores)) for s in scores]
            outputs += [dot(weights, column) for column in zip(*values[:seen])]
        return total([tanh(y) * (i + 1) for i, y in enumerate(outputs)])

    for causal in (False, True):
        for count in (1, 3):
            check(lambda xs, causal=causal: attend(xs, causal), params, normal(count, 4, 3))


SUMS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "total": lambda xs: total([2 * tanh(x) for x in xs]),
    "minus": lambda xs: total([-tanh(x) for x in xs]),
    "dot": lambda xs: dot([*map(tanh, xs)], [*map(sin, xs)]),
    "logsumexp": lambda xs: logsumexp([tanh(x) for x in xs]),
    "logsumexp of arguments": logsumexp,
    "mixed": lambda xs: dot([*map(tanh, xs)], xs) - total([*map(cos, xs)]),
}


def check_different_lengths(name: str) -> None:
    f = SUMS[name]

    def ragged(*xs: Any) -> Any:
        return total([cos(f(xs[:n])) * n for n in range(2, len(xs) + 1)])

    numbers = [0.5, -1.0, 2.0, 0.0, 1.5, -0.5, 3.0]
    points = [numbers, [-0.0] * 7, [math.inf, *numbers[1:]], [-math.inf] * 7, [math.nan, *numbers[1:]]]
    check_points(ragged, *np.array(points).T)


@pytest.mark.parametrize("name", SUMS)
def test_sums_of_different_lengths(name: str) -> None:
    """They are padded to one length, which no result shows, not even at infinity."""
    check_different_lengths(name)


def test_ragged_attention_has_one_group_for_all_lengths() -> None:
    def attend(xs: Sequence[Any]) -> Any:
        scores = [[x * y for y in xs[: i + 1]] for i, x in enumerate(xs)]
        return total([dot([exp(s - logsumexp(row)) for s in row], xs[: len(row)]) for row in scores])

    step = compile(attend, params=[])
    step(normal(1, 16))
    text = str(step.program.ir)
    assert text.count("= logsumexp(") == 1
    assert len(step.program.statements) < 20


def test_shared_permuted_and_gathered_rows() -> None:
    params, w = parameters(5, 4)
    orders = [[0, 1, 2, 3], [3, 1, 0, 2], [1, 1, 3, 3], [2, 2, 2, 2]]

    def loss(x: Any) -> Any:
        rows = [
            dot([w[i % 5][j] for j in orders[i % 4]], [x[j] for j in orders[(i * 3) % 4]], w[4][0]) for i in range(9)
        ]
        return total([sin(h) * x[i % 4] for i, h in enumerate(rows)]) + sin(w[0][0]) * sin(w[4][3])

    check(loss, params, normal(5, 4))


@pytest.mark.parametrize(
    "products",
    [
        lambda w, x: [dot(w[0], x[i]) for i in range(3)],
        lambda w, x: [dot(w[i], x[0]) for i in range(3)],
        lambda w, x: [dot(w[0], x[0]) for i in range(3)],
        lambda w, x: [dot(x[i], x[j]) + w[0][0] for i in range(3) for j in range(3)],
        lambda w, x: [dot(w[0], w[i]) * x[0][0] for i in range(3)],
        lambda w, x: [dot(w[i], w[0]) * x[0][0] for i in range(3)],
        lambda w, x: [dot(w[i], w[j]) * x[0][0] for i in range(2) for j in range(3)],
        lambda w, x: [dot(w[i], w[(i + 1) % 3]) * x[0][0] for i in range(3)],
        lambda w, x: [dot(w[i], w[j], x[0][0]) for i in range(3) for j in range(2)],
        lambda w, x: [dot(w[0], w[1], x[i][0]) for i in range(3)],
        lambda w, x: [dot(x[i], w[j], x[0][0]) for i in range(2) for j in range(3)],
        lambda w, x: [dot(x[i], [w[0][0]] * 4) for i in range(3)],
        lambda w, x: [dot(x[i], [2.0, 3.0, 2.0, -1.0], w[i][i]) for i in range(3)],
        lambda w, x: [x[i][j] * w[0][0] + x[j][i] * w[1][1] for i in range(3) for j in range(3)],
        lambda w, x: [x[i][j] * x[j][i] + w[i][j] * w[j][i] + w[0][0] * x[i][j] for i in range(3) for j in range(3)],
    ],
)
def test_products_of_shared_rows(products: Callable[..., Any]) -> None:
    params, w = parameters(3, 4)
    for count in (1, 2):
        check(lambda x: total([tanh(h) for h in products(w, x)]), params, normal(count, 3, 4))


@pytest.mark.parametrize("count", [1, 2, 4, 5, 9])
def test_sums_means_and_logsumexps_of_many_terms(count: int) -> None:
    params, w = parameters(count)

    def loss(x: Any) -> Any:
        sums = [
            total([*w, *x]),
            total([w[0]] * 6 + x),
            mean([*w, *x, 2.0]),
            mean(w) * x[0],
            mean([x[0], x[0] * x[0], 5.0]),
        ]
        logs = [
            logsumexp([*x, *w]),
            logsumexp([*w, 0.5, -1.0]) * x[0],
            logsumexp([x[0], 0.0]),
            logsumexp([0.0, *x, 3.0, *w, x[0]]),
        ]
        return total([sin(y) for y in sums + logs]) + total([logsumexp([x[0] * i, 1.0, w[0]]) for i in range(3)])

    for samples in (1, 3):
        check(loss, params, normal(samples, count))


def test_several_levels_of_sharing() -> None:
    params, w = parameters(4)

    def loss(x: Any) -> Any:
        a = w[0] * x[0] + w[1]
        b = a * a + a * w[2] + w[0] * w[1]
        c = b + a + b * b * x[1]
        d = c + (a + (b + (c + w[3] * w[3]))) + 2 * (a + b)
        return d * sigmoid(d - c) + mean([a, b, mean([c, d]), total([a, a])]) + (a + b) / (1 + c * c)

    check(loss, params, normal(4, 2))


def test_long_recurrences() -> None:
    alpha = Value(0.01)

    def euler(x: Any, y: Any) -> Any:
        for _ in range(50):
            x, y = x + alpha * (x - x * y), y + alpha * (x * y - y)
        return x * y

    check(euler, [alpha], [1.5, 1.2, 1.8], [1.0, 1.1, 1.9])
    check(euler, [alpha], [1.5], [1.0])


@pytest.mark.slow
def test_chains_are_deeper_than_the_stack() -> None:
    def chain(x: Any) -> Any:
        y = x
        for _ in range(1200):
            y = sin(y) + x
        return y

    for x in (np.array([0.1, 0.2]), 0.1):
        value, gradient = compile(chain).value_and_grad(x)
        wanted, slope = value_and_grad(chain)(0.1)
        assert agree(np.ravel(value)[0], wanted, 0, 1e-11)
        assert agree(np.ravel(gradient)[0], slope, 0, 1e-9)


def cubic(x: Any) -> Any:
    return sin(x) * x * x + exp(x / 3)


def surface(p: Any) -> Any:
    return sin(p[0]) * p[1] ** 2 + p[0] * p[1] + log(p[1])


@pytest.mark.parametrize(
    "f",
    [
        grad(cubic),
        grad(grad(cubic)),
        lambda x: grad(cubic)(x) * x,
        value_and_grad(cubic),
        lambda x: hessian(surface)([x, 2.0]),
        lambda x: {"jacobian": jacobian(lambda p: [p[0] * p[1], cos(p[0])])([x, x + 1])},
        lambda x: hvp(surface, [x, x * x], [1.0, 2.0]),
        lambda x: grad(lambda y: grad(lambda z: z * z * y * x)(y))(x),
    ],
)
def test_higher_orders(f: Callable[..., Any]) -> None:
    from autograd.structure import flatten

    xs = np.array([0.5, 1.0, 1.7])
    got, _ = flatten(compile(f)(*[xs]))
    results = np.array(flatten(got)[0]).reshape(-1, 3)
    for i, x in enumerate(xs.tolist()):
        wanted = [float(y) for y in flatten(f(x))[0]]
        np.testing.assert_allclose(results[:, i], wanted, rtol=1e-12)


def test_gradients_of_higher_orders() -> None:
    xs = np.array([0.5, 1.0, 1.7])
    value, slope = compile(grad(cubic)).value_and_grad(xs)
    np.testing.assert_allclose(value, [grad(cubic)(x) for x in xs.tolist()], rtol=1e-12)
    np.testing.assert_allclose(slope, [grad(grad(cubic))(x) for x in xs.tolist()], rtol=1e-12)
    w = Value(0.7)
    check(lambda x: grad(lambda x: sin(w * x) * w)(x) ** 2, [w], xs)


@pytest.mark.slow
def test_a_program_with_many_groups_has_its_views_as_globals() -> None:
    """Python takes too long for thousands of variables of a function around another one."""
    order = random.Random(0).choices([sin, tanh, cos], k=700)

    def f(x: Any) -> Any:
        for i, step in enumerate(order):  # without repetition, so that there is no loop
            x = step(x * (1 + i / 1000))
        return x

    compiled, few, many = compile(f), normal(2), normal(3)
    for points in (few, many, few):  # each number of samples has buffers of its own
        with computed_by("arrays"):
            values, gradients = compiled.value_and_grad(points)
        for x, value, gradient in zip(points.tolist(), values, gradients):
            assert (value, gradient) == pytest.approx(value_and_grad(f)(x), rel=1e-12)
    assert "    global " in compiled.program.source
    assert not [line for line in compiled.program.statements if line.startswith("for ")]
