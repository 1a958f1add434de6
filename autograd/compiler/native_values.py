"""Translate values of operations, functions of floats, to LLVM: every branch is computed, and one is selected."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from llvmlite import ir

from autograd.operation import Op
from autograd.ops import COMPARISONS, logsumexp, power, where
from autograd.syntax import NoSourceError, definition

DOUBLE, BIT = ir.DoubleType(), ir.IntType(1)
_SIGNS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=="}
_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv", "neg": "fneg"}
_MAX_SORTED = 16  # inputs of logsumexp
_INTRINSICS = {"sqrt": "llvm.sqrt", "fabs": "llvm.fabs", "copysign": "llvm.copysign"}
_LIBM = {
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "cbrt", "sin", "cos", "tan", "asin", "acos"),
    *("atan", "atan2", "hypot", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"),
}


class NotNativeError(TypeError):
    """A function that cannot be translated to machine code."""


class Values:
    """Computes in numbers, or in vectors of `width` numbers, one for each of as many samples."""

    def __init__(self, module: ir.Module, width: int) -> None:
        self.module, self.width = module, width
        self.type = DOUBLE if width == 1 else ir.VectorType(DOUBLE, width)
        self.builder: ir.IRBuilder = ir.IRBuilder()

    def number(self, x: float) -> Any:
        """Return a constant."""
        return ir.Constant(self.type, x if self.width == 1 else [x] * self.width)

    def compare(self, sign: str, a: Any, b: Any) -> Any:
        """Return the bits of a comparison."""
        return self.builder.fcmp_ordered(sign, a, b)

    def truth(self, x: Any) -> Any:
        """Return whether numbers are true, as nan is."""
        is_bit = x.type == BIT or (isinstance(x.type, ir.VectorType) and x.type.element == BIT)
        return x if is_bit else self.builder.fcmp_unordered("!=", x, self.number(0.0))

    def select(self, condition: Any, a: Any, b: Any) -> Any:
        """Return a where the condition holds, else b."""
        return self.builder.select(self.truth(condition), a, b)

    def call(self, name: str, inputs: Sequence[Any]) -> Any:
        """Call a function of the C library, for each sample."""
        if name in _INTRINSICS:
            kind = "f64" if self.width == 1 else f"v{self.width}f64"
            return self.builder.call(self._function(f"{_INTRINSICS[name]}.{kind}", self.type, len(inputs)), inputs)
        if name not in _LIBM:
            raise NotNativeError(f"{name} is not a function of the C library")
        function = self._function(name, DOUBLE, len(inputs))
        if self.width == 1:
            return self.builder.call(function, inputs)
        result = ir.Constant(self.type, ir.Undefined)
        for lane in (ir.Constant(ir.IntType(32), i) for i in range(self.width)):
            y = self.builder.call(function, [self.builder.extract_element(x, lane) for x in inputs])
            result = self.builder.insert_element(result, y, lane)
        return result

    def operation(self, op: Op, inputs: Sequence[Any], exponent: Any = None) -> Any:
        """Return the value of an operation; `exponent` is that of a power, if it is a number."""
        if not op.is_ours or (op.variadic and op is not logsumexp):
            raise NotNativeError(f"machine code cannot compute {op}")
        if op.name in _ARITHMETIC:
            return getattr(self.builder, _ARITHMETIC[op.name])(*inputs)
        if op is where:
            return self.select(*inputs)
        if op in COMPARISONS:
            return self.select(self.compare(op.name, *inputs), self.number(1.0), self.number(0.0))
        if op is power and exponent == 2.0:
            return self.builder.fmul(inputs[0], inputs[0])
        return self._logsumexp(list(inputs)) if op is logsumexp else self._apply(op.value, inputs)

    def _logsumexp(self, xs: list[Any]) -> Any:
        """Add the powers in ascending order, as the value of the operation does."""
        if len(xs) > _MAX_SORTED:
            raise NotNativeError("machine code cannot compute a logsumexp of many numbers")
        for last in range(len(xs) - 1, 0, -1):
            for i in range(last):
                a, b = xs[i], xs[i + 1]
                is_sorted = self.compare("<=", a, b)
                xs[i], xs[i + 1] = self.select(is_sorted, a, b), self.select(is_sorted, b, a)
        return self.builder.fadd(xs[-1], self.call("log1p", [self.sum(self.powers(xs[:-1], xs[-1]))]))

    def powers(self, xs: Sequence[Any], shift: Any) -> list[Any]:
        """Return e ** (x - shift) for each of the `xs`."""
        return [self.call("exp", [self.builder.fsub(x, shift)]) for x in xs]

    def sum(self, xs: Sequence[Any]) -> Any:
        """Add numbers, one after the other."""
        return reduce(self.builder.fadd, xs, self.number(0.0))

    def _function(self, name: str, kind: Any, count: int) -> Any:
        return self.module.globals.get(name) or ir.Function(self.module, ir.FunctionType(kind, [kind] * count), name)

    def _apply(self, function: Callable[..., float], inputs: Sequence[Any]) -> Any:
        """Apply a function of floats to numbers."""
        if function.__module__ == "math":
            return self.call(function.__name__, inputs)
        try:
            tree = definition(function)
        except NoSourceError:
            raise NotNativeError(f"{function.__name__} has no source") from None
        known = dict(zip((arg.arg for arg in tree.args.args), inputs))
        if isinstance(tree, ast.Lambda):
            return self._expression(tree.body, known)
        return self._block(tree.body, known)

    def _block(self, statements: Sequence[ast.stmt], known: dict[str, Any]) -> Any:
        """Translate a block of statements, up to its return."""
        for i, statement in enumerate(statements):
            match statement:
                case ast.Expr(value=ast.Constant()):
                    continue
                case ast.Return(value=ast.expr() as value):
                    return self._expression(value, known)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    known = {**known, name: self._expression(value, known)}
                case ast.If(test=test, body=body):
                    rest = [*statement.orelse, *statements[i + 1 :]]
                    options = self._block(body, known), self._block(rest, known)
                    return self.select(self._expression(test, known), *options)
                case _:
                    break
        raise NotNativeError(f"cannot translate {ast.unparse(statement)}")

    def _expression(self, x: ast.expr, known: dict[str, Any]) -> Any:  # noqa: PLR0911, PLR0912 - a case for each kind
        def value(part: ast.expr) -> Any:
            return self._expression(part, known)

        match x:
            case ast.Constant(value=int() | float() as number):
                return self.number(float(number))
            case ast.Name(id=name) if name in known:
                return known[name]
            case ast.Name(id="inf" | "nan" as name):
                return self.number(getattr(math, name))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.builder.fneg(value(operand))
            case ast.BinOp(left=a, op=sign, right=b) if type(sign) in _SIGNS:
                return getattr(self.builder, _SIGNS[type(sign)])(value(a), value(b))
            case ast.Compare(left=a, ops=[ast.NotEq()], comparators=[b]):
                return self.builder.fcmp_unordered("!=", value(a), value(b))
            case ast.Compare(left=a, ops=[sign], comparators=[b]) if type(sign) in _COMPARISONS:
                return self.compare(_COMPARISONS[type(sign)], value(a), value(b))
            case ast.BoolOp(op=sign, values=parts):
                combine = self.builder.and_ if isinstance(sign, ast.And) else self.builder.or_
                result, *others = (self.truth(value(part)) for part in parts)
                for other in others:
                    result = combine(result, other)
                return result
            case ast.IfExp(test=test, body=a, orelse=b):
                return self.select(value(test), value(a), value(b))
            case ast.Call(func=ast.Name(id="min" | "max" as name), args=[a, b]):
                first, second = value(a), value(b)
                return self.select(self.compare("<" if name == "min" else ">", second, first), second, first)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr="isinf"), args=[a]):
                return self.compare("==", self.call("fabs", [value(a)]), self.number(math.inf))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr=name), args=args):
                return self.call(name, [value(arg) for arg in args])
        raise NotNativeError(f"cannot translate {ast.unparse(x)}")
