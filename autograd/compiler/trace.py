"""Record a function once, for one sample, and compile it for all samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from autograd import structure
from autograd.compiler import graphs
from autograd.compiler.argument_checks import ArgumentChecks
from autograd.compiler.arguments import Argument, Array, Batch, Build
from autograd.compiler.layout import Layout
from autograd.compiler.lifting import Lifting, needed
from autograd.compiler.names import plain_name
from autograd.compiler.program import Program
from autograd.compiler.runner import Runner
from autograd.compiler.scalars import ScalarProgram
from autograd.compiler.symbols import Symbol, record
from autograd.compiler.tape import Tape
from autograd.operation import as_float
from autograd.value import Value

_NARROW = 8  # nodes of a group on average, below which Python's floats are faster than arrays of one sample


class Trace:
    """One call of f on symbols for the numbers of a sample, the `leaves`, and what it recorded.

    `arrays` runs it on buffers, for any number of samples. A graph with next to no repetition (`is_narrow`) is computed
    on floats, by `scalars`, where there is only one.
    """

    def __init__(
        self, f: Callable[..., Any], arguments: Sequence[Argument], build: Build, params: Sequence[Value] | None
    ) -> None:
        self.samples_first, self._build = params is not None, build
        self._arguments = [(a.name, a.shape) for a in arguments]
        self.leaves = [Symbol() for argument in arguments for _ in range(math.prod(argument.shape))]
        try:
            result, required = record(f, *build(iter(self.leaves)))
        except Exception as mistake:
            shapes = ", ".join(f"{a.name} of shape {a.array.shape}" for a in arguments)
            mistake.add_note(f"while the function was compiled for {shapes or 'no arguments'}")
            raise
        outputs, self._build_output = structure.flatten(result)
        self.is_single = len(outputs) == 1 and result is outputs[0]
        outputs = [y if isinstance(y, (Symbol, Value)) else as_float(y, "what a function gives") for y in outputs]
        lifted = Lifting(self.leaves, [*outputs, *(x for x, _ in required)])
        self._checks = ArgumentChecks([(lifted[x], r) for x, r in required], self.leaves, arguments)
        self.roots = [lifted.symbol(y) for y in outputs]
        self.params = [lifted.symbol(p) for p in params or ()]
        self._nodes, self._order = lifted.nodes, needed(lifted.nodes, self.roots)
        self._tape = Tape(self._order, self.roots, self.leaves)
        self._has_choices = graphs.has_choices(self._order)
        groups = len({(entry.level, entry.op) for entry in self._tape.entries})
        self.is_narrow = len(self._order) < _NARROW * max(1, groups)

    @cached_property
    def arrays(self) -> Runner:
        """The graph as an array program, with buffers to run it on."""
        return self._runner(self._tape, self.roots, len(self._order))

    @cached_property
    def _computed(self) -> Runner:
        """An array program for the computed nodes that have to be checked."""
        order = needed(self._nodes, self._checks.computed)
        return self._runner(Tape(order, self._checks.computed, self.leaves), self._checks.computed, len(order))

    def _runner(self, tape: Tape, roots: Sequence[Symbol], count: int) -> Runner:
        leaves = iter(self.leaves)
        blocks = [(plain_name(name), list(islice(leaves, math.prod(shape)))) for name, shape in self._arguments]
        layout = Layout(tape, blocks, self.params)
        program = Program(layout, roots, "S" if self.samples_first else "V", count)
        return Runner(program, [shape for _, shape in self._arguments])

    @cached_property
    def scalars(self) -> ScalarProgram:
        """The graph as a program on floats."""
        return ScalarProgram(self._order, self.roots, self.params if self.samples_first else self.leaves)

    def run(
        self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool
    ) -> tuple[Program | ScalarProgram, Any, Any]:
        """Return the program that was used, the value, and the gradient if it is asked for."""
        self._check(batch, arrays, theta)
        if self.is_narrow and batch.size == 1 and self.scalars.is_short:
            try:
                return self.scalars, *self._on_floats(batch, arrays, theta, with_gradient)
            except (ArithmeticError, ValueError):
                pass  # which the array program computes as IEEE arithmetic has it
        values, gradients = self.arrays.run(batch, arrays, theta, with_gradient)
        if gradients is not None and self._has_choices and any(np.isnan(g).any() for g in gradients):
            gradients = self._by_graphs(batch, arrays, theta)
        value, gradient = self._build_output(iter(values)), None
        if gradients is not None and self.samples_first:
            (gradient,) = gradients
        elif gradients is not None:
            gradient = self._by_argument(_summed(g, array.shape) for g, array in zip(gradients, arrays))
        return self.arrays.program, value, gradient

    def _by_graphs(self, batch: Batch, arrays: Sequence[Array], theta: Array) -> list[Array]:
        """Compute the gradients from the graph of each sample instead of the program."""
        known, wanted = dict(zip(self.params, theta.tolist())), self.params if self.samples_first else self.leaves
        rows = [
            graphs.gradient(self._order, self.roots[0], known | dict(zip(self.leaves, row)), wanted)
            for row in graphs.samples(batch, arrays).tolist()
        ]
        if self.samples_first:
            return [np.sum(rows, axis=0) / (batch.size if batch.reduction == "mean" else 1)]
        return [column.reshape(batch.samples) for column in np.array(rows).T]

    def _check(self, batch: Batch, arrays: Sequence[Array], theta: Array) -> None:
        """Raise an error if an index or a label is not what the function requires."""
        self._checks.check_arguments(arrays)
        if self._checks.computed:
            values, _ = self._computed.run(batch._replace(reduction=None), arrays, theta, with_gradient=False)
            self._checks.check_computed(values)

    def _on_floats(self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool) -> tuple[Any, Any]:
        known = dict(zip(self.params, theta.tolist()))
        known.update(zip(self.leaves, (x for array in arrays for x in _numbers(array, self.samples_first))))
        inputs = [known[x] if x in known else x.number for x in self.scalars.inputs]  # noqa: SIM401 - lazily
        gradients = None
        if with_gradient:
            values, row = self.scalars.value_and_grad(inputs)
            if self._has_choices and any(g != g for g in row):
                raise ArithmeticError("a gradient is nan")
            by_argument = (np.full(a.shape, g) if a.shape else g for g, a in zip(row, arrays))
            gradients = np.array(row) if self.samples_first else self._by_argument(by_argument)
        else:
            values = self.scalars.value(inputs)
        shaped = values if batch.reduction or not batch.samples else [np.full(batch.samples, y) for y in values]
        return self._build_output(iter(shaped)), gradients

    def _by_argument(self, gradients: Iterator[Any]) -> Any:
        """Return gradients in the structure of the arguments: of the only one, or a tuple."""
        found = self._build(gradients)
        return found[0] if len(found) == 1 else tuple(found)


def _numbers(array: Array, samples_first: bool) -> list[float]:
    """Return the numbers of the first sample."""
    numbers: list[float] = (array[0] if samples_first else array.reshape(-1)[:1]).reshape(-1).tolist()
    return numbers


def _summed(gradient: Array, shape: tuple[int, ...]) -> Any:
    """Return what arrives at an array of `shape` that was broadcast, as a float where it is a number."""
    if gradient.shape != shape:
        with np.errstate(all="ignore"):
            gradient = gradient.sum(tuple(range(gradient.ndim - len(shape))))
            gradient = gradient.sum(tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)
    return gradient if shape else float(gradient)
