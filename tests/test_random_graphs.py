"""Random graphs with sharing, at first and second order, against the same expression in mpmath."""

from __future__ import annotations

import math

import mpmath as mp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import Value, hessian
from autograd.ops import TABLE
from autograd.testing.exact import DIGITS, VALUES, derivative

SMOOTH = [
    "add",
    "sub",
    "mul",
    "neg",
    "exp",
    "expm1",
    "sin",
    "cos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "sigmoid",
    "softplus",
    "gelu",
    "erf",
    "erfc",
    "total",
    "mean",
    "logsumexp",
    "dot",
]
POSITIVE = ["log", "sqrt", "log1p"]
LEAVES = 3

Program = list[tuple[str, list[int]]]


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Operations in order, each with the indices of its inputs among the leaves and the earlier results."""
    program: Program = []
    for i in range(draw(st.integers(1, 9))):
        name = draw(st.sampled_from(SMOOTH + POSITIVE + ["div", "pow", "hypot", "atan2"]))
        count = TABLE[name].arity or draw(st.sampled_from([3, 5]))
        program.append((name, draw(st.lists(st.integers(0, LEAVES + i - 1), min_size=count, max_size=count))))
    return program


def run(program: Program, leaves: list, table: object, one: object) -> object:
    """Compute the program; operations with a limited domain get an input that lies inside it."""
    results = list(leaves)
    for name, places in program:
        xs = [results[i] for i in places]
        if name in (*POSITIVE, "div", "pow", "atan2"):  # the last has a branch cut where its second input is negative
            place = -1 if name in ("div", "atan2") else 0
            xs[place] = xs[place] * xs[place] + one
        results.append(table(name, xs))
    return results[-1]


def with_values(name: str, xs: list) -> object:
    if name == "dot":
        n = len(xs) // 2
        return TABLE[name](xs[:n], xs[n:-1], xs[-1])
    return TABLE[name](xs) if TABLE[name].variadic else TABLE[name](*xs)


def exact(program: Program) -> object:
    return lambda *leaves: run(program, list(leaves), lambda name, xs: VALUES[name](*xs), mp.mpf(1))


def tame(program: Program, point: list[float]) -> bool:
    """Whether no number on the way is so large, or so near to a singularity, that floats cannot follow 50 digits."""
    seen: list[float] = []

    def watch(name: str, xs: list) -> object:
        y = with_values(name, xs)
        seen.append(abs(float(y)))
        if name == "hypot":
            seen.append(1 / max(y, 1e-300))
        return y

    run(program, list(point), watch, 1.0)
    return all(s < 30 for s in seen)


def swept(program: Program, point: list[float]) -> tuple[list[Value], Value]:
    """The leaves and the result of the program, after a backward pass."""
    leaves = [Value(x) for x in point]
    y = run(program, leaves, with_values, 1.0)
    y.backward()
    return leaves, y


points = st.lists(st.floats(-2, 2).map(lambda x: round(x, 3)), min_size=LEAVES, max_size=LEAVES)


@settings(deadline=None, max_examples=500)
@given(programs(), points)
def test_first_order(program: Program, point: list[float]) -> None:
    assume(tame(program, point))
    leaves, y = swept(program, point)
    with mp.workdps(DIGITS):
        assert math.isclose(y.data, float(exact(program)(*map(mp.mpf, point))), rel_tol=1e-9, abs_tol=1e-9)
    for i, leaf in enumerate(leaves):
        wanted = derivative(exact(program), point, i)
        assert math.isclose(leaf.grad, wanted, rel_tol=1e-8, abs_tol=1e-8 * max(1.0, abs(wanted))), (leaf, wanted)


@settings(deadline=None, max_examples=200)
@given(programs(), points)
def test_second_order(program: Program, point: list[float]) -> None:
    assume(tame(program, point))
    table = hessian(lambda xs: run(program, xs, with_values, 1.0))(point)
    for i in range(LEAVES):
        for j in range(LEAVES):
            wanted = derivative(exact(program), point, i, j)
            assert math.isclose(table[i][j], wanted, rel_tol=1e-6, abs_tol=1e-6), (i, j, table[i][j], wanted)


@settings(deadline=None)
@given(programs(), points)
def test_every_node_is_swept_once_and_twice_is_double(program: Program, point: list[float]) -> None:
    assume(tame(program, point))
    leaves, y = swept(program, point)
    once = [leaf.grad for leaf in leaves]
    y.backward()
    assert [leaf.grad for leaf in leaves] == [2 * g for g in once]
