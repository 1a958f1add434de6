"""Random graphs of all operations, at first and second order, against the same expressions with 80 digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations_with_replacement

import mpmath as mp
import pytest
from hypothesis import given, settings

from autograd import Value, grad, hessian, replay
from autograd.backpropagation import topological
from autograd.testing import check_gradients
from autograd.testing.expressions import Expression
from autograd.testing.reference.high_precision import HighPrecision
from autograd.testing.strategies import expressions

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]  # other tests cover the same code

DIGITS, STEP = 80, 25  # slopes are taken over a step of 1e-25


def exact(f: Expression, point: Sequence[object]) -> mp.mpf:
    """The value of f, computed without any rule of the engine."""
    return f(*map(HighPrecision, point)).data


def differences(f: Expression, direction: Sequence[int]) -> tuple[mp.mpf, mp.mpf]:
    """The first and the second derivative along a direction, from values of f alone."""
    h = mp.mpf(10) ** -STEP
    ahead, here, behind = (
        exact(f, [mp.mpf(x) + sign * h * v for x, v in zip(f.point, direction)]) for sign in (1, 0, -1)
    )
    return (ahead - behind) / (2 * h), (ahead - 2 * here + behind) / h**2


def unit(count: int, *places: int) -> list[int]:
    return [places.count(i) for i in range(count)]


def close(got: float, wanted: mp.mpf, tolerance: float) -> bool:
    return math.isclose(got, wanted, rel_tol=tolerance, abs_tol=tolerance)


@settings(deadline=None, max_examples=600)
@given(expressions(nodes=12))
def test_value_gradient_and_hessian(f: Expression) -> None:
    n = len(f.point)
    every = range(n)
    gradient, table = grad(f, every)(*f.point), hessian(f, every)(*f.point)
    with mp.workdps(DIGITS):
        assert close(f(*f.point), exact(f, f.point), 1e-11)
        along = [differences(f, unit(n, i)) for i in every]
        for i in every:
            assert close(gradient[i], along[i][0], 1e-10), i
        for i, j in combinations_with_replacement(every, 2):
            wanted = along[i][1] if i == j else (differences(f, unit(n, i, j))[1] - along[i][1] - along[j][1]) / 2
            assert close(table[i][j], wanted, 1e-9), (i, j)
            assert close(table[j][i], wanted, 1e-9), (j, i)


@settings(deadline=None, max_examples=200)
@given(expressions(nodes=12, kinks=True))
def test_every_node_is_swept_once_and_twice_is_double(f: Expression) -> None:
    leaves = [Value(x) for x in f.point]
    y = f(*leaves)
    order = topological([y])
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[x] < place[node] for node in order for x in node.inputs if isinstance(x, Value))
    y.backward()
    once = [leaf.grad for leaf in leaves]
    assert once == list(grad(f, range(len(leaves)))(*f.point))
    y.backward()
    assert [leaf.grad for leaf in leaves] == [2 * g for g in once]


@settings(deadline=None, max_examples=200)
@given(expressions(nodes=12, kinks=True))
def test_numbers_nodes_and_replay_agree(f: Expression) -> None:
    leaves = [Value(x) for x in f.point]
    y = f(*leaves)
    assert f(*f.point) == y.data == replay(y, {})


@settings(deadline=None, max_examples=200)
@given(expressions(kinks=True, largest=8))  # further out, erf is so flat that 80 digits do not show its slope
def test_check_gradients_finds_nothing_wrong(f: Expression) -> None:
    report = check_gradients(f, *f.point)
    assert report, report
