"""`ScalarProgram`: Python code on floats for a graph without repetition across samples, such as a long recurrence.

It calls the values of the operations without their IEEE limits. If one raises an ArithmeticError or a ValueError, the
array program takes over.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.adjoint import adjoint
from autograd.compiler.code import UFUNCS, code_of, unannotated
from autograd.compiler.ir import Passes, View
from autograd.compiler.layout import Layout
from autograd.compiler.loop_rows import rows_read
from autograd.compiler.lowering import lower
from autograd.compiler.scalar_writer import ScalarWriter
from autograd.compiler.tape import Node
from autograd.operation import Op
from autograd.ops import AUXILIARY, TABLE
from autograd.syntax import NoSourceError, with_callees
from autograd.terminal import printed


def _softmax(xs: Sequence[float], y: float) -> list[float]:
    """Return the partial derivatives of logsumexp at `xs`, where it is `y`."""
    if math.isinf(y):
        raise ArithmeticError("the shares of infinite numbers are left to the array program")
    es = [math.exp(x - y) for x in xs]
    whole = sum(es)
    return [e / whole for e in es]


def _passed(g: float, d: float) -> float:
    return g * d if d else 0.0


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    UFUNCS.get(op.name, op.name): op.value for op in (*TABLE.values(), *AUXILIARY)
}
_FUNCTIONS |= {"softmax": _softmax, "passed": _passed}
_IMPORTS = "from math import inf, nan\n"


class _Code(NamedTuple):
    """The statements of a program on floats, and the codes of its results.

    Those of `value` are the forward pass; `saving` also saves what the backward pass, `gradients`, reads of loops.
    Operations of users have `own` names, and `functions` are the names of those that are called.
    """

    value: list[str]
    numbers: list[str]
    saving: list[str]
    saving_numbers: list[str]
    gradients: list[str]
    derivatives: list[str]
    own: dict[Op, str]
    functions: dict[str, None]


@printed
class ScalarProgram:
    """A program on floats, for a layout of single entries.

    `value` and `value_and_grad` take the numbers of its inputs, in their `rows`, and return those of the `roots`, the
    latter with the derivatives of the first root by the parameters of the layout, which are the first of the inputs.
    They are written from the intermediate representation, `ir`.
    """

    def __init__(self, layout: Layout, roots: Sequence[Node], scalar_nodes: int) -> None:
        self.scalar_nodes = scalar_nodes
        forward = lower(layout)
        results, wanted = [layout.row(root) for root in roots], layout.leaf_rows("S").tolist()
        self.results, self.wanted = results, wanted
        self.size, self.constants = layout.sizes["S"], layout.constants
        root, leaves = View("S", np.array(results[:1])), View("S", np.array(wanted, np.intp))
        self.ir = Passes(forward, adjoint(forward, layout.sizes, root, leaves))
        first = len(layout.constants)
        others = range(first, first + len(layout.leaves))
        self.rows = [*wanted, *others]

    @cached_property
    def _code(self) -> _Code:
        """The program as Python code. Machine code does not need it."""
        (forward, backward), results = self.ir, self.results
        writer = ScalarWriter([code_of(x).text for x in self.constants], backward)
        rows = {*results} | rows_read(forward)
        saving = writer.write_forward(forward, rows | rows_read(backward), saves=True)
        saving_results = [writer.number_in(row) for row in results]
        gradients = writer.write_backward(backward, self.wanted)
        value = writer.write_forward(forward, rows, saves=False)
        numbers = [writer.number_in(row) for row in results]
        return _Code(value, numbers, saving, saving_results, *gradients, writer.own_names, writer.functions)

    @property
    def statements(self) -> list[str]:
        """The statements of the forward pass."""
        return self._code.value

    @property
    def gradients(self) -> list[str]:
        """The statements of the backward pass."""
        return self._code.gradients

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
        for op, own in self._code.own.items():
            namespace |= {own: op.evaluate, f"{own}_linearize": op.linearize}
        exec(compile(f"{_IMPORTS}{source}", "<scalar program>", "exec"), namespace)  # noqa: S102 - of our own making
        return namespace[name]

    @property
    def source(self) -> str:
        """The program as a module, with the values of the operations; those of your own it does not know."""
        definitions = _definitions(self._code.functions)
        return f"{self._docstring}{_IMPORTS}{definitions}\n\n{self._value_source}\n\n{self._gradient_source}"

    @property
    def _docstring(self) -> str:
        own = [f"{name} and {name}_linearize are those of {op}." for op, name in self._code.own.items()]
        first = f"{len(self.statements):,} statements on floats, for {self.scalar_nodes:,} scalar nodes."
        return '"""' + "\n\n".join([first, *own]) + '\n"""\n\n'

    @property
    def _value_source(self) -> str:
        return self._function("value", self.statements, f"[{', '.join(self._code.numbers)}]")

    @property
    def _gradient_source(self) -> str:
        code = self._code
        values = f"values = [{', '.join(code.saving_numbers)}]"  # before the backward pass reuses names
        lines = [*code.saving, values, *code.gradients]
        return self._function("value_and_grad", lines, f"values, [{', '.join(code.derivatives)}]")

    def _function(self, name: str, lines: Sequence[str], result: str) -> str:
        first = [f"{', '.join(f'v{row}' for row in self.rows)}, = inputs"] if self.rows else []
        return "\n    ".join([f"def {name}(inputs):", *first, *lines, f"return {result}"]) + "\n"

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<program of {len(self.statements):,} statements on floats for {self.scalar_nodes:,} scalar nodes>"


def _definitions(names: Collection[str]) -> str:
    """Return the definitions of functions, as they are declared in the table of operations."""
    used = [(name, f) for name, f in _FUNCTIONS.items() if name in names]
    lines = ["import math", "import operator", ""] if used else []
    for name, function in used:
        try:
            tree = unannotated(function)
        except NoSourceError:  # of a function of Python's own
            lines.append(f"{name} = {function.__module__.lstrip('_')}.{function.__name__}")
            continue
        lines += [ast.unparse(unannotated(callee)) for callee in with_callees(function)[:-1]]
        code = ast.unparse(tree)
        lines.append(f"{name} = {code}" if isinstance(tree, ast.Lambda) else f"{code}\n{name} = {function.__name__}")
    return "\n".join(lines).replace("builtins.", "") + "\n"
