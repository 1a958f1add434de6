"""Loops in programs on floats: recurrences are found again, and computed as the graphs that they were recorded from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, cos, exp, grad, sin, tanh, value_and_grad
from autograd.backpropagation import propagate, topological
from autograd.compiler.scalars import ScalarProgram
from tests.autograd.compiler.against_eager import scalar_program
from tests.autograd.compiler.iterations import (
    RECURRENCES,
    all_rounds_are_read,
    branches,
    gradients_every_other_round,
    inputs_in_reverse,
    lotka_volterra,
    more_terms_than_a_sum_has,
    powers,
    two_loops,
)


def agree(f: Callable[..., Any], *point: float) -> ScalarProgram:
    """Compare the compiled function with the recorded graph, and its source on its own with both."""
    compiled = compile(f)
    found = compiled.value_and_grad(*point)
    wanted = value_and_grad(f, tuple(range(len(point))))(*point)
    for got, expected in zip((found[0], *found[1]), (wanted[0], *wanted[1])):
        assert got == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert compiled(*point) == found[0]
    program = compiled.program
    assert isinstance(program, ScalarProgram)
    return program


@pytest.mark.slow
@pytest.mark.parametrize("f", RECURRENCES, ids=lambda f: f.__name__)
def test_recurrences_are_loops(f: Callable[..., Any]) -> None:
    program = agree(f, 0.9, 0.4)
    loops = [line for line in program.statements if line.startswith("for ")]
    assert len(loops) == (2 if f in (two_loops, inputs_in_reverse) else 1)
    if f is not all_rounds_are_read:
        assert len(program.statements) < 60
    if f is not branches:  # whose own operation the source does not know
        module: dict[str, Any] = {}
        exec(program.source, module)  # noqa: S102 - of our own making
        (value,), gradient = module["value_and_grad"]([0.9, 0.4])
        assert (value, tuple(gradient)) == compile(f).value_and_grad(0.9, 0.4)
        assert module["value"]([0.9, 0.4]) == [value]


@pytest.mark.slow
def test_second_derivatives_of_a_recurrence() -> None:
    slope = grad(lotka_volterra, 0)
    agree(slope, 1.1, 0.9)
    program = agree(grad(powers, 0), 0.9, 0.4)
    assert [line for line in program.statements if line.startswith("for ")], "though not in the middle of the graph"


def written(f: Callable[..., Any], *point: float) -> ScalarProgram:
    """Compare the program on floats of a graph, however many nodes it repeats, with the graph."""
    leaves = [Value(x) for x in point]
    root = f(*leaves)
    order = topological([root])
    arrived = dict(propagate(order, {root: 1.0}))
    program, numbers = scalar_program([root], leaves)
    (value,), gradient = program.value_and_grad(numbers)
    assert value == pytest.approx(root.data, rel=1e-12)
    assert program.value(numbers) == [value]
    assert gradient == pytest.approx([arrived.get(x, 0.0) for x in leaves], rel=1e-9)
    return program


@pytest.mark.parametrize("f", [gradients_every_other_round, more_terms_than_a_sum_has], ids=lambda f: f.__name__)
def test_gradients_in_loops_of_all_kinds(f: Callable[..., Any]) -> None:
    assert [line for line in written(f, 0.3, 0.4).statements if line.startswith("for ")]


def test_what_is_read_rounds_later_is_no_loop() -> None:
    def at_half_the_pace(a: Any, b: Any) -> Any:
        x, seen = b, [sin(a)]
        for k in range(60):
            x = tanh(x * a + seen[k // 2])
            seen.append(x)
        return x

    def of_its_own_round_at_first(a: Any, b: Any) -> Any:
        x, y, seen = sin(a), cos(b), []
        for k in range(60):
            x = sin(x * b)
            seen.append(x)
            y = y * 0.5 + seen[max(k - 1, 0)]
        return y

    agree(at_half_the_pace, 0.3, 0.4)
    agree(of_its_own_round_at_first, 0.3, 0.4)


def test_numbers_that_differ_from_round_to_round() -> None:
    def driven(a: Any, xs: Any) -> Any:
        state = 0.0
        for i, x in enumerate(xs):
            state = tanh(a * state + x + 0.1 * i)
        return state

    a, xs = Value(0.7), np.linspace(-1, 1, 60)
    step = compile(lambda x: driven(a, x), params=[a])
    assert step.backward(xs[None]) == pytest.approx(driven(0.7, xs.tolist()), rel=1e-12)
    assert a.grad == pytest.approx(grad(lambda a: driven(a, xs.tolist()))(0.7), rel=1e-12)
    (head,) = [line for line in step.program.statements if line.startswith("for ")]
    assert " in zip([" in head
    f = compile(lambda xs: driven(0.7, xs))  # now each has a gradient of its own
    values = [float(x) for x in xs]
    assert f.value_and_grad(values)[1] == pytest.approx(grad(lambda xs: driven(0.7, xs))(values), rel=1e-12)
    assert [line for line in f.program.statements if line.startswith("for ")]


def test_powers_that_differ_are_no_loop() -> None:
    def series(x: Any) -> Any:
        y = 0.5
        for i in range(120):
            y = y * x ** (1.0 + i / 100)
        return y

    assert len(agree(lambda x, z: series(x) + z, 0.99, 1.0).statements) > 100


def test_what_the_first_round_computes_for_all_stands_before_the_loop() -> None:
    def f(a: Any, b: Any) -> Any:
        x, rate = b, None
        for _ in range(60):
            rate = exp(-a * a) if rate is None else rate
            x = x + rate * sin(x)
        return x

    agree(f, 0.3, 0.2)


def test_infinities_in_a_loop_are_computed_as_ieee_arithmetic() -> None:
    def f(x: Any) -> Any:
        for _ in range(120):
            x = x * x - 1
        return x

    value, gradient = compile(f).value_and_grad(3.0)
    assert value == math.inf
    assert gradient == math.inf


@pytest.mark.slow
def test_a_long_recurrence_is_short() -> None:
    def f(a: Any) -> Any:
        x = 0.5
        for _ in range(25_000):
            x = a * x * (1 - x)
        return x

    compiled = compile(f)
    assert compiled(3.2) == f(3.2)
    assert compiled.program.scalar_nodes >= 75_000
    assert len(compiled.program.statements) < 20
