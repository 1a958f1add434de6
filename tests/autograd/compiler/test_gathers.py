"""Rows of tables at indices that are arguments are gathered, with the numbers that the scalar graph has."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, compile, dot, one_hot, total
from tests.autograd.compiler.against_eager import check, computed_by


def table(count: int, width: int) -> nn.Embedding:
    return nn.Embedding(count, width, std=1.0, rng=random.Random(0))


def gathers(compiled: Any) -> int:
    return sum("[:, " in line for line in compiled.program.statements)


def squares(row: Any) -> Any:
    return total([(k + 1) * e * e for k, e in enumerate(row)])


@pytest.mark.parametrize("samples", [1, 2, 100])
@pytest.mark.parametrize("width", [1, 3])
def test_an_embedding_is_a_gather(samples: int, width: int) -> None:
    embedding, w = table(7, width), Value(0.5)
    i = np.random.default_rng(0).integers(0, 7, samples).astype(float)
    with computed_by("arrays"):
        step = check(lambda i: squares(embedding(i)) * w + i, [w, *embedding.parameters()], i)
    assert gathers(step) == 1
    assert not any(">=" in line for line in step.program.statements)


@pytest.mark.parametrize("samples", [1, 20])
def test_several_indices_and_tables(samples: int) -> None:
    a, b = table(5, 3), table(6, 3)
    i = np.random.default_rng(1).integers(0, 5, (samples, 4)).astype(float)

    def loss(i: Any) -> Any:
        found = [[x + y for x, y in zip(a(k), b(j), strict=True)] for k, j in zip(i, [*i[1:], i[0]])]
        return total([squares(row) for row in found]) * dot(*found[:2])

    with computed_by("arrays"):
        step = check(loss, [*a.parameters(), *b.parameters()], i)
    assert gathers(step) >= 2


def test_numbers_that_are_not_chosen_do_not_matter() -> None:
    embedding = table(4, 2)
    embedding.table[1][0].data, embedding.table[2][1].data = math.inf, math.nan
    step = compile(lambda i: squares(embedding(i)), params=embedding.parameters(), backend="numpy")
    theta = [p.data for p in embedding.parameters()]
    value, gradient = step.value_and_grad(theta, [0.0, 3.0, 3.0])
    assert math.isfinite(value)
    assert np.isfinite(gradient).all()
    assert gradient[2:6].tolist() == [0.0] * 4


def test_gradients_with_respect_to_an_index_are_zero() -> None:
    embedding = table(4, 2)
    f = compile(lambda i: squares(embedding(i)), backend="numpy")
    i = np.array([0.0, 3.0, 1.0])
    value, gradient = f.value_and_grad(i)
    assert value == pytest.approx([squares(embedding(k)).data for k in i])
    assert gradient.tolist() == [0.0] * 3


def test_numbers_out_of_range_choose_nothing() -> None:
    """Vectors that are written by hand have no requirement."""
    row = [Value(k + 1.0) for k in range(3)]

    def loss(i: Any) -> Any:
        return dot([(i >= k) * (i <= k) for k in range(3)], row)

    with computed_by("arrays"):
        step = check(loss, row, np.array([0.0, 0.5, 2.0, -1.0, 3.0, math.nan, math.inf]))
    assert gathers(step) == 1


def test_vectors_that_are_read_elsewhere_remain() -> None:
    embedding = table(4, 2)

    def loss(i: Any) -> Any:
        return squares(embedding(i)) + squares(one_hot(i, 4)) * embedding.table[0][0]

    with computed_by("arrays"):
        step = check(loss, embedding.parameters(), np.array([0.0, 2.0, 3.0]))
    assert any(">=" in line for line in step.program.statements)


def test_other_products_of_comparisons_are_no_gathers() -> None:
    row = [Value(k + 1.0) for k in range(3)]
    for conditions in (
        lambda i: [(i >= k) * (i <= k + 1) for k in range(3)],
        lambda i: [(i >= k) * (i <= k) for k in (0, 2, 1)],
        lambda i: [(i >= k) * (i <= k) for k in range(1, 4)],
    ):
        with computed_by("arrays"):
            step = check(lambda i: dot(conditions(i), row), row, np.array([0.0, 1.0, 2.0, 2.5]))  # noqa: B023
        assert not gathers(step)
