"""Run long recurrences and other programs on single numbers as machine code, compiled by LLVM."""

from __future__ import annotations

import ctypes
import math
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.util import find_spec

import numpy as np

from autograd.compiler.arguments import Array, Batch
from autograd.compiler.scalars import ScalarProgram
from autograd.compiler.symbols import Symbol
from autograd.compiler.workspace import Blocks, Space, argument_view

VECTOR = 4  # samples that are computed at once
_MIN_BLOCK, _CACHE = 512, 1 << 18  # samples, and bytes of their arguments and gradients
_MAX_OPTIMISED = 7000  # lines; LLVM takes 0.2 s to optimise these, and longer programs gain little by it


@cache
def has_llvm() -> bool:
    """Check if LLVM can be used. On Windows, it does not find the functions of the C library."""
    return find_spec("llvmlite") is not None and sys.platform != "win32"


def require_native() -> None:
    """Raise an error if LLVM cannot be used."""
    if not has_llvm():
        raise ImportError('backend="native" needs llvmlite, on Linux or macOS: pip install "chainrule[native]"')


class NotNativeError(TypeError):
    """A function that cannot be translated to machine code."""


class Native:
    """Machine code for a program on floats. Functions are compiled at the first call.

    All samples have the numbers in the rows `shared`: the parameters, if there are any, and the `sources`. Gradients by
    parameters `are_summed` over the samples.
    """

    def __init__(self, program: ScalarProgram, sources: Sequence[Symbol], params: int | None) -> None:
        self.program, self.sources, self.are_summed = program, sources, params is not None
        rows = program.rows
        count = len(sources) + (params or 0) if self.are_summed else len(rows) - len(sources)
        self.shared, self.samples = (rows[:count], rows[count:]) if self.are_summed else (rows[count:], rows[:count])
        self.function = cache(self._compiled)

    def _compiled(self, width: int, with_gradient: bool) -> Callable[..., float]:
        """Return the function that computes samples, so many at once.

        Raise a NotNativeError if an operation cannot be translated.
        """
        return _compile(self.text(width, with_gradient))

    def text(self, width: int = 1, with_gradient: bool = True) -> str:
        """Return the module, in the language of LLVM. Its loop computes so many samples at once."""
        from autograd.compiler.native_module import write_module

        return write_module(self, width, with_gradient)


class NativeWorkspace(Space):
    """Buffers for a batch, and machine code bound to them. `shapes` are those of the arguments for one sample."""

    def __init__(self, native: Native, batch: Batch, shapes: Sequence[tuple[int, ...]]) -> None:
        super().__init__(batch)
        program, count = native.program, batch.size
        self._native = native
        self._shared, samples = np.zeros(len(native.shared)), np.zeros((len(native.samples), count))
        self._theta, self._sources = np.split(self._shared, [len(native.shared) - len(native.sources)])
        blocks = np.split(samples, np.cumsum([math.prod(shape) for shape in shapes])[:-1]) if shapes else []
        self._inputs = [argument_view(rows, shape, batch) for rows, shape in zip(blocks, shapes)]
        results = np.zeros((len(program.results), count))
        self.outputs = list(results)
        self._slopes = np.zeros((len(program.wanted), VECTOR if native.are_summed else count))
        self._lanes = self._slopes[:, :count]
        self._work = np.zeros(2 * program.size * min(count, VECTOR))
        by_arguments = (row.reshape(batch.samples) for row in self._slopes)
        self.gradients = [np.zeros(len(self._slopes))] if native.are_summed else list(by_arguments)
        self._count = count if batch.reduction == "mean" else 1
        self._buffers = (self._shared, samples, results, self._slopes, self._work)
        self._forward, self._backward = cache(partial(self._calls, False)), cache(partial(self._calls, True))

    def load(self, arrays: Sequence[Array], theta: Array) -> None:
        """Write the arguments, the parameters, and the other numbers that are read, into their rows."""
        for rows, array in zip(self._inputs, arrays):
            rows[...] = array
        self._theta[...] = theta
        if self._native.sources:
            self._sources[...] = [x.number for x in self._native.sources]

    def compute(self, with_gradient: bool) -> None:
        """Compute the `outputs`, and the `gradients` if they are asked for.

        Raise an ArithmeticError where a number is not finite, which is left to the array program.
        """
        are_summed = with_gradient and self._native.are_summed
        if are_summed:
            self._slopes.fill(0.0)
        for call in self._backward() if with_gradient else self._forward():
            if call() != 0.0:
                raise ArithmeticError("a number is not finite")
        if are_summed:
            np.divide(np.add.reduce(self._lanes, 1), self._count, out=self.gradients[0])

    def _calls(self, with_gradient: bool) -> list[Callable[[], float]]:
        """Return the calls of machine code for all samples: in vectors, and in smaller ones for what is left."""
        count, stop = self.batch.size, 0
        calls: list[Callable[[], float]] = []
        for width in (VECTOR, 2, 1):
            start, stop = stop, count - count % width
            steps = (0, start, start, 0 if self._native.are_summed else start, 0)
            if start < stop:
                pointers = [ctypes.c_void_p(x.ctypes.data + 8 * step) for x, step in zip(self._buffers, steps)]
                counts = ctypes.c_int64(stop - start), ctypes.c_int64(count)
                calls.append(partial(self._native.function(width, with_gradient), *counts, *pointers))
        return calls


def native_workspace(native: Native, batch: Batch, shapes: Sequence[tuple[int, ...]]) -> Space | Blocks:
    """Return a workspace for a batch, or blocks of samples whose arguments and gradients stay in the cache."""
    make, rows = partial(NativeWorkspace, native, shapes=shapes), len(native.samples) + len(native.program.wanted)
    size = max(_MIN_BLOCK, _CACHE // (8 * rows + 1)) // 16 * 16 + 8  # no power of 2, whose rows share places in caches
    return make(batch) if batch.size < 2 * size else Blocks(make, len(native.program.results), batch, size)


def _compile(text: str) -> Callable[..., float]:
    """Return the function `run` of a module."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    module = binding.parse_assembly(text)
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=1 if text.count("\n") < _MAX_OPTIMISED else 0,
    )
    engine = binding.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    pointer, count = ctypes.c_void_p, ctypes.c_int64
    function = ctypes.CFUNCTYPE(ctypes.c_double, count, count, *[pointer] * 5)(engine.get_function_address("run"))
    function.engine = engine  # type: ignore[attr-defined]  # it owns the code
    return function
