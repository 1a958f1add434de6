"""Recognise sums of products as products of matrices and vectors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograd.compiler.layout import Indices, Rows


class Product(NamedTuple):
    """The sums over m of a[..., m] * b[..., m], for indices `a` and `b` of a group.

    Where `is_grid`, each of the p rows of `a` meets each of the q rows of `b`, and the results stand in the order
    (q, p): that is a matrix product. Elsewhere row n of `a` meets row n of `b`.
    """

    a: Indices
    b: Indices
    is_grid: bool

    @property
    def batched(self) -> bool:
        """Whether a factor has a number for each sample."""
        return "V" in (self.a.buffer, self.b.buffer)

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of the results, but for that of the samples."""
        p, q = len(self.a.rows), len(self.b.rows)
        return (q, p) if self.is_grid and p > 1 and q > 1 else (max(p, q),)

    @property
    def times(self) -> str:
        """The function for products of matrices with axes of p, m and perhaps the samples.

        NumPy's dot is the fastest, but where a matrix is a single 0, it takes the product with infinity as 0. `product`
        is dot where there are more samples than one, and else matmul.
        """
        lengths = self.a.rows.shape
        return "dot" if 1 not in lengths else "product" if self.batched and lengths != (1, 1) else "matmul"

    @property
    def subscripts(self) -> tuple[str, str, str]:
        """The names of the axes of a, b and the result, as einsum takes them; b is that of the samples."""
        p, q = len(self.a.rows), len(self.b.rows)
        names = ["pm" if p > 1 else "m", "qm" if q > 1 else "m"] if self.is_grid else ["nm", "nm"]
        result = "q" * (q > 1) + "p" * (p > 1) if self.is_grid else "n"
        if self.is_grid and p == q == 1:
            names, result = ["nm", "m"], "n"
        a, b = (name + "b" * (indices.buffer == "V") for name, indices in zip(names, (self.a, self.b)))
        return a, b, result + "b" * self.batched


def recognise(a: Indices, b: Indices) -> Product:
    """Return the product of two matrices of factors, as a matrix product where it is one."""
    if (b.rows == b.rows[0]).all():
        return Product(a, Indices(b.buffer, b.rows[:1]), True)
    if (a.rows == a.rows[0]).all():
        return Product(Indices(a.buffer, a.rows[:1]), b, True)
    p, q = _distinct(a.rows), _distinct(b.rows)
    if p * q == len(a.rows):
        rows_a, rows_b = a.rows[:p], b.rows[::p]
        if (np.tile(rows_a, (q, 1)) == a.rows).all() and (np.repeat(rows_b, p, axis=0) == b.rows).all():
            return Product(Indices(a.buffer, rows_a), Indices(b.buffer, rows_b), True)
    return Product(a, b, False)


def _distinct(rows: Rows) -> int:
    return len({row.tobytes() for row in rows})
