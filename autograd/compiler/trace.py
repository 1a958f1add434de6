"""Record a function once, for one sample, and compile it for all samples."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from autograd import structure
from autograd.compiler import graphs
from autograd.compiler.argument_checks import ArgumentChecks
from autograd.compiler.arguments import Argument, Array, Batch, Build
from autograd.compiler.guards import guarded
from autograd.compiler.jax_runner import JaxRunner
from autograd.compiler.layout import Layout
from autograd.compiler.lifting import Lifting, needed
from autograd.compiler.names import plain_name
from autograd.compiler.native import Native, NotNativeError, has_llvm, native_workspace
from autograd.compiler.plan import Plan
from autograd.compiler.program import Program
from autograd.compiler.scalar_runner import ScalarRunner
from autograd.compiler.scalars import ScalarProgram
from autograd.compiler.symbols import Symbol, record
from autograd.compiler.workspace import Blocks, Runner, Space, workspace
from autograd.operation import as_float
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiler.jax_program import JaxProgram

AnyProgram: TypeAlias = "Program | ScalarProgram | JaxProgram"


@contextmanager
def without_collector() -> Iterator[None]:
    """Pause the garbage collector, which would look at all new nodes again and again: compiling takes half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Trace:
    """One call of f on symbols for the numbers of a sample, the `leaves`, and what it recorded.

    An array program computes it for any number of samples. Where the graph has next to no repetition, and there are few
    samples, a program on single numbers is faster.
    """

    @without_collector()
    def __init__(
        self,
        f: Callable[..., Any],
        arguments: Sequence[Argument],
        build: Build,
        params: Sequence[Value] | None,
        backend: str,
    ) -> None:
        self.samples_first, self.build = params is not None, build
        self._shapes = [(a.name, a.shape) for a in arguments]
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
        lifted = Lifting(self.leaves, [*outputs, *(x for x, _ in required)], params or ())
        self._checks = ArgumentChecks([(lifted[x], r) for x, r in required], self.leaves, arguments)
        self.roots = [lifted.symbol(y) for y in outputs]
        self.params = [lifted.symbol(p) for p in params or ()]
        self._nodes, self._order = lifted.nodes, needed(lifted.nodes, self.roots)
        self._has_choices = graphs.has_choices(self._order)
        self._plan = Plan(self._order, self.roots, self.leaves)
        self._backend = backend
        self._has_native = backend != "numpy" and has_llvm() and self._plan.is_short

    @property
    def free(self) -> list[int]:
        """The places of the numbers of a sample on which no requirement depends."""
        if self._checks.computed:
            return []
        return [i for i, leaf in enumerate(self.leaves) if leaf not in self._checks.required]

    def split(self, rows: Array, batch: Batch) -> list[Array]:
        """Return the arguments for a batch, given a row of numbers for each sample."""
        shapes = [shape for _, shape in self._shapes]
        ends = np.cumsum([math.prod(shape) for shape in shapes], dtype=int)[:-1]
        return [
            np.ascontiguousarray(part).reshape((*batch.samples, *shape))
            for part, shape in zip(np.split(rows, ends, axis=1), shapes)
        ]

    @cached_property
    def _array_program(self) -> Program:
        """The graph as an array program."""
        return self._written(self._plan, self._order, self.roots)

    @cached_property
    def _arrays(self) -> Runner:
        return self._runner(workspace, self._array_program)

    @cached_property
    def _computed(self) -> Runner:
        """An array program for the computed nodes that have to be checked."""
        order = needed(self._nodes, self._checks.computed)
        program = self._written(Plan(order, self._checks.computed, self.leaves), order, self._checks.computed)
        return self._runner(workspace, program)

    @without_collector()
    def _written(self, plan: Plan, order: Sequence[Symbol], roots: Sequence[Symbol]) -> Program:
        layout = self._layout(plan, order, roots)
        return Program(layout, roots, "S" if self.samples_first else "V", len(order))

    def _layout(self, plan: Plan, order: Sequence[Symbol], roots: Sequence[Symbol]) -> Layout:
        leaves = iter(self.leaves)
        blocks = [(plain_name(name), list(islice(leaves, math.prod(shape)))) for name, shape in self._shapes]
        return Layout(plan.parts, plan.batched, roots, blocks, self.params, self._sources(order))

    @cached_property
    @without_collector()
    def _jax(self) -> JaxRunner:
        """The graph as a program of JAX."""
        from autograd.compiler.jax_program import JaxProgram

        roots = [*self.roots, *self._checks.computed]
        order = needed(self._nodes, roots)
        if self._has_choices:
            order, roots = guarded(order, roots)
        program = JaxProgram(self._layout(Plan(order, roots, self.leaves), order, roots), roots, len(order))
        return JaxRunner(program, self._checks, self.samples_first)

    @cached_property
    @without_collector()
    def _scalar_program(self) -> ScalarProgram:
        """The graph as a program on single numbers."""
        sources = self._sources(self._order)
        wanted, others = (self.params, [*sources, *self.leaves]) if self.samples_first else (self.leaves, sources)
        layout = Layout(self._plan.recurrences, [], self.roots, [], wanted, others, is_single=True)
        return ScalarProgram(layout, self.roots, len(self._order))

    @cached_property
    def _floats(self) -> ScalarRunner:
        return ScalarRunner(self._scalar_program, self._sources(self._order), self.samples_first)

    @cached_property
    def machine_code(self) -> Native:
        """The graph as machine code."""
        params = len(self.params) if self.samples_first else None
        return Native(self._scalar_program, self._sources(self._order), params)

    @cached_property
    def _native(self) -> Runner:
        return self._runner(native_workspace, self.machine_code)

    def _runner(self, make: Callable[..., Space | Blocks], program: Program | Native) -> Runner:
        return Runner(partial(make, program, shapes=[shape for _, shape in self._shapes]))

    def _sources(self, order: Sequence[Symbol]) -> list[Symbol]:
        """Return the leaves whose numbers are read at each call."""
        known = {*self.leaves, *self.params}
        return [x for x in order if x.op is None and x not in known]

    def run(
        self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool
    ) -> tuple[AnyProgram, Any, Any]:
        """Return the program that was used, the value, and the gradient if it is asked for."""
        self._check(batch, arrays, theta)
        program, (values, gradients) = self._compute(batch, arrays, theta, with_gradient)
        if gradients is not None and self._has_choices and any(np.isnan(g).any() for g in gradients):
            gradients = self._by_graphs(batch, arrays, theta)
        value, gradient = self._build_output(iter(values)), None
        if gradients is not None and self.samples_first:
            (gradient,) = gradients
        elif gradients is not None:
            gradient = self._by_argument(_summed(g, array.shape) for g, array in zip(gradients, arrays))
        return program, value, gradient

    def in_jax(self, batch: Batch, theta: Any, arrays: Sequence[Any]) -> Any:
        """Return the value as a part of a program of JAX."""
        return self._build_output(iter(self._jax.traced(batch, theta, arrays)))

    def _compute(
        self, batch: Batch, arrays: Sequence[Array], theta: Array, with_gradient: bool
    ) -> tuple[AnyProgram, tuple[list[Any], list[Array] | None]]:
        """Return the program that was used, the values, and the gradients if they are asked for."""
        engine = self.engine(batch.size)
        try:
            if engine == "native":
                return self._scalar_program, self._native.run(batch, arrays, theta, with_gradient)
            if engine == "floats":
                return self._scalar_program, self._floats.run(batch, arrays, theta, with_gradient)
        except ArithmeticError:
            pass  # the array program computes it as IEEE arithmetic has it
        except NotNativeError:
            self._has_native = False
            return self._compute(batch, arrays, theta, with_gradient)
        if engine == "jax":
            return self._jax.program, self._jax.run(batch, arrays, theta, with_gradient)
        return self._array_program, self._arrays.run(batch, arrays, theta, with_gradient)

    def engine(self, samples: int) -> str:
        """Return the name of the engine: the one that was asked for, or the fastest one that is available."""
        if self._backend == "jax":
            return "jax"
        if self._has_native and self._backend == "native":
            return "native"
        return self._plan.engine(samples, self._has_native)

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

    def _by_argument(self, gradients: Iterator[Any]) -> Any:
        """Return gradients in the structure of the arguments: of the only one, or a tuple."""
        found = self.build(gradients)
        return found[0] if len(found) == 1 else tuple(found)


def _summed(gradient: Array, shape: tuple[int, ...]) -> Any:
    """Return what arrives at an array of `shape` that was broadcast, as a float where it is a number."""
    if gradient.shape != shape:
        with np.errstate(all="ignore"):
            gradient = gradient.sum(tuple(range(gradient.ndim - len(shape))))
            gradient = gradient.sum(tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)
    return gradient if shape else float(gradient)
