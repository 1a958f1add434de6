"""Recognise sums of products as products of matrices and vectors."""

from __future__ import annotations

import numpy as np

from autograd.compiler.ir import Contract, Rows, View


def product(a: View, b: View) -> tuple[Contract, tuple[int, ...]]:
    """Return the sums over m of a[n, m] * b[n, m] as a contraction, and the shape of the entries in its result.

    Where each of p rows of `a` meets each of q rows of `b`, and the results stand in the order (q, p), the entries are
    a grid, and the contraction is a product of matrices. A single row that meets all others is a vector.
    """
    p, q = _grid(a.rows, b.rows)
    if not p:
        n = len(a.rows)
        return _contract(a, b, "nm", "nm", "n", a.rows.shape), (n,)
    left = View(a.buffer, a.rows[:p] if p > 1 else a.rows[0], a.step)
    right = View(b.buffer, b.rows[:: max(p, 1)] if q > 1 else b.rows[0], b.step)
    if p == q == 1:
        return _contract(View(a.buffer, a.rows[:1], a.step), right, "nm", "m", "n", (1, a.rows.shape[1])), (1,)
    shape = tuple(n for n in (q, p) if n > 1)
    names = "pm" if p > 1 else "m", "qm" if q > 1 else "m", "q" * (q > 1) + "p" * (p > 1)
    return _contract(left, right, *names, (p, a.rows.shape[1])), shape


def _contract(a: View, b: View, left: str, right: str, result: str, sizes: tuple[int, ...]) -> Contract:
    samples = ["b" * a.is_batched, "b" * b.is_batched, "b" * (a.is_batched or b.is_batched)]
    axes = left + samples[0], right + samples[1], result + samples[2]
    return Contract(a, b, axes, sizes)


def _grid(a: Rows, b: Rows) -> tuple[int, int]:
    """Return the numbers of distinct rows of `a` and `b` if each of these meets each of those, else 0 and 0."""
    if (b == b[0]).all():
        return len(a), 1
    if (a == a[0]).all():
        return 1, len(b)
    p, q = _distinct(a), _distinct(b)
    if p * q == len(a) and (np.tile(a[:p], (q, 1)) == a).all() and (np.repeat(b[::p], p, axis=0) == b).all():
        return p, q
    return 0, 0


def _distinct(rows: Rows) -> int:
    return len({row.tobytes() for row in rows})
