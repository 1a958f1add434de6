"""Find the call that a frame is executing: its source, and the name of the called function."""

from __future__ import annotations

import ast
import dis
import linecache
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from textwrap import dedent
from types import CodeType, FrameType, ModuleType
from typing import Any

from autograd.modes import show_line
from autograd.terminal import shorten

Path = tuple[str, ...]  # ("math", "sin"), or ("", "format") for a method of any expression

MAX_QUOTE = 80  # length of quoted code, in characters
_REMAINDER = (6, 19)  # the arguments of BINARY_OP for % and %=
_NEUTRAL = ("COMPARE", "CONTAINS", "FORMAT")  # prefixes of instructions for comparisons and f-strings
_READS_ITERATOR = {"UNPACK_SEQUENCE", "UNPACK_EX", "LIST_EXTEND", "FOR_ITER", "GET_ITER"}
_SETS_UP_LIST = {"LOAD_FAST_AND_CLEAR", "SWAP", "BUILD_LIST"}  # the first instructions of a comprehension
_APPLIES = {"map", "starmap"}
_SELECTS = {"filter", "filterfalse", "takewhile", "dropwhile"}
_PASSES_ON = {"zip", "enumerate", "reversed", "iter", "chain", "islice"}


class Call:
    """The call that a `frame` is executing, with its source.

    Names of functions are looked up on each request, because a variable may refer to another function the next time.
    """

    __slots__ = ("_callees", "_iterators", "code", "conversion", "is_assignment", "is_neutral", "is_settled", "line")

    def __init__(self, frame: FrameType) -> None:
        self.code, at = frame.f_code, frame.f_lasti
        while dis.opname[self.code.co_code[at]] == "CACHE":  # during a call of a Python function
            at -= 2
        instruction, argument = dis.opname[self.code.co_code[at]], self.code.co_code[at + 1]
        self.is_assignment = instruction == "STORE_SUBSCR"
        # Comparing or formatting a number loses no gradient.
        self.is_neutral = instruction.startswith(_NEUTRAL) or (instruction == "BINARY_OP" and argument in _REMAINDER)
        text = _source(frame, is_statement=instruction.startswith(("STORE", "UNPACK")))
        tree = _parse(text)
        quote = ast.unparse(tree) if tree and instruction == "FOR_ITER" else " ".join(text.split())
        quote = shorten(quote, MAX_QUOTE)
        self.conversion = f"{quote} converts a node to a float" if quote else "a node is converted to a float"
        self.line = show_line(self.code.co_filename, frame.f_lineno)
        self._callees: list[Path] = []
        self._iterators: list[Path] = [(".0",)]  # the iterator of a comprehension
        self.is_settled = False  # True once the call is known to be harmless
        if isinstance(tree, ast.Call) or (tree and "CALL" not in instruction):
            self._callees = [_path(callee) for callee in _callees(tree)]
            self._iterators += [_path(x) for x in [tree, *getattr(tree, "args", ())] if isinstance(x, ast.Name)]
        else:
            self._callees = _callees_in_bytecode(self.code, at)

    def is_built_in(self, name: str, frame: FrameType) -> bool:
        """Return True if the called function is the built-in one of this name."""
        return self._callees == [(name,)] and not any(name in scope for scope in (frame.f_locals, frame.f_globals))

    def names(self, frame: FrameType) -> list[str]:
        """Return the names of the called functions; "" for a function without a name."""
        for path in self._iterators:
            iterator = _look_up(path, frame)
            if type(iterator) is map:
                return [getattr(iterator.__reduce__()[1][0], "__name__", "")]
        return [getattr(_look_up(path, frame), "__name__", path[-1]) for path in self._callees]


def _look_up(path: Path, frame: FrameType) -> Any:
    """Look up a dotted name in a `frame` by reading dicts only, which runs no user code; None if it is not found."""
    root, *attributes = path
    found: Any = None
    for scope in (frame.f_locals, frame.f_globals, frame.f_builtins):
        if root in scope:
            found = scope[root]
            break
    for name in attributes:
        found = vars(found).get(name) if isinstance(found, (ModuleType, type)) else None
    return found


def _source(frame: FrameType, is_statement: bool) -> str:
    """Return the source of the current expression or statement, or "" if its position is unknown."""
    start, end, first, last = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), (None,) * 4)
    if start is None or end is None or first is None or last is None:
        return ""
    lines = [line.encode() for line in linecache.getlines(frame.f_code.co_filename, frame.f_globals)[start - 1 : end]]
    if not lines:
        return ""
    if is_statement:
        return _statement_at(b"".join(lines).decode(errors="replace"), first)
    lines[-1] = lines[-1][:last]  # columns count bytes
    lines[0] = lines[0][first:]
    return b"".join(lines).decode(errors="replace")


def _statement_at(lines: str, column: int) -> str:
    """Return the innermost statement in `lines` that contains the given column of the first line."""
    text = dedent(lines)
    column -= len(lines) - len(lines.lstrip())
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        statements = [x for x in ast.walk(ast.parse(text)) if isinstance(x, ast.stmt) and x.lineno == 1]
        around = [x for x in statements if x.col_offset <= column < (x.end_col_offset or 0) or x.end_lineno != 1]
        if around:
            return ast.get_source_segment(text, around[-1]) or text
    return text


def _parse(text: str) -> ast.expr | None:
    """Return the expression in `text`: all of it, the right side of an assignment, or the iterable of a loop."""
    for source in (f"({text}\n)", text):
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            tree: Any = ast.parse(source).body[0] if text else None
            found: Any = getattr(tree, "value", None) or getattr(tree, "iter", None)
            expression: ast.expr | None = found.generators[0].iter if hasattr(found, "generators") else found
            return expression
    return None


def _callees(tree: ast.expr) -> list[ast.expr]:
    """Return the called function, or the functions that a `map` among the arguments applies."""
    items = tree.args if isinstance(tree, ast.Call) else getattr(tree, "elts", [])
    applied = [*_applied(tree)] or [callee for item in items for callee in _applied(item)]
    return applied or ([tree.func] if isinstance(tree, ast.Call) else [])


def _applied(tree: ast.expr) -> Iterator[ast.expr]:
    """Yield the functions that an iterator applies, such as float for `map(float, xs)`."""
    if isinstance(tree, ast.Starred):
        tree = tree.value
    if isinstance(tree, ast.Call) and tree.args:
        name = _path(tree.func)[-1]
        if name in _APPLIES:
            yield tree.args[0]
        elif name in _SELECTS:
            yield tree.func
        elif name in _PASSES_ON:
            for x in tree.args:
                yield from _applied(x)


def _path(tree: ast.expr) -> Path:
    attributes: list[str] = []
    while isinstance(tree, ast.Attribute):
        attributes.append(tree.attr)
        tree = tree.value
    return (tree.id if isinstance(tree, ast.Name) else "", *reversed(attributes))


def _callees_in_bytecode(code: CodeType, at: int) -> list[Path]:
    """Return the function called by the instruction at an offset, from the names that were loaded for the call."""
    instructions = [*dis.get_instructions(code)]
    last = next(i for i, x in enumerate(instructions) if x.offset == at)
    last += instructions[last].opname == "PRECALL"
    while instructions[last].opname in _READS_ITERATOR | _SETS_UP_LIST:
        last -= 1
    start, height = last + 1, 1
    while height:  # go back until the instructions push one value, the result of the call
        start -= 1
        x = instructions[start]
        if start < 0 or x.opcode in dis.hasjrel or x.opcode in dis.hasjabs:
            return []
        height -= dis.stack_effect(x.opcode, x.arg)
    paths: list[Path] = []
    for x in instructions[start:last]:
        if x.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            paths[-1] += (x.argval,)
        elif x.opname.startswith(("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF")):
            paths += [(name,) for name in (x.argval if isinstance(x.argval, tuple) else [x.argval])]
        elif x.opname != "PUSH_NULL":
            paths.append(("",))
    place = next((i for i, path in enumerate(paths[:2]) if path == ("map",)), -1)
    return paths[place + 1 : place + 2]
