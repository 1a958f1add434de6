"""`ScalarProgram`: Python code on floats for a graph without repetition across samples, such as a long recurrence.

It calls the values of the operations without their IEEE limits. If one raises an ArithmeticError or a ValueError, the
array program takes over.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from autograd.compiler.adjoints import Adjoints
from autograd.compiler.code import UFUNCS
from autograd.compiler.statements import Statements, names_in
from autograd.compiler.symbols import Symbol
from autograd.ops import AUXILIARY, TABLE
from autograd.syntax import NoSourceError, definition, with_callees
from autograd.terminal import printed


def _softmax(xs: Sequence[float], y: float) -> list[float]:
    """Return the partial derivatives of logsumexp at `xs`, where it is `y`."""
    if math.isinf(y):
        raise ArithmeticError("the shares of infinite numbers are left to the array program")
    es = [math.exp(x - y) for x in xs]
    whole = sum(es)
    return [e / whole for e in es]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    UFUNCS.get(op.name, op.name): op.value for op in (*TABLE.values(), *AUXILIARY)
}
_FUNCTIONS |= {"square": lambda x: x * x, "softmax": _softmax, "passed": lambda g, d: g * d if d else 0.0}
_MOST_STATEMENTS = 50_000  # of what Python compiles in a second or two
_IMPORTS = "from math import inf, nan\n"


@printed
class ScalarProgram:
    """A program for a graph on floats, given by its nodes in topological `order`.

    `value` and `value_and_grad` take the numbers of the `inputs`, and return those of the `roots`, the latter with the
    derivatives of the first root by the `wanted` leaves, which are the first of the inputs. It is written where it
    `is_short`: `statements` are those of the forward pass, `gradients` those of the backward pass.
    """

    def __init__(self, order: Sequence[Symbol], roots: Sequence[Symbol], wanted: Sequence[Symbol]) -> None:
        self._written = Statements(order, roots, wanted)
        self.inputs, self.scalar_nodes = self._written.inputs, len(order)
        self.is_short = self._written.count < _MOST_STATEMENTS
        if self.is_short:
            self._write(roots[0], wanted)

    def _write(self, root: Symbol, wanted: Sequence[Symbol]) -> None:
        """Write both passes at once, so that no two threads do."""
        adjoints = Adjoints(self._written, root, wanted)
        read = names_in(adjoints.lines)
        self.statements = list(self._written.forward(read, {}))
        self.gradients, self._derivatives = adjoints.lines, adjoints.derivatives
        self._saving = list(self._written.forward(read, adjoints.saved))

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle all but the functions, which are compiled again."""
        return {name: x for name, x in vars(self).items() if name not in ("value", "value_and_grad")}

    @cached_property
    def value(self) -> Callable[[Sequence[float]], list[float]]:
        """The function that returns the numbers of the roots."""
        function: Callable[[Sequence[float]], list[float]] = self._compiled("value", self._value_source)
        return function

    @cached_property
    def value_and_grad(self) -> Callable[[Sequence[float]], tuple[list[float], list[float]]]:
        """The function that returns the numbers of the roots, and the derivatives of the first one."""
        function: Callable[[Sequence[float]], tuple[list[float], list[float]]]
        function = self._compiled("value_and_grad", self._gradient_source)
        return function

    def _compiled(self, name: str, source: str) -> Any:
        namespace: dict[str, Any] = dict(_FUNCTIONS)
        for op, own in self._written.own.items():
            namespace |= {own: op.evaluate, f"{own}_linearize": op.linearize}
        exec(compile(f"{_IMPORTS}{source}", "<scalar program>", "exec"), namespace)  # noqa: S102 - of our own making
        return namespace[name]

    @property
    def source(self) -> str:
        """The program as a module, with the values of the operations; those of your own it does not know."""
        functions = f"{self._value_source}\n\n{self._gradient_source}"
        return f"{self._docstring}{_IMPORTS}{_definitions(functions)}\n\n{functions}"

    @property
    def _docstring(self) -> str:
        own = [f"{name} and {name}_linearize are those of {op}." for op, name in self._written.own.items()]
        first = f"{len(self.statements):,} statements on floats, for {self.scalar_nodes:,} scalar nodes."
        return '"""' + "\n\n".join([first, *own]) + '\n"""\n\n'

    @property
    def _value_source(self) -> str:
        return self._function("value", self.statements, f"[{', '.join(self._written.results)}]")

    @property
    def _gradient_source(self) -> str:
        results, derivatives = ", ".join(self._written.results), ", ".join(self._derivatives)
        return self._function("value_and_grad", [*self._saving, *self.gradients], f"[{results}], [{derivatives}]")

    def _function(self, name: str, lines: Sequence[str], result: str) -> str:
        names = ", ".join(self._written.names[x] for x in self.inputs)
        first = [f"{names}, = inputs"] if names else []
        return "\n    ".join([f"def {name}(inputs):", *first, *lines, f"return {result}"]) + "\n"

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<program of {len(self.statements):,} statements on floats for {self.scalar_nodes:,} scalar nodes>"


def _definitions(text: str) -> str:
    """Return the definitions of the functions that `text` uses, as they are declared in the table of operations."""
    used = [(name, f) for name, f in _FUNCTIONS.items() if re.search(rf"\b{name}\(", text)]
    lines = ["import math", "import operator", ""] if used else []
    for name, function in used:
        try:
            tree = definition(function)
        except NoSourceError:  # of a function of Python's own
            lines.append(f"{name} = {function.__module__.lstrip('_')}.{function.__name__}")
            continue
        lines += [ast.unparse(definition(callee)) for callee in with_callees(function)[:-1]]
        code = ast.unparse(tree)
        lines.append(f"{name} = {code}" if isinstance(tree, ast.Lambda) else f"{code}\n{name} = {function.__name__}")
    return "\n".join(lines).replace("builtins.", "") + "\n"
