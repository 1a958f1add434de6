"""Translate values of operations, functions of floats, to LLVM: every branch is computed, and one is selected."""

from __future__ import annotations

import ast
import math
import struct
from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import Any

from autograd.compiler.native import NotNativeError
from autograd.operation import Op
from autograd.ops import COMPARISONS, logsumexp, power, where
from autograd.syntax import NoSourceError, definition

_SIGNS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_COMPARED = {ast.Lt: "olt", ast.LtE: "ole", ast.Gt: "ogt", ast.GtE: "oge", ast.Eq: "oeq", ast.NotEq: "une"}
_COMPARISONS = {"<": "olt", "<=": "ole", ">": "ogt", ">=": "oge", "==": "oeq", "!=": "one"}
_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv", "neg": "fneg"}
_PURE = "nobuiltin nounwind willreturn readnone"
_MAX_SORTED = 16  # inputs of logsumexp
_INTRINSICS = {"sqrt": "llvm.sqrt", "fabs": "llvm.fabs", "copysign": "llvm.copysign"}
_LIBM = {
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "cbrt", "sin", "cos", "tan", "asin", "acos"),
    *("atan", "atan2", "hypot", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"),
}


class Bits(str):
    """The name of the result of a comparison."""

    __slots__ = ()


class Values:
    """Writes instructions on numbers, or on vectors of `width` numbers, one for each of as many samples.

    An instruction that is written again has the same name. `functions` are the texts of those that are called.
    """

    def __init__(self, width: int, functions: dict[str, str]) -> None:
        self.width, self.functions = width, functions
        self.type = "double" if width == 1 else f"<{width} x double>"
        self.lines: list[str] = []
        self._names: dict[str, str] = {}

    def define(self, instruction: str) -> str:
        """Write an instruction whose result depends on its inputs only, and return the name of the result."""
        name = self._names.get(instruction)
        if name is None:
            name = self._names[instruction] = self.new(instruction)
        return name

    def new(self, instruction: str) -> str:
        """Write an instruction, and return the name of its result."""
        name = f"%x{len(self.lines)}"
        self.lines.append(f"{name} = {instruction}")
        return name

    def text(self, head: str, result: str) -> str:
        """Return the definition of the function that has been written."""
        return "\n".join([f"define {head} {{", *self.lines, f"ret {result}", "}"])

    def number(self, x: float) -> str:
        """Return a constant."""
        return _constant(x, self.width)

    def arithmetic(self, name: str, *inputs: str) -> str:
        """Apply an instruction for arithmetic, such as fadd."""
        return self.define(f"{name} {self.type} {', '.join(inputs)}")

    def compare(self, sign: str, a: str, b: str) -> Bits:
        """Return the bits of a comparison."""
        return Bits(self.define(f"fcmp {sign} {self.type} {a}, {b}"))

    def truth(self, x: str) -> Bits:
        """Return whether numbers are true, as nan is."""
        return x if isinstance(x, Bits) else self.compare("une", x, self.number(0.0))

    def select(self, condition: str, a: str, b: str) -> str:
        """Return a where the condition holds, else b."""
        return self.define(f"select {self._bits} {self.truth(condition)}, {self.type} {a}, {self.type} {b}")

    @property
    def _bits(self) -> str:
        return self.type.replace("double", "i1")

    def call(self, name: str, inputs: Sequence[str]) -> str:
        """Call a function of the C library, for each sample."""
        if name in _INTRINSICS:
            kind = "f64" if self.width == 1 else f"v{self.width}f64"
            return self._called(f"{_INTRINSICS[name]}.{kind}", inputs, self.type)
        if name not in _LIBM:
            raise NotNativeError(f"{name} is not a function of the C library")
        if self.width == 1:
            return self._called(name, inputs, self.type)
        return self._applied(f"{name}.{self.width}", inputs, lambda values, xs: values.each_sample(name, xs))

    def each_sample(self, name: str, inputs: Sequence[str]) -> str:
        """Call a function of the C library for the elements of vectors, one after the other."""
        result = "poison"
        for lane in range(self.width):
            xs = [self.define(f"extractelement {self.type} {x}, i32 {lane}") for x in inputs]
            result = self.define(
                f"insertelement {self.type} {result}, double {self._called(name, xs, 'double')}, i32 {lane}"
            )
        return result

    def operation(self, op: Op, inputs: Sequence[str], exponent: Any = None) -> str:  # noqa: PLR0911 - a case for each
        """Return the value of an operation; `exponent` is that of a power, if it is a number."""
        if not op.is_ours or (op.variadic and op is not logsumexp):
            raise NotNativeError(f"machine code cannot compute {op}")
        if op.name in _ARITHMETIC:
            return self.arithmetic(_ARITHMETIC[op.name], *inputs)
        if op is where:
            return self.select(*inputs)
        if op in COMPARISONS:
            return self.select(self.compare(_COMPARISONS[op.name], *inputs), self.number(1.0), self.number(0.0))
        if op is power and exponent == 2.0:
            return self.arithmetic("fmul", inputs[0], inputs[0])
        if op is logsumexp:
            return self._applied(f"logsumexp.{len(inputs)}", inputs, Values._logsumexp)
        function = op.value
        if function.__module__ == "math":
            return self.call(function.__name__, inputs)
        return self._applied(f"value.{op.name}", inputs, lambda values, xs: values._apply(function, xs))

    def _logsumexp(self, inputs: Sequence[str]) -> str:
        """Add the powers in ascending order, as the value of the operation does."""
        xs = list(inputs)
        if len(xs) > _MAX_SORTED:
            raise NotNativeError("machine code cannot compute a logsumexp of many numbers")
        for last in range(len(xs) - 1, 0, -1):
            for i in range(last):
                a, b = xs[i], xs[i + 1]
                is_sorted = self.compare("ole", a, b)
                xs[i], xs[i + 1] = self.select(is_sorted, a, b), self.select(is_sorted, b, a)
        return self.arithmetic("fadd", xs[-1], self.call("log1p", [self.sum(self.powers(xs[:-1], xs[-1]))]))

    def powers(self, xs: Sequence[str], shift: str) -> list[str]:
        """Return e ** (x - shift) for each of the `xs`."""
        return [self.call("exp", [self.arithmetic("fsub", x, shift)]) for x in xs]

    def sum(self, xs: Sequence[str]) -> str:
        """Add numbers, one after the other."""
        return reduce(lambda a, b: self.arithmetic("fadd", a, b), xs, self.number(0.0))

    def sum_of_vector(self, x: str) -> str:
        """Add the numbers of a vector."""
        if self.width == 1:
            return x
        name = f"llvm.vector.reduce.fadd.v{self.width}f64"
        self.functions[name] = f"declare double @{name}(double, {self.type})"
        return self.define(f"call double @{name}(double 0.0, {self.type} {x})")

    def _called(self, name: str, inputs: Sequence[str], kind: str) -> str:
        """Call a function. LLVM must not replace one of the C library by another one, such as pow(x, 0.5) by sqrt."""
        self.functions.setdefault(name, f"declare {kind} @{name}({', '.join([kind] * len(inputs))}) {_PURE}")
        return self.define(f"call {kind} @{name}({', '.join(f'{kind} {x}' for x in inputs)})")

    def _applied(self, name: str, inputs: Sequence[str], write: Callable[[Values, Sequence[str]], str]) -> str:
        """Call a function of the module, which `write` writes the first time."""
        if name not in self.functions:
            values, parameters = Values(self.width, self.functions), [f"%a{i}" for i in range(len(inputs))]
            y = write(values, parameters)
            head = (
                f"define internal {self.type} @{name}({', '.join(f'{self.type} {x}' for x in parameters)}) {_PURE} {{"
            )
            self.functions[name] = "\n".join([head, *values.lines, f"ret {self.type} {y}", "}"])
        return self._called(name, inputs, self.type)

    def _apply(self, function: Callable[..., float], inputs: Sequence[str]) -> str:
        """Apply a Python function of floats to numbers."""
        try:
            tree = definition(function)
        except NoSourceError:
            raise NotNativeError(f"{function.__name__} has no source") from None
        known = dict(zip((arg.arg for arg in tree.args.args), inputs))
        if isinstance(tree, ast.Lambda):
            return self._expression(tree.body, known)
        return self._block(tree.body, known)

    def _block(self, statements: Sequence[ast.stmt], known: dict[str, str]) -> str:
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

    def _expression(self, x: ast.expr, known: dict[str, str]) -> str:  # noqa: PLR0911 - a case for each kind
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
                return self.arithmetic("fneg", value(operand))
            case ast.BinOp(left=a, op=sign, right=b) if type(sign) in _SIGNS:
                return self.arithmetic(_SIGNS[type(sign)], value(a), value(b))
            case ast.Compare(left=a, ops=[sign], comparators=[b]) if type(sign) in _COMPARED:
                return self.compare(_COMPARED[type(sign)], value(a), value(b))
            case ast.BoolOp(op=sign, values=parts):
                name = "and" if isinstance(sign, ast.And) else "or"
                bits: list[str] = [self.truth(value(part)) for part in parts]
                return Bits(reduce(lambda a, b: self.define(f"{name} {self._bits} {a}, {b}"), bits))
            case ast.IfExp(test=test, body=a, orelse=b):
                return self.select(value(test), value(a), value(b))
            case ast.Call(func=ast.Name(id="min" | "max" as name), args=[a, b]):
                first, second = value(a), value(b)
                return self.select(self.compare("olt" if name == "min" else "ogt", second, first), second, first)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr="isinf"), args=[a]):
                return self.compare("oeq", self.call("fabs", [value(a)]), self.number(math.inf))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr=name), args=args):
                return self.call(name, [value(arg) for arg in args])
        raise NotNativeError(f"cannot translate {ast.unparse(x)}")


@lru_cache(1000)
def _constant(x: float, width: int) -> str:
    digits = f"0x{struct.pack('>d', x).hex().upper()}"
    return digits if width == 1 else f"<{', '.join([f'double {digits}'] * width)}>"
