"""Write the module of machine code for a program of single numbers: its function `run` computes many samples."""

from __future__ import annotations

from autograd.compiler.native import VECTOR, Native
from autograd.compiler.native_code import NativeCode
from autograd.compiler.native_places import Function

_FINITE = ("finite", 0, 0)  # a number that is 0 while all results and gradients are finite, and else nan


def write_module(native: Native, width: int, with_gradient: bool) -> str:
    """Return the text of a module that computes vectors of `width` samples.

    `run` computes `count` samples. Its arrays have a row for each input or output, with a column for each sample;
    `columns` is how many they have. `shared` are inputs that all samples have. Where gradients are summed over the
    samples, each row is a vector. It returns 0, or nan if a result or a gradient is not finite.
    """
    program = native.program
    parts = [*program.ir.forward, *(program.ir.backward if with_gradient else ())]
    wanted = program.wanted if with_gradient else []
    code = NativeCode(program.size, width, parts, program.results, wanted)
    f = code.new_function()
    for row, x in enumerate(program.constants):
        f.store(f.number(x), f.place(("S", row, 0)))
    for k, row in enumerate(native.shared):
        f.store(_for_all_samples(f, f"%shared, i64 {k}"), f.place(("S", row, 0)))

    def compute(i: str) -> None:
        first = f.define(f"mul i64 {i}, {width}")

        def column(array: str, k: int) -> str:
            start = f.define(f"getelementptr double, ptr %{array}, i64 {f.define(f'mul i64 %columns, {k}')}")
            return f.define(f"getelementptr double, ptr {start}, i64 {first}")

        def save(y: str, at: str) -> None:
            f.store(y, at)
            f.known[_FINITE] = f.arithmetic("fadd", f.known[_FINITE], f.arithmetic("fmul", y, f.number(0.0)))

        for k, row in enumerate(native.samples):
            f.store(f.load(column("samples", k)), f.place(("S", row, 0)))
        f.lines += [f"call void @{name}(ptr %work)" for name in code.names]
        for k, row in enumerate(program.results):
            save(f.load(f.place(("S", row, 0))), column("results", k))
        for k, row in enumerate(wanted):
            g = f.load(f.place(("gS", row, 0))) if row in code.sent else f.number(0.0)
            if native.are_summed:
                total = f.define(f"getelementptr double, ptr %gradients, i64 {k * VECTOR}")
                save(f.arithmetic("fadd", f.load(total), g), total)
            else:
                save(g, column("gradients", k))

    count = f.define(f"udiv i64 %count, {width}")
    finite = f.sum_of_vector(f.repeat(count, compute, {_FINITE: (f.number(0.0), _FINITE)})[_FINITE])
    arrays = ", ".join(f"ptr noalias %{name}" for name in ("shared", "samples", "results", "gradients", "work"))
    return code.text(f.text(f"double @run(i64 %count, i64 %columns, {arrays})", f"double {finite}"))


def _for_all_samples(f: Function, place: str) -> str:
    """Return a vector of the number at a place."""
    x = f.new(f"load double, ptr {f.define(f'getelementptr double, ptr {place}')}")
    if f.width == 1:
        return x
    y = "poison"
    for lane in range(f.width):
        y = f.define(f"insertelement {f.type} {y}, double {x}, i32 {lane}")
    return y
