"""Run long recurrences and other programs on single numbers as machine code, compiled by LLVM."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from autograd.compiler.arguments import Array
from autograd.compiler.scalars import ScalarProgram

VECTOR = 4  # samples that are computed at once


@cache
def has_llvm() -> bool:
    """Check if LLVM can be used. On Windows, it does not find the functions of the C library."""
    return find_spec("llvmlite") is not None and sys.platform != "win32"


def require_native() -> None:
    """Raise an error if LLVM cannot be used."""
    if not has_llvm():
        raise ImportError('backend="native" needs llvmlite, on Linux or macOS: pip install "chainrule[native]"')


def translate(program: ScalarProgram, shared: Sequence[int], samples: Sequence[int], are_summed: bool) -> Native | None:
    """Translate a program to machine code, or return None if one of its operations cannot be translated.

    Its inputs are in the rows that are `shared` by all samples, and in those of the numbers of a sample.
    """
    from autograd.compiler.native_values import NotNativeError

    try:
        return Native(program, shared, samples, are_summed)
    except NotNativeError:
        return None


class Native:
    """Runs the statements of a program on floats as machine code, which is compiled at the first call."""

    def __init__(self, program: ScalarProgram, shared: Sequence[int], samples: Sequence[int], are_summed: bool) -> None:
        self.program, self._shared, self._samples, self._are_summed = program, shared, samples, are_summed
        self._written = cache(self._write)
        self._function = cache(lambda width, with_gradient: _compile(self._written(width, with_gradient)))
        self._free: list[Array] = []
        self._written(1, with_gradient=True)  # raises an error if an operation cannot be translated

    def run(self, shared: Array, samples: Array, with_gradient: bool) -> tuple[Array, Array]:
        """Return the results, a row for each, and the gradients, a row for each or their sums over the samples."""
        program, count = self.program, samples.shape[1]
        results = np.empty((len(program.results), count))
        slopes = np.zeros((len(program.wanted), VECTOR if self._are_summed else count))
        try:
            work = self._free.pop()
        except IndexError:
            work = np.zeros(2 * program.size * VECTOR)
        pointers = [x.ctypes.data for x in (shared, samples, results, slopes, work)]
        steps = (0, 8, 8, 0 if self._are_summed else 8, 0)  # bytes from one sample to the next one
        whole, checks = count - count % VECTOR, 0.0
        for width, start, stop in (VECTOR, 0, whole), (1, whole, count):
            if start < stop:
                moved = (x + start * step for x, step in zip(pointers, steps))
                checks += self._function(width, with_gradient)(stop - start, count, *moved)
        self._free.append(work)
        if checks != 0:
            raise ArithmeticError("a number is not finite")
        return results, slopes.sum(1) if self._are_summed else slopes

    def _write(self, width: int, with_gradient: bool) -> str:
        from autograd.compiler.native_code import NativeCode

        program = self.program
        parts = [*program.forward, *program.backward] if with_gradient else program.forward
        wanted = program.wanted if with_gradient else []
        inputs = program.constants, self._shared, self._samples
        return NativeCode(program.size, width).write(*inputs, parts, program.results, wanted, self._are_summed)


def _compile(text: str) -> Any:
    """Return the function `run` of a module."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    module = binding.parse_assembly(text)
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(), features=binding.get_host_cpu_features().flatten(), opt=2
    )
    passes = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    engine = binding.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    pointer, count = ctypes.c_void_p, ctypes.c_int64
    function = ctypes.CFUNCTYPE(ctypes.c_double, count, count, *[pointer] * 5)(engine.get_function_address("run"))
    function.engine = engine  # type: ignore[attr-defined]  # it owns the code
    return function
