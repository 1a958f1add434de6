"""Translate operations from the Python that defines them to JavaScript.

    >>> from autograd.ops import tanh
    >>> code, names = arithmetic([tanh])
    >>> print(code)
    const fn_0 = (x_) => 1 / Math.cosh(x_);
    const op_tanh = {value: Math.tanh, rule: (x_, y_) => [py.pow(op_sech.value(x_), 2)]};
    const op_sech = {value: fn_0, rule: (x_, y_) => [-y_ * op_tanh.value(x_)]};

JavaScript has IEEE arithmetic, as the rules assume, so no exceptions need to be caught. Python functions that
JavaScript lacks are in the object `py` (page/python.js).
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType, ModuleType
from typing import Any

from autograd.operation import Op
from autograd.ops import shares
from autograd.printing.precedence import LEVELS
from autograd.syntax import Definition, definition, resolve

_SAME = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh exp expm1 floor hypot log log10 log1p log2 sin sinh "
    "sqrt tan tanh trunc"
)
_IN_PY: tuple[Callable[..., Any], ...] = (
    all, any, len, map, max, min, sorted, sum, shares,
    math.copysign, math.erf, math.erfc, math.exp2, math.isinf, math.pow,
    operator.add, operator.floordiv, operator.mod, operator.mul, operator.neg, operator.sub,
)  # fmt: skip
_LIBRARY: dict[Any, str] = {
    **{getattr(math, name): f"Math.{name}" for name in _SAME.split()},
    **{function: f"py.{function.__name__}" for function in _IN_PY},
    abs: "Math.abs",
    float: "Number",
    math.fabs: "Math.abs",
    math.isfinite: "Number.isFinite",
    math.isnan: "Number.isNaN",
    operator.truediv: "py.div",
}
_ARGUMENTS = {"Math.atan2": 2, "Math.hypot": 2}  # number of arguments; all other functions take one
_SIGNS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: dict[type, str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class UntranslatableError(ValueError):
    """Raised if the Python code of an operation cannot be translated to JavaScript."""


def arithmetic(ops: Iterable[Op], *, slips: bool = False) -> tuple[str, dict[Op, str]]:
    """Translate the `ops` and everything they use. Return the JavaScript code and the name of each operation in it.

    If `slips` is true, also translate the derivatives as textbooks write them and the usual wrong rules.
    """
    program = _Program()
    for op in ops:
        program.name_of_op(op)
    with_slips = list(program.ops) if slips else []
    while program.waiting or with_slips:
        if program.waiting:
            program.declare(program.waiting.pop(0))
        else:
            program.declare_slips(with_slips.pop(0))
    return "\n".join(program.functions + program.declarations + program.slips), program.ops


class _Program:
    """The JavaScript declarations so far, and the operations that still need one."""

    def __init__(self) -> None:
        self.ops: dict[Op, str] = {}
        self.names: dict[FunctionType, str] = {}
        self.functions: list[str] = []
        self.declarations: list[str] = []
        self.slips: list[str] = []
        self.waiting: list[Op] = []

    def name_of_op(self, op: Op) -> str:
        if op not in self.ops:
            plain = op.is_ours and op.name.isidentifier()  # names of users' operations never become code
            self.ops[op] = f"op_{op.name if plain else len(self.ops)}"
            self.waiting.append(op)
        return self.ops[op]

    def declare(self, op: Op) -> None:
        try:
            if op.limit and not op.is_ours:
                raise UntranslatableError("it has a limit for points where Python raises")
            value = self.refer(op.value)
            rule = self.refer(op.rule) if op.rule in _LIBRARY else self.function(op.rule)
        except (ValueError, KeyError, TypeError, OverflowError, AttributeError) as error:
            raise UntranslatableError(f"the operation {op.name} cannot be translated to JavaScript: {error}") from None
        self.declarations.append(f"const {self.ops[op]} = {{value: {value}, rule: {rule}}};")

    def declare_slips(self, op: Op) -> None:
        shown = self.function(op.shown) if op.shown else f"{self.ops[op]}.rule"
        slips = ", ".join(self.function(slip.rule) for slip in op.slips)
        self.slips.append(f"Object.assign({self.ops[op]}, {{shown: {shown}, slips: [{slips}]}});")

    def refer(self, thing: Any) -> str:
        """Return JavaScript for a number, an operation or a function."""
        if isinstance(thing, (int, float)):
            return _number(thing)
        if isinstance(thing, Op):
            return f"{self.name_of_op(thing)}.value"
        if callable(thing) and thing in _LIBRARY:
            return _LIBRARY[thing]
        if isinstance(thing, FunctionType):
            if thing not in self.names:
                name = self.names[thing] = f"fn_{len(self.names)}"
                self.functions.append(f"const {name} = {self.function(thing)};")
            return self.names[thing]
        raise UntranslatableError(f"it uses {getattr(thing, '__name__', thing)!r:.60}")

    def function(self, function: Callable[..., Any]) -> str:
        return _Translation(self, function, definition(function)).code()


class _Translation(ast.NodeVisitor):
    """The translation of one function. `visit` translates an expression."""

    def __init__(self, program: _Program, function: Callable[..., Any], tree: Definition) -> None:
        self.program, self.function, self.tree = program, function, tree
        self.locals = {arg.arg for arg in tree.args.args}
        if tree.args.vararg or tree.args.kwarg or tree.args.kwonlyargs or tree.args.defaults:
            raise UntranslatableError(f"its arguments must be plain names, got ({ast.unparse(tree.args)})")

    def code(self) -> str:
        head = f"({', '.join(f'{arg.arg}_' for arg in self.tree.args.args)}) =>"
        if isinstance(self.tree, ast.Lambda):
            return f"{head} {self.visit(self.tree.body)}"
        targets = [target for node in ast.walk(self.tree) if isinstance(node, ast.Assign) for target in node.targets]
        inner = {target.id for target in targets if isinstance(target, ast.Name)} - self.locals
        self.locals |= inner
        declared = f"let {', '.join(f'{name}_' for name in sorted(inner))}; " if inner else ""
        return f"{head} {{ {declared}{self.block(self.tree.body)} }}"

    def block(self, statements: Sequence[ast.stmt]) -> str:
        return " ".join(filter(None, map(self.statement, statements)))

    def statement(self, node: ast.stmt) -> str:
        match node:
            case ast.Expr(value=ast.Constant()):
                return ""  # a docstring
            case ast.Return(value=ast.expr() as value):
                return f"return {self.visit(value)};"
            case ast.Raise():
                return "return NaN;"
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return f"{name}_ = {self.visit(value)};"
            case ast.If(test=test, body=body, orelse=orelse):
                otherwise = f" else {{ {self.block(orelse)} }}" if orelse else ""
                return f"if ({self.test(test)}) {{ {self.block(body)} }}{otherwise}"
        raise self.refusal(node)

    def test(self, node: ast.expr) -> str:
        """Translate a condition."""
        match node:
            case ast.Compare():
                return str(self.visit(node))
            case ast.BoolOp(op=op, values=values):
                return "(" + (" || " if isinstance(op, ast.Or) else " && ").join(map(self.test, values)) + ")"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return f"!({self.test(operand)})"
        return f"py.truth({self.visit(node)})"

    def generic_visit(self, node: ast.AST) -> None:
        raise self.refusal(node)

    def refusal(self, node: ast.AST) -> UntranslatableError:
        return UntranslatableError(f"there is no JavaScript for {ast.unparse(node)!r:.60}")

    def _operand(self, node: ast.expr) -> str:
        code = self.visit(node)
        return f"({code})" if isinstance(node, (ast.BinOp, ast.IfExp, ast.Compare)) else code

    def visit_Constant(self, node: ast.Constant) -> str:
        if isinstance(node.value, (int, float)):
            return _number(node.value)
        raise self.refusal(node)

    def visit_Name(self, node: ast.Name) -> str:
        return f"{node.id}_" if node.id in self.locals else self.program.refer(resolve(self.function, node.id))

    def visit_Attribute(self, node: ast.Attribute) -> str:
        if isinstance(node.value, ast.Name) and node.value.id not in self.locals:
            module = resolve(self.function, node.value.id)
            if isinstance(module, ModuleType) and hasattr(module, node.attr):
                return self.program.refer(getattr(module, node.attr))
        raise self.refusal(node)

    def visit_BinOp(self, node: ast.BinOp) -> str:
        if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List):
            return f"py.repeat({self.visit(node.left)}, {self.visit(node.right)})"
        if isinstance(node.op, ast.Pow):
            return f"py.pow({self.visit(node.left)}, {self.visit(node.right)})"
        if isinstance(node.op, ast.FloorDiv):
            return f"py.floordiv({self.visit(node.left)}, {self.visit(node.right)})"
        if type(node.op) not in _SIGNS or _is_list(node.left) or _is_list(node.right):
            raise self.refusal(node)
        left = self.visit(node.left) if _binds(node) else self._operand(node.left)
        return f"{left} {_SIGNS[type(node.op)]} {self._operand(node.right)}"

    def visit_UnaryOp(self, node: ast.UnaryOp) -> str:
        if isinstance(node.op, ast.Not):
            return self.test(node)
        if not isinstance(node.op, (ast.USub, ast.UAdd)):
            raise self.refusal(node)
        code = self._operand(node.operand)
        sign = "-" if isinstance(node.op, ast.USub) else "+"
        return f"{sign}({code})" if code.startswith(("-", "+")) else f"{sign}{code}"

    def visit_Compare(self, node: ast.Compare) -> str:
        terms = [node.left, *node.comparators]
        if not all(type(op) in _COMPARISONS for op in node.ops) or any(map(_is_list, terms)):
            raise self.refusal(node)
        pairs = zip(terms, node.ops, terms[1:])
        return " && ".join(f"{self._operand(a)} {_COMPARISONS[type(op)]} {self._operand(b)}" for a, op, b in pairs)

    def visit_IfExp(self, node: ast.IfExp) -> str:
        return f"({self.test(node.test)} ? {self.visit(node.body)} : {self.visit(node.orelse)})"

    def visit_Call(self, node: ast.Call) -> str:
        function = self.visit(node.func)
        if node.keywords or not self._accepts(function, node.args):
            raise self.refusal(node)
        return f"{function}({', '.join(map(self.visit, node.args))})"

    def _accepts(self, function: str, arguments: Sequence[ast.expr]) -> bool:
        """Return True if an operation or a function in Math accepts the arguments; others accept any number."""
        count = len(arguments)
        if function.startswith("Math."):
            return isinstance(arguments[0], ast.Starred) or count == _ARGUMENTS.get(function, 1)
        op = next((op for op, name in self.program.ops.items() if f"{name}.value" == function), None)
        return op is None or (count == 1 and type(op) is Op if op.variadic else count == op.arity)

    def visit_List(self, node: ast.List | ast.Tuple) -> str:
        return f"[{', '.join(map(self.visit, node.elts))}]"

    visit_Tuple = visit_List  # noqa: N815

    def visit_Starred(self, node: ast.Starred) -> str:
        return f"...{self.visit(node.value)}"

    def visit_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> str:
        match node.generators:
            case [ast.comprehension(target=ast.Name(id=name), iter=source, ifs=[])]:
                over = self.visit(source)
                before, self.locals = self.locals, self.locals | {name}
                code = f"{over}.map(({name}_) => {self.visit(node.elt)})"
                self.locals = before
                return code
        raise self.refusal(node)

    visit_GeneratorExp = visit_ListComp  # noqa: N815

    def visit_Subscript(self, node: ast.Subscript) -> str:
        of = self.visit(node.value)
        if isinstance(node.slice, ast.Slice):
            if node.slice.step is not None:
                raise self.refusal(node)
            ends = [self.visit(end) if end else "undefined" for end in (node.slice.lower, node.slice.upper)]
            return f"{of}.slice({', '.join(ends)})"
        return f"{of}.at({self.visit(node.slice)})"


def _is_list(node: ast.expr) -> bool:
    return isinstance(node, (ast.List, ast.Tuple, ast.ListComp))


def _binds(node: ast.BinOp) -> bool:
    """Return True if the left operand of a sum or a product needs no brackets."""
    left = _SIGNS.get(type(node.left.op)) if isinstance(node.left, ast.BinOp) else None
    return left is not None and LEVELS[left] >= LEVELS[_SIGNS[type(node.op)]]


def _number(x: float) -> str:
    if isinstance(x, bool):
        return "true" if x else "false"
    x = float(x)
    if not math.isfinite(x):
        return "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"
    return repr(x).removesuffix(".0")
