"""`JaxProgram`: an array program as a function of JAX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from autograd.compiler.arguments import Array, Batch
from autograd.compiler.ir import JOIN, SUM_TERMS, Call, Contract, Loop, Part, Rows, Statement, View, flat, views
from autograd.compiler.jax_operations import apply, log_sum_exp
from autograd.compiler.jax_rows import Buffer
from autograd.compiler.layout import Layout
from autograd.compiler.lowering import lower
from autograd.compiler.tape import Node
from autograd.ops import logsumexp

_MAX_PIECES = 256  # of the parameters

Read = Callable[[View], Any]
Key = tuple[str, int]  # a buffer, and by how many rows a view of it moves in each round of a loop


class JaxProgram:
    """The statements of a layout, computed by JAX for one sample; `jax.vmap` makes it a program for all."""

    def __init__(self, layout: Layout, roots: Sequence[Node], scalar_nodes: int) -> None:
        self.layout, self.scalar_nodes = layout, scalar_nodes
        self._roots = [View(layout.buffer(root), np.array([layout.row(root)])) for root in roots]
        self._parts = lower(layout)
        self._cuts = _cuts(self._parts, layout.theta)
        self._loops = _plans(self._parts, self._roots, layout.sizes)

    def sample(self, theta: Any, leaves: Any, arguments: Sequence[Any]) -> list[Any]:
        """Return the values of the roots for one sample."""
        layout = self.layout
        dtype = jnp.result_type(float, *arguments, *[x for x in [theta] if len(x)])
        buffers = {name: Buffer(size) for name, size in layout.sizes.items()}
        start = len(layout.constants)
        buffers["S"].write(np.arange(start), np.array(layout.constants, dtype))
        buffers["S"].write(np.arange(start, layout.theta.start), jnp.asarray(leaves, dtype))
        for rows, piece in zip(np.split(layout.leaf_rows("S"), self._cuts), jnp.split(jnp.asarray(theta, dtype), self._cuts)):
            buffers["S"].write(rows, piece)
        buffers["V"].write(np.array(layout.ones, np.intp), np.ones(len(layout.ones), dtype))
        for (_, rows), x in zip(layout.argument_rows, arguments):
            buffers["V"].write(np.arange(rows.start, rows.stop), jnp.asarray(x, dtype))

        def read(view: View) -> Any:
            return buffers[view.buffer].read(view.rows)

        for part in self._parts:
            if isinstance(part, Loop):
                self._loops[id(part)].run(buffers, dtype)
            else:
                _execute(part, buffers[part.target.buffer], read, dtype)
        return [read(root)[0] for root in self._roots]

    def values(self, batch: Batch, theta: Any, leaves: Any, arrays: Sequence[Any]) -> list[Any]:
        """Return the values of the roots for all samples."""
        if not batch.samples_first:
            arrays = [jnp.broadcast_to(x, batch.samples).ravel() for x in arrays]
        else:
            arrays = [jnp.moveaxis(x, 0, -1) for x in arrays]  # a column for each sample is faster
        sample = lambda *xs: self.sample(theta, leaves, xs)  # noqa: E731
        found = jax.vmap(sample, in_axes=-1, axis_size=batch.size)(*arrays)
        return [x.reshape(batch.samples) for x in found]

    @property
    def numbers(self) -> Array:
        """The numbers of the leaves that are no parameters, at this moment."""
        return np.array([leaf.number for leaf in self.layout.leaves])


def _cuts(parts: Sequence[Part], theta: slice) -> list[int]:
    """Return where to cut the parameters so that most views are a piece, whose gradients are then joined, not added."""
    found = {row for s, _ in flat(parts) for x in views(s.value) if x.buffer == "S" for row in (x.rows.min(), x.rows.max() + 1)}
    cuts = [int(row) - theta.start for row in sorted(found) if theta.start < row < theta.stop]
    return cuts if len(cuts) <= _MAX_PIECES else []


def _execute(statement: Statement, buffer: Buffer, read: Read, dtype: Any) -> None:
    target = statement.target
    value = jnp.broadcast_to(jnp.asarray(_value(statement.value, read), dtype), target.rows.shape)
    if statement.adds:
        value = buffer.read(target.rows) + value
    buffer.write(target.rows, value)


def _value(x: Any, read: Read) -> Any:
    """Return the value of an expression; views are `read`."""
    if isinstance(x, View):
        return read(x)
    if isinstance(x, Contract):
        return _contract(read(x.left), read(x.right), x.axes)
    if not isinstance(x, Call):
        return x
    inputs = [_value(each, read) for each in x.inputs]
    if x.op == SUM_TERMS:
        return inputs[0].sum(1)
    if x.op == JOIN:
        return jnp.concatenate(inputs, axis=1)
    if x.op is logsumexp and inputs[0].ndim == 2:
        return log_sum_exp(jnp.asarray(inputs[0]))
    return apply(x.op, inputs)


def _contract(a: Any, b: Any, axes: Sequence[str]) -> Any:
    left, right = (x.removesuffix("b") for x in axes[:2])
    if left == right == "nm" or (axes[0][-1] == axes[1][-1] == "b" and "m" in (left, right)):
        return (a * b).sum(-1)  # XLA is slow at products of as many small vectors as there are entries or samples
    return a @ b if right == "m" else b @ a if left == "m" else b @ a.T


class _LoopPlan:
    """A loop as `jax.lax.scan`: for each place, which rows are `made` in a round, `carried` into it, and `given`."""

    def __init__(self, loop: Loop, outside: dict[str, Rows]) -> None:
        self._loop = loop
        self.made: dict[Key, Rows] = {}
        self.carried: dict[Key, Rows] = {}
        self.given: dict[Key, Rows] = {}
        self.kept: dict[Key, Rows] = {}
        for key in {(s.target.buffer, s.target.step) for s in loop.body}:
            self.made[key] = _rows(s.target for s in loop.body if (s.target.buffer, s.target.step) == key)
        reads = [x for s in loop.body for x in views(s.value) if x.step]
        for key in {(x.buffer, x.step) for x in reads} | self.made.keys():
            made = self.made.get(key, np.arange(0))
            read = np.setdiff1d(_rows(x for x in reads if (x.buffer, x.step) == key), made)
            is_read = np.isin(np.add.outer(np.arange(loop.rounds) * key[1], made), outside[key[0]])
            self.kept[key] = made[is_read[:-1].any(0)]
            before = read[np.isin(read + key[1], made)]
            self.given[key] = np.setdiff1d(read, before)
            self.carried[key] = np.union1d(before, made[is_read[-1]] - key[1])

    def run(self, buffers: dict[str, Buffer], dtype: Any) -> None:
        """Compute all rounds, and write the rows that are read elsewhere."""
        rounds, keys = self._loop.rounds, list(self.carried)

        def in_rounds(key: Key, rows: Rows) -> Rows:
            return np.add.outer(np.arange(rounds) * key[1], rows)

        start = [jnp.asarray(buffers[key[0]].read(self.carried[key]), dtype) for key in keys]
        given = [jnp.asarray(buffers[key[0]].read(in_rounds(key, self.given[key])), dtype) for key in keys]

        fixed = {x.key: buffers[x.buffer].read(x.rows) for s in self._loop.body for x in views(s.value) if not x.step}

        def one_round(carry: Sequence[Any], given: Sequence[Any]) -> tuple[list[Any], list[Any]]:
            local = {key: Buffer(buffers[key[0]].size) for key in keys}
            for key, before, xs in zip(keys, carry, given):
                local[key].write(self.carried[key], before)
                local[key].write(self.given[key], xs)

            def read(view: View) -> Any:
                return local[view.buffer, view.step].read(view.rows) if view.step else fixed[view.key]

            for statement in self._loop.body:
                _execute(statement, local[statement.target.buffer, statement.target.step], read, dtype)
            after = [local[key].read(self.carried[key] + key[1]) for key in keys]
            return after, [local[key].read(self.kept[key]) for key in keys]

        last, found = jax.lax.scan(one_round, start, given, rounds)
        for key, after, array in zip(keys, last, found):
            buffers[key[0]].write(self.carried[key] + rounds * key[1], after)
            buffers[key[0]].write(in_rounds(key, self.kept[key]), array)


def _plans(parts: Sequence[Part], roots: Sequence[View], sizes: dict[str, int]) -> dict[int, _LoopPlan]:
    """Return the plans of the loops, by their identity."""
    readers = {name: np.zeros(size, int) for name, size in sizes.items()}
    reads = [_reads(part, readers) for part in parts] + [{x.buffer: x.rows} for x in roots]
    for each in reads:
        for name, rows in each.items():
            readers[name][rows] += 1
    found = {}
    for part, mine in zip(parts, reads):
        if isinstance(part, Loop):
            for name, rows in mine.items():
                readers[name][rows] -= 1
            found[id(part)] = _LoopPlan(part, {name: np.flatnonzero(count) for name, count in readers.items()})
            for name, rows in mine.items():
                readers[name][rows] += 1
    return found


def _reads(part: Part, names: Iterable[str]) -> dict[str, Rows]:
    """Return the rows that a part reads, by buffers."""
    rounds, body = (part.rounds, part.body) if isinstance(part, Loop) else (1, [part])
    read = [x for s in body for x in (*views(s.value), *([s.target] if s.adds else []))]
    return {name: _rows((x for x in read if x.buffer == name), rounds) for name in names}


def _rows(found: Iterable[View], rounds: int = 1) -> Rows:
    return np.unique(np.concatenate([np.arange(0), *(x.in_rounds(rounds).ravel() for x in found)]))
