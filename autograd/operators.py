"""Make nodes, and make the operators and methods of `Value` from the operations."""

from __future__ import annotations

from math import isfinite
from numbers import Real

from autograd import modes
from autograd.foreign import refuse_foreign
from autograd.operand import NOTHING
from autograd.operation import Op, as_float
from autograd.ops import add, mul, pow, power

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn, SupportsFloat

    from autograd.value import Value

    Operator = Callable[[Value, SupportsFloat], Value]

CONSTANT: list[float] = []  # the partials of a leaf that wants no gradient, told apart by identity
unary_methods: dict[Op, Callable[[Value], Value]] = {}
_new = object.__new__


def make_node(op: Op, inputs: tuple[Any, ...], data: float, partials: Sequence[float]) -> Value:
    """Return the node of value `data` that `op` makes of `inputs`, or what the modes in force make of it."""
    if modes.used and modes.current.get():
        if modes.records(op, inputs, data):
            node = restore(data, 0.0, op, inputs, partials, "", modes.path())
        else:
            node = restore(data, 0.0, None, (), CONSTANT)
    else:
        node = _new(Value)
        node._data = data  # one by one: faster than all at once
        node._grad = 0.0
        node.op = op
        node.inputs = inputs
        node.partials = partials
        node.label = ""
    if data - data and all(isfinite(x._data) for x in inputs if x.__class__ is Value):  # inf - inf is nan, and true
        node._line = modes.user_line()
    return node


def restore(
    data: float,
    grad: float,
    op: Op | None,
    inputs: tuple[Any, ...],
    partials: Sequence[float],
    label: str = "",
    scope: tuple[str, ...] = (),
) -> Value:
    """Rebuild a node from its fields, ignoring active modes (for copy and pickle)."""
    node = _new(Value)
    node._data, node._grad, node.op, node.inputs, node.partials, node.label = data, grad, op, inputs, partials, label
    if scope:
        node._scope = scope
    return node


def unary(op: Op) -> Callable[[Value], Value]:
    """Make the method for an operation of one input."""

    def method(self: Value) -> Value:
        x, value, rule = self._data, op.value, op.rule
        try:
            y = value(x)
            row = rule(x, y)
        except (ArithmeticError, ValueError):
            y, row = op.linearize((x,))
        return make_node(op, (self,), y, row)

    method.__name__, method.__doc__ = op.name, op.__doc__
    unary_methods[op] = method
    return method


def binary(op: Op) -> Callable[..., Value]:
    """Make the method for an operation of two inputs, the first of which is the node."""

    def method(self: Value, other: SupportsFloat) -> Value:
        return op(self, other)  # type: ignore[no-any-return]

    # The parameter is called as in the rule, for keywords and signatures.
    method.__code__ = method.__code__.replace(co_varnames=("self", op.parameters[1]))
    method.__defaults__ = op.defaults or None
    method.__name__, method.__doc__ = op.name, op.__doc__
    return method


def infix(op: Op) -> tuple[Operator, Operator]:
    """Make the methods for node + other and for number + node; the first is the engine's busiest path."""
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


def powers() -> tuple[Operator, Operator]:
    """Make the methods for powers, which are `power` for an exponent that is a number and `pow` for a node."""
    (to_node, reflected), (to_number, _) = infix(pow), infix(power)

    def method(self: Value, exponent: Any, modulus: object = None) -> Any:
        if modulus is not None:
            raise TypeError("pow() takes a modulus for whole numbers only, not for a Value")
        return (to_node if exponent.__class__ is Value else to_number)(self, exponent)

    return method, reflected


def comparison(op: Op, compare: Callable[[Any, Any], bool]) -> Callable[[Value, SupportsFloat], bool]:
    """Make the method that compares `data`, and makes a node of that where a function is compiled."""

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


def whole(function: Callable[[float], int]) -> Callable[[Value], int]:
    """Make the method for a function that gives a whole number, which has no derivative."""

    def method(self: Value) -> int:
        return function(self.data)

    method.__name__, method.__doc__ = f"__{function.__name__}__", f"Return {function.__name__}() of the data."
    return method


def refusal(sign: str, instead: str) -> Callable[..., NoReturn]:
    """Make the method for an operator of real numbers that Values do not have."""

    def method(self: Value, other: Any) -> NoReturn:
        raise TypeError(f"{sign} does not take Values, since it jumps: use {instead}")

    return method
