"""Formulas as text, such as "tanh(w*x + b)", parsed without `eval` into the operations of the table."""

from __future__ import annotations

import ast
import math
import operator
import unicodedata
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from autograd.operation import Op
from autograd.ops import TABLE, add, div, mod, mul, neg, power, sub
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
_MOST_CHARACTERS = 10_000


class ExpressionError(ValueError):
    """A formula that cannot be read; the message shows it with a mark under the column of the mistake."""

    def __init__(self, problem: str, text: str, column: int = 0) -> None:
        super().__init__(problem, text, column)  # with which it is copied and pickled
        self.column = column + 1

    def __str__(self) -> str:
        problem, text, column = self.args
        start = max(0, column - 60)
        shown = printable(text[start : start + 79])
        return f"{problem}\n  {shown}\n  {' ' * (column - start)}^ column {column + 1}"


def evaluate(text: str, names: Mapping[str, Value] | None = None) -> Any:
    """Compute the formula `text`, in which `names` have values.

    Numbers, names, + - * / % **, comparisons, lists, the operations of `autograd` and the constants pi, e, inf and nan
    are understood, and nothing else. An ExpressionError points at the column of a mistake.

    >>> evaluate("2 * (x + 1)", {"x": Value(3.0, "x")})
    Value(data=8.0, grad=0.0, op=mul)
    """
    text = " ".join(text.splitlines()).strip()
    if len(text) > _MOST_CHARACTERS:
        raise ExpressionError(f"the formula has {len(text):,} characters; {_MOST_CHARACTERS:,} are the most", text)
    if not text:
        raise ExpressionError("the formula is empty", text)
    if "#" in text:
        raise ExpressionError("a comment has no place in a formula", text, text.index("#"))
    try:
        return _Reader(text, names or {}).read(_parsed(text))
    except (RecursionError, MemoryError):
        raise ExpressionError("the formula is nested too deeply", text) from None


def _parsed(text: str) -> Any:
    try:
        return parse(text, "eval").body
    except SyntaxError as mistake:
        column = mistake.offset - 1 if mistake.offset else 0
        if mistake.msg == "invalid syntax" and not mistake.offset:
            column = len(text)  # it ends too early
        raise ExpressionError(f"cannot read this formula: {mistake.msg.partition(':')[0]}", text, column) from None
    except ValueError:  # a null character or a lone surrogate
        column = next((i for i, c in enumerate(text) if not c.isprintable()), 0)
        raise ExpressionError(f"{text[column]!a} has no place in a formula", text, column) from None


def identifier(name: str) -> str:
    """Return `name` as the parser sees it, or raise a ValueError where it can be no name in a formula."""
    name = unicodedata.normalize("NFKC", name.strip())
    if not name.isidentifier():
        raise ValueError(f"{name!r} is not a name")
    return name


class _Reader:
    def __init__(self, text: str, names: Mapping[str, Value]) -> None:
        self.text, self.names = text, names

    def read(self, node: ast.expr) -> Any:
        """Compute the part of the formula at `node`."""
        handler = getattr(self, f"_{type(node).__name__.lower()}", None)
        if handler is None:
            raise self.error(node, f"{_kind(node)} has no place in a formula")
        return handler(node)

    def error(self, node: ast.expr, problem: str, after: bool = False) -> ExpressionError:
        """Return the error that points at the start of `node`, or at what comes `after` it."""
        offset = (node.end_col_offset or 0) if after else node.col_offset  # in bytes of UTF-8
        column = len(self.text.encode()[:offset].decode())
        if after:
            column += len(self.text[column:]) - len(self.text[column:].lstrip(" )"))
        return ExpressionError(problem, self.text, column)

    def _constant(self, node: ast.Constant) -> float:
        if not isinstance(node.value, (int, float)) or isinstance(node.value, bool):
            raise self.error(node, f"only numbers can stand here, not {node.value!r:.40}")
        try:
            return float(node.value)
        except OverflowError:
            raise self.error(node, "this number is too large for a float") from None

    def _name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        if node.id in _CONSTANTS:
            return _CONSTANTS[node.id]
        if node.id in _FUNCTIONS:
            raise self.error(node, f"{node.id} is a function: write {node.id}(...)")
        raise self.error(node, f"{node.id} has no value: add {node.id}=NUMBER")

    def _binop(self, node: ast.BinOp) -> Any:
        a, b = self._number(node.left), self._number(node.right)
        if type(node.op) not in _BINARY:
            hint = "; a power is written **" if isinstance(node.op, ast.BitXor) else ""
            raise self.error(node.left, f"only + - * / % ** combine numbers{hint}", after=True)
        return _BINARY[type(node.op)](a, b)

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        x = self._number(node.operand)
        if not isinstance(node.op, (ast.USub, ast.UAdd)):
            raise self.error(node, "only + and - can stand before a number")
        return neg(x) if isinstance(node.op, ast.USub) else x

    def _compare(self, node: ast.Compare) -> bool:
        if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARISONS:
            raise self.error(node.left, "one of < <= > >= compares two numbers", after=True)
        return _COMPARISONS[type(node.ops[0])](self._number(node.left), self._number(node.comparators[0]))

    def _list(self, node: ast.List) -> list[Any]:
        return [self._number(part) for part in node.elts]

    def _call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in _FUNCTIONS:
            what = f"{name} is not a function known here" if name else "only a function's name can be called"
            close = get_close_matches(name or "", _FUNCTIONS, 1)
            hint = f"did you mean {close[0]}?" if close else "use an operation of autograd, such as exp or tanh"
            raise self.error(node.func, f"{what}; {hint}")
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise self.error(node, f"give {name} its arguments one by one, without = or *")
        arguments = [self.read(arg) for arg in node.args]
        try:
            return _FUNCTIONS[name](*arguments)
        except (TypeError, ValueError) as mistake:
            raise self.error(node, f"{name}: {mistake}") from None

    def _number(self, node: ast.expr) -> Any:
        x = self.read(node)
        if isinstance(x, (list, bool)):
            raise self.error(
                node, f"a number has to stand here, not a {'list' if isinstance(x, list) else 'comparison'}"
            )
        return x


def _kind(node: ast.expr) -> str:
    names = {"Attribute": "a dot", "Subscript": "an index", "Lambda": "a lambda", "JoinedStr": "a string"}
    return names.get(type(node).__name__, f"a Python {type(node).__name__}")
