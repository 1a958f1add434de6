"""Buffers for an array program, and calls of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.arrays.arguments import Array, Batch
from autograd.arrays.program import Program

_MOST_BATCHES = 4  # kinds of batches for which buffers are kept


class Workspace:
    """Buffers for a batch, a program bound to them, and the views by which a call fills and reads them.

    `shapes` are those of the arguments for one sample, and `theta` are the rows of the parameters in S.
    """

    def __init__(self, program: Program, batch: Batch, shapes: Sequence[tuple[int, ...]], theta: slice) -> None:
        self.S, self.V, gS, gV, self.forward, self.backward = program.bound(batch.size)
        self.batch, self.roots, self.leaves = batch, program.roots, program.layout.leaves
        self._ones = np.ones(batch.size)
        self._theta, self._free = self.S[theta], self.S[len(program.layout.constants) : theta.start]
        self._inputs, row = [], 0
        for shape in shapes:
            rows = self.V[row : row + math.prod(shape)]
            inputs = rows.reshape((*shape, *batch.samples))
            self._inputs.append(np.moveaxis(inputs, -1, 0) if batch.samples_first else inputs)
            row += len(rows)
        self._gradients = [gS[theta]] if batch.samples_first else [gV[i].reshape(batch.samples) for i in range(row)]
        is_mean, is_one = batch.reduction == "mean", self.roots[0][0] == "S"  # number that all samples have
        self._seed = 1 / batch.size if is_mean and not is_one else batch.size if is_one and not is_mean else 1.0

    def load(self, arrays: Sequence[Array], theta: Array) -> None:
        """Write the arguments, the other numbers that are read, and the parameters into their rows."""
        for rows, array in zip(self._inputs, arrays):
            rows[...] = array
        if self.leaves:
            self._free[...] = [leaf._data for leaf in self.leaves]
        self._theta[...] = theta

    def run(self, with_gradient: bool) -> tuple[list[Any], list[Array] | None]:
        """Return the values of the roots, and the gradients, by the parameters or by each number of a sample."""
        with np.errstate(all="ignore"):
            if with_gradient:
                self.backward(self._seed)
            else:
                self.forward()
            values = [self._output(*root) for root in self.roots]
        return values, [g.copy() for g in self._gradients] if with_gradient else None

    def _output(self, buffer: str, row: int) -> Any:
        samples, _, reduction = self.batch
        if reduction is None:
            numbers = self.V[row].copy() if buffer == "V" else np.full(self.batch.size, self.S[row])
            return numbers.reshape(samples) if samples else float(numbers[0])
        if buffer == "S":
            return float(self.S[row]) * (1 if reduction == "mean" else self.batch.size)
        total = float(np.dot(self.V[row], self._ones))
        return total / len(self._ones) if reduction == "mean" else total


class Runner:
    """Runs a `program` on arguments that have `shapes` for one sample; its parameters are the rows `theta` of S.

    Workspaces are made for each kind of batch, and kept. A call takes one and gives it back, so that calls in several
    threads do not share any.
    """

    def __init__(self, program: Program, shapes: Sequence[tuple[int, ...]], theta: slice) -> None:
        self.program, self._shapes, self._theta = program, shapes, theta
        self._free: dict[Batch, list[Workspace]] = {}

    def run(
        self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool
    ) -> tuple[list[Any], list[Array] | None]:
        """Return the values of the roots, and the gradients, by the parameters or by each number of a sample."""
        free = self._free_for(batch)
        try:
            space = free.pop()
        except IndexError:
            space = Workspace(self.program, batch, self._shapes, self._theta)
        space.load(arrays, theta)
        found = space.run(with_gradient)
        free.append(space)
        return found

    def _free_for(self, batch: Batch) -> list[Workspace]:
        """Return the workspaces for a kind of batch that no call uses."""
        found = self._free.get(batch)
        if found is None:  # the dict is replaced and not cut, since other threads may be reading it
            self._free = dict(list(self._free.items())[1 - _MOST_BATCHES :])
            found = self._free.setdefault(batch, [])
        return found
