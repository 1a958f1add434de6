"""Random expressions, random layers and random recurrences, compiled against eager."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd import Value, compile, dot, logsumexp, mean, relu, sigmoid, sin, tanh, total
from autograd.backpropagation import propagate, topological
from autograd.testing.expressions import Expression
from autograd.testing.strategies import expressions
from tests.autograd.compiler.against_eager import (
    agree,
    check,
    check_points,
    eager,
    normal,
    parameters,
    scalar_program,
    swept,
)
from tests.autograd.compiler.iterations import random_recurrence, random_scan

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]  # other tests cover the same code


def around(point: Sequence[float], count: int, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [np.append(x, x + 1e-3 * rng.standard_normal(count - 1)) for x in point]


RANDOM = settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))


@pytest.mark.no_cover
@RANDOM
@given(expressions(nodes=12, kinks=True), st.integers(0, 1000), st.integers(2, 5))
def test_random_expressions_on_arrays(f: Expression, seed: int, count: int) -> None:
    check_points(f, *around(f.point, count, seed), within=1e-9)


@pytest.mark.no_cover
@RANDOM
@given(expressions(nodes=12, kinks=True))
def test_random_expressions_on_numbers(f: Expression) -> None:
    leaves = [Value(x) for x in f.point]
    wanted = swept(f(*leaves), leaves)
    value, gradient = compile(f).value_and_grad(*f.point)
    assert type(value) is float
    assert agree(value, wanted.value, wanted.size, 2e-13)
    for got, expected, size in zip(np.ravel(gradient).tolist(), wanted.gradient, wanted.sizes):
        assert agree(got, expected, size + 1, 1e-9)


@pytest.mark.no_cover
@RANDOM
@given(
    expressions(nodes=12, leaves=5, kinks=True),
    st.lists(st.sampled_from(["argument", "parameter", "leaf"]), min_size=5, max_size=5),
    st.sampled_from([1, 2, 3, 7]),
    st.sampled_from(["mean", "sum"]),
    st.integers(0, 1000),
)
def test_random_losses(f: Expression, kinds: list[str], count: int, reduction: str, seed: int) -> None:
    nodes = [Value(x) for x in f.point]
    params = [node for node, kind in zip(nodes, kinds) if kind == "parameter"]
    data = [xs for xs, kind in zip(around(f.point, count, seed), kinds) if kind == "argument"]

    def loss(*xs: Any) -> Any:
        given = iter(xs)
        return f(*(next(given) if kind == "argument" else node for node, kind in zip(nodes, kinds)))

    step = compile(loss, params=params, reduction=reduction)
    value, gradient = step.value_and_grad([p.data for p in params], *data)
    wanted = eager(loss, params, data, reduction)
    assert agree(value, wanted.value, wanted.size, 2e-13)
    for got, expected, size in zip(gradient.tolist(), wanted.gradient, wanted.sizes):
        assert agree(got, expected, size + 1, 1e-9)


Pick = Callable[[list[Any], int], list[Any]]


def layered(seed: int, params: Sequence[Value], xs: Any) -> Any:
    """A random graph of layers of sums of products, whose factors are slices, repeats and samples of what there is."""
    rng = random.Random(seed)
    pools: list[list[Any]] = [list(params), [x for row in xs for x in row], [0.5, -1.0, 0.0, 1.0]]
    picks: list[Pick] = [
        lambda pool, k: [pool[(i + k) % len(pool)] for i in range(k)],
        lambda pool, k: [pool[-1 - i % len(pool)] for i in range(k)],
        lambda pool, k: [rng.choice(pool)] * k,
        lambda pool, k: [rng.choice(pool) for _ in range(k)],
    ]
    sums = [
        dot,
        lambda a, b, c: sum((u * v for u, v in zip(a, b)), c),
        lambda a, b, c: mean([*a, c]) * 2 + mean(b),
        lambda a, b, c: logsumexp([*a, *b, c]),
        lambda a, b, c: total([*a, *b, c]),
    ]
    for _ in range(rng.randint(1, 4)):
        k, first, second = rng.randint(1, 4), rng.choice(pools), rng.choice(pools)
        rows = [rng.choice(picks)(first, k) for _ in range(rng.randint(1, 4))]
        columns = [rng.choice(picks)(second, k) for _ in range(rng.randint(1, 4))]
        grids = [
            [(a, b) for b in columns for a in rows],
            [(a, b) for a in rows for b in columns],
            [*zip(rows, columns)],
        ]
        pairs = rng.choice(grids)
        biases, add, f = (
            rng.choice(picks)(rng.choice(pools), len(pairs)),
            rng.choice(sums),
            rng.choice([sin, tanh, relu, sigmoid]),
        )
        rng.choice(pools[:2]).extend([f(add(a, b, c)) for (a, b), c in zip(pairs, biases)])
    outputs = [x for pool in pools for x in pool]
    return total([tanh(x) * (i + 1) for i, x in enumerate(rng.sample(outputs, min(8, len(outputs))))])


@pytest.mark.parametrize("seed", range(100))
def test_random_layers(seed: int) -> None:
    rng = random.Random(seed)
    params, _ = parameters(rng.randint(1, 12))
    data = normal(rng.choice([1, 2, 3]), rng.randint(1, 3), rng.randint(1, 4))
    check(lambda xs: layered(seed, params, xs), params, data, reduction=rng.choice(["mean", "sum"]))


@pytest.mark.parametrize("seed", range(100))
def test_random_layers_at_special_numbers(seed: int) -> None:
    rng = random.Random(seed)
    params, _ = parameters(rng.randint(1, 12))
    numbers = [0.0, 1.0, -1.0, 2.5, math.inf, -math.inf, math.nan]
    data = [[rng.choice(numbers) for _ in range(5)] for _ in range(rng.randint(1, 4))]
    check_points(lambda *xs: layered(seed, params, [xs]), *data)


@pytest.mark.no_cover  # other tests cover the same code
@pytest.mark.parametrize(
    ("make", "seed"), [*((random_recurrence, i) for i in range(60)), *((random_scan, i) for i in range(20))]
)
def test_random_recurrences(make: Callable[..., list[Value]], seed: int) -> None:
    leaves = [Value(random.Random(seed).uniform(0.2, 1.2)) for _ in range(4)]
    roots, wanted = make(seed, leaves), random.Random(seed).sample(leaves, 1 + seed % 4)
    program, numbers = scalar_program(roots, wanted)
    values, gradient = program.value_and_grad(numbers)
    assert values == pytest.approx([root.data for root in roots], rel=1e-11)
    assert program.value(numbers) == values
    arrived = dict(propagate(topological(roots[:1]), {roots[0]: 1.0}))
    assert gradient == pytest.approx([arrived.get(x, 0.0) for x in wanted], rel=1e-7, abs=1e-12)
