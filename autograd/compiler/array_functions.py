"""Functions of arrays that NumPy does not have. Programs contain the source of those that they call."""

from __future__ import annotations

from typing import Any

import numpy as np


def pow(a: Any, b: Any) -> Any:
    """Return a ** b. At 0 and -inf, the exponent 0.5 is no square root."""
    is_root = (b == 0.5) & ((a == 0) | (a == -np.inf))
    return np.power(np.where(is_root, np.abs(a), a), b)


def logsumexp(xs: Any) -> Any:
    """Return the logarithm of the sum of e ** x over the second axis."""
    xs = np.sort(xs, 1)
    top = xs[:, -1]
    y = top + np.log1p(np.exp(xs[:, :-1] - top[:, None]).sum(1))
    return y if np.isfinite(y).all() else np.where(np.abs(top) == np.inf, top, y)


def softmax(xs: Any, y: Any) -> Any:
    """Return e ** (x - y) over the sum; if there are infinite numbers, the share of a single one is 1."""
    e = np.exp(xs - y[:, None])
    whole = e.sum(1, keepdims=True)
    if not whole.min() > 0:
        infinite, is_infinite = xs == np.inf, y[:, None] == np.inf
        is_alone = infinite.sum(1, keepdims=True) == 1
        e = np.where(is_infinite, np.where(infinite & ~is_alone, np.nan, infinite), e)
        whole = np.where(is_infinite, 1.0, whole)
    return e / whole


def grid(buffer: Any, start: int, *axes: tuple[int, int]) -> Any:
    """Return the view of rows start + i * step + ..., for one (count, step) an axis."""
    shape, strides = [count for count, _ in axes], [step * buffer.strides[0] for _, step in axes]
    part = buffer[start:]
    return np.lib.stride_tricks.as_strided(part, (*shape, *part.shape[1:]), (*strides, *part.strides[1:]))


def scatter(g: Any, index: Any, order: Any, rows: Any, starts: Any, x: Any) -> None:
    """Add x to g at index. In this order, x has numbers for the same row side by side, from `starts` on."""
    shape = (*index.shape, *g.shape[1:])
    if x.shape != shape:
        x = np.broadcast_to(x, shape)
    if g.size == len(g):
        np.add.at(g.reshape(-1), index.reshape(-1), x.reshape(-1))
    else:
        g[rows] += np.add.reduceat(x.reshape(len(order), -1)[order], starts)


def paired(a: Any, b: Any) -> Any:
    """Return the products of the second axes of a and b, summed over the first and the last: tensordot is slower."""
    a, b = (x.swapaxes(0, 1).reshape(x.shape[1], -1) for x in (a, b))
    return np.dot(a, b.T)


def chosen(i: Any, count: int) -> Any:
    """Return indices as integers, with -1 for those that are out of range."""
    return np.where((i >= 0) & (i < count) & (i == np.floor(i)), i, -1).astype(int)


def gather(x: Any, k: Any) -> Any:
    """Return the columns of x at the indices k, and 0 for those of -1."""
    y = x.T[k].swapaxes(1, 2)
    return y if (k >= 0).all() else np.where(k[:, None] >= 0, y, 0.0)


def collect(g: Any, k: Any, count: int) -> Any:
    """Return the sum of the gradients g of a gather for each of so many columns."""
    rows = g.shape[1]
    places = k.ravel() + 1 + (count + 1) * np.arange(rows)[:, None]
    sums = np.bincount(places.ravel(), g.swapaxes(0, 1).ravel(), rows * (count + 1))
    return sums.reshape(rows, count + 1)[:, 1:]


def passed(g: Any, d: Any) -> Any:
    """Return g * d, and 0 where d is 0: no gradient goes to what was not chosen."""
    return np.where(d == 0, 0.0, g * d)
