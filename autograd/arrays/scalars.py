"""`ScalarProgram`: straight-line Python for a graph that does not repeat itself, such as a long recurrence.

    v5 = v0 * v1 + v2
    v6 = sin(v5)

Its functions are the values of the operations, without what makes them IEEE arithmetic: where one raises an
ArithmeticError or a ValueError, the array program has to compute what they do not.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from autograd.arrays.code import UFUNCS, Code, NotCodeError, code_of, partials_code
from autograd.operation import Op
from autograd.ops import TABLE, power
from autograd.source import NoSourceError, definition
from autograd.value import Value

_FUNCTIONS: dict[str, Callable[..., Any]] = {UFUNCS.get(name, name): op.value for name, op in TABLE.items()} | {
    "square": lambda x: x * x
}
_IMPORTS = "from math import inf, nan\n"
_NAME = re.compile(r"v\d+")
_LONGEST = 80  # characters of what becomes part of another expression
_MOST_TERMS = 20  # of a sum, which Python nests as deep
_WRITTEN = {"add": "{} + {}", "sub": "{} - {}", "mul": "{} * {}", "div": "{} / {}", "neg": "-{}"}


class ScalarProgram:
    """A program for a graph on floats, given by its nodes in topological `order`, with a statement for each.

    `value` and `value_and_grad` take the numbers of the `inputs`, and return those of the `roots`, the latter with the
    derivatives of the first root by the `wanted` leaves, which are the first of the inputs.
    """

    def __init__(self, order: Sequence[Value], roots: Sequence[Value], wanted: Sequence[Value]) -> None:
        known = set(wanted)
        self.inputs = [*wanted, *(node for node in order if node.op is None and node not in known)]
        computed = [node for node in order if node.op is not None]
        self._names = {node: f"v{i}" for i, node in enumerate([*self.inputs, *computed])}
        self._own: dict[Op, str] = {}
        self.scalar_nodes = len(order)
        self._sent: dict[Value, list[str]] = {}  # to each node, as code
        self._derivatives: list[str] = []
        self.gradients = list(self._backward(computed, roots[0], wanted))
        self._results = ", ".join(self._names[root] for root in roots)
        self.statements = list(self._forward(computed))

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
        for op, own in self._own.items():
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
        own = [f"{name} and {name}_linearize are those of {op}." for op, name in self._own.items()]
        first = f"{len(self.statements):,} statements on floats, for {self.scalar_nodes:,} scalar nodes."
        return '"""' + "\n\n".join([first, *own]) + '\n"""\n\n'

    @property
    def _value_source(self) -> str:
        return _function("value", self._inputs_line(), self.statements, f"return [{self._results}]")

    @property
    def _gradient_source(self) -> str:
        lines = [*self.statements, *self.gradients]
        returned = f"return [{self._results}], [{', '.join(self._derivatives)}]"
        return _function("value_and_grad", self._inputs_line(), lines, returned)

    def _inputs_line(self) -> list[str]:
        names = [self._names[x] for x in self.inputs]
        return [f"{', '.join(names)}, = inputs"] if names else []

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<program of {len(self.statements):,} statements on floats for {self.scalar_nodes:,} scalar nodes>"

    def _forward(self, computed: Sequence[Value]) -> Iterator[str]:
        """Yield the statements of the forward pass; what is read once, and not going back, is part of its reader."""
        uses = Counter(chain.from_iterable(node.inputs for node in computed))
        going_back = set(_NAME.findall("\n".join([*self.gradients, self._results])))
        code = dict(self._names)
        for node in computed:
            text = self._value(node, [code[x] if x.__class__ is Value else _number(float(x)) for x in node.inputs])
            if uses[node] == 1 and code[node] not in going_back and len(text) < _LONGEST:
                code[node] = f"({text})"
            else:
                yield f"{code[node]} = {text}"

    def _value(self, node: Value, inputs: list[str]) -> str:
        op = node.op
        if op is None:
            return self._names[node]
        if op.is_ours and op.name in _WRITTEN:
            return _WRITTEN[op.name].format(*inputs)
        if op.is_ours and op.name in ("<", "<=", ">", ">="):
            return f"1.0 if {inputs[0]} {op.name} {inputs[1]} else 0.0"
        name = UFUNCS.get(op.name, op.name) if op.is_ours else self._name_of(op)
        return f"{name}([{', '.join(inputs)}])" if op.variadic or not op.is_ours else f"{name}({', '.join(inputs)})"

    def _name_of(self, op: Op) -> str:
        """Return the name of a function that computes somebody's own operation from a list of inputs."""
        return self._own.setdefault(op, f"own{len(self._own)}")

    def _backward(self, computed: Sequence[Value], root: Value, wanted: Sequence[Value]) -> Iterator[str]:
        """Yield the statements of the backward pass, and note which names have the derivatives by the `wanted`."""
        needed = set(wanted)
        for node in computed:
            if not needed.isdisjoint(node.inputs):
                needed.add(node)
        if root in needed:
            self._sent[root] = ["1.0"]
        for node in reversed(computed):
            if node in self._sent:
                gradient = yield from self._arrived(node)
                yield from self._sends(node, gradient, needed)
        for leaf in wanted:
            derivative = yield from self._arrived(leaf)
            self._derivatives.append(derivative)

    def _arrived(self, node: Value) -> Generator[str, None, str]:
        """Return the name of the gradient that arrived at a node; yield the statement that adds it up, if any does."""
        sent = self._sent.pop(node, ["0.0"])
        if len(sent) == 1 and (sent[0].isidentifier() or sent[0] == "0.0"):
            return sent[0]
        name = f"g{self._names[node][1:]}"
        yield f"{name} = {' + '.join(sent)}".replace("+ -", "- ")
        return name

    def _sends(self, node: Value, gradient: str, needed: set[Value]) -> Iterator[str]:
        row = yield from self._row(node, node.op)
        for x, partial in zip(node.inputs, row):
            if x in needed:
                sent = self._sent.setdefault(x, [])
                if len(sent) == _MOST_TERMS:
                    self._sent[x] = sent = [(yield from self._arrived(x))]
                if partial in ("1.0", "-1.0"):
                    sent.append(partial.replace("1.0", gradient))
                else:
                    sent.append(f"{gradient} * {partial if partial.isidentifier() else f'({partial})'}")

    def _row(self, node: Value, op: Op | None) -> Generator[str, None, list[str]]:
        """Return the code of the local derivatives at a node; yield the statement that computes them, if any does."""
        if op is None:
            return []
        inputs = [self._names[x] if x.__class__ is Value else _number(float(x)) for x in node.inputs]
        y = self._names[node]
        try:
            if op.variadic:
                return [code_of(d).text for d in partials_code(op, list(map(Code, inputs)), Code(y))]
            exponent = float(node.inputs[1]) if op is power else None
            return [template.format(*inputs, y=y) for template in _templates(op, exponent)]
        except NotCodeError:
            name = f"d{y[1:]}"
            yield f"{name} = {self._name_of(op)}_linearize([{', '.join(inputs)}])[1]"
            return [f"{name}[{i}]" for i in range(len(inputs))]


@lru_cache(maxsize=1024)
def _templates(op: Op, exponent: float | None) -> list[str]:
    """Return the code of the row of an operation, with places for its inputs and its output."""
    inputs: list[Any] = [Code(f"{{{i}}}") for i in range(op.arity or 0)]
    if exponent is not None:
        inputs[1] = exponent
    return [code_of(d).text for d in partials_code(op, inputs, Code("{y}"))]


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
        code = ast.unparse(tree)
        lines.append(f"{name} = {code}" if isinstance(tree, ast.Lambda) else f"{code}\n{name} = {function.__name__}")
    return "\n".join(lines).replace("builtins.", "") + "\n"


def _number(x: float) -> str:
    return f"({x!r})" if str(x).startswith("-") else repr(x)


def _function(name: str, first: list[str], lines: list[str], last: str) -> str:
    return "\n    ".join([f"def {name}(inputs):", *first, *lines, last]) + "\n"
