"""Parse formulas such as "tanh(w*x + b)" and compute them by the operations of the table, without `eval`."""

from __future__ import annotations

import ast
import math
import operator
import unicodedata
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from autograd.operation import Op
from autograd.ops import TABLE, add, div, dot, floordiv, log, mod, mul, neg, power, sub, where
from autograd.syntax import parse
from autograd.terminal import printable
from autograd.value import Value

_CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
_BINARY: dict[type, Op] = {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: div, ast.Mod: mod, ast.Pow: power}
_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS = {name: op for name, op in TABLE.items() if op not in (*_BINARY.values(), neg)}
_OTHER_NAMES = {name: op for op in _FUNCTIONS.values() for name in op.aliases} | {
    op.notation: op for op in _FUNCTIONS.values() if isinstance(op.notation, str) and op.notation not in ("e", "cases")
}  # as formulas write them
_CALLED = {"ln": log, "floordiv": floordiv} | _OTHER_NAMES | _FUNCTIONS
MAX_CHARACTERS = 10_000


class ExpressionError(ValueError):
    """A formula cannot be read. The message shows the formula with a mark under the error."""

    def __init__(self, problem: str, text: str, column: int = 0) -> None:
        super().__init__(problem, text, column)  # used by copies and pickles
        self.column = column + 1

    def __str__(self) -> str:
        problem, text, column = self.args
        start = max(0, column - 60)
        shown = printable(text[start : start + 79])
        return f"{problem}\n  {shown}\n  {' ' * (column - start)}^ column {column + 1}"


def evaluate(text: str, names: Mapping[str, Value] | None = None) -> Any:
    """Compute the formula `text`, with a Value for each of its `names`.

    A formula may contain numbers, names, + - * / % **, comparisons, lists, x if a > b else y, the operations of
    `autograd` and the constants pi, e, inf and nan. Anything else raises an ExpressionError, which points at the column
    of the mistake.

    >>> evaluate("2 * (x + 1)", {"x": Value(3.0, "x")})
    Value(data=8.0, grad=0.0, op=mul)
    """
    text = " ".join(text.splitlines()).strip()
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"a formula must have at most {MAX_CHARACTERS:,} characters, got {len(text):,}", text)
    if not text:
        raise ExpressionError("the formula is empty", text)
    if "#" in text:
        raise ExpressionError("a formula must not contain a comment", text, text.index("#"))
    try:
        return _Reader(text, names or {}).visit(_parsed(text))
    except (RecursionError, MemoryError):
        raise ExpressionError("the formula is nested too deeply", text) from None


def names_in(text: str) -> list[str]:
    """Return the names in a formula that need a value, in the order of their appearance.

    >>> names_in("sin(w*x) + pi*w")
    ['w', 'x']
    """
    found = [node for node in ast.walk(_parsed(text.strip())) if isinstance(node, ast.Name)]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    return list(dict.fromkeys(node.id for node in found if node.id not in {*_CONSTANTS, *_FUNCTIONS}))


def _parsed(text: str) -> Any:
    try:
        return parse(text, "eval").body
    except SyntaxError as error:
        column = error.offset - 1 if error.offset else 0
        if error.msg == "invalid syntax" and not error.offset:
            column = len(text)  # the formula ends too early
        raise ExpressionError(f"cannot read this formula: {error.msg.partition(':')[0]}", text, column) from None
    except ValueError:  # a null character or a lone surrogate
        column = next((i for i, c in enumerate(text) if not c.isprintable()), 0)
        raise ExpressionError(f"a formula must not contain {text[column]!a}", text, column) from None


def is_reserved(name: str) -> bool:
    """Return True if `name` is a function or a constant in formulas."""
    return name in _CALLED or name in _CONSTANTS


def identifier(name: str) -> str:
    """Return `name` as the parser normalises it. Raise ValueError if it cannot be a name in a formula."""
    name = unicodedata.normalize("NFKC", name.strip())
    if not name.isidentifier():
        raise ValueError(f"a name must be an identifier, got {name!r}")
    return name


class _Reader(ast.NodeVisitor):
    """Compute the formula `text` from its syntax tree, with the values of `names`."""

    def __init__(self, text: str, names: Mapping[str, Value]) -> None:
        self.text, self.names = text, names

    def generic_visit(self, node: Any) -> None:
        raise self.error(node, f"a formula must not contain {_kind(node)}")

    def error(self, node: ast.expr, problem: str, after: bool = False) -> ExpressionError:
        """Return an error that points at the start of `node`, or at the text `after` it."""
        offset = (node.end_col_offset or 0) if after else node.col_offset  # in bytes of UTF-8
        column = len(self.text.encode()[:offset].decode())
        if after:
            column += len(self.text[column:]) - len(self.text[column:].lstrip(" )"))
        return ExpressionError(problem, self.text, column)

    def visit_Constant(self, node: ast.Constant) -> float:
        if not isinstance(node.value, (int, float)) or isinstance(node.value, bool):
            raise self.error(node, f"this must be a number, got {node.value!r:.40}")
        try:
            return float(node.value)
        except OverflowError:
            raise self.error(node, "this number is too large for a float") from None

    def visit_Name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        if node.id in _CONSTANTS:
            return _CONSTANTS[node.id]
        if node.id in _CALLED:
            raise self.error(node, f"{node.id} is a function: write {node.id}(...)")
        raise self.error(node, f"{node.id} has no value: add {node.id}=NUMBER")

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        a, b = self._number(node.left), self._number(node.right)
        if type(node.op) not in _BINARY:
            hint = "; write ** for a power" if isinstance(node.op, ast.BitXor) else ""
            raise self.error(node.left, f"the operator must be one of + - * / % **{hint}", after=True)
        return _BINARY[type(node.op)](a, b)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        x = self._number(node.operand)
        if not isinstance(node.op, (ast.USub, ast.UAdd)):
            raise self.error(node, "the sign of a number must be + or -")
        return neg(x) if isinstance(node.op, ast.USub) else x

    def visit_Compare(self, node: ast.Compare) -> bool:
        if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARISONS:
            raise self.error(node.left, "a comparison must be one of < <= > >= between two numbers", after=True)
        return _COMPARISONS[type(node.ops[0])](self._number(node.left), self._number(node.comparators[0]))

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        test = self.visit(node.test)
        if isinstance(test, list):
            raise self.error(node.test, "the condition after if must be a comparison, such as x > 0, got a list")
        return where(test, self._number(node.body), self._number(node.orelse))

    def visit_List(self, node: ast.List) -> list[Any]:
        return [self._number(part) for part in node.elts]

    def visit_Call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in _CALLED:
            what = f"{name} is not a known function" if name else "only functions can be called"
            close = get_close_matches(name or "", _FUNCTIONS, 1)
            hint = f"did you mean {close[0]}?" if close else "use an operation of autograd, such as exp or tanh"
            raise self.error(node.func, f"{what}; {hint}")
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise self.error(node, f"{name} takes positional arguments only, without = or *")
        arguments = [self.visit(arg) for arg in node.args]
        op = _CALLED[name]
        if op.variadic and op is not dot and len(arguments) > 1:
            arguments = [arguments]  # norm(a, b), as formulas write it
        try:
            return op(*arguments)
        except (TypeError, ValueError) as error:
            raise self.error(node, f"{name}: {error}") from None

    def _number(self, node: ast.expr) -> Any:
        x = self.visit(node)
        if isinstance(x, (list, bool)):
            raise self.error(node, f"this must be a number, got a {'list' if isinstance(x, list) else 'comparison'}")
        return x


def _kind(node: ast.expr) -> str:
    names = {"Attribute": "a dot", "Subscript": "an index", "Lambda": "a lambda", "JoinedStr": "a string"}
    return names.get(type(node).__name__, f"a Python {type(node).__name__}")
