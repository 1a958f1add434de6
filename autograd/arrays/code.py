"""NumPy's code of operations: of their values, and of their local derivatives, which are their rules read with code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.operation import Op, Operand
from autograd.precedence import ATOM, COMPARISON, LEVELS, POWER, PRODUCT, SUM

# What NumPy does not have, as it stands in a program that needs it.
HELPERS = {
    "pow": (
        "def pow(a, b):\n    root = (b == 0.5) & ((a == 0) | (a == -inf))  # there NumPy takes the square root\n"
        "    return power(where(root, abs(a), a), b)\n"
    ),
    "sech": "def sech(x):\n    return 1 / cosh(x)\n",
    "sigmoid": (
        "def sigmoid(x):\n    e = exp(-abs(x))  # which does not overflow\n    return where(x >= 0, 1.0, e) / (1 + e)\n"
    ),
    "softplus": "def softplus(x):\n    return log1p(exp(-abs(x))) + maximum(x, 0.0)\n",
    "erf": "erf = np.vectorize(math.erf, otypes=[float])\n",
    "erfc": "erfc = np.vectorize(math.erfc, otypes=[float])\n",
    "gelu": "def gelu(x):\n    return where(x == -inf, 0.0, 0.5 * x * erfc(-x / sqrt(2.0)))\n",
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
    "passed": "def passed(g, d):\n    return where(d == 0, 0.0, g * d)  # nothing goes to what was not chosen\n",
    "leg": "def leg(x):\n    return sqrt((1 - x) * (1 + x))\n",
    "side": (
        "def side(a, b):\n    infinite = abs(a) == inf\n"
        "    y = where(infinite, copysign(1.0, a), a / where(a == 0, 1.0, hypot(a, b)))\n"
        "    return where(infinite & (abs(b) == inf), nan, y)\n"
    ),
    "inverse": "def inverse(x):\n    return where(x == 0, 0.0, 1 / x)\n",
    "times": ("def times(a, b):\n    y = a * b\n    return where((y != y) & (a == a) & (b == b), 0.0, y)\n"),
    "bell": "def bell(x):\n    return exp(-x * x)\n",
    "share": "def share(a, b):\n    return where((a == inf) & (b < inf), 1.0, a / (a + b))\n",
    "powlog": (
        "def powlog(a, b):\n    y = where((a == inf) & (b < 0), 0.0, pow(a, b) * log(a))\n"
        "    return where((a == 0) & (b == b), where(b >= 0, 0.0, -inf), y)\n"
    ),
}
UFUNCS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "power": "power",
    "abs": "abs", "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "sqrt": "sqrt",
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "hypot": "hypot", "maximum": "maximum", "minimum": "minimum",
}  # fmt: skip
_NEEDS = {"gelu": ("erfc",), "powlog": ("pow",)}  # helpers that a helper uses
_ARRAYS = (
    "dot", "matmul", "einsum", "tensordot", "where", "square", "broadcast_to", "concatenate", "sort", "copysign",
    "isfinite", "inf", "nan",
)  # fmt: skip
NAMES = sorted({*UFUNCS.values(), *_ARRAYS})  # that a program may import
KNOWN = {*NAMES, *HELPERS}


class NotCodeError(TypeError):
    """An operation of somebody's own that can be called, but not be written as code."""


class Code(Operand):
    """A piece of NumPy's code. Applying an operation writes it; `helpers` are the names of those that it needs."""

    __slots__ = ("helpers", "level", "text")

    def __init__(self, text: str, level: int = ATOM, helpers: frozenset[str] = frozenset()) -> None:
        self.text, self.level, self.helpers = text, level, helpers

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Any:
        if not op.is_ours:
            return _own(op, inputs)
        if op.infix == "*" and any(map(is_one, inputs)):
            return inputs[1] if is_one(inputs[0]) else inputs[0]
        pieces = [code_of(x) for x in inputs]
        helpers = frozenset().union(*(piece.helpers for piece in pieces))
        if op.infix == "**":
            return _power(pieces[0], pieces[1], helpers)
        sign = op.infix or (op.name if op.name in LEVELS else "")
        return _infix(sign, pieces, helpers) if sign else _called(op.name, pieces, helpers)

    def inside(self, level: int, right: bool = False) -> str:
        """Return the text as it stands in something of this `level`, perhaps on the right of a sign."""
        return f"({self.text})" if self.level < level or (right and self.level == level) else self.text

    @property
    def is_number(self) -> bool:
        """Whether this is a number, and no name of one."""
        return self.text.lstrip("-")[:1].isdigit() or self.text.lstrip("-") in ("inf", "nan")

    def __bool__(self) -> bool:
        raise NotCodeError("a rule that branches cannot be written as code")

    __hash__ = None  # type: ignore[assignment]  # as of what has no equality

    def __eq__(self, other: object) -> bool:
        raise NotCodeError("a value that asks for equality cannot be written as code")

    def __lt__(self, other: Any) -> Code:
        return _infix("<", [self, code_of(other)], self.helpers)

    def __le__(self, other: Any) -> Code:
        return _infix("<=", [self, code_of(other)], self.helpers)

    def __gt__(self, other: Any) -> Code:
        return _infix(">", [self, code_of(other)], self.helpers)

    def __ge__(self, other: Any) -> Code:
        return _infix(">=", [self, code_of(other)], self.helpers)


def is_one(x: Any) -> bool:
    """Say whether `x` is the number 1."""
    return not isinstance(x, Code) and bool(x == 1.0)


def code_of(x: Any) -> Code:
    """Return `x`, or the number `x` as code."""
    if isinstance(x, Code):
        return x
    return Code(repr(float(x)), SUM if repr(float(x)).startswith("-") else ATOM)


def _infix(sign: str, pieces: Sequence[Code], helpers: frozenset[str]) -> Code:
    level = LEVELS[sign]
    if level == SUM:  # NumPy does not subtract truth values
        pieces = [Code(f"1.0 * ({x.text})", PRODUCT) if x.level == COMPARISON else x for x in pieces]
    a, b = pieces[0].inside(level, right=level == COMPARISON), pieces[1].inside(level, right=True)
    return Code(f"{a} {sign} {b}", level, helpers)


def _power(x: Code, n: Code, helpers: frozenset[str]) -> Code:
    """Write a power as a function, since the sign ** makes a complex number of a root of a negative float."""
    if n.text == "1.0":
        return x
    if n.text == "2.0":
        return Code(f"square({x.text})", ATOM, helpers)
    return _called("power" if n.is_number and n.text != "0.5" else "pow", [x, n], helpers)


def _called(name: str, pieces: Sequence[Code], helpers: frozenset[str]) -> Code:
    match name:
        case "neg":
            return Code(f"-{pieces[0].inside(POWER)}", SUM, helpers)
        case "relu":
            return Code(f"maximum({pieces[0].text}, 0.0)", ATOM, helpers)
        case "leaky_relu":
            x, slope = pieces
            return Code(f"where({x.text} <= 0, {slope.inside(POWER)} * {x.inside(POWER)}, {x.text})", ATOM, helpers)
    called = UFUNCS.get(name, name)
    if name == "dot" or called not in KNOWN:
        raise NotCodeError(f"NumPy has no function for {name} that is known here")
    if called in HELPERS:
        helpers |= {called, *_NEEDS.get(called, ())}
    return Code(f"{called}({', '.join(piece.text for piece in pieces)})", ATOM, helpers)


def _own(op: Op, inputs: Sequence[Any]) -> Any:
    """Write an operation that is not of the table, whose value may be arithmetic."""
    try:
        return code_of(op.value(list(inputs)) if op.variadic else op.value(*inputs))
    except Exception:  # which takes nothing but floats
        raise NotCodeError(f"the value of {op} takes nothing but floats") from None


def value_code(op: Op, inputs: Sequence[Any]) -> Code:
    """Return the code of the value of `op` at `inputs`, code or numbers."""
    return code_of(inputs[0]._apply(op, inputs) if isinstance(inputs[0], Code) else Code("")._apply(op, inputs))


def partials_code(op: Op, inputs: Sequence[Any], y: Code) -> list[Any]:
    """Return the row of partial derivatives as code or numbers, from the rule of `op`."""
    try:
        row = list(op.partials(inputs, y))
    except Exception:
        raise NotCodeError(f"the rule of {op} cannot be written as code") from None
    return [x if isinstance(x, Code) else float(x) for x in row]
