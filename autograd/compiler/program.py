"""`Program`: the array program of a graph, and its functions bound to buffers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from html import escape
from types import CodeType
from typing import Any

import numpy as np

from autograd.compiler.adjoint import adjoint
from autograd.compiler.arguments import Array
from autograd.compiler.gathers import with_gathers
from autograd.compiler.ir import Passes, View
from autograd.compiler.layout import Layout
from autograd.compiler.lowering import lower
from autograd.compiler.sharing import shared_calls
from autograd.compiler.source import docstring, source_of
from autograd.compiler.tape import Node
from autograd.compiler.writer import Writer
from autograd.printing.table import Table
from autograd.printing.webpage import Html
from autograd.terminal import printed


@printed
class Program:
    """An array program: what it prints is a module of NumPy code that can be run on its own.

    `statements` are those of the forward pass and `gradients` those of the backward pass, as they are read. They are
    written from the intermediate representation, `ir`, which was recovered from `scalar_nodes`. Gradients are of the
    first of the `roots`, by the parameters or by the arguments: the leaves in the buffer that is `wanted`, "S" or "V".
    """

    def __init__(self, layout: Layout, roots: Sequence[Node], wanted: str, scalar_nodes: int) -> None:
        self.layout, self.scalar_nodes = layout, scalar_nodes
        self.roots = [(layout.buffer(root), layout.row(root)) for root in roots]
        forward = with_gathers(lower(layout), layout.constants, self.roots)
        buffer, row = self.roots[0]
        backward = adjoint(forward, layout.sizes, View(buffer, np.array([row])), View(wanted, layout.leaf_rows(wanted)))
        self.ir = Passes(forward, backward)
        writer = Writer(layout, shared_calls([*forward, *backward]))
        lines = writer.write(forward)
        written = len(writer.listing.lines)
        code = lines, writer.write(backward)
        self._lines = writer.listing.lines[:written], writer.listing.lines[written:]
        self._scopes = [
            writer.names.scope_of(line.target) if line.target is not None else "" for line in self._lines[0]
        ]
        self._code = source_of(writer, layout, *code, self.roots, wanted)
        self._calls = writer.calls
        self.has_own = bool(writer.calls)  # operations that are called for each element

    @cached_property
    def _compiled(self) -> CodeType:
        return compile(self._code, "<array program>", "exec")

    def __getstate__(self) -> dict[str, Any]:
        return {name: x for name, x in vars(self).items() if name != "_compiled"}  # which cannot be pickled

    @property
    def statements(self) -> list[str]:
        """The statements of the forward pass."""
        return [str(line) for line in self._lines[0]]

    @property
    def gradients(self) -> list[str]:
        """The statements of the backward pass."""
        return [str(line) for line in self._lines[1]]

    def bound(self, samples: int) -> tuple[Array, Array, Array, Array, Callable[[], None], Callable[[Any], None]]:
        """Return new buffers S, V, gS, gV for so many `samples`, and the functions `forward` and `backward` on them.

        `forward()` computes all rows of S and V; `backward(seed)` does that and all gradients, into gS and gV.
        """
        namespace: dict[str, Any] = dict(self._calls)
        exec(self._compiled, namespace)  # noqa: S102 - of our own making
        buffers = namespace["buffers"](samples)
        return *buffers, *namespace["bind"](*buffers)

    @property
    def source(self) -> str:
        """The program as a module: what is computed, in its docstring, and the functions that compute it."""
        return docstring(self.layout, self.scalar_nodes, *self._lines) + self._code

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<program of {self._caption}>"

    @property
    def _caption(self) -> str:
        return f"{len(self.statements)} array statements for {self.scalar_nodes:,} scalar nodes"

    def _repr_html_(self) -> str:
        table = Table([["part", "scalar nodes", "array statement"], *self._rows()], self._caption)
        return (
            f"{table.html()}<p>and for the gradients:</p><pre>{escape(chr(10).join(self.gradients))}"
            f"</pre><details><summary>source</summary><pre>{escape(self.source)}</pre></details>"
        )

    def _rows(self) -> Iterator[list[str]]:
        """Yield a row for each array statement: its part of the model, its scalar nodes, and the statement."""
        for line, scope in zip(self._lines[0], self._scopes):
            nodes = f"{line.target.rows.size:,} × {line.operation}" if line.target is not None else ""
            yield [(scope or "").replace("_", " "), nodes, Html(f"<code>{escape(str(line))}</code>")]
