"""Products: sums of products are those of matrices where they can be, and have the entries that the rows say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import dot, tanh, total
from autograd.compiler.array_functions import paired
from autograd.compiler.contraction import contraction
from autograd.compiler.ir import View
from autograd.compiler.products import product
from tests.autograd.compiler.against_eager import check, normal, parameters

NUMBERS = {"S": normal(40), "V": normal(40, 3)}
NAMESPACE = {name: getattr(np, name) for name in ("dot", "einsum", "matmul")} | {"product": np.dot, "paired": paired}


def computed(a: Any, b: Any, buffers: str) -> tuple[str, tuple[int, ...], Any]:
    """Return the function for a product, the shape of its entries, and what its code computes."""
    found, shape = product(View(buffers[0], np.array(a)), View(buffers[1], np.array(b)))
    function, arguments = contraction("a", "b", found.axes, found.sizes)
    factors = {name: NUMBERS[x.buffer][x.rows] for name, x in (("a", found.left), ("b", found.right))}
    result = eval(f"{function}({arguments})", NAMESPACE | factors)  # noqa: S307 - of our own making
    return function, shape, result


def agree(a: Any, b: Any, buffers: str) -> None:
    _, shape, got = computed(a, b, buffers)
    samples = (3,) if "V" in buffers else ()
    columns = [NUMBERS[buffer][np.array(rows)] for buffer, rows in zip(buffers, (a, b))]
    left, right = (x[..., None] if samples and x.ndim == 2 else x for x in columns)
    assert np.prod(shape) == len(a)
    np.testing.assert_allclose(got.reshape(len(a), *samples), (left * right).sum(1), rtol=1e-12, atol=1e-13)


ROWS = st.lists(st.integers(0, 39), min_size=2, max_size=2)
BUFFERS = st.sampled_from(["SS", "SV", "VV"])


@pytest.mark.slow
@given(st.lists(ROWS, min_size=1, max_size=4), st.lists(ROWS, min_size=1, max_size=4), BUFFERS)
def test_every_row_with_every_row(rows: list[list[int]], columns: list[list[int]], buffers: str) -> None:
    agree([row for _ in columns for row in rows], [column for column in columns for _ in rows], buffers)


@pytest.mark.slow
@given(st.lists(st.tuples(ROWS, ROWS), min_size=1, max_size=6), BUFFERS)
def test_any_rows(pairs: list[tuple[list[int], list[int]]], buffers: str) -> None:
    agree(*[list(column) for column in zip(*pairs)], buffers)


@pytest.mark.parametrize(
    ("a", "b", "functions", "shape"),
    [
        ([[0, 1], [2, 3]], [[0, 1], [0, 1]], {"SV": "dot", "VV": "einsum", "SS": "dot"}, (2,)),
        ([[0, 1], [0, 1]], [[0, 1], [2, 3]], {"SV": "matmul", "VV": "einsum", "SS": "matmul"}, (2,)),
        ([[0, 1], [2, 3]] * 2, [[4, 5], [4, 5], [6, 7], [6, 7]], {"SV": "matmul", "SS": "dot"}, (2, 2)),
        ([[0, 1]], [[4, 5]], {"SV": "product", "SS": "matmul"}, (1,)),
        ([[0, 1], [2, 3]], [[4, 5], [6, 7]], {"SV": "einsum", "VV": "einsum", "SS": "einsum"}, (2,)),
        ([[0], [1], [0], [1]], [[2], [3], [2], [3]], {"SV": "einsum"}, (4,)),
        ([[0], [1], [1], [0]], [[2], [2], [3], [3]], {"SV": "einsum"}, (4,)),
    ],
)
def test_functions(a: Any, b: Any, functions: dict[str, str], shape: tuple[int, ...]) -> None:
    for buffers, function in functions.items():
        assert computed(a, b, buffers)[:2] == (function, shape), buffers
        agree(a, b, buffers)


@pytest.mark.parametrize(
    ("sums", "function"),
    [
        (lambda w, x: [dot(row, x[0]) for row in w], "dot"),
        (lambda w, x: [dot(row, column) for column in x for row in w], "matmul"),
        (lambda w, x: [dot(row, column) for row in w for column in x], "matmul"),
        (lambda w, x: [dot(row, column) for row, column in zip(w, x)], "einsum"),
        (lambda w, x: [dot(w[0], x[0])], "product"),
    ],
)
def test_programs_multiply_matrices(sums: Callable[[Any, Any], list[Any]], function: str) -> None:
    params, w = parameters(3, 4)
    step = check(lambda x: total([tanh(y) for y in sums(w, x)]), params, normal(5, 3, 4))
    assert f"    {function}(" in step.program.source
