"""Run a program on single numbers for each sample, as Python code or as machine code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from autograd.compiler import graphs
from autograd.compiler.arguments import Array, Batch
from autograd.compiler.native import Native, translate
from autograd.compiler.scalars import ScalarProgram
from autograd.compiler.symbols import Symbol
from autograd.compiler.workspace import reduced


class ScalarRunner:
    """Runs a `program`, whose inputs are numbers that all samples have, and those of a sample.

    All samples have the parameters and the `sources`. If there are parameters, they and the sources come first, and
    gradients are summed over the samples.
    """

    def __init__(self, program: ScalarProgram, sources: Sequence[Symbol], params: int | None) -> None:
        self.program, self._sources, self._params = program, sources, params

    @cached_property
    def native(self) -> Native | None:
        """The program as machine code, or None if that is not possible."""
        rows, is_summed = self.program.rows, self._params is not None
        count = len(self._sources) + self._params if self._params is not None else len(rows) - len(self._sources)
        shared, samples = (rows[:count], rows[count:]) if is_summed else (rows[count:], rows[:count])
        return translate(self.program, shared, samples, is_summed)

    def run(
        self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool, is_native: bool
    ) -> tuple[list[Any], list[Array] | None]:
        """Return the values of the roots, and the gradients, by the parameters or by each number of a sample.

        Raise an ArithmeticError where a number is not finite, which is left to the array program.
        """
        shared = np.array([*theta.tolist(), *(x.number for x in self._sources)])
        samples = graphs.samples(batch, arrays)
        if is_native and self.native:
            results, slopes = self.native.run(shared, np.ascontiguousarray(samples.T), with_gradient)
        else:
            try:
                results, slopes = self._by_floats(shared, samples, with_gradient)
            except ValueError as error:  # of a function outside of its domain
                raise ArithmeticError(str(error)) from error
        values = [reduced(row, batch) for row in results]
        if not with_gradient:
            return values, None
        if batch.samples_first:
            return values, [slopes / batch.size if batch.reduction == "mean" else slopes]
        return values, [row.reshape(batch.samples) for row in slopes]

    def _by_floats(self, shared: Array, samples: Array, with_gradient: bool) -> tuple[Array, Array]:
        known, program = shared.tolist(), self.program
        inputs = (known + row if self._params is not None else row + known for row in samples.tolist())
        if not with_gradient:
            return np.array([program.value(numbers) for numbers in inputs]).T, shared
        found = [program.value_and_grad(numbers) for numbers in inputs]
        slopes = np.array([row for _, row in found])
        if np.isnan(slopes).any():
            raise ArithmeticError("a gradient is nan")
        return np.array([values for values, _ in found]).T, slopes.sum(0) if self._params is not None else slopes.T
