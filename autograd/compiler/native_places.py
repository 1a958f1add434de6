"""Functions of machine code: places in their buffers, and loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autograd.compiler.ir import View
from autograd.compiler.native_values import Values

Key = tuple[str, int, int]  # buffer, row and step of a place


class Function(Values):
    """A function that reads and writes the array `work`: the numbers in `size` rows, then their gradients.

    `known` are the numbers at the places that were read or written.
    """

    def __init__(self, width: int, functions: dict[str, str], size: int) -> None:
        super().__init__(width, functions)
        self.known: dict[Key, str] = {}
        self.written: dict[Key, str] = {}  # numbers that other functions read
        self.round = ""  # the name of the round of a loop, in its body
        self._size, self._label = size, "start"
        self.lines.append("start:")

    def row(self, buffer: str, row: int) -> int:
        """Return the row of `work` for one of a buffer."""
        return row + self._size if buffer == "gS" else row

    def place(self, key: Key) -> str:
        """Return the address of a place; in a loop, that of this round."""
        buffer, row, step = key
        base = "%work"
        if step and self.round:
            base = self.address(base, self.define(f"mul i64 {self.round}, {step}"))
        return self.address(base, self.row(buffer, row))

    def address(self, array: str, row: int | str) -> str:
        """Return the address of a row of an array."""
        return self.define(f"getelementptr {self.type}, ptr {array}, i64 {row}")

    def load(self, at: str) -> str:
        """Load a number."""
        return self.new(f"load {self.type}, ptr {at}, align 8")

    def store(self, y: str, at: str) -> None:
        """Store a number."""
        self.lines.append(f"store {self.type} {y}, ptr {at}, align 8")

    def repeat(
        self, count: int | str, body: Callable[[str], None], carried: Mapping[Key, tuple[str, Key]] | None = None
    ) -> dict[Key, str]:
        """Write a loop of at least one round, and return the last numbers of what is `carried`.

        Those begin with a number; later rounds have the number that stood at another place at the end of the last one.
        """
        block, before, outer = f"round{len(self.lines)}", self._label, (dict(self._names), dict(self.known), self.round)
        self.lines += [f"br label %{block}", f"{block}:"]
        start, self._label = len(self.lines), block
        carried = carried or {}
        names = {key: f"%{block}.{k}" for k, key in enumerate(carried)}
        self.known |= names
        body(f"%{block}.i")
        last = {key: self.known[after] for key, (_, after) in carried.items()}
        following = self.new(f"add i64 %{block}.i, 1")
        is_last = self.new(f"icmp eq i64 {following}, {count}")
        phis = [(f"%{block}.i = phi i64", "0", following)]
        phis += [(f"{names[key]} = phi {self.type}", carried[key][0], last[key]) for key in carried]
        self.lines[start:start] = [f"{x} [{y}, %{before}], [{z}, %{self._label}]" for x, y, z in phis]
        self._names, self.known, self.round = outer
        self._label = f"end{len(self.lines)}"
        self.lines += [f"br i1 {is_last}, label %{self._label}, label %{block}", f"{self._label}:"]
        return last


def key_of(view: View) -> Key:
    """Return the place of a view of a single row."""
    return view.buffer, view.rows.item(0), view.step
