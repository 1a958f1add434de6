"""Loops in array programs: recurrences of several samples, compared with eager mode and with programs on floats."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, cos, dot, exp, logsumexp, maximum, op, sqrt, tanh, total
from autograd.compiler import plan
from autograd.compiler.program import Program
from autograd.compiler.scalars import ScalarProgram
from tests.autograd.compiler.against_eager import check, check_points, computed_by, normal
from tests.autograd.compiler.iterations import (
    RECURRENCES,
    heun,
    more_terms_than_a_sum_has,
    random_recurrence,
    random_scan,
)

POINTS = [0.9, 0.5, 0.7], [0.4, 0.3, 0.45]


@pytest.fixture
def loops() -> Iterator[None]:
    """Roll up all graphs that repeat themselves, however short they are, and compute them on arrays."""
    with computed_by("arrays") as patch:
        patch.setattr(plan, "_MIN_GROUPS", 1)
        yield


def loops_of(compiled: Any) -> int:
    """Return the number of loops of a function, which the backward pass has as well."""
    program = compiled.program
    assert isinstance(program, Program)
    forward, backward = (
        [line for line in lines if line.startswith("for ")] for lines in (program.statements, program.gradients)
    )
    assert len(backward) <= len(forward)
    return len(forward)


@pytest.mark.slow
@pytest.mark.parametrize("f", [*RECURRENCES, more_terms_than_a_sum_has], ids=lambda f: f.__name__)
def test_recurrences_are_loops(f: Callable[..., Any], loops: None) -> None:
    compiled = check_points(f, *POINTS, within=1e-9)
    assert loops_of(compiled)
    assert "in reversed(rounds" in compiled.program.source
    a, b = Value(0.8), Value(0.35)
    assert loops_of(check(lambda x: f(a * x, b), [a, b], [0.9, 1.1, 1.0]))
    assert loops_of(check(lambda x: f(a, b) * x, [b], [0.9, 1.1, 1.0], reduction="sum")), "the same in all samples"


def five_times(a: Any, b: Any) -> Any:
    x = a
    for _ in range(5):
        x = heun(x, b)
    return x


def test_what_is_chosen_for_a_few_samples_and_for_many() -> None:
    compiled, points = compile(five_times, backend="numpy"), np.linspace(0.5, 0.9, 2000)
    compiled(points[:3], 0.4)
    assert isinstance(compiled.program, ScalarProgram)
    values, (by_a, by_b) = compiled.value_and_grad(points, 0.4)
    assert loops_of(compiled) >= 5
    with computed_by("floats"):
        wanted, (wanted_a, wanted_b) = compiled.value_and_grad(points, 0.4)
    assert isinstance(compiled.program, ScalarProgram)
    np.testing.assert_allclose(values, wanted, rtol=1e-11)
    np.testing.assert_allclose(by_a, wanted_a, rtol=1e-9)
    assert by_b == pytest.approx(wanted_b, rel=1e-9)


def test_short_programs_have_no_loops() -> None:
    with computed_by("arrays"):
        compiled = check_points(lambda a, x: driven(a, [x] * 60), *POINTS, within=1e-9)
        assert not loops_of(compiled)
        compiled = check_points(lambda a, x: driven(a, [x] * 120), *POINTS, within=1e-9)
        assert loops_of(compiled) == 1


def driven(a: Any, xs: Any, bias: float = 0.1) -> Any:
    state = 0.0
    for i, x in enumerate(xs):
        state = tanh(a * state + x + bias * i)
    return state


def test_numbers_that_differ_from_round_to_round(loops: None) -> None:
    """Arguments, parameters and constants: those that stand in the order of the rounds, and those that do not."""
    a, xs, orders = Value(0.7), normal(3, 60), [[*range(60)], [*range(59, -1, -1)], [i * 7 % 60 for i in range(60)]]
    weights = [Value(w) for w in normal(60)]
    for order in orders:
        assert loops_of(check(lambda x: driven(a, [x[i] for i in order]), [a], xs))  # noqa: B023
        assert loops_of(check(lambda x: driven(x, [weights[i] for i in order]), weights, [0.3, -0.2]))  # noqa: B023
        assert loops_of(check(lambda x: driven(a, [weights[i] for i in order]) * x, [a, *weights], [0.3, -0.2]))  # noqa: B023
        assert loops_of(check(lambda x: driven(a, (x[i] * w for i, w in zip(order, weights))), weights, xs))  # noqa: B023
        assert loops_of(check_points(lambda *xs: driven(0.7, [xs[i] for i in order]), *xs.T, within=1e-9))  # noqa: B023


def test_weights_and_matrices_in_a_loop(loops: None) -> None:
    """A recurrent network: all rounds read its weights, whose gradients are sums over the rounds and the samples."""
    weights = [[Value(w) for w in row] for row in normal(3, 5)]

    def network(xs: Any) -> Any:
        state = [0.1, 0.2, 0.3]
        for x in xs:
            state = [tanh(dot(row, [*state, x], bias)) for *row, bias in weights]
        return total(state)

    params = [w for row in weights for w in row]
    assert loops_of(check(network, params, normal(4, 30)))


def test_operations_that_arrays_compute_in_their_own_way(loops: None) -> None:
    triple = op("triple", lambda x: 3.0 * float(x), lambda x, y: [3.0])

    def f(a: Any, b: Any) -> Any:
        x = a
        for _ in range(50):
            x = logsumexp([x, b, 0.5]) - maximum(x, b) / 3 + total([x, x, b, a, x, 1.0]) / 9
            x = sqrt(x * x + triple(b)) / 4 - exp(-x) * cos(x)
        return x

    assert loops_of(check_points(f, *POINTS, within=1e-8))


def test_infinities_and_nan(loops: None) -> None:
    def f(x: Any) -> Any:
        for _ in range(60):
            x = x * x - 1
        return x

    assert loops_of(check_points(f, [3.0, 0.5, -math.inf, math.nan], within=1e-6))


@pytest.mark.slow
@pytest.mark.no_cover  # other tests cover the same code
@pytest.mark.parametrize(
    ("make", "seed"), [*((random_recurrence, i) for i in range(25)), *((random_scan, i) for i in range(15))]
)
def test_random_recurrences(make: Callable[..., list[Any]], seed: int, loops: None) -> None:
    rng = random.Random(seed)
    points = [[rng.uniform(0.2, 1.2) for _ in range(rng.choice([1, 3]))] for _ in range(4)]
    samples = min(map(len, points))
    check_points(lambda *xs: make(seed, xs)[seed % 3], *[x[:samples] for x in points], within=1e-6)
    leaves = [Value(x) for x, *_ in points]
    check(
        lambda x: make(seed, [leaves[0] * x, *leaves[1:]])[seed % 3],
        leaves[: 1 + seed % 4],
        [0.9, 1.0, 1.1],
        reduction=rng.choice(["mean", "sum"]),
    )
