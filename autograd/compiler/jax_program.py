"""`JaxProgram`: an array program as a function of JAX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
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
from autograd.terminal import printed

_MAX_PIECES = 256  # of the parameters

Buffers = dict[str, Buffer]
Read = Callable[[View], Any]
Key = tuple[str, int]  # a buffer, and by how many rows its views move in each round of a loop


@printed
class JaxProgram:
    """The statements of a layout as a function for one sample, which JAX maps over all. It prints as a jaxpr.

    JAX differentiates it by the rules of the operations.
    """

    def __init__(self, layout: Layout, roots: Sequence[Node], scalar_nodes: int) -> None:
        self.layout, self.scalar_nodes = layout, scalar_nodes
        self._roots = [View(layout.buffer(root), np.array([layout.row(root)])) for root in roots]
        self._parts = lower(layout)
        self._cuts = _cuts(self._parts, layout.theta)
        self._scans = _scans(self._parts, self._roots, layout.sizes)

    @property
    def numbers(self) -> Array:
        """The numbers of the leaves that are no parameters, at this moment."""
        return np.array([leaf.number for leaf in self.layout.leaves])

    def values(self, batch: Batch, theta: Any, leaves: Any, arrays: Sequence[Any]) -> list[Any]:
        """Return the values of the roots for all samples."""
        if batch.samples_first:
            arrays = [jnp.moveaxis(x, 0, -1) for x in arrays]  # samples as columns are faster
        else:
            arrays = [jnp.broadcast_to(x, batch.samples).ravel() for x in arrays]
        sample = jax.vmap(lambda *xs: self.sample(theta, leaves, xs), in_axes=-1, axis_size=batch.size)
        return [x.reshape(batch.samples) for x in sample(*arrays)]

    def sample(self, theta: Any, leaves: Any, arguments: Sequence[Any]) -> list[Any]:
        """Return the values of the roots for one sample."""
        dtype = jnp.result_type(float, *arguments, *[x for x in [theta] if len(x)])
        buffers = self._filled(theta, leaves, arguments, dtype)

        def read(view: View) -> Any:
            return buffers[view.buffer].read(view.rows)

        scans = iter(self._scans)
        for part in self._parts:
            if isinstance(part, Loop):
                next(scans).run(buffers, dtype)
            else:
                _execute(part, buffers[part.target.buffer], read, dtype)
        return [read(root)[0] for root in self._roots]

    def _filled(self, theta: Any, leaves: Any, arguments: Sequence[Any], dtype: Any) -> Buffers:
        """Return buffers with the constants, the leaves, the parameters and the arguments in their rows."""
        layout, count = self.layout, len(self.layout.constants)
        buffers = {name: Buffer(size) for name, size in layout.sizes.items()}
        numbers, samples = buffers["S"], buffers["V"]
        numbers.write(np.arange(count), np.array(layout.constants, dtype))
        numbers.write(np.arange(count, layout.theta.start), jnp.asarray(leaves, dtype))
        whole = jnp.asarray(theta, dtype)
        pieces = jnp.split(whole, self._cuts) if self._cuts else [whole]
        for rows, piece in zip(np.split(layout.leaf_rows("S"), self._cuts), pieces):
            numbers.write(rows, piece)
        samples.write(np.array([*layout.fixed], np.intp), np.array([*layout.fixed.values()], dtype))
        for (_, place), x in zip(layout.argument_rows, arguments):
            samples.write(np.arange(place.start, place.stop), jnp.asarray(x, dtype))
        return buffers

    @cached_property
    def _jaxpr(self) -> Any:
        layout = self.layout
        sizes = [place.stop - place.start for _, place in layout.argument_rows]
        theta, leaves, *arguments = (
            jax.ShapeDtypeStruct((size,), jnp.result_type(float))
            for size in (layout.theta.stop - layout.theta.start, len(layout.leaves), *sizes)
        )
        return jax.make_jaxpr(self.sample)(theta, leaves, arguments)

    @property
    def statements(self) -> list[str]:
        """The equations of the jaxpr for one sample."""
        return [str(equation) for equation in self._jaxpr.eqns]

    @property
    def source(self) -> str:
        """The jaxpr for one sample."""
        return str(self._jaxpr)

    def __getstate__(self) -> dict[str, Any]:
        return {name: x for name, x in vars(self).items() if name != "_jaxpr"}  # which cannot be pickled

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<program of JAX for {self.scalar_nodes:,} scalar nodes>"


def _execute(statement: Statement, buffer: Buffer, read: Read, dtype: Any) -> None:
    target = statement.target
    value = jnp.broadcast_to(jnp.asarray(_value(statement.value, read), dtype), target.rows.shape)
    buffer.write(target.rows, buffer.read(target.rows) + value if statement.adds else value)


def _value(x: Any, read: Read) -> Any:
    """Return the value of an expression; views are `read`."""
    if isinstance(x, Contract):
        return _contract(read(x.left), read(x.right), x.axes)
    if not isinstance(x, Call):
        return read(x) if isinstance(x, View) else x
    inputs = [_value(each, read) for each in x.inputs]
    if x.op == SUM_TERMS:
        return inputs[0].sum(1)
    if x.op == JOIN:
        return jnp.concatenate(inputs, axis=1)
    is_matrix = x.op is logsumexp and inputs[0].ndim == 2
    return log_sum_exp(jnp.asarray(inputs[0])) if is_matrix else apply(x.op, inputs)


def _contract(a: Any, b: Any, axes: Sequence[str]) -> Any:
    left, right = (x.removesuffix("b") for x in axes[:2])
    if left == right == "nm" or (axes[0][-1] == axes[1][-1] == "b" and "m" in (left, right)):
        return (a * b).sum(-1)  # XLA is slow at products of as many small vectors as there are entries or samples
    return a @ b if right == "m" else b @ a if left == "m" else b @ a.T


def _cuts(parts: Sequence[Part], theta: slice) -> list[int]:
    """Return where to cut the parameters, so that most views are a piece: their gradients are joined, and not added."""
    reads = (x.rows for s, _ in flat(parts) for x in views(s.value) if x.buffer == "S")
    ends = {int(row) for rows in reads for row in (rows.min(), rows.max() + 1)}
    cuts = [row - theta.start for row in sorted(ends) if theta.start < row < theta.stop]
    return cuts if len(cuts) <= _MAX_PIECES else []


class _Scan:
    """A loop as `jax.lax.scan`. Rows of the first round are `carried` into it, `given` to it, or `kept` of it.

    The rows that are kept are read elsewhere. Those that are carried include what is read of the last round only.
    """

    def __init__(self, loop: Loop, outside: dict[str, Rows]) -> None:
        self._loop = loop
        self._carried: dict[Key, Rows] = {}
        self._given: dict[Key, Rows] = {}
        self._kept: dict[Key, Rows] = {}
        targets, moving = [s.target for s in loop.body], [x for s in loop.body for x in views(s.value) if x.step]
        for key in dict.fromkeys((x.buffer, x.step) for x in [*targets, *moving]):
            made, read = (_rows(x for x in found if (x.buffer, x.step) == key) for found in (targets, moving))
            is_read = np.isin(self._in_rounds(key, made), outside[key[0]])
            before = np.setdiff1d(read[np.isin(read + key[1], made)], made)
            self._carried[key] = np.union1d(before, made[is_read[-1]] - key[1])
            self._given[key] = np.setdiff1d(read, [*made, *before])
            self._kept[key] = made[is_read[:-1].any(0)]

    def _in_rounds(self, key: Key, rows: Rows) -> Rows:
        return np.add.outer(np.arange(self._loop.rounds) * key[1], rows)

    def run(self, buffers: Buffers, dtype: Any) -> None:
        """Compute all rounds, and write the rows that are read elsewhere."""
        keys, body = list(self._carried), self._loop.body
        fixed = {x.key: buffers[x.buffer].read(x.rows) for s in body for x in views(s.value) if not x.step}

        def one_round(carry: Sequence[Any], given: Sequence[Any]) -> tuple[list[Any], list[Any]]:
            local = {key: Buffer(buffers[key[0]].size) for key in keys}
            for key, before, xs in zip(keys, carry, given):
                local[key].write(self._carried[key], before)
                local[key].write(self._given[key], xs)

            def read(view: View) -> Any:
                return local[view.buffer, view.step].read(view.rows) if view.step else fixed[view.key]

            for statement in body:
                _execute(statement, local[statement.target.buffer, statement.target.step], read, dtype)
            after = [local[key].read(self._carried[key] + key[1]) for key in keys]
            return after, [local[key].read(self._kept[key]) for key in keys]

        start = [jnp.asarray(buffers[key[0]].read(self._carried[key]), dtype) for key in keys]
        given = [jnp.asarray(buffers[key[0]].read(self._in_rounds(key, self._given[key])), dtype) for key in keys]
        last, found = jax.lax.scan(one_round, start, given, self._loop.rounds)
        for key, after, array in zip(keys, last, found):
            buffers[key[0]].write(self._carried[key] + self._loop.rounds * key[1], after)
            buffers[key[0]].write(self._in_rounds(key, self._kept[key]), array)


def _scans(parts: Sequence[Part], roots: Sequence[View], sizes: dict[str, int]) -> list[_Scan]:
    """Return the loops, each of which knows what is read outside of it."""
    readers = {name: np.zeros(size, int) for name, size in sizes.items()}
    reads = [_reads(part, sizes) for part in parts] + [{x.buffer: x.rows} for x in roots]
    for name, rows in (item for each in reads for item in each.items()):
        readers[name][rows] += 1
    found = []
    for part, mine in zip(parts, reads):
        if isinstance(part, Loop):
            others = {name: readers[name] - np.isin(np.arange(size), mine[name]) for name, size in sizes.items()}
            found.append(_Scan(part, {name: np.flatnonzero(count) for name, count in others.items()}))
    return found


def _reads(part: Part, names: Iterable[str]) -> dict[str, Rows]:
    """Return the rows that a part reads, by buffers."""
    rounds, body = (part.rounds, part.body) if isinstance(part, Loop) else (1, [part])
    read = [x for s in body for x in (*views(s.value), *([s.target] if s.adds else []))]
    return {name: _rows((x for x in read if x.buffer == name), rounds) for name in names}


def _rows(found: Iterable[View], rounds: int = 1) -> Rows:
    return np.unique(np.concatenate([np.arange(0), *(x.in_rounds(rounds).ravel() for x in found)]))
