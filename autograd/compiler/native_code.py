"""Write programs of single numbers as LLVM: a function that computes as many samples as it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd.compiler.ir import Call, Kernel, Loop, Part, Statement, View, views
from autograd.compiler.loop_rows import rows_kept
from autograd.compiler.native import VECTOR
from autograd.compiler.native_places import INDEX, Key, Places, key_of
from autograd.compiler.native_values import NotNativeError
from autograd.ops import power


class NativeCode(Places):
    """The code of a function that computes `count` samples, in vectors.

    Its arrays have a row for each input or output, with a column for each sample; `columns` is how many they have.
    `shared` are inputs that all samples have. Where gradients `are_summed` over the samples, each row is a vector.
    """

    def __init__(self, size: int, width: int) -> None:
        super().__init__(size, width)
        self._done: dict[int, Any] = {}  # expressions of the statement that is being written

    def write(
        self,
        constants: Sequence[float],
        shared: Iterable[int],
        samples: Iterable[int],
        parts: Sequence[Part],
        results: Sequence[int],
        gradients: Sequence[int],
        are_summed: bool,
    ) -> str:
        """Return the text of the module. Inputs, results and gradients are given by their rows."""
        count, columns, shared_inputs, inputs, values, slopes, _ = self._function.args
        b = self._builder

        def each_sample(sample: Any) -> None:
            def column(array: Any, k: int) -> Any:
                place = b.add(b.mul(INDEX(k), columns), b.mul(sample, INDEX(self._width)))
                return self._as_vectors(b.gep(array, [place]))

            for row, x in enumerate(constants):
                self._store(self._values.number(x), self._at("S", INDEX(row)))
            for k, row in enumerate(shared):
                self._store(self._splat(b.load(b.gep(shared_inputs, [INDEX(k)]))), self._at("S", INDEX(row)))
            for k, row in enumerate(samples):
                self._store(b.load(column(inputs, k), align=8), self._at("S", INDEX(row)))
            self._kept, self._sent = rows_kept(parts, results), set()
            for part in parts:
                self._part(part)
            for k, row in enumerate(results):
                b.store(b.load(self._at("S", INDEX(row)), align=8), column(values, k), align=8)
            for k, row in enumerate(gradients):
                g = self._read(("gS", row, 0))
                if are_summed:
                    total = self._as_vectors(b.gep(slopes, [INDEX(k * VECTOR)]))
                    g = b.fadd(b.load(total, align=8), g)
                    b.store(g, total, align=8)
                else:
                    b.store(g, column(slopes, k), align=8)

        self._repeat(b.udiv(count, INDEX(self._width)), each_sample)
        b.ret_void()
        return str(self.module)

    def _part(self, part: Part) -> None:
        if isinstance(part, Statement):
            self._statement(part)
        elif part.adjoint_of:
            self._loop_back(part, part.adjoint_of)
        else:
            self._loop(part)

    def _loop(self, loop: Loop) -> None:
        """Write a loop. Variables hold what it carries from round to round; LLVM keeps them in registers."""
        made = {key_of(s.target) for s in loop.body}
        reads = {key_of(x) for s in loop.body for x in views(s.value)}
        before = {key: after for key in reads if (after := (key[0], key[1] + key[2], key[2])) in made and key[2]}
        self._cells = {key: self._cell(self._load(key)) for key in reads if key in before or not key[2]}

        def end_round() -> None:
            numbers = {key: self._read(after) for key, after in before.items()}
            for key, y in numbers.items():
                self._builder.store(y, self._cells[key])

        self._rounds(loop, end_round)

    def _loop_back(self, loop: Loop, forward: Loop) -> None:
        """Write the adjoint of a loop. What arrives at a number is carried from the round that reads it to its own."""
        made = {int(s.target.rows[0]): s.target.step for s in forward.body}
        reads = {key_of(x) for s in loop.body for x in views(s.value)}
        targets = {key_of(s.target) for s in loop.body}
        moving = {key for key in reads | targets if key[0] == "gS" and key[2]}
        before = {
            ("gS", row + step, step): ("gS", row, step)
            for _, row, step in targets & moving
            if row not in made and row + step in made
        }
        collected = {key for key in targets & moving if key[1] not in made and key not in before.values()}
        for key in moving - before.keys():
            self._prepare(key, loop)
        constant = {key for key in reads | targets if not key[2]}
        self._cells = {key: self._cell(self._read(key)) for key in constant}
        last = loop.rounds - 1
        self._cells |= {key: self._cell(self._read(("gS", key[1] + last * key[2], 0))) for key in before}

        def end_round() -> None:
            for key in collected:
                self._store(self._read(key), self._place(key))
            numbers = {after: self._read(key) for after, key in before.items()}
            for key, y in numbers.items():
                self._builder.store(y, self._cells[key])

        self._rounds(loop, end_round)
        arrived = {("gS", row, 0): self._cells[after] for after, (_, row, _) in before.items()}
        arrived |= {key: self._cells[key] for key in constant & targets}
        self._cells, self._zero = {}, set()
        for key, cell in arrived.items():
            self._write(key, self._builder.load(cell))
        self._sent.update(row + i * step for _, row, step in collected for i in range(loop.rounds))

    def _rounds(self, loop: Loop, end_round: Callable[[], None]) -> None:
        known = set(self._cells)

        def each(i: Any) -> None:
            self._round, self._known = i, set(known)
            for statement in loop.body:
                self._statement(statement)
            end_round()
            self._round = None

        self._repeat(INDEX(loop.rounds), each, is_backward=loop.adjoint_of is not None)
        if not loop.adjoint_of:
            self._cells = {}

    def _prepare(self, key: Key, loop: Loop) -> None:
        """See to it that a gradient starts from 0 in rounds to which nothing was sent from outside of the loop."""
        _, row, step = key
        rows = [row + i * step for i in range(loop.rounds)]
        if self._sent.isdisjoint(rows):
            self._zero.add(key)
        else:
            self._fill(rows)

    def _repeat(self, count: Any, body: Callable[[Any], None], is_backward: bool = False) -> None:
        """Write a loop over 0 to count - 1, or back."""
        b = self._builder
        before, head = b.block, self._function.append_basic_block()
        inside, end = self._function.append_basic_block(), self._function.append_basic_block()
        b.branch(head)
        b.position_at_end(head)
        i = b.phi(INDEX)
        i.add_incoming(INDEX(0), before)
        b.cbranch(b.icmp_unsigned("<", i, count), inside, end)
        b.position_at_end(inside)
        body(b.sub(b.sub(count, INDEX(1)), i) if is_backward else i)
        i.add_incoming(b.add(i, INDEX(1)), b.block)
        b.branch(head)
        b.position_at_end(end)

    def _statement(self, statement: Statement) -> None:
        target, value = statement.target, statement.value
        self._done = {}
        if target.buffer == "gS" and value.__class__ is float:
            return  # a gradient to which nothing was sent is 0
        if target.rows.size > 1:
            self._many(statement)
            return
        key, y = key_of(target), self._value(value)
        is_zero = key in self._zero - self._known if self._round is not None else self._is_empty(key)
        self._write(key, self._builder.fadd(self._read(key), y) if statement.adds and not is_zero else y)

    def _many(self, statement: Statement) -> None:
        """Copy many rows, or add them where something was sent, or set them to a number."""
        to, value, b = statement.target, statement.value, self._builder
        rows = [to.rows.ravel().tolist()]
        if isinstance(value, View):
            rows.append(value.rows.ravel().tolist())
        if to.buffer == "gS" and len(rows) > 1:
            pairs = [(x, y) for x, y in zip(*rows) if y in self._sent]
            self._fill(x for x, _ in pairs)
            rows = [[x for x, _ in pairs], [y for _, y in pairs]]
        tables = [self._table(x) for x in rows]

        def each(i: Any) -> None:
            found = [b.load(b.gep(table, [INDEX(0), i])) for table in tables]
            at = self._at(to.buffer, found[0])
            y = b.load(self._at(value.buffer, found[1]), align=8) if len(found) > 1 else self._values.number(value)
            self._store(b.fadd(b.load(at, align=8), y) if statement.adds else y, at)

        self._repeat(INDEX(len(rows[0])), each)

    def _fill(self, rows: Iterable[int]) -> None:
        """Set gradients to 0 to which nothing was sent yet."""
        empty = [row for row in dict.fromkeys(rows) if row not in self._sent]
        self._sent.update(empty)
        if empty:
            self._many(Statement(View("gS", np.array(empty, np.intp)), 0.0))

    # Expressions.

    def _value(self, x: Any) -> Any:
        if isinstance(x, View):
            return self._read(key_of(x))
        if not isinstance(x, Call):
            return self._values.number(float(x))
        if id(x) not in self._done:
            self._done[id(x)] = self._kernel(x.op.name, x.inputs) if isinstance(x.op, Kernel) else self._operation(x)
        return self._done[id(x)]

    def _operation(self, x: Call) -> Any:
        exponent = x.inputs[1] if x.op is power else None
        return self._values.operation(x.op, [self._value(each) for each in x.inputs], exponent)

    def _kernel(self, name: str, inputs: Sequence[Any]) -> Any:
        values = self._values
        match name:
            case "seed":
                return values.number(1.0)
            case "pass":
                g, d = map(self._value, inputs)
                return values.select(d, self._builder.fmul(g, d), values.number(0.0))
            case "softmax":
                *xs, y = map(self._value, inputs)
                es = values.powers(xs, y)
                return es, values.sum(es)
            case "part":
                es, whole = self._value(inputs[0])
                return self._builder.fdiv(es[int(inputs[1])], whole)
        raise NotNativeError(f"machine code cannot compute a {name}")
