"""Places in the buffers of machine code, and the variables that hold their numbers in loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from autograd.compiler.ir import View
from autograd.compiler.native_values import DOUBLE, Values

INDEX, POINTER = ir.IntType(64), DOUBLE.as_pointer()
Key = tuple[str, int, int]  # buffer, row and step of a place


class Places:
    """The function `run(count, columns, shared, samples, results, gradients, work)` of a module, and its variables.

    `work` has room for both buffers: first the numbers in `size` rows, then their gradients, each a vector of `width`
    samples. In a loop, variables hold the numbers of a round: LLVM keeps them in registers.
    """

    def __init__(self, size: int, width: int) -> None:
        self.module = ir.Module("program")
        self._values, self._size, self._width = Values(self.module, width), size, width
        arguments = [INDEX, INDEX, POINTER, POINTER, POINTER, POINTER, POINTER]
        self._function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), arguments), "run")
        for argument in self._function.args:
            if argument.type == POINTER:
                argument.add_attribute("noalias")
        self._builder = self._values.builder = ir.IRBuilder(self._function.append_basic_block())
        self._round: Any = None
        self._cells: dict[Key, Any] = {}  # variables for what a loop reads and writes
        self._known: set[Key] = set()  # places whose variables have their numbers in this round
        self._zero: set[Key] = set()  # gradients that start from 0 in each round
        self._sent: set[int] = set()  # rows of gradients that were written
        self._kept: set[int] = set()  # rows that loops store, because the backward pass or later parts read them

    def _table(self, rows: Sequence[int]) -> Any:
        kind = ir.ArrayType(INDEX, len(rows))
        table = ir.GlobalVariable(self.module, kind, f"rows{len(self.module.globals)}")
        table.initializer, table.global_constant, table.linkage = ir.Constant(kind, list(rows)), True, "internal"
        return table

    def _cell(self, y: Any) -> Any:
        """Return a new variable with a number."""
        with self._builder.goto_block(self._function.entry_basic_block):
            cell = self._builder.alloca(self._values.type)
        self._builder.store(y, cell)
        return cell

    def _read(self, key: Key) -> Any:
        """Return the number at a place; in a loop, load it once in each round."""
        if self._round is None:
            return self._values.number(0.0) if self._is_empty(key) else self._load(key)
        if key not in self._known:
            self._keep(key, self._values.number(0.0) if key in self._zero else self._load(key))
        return self._builder.load(self._cells[key])

    def _write(self, key: Key, y: Any) -> None:
        buffer, row, step = key
        if self._round is not None:
            self._keep(key, y)
        if self._round is None or (buffer == "S" and not self._kept.isdisjoint((row, row - step))):
            self._store(y, self._place(key))
        if self._round is None and buffer == "gS":
            self._sent.add(row)

    def _keep(self, key: Key, y: Any) -> None:
        if key in self._cells:
            self._builder.store(y, self._cells[key])
        else:
            self._cells[key] = self._cell(y)
        self._known.add(key)

    def _is_empty(self, key: Key) -> bool:
        """Check if nothing was sent to a gradient."""
        return key[0] == "gS" and key[1] not in self._sent

    def _load(self, key: Key) -> Any:
        return self._builder.load(self._place(key), align=8)

    def _place(self, key: Key) -> Any:
        buffer, row, step = key
        place = INDEX(row)
        if step and self._round is not None:
            place = self._builder.add(place, self._builder.mul(self._round, INDEX(step)))
        return self._at(buffer, place)

    def _at(self, buffer: str, row: Any) -> Any:
        b, start = self._builder, self._size if buffer == "gS" else 0
        place = b.mul(b.add(row, INDEX(start)), INDEX(self._width))
        return self._as_vectors(b.gep(self._function.args[-1], [place]))

    def _as_vectors(self, pointer: Any) -> Any:
        return pointer if self._width == 1 else self._builder.bitcast(pointer, self._values.type.as_pointer())

    def _store(self, value: Any, at: Any) -> None:
        self._builder.store(value, at, align=8)

    def _splat(self, x: Any) -> Any:
        if self._width == 1:
            return x
        result = ir.Constant(self._values.type, ir.Undefined)
        for lane in range(self._width):
            result = self._builder.insert_element(result, x, ir.IntType(32)(lane))
        return result


def key_of(view: View) -> Key:
    """Return the place of a view of a single row."""
    return view.buffer, int(view.rows.flat[0]), view.step
