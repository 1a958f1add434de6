"""The adjoint of a program: statements that carry gradients from its first root back to the leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd.compiler.branches import follow
from autograd.compiler.ir import (
    COLLECT,
    GATHER,
    JOIN,
    PART,
    PASS,
    SEED,
    SOFTMAX,
    SPREAD,
    SUM_ENTRIES,
    SUM_SAMPLES,
    SUM_TERMS,
    Call,
    Contract,
    Expression,
    Loop,
    Part,
    Rows,
    Statement,
    View,
    is_batched,
    runs,
    slope_of,
    views,
)
from autograd.ops import COMPARISONS, logsumexp, mul, where

_GAP = 16  # distance of rows up to which one statement sets all of them to 0, and those between them
_MAX_ZEROS = 8  # such statements for a buffer, else the distance is larger


def adjoint(parts: Sequence[Part], sizes: dict[str, int], root: View, wanted: View) -> list[Part]:
    """Return the statements that compute the gradients of the `root` times the seed, at the rows that are `wanted`.

    `sizes` are the numbers of rows of both buffers.
    """
    return _Adjoint(parts, sizes, wanted).parts(root)


class _Adjoint:
    """Knows which rows need a gradient, and to which something was sent already.

    What is sent to a row first is stored, what follows is added. Rows to which nothing was sent when they are read, or
    to which a loop adds in several rounds, start from 0.
    """

    def __init__(self, parts: Sequence[Part], sizes: dict[str, int], wanted: View) -> None:
        self._forward, self._wanted = parts, wanted
        self._needed = {name: np.zeros(size, bool) for name, size in sizes.items()}
        self._touched = {f"g{name}": np.zeros(size, bool) for name, size in sizes.items()}
        self._zeros: dict[str, list[int]] = {name: [] for name in self._touched}
        self._rounds = 1  # of the loop that is being written
        self._entries = 1  # of the statement whose adjoint is being written
        self._written: list[Any] = []

    def parts(self, root: View) -> list[Part]:
        """Return the statements of the backward pass."""
        self._needed[self._wanted.buffer][self._wanted.rows] = True
        self._mark(self._forward)
        self._touched[root.gradient.buffer][root.rows] = True
        self._written.append(Statement(root.gradient, Call(SEED, ())))
        for part in reversed(self._forward):
            if isinstance(part, Loop):
                self._loop(part)
            else:
                self._statement(part)
        self._touch(self._wanted.gradient.buffer, self._wanted.rows)
        zeros = [
            Statement(View(name, np.arange(start, stop)), 0.0)
            for name, numbers in self._zeros.items()
            for start, stop in _ranges(sorted(numbers))
        ]
        return [*zeros, *self._written]

    def _mark(self, parts: Iterable[Part], rounds: int = 1) -> None:
        """Mark the rows that need a gradient, because they are computed from rows that do."""
        for part in parts:
            if isinstance(part, Loop):
                before = -1
                while before < (before := int(self._needed["S"].sum() + self._needed["V"].sum())):
                    self._mark(part.body, part.rounds)
            elif isinstance(part.value, Call) and part.value.op in COMPARISONS:
                continue
            elif any(self._needed[x.buffer][x.in_rounds(rounds)].any() for x in views(part.value)):
                self._needed[part.target.buffer][part.target.in_rounds(rounds)] = True

    def _loop(self, loop: Loop) -> None:
        """Write the adjoint of a loop: its rounds backward, each with the adjoints of its statements."""
        outer, self._written, self._rounds = self._written, [], loop.rounds
        made = {(s.target.buffer, row) for s in loop.body for row in s.target.rows.flat}
        for view in (x for s in loop.body for x in views(s.value)):
            carried = [row for row in view.rows.flat if (view.buffer, row + view.step) in made and view.step]
            if carried and self._needs(view):
                rows = View(view.buffer, np.array(carried), view.step).in_rounds(loop.rounds + 1)
                self._touch(f"g{view.buffer}", rows)
        for statement in reversed(loop.body):
            self._statement(statement)
        if self._written:
            outer.append(Loop(loop.rounds, self._written, loop))
        self._written, self._rounds = outer, 1

    def _statement(self, statement: Statement) -> None:
        g = statement.target.gradient
        rows = g.in_rounds(self._rounds)
        if self._needed[statement.target.buffer][rows].any() and self._touched[g.buffer][rows].any():
            self._touch(g.buffer, rows)
            self._entries = g.rows.size
            self._pull(statement.value, g, statement.target, is_whole=not statement.adds)

    def _pull(self, x: Any, g: Any, y: View | Call, is_whole: bool = True) -> None:
        """Send the gradient `g` that arrived at the expression `x` on to what it reads; its value is `y`."""
        if isinstance(x, View):
            if self._needs(x):
                self._send(x, g)
        elif isinstance(x, Contract):
            self._pull_product(x, g)
        elif isinstance(x, Call) and any(map(self._needs, views(x))):
            if x.op == SUM_TERMS:
                (view,) = x.inputs
                self._send(view, Call(SPREAD, (g, float(view.rows.shape[1]))))
            elif x.op == GATHER:
                table, index = x.inputs
                if self._needs(table):
                    self._add(table.gradient, Call(COLLECT, (g, index, float(table.rows.shape[1]))))
            elif x.op is logsumexp:
                self._pull_logsumexp(x, g, y)
            else:
                self._pull_operation(x, g, y if is_whole else x)

    def _pull_operation(self, x: Call, g: Any, y: Any) -> None:
        op = x.op
        try:
            row = follow(lambda: op.partials(x.inputs, y))
        except Exception:  # the rule takes nothing but floats
            row = [Call(slope_of(op), (float(i), *x.inputs)) for i in range(len(x.inputs))]
        op.check_row(row, len(x.inputs))
        for i, (each, partial) in enumerate(zip(x.inputs, row)):
            if i in op.constants or not any(map(self._needs, views(each))):
                continue
            if op is where:
                options = [g, 0.0] if i == 1 else [0.0, g]
                sent = Call(where, (x.inputs[0], *options))
            elif op.chooses:
                sent = Call(PASS, (g, _number(partial)))
            else:
                sent = mul(g, _number(partial))
            self._pull(each, sent, each)

    def _pull_logsumexp(self, x: Call, g: Any, y: Any) -> None:
        shares = Call(SOFTMAX, (*x.inputs, y))
        if not _is_matrix(x.inputs[0]):
            for i, each in enumerate(x.inputs):
                self._pull(each, mul(g, Call(PART, (shares, float(i), float(i + 1)))), each)
            return
        (terms,) = x.inputs
        sent = Call(mul, (Call(SPREAD, (g, 1.0)), shares))
        if isinstance(terms, View):
            self._send(terms, sent)
            return
        start = 0
        for view in terms.inputs:
            stop = start + view.rows.shape[1]
            if self._needs(view):
                self._send(view, Call(PART, (sent, float(start), float(stop))))
            start = stop

    def _pull_product(self, x: Contract, g: Any) -> None:
        a, b, result = x.axes
        if is_batched(g) and "b" not in result:
            g = Call(SUM_SAMPLES, (g,))
        for view, to, other, by in ((x.left, a, x.right, b), (x.right, b, x.left, a)):
            if self._needs(view):
                needed = self._needed[view.buffer][view.in_rounds(self._rounds)]
                terms = needed.reshape(-1, view.rows.shape[-1]).any(0)
                factor = Contract(g, _columns(other, terms), (result, by, to), x.sizes)
                self._add(_columns(view, terms).gradient, factor)

    def _needs(self, view: View) -> bool:
        return bool(self._needed[view.buffer][view.in_rounds(self._rounds)].any())

    def _send(self, view: View, sent: Any) -> None:
        """Add what is `sent` to the gradients of a view, summed over the axes that it does not have."""
        if is_batched(sent) and not view.is_batched:
            sent = Call(SUM_SAMPLES, (sent,))
        if view.rows.shape == (1,) and self._entries > 1:
            sent = Call(SUM_ENTRIES, (sent,))
        self._add(view.gradient, sent)

    def _add(self, target: View, sent: Any) -> None:
        rows = target.in_rounds(self._rounds)
        touched = self._touched[target.buffer]
        is_distinct = target.is_distinct if rows is target.rows else len(np.unique(rows)) == rows.size
        if is_distinct and not touched[rows].any() and (target.step or self._rounds == 1):
            touched[rows] = True
            self._written.append(Statement(target, sent))
        else:
            self._touch(target.buffer, rows)
            self._written.append(Statement(target, sent, adds=True))

    def _touch(self, buffer: str, rows: Rows) -> None:
        """See to it that those of the gradients at `rows` start from 0 to which nothing was sent yet."""
        rows = np.unique(rows)
        untouched = rows[~self._touched[buffer][rows]]
        self._touched[buffer][untouched] = True
        self._zeros[buffer] += untouched.tolist()


def _ranges(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return a few ranges that contain all of the rows, and others if need be."""
    gap, found = _GAP, runs(rows, _GAP)
    while len(found) > _MAX_ZEROS:
        gap *= 2
        found = runs(rows, gap)
    return found


def _columns(view: View, terms: Any) -> View:
    """Return a view of some of the terms."""
    return view if terms.all() else View(view.buffer, view.rows[..., terms], view.step)


def _is_matrix(x: Any) -> bool:
    return x.rows.ndim == 2 if isinstance(x, View) else isinstance(x, Call) and x.op == JOIN


def _number(x: Any) -> Any:
    return x if isinstance(x, Expression) else float(x)
