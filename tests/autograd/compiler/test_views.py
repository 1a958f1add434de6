"""Views of rows: their code reads exactly these rows, and runs of rows cover them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.array_functions import grid
from autograd.compiler.ir import View, runs
from autograd.compiler.views import code_of_view

S, V = np.arange(60.0), np.arange(120.0).reshape(60, 2)
NAMESPACE: dict[str, Any] = {"S": S, "V": V, "grid": grid}


def read(code: str, **names: int) -> Any:
    return eval(code, NAMESPACE | names)  # noqa: S307 - of our own making


@pytest.mark.slow
@given(st.integers(0, 9), *[st.tuples(st.integers(1, 4), st.integers(0, 5))] * 2, st.integers(0, 3))
def test_a_view_reads_its_rows(start: int, first: tuple[int, int], second: tuple[int, int], move: int) -> None:
    (n, step), (m, inner) = first, second
    one = start + step * np.arange(n)
    for buffer, rows in itertools.product(("S", "V"), (one, one[:, None] + inner * np.arange(m))):
        code = code_of_view(View(buffer, rows, move), "i")
        assert code is not None or step == 0 or inner == 0
        if code is not None:
            numbers = NAMESPACE[buffer]
            for i in range(3):
                found = read(code, i=i)
                assert np.shares_memory(found, numbers)
                assert np.array_equal(found, numbers[rows + i * move])


@pytest.mark.slow
@given(st.lists(st.integers(0, 20), min_size=1, max_size=6))
def test_any_rows(rows: list[int]) -> None:
    code = code_of_view(View("V", np.array(rows)))
    if code is None:
        steps = set(np.diff(rows).tolist())
        assert len(steps) > 1 or min(steps) < 1
    else:
        assert np.array_equal(read(code), V[rows])


@pytest.mark.parametrize("rows", [[[0, 1], [2, 4]], [[0, 1], [3, 4], [5, 6]], [[4, 5], [0, 1]], [[1, 0], [3, 2]]])
def test_matrices_without_a_pattern(rows: list[list[int]]) -> None:
    assert code_of_view(View("S", np.array(rows))) is None


def test_a_grid_stays_inside_its_buffer() -> None:
    found = read("grid(V, 58, (2, 1), (1, 1))")
    assert found.shape == (2, 1, 2)
    assert np.array_equal(found[:, 0], V[58:])


@given(st.sets(st.integers(0, 30)))
def test_runs_cover_the_rows(rows: set[int]) -> None:
    found = runs(sorted(rows))
    assert [row for start, stop in found for row in range(start, stop)] == sorted(rows)
    assert all(stop < start for (_, stop), (start, _) in itertools.pairwise(found))
