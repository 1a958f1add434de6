"""Allocate buffers for an array program, and call it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import Context
from functools import lru_cache, partial
from typing import Any

import numpy as np

from autograd.compiler.arguments import Array, Batch
from autograd.compiler.program import Program

_MOST_BATCHES = 4  # kinds of batches for which buffers are kept
_CACHE = 1 << 20  # bytes of buffers that stay in the cache of a processor
_MIN_BLOCK = 512  # samples: each statement takes some time to call


class Space:
    """Buffers for a batch, and what computes in them: the `outputs` and the `gradients`, which are views of buffers."""

    outputs: Sequence[Array]
    gradients: Sequence[Array]

    def __init__(self, batch: Batch) -> None:
        self.batch, self._reduced = batch, reducer(batch)

    def load(self, arrays: Sequence[Array], theta: Array) -> None:
        """Write the arguments, the parameters, and the other numbers that are read, into their rows."""
        raise NotImplementedError

    def compute(self, with_gradient: bool) -> None:
        """Compute the `outputs`, and the `gradients` if they are asked for."""
        raise NotImplementedError

    def run(self, with_gradient: bool) -> tuple[list[Any], list[Array] | None]:
        """Return the values of the roots, and the gradients, by the parameters or by each number of a sample."""
        self.compute(with_gradient)
        values = [*map(self._reduced, self.outputs)]
        return values, [g.copy() for g in self.gradients] if with_gradient else None


class Workspace(Space):
    """Buffers for a batch, a program bound to them, and the views by which a call fills and reads them.

    `shapes` are those of the arguments for one sample.
    """

    def __init__(self, program: Program, batch: Batch, shapes: Sequence[tuple[int, ...]]) -> None:
        super().__init__(batch)
        self.S, self.V, gS, gV, self.forward, self.backward = program.bound(batch.size)
        layout = program.layout
        self.leaves = layout.leaves
        self.outputs = [(self.S, self.V)[buffer == "V"][row, ...] for buffer, row in program.roots]
        self._quietly = _quiet_caller(program.has_own)
        self._free, self._theta = self.S[len(layout.constants) : layout.theta.start], self.S[layout.theta]
        self._inputs = [argument_view(self.V[rows], x, batch) for (_, rows), x in zip(layout.argument_rows, shapes)]
        by_arguments = (gV[row].reshape(batch.samples) for row in layout.leaf_rows("V"))
        self.gradients = [gS[layout.theta]] if batch.samples_first else list(by_arguments)
        is_mean, is_one = batch.reduction == "mean", program.roots[0][0] == "S"  # number that all samples have
        self._seed = 1 / batch.size if is_mean and not is_one else batch.size if is_one and not is_mean else 1.0

    def load(self, arrays: Sequence[Array], theta: Array) -> None:
        """Write the arguments, the other numbers that are read, and the parameters into their rows."""
        for rows, array in zip(self._inputs, arrays):
            rows[...] = array
        if self.leaves:
            self._free[...] = [leaf.number for leaf in self.leaves]
        self._theta[...] = theta

    def run(self, with_gradient: bool) -> tuple[list[Any], list[Array] | None]:
        """Return the values and the gradients, without warnings of NumPy."""
        found: tuple[list[Any], list[Array] | None] = self._quietly(super().run, with_gradient)
        return found

    def compute(self, with_gradient: bool) -> None:
        """Compute the `outputs`, and the `gradients` if they are asked for."""
        if with_gradient:
            self.backward(self._seed)
        else:
            self.forward()


class Blocks:
    """Computes a large batch in blocks of samples whose buffers stay in the cache; the last one may be smaller.

    `make` makes the buffers for a block, and `count` is the number of its outputs.
    """

    def __init__(
        self, make: Callable[[Batch], Space], count: int, batch: Batch, size: int, has_own: bool = False
    ) -> None:
        self.batch, self._count = batch, count
        self._blocks = [slice(start, min(start + size, batch.size)) for start in range(0, batch.size, size)]
        parts = {x.stop - x.start: Batch((x.stop - x.start,), batch.samples_first, None) for x in self._blocks}
        self._spaces = {n: make(part) for n, part in parts.items()}
        self._reduced, self._quietly = reducer(batch), _quiet_caller(has_own)

    def load(self, arrays: Sequence[Array], theta: Array) -> None:
        """Keep the arguments, with a single axis for the samples, and the parameters."""
        samples = self.batch.samples
        columns = arrays if self.batch.samples_first else [np.broadcast_to(x, samples).reshape(-1) for x in arrays]
        self._columns, self._theta = columns, theta

    def run(self, with_gradient: bool) -> tuple[list[Any], list[Array] | None]:
        """Return the values of the roots, and the gradients, by the parameters or by each number of a sample."""
        found: tuple[list[Any], list[Array] | None] = self._quietly(self._run, with_gradient)
        return found

    def _run(self, with_gradient: bool) -> tuple[list[Any], list[Array] | None]:
        batch, is_summed = self.batch, self.batch.samples_first
        values = np.empty((self._count, batch.size))
        gradients = np.zeros((1, len(self._theta)) if is_summed else (len(self._columns), batch.size))
        for block in self._blocks:
            space = self._spaces[block.stop - block.start]
            space.load([x[block] for x in self._columns], self._theta)
            space.compute(with_gradient)
            _store(space.outputs, values, block)
            if with_gradient and is_summed:
                gradients += space.gradients
            elif with_gradient:
                _store(space.gradients, gradients, block)
        if is_summed and batch.reduction == "mean":
            gradients /= batch.size
        found = list(gradients) if is_summed else [g.reshape(batch.samples) for g in gradients]
        return [*map(self._reduced, values)], found if with_gradient else None


def _store(parts: Sequence[Array], rows: Array, block: slice) -> None:
    for row, part in zip(rows, parts):
        row[block] = part


def workspace(program: Program, batch: Batch, shapes: Sequence[tuple[int, ...]]) -> Workspace | Blocks:
    """Return a workspace for a batch, or blocks of samples that stay in the cache and have more numbers than S."""
    s, v = program.layout.sizes.values()
    size = max(_MIN_BLOCK, _CACHE // (16 * max(v, 1)), 4 * s // max(v, 1))
    make = partial(Workspace, program, shapes=shapes)
    return make(batch) if batch.size < 2 * size else Blocks(make, len(program.roots), batch, size, program.has_own)


def argument_view(rows: Array, shape: tuple[int, ...], batch: Batch) -> Array:
    """Return the view of rows, one for each number of a sample, that has the axes of an argument."""
    view = rows.reshape((*shape, *batch.samples))
    return np.moveaxis(view, -1, 0) if batch.samples_first else view


def reducer(batch: Batch) -> Callable[[Array], Any]:
    """Return the function from the numbers of a root, a single one where all samples have the same, to its value."""
    samples, _, reduction = batch
    if reduction is None and not samples:
        return lambda numbers: float(numbers.reshape(()))
    if reduction is None:
        return lambda numbers: np.full(samples, numbers.reshape(samples) if numbers.ndim else numbers)
    ones, count = np.ones(batch.size), batch.size if reduction == "mean" else 1
    return lambda numbers: float(numbers.dot(ones) if numbers.ndim else numbers * batch.size) / count


def _quiet_caller(has_own: bool) -> Callable[..., Any]:
    """Return what calls a function in which NumPy says nothing of infinities and nan.

    A context that has nothing else in it is entered faster than np.errstate; operations of users may read the context
    of the caller, so they stay in it.
    """
    if has_own:
        return _called_with_errstate
    quiet = Context()
    quiet.run(np.seterr, all="ignore")
    return quiet.run


def _called_with_errstate(function: Callable[..., Any], *args: Any) -> Any:
    with np.errstate(all="ignore"):
        return function(*args)


class Runner:
    """Runs a program in workspaces that `make` makes.

    Workspaces are made for each kind of batch, and kept for those used last. A call takes one and gives it back, so
    that calls in several threads do not share any.
    """

    def __init__(self, make: Callable[[Batch], Space | Blocks]) -> None:
        self._make = make
        self._free: Callable[[Batch], list[Space | Blocks]] = lru_cache(_MOST_BATCHES)(lambda batch: [])

    def run(
        self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool
    ) -> tuple[list[Any], list[Array] | None]:
        """Return the values of the roots, and the gradients, by the parameters or by each number of a sample."""
        free = self._free(batch)
        try:
            space = free.pop()
        except IndexError:
            space = self._make(batch)
        space.load(arrays, theta)
        found = space.run(with_gradient)
        free.append(space)
        return found
