"""Views of rows: the code of one reads exactly these rows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from autograd.compiler.views import GRID, literal, runs, view

S, V = np.arange(60.0), np.arange(120.0).reshape(60, 2)
NAMESPACE = {"S": S, "V": V, "np": np, "as_strided": as_strided}
exec(GRID, NAMESPACE)  # noqa: S102


@pytest.mark.slow
@given(st.integers(0, 9), *[st.tuples(st.integers(1, 4), st.integers(0, 5))] * 2)
def test_a_view_reads_its_rows(start: int, first: tuple[int, int], second: tuple[int, int]) -> None:
    (n, step), (m, inner) = first, second
    one = start + step * np.arange(n)
    two = one[:, None] + inner * np.arange(m)
    for buffer, numbers in (("S", S), ("V", V)):
        for rows in (one, two):
            code = view(buffer, rows)
            assert code is not None or (rows.ndim == 1 and step == 0)
            if code is not None:
                found = eval(code, NAMESPACE)  # noqa: S307
                assert np.shares_memory(found, numbers)
                assert np.array_equal(found, numbers[rows])


@pytest.mark.slow
@given(st.lists(st.integers(0, 20), min_size=1, max_size=6))
def test_any_rows(rows: list[int]) -> None:
    code = view("V", np.array(rows))
    if code is None:
        steps = set(np.diff(rows).tolist())
        assert len(steps) > 1 or min(steps) < 1
    else:
        assert np.array_equal(eval(code, NAMESPACE), V[rows])  # noqa: S307


@pytest.mark.parametrize("rows", [[[0, 1], [2, 4]], [[0, 1], [3, 4], [5, 6]], [[4, 5], [0, 1]], [[1, 0], [3, 2]]])
def test_tables_without_a_pattern(rows: list[list[int]]) -> None:
    assert view("S", np.array(rows)) is None


def test_grid_stays_inside_its_buffer() -> None:
    found = eval("grid(V, 58, (2, 1), (1, 1))", NAMESPACE)  # noqa: S307
    assert found.shape == (2, 1, 2)
    assert np.array_equal(found[:, 0], V[58:])


@pytest.mark.slow
@given(st.sets(st.integers(0, 30)))
def test_runs_cover_the_rows(rows: set[int]) -> None:
    found = runs(sorted(rows))
    assert [row for start, stop in found for row in range(start, stop)] == sorted(rows)
    assert all(stop < start for (_, stop), (start, _) in itertools.pairwise(found))


def test_literals() -> None:
    rows = np.array([[3, 1], [2, 2]])
    assert np.array_equal(eval(literal(rows), NAMESPACE), rows)  # noqa: S307
