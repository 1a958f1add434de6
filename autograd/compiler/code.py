"""Write NumPy code for the values of operations, by applying them to pieces of code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from copy import deepcopy
from types import FunctionType
from typing import Any

import numpy as np

from autograd.compiler import array_functions
from autograd.compiler.branches import NotCodeError, decide, equal, follow
from autograd.compiler.error_function import erf, erfc, polynomial
from autograd.operand import Operand
from autograd.operation import Op
from autograd.ops import AUXILIARY, TABLE, pow
from autograd.printing.precedence import ATOM, COMPARISON, LEVELS, POWER, PRODUCT, SUM
from autograd.syntax import Definition, definition, with_callees

UFUNCS = {
    op.name: op.numpy or op.name
    for op in (*TABLE.values(), *AUXILIARY)
    if isinstance(op.numpy, str) and op is not pow and isinstance(getattr(np, op.numpy or op.name, None), np.ufunc)
}
_ARRAYS = (
    "dot", "matmul", "einsum", "where", "square", "broadcast_to", "concatenate", "copysign", "inf", "nan",
)  # fmt: skip
NAMES = sorted({*UFUNCS.values(), *_ARRAYS})  # that a program may import


class Code(Operand):
    """A piece of NumPy's code. Applying an operation writes it; `helpers` are the names of functions that it needs.

    If a function can write the result into an array, that is `function`, and `arguments` are the code of its arguments.
    """

    __slots__ = ("arguments", "function", "helpers", "level", "text")

    def __init__(
        self,
        text: str,
        level: int = ATOM,
        helpers: frozenset[str] = frozenset(),
        function: str = "",
        arguments: str = "",
    ) -> None:
        self.text, self.level, self.helpers, self.function, self.arguments = text, level, helpers, function, arguments

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Any:
        if not op.is_ours:
            return _own(op, inputs)
        if op.infix == "*" and any(map(is_one, inputs)):
            return inputs[1] if is_one(inputs[0]) else inputs[0]
        pieces = [code_of(x) for x in inputs]
        helpers = frozenset().union(*(piece.helpers for piece in pieces))
        if op.infix == "**":
            return _power(pieces[0], pieces[1], helpers)
        if op.infix:
            return infix(op.infix, pieces, helpers, UFUNCS[op.name])
        return infix(op.name, pieces, helpers) if op.name in LEVELS else _called(op.name, pieces, helpers)

    def inside(self, level: int, right: bool = False) -> str:
        """Return the text as it stands in something of this `level`, perhaps on the right of a sign."""
        return f"({self.text})" if self.level < level or (right and self.level == level) else self.text

    @property
    def is_number(self) -> bool:
        """Whether this is a number, and no name of one."""
        return self.text.lstrip("-")[:1].isdigit() or self.text.lstrip("-") in ("inf", "nan")

    __bool__ = decide
    __eq__ = equal
    __hash__ = None  # type: ignore[assignment]  # as of what has no equality


def is_one(x: Any) -> bool:
    """Say whether `x` is the number 1."""
    return not isinstance(x, Code) and bool(x == 1.0)


def code_of(x: Any) -> Code:
    """Return `x`, or the number `x` as code."""
    if isinstance(x, Code):
        return x
    text = repr(float(x))
    return Code(text, SUM if text.startswith("-") else ATOM)


def infix(sign: str, pieces: Sequence[Code], helpers: frozenset[str] = frozenset(), function: str = "") -> Code:
    """Write two pieces with a sign between them; `function` is that of NumPy for the same."""
    level = LEVELS[sign]
    arguments = ", ".join(piece.text for piece in pieces)
    if level == SUM:  # NumPy does not subtract truth values
        pieces = [Code(f"1.0 * ({x.text})", PRODUCT) if x.level == COMPARISON else x for x in pieces]
    a, b = pieces[0].inside(level, right=level == COMPARISON), pieces[1].inside(level, right=True)
    return Code(f"{a} {sign} {b}", level, helpers, function, arguments)


def _power(x: Code, n: Code, helpers: frozenset[str]) -> Code:
    """Write a power as a function, since the sign ** makes a complex number of a root of a negative float."""
    if n.text == "1.0":
        return x
    if n.text == "2.0":
        return Code(f"square({x.text})", ATOM, helpers | {"square"}, "square", x.text)
    return _called("power" if n.is_number and n.text != "0.5" else "pow", [x, n], helpers)


def _called(name: str, pieces: Sequence[Code], helpers: frozenset[str]) -> Code:
    if name == "neg":
        return Code(f"-{pieces[0].inside(POWER)}", SUM, helpers, "negative", pieces[0].text)
    if name in INLINE:
        return code_of(INLINE[name](pieces) if TABLE[name].variadic else INLINE[name](*pieces))
    called = UFUNCS.get(name, name)
    if called not in KNOWN:
        raise NotCodeError(f"NumPy has no function for {name} that is known here")
    helpers |= _with_needs(called)
    arguments = ", ".join(piece.text for piece in pieces)
    return Code(
        f"{called}({arguments})", ATOM, helpers, "" if called in HELPERS or called == "where" else called, arguments
    )


def _with_needs(helper: str) -> frozenset[str]:
    return frozenset({helper}).union(*map(_with_needs, _NEEDS.get(helper, ())))


def _own(op: Op, inputs: Sequence[Any]) -> Any:
    """Write an operation that is not of the table, by its expression or by its value, which may be arithmetic."""
    value = op.numpy if callable(op.numpy) else op.value
    if op.limit and value is op.value:
        raise NotCodeError(f"{op} has a limit, which code would not reach")
    try:
        return code_of(follow(lambda: value(list(inputs)) if op.variadic else value(*inputs)))
    except Exception:  # which takes nothing but floats
        raise NotCodeError(f"the value of {op} takes nothing but floats") from None


def value_code(op: Op, inputs: Sequence[Any]) -> Code:
    """Return the code of the value of `op` at `inputs`, code or numbers."""
    return code_of(inputs[0]._apply(op, inputs) if isinstance(inputs[0], Code) else Code("")._apply(op, inputs))


def unannotated(function: Callable[..., Any]) -> Definition:
    """Return the syntax tree of a function without its annotations, which name what a program does not import."""
    tree: Any = deepcopy(definition(function))
    tree.returns = None
    for parameter in tree.args.args:
        parameter.annotation = None
    return tree  # type: ignore[no-any-return]


def _source(function: Callable[..., Any]) -> str:
    return ast.unparse(unannotated(function))


def _elementwise(op: Op) -> str:
    """Write the helper for a value that never raises, a function of `math` or of `autograd.floats`."""
    name = op.value.__name__
    if op.value.__module__ == "math":
        return f"{op.name} = np.vectorize(math.{name}, otypes=[float])\n"
    functions = "\n\n".join(map(_source, with_callees(op.value)))
    return f"{functions}\n\n{op.name} = np.vectorize({name}, otypes=[float])\n"


class _Recorded(Operand):
    """A step of the expression of a helper: `op` applied to `inputs`, or a name where `op` is None."""

    __slots__ = ("inputs", "op", "uses")

    def __init__(self, op: Op | None, inputs: Sequence[Any]) -> None:
        self.op, self.inputs, self.uses = op, inputs, 0
        for x in inputs:
            if isinstance(x, _Recorded):
                x.uses += 1

    def _apply(self, op: Op, inputs: Sequence[Any]) -> _Recorded:
        return _Recorded(op, inputs)


def _declare(op: Op) -> None:
    """Make a helper of an operation's NumPy expression; one of a single step, or of a list, is written in its place."""
    if op.variadic:
        INLINE[op.name] = op.numpy
        return
    result = op.numpy(*(_Recorded(None, [name]) for name in op.parameters))  # type: ignore[operator]
    if not any(isinstance(x, _Recorded) and x.op for x in result.inputs):
        INLINE[op.name] = op.numpy
        return
    lines: list[str] = []
    written: dict[_Recorded, Code] = {}

    def write(x: Any) -> Code:
        if not isinstance(x, _Recorded):
            return code_of(x)
        if x.op is None:
            return Code(x.inputs[0])
        if x not in written:
            code = code_of(Code("")._apply(x.op, [write(each) for each in x.inputs]))
            if x.uses > 1:
                lines.append(f"t{len(lines) + 1} = {code.text}")
                code = Code(f"t{len(lines)}", ATOM, code.helpers)
            written[x] = code
        return written[x]

    code = write(result)
    body = "".join(f"    {line}\n" for line in [*lines, f"return {code.text}"])
    HELPERS[op.name], _NEEDS[op.name] = f"def {op.name}({', '.join(op.parameters)}):\n{body}", code.helpers


INLINE: dict[str, Any] = {}  # expressions of a single step, or of a list of inputs
_NEEDS = dict.fromkeys(["erf", "erfc"], frozenset({"polynomial"}))  # functions that a helper calls
_EXPRESSIONS = [op for op in (*TABLE.values(), *AUXILIARY) if callable(op.numpy)]
# What programs need and NumPy does not have, beside the expressions that operations declare as `numpy`.
HELPERS = {
    name: f"{_source(each)}\n"
    for name, each in (vars(array_functions) | {f.__name__: f for f in (polynomial, erfc, erf)}).items()
    if isinstance(each, FunctionType)
}
HELPERS |= {
    op.name: _elementwise(op)
    for op in (*TABLE.values(), *AUXILIARY)
    if getattr(op.value, "__module__", "") in ("math", "autograd.floats") and not (op.limit or op.variadic or op.numpy)
    if op.name not in UFUNCS and op.name not in HELPERS
}
KNOWN = {*NAMES, *HELPERS, *(op.name for op in _EXPRESSIONS)}
for _op in _EXPRESSIONS:
    _declare(_op)
