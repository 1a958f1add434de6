"""Write NumPy code for the values of operations, by applying them to pieces of code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from autograd.compiler.branches import NotCodeError, decide, equal, follow
from autograd.compiler.error_function import erf, erfc, polynomial
from autograd.operand import Operand
from autograd.operation import Op
from autograd.ops import AUXILIARY, TABLE, pow
from autograd.printing.precedence import ATOM, COMPARISON, LEVELS, POWER, PRODUCT, SUM
from autograd.syntax import Definition, definition, with_callees

# What programs need and NumPy does not have, beside the expressions that operations declare as `numpy`.
HELPERS = {
    "pow": (
        "def pow(a, b):\n    root = (b == 0.5) & ((a == 0) | (a == -inf))  # there NumPy takes the square root\n"
        "    return power(where(root, abs(a), a), b)\n"
    ),
    "logsumexp": (
        "def logsumexp(xs):\n    xs = sort(xs, 1)\n    top = xs[:, -1]\n"
        "    y = top + log1p(exp(xs[:, :-1] - top[:, None]).sum(1))\n"
        "    return y if isfinite(y).all() else where(abs(top) == inf, top, y)\n"
    ),
    "softmax": (
        "def softmax(xs, y):\n    e = exp(xs - y[:, None])\n    whole = e.sum(1, keepdims=True)\n"
        "    if not whole.min() > 0:  # there are infinite numbers; the share of a single one is 1\n"
        "        infinite, is_infinite = xs == inf, y[:, None] == inf\n"
        "        is_alone = infinite.sum(1, keepdims=True) == 1\n"
        "        e = where(is_infinite, where(infinite & ~is_alone, nan, infinite), e)\n"
        "        whole = where(is_infinite, 1.0, whole)\n"
        "    return e / whole\n"
    ),
    "grid": (
        "def grid(buffer, start, *axes):\n"
        '    """Return the view of rows start + i * step + ..., for one (count, step) an axis."""\n'
        "    shape, strides = [count for count, _ in axes], [step * buffer.strides[0] for _, step in axes]\n"
        "    part = buffer[start:]\n"
        "    return as_strided(part, (*shape, *part.shape[1:]), (*strides, *part.strides[1:]))\n"
    ),
    "scatter": (
        "def scatter(g, index, order, rows, starts, x):\n"
        "    if g.size == len(g):  # a single sample\n"
        "        np.add.at(g.reshape(-1), index, x.reshape(-1))\n"
        "    else:\n"
        "        x = x.reshape(len(order), -1)[order]  # numbers for the same row are adjacent now\n"
        "        g[rows] += np.add.reduceat(x, starts)\n"
    ),
    "chosen": (
        "def chosen(i, count):  # -1 where an index is out of range\n"
        "    return where((i >= 0) & (i < count) & (i == np.floor(i)), i, -1).astype(int)\n"
    ),
    "gather": (
        "def gather(x, k):\n    y = x.T[k].swapaxes(1, 2)\n"
        "    return y if (k >= 0).all() else where(k[:, None] >= 0, y, 0.0)\n"
    ),
    "collect": (
        "def collect(g, k, count):\n    rows = g.shape[1]\n"
        "    places = k.ravel() + 1 + (count + 1) * np.arange(rows)[:, None]\n"
        "    sums = np.bincount(places.ravel(), g.swapaxes(0, 1).ravel(), rows * (count + 1))\n"
        "    return sums.reshape(rows, count + 1)[:, 1:]\n"
    ),
    "passed": "def passed(g, d):\n    return where(d == 0, 0.0, g * d)  # nothing goes to what was not chosen\n",
}
UFUNCS = {
    op.name: op.numpy or op.name
    for op in (*TABLE.values(), *AUXILIARY)
    if isinstance(op.numpy, str) and op is not pow and isinstance(getattr(np, op.numpy or op.name, None), np.ufunc)
}
_ARRAYS = (
    "dot", "matmul", "einsum", "tensordot", "where", "square", "broadcast_to", "concatenate", "sort", "copysign",
    "isfinite", "inf", "nan",
)  # fmt: skip
NAMES = sorted({*UFUNCS.values(), *_ARRAYS})  # that a program may import


class Code(Operand):
    """A piece of NumPy's code. Applying an operation writes it; `helpers` are the names of those that it needs.

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
    return Code(repr(float(x)), SUM if repr(float(x)).startswith("-") else ATOM)


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
        return Code(f"square({x.text})", ATOM, helpers, "square", x.text)
    return _called("power" if n.is_number and n.text != "0.5" else "pow", [x, n], helpers)


def _called(name: str, pieces: Sequence[Code], helpers: frozenset[str]) -> Code:
    if name == "neg":
        return Code(f"-{pieces[0].inside(POWER)}", SUM, helpers, "negative", pieces[0].text)
    if name in INLINE:
        return code_of(INLINE[name](pieces) if TABLE[name].variadic else INLINE[name](*pieces))
    called = UFUNCS.get(name, name)
    if called not in KNOWN:
        raise NotCodeError(f"NumPy has no function for {name} that is known here")
    if called in HELPERS:
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
_NEEDS = {"erf": frozenset({"erfc"}), "erfc": frozenset({"polynomial"})}  # helpers that a helper uses
_EXPRESSIONS = [op for op in (*TABLE.values(), *AUXILIARY) if callable(op.numpy)]
HELPERS |= {each.__name__: f"{_source(each)}\n" for each in (polynomial, erfc, erf)}
HELPERS |= {
    op.name: _elementwise(op)
    for op in (*TABLE.values(), *AUXILIARY)
    if getattr(op.value, "__module__", "") in ("math", "autograd.floats") and not (op.limit or op.variadic or op.numpy)
    if op.name not in UFUNCS and op.name not in HELPERS
}
KNOWN = {*NAMES, *HELPERS, *(op.name for op in _EXPRESSIONS)}
for _op in _EXPRESSIONS:
    _declare(_op)
