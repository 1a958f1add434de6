"""Read the source of a function as a syntax tree, to translate it to other languages."""

from __future__ import annotations

import ast
import linecache
import warnings
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

Definition = ast.Lambda | ast.FunctionDef


def parse(text: str, mode: str = "exec") -> Any:
    """Parse Python source without syntax warnings."""
    with warnings.catch_warnings(action="ignore"):
        return ast.parse(text, mode=mode)


class NoSourceError(ValueError):
    """The source of a function is not available, or ambiguous."""


def definition(function: Callable[..., Any]) -> Definition:
    """Return the syntax tree of a Python function.

    >>> square = lambda x: x * x
    >>> ast.unparse(definition(square))
    'lambda x: x * x'
    """
    code = getattr(function, "__code__", None)
    if code is None:
        raise NoSourceError(f"{function!r} is not written in Python")
    lines = linecache.getlines(code.co_filename, getattr(function, "__globals__", None))
    found = [node for node in _definitions("".join(lines)) if _starts_at(node) == code.co_firstlineno]
    if len(found) > 1:  # several lambdas in one line: find that of the code
        found = [node for node in found if isinstance(node, ast.Lambda) and _holds(node.body, code)]
    if len(found) != 1 or [arg.arg for arg in found[0].args.args] != list(code.co_varnames[: code.co_argcount]):
        raise NoSourceError(f"the source of {function.__qualname__} cannot be found")
    return found[0]


@lru_cache(maxsize=16)
def _definitions(text: str) -> list[Definition]:
    try:
        return [node for node in ast.walk(parse(text)) if isinstance(node, Definition)]
    except (SyntaxError, ValueError, RecursionError):
        return []


def _starts_at(node: Definition) -> int:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _holds(body: ast.expr, code: CodeType) -> bool:
    """Return True if the position of every instruction of `code` is in `body`, and the first position is its start."""
    start, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    places = [((a or 0, c or 0), (b or 0, d or 0)) for a, b, c, d in code.co_positions() if d]
    return all(start <= first and last <= end for first, last in places) and start in (first for first, _ in places)


def with_callees(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """List the Python functions that a function calls, directly or indirectly, followed by the function itself."""
    found = [function]
    for each in found:
        if isinstance(each, FunctionType):
            called = (each.__globals__.get(name) for name in each.__code__.co_names)
            found += [f for f in called if isinstance(f, FunctionType) and f not in found]
    return found[::-1]


def resolve(function: Callable[..., Any], name: str) -> Any:
    """Return the object that a non-local `name` refers to in a function. Raise KeyError if there is none."""
    code = function.__code__
    if name in code.co_freevars:
        return (function.__closure__ or ())[code.co_freevars.index(name)].cell_contents
    module = function.__globals__
    if name in module:
        return module[name]
    builtins = module["__builtins__"]
    return (builtins if isinstance(builtins, dict) else vars(builtins))[name]
