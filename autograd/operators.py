"""Create nodes, and build the operators and methods of `Value` from the operations."""

from __future__ import annotations

from math import isfinite
from numbers import Real

from autograd import modes, recorder
from autograd.backing import Backing, find_number
from autograd.foreign import refuse_foreign
from autograd.operand import NOTHING, Operand
from autograd.operation import Op, as_float
from autograd.ops import add, mul, pow, power

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn, SupportsFloat

    from autograd.value import Value

    Operator = Callable[[Value, SupportsFloat], Value]

CONSTANT: list[float] = []  # the partials of a leaf without a gradient, recognised by identity
unary_methods: dict[Op, Callable[[Value], Value]] = {}
_new = object.__new__


def number_of(node: Value) -> float:
    """Return the data of a node, even while a function is recorded."""
    try:
        return node._data
    except AttributeError:  # it is in an array
        return find_number(node, "_data")


def numbers_of(inputs: Sequence[Any], op: Op) -> list[float]:
    """Return the numbers of the `inputs` of an operation: nodes and numbers."""
    try:
        return [x._data if x.__class__ is Value else x if x.__class__ is float else as_float(x, op) for x in inputs]
    except AttributeError:  # some are in arrays
        return [number_of(x) if x.__class__ is Value else as_float(x, op) for x in inputs]


def make_node(op: Op, inputs: tuple[Any, ...], data: float, partials: Sequence[float]) -> Value:
    """Return a new node with the value `data`, recorded as the active modes demand."""
    if modes.used and modes.current.get():
        if modes.records(op, inputs, data):
            node = restore(data, 0.0, op, inputs, partials, "", modes.path())
        else:
            recorder.check_known(recorder.NO_GRAD)
            node = restore(data, 0.0, None, (), CONSTANT)
    else:
        node = _new(Value)
        node._data = data  # faster than one assignment of tuples
        node._grad = 0.0
        node.op = op
        node.inputs = inputs
        node.partials = partials
        node.label = ""
    if data - data and all(isfinite(number_of(x)) for x in inputs if x.__class__ is Value):  # True for inf and nan
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
    node._data, node._grad, node.op, node.inputs, node.label = data, grad, op, inputs, label
    node.partials = () if partials.__class__ is Backing else partials
    if scope:
        node._scope = scope
    return node


def unary(op: Op) -> Callable[[Value], Value]:
    """Return the method for an operation of one input."""

    def method(self: Value) -> Value:
        value, rule = op.value, op.rule
        try:
            x = self._data
        except AttributeError:
            x = number_of(self)
        try:
            y = value(x)
            row = rule(x, y)
        except (ArithmeticError, ValueError):
            y, row = op.linearize((x,))
        return make_node(op, (self,), y, row)

    method.__name__, method.__doc__ = op.name, op.__doc__
    unary_methods[op] = method
    return method


def infix(op: Op) -> tuple[Operator, Operator]:
    """Return the methods for node + other and number + node. The first is the hottest path of the engine."""
    absorbs = op in (add, mul)  # NOTHING defines its own * and +

    def forward(self: Value, other: Any) -> Any:
        value, rule = op.value, op.rule
        try:
            a = self._data
        except AttributeError:
            a = number_of(self)
        if other.__class__ is Value:
            try:
                b = other._data
            except AttributeError:
                b = number_of(other)
        elif other.__class__ is float:
            b = other
        elif other.__class__ is int:
            b = float(other)
        elif _is_number(other) and not (absorbs and other is NOTHING):
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
        value, rule = op.value, op.rule
        try:
            b = self._data
        except AttributeError:
            b = number_of(self)
        if other.__class__ is float or other.__class__ is int:
            a = float(other)
        elif _is_number(other):
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


def _is_number(x: object) -> bool:
    """Return True if `x` is a number, not an operand that defines how to apply operations to it and to a node."""
    return isinstance(x, Real) and not isinstance(x, Operand)


def powers() -> tuple[Operator, Operator]:
    """Return the methods for powers: `power` if the exponent is a number, `pow` if it is a node."""
    (to_node, reflected), (to_number, _) = infix(pow), infix(power)

    def method(self: Value, exponent: Any, modulus: object = None) -> Any:
        if modulus is not None:
            raise TypeError("pow() with a modulus takes integers, got a Value")
        return (to_node if exponent.__class__ is Value else to_number)(self, exponent)

    return method, reflected


def comparison(op: Op, compare: Callable[[Any, Any], bool]) -> Callable[[Value, SupportsFloat], bool]:
    """Return the method that compares `data`. While a function is compiled, the comparison is a symbol."""

    def method(self: Value, other: Any) -> Any:
        kind = other.__class__
        if kind is not Value and kind is not float and kind is not int:
            if not _is_number(other):
                return NotImplemented
            refuse_foreign(other, Value)
        if recorder.recorders and (active := recorder.active.get()):
            return active.record(op, (self, other))
        return compare(number_of(self), number_of(other) if kind is Value else other)

    return method


def whole(function: Callable[[float], int]) -> Callable[[Value], int]:
    """Return the method for a function such as floor, which returns an integer and has no derivative."""

    def method(self: Value) -> int:
        return function(self.data)

    method.__name__, method.__doc__ = f"__{function.__name__}__", f"Return {function.__name__}(data)."
    return method


def refusal(sign: str, instead: str) -> Callable[..., NoReturn]:
    """Return the method for an operator that Values do not support."""

    def method(self: Value, other: Any) -> NoReturn:
        raise TypeError(f"{sign} is not defined for Values because it is not continuous: use {instead}")

    return method
