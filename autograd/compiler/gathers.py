"""Find products of tables with one-hot vectors, which are gathers: the columns of the table at indices.

An index that is an argument is recorded as a one-hot vector, (i >= k) * (i <= k) for each k (see `choice.one_hot`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd.compiler.ir import GATHER, Call, Contract, Part, Statement, View, flat, views
from autograd.ops import greater_equal, less_equal, mul

_Hot = dict[int, tuple[int, float]]  # by row of V: the row i of an index and the number k, where it holds (i == k)


def with_gathers(parts: Sequence[Part], constants: Sequence[float], roots: Sequence[tuple[str, int]]) -> Sequence[Part]:
    """Return the statements with gathers, and without those that nothing reads any more, but for the `roots`."""
    hot = _one_hots(parts, constants)
    found: list[Part] = []
    for part in parts:
        found += _gathers(part, hot) if isinstance(part, Statement) and hot else [part]
    return _read_parts(found, roots) if hot else parts


def _one_hots(parts: Sequence[Part], constants: Sequence[float]) -> _Hot:
    bounds: dict[Any, _Hot] = {greater_equal: {}, less_equal: {}}
    hot: _Hot = {}
    for target, value, _ in (part for part in parts if isinstance(part, Statement)):
        if not target.is_batched or not isinstance(value, Call):
            continue
        if value.op in bounds:
            bounds[value.op] |= dict(_compared(target, value.inputs, constants))
        elif value.op is mul and all(isinstance(x, View) for x in value.inputs):
            for row, low, high in zip(*_rows(target, *value.inputs)):
                found = bounds[greater_equal].get(low)
                if found and found == bounds[less_equal].get(high):
                    hot[row] = found
    return hot


def _compared(target: View, inputs: Any, constants: Sequence[float]) -> Iterator[tuple[int, tuple[int, float]]]:
    """Yield the rows of comparisons of an index with constants."""
    i, k = inputs
    if isinstance(i, View) and i.is_batched and isinstance(k, View) and not k.is_batched:
        for row, index, number in zip(*_rows(target, i, k)):
            if number < len(constants):
                yield row, (index, constants[number])


def _rows(target: View, *inputs: View) -> list[list[int]]:
    """Return the rows of a target and its inputs; a single row belongs to all rows of the target."""
    return [np.broadcast_to(x.rows, target.rows.shape).ravel().tolist() for x in (target, *inputs)]


def _gathers(statement: Statement, hot: _Hot) -> list[Statement]:
    """Return a product of tables with one-hot vectors as a gather for each table, any other statement as it is."""
    target, x, adds = statement
    if not isinstance(x, Contract) or x.axes[0] not in ("m", "pm", "nm") or x.axes[1] not in ("mb", "qmb"):
        return [statement]
    count = x.right.rows.shape[-1]
    table, places = x.left.rows.reshape(-1, count), x.right.rows.reshape(-1, count).tolist()
    rows = [[hot.get(place, (-1, -1.0)) for place in row] for row in places]
    target = View(target.buffer, target.rows.reshape(len(rows), len(table)))
    starts = [m for m, (_, k) in enumerate(rows[0]) if k == 0.0]
    gathers = []
    for start, stop in pairwise([0, *starts[1:], count]):
        indices = [row[start][0] for row in rows]
        if any(row[start:stop] != [(i, float(k)) for k in range(stop - start)] for i, row in zip(indices, rows)):
            return [statement]
        gather = Call(GATHER, (View("S", table[:, start:stop]), View("V", np.array(indices))))
        gathers.append(Statement(target, gather, adds or start > 0))
    return gathers


def _read_parts(parts: Sequence[Part], roots: Sequence[tuple[str, int]]) -> list[Part]:
    read, found = set(roots), []
    for part in reversed(parts):
        statements = list(flat([part]))
        if any(not read.isdisjoint(_places(s.target, rounds)) for s, rounds in statements):
            read.update(place for s, rounds in statements for x in views(s.value) for place in _places(x, rounds))
            found.append(part)
    return found[::-1]


def _places(view: View, rounds: int) -> Iterator[tuple[str, int]]:
    return ((view.buffer, row) for row in view.in_rounds(rounds).ravel().tolist())
