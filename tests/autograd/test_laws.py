"""Laws of calculus, on random expressions: what holds whatever the function is and wherever it is differentiated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import Value, dot, grad, hessian, hvp, jacobian, jvp, replay, total, value_and_grad, vjp
from autograd.backpropagation import topological
from autograd.ops import neg
from autograd.testing.expressions import Expression, apply
from autograd.testing.strategies import expressions

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]  # other tests cover the same code

law = settings(deadline=None, max_examples=100)
functions = expressions(nodes=10)
vectors = st.lists(st.integers(-20, 20).map(lambda k: k / 10), min_size=3, max_size=3)
Function = Callable[..., Any]


def flat(x: Any) -> list[float]:
    return [y for part in x for y in flat(part)] if isinstance(x, (list, tuple)) else [float(x)]


def close(got: Any, wanted: Any, tolerance: float = 1e-9) -> bool:
    """Whether all numbers agree, by the size of the largest."""
    a, b = flat(got), flat(wanted)
    near = tolerance * max(1.0, *map(abs, b))
    return len(a) == len(b) and all(abs(x - y) <= near for x, y in zip(a, b))


def gradient(f: Function, point: Sequence[float]) -> list[float]:
    return list(grad(f, range(len(point)))(*point))


def inner(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b))


def together(f: Expression, g: Expression) -> tuple[Function, Function, list[float]]:
    """Two functions of the same arguments, of which the second is shifted so that it is at its own point, too."""
    n, m = len(f.point), len(g.point)
    point = [*f.point, *g.point[n:]]
    shifts = [there - here for there, here in zip(g.point, point)]
    return lambda *xs: f(*xs[:n]), lambda *xs: g(*(x + shift for x, shift in zip(xs[:m], shifts))), point


@law
@given(functions, functions, vectors)
def test_linearity(f: Expression, g: Expression, factors: list[float]) -> None:
    f, g, point = together(f, g)
    a, b, _ = factors
    wanted = [a * df + b * dg for df, dg in zip(gradient(f, point), gradient(g, point))]
    assert close(gradient(lambda *xs: a * f(*xs) + b * g(*xs), point), wanted)


@law
@given(functions, functions)
def test_product_rule(f: Expression, g: Expression) -> None:
    f, g, point = together(f, g)
    wanted = [df * g(*point) + f(*point) * dg for df, dg in zip(gradient(f, point), gradient(g, point))]
    assert close(gradient(lambda *xs: f(*xs) * g(*xs), point), wanted)


@law
@given(functions, functions)
def test_quotient_rule(f: Expression, g: Expression) -> None:
    f, g, point = together(f, g)

    def below(*xs: Any) -> Any:
        return 1 + g(*xs) ** 2

    a, b = f(*point), below(*point)
    wanted = [(df * b - a * db) / b**2 for df, db in zip(gradient(f, point), gradient(below, point))]
    assert close(gradient(lambda *xs: f(*xs) / below(*xs), point), wanted)


@law
@given(functions, functions, vectors)
def test_chain_rule(f: Expression, g: Expression, factors: list[float]) -> None:
    """g(c * f(x) + d) for vectors c and d, of which d takes g to its point."""
    shifts = [x - c * f(*f.point) for x, c in zip(g.point, factors)]

    def composed(*xs: Any) -> Any:
        y = f(*xs)
        return g(*(c * y + d for c, d in zip(factors, shifts)))

    outer = inner(factors, gradient(g, g.point))
    assert close(gradient(composed, f.point), [outer * df for df in gradient(f, f.point)])


@law
@given(functions)
def test_second_derivatives_are_symmetric(f: Expression) -> None:
    table = hessian(f, range(len(f.point)))(*f.point)
    assert close(table, list(zip(*table)))


@settings(law, max_examples=100)
@given(expressions(nodes=6, leaves=2))
def test_third_derivatives_are_symmetric(f: Expression) -> None:
    every = range(len(f.point))
    cube = jacobian(hessian(f, every), every)(*f.point)
    for i in every:
        for j in every:
            for k in every:
                assert close([cube[a][b][c] for a, b, c in permutations((i, j, k))], [cube[i][j][k]] * 6, 1e-7)


@law
@given(functions, vectors)
def test_hvp_is_the_hessian_times_the_vector(f: Expression, vector: list[float]) -> None:
    direction = tuple(vector[: len(f.point)])
    table = hessian(f, range(len(f.point)))(*f.point)
    assert close(hvp(f, f.point, direction), [inner(row, direction) for row in table])


@law
@given(functions, functions, vectors, vectors)
def test_jvp_and_vjp_are_adjoint_and_the_jacobian(
    f: Expression, g: Expression, tangent: list[float], cotangent: list[float]
) -> None:
    f, g, point = together(f, g)

    def both(*xs: Any) -> list[Any]:
        return [f(*xs), g(*xs)]

    tangent, cotangent = tangent[: len(point)], cotangent[:2]
    pushed = jvp(both, tuple(point), tuple(tangent))[1]
    pulled = vjp(both, *point)[1](cotangent)
    assert close(inner(cotangent, pushed), inner(pulled, tangent))
    table = jacobian(both, range(len(point)))(*point)
    assert close(table, [gradient(f, point), gradient(g, point)], 0.0)
    assert close(pushed, [inner(row, tangent) for row in table])
    assert close(pulled, [inner(column, cotangent) for column in zip(*table)])


def recomputed(f: Expression, xs: Sequence[Any]) -> Any:
    """The value of f without sharing: every step is computed again for each of its readers."""

    def at(place: float) -> Any:
        if isinstance(place, float) or place < len(xs):
            return place if isinstance(place, float) else xs[place]
        op, inputs = f.steps[place - len(xs)]
        return apply(op, [at(x) for x in inputs])

    return at(len(xs) + len(f.steps) - 1)


def tree_size(f: Expression) -> int:
    sizes = [1] * len(f.point)
    for _, inputs in f.steps:
        sizes.append(1 + sum(sizes[x] for x in inputs if isinstance(x, int)))
    return sizes[-1]


@law
@given(functions)
def test_sharing_is_the_same_as_computing_again(f: Expression) -> None:
    assume(tree_size(f) < 2000)
    shared, again = [Value(x) for x in f.point], [Value(x) for x in f.point]
    y, z = f(*shared), recomputed(f, again)
    assert y.data == z.data
    y.backward()
    z.backward()
    assert close([leaf.grad for leaf in again], [leaf.grad for leaf in shared])


@pytest.mark.parametrize("scale", [0.25, -2.0, 1024.0])
@given(f=expressions(nodes=10, largest=8))
@settings(law, max_examples=50)
def test_scaling(scale: float, f: Expression) -> None:
    """By a power of two, which rounds nothing where no number is so small that it underflows: so all is exact."""
    wanted = [scale * d for d in gradient(f, f.point)]
    assert gradient(lambda *xs: scale * f(*xs), f.point) == wanted
    assert gradient(lambda *us: f(*(scale * u for u in us)), [x / scale for x in f.point]) == wanted
    leaves = [Value(x) for x in f.point]
    f(*leaves).backward(scale)
    assert [leaf.grad for leaf in leaves] == wanted


NEUTRAL: list[Function] = [
    lambda y: y + 0.0, lambda y: 0.0 + y, lambda y: y - 0.0, lambda y: y * 1.0, lambda y: 1.0 * y, lambda y: y / 1.0, lambda y: y**1, lambda y: neg(neg(y)),
    lambda y: total([y]), lambda y: dot([y], [1.0]),
]  # fmt: skip


@settings(law, max_examples=100)
@given(functions)
def test_what_changes_nothing_changes_no_gradient(f: Expression) -> None:
    wanted = value_and_grad(f, range(len(f.point)))(*f.point)
    for neutral in NEUTRAL:
        assert value_and_grad(lambda *xs, neutral=neutral: neutral(f(*xs)), range(len(f.point)))(*f.point) == wanted


@law
@given(st.lists(functions, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_summands_does_not_matter(fs: list[Expression], rng: Any) -> None:
    point = max((f.point for f in fs), key=len)
    parts = [together(Expression((), tuple(point)), f)[1] for f in fs]
    shuffled = rng.sample(parts, len(parts))
    wanted = [math.fsum(column) for column in zip(*(gradient(part, point) for part in parts))]
    for order in (parts, shuffled):
        assert close(gradient(lambda *xs, order=order: total([part(*xs) for part in order]), point), wanted)
        assert close(gradient(lambda *xs, order=order: sum(part(*xs) for part in order), point), wanted)


@law
@given(functions, st.randoms(use_true_random=False))
def test_the_order_of_arguments_does_not_matter(f: Expression, rng: Any) -> None:
    order = rng.sample(range(len(f.point)), len(f.point))
    moved = gradient(lambda *xs: f(*(xs[order.index(i)] for i in range(len(xs)))), [f.point[i] for i in order])
    wanted = gradient(f, f.point)
    assert moved == [wanted[i] for i in order]


@law
@given(expressions(nodes=6, largest=8), vectors)
def test_the_gradient_is_the_slope_of_what_is_replayed(f: Expression, vector: list[float]) -> None:
    leaves = [Value(x) for x in f.point]
    y = f(*leaves)
    nodes = topological([y])
    assume(all(math.fabs(d) < 20 for node in nodes for d in node.partials))  # so that the step is small enough
    y.backward()
    steps = {leaf: 1e-6 * v for leaf, v in zip(leaves, vector) if leaf in nodes}
    ahead, behind = (replay(y, {leaf: leaf.data + sign * h for leaf, h in steps.items()}) for sign in (1, -1))
    along = inner([leaf.grad for leaf in steps], list(steps.values()))
    assert math.isclose((ahead - behind) / 2, along, rel_tol=1e-3, abs_tol=1e-9)
