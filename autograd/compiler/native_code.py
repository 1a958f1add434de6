"""Write the statements of a program of single numbers as functions of machine code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.compiler.ir import Call, Kernel, Loop, Part, Statement, View, flat, views
from autograd.compiler.loop_rows import rows_kept
from autograd.compiler.native import NotNativeError
from autograd.compiler.native_places import Function, Key, key_of
from autograd.ops import power

_MAX_STATEMENTS = 250  # in a function: LLVM takes more than twice as long for twice as many


class NativeCode:
    """A function for each loop, and for every few statements, in the order of their `names`.

    Numbers that one function computes and another one reads are stored in between, as are the `results` and the
    `gradients` that are wanted, which are given by their rows. `sent` are the rows of gradients that were written.
    """

    def __init__(
        self, size: int, width: int, parts: Sequence[Part], results: Sequence[int], gradients: Sequence[int]
    ) -> None:
        self._size, self._width = size, width
        self._functions: dict[str, str] = {}
        self._tables: list[str] = []
        self._zero: set[Key] = set()  # gradients that start from 0 in each round
        self._done: dict[int, str] = {}  # expressions of the statement that is being written
        self.sent: set[int] = set()
        chunks = list(_chunks(parts))
        self.names = [f"part{number}" for number in range(len(chunks))]
        outputs = Statement(View("S", np.array(results)), View("gS", np.array(gradients, np.intp)))
        self._kept = rows_kept(parts, results)  # rows that loops store
        self._last = _last_reads([*chunks, outputs], size)
        for self._number, chunk in enumerate(chunks):
            self._chunk(chunk)

    def new_function(self) -> Function:
        """Return a function without instructions."""
        return Function(self._width, self._functions, self._size)

    def text(self, main: str) -> str:
        """Return the text of a module with another function."""
        return "\n".join([*self._tables, *self._functions.values(), main])

    def _chunk(self, chunk: Part | list[Statement]) -> None:
        """Write a function."""
        f = self._function = self.new_function()
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
        name = self.names[self._number]
        self._functions[name] = f.text(f"internal void @{name}(ptr noalias %work) nounwind noinline", "void")

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
        self.sent.update(row + i * step for _, row, step in collected for i in range(loop.rounds))

    def _round(self, loop: Loop, i: str) -> None:
        self._function.round = i
        for statement in loop.body:
            self._statement(statement)

    def _is_filled(self, key: Key, rounds: int) -> bool:
        """Check if something was sent to a gradient from outside of the loop, and set the others to 0 if so."""
        _, row, step = key
        rows = [row + i * step for i in range(rounds)]
        if self.sent.isdisjoint(rows):
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
            pairs = [(x, y) for x, y in zip(*rows) if y in self.sent]
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
        empty = [row for row in dict.fromkeys(rows) if row not in self.sent]
        self.sent.update(empty)
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
        return key in self._zero if f.round else key[1] not in self.sent

    def _write(self, key: Key, y: str) -> None:
        f, (buffer, row, step) = self._function, key
        f.known[key] = y
        if f.round:
            if buffer == "S" and not self._kept.isdisjoint((row, row - step)):
                f.store(y, f.place(key))
            return
        if buffer == "gS":
            self.sent.add(row)
        if self._last[buffer][row] > self._number:
            f.written[key] = y

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
