"""The operators of every `Operand` and the methods of `Value`, made from the table of operations."""

from __future__ import annotations

import math
import operator
from numbers import Real

from autograd import modes
from autograd.foreign import refuse_foreign
from autograd.operand import NOTHING, Operand
from autograd.operation import Op, as_float
from autograd.ops import (
    TABLE,
    abs,
    add,
    div,
    greater,
    greater_equal,
    less,
    less_equal,
    mod,
    mul,
    neg,
    pow,
    power,
    sub,
)
from autograd.value import Value, make_node, unary_methods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn


def _method(op: Op) -> Callable[[Value], Value]:
    """Return the method for an operation of one input."""

    def method(self: Value) -> Value:
        x, value, rule = self._data, op.value, op.rule
        try:
            y = value(x)
            row = rule(x, y)
        except (ArithmeticError, ValueError):
            y, row = op.linearize((x,))
        return make_node(op, (self,), y, row)

    method.__name__, method.__doc__ = op.name, op.__doc__
    return method


def _binary_method(op: Op) -> Callable[..., Any]:
    """Make the method for an operation of two inputs, the first of which is the node."""

    def method(self: Value, other: Any) -> Any:
        return op(self, other)

    # The parameter is called as in the rule, for keywords and signatures.
    method.__code__ = method.__code__.replace(co_varnames=("self", op.parameters[1]))
    method.__defaults__ = op.defaults or None
    method.__name__, method.__doc__ = op.name, op.__doc__
    return method


def _infix(op: Op) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the methods for node + other and for number + node; the first is the engine's busiest path."""
    absorbs = op in (add, mul)  # NOTHING has its own * and +

    def forward(self: Value, other: Any) -> Any:
        a, value, rule = self._data, op.value, op.rule
        if other.__class__ is Value:
            b = other._data
        elif other.__class__ is float:
            b = other
        elif other.__class__ is int:
            b = float(other)
        elif isinstance(other, Real) and not (absorbs and other is NOTHING):
            b = as_float(other, op)
        else:
            return NotImplemented
        try:
            y = value(a, b)
            row = rule(a, b, y)
        except (ArithmeticError, ValueError):
            y, row = op.linearize((a, b))
        return make_node(op, (self, other), y, row)

    def reflected(self: Value, other: Any) -> Any:
        b, value, rule = self._data, op.value, op.rule
        if other.__class__ is float or other.__class__ is int:
            a = float(other)
        elif isinstance(other, Real):
            a = as_float(other, op)
        else:
            return NotImplemented
        try:
            y = value(a, b)
            row = rule(a, b, y)
        except (ArithmeticError, ValueError):
            y, row = op.linearize((a, b))
        return make_node(op, (other, self), y, row)

    return forward, reflected


def _comparison(op: Op, compare: Callable[[Any, Any], bool]) -> Callable[[Value, Any], Any]:
    """Return the method that compares `data`, and makes a node of that where a function is compiled."""

    def method(self: Value, other: Any) -> Any:
        kind = other.__class__
        if kind is not Value and kind is not float and kind is not int:
            if not isinstance(other, Real):
                return NotImplemented
            refuse_foreign(other, Value)
        if modes.used and modes.is_tracing():
            return op.apply((self, other))
        return compare(self._data, other)

    return method


def _add_operators() -> None:
    """Give every `Operand` the operators that stand for operations of the table."""
    for name, infix in {"add": add, "sub": sub, "mul": mul, "truediv": div, "mod": mod, "pow": power}.items():
        setattr(Operand, f"__{name}__", lambda a, b, infix=infix: infix(a, b))
        setattr(Operand, f"__r{name}__", lambda b, a, infix=infix: infix(a, b))
    for name, prefix in {"neg": neg, "abs": abs}.items():
        setattr(Operand, f"__{name}__", lambda x, prefix=prefix: prefix(x))
    setattr(Operand, "__pos__", lambda x: x)  # noqa: B010 - the class does not declare it


def _rounding(name: str, function: Callable[[float], int]) -> Callable[[Value], int]:
    """Return the method for a function that gives a whole number, of which no derivative is expected."""

    def method(self: Value) -> int:
        return function(self.data)

    method.__name__, method.__doc__ = name, f"Return {function.__name__}() of the data."
    return method


def _conjugate(self: Value) -> Value:
    """Return the node itself, as for every real number."""
    return self


def _refusal(sign: str, instead: str) -> Callable[..., NoReturn]:
    """Return the method for an operator that a Real has, but a Value has not."""

    def method(self: Value, other: Any) -> NoReturn:
        raise TypeError(f"{sign} does not take Values, since it jumps: use {instead}")

    return method


def _add_methods() -> None:
    for name, op in {"add": add, "sub": sub, "mul": mul, "truediv": div, "mod": mod, "pow": pow}.items():
        forward, reflected = _infix(op)
        setattr(Value, f"__{name}__", forward)
        setattr(Value, f"__r{name}__", reflected)
    to_node, to_number = _infix(pow)[0], _infix(power)[0]

    def power_of(a: Value, b: Any, modulus: object = None) -> Any:
        if modulus is not None:
            raise TypeError("pow() takes a modulus for whole numbers only, not for a Value")
        return (to_node if b.__class__ is Value else to_number)(a, b)

    setattr(Value, "__pow__", power_of)  # noqa: B010
    for name, op in {"lt": less, "le": less_equal, "gt": greater, "ge": greater_equal}.items():
        setattr(Value, f"__{name}__", _comparison(op, getattr(operator, name)))
    for op in TABLE.values():
        if op.arity == 1:
            unary_methods[op] = _method(op)
            for name in (op.name, *op.aliases):
                setattr(Value, name, unary_methods[op])
        elif op.arity == 2 and not op.infix:
            for name in (op.name, *op.aliases):
                setattr(Value, name, _binary_method(op))
    for name, op in {"neg": neg, "abs": abs}.items():
        setattr(Value, f"__{name}__", unary_methods[op])
    setattr(Value, "real", property(lambda v: v, doc="The node itself, as for every real number."))  # noqa: B010
    setattr(Value, "imag", property(lambda v: 0.0, doc="Zero, as for every real number."))  # noqa: B010
    setattr(Value, "conjugate", _conjugate)  # noqa: B010
    for name, function in (("int", int), ("trunc", math.trunc), ("floor", math.floor), ("ceil", math.ceil)):
        setattr(Value, f"__{name}__", _rounding(f"__{name}__", function))
    quotient = "a / b, or math.floor(a / b) for a whole number without a gradient"
    for name, sign, instead in (
        ("floordiv", "a // b", quotient),
        ("divmod", "divmod(a, b)", "math.floor(a / b) and a % b"),
    ):
        setattr(Value, f"__{name}__", _refusal(sign, instead))
        setattr(Value, f"__r{name}__", _refusal(sign, instead))


_add_operators()
_add_methods()
