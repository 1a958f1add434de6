"""Write array programs as NumPy code: a statement or a few for each one of the intermediate representation."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from autograd.compiler.code import Code
from autograd.compiler.contraction import contraction
from autograd.compiler.elementwise import Elementwise
from autograd.compiler.ir import Call, Contract, Loop, Part, Statement, View, flat, is_batched
from autograd.compiler.layout import Layout
from autograd.compiler.listing import Listing
from autograd.compiler.names import Names
from autograd.compiler.printer import Printer
from autograd.compiler.sharing import expanded, key_of, makes
from autograd.compiler.views import code_of_view, moved
from autograd.operation import Op
from autograd.ops import neg
from autograd.printing.precedence import ATOM

_NUMBERS = {x.hex(): name for x, name in {0.0: "zero", 0.5: "half", 1.0: "one", 2.0: "two"}.items()}
_INTO_CONTIGUOUS = ("dot", "product")  # functions that can write into contiguous arrays only


class Writer(Printer):
    """Writes statements, and collects what they need.

    `views` are bound once for all calls, and `rounds` once for each round of a loop. `constants` are arrays of row
    numbers and `numbers` arrays of a single one, which NumPy reads faster than floats. `calls` are functions that
    cannot be written as code. Calls that are `shared` are written once (see `sharing`).
    """

    def __init__(self, layout: Layout, shared: set[Hashable]) -> None:
        super().__init__()
        self._shared = shared
        self.names = Names(layout)
        self.views: dict[str, str] = {}  # codes, by name
        self.rounds: list[tuple[str, int, dict[str, str]]] = []  # name, count, and codes by name
        self.constants: dict[str, str] = {}
        self.numbers: dict[str, float] = {}
        self.calls: dict[str, Elementwise] = {}
        self.listing = Listing(self.name, set(layout.ones))
        self._bound: dict[Any, str] = {}  # names of views, by their keys
        self._known: dict[Any, str] = {}  # names of what else was bound or computed
        self._loop: dict[str, str] | None = None
        self._lines: list[str] = []

    def write(self, parts: Sequence[Part]) -> list[str]:
        """Return the lines of code of statements."""
        lines: list[str] = []
        self._lines = lines
        self._sums = {s.target.key for s, _ in flat(parts) if s.adds}
        for part in parts:
            if isinstance(part, Loop):
                self._write_loop(part)
            else:
                self._write(part)
        return lines

    def _write_loop(self, loop: Loop) -> None:
        outer, outer_known = self._lines, dict(self._known)
        self._lines, self._loop = [], {}
        order = f"reversed(range({loop.rounds}))" if loop.adjoint_of else f"range({loop.rounds})"
        self.listing.note_line("", f"for _ in {order}:")
        self.listing.depth = 1
        for statement in loop.body:
            self._choose_name(statement)
        for statement in loop.body:
            self._write(statement)
        body, bound, self.listing.depth = self._lines, self._loop, 0
        name = self.names.new("rounds")
        self.rounds.append((name, loop.rounds, bound))
        self._lines, self._loop, self._known = outer, None, outer_known
        self._bound = {key: x for key, x in self._bound.items() if x not in bound}
        items = f"reversed({name})" if loop.adjoint_of else name
        names = f"{', '.join(bound)}{',' * (len(bound) == 1)}"
        head = f"for {names} in {items}:" if bound else f"for _ in range({loop.rounds}):"
        self._lines += [head, *(f"    {line}" for line in body)]

    def _write(self, statement: Statement) -> None:
        target, value = statement.target, statement.value
        self._choose_name(statement)
        if target.is_distinct:
            self._assign(statement)
        else:
            self._scatter(target, value)
        self.listing.add(statement)

    def _choose_name(self, statement: Statement) -> None:
        self.names.of_target(statement, statement.target.key in self._sums)

    def _assign(self, statement: Statement) -> None:
        target, value = statement.target, statement.value
        sign = "add"
        if statement.adds and isinstance(value, Call) and value.op is neg:
            sign, value = "subtract", value.inputs[0]
        has_samples = target.is_batched
        code = self.code(value, has_samples)
        self.note(code)
        text = code.text
        if code_of_view(target) is None:
            at = f"{self._buffer(target)}[{self._index(target.rows)}]"
            self._lines.append(f"{at} {'-+'[sign == 'add'] if statement.adds else ''}= {text}")
            return
        name = self.name(target)
        if statement.adds:
            self.need(sign)
            self._lines.append(f"{sign}({name}, {text}, out={name})")
        elif code.function and (target.is_contiguous or code.function not in _INTO_CONTIGUOUS):
            self.need(code.function)
            self._lines.append(f"{code.function}({code.arguments}, out={name})")
        else:
            self._lines.append(f"{name}[...] = {text}")

    def _scatter(self, target: View, value: Any) -> None:
        """Add to rows of which some are the same: the sum of what is sent to each."""
        order = np.argsort(target.rows.ravel(), kind="stable")
        rows, starts = np.unique(target.rows.ravel()[order], return_index=True)
        numbers = ", ".join(self._index(x) for x in (target.rows, order, rows, starts))
        self.need("scatter")
        text = self.text(value, target.is_batched, level=0)
        self._lines.append(f"scatter({self._buffer(target)}, {numbers}, {text})")

    # Leaves of expressions.

    def number(self, x: float) -> Code:
        """Return the name of an array of a number."""
        key = x.hex()
        if key not in self._known:
            self._known[key] = _NUMBERS.get(key) or self.names.new("number")
            self.numbers[self._known[key]] = x
        return Code(self._known[key])

    def view(self, view: View, has_samples: bool) -> Code:
        """Return the name of a view, or of the rows that are gathered if they follow no pattern."""
        axis = "[..., None]" if has_samples and not view.is_batched else ""
        if code_of_view(view) is not None:
            return Code(self.name(view, axis))
        gathered = f"{self._buffer(view)}[{self._index(view.rows)}]{axis}"
        return Code(self._local((*view.key, axis), "t", lambda: Code(gathered)))

    def name(self, view: View, axis: str = "") -> str:
        """Return the name of a view that follows a pattern."""
        key = (*view.key, axis)
        if key not in self._bound:
            stem = self.names.of_view(view)
            name = self._bound[key] = self.names.new(stem)
            is_moving = self._loop is not None and view.step
            code = f"{code_of_view(view, 'i' if is_moving else '')}{axis}"
            (self._loop if is_moving and self._loop is not None else self.views)[name] = code
            if view.rows.ndim > 1 and not view.is_contiguous:
                self.need("grid")
            if not axis:
                self.names.note(view, name)
        return self._bound[key]

    def _buffer(self, view: View) -> str:
        """Return the name of the buffer of a view; in a loop, of what follows the first row that a round reads."""
        if self._loop is None or not view.step:
            return view.buffer
        key = (view.buffer, view.step)
        if key not in self._bound:
            self._bound[key] = self.names.new(f"{view.buffer}_i")
            self._loop[self._bound[key]] = f"{view.buffer}[{moved(view, 0, 'i')}:]"
        return self._bound[key]

    def _index(self, rows: Any) -> str:
        """Return the name of an array of row numbers."""
        code = f"np.array({rows.tolist()})"
        if code not in self._known:
            self._known[code] = self.names.new("K")
            self.constants[self._known[code]] = code
        return self._known[code]

    def _local(self, key: Any, stem: str, code: Callable[[], Code], is_listed: bool = True) -> str:
        """Return the name of a local variable with the value of some code, which is computed once."""
        if key not in self._known:
            value = code()
            self.note(value)
            self._known[key] = self.names.new(stem)
            self._lines.append(f"{self._known[key]} = {value.text}")
            if is_listed:
                self.listing.note_line(self._known[key], value.text)
        return self._known[key]

    def ones(self) -> str:
        """Return the name of as many ones as there are samples: a product with these is a sum."""
        self.views["ones"] = "np.ones(V.shape[1])"
        return "ones"

    # Expressions of arrays.

    def code(self, x: Any, has_samples: bool = False) -> Code:
        """Write an expression or a number. What several statements need is computed once."""
        if not self._shared or not isinstance(x, Call):
            return super().code(x, has_samples)
        has_samples, key = has_samples or is_batched(x), key_of(x)
        form = expanded(x)

        def write() -> Code:
            is_inline = form is not None and makes(form, self._shared)
            return self.code(form, has_samples) if is_inline else super(Writer, self).code(x, has_samples)

        if key not in self._shared:
            return write()
        return Code(self._local((key, has_samples), "t", write, is_listed=False))

    def contract(self, x: Contract, has_samples: bool) -> Code:
        """Write a contraction as a call of NumPy."""
        function, arguments = contraction(self.text(x.left), self.text(x.right), x.axes, x.sizes)
        self.need(*(["product", "dot", "matmul"] if function == "product" else [function]))
        if has_samples and not is_batched(x):
            return Code(f"{function}({arguments})[..., None]")
        writes_into = "" if function == "paired" else function
        return Code(f"{function}({arguments})", ATOM, frozenset(), writes_into, arguments)

    def own(self, op: Op, inputs: Sequence[Any], has_samples: bool) -> Code:
        """Write the call of an operation for each element."""
        return Code(f"{self._call(op)}({self.listed(inputs, has_samples)})")

    def _call(self, op: Op) -> str:
        name = next((name for name, call in self.calls.items() if call.op is op), "")
        if not name:
            name = self.names.new("call")
            self.calls[name] = Elementwise(op)
        return name

    def _slope(self, x: Call, has_samples: bool) -> Code:
        call = f"{self._call(x.op.op)}.slopes({self.listed(x.inputs[1:], has_samples)})"
        return Code(f"{self._local(call, 'd', lambda: Code(call))}[{int(x.inputs[0])}]")

    def _sum_samples(self, x: Call, has_samples: bool) -> Code:
        arguments = f"{self.text(x.inputs[0], True, level=0)}, {self.ones()}"
        self.need("dot")
        return Code(f"dot({arguments})", ATOM, frozenset(), "dot", arguments)

    def _join(self, x: Call, has_samples: bool) -> Code:
        shapes = [f"({', '.join(map(str, view.rows.shape))}, V.shape[1])" for view in x.inputs]
        blocks = [f"broadcast_to({self.text(view, True)}, {shape})" for view, shape in zip(x.inputs, shapes)]
        self.need("broadcast_to", "concatenate")
        key = ("join", *(view.key for view in x.inputs))
        return Code(self._local(key, "t", lambda: Code(f"concatenate(({', '.join(blocks)}), 1)")))

    def _part(self, x: Call, has_samples: bool) -> Code:
        name = self._local(id(x.inputs[0]), "d", lambda: self.code(x.inputs[0], has_samples))
        return Code(f"{name}[:, {int(x.inputs[1])}:{int(x.inputs[2])}]")

    def _gather(self, x: Call, has_samples: bool) -> Code:
        table, index = x.inputs
        chosen = self._chosen(index, table.rows.shape[1])
        self.need("gather")
        return Code(f"gather({self.text(table)}, {chosen})")

    def _collect(self, x: Call, has_samples: bool) -> Code:
        g, index, count = x.inputs
        self.need("collect")
        return Code(f"collect({self.text(g, True)}, {self._chosen(index, int(count))}, {int(count)})")

    def _chosen(self, index: View, count: int) -> str:
        self.need("chosen")
        code = f"chosen({self.text(index, True)}, {count})"
        return self._local(code, "k", lambda: Code(code), is_listed=False)
