"""Products: what is recognised as one of matrices has the entries that the tables say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.layout import Indices
from autograd.compiler.products import Product, recognise

S = np.random.default_rng(0).standard_normal(40)
V = np.random.default_rng(1).standard_normal((40, 3))


def product(a: Any, b: Any, buffers: str = "SV") -> Product:
    return recognise(Indices(buffers[0], np.array(a)), Indices(buffers[1], np.array(b)))


def computed(found: Product) -> Any:
    """What the subscripts of a product say, as a column for each sample."""
    a, b, result = found.subscripts
    tables = []
    for table, names in ((found.a, a), (found.b, b)):
        numbers = (V if table.buffer == "V" else S)[table.rows]
        tables.append(numbers[0] if names.startswith("m") else numbers)
    y = np.einsum(f"{a},{b}->{result}", *tables)
    return y.reshape(-1, 3) if found.batched else y.reshape(-1, 1)


def expected(a: Any, b: Any, buffers: str) -> Any:
    left, right = ((V if buffer == "V" else S[:, None])[np.array(rows)] for buffer, rows in zip(buffers, (a, b)))
    return (left * right).sum(1)


ROWS = st.lists(st.integers(0, 39), min_size=2, max_size=2)
BUFFERS = st.sampled_from(["SS", "SV", "VV"])


@pytest.mark.slow
@given(st.lists(ROWS, min_size=1, max_size=4), st.lists(ROWS, min_size=1, max_size=4), BUFFERS)
def test_every_row_with_every_row(rows: list[list[int]], columns: list[list[int]], buffers: str) -> None:
    a, b = [row for _ in columns for row in rows], [column for column in columns for _ in rows]
    found = product(a, b, buffers)
    np.testing.assert_allclose(computed(found), expected(a, b, buffers), rtol=1e-13, atol=1e-13)
    if len(set(map(tuple, rows))) == len(rows) and len(set(map(tuple, columns))) == len(columns):
        assert found.is_grid
        assert (found.a.rows.tolist(), found.b.rows.tolist()) == (rows, columns)


@pytest.mark.slow
@given(st.lists(st.tuples(ROWS, ROWS), min_size=1, max_size=6), BUFFERS)
def test_any_rows(pairs: list[tuple[list[int], list[int]]], buffers: str) -> None:
    a, b = [list(column) for column in zip(*pairs)]
    found = product(a, b, buffers)
    np.testing.assert_allclose(computed(found), expected(a, b, buffers), rtol=1e-13, atol=1e-13)
    assert np.prod(found.shape) == len(pairs)


@pytest.mark.parametrize(
    ("a", "b", "subscripts", "shape"),
    [
        ([[0, 1], [2, 3]], [[0, 1], [0, 1]], ("pm", "mb", "pb"), (2,)),
        ([[0, 1], [0, 1]], [[0, 1], [2, 3]], ("m", "qmb", "qb"), (2,)),
        ([[0, 1], [2, 3], [0, 1], [2, 3]], [[4, 5], [4, 5], [6, 7], [6, 7]], ("pm", "qmb", "qpb"), (2, 2)),
        ([[0, 1]], [[4, 5]], ("nm", "mb", "nb"), (1,)),
        ([[0, 1], [2, 3]], [[4, 5], [6, 7]], ("nm", "nmb", "nb"), (2,)),
        ([[0], [1], [0], [1]], [[2], [3], [2], [3]], ("nm", "nmb", "nb"), (4,)),
        ([[0], [1], [1], [0]], [[2], [2], [3], [3]], ("nm", "nmb", "nb"), (4,)),
    ],
)
def test_subscripts(a: Any, b: Any, subscripts: tuple[str, ...], shape: tuple[int, ...]) -> None:
    found = product(a, b)
    assert found.subscripts == subscripts
    assert found.shape == shape
