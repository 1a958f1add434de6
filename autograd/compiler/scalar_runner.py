"""Run a program on single numbers for each sample, as Python code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiler import graphs
from autograd.compiler.arguments import Array, Batch
from autograd.compiler.scalars import ScalarProgram
from autograd.compiler.symbols import Symbol
from autograd.compiler.workspace import reducer


class ScalarRunner:
    """Runs a `program`, whose inputs are numbers that all samples have, and those of a sample.

    All samples have the parameters and the `sources`. If there are parameters, they and the sources come first, and
    gradients `are_summed` over the samples.
    """

    def __init__(self, program: ScalarProgram, sources: Sequence[Symbol], are_summed: bool) -> None:
        self._program, self._sources, self._are_summed = program, sources, are_summed

    def run(
        self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool
    ) -> tuple[list[Any], list[Array] | None]:
        """Return the values of the roots, and the gradients, by the parameters or by each number of a sample.

        Raise an ArithmeticError where a number is not finite, which is left to the array program.
        """
        shared = [*theta.tolist(), *(x.number for x in self._sources)]
        samples = graphs.samples(batch, arrays).tolist()
        try:
            inputs = [shared + row if self._are_summed else row + shared for row in samples]
            return self._run(inputs, batch, with_gradient)
        except ValueError as error:  # a function was called outside its domain
            raise ArithmeticError(str(error)) from error

    def _run(
        self, inputs: Sequence[Sequence[float]], batch: Batch, with_gradient: bool
    ) -> tuple[list[Any], list[Array] | None]:
        if not with_gradient:
            return [*map(reducer(batch), np.array([*map(self._program.value, inputs)]).T)], None
        results, rows = zip(*map(self._program.value_and_grad, inputs))
        values, slopes = [*map(reducer(batch), np.array(results).T)], np.array(rows)
        if np.isnan(slopes).any():
            raise ArithmeticError("a gradient is nan")
        if self._are_summed:
            return values, [slopes.sum(0) / (batch.size if batch.reduction == "mean" else 1)]
        return values, [row.reshape(batch.samples) for row in slopes.T]
