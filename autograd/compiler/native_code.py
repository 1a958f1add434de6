"""Write programs of single numbers as LLVM: a function that computes as many samples as it is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.compiler.ir import Call, Kernel, Loop, Part, Statement, View, flat, views
from autograd.compiler.loop_rows import rows_kept
from autograd.compiler.native import VECTOR, NotNativeError
from autograd.compiler.native_places import Function, Key, key_of
from autograd.ops import power

_MAX_STATEMENTS = 250  # in a function: LLVM takes more than twice as long for twice as many


class NativeCode:
    """A module: a function for each loop, and for every few statements, and one that calls them for all samples.

    Numbers that one function computes and another one reads are stored in between.
    """

    def __init__(self, size: int, width: int) -> None:
        self._size, self._width = size, width
        self._functions: dict[str, str] = {}
        self._tables: list[str] = []
        self._function = self._new_function()
        self._zero: set[Key] = set()  # gradients that start from 0 in each round
        self._sent: set[int] = set()  # rows of gradients that were written
        self._kept: set[int] = set()  # rows that loops store, because the backward pass or later parts read them
        self._last: dict[str, list[int]] = {}  # the last function that reads a row
        self._number = 0  # of the function that is being written
        self._done: dict[int, str] = {}  # expressions of the statement that is being written

    def write(
        self,
        constants: Sequence[float],
        shared: Sequence[int],
        samples: Sequence[int],
        parts: Sequence[Part],
        results: Sequence[int],
        gradients: Sequence[int],
        are_summed: bool,
    ) -> str:
        """Return the text of the module. Inputs, results and gradients are given by their rows.

        Its function `run` computes `count` samples. Arrays have a row for each input or output, with a column for each
        sample; `columns` is how many they have. `shared` are inputs that all samples have. Where gradients `are_summed`
        over the samples, each row is a vector. It returns 0, or nan if a result or a gradient is not finite.
        """
        chunks = list(_chunks(parts))
        outputs = Statement(View("S", np.array(results)), View("gS", np.array(gradients, np.intp)))
        self._kept, self._last = rows_kept(parts, results), _last_reads([*chunks, outputs], self._size)
        for self._number, chunk in enumerate(chunks):
            self._chunk(chunk)
        f = self._function = self._new_function()
        for row, x in enumerate(constants):
            f.store(f.number(x), f.place(("S", row, 0)))
        for k, row in enumerate(shared):
            number = f.new(f"load double, ptr {f.define(f'getelementptr double, ptr %shared, i64 {k}')}")
            f.store(self._splat(number), f.place(("S", row, 0)))
        finite = ("finite", 0, 0)

        def each_sample(i: str) -> None:
            first = f.define(f"mul i64 {i}, {self._width}")

            def column(array: str, k: int) -> str:
                start = f.define(f"getelementptr double, ptr %{array}, i64 {f.define(f'mul i64 %columns, {k}')}")
                return f.define(f"getelementptr double, ptr {start}, i64 {first}")

            def check(y: str) -> str:
                f.known[finite] = f.arithmetic("fadd", f.known[finite], f.arithmetic("fmul", y, f.number(0.0)))
                return y

            for k, row in enumerate(samples):
                f.store(f.load(column("samples", k)), f.place(("S", row, 0)))
            f.lines += [f"call void @part{number}(ptr %work)" for number in range(len(chunks))]
            for k, row in enumerate(results):
                f.store(check(f.load(f.place(("S", row, 0)))), column("results", k))
            for k, row in enumerate(gradients):
                g = f.load(f.place(("gS", row, 0))) if row in self._sent else f.number(0.0)
                at = column("gradients", k)
                if are_summed:
                    at = f.define(f"getelementptr double, ptr %gradients, i64 {k * VECTOR}")
                    g = f.arithmetic("fadd", f.load(at), g)
                f.store(check(g), at)

        count = f.define(f"udiv i64 %count, {self._width}")
        checked = f.repeat(count, each_sample, {finite: (f.number(0.0), finite)})[finite]
        if self._width > 1:
            checked = f.new(f"call double @llvm.vector.reduce.fadd.v{self._width}f64(double 0.0, {f.type} {checked})")
            self._functions["reduce"] = f"declare double @llvm.vector.reduce.fadd.v{self._width}f64(double, {f.type})"
        arrays = ", ".join(f"ptr noalias %{name}" for name in ("shared", "samples", "results", "gradients", "work"))
        text = f.text(f"double @run(i64 %count, i64 %columns, {arrays})", f"double {checked}")
        return "\n".join([*self._tables, *self._functions.values(), text])

    def _new_function(self) -> Function:
        return Function(self._width, self._functions, self._size)

    def _chunk(self, chunk: Part | list[Statement]) -> None:
        """Write a function."""
        f = self._function = self._new_function()
        if isinstance(chunk, list):
            for statement in chunk:
                self._statement(statement)
        elif isinstance(chunk, Statement):
            self._many(chunk)
        elif chunk.adjoint_of:
            self._loop_back(chunk, chunk.adjoint_of)
        else:
            self._loop(chunk)
        for key, y in f.written.items():
            f.store(y, f.place(key))
        head = f"internal void @part{self._number}(ptr noalias %work) nounwind noinline"
        self._functions[f"part{self._number}"] = f.text(head, "void")

    def _loop(self, loop: Loop) -> None:
        """Write a loop; what it carries from round to round stays in registers."""
        f = self._function
        made = {key_of(s.target) for s in loop.body}
        reads = dict.fromkeys(key_of(x) for s in loop.body for x in views(s.value))
        before = {key: after for key in reads if (after := (key[0], key[1] + key[2], key[2])) in made and key[2]}
        for key in reads:
            if not key[2]:
                self._read(key)
        carried = {key: (f.load(f.place(key)), after) for key, after in before.items()}
        f.repeat(loop.rounds, lambda i: self._round(loop, i), carried)

    def _loop_back(self, loop: Loop, forward: Loop) -> None:
        """Write the adjoint of a loop. What arrives at a number is carried from the round that reads it to its own."""
        f = self._function
        made = {s.target.rows.item(0): s.target.step for s in forward.body}
        reads = dict.fromkeys(key_of(x) for s in loop.body for x in views(s.value))
        targets = dict.fromkeys(key_of(s.target) for s in loop.body)
        moving = [key for key in reads | targets if key[0] == "gS" and key[2]]
        before = {
            ("gS", row + step, step): (buffer, row, step)
            for buffer, row, step in targets
            if step and row not in made and row + step in made
        }
        collected = [key for key in targets if key[2] and key[1] not in made and key not in before.values()]
        self._zero = {key for key in moving if key not in before and not self._is_filled(key, loop.rounds)}
        constant = [key for key in reads | targets if not key[2]]
        carried = {key: (self._read(key), key) for key in constant if key in targets}
        for key in constant:
            self._read(key)
        last = loop.rounds - 1
        carried |= {key: (self._read(("gS", key[1] + last * key[2], 0)), after) for key, after in before.items()}

        def each(i: str) -> None:
            self._round(loop, f.define(f"sub i64 {last}, {i}"))
            for key in collected:
                f.store(self._read(key), f.place(key))
            for after in before.values():
                self._read(after)

        sums = f.repeat(loop.rounds, each, carried)
        self._zero = set()
        for key, y in sums.items():
            self._write(("gS", before[key][1], 0) if key in before else key, y)
        self._sent.update(row + i * step for _, row, step in collected for i in range(loop.rounds))

    def _round(self, loop: Loop, i: str) -> None:
        self._function.round = i
        for statement in loop.body:
            self._statement(statement)

    def _is_filled(self, key: Key, rounds: int) -> bool:
        """Check if something was sent to a gradient from outside of the loop, and set the others to 0 if so."""
        _, row, step = key
        rows = [row + i * step for i in range(rounds)]
        if self._sent.isdisjoint(rows):
            return False
        self._fill(rows)
        return True

    def _statement(self, statement: Statement) -> None:
        key, self._done = key_of(statement.target), {}
        y = self._value(statement.value)
        if statement.adds and not self._is_empty(key):
            y = self._function.arithmetic("fadd", self._read(key), y)
        self._write(key, y)

    def _many(self, statement: Statement) -> None:
        """Copy many rows, or add them where something was sent, or set them to a number."""
        to, value, f = statement.target, statement.value, self._function
        rows = [to.rows.ravel().tolist()]
        if isinstance(value, View):
            rows.append(value.rows.ravel().tolist())
        if to.buffer == "gS" and len(rows) > 1:
            pairs = [(x, y) for x, y in zip(*rows) if y in self._sent]
            self._fill(x for x, _ in pairs)
            rows = [[x for x, _ in pairs], [y for _, y in pairs]]
        tables = [self._table(buffer, x) for buffer, x in zip((to.buffer, getattr(value, "buffer", "")), rows)]

        def each(i: str) -> None:
            found = [f.new(f"load i64, ptr {f.define(f'getelementptr i64, ptr {x}, i64 {i}')}") for x in tables]
            at = f.address("%work", found[0])
            y = f.load(f.address("%work", found[1])) if len(found) > 1 else f.number(value)
            f.store(f.arithmetic("fadd", f.load(at), y) if statement.adds else y, at)

        if rows[0]:
            f.repeat(len(rows[0]), each)

    def _fill(self, rows: Iterable[int]) -> None:
        """Set gradients to 0 to which nothing was sent yet."""
        empty = [row for row in dict.fromkeys(rows) if row not in self._sent]
        self._sent.update(empty)
        if empty:
            self._many(Statement(View("gS", np.array(empty, np.intp)), 0.0))

    def _table(self, buffer: str, rows: Sequence[int]) -> str:
        name = f"@rows{len(self._tables)}"
        numbers = ", ".join(f"i64 {self._function.row(buffer, row)}" for row in rows)
        self._tables.append(f"{name} = internal constant [{len(rows)} x i64] [{numbers}]")
        return name

    def _read(self, key: Key) -> str:
        f = self._function
        if key not in f.known:
            f.known[key] = f.number(0.0) if self._is_empty(key) else f.load(f.place(key))
        return f.known[key]

    def _is_empty(self, key: Key) -> bool:
        """Check if nothing was sent to a gradient, in a loop in this round."""
        f = self._function
        if key[0] == "S" or key in f.known:
            return False
        return key in self._zero if f.round else key[1] not in self._sent

    def _write(self, key: Key, y: str) -> None:
        f, (buffer, row, step) = self._function, key
        f.known[key] = y
        if f.round:
            if buffer == "S" and not self._kept.isdisjoint((row, row - step)):
                f.store(y, f.place(key))
            return
        if buffer == "gS":
            self._sent.add(row)
        if self._last[buffer][row] > self._number:
            f.written[key] = y

    def _splat(self, x: str) -> str:
        f, y = self._function, "poison"
        if self._width == 1:
            return x
        for lane in range(self._width):
            y = f.define(f"insertelement {f.type} {y}, double {x}, i32 {lane}")
        return y

    # Expressions.

    def _value(self, x: Any) -> Any:
        if isinstance(x, View):
            return self._read(key_of(x))
        if not isinstance(x, Call):
            return self._function.number(float(x))
        if id(x) not in self._done:
            self._done[id(x)] = self._kernel(x.op.name, x.inputs) if isinstance(x.op, Kernel) else self._operation(x)
        return self._done[id(x)]

    def _operation(self, x: Call) -> str:
        exponent = x.inputs[1] if x.op is power else None
        return self._function.operation(x.op, [self._value(each) for each in x.inputs], exponent)

    def _kernel(self, name: str, inputs: Sequence[Any]) -> Any:
        f = self._function
        match name:
            case "seed":
                return f.number(1.0)
            case "pass":
                g, d = map(self._value, inputs)
                return f.select(d, f.arithmetic("fmul", g, d), f.number(0.0))
            case "softmax":
                *xs, y = map(self._value, inputs)
                es = f.powers(xs, y)
                return es, f.sum(es)
            case "part":
                es, whole = self._value(inputs[0])
                return f.arithmetic("fdiv", es[int(inputs[1])], whole)
        raise NotNativeError(f"machine code cannot compute a {name}")


def _chunks(parts: Sequence[Part]) -> Iterator[Part | list[Statement]]:
    """Yield what is written as a function: loops, copies of many rows, and lists of other statements."""
    chunk: list[Statement] = []
    for part in parts:
        if isinstance(part, Statement) and part.target.buffer == "gS" and part.value.__class__ is float:
            continue  # a gradient to which nothing was sent is 0
        is_many = isinstance(part, Loop) or part.target.rows.size > 1
        if chunk and (is_many or len(chunk) == _MAX_STATEMENTS):
            yield chunk
            chunk = []
        if isinstance(part, Statement) and not is_many:
            chunk.append(part)
        else:
            yield part
    if chunk:
        yield chunk


def _last_reads(chunks: Sequence[Part | list[Statement]], size: int) -> dict[str, list[int]]:
    """Return the number of the last function that reads or writes each row of the buffers."""
    last = {"S": np.zeros(size, np.intp), "gS": np.zeros(size, np.intp)}
    for number, chunk in enumerate(chunks):
        for statement, rounds in flat(chunk if isinstance(chunk, list) else [chunk]):
            for view in (*views(statement.value), statement.target):
                last[view.buffer][view.in_rounds(rounds)] = number
    return {buffer: numbers.tolist() for buffer, numbers in last.items()}
